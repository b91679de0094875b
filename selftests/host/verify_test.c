// SPDX-License-Identifier: GPL-2.0
/*
 * The secure kernel's verification with its own configuration of Mbed TLS, on
 * the host: each object of objects.sh, and the exact reason to refuse it (run
 * under ASan).  Must never take a reason for granted that another would hide.
 *
 * Skipped where there are no objects: they need keys and sign-file.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vsm/scall.h>

#include "../../vtl1/sk/verify.h"
#include "sk_memory.h"

/* What verify.c and Mbed TLS need of the secure kernel. */
s64 sk_time(void);

static s64 now = 1767225600;		/* 2026-01-01 */

s64 sk_time(void)
{
	return now;
}

static int failures, tests;

static void check(bool ok, const char *what, u64 detail)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	if (!ok)
		printf("# status %lu\n", (unsigned long)detail);
	failures += !ok;
}

/* In a block of exactly its size: ASan sees one byte more. */
static u8 *read_object(const char *kind, const char *how, size_t *ret_len)
{
	char path[4096];
	u8 *data;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.%s", OBJECTS, kind, how);
	f = fopen(path, "rb");
	if (!f)
		return NULL;
	fseek(f, 0, SEEK_END);
	*ret_len = ftell(f);
	rewind(f);
	data = malloc(*ret_len ? *ret_len : 1);
	if (fread(data, 1, *ret_len, f) != *ret_len)
		exit(EXIT_FAILURE);
	fclose(f);
	return data;
}

static const struct {
	const char *how;
	u64 status;
} objects[] = {
	{ "signed", VSM_S_OK },
	{ "empty", VSM_S_NOT_SIGNED },
	{ "unsigned", VSM_S_NOT_SIGNED },
	{ "truncated", VSM_S_NOT_SIGNED },
	{ "tampered", VSM_S_BAD_SIGNATURE },
	{ "tampered-cert", VSM_S_BAD_CERTIFICATE },
	{ "tampered-cms", VSM_S_BAD_SIGNATURE },
	{ "wrong-signer", VSM_S_BAD_SIGNATURE },
	{ "weak-hash", VSM_S_BAD_SIGNATURE },
	{ "wrong-root", VSM_S_BAD_CERTIFICATE },
	{ "wrong-issuer", VSM_S_BAD_CERTIFICATE },
	{ "no-digsig", VSM_S_BAD_CERTIFICATE },
	{ "wrong-kind", VSM_S_BAD_EKU },
	{ "wrong-eku", VSM_S_BAD_EKU },
	{ "no-codesign", VSM_S_BAD_EKU },
	{ "expired", VSM_S_EXPIRED },
	{ "not-yet", VSM_S_EXPIRED },
	{ "truncated-end", VSM_S_BAD_FORMAT },
	{ "trailing", VSM_S_BAD_FORMAT },
	{ "no-cert", VSM_S_BAD_FORMAT },
	{ "cert-magic", VSM_S_BAD_FORMAT },
	{ "cert-reserved", VSM_S_BAD_FORMAT },
	{ "cert-empty", VSM_S_BAD_FORMAT },
	{ "cert-huge", VSM_S_BAD_FORMAT },
	{ "sig-id", VSM_S_BAD_FORMAT },
	{ "sig-reserved", VSM_S_BAD_FORMAT },
	{ "sig-empty", VSM_S_BAD_FORMAT },
	{ "sig-short", VSM_S_BAD_FORMAT },
	{ "sig-long", VSM_S_BAD_FORMAT },
	{ "sig-huge", VSM_S_BAD_FORMAT },
	{ "cms-certs", VSM_S_BAD_FORMAT },
	{ "cms-attrs", VSM_S_BAD_FORMAT },
	{ "cert-short", VSM_S_BAD_CERTIFICATE },
	{ "cert-long", VSM_S_BAD_CERTIFICATE },
};

static void reasons(const char *kind, enum verify_kind as)
{
	char what[128];
	struct verified v;
	size_t len, i;
	u64 status;
	u8 *data;

	for (i = 0; i < ARRAY_SIZE(objects); i++) {
		data = read_object(kind, objects[i].how, &len);
		snprintf(what, sizeof(what), "%s, %s", kind, objects[i].how);
		if (!data) {
			check(false, what, 0);
			continue;
		}
		status = verify(data, len, as, &v);
		check(status == objects[i].status && !sk_allocated, what, status);
		free(data);
	}
}

/* Before and after the certificate's time. */
static bool dates(const u8 *data, size_t len)
{
	static const s64 times[] = {
		0, 1704067199 - 86400, 4102444800, 1LL << 40,
	};
	struct verified v;
	size_t i;
	bool ok = true;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		now = times[i];
		ok &= verify(data, len, VERIFY_TRUSTLET, &v) == VSM_S_EXPIRED;
	}
	now = 1767225600;
	return ok && !verify(data, len, VERIFY_TRUSTLET, &v);
}

/* Memory runs out at each allocation once: refused, and nothing leaks. */
static bool no_memory(const u8 *data, size_t len)
{
	struct verified v;
	long n;

	for (n = 0; n < 100000; n++) {
		sk_fail_after = n;
		if (!verify(data, len, VERIFY_TRUSTLET, &v))
			break;
		if (sk_allocated)
			return false;
		/* All of the first, then every hundredth. */
		n += n > 200 ? 99 : 0;
	}
	sk_fail_after = -1;
	return n > 20 && n < 100000 && !sk_allocated;
}

/* One bit of certificate or signature: never accepted. */
static bool one_bit(const u8 *data, size_t len)
{
	u8 *copy = malloc(len);
	size_t from = len > 1400 ? len - 1400 : 0, i;
	struct verified v;
	bool ok = true;

	for (i = from; i < len; i++) {
		memcpy(copy, data, len);
		copy[i] ^= 1 << (i % 8);
		if (verify(copy, len, VERIFY_TRUSTLET, &v) != VSM_S_OK &&
		    !sk_allocated)
			continue;
		printf("# byte %zu of %zu\n", i, len);
		ok = false;
	}
	free(copy);
	return ok;
}

int main(void)
{
	size_t len;
	u8 *data;

	printf("TAP version 13\n");
	data = read_object("trustlet", "signed", &len);
	if (!data) {
		printf("1..0 # SKIP no objects in %s\n", OBJECTS);
		return EXIT_SUCCESS;
	}
	check(verify_setup(), "the root is a certificate of a CA", 0);
	sk_allocated = 0;			/* the root stays */
	reasons("trustlet", VERIFY_TRUSTLET);
	reasons("policy", VERIFY_POLICY);
	check(dates(data, len), "outside its time", 0);
	check(no_memory(data, len), "memory runs out", 0);
	check(one_bit(data, len), "one bit changed", 0);
	printf("1..%d\n", tests);
	free(data);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
