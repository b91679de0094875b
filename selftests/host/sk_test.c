// SPDX-License-Identifier: GPL-2.0
/*
 * The secure kernel's pure parts on the host: ranges, heap, signed containers,
 * trustlet images, policies; each with what must be refused, and with every
 * byte damaged (run under ASan).  Must never depend on a file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vsm/bug.h>
#include <vsm/signed.h>
#include <vsm/string.h>

#include "../../vtl1/sk/container.h"
#include "../../vtl1/sk/elf.h"
#include "../../vtl1/sk/heap_core.h"
#include "../../vtl1/sk/policy_parse.h"
#include "../../vtl1/sk/range.h"

static int failures, tests;

static void check(bool ok, const char *what)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

void vsm_bug(const char *file, int line, const char *what)
{
	printf("Bail out! %s:%d: %s\n", file, line, what);
	abort();
}

/* Deterministic, so that a failure can be repeated. */
static u64 next_random(void)
{
	static u64 state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* --- ranges, against a bitmap of pages ------------------------------------ */

#define PAGES	64

static bool list_is(const struct range_list *list, const bool *map)
{
	u32 i, n;

	for (i = 0; i < PAGES; i++)
		for (n = 1; n <= 3; n++) {
			bool all = i + n <= PAGES;
			u32 k;

			for (k = i; all && k < i + n; k++)
				all = map[k];
			if (range_contains(list, i * PAGE_SIZE,
					   n * PAGE_SIZE) != all)
				return false;
		}
	for (i = 1; i < list->nr; i++)
		if (list->range[i].base <
		    list->range[i - 1].base + list->range[i - 1].size)
			return false;
	return true;
}

static bool ranges_random(void)
{
	struct vsm_range storage[PAGES];
	u32 round, step, i;

	for (round = 0; round < 300; round++) {
		struct range_list list = { .range = storage, .max = PAGES };
		bool map[PAGES] = { false };

		for (step = 0; step < 24; step++) {
			u64 base = next_random() % PAGES;
			u64 n = 1 + next_random() % (PAGES - base);
			bool add = next_random() & 1;
			struct vsm_range r;

			r.base = base * PAGE_SIZE;
			r.size = n * PAGE_SIZE;
			if (add ? !range_add(&list, &r) :
				  !range_remove(&list, &r))
				return false;
			for (i = base; i < base + n; i++)
				map[i] = add;
			if (!list_is(&list, map))
				return false;
		}
	}
	return true;
}

static bool ranges_full(void)
{
	static struct vsm_range storage[RANGE_MAX];
	struct range_list list = { .range = storage, .max = RANGE_MAX };
	struct vsm_range r, hole;
	u32 i;

	for (i = 0; i < RANGE_MAX; i++) {
		r = (struct vsm_range){ i * 4 * PAGE_SIZE, 3 * PAGE_SIZE };
		if (!range_add(&list, &r))
			return false;
	}
	r.base = RANGE_MAX * 4 * PAGE_SIZE;
	hole = (struct vsm_range){ PAGE_SIZE, PAGE_SIZE };
	return !range_add(&list, &r) && !range_remove(&list, &hole) &&
	       list.nr == RANGE_MAX && range_contains(&list, 0, 3 * PAGE_SIZE);
}

static bool ranges_limits(void)
{
	struct vsm_range storage[2];
	struct range_list list = { .range = storage, .max = 2 };
	const u64 limit = 1ULL << 46;
	const struct vsm_range bad[] = {
		{ 0, 0 }, { 1, PAGE_SIZE }, { 0, 1 }, { limit, PAGE_SIZE },
		{ 0, limit + PAGE_SIZE }, { ~0ULL << 12, 2 * PAGE_SIZE },
		{ PAGE_SIZE, ~0ULL << 12 },
	};
	struct vsm_range r = { PAGE_SIZE, 2 * PAGE_SIZE };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (range_valid(&bad[i], limit))
			return false;
	range_add(&list, &r);
	return range_valid(&r, limit) &&
	       !range_contains(&list, PAGE_SIZE, ~0ULL) &&
	       !range_contains(&list, 2 * PAGE_SIZE, ~0ULL - PAGE_SIZE) &&
	       !range_contains(&list, ~0ULL, 2) &&
	       !range_contains(&list, ~0ULL << 12, PAGE_SIZE) &&
	       range_contains(&list, 2 * PAGE_SIZE, PAGE_SIZE);
}

/* --- heap ------------------------------------------------------------------ */

#define HEAP_BYTES	65536
#define BLOCKS		64

static bool heap_random(void)
{
	u8 *base = aligned_alloc(16, HEAP_BYTES);
	struct heap heap = { .base = base };
	u8 *block[BLOCKS] = { NULL };
	size_t size[BLOCKS];
	bool ok = true;
	u32 step, i;

	memset(base, 0xa5, HEAP_BYTES);
	heap_grow(&heap, HEAP_BYTES / 2);
	heap_grow(&heap, HEAP_BYTES / 2);
	for (step = 0; ok && step < 20000; step++) {
		i = next_random() % BLOCKS;
		if (block[i]) {
			ok = mem_is(block[i], i + 1, size[i]);
			heap_free(&heap, block[i]);
			block[i] = NULL;
			continue;
		}
		size[i] = next_random() % 3000;
		block[i] = heap_alloc(&heap, size[i]);
		if (!block[i])
			continue;
		ok = mem_is(block[i], 0, size[i]) &&
		     !((uintptr_t)block[i] & 15);
		memset(block[i], i + 1, size[i]);
	}
	for (i = 0; i < BLOCKS; i++)
		heap_free(&heap, block[i]);
	/* All merged again: one block takes everything but its header. */
	ok &= heap_free_bytes(&heap) == HEAP_BYTES;
	block[0] = heap_alloc(&heap, HEAP_BYTES - 16);
	ok &= block[0] && !heap_alloc(&heap, 1) &&
	      !heap_alloc(&heap, SIZE_MAX) && !heap_alloc(&heap, SIZE_MAX - 40);
	heap_free(&heap, block[0]);
	free(base);
	return ok;
}

/* --- a growing buffer ------------------------------------------------------- */

struct buf {
	u8 data[8192];
	size_t len;
};

static void put(struct buf *b, const void *p, size_t n)
{
	if (n)
		memcpy(b->data + b->len, p, n);
	b->len += n;
}

/* A copy that ends where the heap block ends: ASan sees one byte more. */
static u8 *exact(const void *p, size_t n)
{
	u8 *copy = malloc(n ? n : 1);

	if (n)
		memcpy(copy, p, n);
	return copy;
}

/* --- signed containers ------------------------------------------------------ */

static struct buf signed_object(u32 cert_len, u32 cms_len)
{
	struct vsm_cert_trailer trailer = {
		.cert_len = cert_len, .magic = VSM_CERT_TRAILER_MAGIC,
	};
	struct vsm_module_signature sig = {
		.id_type = VSM_SIGNATURE_ID_PKCS7,
		.sig_len = { 0, 0, cms_len >> 8, cms_len },
	};
	struct buf b = { .len = 0 };

	put(&b, "payload", 7);
	b.len += 100;			/* certificate */
	put(&b, &trailer, sizeof(trailer));
	b.len += 50;			/* CMS */
	put(&b, &sig, sizeof(sig));
	put(&b, VSM_SIGNATURE_MARKER, VSM_SIGNATURE_MARKER_LEN);
	return b;
}

static u64 parse_object(const struct buf *b, struct container *c)
{
	u8 *copy = exact(b->data, b->len);
	u64 status = container_parse(copy, b->len, c);

	/* Positions only; the copy goes. */
	if (!status) {
		c->payload.data -= (uintptr_t)copy;
		c->cert.data -= (uintptr_t)copy;
		c->content.data -= (uintptr_t)copy;
		c->cms.data -= (uintptr_t)copy;
	}
	free(copy);
	return status;
}

static bool container_parts(void)
{
	struct buf b = signed_object(100, 50);
	struct container c;

	return parse_object(&b, &c) == VSM_S_OK &&
	       !c.payload.data && c.payload.len == 7 &&
	       (uintptr_t)c.cert.data == 7 && c.cert.len == 100 &&
	       !c.content.data && c.content.len == 123 &&
	       (uintptr_t)c.cms.data == 123 && c.cms.len == 50;
}

static bool container_lengths(void)
{
	static const u32 bad[] = { 0, 108, 4097, 0x80000000, 0xffffffff };
	struct container c;
	struct buf b;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		b = signed_object(bad[i], 50);
		if (parse_object(&b, &c) != VSM_S_BAD_FORMAT)
			return false;
		b = signed_object(100, bad[i] & 0xffff ? bad[i] : 0);
		if ((bad[i] & 0xffff) != 108 &&
		    parse_object(&b, &c) != VSM_S_BAD_FORMAT)
			return false;
	}
	return true;
}

