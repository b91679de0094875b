// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own image on the host: found in the bzImage, its tables read,
 * its text reproduced in each flavour.  Whether that is what Linux makes of it
 * only a running kernel can tell: selftests/ci_live_test.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../vtl1/ci/bytes.h"
#include "../../vtl1/ci/bzimage.h"
#include "../../vtl1/ci/vmlinux.h"
#include "ci_files.h"
#include "ci_host.h"

#define ARENA_SIZE	(2 << 20)
#define DAMAGES		60

static int failures, tests;

static void check(bool ok, const char *what)
{
	printf("%sok %d %s\n", ok ? "" : "not ", ++tests, what);
	failures += !ok;
}

struct file {
	u8 *data;
	u64 size;
};

static enum ci_error read_file(void *ctx, u64 off, void *buf, size_t len)
{
	memcpy(buf, ((struct file *)ctx)->data + off, len);
	return CI_OK;
}

/* --- what runs: the text as linked, for want of a kernel ------------------ */

static enum ci_error read_linked(void *ctx, u64 va, void *buf, size_t len)
{
	struct ci_vmlinux *v = ctx;

	return ci_vmlinux_read(v, va, buf, len);
}

static enum ci_error constant(void *ctx, const char *name, u64 *ret_value)
{
	(void)ctx;
	*ret_value = strlen(name);
	return CI_OK;
}

static void check_exports(struct ci_vmlinux *v)
{
	static const struct {
		const char *name;
		enum ci_symbol symbol;
	} both[] = {
		{ "__x86_return_thunk", CI_SYM___x86_return_thunk },
		{ "__fentry__", CI_SYM___fentry__ },
		{ "BUG_func", CI_SYM_BUG_func },
		{ "pv_ops", CI_SYM_pv_ops },
		{ "__static_call_return0", CI_SYM___static_call_return0 },
	};
	u64 va = 0, thunk = 0;
	bool same = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(both); i++)
		same &= !ci_vmlinux_export(v, 0, both[i].name, &va) &&
			va == v->linked[both[i].symbol];
	check(same, "exports and the symbol table agree");
	check(!ci_vmlinux_export(v, 0x1000000, "__x86_indirect_thunk_rax",
				 &thunk) && thunk == 0x1000000 +
	      v->linked[CI_SYM___x86_indirect_thunk_array],
	      "exports move with the kernel");
	check(!ci_vmlinux_export(v, 0x1000000, "cpu_number", &va) ?
	      va < 0x1000000 : true, "those of a processor do not");
	check(ci_vmlinux_export(v, 0, "no_such_symbol", &va) ==
	      CI_SYMBOL_UNKNOWN, "an unknown export is named");
}

static void note_sites(const struct ci_sites *sites)
{
	u32 kinds[CI_SITE_KINDS] = { 0 }, i;

	for (i = 0; i < sites->nr; i++)
		kinds[ci_sites_get(sites, i).kind]++;
	printf("# %u sites, %zu bytes:", sites->nr, sites->nr * sizeof(u64));
	for (i = 0; i < CI_SITE_KINDS; i++)
		printf(" %s %u", ci_site_kind_name(i), kinds[i]);
	printf("\n");
}

static void check_flavour(struct ci_vmlinux *v, struct ci_arena *arena,
			  enum host_flavour flavour)
{
	static const u64 its_pages[64] = {
		[0 ... 63] = CI_KERNEL_MAP + 0x8000000
	};
	struct ci_its its = { .page = its_pages, .nr = 64 };
	struct ci_live live = { read_linked, v };
	struct ci_report report = { 0 };
	size_t used = arena->used;
	struct ci_kernel kernel;
	struct ci_sites sites;
	enum ci_error err;

	host_kernel(&kernel, flavour);
	kernel.constant = constant;
	err = ci_vmlinux_kernel(v, v->text->addr, &kernel);
	kernel.return_thunk = flavour == HOST_ITS ?
		kernel.sym[CI_SYM_its_return_thunk] :
		kernel.sym[CI_SYM___x86_return_thunk];
	err = err ?: ci_vmlinux_sites(v, arena, &kernel, &sites);
	if (!err && !flavour)
		note_sites(&sites);
	err = err ?: ci_vmlinux_compare(v, arena, &kernel, &sites, &its, &live,
					&report);
	printf("# flavour %d: %s, %llu bytes, patched %llu\n", flavour,
	       ci_error_text(err), (unsigned long long)report.bytes,
	       (unsigned long long)report.unexplained);
	check(!err && report.bytes == v->text->size &&
	      report.unexplained > 10000 && report.unexplained < 4000000,
	      "the text is reproduced");
	if (!err) {
		u32 all = sites.nr;

		ci_sites_keep_mutable(&sites);
		check(sites.nr && sites.nr < all / 2 + all / 4,
		      "some sites stay");
	}
	ci_arena_release(arena, used);
}

