/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What Linux does to text before it lets it be executed, one site at a time and
 * in the reproduced bytes.  The order of the calls is the order of Linux:
 * retpolines, returns, alternatives, ENDBR seals.
 */
#ifndef _VSM_CI_PATCH_H
#define _VSM_CI_PATCH_H

#include "image.h"
#include "kernel.h"

/* struct alt_instr, with addresses in place of offsets. */
struct ci_alt {
	u64 site;
	u64 repl;
	u16 feature;
	u16 flags;
	u8 site_len;
	u8 repl_len;
};

#define CI_ALT_SIZE	14	/* in the file */
#define CI_ALT_MAX	254	/* bytes of a site or a replacement */

enum ci_error ci_patch_retpoline(struct ci_image *image,
				 const struct ci_kernel *kernel,
				 struct ci_its *its, u64 va);
enum ci_error ci_patch_return(struct ci_image *image,
			      const struct ci_kernel *kernel, u64 va);
/* @p: CI_ALT_SIZE bytes that Linux has at @va. */
void ci_alt_read(struct ci_alt *alt, u64 va, const u8 *p);
/* @alt->site_len: the longest of all alternatives of this site. */
enum ci_error ci_patch_alternative(struct ci_image *image,
				   const struct ci_kernel *kernel,
				   const struct ci_alt *alt);
/*
 * @len bytes were @diff further up: what leads out of the first @own of them
 * leads where it did there.
 */
enum ci_error ci_move_code(u8 *p, u64 len, u64 diff, u64 own);
/* Optimises padding; @len bytes at @p. */
void ci_optimize_nops(u8 *p, u64 len);
enum ci_error ci_seal_endbr(struct ci_image *image, u64 va);
/* A call of __fentry__ is made a NOP. */
enum ci_error ci_patch_mcount(struct ci_image *image,
			      const struct ci_kernel *kernel, u64 va);
/* On one processor, a lock prefix is made a DS prefix. */
enum ci_error ci_patch_lock(struct ci_image *image,
			    const struct ci_kernel *kernel, u64 va);

/* Where the thunk for @reg is that Linux made for the next site. */
enum ci_error ci_its_thunk(struct ci_its *its, u32 reg, u64 *ret_va);
/* May a page with these PAGE_SIZE bytes be executed as one of ITS thunks? */
bool ci_its_page_valid(const u8 *page);

#endif /* _VSM_CI_PATCH_H */
