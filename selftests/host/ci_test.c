// SPDX-License-Identifier: GPL-2.0
/*
 * Code integrity on the host: what a small module becomes, byte by byte; each
 * damage and the error that names it; a sample of Debian's modules.
 *
 * usage: ci_test [FILE...]	fuzzer's inputs, to be run again
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's own numbers, to compare ours with. */
#include <asm/cpufeatures.h>

#include "../../vtl1/ci/insns.h"
#include "../../vtl1/ci/patch.h"
#include "ci_build.h"
#include "ci_fuzz.h"
#include "ci_host.h"

static u8 memory[1 << 20];
static int failures, tests;

static void check(bool ok, const char *what)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

static enum ci_error reproduce(struct build *b, struct host_run *run,
			       enum host_flavour flavour)
{
	struct ci_arena arena = { .base = memory, .size = sizeof(memory) };
	struct ci_kernel kernel;
	enum ci_error err;
	u8 *file;

	host_kernel(&kernel, flavour);
	/* ALWAYS, and SMAP but for one flavour */
	kernel.caps[3] |= BIT(21);
	kernel.caps[9] &= ~BIT(20);
	if (flavour != HOST_PLAIN)
		kernel.caps[9] |= BIT(20);
	/* Of exactly the file's size, for ASan. */
	file = malloc(b->size);
	memcpy(file, b->file, b->size);
	err = host_reproduce(run, &arena, &kernel, file, b->size);
	memcpy(b->file, file, b->size);
	free(file);
	run->m.file = b->file;
	return err;
}

/* --- a module that is as it has to be ------------------------------------- */

static bool branches(const u8 *p, u8 op, u64 va, u64 target)
{
	return p[0] == op && ci_branch_target(p, va) == target;
}

static void check_patched(enum host_flavour flavour)
{
	static const u8 clac[] = { 0x0f, 0x01, 0xca };
	static const u8 sealed[] = { 0x66, 0x0f, 0x1f, 0x00 };
	static const u8 rcx[] = { 0xff, 0xd1, 0x0f, 0x1f, 0x00 };
	bool plain = flavour == HOST_PLAIN;
	struct ci_kernel kernel;
	static struct build b;
	struct host_run run;
	const u8 *t;
	u64 va;

	host_kernel(&kernel, flavour);
	build_module(&b);
	check(!reproduce(&b, &run, flavour), "the module is reproduced");
	t = build_bytes(&b, B_TEXT);
	va = run.m.base[CI_MEM_TEXT];
	check(ci_is_nop(t + AT_MCOUNT, 5), "a call of __fentry__ is a NOP");
	check(t[AT_LOCK] == (plain ? 0x3e : 0xf0), "the lock prefix");
	check(plain ? !memcmp(t + AT_RETPOLINE, rcx, 5) :
	      branches(t + AT_RETPOLINE, INSN_CALL32, va + AT_RETPOLINE,
		       kernel.sym[CI_SYM___x86_indirect_thunk_array] + 32),
	      "the retpoline");
	check(branches(t + AT_DIRECT, INSN_CALL32, va + AT_DIRECT,
		       kernel.pv_ops[3]) && t[AT_DIRECT + 5] == 0x90,
	      "an indirect call of pv_ops is direct");
	check(plain ? ci_is_nop(t + AT_ALT, 3) : !memcmp(t + AT_ALT, clac, 3),
	      "the alternative is chosen by the feature");
	check(!memcmp(t + AT_ENDBR, sealed, 4), "ENDBR is sealed");
	check(plain ? t[AT_RETURN] == INSN_RET &&
	      mem_is(t + AT_RETURN + 1, INSN_INT3, 4) :
	      branches(t + AT_RETURN, INSN_JMP32, va + AT_RETURN,
		       kernel.return_thunk), "the return");
	check(run.sites[0].nr == 6, "six sites may change later");
}

static void check_its(void)
{
	static struct build b;
	struct ci_kernel kernel;
	struct host_run run;
	u64 site, thunk;
	const u8 *t;

	host_kernel(&kernel, HOST_ITS);
	build_module(&b);
	check(!reproduce(&b, &run, HOST_ITS), "with ITS thunks");
	t = build_bytes(&b, B_TEXT);
	site = run.m.base[CI_MEM_TEXT] + AT_RETPOLINE;
	thunk = ci_branch_target(t + AT_RETPOLINE, site);
	check(t[AT_RETPOLINE] == INSN_CALL32 &&
	      thunk == 0xffffffffbf000000ULL + 32,
	      "the first ITS thunk is in the upper half of a line");
}

