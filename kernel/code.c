// SPDX-License-Identifier: GPL-2.0
/*
 * Code integrity, VTL0's side: tells the secure kernel which pages Linux means
 * to be code, as modules come and go.  Must never be trusted with more: what is
 * not told, or is told wrongly, does not execute.
 */
#include "machine.h"

#include <linux/async.h>
#include <linux/delay.h>
#include <linux/efi.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/stop_machine.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "code.h"

#define RELEASE_TRIES	150
#define RELEASE_MS	20

static char *hvci = "off";
module_param(hvci, charp, 0444);
MODULE_PARM_DESC(hvci, "code integrity: off, audit or enforce (default: off)");

static char *dynamic = "";
module_param(dynamic, charp, 0444);
MODULE_PARM_DESC(dynamic, "code that Linux makes while it runs, as the BPF JIT does: allow, audit or enforce (default: as hvci)");

static char *mbec = "preferred";
module_param(mbec, charp, 0444);
MODULE_PARM_DESC(mbec, "code integrity on a processor without mode-based execute control: preferred (code is guarded, but execution is not confined to it) or required (refuse; default: preferred)");

static const char * const modes[] = {
	[VSM_CODE_MODE_OFF] = "off",
	[VSM_CODE_MODE_AUDIT] = "audit",
	[VSM_CODE_MODE_ENFORCE] = "enforce",
};

const char *vsm_code_mode_name(u32 mode)
{
	return mode < ARRAY_SIZE(modes) ? modes[mode] : "unknown";
}

/* @off is what the parameter calls VSM_CODE_MODE_OFF; -EINVAL: no mode. */
static int find_mode(const char *value, const char *off)
{
	int mode;

	if (!strcmp(value, off))
		return VSM_CODE_MODE_OFF;
	mode = match_string(modes, ARRAY_SIZE(modes), value);
	return mode == VSM_CODE_MODE_OFF ? -EINVAL : mode;
}

/*
 * While vsm goes, the secure kernel answers nobody, but what it protected is:
 * whoever finds that it is not there waits until nothing is.  False: something
 * still is.
 */
bool vsm_code_released(void)
{
	unsigned int i;

	for (i = 0; i < RELEASE_TRIES; i++) {
		if (!(READ_ONCE(vsm_machine.state) & VSM_STATE_DEMOTED))
			return true;
		/* It broke: that does not pass. */
		if (!READ_ONCE(vsm_machine.stopping))
			return false;
		msleep(RELEASE_MS);
	}
	return false;
}

static int tell_part(u64 fn, const void *addr, size_t size)
{
	struct vsm_scall sc = { .fn = fn, .arg = { 0, 0, (unsigned long)addr } };

	return vsm_bulk_tell(&sc, vsm_bulk_names(addr, size)) ?:
	       vsm_scall_errno(sc.status);
}

/* The pages of @mem, which are scattered: as many as a call takes at a time. */
static int tell(u64 fn, const struct module_memory *mem)
{
	size_t done, part, size = PAGE_ALIGN(mem->size);
	int ret = 0, err;

	for (done = 0; done < size; done += part) {
		part = min_t(size_t, size - done, VSM_SG_MAX_PAGES * PAGE_SIZE);
		err = tell_part(fn, mem->base + done, part);
		ret = ret ?: err;
		if (err && fn == VSM_SC_CODE_ADD)
			break;
	}
	return ret;
}

/* As code; what is not known as that is not found. */
static void forget(const struct module *mod)
{
	tell(VSM_SC_CODE_REMOVE, &mod->mem[MOD_INIT_TEXT]);
	tell(VSM_SC_CODE_REMOVE, &mod->mem[MOD_TEXT]);
}

/* What is not verified may be let pass, by the mode. */
static int add(const struct module *mod)
{
	u64 ticket = vsm_code_file_mine();
	int ret, err;

	/* Half loaded when code integrity started, which may have found it. */
	if (!ticket)
		forget(mod);
	if (!ticket && vsm_code_wait_settled())
		ticket = vsm_code_loaded_ticket(mod);
	err = vsm_code_module_add(mod, ticket, false);
	if (!err)
		return 0;
	ret = tell(VSM_SC_CODE_ADD, &mod->mem[MOD_TEXT]);
	ret = ret ?: tell(VSM_SC_CODE_ADD, &mod->mem[MOD_INIT_TEXT]);
	if (ret)
		forget(mod);
	return ret && err == -EACCES ? err : ret;
}

