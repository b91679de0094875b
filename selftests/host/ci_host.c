// SPDX-License-Identifier: GPL-2.0
/*
 * A made-up kernel to load modules into, on the host.  Must never be random: a
 * module is reproduced in the same way each time.
 */
#include <vsm/string.h>

#include "ci_host.h"

#define KERNEL_BASE	0xffffffff81000000ULL
#define MODULE_BASE	0xffffffffc0000000ULL
#define PART_DISTANCE	0x2000000ULL
#define PERCPU_BASE	0x30000ULL

/* Where the trampolines that modules name are. */
#define TRAMPS		(KERNEL_BASE + 0xf00000)

static const u64 its_pages[512] = {
	[0 ... 511] = 0xffffffffbf000000ULL
};

static bool refuse_call(void *ctx, u64 key, u64 target)
{
	(void)ctx;
	(void)key;
	(void)target;
	return false;
}

static void set_cap(struct ci_kernel *kernel, u32 feature)
{
	kernel->caps[feature / 32] |= 1u << feature % 32;
}

void host_kernel(struct ci_kernel *kernel, enum host_flavour flavour)
{
	u32 i;

	memset(kernel, 0, sizeof(*kernel));
	for (i = 0; i < CI_SYMS; i++)
		kernel->sym[i] = KERNEL_BASE + 0x1000 * (i + 1);
	for (i = 0; i < CI_PV_OPS; i++)
		kernel->pv_ops[i] = KERNEL_BASE + 0x800000 + 16 * i;
	kernel->pv_ops[7] = kernel->sym[CI_SYM_nop_func];
	kernel->pv_ops[9] = 0;
	for (i = 0; i < CI_TRAMP_KEYS; i++)
		kernel->tramp_key[i] = (struct ci_tramp_key){
			TRAMPS + 8 * i, KERNEL_BASE + 0x1800000 + 16 * i
		};
	kernel->tramp_keys = CI_TRAMP_KEYS;
	kernel->return_thunk = kernel->sym[CI_SYM___x86_return_thunk];
	kernel->sym[CI_SYM__etext] = KERNEL_BASE + 0x1000000;
	kernel->static_call = refuse_call;
	kernel->ftrace_call = refuse_call;
	/* Some features of each kind of word; which, means nothing here. */
	for (i = 0; i < CI_CAP_WORDS; i++)
		kernel->caps[i] = 0x9e3779b9u * (i + 1 + flavour);
	kernel->caps[11] &= ~(BIT(12) | BIT(13) | BIT(14) | BIT(19));
	kernel->caps[21] &= ~BIT(6);
	switch (flavour) {
	case HOST_RETPOLINE:
		set_cap(kernel, CI_FEATURE_RETPOLINE);
		set_cap(kernel, CI_FEATURE_RETHUNK);
		break;
	case HOST_LFENCE:
		set_cap(kernel, CI_FEATURE_RETPOLINE);
		set_cap(kernel, CI_FEATURE_RETPOLINE_LFENCE);
		break;
	case HOST_ITS:
		set_cap(kernel, CI_FEATURE_INDIRECT_THUNK_ITS);
		set_cap(kernel, CI_FEATURE_RETHUNK);
		kernel->return_thunk = kernel->sym[CI_SYM_its_return_thunk];
		break;
	default:
		kernel->up = true;
		break;
	}
}

static u64 hash(const char *name)
{
	u64 h = 0xcbf29ce484222325ULL;

	while (*name)
		h = (h ^ (u8)*name++) * 0x100000001b3ULL;
	return h;
}

/* Where the compiler's thunk for this register is in the kernel's array. */
static bool thunk(const char *name, u64 *ret_value)
{
	static const char * const reg[] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
		"r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(reg); i++)
		if (!strcmp(name, reg[i])) {
			*ret_value += 32 * i;
			return true;
		}
	return false;
}

#define CI_SYMBOL(name) #name,
static const char * const symbols[] = {
#include "../../vtl1/ci/symbols.def"
};

#undef CI_SYMBOL

static enum ci_error resolve(void *ctx, const char *name, u64 *ret_value)
{
	static const char prefix[] = "__x86_indirect_thunk_";
	u32 i;

	(void)ctx;
	for (i = 0; i < CI_SYMS; i++)
		if (!strcmp(name, symbols[i])) {
			*ret_value = KERNEL_BASE + 0x1000 * (i + 1);
			return CI_OK;
		}
	*ret_value = KERNEL_BASE +
		     0x1000 * (CI_SYM___x86_indirect_thunk_array + 1);
	if (!strncmp(name, prefix, sizeof(prefix) - 1) &&
	    thunk(name + sizeof(prefix) - 1, ret_value))
		return CI_OK;
	*ret_value = KERNEL_BASE + (hash(name) & 0xfffff0) % 0xf00000;
	if (!strncmp(name, "__SCT__", 7))
		*ret_value = TRAMPS + 8 * (hash(name) % CI_TRAMP_KEYS);
	/* Data is behind the text. */
	if (!strncmp(name, "__SCK__", 7))
		*ret_value += 0x1800000;
	return CI_OK;
}

