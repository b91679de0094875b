// SPDX-License-Identifier: GPL-2.0
/*
 * Switching between VTLs: VTL call, VTL return normal and fast, what crosses
 * with them, and how a VTL starts.  Source: TLFS, "VTL Call", "VTL Return",
 * "VTL Entry", "State Isolation", HvCallEnableVpVtl.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "tlfs.h"

FIXTURE(tlfs) {
	struct tlfs t;
	__u64 assist;		/* GPA of VTL1's VP assist page on CPU 0 */
};

FIXTURE_SETUP(tlfs)
{
	struct puppet_request req = { .op = PUPPET_PAGES };
	bool skip;
	const char *why = tlfs_open(&self->t, &skip);

	if (why && skip)
		SKIP(return, "%s", why);
	ASSERT_EQ(NULL, why) TH_LOG("%s", why);
	ASSERT_TRUE(puppet(&self->t, &req));
	self->assist = req.ret[0];
}

FIXTURE_TEARDOWN(tlfs)
{
	write_msr(&self->t, 1, HV_X64_MSR_VP_ASSIST_PAGE, 0);
	tlfs_close(&self->t);
}

/* Unlike in every register. */
static void fill(__u64 gpr[PUPPET_NR_GPRS], __u64 seed)
{
	unsigned int i;

	for (i = 0; i < PUPPET_NR_GPRS; i++)
		gpr[i] = (seed << 32 | 0x80000000) * (i + 1) ^ seed;
}

static bool is_shared(unsigned int i)
{
	return i != PUPPET_RAX && i != PUPPET_RCX && i != PUPPET_RSP;
}

static void set_assist_page(struct __test_metadata *_metadata,
			    struct _test_data_tlfs *self)
{
	ASSERT_EQ(NO_FAULT, write_msr(&self->t, 1, HV_X64_MSR_VP_ASSIST_PAGE,
				      self->assist | HV_MSR_ENABLE));
}

/* Every VP's VTL1 answers, from where it was enabled on. */
TEST_F(tlfs, every_vp)
{
	unsigned int cpu;
	__u64 index;

	for (cpu = 0; cpu < tlfs_cpus(); cpu++) {
		tlfs_on_cpu(cpu);
		EXPECT_EQ(NO_FAULT, read_msr(&self->t, 1, HV_X64_MSR_VP_INDEX,
					     &index));
		EXPECT_EQ(cpu, index);
		EXPECT_EQ(NO_FAULT, read_msr(&self->t, 0, HV_X64_MSR_VP_INDEX,
					     &index));
		EXPECT_EQ(cpu, index);
	}
}

/* TLFS: no hypercalls without a page, no page without a guest OS id. */
TEST_F(tlfs, start_without_page)
{
	struct puppet_request req = {
		.op = PUPPET_START, .arg = { tlfs_gpa(&self->t, TLFS_COPY) },
	};
	const struct puppet_start *start = tlfs_page(&self->t, TLFS_COPY);

	ASSERT_TRUE(puppet(&self->t, &req));
	EXPECT_EQ(UD, start->vmcall_fault);
	EXPECT_EQ(NO_FAULT, start->enable_fault);
	EXPECT_EQ(0, start->enable_value & HV_MSR_ENABLE);
	EXPECT_EQ(0, start->msr[PUPPET_MSR_GUEST_OS_ID]);
	EXPECT_EQ(0, start->msr[PUPPET_MSR_HYPERCALL]);
	EXPECT_EQ(0, start->msr[PUPPET_MSR_VP_ASSIST_PAGE]);
}

/* What differs between the driver's context for VP 0 and the puppet's. */
struct context {
	__u64 rflags, cr0, cr4, efer, pat, fs_base, gs_base;
	__u64 gdt_limit, idt_limit;
};

static const struct context driver_context = {
	.rflags = 2,
	.cr0 = 0x80010031,		/* PG WP NE ET PE */
	.cr4 = 0x60,			/* MCE PAE */
	.efer = 0xd01,			/* NXE LMA LME SCE */
	.pat = 0x0007040600070406,
};

