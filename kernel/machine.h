/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files that bring the machine up and hand it back share; nothing
 * here is for the interfaces.
 */
#ifndef _VSM_KERNEL_MACHINE_H
#define _VSM_KERNEL_MACHINE_H

#include <linux/types.h>

#include "hv/boot.h"
#include "hv/public.h"
#include "../uapi/vsm/hvcall.h"
#include "../uapi/vsm/loader.h"
#include "../uapi/vsm/vtl.h"
#include "vsm.h"

#define VSM_CHUNK_ORDER		(HV_CHUNK_SHIFT - PAGE_SHIFT)
#define VSM_VTL1_ORDER		(VSM_CHUNK_ORDER + 1)	/* 4 MiB */
#define VSM_VTL1_SIZE		(PAGE_SIZE << VSM_VTL1_ORDER)

/* probe.c: log every reason against, with its remedy; -ENODEV, -EBUSY, ... */
int vsm_probe(void);

/* reserve.c */
struct vsm_reserve {
	struct vsm_chunk hv[HV_MAX_CHUNKS];
	unsigned int nr_hv;
	struct vsm_chunk vtl1[VSM_LOADER_MAX_VTL1];
	unsigned int nr_vtl1;
	struct hv_range ram[HV_MAX_RAM];
	unsigned int nr_ram;
	u64 ram_end;
};

extern struct vsm_reserve vsm_reserve;
int vsm_reserve_hv(u64 bytes);
int vsm_reserve_vtl1(u64 bytes, u64 least);
int vsm_reserve_find_ram(void);
void vsm_reserve_scrub_vtl1(void);
void vsm_reserve_free(void);

/* image.c: the hypervisor in its chunks, with page tables, ready to enter */
struct vsm_image {
	struct hv_boot *boot;	/* in the chunk */
	u64 entry;
	u64 transition_cr3;
	struct hv_public *public;
	u64 public_size;
	u64 bytes_image;
};

extern struct vsm_image vsm_image;
int vsm_image_place(u32 serial_port);
u64 vsm_image_hv_bytes(void);

/* launch.c */
extern struct cpumask vsm_launched;	/* CPUs with the hypervisor beneath */
int vsm_launch(void);
void vsm_release(void);
int vsm_launch_this_cpu(void);
void vsm_release_this_cpu(void);

/* enter.S */
u64 vsm_hv_enter(u64 index, u64 entry, u64 transition_cr3);
u64 vsm_hv_release(void);
extern char vsm_hypercall_page[];
void vsm_vtl_call_regs(u64 regs[8], unsigned long target);

/* hvcall.c: the hypercall page; results are HV_STATUS_* or -errno */
int vsm_hvcall_alloc(void);
void vsm_hvcall_free(void);
int vsm_hvcall_enable(void);
int vsm_hvcall(u16 code, const void *in, size_t in_len);
int vsm_hvcall_get_register(u32 name, u64 *ret);
int vsm_hvcall_lock(void);
unsigned long vsm_hvcall_address(u32 offset);

/* securekernel.c: verified, placed, started */
int vsm_sk_load(void);
int vsm_sk_start(void);
int vsm_sk_start_cpu(unsigned int cpu);
void vsm_sk_stop(void);

/* vtlcall.c */
extern struct cpumask vsm_vtl1_cpus;	/* CPUs on which VTL1 is initialised */
int vsm_vtlcall_init(void);
int vsm_vtl_call(struct vsm_scall *sc);
long vsm_vtl_call_work(void *sc);

/* public.c */
int vsm_public_init(void);
void vsm_public_exit(void);
void vsm_public_poll(void);
u64 vsm_public_events(void);
const char *vsm_rule_text(u8 rule);

/* code.c: what Linux's kernel may execute */
bool vsm_code_wanted(void);
int vsm_code_start(bool lock);
void vsm_code_end(void);

/* code_patch.c: what Linux writes to it */
int vsm_code_patch_init(void);
void vsm_code_patch_exit(void);
void vsm_code_patching(bool on);
void vsm_code_settled(void);
bool vsm_code_wait_settled(void);	/* true: it was not */

/* code_kernel.c: the file that the kernel is made of */
int vsm_code_kernel_prepare(bool enforce);
void vsm_code_kernel_release(void);
int vsm_code_kernel(bool enforce);
bool vsm_code_kernel_known(void);	/* to the secure kernel */

/* policy.c: what the administrator has to say before anything starts */
int vsm_policy_init(void);

/* kexec.c */
int vsm_kexec_end(void);

/* dump.c */
void vsm_dump_log(void);

/* power.c */
int vsm_hotplug_init(void);
void vsm_hotplug_exit(void);
void vsm_hotplug_allow(bool allow);
int vsm_power_init(void);
void vsm_power_exit(void);

#endif /* _VSM_KERNEL_MACHINE_H */
