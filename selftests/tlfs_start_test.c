// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallStartVirtualProcessor and DenyLowerVtlStartup: CPU 1 is taken from
 * Linux, started with a context of the test's own, and given back.  Source:
 * TLFS, same title, "DenyLowerVtlStartup"; SDM, "Checks on the Guest State
 * Area".
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "context.h"
#include "cpu.h"
#include "tlfs.h"

#define VP		1
#define TRIES		2000

/* Pages of the VP that is started. */
enum { PML4 = TLFS_FREE, PDPT, PD, CODE, REPORT, STACK };

#define ENTRY		0x63ULL		/* present, writable, accessed, dirty */
#define LARGE		0x80ULL
#define MAGIC		0x7e57ed00

/* What the code below leaves behind. */
struct report {
	__u64 rsp, cr3, cr4, rflags, rdx, magic;
};

static const __u8 code[] = {
	0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0,	/* mov	$report, %rax */
	0x48, 0x89, 0x20,			/* mov	%rsp, 0(%rax) */
	0x0f, 0x20, 0xd9,			/* mov	%cr3, %rcx */
	0x48, 0x89, 0x48, 0x08,			/* mov	%rcx, 8(%rax) */
	0x0f, 0x20, 0xe1,			/* mov	%cr4, %rcx */
	0x48, 0x89, 0x48, 0x10,			/* mov	%rcx, 16(%rax) */
	0x9c, 0x59,				/* pushf; pop %rcx */
	0x48, 0x89, 0x48, 0x18,			/* mov	%rcx, 24(%rax) */
	0x48, 0x89, 0x50, 0x20,			/* mov	%rdx, 32(%rax) */
	0xb9, 0x00, 0xed, 0x57, 0x7e,		/* mov	$MAGIC, %ecx */
	0x48, 0x89, 0x48, 0x28,			/* mov	%rcx, 40(%rax) */
	0xf4, 0xeb, 0xfd,			/* 1: hlt; jmp 1b */
};

FIXTURE(tlfs) {
	struct tlfs t;
	struct hv_input_start_vp good;
	struct vsm_probe_ipi init;
	volatile struct report *report;
};

static __u32 own_apic_id(void)
{
	unsigned int a, b = 0, c, d;

	__get_cpuid(1, &a, &b, &c, &d);
	return b >> 24;
}

/* CPUID.1:EAX, in EDX after INIT. */
static __u32 signature(void)
{
	unsigned int a = 0, b, c, d;

	__get_cpuid(1, &a, &b, &c, &d);
	return a;
}

/* The 2 MiB around the pages, at their own addresses. */
static void make_tables(struct tlfs *t)
{
	__u64 *pml4 = tlfs_page(t, PML4), *pdpt = tlfs_page(t, PDPT);
	__u64 *pd = tlfs_page(t, PD);

	memset(pml4, 0, 3 * PAGE);
	pml4[t->gpa >> 39 & 0x1ff] = tlfs_gpa(t, PDPT) | ENTRY;
	pdpt[t->gpa >> 30 & 0x1ff] = tlfs_gpa(t, PD) | ENTRY;
	pd[t->gpa >> 21 & 0x1ff] = (t->gpa & ~0x1fffffULL) | ENTRY | LARGE;
}

/* Where the code below comes to run. */
static void make_context(struct tlfs *t, struct hv_initial_vp_context *c)
{
	*c = context_64;
	c->rip = tlfs_gpa(t, CODE);
	c->rsp = tlfs_gpa(t, STACK) + PAGE;
	c->cr3 = tlfs_gpa(t, PML4);
}

FIXTURE_SETUP(tlfs)
{
	bool skip;
	const char *why = tlfs_open(&self->t, &skip);
	__u64 report;

	if (why && skip)
		SKIP(return, "%s", why);
	ASSERT_EQ(NULL, why) TH_LOG("%s", why);
	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU");
	tlfs_on_cpu(VP);
	self->init.apic_id = own_apic_id();
	self->init.icr = VSM_PROBE_ICR_INIT;
	tlfs_on_cpu(0);
	make_tables(&self->t);
	report = tlfs_gpa(&self->t, REPORT);
	memcpy(tlfs_page(&self->t, CODE), code, sizeof(code));
	memcpy(tlfs_page(&self->t, CODE) + 2, &report, sizeof(report));
	self->report = tlfs_page(&self->t, REPORT);
	self->good.partition_id = HV_PARTITION_ID_SELF;
	self->good.vp_index = VP;
	make_context(&self->t, &self->good.context);
}

