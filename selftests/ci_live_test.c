// SPDX-License-Identifier: GPL-2.0
/*
 * Code integrity against a running stock kernel: its text, and that of every
 * loaded module, reproduced from the files on disk and compared through
 * /proc/kcore; no byte may stay unexplained.  Then with bytes changed, which
 * have to be found.  Must never take from the running kernel more than what
 * vtl1/ci/kernel.h says.
 *
 * Needs the compressed kernel in ./vmlinuz, and in /lib/modules the unpacked
 * files of what is loaded.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <kselftest.h>

/* The freestanding headers have their own. */
#undef ARRAY_SIZE
#undef __noreturn
#undef __printf

#include "../vtl1/ci/bzimage.h"
#include "../vtl1/ci/module.h"
#include "../vtl1/ci/vmlinux.h"

#define ARENA_SIZE	(2 << 20)
#define FLIPS		4

/* From libzstd, whose headers need not be there. */
size_t ZSTD_decompress(void *dst, size_t room, const void *src, size_t len);
unsigned int ZSTD_isError(size_t code);

/* --- memory of the kernel ----------------------------------------------------- */

static struct {
	int fd;
	struct elf_phdr *phdr;
	unsigned int nr;
	u64 text;		/* where _text runs */
	u64 flip[FLIPS];	/* addresses of bytes that are changed */
} kcore;

static void open_kcore(void)
{
	struct elf_header e;
	unsigned int i;
	size_t size;

	kcore.fd = open("/proc/kcore", O_RDONLY);
	if (kcore.fd < 0 || pread(kcore.fd, &e, sizeof(e), 0) != sizeof(e))
		ksft_exit_fail_msg("/proc/kcore: %s\n", strerror(errno));
	size = e.phnum * sizeof(*kcore.phdr);
	kcore.phdr = malloc(size);
	if (pread(kcore.fd, kcore.phdr, size, e.phoff) != (ssize_t)size)
		ksft_exit_fail_msg("/proc/kcore: short\n");
	kcore.nr = e.phnum;
	for (i = 0; i < kcore.nr; i++) {
		u64 va = kcore.phdr[i].vaddr;

		/* The kernel's own mapping: below what modules have. */
		if (kcore.phdr[i].type == PT_LOAD && va >= CI_KERNEL_MAP &&
		    va < CI_KERNEL_MAP + SIZE_1G && !kcore.text)
			kcore.text = va;
	}
}

static enum ci_error read_kernel(void *ctx, u64 va, void *buf, size_t len)
{
	unsigned int i;

	(void)ctx;
	for (i = 0; i < kcore.nr; i++) {
		const struct elf_phdr *p = &kcore.phdr[i];

		if (p->type != PT_LOAD || va < p->vaddr ||
		    va - p->vaddr > p->memsz ||
		    len > p->memsz - (va - p->vaddr))
			continue;
		if (pread(kcore.fd, buf, len, p->offset + va - p->vaddr) !=
		    (ssize_t)len)
			return CI_LIVE_READ;
		for (i = 0; i < FLIPS; i++)
			if (kcore.flip[i] - va < len)
				((u8 *)buf)[kcore.flip[i] - va] ^= 0x55;
		return CI_OK;
	}
	return CI_LIVE_READ;
}

static const struct ci_live live = { .read = read_kernel };

static u64 read_u64(u64 va)
{
	u64 value = 0;

	if (read_kernel(NULL, va, &value, sizeof(value)))
		ksft_exit_fail_msg("%llx cannot be read\n",
				   (unsigned long long)va);
	return value;
}

/* --- files -------------------------------------------------------------------- */

struct file {
	u8 *data;
	u64 size;
};

static struct file load(const char *path)
{
	struct file f = { 0 };
	struct stat st;
	int fd = open(path, O_RDONLY);
	u64 n;

	if (fd < 0 || fstat(fd, &st))
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	f.data = malloc(st.st_size);
	for (n = 0; n < (u64)st.st_size;) {
		ssize_t got = read(fd, f.data + n, st.st_size - n);

		if (got <= 0)
			ksft_exit_fail_msg("%s: short\n", path);
		n += got;
	}
	close(fd);
	f.size = n;
	return f;
}

static enum ci_error read_file(void *ctx, u64 off, void *buf, size_t len)
{
	memcpy(buf, ((struct file *)ctx)->data + off, len);
	return CI_OK;
}

