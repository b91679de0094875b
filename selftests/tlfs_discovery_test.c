// SPDX-License-Identifier: GPL-2.0
/*
 * What either VTL is told by CPUID, exactly, and that it is so; the hypercall
 * page from its guest OS id to its lock.  Source: TLFS, "Feature and Interface
 * Discovery", "Establishing the Hypercall Interface".
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "../uapi/vsm/synic.h"
#include "tlfs.h"

#define RANGES		"/sys/kernel/debug/vsm/ranges"
#define HIGHEST		HV_CPUID_HARDWARE

FIXTURE(tlfs) {
	struct tlfs t;
};

FIXTURE_SETUP(tlfs)
{
	bool skip;
	const char *why = tlfs_open(&self->t, &skip);

	if (why && skip)
		SKIP(return, "%s", why);
	ASSERT_EQ(NULL, why) TH_LOG("%s", why);
}

FIXTURE_TEARDOWN(tlfs)
{
	tlfs_close(&self->t);
}

/* --- CPUID ----------------------------------------------------------------- */

static void read_leaf(struct tlfs *t, int vtl, __u32 leaf, __u32 r[4])
{
	struct puppet_request req = { .op = PUPPET_CPUID, .arg = { leaf } };
	struct vsm_probe_insn c = { .gpr[PUPPET_RAX] = leaf };

	if (vtl) {
		if (!puppet(t, &req))
			abort();
		r[0] = req.ret[0];
		r[1] = req.ret[1];
		r[2] = req.ret[2];
		r[3] = req.ret[3];
		return;
	}
	if (vtl0_insn(t, VSM_PROBE_INSN_cpuid, &c) != NO_FAULT)
		abort();
	r[0] = c.gpr[PUPPET_RAX];
	r[1] = c.gpr[PUPPET_RBX];
	r[2] = c.gpr[PUPPET_RCX];
	r[3] = c.gpr[PUPPET_RDX];
}

/* No outer hypervisor here: the base is the first. */
#define BASE		HV_CPUID_BASE

static __u32 phys_bits(void)
{
	unsigned int a = 0, b, c, d;

	__get_cpuid(0x80000008, &a, &b, &c, &d);
	return a & 0xff;
}

/*
 * Written out, and not taken from the tables of the code: who changes what is
 * offered has to say so here, too.
 */
static void expected(int vtl, __u32 leaf, __u32 r[4])
{
	static const __u32 fixed[2][HIGHEST + 1][4] = {
		{
			{ BASE + 6, 0x7263694d, 0x666f736f, 0x76482074 },
			{ 0x31237648 },
			{ 1, 1 << 16 },
			/* HypercallMsrs, VpIndex; Vsm, VpRegisters, StartVp */
			{ 0x60, 0x00230000, 0, 0x00148010 },
			{ 1 << 18, 0xffffffff },
			{ },
			{ 0x0002000a },
		}, {
			{ BASE + 6, 0x7263694d, 0x666f736f, 0x76482074 },
			{ 0x31237648 },
			{ 1, 1 << 16 },
			/* And the counter, SynIC, timers, APIC's MSRs. */
			{ 0x7e, 0x00230000, 0, 0x001c8010 },
			{ 1 << 18 | 1 << 3, 0xffffffff },
			{ },
			{ 0x0002000a },
		},
	};

	memcpy(r, fixed[vtl][leaf], 4 * sizeof(*r));
	if (leaf == HV_CPUID_RECOMMENDATIONS)
		r[2] = phys_bits();
	if (leaf == HV_CPUID_LIMITS) {
		r[0] = sysconf(_SC_NPROCESSORS_CONF);
		r[1] = r[0];
	}
}