/* Cut anywhere, or with any byte changed: an answer, and within bounds. */
static bool container_damage(void)
{
	struct buf good = signed_object(100, 50), b;
	struct container c;
	size_t i;

	for (i = 0; i < good.len; i++) {
		b = good;
		b.len = i;
		if (parse_object(&b, &c) == VSM_S_OK)
			return false;
		b = good;
		b.data[i] ^= 0xff;
		if (i >= 173 && parse_object(&b, &c) == VSM_S_OK)
			return false;
		parse_object(&b, &c);
	}
	b.len = 4;
	return parse_object(&b, &c) == VSM_S_NOT_SIGNED;
}

/* --- trustlet images --------------------------------------------------------- */

struct phdr {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

struct image {
	struct {
		u8 ident[16];
		u16 type, machine;
		u32 version;
		u64 entry, phoff, shoff;
		u32 flags;
		u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
	} header;
	struct phdr phdr[5];
	struct {
		u32 name_size, desc_size, type;
		char name[4];
		struct vsm_trustlet_metadata meta;
	} note;
	u8 text[64];
};

static struct image good_image(void)
{
	const u64 base = VSM_TRUSTLET_IMAGE_MIN;
	struct image e = {
		.header = {
			.ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 },
			.type = 2, .machine = 62, .version = 1,
			.entry = base + 8, .phoff = sizeof(e.header),
			.phentsize = sizeof(struct phdr), .phnum = 5,
		},
		.phdr = {
			{ 1, 5, offsetof(struct image, text), base, 0,
			  sizeof(e.text), sizeof(e.text), 4096 },
			{ 1, 4, offsetof(struct image, note), base + 0x1000, 0,
			  sizeof(e.note), sizeof(e.note), 4096 },
			{ 1, 6, 0, base + 0x2000, 0, 0, 0x3000, 4096 },
			{ 4, 4, offsetof(struct image, note), base + 0x1000, 0,
			  sizeof(e.note), sizeof(e.note), 4 },
			{ 0x6474e551, 6, 0, 0, 0, 0, 0, 8 },
		},
		.note = {
			.name_size = 4,
			.desc_size = sizeof(struct vsm_trustlet_metadata),
			.type = VSM_TRUSTLET_NOTE,
			.name = VSM_TRUSTLET_NOTE_NAME,
			.meta = {
				.abi = VSM_TRUSTLET_ABI, .svn = 7,
				.name = "test", .stack_size = 4096,
			},
		},
	};

