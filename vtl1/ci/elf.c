// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the section header table of an ELF file.  Must never hand out a section
 * that is not within the file.
 *
 * Source: System V ABI, "Sections"; the checks that Linux makes of modules are
 * those of elf_validity_cache_copy() in kernel/module/main.c.
 */
#include <vsm/string.h>

#include "elf.h"

static enum ci_error check_header(const struct ci_source *source, u16 type,
				  struct elf_header *e)
{
	enum ci_error err;

	if (source->size < sizeof(*e))
		return CI_ELF_HEADER;
	err = ci_source_read(source, 0, e, sizeof(*e));
	if (err)
		return err;
	if (memcmp(e->ident, ELF_IDENT, ELF_IDENT_SIZE) || e->version != 1 ||
	    e->machine != EM_X86_64)
		return CI_ELF_HEADER;
	if (e->type != type)
		return CI_ELF_TYPE;
	if (e->shentsize != sizeof(struct elf_shdr) || !e->shnum ||
	    e->shnum > CI_MAX_SECTIONS || e->shstrndx >= e->shnum ||
	    e->shoff > source->size ||
	    e->shnum * sizeof(struct elf_shdr) > source->size - e->shoff)
		return CI_ELF_SECTIONS;
	return CI_OK;
}

static enum ci_error add_section(const struct ci_source *source,
				 const struct elf_shdr *h,
				 struct ci_section *s)
{
	if (h->type != SHT_NULL && h->type != SHT_NOBITS &&
	    (h->offset > source->size || h->size > source->size - h->offset))
		return CI_ELF_BOUNDS;
	if (h->addralign & (h->addralign - 1))
		return CI_ELF_ALIGN;
	*s = (struct ci_section){
		.addr = h->addr,
		.offset = h->offset,
		.size = h->type == SHT_NULL ? 0 : h->size,
		.flags = h->type == SHT_NULL ? 0 : h->flags,
		.align = h->addralign,
		.type = h->type,
		.link = h->link,
		.info = h->info,
		.mem = -1,
	};
	return CI_OK;
}

static enum ci_error add_names(struct ci_elf *elf, struct ci_arena *arena,
			       const struct ci_source *source,
			       const struct elf_header *e)
{
	const struct ci_section *strings = &elf->section[e->shstrndx];
	struct elf_shdr h;
	enum ci_error err;
	char *names;
	u32 i;

	if (strings->type != SHT_STRTAB || !strings->size)
		return CI_ELF_NAME;
	names = ci_arena_alloc(arena, strings->size, 1);
	if (!names)
		return CI_NO_MEMORY;
	err = ci_source_read(source, strings->offset, names, strings->size);
	if (err)
		return err;
	if (names[strings->size - 1])
		return CI_ELF_NAME;
	for (i = 0; i < elf->nr; i++) {
		err = ci_source_read(source, e->shoff + i * sizeof(h), &h,
				     sizeof(h));
		if (err)
			return err;
		if (h.name >= strings->size)
			return CI_ELF_NAME;
		elf->section[i].name = names + h.name;
	}
	return CI_OK;
}

enum ci_error ci_elf_parse(struct ci_elf *elf, struct ci_arena *arena,
			   const struct ci_source *source, u16 type)
{
	struct elf_header e;
	struct elf_shdr h;
	enum ci_error err;
	u32 i;

	memset(elf, 0, sizeof(*elf));
	err = check_header(source, type, &e);
	if (err)
		return err;
	elf->section = ci_arena_alloc(arena, e.shnum, sizeof(*elf->section));
	if (!elf->section)
		return CI_NO_MEMORY;
	elf->nr = e.shnum;
	for (i = 0; i < elf->nr && !err; i++) {
		err = ci_source_read(source, e.shoff + i * sizeof(h), &h,
				     sizeof(h));
		if (!err)
			err = add_section(source, &h, &elf->section[i]);
	}
	if (err)
		return err;
	return add_names(elf, arena, source, &e);
}

static bool overlap(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a_size && b_size && a < b + b_size && b < a + a_size;
}

enum ci_error ci_elf_check_disjoint(const struct ci_elf *elf,
				    const struct ci_source *source)
{
	const struct ci_section *a, *b;
	struct elf_header e;
	enum ci_error err;
	u32 i, k;

	err = ci_source_read(source, 0, &e, sizeof(e));
	if (err)
		return err;
	for (i = 0; i < elf->nr; i++) {
		a = &elf->section[i];
		if (!ci_section_has_bytes(a))
			continue;
		if (overlap(a->offset, a->size, 0, sizeof(e)) ||
		    overlap(a->offset, a->size, e.shoff,
			    e.shnum * sizeof(struct elf_shdr)))
			return CI_ELF_OVERLAP;
		for (k = 0; k < i; k++) {
			b = &elf->section[k];
			if (ci_section_has_bytes(b) &&
			    overlap(a->offset, a->size, b->offset, b->size))
				return CI_ELF_OVERLAP;
		}
	}
	return CI_OK;
}

enum ci_error ci_elf_find(const struct ci_elf *elf, const char *name,
			  size_t entry, struct ci_section **ret_section)
{
	struct ci_section *found = NULL;
	u32 i;

	for (i = 1; i < elf->nr; i++) {
		if (strcmp(elf->section[i].name, name))
			continue;
		if (found)
			return CI_ELF_DUPLICATE;
		found = &elf->section[i];
	}
	if (found && !ci_section_has_bytes(found))
		return CI_ELF_BOUNDS;
	if (found && found->size % entry)
		return CI_ELF_ENTRY;
	*ret_section = found;
	return CI_OK;
}
