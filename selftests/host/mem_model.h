/* SPDX-License-Identifier: GPL-2.0 */
/* kernel/hv/mem.c against the reference, one script at a time. */
#ifndef _VSM_HOST_MEM_MODEL_H
#define _VSM_HOST_MEM_MODEL_H

#include "script.h"

/* False: something is not what the reference says; why is printed. */
bool mem_model_run(const u8 *data, size_t len);

#endif /* _VSM_HOST_MEM_MODEL_H */
