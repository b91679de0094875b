// SPDX-License-Identifier: GPL-2.0
/*
 * vsmctl file: asks the secure kernel whether a file is signed by a signer whom
 * policy accepts.
 * Must never judge a signature, nor say that a file is accepted without an answer
 * that says so.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vsm/signed.h"
#include "vsmctl.h"

#define APPENDED_SIZE	(sizeof(struct vsm_module_signature) + \
			 VSM_SIGNATURE_MARKER_LEN)

/* What is asked, and what of it has to be given back. */
struct question {
	const char *what;
	struct vsm_file_check check;
	int fd;			/* of the file; -1: none */
	void *cms;
	void *content;		/* from malloc() */
	void *map;		/* from mmap() */
	size_t map_size;
};

/* --- the answer ---------------------------------------------------------------- */

static void print_text(const struct question *q)
{
	const struct vsm_file_answer *a = &q->check.answer;
	bool verity = q->check.flags & VSM_FILE_CHECK_VERITY;
	char hex[2 * sizeof(a->digest) + 1], name[sizeof(a->signer)];

	printf("%s: %s\n", q->what, a->rule ? "refused" : "accepted");
	if (a->known & VSM_FILE_KNOWN_SIGNER) {
		vsm_printable((const char *)a->signer, name, sizeof(name));
		vsm_hex(a->signer_sha256, sizeof(a->signer_sha256), hex);
		printf("  %-12s%s\n", "signer", name);
		printf("  %-12s%s\n", "certificate", hex);
	}
	if (a->known & VSM_FILE_KNOWN_DIGEST) {
		vsm_hex(a->digest, a->digest_size, hex);
		printf("  %-12s%s:%s\n", verity ? "fs-verity" : "content",
		       vsm_file_algorithm_name(a->algorithm), hex);
	}
	if (!a->rule && verity)
		printf("  %-12s%s\n", "note",
		       "whether a content has this digest, Linux says, not the secure kernel");
}

static void print_as_json(const struct question *q)
{
	const struct vsm_file_answer *a = &q->check.answer;
	struct json_object *obj = json_object_new_object();
	bool verity = q->check.flags & VSM_FILE_CHECK_VERITY;
	char name[sizeof(a->signer)];

	json_add_str(obj, "what", q->what);
	json_add_bool(obj, "accepted", !a->rule);
	json_add_str(obj, "answer", vsm_file_rule_text(a->rule));
	json_add_str(obj, "form", verity ? "fs-verity" : "content");
	if (a->known & VSM_FILE_KNOWN_SIGNER) {
		vsm_printable((const char *)a->signer, name, sizeof(name));
		json_add_str(obj, "signer", name);
		json_add_hex(obj, "signer_sha256", a->signer_sha256,
			     sizeof(a->signer_sha256));
	}
	if (a->known & VSM_FILE_KNOWN_DIGEST) {
		json_add_str(obj, "algorithm",
			     vsm_file_algorithm_name(a->algorithm));
		json_add_hex(obj, "digest", a->digest, a->digest_size);
	}
	print_json(obj);
}

static const char *reason(int error)
{
	switch (error) {
	case -ENODATA:
		return "it has no fs-verity digest";
	case -EINVAL:
		return "not a regular file";
	case -ETXTBSY:
		return "it changed while it was read";
	case -ENOTTY:
		return "the driver does not know this question";
	default:
		return vsm_strerror(error);
	}
}

static int ask(const struct options *opt, struct question *q)
{
	int fd, ret;

	fd = vsm_open();
	if (fd < 0)
		return fail_device(opt, fd);
	ret = vsm_file_check(fd, &q->check);
	close(fd);
	if (ret && !q->check.answer.rule)
		return fail(opt, q->what, ret, reason(ret));
	/* One says no, the other does not: an answer that is none. */
	if (!ret && q->check.answer.rule)
		return fail(opt, q->what, -EPROTO, strerror(EPROTO));
	if (opt->json)
		print_as_json(q);
	else
		print_text(q);
	if (!ret)
		return EXIT_OK;
	fprintf(stderr, "vsmctl: %s: refused: %s\n", q->what,
		vsm_file_rule_text(q->check.answer.rule));
	return EXIT_REFUSED;
}