static struct file unpack(const char *path)
{
	struct file image = load(path), f;
	struct ci_source source = { read_file, &image, image.size };
	struct ci_payload p;

	if (ci_bzimage_payload(&source, &p))
		ksft_exit_fail_msg("%s: no bzImage\n", path);
	f.size = p.unpacked;
	f.data = malloc(f.size);
	if (ZSTD_isError(ZSTD_decompress(f.data, f.size, image.data + p.offset,
					 p.size)))
		ksft_exit_fail_msg("%s: cannot be unpacked\n", path);
	free(image.data);
	return f;
}

/* --- what is true of the running kernel -------------------------------------- */

/* Offset of x86_capability in struct cpuinfo_x86. */
#define CAPABILITY	48

enum { V_CPU, V_THUNK, V_UP, V_HASH, V_SHIFT, V_USER, VARIABLES };

static struct {
	const char *name;
	u64 va;
} variables[] = {
	[V_CPU] = { "boot_cpu_data" },
	[V_THUNK] = { "x86_return_thunk" },
	[V_UP] = { "uniproc_patched" },
	[V_HASH] = { "dentry_hashtable" },
	[V_SHIFT] = { "d_hash_shift" },
	[V_USER] = { "USER_PTR_MAX" },
};

static struct ci_vmlinux vmlinux;
static struct ci_kernel kernel;

static enum ci_error note_variable(void *ctx, const char *name, u64 va)
{
	unsigned int i;

	(void)ctx;
	for (i = 0; i < VARIABLES; i++)
		if (!strcmp(name, variables[i].name))
			variables[i].va = va + kernel.delta;
	return CI_OK;
}

/* The function that the static call's key has now, and no other. */
static bool static_call(void *ctx, u64 key, u64 target)
{
	(void)ctx;
	return read_u64(key) == target;
}

/* Nothing is traced. */
static bool ftrace_call(void *ctx, u64 site, u64 target)
{
	(void)ctx;
	(void)site;
	(void)target;
	return false;
}

static enum ci_error constant(void *ctx, const char *name, u64 *ret_value)
{
	unsigned int i;

	(void)ctx;
	for (i = V_HASH; i <= V_USER; i++)
		if (!strcmp(name, variables[i].name)) {
			*ret_value = read_u64(variables[i].va);
			return CI_OK;
		}
	return CI_CONSTANT;
}

static enum ci_error describe_kernel(void)
{
	enum ci_error err;
	unsigned int i;

	err = ci_vmlinux_kernel(&vmlinux, kcore.text, &kernel);
	err = err ?: ci_kallsyms_walk(&vmlinux, note_variable, NULL);
	for (i = 0; i < VARIABLES && !err; i++)
		if (!variables[i].va)
			err = CI_KALLSYMS_SYMBOL;
	if (err)
		return err;
	err = read_kernel(NULL, variables[V_CPU].va + CAPABILITY, kernel.caps,
			  sizeof(kernel.caps));
	kernel.return_thunk = read_u64(variables[V_THUNK].va);
	kernel.up = read_u64(variables[V_UP].va) & 0xff;
	kernel.static_call = static_call;
	kernel.ftrace_call = ftrace_call;
	kernel.constant = constant;
	return err;
}

/* --- reports ------------------------------------------------------------------- */

struct nearest {
	u64 want, va;
	char name[128];
};

static enum ci_error nearer(void *ctx, const char *name, u64 va)
{
	struct nearest *n = ctx;

	if (va <= n->want && va > n->va) {
		n->va = va;
		snprintf(n->name, sizeof(n->name), "%s", name);
	}
	return CI_OK;
}

static struct nearest symbol_of(u64 va)
{
	struct nearest n = { .want = va - kernel.delta };

	ci_kallsyms_walk(&vmlinux, nearer, &n);
	return n;
}

static void say(const char *what, enum ci_error err,
		const struct ci_report *r)
{
	unsigned int i;

	ksft_print_msg("%s: %s, %llu bytes, %llu unexplained", what,
		       ci_error_text(err), (unsigned long long)r->bytes,
		       (unsigned long long)r->unexplained);
	for (i = 0; i < CI_SITE_KINDS; i++)
		if (r->changed[i])
			printf(", %s %u", ci_site_kind_name(i), r->changed[i]);
	printf("\n");
	if (r->unexplained)
		ksft_print_msg("first at %llx: %02x, not %02x\n",
			       (unsigned long long)r->first, r->found, r->want);
}