FIXTURE_TEARDOWN(tlfs)
{
	tlfs_close(&self->t);
}

static __u64 start(struct _test_data_tlfs *self, int vtl,
		   const struct hv_input_start_vp *in)
{
	memcpy(tlfs_page(&self->t, TLFS_INPUT), in, sizeof(*in));
	return memory_call(&self->t, vtl, HVCALL_START_VP);
}

/* It answers in both VTLs, as before. */
static bool works(struct tlfs *t)
{
	__u64 index = ~0ULL;
	bool ok;

	tlfs_on_cpu(VP);
	ok = read_msr(t, 1, HV_X64_MSR_VP_INDEX, &index) == NO_FAULT &&
	     index == VP;
	tlfs_on_cpu(0);
	return ok;
}

/* The VP takes an INIT in its own time: wrong until then. */
static bool reset(struct _test_data_tlfs *self)
{
	struct hv_input_start_vp in = self->good;
	int i;

	in.context.rflags = 0;
	if (ioctl(self->t.fd, VSM_PROBE_IOC_IPI, &self->init))
		return false;
	for (i = 0; i < TRIES; i++)
		if (start(self, 1, &in) == HV_STATUS_INVALID_REGISTER_VALUE)
			return true;
	return false;
}

static bool runs(struct _test_data_tlfs *self)
{
	int i;

	for (i = 0; i < TRIES && self->report->magic != MAGIC; i++)
		usleep(100);
	return self->report->magic == MAGIC;
}

static void check_report(struct __test_metadata *_metadata,
			 struct _test_data_tlfs *self)
{
	const struct hv_initial_vp_context *c = &self->good.context;

	EXPECT_EQ(c->rsp, self->report->rsp);
	EXPECT_EQ(c->cr3, self->report->cr3);
	EXPECT_EQ(c->cr4, self->report->cr4);
	EXPECT_EQ(c->rflags, self->report->rflags);
	/* General registers are as INIT leaves them. */
	EXPECT_EQ(signature(), self->report->rdx);
}

/* Nothing of this starts or stops anything. */
TEST_F(tlfs, wrong_input)
{
	struct hv_input_start_vp in = self->good;
	unsigned int i;
	int vtl;

	in.partition_id = 1;
	in.vp_index = 0x7fffffff;
	EXPECT_EQ(HV_STATUS_INVALID_PARTITION_ID, start(self, 1, &in));
	in.partition_id = HV_PARTITION_ID_SELF;
	in.target_vtl = 0xff;
	EXPECT_EQ(HV_STATUS_INVALID_VP_INDEX, start(self, 1, &in));
	in.vp_index = VP;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, start(self, 1, &in));
	in.target_vtl = 2;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, start(self, 1, &in));
	in.target_vtl = 1;
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, start(self, 0, &in));
	in.target_vtl = 0;
	for (i = 0; i < sizeof(in.rsvd); i++) {
		in.rsvd[i] = 1;
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, start(self, 0, &in));
		in.rsvd[i] = 0;
	}
	/* VPs that run, the caller's own among them. */
	for (vtl = 0; vtl < 2; vtl++) {
		in.target_vtl = vtl;
		in.vp_index = VP;
		EXPECT_EQ(HV_STATUS_INVALID_VP_STATE, start(self, vtl, &in));
		in.vp_index = 0;
		EXPECT_EQ(HV_STATUS_INVALID_VP_STATE, start(self, vtl, &in));
		in.vp_index = HV_VP_INDEX_SELF;
		EXPECT_EQ(HV_STATUS_INVALID_VP_STATE, start(self, vtl, &in));
	}
	EXPECT_TRUE(works(&self->t));
}

