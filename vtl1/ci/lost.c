// SPDX-License-Identifier: GPL-2.0
/*
 * Where the parts of a module were that Linux has freed once it was initialised:
 * nobody knows any more, but what still refers to them was relocated with it.
 * Must never be believed further than that: one address for a whole part, which
 * everything that is compared has to agree with.
 *
 * Source: do_init_module() and apply_relocations() of kernel/module/main.c.
 */
#include <vsm/string.h>

#include "bytes.h"
#include "module.h"

struct search {
	const struct ci_module *m;
	enum ci_mem mem;		/* that is looked for */
	const u64 *base;		/* of the other parts */
	const struct ci_live *live;
	u64 found;			/* 0: nothing yet */
};

bool ci_section_is_sorted(const struct ci_section *s)
{
	static const char * const names[] = {
		".orc_unwind", ".orc_unwind_ip", "__ex_table", "__mcount_loc",
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(s->name, names[i]))
			return true;
	return false;
}

/* Does the symbol lie in the part that is looked for, and where? */
static bool leads_there(const struct search *s, u32 index, u64 *ret_offset)
{
	const struct ci_module *m = s->m;
	struct elf_sym sym;

	if (!index || index >= m->symtab->size / sizeof(sym))
		return false;
	memcpy(&sym, m->file + m->symtab->offset + index * sizeof(sym),
	       sizeof(sym));
	if (!sym.shndx || sym.shndx >= m->elf.nr ||
	    m->elf.section[sym.shndx].mem != (s8)s->mem)
		return false;
	*ret_offset = m->elf.section[sym.shndx].addr + sym.value;
	return true;
}

/* Bytes of the field; 0: of a relocation that modules do not have. */
static u32 width(u32 type)
{
	switch (type) {
	case R_X86_64_64:
	case R_X86_64_PC64:
		return 8;
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
	case R_X86_64_32S:
		return 4;
	}
	return 0;
}

static enum ci_error read_field(const struct search *s, u64 place, u32 type,
				u64 *ret_val)
{
	u8 bytes[8] = { 0 };
	enum ci_error err;

	err = s->live->read(s->live->ctx, place, bytes, width(type));
	*ret_val = width(type) == 8 ? ci_get64(bytes) :
				      (u64)(s64)ci_gets32(bytes);
	if (type != R_X86_64_64 && type != R_X86_64_32S)
		*ret_val += place;
	return err;
}

static enum ci_error try(struct search *s, const struct ci_section *target,
			 const struct elf_rela *rela)
{
	u32 size = width(rela->type);
	enum ci_error err;
	u64 offset, val;

	if (!size || rela->offset > target->size ||
	    size > target->size - rela->offset ||
	    !leads_there(s, rela->sym, &offset))
		return CI_OK;
	err = read_field(s, s->base[target->mem] + target->addr + rela->offset,
			 rela->type, &val);
	if (!err)
		s->found = val - (u64)rela->addend - offset;
	return err;
}

static enum ci_error search_section(struct search *s,
				    const struct ci_section *relocs,
				    const struct ci_section *target)
{
	u64 n = relocs->size / sizeof(struct elf_rela), i;
	enum ci_error err = CI_OK;
	struct elf_rela rela;

	for (i = 0; i < n && !err && !s->found; i++) {
		memcpy(&rela, s->m->file + relocs->offset + i * sizeof(rela),
		       sizeof(rela));
		err = try(s, target, &rela);
	}
	return err;
}

static enum ci_error search_part(struct search *s, enum ci_mem mem)
{
	const struct ci_elf *elf = &s->m->elf;
	const struct ci_section *r, *target;
	enum ci_error err = CI_OK;
	u32 i;

	for (i = 1; i < elf->nr && !err && !s->found; i++) {
		r = &elf->section[i];
		if (r->type != SHT_RELA || r->info >= elf->nr)
			continue;
		target = &elf->section[r->info];
		if (target->mem == (s8)mem && ci_section_has_bytes(target) &&
		    !ci_section_is_sorted(target))
			err = search_section(s, r, target);
	}
	return err;
}

/* In the text, Linux may have written since. */
enum ci_error ci_module_lost_base(const struct ci_module *m, enum ci_mem mem,
				  const u64 base[CI_MEM_TYPES],
				  const struct ci_live *live, u64 *ret_base)
{
	struct search s = {
		.m = m, .mem = mem, .base = base, .live = live,
	};
	enum ci_error err;

	err = search_part(&s, CI_MEM_RODATA);
	if (!err && !s.found)
		err = search_part(&s, CI_MEM_TEXT);
	*ret_base = s.found;
	return err;
}