/* --- the kernel ---------------------------------------------------------------- */

static u8 memory[ARENA_SIZE];
static struct ci_arena arena = { .base = memory, .size = ARENA_SIZE };
static u64 tables;		/* bytes that stay */

static void test_text(void)
{
	struct ci_report report = { 0 };
	struct ci_sites sites;
	struct nearest n;
	enum ci_error err;
	unsigned int i;

	err = ci_vmlinux_sites(&vmlinux, &arena, &kernel, &sites);
	err = err ?: ci_vmlinux_compare(&vmlinux, &arena, &kernel, &sites, NULL,
					&live, &report);
	say("vmlinux", err, &report);
	if (report.unexplained)
		ksft_print_msg("in %s\n", symbol_of(report.first).name);
	ksft_test_result(!err && !report.unexplained &&
			 report.bytes == vmlinux.text->size,
			 "each byte of the kernel's text is explained\n");

	/* Plain code, at places that no table names. */
	for (i = 0; i < FLIPS; i++) {
		u64 va = sites.base + sites.size / FLIPS * i + 0x1234;

		while (ci_sites_get(&sites, ci_sites_first(&sites, va - 300)).va
		       < va + 16)
			va += 64;
		kcore.flip[i] = va;
	}
	memset(&report, 0, sizeof(report));
	err = ci_vmlinux_compare(&vmlinux, &arena, &kernel, &sites, NULL, &live,
				 &report);
	n = symbol_of(report.first);
	say("changed", err, &report);
	ksft_print_msg("found in %s+0x%llx\n", n.name,
		       (unsigned long long)(n.want - n.va));
	ksft_test_result(!err && report.unexplained == FLIPS &&
			 report.first == kcore.flip[0] && n.va &&
			 (u8)(report.want ^ 0x55) == report.found,
			 "changed bytes are found, with address and symbol\n");
	memset(kcore.flip, 0, sizeof(kcore.flip));

	ksft_print_msg("memory: %zu bytes at most, %u sites of %u bytes",
		       arena.peak + sizeof(vmlinux), sites.nr,
		       sites.nr * 8);
	ci_sites_keep_mutable(&sites);
	printf(", of which %u stay\n", sites.nr * 8);
	tables = sites.nr * 8;
	arena.used = 0;
}

/* --- modules --------------------------------------------------------------------- */

/* What modules export, by a hash of the name. */
#define EXPORTS	(1 << 16)

static struct export {
	char *name;
	u64 va;
} exports[EXPORTS];

/* The symbol's place, or the free one where it belongs. */
static struct export *find_export(const char *name)
{
	unsigned int i = 5381;
	const char *c;

	for (c = name; *c; c++)
		i = i * 33 + (u8)*c;
	while (exports[i % EXPORTS].name &&
	       strcmp(exports[i % EXPORTS].name, name))
		i++;
	return &exports[i % EXPORTS];
}

static enum ci_error note_export(void *ctx, const char *name, u64 va)
{
	struct export *e = find_export(name);

	(void)ctx;
	e->name = strdup(name);
	e->va = va;
	return CI_OK;
}

static enum ci_error resolve(void *ctx, const char *name, u64 *ret_value)
{
	const struct export *e = find_export(name);

	(void)ctx;
	if (!e->name)
		return ci_vmlinux_export(&vmlinux, kernel.delta, name,
					 ret_value);
	*ret_value = e->va;
	return CI_OK;
}

static const struct ci_imports imports = { .resolve = resolve };

/* Where Linux says that a section is; 0: it does not say. */
static u64 section_address(const char *module, const char *section)
{
	unsigned long long va = 0;
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s/sections/%s", module,
		 section);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%llx", &va) != 1)
		va = 0;
	fclose(f);
	return va;
}

/* Bases from one section each; false: another section is elsewhere. */
static bool find_bases(const struct ci_module *m, const char *name,
		       u64 base[CI_MEM_TYPES], unsigned int *checked)
{
	unsigned int i;
	u64 va;

	for (i = 1; i < m->elf.nr; i++) {
		const struct ci_section *s = &m->elf.section[i];

		if (s->mem < 0 || !s->size)
			continue;
		va = section_address(name, s->name);
		if (!va)
			continue;
		if (!base[s->mem])
			base[s->mem] = va - s->addr;
		if (va - s->addr != base[s->mem]) {
			ksft_print_msg("%s: %s at %llx, not %llx\n", name,
				       s->name, (unsigned long long)va,
				       (unsigned long long)(base[s->mem] +
							    s->addr));
			return false;
		}
		(*checked)++;
	}
	/* A part that shows no section is nowhere that text refers to. */
	for (i = 0; i < CI_MEM_TYPES; i++)
		if (!base[i])
			base[i] = CI_KERNEL_MAP;
	return true;
}