const struct ci_imports host_imports = { .resolve = resolve };

enum ci_error host_reproduce(struct host_run *run, struct ci_arena *arena,
			     const struct ci_kernel *kernel, u8 *file,
			     u64 size)
{
	struct ci_its its = { .page = its_pages, .nr = ARRAY_SIZE(its_pages) };
	u64 base[CI_MEM_TYPES];
	enum ci_error err;
	u32 i;

	memset(run, 0, sizeof(*run));
	for (i = 0; i < CI_MEM_TYPES; i++)
		base[i] = MODULE_BASE + PART_DISTANCE * i;
	err = ci_module_open(&run->m, arena, file, size);
	err = err ?: ci_module_place(&run->m, base, PERCPU_BASE);
	err = err ?: ci_module_link(&run->m, &host_imports);
	err = err ?: ci_module_patch(&run->m, kernel, &its);
	err = err ?: ci_module_sites(&run->m, CI_MEM_TEXT, kernel, arena,
				     &run->sites[0]);
	return err ?: ci_module_sites(&run->m, CI_MEM_INIT_TEXT, kernel, arena,
				      &run->sites[1]);
}

struct live {
	struct ci_module *m;
	u64 flip;
};

static enum ci_error read_live(void *ctx, u64 va, void *buf, size_t len)
{
	const struct live *live = ctx;
	const u8 *p = ci_image_at(&live->m->image, va, len);

	if (!p)
		return CI_LIVE_READ;
	memcpy(buf, p, len);
	if (live->flip - va < len)
		((u8 *)buf)[live->flip - va] ^= 0xff;
	return CI_OK;
}

enum ci_error host_compare(struct host_run *run,
			   const struct ci_kernel *kernel, u64 flip)
{
	struct live l = { &run->m, flip };
	struct ci_live live = { read_live, &l };
	u8 buf[CI_COMPARE_BUF];
	enum ci_error err;
	u32 i;

	memset(&run->report, 0, sizeof(run->report));
	for (i = 0; i < run->m.image.nr; i++) {
		const struct ci_span *s = &run->m.image.span[i];
		const struct ci_sites *sites = run->sites;

		if (!s->exec)
			continue;
		if (!ci_sites_cover(sites, s->va))
			sites++;
		err = ci_compare(sites, kernel, &live, s->va, s->bytes, s->len,
				 s->len, buf, &run->report);
		if (err)
			return err;
	}
	return CI_OK;
}

/* Where nothing says where a part was, it does not matter. */
static bool find_lost(const struct ci_module *m, struct host_run *run,
		      u64 base[CI_MEM_TYPES], u32 *ret_found)
{
	struct live l = { .m = &run->m };
	struct ci_live live = { read_live, &l };
	u64 found;
	u32 i;

	for (i = CI_MEM_INIT_TEXT; i < CI_MEM_TYPES; i++) {
		if (!m->size[i])
			continue;
		if (ci_module_lost_base(m, i, base, &live, &found) ||
		    (found && found != run->m.base[i]))
			return false;
		*ret_found += !!found;
		base[i] = found ?: 0xffffffff80000000ULL + PART_DISTANCE * i;
	}
	return true;
}

static bool same_part(const struct ci_module *a, const struct ci_module *b,
		      enum ci_mem mem)
{
	struct ci_section *s, *t;
	u32 i = 0, k = 0;

	while ((s = ci_module_next_section(a, mem, &i))) {
		t = ci_module_next_section(b, mem, &k);
		if (ci_section_has_bytes(s) && !ci_section_is_sorted(s) &&
		    memcmp(ci_module_bytes(a, s), ci_module_bytes(b, t),
			   s->size))
			return false;
	}
	return true;
}

bool host_again(struct host_run *run, struct ci_arena *arena,
		const struct ci_kernel *kernel, u8 *file, u64 size,
		u32 *ret_found)
{
	struct ci_its its = { .page = its_pages, .nr = ARRAY_SIZE(its_pages) };
	u64 base[CI_MEM_TYPES];
	enum ci_error err;
	struct ci_module m;

	memcpy(base, run->m.base, sizeof(base));
	if (ci_module_open(&m, arena, file, size) ||
	    !find_lost(&m, run, base, ret_found))
		return false;
	err = ci_module_place(&m, base, PERCPU_BASE);
	err = err ?: ci_module_link(&m, &host_imports);
	err = err ?: ci_module_patch(&m, kernel, &its);
	return !err && same_part(&run->m, &m, CI_MEM_TEXT) &&
	       same_part(&run->m, &m, CI_MEM_RODATA);
}

u64 host_text_size(const struct host_run *run)
{
	u64 size = 0;
	u32 i;

	for (i = 0; i < run->m.image.nr; i++)
		if (run->m.image.span[i].exec)
			size += run->m.image.span[i].len;
	return size;
}

u64 host_text_at(const struct host_run *run, u64 n)
{
	const struct ci_span *s = run->m.image.span;

	for (;; s++) {
		if (!s->exec)
			continue;
		if (n < s->len)
			return s->va + n;
		n -= s->len;
	}
}
