/* SPDX-License-Identifier: GPL-2.0 */
/* The hypervisor's global state and the functions its files share. */
#ifndef _VSM_HV_HV_H
#define _VSM_HV_HV_H

#include <vsm/bug.h>
#include <vsm/spinlock.h>
#include <vsm/types.h>
#include <linux/types.h>
#include <vsm/hvcall.h>
#include <vsm/vtl.h>

#include "boot.h"
#include "ept.h"
#include "percpu.h"
#include "public.h"

/* What all VPs share of one VTL. */
struct hv_partition_vtl {
	bool enabled;
	bool mbec;
	struct ept ept;
	u64 guest_os_id;		/* HV_X64_MSR_GUEST_OS_ID */
	u64 hypercall;			/* HV_X64_MSR_HYPERCALL */
	gpa_t overlay;			/* where the hypercall page is shown, or 0 */
	u64 overlaid;			/* EPT entry beneath it */
	u64 config;			/* HvRegisterVsmPartitionConfig */
	u64 perm;			/* of what has no mask of its own: EPT_* */
};

struct hv_state {
	/* Guards vtl[], the EPTs, the page pool; taken with NMIs possible. */
	struct spinlock lock;
	struct hv_partition_vtl vtl[HV_NUM_VTLS];
	struct ept_pool pool;

	/* Written once, by the first CPU in setup. */
	bool ready;
	u32 cpuid_base;
	bool has_mbec;
	u64 maxphyaddr_mask;
	bool has_timer;			/* VTL1 can have timers */
	u64 ref_base, ref_scale;	/* reference time, see stimer.c */

	/* Guarded by lock: release has ceased to exist. */
	bool locked;

	/* Guards log and events. */
	struct spinlock log_lock;

	/* Guards dumps; taken before log_lock. */
	struct spinlock dump_lock;
};

extern struct hv_state hv;
extern struct hv_boot hv_boot;
extern const u8 hv_hypercall_page[PAGE_SIZE];
extern const u64 hv_code_page_offsets;
extern struct idt_gate hv_idt[256];

/* addr.c */
spa_t hv_pa(const void *va);
void *hv_pool_va(spa_t pa);
bool hv_is_hv(gpa_t gpa);
bool hv_is_vtl1(gpa_t gpa);
bool hv_is_ram(gpa_t gpa, u64 size);
bool hv_in_physmap(gpa_t gpa);

static inline void *hv_va(spa_t pa)
{
	return (void *)(HV_PHYSMAP + pa);
}

/* log.c */
void hv_log(const char *fmt, ...) __printf(1, 2);
void hv_serial(const char *fmt, ...) __printf(1, 2);
void hv_event(struct pcpu *cpu, gva_t gva, gpa_t gpa, u32 access, u32 owner);

/* As in struct hv_public_event. */
#define HV_EVENT_READ	1
#define HV_EVENT_WRITE	2
#define HV_EVENT_EXEC	4
#define HV_OWNER_VTL1	1
#define HV_OWNER_HV	2

struct hv_public *hv_public(void);

/* mtrr.c */
u8 mtrr_type(spa_t base, u64 size, bool *ret_uniform);
void mtrr_read(void);

/* mem.c */
bool mem_setup(void);
bool mem_map_late(struct pcpu *cpu, gpa_t gpa);
u64 mem_protect(u8 vtl, const u64 *gpns, u32 nr, u32 flags, u32 *ret_done);
bool mem_default_mask_locked(u8 vtl, u32 flags);
bool mem_overlay(u8 vtl, gpa_t gpa);
enum mem_access {
	MEM_OK,
	MEM_MASKED,		/* by a higher VTL: its affair */
	MEM_NONE,
};

enum mem_access mem_check(struct pcpu *cpu, gpa_t gpa, u64 size, bool write);
bool mem_copy_in(struct pcpu *cpu, gpa_t gpa, void *dst, u64 size);
bool mem_copy_out(struct pcpu *cpu, gpa_t gpa, const void *src, u64 size);

/* flush.c */
#define HV_CPU_MASK_WORDS	((HV_MAX_CPUS + 63) / 64)

void flush_all_locked(void);
bool flush_virtual(u8 vtl, const u64 *mask);
bool flush_pending(const struct pcpu *cpu);
void flush_serve(struct pcpu *cpu);
void flush_local(struct pcpu *cpu);
void flush_kick(struct pcpu *cpu);

/* tlb_lock.c */
bool tlb_lock_get(const struct pcpu *cpu);
void tlb_lock_set(struct pcpu *cpu, bool lock);
bool tlb_lock_held_locked(const u64 *mask);
bool tlb_wait_over(struct pcpu *cpu);

/* apic.c */
u32 apic_id(void);
void apic_send_nmi(u32 apic_id);
void apic_send_nmi_all(void);
void apic_send_sipi(u32 apic_id);
bool apic_nmi_has_cause(void);

/* trap.c */
void trap_setup_idt(void);
void trap_setup_cpu(struct pcpu *cpu);

/* cpuid.c */
void cpuid_setup(struct pcpu *cpu);
void cpuid_xcr0_changed(struct pcpu *cpu);
void cpuid_apic_changed(struct pcpu *cpu);
void cpuid_lookup(struct pcpu *cpu, u32 leaf, u32 subleaf, u32 r[4]);

/* hvcall.c */
void hvcall_exit(struct pcpu *cpu);

/* hvcall_translate.c */
u32 translate_fetch(struct pcpu *cpu, gva_t gva, u8 *buf, u32 size);

/* msr.c: synthetic MSRs of the active VTL or a lower one; false: #GP */
bool synmsr_is(const struct pcpu *cpu, u32 msr);
bool synmsr_read(struct pcpu *cpu, u8 vtl, u32 msr, u64 *val);
bool synmsr_write(struct pcpu *cpu, u8 vtl, u32 msr, u64 val);

/* vtl.c */
void vtl_call(struct pcpu *cpu);
void vtl_enter(struct pcpu *cpu, u32 reason);
void vtl_return(struct pcpu *cpu);
void vtl_switch(struct pcpu *cpu, u8 vtl);
void vtl_fail(struct pcpu *cpu);

#endif /* _VSM_HV_HV_H */