static struct context puppet_context(const struct puppet_start *s)
{
	return (struct context){
		.rflags = 2 | PUPPET_CONTEXT_RFLAGS,
		.cr0 = s->cr0,
		.cr4 = s->cr4,
		.efer = s->efer,
		.pat = PUPPET_CONTEXT_PAT,
		.fs_base = PUPPET_CONTEXT_FS_BASE,
		.gs_base = PUPPET_CONTEXT_GS_BASE,
		.gdt_limit = 5 * 8 - 1,
		.idt_limit = 256 * 16 - 1,
	};
}

/* A VP starts in VTL1 with what HvCallEnableVpVtl was given, all else reset. */
static void check_start(struct __test_metadata *_metadata,
			const struct puppet_start *s,
			const struct context *c, unsigned int cpu)
{
	static const enum puppet_msr reset[] = {
		PUPPET_MSR_KERNEL_GS_BASE, PUPPET_MSR_STAR, PUPPET_MSR_LSTAR,
		PUPPET_MSR_CSTAR, PUPPET_MSR_SFMASK, PUPPET_MSR_SYSENTER_CS,
		PUPPET_MSR_SYSENTER_ESP, PUPPET_MSR_SYSENTER_EIP,
		PUPPET_MSR_VP_ASSIST_PAGE,
	};
	unsigned int i;

	EXPECT_EQ(c->cr0, s->reg[PUPPET_CR0]);
	EXPECT_EQ(c->cr4, s->reg[PUPPET_CR4]);
	EXPECT_EQ(0x400, s->reg[PUPPET_DR7]);
	EXPECT_EQ(c->rflags, s->reg[PUPPET_RFLAGS]);
	EXPECT_EQ(8, s->reg[PUPPET_CS]);
	EXPECT_EQ(0x10, s->reg[PUPPET_SS]);
	EXPECT_EQ(0x10, s->reg[PUPPET_DS]);
	EXPECT_EQ(0x10, s->reg[PUPPET_ES]);
	EXPECT_EQ(0x10, s->reg[PUPPET_FS]);
	EXPECT_EQ(0x10, s->reg[PUPPET_GS]);
	EXPECT_EQ(0x18, s->reg[PUPPET_TR]);
	EXPECT_EQ(0, s->reg[PUPPET_LDTR]);
	EXPECT_EQ(c->gdt_limit, s->reg[PUPPET_GDTR_LIMIT]);
	EXPECT_EQ(c->idt_limit, s->reg[PUPPET_IDTR_LIMIT]);
	EXPECT_EQ(c->efer, s->msr[PUPPET_MSR_EFER]);
	EXPECT_EQ(c->pat, s->msr[PUPPET_MSR_PAT]);
	EXPECT_EQ(c->fs_base, s->msr[PUPPET_MSR_FS_BASE]);
	EXPECT_EQ(c->gs_base, s->msr[PUPPET_MSR_GS_BASE]);
	EXPECT_EQ(cpu, s->msr[PUPPET_MSR_VP_INDEX]);
	for (i = 0; i < ARRAY_SIZE(reset); i++)
		EXPECT_EQ(0, s->msr[reset[i]]) TH_LOG("MSR %d", reset[i]);
	for (i = 0; i < PUPPET_NR_MSRS; i++)
		EXPECT_EQ(NO_FAULT, s->msr_fault[i]) TH_LOG("MSR %u", i);
}

TEST_F(tlfs, start_context)
{
	const struct puppet_start *start = tlfs_page(&self->t, TLFS_COPY);
	struct puppet_request req;
	struct context c;
	unsigned int cpu;

	for (cpu = 0; cpu < tlfs_cpus(); cpu++) {
		tlfs_on_cpu(cpu);
		req = (struct puppet_request){
			.op = PUPPET_START,
			.arg = { tlfs_gpa(&self->t, TLFS_COPY) },
		};
		ASSERT_TRUE(puppet(&self->t, &req));
		c = puppet_context(start);
		check_start(_metadata, start, cpu ? &c : &driver_context, cpu);
		if (!cpu)
			continue;
		EXPECT_EQ(start->cr3, start->reg[PUPPET_CR3]);
		EXPECT_EQ(start->stack_top, start->rsp);
	}
}

