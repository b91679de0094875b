// SPDX-License-Identifier: GPL-2.0
/*
 * Verifies the text of VTL0's kernel against the file it was made of, and keeps
 * what verifying modules and writes to text needs of it.  Must never take from
 * the running kernel what could make text legal that the file does not have.
 *
 * Source: arch/x86/kernel/alternative.c and static_call.c of Linux.
 */
#include "../ci/bytes.h"
#include "code.h"
#include "code_export.h"
#include "code_kernel.h"
#include "code_made.h"
#include "code_object.h"
#include "code_policy.h"
#include "code_slot.h"
#include "code_source.h"
#include "code_variable.h"
#include "policy.h"
#include "vtl0.h"

#define ARENA_SIZE	(2 << 20)
#define CERT_MAX	16384
#define EXPORTS_MAX	32768

/* Offset of x86_capability in struct cpuinfo_x86. */
#define CAPABILITY	48

/* One verification; nothing of it stays but what is handed over. */
struct baseline {
	struct sg sg;
	struct code_source source;
	struct ci_vmlinux vmlinux;
	struct ci_arena arena;
	struct ci_sites sites;		/* all, in the arena */
	struct ci_report report;
	struct code_object *object;	/* with kept sites in the end */
	struct code_exports exports;
	struct ci_detour detour;
	u64 cr3;
	u64 constant[CODE_CONSTANTS];
	u8 *cert;
	u32 cert_len;
};

/* Written by the one thread that verifies. */
static struct ci_kernel kernel;
static const struct code_object *kernel_object;
/* What the others have of it, once it is verified; with code_lock, and for good. */
static const struct ci_kernel *known;
static struct code_exports exports;
static u8 *cert;
static u32 cert_len;

/* code_lock guards this. */
static struct code_baseline_info info;

/* --- what the kernel is asked for -------------------------------------------- */

/*
 * Policy of what only Linux can know.  While the kernel is compared its own
 * text is an object that was only found, so it is judged by the new one.
 */
static bool may_call(u64 target)
{
	const struct code_object *o = READ_ONCE(kernel_object);

	if (o && target - o->base < o->size)
		return code_object_begins(o, target);
	return code_object_function(target) || code_dynamic_target(target);
}

static bool static_call(void *ctx, u64 key, u64 target)
{
	(void)ctx;
	(void)key;
	return !target || may_call(target);
}

static bool in_kernel(u64 va)
{
	const struct code_object *o = READ_ONCE(kernel_object);

	return o && va - o->base < o->size;
}

/*
 * The tracer's entries, and its trampolines, call any function that traces; the
 * sites call those entries and trampolines, or what is made by others, but no
 * function of the kernel.  The entries have no ENDBR and are not traced.
 */
static bool ftrace_call(void *ctx, u64 site, u64 target)
{
	(void)ctx;
	if (site == kernel.sym[CI_SYM_ftrace_call] ||
	    site == kernel.sym[CI_SYM_ftrace_regs_call] ||
	    code_trampoline_calls(site))
		return may_call(target);
	return target == code_variable(V_CALLER) ||
	       target == code_variable(V_REGS_CALLER) ||
	       code_trampoline_is(target) ||
	       (!in_kernel(target) && may_call(target));
}

static enum ci_error constant(void *ctx, const char *name, u64 *ret_value)
{
	const struct baseline *b = ctx;

	return code_constant(b->constant, name, ret_value);
}

static enum ci_error describe(struct baseline *b, u64 text)
{
	enum ci_error err;
	u8 up = 0;

	memset(&kernel, 0, sizeof(kernel));
	err = ci_vmlinux_kernel(&b->vmlinux, text, &kernel);
	err = err ?: code_variables_find(&b->vmlinux, kernel.delta);
	err = err ?: code_variable_read(b->cr3, V_CPU, CAPABILITY, kernel.caps,
					sizeof(kernel.caps));
	err = err ?: code_variable_read(b->cr3, V_THUNK, 0,
					&kernel.return_thunk,
					sizeof(kernel.return_thunk));
	err = err ?: code_variable_read(b->cr3, V_UP, 0, &up, sizeof(up));
	err = err ?: code_constants_read(b->cr3, b->constant);
	if (!err && !code_variable_is_thunk(kernel.return_thunk))
		err = CI_RETURN_TARGET;
	kernel.up = up;
	kernel.static_call = static_call;
	kernel.ftrace_call = ftrace_call;
	kernel.constant = constant;
	kernel.ctx = b;
	return err;
}

