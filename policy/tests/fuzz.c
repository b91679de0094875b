// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: any bytes as text, as binary and as signed object.
 * Must never accept a policy that does not survive its own round trip.
 */
#include <stdlib.h>
#include <string.h>

#include "policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* An accepted policy encodes, decodes, prints and parses to itself. */
static void round_trip(const struct policy *policy)
{
	struct diag diag = { .file = "print" };
	struct policy decoded, parsed;
	uint8_t *binary, *again;
	size_t len, again_len, text_len;
	const char *reason;
	char *text;
	FILE *out;

	must(!policy_encode(policy, &binary, &len));
	policy_init(&decoded);
	must(!policy_decode(&decoded, binary, len, &reason));

	out = open_memstream(&text, &text_len);
	must(out);
	policy_print(&decoded, out);
	fclose(out);

	policy_init(&parsed);
	must(!policy_parse(&parsed, text, text_len, &diag));
	must(!policy_encode(&parsed, &again, &again_len));
	must(len == again_len && !memcmp(binary, again, len));

	free(again);
	free(text);
	free(binary);
	policy_free(&parsed);
	policy_free(&decoded);
}

/* A binary may contradict itself as no text may: print it, no more. */
static void print(const struct policy *policy)
{
	size_t len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	must(out);
	policy_print(policy, out);
	fclose(out);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct diag diag = { .file = "input" };
	struct container container;
	struct policy policy;
	const char *reason;

	policy_init(&policy);
	if (!policy_parse(&policy, (const char *)data, len, &diag))
		round_trip(&policy);
	policy_free(&policy);

	if (!policy_decode(&policy, data, len, &reason))
		print(&policy);
	policy_free(&policy);

	if (container_present(data, len) &&
	    !container_open(&container, data, len, &reason))
		must(container.payload_len + container.cert_len < len);
	return 0;
}
