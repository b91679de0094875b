/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A kernel module, reproduced in place: the caller's private copy of the signed
 * file becomes what Linux has in memory.
 *
 *	ci_module_open()	sections, and their place in the module's memory
 *	ci_module_place()	the addresses that Linux gave it
 *	ci_module_link()	imports, relocations
 *	ci_module_patch()	what Linux patches before it makes text executable
 *	ci_module_sites()	what Linux may patch afterwards
 */
#ifndef _VSM_CI_MODULE_H
#define _VSM_CI_MODULE_H

#include "compare.h"
#include "elf.h"
#include "image.h"
#include "kernel.h"
#include "sites.h"

/* enum mod_mem_type of include/linux/module.h */
enum ci_mem {
	CI_MEM_TEXT,
	CI_MEM_DATA,
	CI_MEM_RODATA,
	CI_MEM_RO_AFTER_INIT,
	CI_MEM_INIT_TEXT,
	CI_MEM_INIT_DATA,
	CI_MEM_INIT_RODATA,
	CI_MEM_TYPES
};

/* An arena that is large enough for a file of @size bytes. */
#define CI_MODULE_ARENA(size)	((size) / 16 + 128 * 1024)

struct ci_module {
	u8 *file;
	u64 file_size;
	struct ci_elf elf;
	struct ci_section *symtab;
	struct ci_section *strtab;
	struct ci_section *percpu;	/* NULL: none */
	struct ci_image image;
	u64 base[CI_MEM_TYPES];
	u64 percpu_base;
	/* Without what Linux adds to the data parts: copies of the symbols. */
	u64 size[CI_MEM_TYPES];
};

/* Asked for the value of an imported symbol. */
struct ci_imports {
	enum ci_error (*resolve)(void *ctx, const char *name, u64 *ret_value);
	void *ctx;
};

enum ci_error ci_module_open(struct ci_module *m, struct ci_arena *arena,
			     u8 *file, u64 size);
/*
 * Before ci_module_place(): where the part @mem of a module that runs was, from
 * what is left in read-only data and text at @base, which @live reads; 0: nothing
 * refers to it.
 */
enum ci_error ci_module_lost_base(const struct ci_module *m, enum ci_mem mem,
				  const u64 base[CI_MEM_TYPES],
				  const struct ci_live *live, u64 *ret_base);
enum ci_error ci_module_place(struct ci_module *m,
			      const u64 base[CI_MEM_TYPES], u64 percpu);
enum ci_error ci_module_link(struct ci_module *m,
			     const struct ci_imports *imports);
/* @its: where this module's ITS thunks are, NULL without any. */
enum ci_error ci_module_patch(struct ci_module *m,
			      const struct ci_kernel *kernel,
			      struct ci_its *its);
/* Sites of one executable part, CI_MEM_TEXT or CI_MEM_INIT_TEXT; sorted. */
enum ci_error ci_module_sites(struct ci_module *m, enum ci_mem mem,
			      const struct ci_kernel *kernel,
			      struct ci_arena *arena, struct ci_sites *sites);
/* The sections of one part, one after the other; @i begins at 0. */
struct ci_section *ci_module_next_section(const struct ci_module *m,
					  enum ci_mem mem, u32 *i);
u8 *ci_module_bytes(const struct ci_module *m, const struct ci_section *s);
/* A table that Linux sorts in place. */
bool ci_section_is_sorted(const struct ci_section *s);

/* Calls @each with every symbol that the module exports; after its link. */
enum ci_error ci_module_exports(struct ci_module *m,
				enum ci_error (*each)(void *ctx,
						      const char *name,
						      u64 va),
				void *ctx);

/* layout.c, symbols.c, reloc.c: the steps of the above. */
enum ci_error ci_layout(struct ci_module *m);
enum ci_error ci_symbols_resolve(struct ci_module *m,
				 const struct ci_imports *imports);
enum ci_error ci_relocate(struct ci_module *m);
/* The name of a symbol, within its table and terminated; NULL: neither. */
const char *ci_symbol_name(const struct ci_module *m, u32 name);

#endif /* _VSM_CI_MODULE_H */