	return e;
}

static bool elf_takes(const struct image *e, size_t len)
{
	u8 *copy = exact(e, len);
	struct elf_image out;
	const char *why = NULL;
	bool ok = elf_parse(copy, len, &out, &why);

	free(copy);
	return ok || !why;
}

static bool elf_good(void)
{
	struct image e = good_image();
	struct elf_image out;
	const char *why;

	return elf_parse(&e, sizeof(e), &out, &why) && out.nr == 3 &&
	       out.entry == VSM_TRUSTLET_IMAGE_MIN + 8 &&
	       out.segment[0].exec && !out.segment[0].write &&
	       !out.segment[1].exec && out.segment[2].write &&
	       out.segment[2].mem_size == 0x3000 && out.meta.svn == 7;
}

#define ELF_REFUSED(what, change)					\
	do {								\
		struct image e = good_image();				\
									\
		change;							\
		check(!elf_takes(&e, sizeof(e)), "image refused: " what); \
	} while (0)

static void elf_refused(void)
{
	ELF_REFUSED("32-bit", e.header.ident[4] = 1);
	ELF_REFUSED("position independent", e.header.type = 3);
	ELF_REFUSED("another machine", e.header.machine = 40);
	ELF_REFUSED("no program headers", e.header.phnum = 0);
	ELF_REFUSED("too many program headers", e.header.phnum = 0xffff);
	ELF_REFUSED("program headers beyond the end",
		    e.header.phoff = sizeof(e) - 100);
	ELF_REFUSED("program headers that wrap", e.header.phoff = ~0ULL - 10);
	ELF_REFUSED("writable and executable", e.phdr[0].flags = 7);
	ELF_REFUSED("executable stack", e.phdr[4].flags = 7);
	ELF_REFUSED("an interpreter", e.phdr[4].type = 3);
	ELF_REFUSED("a dynamic section", e.phdr[4].type = 2);
	ELF_REFUSED("thread-local data", e.phdr[4].type = 7);
	ELF_REFUSED("below the range", e.phdr[0].vaddr -= 0x1000);
	ELF_REFUSED("above the range",
		    e.phdr[2].memsz = VSM_TRUSTLET_IMAGE_MAX);
	ELF_REFUSED("address that wraps", e.phdr[2].vaddr = ~0xfffULL);
	ELF_REFUSED("size that wraps", e.phdr[2].memsz = ~0ULL);
	ELF_REFUSED("file size over memory size", e.phdr[0].memsz = 1);
	ELF_REFUSED("file range beyond the end", e.phdr[0].offset = sizeof(e));
	ELF_REFUSED("file range that wraps", e.phdr[0].offset = ~0ULL);
	ELF_REFUSED("two segments in one page",
		    e.phdr[1].vaddr = e.phdr[0].vaddr + 0x100);
	ELF_REFUSED("descending segments",
		    e.phdr[1].vaddr = e.phdr[2].vaddr + 0x5000);
	ELF_REFUSED("entry at zero", e.header.entry = 0);
	ELF_REFUSED("entry in data", e.header.entry = e.phdr[2].vaddr);
	ELF_REFUSED("entry behind the text", e.header.entry += 64);
	ELF_REFUSED("no note", e.phdr[3].type = 0);
	ELF_REFUSED("two notes", e.phdr[4] = e.phdr[3]);
	ELF_REFUSED("note of another size", e.note.desc_size -= 4);
	ELF_REFUSED("note beyond the end", e.note.desc_size = ~0U);
	ELF_REFUSED("note name that wraps", e.note.name_size = ~0U);
	ELF_REFUSED("another ABI", e.note.meta.abi = 2);
	ELF_REFUSED("unknown flags", e.note.meta.flags = 2);
	ELF_REFUSED("reserved field", e.note.meta.rsvd = 1);
	ELF_REFUSED("no name", e.note.meta.name[0] = 0);
	ELF_REFUSED("name without end", memset(e.note.meta.name, 'a', 32));
	ELF_REFUSED("text behind the name", e.note.meta.name[10] = 'a');
	ELF_REFUSED("control character", e.note.meta.name[1] = '\n');
	ELF_REFUSED("no stack", e.note.meta.stack_size = 0);
	ELF_REFUSED("odd stack", e.note.meta.stack_size = 4097);
	ELF_REFUSED("huge stack", e.note.meta.stack_size = 0x101000);
	ELF_REFUSED("odd heap", e.note.meta.heap_size = 1);
	ELF_REFUSED("huge heap", e.note.meta.heap_size = 0x1001000);
}

