// SPDX-License-Identifier: GPL-2.0
/*
 * The file that the secure kernel reads where VTL0 has it, on the host: what is
 * read is what was hashed, whatever VTL0 does meanwhile (run under ASan).  Must
 * never take a wrong byte for an error, or an error for one.
 */
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../vtl1/sk/code_source.h"
#include "sk_memory.h"

#define SIZE	(20 * CODE_CHUNK + 5 * PAGE_SIZE + 123)
#define CHUNKS	21

/* --- VTL0 --------------------------------------------------------------------- */

static u8 *file, *truth;		/* what VTL0 has, what it had first */
static long flip_in = -1;		/* pages until VTL0 changes one */
static u64 flip_at;

/* The page in a block of its own: ASan sees one byte more. */
static const void *page(void *ctx, u32 i)
{
	static u8 *last;
	u64 off = i * PAGE_SIZE;

	(void)ctx;
	if (flip_in >= 0 && !flip_in--)
		file[flip_at] ^= 0x55;
	free(last);
	last = malloc(PAGE_SIZE);
	memset(last, 0xee, PAGE_SIZE);
	memcpy(last, file + off, MIN(SIZE - off, PAGE_SIZE));
	return last;
}

/* --- tests ---------------------------------------------------------------------- */

static int failures, tests;
static struct code_source source;

static void check(bool ok, const char *what)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

static bool opened(void)
{
	memcpy(file, truth, SIZE);
	return code_source_open(&source, SIZE, page, NULL);
}

static void test_whole(void)
{
	u8 hash[CHUNKS][CODE_HASH], digest[CODE_HASH], *buf = malloc(SIZE);
	u64 off, n;
	u32 i;

	check(opened(), "a file is hashed");
	check(!ci_source_read(&source.source, 0, buf, SIZE) &&
	      !memcmp(buf, truth, SIZE), "all of it at once");
	for (i = 0; i < CHUNKS; i++) {
		off = (u64)i * CODE_CHUNK;
		n = MIN(SIZE - off, (u64)CODE_CHUNK);
		mbedtls_sha256(truth + off, n, hash[i], 0);
	}
	mbedtls_sha256(hash[0], sizeof(hash), digest, 0);
	check(!memcmp(digest, source.digest, sizeof(digest)),
	      "its digest is that of the chunks' hashes");
	check(ci_source_read(&source.source, SIZE - 1, buf, 2) == CI_ELF_BOUNDS &&
	      ci_source_read(&source.source, ~0ULL, buf, 2) == CI_ELF_BOUNDS &&
	      !ci_source_read(&source.source, SIZE, buf, 0),
	      "nothing beyond its end");
	code_source_close(&source);
	free(buf);
}

static void test_changed(void)
{
	u64 at = 7 * CODE_CHUNK + 3 * PAGE_SIZE + 17;
	u8 buf[8];

	opened();
	file[at] ^= 1;
	check(ci_source_read(&source.source, at, buf, 1) == CI_READ &&
	      ci_source_read(&source.source, at - 16, buf, 8) == CI_READ,
	      "a byte that was changed is not read, nor its chunk");
	check(!ci_source_read(&source.source, 6 * CODE_CHUNK, buf, 8) &&
	      !memcmp(buf, truth + 6 * CODE_CHUNK, 8), "other chunks are");
	check(ci_source_read(&source.source, 7 * CODE_CHUNK - 4, buf, 8) ==
	      CI_READ, "half of what is asked for is not enough");
	file[at] ^= 1;
	check(!ci_source_read(&source.source, at, buf, 1) &&
	      buf[0] == truth[at], "changed back, it is what it was");
	file[at] ^= 1;
	check(!ci_source_read(&source.source, at, buf, 1) &&
	      buf[0] == truth[at], "what is copied does not change");
	code_source_close(&source);
}

/* VTL0 changes a byte at any moment: of the hashing, or of a copy. */
static void test_races(void)
{
	u32 round, wrong = 0, refused = 0, reads = 0, i;
	u8 buf[256];

	for (round = 0; round < 40; round++) {
		u64 at[2];

		flip_at = random() % SIZE;
		flip_in = round % 2 ? random() % (long)(SIZE / PAGE_SIZE) :
				    -1;
		if (!opened())
			wrong++;
		/* What was hashed is the truth of this round. */
		at[0] = flip_at;
		at[1] = file[flip_at] != truth[flip_at];
		for (i = 0; i < 60; i++) {
			u64 off = i % 2 ? random() % (SIZE - sizeof(buf)) :
				  MIN(at[0] & ~255ULL, SIZE - sizeof(buf));
			u8 first[sizeof(buf)];

			if (i % 10 == 9) {
				flip_at = random() % SIZE;
				flip_in = random() % 16;
			}
			reads++;
			if (ci_source_read(&source.source, off, buf,
					   sizeof(buf))) {
				refused++;
				continue;
			}
			memcpy(first, truth + off, sizeof(first));
			if (!memcmp(buf, first, sizeof(buf)))
				continue;
			/* Changed while it was hashed: then it stays so. */
			if (at[1] && at[0] - off < sizeof(buf))
				first[at[0] - off] ^= 0x55;
			wrong += !!memcmp(buf, first, sizeof(buf));
		}
		flip_in = -1;
		code_source_close(&source);
	}
	printf("# %u reads, %u refused\n", reads, refused);
	check(!wrong, "no byte is another than the one that was hashed");
	check(refused && refused < reads, "and some are refused");
}

static void test_memory(void)
{
	bool ok = true;
	long i;

	for (i = 0; i < 1 + CODE_SLOTS; i++) {
		sk_fail_after = i;
		ok &= !opened() && !sk_allocated;
	}
	sk_fail_after = -1;
	check(ok, "without memory there is no file, and nothing is lost");
	check(opened(), "with it there is");
	code_source_close(&source);
	check(!sk_allocated, "closed, nothing is left");
}

int main(void)
{
	u64 i;

	file = malloc(SIZE);
	truth = malloc(SIZE);
	srandom(1);
	for (i = 0; i < SIZE; i++)
		truth[i] = random();
	test_whole();
	test_changed();
	test_races();
	test_memory();
	printf("1..%d\n", tests);
	free(file);
	free(truth);
	return failures != 0;
}
