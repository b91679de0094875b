// SPDX-License-Identifier: GPL-2.0
/*
 * Every module of the Debian package, or every N-th: parsed, laid out,
 * relocated and patched; then one byte of its text flipped and found; then the
 * same as one that runs already.  Must never count a module that was refused without saying why.
 *
 * usage: ci_bulk [N [OFFSET]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ci_files.h"
#include "ci_host.h"

#define ARENA_SIZE	(8 << 20)

static struct {
	u32 tried, refused[CI_ERRORS], not_found, broken, other, lost;
	u64 text, file, sites, peak;
	u32 kinds[CI_SITE_KINDS], sections;
} total;

static void note_sites(const struct ci_sites *sites)
{
	u32 i;

	total.sites += sites->nr;
	for (i = 0; i < sites->nr; i++)
		total.kinds[ci_sites_get(sites, i).kind]++;
}

/* Equal to itself; and with one byte flipped, different there alone. */
static bool finds_flip(struct host_run *run, const struct ci_kernel *kernel,
		       u64 seed)
{
	u64 size = host_text_size(run), va;

	if (host_compare(run, kernel, 0) || run->report.unexplained ||
	    run->report.bytes != size)
		return false;
	if (!size)
		return true;
	va = host_text_at(run, seed * 0x9e3779b97f4a7c15ULL % size);
	return !host_compare(run, kernel, va) &&
	       run->report.unexplained == 1 && run->report.first == va;
}

/* What runs has the bytes that it had when it came. */
static void try_again(const char *path, struct host_run *run,
		      const struct ci_kernel *kernel, u8 *copy, u64 size)
{
	static u8 memory[ARENA_SIZE];
	struct ci_arena arena = { .base = memory, .size = ARENA_SIZE };

	if (host_again(run, &arena, kernel, copy, size, &total.lost))
		return;
	printf("# %s: not the same once it is initialised\n", path);
	total.other++;
}

static void try(const char *path, u32 index, u8 *memory)
{
	struct ci_arena arena = { .base = memory };
	static struct host_run run;
	struct ci_kernel kernel;
	enum ci_error err;
	u8 *file, *copy;
	u64 size;

	host_kernel(&kernel, index % HOST_FLAVOURS);
	file = files_unpack(path, &size);
	total.tried++;
	if (!file) {
		printf("# %s: cannot be unpacked\n", path);
		total.broken++;
		return;
	}
	/* No larger than the secure kernel's. */
	arena.size = MIN(CI_MODULE_ARENA(size), (u64)ARENA_SIZE);
	copy = malloc(size);
	memcpy(copy, file, size);
	err = host_reproduce(&run, &arena, &kernel, file, size);
	if (err) {
		printf("# %s: %s\n", path, ci_error_text(err));
		total.refused[err]++;
	} else {
		total.text += host_text_size(&run);
		total.file += size;
		note_sites(&run.sites[0]);
		note_sites(&run.sites[1]);
		if (!finds_flip(&run, &kernel, index)) {
			printf("# %s: a changed byte was not found\n", path);
			total.not_found++;
		}
		try_again(path, &run, &kernel, copy, size);
	}
	total.sections = MAX(total.sections, run.m.elf.nr);
	total.peak = MAX(total.peak, (u64)arena.peak);
	free(copy);
	free(file);
}

static u32 report(void)
{
	u32 i, refused = 0;

	for (i = 1; i < CI_ERRORS; i++) {
		if (total.refused[i])
			printf("# refused, %s: %u\n", ci_error_name(i),
			       total.refused[i]);
		refused += total.refused[i];
	}
	printf("# %u modules, %llu bytes, %llu of them text\n", total.tried,
	       (unsigned long long)total.file, (unsigned long long)total.text);
	printf("# at most %u sections, %llu bytes of arena\n", total.sections,
	       (unsigned long long)total.peak);
	printf("# sites: %llu", (unsigned long long)total.sites);
	for (i = 0; i < CI_SITE_KINDS; i++)
		if (total.kinds[i])
			printf(", %s %u", ci_site_kind_name(i), total.kinds[i]);
	printf("\n# reproduced %u, refused %u, not unpacked %u, change not found %u\n",
	       total.tried - refused - total.broken, refused, total.broken,
	       total.not_found);
	printf("# of what is freed, %u parts are referred to by what stays\n",
	       total.lost);
	return refused + total.broken + total.not_found + total.other;
}

int main(int argc, char **argv)
{
	u32 step = argc > 1 ? strtoul(argv[1], NULL, 0) : 1, i, n;
	u32 offset = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	const char *dir = files_modules();
	u8 *memory = malloc(ARENA_SIZE);
	char **paths = NULL;

	n = dir ? files_find(dir, &paths) : 0;
	if (!n) {
		printf("ok 1 # SKIP no module files in /lib/modules\n");
		return 0;
	}
	for (i = offset; i < n; i += MAX(step, 1u))
		try(paths[i], i, memory);
	if (report() || !total.tried) {
		printf("not ok 1 modules of the Debian package\n");
		return 1;
	}
	printf("ok 1 modules of the Debian package: %u of %u\n", total.tried,
	       n);
	return 0;
}