static bool elf_damage(void)
{
	struct image e = good_image(), bad;
	size_t i;

	for (i = 0; i < sizeof(e) - sizeof(e.text); i++) {
		if (elf_takes(&e, i))
			return false;
		bad = e;
		((u8 *)&bad)[i] ^= 1 << (i % 8);
		elf_takes(&bad, sizeof(bad));
		((u8 *)&bad)[i] = 0xff;
		elf_takes(&bad, sizeof(bad));
	}
	return true;
}

/* --- policies ------------------------------------------------------------------ */

static void put_record(struct buf *b, u16 type, const void *data, u32 len)
{
	struct vsm_policy_record r = { .type = type, .len = len };
	struct vsm_policy_header *h = (void *)b->data;
	static const u8 zero[8];

	put(b, &r, sizeof(r));
	put(b, data, len);
	put(b, zero, -len & 7);
	h->nr_records++;
	h->size = b->len;
}

static struct buf new_policy(void)
{
	struct vsm_policy_header h = {
		.magic = VSM_POLICY_MAGIC, .format = VSM_POLICY_FORMAT,
		.size = sizeof(h), .version = 5,
	};
	struct buf b = { .len = 0 };

	put(&b, &h, sizeof(h));
	return b;
}

static const u8 hash_a[32] = { 1 }, hash_b[32] = { 2 };

