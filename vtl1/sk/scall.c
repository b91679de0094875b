// SPDX-License-Identifier: GPL-2.0
/*
 * Secure calls: from VTL0's registers to the function that serves them.
 * Must never trust a register; each handler checks its own arguments.
 */
#include "code.h"
#include "code_file.h"
#include "code_kernel.h"
#include "code_module.h"
#include "code_user.h"
#include "file_check.h"
#include "policy.h"
#include "trustlet.h"
#include "vp.h"
#include "vtl0.h"

static void set(struct scall_regs *regs, u64 status, const u64 ret[3])
{
	*regs = (struct scall_regs){
		.rdi = status, .rsi = ret[0], .rdx = ret[1], .r8 = ret[2],
	};
}

/* The first one never gets here: a VP answers it when it has started. */
static u64 scall_init(const u64 arg[5], u64 ret[3])
{
	(void)arg;
	(void)ret;
	return VSM_S_OK;
}

static u64 scall_null(const u64 arg[5], u64 ret[3])
{
	(void)arg;
	(void)ret;
	return VSM_S_OK;
}

static u64 scall_version(const u64 arg[5], u64 ret[3])
{
	(void)arg;
	ret[0] = VSM_SCALL_ABI_VERSION;
	ret[1] = SK_SVN;
	ret[2] = SK_BUILD_FLAGS;
	return VSM_S_OK;
}

static u64 scall_kill(const u64 arg[5], u64 ret[3])
{
	(void)ret;
	return thread_kill(arg[0]);
}

static u64 scall_log_read(const u64 arg[5], u64 ret[3])
{
	void *page;

	if (arg[1] > PAGE_SIZE)
		return VSM_S_INVALID_PARAMETER;
	page = vtl0_write_begin(arg[0]);
	if (!page)
		return VSM_S_INVALID_ADDRESS;
	ret[0] = sk_log_read(page, arg[1], arg[2], &ret[1]);
	vtl0_write_end();
	return VSM_S_OK;
}

static u64 scall_status(const u64 arg[5], u64 ret[3])
{
	struct vsm_sk_status status = {
		.abi_version = VSM_SCALL_ABI_VERSION,
		.svn = SK_SVN,
	};
	u64 total, free, scalls, preemptions;

	(void)ret;
	page_count(&total, &free);
	vp_totals(&status.nr_vps, &scalls, &preemptions);
	status.memory_total = total * PAGE_SIZE;
	status.memory_free = free * PAGE_SIZE + thread_idle_bytes() +
			     heap_idle_bytes();
	status.scalls = scalls;
	status.preemptions = preemptions;
	status.nr_threads = thread_count();
	status.nr_trustlets = trustlet_count();
	policy_status(&status.policy_version, status.policy_name);
	memcpy(status.image_sha256, sk.loader.image_sha256,
	       sizeof(status.image_sha256));
	return vtl0_write(arg[0], &status, sizeof(status));
}

/*
 * Shut down what broke: no lock can be had, a VP may have died with it.  A
 * thread that still runs elsewhere loses its memory, and dies, too.
 */
static u64 shutdown_broken(void)
{
	trustlet_scrub();
	random_wipe();
	heap_scrub();
	thread_scrub();
	return VSM_S_OK;
}

static u64 scall_shutdown(const u64 arg[5], u64 ret[3])
{
	(void)arg;
	(void)ret;
	if (sk_state() == SK_BROKEN)
		return shutdown_broken();
	if (!thread_stop())
		return VSM_S_BUSY;
	trustlet_destroy_all();
	policy_scrub();
	random_scrub();
	thread_scrub();
	sk_log("shut down");
	return VSM_S_OK;
}

/*
 * Short ones run on the VP's stack, interrupts off; others on a thread.  Some of
 * these are kept for what Linux needs to go on, and processes cannot ask for.
 */
enum where { HERE, THREAD, KEPT_THREAD };

