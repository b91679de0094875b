// SPDX-License-Identifier: GPL-2.0
/*
 * VTL1's interrupt controller: priorities, end of interrupt, IPIs between the
 * VTL1s of different VPs.  Must never reach the real APIC, which is VTL0's.
 * Source: SDM, "Handling Interrupts", "Extended XAPIC (x2APIC)"; TLFS,
 * "Virtual Interrupt Control".
 */
#include <asm/msr.h>

#include "hv.h"
#include "vcpu.h"

#define X2APIC_ID		0x802
#define X2APIC_VERSION		0x803
#define X2APIC_TPR		0x808
#define X2APIC_PPR		0x80a
#define X2APIC_EOI		0x80b
#define X2APIC_SVR		0x80f
#define X2APIC_ISR0		0x810
#define X2APIC_IRR0		0x820
#define X2APIC_ESR		0x828
#define X2APIC_ICR		0x830
#define X2APIC_SELF_IPI		0x83f
#define X2APIC_LAST		0x8ff

#define VERSION			0x14		/* integrated, no LVT but one */
#define SVR_RESET		0xff
#define SVR_MASK		0x1ff
#define ICR_VECTOR(v)		((v) & 0xff)
#define ICR_MODE(v)		((v) >> 8 & 7)	/* 0: fixed */
#define ICR_LOGICAL		BIT_ULL(11)
#define ICR_LEVEL		BIT_ULL(14)
#define ICR_SHORTHAND(v)	((v) >> 18 & 3)
#define ICR_RSVD		(~(0xffffffffULL << 32 | 0xcffffULL))
#define SHORTHAND_NONE		0
#define SHORTHAND_SELF		1
#define SHORTHAND_ALL		2

static int highest(const u64 map[4])
{
	for (int i = 3; i >= 0; i--) {
		u64 word = __atomic_load_n(&map[i], __ATOMIC_RELAXED);

		if (word)
			return 64 * i + 63 - __builtin_clzll(word);
	}
	return -1;
}

static u8 priority(const struct hv_vic *vic)
{
	int isr = highest(vic->isr);

	if (isr >= 0 && isr >> 4 >= vic->tpr >> 4)
		return isr & 0xf0;
	return vic->tpr;
}

void vic_raise(struct pcpu *cpu, u8 vector)
{
	__atomic_fetch_or(&cpu->vic.irr[vector / 64], BIT_ULL(vector % 64),
			  __ATOMIC_SEQ_CST);
	__atomic_store_n(&cpu->vic_check, true, __ATOMIC_SEQ_CST);
}

/* From another CPU: it comes out of its VTL0 to take it. */
void vic_send(struct pcpu *cpu, u8 vector)
{
	vic_raise(cpu, vector);
	if (cpu != this_cpu())
		flush_kick(cpu);
}

int vic_next(struct pcpu *cpu)
{
	int vector;

	__atomic_store_n(&cpu->vic_check, false, __ATOMIC_SEQ_CST);
	vector = highest(cpu->vic.irr);
	if (vector < 0)
		return -1;
	__atomic_store_n(&cpu->vic_check, true, __ATOMIC_SEQ_CST);
	return vector >> 4 > priority(&cpu->vic) >> 4 ? vector : -1;
}

void vic_in_service(struct pcpu *cpu, u8 vector)
{
	cpu->vic.isr[vector / 64] |= BIT_ULL(vector % 64);
}

static bool auto_eoi(const struct pcpu *cpu, u8 vector)
{
	for (u32 i = 0; i < HV_NUM_SINTS; i++) {
		u64 sint = cpu->synic.sint[i];

		if (!(sint & HV_SINT_MASKED) && (sint & HV_SINT_AUTO_EOI) &&
		    (sint & HV_SINT_VECTOR_MASK) == vector)
			return true;
	}
	return false;
}

/* It is on its way into VTL1. */
void vic_accept(struct pcpu *cpu, u8 vector)
{
	__atomic_fetch_and(&cpu->vic.irr[vector / 64], ~BIT_ULL(vector % 64),
			   __ATOMIC_SEQ_CST);
	if (!auto_eoi(cpu, vector))
		vic_in_service(cpu, vector);
}

static void eoi(struct pcpu *cpu)
{
	int vector = highest(cpu->vic.isr);

	if (vector >= 0)
		cpu->vic.isr[vector / 64] &= ~BIT_ULL(vector % 64);
	/* TLFS: the end of an interrupt makes queued messages move on. */
	stimer_flush(cpu);
}

u8 vic_cr8(const struct pcpu *cpu)
{
	return cpu->vic.tpr >> 4;
}

