// SPDX-License-Identifier: GPL-2.0
/*
 * Makes secure calls that the driver never makes: wrong functions, tokens,
 * addresses and lists.  One line of the kernel log per test.  Must never name
 * memory that it does not own for writing, but where the secure kernel has to
 * refuse it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/firmware.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "scall.h"

unsigned long vtl1[2];
module_param_array(vtl1, ulong, NULL, 0);
MODULE_PARM_DESC(vtl1, "first and last page of VTL1's memory");

unsigned long hv[2];
module_param_array(hv, ulong, NULL, 0);
MODULE_PARM_DESC(hv, "first and last page of the hypervisor's memory");

static unsigned int tests, failures;
struct vsm_sg *list;
void *data;
void *signature;
size_t signature_size;

/* VTL call: control input zero; the answer comes in the same registers. */
static void vtl_call(struct scall *c)
{
	u64 in[6] = { c->fn, c->arg[0], c->arg[1], c->arg[2], c->arg[3],
		      c->arg[4] };
	u64 *p = in;

	preempt_disable();
	asm volatile("push	%%rbp\n\t"
		     "push	%%rbx\n\t"
		     "push	%[p]\n\t"
		     "mov	40(%[p]), %%r10\n\t"
		     "mov	32(%[p]), %%r9\n\t"
		     "mov	24(%[p]), %%r8\n\t"
		     "mov	16(%[p]), %%rdx\n\t"
		     "mov	8(%[p]), %%rsi\n\t"
		     "mov	(%[p]), %%rdi\n\t"
		     "xor	%%eax, %%eax\n\t"
		     "mov	%[code], %%ecx\n\t"
		     "vmcall\n\t"
		     "or	%%rbx, %%rbp\n\t"
		     "or	%%r9, %%rbp\n\t"
		     "or	%%r10, %%rbp\n\t"
		     "or	%%r11, %%rbp\n\t"
		     "or	%%r12, %%rbp\n\t"
		     "or	%%r13, %%rbp\n\t"
		     "or	%%r14, %%rbp\n\t"
		     "or	%%r15, %%rbp\n\t"
		     "pop	%%rax\n\t"
		     "mov	%%rdi, (%%rax)\n\t"
		     "mov	%%rsi, 8(%%rax)\n\t"
		     "mov	%%rdx, 16(%%rax)\n\t"
		     "mov	%%r8, 24(%%rax)\n\t"
		     "mov	%%rbp, 32(%%rax)\n\t"
		     "pop	%%rbx\n\t"
		     "pop	%%rbp"
		     : [p] "+a" (p)
		     : [code] "i" (HVCALL_VTL_CALL)
		     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
		       "r12", "r13", "r14", "r15", "memory", "cc");
	preempt_enable();
	c->status = in[0];
	c->ret[0] = in[1];
	c->ret[1] = in[2];
	c->ret[2] = in[3];
	c->leaked = in[4];
}

struct scall call5(u64 fn, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4)
{
	struct scall c = { .fn = fn, .arg = { a0, a1, a2, a3, a4 } };

	vtl_call(&c);
	while (c.status == VSM_S_PREEMPTED) {
		cond_resched();
		c.fn = VSM_SC_RESUME;
		c.arg[0] = c.ret[0];
		vtl_call(&c);
	}
	return c;
}

struct scall call(u64 fn, u64 a0, u64 a1, u64 a2, u64 a3)
{
	return call5(fn, a0, a1, a2, a3, 0);
}

void check(bool ok, const char *what, u64 detail)
{
	tests++;
	if (ok) {
		pr_info("ok %s\n", what);
	} else {
		failures++;
		pr_info("not ok %s: %llu\n", what, detail);
	}
}

void expect(u64 want, struct scall c, const char *what)
{
	check(c.status == want && !c.leaked, what, c.status);
}

