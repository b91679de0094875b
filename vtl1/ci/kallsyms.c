// SPDX-License-Identifier: GPL-2.0
/*
 * The symbol table that the kernel carries in its read-only data.  Nothing says
 * where it is: it is recognised by its shape, from the index of its tokens on.
 * Must never take something for it that does not fit in all parts.
 *
 * Source: scripts/kallsyms.c and kernel/kallsyms.c.
 */
#include <vsm/string.h>

#include "bytes.h"
#include "vmlinux.h"

#define TOKENS		256
#define INDEX_SIZE	(TOKENS * sizeof(u16))
#define TOKEN_MAX	4096		/* bytes of all tokens */
#define MARKER_STEP	256		/* symbols of a marker */
#define NAME_MAX	512		/* KSYM_NAME_LEN */
#define SCAN		1024

/* Strictly ascending from 0, by at least a character and its end. */
static bool is_index(const u8 *p)
{
	u16 last = 0, next;
	u32 i;

	if (ci_get16(p))
		return false;
	for (i = 1; i < TOKENS; i++) {
		next = ci_get16(p + 2 * i);
		if (next < last + 2 || next > last + 64)
			return false;
		last = next;
	}
	return last < TOKEN_MAX - 64;
}

static bool may_be_index(const u8 *p)
{
	u16 first = ci_get16(p + 2), second = ci_get16(p + 4);

	return !ci_get16(p) && first >= 2 && first <= 64 &&
	       second >= first + 2 && second <= first + 64;
}

/* Tokens end where their index begins, but for the alignment. */
static bool tokens_fit(const u8 *tokens, u64 size, const u8 *index)
{
	u64 last = ci_get16(index + INDEX_SIZE - 2), len, i;

	for (i = 1; i < TOKENS; i++)
		if (tokens[ci_get16(index + 2 * i) - 1])
			return false;
	len = strnlen((const char *)tokens + last, size - last);
	return last + len < size && ALIGN(last + len + 1, 8) == size;
}

static enum ci_error take_tokens(struct ci_vmlinux *v, u64 index_va,
				 const u8 *index, u8 *buf, u64 *ret_tokens)
{
	u64 last = ci_get16(index + INDEX_SIZE - 2), size;
	struct ci_kallsyms *k = &v->kallsyms;
	enum ci_error err;

	for (size = ALIGN(last + 2, 8); size <= last + 72; size += 8) {
		err = ci_vmlinux_read(v, index_va - size, buf, size);
		if (err)
			return CI_KALLSYMS;
		if (!tokens_fit(buf, size, index))
			continue;
		memcpy(k->token, buf, size);
		k->token_size = size;
		memcpy(k->token_index, index, INDEX_SIZE);
		*ret_tokens = index_va - size;
		return CI_OK;
	}
	return CI_KALLSYMS;
}

/* Markers ascend from 0 and end where the tokens begin. */
static enum ci_error find_markers(struct ci_vmlinux *v, u64 tokens,
				  u32 *ret_nr, u32 *ret_last)
{
	u64 va = tokens - 4;
	enum ci_error err;
	u32 value, last;
	u8 word[4];

	err = ci_vmlinux_read(v, va, word, 4);
	if (!err && !ci_get32(word)) {
		va -= 4;
		err = ci_vmlinux_read(v, va, word, 4);
	}
	if (err)
		return err;
	last = ci_get32(word);
	*ret_last = last;
	*ret_nr = 1;
	while (last) {
		va -= 4;
		err = ci_vmlinux_read(v, va, word, 4);
		if (err)
			return err;
		value = ci_get32(word);
		if (value >= last)
			return CI_KALLSYMS;
		last = value;
		(*ret_nr)++;
	}
	v->kallsyms.markers = va;
	return CI_OK;
}

/* Do the names of one marker's symbols from @va on take @size bytes? */
static bool names_fit(struct ci_vmlinux *v, u64 va, u32 nr, u64 size)
{
	struct ci_stream *s = &v->stream[0];
	const u8 *p;
	u64 used = 0;
	u32 i, len;

	if (ci_stream_open(v, s, va, v->kallsyms.markers - va))
		return false;
	for (i = 0; i < nr && used < size; i++) {
		if (ci_stream_next(v, s, 1, &p))
			return false;
		len = *p;
		if (len & 0x80) {
			if (ci_stream_next(v, s, 1, &p))
				return false;
			len = (len & 0x7f) | *p << 7;
			used++;
		}
		if (!len || len > CI_STREAM_BUF ||
		    ci_stream_next(v, s, len, &p))
			return false;
		used += 1 + len;
	}
	return i == nr && used == size;
}

/* The number of symbols, which stands before the names, says their begin. */
static enum ci_error find_names(struct ci_vmlinux *v, u32 markers, u32 last)
{
	struct ci_kallsyms *k = &v->kallsyms;
	u64 va = ALIGN_DOWN(k->markers - last, 8), i;
	enum ci_error err;
	u8 word[8];
	u64 nr;