static void check_its_page(void)
{
	static u8 page[PAGE_SIZE];
	static const u64 va = 0xffffffffbf000000ULL;
	struct ci_its its = { .page = &va, .nr = 1 };
	u32 reg, n = 0, at;
	u64 thunk;

	memset(page, INSN_INT3, sizeof(page));
	check(ci_its_page_valid(page), "a page of INT3 has no thunk");
	/* As many thunks as fit, of all registers that have one. */
	for (reg = 0; ; reg = (reg + 1) % 16) {
		if (reg == 4)
			continue;
		if (ci_its_thunk(&its, reg, &thunk))
			break;
		at = thunk - va;
		if (reg >= 8)
			page[at++] = INSN_REX_B;
		page[at++] = 0xff;
		page[at++] = 0xe0 + reg % 8;
		n++;
	}
	check(n > 500 && ci_its_page_valid(page), "a page full of ITS thunks");
	memset(page, INSN_INT3, sizeof(page));
	memcpy(page + 64, "\xff\xe1", 2);
	check(!ci_its_page_valid(page), "no thunk in the lower half of a line");
	memset(page, INSN_INT3, sizeof(page));
	memcpy(page + 96, "\xff\xd1", 2);
	check(!ci_its_page_valid(page), "no call in a page of thunks");
	memset(page, INSN_INT3, sizeof(page));
	memcpy(page + PAGE_SIZE - 2, "\xff\xe1", 2);
	check(!ci_its_page_valid(page), "no thunk across the page's end");
	memcpy(page + PAGE_SIZE - 2, "\xcc\x90", 2);
	check(!ci_its_page_valid(page), "nothing else in a page of thunks");
}

/* --- variants --------------------------------------------------------------- */

static u64 key_seen, target_seen;

static bool take_call(void *ctx, u64 key, u64 target)
{
	(void)ctx;
	key_seen = key;
	target_seen = target;
	return target == 0xffffffff81234560ULL || !target;
}

static u32 valid(const struct host_run *run, const struct ci_kernel *kernel,
		 u32 at, const u8 *form, const u8 *live)
{
	const struct ci_sites *sites = &run->sites[0];
	struct ci_site site = ci_sites_get(sites,
			ci_sites_first(sites, sites->base + at));

	return ci_site_valid(sites, kernel, &site, form, live, 6);
}

static void check_jumps(struct host_run *run, const struct ci_kernel *kernel,
			const u8 *t)
{
	u64 base = run->sites[0].base;
	u8 live[8] = { INSN_JMP8, AT_TARGET - AT_JUMP2 - 2 };

	check(valid(run, kernel, AT_JUMP2, t + AT_JUMP2, live) == 2,
	      "a jump label may jump to its target, short");
	live[1]++;
	check(!valid(run, kernel, AT_JUMP2, t + AT_JUMP2, live),
	      "and nowhere else");
	ci_put_branch(live, INSN_JMP32, base + AT_JUMP5, base + AT_TARGET);
	check(valid(run, kernel, AT_JUMP5, t + AT_JUMP5, live) == 5,
	      "a jump label may jump to its target, long");
	ci_put_branch(live, INSN_JMP32, base + AT_JUMP5, base + AT_TARGET + 1);
	check(!valid(run, kernel, AT_JUMP5, t + AT_JUMP5, live),
	      "and nowhere else");
	ci_put_branch(live, INSN_CALL32, base + AT_JUMP5, base + AT_TARGET);
	check(!valid(run, kernel, AT_JUMP5, t + AT_JUMP5, live),
	      "nor may it call");
}

