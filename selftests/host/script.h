/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the hypervisor's sources share: operations read from
 * bytes, so that a random test and a fuzzer run the same ones; expectations
 * that say where they failed.
 */
#ifndef _VSM_HOST_SCRIPT_H
#define _VSM_HOST_SCRIPT_H

#include <stdio.h>

#include <vsm/types.h>

/* Bytes that decide what is done; nothing but zeros after the end. */
struct script {
	const u8 *data;
	size_t len;
	size_t pos;
};

static inline u8 script_u8(struct script *s)
{
	return s->pos < s->len ? s->data[s->pos++] : 0;
}

static inline u32 script_u16(struct script *s)
{
	u32 low = script_u8(s);

	return low | (u32)script_u8(s) << 8;
}

static inline bool script_done(const struct script *s)
{
	return s->pos >= s->len;
}

/* Something was not as it has to be since a script began. */
extern bool expect_bad;

/* The first one is told. */
bool expect(bool ok, const char *file, int line, const char *what);

#define EXPECT(cond)	expect(cond, __FILE__, __LINE__, #cond)

/* Deterministic; the seed is printed, so that a failure can be repeated. */
static inline u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static inline void random_bytes(u64 *state, u8 *buf, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf[i] = next_random(state) >> 32;
}

/* False: something was not as it has to be; what, is told. */
typedef bool script_fn(const u8 *data, size_t len);

bool run_random(const char *name, script_fn *fn, u32 rounds, size_t max_len);
int run_files(script_fn *fn, int argc, char **argv);

#endif /* _VSM_HOST_SCRIPT_H */
