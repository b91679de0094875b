// SPDX-License-Identifier: GPL-2.0
/*
 * Where the hypervisor's VMX instructions are counted.  Must never be part of
 * an image that is used for anything else.
 */
#include "../../../kernel/hv/hv.h"

void bench_count(enum hv_public_vmx_op op)
{
	this_cpu()->public->vmx_ops[op]++;
}