static void check_calls(struct host_run *run, const struct ci_kernel *kernel,
			const u8 *t)
{
	static const u8 form[] = { 0xe9, 0, 0, 0, 0, 0x0f };
	static const u8 ret[] = { 0xc3, 0xcc, 0xcc, 0xcc, 0xcc, 0x0f };
	u64 va = run->sites[0].base + AT_CALL;
	u8 live[8] = { 0 };
	u32 tramp;

	ci_put_branch(live, INSN_CALL32, va, 0xffffffff81234560ULL);
	check(valid(run, kernel, AT_CALL, t + AT_CALL, live) == 5 &&
	      key_seen == run->m.elf.section[B_DATA].addr,
	      "a static call may call what policy accepts for its key");
	ci_put_branch(live, INSN_CALL32, va, 0xffffffff81234561ULL);
	check(!valid(run, kernel, AT_CALL, t + AT_CALL, live),
	      "and nothing else");
	ci_put_nop(live, 5);
	check(valid(run, kernel, AT_CALL, t + AT_CALL, live) == 5 &&
	      !target_seen, "or call nothing");
	ci_put_branch(live, INSN_JMP32, va, 0xffffffff81234560ULL);
	check(!valid(run, kernel, AT_CALL, t + AT_CALL, live),
	      "but not jump");
	tramp = run->m.elf.section[B_TRAMP].addr - run->sites[0].base;
	check(valid(run, kernel, tramp, form, ret) == 5,
	      "a trampoline may return");
	ci_put_branch(live, INSN_JMP32, run->sites[0].base + tramp,
		      0xffffffff81234560ULL);
	check(valid(run, kernel, tramp, form, live) == 5,
	      "or jump to what policy accepts");
}

static u32 step(const struct host_run *run, const struct ci_kernel *kernel,
		u32 at, const u8 *form, const u8 *live)
{
	const struct ci_sites *sites = &run->sites[0];
	struct ci_site site = ci_sites_get(sites,
			ci_sites_first(sites, sites->base + at));

	return ci_site_step_valid(sites, kernel, &site, form, live, 6);
}

static void check_steps(struct host_run *run, const struct ci_kernel *kernel,
			const u8 *t)
{
	u64 base = run->sites[0].base;
	u8 live[8] = { INSN_INT3, AT_TARGET - AT_JUMP2 - 2 };

	check(step(run, kernel, AT_JUMP2, t + AT_JUMP2, live) == 2 &&
	      !valid(run, kernel, AT_JUMP2, t + AT_JUMP2, live),
	      "a breakpoint is a step, not a form");
	live[1]++;
	check(!step(run, kernel, AT_JUMP2, t + AT_JUMP2, live),
	      "nor a step to anywhere");
	live[1] = 0x90;
	check(step(run, kernel, AT_JUMP2, t + AT_JUMP2, live) == 2,
	      "it may stand before the rest of a NOP");
	ci_put_branch(live, INSN_CALL32, base + AT_CALL,
		      0xffffffff81234560ULL);
	live[0] = INSN_INT3;
	check(step(run, kernel, AT_CALL, t + AT_CALL, live) == 5,
	      "or before the rest of an accepted call");
	ci_put_branch(live, INSN_CALL32, base + AT_CALL,
		      0xffffffff81234564ULL);
	live[0] = INSN_INT3;
	check(!step(run, kernel, AT_CALL, t + AT_CALL, live),
	      "but of no other");
	check(!step(run, kernel, AT_LOCK, t + AT_LOCK, live),
	      "and not in place of a lock prefix");
}

static void check_locks(struct host_run *run, struct ci_kernel *kernel,
			const u8 *lock)
{
	const u8 none[8] = { INSN_DS };

	check(!valid(run, kernel, AT_LOCK, lock, none),
	      "a lock prefix may not vanish from one site alone");
	check(!valid(run, kernel, AT_LOCK, none, lock),
	      "nor appear at one");
	kernel->up = true;
	check(valid(run, kernel, AT_LOCK, none, lock) == 1 &&
	      step(run, kernel, AT_LOCK, none, lock) == 1,
	      "booted on one processor, it may come back");
	check(!valid(run, kernel, AT_LOCK, lock, none) &&
	      !step(run, kernel, AT_LOCK, lock, none),
	      "and not vanish again");
}

static void check_variants(void)
{
	struct ci_kernel kernel;
	static struct build b;
	struct host_run run;
	u8 live[8], *t;

	host_kernel(&kernel, HOST_RETPOLINE);
	kernel.static_call = take_call;
	build_module(&b);
	check(!reproduce(&b, &run, HOST_RETPOLINE), "a module for variants");
	t = build_bytes(&b, B_TEXT);
	check_jumps(&run, &kernel, t);
	check_calls(&run, &kernel, t);
	check_steps(&run, &kernel, t);
	ci_put_branch(live, INSN_CALL32, run.sites[0].base, 0xffffffff81234560);
	check(!valid(&run, &kernel, AT_MCOUNT, t, live),
	      "a traced function may not call what policy refuses");
	check_locks(&run, &kernel, t + AT_LOCK);
}

