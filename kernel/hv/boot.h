/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The seam between the driver and the hypervisor image: header at byte 0 of
 * the image, hand-over block, layout of the hypervisor's address space.
 * Included by both, so plain fixed-width types only.
 */
#ifndef _VSM_HV_BOOT_H
#define _VSM_HV_BOOT_H

/*
 * Address space.  The hypervisor lives in the hole that Linux leaves free for
 * one (ffff8000_00000000, 8 TiB), so that Linux's kernel half and the
 * hypervisor can be mapped together while a CPU moves from one to the other.
 *
 * HV_BASE       chunks, linear: chunk n at HV_BASE + n * 2 MiB; 4 KiB pages
 * HV_PHYSMAP    all RAM but the chunks, and what lies below 4 GiB; RW, NX;
 *               exists in the hypervisor's own page table only
 */
#define HV_BASE			0xffff800000000000
#define HV_PHYSMAP		0xffff880000000000

#define HV_IMAGE_MAGIC		0x31564856534d5648
#define HV_BOOT_VERSION		2

#define HV_CHUNK_SHIFT		21
#define HV_MAX_CHUNKS		16
#define HV_MAX_RAM		96
#define HV_MAX_VTL1		16
#define HV_MAX_CPUS		480

/*
 * Per-CPU area, 64 KiB, aligned: struct pcpu is found from any stack pointer.
 * Pages that hardware owns are never mapped and serve as guard pages.
 */
#define HV_BOOT_PCPU_BASE	160	/* offset in struct hv_boot */
#define HV_PCPU_SHIFT		16
#define HV_PCPU_SIZE		0x10000
#define HV_PCPU_VMXON		0x0000	/* not mapped */
#define HV_PCPU_STACK		0x1000	/* 8 KiB, root mode */
#define HV_PCPU_STACK_TOP	0x3000
#define HV_PCPU_VMCS0		0x3000	/* not mapped */
#define HV_PCPU_NMI_TOP		0x5000
#define HV_PCPU_VMCS1		0x5000	/* not mapped */
#define HV_PCPU_DF_TOP		0x7000
#define HV_PCPU_GUARD		0x7000	/* not mapped */
#define HV_PCPU_MC_TOP		0x9000
#define HV_PCPU_DATA		0x9000	/* struct pcpu, 8 KiB */
#define HV_PCPU_CPUID		0xb000	/* CPUID table, 8 KiB */
#define HV_PCPU_CPUID_END	0xd000
#define HV_PCPU_MSR_BITMAP	0xd000	/* VTL0's, then VTL1's: 8 KiB */
#define HV_PCPU_SCRATCH		0xf000	/* one page: hypercall input */

#ifndef __ASSEMBLER__

/* At byte 0 of the image, filled at build time; offsets are page multiples. */
struct hv_image_header {
	__u64 magic;		/* HV_IMAGE_MAGIC */
	__u32 version;		/* HV_BOOT_VERSION */
	__u32 boot_size;	/* sizeof(struct hv_boot) */
	__u64 entry;		/* address of hv_entry */
	__u64 boot;		/* address of hv_boot, to be filled */
	__u64 text;		/* offsets: header page is read-only, text */
	__u64 rodata;		/* executable, rodata read-only, */
	__u64 data;		/* data and bss writable */
	__u64 end;		/* end of bss */
};

struct hv_range {
	__u64 base;		/* physical, page aligned */
	__u64 size;		/* bytes */
};

#define HV_BOOT_FLAG_SERIAL	(1U << 0)	/* log to COM port serial_port */

/* Filled by the driver, read by the hypervisor during setup. */
struct hv_boot {
	__u32 nr_cpus;		/* per-CPU areas */
	__u32 nr_chunks;
	__u32 flags;		/* HV_BOOT_FLAG_* */
	__u32 serial_port;
	__u64 chunk[HV_MAX_CHUNKS];	/* physical addresses, 2 MiB each */
	__u64 cr3;		/* the hypervisor's own page table */
	__u64 transition_cr3;	/* Linux's kernel half and HV_BASE */
	__u64 pcpu_base;	/* address of per-CPU area 0 */
	__u64 public_base;	/* address and size of what VTL0 may read */
	__u64 public_size;
	__u64 pool_base;	/* pages for EPTs */
	__u64 pool_pages;
	__u64 tsc_khz;
	__u64 physmap_end;	/* first physical address not in HV_PHYSMAP */
	__u32 nr_ram;
	__u32 nr_vtl1;
	struct hv_range ram[HV_MAX_RAM];
	struct hv_range vtl1[HV_MAX_VTL1];
};

/*
 * Entry, once per CPU, interrupts off, on the transition page table:
 * RDI = index of the per-CPU area, RSI = where Linux continues (an ENDBR64),
 * RDX = Linux's RSP there, RCX = Linux's CR3.  RAX there: 0, Linux now runs in
 * VTL0; or an HV_LAUNCH_* reason and nothing has changed.  The caller reloads
 * CR3 and keeps nothing in other registers.
 */
#define HV_LAUNCH_OK		0
#define HV_LAUNCH_VMXON		1	/* VMXON failed */
#define HV_LAUNCH_VMCS		2	/* a VMCS could not be loaded */
#define HV_LAUNCH_CAPS		3	/* this CPU lacks a control */
#define HV_LAUNCH_MEMORY	4	/* EPT pool too small */
#define HV_LAUNCH_ENTRY		5	/* VM entry refused, see detail */

#endif /* !__ASSEMBLER__ */
#endif /* _VSM_HV_BOOT_H */
