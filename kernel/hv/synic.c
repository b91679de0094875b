// SPDX-License-Identifier: GPL-2.0
/*
 * VTL1's synthetic interrupt controller: registers, message slots.  Must never
 * write outside the page that VTL1 named, nor overwrite a message that VTL1
 * has not taken.  VTL0 has no SynIC: nothing is ever sent to it.  Source: TLFS,
 * "Inter-Partition Communication".
 */
#include <vsm/string.h>

#include "hv.h"

#define PAGE_RSVD	0xffeULL

static_assert(sizeof(struct hv_message) == HV_MESSAGE_SIZE, "hv_message");
static_assert(offsetof(struct hv_message, payload) == 16, "hv_message");

void synic_reset(struct pcpu *cpu)
{
	memset(&cpu->synic, 0, sizeof(cpu->synic));
	memset(&cpu->vic, 0, sizeof(cpu->vic));
	memset(&cpu->intercepts, 0, sizeof(cpu->intercepts));
	cpu->vic.svr = 0xff;
	for (u32 i = 0; i < HV_NUM_SINTS; i++)
		cpu->synic.sint[i] = HV_SINT_MASKED;
}

/* False: the slot is not free, or there is none; the caller keeps it. */
bool synic_post(struct pcpu *cpu, u32 sint, const struct hv_message *msg)
{
	struct hv_synic *s = &cpu->synic;
	struct hv_message *slot;

	if (!(s->scontrol & HV_SCONTROL_ENABLE) || !s->sim)
		return false;
	slot = &s->sim[sint];
	if (__atomic_load_n(&slot->type, __ATOMIC_ACQUIRE) != HV_MESSAGE_NONE) {
		slot->flags |= HV_MESSAGE_PENDING;
		return false;
	}
	slot->payload_size = msg->payload_size;
	slot->flags = 0;
	slot->rsvd = 0;
	slot->sender = msg->sender;
	memcpy(slot->payload, msg->payload, sizeof(slot->payload));
	/* The type makes it a message. */
	__atomic_store_n(&slot->type, msg->type, __ATOMIC_RELEASE);
	if (!(s->sint[sint] & (HV_SINT_MASKED | HV_SINT_POLLING)))
		vic_raise(cpu, s->sint[sint] & HV_SINT_VECTOR_MASK);
	return true;
}

/* End of message: what waits for a free slot goes there now. */
static void flush_messages(struct pcpu *cpu)
{
	struct hv_synic *s = &cpu->synic;

	if (s->intercept_waiting && synic_post(cpu, 0, &s->intercept))
		s->intercept_waiting = false;
	stimer_flush(cpu);
}

static bool write_sim(struct hv_synic *s, u64 val)
{
	gpa_t gpa = val & PAGE_MASK;

	if (val & HV_MSR_ENABLE) {
		if (!hv_in_physmap(gpa) || !hv_is_ram(gpa, PAGE_SIZE))
			return false;
		s->sim = hv_va(gpa);
	} else {
		s->sim = NULL;
	}
	s->simp = val;
	return true;
}

static bool write_sint(struct hv_synic *s, u32 sint, u64 val)
{
	/* TLFS: vectors from 16; a masked source may have none. */
	if ((val & HV_SINT_VECTOR_MASK) < 16 && !(val & HV_SINT_MASKED))
		return false;
	s->sint[sint] = val & (HV_SINT_VECTOR_MASK | HV_SINT_MASKED |
			       HV_SINT_AUTO_EOI | HV_SINT_POLLING);
	return true;
}

bool synic_msr_read(struct pcpu *cpu, u32 msr, u64 *val)
{
	const struct hv_synic *s = &cpu->synic;

	if (msr >= HV_X64_MSR_SINT0 && msr <= HV_X64_MSR_SINT15) {
		*val = s->sint[msr - HV_X64_MSR_SINT0];
		return true;
	}
	if (msr >= HV_X64_MSR_STIMER0_CONFIG && msr <= HV_X64_MSR_STIMER3_COUNT)
		return stimer_get(cpu, msr - HV_X64_MSR_STIMER0_CONFIG, val);
	switch (msr) {
	case HV_X64_MSR_TIME_REF_COUNT:
		*val = stimer_now();
		return true;
	case HV_X64_MSR_SCONTROL:
		*val = s->scontrol;
		return true;
	case HV_X64_MSR_SVERSION:
		*val = HV_SYNIC_VERSION;
		return true;
	case HV_X64_MSR_SIEFP:
		*val = s->siefp;
		return true;
	case HV_X64_MSR_SIMP:
		*val = s->simp;
		return true;
	case HV_X64_MSR_EOM:
		*val = 0;
		return true;
	default:
		return false;
	}
}

bool synic_msr_write(struct pcpu *cpu, u32 msr, u64 val)
{
	struct hv_synic *s = &cpu->synic;

	if (msr >= HV_X64_MSR_SINT0 && msr <= HV_X64_MSR_SINT15)
		return write_sint(s, msr - HV_X64_MSR_SINT0, val);
	if (msr >= HV_X64_MSR_STIMER0_CONFIG && msr <= HV_X64_MSR_STIMER3_COUNT)
		return stimer_set(cpu, msr - HV_X64_MSR_STIMER0_CONFIG, val);
	switch (msr) {
	case HV_X64_MSR_TIME_REF_COUNT:
	case HV_X64_MSR_SVERSION:
		return false;
	case HV_X64_MSR_SCONTROL:
		s->scontrol = val & HV_SCONTROL_ENABLE;
		return true;
	case HV_X64_MSR_SIEFP:
		/* Kept for software that sets it: no event is ever signalled. */
		if (val & PAGE_RSVD)
			return false;
		s->siefp = val;
		return true;
	case HV_X64_MSR_SIMP:
		if (val & PAGE_RSVD || !write_sim(s, val))
			return false;
		flush_messages(cpu);
		return true;
	case HV_X64_MSR_EOM:
		flush_messages(cpu);
		return true;
	default:
		return false;
	}
}
