/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the conformance tests share: a machine demoted with the puppet in VTL1,
 * and hypercalls and registers of either VTL from user space.
 *
 * The machine is taken over before the first test of a program and handed back
 * after the last; what a test changes for good, later ones see.
 */
#ifndef _VSM_SELFTESTS_TLFS_H
#define _VSM_SELFTESTS_TLFS_H

#include <stdbool.h>
#include <stddef.h>

#include "../uapi/vsm/hvcall.h"
#include "../uapi/vsm/scall.h"
#include "../uapi/vsm/vtl.h"
#include "modules/probe/probe.h"
#include "puppet.h"

#define PAGE		4096ULL
#define TLFS_ORDER	6
#define TLFS_PAGES	(1U << TLFS_ORDER)

/* Pages of a test; the others are its own from TLFS_FREE on. */
#define TLFS_REQUEST	0		/* two */
#define TLFS_INPUT	2		/* two, to have a boundary within */
#define TLFS_OUTPUT	4		/* the same */
#define TLFS_COPY	6
#define TLFS_FREE	8

#define UNTOUCHED	0xee		/* what fills output before a call */

#define UD		6
#define GP		13
#define PF		14

/* What a hypercall that raised an exception gives instead of a result. */
#define TRAPPED(v)	(0xffffffff00000000ULL | (v))

#define REP(count, start) \
	((__u64)(count) << HV_HYPERCALL_REP_COUNT_SHIFT | \
	 (__u64)(start) << HV_HYPERCALL_REP_START_SHIFT)
/* The result of a rep call. */
#define DONE(reps)	((__u64)(reps) << HV_HYPERCALL_REPS_DONE_SHIFT)

#define USE_VTL(vtl)	(HV_INPUT_VTL_USE | (vtl))

/* Of a VTL call with a request in its place. */
#define PUPPET_CALL_GPRS(t) \
	.gpr[PUPPET_RCX] = HVCALL_VTL_CALL, \
	.gpr[PUPPET_RDI] = PUPPET_CALL, \
	.gpr[PUPPET_RSI] = tlfs_gpa(t, TLFS_REQUEST), \
	.gpr[PUPPET_RDX] = 1

struct tlfs {
	int fd;			/* of the probe device */
	__u8 *mem;		/* TLFS_PAGES pages, and where they are */
	__u64 gpa;
	__u64 va;		/* in the kernel of VTL0 */
};

/* Set by a constructor of a test that is to be asked before vsm.ko loads. */
#define TLFS_FIRST	101		/* its priority */
extern void (*tlfs_before)(int probe_fd);

/* NULL: ready.  Otherwise why not; @ret_skip: that is not a failure. */
const char *tlfs_open(struct tlfs *t, bool *ret_skip);
void tlfs_close(struct tlfs *t);

/* Handed back and taken over again: what was changed for good is as before. */
bool tlfs_again(void);

unsigned int tlfs_cpus(void);		/* online; numbered from 0 on */
void tlfs_on_cpu(unsigned int cpu);

static inline void *tlfs_page(const struct tlfs *t, unsigned int n)
{
	return t->mem + n * PAGE;
}

static inline __u64 tlfs_gpa(const struct tlfs *t, unsigned int n)
{
	return t->gpa + n * PAGE;
}

static inline __u64 tlfs_va(const struct tlfs *t, unsigned int n)
{
	return t->va + n * PAGE;
}

/*
 * The puppet carries out @nr requests, which are replaced by the results;
 * false: VTL1 did not answer.
 */
bool puppet_all(struct tlfs *t, struct puppet_request *req, unsigned int nr);

static inline bool puppet(struct tlfs *t, struct puppet_request *req)
{
	return puppet_all(t, req, 1);
}

/* VMCALL in @vtl with all registers given; the vector, or NO_FAULT. */
#define NO_FAULT	PUPPET_NO_FAULT
__u32 vmcall(struct tlfs *t, int vtl, struct vsm_probe_insn *c);

/* One instruction in VTL0's kernel: as above. */
__u32 vtl0_insn(struct tlfs *t, enum vsm_probe_insns insn,
		struct vsm_probe_insn *c);
__u32 vtl0_load(struct tlfs *t, __u64 va, __u64 *ret);
__u32 vtl0_store(struct tlfs *t, __u64 va, __u64 val);

/* The whole result of a hypercall, or TRAPPED(). */
__u64 hypercall(struct tlfs *t, int vtl, __u64 control, __u64 in, __u64 out);
/* From and to the input and output pages, output filled with UNTOUCHED. */
__u64 memory_call(struct tlfs *t, int vtl, __u64 control);
bool output_untouched(const struct tlfs *t);

/* HvCallGetVpRegisters and HvCallSetVpRegisters of one register of this VP. */
__u64 get_register(struct tlfs *t, int vtl, __u8 input_vtl, __u32 name,
		   struct hv_register_value *ret);
__u64 set_register(struct tlfs *t, int vtl, __u8 input_vtl, __u32 name,
		   __u64 low);

/* HvCallModifyVtlProtectionMask on @nr pages that follow each other. */
__u64 protect(struct tlfs *t, int vtl, __u8 input_vtl, __u32 flags, __u64 gpn,
	      unsigned int nr);

/* The vector, or NO_FAULT. */
__u32 read_msr(struct tlfs *t, int vtl, __u32 msr, __u64 *ret);
__u32 write_msr(struct tlfs *t, int vtl, __u32 msr, __u64 val);

/* Registers and memory of VTL1. */
__u32 vtl1_read(struct tlfs *t, enum puppet_register reg, __u64 *ret);
__u32 vtl1_write(struct tlfs *t, enum puppet_register reg, __u64 val);
bool vtl1_copy_out(struct tlfs *t, void *dst, __u64 gpa, size_t len);
bool vtl1_copy_in(struct tlfs *t, __u64 gpa, const void *src, size_t len);

#endif /* _VSM_SELFTESTS_TLFS_H */
