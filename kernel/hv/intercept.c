// SPDX-License-Identifier: GPL-2.0
/*
 * Secure intercepts: what VTL0 does that VTL1 asked to see becomes a message
 * to VTL1, before VTL0 has done it.  Must never let VTL0 go on with what was
 * intercepted: VTL1 performs, skips or refuses it.  Source: TLFS, "Secure
 * Intercepts".
 */
#include <asm/msr.h>
#include <vsm/string.h>

#include "hv.h"
#include "registers.h"
#include "vcpu.h"

static_assert(sizeof(struct hv_x64_intercept_header) == 0x28, "header");
static_assert(sizeof(struct hv_x64_memory_intercept) == HV_MESSAGE_PAYLOAD,
	      "memory intercept");
static_assert(offsetof(struct hv_x64_register_intercept, value) == 0x30,
	      "register intercept");

/* MSRs that can be intercepted, and the control bits for it. */
static const struct {
	u32 first, last;
	u64 read, write;
} msrs[] = {
	{ MSR_IA32_MISC_ENABLE, MSR_IA32_MISC_ENABLE,
	  HV_INTERCEPT_MISC_ENABLE_READ, HV_INTERCEPT_MISC_ENABLE_WRITE },
	{ MSR_LSTAR, MSR_LSTAR,
	  HV_INTERCEPT_LSTAR_READ, HV_INTERCEPT_LSTAR_WRITE },
	{ MSR_STAR, MSR_STAR, HV_INTERCEPT_STAR_READ, HV_INTERCEPT_STAR_WRITE },
	{ MSR_CSTAR, MSR_CSTAR,
	  HV_INTERCEPT_CSTAR_READ, HV_INTERCEPT_CSTAR_WRITE },
	{ MSR_IA32_APICBASE, MSR_IA32_APICBASE,
	  HV_INTERCEPT_APIC_BASE_READ, HV_INTERCEPT_APIC_BASE_WRITE },
	{ MSR_EFER, MSR_EFER, HV_INTERCEPT_EFER_READ, HV_INTERCEPT_EFER_WRITE },
	{ MSR_IA32_SYSENTER_CS, MSR_IA32_SYSENTER_CS,
	  0, HV_INTERCEPT_SYSENTER_CS_WRITE },
	{ MSR_IA32_SYSENTER_EIP, MSR_IA32_SYSENTER_EIP,
	  0, HV_INTERCEPT_SYSENTER_EIP_WRITE },
	{ MSR_IA32_SYSENTER_ESP, MSR_IA32_SYSENTER_ESP,
	  0, HV_INTERCEPT_SYSENTER_ESP_WRITE },
	{ MSR_SYSCALL_MASK, MSR_SYSCALL_MASK, 0, HV_INTERCEPT_SFMASK_WRITE },
	{ MSR_TSC_AUX, MSR_TSC_AUX, 0, HV_INTERCEPT_TSC_AUX_WRITE },
	{ MSR_IA32_SGXLEPUBKEYHASH0, MSR_IA32_SGXLEPUBKEYHASH0 + 3,
	  0, HV_INTERCEPT_SGX_LAUNCH_WRITE },
	{ MSR_IA32_XSS, MSR_IA32_XSS, 0, HV_INTERCEPT_XSS_WRITE },
	{ MSR_IA32_S_CET, MSR_IA32_S_CET, 0, HV_INTERCEPT_S_CET_WRITE },
	{ MSR_IA32_PL0_SSP, MSR_IA32_PL0_SSP + 3,
	  0, HV_INTERCEPT_PL_SSP_WRITE },
	{ MSR_IA32_INT_SSP_TAB, MSR_IA32_INT_SSP_TAB,
	  0, HV_INTERCEPT_SSP_TABLE_WRITE },
};

/* VTL1 takes intercepts where it has a message page and source 0 open. */
bool intercept_ready(const struct pcpu *cpu)
{
	const struct hv_synic *s = &cpu->synic;

	return !cpu->active_vtl && cpu->vtl[1].enabled && !cpu->vtl1_dead &&
	       (s->scontrol & HV_SCONTROL_ENABLE) && s->sim &&
	       !(s->sint[0] & HV_SINT_MASKED);
}