/* --- the signature ------------------------------------------------------------- */

static int read_signature(const struct options *opt, const char *path,
			  struct question *q)
{
	size_t size;
	int ret;

	ret = vsm_file_read(path, VSM_FILE_CMS_MAX, &q->cms, &size);
	if (!ret && !size)
		ret = -ENODATA;
	if (ret)
		return fail(opt, path, ret, ret == -ENODATA ?
			    "an empty signature" : vsm_strerror(ret));
	q->check.cms_addr = (uintptr_t)q->cms;
	q->check.cms_size = (uint32_t)size;
	return EXIT_OK;
}

/* Where a signature begins at the end of the file, as in modules; 0: none. */
static off_t find_appended(int fd, off_t size, uint32_t *ret_cms_size)
{
	static const struct vsm_module_signature plain = {
		.id_type = VSM_SIGNATURE_ID_PKCS7,
	};
	struct vsm_module_signature sig;
	uint8_t tail[APPENDED_SIZE];
	uint32_t cms_size;

	if (size < (off_t)sizeof(tail) ||
	    pread(fd, tail, sizeof(tail), size - (off_t)sizeof(tail)) !=
	    (ssize_t)sizeof(tail))
		return 0;
	memcpy(&sig, tail, sizeof(sig));
	memcpy(&cms_size, sig.sig_len, sizeof(cms_size));
	cms_size = be32toh(cms_size);
	size -= (off_t)sizeof(tail);
	if (memcmp(tail + sizeof(sig), VSM_SIGNATURE_MARKER,
		   VSM_SIGNATURE_MARKER_LEN) ||
	    memcmp(&sig, &plain, offsetof(struct vsm_module_signature, sig_len)) ||
	    !cms_size || cms_size > VSM_FILE_CMS_MAX || cms_size > size)
		return 0;
	*ret_cms_size = cms_size;
	return size - (off_t)cms_size;
}

/* All of it becomes memory: a descriptor stands for whole files. */
static int take_appended(const struct options *opt, struct question *q)
{
	struct stat st;
	off_t at = 0;

	if (!fstat(q->fd, &st) && S_ISREG(st.st_mode) &&
	    st.st_size <= (off_t)(VSM_FILE_MAX + VSM_FILE_CMS_MAX))
		at = find_appended(q->fd, st.st_size, &q->check.cms_size);
	if (!at)
		return fail(opt, q->what, -ENOENT,
			    "no signature: neither in a file of that name with \".p7s\", nor at its end");
	q->map_size = (size_t)st.st_size;
	q->map = mmap(NULL, q->map_size, PROT_READ, MAP_PRIVATE, q->fd, 0);
	if (q->map == MAP_FAILED) {
		q->map = NULL;
		return fail(opt, q->what, -errno, strerror(errno));
	}
	q->check.flags &= ~VSM_FILE_CHECK_FD;
	q->check.fd = 0;
	q->check.addr = (uintptr_t)q->map;
	q->check.size = (uint64_t)at;
	q->check.cms_addr = q->check.addr + q->check.size;
	return EXIT_OK;
}

static int find_signature(const struct options *opt, struct question *q)
{
	char *path;
	int ret;

	if (opt->signature)
		return read_signature(opt, opt->signature, q);
	if (asprintf(&path, "%s.p7s", q->what) < 0)
		return fail(opt, q->what, -ENOMEM, strerror(ENOMEM));
	ret = access(path, F_OK);
	/* Of an fs-verity digest there is none in the file. */
	if (ret && q->fd >= 0 && !opt->verity)
		ret = take_appended(opt, q);
	else
		ret = read_signature(opt, path, q);
	free(path);
	return ret;
}

