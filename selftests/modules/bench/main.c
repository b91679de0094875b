// SPDX-License-Identifier: GPL-2.0
/*
 * Measures the null VTL call, from the instruction before it to the one after,
 * when loaded; the numbers go to the log.  Must never make any other call.
 */
#define pr_fmt(fmt) "vsm_bench: " fmt

#include <linux/errno.h>
#include <linux/irqflags.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/types.h>
#include <asm/msr.h>

#include "../../../uapi/vsm/hvcall.h"
#include "../../../uapi/vsm/scall.h"

#define WARM_UP		16
#define ROUNDS		1000

/* Time stamps of one call: leaving VTL0, in VTL1, in VTL1, back. */
struct sample {
	u64 out, entered, leaving, back;
};

struct spread {
	u64 min, max, sum;
};

/*
 * The call as the hypercall page makes it.  VTL1 and the hypervisor keep no
 * general register but RSP.
 */
static u64 null_call(struct sample *s)
{
	u64 rdi = VSM_SC_NULL, rsi = VSM_NULL_TIMED, rdx = 0, rcx, rax = 0;

	s->out = rdtsc();
	asm volatile("push	%%rbp\n"
		     "push	%%rbx\n"
		     "movl	%[code], %%ecx\n"
		     "vmcall\n"
		     "pop	%%rbx\n"
		     "pop	%%rbp\n"
		     : "+D" (rdi), "+S" (rsi), "+d" (rdx), "=&c" (rcx),
		       "+a" (rax)
		     : [code] "i" (HVCALL_VTL_CALL)
		     : "memory", "cc", "r8", "r9", "r10", "r11", "r12", "r13",
		       "r14", "r15");
	s->back = rdtsc();
	s->entered = rsi;
	s->leaving = rdx;
	return rdi;
}

static void add(struct spread *r, u64 value)
{
	r->min = min(r->min, value);
	r->max = max(r->max, value);
	r->sum += value;
}

static void show(const char *what, const struct spread *r)
{
	pr_info("%s: min %llu avg %llu max %llu\n", what, r->min,
		r->sum / ROUNDS, r->max);
}

static int __init bench_init(void)
{
	struct spread call = { .min = U64_MAX }, ret = call, all = call;
	struct sample s;
	unsigned long flags;
	u64 status;
	int i;

	for (i = -WARM_UP; i < ROUNDS; i++) {
		local_irq_save(flags);
		status = null_call(&s);
		local_irq_restore(flags);
		if (status != VSM_S_OK) {
			pr_err("null call: status %llu\n", status);
			return -EIO;
		}
		if (i < 0)
			continue;
		add(&call, s.entered - s.out);
		add(&ret, s.back - s.leaving);
		add(&all, s.back - s.out);
	}
	show("call", &call);
	show("return", &ret);
	show("all", &all);
	return 0;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Measures the null VTL call of vsm");
MODULE_LICENSE("GPL");
