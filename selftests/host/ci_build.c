// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a module's ELF file.  Must never depend on a compiler: each byte that
 * is patched is written down here.
 */
#include <stdlib.h>
#include <string.h>

#include "ci_build.h"

static const u8 text[TEXT_SIZE] = {
	0xe8, 0, 0, 0, 0,			/* call __fentry__ */
	0x0f, 0x1f, 0x44, 0, 0,			/* jump label, long */
	0x66, 0x90,				/* jump label, short */
	0xe8, 0, 0, 0, 0,			/* static call */
	0xf0, 0xff, 0x00,			/* lock incl (%rax) */
	0xe8, 0, 0, 0, 0,			/* call *%rcx by a thunk */
	0xff, 0x15, 0, 0, 0, 0,			/* call *pv_ops[3] */
	0x90, 0x90, 0x90,			/* clac, or nothing */
	0xf3, 0x0f, 0x1e, 0xfa,			/* endbr64 */
	0xe9, 0, 0, 0, 0,			/* jmp __x86_return_thunk */
	0xe9, 0, 0, 0, 0,			/* the same, a target */
};

static const u8 tramp[8] = { 0xe9, 0, 0, 0, 0, 0x0f, 0xb9, 0xcc };
static const u8 repl[8] = { 0xe8, 0, 0, 0, 0, 0x0f, 0x01, 0xca };

/* Feature, flags and lengths; the rest is relocated. */
static const u8 alts[28] = {
	[8] = 0x75, 0x00, 0x02, 0x00, 6, 5,	/* always, direct call */
	[22] = 0x34, 0x01, 0x00, 0x00, 3, 3,	/* SMAP */
};

static const struct {
	const char *name;
	const u8 *bytes;
	u32 size;
	u32 flags;
} sections[] = {
	[B_TEXT] = { ".text", text, TEXT_SIZE, SHF_ALLOC | SHF_EXECINSTR },
	[B_TRAMP] = { ".static_call.text", tramp, 8,
		      SHF_ALLOC | SHF_EXECINSTR },
	[B_REPL] = { ".altinstr_replacement", repl, 8,
		     SHF_ALLOC | SHF_EXECINSTR },
	[B_RETPOLINES] = { ".retpoline_sites", NULL, 4, SHF_ALLOC },
	[B_RETURNS] = { ".return_sites", NULL, 8, SHF_ALLOC },
	[B_ALTS] = { ".altinstructions", alts, 28, SHF_ALLOC },
	[B_ENDBR] = { ".ibt_endbr_seal", NULL, 4, SHF_ALLOC },
	[B_LOCKS] = { ".smp_locks", NULL, 4, SHF_ALLOC },
	[B_MCOUNT] = { "__mcount_loc", NULL, 8, SHF_ALLOC },
	[B_JUMPS] = { "__jump_table", NULL, 32, SHF_ALLOC | SHF_WRITE },
	[B_CALLS] = { ".static_call_sites", NULL, 8, SHF_ALLOC | SHF_WRITE },
	[B_DATA] = { ".data", NULL, 8, SHF_ALLOC | SHF_WRITE },
	[B_MODULE] = { ".gnu.linkonce.this_module", NULL, 16,
		       SHF_ALLOC | SHF_WRITE },
	[B_SYMTAB] = { ".symtab" },
	[B_STRTAB] = { ".strtab" },
	[B_SHSTRTAB] = { ".shstrtab" },
};

enum { S_NULL, S_TEXT, S_TRAMP, S_REPL, S_KEY, S_FENTRY, S_THUNK, S_PV, S_BUG,
	S_RETURN, S_KEYNAME, S_TRAMPNAME };

static const struct {
	const char *name;
	u32 section;
} symbols[] = {
	[S_NULL] = { "" },
	[S_TEXT] = { "", B_TEXT },
	[S_TRAMP] = { "", B_TRAMP },
	[S_REPL] = { "", B_REPL },
	[S_KEY] = { "", B_DATA },
	[S_FENTRY] = { "__fentry__" },
	[S_THUNK] = { "__x86_indirect_thunk_rcx" },
	[S_PV] = { "pv_ops" },
	[S_BUG] = { "BUG_func" },
	[S_RETURN] = { "__x86_return_thunk" },
	[S_KEYNAME] = { "__SCK__it", B_DATA },
	[S_TRAMPNAME] = { "__SCT__it", B_TRAMP },
};

