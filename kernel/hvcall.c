// SPDX-License-Identifier: GPL-2.0
/*
 * Hypercalls from VTL0: the hypercall page, one input page, HV_STATUS_* to
 * errno.  Must never be used before the launch or from interrupts.
 */
#include "cpuid_base.h"
#include "machine.h"

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/vmalloc.h>

#include <asm/msr.h>

/* Set up once at launch; input and output are guarded by the mutex. */
static phys_addr_t code_pa;
static const u64 guest_os_id = HV_GUEST_OS_ID_VSM_LINUX;
static struct page *io_pages;		/* input, output */
static DEFINE_MUTEX(io_mutex);

static const struct {
	u16 status;
	int err;
	const char *name;
} statuses[] = {
	{ HV_STATUS_SUCCESS, 0, "success" },
	{ HV_STATUS_INVALID_HYPERCALL_CODE, -EOPNOTSUPP, "invalid hypercall code" },
	{ HV_STATUS_INVALID_HYPERCALL_INPUT, -EINVAL, "invalid hypercall input" },
	{ HV_STATUS_INVALID_ALIGNMENT, -EINVAL, "invalid alignment" },
	{ HV_STATUS_INVALID_PARAMETER, -EINVAL, "invalid parameter" },
	{ HV_STATUS_ACCESS_DENIED, -EACCES, "access denied" },
	{ HV_STATUS_OPERATION_DENIED, -EACCES, "operation denied" },
	{ HV_STATUS_INSUFFICIENT_MEMORY, -ENOMEM, "insufficient memory" },
	{ HV_STATUS_INVALID_PARTITION_ID, -EINVAL, "invalid partition id" },
	{ HV_STATUS_INVALID_VP_INDEX, -EINVAL, "invalid VP index" },
	{ HV_STATUS_INVALID_VP_STATE, -EIO, "invalid VP state" },
	{ HV_STATUS_INVALID_REGISTER_VALUE, -EINVAL, "invalid register value" },
	{ HV_STATUS_INVALID_VTL_STATE, -EBUSY, "invalid VTL state" },
	{ HV_STATUS_OPERATION_FAILED, -EIO, "operation failed" },
	{ HV_STATUS_VTL_ALREADY_ENABLED, -EEXIST, "VTL already enabled" },
};

static int status_errno(u16 code_of_call, u16 status)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(statuses); i++) {
		if (statuses[i].status != status)
			continue;
		if (status)
			pr_err("hypercall %#x: %s\n", code_of_call,
			       statuses[i].name);
		return statuses[i].err;
	}
	pr_err("hypercall %#x: status %#x\n", code_of_call, status);
	return -EIO;
}

static u64 call(u64 control, u64 in, u64 out)
{
	u64 status;

	register u64 r8 asm("r8") = out;
	asm volatile("call vsm_hypercall_page"
		     : "=a" (status), ASM_CALL_CONSTRAINT, "+c" (control),
		       "+d" (in), "+r" (r8)
		     :: "cc", "memory", "r9", "r10", "r11");
	return status;
}

int vsm_hvcall(u16 hvcall, const void *in, size_t in_len)
{
	u64 status;

	if (WARN_ON(in_len > PAGE_SIZE))
		return -EINVAL;
	mutex_lock(&io_mutex);
	memcpy(page_address(io_pages), in, in_len);
	status = call(hvcall, page_to_phys(io_pages), 0);
	mutex_unlock(&io_mutex);
	return status_errno(hvcall, status & HV_HYPERCALL_STATUS_MASK);
}

int vsm_hvcall_get_register(u32 name, u64 *ret)
{
	struct hv_register_value *out = page_address(io_pages) + PAGE_SIZE;
	struct hv_input_get_vp_registers *in = page_address(io_pages);
	u64 status;

	mutex_lock(&io_mutex);
	memset(in, 0, sizeof(*in));
	in->partition_id = HV_PARTITION_ID_SELF;
	in->vp_index = HV_VP_INDEX_SELF;
	*(u32 *)(in + 1) = name;
	status = call(HVCALL_GET_VP_REGISTERS |
		      1ULL << HV_HYPERCALL_REP_COUNT_SHIFT,
		      page_to_phys(io_pages),
		      page_to_phys(io_pages) + PAGE_SIZE);
	*ret = out->low;
	mutex_unlock(&io_mutex);
	return status_errno(HVCALL_GET_VP_REGISTERS,
			    status & HV_HYPERCALL_STATUS_MASK);
}

int vsm_hvcall_lock(void)
{
	return vsm_hvcall(HVCALL_VSM_LOCK, NULL, 0);
}

/* Where a code sequence of the hypercall page is mapped. */
unsigned long vsm_hvcall_address(u32 offset)
{
	return (unsigned long)vsm_hypercall_page + offset;
}

static void read_cpuid(u32 leaf, u32 r[4])
{
	cpuid(leaf, &r[0], &r[1], &r[2], &r[3]);
}

/* Our leaves: at the base, or after an outer hypervisor's. */
static int find_base(void)
{
	vsm_machine.cpuid_base = vsm_cpuid_base(read_cpuid);
	if (vsm_machine.cpuid_base)
		return 0;
	pr_err("the hypervisor does not show in CPUID\n");
	return -EIO;
}

/* Before the launch: the pages. */
int vsm_hvcall_alloc(void)
{
	io_pages = alloc_pages(GFP_KERNEL | __GFP_ZERO, 1);
	if (!io_pages)
		return -ENOMEM;
	code_pa = PFN_PHYS(vmalloc_to_pfn(vsm_hypercall_page));
	return 0;
}

/* After the release only, which itself is a hypercall. */
void vsm_hvcall_free(void)
{
	__free_pages(io_pages, 1);
}

int vsm_hvcall_enable(void)
{
	int ret = find_base();

	if (ret)
		return ret;
	wrmsrl(HV_X64_MSR_GUEST_OS_ID, guest_os_id);
	ret = wrmsrl_safe(HV_X64_MSR_HYPERCALL, code_pa | HV_MSR_ENABLE);
	if (ret)
		pr_err("the hypervisor refused the hypercall page\n");
	return ret;
}
