/* SPDX-License-Identifier: GPL-2.0 */
/* Writes to code that wait for the end of a step of Linux's patching. */
#ifndef _VSM_KERNEL_CODE_BATCH_H
#define _VSM_KERNEL_CODE_BATCH_H

#include <linux/types.h>

/* code_batch.c; all but init and exit by whoever has text_mutex */
void vsm_code_batch_init(void);
void vsm_code_batch_exit(void);
bool vsm_code_batch_mine(void);		/* does this task keep any? */
bool vsm_code_batch_put(void *fn, void *addr, const void *src, size_t len,
			unsigned long caller);
void vsm_code_batch_write(void);	/* all that is kept */
bool vsm_code_batch_ends(void *func);
void vsm_code_batch_watch(unsigned long caller);
extern u32 vsm_code_queued;

/* code_patch.c: a write that was kept, with text protected or not any more */
void vsm_code_poke_one(void *fn, void *addr, const void *src, size_t len);
void vsm_code_poke_refused(const void *addr, size_t len, u64 status);

#endif /* _VSM_KERNEL_CODE_BATCH_H */