/* A slot that VTL1 has not emptied keeps this one waiting, not lost. */
static void deliver(struct pcpu *cpu, const struct hv_message *msg)
{
	if (!synic_post(cpu, 0, msg)) {
		cpu->synic.intercept = *msg;
		cpu->synic.intercept_waiting = true;
	}
	vtl_enter(cpu, HV_VTL_ENTRY_INTERRUPT);
}

static u8 cache_type(gpa_t gpa)
{
	bool uniform;

	return mtrr_type(gpa & PAGE_MASK, PAGE_SIZE, &uniform);
}

/* SDM: outside 64-bit mode CS has a base, and addresses have 32 bits. */
static gva_t linear_rip(const struct hv_x64_intercept_header *h)
{
	return vcpu_long_mode() ? h->rip : (u32)(h->cs.base + h->rip);
}

bool intercept_memory(struct pcpu *cpu, const struct hv_access *a)
{
	struct hv_message msg = {
		.type = HV_MESSAGE_GPA_INTERCEPT,
		.payload_size = sizeof(struct hv_x64_memory_intercept),
		.sender = HV_PARTITION_ID_SELF,
	};
	struct hv_x64_memory_intercept *m = (void *)msg.payload;

	if (!intercept_ready(cpu))
		return false;
	vcpu_intercept_header(cpu, &m->header, a->type, a->instruction);
	m->cache_type = cache_type(a->gpa);
	m->instruction_bytes_count =
		translate_fetch(cpu, linear_rip(&m->header),
				m->instruction_bytes,
				sizeof(m->instruction_bytes));
	m->tpr = m->header.length_cr8 & 0xf0;
	m->access_info = a->info;
	m->gva = a->gva;
	m->gpa = a->gpa;
	vcpu_intercept_registers(cpu, m);
	deliver(cpu, &msg);
	return true;
}

void intercept_parameter(struct pcpu *cpu, gpa_t gpa, bool write)
{
	const struct hv_access a = {
		.gpa = gpa,
		.type = write ? HV_ACCESS_WRITE : HV_ACCESS_READ,
		.info = write ? HV_MEMORY_HYPERCALL_OUTPUT : 0,
		.instruction = true,
	};

	if (intercept_memory(cpu, &a))
		return;
	hv_event(cpu, 0, gpa, write ? HV_EVENT_WRITE : HV_EVENT_READ,
		 HV_OWNER_VTL1);
	vcpu_inject_gp();
}

bool intercept_msr(struct pcpu *cpu, u32 msr, bool write)
{
	struct hv_message msg = {
		.type = HV_MESSAGE_MSR_INTERCEPT,
		.payload_size = sizeof(struct hv_x64_msr_intercept),
		.sender = HV_PARTITION_ID_SELF,
	};
	struct hv_x64_msr_intercept *m = (void *)msg.payload;

	if (!intercept_ready(cpu))
		return false;
	vcpu_intercept_header(cpu, &m->header,
			      write ? HV_ACCESS_WRITE : HV_ACCESS_READ, true);
	m->msr = msr;
	m->rdx = cpu->regs->rdx;
	m->rax = cpu->regs->rax;
	deliver(cpu, &msg);
	return true;
}

bool intercept_register(struct pcpu *cpu, u32 name, bool memory, u64 val)
{
	struct hv_message msg = {
		.type = HV_MESSAGE_REGISTER_INTERCEPT,
		.payload_size = sizeof(struct hv_x64_register_intercept),
		.sender = HV_PARTITION_ID_SELF,
	};
	struct hv_x64_register_intercept *m = (void *)msg.payload;

	if (!intercept_ready(cpu))
		return false;
	vcpu_intercept_header(cpu, &m->header, HV_ACCESS_WRITE, true);
	m->is_memory_op = memory;
	m->name = name;
	m->value.low = val;
	deliver(cpu, &msg);
	return true;
}

