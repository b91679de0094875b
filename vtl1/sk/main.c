// SPDX-License-Identifier: GPL-2.0
/*
 * From the first VTL call on VP 0 to a secure kernel that serves: read it from
 * sk_boot() on.
 * Must never go on after a step that failed: the result names the step.
 */
#include <asm/msr.h>

#include "policy.h"
#include "stage.h"
#include "verify.h"
#include "vp.h"

struct sk sk;
bool sk_has_smap;
u64 sk_direct;				/* 0: on the driver's identity map */

enum boot_step {
	BOOT_LOADER_BLOCK = 1,
	BOOT_RANGES,
	BOOT_CPU,
	BOOT_MEMORY,
	BOOT_VP,
	BOOT_HYPERVISOR,
	BOOT_PROTECT,
	BOOT_RANDOM,
	BOOT_ROOT_CERT,
	BOOT_SELF_TEST,
	BOOT_OTHER_VPS,
};

enum sk_state sk_state(void)
{
	return __atomic_load_n(&sk.state, __ATOMIC_ACQUIRE);
}

void sk_set_state(enum sk_state state)
{
	__atomic_store_n(&sk.state, state, __ATOMIC_RELEASE);
}

u64 sk_image_pa(const void *va)
{
	return sk.loader.vtl1[0].base + ((u64)va - (u64)sk_text);
}

/* Nothing but VTL return works yet: answer for ever. */
static __noreturn void boot_failed(enum boot_step step)
{
	struct scall_regs regs;

	sk_log("start-up failed at step %d", step);
	for (;;) {
		regs = (struct scall_regs){
			.rdi = VSM_S_NOT_READY, .rsi = step,
		};
		vtl_return_boot(&regs);
	}
}

static bool ranges_valid(const struct vsm_range *r, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (!range_valid(&r[i], SK_DIRECT_SIZE))
			return false;
	return true;
}

/* The block is the driver's from before VTL1; still, check what is used. */
static bool take_loader_block(u64 gpa)
{
	struct vsm_loader_block *lb = pa_va(gpa);
	u64 base, size;

	static_assert(sizeof(*lb) <= PAGE_SIZE, "loader block is one page");
	sk.loader = *lb;
	memzero_explicit(lb, sizeof(*lb));
	lb = &sk.loader;
	if (lb->magic != VSM_LOADER_MAGIC ||
	    lb->version != VSM_LOADER_VERSION || lb->size != sizeof(*lb) ||
	    lb->rsvd || lb->rsvd2 || !lb->tsc_khz || !lb->nr_vps ||
	    lb->nr_vps > lb->max_vps || lb->max_vps > VP_MAX ||
	    !lb->nr_vtl1 || lb->nr_vtl1 > VSM_LOADER_MAX_VTL1 ||
	    lb->nr_hv > VSM_LOADER_MAX_HV ||
	    !lb->nr_ram || lb->nr_ram > VSM_LOADER_MAX_RAM ||
	    !ranges_valid(lb->vtl1, lb->nr_vtl1) ||
	    !ranges_valid(lb->hv, lb->nr_hv) ||
	    !ranges_valid(lb->ram, lb->nr_ram))
		return false;

	base = lb->vtl1[0].base;
	size = lb->vtl1[0].size;
	return IS_ALIGNED(lb->image_size | lb->boot_base, PAGE_SIZE) &&
	       lb->image_size >= (u64)(sk_end - sk_text) &&
	       lb->boot_base >= base && lb->boot_base - base <= size &&
	       lb->image_size <= lb->boot_base - base;
}

/* What VTL0 may name: RAM that is neither ours nor the hypervisor's. */
static bool make_vtl0_ranges(void)
{
	const struct vsm_loader_block *lb = &sk.loader;
	static struct vsm_range ranges[RANGE_MAX];
	bool ok = true;
	u32 i;

	sk.vtl0 = (struct range_list){ .range = ranges, .max = RANGE_MAX };
	for (i = 0; ok && i < lb->nr_ram; i++)
		ok = range_add(&sk.vtl0, &lb->ram[i]);
	for (i = 0; ok && i < lb->nr_vtl1; i++)
		ok = range_remove(&sk.vtl0, &lb->vtl1[i]);
	for (i = 0; ok && i < lb->nr_hv; i++)
		ok = range_remove(&sk.vtl0, &lb->hv[i]);
	return ok;
}

static bool has_ssse3(void)
{
	u32 r[4];

	cpuid(1, 0, r);
	return r[2] & CPUID_1_ECX_SSSE3;
}