/* --- its text ------------------------------------------------------------------ */

/* What can be executed of the image begins with it. */
static u64 find_text(void)
{
	u64 flags = sk_lock(&code_lock);
	const struct code_object *o = code_object_next(CI_KERNEL_MAP);
	u64 text = o ? o->base : 0;

	sk_unlock(&code_lock, flags);
	return text;
}

/* Where it is, from VTL0's page tables; only what is frozen is compared. */
static enum ci_error find_pages(struct baseline *b, u64 text)
{
	struct code_object *o;
	u64 gpa, flags;
	bool code;
	u32 i;

	o = code_object_alloc(CODE_OBJECT_KERNEL, "vmlinux", text,
			      b->vmlinux.text->size);
	if (!o)
		return CI_NO_MEMORY;
	b->object = o;
	for (i = 0; i < o->nr_pages; i++) {
		gpa = code_translate(b->cr3, text + i * PAGE_SIZE);
		flags = sk_lock(&code_lock);
		code = gpa != CODE_NOWHERE && code_page_is(gpa);
		sk_unlock(&code_lock, flags);
		if (!code)
			return CI_LIVE_READ;
		o->pfn[i] = gpa >> PAGE_SHIFT;
	}
	return CI_OK;
}

static enum ci_error read_text(void *ctx, u64 va, void *buf, size_t len)
{
	const struct code_object *o = ctx;
	u8 *to = buf;
	u64 n;

	if (va < o->base || va - o->base > o->size ||
	    len > o->size - (va - o->base))
		return CI_LIVE_READ;
	for (; len; len -= n, va += n, to += n) {
		n = MIN(len, PAGE_SIZE - va % PAGE_SIZE);
		memcpy(to, code_object_byte(o, va), n);
	}
	return CI_OK;
}

static enum ci_error compare(struct baseline *b)
{
	const struct ci_live live = { .read = read_text, .ctx = b->object };
	enum ci_error err;

	err = ci_vmlinux_sites(&b->vmlinux, &b->arena, &kernel, &b->sites);
	if (err)
		return err;
	/* Which functions there are is asked while they are compared. */
	b->object->sites = b->sites;
	WRITE_ONCE(kernel_object, b->object);
	err = ci_vmlinux_compare(&b->vmlinux, &b->arena, &kernel, &b->sites,
				 NULL, &live, &b->report);
	WRITE_ONCE(kernel_object, NULL);
	b->object->sites = (struct ci_sites){ 0 };
	return err;
}

/* --- what stays ---------------------------------------------------------------- */

static enum ci_error keep_sites(struct baseline *b)
{
	struct ci_sites *kept = &b->object->sites;

	ci_sites_keep_mutable(&b->sites);
	*kept = b->sites;
	kept->max = kept->nr;
	kept->entry = sk_calloc(kept->nr, sizeof(*kept->entry));
	if (!kept->entry)
		return CI_NO_MEMORY;
	memcpy(kept->entry, b->sites.entry, kept->nr * sizeof(*kept->entry));
	return CI_OK;
}

static enum ci_error add_export(void *ctx, const char *name, u64 va)
{
	return code_exports_add(ctx, name, va);
}

static enum ci_error keep_exports(struct baseline *b)
{
	struct code_exports *e = &b->exports;
	u32 max = ci_vmlinux_count_exports(&b->vmlinux);
	enum ci_error err;

	if (max > EXPORTS_MAX || !code_exports_init(e, max))
		return CI_NO_MEMORY;
	err = ci_vmlinux_exports(&b->vmlinux, kernel.delta, add_export, e);
	return err ?: code_exports_sort(e);
}

static enum ci_error keep_cert(struct baseline *b)
{
	enum ci_error err;
	u64 size;

	err = ci_vmlinux_read(&b->vmlinux,
			      code_variable(V_CERT_SIZE) - kernel.delta,
			      &size, sizeof(size));
	if (err || !size)
		return err;
	if (size > CERT_MAX)
		return CI_NO_MEMORY;
	b->cert = sk_calloc(1, size);
	if (!b->cert)
		return CI_NO_MEMORY;
	b->cert_len = size;
	return ci_vmlinux_read(&b->vmlinux, code_variable(V_CERT) - kernel.delta,
			       b->cert, size);
}

