// SPDX-License-Identifier: GPL-2.0
/*
 * Root mode's own GDT, IDT, TSS and what arrives through them.  Must never
 * return from anything but an NMI: any other exception here is a fault of the
 * hypervisor or of the machine.
 */
#include <vsm/string.h>

#include "hv.h"
#include "vcpu.h"

#define TRAP_ENTRY_SIZE	16
#define TRAP_VECTORS	32

enum { IST_NONE, IST_DF, IST_NMI, IST_MC };

struct trap_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8;
	u64 rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

extern char hv_trap_entries[];
extern char vmexit_resume[], vmexit_resume_end[], vmexit_retry[];
void trap_handle(struct trap_frame *frame);

static u8 trap_ist(u32 vector)
{
	switch (vector) {
	case X86_TRAP_NMI:
		return IST_NMI;
	case X86_TRAP_DF:
		return IST_DF;
	case X86_TRAP_MC:
		return IST_MC;
	default:
		return IST_NONE;
	}
}

/* First CPU only. */
void trap_setup_idt(void)
{
	for (u32 i = 0; i < TRAP_VECTORS; i++) {
		u64 addr = (u64)hv_trap_entries + i * TRAP_ENTRY_SIZE;

		hv_idt[i] = (struct idt_gate) {
			.offset_low = addr,
			.selector = HV_CS,
			.ist = trap_ist(i),
			.attr = IDT_GATE_INTERRUPT,
			.offset_mid = addr >> 16,
			.offset_high = addr >> 32,
		};
	}
}

void trap_setup_cpu(struct pcpu *cpu)
{
	u64 area = pcpu_area(cpu->index), tss = (u64)&cpu->tss;

	memset(&cpu->tss, 0, sizeof(cpu->tss));
	cpu->tss.rsp[0] = area + HV_PCPU_STACK_TOP;
	cpu->tss.ist[IST_DF - 1] = area + HV_PCPU_DF_TOP;
	cpu->tss.ist[IST_NMI - 1] = area + HV_PCPU_NMI_TOP;
	cpu->tss.ist[IST_MC - 1] = area + HV_PCPU_MC_TOP;
	cpu->tss.iomap_base = sizeof(cpu->tss);

	memset(cpu->gdt, 0, sizeof(cpu->gdt));
	cpu->gdt[HV_CS / 8] = GDT_KERNEL_CODE64;
	cpu->gdt[HV_SS / 8] = GDT_KERNEL_DATA;
	cpu->gdt[HV_TR / 8] = gdt_tss_low(tss, sizeof(cpu->tss) - 1);
	cpu->gdt[HV_TR / 8 + 1] = tss >> 32;
}

/*
 * An NMI in root mode.  Between the test for a pending NMI and VM entry the
 * entry path would miss it, so send it back to the test.
 */
static void trap_nmi(struct pcpu *cpu, struct trap_frame *frame)
{
	bool ours = __atomic_exchange_n(&cpu->nmi_expected, 0,
					__ATOMIC_ACQ_REL);

	if (flush_pending(cpu))
		flush_serve(cpu);
	if (!ours || apic_nmi_has_cause())
		cpu->nmi_arrived |= NMI_OF_VTL0;
	else if (READ_ONCE(cpu->vic_check))
		cpu->nmi_arrived |= NMI_FOR_VTL1;
	else
		return;
	if (frame->rip >= (u64)vmexit_resume &&
	    frame->rip < (u64)vmexit_resume_end)
		frame->rip = (u64)vmexit_retry;
}

extern char rdmsr_insn[], wrmsr_insn[], xsetbv_insn[], safe_fault[];

/* An MSR or XCR0 value that the processor does not have. */
static bool trap_fixup(struct trap_frame *frame)
{
	if (frame->vector != X86_TRAP_GP ||
	    (frame->rip != (u64)rdmsr_insn && frame->rip != (u64)wrmsr_insn &&
	     frame->rip != (u64)xsetbv_insn))
		return false;
	frame->rip = (u64)safe_fault;
	return true;
}

void trap_handle(struct trap_frame *frame)
{
	struct pcpu *cpu = this_cpu();

	if (frame->vector == X86_TRAP_NMI) {
		trap_nmi(cpu, frame);
		return;
	}
	if (trap_fixup(frame))
		return;
	hv_log("hv: cpu %u: exception %lu error %lx at %lx rsp %lx cr2 %lx",
	       cpu->index, frame->vector, frame->error, frame->rip,
	       frame->rsp, read_cr2());
	vcpu_dump_exception(cpu, frame->rip);
	vcpu_park(cpu);
}