/* TLFS: control input of a VTL call is zero, all else is #UD. */
TEST_F(tlfs, call_control)
{
	int bit;

	for (bit = 0; bit < 64; bit++) {
		struct vsm_probe_insn c = {
			.gpr[PUPPET_RAX] = 1ULL << bit,
			.gpr[PUPPET_RCX] = HVCALL_VTL_CALL,
		};

		EXPECT_EQ(UD, vmcall(&self->t, 0, &c)) {
			TH_LOG("control bit %d", bit);
		}
	}
}

/* TLFS: #UD for a call from the highest VTL, a return from the lowest. */
TEST_F(tlfs, no_vtl_above_or_below)
{
	struct vsm_probe_insn c = { .gpr[PUPPET_RCX] = HVCALL_VTL_CALL };

	EXPECT_EQ(UD, vmcall(&self->t, 1, &c));
	c = (struct vsm_probe_insn){ .gpr[PUPPET_RCX] = HVCALL_VTL_RETURN };
	EXPECT_EQ(UD, vmcall(&self->t, 0, &c));
	c = (struct vsm_probe_insn){
		.gpr[PUPPET_RAX] = HV_VTL_RETURN_FAST,
		.gpr[PUPPET_RCX] = HVCALL_VTL_RETURN,
	};
	EXPECT_EQ(UD, vmcall(&self->t, 0, &c));
}

/* TLFS: control input of a VTL return: bit 0, all others zero. */
TEST_F(tlfs, return_control)
{
	int bit;

	set_assist_page(_metadata, self);
	for (bit = 1; bit < 64; bit++) {
		struct puppet_request req = {
			.op = PUPPET_RETURN,
			.arg = { 1ULL << bit | HV_VTL_RETURN_FAST },
		};

		ASSERT_TRUE(puppet(&self->t, &req));
		EXPECT_EQ(UD, req.fault.vector) TH_LOG("control bit %d", bit);
		req.arg[0] = 1ULL << bit;
		ASSERT_TRUE(puppet(&self->t, &req));
		EXPECT_EQ(UD, req.fault.vector) TH_LOG("control bit %d", bit);
	}
}

/* A VTL switch with any other bit of the input value than the code's: #UD. */
TEST_F(tlfs, switch_codes_are_bare)
{
	const __u64 bits[] = {
		HV_HYPERCALL_FAST, REP(1, 0), REP(0, 1), 1ULL << 17,
		1ULL << 27, HV_HYPERCALL_NESTED, 1ULL << 44, 1ULL << 60,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		EXPECT_EQ(TRAPPED(UD),
			  hypercall(&self->t, 0, HVCALL_VTL_CALL | bits[i], 0,
				    0));
		EXPECT_EQ(TRAPPED(UD),
			  hypercall(&self->t, 1, HVCALL_VTL_RETURN | bits[i],
				    0, 0));
	}
}

/* A VTL call: shared registers cross, RIP of VTL0 is after the call. */
TEST_F(tlfs, call_shares_registers)
{
	struct puppet_request *req = tlfs_page(&self->t, TLFS_REQUEST);
	struct vsm_probe_insn c = { .flags = VSM_PROBE_XMM };
	__u64 sent[PUPPET_NR_GPRS];
	unsigned int i;

	fill(c.gpr, 0x1234567);
	for (i = 0; i < sizeof(c.xmm); i++)
		((__u8 *)c.xmm)[i] = i * 7 + 1;
	c.gpr[PUPPET_RAX] = 0;
	c.gpr[PUPPET_RCX] = HVCALL_VTL_CALL;
	c.gpr[PUPPET_RDI] = PUPPET_CALL;
	c.gpr[PUPPET_RSI] = tlfs_gpa(&self->t, TLFS_REQUEST);
	c.gpr[PUPPET_RDX] = 1;
	memcpy(sent, c.gpr, sizeof(sent));
	*req = (struct puppet_request){ .op = PUPPET_NOP };
	ASSERT_EQ(0, ioctl(self->t.fd, VSM_PROBE_IOC_INSN, &c));
	ASSERT_EQ(NO_FAULT, c.vector);
	ASSERT_EQ(VSM_S_OK, c.gpr[PUPPET_RDI]);
	for (i = 0; i < PUPPET_NR_GPRS; i++)
		if (is_shared(i))
			EXPECT_EQ(sent[i], req->entry_gpr[i])
				TH_LOG("register %u", i);
	EXPECT_EQ(0, memcmp(req->entry_xmm, c.xmm, sizeof(c.xmm)));
}

