// SPDX-License-Identifier: GPL-2.0
/*
 * The secure kernel: read, verify, place, start.  Must never place an image
 * that was not verified: there is no switch for that.
 *
 * The end of chunk 0 holds what only the start needs: loader block, boot
 * stack, boot page tables.
 */
#include "machine.h"

#include <linux/delay.h>
#include <linux/elf.h>
#include <linux/firmware.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/random.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>

#include <asm/msr.h>
#include <asm/tsc.h>

#include "../uapi/vsm/signed.h"

#define SK_FIRMWARE	"vsm/sk.signed"
#define BOOT_STACK	SZ_16K
#define BOOT_TABLES	(40 * PAGE_SIZE)
#define BOOT_SIZE	(PAGE_SIZE + BOOT_STACK + BOOT_TABLES)
#define BOOT_BASE	(VSM_VTL1_SIZE - BOOT_SIZE)

/* How long the last calls may take. */
#define STOP_MS		10
#define STOP_TRIES	100

#define PTE_P		BIT_ULL(0)
#define PTE_W		BIT_ULL(1)
#define PTE_LARGE	BIT_ULL(7)

#define BOOT_CR0	(X86_CR0_PE | X86_CR0_ET | X86_CR0_NE | X86_CR0_WP | \
			 X86_CR0_PG)
#define BOOT_PAT	0x0007040600070406ULL

static_assert(sizeof(struct vsm_loader_block) <= PAGE_SIZE);

/* Between load and start. */
static u64 sk_entry, sk_size;
static unsigned int next_table;

static void *chunk0(u64 off)
{
	return page_address(vsm_reserve.vtl1[0].pages) + off;
}

static int check_elf(const struct elf64_hdr *e, size_t len)
{
	if (len < sizeof(*e) || memcmp(e->e_ident, ELFMAG, SELFMAG) ||
	    e->e_ident[EI_CLASS] != ELFCLASS64 || e->e_type != ET_EXEC ||
	    e->e_machine != EM_X86_64 ||
	    e->e_phentsize != sizeof(struct elf64_phdr) ||
	    e->e_phoff > len ||
	    e->e_phnum > (len - e->e_phoff) / sizeof(struct elf64_phdr))
		return -ENOEXEC;
	return 0;
}

/* One PT_LOAD into chunk 0, which is zeroed. */
static int place_segment(const struct elf64_phdr *p, const u8 *elf, size_t len)
{
	u64 off = p->p_vaddr - VSM_SK_BASE;

	if (p->p_offset > len || p->p_filesz > len - p->p_offset ||
	    p->p_filesz > p->p_memsz || off >= BOOT_BASE ||
	    p->p_memsz > BOOT_BASE - off)
		return -ENOEXEC;
	memcpy(chunk0(off), elf + p->p_offset, p->p_filesz);
	sk_size = max(sk_size, PAGE_ALIGN(off + p->p_memsz));
	return 0;
}

static int place(const u8 *elf, size_t len)
{
	const struct elf64_hdr *e = (const void *)elf;
	const struct elf64_phdr *p;
	unsigned int i;
	int ret = check_elf(e, len);

	p = (const void *)(elf + e->e_phoff);
	for (i = 0; !ret && i < e->e_phnum; i++)
		if (p[i].p_type == PT_LOAD)
			ret = place_segment(&p[i], elf, len);
	if (!ret && (e->e_entry < VSM_SK_BASE ||
		     e->e_entry >= VSM_SK_BASE + sk_size))
		ret = -ENOEXEC;
	if (ret)
		pr_err("%s: not a secure kernel of this format\n", SK_FIRMWARE);
	else
		sk_entry = e->e_entry;
	return ret;
}

