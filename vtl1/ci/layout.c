// SPDX-License-Identifier: GPL-2.0
/*
 * Where Linux puts a module's sections.  Must never place two of them at the
 * same address.
 *
 * Source: layout_sections(), layout_and_allocate() and move_module() of
 * kernel/module/main.c.
 */
#include <vsm/string.h>

#include "module.h"

/* Sites are recorded with 28 bits of offset. */
#define MAX_PART_SIZE	BIT_ULL(28)

/* The kernel's own mark, on a bit that no file can have set. */
#define SHF_RO_AFTER_INIT	BIT_ULL(63)

/* Order, and the part of a core and of an init section; -1: dropped. */
static const struct {
	u64 set;
	u64 clear;
	s8 mem[2];
} order[] = {
	{ SHF_EXECINSTR | SHF_ALLOC, 0, { CI_MEM_TEXT, CI_MEM_INIT_TEXT } },
	{ SHF_ALLOC, SHF_WRITE, { CI_MEM_RODATA, CI_MEM_INIT_RODATA } },
	{ SHF_RO_AFTER_INIT | SHF_ALLOC, 0, { CI_MEM_RO_AFTER_INIT, -1 } },
	{ SHF_WRITE | SHF_ALLOC, 0, { CI_MEM_DATA, CI_MEM_INIT_DATA } },
};

static bool is_init(const struct ci_section *s)
{
	return !strncmp(s->name, ".init", 5);
}

static enum ci_error place(struct ci_module *m, struct ci_section *s, s8 mem)
{
	u64 align = s->align ?: 1;
	u64 offset = ALIGN(m->size[mem], align);

	if (align > PAGE_SIZE || s->size > MAX_PART_SIZE ||
	    offset + s->size > MAX_PART_SIZE)
		return CI_LAYOUT_SIZE;
	s->addr = offset;
	s->mem = mem;
	m->size[mem] = offset + s->size;
	return CI_OK;
}

static enum ci_error place_all(struct ci_module *m, int init)
{
	enum ci_error err;
	u32 i, k;

	for (k = 0; k < ARRAY_SIZE(order); k++) {
		for (i = 0; i < m->elf.nr; i++) {
			struct ci_section *s = &m->elf.section[i];

			if ((s->flags & order[k].set) != order[k].set ||
			    (s->flags & order[k].clear) || s->mem >= 0 ||
			    is_init(s) != init || order[k].mem[init] < 0)
				continue;
			err = place(m, s, order[k].mem[init]);
			if (err)
				return err;
		}
	}
	return CI_OK;
}

/* What Linux does to the flags of sections that it knows by name. */
static enum ci_error mark(struct ci_module *m, const char *name, u64 set,
			  u64 clear)
{
	struct ci_section *found = NULL;
	u32 i;

	for (i = 1; i < m->elf.nr; i++) {
		struct ci_section *s = &m->elf.section[i];

		if (!(s->flags & SHF_ALLOC) || strcmp(s->name, name))
			continue;
		if (found)
			return CI_ELF_DUPLICATE;
		found = s;
	}
	if (!found)
		return CI_OK;
	found->flags = (found->flags & ~clear) | set;
	if (!strcmp(name, ".data..percpu"))
		m->percpu = found;
	return CI_OK;
}

enum ci_error ci_layout(struct ci_module *m)
{
	const u64 wx = SHF_WRITE | SHF_EXECINSTR;
	enum ci_error err;
	u32 i;

	for (i = 0; i < m->elf.nr; i++) {
		if ((m->elf.section[i].flags & wx) == wx)
			return CI_ELF_WX;
		m->elf.section[i].flags &= ~SHF_RO_AFTER_INIT;
	}
	err = mark(m, "__versions", 0, SHF_ALLOC);
	err = err ?: mark(m, ".modinfo", 0, SHF_ALLOC);
	err = err ?: mark(m, ".data..percpu", 0, SHF_ALLOC);
	err = err ?: mark(m, ".data..ro_after_init", SHF_RO_AFTER_INIT, 0);
	err = err ?: mark(m, "__jump_table", SHF_RO_AFTER_INIT, 0);
	err = err ?: place_all(m, 0);
	err = err ?: place_all(m, 1);
	/* A section that stayed without a place would be at address 0. */
	for (i = 0; i < m->elf.nr && !err; i++)
		if ((m->elf.section[i].flags & SHF_ALLOC) &&
		    m->elf.section[i].mem < 0)
			err = CI_ELF_SECTIONS;
	return err;
}

enum ci_error ci_module_place(struct ci_module *m,
			      const u64 base[CI_MEM_TYPES], u64 percpu)
{
	u32 i;

	for (i = 0; i < CI_MEM_TYPES; i++) {
		if (!m->size[i])
			continue;
		if (!IS_ALIGNED(base[i], PAGE_SIZE) || !base[i] ||
		    base[i] > ~0ULL - MAX_PART_SIZE)
			return CI_LAYOUT_BASE;
		m->base[i] = base[i];
	}
	m->percpu_base = percpu;
	for (i = 0; i < m->elf.nr; i++) {
		struct ci_section *s = &m->elf.section[i];

		if (s->mem < 0)
			continue;
		s->addr += m->base[s->mem];
		if (!ci_section_has_bytes(s) || !s->size)
			continue;
		m->image.span[m->image.nr++] = (struct ci_span){
			.va = s->addr,
			.bytes = m->file + s->offset,
			.len = s->size,
			.exec = s->flags & SHF_EXECINSTR,
		};
	}
	return CI_OK;
}