static struct buf full_policy(void)
{
	struct vsm_policy_min_svn min = { .uuid = { 9 }, .svn = 4 };
	struct buf b = new_policy();

	put_record(&b, VSM_POLICY_REC_NAME, "policy", 6);
	put_record(&b, VSM_POLICY_REC_TRUSTLET_MODE, "\1", 1);
	put_record(&b, VSM_POLICY_REC_SIGNER, hash_a, 32);
	put_record(&b, VSM_POLICY_REC_REVOKE_IMAGE, hash_b, 32);
	put_record(&b, VSM_POLICY_REC_MIN_SVN, &min, sizeof(min));
	return b;
}

static u64 parse_policy(const struct buf *b)
{
	u8 *copy = exact(b->data, b->len);
	struct vsm_trustlet_identity id = { .svn = 0 };
	struct policy p;
	u64 status = policy_parse(copy, b->len, &p);

	if (!status)
		policy_judge(&p, &id);
	free(copy);
	return status;
}

static bool policy_good(void)
{
	struct buf b = full_policy(), empty = new_policy();
	struct policy p;

	return !policy_parse(b.data, b.len, &p) && p.header.version == 5 &&
	       p.mode == VSM_POLICY_MODE_AUDIT &&
	       !strcmp((char *)p.name, "policy") &&
	       !policy_parse(empty.data, empty.len, &p) && !p.name[0] &&
	       p.mode == VSM_POLICY_MODE_ENFORCE;
}

#define POLICY_REFUSED(what, change)					\
	do {								\
		struct buf b = full_policy();				\
		struct vsm_policy_header *h = (void *)b.data;		\
									\
		change;							\
		(void)h;						\
		check(parse_policy(&b) == VSM_S_BAD_FORMAT,		\
		      "policy refused: " what);				\
	} while (0)

static void policy_refused(void)
{
	static const struct vsm_policy_min_svn min = { .rsvd = 1 };

	POLICY_REFUSED("magic", h->magic++);
	POLICY_REFUSED("format", h->format++);
	POLICY_REFUSED("pool", h->pool = 3);
	POLICY_REFUSED("size", h->size -= 8);
	POLICY_REFUSED("version zero", h->version = 0);
	POLICY_REFUSED("fewer records", h->nr_records--);
	POLICY_REFUSED("more records", h->nr_records++);
	POLICY_REFUSED("most records", h->nr_records = ~0U);
	POLICY_REFUSED("trailing bytes", h->size = b.len += 8);
	POLICY_REFUSED("half a record", h->size = b.len += 4);
	POLICY_REFUSED("reserved field", b.data[42] = 1);
	POLICY_REFUSED("padding", b.data[55] = 1);
	POLICY_REFUSED("length beyond the end", b.data[45] = 0x7f);
	POLICY_REFUSED("length that wraps", memset(b.data + 44, 0xff, 4));
	POLICY_REFUSED("unknown type", put_record(&b, 99, "x", 1));
	POLICY_REFUSED("two names",
		       put_record(&b, VSM_POLICY_REC_NAME, "two", 3));
	POLICY_REFUSED("two modes",
		       put_record(&b, VSM_POLICY_REC_TRUSTLET_MODE, "\1", 1));
	POLICY_REFUSED("unknown mode", b.data[64] = 3);
	POLICY_REFUSED("short hash",
		       put_record(&b, VSM_POLICY_REC_SIGNER, hash_a, 31));
	POLICY_REFUSED("long hash",
		       put_record(&b, VSM_POLICY_REC_REVOKE_SIGNER, full_policy().data, 33));
	POLICY_REFUSED("reserved field of a minimum",
		       put_record(&b, VSM_POLICY_REC_MIN_SVN, &min, 24));
}

static bool policy_names(void)
{
	char name[64];
	struct buf b = new_policy();

	memset(name, 'n', sizeof(name));
	put_record(&b, VSM_POLICY_REC_NAME, name, 63);
	if (parse_policy(&b))
		return false;
	b = new_policy();
	put_record(&b, VSM_POLICY_REC_NAME, name, 64);
	if (parse_policy(&b) != VSM_S_BAD_FORMAT)
		return false;
	b = new_policy();
	put_record(&b, VSM_POLICY_REC_NAME, "a\tb", 3);
	if (parse_policy(&b) != VSM_S_BAD_FORMAT)
		return false;
	b = new_policy();
	put_record(&b, VSM_POLICY_REC_NAME, "", 0);
	return parse_policy(&b) == VSM_S_BAD_FORMAT;
}