/* --- damage ---------------------------------------------------------------- */

static void no_ident(struct build *b)
{
	b->file[0]++;
}

static void executable(struct build *b)
{
	b->file[16] = ET_EXEC;
}

static void many_sections(struct build *b)
{
	b->file[60] = 0xff;
}

static void far_table(struct build *b)
{
	b->file[45] = 0xff;
}

static void far_text(struct build *b)
{
	b->shdr[B_TEXT].offset = ~0ULL;
}

static void long_text(struct build *b)
{
	b->shdr[B_TEXT].size = ~0ULL;
}

static void odd_align(struct build *b)
{
	b->shdr[B_TEXT].addralign = 3;
}

static void wide_align(struct build *b)
{
	b->shdr[B_DATA].addralign = 1 << 20;
}

static void bad_name(struct build *b)
{
	b->shdr[B_TEXT].name = 1 << 20;
}

static void no_symbols(struct build *b)
{
	b->shdr[B_SYMTAB].type = 1;
}

static void no_module(struct build *b)
{
	b->shdr[B_MODULE].flags = 0;
}

static void writable(struct build *b)
{
	b->shdr[B_TEXT].flags |= SHF_WRITE;
}

static void odd_table(struct build *b)
{
	b->shdr[B_ENDBR].size = 6;
}

static void no_addends(struct build *b)
{
	b->shdr[B_RELA].type = SHT_REL;
}

static void odd_relocs(struct build *b)
{
	b->shdr[B_RELA].size -= 1;
}

static void huge_bss(struct build *b)
{
	b->shdr[B_DATA].type = SHT_NOBITS;
	b->shdr[B_DATA].size = 1ULL << 40;
}

static void shared_bytes(struct build *b)
{
	b->shdr[B_REPL].offset = b->shdr[B_TEXT].offset + 40;
}

static void over_header(struct build *b)
{
	b->shdr[B_DATA].offset = 8;
}

static void two_returns(struct build *b)
{
	b->shdr[B_ENDBR].name = b->shdr[B_RETURNS].name;
}

static struct elf_sym *sym(struct build *b, u32 i)
{
	return (struct elf_sym *)build_bytes(b, B_SYMTAB) + i;
}

static void common(struct build *b)
{
	sym(b, 5)->shndx = SHN_COMMON;
}

static void livepatch(struct build *b)
{
	sym(b, 5)->shndx = 0xff20;
}

static void no_section(struct build *b)
{
	sym(b, 5)->shndx = 1000;
}

static void no_string(struct build *b)
{
	sym(b, 5)->name = 1 << 20;
}

static void type_10(struct build *b)
{
	build_relocs(b, B_TEXT)->type = 10;
}

static void far_symbol(struct build *b)
{
	build_relocs(b, B_TEXT)->sym = 99;
}

static void twice(struct build *b)
{
	build_relocs(b, B_TEXT)[1].offset = 1;
}

static void far_reloc(struct build *b)
{
	build_relocs(b, B_TEXT)->offset = TEXT_SIZE - 3;
}

static void wrapped_reloc(struct build *b)
{
	build_relocs(b, B_TEXT)->offset = ~0ULL - 2;
}

static void far_target(struct build *b)
{
	build_relocs(b, B_TEXT)->addend = 1LL << 40;
}

static void move(struct build *b, enum build_section s, s64 by)
{
	build_relocs(b, s)->addend += by;
}

static void site_in_data(struct build *b)
{
	build_relocs(b, B_RETPOLINES)->sym = 4;
}

static void retpoline_moved(struct build *b)
{
	move(b, B_RETPOLINES, 11);
}

static void return_moved(struct build *b)
{
	move(b, B_RETURNS, -18);
}

static void mcount_moved(struct build *b)
{
	move(b, B_MCOUNT, AT_RETURN);
}

static void site_at_end(struct build *b)
{
	move(b, B_MCOUNT, TEXT_SIZE - 2);
}

static void alt_moved(struct build *b)
{
	move(b, B_ALTS, 1);
}

static void alt_outside(struct build *b)
{
	move(b, B_ALTS, TEXT_SIZE);
}

static void not_thunk(struct build *b)
{
	build_relocs(b, B_TEXT)[2].addend++;
}

static void alt_longer(struct build *b)
{
	build_bytes(b, B_ALTS)[27] = 4;
}

static void alt_feature(struct build *b)
{
	build_bytes(b, B_ALTS)[23] = 0x7f;
}

