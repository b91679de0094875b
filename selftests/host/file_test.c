// SPDX-License-Identifier: GPL-2.0
/*
 * The secure kernel's judgement of files of user space, on the host: each file of
 * file_objects.sh, and the exact rule that refuses it; then every byte of a
 * signature damaged, and memory that runs out (run under ASan).  Must never take
 * a rule for granted that another would hide.
 *
 * Skipped where there are no objects.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vsm/scall.h>

#include "../../vtl1/sk/file_judge.h"
#include "../../vtl1/sk/policy.h"
#include "sk_memory.h"

s64 sk_time(void);

s64 sk_time(void)
{
	return 0;
}

static int failures, tests;

static void check(bool ok, const char *what, u64 detail)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	if (!ok)
		printf("# %lu\n", (unsigned long)detail);
	failures += !ok;
}

/* In a block of exactly its size: ASan sees one byte more. */
static struct bytes load(const char *name)
{
	struct bytes b = { 0 };
	char path[4096];
	u8 *data;
	FILE *f;

	snprintf(path, sizeof(path), "%s/files/%s", OBJECTS, name);
	f = fopen(path, "rb");
	if (!f)
		return b;
	fseek(f, 0, SEEK_END);
	b.len = ftell(f);
	rewind(f);
	data = malloc(b.len ? b.len : 1);
	if (fread(data, 1, b.len, f) != b.len)
		exit(EXIT_FAILURE);
	fclose(f);
	b.data = data;
	return b;
}

/* --- policy ---------------------------------------------------------------------- */

static struct bytes signers[4];
static u32 nr_signers;
static struct {
	u16 type;
	struct bytes digest;
} revoked[4];

static u32 nr_revoked;

u32 policy_certificate(u16 type, u32 i, u8 der[VSM_POLICY_MAX_CERT])
{
	if (type != VSM_POLICY_REC_FILE_SIGNER || i >= nr_signers)
		return 0;
	memcpy(der, signers[i].data, signers[i].len);
	return signers[i].len;
}

bool policy_names(u16 type, const struct bytes *digest)
{
	u32 i;

	for (i = 0; i < nr_revoked; i++)
		if (revoked[i].type == type &&
		    revoked[i].digest.len == digest->len &&
		    !memcmp(revoked[i].digest.data, digest->data, digest->len))
			return true;
	return false;
}

static void accept(const char *name)
{
	signers[nr_signers++] = load(name);
}

static void revoke(u16 type, const u8 *data, size_t len)
{
	revoked[nr_revoked].type = type;
	revoked[nr_revoked++].digest = (struct bytes){ data, len };
}

static const u8 *sha256(const char *name)
{
	struct bytes b = load(name);
	u8 *digest = malloc(32);

	if (mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), b.data,
		       b.len, digest))
		exit(EXIT_FAILURE);
	free((void *)b.data);
	return digest;
}

static void make_policy(void)
{
	struct bytes b = load("verity-withdrawn");

	accept("revoked.der");
	accept("signer.der");
	accept("rsa.der");
	accept("short.der");
	revoke(VSM_POLICY_REC_REVOKE_SIGNER, sha256("revoked.der"), 32);
	revoke(VSM_POLICY_REC_REVOKE_FILE, sha256("withdrawn"), 32);
	revoke(VSM_POLICY_REC_REVOKE_VERITY, b.data + 12, 32);
}

/* --- judging ---------------------------------------------------------------------- */

/* In pieces of @piece bytes, as pages come. */
static u64 judge(const struct bytes *content, const struct bytes *cms,
		 bool verity, size_t piece, struct vsm_file_answer *ret)
{
	struct file_judge *j = malloc(sizeof(*j));
	size_t at, n;
	u64 status;

	status = file_judge_open(j, cms);
	for (at = 0; at < content->len && !status; at += n) {
		n = content->len - at < piece ? content->len - at : piece;
		status = file_judge_add(j, content->data + at, n);
	}
	if (!status)
		status = verity ? file_judge_verity(j) : file_judge_content(j);
	*ret = j->answer;
	file_judge_close(j);
	free(j);
	return status;
}