static int load(const struct firmware *fw)
{
	struct vsm_verified verified;
	void *copy;
	int ret;

	/* Aligned, and out of reach of whoever has the file mapped. */
	copy = kvmemdup(fw->data, fw->size, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	ret = vsm_verify(copy, fw->size, VSM_EKU_SECURE_KERNEL, &verified);
	if (ret) {
		pr_err("%s: refused (%d)\n", SK_FIRMWARE, ret);
	} else {
		sk_size = 0;
		ret = place(verified.payload, verified.payload_len);
		memcpy(vsm_machine.image_sha256, verified.sha256,
		       sizeof(verified.sha256));
	}
	kvfree(copy);
	return ret;
}

int vsm_sk_load(void)
{
	struct platform_device *pdev;
	const struct firmware *fw;
	int ret;

	pdev = platform_device_register_simple("vsm", PLATFORM_DEVID_NONE, NULL,
					       0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	ret = request_firmware_direct(&fw, SK_FIRMWARE, &pdev->dev);
	if (ret) {
		pr_err("no /lib/firmware/%s (%d); install the secure kernel\n",
		       SK_FIRMWARE, ret);
	} else {
		ret = load(fw);
		release_firmware(fw);
	}
	platform_device_unregister(pdev);
	return ret;
}

static void fill_loader_block(struct vsm_loader_block *lb)
{
	unsigned int i;

	lb->magic = VSM_LOADER_MAGIC;
	lb->version = VSM_LOADER_VERSION;
	lb->size = sizeof(*lb);
	if (vsm_machine.state & VSM_STATE_MBEC)
		lb->flags |= VSM_LOADER_FLAG_MBEC;
	if (vsm_machine.debug)
		lb->flags |= VSM_LOADER_FLAG_DEBUG;
	/* The others by VSM_SC_ENABLE_VP: they need not be contiguous. */
	lb->nr_vps = 1;
	lb->max_vps = nr_cpu_ids;
	lb->tsc_khz = tsc_khz;
	lb->tsc_base = rdtsc_ordered();
	lb->wallclock_sec = ktime_get_real_seconds();
	lb->image_size = sk_size;
	lb->boot_base = vsm_reserve.vtl1[0].pa + BOOT_BASE;
	get_random_bytes(lb->entropy, sizeof(lb->entropy));
	memcpy(lb->image_sha256, vsm_machine.image_sha256,
	       sizeof(lb->image_sha256));
	lb->nr_vtl1 = vsm_reserve.nr_vtl1;
	for (i = 0; i < vsm_reserve.nr_vtl1; i++) {
		lb->vtl1[i].base = vsm_reserve.vtl1[i].pa;
		lb->vtl1[i].size = VSM_VTL1_SIZE;
	}
	lb->nr_hv = vsm_reserve.nr_hv;
	for (i = 0; i < vsm_reserve.nr_hv; i++) {
		lb->hv[i].base = vsm_reserve.hv[i].pa;
		lb->hv[i].size = 1UL << HV_CHUNK_SHIFT;
	}
	lb->nr_ram = vsm_reserve.nr_ram;
	for (i = 0; i < vsm_reserve.nr_ram; i++) {
		lb->ram[i].base = vsm_reserve.ram[i].base;
		lb->ram[i].size = vsm_reserve.ram[i].size;
	}
}

static u64 *boot_table(void)
{
	u64 off = BOOT_BASE + PAGE_SIZE + BOOT_STACK + next_table * PAGE_SIZE;

	if (WARN_ON(next_table++ >= BOOT_TABLES / PAGE_SIZE))
		return NULL;
	return chunk0(off);
}

static int map_2m(u64 *table, u64 va, u64 pa)
{
	int level;

	for (level = 3; level > 1; level--) {
		u64 *slot = &table[(va >> (12 + 9 * level)) & 511];

		if (!(*slot & PTE_P)) {
			u64 *next = boot_table();

			if (!next)
				return -ENOMEM;
			*slot = virt_to_phys(next) | PTE_P | PTE_W;
		}
		table = phys_to_virt(*slot & PHYSICAL_PAGE_MASK);
	}
	table[(va >> 21) & 511] = pa | PTE_P | PTE_W | PTE_LARGE;
	return 0;
}

/* The image at its link address, and all of VTL1's memory at its own. */
static int boot_tables(u64 *ret_cr3)
{
	u64 *pgd, off, pa;
	unsigned int i;
	int ret = 0;

	next_table = 0;
	pgd = boot_table();
	*ret_cr3 = virt_to_phys(pgd);
	for (off = 0; !ret && off < VSM_VTL1_SIZE; off += SZ_2M)
		ret = map_2m(pgd, VSM_SK_BASE + off,
			     vsm_reserve.vtl1[0].pa + off);
	for (i = 0; i < vsm_reserve.nr_vtl1; i++) {
		pa = vsm_reserve.vtl1[i].pa;
		for (off = 0; !ret && off < VSM_VTL1_SIZE; off += SZ_2M)
			ret = map_2m(pgd, pa + off, pa + off);
	}
	return ret;
}

static void fill_context(struct hv_initial_vp_context *ctx, u64 cr3)
{
	struct hv_x64_segment_register data = {
		.limit = ~0U, .selector = 0x10, .attributes = 0xc093,
	};

	ctx->rip = sk_entry;
	ctx->rsp = VSM_SK_BASE + BOOT_BASE + PAGE_SIZE + BOOT_STACK;
	ctx->rflags = 2;
	ctx->cs = (struct hv_x64_segment_register) {
		.limit = ~0U, .selector = 0x08, .attributes = 0xa09b,
	};
	ctx->ds = data;
	ctx->es = data;
	ctx->ss = data;
	ctx->fs = data;
	ctx->gs = data;
	ctx->tr = (struct hv_x64_segment_register) {
		.limit = 0x67, .selector = 0x18, .attributes = 0x008b,
	};
	ctx->efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NX;
	ctx->cr0 = BOOT_CR0;
	ctx->cr3 = cr3;
	/* Without MCE, a machine check shuts the processor down. */
	ctx->cr4 = X86_CR4_PAE | X86_CR4_MCE;
	ctx->msr_cr_pat = BOOT_PAT;
}

/* MBEC for VTL0 where the processor has it. */
static int enable_partition(void)
{
	struct hv_input_enable_partition_vtl in = {
		.partition_id = HV_PARTITION_ID_SELF, .target_vtl = 1,
	};
	u64 caps;
	int ret;

	ret = vsm_hvcall_get_register(HV_REGISTER_VSM_CAPABILITIES, &caps);
	if (ret)
		return ret;
	if (caps & BIT_ULL(HV_VSM_CAP_MBEC_SHIFT + 1)) {
		in.flags = HV_ENABLE_PARTITION_VTL_MBEC;
		vsm_machine.state |= VSM_STATE_MBEC;
	}
	return vsm_hvcall(HVCALL_ENABLE_PARTITION_VTL, &in, sizeof(in));
}

static int enable_first_vp(void)
{
	struct hv_input_enable_vp_vtl *in;
	u64 cr3;
	int ret;

	ret = boot_tables(&cr3);
	if (ret)
		return ret;
	in = kzalloc(sizeof(*in), GFP_KERNEL);
	if (!in)
		return -ENOMEM;
	in->partition_id = HV_PARTITION_ID_SELF;
	in->vp_index = HV_VP_INDEX_SELF;
	in->target_vtl = 1;
	fill_context(&in->context, cr3);
	ret = vsm_hvcall(HVCALL_ENABLE_VP_VTL, in, sizeof(*in));
	kfree(in);
	return ret;
}

/* On the first CPU, pinned: VTL0 may enable VTL1 on its own VP only. */
static long start_first(void *unused)
{
	struct vsm_scall sc = {
		.fn = VSM_SC_INIT,
		.arg = { vsm_reserve.vtl1[0].pa + BOOT_BASE },
	};
	int ret;

	ret = enable_partition();
	if (ret)
		return ret;
	ret = enable_first_vp();
	if (ret)
		return ret;
	fill_loader_block(chunk0(BOOT_BASE));
	cpumask_set_cpu(raw_smp_processor_id(), &vsm_vtl1_cpus);
	ret = vsm_vtl_call(&sc);
	if (!ret && sc.status != VSM_S_OK) {
		pr_err("the secure kernel did not start: %s\n",
		       vsm_scall_name(sc.status));
		ret = -EIO;
	}
	if (ret)
		cpumask_clear(&vsm_vtl1_cpus);
	return ret;
}

static long init_this_cpu(void *unused)
{
	struct vsm_scall sc = { .fn = VSM_SC_INIT };
	int ret;

	cpumask_set_cpu(raw_smp_processor_id(), &vsm_vtl1_cpus);
	ret = vsm_vtl_call(&sc);
	if (!ret && sc.status != VSM_S_OK) {
		pr_err("CPU %u: VTL1 did not start: %s\n",
		       raw_smp_processor_id(), vsm_scall_name(sc.status));
		ret = -EIO;
	}
	if (ret)
		cpumask_clear_cpu(raw_smp_processor_id(), &vsm_vtl1_cpus);
	return ret;
}

/* VTL1 on one more CPU: enabled by VTL1 itself, then entered there. */
int vsm_sk_start_cpu(unsigned int cpu)
{
	struct vsm_scall sc = { .fn = VSM_SC_ENABLE_VP, .arg = { cpu } };
	unsigned int first = cpumask_first(&vsm_vtl1_cpus);
	int ret;

	ret = work_on_cpu(first, vsm_vtl_call_work, &sc);
	if (ret)
		return ret;
	if (sc.status != VSM_S_OK) {
		pr_err("CPU %u: VTL1 was not enabled: %s\n", cpu,
		       vsm_scall_name(sc.status));
		return -EIO;
	}
	return work_on_cpu(cpu, init_this_cpu, NULL);
}

int vsm_sk_start(void)
{
	unsigned int cpu, first = cpumask_first(cpu_online_mask);
	int ret;

	ret = vsm_vtlcall_init();
	if (!ret)
		ret = work_on_cpu(first, start_first, NULL);
	/* Keys were in the block; sk has taken what it needs. */
	for_each_online_cpu(cpu)
		if (!ret && cpu != first)
			ret = vsm_sk_start_cpu(cpu);
	if (!ret) {
		vsm_machine.state |= VSM_STATE_VTL1;
	} else {
		cpumask_clear(&vsm_vtl1_cpus);
		vsm_dump_log();
	}
	return ret;
}

/*
 * sk scrubs its secrets before anybody else gets the memory.  Linux may be in the
 * middle of writing to its code.
 */
void vsm_sk_stop(void)
{
	struct vsm_scall sc = { .fn = VSM_SC_SHUTDOWN };
	unsigned int i;
	int ret;

	WRITE_ONCE(vsm_machine.stopping, true);
	for (i = 0; i < STOP_TRIES; i++) {
		ret = vsm_scall(&sc, false);
		if (ret || sc.status != VSM_S_BUSY)
			break;
		msleep(STOP_MS);
	}
	if (ret || sc.status != VSM_S_OK)
		pr_warn("the secure kernel did not shut down: %s\n",
			vsm_scall_name(sc.status));
	cpumask_clear(&vsm_vtl1_cpus);
}
