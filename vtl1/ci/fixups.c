// SPDX-License-Identifier: GPL-2.0
/*
 * Small fixed changes of text: ENDBR seals, calls of the function tracer, lock
 * prefixes.  Must never change bytes that are not what its site has to have.
 *
 * Source: apply_seal_endbr() and alternatives_smp_unlock() of
 * arch/x86/kernel/alternative.c, ftrace_make_nop() of arch/x86/kernel/ftrace.c.
 */
#include <vsm/string.h>

#include "insns.h"
#include "patch.h"

#define ENDBR64		0xfa1e0ff3
#define ENDBR_32	0x01000000	/* set in ENDBR32 */
#define ENDBR_SEALED	0x001f0f66	/* a NOP that nothing else makes */

enum ci_error ci_seal_endbr(struct ci_image *image, u64 va)
{
	u64 avail;
	u8 *site = ci_image_text(image, va, 4, &avail);
	u32 insn;

	if (!site)
		return CI_SITE_BOUNDS;
	insn = ci_get32(site);
	/* Linux warns and leaves alone what is no ENDBR. */
	if ((insn & ~ENDBR_32) == ENDBR64)
		ci_put32(site, ENDBR_SEALED);
	return CI_OK;
}

enum ci_error ci_patch_mcount(struct ci_image *image,
			      const struct ci_kernel *kernel, u64 va)
{
	u64 avail;
	u8 *site = ci_image_text(image, va, JMP32_SIZE, &avail);

	if (!site)
		return CI_SITE_BOUNDS;
	if (ci_is_nop(site, JMP32_SIZE))
		return CI_OK;
	if (site[0] != INSN_CALL32 ||
	    ci_branch_target(site, va) != kernel->sym[CI_SYM___fentry__])
		return CI_SITE_BYTES;
	ci_put_nop(site, JMP32_SIZE);
	return CI_OK;
}

enum ci_error ci_patch_lock(struct ci_image *image,
			    const struct ci_kernel *kernel, u64 va)
{
	u64 avail;
	u8 *site = ci_image_text(image, va, 1, &avail);

	if (!site)
		return CI_SITE_BOUNDS;
	if (kernel->up && *site == INSN_LOCK)
		*site = INSN_DS;
	return CI_OK;
}