static const struct {
	const char *content, *cms;
	bool verity;
	u64 status;
	enum vsm_file_rule rule;
} files[] = {
	{ "file", "file.p7s", false, VSM_S_OK, VSM_FILE_ACCEPTED },
	{ "file", "file.rsa", false, VSM_S_OK, VSM_FILE_ACCEPTED },
	{ "file", "file.sha384", false, VSM_S_OK, VSM_FILE_ACCEPTED },
	{ "file", "file.sha512", false, VSM_S_OK, VSM_FILE_ACCEPTED },
	{ "empty", "empty.p7s", false, VSM_S_OK, VSM_FILE_ACCEPTED },
	{ "verity-256", "verity-256.p7s", true, VSM_S_OK, VSM_FILE_ACCEPTED },
	{ "verity-512", "verity-512.p7s", true, VSM_S_OK, VSM_FILE_ACCEPTED },
	{ "changed", "file.p7s", false, VSM_S_BAD_SIGNATURE,
	  VSM_FILE_RULE_SIGNATURE },
	{ "changed", "file.sha512", false, VSM_S_BAD_SIGNATURE,
	  VSM_FILE_RULE_SIGNATURE },
	{ "shorter", "file.p7s", false, VSM_S_BAD_SIGNATURE,
	  VSM_FILE_RULE_SIGNATURE },
	{ "empty", "file.p7s", false, VSM_S_BAD_SIGNATURE,
	  VSM_FILE_RULE_SIGNATURE },
	{ "file", "empty.p7s", false, VSM_S_BAD_SIGNATURE,
	  VSM_FILE_RULE_SIGNATURE },
	{ "file", "file.impostor", false, VSM_S_BAD_SIGNATURE,
	  VSM_FILE_RULE_SIGNATURE },
	{ "file", "file.foreign", false, VSM_S_BAD_CERTIFICATE,
	  VSM_FILE_RULE_SIGNER },
	{ "file", "file.revoked", false, VSM_S_REVOKED,
	  VSM_FILE_RULE_SIGNER_REVOKED },
	{ "file", "file.short", false, VSM_S_BAD_CERTIFICATE,
	  VSM_FILE_RULE_KEY },
	{ "file", "file.sha1", false, VSM_S_BAD_SIGNATURE,
	  VSM_FILE_RULE_ALGORITHM },
	{ "file", "file.certs", false, VSM_S_BAD_FORMAT, VSM_FILE_RULE_FORMAT },
	{ "file", "file.attrs", false, VSM_S_BAD_FORMAT, VSM_FILE_RULE_FORMAT },
	{ "file", "file.two", false, VSM_S_BAD_FORMAT, VSM_FILE_RULE_FORMAT },
	{ "file", "file.content", false, VSM_S_BAD_FORMAT,
	  VSM_FILE_RULE_FORMAT },
	{ "file", "file.half", false, VSM_S_BAD_FORMAT, VSM_FILE_RULE_FORMAT },
	{ "file", "file.trailing", false, VSM_S_BAD_FORMAT,
	  VSM_FILE_RULE_FORMAT },
	{ "file", "file.noise", false, VSM_S_BAD_FORMAT, VSM_FILE_RULE_FORMAT },
	{ "withdrawn", "withdrawn.p7s", false, VSM_S_REVOKED,
	  VSM_FILE_RULE_REVOKED },
	{ "verity-withdrawn", "verity-withdrawn.p7s", true, VSM_S_REVOKED,
	  VSM_FILE_RULE_REVOKED },
	{ "verity-256", "verity-512.p7s", true, VSM_S_BAD_SIGNATURE,
	  VSM_FILE_RULE_SIGNATURE },
	{ "verity-algorithm", "verity-algorithm.p7s", true, VSM_S_BAD_FORMAT,
	  VSM_FILE_RULE_VERITY },
	{ "verity-size", "verity-size.p7s", true, VSM_S_BAD_FORMAT,
	  VSM_FILE_RULE_VERITY },
	{ "verity-cut", "verity-cut.p7s", true, VSM_S_BAD_FORMAT,
	  VSM_FILE_RULE_VERITY },
	{ "file", "file.p7s", true, VSM_S_BAD_FORMAT, VSM_FILE_RULE_VERITY },
	{ "empty", "empty.p7s", true, VSM_S_BAD_FORMAT, VSM_FILE_RULE_VERITY },
	/* One form for the other. */
	{ "verity-256", "verity-256.p7s", false, VSM_S_BAD_FORMAT,
	  VSM_FILE_RULE_CONTENT },
	{ "verity-512", "verity-512.p7s", false, VSM_S_BAD_FORMAT,
	  VSM_FILE_RULE_CONTENT },
	/* No such algorithm: no digest, so a content as any other. */
	{ "verity-algorithm", "verity-algorithm.p7s", false, VSM_S_OK,
	  VSM_FILE_ACCEPTED },
};

