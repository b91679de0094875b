// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel and verified modules export, without the names: 12 bytes a
 * symbol.  Must never answer for a name that another one of the same owner could
 * be taken for.
 *
 * Source: Aumasson, Bernstein, "SipHash: a fast short-input PRF".
 */
#include "../ci/sites.h"
#include "code_export.h"

/* A key is 48 bits of the hash, above the number of its value. */
#define INDEX_BITS	16
#define INDEX_MASK	(BIT_ULL(INDEX_BITS) - 1)

/* Random, so that nobody can choose names that meet. */
static u64 secret[2];

/* Innermost: nothing is called with it held. */
static struct spinlock export_lock;
static struct code_exports *published;	/* export_lock */

struct sip {
	u64 v[4];
};

static u64 rotate(u64 x, u32 n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(struct sip *s)
{
	s->v[0] += s->v[1];
	s->v[2] += s->v[3];
	s->v[1] = rotate(s->v[1], 13) ^ s->v[0];
	s->v[3] = rotate(s->v[3], 16) ^ s->v[2];
	s->v[0] = rotate(s->v[0], 32);
	s->v[2] += s->v[1];
	s->v[0] += s->v[3];
	s->v[1] = rotate(s->v[1], 17) ^ s->v[2];
	s->v[3] = rotate(s->v[3], 21) ^ s->v[0];
	s->v[2] = rotate(s->v[2], 32);
}

static void sip_word(struct sip *s, u64 word)
{
	s->v[3] ^= word;
	sip_round(s);
	sip_round(s);
	s->v[0] ^= word;
}

/* SipHash-2-4 */
static u64 hash(const char *name)
{
	struct sip s = { {
		secret[0] ^ 0x736f6d6570736575ULL,
		secret[1] ^ 0x646f72616e646f6dULL,
		secret[0] ^ 0x6c7967656e657261ULL,
		secret[1] ^ 0x7465646279746573ULL,
	} };
	u64 len = strlen(name), word, i;

	for (i = 0; i + 8 <= len; i += 8) {
		memcpy(&word, name + i, 8);
		sip_word(&s, word);
	}
	word = len << 56;
	for (; i < len; i++)
		word |= (u64)(u8)name[i] << 8 * (i % 8);
	sip_word(&s, word);
	s.v[2] ^= 0xff;
	for (i = 0; i < 4; i++)
		sip_round(&s);
	return s.v[0] ^ s.v[1] ^ s.v[2] ^ s.v[3];
}

static u64 key_of(const char *name)
{
	return hash(name) & ~INDEX_MASK;
}

bool code_export_setup(void)
{
	return secret[0] || random_get(secret, sizeof(secret));
}

bool code_exports_init(struct code_exports *e, u32 max)
{
	*e = (struct code_exports){ .max = max };
	if (max > BIT(INDEX_BITS))
		return false;
	e->key = sk_calloc(max, sizeof(*e->key));
	e->value = sk_calloc(max, sizeof(*e->value));
	if (e->key && e->value)
		return true;
	code_exports_free(e);
	return false;
}

void code_exports_free(struct code_exports *e)
{
	sk_free(e->key);
	sk_free(e->value);
	*e = (struct code_exports){ 0 };
}

enum ci_error code_exports_add(struct code_exports *e, const char *name,
			       u64 va)
{
	if (e->nr == e->max)
		return CI_NO_MEMORY;
	if (va != (u64)(s64)(s32)va)
		return CI_SITE_RANGE;
	e->key[e->nr] = key_of(name) | e->nr;
	e->value[e->nr++] = (s32)va;
	return CI_OK;
}

enum ci_error code_exports_sort(struct code_exports *e)
{
	u32 i;

	ci_sort(e->key, e->nr);
	for (i = 1; i < e->nr; i++)
		if (!((e->key[i] ^ e->key[i - 1]) & ~INDEX_MASK))
			return CI_SYMBOL_NAME;
	return CI_OK;
}

void code_exports_publish(struct code_exports *e)
{
	u64 flags = sk_lock(&export_lock);
	struct code_exports **link = &published;

	while (*link)
		link = &(*link)->next;
	e->next = NULL;
	*link = e;
	sk_unlock(&export_lock, flags);
}

void code_exports_withdraw(struct code_exports *e)
{
	u64 flags = sk_lock(&export_lock);
	struct code_exports **link;

	for (link = &published; *link; link = &(*link)->next)
		if (*link == e) {
			*link = e->next;
			break;
		}
	sk_unlock(&export_lock, flags);
}

static bool find(const struct code_exports *e, u64 key, u64 *ret_va)
{
	u32 low = 0, high = e->nr, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (e->key[mid] < key)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == e->nr || (e->key[low] & ~INDEX_MASK) != key)
		return false;
	*ret_va = (u64)(s64)e->value[e->key[low] & INDEX_MASK];
	return true;
}

enum ci_error code_export(const char *name, u64 *ret_va)
{
	u64 key = key_of(name), flags = sk_lock(&export_lock);
	const struct code_exports *e;

	for (e = published; e; e = e->next)
		if (find(e, key, ret_va))
			break;
	sk_unlock(&export_lock, flags);
	return e ? CI_OK : CI_SYMBOL_UNKNOWN;
}

u64 code_exports_bytes(void)
{
	u64 flags = sk_lock(&export_lock), bytes = 0;
	const struct code_exports *e;

	for (e = published; e; e = e->next)
		bytes += e->max * (sizeof(*e->key) + sizeof(*e->value));
	sk_unlock(&export_lock, flags);
	return bytes;
}
