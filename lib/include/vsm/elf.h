/* SPDX-License-Identifier: GPL-2.0 */
/* The parts of the ELF format (System V ABI, x86-64) that are read here. */
#ifndef _VSM_ELF_H
#define _VSM_ELF_H

#include <vsm/types.h>

struct elf_header {
	u8 ident[16];
	u16 type;
	u16 machine;
	u32 version;
	u64 entry;
	u64 phoff;
	u64 shoff;
	u32 flags;
	u16 ehsize;
	u16 phentsize;
	u16 phnum;
	u16 shentsize;
	u16 shnum;
	u16 shstrndx;
};

struct elf_phdr {
	u32 type;
	u32 flags;
	u64 offset;
	u64 vaddr;
	u64 paddr;
	u64 filesz;
	u64 memsz;
	u64 align;
};

struct elf_shdr {
	u32 name;
	u32 type;
	u64 flags;
	u64 addr;
	u64 offset;
	u64 size;
	u32 link;
	u32 info;
	u64 addralign;
	u64 entsize;
};

struct elf_sym {
	u32 name;
	u8 info;
	u8 other;
	u16 shndx;
	u64 value;
	u64 size;
};

struct elf_rela {
	u64 offset;
	u32 type;
	u32 sym;
	s64 addend;
};

struct elf_note {
	u32 name_size;
	u32 desc_size;
	u32 type;
};

static_assert(sizeof(struct elf_header) == 64);
static_assert(sizeof(struct elf_phdr) == 56);
static_assert(sizeof(struct elf_shdr) == 64);
static_assert(sizeof(struct elf_sym) == 24);
static_assert(sizeof(struct elf_rela) == 24);

#define ELF_IDENT	"\177ELF\2\1\1"	/* 64-bit, little-endian */
#define ELF_IDENT_SIZE	7

#define ET_REL		1
#define ET_EXEC		2
#define EM_X86_64	62

#define PT_LOAD		1
#define PT_DYNAMIC	2
#define PT_INTERP	3
#define PT_NOTE		4
#define PT_TLS		7
#define PT_GNU_STACK	0x6474e551
#define PF_X		1
#define PF_W		2
#define PF_R		4

#define SHT_NULL	0
#define SHT_PROGBITS	1
#define SHT_SYMTAB	2
#define SHT_STRTAB	3
#define SHT_RELA	4
#define SHT_NOBITS	8
#define SHT_REL		9
#define SHF_WRITE	0x1
#define SHF_ALLOC	0x2
#define SHF_EXECINSTR	0x4

#define SHN_UNDEF	0
#define SHN_ABS		0xfff1
#define SHN_COMMON	0xfff2

#define STB_WEAK	2
#define ELF_SYM_BIND(info)	((info) >> 4)

#define R_X86_64_NONE	0
#define R_X86_64_64	1
#define R_X86_64_PC32	2
#define R_X86_64_PLT32	4
#define R_X86_64_32S	11
#define R_X86_64_PC64	24

#endif /* _VSM_ELF_H */