static void one_file(u32 i)
{
	static const size_t pieces[] = { 4096, 7, 1, 100000 };
	struct bytes content = load(files[i].content);
	struct bytes cms = load(files[i].cms);
	struct vsm_file_answer answer;
	char what[128];
	bool ok = content.data && cms.data;
	u64 status = 0;
	u32 p;

	for (p = 0; p < ARRAY_SIZE(pieces) && ok; p++) {
		status = judge(&content, &cms, files[i].verity, pieces[p],
			       &answer);
		ok = status == files[i].status && answer.rule == files[i].rule;
	}
	snprintf(what, sizeof(what), "%s with %s%s: rule %u", files[i].content,
		 files[i].cms, files[i].verity ? " as a digest" : "",
		 files[i].rule);
	check(ok && !sk_allocated, what, ok ? 0 : status << 8 | answer.rule);
	free((void *)content.data);
	free((void *)cms.data);
}

/* What is said of an accepted file. */
static bool answers(void)
{
	struct bytes file = load("file"), cms = load("file.p7s");
	struct bytes digest = load("verity-512"), p7s = load("verity-512.p7s");
	const u8 *hash = sha256("file"), *signer = sha256("signer.der");
	const u32 all = VSM_FILE_KNOWN_DIGEST | VSM_FILE_KNOWN_SIGNER;
	struct vsm_file_answer a, v;
	bool ok;

	judge(&file, &cms, false, 4096, &a);
	judge(&digest, &p7s, true, 4096, &v);
	ok = a.known == all && a.size == file.len &&
	     a.algorithm == VSM_FILE_SHA256 && a.digest_size == 32 &&
	     !memcmp(a.digest, hash, 32) &&
	     !memcmp(a.signer_sha256, signer, 32) &&
	     !strcmp((char *)a.signer, "vsm test signer");
	ok &= v.known == all && v.algorithm == VSM_FILE_SHA512 &&
	      v.digest_size == 64 && !memcmp(v.digest, digest.data + 12, 64);
	free((void *)file.data);
	free((void *)cms.data);
	free((void *)digest.data);
	free((void *)p7s.data);
	free((void *)hash);
	free((void *)signer);
	return ok;
}

static bool nobody(void)
{
	struct bytes file = load("file"), cms = load("file.p7s");
	u32 nr = nr_signers;
	struct vsm_file_answer a;
	u64 status;

	nr_signers = 0;
	status = judge(&file, &cms, false, 4096, &a);
	nr_signers = nr;
	free((void *)file.data);
	free((void *)cms.data);
	return status == VSM_S_DENIED && a.rule == VSM_FILE_RULE_NO_SIGNER &&
	       !a.known;
}

/* Never accepted, whatever byte of the signature is another, and cut anywhere. */
static bool damage(const char *name)
{
	struct bytes file = load("file"), cms = load(name), copy;
	u8 *bytes = malloc(cms.len);
	struct vsm_file_answer a;
	bool ok = true;
	size_t i;

	copy = (struct bytes){ bytes, cms.len };
	for (i = 0; i < cms.len; i++) {
		memcpy(bytes, cms.data, cms.len);
		bytes[i] ^= 1 << i % 8;
		ok &= judge(&file, &copy, false, 4096, &a) && a.rule &&
		      !sk_allocated;
	}
	memcpy(bytes, cms.data, cms.len);
	for (copy.len = 0; copy.len < cms.len; copy.len++)
		ok &= judge(&file, &copy, false, 4096, &a) &&
		      a.rule == VSM_FILE_RULE_FORMAT && !sk_allocated;
	free(bytes);
	free((void *)file.data);
	free((void *)cms.data);
	return ok;
}

static bool no_memory(void)
{
	struct bytes file = load("file"), cms = load("file.sha512");
	struct vsm_file_answer a;
	bool ok = true;
	long n;

	for (n = 0; n < 100000 && ok; n++) {
		sk_fail_after = n;
		if (!judge(&file, &cms, false, 4096, &a))
			break;
		ok = !sk_allocated;
	}
	sk_fail_after = -1;
	free((void *)file.data);
	free((void *)cms.data);
	return ok && n > 10 && n < 100000;
}

int main(void)
{
	struct bytes probe = load("appended");
	u32 i;

	if (!probe.data) {
		printf("1..0 # SKIP no objects of file_objects.sh\n");
		return EXIT_SUCCESS;
	}
	free((void *)probe.data);
	make_policy();
	for (i = 0; i < ARRAY_SIZE(files); i++)
		one_file(i);
	check(answers(), "what is said of an accepted file", 0);
	check(nobody(), "no policy names a signer", 0);
	check(damage("file.p7s"), "a damaged signature, ECDSA", 0);
	check(damage("file.rsa"), "a damaged signature, RSA", 0);
	check(no_memory(), "memory runs out", 0);
	for (i = 0; i < nr_signers; i++)
		free((void *)signers[i].data);
	free((void *)revoked[0].digest.data);
	free((void *)revoked[1].digest.data);
	free((void *)revoked[2].digest.data - 12);
	printf("1..%d\n", tests);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