/* A kernel without detours just has none. */
static enum ci_error keep_detour(struct baseline *b)
{
	u64 va = code_variable(V_DETOUR);
	u64 len = code_variable(V_DETOUR_END) - va;
	u8 bytes[CI_TEMPLATE_MAX];
	enum ci_error err;

	if (!va || !code_variable(V_DETOUR_CALLBACK) || len > sizeof(bytes))
		return CI_OK;
	err = ci_vmlinux_read(&b->vmlinux, va - kernel.delta, bytes, len);
	if (!err)
		ci_detour_init(&b->detour, bytes, len,
			       code_variable(V_DETOUR_CLAC) - va,
			       code_variable(V_DETOUR_VAL) - va,
			       code_variable(V_DETOUR_CALL) - va,
			       code_variable(V_DETOUR_CALLBACK),
			       ci_has(&kernel, CI_FEATURE_SMAP));
	return err;
}

static enum ci_error verify(struct baseline *b)
{
	u64 text = find_text();
	enum ci_error err;

	b->arena = (struct ci_arena){
		.base = sk_calloc(1, ARENA_SIZE), .size = ARENA_SIZE,
	};
	if (!b->arena.base)
		return CI_NO_MEMORY;
	err = ci_vmlinux_open(&b->vmlinux, &b->arena, &b->source.source);
	err = err ?: describe(b, text);
	err = err ?: find_pages(b, text);
	err = err ?: compare(b);
	err = err ?: keep_sites(b);
	err = err ?: keep_exports(b);
	err = err ?: keep_detour(b);
	return err ?: keep_cert(b);
}

/* From here on others may use it.  False: no room, or somebody is in the way. */
static bool publish(struct baseline *b)
{
	u64 flags = sk_lock(&code_lock);
	bool ok = code_object_add(b->object);

	if (ok) {
		kernel.constant = NULL;
		kernel.ctx = NULL;
		cert = b->cert;
		cert_len = b->cert_len;
		exports = b->exports;
		code_exports_publish(&exports);
		code_slot_know(&b->detour);
		WRITE_ONCE(kernel_object, b->object);
		__atomic_store_n(&known, &kernel, __ATOMIC_RELEASE);
		b->object = NULL;
		b->cert = NULL;
		b->exports = (struct code_exports){ 0 };
	}
	sk_unlock(&code_lock, flags);
	return ok;
}

/* --- the secure call ----------------------------------------------------------- */

static u64 status_of(enum ci_error err)
{
	switch (err) {
	case CI_OK:
		return VSM_S_OK;
	case CI_NO_MEMORY:
		return VSM_S_NO_MEMORY;
	default:
		return VSM_S_BAD_IMAGE;
	}
}

static const void *source_page(void *ctx, u32 i)
{
	return sg_page(ctx, i);
}

/* False: it is refused. */
static bool breach(u64 va)
{
	u64 flags = sk_lock(&code_lock);
	bool pass = code_breach_pages(VSM_CODE_CLASS_BASELINE,
				      VSM_RULE_CODE_BASELINE, va, 0);

	sk_unlock(&code_lock, flags);
	return pass;
}

static u64 judge(struct baseline *b)
{
	sk_log("kernel: %lu bytes of text, %lu not explained, first at 0x%lx",
	       b->report.bytes, b->report.unexplained, b->report.first);
	if (b->report.unexplained) {
		sk_log("kernel: 0x%x there, not 0x%x", b->report.found,
		       b->report.want);
		if (!breach(b->report.first))
			return VSM_S_DENIED;
	}
	return publish(b) ? VSM_S_OK : VSM_S_NO_MEMORY;
}

/* Policy may name the kernels that there are to be. */
static bool is_vouched_for(const struct baseline *b)
{
	if (policy_kernel_vouched(b->source.digest) != VSM_S_DENIED)
		return true;
	sk_log("kernel: not one that policy names");
	return breach(0);
}

static u64 run(struct baseline *b)
{
	u64 begin = rdtsc();
	enum ci_error err;

	if (!code_source_open(&b->source, b->source.source.size, source_page,
			      &b->sg))
		return VSM_S_NO_MEMORY;
	if (!is_vouched_for(b))
		return VSM_S_DENIED;
	err = verify(b);
	sk_log("kernel: %s; %lu ticks, %lu chunks of %u read again, arena %lu bytes",
	       ci_error_text(err), rdtsc() - begin, b->source.loads,
	       b->source.nr, b->arena.peak);
	return err ? status_of(err) : judge(b);
}

