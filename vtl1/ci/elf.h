/* SPDX-License-Identifier: GPL-2.0 */
/* The section header table of a module or of the kernel. */
#ifndef _VSM_CI_ELF_H
#define _VSM_CI_ELF_H

#include <vsm/elf.h>

#include "arena.h"
#include "source.h"

#define CI_MAX_SECTIONS	8192

struct ci_section {
	const char *name;
	u64 addr;		/* as linked, or as ci_layout_place() says */
	u64 offset;		/* in the file */
	u64 size;
	u64 flags;
	u64 align;
	u32 type;
	u32 link;
	u32 info;
	s8 mem;			/* enum ci_mem, of modules */
};

struct ci_elf {
	struct ci_section *section;
	u32 nr;
};

enum ci_error ci_elf_parse(struct ci_elf *elf, struct ci_arena *arena,
			   const struct ci_source *source, u16 type);
/* No byte of the file belongs to two sections, or to a section and a header. */
enum ci_error ci_elf_check_disjoint(const struct ci_elf *elf,
				    const struct ci_source *source);
/*
 * The one section of this name; NULL with CI_OK when there is none. Its size is
 * a multiple of @entry.
 */
enum ci_error ci_elf_find(const struct ci_elf *elf, const char *name,
			  size_t entry, struct ci_section **ret_section);

static inline bool ci_section_has_bytes(const struct ci_section *s)
{
	return s->type != SHT_NULL && s->type != SHT_NOBITS;
}

#endif /* _VSM_CI_ELF_H */
