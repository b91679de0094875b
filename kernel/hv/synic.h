/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VTL1's interrupts on a VP: interrupt controller, SynIC, timers, intercepts.
 * Only the VP's own CPU touches them, except for what the comments name.
 */
#ifndef _VSM_HV_SYNIC_H
#define _VSM_HV_SYNIC_H

#include <vsm/types.h>
#include <linux/types.h>
#include <vsm/synic.h>

struct pcpu;

/* Interrupt controller: an x2APIC as far as software can see. */
struct hv_vic {
	u64 irr[4];			/* other CPUs set bits, atomically */
	u64 isr[4];
	u8 tpr;
	u32 svr;
};

struct hv_stimer {
	u64 config;			/* HV_STIMER_* */
	u64 count;
	u64 deadline;			/* reference time, while enabled */
	u64 expired;			/* when the message waiting was due */
	bool message_waiting;
};

struct hv_synic {
	u64 scontrol, siefp, simp;
	u64 sint[HV_NUM_SINTS];
	struct hv_message *sim;		/* the SIM page, or NULL */
	struct hv_stimer timer[HV_NUM_STIMERS];
	bool intercept_waiting;		/* for slot 0 to become free */
	struct hv_message intercept;
};

/* An access of VTL0 that is not let through. */
struct hv_access {
	gva_t gva;			/* as far as info says */
	gpa_t gpa;
	u8 type;			/* HV_ACCESS_* */
	u8 info;			/* HV_MEMORY_* */
	bool instruction;		/* whose length the exit tells */
};

/* Secure register intercepts of VTL0. */
struct hv_intercepts {
	u64 control;			/* HV_INTERCEPT_* */
	u64 cr0_mask, cr4_mask, misc_mask;
};

/* vic.c: -1: none that priority lets through */
void vic_raise(struct pcpu *cpu, u8 vector);
void vic_send(struct pcpu *cpu, u8 vector);
int vic_next(struct pcpu *cpu);
void vic_accept(struct pcpu *cpu, u8 vector);
void vic_in_service(struct pcpu *cpu, u8 vector);
u8 vic_cr8(const struct pcpu *cpu);
void vic_set_cr8(struct pcpu *cpu, u64 val);
/* MSRs of VTL1; false: #GP */
bool vic_msr_read(struct pcpu *cpu, u32 msr, u64 *val);
bool vic_msr_write(struct pcpu *cpu, u32 msr, u64 val);

/* synic.c */
void synic_reset(struct pcpu *cpu);
bool synic_post(struct pcpu *cpu, u32 sint, const struct hv_message *msg);
bool synic_msr_read(struct pcpu *cpu, u32 msr, u64 *val);
bool synic_msr_write(struct pcpu *cpu, u32 msr, u64 val);

/* stimer.c: times are in 100 ns */
u64 stimer_now(void);
void stimer_setup(void);
bool stimer_get(struct pcpu *cpu, u32 index, u64 *val);
bool stimer_set(struct pcpu *cpu, u32 index, u64 val);
void stimer_run(struct pcpu *cpu);
void stimer_flush(struct pcpu *cpu);
u64 stimer_ticks(const struct pcpu *cpu);

bool intercept_ready(const struct pcpu *cpu);
/*
 * intercept.c: true: VTL1 has the intercept and is the active VTL now.  False:
 * it does not take any.
 */
bool intercept_memory(struct pcpu *cpu, const struct hv_access *a);
/* A page of a hypercall's; without VTL1, the caller has an exception. */
void intercept_parameter(struct pcpu *cpu, gpa_t gpa, bool write);
bool intercept_msr(struct pcpu *cpu, u32 msr, bool write);
bool intercept_register(struct pcpu *cpu, u32 name, bool memory, u64 val);
/* Does VTL1 want to see this? */
bool intercept_wants_cr(const struct pcpu *cpu, u32 cr, u64 old, u64 val);
bool intercept_wants_msr(const struct pcpu *cpu, u32 msr, bool write, u64 val);
/* What the MSR bitmap must show to VTL1: calls @fn for each MSR that can be. */
void intercept_msrs(const struct pcpu *cpu,
		    void (*fn)(struct pcpu *cpu, u32 msr, bool write,
			       bool exits), struct pcpu *arg);

#endif /* _VSM_HV_SYNIC_H */
