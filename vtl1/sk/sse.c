// SPDX-License-Identifier: GPL-2.0
/*
 * When VTL1 may execute an SSE instruction: its registers are VTL0's, so all of
 * the rest of the time that faults.  Must never be preempted in between.
 */
#include <asm/insn.h>

#include "crypto/sha256.h"
#include "sk.h"

bool sse_begin(u64 *ret_flags)
{
	if (!sk.sha)
		return false;
	*ret_flags = irq_save();
	clts();
	return true;
}

void sse_end(u64 flags)
{
	write_cr0(sk.cr0);
	irq_restore(flags);
}