TEST_F(tlfs, leaves)
{
	__u32 want[4], seen[4], leaf;
	unsigned int cpu, i;
	int vtl;

	for (cpu = 0; cpu < tlfs_cpus(); cpu++) {
		tlfs_on_cpu(cpu);
		for (vtl = 0; vtl < 2; vtl++) {
			for (leaf = 0; leaf <= HIGHEST; leaf++) {
				expected(vtl, leaf, want);
				read_leaf(&self->t, vtl, BASE + leaf, seen);
				for (i = 0; i < 4; i++)
					EXPECT_EQ(want[i], seen[i]) {
						TH_LOG("VTL%d leaf %u.%u", vtl,
						       leaf, i);
					}
			}
		}
	}
	/* A process is told the same. */
	for (leaf = 0; leaf <= HIGHEST; leaf++) {
		expected(0, leaf, want);
		__cpuid(BASE + leaf, seen[0], seen[1], seen[2], seen[3]);
		EXPECT_EQ(0, memcmp(want, seen, sizeof(want)));
	}
}

TEST_F(tlfs, no_other_leaves)
{
	static const __u32 leaves[] = {
		7, 8, 9, 0xa, 0xb, 0xc, 0x80, 0xff, 0x100, 0x101, 0x103, 0xfff,
		0x10000, 0xfffffff,
	};
	__u32 r[4];
	unsigned int i;
	int vtl;

	for (vtl = 0; vtl < 2; vtl++) {
		for (i = 0; i < ARRAY_SIZE(leaves); i++) {
			read_leaf(&self->t, vtl, BASE + leaves[i], r);
			EXPECT_EQ(0, r[0] | r[1] | r[2] | r[3]) {
				TH_LOG("VTL%d leaf %#x", vtl, leaves[i]);
			}
		}
		read_leaf(&self->t, vtl, 1, r);
		EXPECT_EQ(1, r[2] >> 31);		/* a hypervisor */
		EXPECT_EQ(0, r[2] >> 5 & 3);		/* no VMX, no SMX */
	}
}

/* What is behind a privilege is there for who has it, and for nobody else. */
TEST_F(tlfs, privileges)
{
	static const struct {
		__u32 bit;		/* of EAX */
		__u32 first, last;
		bool write_only;
	} msrs[] = {
		{ 1, 0x40000020, 0x40000020 },
		{ 2, 0x40000080, 0x40000083 },
		{ 2, 0x40000084, 0x40000084 },
		{ 2, 0x40000090, 0x4000009f },
		{ 3, 0x400000b0, 0x400000b7 },
		{ 4, 0x40000070, 0x40000070, true },
		{ 4, 0x40000071, 0x40000072 },
		{ 5, 0x40000000, 0x40000001 },
		{ 6, 0x40000002, 0x40000002 },
		/* Not offered to either. */
		{ 0, 0x40000010, 0x40000010 },
		{ 9, 0x40000021, 0x40000021 },
		{ 11, 0x40000022, 0x40000023 },
		{ 10, 0x400000f0, 0x400000f0 },
		{ 31, 0x40000100, 0x40000105 },
		{ 31, 0x40000003, 0x4000000f },
		{ 31, 0x40001fff, 0x40001fff },
	};
	__u32 r[4], msr;
	unsigned int i;
	__u64 val;
	int vtl;

	for (vtl = 0; vtl < 2; vtl++) {
		read_leaf(&self->t, vtl, BASE + HV_CPUID_FEATURES, r);
		for (i = 0; i < ARRAY_SIZE(msrs); i++) {
			bool has = r[0] >> msrs[i].bit & 1 &&
				   !msrs[i].write_only;

			for (msr = msrs[i].first; msr <= msrs[i].last; msr++) {
				EXPECT_EQ(has ? NO_FAULT : GP,
					  read_msr(&self->t, vtl, msr, &val)) {
					TH_LOG("VTL%d MSR %#x", vtl, msr);
				}
				if (!(r[0] >> msrs[i].bit & 1))
					EXPECT_EQ(GP, write_msr(&self->t, vtl,
								msr, 0)) {
						TH_LOG("VTL%d MSR %#x", vtl,
						       msr);
					}
			}
		}
	}
}