/* From a symbol of such data: nothing else tells. */
static u64 find_percpu(const struct ci_module *m, const char *module)
{
	static char last[64];
	static u64 found;
	u64 n = m->symtab->size / sizeof(struct elf_sym), i;
	unsigned long long va;
	char line[512], name[256], owner[128], kind;
	struct elf_sym sym;
	const char *want = NULL;
	FILE *f;

	/* The list is long. */
	if (!strcmp(last, module))
		return found;
	snprintf(last, sizeof(last), "%s", module);
	found = 0;
	for (i = 1; i < n; i++) {
		memcpy(&sym, m->file + m->symtab->offset + i * sizeof(sym),
		       sizeof(sym));
		want = ci_symbol_name(m, sym.name);
		if (&m->elf.section[sym.shndx] == m->percpu && want && *want)
			break;
	}
	if (i == n)
		return 0;
	f = fopen("/proc/kallsyms", "r");
	while (f && !found && fgets(line, sizeof(line), f))
		if (strstr(line, want) &&
		    sscanf(line, "%llx %c %255s [%127[^]]", &va, &kind, name,
			   owner) == 4 && !strcmp(name, want) &&
		    !strcmp(owner, module))
			found = va - sym.value;
	if (f)
		fclose(f);
	return found;
}

static struct {
	unsigned int modules, sections, misplaced, refused, unexplained, changed,
		missed;
	u64 text, tables;
} total;

/* The core text: what initialisation needed has been freed. */
static enum ci_error compare(struct ci_module *m, const struct ci_sites *sites,
			     struct ci_report *report)
{
	static u8 buf[CI_COMPARE_BUF];
	struct ci_section *s;
	enum ci_error err;
	u32 i = 0;

	memset(report, 0, sizeof(*report));
	while ((s = ci_module_next_section(m, CI_MEM_TEXT, &i))) {
		if (!ci_section_has_bytes(s))
			continue;
		err = ci_compare(sites, &kernel, &live, s->addr,
				 ci_module_bytes(m, s), s->size, s->size, buf,
				 report);
		if (err)
			return err;
	}
	return CI_OK;
}

static enum ci_error reproduce(struct ci_module *m, const char *name,
			       struct file f, struct ci_sites *sites,
			       struct ci_report *report)
{
	u64 base[CI_MEM_TYPES] = { 0 };
	enum ci_error err;

	arena.used = 0;
	err = ci_module_open(m, &arena, f.data, f.size);
	if (err)
		return err;
	if (!find_bases(m, name, base, &total.sections))
		total.misplaced++;
	err = ci_module_place(m, base, m->percpu ? find_percpu(m, name) : 0);
	err = err ?: ci_module_link(m, &imports);
	err = err ?: ci_module_patch(m, &kernel, NULL);
	err = err ?: ci_module_sites(m, CI_MEM_TEXT, &kernel, &arena, sites);
	return err ?: compare(m, sites, report);
}

/* Eight bytes of the middle of the text that are the file's own. */
static bool find_plain(struct ci_module *m, const struct ci_sites *sites,
		       const u8 *file, u64 *ret_off, u64 *ret_va)
{
	struct ci_section *s;
	u32 i = 0, next;
	u64 at, off;

	while ((s = ci_module_next_section(m, CI_MEM_TEXT, &i))) {
		for (at = s->size / 2; at + 8 <= s->size; at++) {
			off = s->offset + at;
			if (memcmp(file + off, m->file + off, 8) ||
			    !memchr(file + off, 0x48, 4))
				continue;
			next = ci_sites_first(sites, s->addr + at - 8);
			if (next < sites->nr &&
			    ci_sites_get(sites, next).va < s->addr + at + 8)
				continue;
			*ret_off = off + 4;
			*ret_va = s->addr + at + 4;
			return true;
		}
	}
	return false;
}