TEST_F(tlfs, wrong_context)
{
	struct hv_input_start_vp in;
	unsigned int i;
	int vtl;

	ASSERT_TRUE(set_online(VP, false));
	ASSERT_TRUE(reset(self));
	for (vtl = 0; vtl < 2; vtl++) {
		for (i = 0; i < ARRAY_SIZE(spoilt); i++) {
			in = self->good;
			spoil_context(&in.context, i);
			EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
				  start(self, vtl, &in)) {
				TH_LOG("context %zu: %#llx", spoilt[i].offset,
				       spoilt[i].value);
			}
		}
	}
	ASSERT_TRUE(set_online(VP, true));
	EXPECT_TRUE(works(&self->t));
}

/* The same in VTL1's own name: a VP that starts there, or not. */
TEST_F(tlfs, wrong_context_in_vtl1)
{
	struct hv_input_start_vp in;
	unsigned int i;

	ASSERT_TRUE(set_online(VP, false));
	ASSERT_TRUE(reset(self));
	for (i = 0; i < ARRAY_SIZE(spoilt); i++) {
		in = self->good;
		in.target_vtl = 1;
		spoil_context(&in.context, i);
		EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
			  start(self, 1, &in)) {
			TH_LOG("context %u", i);
		}
		EXPECT_EQ(HV_STATUS_ACCESS_DENIED, start(self, 0, &in));
	}
	ASSERT_TRUE(set_online(VP, true));
	EXPECT_TRUE(works(&self->t));
}

/* How VTL1 came up on the VP. */
static bool read_start(struct tlfs *t, struct puppet_start *ret)
{
	struct puppet_request req = {
		.op = PUPPET_START, .arg = { tlfs_gpa(t, TLFS_COPY) },
	};
	bool ok;

	tlfs_on_cpu(VP);
	ok = puppet(t, &req) && req.fault.vector == NO_FAULT;
	tlfs_on_cpu(0);
	memcpy(ret, tlfs_page(t, TLFS_COPY), sizeof(*ret));
	return ok;
}

/*
 * TLFS: the only way to start a VP in a VTL other than 0.  VTL1 runs there
 * first; when it returns, VTL0 waits for what is to start it.
 */
TEST_F(tlfs, start_in_vtl1)
{
	struct puppet_request req = {
		.op = PUPPET_START_VP, .arg = { VP },
	};
	struct hv_input_start_vp wrong = self->good;
	struct puppet_start before, after;
	int i;

	ASSERT_TRUE(read_start(&self->t, &before));
	ASSERT_TRUE(set_online(VP, false));
	ASSERT_TRUE(reset(self));
	ASSERT_TRUE(puppet(&self->t, &req));
	ASSERT_EQ(NO_FAULT, req.fault.vector);
	EXPECT_EQ(HV_STATUS_SUCCESS, req.ret[0]);
	wrong.context.rflags = 0;
	for (i = 0; i < TRIES; i++)
		if (start(self, 1, &wrong) == HV_STATUS_INVALID_REGISTER_VALUE)
			break;
	EXPECT_LT(i, TRIES);
	/* VTL0 can be started now, and runs; its VTL1 is called later. */
	memset((void *)self->report, 0, sizeof(*self->report));
	EXPECT_EQ(HV_STATUS_SUCCESS, start(self, 0, &self->good));
	EXPECT_TRUE(runs(self));
	check_report(_metadata, self);
	ASSERT_TRUE(set_online(VP, true));
	EXPECT_TRUE(works(&self->t));
	ASSERT_TRUE(read_start(&self->t, &after));
	EXPECT_EQ(before.count + 1, after.count);
	EXPECT_EQ(after.stack_top, after.rsp);
	EXPECT_EQ(after.cr0, after.reg[PUPPET_CR0]);
	EXPECT_EQ(after.cr3, after.reg[PUPPET_CR3]);
	EXPECT_EQ(after.cr4, after.reg[PUPPET_CR4]);
	EXPECT_EQ(after.efer, after.msr[PUPPET_MSR_EFER]);
	EXPECT_EQ(2 | PUPPET_CONTEXT_RFLAGS, after.reg[PUPPET_RFLAGS]);
	EXPECT_EQ(PUPPET_CONTEXT_PAT, after.msr[PUPPET_MSR_PAT]);
	EXPECT_EQ(PUPPET_CONTEXT_FS_BASE, after.msr[PUPPET_MSR_FS_BASE]);
	EXPECT_EQ(PUPPET_CONTEXT_GS_BASE, after.msr[PUPPET_MSR_GS_BASE]);
}