	err = ci_vmlinux_read(v, k->markers + 4, word, 4);
	if (err)
		return err;
	for (i = 0; i < (u64)MARKER_STEP * NAME_MAX; i += 8) {
		err = ci_vmlinux_read(v, va - i - 8, word + 0, 8);
		if (err)
			return CI_KALLSYMS;
		nr = ci_get64(word);
		if (nr <= (u64)(markers - 1) * MARKER_STEP ||
		    nr > (u64)markers * MARKER_STEP)
			continue;
		err = ci_vmlinux_read(v, k->markers + 4, word, 4);
		if (err)
			return err;
		if (!names_fit(v, va - i, MARKER_STEP, ci_get32(word)))
			continue;
		k->nr = nr;
		k->names = va - i;
		return CI_OK;
	}
	return CI_KALLSYMS;
}

static enum ci_error take(struct ci_vmlinux *v, u64 index_va, u8 *buf)
{
	struct ci_kallsyms *k = &v->kallsyms;
	u8 index[INDEX_SIZE], base[8];
	u32 markers, last;
	enum ci_error err;
	u64 tokens;

	err = ci_vmlinux_read(v, index_va, index, sizeof(index));
	if (err || !is_index(index))
		return CI_KALLSYMS;
	err = take_tokens(v, index_va, index, buf, &tokens);
	err = err ?: find_markers(v, tokens, &markers, &last);
	if (err || markers < 2)
		return CI_KALLSYMS;
	err = find_names(v, markers, last);
	if (err)
		return err;
	k->offsets = index_va + INDEX_SIZE;
	err = ci_vmlinux_read(v, ALIGN(k->offsets + 4ULL * k->nr, 8), base, 8);
	if (err)
		return err;
	k->base = ci_get64(base);
	return k->base == v->text->addr ? CI_OK : CI_KALLSYMS;
}

static enum ci_error scan(struct ci_vmlinux *v, const struct ci_section *s,
			  u8 *buf)
{
	u8 block[SCAN + 8];
	enum ci_error err;
	u64 off, i, len;

	for (off = 0; off + INDEX_SIZE <= s->size; off += SCAN) {
		len = MIN(s->size - off, (u64)sizeof(block));
		err = ci_source_read(v->source, s->offset + off, block, len);
		if (err)
			return err;
		for (i = 0; i < SCAN && i + 8 <= len; i += 8)
			if (may_be_index(block + i) &&
			    !take(v, s->addr + off + i, buf))
				return CI_OK;
	}
	return CI_KALLSYMS;
}

enum ci_error ci_kallsyms_open(struct ci_vmlinux *v, struct ci_arena *arena)
{
	struct ci_kallsyms *k = &v->kallsyms;
	struct ci_section *rodata;
	enum ci_error err;
	size_t used;
	u8 *buf;

	err = ci_elf_find(&v->elf, ".rodata", 1, &rodata);
	if (err || !rodata || !IS_ALIGNED(rodata->addr, 8))
		return err ?: CI_ELF_MISSING;
	k->token = ci_arena_alloc(arena, TOKEN_MAX, 1);
	k->token_index = ci_arena_alloc(arena, TOKENS, sizeof(u16));
	used = arena->used;
	buf = ci_arena_alloc(arena, TOKEN_MAX, 1);
	if (!k->token || !k->token_index || !buf)
		return CI_NO_MEMORY;
	err = scan(v, rodata, buf);
	ci_arena_release(arena, used);
	return err;
}

/* The first character is the symbol's type. */
static void expand(const struct ci_kallsyms *k, const u8 *name, u32 len,
		   char *out)
{
	u32 n = 0, i, skip = 1;
	const char *t;

	for (i = 0; i < len; i++) {
		for (t = k->token + k->token_index[name[i]]; *t; t++) {
			if (skip)
				skip = 0;
			else if (n < NAME_MAX - 1)
				out[n++] = *t;
		}
	}
	out[n] = 0;
}

static enum ci_error next_name(struct ci_vmlinux *v, char *out)
{
	struct ci_stream *s = &v->stream[0];
	enum ci_error err;
	const u8 *p;
	u32 len;

	err = ci_stream_next(v, s, 1, &p);
	if (err)
		return err;
	len = *p;
	if (len & 0x80) {
		err = ci_stream_next(v, s, 1, &p);
		if (err)
			return err;
		len = (len & 0x7f) | *p << 7;
	}
	if (len > CI_STREAM_BUF)
		return CI_KALLSYMS;
	err = ci_stream_next(v, s, len, &p);
	if (!err)
		expand(&v->kallsyms, p, len, out);
	return err;
}

enum ci_error ci_kallsyms_walk(struct ci_vmlinux *v,
			       enum ci_error (*each)(void *ctx,
						     const char *name, u64 va),
			       void *ctx)
{
	struct ci_kallsyms *k = &v->kallsyms;
	char name[NAME_MAX];
	enum ci_error err;
	const u8 *p;
	s32 offset;
	u32 i;

	err = ci_stream_open(v, &v->stream[0], k->names, k->markers - k->names);
	err = err ?: ci_stream_open(v, &v->stream[1], k->offsets, 4ULL * k->nr);
	for (i = 0; i < k->nr && !err; i++) {
		err = next_name(v, name);
		err = err ?: ci_stream_next(v, &v->stream[1], 4, &p);
		if (err)
			break;
		offset = ci_gets32(p);
		err = each(ctx, name, offset >= 0 ? (u64)offset :
			   k->base - 1 - (s64)offset);
	}
	return err;
}
