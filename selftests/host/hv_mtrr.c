// SPDX-License-Identifier: GPL-2.0
/*
 * kernel/hv/mtrr.c, which reads the registers once in a lifetime.  Must never
 * do more than begin another one.
 */
#include <string.h>

#include "../../kernel/hv/mtrr.c"
#include "machine.h"

void machine_forget_mtrrs(void)
{
	memset(&mtrr, 0, sizeof(mtrr));
}
