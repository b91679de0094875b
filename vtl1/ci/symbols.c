// SPDX-License-Identifier: GPL-2.0
/*
 * Gives a module's symbols their values, in the symbol table of its copy.
 * Must never accept a value that the file claims for an import.
 *
 * Source: simplify_symbols() of kernel/module/main.c.
 */
#include <vsm/string.h>

#include "bytes.h"
#include "module.h"

#define SHN_LIVEPATCH	0xff20

const char *ci_symbol_name(const struct ci_module *m, u32 name)
{
	const char *strings = (const char *)m->file + m->strtab->offset;
	u64 size = m->strtab->size;

	if (name >= size || strnlen(strings + name, size - name) == size - name)
		return NULL;
	return strings + name;
}

static enum ci_error import(const struct ci_module *m,
			    const struct ci_imports *imports,
			    struct elf_sym *sym)
{
	const char *name = ci_symbol_name(m, sym->name);
	enum ci_error err;
	u64 value = 0;

	if (!name)
		return CI_SYMBOL_NAME;
	err = imports->resolve(imports->ctx, name, &value);
	if (err == CI_SYMBOL_UNKNOWN && ELF_SYM_BIND(sym->info) == STB_WEAK)
		return CI_OK;		/* keeps the value of the file, */
	if (!err)
		sym->value = value;
	return err;
}

static enum ci_error simplify(const struct ci_module *m,
			      const struct ci_imports *imports,
			      struct elf_sym *sym)
{
	const struct ci_section *s;

	switch (sym->shndx) {
	case SHN_UNDEF:
		sym->value = 0;		/* which is made 0 */
		return import(m, imports, sym);
	case SHN_ABS:
		return CI_OK;
	case SHN_COMMON:
		return CI_SYMBOL_COMMON;
	case SHN_LIVEPATCH:
		return CI_SYMBOL_LIVEPATCH;
	}
	if (sym->shndx >= m->elf.nr)
		return CI_SYMBOL_SECTION;
	s = &m->elf.section[sym->shndx];
	if (s == m->percpu)
		sym->value += m->percpu_base;
	else if (s->mem >= 0)
		sym->value += s->addr;
	/* Nothing that is executed refers to what is not in memory. */
	return CI_OK;
}

enum ci_error ci_symbols_resolve(struct ci_module *m,
				 const struct ci_imports *imports)
{
	u64 n = m->symtab->size / sizeof(struct elf_sym), i;
	u8 *table = m->file + m->symtab->offset;
	enum ci_error err;
	struct elf_sym sym;

	for (i = 1; i < n; i++) {
		memcpy(&sym, table + i * sizeof(sym), sizeof(sym));
		err = simplify(m, imports, &sym);
		if (err)
			return err;
		memcpy(table + i * sizeof(sym), &sym, sizeof(sym));
	}
	return CI_OK;
}
