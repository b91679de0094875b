// SPDX-License-Identifier: GPL-2.0
/*
 * What a reproduced module offers to others.  Must never name a symbol that is
 * not terminated within the module.
 *
 * Source: include/linux/export.h, struct kernel_symbol.
 */
#include "bytes.h"
#include "module.h"

#define ENTRY_SIZE	12

static const char *name_at(struct ci_module *m, u64 va)
{
	struct ci_image *image = &m->image;
	const char *name = (const char *)ci_image_at(image, va, 1);
	const struct ci_span *span;
	u64 left;

	if (!name)
		return NULL;
	span = &image->span[image->last];
	left = span->len - (va - span->va);
	return strnlen(name, left) < left ? name : NULL;
}

enum ci_error ci_module_exports(struct ci_module *m,
				enum ci_error (*each)(void *ctx,
						      const char *name,
						      u64 va),
				void *ctx)
{
	static const char * const tables[] = { "__ksymtab", "__ksymtab_gpl" };
	struct ci_section *s;
	enum ci_error err;
	const char *name;
	const u8 *entry;
	u32 i;
	u64 k;

	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		err = ci_elf_find(&m->elf, tables[i], ENTRY_SIZE, &s);
		if (err)
			return err;
		if (!s || s->mem < 0)
			continue;
		for (k = 0; k < s->size; k += ENTRY_SIZE) {
			entry = ci_module_bytes(m, s) + k;
			name = name_at(m, ci_rel32(s->addr + k + 4, entry + 4));
			if (!name)
				return CI_SYMBOL_NAME;
			err = each(ctx, name, ci_rel32(s->addr + k, entry));
			if (err)
				return err;
		}
	}
	return CI_OK;
}
