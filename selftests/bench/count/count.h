/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included before all else into each C file of the hypervisor when it is built
 * for counting: every VMX instruction that has a wrapper also counts itself.
 * VMLAUNCH and VMRESUME, one an exit, are not C.
 */
#ifndef BENCH_COUNT_H
#define BENCH_COUNT_H

#ifndef __ASSEMBLER__

#include <asm/insn.h>
#include <linux/types.h>

#include "../../../kernel/hv/public.h"

void bench_count(enum hv_public_vmx_op op);

#define BENCH_COUNT(op, call) \
	({ bench_count(HV_PUBLIC_##op); (call); })

/* A macro's own name within it is not expanded again. */
#define __vmread(field)		BENCH_COUNT(VMREAD, __vmread(field))
#define __vmwrite(field, val)	BENCH_COUNT(VMWRITE, __vmwrite(field, val))
#define vmptrld(pa)		BENCH_COUNT(VMPTRLD, vmptrld(pa))
#define vmptrld_from(pa)	BENCH_COUNT(VMPTRLD, vmptrld_from(pa))
#define vmclear(pa)		BENCH_COUNT(VMCLEAR, vmclear(pa))
#define invept(type, desc)	BENCH_COUNT(INVEPT, invept(type, desc))
#define invvpid(type, id, gla)	BENCH_COUNT(INVVPID, invvpid(type, id, gla))

#endif /* !__ASSEMBLER__ */
#endif /* BENCH_COUNT_H */