/* Bytes of headers, of the symbol table and of the site tables, in turn. */
static u64 place(const struct ci_vmlinux *good, u32 i, u64 size)
{
	static const char * const tables[] = {
		".altinstructions", ".retpoline_sites", ".return_sites",
		".altinstr_replacement", ".smp_locks", ".ibt_endbr_seal",
	};
	const struct ci_section *rodata = &good->elf.section[2];
	u64 seed = (i + 1) * 0x9e3779b97f4a7c15ULL >> 20;
	const struct ci_kallsyms *k = &good->kallsyms;
	struct ci_section *s;

	switch (i % 6) {
	case 0:
		return seed % sizeof(struct elf_header);
	case 1:
		return good->reloc[CI_RELOC_64].off - 4 - seed %
		       (good->elf.nr * sizeof(struct elf_shdr));
	case 2:
		return rodata->offset + (k->offsets - rodata->addr) -
		       seed % 2048;
	case 3:
		return rodata->offset + (k->markers - rodata->addr) +
		       seed % 4096;
	case 4:
		return good->reloc[0].off + seed %
		       (size - good->reloc[0].off);
	}
	if (ci_elf_find(&good->elf, tables[i / 6 % ARRAY_SIZE(tables)], 1, &s))
		abort();
	return s->offset + seed % s->size;
}

static enum ci_error reproduce(struct ci_vmlinux *v, struct ci_arena *arena,
			       const struct ci_source *source)
{
	struct ci_live live = { read_linked, v };
	struct ci_report report = { 0 };
	struct ci_kernel kernel;
	struct ci_sites sites;
	enum ci_error err;

	host_kernel(&kernel, HOST_PLAIN);
	kernel.constant = constant;
	err = ci_vmlinux_open(v, arena, source);
	err = err ?: ci_vmlinux_kernel(v, v->text->addr, &kernel);
	err = err ?: ci_vmlinux_sites(v, arena, &kernel, &sites);
	return err ?: ci_vmlinux_compare(v, arena, &kernel, &sites, NULL, &live,
					 &report);
}

/* A file cut or damaged anywhere is an error, or another text. */
static void check_damage(struct file *f, struct ci_arena *arena)
{
	static struct ci_vmlinux good;
	struct file cut = *f;
	struct ci_source source = { read_file, &cut, 0 };
	static struct ci_vmlinux v;
	u32 i, refused = 0;

	source.size = f->size;
	arena->used = 0;
	if (ci_vmlinux_open(&good, arena, &source))
		abort();
	/* The sections' names are looked at again below. */
	arena->base += arena->used;
	arena->size -= arena->used;
	for (i = 0; i < 16; i++) {
		source.size = f->size / 16 * i;
		arena->used = 0;
		refused += !!ci_vmlinux_open(&v, arena, &source);
	}
	check(refused == 16, "a cut image is refused");
	source.size = f->size;
	for (i = 0, refused = 0; i < DAMAGES; i++) {
		u64 at = place(&good, i, f->size);

		f->data[at] ^= 0x91;
		arena->used = 0;
		refused += !!reproduce(&v, arena, &source);
		f->data[at] ^= 0x91;
	}
	printf("# %u of %u damaged images refused\n", refused, DAMAGES);
	check(refused > DAMAGES / 4 && refused < DAMAGES, "no damaged image does harm");
}

int main(void)
{
	static u8 memory[ARENA_SIZE];
	struct ci_arena arena = { .base = memory, .size = ARENA_SIZE };
	static struct file image, f;
	static struct ci_vmlinux v;
	struct ci_source source = { read_file, &image, 0 };
	struct ci_payload payload;
	enum ci_error err;
	const char *path = files_kernel();
	u32 flavour;

	if (!path) {
		printf("ok 1 # SKIP no kernel image in /boot\n");
		return 0;
	}
	image.data = files_load(path, &image.size);
	if (!image.data)
		return 1;
	source.size = image.size;
	err = ci_bzimage_payload(&source, &payload);
	check(!err, "the payload is found");
	if (err)
		return 1;
	f.data = files_zstd(image.data + payload.offset, payload.size,
			    &f.size);
	if (!f.data)
		return 1;
	check(f.size == payload.unpacked, "it has the size that it says");
	source = (struct ci_source){ read_file, &f, f.size };
	err = ci_vmlinux_open(&v, &arena, &source);
	printf("# %s; %u symbols, relocations %llu %llu %llu\n",
	       ci_error_text(err), v.kallsyms.nr,
	       (unsigned long long)(v.reloc[0].end - v.reloc[0].off) / 4,
	       (unsigned long long)(v.reloc[1].end - v.reloc[1].off) / 4,
	       (unsigned long long)(v.reloc[2].end - v.reloc[2].off) / 4);
	check(!err, "the image is opened");
	if (err)
		return 1;
	check_exports(&v);
	for (flavour = 0; flavour < HOST_FLAVOURS; flavour++)
		check_flavour(&v, &arena, flavour);
	printf("# %zu bytes of memory at most, struct ci_vmlinux %zu, struct ci_kernel %zu\n",
	       arena.peak + sizeof(v), sizeof(v), sizeof(struct ci_kernel));
	check_damage(&f, &arena);
	printf("1..%d\n", tests);
	return failures ? 1 : 0;
}