static void numbers(void)
{
	struct scall c = call(VSM_SC_VERSION, 0, 0, 0, 0);

	check(!c.status && c.ret[0] == VSM_SCALL_ABI_VERSION && !c.leaked,
	      "version", c.status);
	c = call(VSM_SC_NULL, 0, 2, 3, 4);
	check(!c.status && !(c.ret[0] | c.ret[1] | c.ret[2] | c.leaked),
	      "nothing is left in registers", c.leaked);
	expect(VSM_S_INVALID_CALL, call(VSM_SC_MAX, 0, 0, 0, 0),
	       "function behind the last");
	expect(VSM_S_INVALID_CALL, call(~0ULL, 0, 0, 0, 0), "last function");
	expect(VSM_S_INVALID_CALL, call(1ULL << 32 | VSM_SC_VERSION, 0, 0, 0, 0),
	       "function of 33 bits");
	expect(VSM_S_NOT_FOUND, call(VSM_SC_RESUME, 0, 0, 0, 0),
	       "resume token 0");
	expect(VSM_S_NOT_FOUND, call(VSM_SC_RESUME, ~0ULL, 0, 0, 0),
	       "resume the last token");
	expect(VSM_S_NOT_FOUND, call(VSM_SC_RESUME, 1ULL << 40, 0, 0, 0),
	       "resume a token of the future");
	expect(VSM_S_NOT_FOUND, call(VSM_SC_KILL, 0, 0, 0, 0), "kill token 0");
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_ENABLE_VP, 0, 0, 0, 0),
	       "enable VP 0 again");
	expect(VSM_S_INVALID_PARAMETER,
	       call(VSM_SC_ENABLE_VP, 1ULL << 32 | 1, 0, 0, 0),
	       "enable a VP of 33 bits");
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_ENABLE_VP, 511, 0, 0, 0),
	       "enable a VP that is not there");
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_ENABLE_VP, ~0ULL, 0, 0, 0),
	       "enable the last VP");
}

static void handles(void)
{
	static const u64 handles[] = { 0, 255, 256, 1ULL << 40, ~0ULL };
	u64 page = virt_to_phys(data);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(handles); i++) {
		expect(VSM_S_NOT_FOUND,
		       call(VSM_SC_TRUSTLET_INFO, handles[i], page, 0, 0),
		       "info of no trustlet");
		expect(VSM_S_NOT_FOUND,
		       call(VSM_SC_TRUSTLET_CALL, handles[i],
			    virt_to_phys(list), 16, 16),
		       "call of no trustlet");
		expect(VSM_S_NOT_FOUND,
		       call(VSM_SC_TRUSTLET_DESTROY, handles[i], 0, 0, 0),
		       "destroy no trustlet");
	}
	expect(VSM_S_TOO_LARGE,
	       call(VSM_SC_TRUSTLET_CALL, 1, virt_to_phys(list), 65537, 16),
	       "message too large");
	expect(VSM_S_TOO_LARGE,
	       call(VSM_SC_TRUSTLET_CALL, 1, virt_to_phys(list), 16, ~0ULL),
	       "room too large");
}

/* An empty list for one page of data. */
u64 new_list(u64 pfn)
{
	memset(list, 0, sizeof(*list));
	list->nr = 1;
	list->pfn[0] = pfn;
	return virt_to_phys(list);
}

static void one_address(u64 gpa, const char *what)
{
	u64 good = virt_to_phys(data) >> PAGE_SHIFT, gpas;

	expect(VSM_S_INVALID_ADDRESS, call(VSM_SC_LOG_READ, gpa, 16, 0, 0),
	       what);
	expect(VSM_S_INVALID_ADDRESS, call(VSM_SC_STATUS, gpa, 0, 0, 0), what);
	expect(VSM_S_INVALID_ADDRESS,
	       call(VSM_SC_TRUSTLET_INFO, 0, gpa, 0, 0), what);
	expect(VSM_S_INVALID_ADDRESS,
	       call(VSM_SC_POLICY_LOAD, gpa, 4096, 0, 0), what);
	expect(VSM_S_INVALID_ADDRESS,
	       call(VSM_SC_TRUSTLET_CREATE, gpa, 4096, 0, 0), what);
	expect(VSM_S_INVALID_ADDRESS, call(VSM_SC_EVENTS, gpa, 0, 0, 0), what);
	expect(VSM_S_INVALID_ADDRESS,
	       call(VSM_SC_CODE_ADD, gpa, 4096, 0, 0), what);
	expect(VSM_S_INVALID_ADDRESS,
	       call(VSM_SC_CODE_REMOVE, gpa, 4096, 0, 0), what);
	gpas = new_list(good);
	list->next = gpa;
	expect(VSM_S_INVALID_ADDRESS,
	       call(VSM_SC_POLICY_LOAD, gpas, 8192, 0, 0), what);
	if (gpa & ~PAGE_MASK)
		return;
	gpas = new_list(gpa >> PAGE_SHIFT);
	expect(VSM_S_INVALID_ADDRESS,
	       call(VSM_SC_POLICY_LOAD, gpas, 4096, 0, 0), what);
}

