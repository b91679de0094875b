// SPDX-License-Identifier: GPL-2.0
/*
 * Random numbers: HMAC_DRBG over the loader's entropy and the processor's.
 * Must never answer with less than it was seeded with, nor hold its lock long.
 */
#include <mbedtls/hmac_drbg.h>

#include "sk.h"

#define RANDOM_STEP	64

static struct spinlock random_lock;
/* random_lock guards these. */
static mbedtls_hmac_drbg_context random_drbg;
static u8 random_seed[64];
static bool random_ready;

/* Set before the first number, constant afterwards. */
static bool has_rdseed, has_rdrand;

/* Asked once: CPUID is a VM exit. */
static void find_sources(void)
{
	u32 r[4];

	cpuid(1, 0, r);
	has_rdrand = r[2] & CPUID_1_ECX_RDRAND;
	cpuid(0, 0, r);
	if (r[0] < 7)
		return;
	cpuid(7, 0, r);
	has_rdseed = r[1] & CPUID_7_EBX_RDSEED;
}

static u64 cpu_random(void)
{
	u32 i;
	u64 v;

	for (i = 0; has_rdseed && i < 32; i++)
		if (rdseed(&v))
			return v;
	for (i = 0; has_rdrand && i < 32; i++)
		if (rdrand(&v))
			return v;
	/* Not random, but never the same twice; the seed carries it. */
	return rdtsc();
}

/* mbedTLS asks for the seed, and again whenever it reseeds. */
static int random_entropy(void *data, unsigned char *out, size_t len)
{
	size_t i;
	u64 v;

	(void)data;
	for (i = 0; i < len; i++) {
		v = cpu_random();
		out[i] = random_seed[i % sizeof(random_seed)] ^
			 (u8)(v ^ v >> 8 ^ v >> 16 ^ v >> 24 ^ v >> 32 ^
			      v >> 40 ^ v >> 48 ^ v >> 56);
	}
	return 0;
}

bool random_setup(const u8 *seed, size_t len)
{
	const mbedtls_md_info_t *md;
	u64 tsc = rdtsc();
	int err;

	if (len != sizeof(random_seed) || mem_is(seed, 0, len))
		return false;
	find_sources();
	memcpy(random_seed, seed, len);
	mbedtls_hmac_drbg_init(&random_drbg);
	md = mbedtls_md_info_from_type(MBEDTLS_MD_SHA384);
	err = mbedtls_hmac_drbg_seed(&random_drbg, md, random_entropy, NULL,
				     (const u8 *)&tsc, sizeof(tsc));
	random_ready = !err;
	return random_ready;
}

bool random_get(void *dst, size_t n)
{
	u8 *to = dst;
	size_t step;
	bool ok = true;
	u64 flags;

	for (; n && ok; n -= step, to += step) {
		step = MIN(n, RANDOM_STEP);
		flags = sk_lock(&random_lock);
		ok = random_ready &&
		     !mbedtls_hmac_drbg_random(&random_drbg, to, step);
		sk_unlock(&random_lock, flags);
	}
	return ok;
}

void random_wipe(void)
{
	memzero_explicit(&random_drbg, sizeof(random_drbg));
	memzero_explicit(random_seed, sizeof(random_seed));
}

void random_scrub(void)
{
	u64 flags = sk_lock(&random_lock);

	random_ready = false;
	mbedtls_hmac_drbg_free(&random_drbg);
	random_wipe();
	sk_unlock(&random_lock, flags);
}