static void alt_cut(struct build *b)
{
	build_bytes(b, B_ALTS)[27] = 2;
	build_bytes(b, B_REPL)[6] = 0x81;
}

static void no_key(struct build *b)
{
	sym(b, 10)->name = 0;
}

static void key_in_text(struct build *b)
{
	build_relocs(b, B_CALLS)[1].sym = 5;
}

static const struct {
	void (*damage)(struct build *b);
	enum ci_error error;
	const char *what;
} damages[] = {
	{ no_ident, CI_ELF_HEADER, "no ELF file" },
	{ executable, CI_ELF_TYPE, "an executable" },
	{ many_sections, CI_ELF_SECTIONS, "more sections than the file" },
	{ far_table, CI_ELF_SECTIONS, "section table outside the file" },
	{ far_text, CI_ELF_BOUNDS, "section outside the file" },
	{ long_text, CI_ELF_BOUNDS, "section longer than the file" },
	{ odd_align, CI_ELF_ALIGN, "alignment of 3" },
	{ wide_align, CI_LAYOUT_SIZE, "alignment of more than a page" },
	{ huge_bss, CI_LAYOUT_SIZE, "a part of 1 TiB" },
	{ bad_name, CI_ELF_NAME, "name outside the strings" },
	{ no_symbols, CI_ELF_MISSING, "no symbol table" },
	{ no_module, CI_ELF_MISSING, "no struct module" },
	{ writable, CI_ELF_WX, "writable and executable" },
	{ odd_table, CI_ELF_ENTRY, "table cut within an entry" },
	{ shared_bytes, CI_ELF_OVERLAP, "two sections share bytes" },
	{ over_header, CI_ELF_OVERLAP, "a section over the header" },
	{ two_returns, CI_ELF_DUPLICATE, "two tables of one name" },
	{ no_addends, CI_RELOC_KIND, "relocations without addends" },
	{ odd_relocs, CI_ELF_ENTRY, "relocations cut" },
	{ common, CI_SYMBOL_COMMON, "a common symbol" },
	{ livepatch, CI_SYMBOL_LIVEPATCH, "a live patch's symbol" },
	{ no_section, CI_SYMBOL_SECTION, "symbol without a section" },
	{ no_string, CI_SYMBOL_NAME, "symbol without a name" },
	{ type_10, CI_RELOC_TYPE, "unknown relocation" },
	{ far_symbol, CI_RELOC_SYMBOL, "relocation without a symbol" },
	{ far_reloc, CI_RELOC_BOUNDS, "relocation across the end" },
	{ wrapped_reloc, CI_RELOC_BOUNDS, "relocation offset that wraps" },
	{ twice, CI_RELOC_TARGET, "two relocations of one place" },
	{ far_target, CI_RELOC_OVERFLOW, "relocation out of reach" },
	{ site_in_data, CI_SITE_BOUNDS, "a patch site in data" },
	{ retpoline_moved, CI_SITE_BYTES, "retpoline site without a call" },
	{ not_thunk, CI_RETPOLINE_TARGET, "retpoline into a thunk" },
	{ return_moved, CI_RETURN_TARGET, "return site that returns not" },
	{ mcount_moved, CI_SITE_BYTES, "traced function without a call" },
	{ site_at_end, CI_SITE_BOUNDS, "site across the end of the text" },
	{ alt_moved, CI_ALT_CALL, "direct call without its call" },
	{ alt_outside, CI_SITE_BOUNDS, "alternative outside the text" },
	{ alt_longer, CI_ALT_ENTRY, "replacement longer than its site" },
	{ alt_feature, CI_ALT_ENTRY, "feature that no processor has" },
	{ alt_cut, CI_INSN, "replacement cut within an instruction" },
	{ key_in_text, CI_STATIC_CALL_KEY, "static call of no trampoline" },
	{ no_key, CI_SYMBOL_UNKNOWN, "trampoline without a key" },
};

static void check_damage(void)
{
	static struct build b;
	struct host_run run;
	enum ci_error err;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(damages); i++) {
		build_module(&b);
		damages[i].damage(&b);
		err = reproduce(&b, &run, HOST_RETPOLINE);
		if (err != damages[i].error)
			printf("# %s, expected %s\n", ci_error_name(err),
			       ci_error_name(damages[i].error));
		check(err == damages[i].error, damages[i].what);
	}
}