/* One byte changed in memory, then one changed in the file. */
static bool finds_changes(struct ci_module *m, const char *name, struct file f,
			  const struct file *copy, struct ci_sites *sites)
{
	struct ci_report report;
	u64 off, va;
	bool found;

	if (!find_plain(m, sites, copy->data, &off, &va)) {
		ksft_print_msg("%s: too small to be changed\n", name);
		return true;
	}
	kcore.flip[0] = va;
	found = !compare(m, sites, &report) && report.unexplained == 1 &&
		report.first == va;
	kcore.flip[0] = 0;
	memcpy(f.data, copy->data, f.size);
	f.data[off] ^= 0x55;
	total.changed++;
	return found && !reproduce(m, name, f, sites, &report) &&
	       report.unexplained == 1 && report.first == va;
}

static void test_module(const char *name, const char *path)
{
	struct file f = load(path), copy = { malloc(f.size), f.size };
	struct ci_report report = { 0 };
	struct ci_sites sites = { 0 };
	struct ci_module m;
	enum ci_error err;

	memcpy(copy.data, f.data, f.size);
	err = reproduce(&m, name, f, &sites, &report);
	say(name, err, &report);
	total.modules++;
	total.refused += !!err;
	total.unexplained += !!report.unexplained;
	total.text += report.bytes;
	total.tables += sites.nr * 8;
	if (!err)
		ci_module_exports(&m, note_export, NULL);
	if (!err && !finds_changes(&m, name, f, &copy, &sites)) {
		ksft_print_msg("%s: a change was not found\n", name);
		total.missed++;
	}
	free(f.data);
	free(copy.data);
}

/* kvm-intel.ko is kvm_intel. */
static bool is_file_of(const char *file, const char *module)
{
	for (; *module; file++, module++)
		if (*file != *module && (*file != '-' || *module != '_'))
			return false;
	return !strcmp(file, ".ko");
}

static void test_named(const char *name)
{
	DIR *dir = opendir("/lib/modules");
	char path[600] = "";
	struct dirent *e;

	while (dir && (e = readdir(dir)))
		if (is_file_of(e->d_name, name))
			snprintf(path, sizeof(path), "/lib/modules/%s",
				 e->d_name);
	if (dir)
		closedir(dir);
	if (path[0]) {
		test_module(name, path);
	} else {
		ksft_print_msg("%s: no file\n", name);
		total.refused++;
	}
}

/* The oldest is the last of the list, and may export to all before it. */
static void test_modules(void)
{
	char names[256][64], line[512];
	unsigned int n = 0;
	FILE *f = fopen("/proc/modules", "r");

	while (f && n < ARRAY_SIZE(names) && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s", names[n]) == 1)
			n++;
	if (f)
		fclose(f);
	while (n-- > 0)
		test_named(names[n]);
	ksft_print_msg("%u modules, %u sections, %llu bytes of text, %llu of tables\n",
		       total.modules, total.sections,
		       (unsigned long long)total.text,
		       (unsigned long long)total.tables);
	ksft_print_msg("tables of the kernel and its modules: %llu bytes\n",
		       (unsigned long long)(tables + total.tables));
	ksft_test_result(total.modules && !total.misplaced,
			 "each section is where it was computed to be\n");
	ksft_test_result(total.modules && !total.refused && !total.unexplained,
			 "each byte of the modules' text is explained\n");
	ksft_test_result(total.changed && !total.missed,
			 "a byte changed in memory or file is found\n");
}

int main(void)
{
	static struct file image;
	struct ci_source source = { .read = read_file, .ctx = &image };
	static u8 kept[64 << 10];
	struct ci_arena keep = { .base = kept, .size = sizeof(kept) };
	enum ci_error err;

	ksft_print_header();
	ksft_set_plan(6);
	open_kcore();
	image = unpack("vmlinuz");
	source.size = image.size;
	err = ci_vmlinux_open(&vmlinux, &keep, &source);
	err = err ?: describe_kernel();
	ksft_print_msg("%s; _text at %llx, return thunk +%llx, %s\n",
		       ci_error_text(err), (unsigned long long)kcore.text,
		       (unsigned long long)kernel.return_thunk - kcore.text,
		       kernel.up ? "one processor" : "several processors");
	ksft_test_result(!err, "the kernel's image is read\n");
	if (err)
		ksft_exit_fail();
	test_text();
	test_modules();
	ksft_finished();
}
