/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/hv/walk.c against the reference, one script at a time. */
#ifndef _VSM_HOST_WALK_MODEL_H
#define _VSM_HOST_WALK_MODEL_H

#include "script.h"

/* False: a walk did not end as the reference says; why is printed. */
bool walk_model_run(const u8 *data, size_t len);

/* How often each result came out, so that a test can say what it met. */
#define WALK_MODEL_CODES	16
extern u64 walk_model_seen[WALK_MODEL_CODES];

#endif /* _VSM_HOST_WALK_MODEL_H */