static bool setup_registers(void)
{
	const u64 off = X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT | X86_CR4_OSXSAVE |
			X86_CR4_FSGSBASE | X86_CR4_PCIDE | X86_CR4_PKE |
			X86_CR4_CET;
	u64 cr4 = read_cr4() & ~off;
	u32 r[4];

	cpuid(0x80000001, 0, r);
	if (!(r[3] & CPUID_80000001_EDX_NX))
		return false;
	sk.gbpages = r[3] & CPUID_80000001_EDX_GBPAGES;
	cpuid(7, 0, r);
	if (r[1] & CPUID_7_EBX_SMEP)
		cr4 |= X86_CR4_SMEP;
	if (r[1] & CPUID_7_EBX_SMAP)
		cr4 |= X86_CR4_SMAP;
	if (r[2] & CPUID_7_ECX_UMIP)
		cr4 |= X86_CR4_UMIP;
	sk_has_smap = cr4 & X86_CR4_SMAP;
	sk.sha = r[1] & CPUID_7_EBX_SHA && has_ssse3();
	if (sk.sha)
		cr4 |= X86_CR4_OSFXSR;

	wrmsr(MSR_EFER, EFER_LME | EFER_LMA | EFER_NX);
	/* MCE: a machine check is the hypervisor's; without, it is a shutdown. */
	sk.cr4 = cr4 | X86_CR4_PAE | X86_CR4_PGE | X86_CR4_DE | X86_CR4_MCE;
	write_cr4(sk.cr4);
	/* SSE and x87 state is VTL0's: whoever touches it here faults (sse.c). */
	sk.cr0 = X86_CR0_PE | X86_CR0_MP | X86_CR0_TS | X86_CR0_ET |
		 X86_CR0_NE | X86_CR0_WP | X86_CR0_PG;
	write_cr0(sk.cr0);
	return true;
}

static void give_memory(void)
{
	const struct vsm_loader_block *lb = &sk.loader;
	u64 free = lb->vtl1[0].base + lb->image_size;
	u32 i;

	page_give(free, lb->boot_base - free);
	for (i = 1; i < lb->nr_vtl1; i++)
		page_give(lb->vtl1[i].base, lb->vtl1[i].size);
}

static void self_test(void)
{
	if (!paging_check())
		boot_failed(BOOT_SELF_TEST);
	sk_log("self test: no page is both writable and executable");
}

/* Boot page tables and boot stack are not in use any more. */
static void give_boot_memory(void)
{
	const struct vsm_range *chunk = &sk.loader.vtl1[0];

	page_give(sk.loader.boot_base,
		  chunk->base + chunk->size - sk.loader.boot_base);
}

static bool start_other_vps(void)
{
	u32 i;

	for (i = 1; i < sk.loader.nr_vps; i++)
		if (vp_enable(i))
			return false;
	return true;
}

/* On VP 0's own stack and page tables. */
static void boot_rest(void *arg)
{
	struct vp *vp = arg;
	u64 ret;

	vp_setup_idt();
	vp_setup_cpu(vp);
	give_boot_memory();
	if (!hv_setup() || !vp_setup_hv(vp))
		boot_failed(BOOT_HYPERVISOR);
	ret = hv_protect_own();
	if (ret) {
		sk_log("own memory not protected: status 0x%lx", ret);
		boot_failed(BOOT_PROTECT);
	}
	if (!random_setup(sk.loader.entropy, sizeof(sk.loader.entropy)))
		boot_failed(BOOT_RANDOM);
	memzero_explicit(sk.loader.entropy, sizeof(sk.loader.entropy));
	if (!verify_setup())
		boot_failed(BOOT_ROOT_CERT);
	if (sk.loader.flags & VSM_LOADER_FLAG_DEBUG)
		self_test();
	if (!start_other_vps())
		boot_failed(BOOT_OTHER_VPS);
	sk_set_state(SK_RUNNING);
	sk_log("secure kernel ready, SVN %u, %u VPs", SK_SVN,
	       sk.loader.nr_vps);
	scall_loop(VSM_S_OK, 0);
}

__noreturn void sk_boot(u64 fn, u64 loader_gpa);
__noreturn void sk_boot(u64 fn, u64 loader_gpa)
{
	struct vp *vp;

	if (fn != VSM_SC_INIT || !IS_ALIGNED(loader_gpa, PAGE_SIZE) ||
	    !take_loader_block(loader_gpa))
		boot_failed(BOOT_LOADER_BLOCK);
	if (!make_vtl0_ranges())
		boot_failed(BOOT_RANGES);
	event_setup();
	if (!setup_registers())
		boot_failed(BOOT_CPU);
	give_memory();
	if (!paging_setup())
		boot_failed(BOOT_MEMORY);
	write_cr3(sk.kernel_cr3);
	sk_direct = SK_DIRECT;
	vp = vp_create(0);
	if (!vp || !thread_setup() || !heap_setup() || !stage_setup())
		boot_failed(BOOT_VP);
	stack_call((u8 *)vp + SLOT_SIZE, boot_rest, vp);
}
