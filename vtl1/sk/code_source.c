// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a file that VTL0 holds through copies of a few chunks.  Must never look
 * at VTL0's bytes in place: they are copied, hashed, and then used.
 */
#include <mbedtls/sha256.h>

#include <vsm/string.h>

#include "code_source.h"

static u64 chunk_size(const struct code_source *s, u32 chunk)
{
	return MIN(s->source.size - (u64)chunk * CODE_CHUNK, (u64)CODE_CHUNK);
}

static void copy_chunk(const struct code_source *s, u32 chunk, u8 *to)
{
	u32 page = chunk * (CODE_CHUNK / PAGE_SIZE);
	u64 size = chunk_size(s, chunk), done, n;

	for (done = 0; done < size; done += n) {
		n = MIN(size - done, (u64)PAGE_SIZE);
		memcpy(to + done, s->page(s->ctx, page++), n);
	}
}

/* Copies into the slot; @hash is of the copy. */
static bool take(struct code_source *s, struct code_slot *slot, u32 chunk,
		 u8 hash[CODE_HASH])
{
	slot->used = 0;
	copy_chunk(s, chunk, slot->data);
	if (mbedtls_sha256(slot->data, chunk_size(s, chunk), hash, 0))
		return false;
	slot->chunk = chunk;
	return true;
}

/* The slot that has the chunk, or the one that was used least recently. */
static struct code_slot *choose(struct code_source *s, u32 chunk)
{
	struct code_slot *best = &s->slot[0];
	u32 i;

	for (i = 0; i < CODE_SLOTS; i++) {
		if (s->slot[i].used && s->slot[i].chunk == chunk)
			return &s->slot[i];
		if (s->slot[i].used < best->used)
			best = &s->slot[i];
	}
	return best;
}

static const u8 *get_chunk(struct code_source *s, u32 chunk)
{
	struct code_slot *slot = choose(s, chunk);
	u8 hash[CODE_HASH];

	if (!slot->used || slot->chunk != chunk) {
		s->loads++;
		if (!take(s, slot, chunk, hash) ||
		    memcmp(hash, s->hash[chunk], CODE_HASH))
			return NULL;
	}
	slot->used = ++s->uses;
	return slot->data;
}

static enum ci_error read(void *ctx, u64 off, void *buf, size_t len)
{
	struct code_source *s = ctx;
	const u8 *data;
	u64 in, n;
	u8 *to = buf;

	for (; len; len -= n, off += n, to += n) {
		data = get_chunk(s, off / CODE_CHUNK);
		if (!data)
			return CI_READ;
		in = off % CODE_CHUNK;
		n = MIN(len, CODE_CHUNK - in);
		memcpy(to, data + in, n);
	}
	return CI_OK;
}

static bool allocate(struct code_source *s)
{
	u32 i;

	s->hash = sk_calloc(s->nr, CODE_HASH);
	for (i = 0; i < CODE_SLOTS; i++) {
		s->slot[i].data = sk_calloc(1, CODE_CHUNK);
		if (!s->slot[i].data)
			return false;
	}
	return s->hash;
}

static bool hash_all(struct code_source *s)
{
	u32 i;

	for (i = 0; i < s->nr; i++)
		if (!take(s, &s->slot[0], i, s->hash[i]))
			return false;
	return !mbedtls_sha256((const u8 *)s->hash, (size_t)s->nr * CODE_HASH,
			       s->digest, 0);
}

bool code_source_open(struct code_source *s, u64 size,
		      const void *(*page)(void *ctx, u32 i), void *ctx)
{
	memset(s, 0, sizeof(*s));
	s->source = (struct ci_source){ .read = read, .ctx = s, .size = size };
	s->page = page;
	s->ctx = ctx;
	s->nr = (size + CODE_CHUNK - 1) / CODE_CHUNK;
	if (allocate(s) && hash_all(s))
		return true;
	code_source_close(s);
	return false;
}

void code_source_close(struct code_source *s)
{
	u32 i;

	for (i = 0; i < CODE_SLOTS; i++)
		sk_free(s->slot[i].data);
	sk_free(s->hash);
	memset(s->slot, 0, sizeof(s->slot));
	s->hash = NULL;
}