void vic_set_cr8(struct pcpu *cpu, u64 val)
{
	cpu->vic.tpr = val << 4;
}

static bool takes_ipi(const struct pcpu *cpu)
{
	return __atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE) &&
	       __atomic_load_n(&cpu->vtl[1].enabled, __ATOMIC_ACQUIRE);
}

/* Fixed interrupts, to one VP or by shorthand; all other kinds are refused. */
static bool send_ipi(struct pcpu *self, u64 icr)
{
	u8 vector = ICR_VECTOR(icr);
	u32 shorthand = ICR_SHORTHAND(icr);

	if ((icr & ICR_RSVD) || ICR_MODE(icr) || (icr & ICR_LOGICAL) ||
	    vector < 16)
		return false;
	for (u32 i = 0; i < hv_boot.nr_cpus; i++) {
		struct pcpu *cpu = pcpu_of(i);
		bool to = shorthand == SHORTHAND_NONE ?
				cpu->apic_id == icr >> 32 :
			  shorthand == SHORTHAND_SELF ? cpu == self :
			  shorthand == SHORTHAND_ALL ? true : cpu != self;

		if (takes_ipi(cpu) && to)
			vic_send(cpu, vector);
	}
	return true;
}

static bool read_x2apic(struct pcpu *cpu, u32 msr, u64 *val)
{
	const struct hv_vic *vic = &cpu->vic;

	*val = 0;
	if (msr >= X2APIC_ISR0 && msr < X2APIC_ISR0 + 8) {
		msr -= X2APIC_ISR0;
		*val = (u32)(vic->isr[msr / 2] >> (msr % 2 * 32));
		return true;
	}
	if (msr >= X2APIC_IRR0 && msr < X2APIC_IRR0 + 8) {
		msr -= X2APIC_IRR0;
		*val = (u32)(vic->irr[msr / 2] >> (msr % 2 * 32));
		return true;
	}
	switch (msr) {
	case X2APIC_ID:
		*val = cpu->apic_id;
		return true;
	case X2APIC_VERSION:
		*val = VERSION;
		return true;
	case X2APIC_TPR:
		*val = vic->tpr;
		return true;
	case X2APIC_PPR:
		*val = priority(vic);
		return true;
	case X2APIC_SVR:
		*val = vic->svr;
		return true;
	case X2APIC_ESR:
	case X2APIC_ICR:
		return true;
	default:
		return false;
	}
}

static bool write_tpr(struct pcpu *cpu, u64 val)
{
	if (val & ~0xffULL)
		return false;
	cpu->vic.tpr = val;
	return true;
}

static bool write_x2apic(struct pcpu *cpu, u32 msr, u64 val)
{
	switch (msr) {
	case X2APIC_TPR:
		return write_tpr(cpu, val);
	case X2APIC_EOI:
		if (!val)
			eoi(cpu);
		return !val;
	case X2APIC_SVR:
		if (val & ~(u64)SVR_MASK)
			return false;
		cpu->vic.svr = val;
		return true;
	case X2APIC_ESR:
		return !val;
	case X2APIC_ICR:
		return send_ipi(cpu, val);
	case X2APIC_SELF_IPI:
		if (val & ~0xffULL || val < 16)
			return false;
		vic_raise(cpu, val);
		return true;
	default:
		return false;
	}
}

bool vic_msr_read(struct pcpu *cpu, u32 msr, u64 *val)
{
	if (msr >= MSR_IA32_X2APIC_FIRST && msr <= X2APIC_LAST)
		return read_x2apic(cpu, msr, val);
	switch (msr) {
	case MSR_IA32_APICBASE:
		*val = (rdmsr(msr) & PAGE_MASK) | APICBASE_ENABLE |
		       APICBASE_X2APIC | (rdmsr(msr) & APICBASE_BSP);
		return true;
	case HV_X64_MSR_TPR:
		*val = cpu->vic.tpr;
		return true;
	case HV_X64_MSR_ICR:
		*val = 0;
		return true;
	case HV_X64_MSR_EOI:
		return false;
	default:
		return false;
	}
}

bool vic_msr_write(struct pcpu *cpu, u32 msr, u64 val)
{
	if (msr >= MSR_IA32_X2APIC_FIRST && msr <= X2APIC_LAST)
		return write_x2apic(cpu, msr, val);
	switch (msr) {
	case HV_X64_MSR_TPR:
		return write_tpr(cpu, val);
	case HV_X64_MSR_ICR:
		return send_ipi(cpu, val);
	case HV_X64_MSR_EOI:
		eoi(cpu);
		return true;
	default:
		return false;
	}
}