static bool policy_too_large(void)
{
	static const u8 big[VSM_POLICY_MAX_SIZE + 1];
	struct policy p;

	return policy_parse(big, sizeof(big), &p) == VSM_S_TOO_LARGE;
}

static u64 judge(const struct buf *b, const u8 *image, const u8 *signer,
		 u8 uuid, u32 svn)
{
	struct vsm_trustlet_identity id = { .uuid = { uuid }, .svn = svn };
	struct policy p;

	memcpy(id.image_sha256, image, 32);
	memcpy(id.signer_sha256, signer, 32);
	if (policy_parse(b->data, b->len, &p))
		return ~0ULL;
	return policy_judge(&p, &id);
}

static bool policy_judges(void)
{
	static const u8 other[32] = { 3 };
	struct buf b = full_policy(), none = new_policy();
	struct buf revoke = new_policy();

	put_record(&revoke, VSM_POLICY_REC_REVOKE_SIGNER, hash_a, 32);
	put_record(&b, VSM_POLICY_REC_SIGNER, other, 32);
	return judge(&none, other, other, 9, 0) == VSM_S_OK &&
	       judge(&b, other, hash_a, 1, 0) == VSM_S_OK &&
	       judge(&b, other, other, 1, 0) == VSM_S_OK &&
	       judge(&b, other, hash_b, 1, 0) == VSM_S_DENIED &&
	       judge(&b, hash_b, hash_a, 1, 0) == VSM_S_REVOKED &&
	       judge(&b, other, hash_a, 9, 3) == VSM_S_BAD_SVN &&
	       judge(&b, other, hash_a, 9, 4) == VSM_S_OK &&
	       judge(&revoke, other, hash_a, 9, 4) == VSM_S_REVOKED &&
	       judge(&revoke, other, hash_b, 9, 4) == VSM_S_OK;
}

/* --- policies of code integrity ---------------------------------------------- */

static void put_code(struct buf *b, u8 class, u8 mode)
{
	const struct vsm_policy_code_mode m = { .class = class, .mode = mode };

	put_record(b, VSM_POLICY_REC_CODE_MODE, &m, sizeof(m));
}

static const u8 cert_a[] = { 0x30, 3, 'a', 'b', 'c' };
static const u8 cert_b[] = { 0x30, 1, 'b' };

static struct buf code_policy(void)
{
	struct buf b = new_policy();

	put_record(&b, VSM_POLICY_REC_MBEC, "\1", 1);
	put_code(&b, VSM_CODE_CLASS_MODULE, VSM_POLICY_MODE_ENFORCE);
	put_code(&b, VSM_CODE_CLASS_WRITE, VSM_POLICY_MODE_OFF);
	put_record(&b, VSM_POLICY_REC_KERNEL, hash_a, 32);
	put_record(&b, VSM_POLICY_REC_MODULE_SIGNER, cert_a, sizeof(cert_a));
	put_record(&b, VSM_POLICY_REC_MODULE_SIGNER, cert_b, sizeof(cert_b));
	put_record(&b, VSM_POLICY_REC_REVOKE_MODULE, hash_b, 32);
	return b;
}

static bool policy_code_good(void)
{
	const struct bytes a = { hash_a, 32 }, other = { hash_b, 32 };
	struct buf b = code_policy(), none = new_policy();
	struct policy p, q;
	struct bytes der;
	u32 pos = 0;
	bool any;

	if (policy_parse(b.data, b.len, &p) ||
	    policy_parse(none.data, none.len, &q))
		return false;
	if (p.mbec != VSM_POLICY_MBEC_REQUIRED ||
	    q.mbec != VSM_POLICY_MBEC_PREFERRED ||
	    p.code_mode[VSM_CODE_CLASS_MODULE] != VSM_POLICY_MODE_ENFORCE ||
	    p.code_mode[VSM_CODE_CLASS_WRITE] != VSM_POLICY_MODE_OFF ||
	    p.code_mode[VSM_CODE_CLASS_KPROBE] != POLICY_MODE_NONE)
		return false;
	if (!policy_next(&p, VSM_POLICY_REC_MODULE_SIGNER, &pos, &der) ||
	    der.len != sizeof(cert_a) || memcmp(der.data, cert_a, der.len) ||
	    !policy_next(&p, VSM_POLICY_REC_MODULE_SIGNER, &pos, &der) ||
	    der.len != sizeof(cert_b) || memcmp(der.data, cert_b, der.len) ||
	    policy_next(&p, VSM_POLICY_REC_MODULE_SIGNER, &pos, &der))
		return false;
	return policy_has_digest(&p, VSM_POLICY_REC_KERNEL, &a, &any) && any &&
	       !policy_has_digest(&p, VSM_POLICY_REC_KERNEL, &other, &any) &&
	       any &&
	       policy_has_digest(&p, VSM_POLICY_REC_REVOKE_MODULE, &other,
				 &any) &&
	       !policy_has_digest(&q, VSM_POLICY_REC_KERNEL, &a, &any) &&
	       !any;
}