static __u64 flush_all(struct tlfs *t, int vtl)
{
	struct hv_input_flush_virtual_address *in = tlfs_page(t, TLFS_INPUT);

	*in = (struct hv_input_flush_virtual_address){
		.flags = HV_FLUSH_ALL_PROCESSORS,
	};
	return memory_call(t, vtl, HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE);
}

TEST_F(tlfs, start)
{
	int vtl;

	ASSERT_TRUE(set_online(VP, false));
	for (vtl = 0; vtl < 2; vtl++) {
		ASSERT_TRUE(reset(self));
		memset((void *)self->report, 0, sizeof(*self->report));
		EXPECT_EQ(HV_STATUS_SUCCESS, start(self, vtl, &self->good));
		EXPECT_TRUE(runs(self));
		check_report(_metadata, self);
		/* Halted for good, interrupts off; started is started. */
		EXPECT_EQ(HV_STATUS_SUCCESS, flush_all(&self->t, vtl));
		EXPECT_EQ(HV_STATUS_INVALID_VP_STATE,
			  start(self, vtl, &self->good));
	}
	ASSERT_TRUE(set_online(VP, true));
	EXPECT_TRUE(works(&self->t));
}

static __u64 set_config(struct tlfs *t, __u64 config)
{
	return set_register(t, 1, 0, HV_REGISTER_VSM_PARTITION_CONFIG,
			    config | HV_VSM_CONFIG_ZERO_MEM_ON_RESET);
}

/* VTL0 can neither start nor reset a VP; VTL1 can. */
TEST_F(tlfs, deny)
{
	struct vsm_probe_ipi sipi = {
		.apic_id = self->init.apic_id,
		.icr = VSM_PROBE_ICR_SIPI | 0x9a,
	};
	struct hv_register_value caps;

	ASSERT_EQ(DONE(1), get_register(&self->t, 0, 0,
					HV_REGISTER_VSM_CAPABILITIES, &caps));
	EXPECT_TRUE(caps.low & HV_VSM_CAP_DENY_LOWER_STARTUP);
	ASSERT_TRUE(set_online(VP, false));
	ASSERT_TRUE(reset(self));
	memset((void *)self->report, 0, sizeof(*self->report));
	ASSERT_EQ(DONE(1), set_config(&self->t,
				      HV_VSM_CONFIG_DENY_LOWER_STARTUP));
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, start(self, 0, &self->good));
	/* A SIPI leaves it where it is: it can still be started. */
	ASSERT_EQ(0, ioctl(self->t.fd, VSM_PROBE_IOC_IPI, &sipi));
	ASSERT_EQ(0, ioctl(self->t.fd, VSM_PROBE_IOC_IPI, &sipi));
	usleep(20000);
	EXPECT_EQ(HV_STATUS_SUCCESS, start(self, 1, &self->good));
	EXPECT_TRUE(runs(self));
	check_report(_metadata, self);
	/* And an INIT leaves it running. */
	ASSERT_EQ(0, ioctl(self->t.fd, VSM_PROBE_IOC_IPI, &self->init));
	usleep(20000);
	EXPECT_EQ(HV_STATUS_INVALID_VP_STATE, start(self, 1, &self->good));
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, start(self, 0, &self->good));
	ASSERT_EQ(DONE(1), set_config(&self->t, 0));
	ASSERT_TRUE(set_online(VP, true));
	EXPECT_TRUE(works(&self->t));
}

/* Linux's own way to start it and this one, one after the other. */
TEST_F(tlfs, hotplug)
{
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_TRUE(set_online(VP, false));
		ASSERT_TRUE(reset(self));
		memset((void *)self->report, 0, sizeof(*self->report));
		EXPECT_EQ(HV_STATUS_SUCCESS, start(self, i & 1, &self->good));
		EXPECT_TRUE(runs(self));
		ASSERT_TRUE(set_online(VP, true));
		EXPECT_TRUE(works(&self->t));
	}
}

TEST_HARNESS_MAIN
