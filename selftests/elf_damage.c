// SPDX-License-Identifier: GPL-2.0
/*
 * elf_damage HOW FROM TO: a module's file that is wrong in one way, to be signed
 * as if it were not.  Each writes into a section header, a relocation or a
 * symbol; most of it goes by Linux, which trusts who signs.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kselftest.h>

#define MAX_SIZE	(1UL << 20)
#define SPARE		".note.Linux"	/* nobody reads it */

static char file[MAX_SIZE];
static size_t size;

static Elf64_Ehdr *header(void)
{
	return (void *)file;
}

static Elf64_Shdr *sections(void)
{
	return (void *)(file + header()->e_shoff);
}

static Elf64_Shdr *section(const char *name)
{
	const char *names = file + sections()[header()->e_shstrndx].sh_offset;
	unsigned int i;

	for (i = 1; i < header()->e_shnum; i++)
		if (!strcmp(names + sections()[i].sh_name, name))
			return &sections()[i];
	fprintf(stderr, "elf_damage: no section %s\n", name);
	exit(1);
}

/* --- what Linux takes -------------------------------------------------------------- */

static void shared(void)
{
	section(SPARE)->sh_offset = section(".text")->sh_offset;
}

static void over_header(void)
{
	section(SPARE)->sh_offset = 0;
}

/* Its own header, as code. */
static void over_headers(void)
{
	Elf64_Shdr *s = section(SPARE);

	s->sh_offset = (char *)s - file;
	s->sh_size = sizeof(*s);
	s->sh_flags |= SHF_EXECINSTR;
}

static void align_3(void)
{
	section(SPARE)->sh_addralign = 3;
}

static void align_pages(void)
{
	section(SPARE)->sh_addralign = 1 << 13;
}

/* As the first of its part it is aligned to anything. */
static void align_most(void)
{
	section(".altinstructions")->sh_addralign = 1UL << 63;
}

/* Of no type, so that whoever goes by types sees no code there. */
static void hidden(void)
{
	Elf64_Shdr *s = section(".comment");

	s->sh_type = SHT_NULL;
	s->sh_flags = SHF_ALLOC | SHF_EXECINSTR;
}

static void twice(void)
{
	section(".exit.data")->sh_name = section("__mcount_loc")->sh_name;
}

static Elf64_Rela *last_reloc(void)
{
	Elf64_Shdr *s = section(".rela__param");

	return (Elf64_Rela *)(file + s->sh_offset + s->sh_size) - 1;
}

static void reloc(void)
{
	last_reloc()->r_offset = 0xe00;
}

/* By way of what lies behind the table of sections. */
static void symbol(void)
{
	Elf64_Sym *sym = (void *)(file + section(".symtab")->sh_offset);
	unsigned int i = 0;

	while (ELF64_ST_TYPE(sym[i].st_info) != STT_FILE)
		i++;
	sym[i].st_shndx = header()->e_shnum + 1;
	last_reloc()->r_info = ELF64_R_INFO(i, R_X86_64_64);
}

/* --- what Linux refuses ------------------------------------------------------------ */

static void past(void)
{
	section(SPARE)->sh_offset = size - 4;
	section(SPARE)->sh_size = 1UL << 32;
}

static void wraps(void)
{
	section(SPARE)->sh_offset = -16UL;
}

static void headers_past(void)
{
	header()->e_shnum = SHN_LORESERVE - 1;
}

static void both(void)
{
	section(".exit.data")->sh_flags |= SHF_EXECINSTR;
}

static const struct {
	const char *how;
	void (*fn)(void);
} damages[] = {
	{ "shared", shared },
	{ "over-header", over_header },
	{ "over-headers", over_headers },
	{ "align-3", align_3 },
	{ "align-pages", align_pages },
	{ "align-most", align_most },
	{ "hidden", hidden },
	{ "twice", twice },
	{ "reloc", reloc },
	{ "symbol", symbol },
	{ "past", past },
	{ "wraps", wraps },
	{ "headers-past", headers_past },
	{ "both", both },
};

static void die(const char *path)
{
	perror(path);
	exit(1);
}

/* Of our own making, and in order so far. */
static void read_file(const char *path)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		die(path);
	size = fread(file, 1, sizeof(file), f);
	fclose(f);
	if (size < sizeof(Elf64_Ehdr) || size == sizeof(file) ||
	    memcmp(file, ELFMAG, SELFMAG)) {
		fprintf(stderr, "elf_damage: %s: no module\n", path);
		exit(1);
	}
}

static void write_file(const char *path)
{
	FILE *f = fopen(path, "wb");

	if (!f || fwrite(file, 1, size, f) != size || fclose(f))
		die(path);
}

static int list(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(damages); i++)
		puts(damages[i].how);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int i;

	if (argc == 2 && !strcmp(argv[1], "--list"))
		return list();
	if (argc != 4)
		return 2;
	read_file(argv[2]);
	for (i = 0; i < ARRAY_SIZE(damages); i++) {
		if (strcmp(damages[i].how, argv[1]))
			continue;
		damages[i].fn();
		write_file(argv[3]);
		return 0;
	}
	return 2;
}