/* --- the hypercall page ------------------------------------------------------ */

#define OS_ID		HV_X64_MSR_GUEST_OS_ID
#define HYPERCALL	HV_X64_MSR_HYPERCALL
#define SPIN_WAIT	(HVCALL_NOTIFY_LONG_SPIN_WAIT | HV_HYPERCALL_FAST)
#define OWN		0xee		/* what the test's pages are full of */

/* ENDBR64, VMCALL. */
static const __u8 sequence[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0x0f, 0x01, 0xc1 };

static __u64 msr_of(struct tlfs *t, int vtl, __u32 msr)
{
	__u64 val;

	if (read_msr(t, vtl, msr, &val) != NO_FAULT)
		abort();
	return val;
}

/* VTL1 finds code there, or what the test wrote. */
static bool vtl1_sees_code(struct tlfs *t, __u64 gpa)
{
	__u8 bytes[64];

	if (!vtl1_copy_out(t, bytes, gpa, sizeof(bytes)))
		abort();
	return !memcmp(bytes, sequence, sizeof(sequence));
}

static bool vtl0_sees_own(struct tlfs *t, unsigned int page)
{
	const __u8 *p = tlfs_page(t, page);
	unsigned int i;

	for (i = 0; i < PAGE; i++)
		if (p[i] != OWN)
			return false;
	return true;
}

/* VTL1 moves its page over memory of VTL0's; VTL0 has its own all the while. */
TEST_F(tlfs, page_moves)
{
	struct tlfs *t = &self->t;
	__u64 home = msr_of(t, 1, HYPERCALL), vtl0 = msr_of(t, 0, HYPERCALL);
	__u64 id = msr_of(t, 0, OS_ID);
	unsigned int i;

	ASSERT_EQ(HV_MSR_ENABLE, home & 0xfff);
	EXPECT_TRUE(vtl1_sees_code(t, home & ~0xfffULL));
	for (i = TLFS_FREE; i < TLFS_FREE + 4; i++)
		memset(tlfs_page(t, i), OWN, PAGE);
	for (i = TLFS_FREE; i < TLFS_FREE + 4; i++) {
		EXPECT_EQ(NO_FAULT, write_msr(t, 1, HYPERCALL, tlfs_gpa(t, i) |
					      HV_MSR_ENABLE));
		EXPECT_EQ(tlfs_gpa(t, i) | HV_MSR_ENABLE,
			  msr_of(t, 1, HYPERCALL));
		EXPECT_TRUE(vtl1_sees_code(t, tlfs_gpa(t, i)));
		EXPECT_TRUE(vtl0_sees_own(t, i));
		if (i > TLFS_FREE)
			EXPECT_FALSE(vtl1_sees_code(t, tlfs_gpa(t, i - 1)));
		EXPECT_FALSE(vtl1_sees_code(t, home & ~0xfffULL));
	}
	EXPECT_EQ(NO_FAULT, write_msr(t, 1, HYPERCALL, home));
	EXPECT_TRUE(vtl1_sees_code(t, home & ~0xfffULL));
	EXPECT_FALSE(vtl1_sees_code(t, tlfs_gpa(t, i - 1)));
	EXPECT_EQ(vtl0, msr_of(t, 0, HYPERCALL));
	EXPECT_EQ(id, msr_of(t, 0, OS_ID));
}

