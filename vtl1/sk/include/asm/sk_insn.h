/* SPDX-License-Identifier: GPL-2.0 */
/* Instructions that the secure kernel needs on top of <asm/insn.h>. */
#ifndef _VSM_ASM_SK_INSN_H
#define _VSM_ASM_SK_INSN_H

#include <asm/insn.h>

static inline u64 irq_save(void)
{
	u64 flags;

	__asm__ volatile("pushfq; pop %0; cli" : "=r"(flags) :: "memory");
	return flags;
}

static inline void irq_restore(u64 flags)
{
	if (flags & X86_EFLAGS_IF)
		irq_enable();
}

/*
 * @i, or 0 when it is not below @n: also for what is executed ahead of the
 * check of @i.
 */
static inline u64 index_nospec(u64 i, u64 n)
{
	u64 mask;

	__asm__("cmp %2, %1\n\tsbb %0, %0"
		: "=r"(mask) : "r"(i), "r"(n) : "cc");
	return i & mask;
}

/* A far return to the next instruction. */
static inline void load_code_segment(u16 selector)
{
	u64 tmp;

	__asm__ volatile("lea 1f(%%rip), %0\n\t"
			 "push %1\n\t"
			 "push %0\n\t"
			 "lretq\n"
			 "1:"
			 : "=&r"(tmp) : "r"((u64)selector) : "memory");
}

static inline u64 hypercall_insn(const void *code, u64 control, u64 in, u64 out)
{
	register u64 r8 __asm__("r8") = out;
	u64 ret;

	__asm__ volatile("call *%[code]"
			 : "=a"(ret), "+c"(control), "+d"(in), "+r"(r8)
			 : [code] "r"(code)
			 : "r9", "r10", "r11", "cc", "memory");
	return ret;
}

#endif /* _VSM_ASM_SK_INSN_H */
