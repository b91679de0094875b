// SPDX-License-Identifier: GPL-2.0
/*
 * Relocates a module's sections in its copy: the six types that modules have.
 * Must never write outside the section that a relocation is for.
 *
 * Source: __write_relocate_add() of arch/x86/kernel/module.c,
 * apply_relocations() of kernel/module/main.c; System V ABI, AMD64 supplement,
 * "Relocation Types".
 */
#include <vsm/string.h>

#include "bytes.h"
#include "module.h"

static enum ci_error symbol_value(const struct ci_module *m, u32 index,
				  u64 *ret_value)
{
	struct elf_sym sym;

	if (index >= m->symtab->size / sizeof(sym))
		return CI_RELOC_SYMBOL;
	memcpy(&sym, m->file + m->symtab->offset + index * sizeof(sym),
	       sizeof(sym));
	*ret_value = index ? sym.value : 0;
	return CI_OK;
}

/* A 32-bit one that is relative to its place is cut, as Linux cuts it. */
static enum ci_error field(u32 type, u64 place, u64 *val, u32 *ret_size)
{
	*ret_size = 4;
	switch (type) {
	case R_X86_64_64:
		*ret_size = 8;
		return CI_OK;
	case R_X86_64_PC64:
		*ret_size = 8;
		*val -= place;
		return CI_OK;
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
		*val -= place;
		/* Linux cuts silently; what does not fit leads elsewhere. */
		return *val == (u64)(s64)(s32)*val ? CI_OK : CI_RELOC_OVERFLOW;
	case R_X86_64_32S:
		return *val == (u64)(s64)(s32)*val ? CI_OK : CI_RELOC_OVERFLOW;
	}
	return CI_RELOC_TYPE;
}

static enum ci_error relocate_one(struct ci_module *m,
				  const struct ci_section *target,
				  const struct elf_rela *rela)
{
	enum ci_error err;
	u32 size;
	u64 val;
	u8 *at;

	if (rela->type == R_X86_64_NONE)
		return CI_OK;
	err = symbol_value(m, rela->sym, &val);
	if (err)
		return err;
	val += (u64)rela->addend;
	err = field(rela->type, target->addr + rela->offset, &val, &size);
	if (err)
		return err;
	if (rela->offset > target->size || size > target->size - rela->offset)
		return CI_RELOC_BOUNDS;
	at = m->file + target->offset + rela->offset;
	if (!mem_is(at, 0, size))
		return CI_RELOC_TARGET;
	memcpy(at, &val, size);
	return CI_OK;
}

static enum ci_error relocate_section(struct ci_module *m,
				      const struct ci_section *relocs,
				      const struct ci_section *target)
{
	const u8 *table = m->file + relocs->offset;
	u64 n = relocs->size / sizeof(struct elf_rela), i;
	struct elf_rela rela;
	enum ci_error err;

	if (relocs->size % sizeof(rela))
		return CI_ELF_ENTRY;
	if (!ci_section_has_bytes(target) && n)
		return CI_RELOC_BOUNDS;
	for (i = 0; i < n; i++) {
		memcpy(&rela, table + i * sizeof(rela), sizeof(rela));
		err = relocate_one(m, target, &rela);
		if (err)
			return err;
	}
	return CI_OK;
}

enum ci_error ci_relocate(struct ci_module *m)
{
	enum ci_error err = CI_OK;
	u32 i;

	for (i = 1; i < m->elf.nr && !err; i++) {
		const struct ci_section *s = &m->elf.section[i], *target;

		if (s->type != SHT_REL && s->type != SHT_RELA)
			continue;
		if (s->info >= m->elf.nr)
			continue;
		target = &m->elf.section[s->info];
		/* Per-processor data is nowhere that is executed. */
		if (target->mem < 0)
			continue;
		if (s->type == SHT_REL)
			return CI_RELOC_KIND;
		err = relocate_section(m, s, target);
	}
	return err;
}