static void addresses(void)
{
	one_address(vtl1[0], "first page of VTL1");
	one_address(vtl1[1], "last page of VTL1");
	one_address(hv[0], "first page of the hypervisor");
	one_address(hv[1], "last page of the hypervisor");
	one_address(virt_to_phys(data) + 8, "not page aligned");
	/* What a device answers for, as a buffer. */
	one_address(0xa0000, "the memory of the VGA");
	one_address(0xf0000, "the BIOS in ROM");
	one_address(0xfec00000, "the I/O APIC");
	one_address(0xfee00000, "the local APIC");
	one_address(1ULL << 45, "no memory");
	one_address(1ULL << 62, "no address");
	one_address(~0ULL & PAGE_MASK, "the last page of all");
}

static void lists(void)
{
	u64 good = virt_to_phys(data) >> PAGE_SHIFT, gpa;
	struct scall c;

	gpa = new_list(1ULL << 52 | good);
	expect(VSM_S_INVALID_ADDRESS, call(VSM_SC_POLICY_LOAD, gpa, 16, 0, 0),
	       "page number that wraps");
	gpa = new_list(good);
	expect(VSM_S_INVALID_PARAMETER,
	       call(VSM_SC_POLICY_LOAD, gpa, 4097, 0, 0), "list too short");
	list->nr = 0;
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_POLICY_LOAD, gpa, 16, 0, 0),
	       "empty list");
	list->nr = VSM_SG_PER_PAGE + 1;
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_POLICY_LOAD, gpa, 16, 0, 0),
	       "list larger than its page");
	list->nr = ~0U;
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_POLICY_LOAD, gpa, 16, 0, 0),
	       "largest list");
	gpa = new_list(good);
	list->rsvd = 1;
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_POLICY_LOAD, gpa, 16, 0, 0),
	       "reserved field");
	expect(VSM_S_TOO_LARGE,
	       call(VSM_SC_POLICY_LOAD, gpa, (4 << 20) + 1, 0, 0),
	       "object too large");
	expect(VSM_S_TOO_LARGE, call(VSM_SC_POLICY_LOAD, gpa, ~0ULL, 0, 0),
	       "largest object");
	/* A chain that bites its tail ends where the data ends. */
	gpa = new_list(good);
	list->next = gpa;
	c = call(VSM_SC_POLICY_LOAD, gpa, 1 << 20, 0, 0);
	check(c.status == VSM_S_NOT_SIGNED || c.status == VSM_S_NO_MEMORY,
	      "circular list", c.status);
	c = call(VSM_SC_POLICY_LOAD, gpa, 0, 0, 0);
	expect(VSM_S_NOT_SIGNED, c, "empty object");
}

static void console(void)
{
	u64 page = virt_to_phys(data);
	struct scall c;

	expect(VSM_S_INVALID_PARAMETER,
	       call(VSM_SC_LOG_READ, page, 4097, 0, 0), "log: too many bytes");
	expect(VSM_S_INVALID_PARAMETER,
	       call(VSM_SC_LOG_READ, page, ~0ULL, 0, 0), "log: most bytes");
	memset(data, 0xa5, PAGE_SIZE);
	c = call(VSM_SC_LOG_READ, page, 16, 0, 0);
	check(!c.status && c.ret[0] == 16 && c.ret[1] >= 16 &&
	      ((u8 *)data)[15] != 0xa5 && ((u8 *)data)[16] == 0xa5,
	      "log: as many bytes as wanted", c.ret[0]);
	c = call(VSM_SC_LOG_READ, page, 4096, ~0ULL, 0);
	check(!c.status && !c.ret[0], "log: from the future", c.ret[0]);
}

static void load_signature(void)
{
	const struct firmware *fw;

	if (request_firmware_direct(&fw, "vsm/file.p7s", NULL))
		return;
	signature = (void *)get_zeroed_page(GFP_KERNEL);
	signature_size = min_t(size_t, fw->size, PAGE_SIZE);
	if (signature)
		memcpy(signature, fw->data, signature_size);
	release_firmware(fw);
}

static int __init scall_init(void)
{
	load_signature();
	data = (void *)get_zeroed_page(GFP_KERNEL);
	list = (void *)get_zeroed_page(GFP_KERNEL);
	if (data && list && signature && vtl1[0] && hv[0]) {
		numbers();
		handles();
		addresses();
		lists();
		console();
		test_code();
		test_files();
		pr_info("%u tests, %u failures\n", tests, failures);
	}
	free_page((unsigned long)data);
	free_page((unsigned long)list);
	free_page((unsigned long)signature);
	/* A module that is refused may be tried a second time. */
	return tests ? 0 : -EIO;
}

static void __exit scall_exit(void)
{
}

module_init(scall_init);
module_exit(scall_exit);
MODULE_DESCRIPTION("Secure calls that must be refused");
MODULE_LICENSE("GPL");