/* Two lengths of one type: neither is the beginning of the other. */
static bool policy_files_good(void)
{
	static const u8 long_a[64] = { [0 ... 63] = 0xaa };
	const struct bytes short_a = { long_a, 32 }, all = { long_a, 64 };
	struct buf b = new_policy();
	struct bytes der;
	struct policy p;
	u32 pos = 0;
	bool any;

	put_record(&b, VSM_POLICY_REC_FILE_SIGNER, cert_a, sizeof(cert_a));
	put_record(&b, VSM_POLICY_REC_REVOKE_FILE, hash_a, 32);
	put_record(&b, VSM_POLICY_REC_REVOKE_VERITY, long_a, 64);
	if (policy_parse(b.data, b.len, &p) ||
	    policy_next(&p, VSM_POLICY_REC_MODULE_SIGNER, &pos, &der))
		return false;
	pos = 0;
	return policy_next(&p, VSM_POLICY_REC_FILE_SIGNER, &pos, &der) &&
	       der.len == sizeof(cert_a) &&
	       policy_has_digest(&p, VSM_POLICY_REC_REVOKE_VERITY, &all,
				 &any) &&
	       !policy_has_digest(&p, VSM_POLICY_REC_REVOKE_VERITY, &short_a,
				  &any) && any &&
	       !policy_has_digest(&p, VSM_POLICY_REC_REVOKE_FILE, &all, &any) &&
	       any;
}

static void policy_code_refused(void)
{
	static const u8 large[VSM_POLICY_MAX_CERT + 1];
	struct vsm_policy_code_mode m[2] = {
		{ .class = VSM_CODE_CLASS_KPROBE, .rsvd = { [5] = 1 } },
	};

	POLICY_REFUSED("no class", put_code(&b, VSM_CODE_CLASS_NONE, 1));
	POLICY_REFUSED("unknown class", put_code(&b, VSM_CODE_CLASS_MAX, 1));
	POLICY_REFUSED("highest class", put_code(&b, 255, 1));
	POLICY_REFUSED("unknown mode of a class",
		       put_code(&b, VSM_CODE_CLASS_KPROBE, 3));
	POLICY_REFUSED("no mode of a class",
		       put_code(&b, VSM_CODE_CLASS_KPROBE, POLICY_MODE_NONE));
	POLICY_REFUSED("class twice",
		       put_code(&b, VSM_CODE_CLASS_WRITE, 1);
		       put_code(&b, VSM_CODE_CLASS_WRITE, 1));
	POLICY_REFUSED("reserved field of a class",
		       put_record(&b, VSM_POLICY_REC_CODE_MODE, m, 8));
	m[0].rsvd[5] = 0;
	POLICY_REFUSED("short mode of a class",
		       put_record(&b, VSM_POLICY_REC_CODE_MODE, m, 7));
	POLICY_REFUSED("long mode of a class",
		       put_record(&b, VSM_POLICY_REC_CODE_MODE, m, 9));
	POLICY_REFUSED("unknown value for MBEC",
		       put_record(&b, VSM_POLICY_REC_MBEC, "\2", 1));
	POLICY_REFUSED("MBEC twice",
		       put_record(&b, VSM_POLICY_REC_MBEC, "", 1);
		       put_record(&b, VSM_POLICY_REC_MBEC, "", 1));
	POLICY_REFUSED("short digest of a kernel",
		       put_record(&b, VSM_POLICY_REC_KERNEL, hash_a, 31));
	POLICY_REFUSED("empty digest of a module",
		       put_record(&b, VSM_POLICY_REC_REVOKE_MODULE, "", 0));
	POLICY_REFUSED("digest of a file by SHA-512",
		       put_record(&b, VSM_POLICY_REC_REVOKE_FILE, large, 64));
	POLICY_REFUSED("fs-verity digest of 33 bytes",
		       put_record(&b, VSM_POLICY_REC_REVOKE_VERITY, large, 33));
	POLICY_REFUSED("fs-verity digest of 65 bytes",
		       put_record(&b, VSM_POLICY_REC_REVOKE_VERITY, large, 65));
	POLICY_REFUSED("empty fs-verity digest",
		       put_record(&b, VSM_POLICY_REC_REVOKE_VERITY, "", 0));
	POLICY_REFUSED("large certificate of a signer of files",
		       put_record(&b, VSM_POLICY_REC_FILE_SIGNER, large,
				  sizeof(large)));
	POLICY_REFUSED("empty certificate",
		       put_record(&b, VSM_POLICY_REC_MODULE_SIGNER, "", 0));
	POLICY_REFUSED("large certificate",
		       put_record(&b, VSM_POLICY_REC_MODULE_SIGNER, large,
				  sizeof(large)));
}

