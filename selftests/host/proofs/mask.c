// SPDX-License-Identifier: GPL-2.0
/*
 * Protection masks, all 2^32 of them: what is legal never makes an entry that
 * the processor would call a misconfiguration, nor one that gives execution
 * to the kernel where a user has none.
 */
#include "../../../kernel/hv/mask.h"
#include "proof.h"

void prove(void)
{
	u32 mask = nondet_u32();
	bool mbec = nondet_bool();
	u64 entry = mask_to_ept(mask);

	if (!mask_legal(mask, mbec))
		return;
	CLAIM(!(entry & ~EPT_RWX));
	CLAIM(!(entry & EPT_W) || (entry & EPT_R));
	CLAIM(!(entry & (EPT_X | EPT_XU)) || (entry & EPT_R));
	CLAIM(!(entry & EPT_X) || (entry & EPT_XU));
	CLAIM(mbec || !(entry & EPT_X) == !(entry & EPT_XU));
	CLAIM(!entry == !mask);
}