bool intercept_wants_cr(const struct pcpu *cpu, u32 cr, u64 old, u64 val)
{
	const struct hv_intercepts *i = &cpu->intercepts;

	if (cpu->active_vtl)
		return false;
	if (cr == 0)
		return (i->control & HV_INTERCEPT_CR0_WRITE) &&
		       ((old ^ val) & i->cr0_mask);
	return (i->control & HV_INTERCEPT_CR4_WRITE) &&
	       ((old ^ val) & i->cr4_mask);
}

bool intercept_wants_msr(const struct pcpu *cpu, u32 msr, bool write, u64 val)
{
	const struct hv_intercepts *i = &cpu->intercepts;

	if (cpu->active_vtl || !i->control)
		return false;
	for (u32 k = 0; k < ARRAY_SIZE(msrs); k++) {
		if (msr < msrs[k].first || msr > msrs[k].last)
			continue;
		if (!(i->control & (write ? msrs[k].write : msrs[k].read)))
			return false;
		return msr != MSR_IA32_MISC_ENABLE || !write ||
		       ((rdmsr(msr) ^ val) & i->misc_mask);
	}
	return false;
}

void intercept_msrs(const struct pcpu *cpu,
		    void (*fn)(struct pcpu *cpu, u32 msr, bool write,
			       bool exits), struct pcpu *arg)
{
	u64 control = cpu->intercepts.control;

	for (u32 k = 0; k < ARRAY_SIZE(msrs); k++) {
		for (u32 msr = msrs[k].first; msr <= msrs[k].last; msr++) {
			fn(arg, msr, false, control & msrs[k].read);
			fn(arg, msr, true, control & msrs[k].write);
		}
	}
}

static u64 *control_of(struct pcpu *cpu, u32 name)
{
	struct hv_intercepts *i = &cpu->intercepts;

	switch (name) {
	case HV_REGISTER_CR_INTERCEPT_CONTROL:
		return &i->control;
	case HV_REGISTER_CR_INTERCEPT_CR0_MASK:
		return &i->cr0_mask;
	case HV_REGISTER_CR_INTERCEPT_CR4_MASK:
		return &i->cr4_mask;
	default:
		return &i->misc_mask;
	}
}

u64 hvreg_get_intercept(struct pcpu *cpu, u8 vtl, u32 name,
			struct hv_register_value *val)
{
	(void)vtl;
	val->low = *control_of(cpu, name);
	val->high = 0;
	return HV_STATUS_SUCCESS;
}

/* What the processor cannot show is refused, so that no bit is ineffective. */
static bool control_possible(u64 val)
{
	const u64 tables = HV_INTERCEPT_GDTR_WRITE | HV_INTERCEPT_IDTR_WRITE |
			   HV_INTERCEPT_LDTR_WRITE | HV_INTERCEPT_TR_WRITE;

	return !(val & ~HV_INTERCEPT_CONTROL_MASK) &&
	       (!(val & tables) || vcpu_has_table_exiting());
}

u64 hvreg_set_intercept(struct pcpu *cpu, u8 vtl, u32 name,
			const struct hv_register_value *val)
{
	(void)vtl;
	if (name == HV_REGISTER_CR_INTERCEPT_CONTROL &&
	    !control_possible(val->low))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	*control_of(cpu, name) = val->low;
	vcpu_apply_intercepts(cpu);
	return HV_STATUS_SUCCESS;
}

u64 hvreg_get_pending_event(struct pcpu *cpu, u8 vtl, u32 name,
			    struct hv_register_value *val)
{
	(void)vtl;
	(void)name;
	vcpu_get_pending_event(cpu, &val->low, &val->high);
	return HV_STATUS_SUCCESS;
}

u64 hvreg_set_pending_event(struct pcpu *cpu, u8 vtl, u32 name,
			    const struct hv_register_value *val)
{
	(void)vtl;
	(void)name;
	return vcpu_set_pending_event(cpu, val->low, val->high);
}