static void remove(const struct module *mod, enum mod_mem_type type)
{
	int ret = tell(VSM_SC_CODE_REMOVE, &mod->mem[type]);

	/* Whoever gets the memory next faults when it writes there. */
	if (ret && ret != -ENOENT)
		pr_err("%s: memory stays code (%d)\n", mod->name, ret);
}

/* A module that was not verified has its text by pages, if at all. */
static void started(const struct module *mod)
{
	int ret = vsm_code_module_started(mod);

	if (ret == -ENODEV && vsm_code_released())
		return;
	if (ret == -ENOENT)
		remove(mod, MOD_INIT_TEXT);
	else if (ret)
		pr_err("%s: memory is not protected as it should be (%d)\n",
		       mod->name, ret);
}

static void gone(const struct module *mod)
{
	int ret = vsm_code_module_remove(mod);

	if (ret == -ENODEV && vsm_code_released())
		return;
	if (ret && ret != -ENOENT)
		pr_err("%s: memory stays protected (%d)\n", mod->name, ret);
	if (ret) {
		remove(mod, MOD_INIT_TEXT);
		remove(mod, MOD_TEXT);
		vsm_public_poll();
	}
}

static int module_event(struct notifier_block *nb, unsigned long state,
			void *data)
{
	struct module *mod = data;
	int ret;

	/* What is there by the time of the start is found then. */
	if (!READ_ONCE(vsm_machine.code_mode))
		return NOTIFY_OK;
	switch (state) {
	case MODULE_STATE_COMING:
		ret = add(mod);
		if (ret == -ENODEV && vsm_code_released())
			return NOTIFY_OK;
		if (ret) {
			pr_warn("%s: refused by the secure kernel (%d)\n",
				mod->name, ret);
			/* As long as there is a name for where it was. */
			vsm_public_poll();
		}
		/* What insmod is told of a bad signature. */
		return notifier_from_errno(ret == -EACCES ? -EKEYREJECTED :
							    ret);
	case MODULE_STATE_LIVE:
		/* Linux frees it when the last initcall in it is done. */
		if (!mod->async_probe_requested)
			async_synchronize_full();
		started(mod);
		break;
	case MODULE_STATE_GOING:
		gone(mod);
		break;
	}
	return NOTIFY_OK;
}

/* The last to hear of it: all patching of a coming module is done by then. */
static struct notifier_block module_nb = {
	.notifier_call = module_event,
	.priority = INT_MIN,
};

static bool listening;		/* the notifier is there */

struct start {
	u64 mode;
	u64 dynamic;
	u64 flags;
	atomic64_t pages;	/* of code, from the CPU that came first */
	atomic64_t status;	/* of the last that was refused */
};

/* On all CPUs, none of which is anywhere in Linux but here. */
static int start(void *arg)
{
	struct start *s = arg;
	struct vsm_scall sc = {
		.fn = VSM_SC_CODE_START,
		.arg = { s->mode, s->dynamic, s->flags },
	};
	int ret = vsm_vtl_call(&sc);

	if (!ret && !sc.status) {
		atomic64_add(sc.ret[0], &s->pages);
		vsm_code_patching(true);
		WRITE_ONCE(vsm_machine.code_mode, s->mode);
	} else if (!ret) {
		atomic64_set(&s->status, sc.status);
	}
	return ret;
}

static int find_modes(u64 *ret_mode, u64 *ret_dynamic)
{
	int mode, dyn;

	mode = find_mode(hvci, "off");
	if (mode < 0) {
		pr_err("hvci=%s is not off, audit or enforce\n", hvci);
		return mode;
	}
	dyn = *dynamic ? find_mode(dynamic, "allow") : mode;
	if (dyn < 0) {
		pr_err("dynamic=%s is not allow, audit or enforce\n", dynamic);
		return dyn;
	}
	*ret_mode = mode;
	*ret_dynamic = dyn;
	return 0;
}

