// SPDX-License-Identifier: GPL-2.0
/*
 * kernel/hv/addr.c, with the one object of the image that has an address of
 * its own on the host.  Must never answer for anything else.
 */
#define hv_pa hv_pa_of_chunk
#include "../../kernel/hv/addr.c"
#undef hv_pa

#include "machine.h"

spa_t hv_pa(const void *va);

spa_t hv_pa(const void *va)
{
	return va == hv_hypercall_page ? MACHINE_CODE_PA : hv_pa_of_chunk(va);
}
