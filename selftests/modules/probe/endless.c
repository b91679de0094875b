// SPDX-License-Identifier: GPL-2.0
/*
 * A loop of exceptions that the processor does not leave by itself: the stack
 * that #DB is delivered on has a data breakpoint.  Must never be entered
 * without another CPU that ends it: neither interrupts nor NMIs do.
 */
#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <asm/desc.h>
#include <asm/processor.h>
#include <asm/trapnr.h>

#include "internal.h"

/* Global breakpoint 0 on writes of eight bytes. */
#define DR7_WRITE_8	0x90402UL

/* endless_asm.S */
void probe_loop_debug(const struct desc_ptr *idt, const struct desc_ptr *old,
		      unsigned long breakpoint, unsigned long dr7);
void probe_loop_debug_entry(void);

/* Linux's exceptions, but for #DB; other vectors are not there. */
static void fill_idt(gate_desc *idt, const struct desc_ptr *old)
{
	unsigned long entry = (unsigned long)probe_loop_debug_entry;

	memcpy(idt, (const void *)old->address,
	       VSM_PROBE_LOOP_VECTORS * sizeof(*idt));
	idt[X86_TRAP_DB].offset_low = entry;
	idt[X86_TRAP_DB].offset_middle = entry >> 16;
	idt[X86_TRAP_DB].offset_high = entry >> 32;
}

static unsigned long stack_top(const gate_desc *gate)
{
	return this_cpu_read(cpu_tss_rw.x86_tss.ist[gate->bits.ist - 1]);
}

/* @page: the IDT, and behind it what tells how far this is. */
void probe_loop(void *page)
{
	struct desc_ptr old, idt = {
		.size = VSM_PROBE_LOOP_VECTORS * sizeof(gate_desc) - 1,
		.address = (unsigned long)page,
	};
	u8 *state = page + VSM_PROBE_LOOP_STATE;
	unsigned long flags, top;
	gate_desc *gates = page;

	preempt_disable();
	local_irq_save(flags);
	store_idt(&old);
	fill_idt(gates, &old);
	top = stack_top(&gates[X86_TRAP_DB]);
	WRITE_ONCE(*state, VSM_PROBE_LOOP_RUNS);
	probe_loop_debug(&idt, &old, top - sizeof(u64), DR7_WRITE_8);
	WRITE_ONCE(*state, VSM_PROBE_LOOP_ENDED);
	local_irq_restore(flags);
	preempt_enable();
}
