// SPDX-License-Identifier: GPL-2.0
/*
 * SHA-256 of the secure kernel: the processor's compression function against
 * the library's and against FIPS 180-4's examples, and what it leaves of the
 * registers, which are somebody else's.
 */
#include <mbedtls/sha256.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sse_host.h"

#define LENGTH_MAX	1100
#define REGISTERS	16

static int failures, tests;

static void check(bool ok, const char *what)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

static bool hashes_to(const char *text, const char *hex)
{
	char found[65];
	u8 hash[32];
	int i;

	mbedtls_sha256((const u8 *)text, strlen(text), hash, 0);
	for (i = 0; i < 32; i++)
		snprintf(found + 2 * i, 3, "%02x", hash[i]);
	return !strcmp(found, hex);
}

static bool examples(void)
{
	return hashes_to("abc",
			 "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") &&
	       hashes_to("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
			 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1") &&
	       hashes_to("",
			 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* Of each length, at any alignment. */
static bool both_agree(void)
{
	u8 *data = malloc(LENGTH_MAX + 16);
	u8 one[32], other[32];
	bool ok = true;
	size_t len, at;

	for (at = 0; at < LENGTH_MAX + 16; at++)
		data[at] = rand();
	for (len = 0; len <= LENGTH_MAX; len++) {
		at = len % 16;
		sse_wanted = true;
		mbedtls_sha256(data + at, len, one, 0);
		sse_wanted = false;
		mbedtls_sha256(data + at, len, other, 0);
		ok &= !memcmp(one, other, sizeof(one));
	}
	free(data);
	return ok;
}

#define MOVE_IN(n)	"movdqu " #n "*16(%0), %%xmm" #n "\n\t"
#define MOVE_OUT(n)	"movdqu %%xmm" #n ", " #n "*16(%1)\n\t"
#define EACH(m)		m(0) m(1) m(2) m(3) m(4) m(5) m(6) m(7) m(8) m(9) \
			m(10) m(11) m(12) m(13) m(14) m(15)

/* In one statement: the compiler uses the registers, too. */
static bool registers_stay(void)
{
	static u8 before[REGISTERS][16], after[REGISTERS][16];
	static const u8 block[64];
	u32 state[8] = { 0 };
	size_t i;

	for (i = 0; i < sizeof(before); i++)
		before[i / 16][i % 16] = rand();
	__asm__ volatile(EACH(MOVE_IN)
			 "mov %%rsp, %%r12\n\t"
			 "sub $256, %%rsp\n\t"
			 "and $-16, %%rsp\n\t"
			 "mov %2, %%rdi\n\t"
			 "mov %3, %%rsi\n\t"
			 "call sha256_block\n\t"
			 "mov %%r12, %%rsp\n\t"
			 EACH(MOVE_OUT)
			 :: "r"(before), "r"(after), "r"(state), "r"(block)
			 : "rdi", "rsi", "r12", "cc", "memory",
			   "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
			   "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11",
			   "xmm12", "xmm13", "xmm14", "xmm15");
	return state[0] && !memcmp(before, after, sizeof(before));
}

int main(void)
{
	sse_wanted = false;
	check(examples(), "the library's own function");
	if (sse_has_sha()) {
		sse_wanted = true;
		check(examples(), "the processor's function");
		check(both_agree(), "both give the same");
		check(registers_stay(), "registers stay as they were");
	} else {
		printf("ok %d # SKIP no SHA extensions\n", ++tests);
	}
	printf("1..%d\n", tests);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