static u64 begin(void)
{
	u64 flags = sk_lock(&code_lock), status = VSM_S_OK;

	if (!code_mode())
		status = VSM_S_NOT_READY;
	else if (info.state == CODE_BASELINE_RUNNING)
		status = VSM_S_BUSY;
	else if (info.state)
		status = VSM_S_DENIED;
	else
		info.state = CODE_BASELINE_RUNNING;
	sk_unlock(&code_lock, flags);
	return status;
}

/* @b: NULL when there was no memory for it. */
static void end(const struct baseline *b, u64 status)
{
	u64 flags = sk_lock(&code_lock);

	if (status)
		info.state = CODE_BASELINE_FAILED;
	else if (b->report.unexplained)
		info.state = CODE_BASELINE_DIFFERENT;
	else
		info.state = CODE_BASELINE_VERIFIED;
	if (b) {
		memcpy(info.digest, b->source.digest, sizeof(info.digest));
		info.bytes = b->report.bytes;
		info.unexplained = b->report.unexplained;
		info.first = b->report.first;
	}
	sk_unlock(&code_lock, flags);
}

static void release(struct baseline *b)
{
	code_object_free(b->object);
	code_exports_free(&b->exports);
	sk_free(b->cert);
	sk_free(b->arena.base);
	code_source_close(&b->source);
}

static u64 serve(struct baseline *b, const u64 arg[5])
{
	u64 status;

	if (hv_get_vtl0_register(HV_X64_REGISTER_CR3, &b->cr3) ||
	    !code_export_setup())
		return VSM_S_NOT_READY;
	status = sg_open_large(&b->sg, arg[0], arg[1], VSM_SG_KERNEL_PAGES);
	if (status)
		return status;
	b->source.source.size = arg[1];
	status = run(b);
	sg_free(&b->sg);
	return status;
}

/* Without a file: what there is, is measured. */
static u64 take_as_found(void)
{
	u8 digest[32];
	u64 flags;

	if (!code_found_measure(digest)) {
		end(NULL, VSM_S_NO_MEMORY);
		return VSM_S_NO_MEMORY;
	}
	flags = sk_lock(&code_lock);
	memcpy(info.found, digest, sizeof(info.found));
	sk_unlock(&code_lock, flags);
	end(NULL, VSM_S_NOT_FOUND);
	return VSM_S_OK;
}

static void log_totals(void)
{
	struct code_object_totals totals;

	code_object_totals(&totals);
	sk_log("code: %u objects, %u of them as found (%lu of %lu pages), tables %lu bytes",
	       totals.objects, totals.found, totals.found_pages,
	       totals.pages, totals.table_bytes);
}

/*
 * Once, when code integrity starts: signers of modules come with the kernel, and
 * whoever has taken VTL0 over by then would bring his own.
 */
u64 scall_code_kernel(const u64 arg[5], u64 ret[3])
{
	struct baseline *b;
	u64 status;

	if (arg[1] > (u64)VSM_SG_KERNEL_PAGES * PAGE_SIZE)
		return VSM_S_INVALID_PARAMETER;
	status = begin();
	if (status)
		return status;
	if (!arg[1])
		return take_as_found();
	b = sk_calloc(1, sizeof(*b));
	if (!b) {
		end(NULL, VSM_S_NO_MEMORY);
		return VSM_S_NO_MEMORY;
	}
	status = serve(b, arg);
	ret[0] = b->report.bytes;
	ret[1] = b->report.unexplained;
	ret[2] = b->report.first;
	end(b, status);
	release(b);
	log_totals();
	sk_free(b);
	return status;
}

/* --- for the others ------------------------------------------------------------ */

const struct ci_kernel *code_kernel(void)
{
	return __atomic_load_n(&known, __ATOMIC_ACQUIRE);
}

enum ci_error code_builtin_cert(const u8 **ret_der, u32 *ret_len)
{
	if (!code_kernel() || !cert)
		return CI_KALLSYMS_SYMBOL;
	*ret_der = cert;
	*ret_len = cert_len;
	return CI_OK;
}

void code_baseline_info(struct code_baseline_info *ret)
{
	u64 flags = sk_lock(&code_lock);

	*ret = info;
	sk_unlock(&code_lock, flags);
}