/* Wrong places and bits: #GP, and the page is where it was. */
TEST_F(tlfs, page_wrong)
{
	static const __u64 wrong[] = {
		0,			/* the first page */
		0xfee00000, 0xfec00000, 0xa0000,
		1ULL << 40, 1ULL << 51, 0xfffffffffffff000,
	};
	unsigned long long base, size;
	struct tlfs *t = &self->t;
	FILE *f = fopen(RANGES, "r");
	unsigned int i;
	char name[16];
	int vtl;

	ASSERT_NE(NULL, f);
	for (vtl = 0; vtl < 2; vtl++) {
		__u64 was = msr_of(t, vtl, HYPERCALL);

		for (i = 0; i < ARRAY_SIZE(wrong); i++) {
			EXPECT_EQ(GP, write_msr(t, vtl, HYPERCALL, wrong[i] |
						HV_MSR_ENABLE)) {
				TH_LOG("VTL%d %#llx", vtl, wrong[i]);
			}
			EXPECT_EQ(was, msr_of(t, vtl, HYPERCALL));
		}
		for (i = 2; i < 12; i++) {
			EXPECT_EQ(GP, write_msr(t, vtl, HYPERCALL,
						was | 1U << i)) {
				TH_LOG("VTL%d bit %u", vtl, i);
			}
			EXPECT_EQ(was, msr_of(t, vtl, HYPERCALL));
		}
		rewind(f);
		while (fscanf(f, "%15s %llx %llx", name, &base, &size) == 3) {
			if (strcmp(name, "hv"))
				continue;
			EXPECT_EQ(GP, write_msr(t, vtl, HYPERCALL,
						base | HV_MSR_ENABLE));
			EXPECT_EQ(was, msr_of(t, vtl, HYPERCALL));
		}
	}
	fclose(f);
}

/* One instruction of VTL1's kernel that stores a byte. */
static __u32 vtl1_store(struct tlfs *t, __u64 gpa)
{
	struct puppet_request req = {
		.op = PUPPET_COPY, .arg = { gpa, tlfs_gpa(t, TLFS_COPY), 1 },
	};

	if (!puppet(t, &req))
		abort();
	return req.fault.vector;
}

/* TLFS: attempts to write to the page are #GP; also where VTL1 listens. */
TEST_F(tlfs, page_is_read_only)
{
	struct tlfs *t = &self->t;
	__u64 vtl0 = msr_of(t, 0, HYPERCALL), vtl1 = msr_of(t, 1, HYPERCALL);
	__u64 gpa = tlfs_gpa(t, TLFS_FREE), va = tlfs_va(t, TLFS_FREE), val;

	EXPECT_EQ(GP, vtl1_store(t, vtl1 & ~0xfffULL));
	EXPECT_TRUE(vtl1_sees_code(t, vtl1 & ~0xfffULL));
	memset(tlfs_page(t, TLFS_FREE), OWN, PAGE);
	ASSERT_EQ(NO_FAULT, write_msr(t, 0, HYPERCALL, gpa | HV_MSR_ENABLE));
	EXPECT_EQ(GP, vtl0_store(t, va, 0xbad));
	EXPECT_EQ(NO_FAULT, vtl0_load(t, va, &val));
	EXPECT_EQ(0, memcmp(&val, sequence, sizeof(sequence)));
	/* VTL1 has no overlay there, and writes to the page beneath. */
	EXPECT_EQ(NO_FAULT, vtl1_store(t, gpa + PAGE - 1));
	EXPECT_EQ(NO_FAULT, write_msr(t, 0, HYPERCALL, vtl0));
	EXPECT_EQ(OWN, *(__u8 *)tlfs_page(t, TLFS_FREE));
	EXPECT_EQ(NO_FAULT, vtl0_store(t, va, 1));
}

/*
 * TLFS: an id of zero takes the page away, and without it there are no
 * hypercalls; all within one stay in VTL1, which returns by one.
 */