static const struct {
	scall_fn fn;
	enum where where;
	bool broken;		/* also when the secure kernel is broken */
} scalls[] = {
	[VSM_SC_INIT] = { scall_init, HERE, false },
	[VSM_SC_NULL] = { scall_null, HERE, true },
	[VSM_SC_VERSION] = { scall_version, HERE, true },
	[VSM_SC_RESUME] = { NULL, HERE, false },
	[VSM_SC_KILL] = { scall_kill, HERE, false },
	[VSM_SC_ENABLE_VP] = { scall_enable_vp, HERE, false },
	[VSM_SC_LOG_READ] = { scall_log_read, HERE, true },
	[VSM_SC_STATUS] = { scall_status, HERE, false },
	[VSM_SC_POLICY_LOAD] = { scall_policy_load, THREAD, false },
	[VSM_SC_TRUSTLET_CREATE] = { scall_trustlet_create, THREAD, false },
	[VSM_SC_TRUSTLET_CALL] = { scall_trustlet_call, THREAD, false },
	[VSM_SC_TRUSTLET_DESTROY] = { scall_trustlet_destroy, KEPT_THREAD, false },
	[VSM_SC_TRUSTLET_INFO] = { scall_trustlet_info, HERE, false },
	[VSM_SC_SHUTDOWN] = { scall_shutdown, HERE, true },
	[VSM_SC_EVENTS] = { scall_events, HERE, true },
	[VSM_SC_CODE_START] = { scall_code_start, HERE, false },
	[VSM_SC_CODE_ADD] = { scall_code_add, KEPT_THREAD, false },
	[VSM_SC_CODE_REMOVE] = { scall_code_remove, KEPT_THREAD, false },
	[VSM_SC_CODE_WRITE] = { scall_code_write, HERE, false },
	[VSM_SC_CODE_STATUS] = { scall_code_status, HERE, false },
	[VSM_SC_CODE_KERNEL] = { scall_code_kernel, KEPT_THREAD, false },
	[VSM_SC_EVENTS_READ] = { scall_events_read, HERE, true },
	[VSM_SC_CODE_FILE] = { scall_code_file, KEPT_THREAD, false },
	[VSM_SC_CODE_FILE_DROP] = { scall_code_file_drop, KEPT_THREAD, false },
	[VSM_SC_CODE_MODULE] = { scall_code_module, KEPT_THREAD, false },
	[VSM_SC_FILE_CHECK] = { scall_file_check, THREAD, false },
	[VSM_SC_CODE_WRITES] = { scall_code_writes, KEPT_THREAD, false },
	[VSM_SC_USER_FOUND] = { scall_user_found, KEPT_THREAD, false },
};

static_assert(ARRAY_SIZE(scalls) == VSM_SC_MAX, "every secure call");

static bool allowed(u64 fn)
{
	switch (sk_state()) {
	case SK_RUNNING:
		return true;
	case SK_BROKEN:
		return scalls[fn].broken;
	case SK_SHUT_DOWN:
		return fn == VSM_SC_NULL;
	default:
		return false;
	}
}

void scall_dispatch(struct scall_regs *regs)
{
	u64 fn = regs->rdi, ret[3] = { 0 };
	u64 arg[5] = { regs->rsi, regs->rdx, regs->r8, regs->r9, regs->r10 };

	if (fn >= VSM_SC_MAX) {
		set(regs, VSM_S_INVALID_CALL, ret);
		return;
	}
	fn = index_nospec(fn, VSM_SC_MAX);
	if (!allowed(fn))
		set(regs, VSM_S_NOT_READY, ret);
	else if (fn == VSM_SC_RESUME)
		thread_resume(regs, arg[0]);
	else if (scalls[fn].where)
		thread_start(regs, scalls[fn].fn,
			     scalls[fn].where == KEPT_THREAD);
	else
		set(regs, scalls[fn].fn(arg, ret), ret);
}

static bool is_timed(const struct scall_regs *regs)
{
	return regs->rdi == VSM_SC_NULL && regs->rsi == VSM_NULL_TIMED;
}

/*
 * Serves timed null calls until another call is in @regs.  The first answers
 * with a time of entry that is late: it came as if it were any call.
 */
static void serve_timed(struct scall_regs *regs)
{
	u64 entered = rdtsc();

	while (is_timed(regs)) {
		*regs = (struct scall_regs){ .rsi = entered };
		entered = vtl_return_timed(regs);
		this_vp()->scalls++;
	}
}

__noreturn void scall_loop(u64 status, u64 detail)
{
	struct scall_regs regs = { .rdi = status, .rsi = detail };
	struct vp *vp = this_vp();

	for (;;) {
		vtl_return(&regs);
		vp->scalls++;
		if (unlikely(is_timed(&regs)))
			serve_timed(&regs);
		/* The one that is measured. */
		if (likely(regs.rdi == VSM_SC_NULL))
			regs = (struct scall_regs){ .rdi = VSM_S_OK };
		else
			scall_dispatch(&regs);
	}
}