/* What VTL1 leaves in shared registers is what VTL0 finds. */
static void return_registers(struct __test_metadata *_metadata,
			     struct _test_data_tlfs *self, __u64 control)
{
	struct puppet_request *req = tlfs_page(&self->t, TLFS_REQUEST);
	struct vsm_probe_insn c = {
		.flags = VSM_PROBE_XMM,
		PUPPET_CALL_GPRS(&self->t),
	};
	unsigned int i;

	*req = (struct puppet_request){
		.op = PUPPET_RETURN,
		.flags = PUPPET_GPRS | PUPPET_XMM,
		.arg = { control },
	};
	fill(req->gpr, 0x7654321);
	memset(req->xmm, 0x5a, sizeof(req->xmm));
	ASSERT_EQ(0, ioctl(self->t.fd, VSM_PROBE_IOC_INSN, &c));
	ASSERT_EQ(NO_FAULT, c.vector);
	for (i = 0; i < PUPPET_NR_GPRS; i++)
		if (is_shared(i))
			EXPECT_EQ(req->gpr[i], c.gpr[i])
				TH_LOG("register %u", i);
	EXPECT_EQ(0, memcmp(req->xmm, c.xmm, sizeof(c.xmm)));
	if (control & HV_VTL_RETURN_FAST) {
		/* As the return sequence leaves them. */
		EXPECT_EQ(HV_VTL_RETURN_FAST, c.gpr[PUPPET_RAX]);
		EXPECT_EQ(HVCALL_VTL_RETURN, c.gpr[PUPPET_RCX]);
	} else {
		EXPECT_EQ(0x1122334455667788, c.gpr[PUPPET_RAX]);
		EXPECT_EQ(0x99aabbccddeeff00, c.gpr[PUPPET_RCX]);
	}
}

static void set_return_values(struct __test_metadata *_metadata,
			      struct _test_data_tlfs *self)
{
	const __u64 values[2] = { 0x1122334455667788, 0x99aabbccddeeff00 };

	set_assist_page(_metadata, self);
	ASSERT_TRUE(vtl1_copy_in(&self->t, self->assist +
				 offsetof(struct hv_vp_assist_page,
					  vtl_return_rax),
				 values, sizeof(values)));
}

TEST_F(tlfs, return_fast)
{
	set_return_values(_metadata, self);
	return_registers(_metadata, self, HV_VTL_RETURN_FAST);
	/* Without an assist page, too: it needs nothing from there. */
	write_msr(&self->t, 1, HV_X64_MSR_VP_ASSIST_PAGE, 0);
	return_registers(_metadata, self, HV_VTL_RETURN_FAST);
}

TEST_F(tlfs, return_normal)
{
	set_return_values(_metadata, self);
	return_registers(_metadata, self, 0);
	return_registers(_metadata, self, 0);
}

/* VTL entry by a call says so in the assist page of the VTL entered. */
TEST_F(tlfs, entry_reason)
{
	struct hv_vp_assist_page before = { .entry_reason = 0xdead }, now;
	size_t len = offsetof(struct hv_vp_assist_page, rsvd3);

	set_assist_page(_metadata, self);
	ASSERT_TRUE(vtl1_copy_in(&self->t, self->assist, &before, len));
	ASSERT_TRUE(vtl1_copy_out(&self->t, &now, self->assist, len));
	EXPECT_EQ(HV_VTL_ENTRY_VTL_CALL, now.entry_reason);
	EXPECT_EQ(0, now.vina_asserted);
	EXPECT_EQ(0, now.apic_assist);
}

TEST_HARNESS_MAIN