/* Hooks and notifier are there before anything is protected. */
static int prepare(void)
{
	int ret = vsm_code_patch_init();

	if (ret)
		return ret;
	ret = vsm_code_file_init();
	if (ret)
		return ret;
	ret = register_module_notifier(&module_nb);
	listening = !ret;
	return ret;
}

static void warn_of_efi(u64 mode)
{
	if (mode == VSM_CODE_MODE_ENFORCE &&
	    efi_enabled(EFI_RUNTIME_SERVICES))
		pr_warn("EFI runtime services are no code that is verified: their first call is refused, and Linux turns them off; boot with efi=noruntime\n");
}

/* Without it the kernel can execute user pages, which nobody compares. */
static int check_smep(void)
{
	if (__read_cr4() & X86_CR4_SMEP)
		return 0;
	pr_err("hvci=%s needs supervisor-mode execution prevention (SMEP); do not boot with nosmep\n",
	       hvci);
	return -EOPNOTSUPP;
}

/* What there is without MBEC, in as many words; -EOPNOTSUPP: not wanted. */
static int check_mbec(void)
{
	bool required = !strcmp(mbec, "required");

	if (!required && strcmp(mbec, "preferred")) {
		pr_err("mbec=%s is not preferred or required\n", mbec);
		return -EINVAL;
	}
	if (vsm_machine.state & VSM_STATE_MBEC)
		return 0;
	if (required) {
		pr_err("hvci=%s needs a processor with mode-based execute control (MBEC); use mbec=preferred or hvci=off\n",
		       hvci);
		return -EOPNOTSUPP;
	}
	pr_warn("no mode-based execute control (MBEC): code cannot be written, but whoever changes page tables can have the kernel execute anything else\n");
	return 0;
}

/* Is it on?  What is neither on nor off is refused when it starts. */
bool vsm_code_wanted(void)
{
	return find_mode(hvci, "off") > 0;
}

/**
 * vsm_code_start - from now on, Linux executes what the secure kernel allows
 * @lock: its modes can only be tightened from now on
 *
 * Return: 0, also when it is off; -EINVAL for an unknown mode, -EOPNOTSUPP
 * without MBEC where that is required, -EKEYREJECTED when the kernel's text, or
 * a module, is not its file's.
 */
int vsm_code_start(bool lock)
{
	struct start s = { .flags = lock ? VSM_CODE_START_LOCKED : 0 };
	int ret;

	ret = find_modes(&s.mode, &s.dynamic);
	if (ret || !s.mode)
		return ret;
	warn_of_efi(s.mode);
	ret = check_smep() ?: check_mbec() ?:
	      vsm_code_kernel_prepare(s.mode == VSM_CODE_MODE_ENFORCE);
	if (ret)
		return ret;
	vsm_code_user_found();
	ret = prepare();
	if (ret)
		goto err_release;
	vsm_code_loaded_wait();
	ret = stop_machine(start, &s, cpu_online_mask) ?:
	      vsm_scall_errno(atomic64_read(&s.status));
	if (ret) {
		pr_err("code integrity did not start: %s\n",
		       vsm_scall_name(atomic64_read(&s.status)));
		goto err_settled;
	}
	pr_info("code integrity (%s): %lld pages of code, taken as found\n",
		hvci, atomic64_read(&s.pages));
	ret = vsm_code_kernel(s.mode == VSM_CODE_MODE_ENFORCE);
	if (!ret && vsm_code_kernel_known())
		ret = vsm_code_loaded();
	vsm_code_settled();
	if (!ret)
		return 0;

	/* Some CPU may have started: hooks and notifier stay up to the end. */
err_settled:
	vsm_code_settled();
err_release:
	vsm_code_kernel_release();
	return ret;
}

/* When nothing is protected any more, and Linux may write to its text again. */
void vsm_code_end(void)
{
	/* Whoever waits to write to text holds what the others wait for. */
	vsm_code_patching(false);
	if (listening)
		unregister_module_notifier(&module_nb);
	listening = false;
	vsm_machine.code_mode = 0;
	/* Unhooking writes to text, which nobody protects any more. */
	vsm_code_file_exit();
	vsm_code_patch_exit();
}
