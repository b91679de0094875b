// SPDX-License-Identifier: GPL-2.0
/*
 * Which bytes Linux may have at a site that it changes while it runs.  Must
 * never accept bytes because of where they are alone: each form is computed
 * from the verified file, and each free target is asked of policy.
 *
 * Source: arch/x86/kernel/jump_label.c, ftrace.c, static_call.c, alternative.c.
 */
#include "insns.h"
#include "sites.h"
#include "static_call.h"

static bool valid_jump(const struct ci_sites *sites,
		       const struct ci_site *site, u32 len, const u8 *live)
{
	u64 target = sites->base + (s64)site->arg, disp;
	u8 jump[JMP32_SIZE];

	if (ci_is_nop(live, len))
		return true;
	if (len == JMP32_SIZE)
		return ci_put_branch(jump, INSN_JMP32, site->va, target) &&
		       !memcmp(live, jump, JMP32_SIZE);
	disp = target - (site->va + JMP8_SIZE);
	return disp == (u64)(s64)(s8)disp && live[0] == INSN_JMP8 &&
	       live[1] == (u8)disp;
}

/* 0: neither of the jumps and NOPs that a jump label can be. */
static u32 jump_len(const u8 *form)
{
	if (form[0] == INSN_JMP8 || ci_is_nop(form, JMP8_SIZE))
		return JMP8_SIZE;
	return form[0] == INSN_JMP32 || ci_is_nop(form, JMP32_SIZE) ?
	       JMP32_SIZE : 0;
}

static bool valid_ftrace(const struct ci_kernel *kernel, u64 va,
			 const u8 *live)
{
	return live[0] == INSN_CALL32 && kernel->ftrace_call &&
	       kernel->ftrace_call(kernel->ctx, va, ci_branch_target(live, va));
}

static u64 key_of(const struct ci_sites *sites, const struct ci_site *site)
{
	s64 flags = CI_STATIC_CALL_TAIL | CI_STATIC_CALL_INIT;

	return sites->base + (site->arg & ~flags);
}

/* Bytes that have to be there to tell the form, then to be compared. */
static u32 site_len(const struct ci_site *site, const u8 *form, u64 avail)
{
	u8 padded[CI_SITE_MAX] = { 0 };

	memcpy(padded, form, MIN(avail, (u64)CI_SITE_MAX));
	switch (site->kind) {
	case CI_SITE_LOCK:
		return 1;
	case CI_SITE_MCOUNT:
	case CI_SITE_FTRACE:
	case CI_SITE_TRAMP:
		return JMP32_SIZE;
	case CI_SITE_JUMP:
		return jump_len(padded);
	case CI_SITE_STATIC_CALL:
		return ci_static_call_len(padded,
					  site->arg & CI_STATIC_CALL_TAIL);
	default:
		return 0;
	}
}

u32 ci_site_valid(const struct ci_sites *sites, const struct ci_kernel *kernel,
		  const struct ci_site *site, const u8 *form, const u8 *live,
		  u64 avail)
{
	u32 len = site_len(site, form, avail);
	bool valid;

	if (!len || len > avail)
		return 0;
	switch (site->kind) {
	case CI_SITE_LOCK:
		/*
		 * Which of the two is the same for all, ci_patch_lock(), until
		 * a second processor comes: then they come back.
		 */
		valid = *live == *form ||
			(kernel->up && *form == INSN_DS && *live == INSN_LOCK);
		break;
	case CI_SITE_MCOUNT:
		valid = ci_is_nop(live, len) ||
			valid_ftrace(kernel, site->va, live);
		break;
	case CI_SITE_FTRACE:
		valid = valid_ftrace(kernel, site->va, live);
		break;
	case CI_SITE_JUMP:
		valid = valid_jump(sites, site, len, live);
		break;
	case CI_SITE_TRAMP:
		valid = ci_static_call_valid(kernel, site->va,
					     key_of(sites, site), true, form,
					     live);
		break;
	default:
		valid = ci_static_call_valid(kernel, site->va,
					     key_of(sites, site),
					     site->arg & CI_STATIC_CALL_TAIL,
					     form, live);
		break;
	}
	return valid ? len : 0;
}

/* With which bytes the forms begin. */
static const u8 openings[] = {
	INSN_CALL32, INSN_JMP32, INSN_JMP8, INSN_RET, INSN_CS, 0x0f, 0x66
};

u32 ci_site_step_valid(const struct ci_sites *sites,
		       const struct ci_kernel *kernel,
		       const struct ci_site *site, const u8 *form,
		       const u8 *live, u64 avail)
{
	u32 len = ci_site_valid(sites, kernel, site, form, live, avail), i;
	u8 whole[CI_SITE_MAX] = { 0 };

	/* A lock prefix is one byte, which is written at once. */
	if (len || !avail || live[0] != INSN_INT3 ||
	    site->kind == CI_SITE_LOCK)
		return len;
	avail = MIN(avail, (u64)CI_SITE_MAX);
	memcpy(whole, live, avail);
	for (i = 0; i < ARRAY_SIZE(openings) && !len; i++) {
		whole[0] = openings[i];
		len = ci_site_valid(sites, kernel, site, form, whole, avail);
	}
	return len;
}