/* Each byte of the file damaged: refused, or reproduced without a fault. */
static void check_each_byte(void)
{
	u32 i, refused = 0, size;
	static struct build b;
	struct host_run run;

	build_module(&b);
	size = b.size;
	for (i = 0; i < size; i++) {
		build_module(&b);
		b.file[i] ^= 0x81;
		refused += !!reproduce(&b, &run, i % HOST_FLAVOURS);
	}
	for (i = 0; i < size; i++) {
		build_module(&b);
		b.size = i;
		refused += !!reproduce(&b, &run, HOST_RETPOLINE);
	}
	printf("# %u bytes: %u of the damaged files refused\n", size, refused);
	check(refused > size, "no damaged or cut file does harm");
}

static void check_small(void)
{
	struct ci_arena arena = { .base = memory, .size = 512 };
	struct ci_kernel kernel;
	static struct build b;
	struct host_run run;

	host_kernel(&kernel, HOST_RETPOLINE);
	build_module(&b);
	check(host_reproduce(&run, &arena, &kernel, b.file, b.size) ==
	      CI_NO_MEMORY, "a small arena is an error");
	kernel.caps[11] |= BIT(19);
	arena.size = sizeof(memory);
	arena.used = 0;
	build_module(&b);
	check(host_reproduce(&run, &arena, &kernel, b.file, b.size) ==
	      CI_CALL_DEPTH, "call depth tracking is refused by name");
}

static void check_flip(void)
{
	struct ci_kernel kernel;
	static struct build b;
	struct host_run run;
	u64 i, size, found = 0;

	host_kernel(&kernel, HOST_RETPOLINE);
	build_module(&b);
	if (reproduce(&b, &run, HOST_RETPOLINE))
		abort();
	/* The copy that was reproduced is gone: its bytes are @b's now. */
	for (i = 0; i < run.m.image.nr; i++)
		run.m.image.span[i].bytes = b.file +
			(i < 3 ? b.shdr[B_TEXT + i].offset : 0);
	run.m.image.nr = 3;
	size = host_text_size(&run);
	for (i = 0; i < size; i++) {
		u64 va = host_text_at(&run, i);

		found += !host_compare(&run, &kernel, va) &&
			 run.report.unexplained == 1 && run.report.first == va;
	}
	check(size == TEXT_SIZE + 16 && found == size,
	      "each changed byte of text is found");
}

static void check_features(void)
{
	static const struct {
		u32 ours, kernels;
	} numbers[] = {
		{ CI_CAP_WORDS, NCAPINTS + NBUGINTS },
		{ CI_FEATURE_RETPOLINE, X86_FEATURE_RETPOLINE },
		{ CI_FEATURE_RETPOLINE_LFENCE, X86_FEATURE_RETPOLINE_LFENCE },
		{ CI_FEATURE_RETHUNK, X86_FEATURE_RETHUNK },
		{ CI_FEATURE_CALL_DEPTH, X86_FEATURE_CALL_DEPTH },
		{ CI_FEATURE_INDIRECT_THUNK_ITS,
		  X86_FEATURE_INDIRECT_THUNK_ITS },
	};
	bool same = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		same &= numbers[i].ours == numbers[i].kernels;
	check(same, "features have the kernel's numbers");
}

static void run_again(const char *path)
{
	static u8 data[1 << 20];
	FILE *file = fopen(path, "rb");
	size_t len;

	if (!file)
		abort();
	len = fread(data, 1, sizeof(data), file);
	fclose(file);
	LLVMFuzzerTestOneInput(data, len);
}

/* The fuzzer's first input: the module as it is. */
static void write_seed(const char *path)
{
	static struct build b;
	FILE *file = fopen(path, "wb");

	if (!file)
		abort();
	build_module(&b);
	fputc(HOST_RETPOLINE, file);
	fwrite(b.file, 1, b.size, file);
	fclose(file);
}

int main(int argc, char **argv)
{
	int i;

	if (argc == 3 && !strcmp(argv[1], "--seed")) {
		write_seed(argv[2]);
		return 0;
	}
	check_features();
	check_patched(HOST_RETPOLINE);
	check_patched(HOST_PLAIN);
	check_its();
	check_its_page();
	check_variants();
	check_damage();
	check_each_byte();
	check_small();
	check_flip();
	for (i = 1; i < argc; i++)
		run_again(argv[i]);
	if (argc > 1)
		check(true, "what the fuzzer kept");
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}