/* --- what is signed ------------------------------------------------------------ */

static int open_file(const struct options *opt, struct question *q)
{
	size_t size;
	int ret;

	if (!strcmp(q->what, "-") && !opt->verity) {
		ret = vsm_file_read("-", VSM_FILE_MAX, &q->content, &size);
		if (ret)
			return fail(opt, q->what, ret, vsm_strerror(ret));
		q->check.addr = (uintptr_t)q->content;
		q->check.size = size;
		return EXIT_OK;
	}
	q->fd = open(q->what, O_RDONLY | O_CLOEXEC);
	if (q->fd < 0)
		return fail(opt, q->what, -errno, strerror(errno));
	q->check.fd = q->fd;
	q->check.flags |= VSM_FILE_CHECK_FD;
	return EXIT_OK;
}

static void release(struct question *q)
{
	if (q->fd >= 0)
		close(q->fd);
	if (q->map)
		munmap(q->map, q->map_size);
	free(q->content);
	free(q->cms);
}

static int ask_of_file(const struct options *opt, const char *path,
		       uint32_t flags)
{
	struct question q = { .what = path, .fd = -1, .check.flags = flags };
	int ret;

	ret = open_file(opt, &q);
	if (!ret)
		ret = find_signature(opt, &q);
	if (!ret)
		ret = ask(opt, &q);
	release(&q);
	return ret;
}

int cmd_file_check(const struct options *opt, int argc, char **argv)
{
	(void)argc;
	return ask_of_file(opt, argv[0],
			   opt->verity ? VSM_FILE_CHECK_VERITY : 0);
}

int cmd_file_allow(const struct options *opt, int argc, char **argv)
{
	(void)argc;
	return ask_of_file(opt, argv[0], VSM_FILE_CHECK_EXECUTE);
}

static bool parse_hex(const char *text, uint8_t *ret, size_t nr)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;

	if (strlen(text) != 2 * nr)
		return false;
	for (size_t i = 0; i < 2 * nr; i++) {
		digit = strchr(digits, text[i]);
		if (!digit)
			return false;
		ret[i / 2] = (uint8_t)(ret[i / 2] << 4 | (digit - digits));
	}
	return true;
}

static bool parse_digest(const char *text, struct vsm_file_verity *ret)
{
	static const struct {
		const char *name;
		uint16_t algorithm;
		uint16_t size;
	} algorithms[] = {
		{ "sha256:", VSM_FILE_SHA256, 32 },
		{ "sha512:", VSM_FILE_SHA512, 64 },
	};

	memcpy(ret->magic, VSM_FILE_VERITY_MAGIC, sizeof(ret->magic));
	for (size_t i = 0; i < ARRAY_SIZE(algorithms); i++) {
		size_t len = strlen(algorithms[i].name);

		if (strncmp(text, algorithms[i].name, len))
			continue;
		ret->algorithm = htole16(algorithms[i].algorithm);
		ret->size = htole16(algorithms[i].size);
		return parse_hex(text + len, ret->digest, algorithms[i].size);
	}
	return false;
}

int cmd_file_digest(const struct options *opt, int argc, char **argv)
{
	struct question q = { .what = argv[0], .fd = -1 };
	struct vsm_file_verity verity = { 0 };
	int ret;

	(void)argc;
	if (!parse_digest(argv[0], &verity))
		return fail(opt, argv[0], -EINVAL,
			    "not sha256: with 64, or sha512: with 128 hexadecimal digits");
	if (!opt->signature)
		return fail(opt, argv[0], -EINVAL, "no signature: --signature");
	q.check.addr = (uintptr_t)&verity;
	q.check.size = offsetof(struct vsm_file_verity, digest) +
		       le16toh(verity.size);
	q.check.flags = VSM_FILE_CHECK_VERITY;
	ret = read_signature(opt, opt->signature, &q);
	if (!ret)
		ret = ask(opt, &q);
	release(&q);
	return ret;
}
