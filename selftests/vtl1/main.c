// SPDX-License-Identifier: GPL-2.0
/*
 * The puppet from its first VTL call to the loop that serves: page tables,
 * then as little of Virtual Secure Mode as a VTL return needs.  Must never set
 * up what a test is to set up.
 */
#include <asm/msr.h>

#include "internal.h"

#define PTE_P		BIT_ULL(0)
#define PTE_W		BIT_ULL(1)
#define PTE_LARGE	BIT_ULL(7)
#define PTE_NX		BIT_ULL(63)
#define GIB_MAX		16		/* of physical memory */
#define IMAGE_TABLES	2		/* 4 MiB, the first chunk of VTL1 */

u64 image_base;
u64 tables_cr3;
const void *puppet_return_code = return_early;

static u64 root[512] __aligned(PAGE_SIZE);
static u64 low[512] __aligned(PAGE_SIZE);
static u64 high[512] __aligned(PAGE_SIZE);
static u64 low_pd[GIB_MAX][512] __aligned(PAGE_SIZE);
static u64 high_pd[512] __aligned(PAGE_SIZE);
static u64 image_pt[IMAGE_TABLES][512] __aligned(PAGE_SIZE);

u64 image_pa(const void *va)
{
	return image_base + ((u64)va - (u64)sk_text);
}

static u64 image_flags(u64 off)
{
	if (off < (u64)(sk_text_end - sk_text))
		return PTE_P;
	if (off < (u64)(sk_rodata_end - sk_text))
		return PTE_P | PTE_NX;
	return PTE_P | PTE_W | PTE_NX;
}

/* The image at its link address, physical memory where it is. */
bool tables_setup(const struct vsm_loader_block *lb)
{
	u64 off;
	u32 i;

	for (i = 0; i < lb->nr_ram; i++)
		if (lb->ram[i].base + lb->ram[i].size > GIB_MAX * SIZE_1G)
			return false;
	root[0] = image_pa(low) | PTE_P | PTE_W;
	for (off = 0; off < GIB_MAX * SIZE_1G; off += SIZE_2M) {
		low[off / SIZE_1G] = image_pa(low_pd[off / SIZE_1G]) | PTE_P |
				     PTE_W;
		low_pd[off / SIZE_1G][off / SIZE_2M % 512] =
			off | PTE_P | PTE_W | PTE_LARGE | PTE_NX;
	}
	root[511] = image_pa(high) | PTE_P | PTE_W;
	high[0] = image_pa(high_pd) | PTE_P | PTE_W;
	for (off = 0; off < (u64)(sk_end - sk_text); off += PAGE_SIZE) {
		high_pd[off / SIZE_2M] = image_pa(image_pt[off / SIZE_2M]) |
					 PTE_P | PTE_W;
		image_pt[off / SIZE_2M][off / PAGE_SIZE % 512] =
			(image_base + off) | image_flags(off);
	}
	tables_cr3 = image_pa(root);
	return true;
}

static void do_vmcall(void *regs)
{
	vmcall_regs(regs);
}

static void do_enable_page(void *arg)
{
	(void)arg;
	wrmsr(HV_X64_MSR_HYPERCALL,
	      image_pa(puppet_hypercall_page) | HV_MSR_ENABLE);
}

/* TLFS: no hypercall without a page, no page without a guest OS id. */
static void try_without_page(struct vp *vp)
{
	struct regs regs = { .gpr[PUPPET_RCX] = HVCALL_GET_VP_REGISTERS };

	vp->fault.vector = PUPPET_NO_FAULT;
	try(do_vmcall, &regs);
	vp->start.vmcall_fault = vp->fault.vector;
	vp->fault.vector = PUPPET_NO_FAULT;
	try(do_enable_page, NULL);
	vp->start.enable_fault = vp->fault.vector;
	vp->start.enable_value = rdmsr(HV_X64_MSR_HYPERCALL);
}

static __noreturn void boot_rest(void)
{
	struct vp *vp = this_vp();

	vp_setup(0);
	try_without_page(vp);
	wrmsr(HV_X64_MSR_GUEST_OS_ID, HV_GUEST_OS_ID_VSM_SK);
	do_enable_page(NULL);
	vp->regs = (struct regs){ .gpr[PUPPET_RDI] = VSM_S_OK };
	scall_loop();
}

__noreturn void puppet_boot(u64 fn, u64 loader_gpa, u64 rflags, u64 rsp);

__noreturn void puppet_boot(u64 fn, u64 loader_gpa, u64 rflags, u64 rsp)
{
	const struct vsm_loader_block *lb = gpa_va(loader_gpa);

	image_base = lb->vtl1[0].base;
	vp_record_start(this_vp(), rflags, rsp);
	if (fn != VSM_SC_INIT || lb->magic != VSM_LOADER_MAGIC ||
	    (u64)(sk_end - sk_text) > IMAGE_TABLES * SIZE_2M ||
	    !tables_setup(lb))
		die();
	write_cr3(tables_cr3);
	stack_call(slot_of(0) + SLOT_SIZE, boot_rest);
}