/* The tightest of those that are loaded; the start's where none says it. */
static bool policy_code_modes(void)
{
	struct buf b = code_policy(), tight = new_policy();
	struct policy p[3] = { 0 };

	put_code(&tight, VSM_CODE_CLASS_WRITE, VSM_POLICY_MODE_AUDIT);
	put_code(&tight, VSM_CODE_CLASS_MODULE, VSM_POLICY_MODE_OFF);
	if (policy_code_mode(p, 3, VSM_CODE_CLASS_WRITE, 1) != 1 ||
	    policy_wants_mbec(p, 3) ||
	    policy_parse(b.data, b.len, &p[0]))
		return false;
	if (policy_code_mode(p, 3, VSM_CODE_CLASS_WRITE, 2) != 0 ||
	    policy_code_mode(p, 3, VSM_CODE_CLASS_MODULE, 1) != 2 ||
	    policy_code_mode(p, 3, VSM_CODE_CLASS_EXECUTE, 1) != 1 ||
	    !policy_wants_mbec(p, 3) ||
	    policy_parse(tight.data, tight.len, &p[2]))
		return false;
	return policy_code_mode(p, 3, VSM_CODE_CLASS_WRITE, 2) == 1 &&
	       policy_code_mode(p, 3, VSM_CODE_CLASS_MODULE, 0) == 2 &&
	       policy_code_mode(p, 3, VSM_CODE_CLASS_EXECUTE, 2) == 2;
}

static bool policy_damage(struct buf good)
{
	struct buf b;
	size_t i;
	u32 bit;

	for (i = 0; i < good.len; i++) {
		b = good;
		b.len = i;
		if (!parse_policy(&b))
			return false;
		for (bit = 0; bit < 8; bit++) {
			b = good;
			b.data[i] ^= 1 << bit;
			parse_policy(&b);
		}
	}
	return true;
}

int main(void)
{
	printf("TAP version 13\n");
	check(ranges_random(), "ranges agree with a bitmap");
	check(ranges_full(), "a full list of ranges refuses and keeps");
	check(ranges_limits(), "ranges at the limits");
	check(heap_random(), "heap: blocks are zero, apart, and merge");
	check(container_parts(), "container: parts are where they are");
	check(container_lengths(), "container: bad lengths");
	check(container_damage(), "container: cut and damaged");
	check(elf_good(), "image: a good one");
	elf_refused();
	check(elf_damage(), "image: cut and damaged");
	check(policy_good(), "policy: good ones");
	policy_refused();
	check(policy_names(), "policy: names");
	check(policy_too_large(), "policy: too large");
	check(policy_judges(), "policy: what it says of trustlets");
	check(policy_damage(full_policy()), "policy: cut and damaged");
	check(policy_code_good(), "policy of code integrity");
	check(policy_files_good(), "policy of files");
	policy_code_refused();
	check(policy_code_modes(), "policy of code integrity: modes");
	check(policy_damage(code_policy()),
	      "policy of code integrity: cut and damaged");
	printf("1..%d\n", tests);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