static const struct {
	u32 section, offset, type, symbol;
	s32 addend;
} relocs[] = {
	{ B_TEXT, AT_MCOUNT + 1, R_X86_64_PLT32, S_FENTRY, -4 },
	{ B_TEXT, AT_CALL + 1, R_X86_64_PLT32, S_TRAMP, -4 },
	{ B_TEXT, AT_RETPOLINE + 1, R_X86_64_PLT32, S_THUNK, -4 },
	{ B_TEXT, AT_DIRECT + 2, R_X86_64_PC32, S_PV, 24 - 4 },
	{ B_TEXT, AT_RETURN + 1, R_X86_64_PLT32, S_RETURN, -4 },
	{ B_TEXT, AT_TARGET + 1, R_X86_64_PLT32, S_RETURN, -4 },
	{ B_TRAMP, 1, R_X86_64_PLT32, S_TEXT, AT_ENDBR - 4 },
	{ B_REPL, 1, R_X86_64_PLT32, S_BUG, -4 },
	{ B_RETPOLINES, 0, R_X86_64_PC32, S_TEXT, AT_RETPOLINE },
	{ B_RETURNS, 0, R_X86_64_PC32, S_TEXT, AT_RETURN },
	{ B_RETURNS, 4, R_X86_64_PC32, S_TEXT, AT_TARGET },
	{ B_ALTS, 0, R_X86_64_PC32, S_TEXT, AT_DIRECT },
	{ B_ALTS, 4, R_X86_64_PC32, S_REPL, 0 },
	{ B_ALTS, 14, R_X86_64_PC32, S_TEXT, AT_ALT },
	{ B_ALTS, 18, R_X86_64_PC32, S_REPL, 5 },
	{ B_ENDBR, 0, R_X86_64_PC32, S_TEXT, AT_ENDBR },
	{ B_LOCKS, 0, R_X86_64_PC32, S_TEXT, AT_LOCK },
	{ B_MCOUNT, 0, R_X86_64_64, S_TEXT, AT_MCOUNT },
	{ B_JUMPS, 0, R_X86_64_PC32, S_TEXT, AT_JUMP5 },
	{ B_JUMPS, 4, R_X86_64_PC32, S_TEXT, AT_TARGET },
	{ B_JUMPS, 8, R_X86_64_PC64, S_KEY, 0 },
	{ B_JUMPS, 16, R_X86_64_PC32, S_TEXT, AT_JUMP2 },
	{ B_JUMPS, 20, R_X86_64_PC32, S_TEXT, AT_TARGET },
	{ B_JUMPS, 24, R_X86_64_PC64, S_KEY, 0 },
	{ B_CALLS, 0, R_X86_64_PC32, S_TEXT, AT_CALL },
	{ B_CALLS, 4, R_X86_64_PC32, S_KEY, 0 },
	{ B_DATA, 0, R_X86_64_32S, S_NULL, 0 },
};

static void *add(struct build *b, const void *bytes, u64 size)
{
	void *at;

	b->size = ALIGN(b->size, 8);
	at = b->file + b->size;
	if (b->size + size > sizeof(b->file))
		abort();
	if (bytes)
		memcpy(at, bytes, size);
	b->size += size;
	return at;
}

static u32 add_string(struct build *b, const char *s)
{
	u32 len = strlen(s) + 1;

	memcpy(b->file + b->size, s, len);
	b->size += len;
	return len;
}

static void add_symbols(struct build *b)
{
	struct elf_shdr *s = &b->shdr[B_SYMTAB], *names = &b->shdr[B_STRTAB];
	struct elf_sym *sym;
	u32 i;

	sym = add(b, NULL, ARRAY_SIZE(symbols) * sizeof(*sym));
	*s = (struct elf_shdr){
		.type = SHT_SYMTAB, .offset = (u8 *)sym - b->file,
		.size = ARRAY_SIZE(symbols) * sizeof(*sym), .link = B_STRTAB,
		.info = 1, .addralign = 8, .entsize = sizeof(*sym),
	};
	names->type = SHT_STRTAB;
	names->offset = b->size;
	for (i = 0; i < ARRAY_SIZE(symbols); i++) {
		sym[i].name = names->size;
		sym[i].shndx = symbols[i].section;
		sym[i].info = i ? 0x10 : 0;
		names->size += add_string(b, symbols[i].name);
	}
}

static void add_relocs(struct build *b, u32 section)
{
	struct elf_shdr *s = &b->shdr[B_RELA + section - 1];
	struct elf_rela r;
	u32 i;

	b->size = ALIGN(b->size, 8);
	*s = (struct elf_shdr){
		.type = SHT_RELA, .offset = b->size, .link = B_SYMTAB,
		.info = section, .addralign = 8, .entsize = sizeof(r),
	};
	for (i = 0; i < ARRAY_SIZE(relocs); i++) {
		if (relocs[i].section != section)
			continue;
		r = (struct elf_rela){
			.offset = relocs[i].offset, .type = relocs[i].type,
			.sym = relocs[i].symbol, .addend = relocs[i].addend,
		};
		add(b, &r, sizeof(r));
		s->size += sizeof(r);
	}
}

void build_module(struct build *b)
{
	struct elf_header e = {
		.ident = ELF_IDENT, .type = ET_REL, .machine = EM_X86_64,
		.version = 1, .ehsize = sizeof(e), .shentsize = 64,
		.shnum = B_SECTIONS, .shstrndx = B_SHSTRTAB,
	};
	struct elf_shdr *names;
	u32 i;

	memset(b, 0, sizeof(*b));
	e.shoff = sizeof(e);
	add(b, &e, sizeof(e));
	b->shdr = add(b, NULL, B_SECTIONS * sizeof(*b->shdr));
	for (i = 1; i <= B_MODULE; i++) {
		b->shdr[i] = (struct elf_shdr){
			.type = SHT_PROGBITS, .flags = sections[i].flags,
			.size = sections[i].size, .addralign = 8,
		};
		b->shdr[i].offset = (u8 *)add(b, sections[i].bytes,
					      sections[i].size) - b->file;
	}
	add_symbols(b);
	for (i = 1; i <= B_DATA; i++)
		add_relocs(b, i);
	names = &b->shdr[B_SHSTRTAB];
	names->type = SHT_STRTAB;
	names->offset = b->size;
	names->size = add_string(b, "");
	for (i = 1; i < B_RELA; i++) {
		b->shdr[i].name = names->size;
		names->size += add_string(b, sections[i].name);
	}
}

u8 *build_bytes(struct build *b, enum build_section s)
{
	return b->file + b->shdr[s].offset;
}

struct elf_rela *build_relocs(struct build *b, enum build_section s)
{
	return (void *)build_bytes(b, B_RELA + s - 1);
}