TEST_F(tlfs, no_id_no_page)
{
	__u64 home = msr_of(&self->t, 1, HYPERCALL);
	__u64 id = msr_of(&self->t, 1, OS_ID);
	__u64 vtl0 = msr_of(&self->t, 0, HYPERCALL);
	struct puppet_request req[] = {
		{ .op = PUPPET_WRMSR, .arg = { OS_ID, 0 } },
		{ .op = PUPPET_RDMSR, .arg = { HYPERCALL } },
		{ .op = PUPPET_VMCALL,
		  .gpr[PUPPET_RCX] = SPIN_WAIT },
		{ .op = PUPPET_WRMSR, .arg = { HYPERCALL, home } },
		{ .op = PUPPET_RDMSR, .arg = { HYPERCALL } },
		{ .op = PUPPET_WRMSR, .arg = { OS_ID, id } },
		{ .op = PUPPET_WRMSR, .arg = { HYPERCALL, home } },
		{ .op = PUPPET_VMCALL,
		  .gpr[PUPPET_RCX] = SPIN_WAIT },
	};
	unsigned int i;

	ASSERT_NE(0, id);
	ASSERT_TRUE(puppet_all(&self->t, req, ARRAY_SIZE(req)));
	for (i = 0; i < ARRAY_SIZE(req); i++)
		EXPECT_EQ(i == 2 ? UD : NO_FAULT, req[i].fault.vector) {
			TH_LOG("request %u", i);
		}
	EXPECT_EQ(home & ~(__u64)HV_MSR_ENABLE, req[1].ret[0]);
	EXPECT_EQ(0, req[4].ret[0] & HV_MSR_ENABLE);
	EXPECT_EQ(HV_STATUS_SUCCESS, req[7].gpr[PUPPET_RAX]);
	EXPECT_EQ(home, msr_of(&self->t, 1, HYPERCALL));
	EXPECT_TRUE(vtl1_sees_code(&self->t, home & ~0xfffULL));
	EXPECT_EQ(vtl0, msr_of(&self->t, 0, HYPERCALL));
}

/* TLFS: locked, it stays until a reset; the other VTL's is free. */
TEST_F(tlfs, page_locked)
{
	struct tlfs *t = &self->t;
	__u64 home = msr_of(t, 1, HYPERCALL), vtl0 = msr_of(t, 0, HYPERCALL);
	__u64 id = msr_of(t, 1, OS_ID);
	__u64 locked = home | HV_MSR_HYPERCALL_LOCKED;

	ASSERT_EQ(NO_FAULT, write_msr(t, 1, HYPERCALL, locked));
	EXPECT_EQ(locked, msr_of(t, 1, HYPERCALL));
	/* The page stays, and with it the id that it needs. */
	EXPECT_EQ(NO_FAULT, write_msr(t, 1, HYPERCALL, home));
	EXPECT_EQ(locked, msr_of(t, 1, HYPERCALL));
	EXPECT_EQ(NO_FAULT, write_msr(t, 1, HYPERCALL, tlfs_gpa(t, TLFS_FREE) |
				      HV_MSR_ENABLE));
	EXPECT_EQ(NO_FAULT, write_msr(t, 1, HYPERCALL, 0));
	EXPECT_EQ(locked, msr_of(t, 1, HYPERCALL));
	EXPECT_EQ(GP, write_msr(t, 1, OS_ID, 0));
	EXPECT_EQ(id, msr_of(t, 1, OS_ID));
	EXPECT_TRUE(vtl1_sees_code(t, home & ~0xfffULL));
	/* By name, too. */
	set_register(t, 1, 0, HV_X64_REGISTER_HYPERCALL, home);
	EXPECT_EQ(locked, msr_of(t, 1, HYPERCALL));
	EXPECT_EQ(NO_FAULT, write_msr(t, 0, HYPERCALL, tlfs_gpa(t, TLFS_FREE) |
				      HV_MSR_ENABLE));
	EXPECT_EQ(tlfs_gpa(t, TLFS_FREE) | HV_MSR_ENABLE,
		  msr_of(t, 0, HYPERCALL));
	EXPECT_EQ(NO_FAULT, write_msr(t, 0, HYPERCALL, vtl0));
	ASSERT_TRUE(tlfs_again());
	EXPECT_EQ(HV_MSR_ENABLE, msr_of(t, 1, HYPERCALL) & 0xfff);
}

TEST_HARNESS_MAIN
