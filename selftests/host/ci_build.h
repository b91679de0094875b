/* SPDX-License-Identifier: GPL-2.0 */
/* A small module with one patch site of each kind, to be damaged by tests. */
#ifndef _VSM_HOST_CI_BUILD_H
#define _VSM_HOST_CI_BUILD_H

#include <vsm/elf.h>

enum build_section {
	B_NULL, B_TEXT, B_TRAMP, B_REPL, B_RETPOLINES, B_RETURNS, B_ALTS,
	B_ENDBR, B_LOCKS, B_MCOUNT, B_JUMPS, B_CALLS, B_DATA, B_MODULE,
	B_SYMTAB, B_STRTAB, B_SHSTRTAB, B_RELA, B_SECTIONS = B_RELA + B_DATA
};

/* Offsets in .text. */
enum build_site {
	AT_MCOUNT = 0, AT_JUMP5 = 5, AT_JUMP2 = 10, AT_CALL = 12, AT_LOCK = 17,
	AT_RETPOLINE = 20, AT_DIRECT = 25, AT_ALT = 31, AT_ENDBR = 34,
	AT_RETURN = 38, AT_TARGET = 43, TEXT_SIZE = 48
};

struct build {
	u8 file[8192];
	u64 size;
	struct elf_shdr *shdr;
};

void build_module(struct build *b);
/* Bytes of a section. */
u8 *build_bytes(struct build *b, enum build_section s);
struct elf_rela *build_relocs(struct build *b, enum build_section s);

#endif /* _VSM_HOST_CI_BUILD_H */
