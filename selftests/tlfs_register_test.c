// SPDX-License-Identifier: GPL-2.0
/*
 * VP registers from VTL1: every row of registers.def is read and written back,
 * values that the processor would not take are refused, and what is private to
 * a VTL stays so.  Source: TLFS, "HV_REGISTER_NAME", "State Isolation",
 * HvCallGetVpRegisters, HvCallSetVpRegisters; SDM, "Checks on the Guest State
 * Area".
 */
#include <cpuid.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "../uapi/vsm/synic.h"
#include "tlfs.h"

#define VTL0			USE_VTL(0)
#define CANONICAL		0xffffabcd12345000ULL
#define OSXSAVE			(1ULL << 18)	/* of CR4 */
#define NOT_CANONICAL		0x0000800000000000ULL

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

/* What each rule means for VTL1: of itself, and of VTL0. */
enum {
	OWN_NONE = HV_STATUS_INVALID_PARAMETER,
	OWN_ANY = HV_STATUS_SUCCESS,
	OWN_LOWER = HV_STATUS_ACCESS_DENIED,
	OWN_VTL1 = HV_STATUS_SUCCESS,
	OWN_OWNER = HV_STATUS_SUCCESS,
	LOW_NONE = HV_STATUS_INVALID_PARAMETER,
	LOW_ANY = HV_STATUS_SUCCESS,
	LOW_LOWER = HV_STATUS_SUCCESS,
	LOW_VTL1 = HV_STATUS_INVALID_PARAMETER,
	LOW_OWNER = HV_STATUS_ACCESS_DENIED,
};

static const struct row {
	__u32 name;
	const char *tlfs;
	__u16 own_read, own_write, low_read, low_write;
	unsigned int bits;
} rows[] = {
#define HVREG(name, tlfs, read, write, bits, get, set)			\
	{ name, tlfs, OWN_##read, OWN_##write, LOW_##read, LOW_##write, bits },
#include "../kernel/hv/registers.def"
#undef HVREG
};

/*
 * Registers of features that this processor may not have: by CPUID, since an
 * emulator may let MSRs be read and written that are not there.
 */
static const struct feature {
	__u32 name, msr;
	__u32 leaf, subleaf;
	unsigned int reg, bit;		/* EAX is 0 */
} features[] = {
	{ HV_X64_REGISTER_TSC_AUX, 0xc0000103, 0x80000001, 0, 3, 27 },
	{ HV_X64_REGISTER_SPEC_CTRL, 0x48, 7, 0, 3, 26 },
	{ HV_X64_REGISTER_XSS, 0xda0, 0xd, 1, 0, 3 },
#define SHADOW_STACKS(name, msr)	{ name, msr, 7, 0, 2, 7 }
	SHADOW_STACKS(HV_X64_REGISTER_U_CET, 0x6a0),
	SHADOW_STACKS(HV_X64_REGISTER_S_CET, 0x6a2),
	SHADOW_STACKS(HV_X64_REGISTER_SSP, ~0U),
	SHADOW_STACKS(HV_X64_REGISTER_PL0_SSP, 0x6a4),
	SHADOW_STACKS(HV_X64_REGISTER_PL1_SSP, 0x6a5),
	SHADOW_STACKS(HV_X64_REGISTER_PL2_SSP, 0x6a6),
	SHADOW_STACKS(HV_X64_REGISTER_PL3_SSP, 0x6a7),
	SHADOW_STACKS(HV_X64_REGISTER_INTERRUPT_SSP_TABLE_ADDR, 0x6a8),
#undef SHADOW_STACKS
	{ ~0U, 0x6e1, 7, 0, 2, 31 },	/* protection keys, supervisor */
};

static bool processor_has(__u32 name, __u32 msr)
{
	const struct feature *f = features;
	unsigned int r[4] = { 0 };

	while (f < features + ARRAY_SIZE(features) && f->name != name &&
	       f->msr != msr)
		f++;
	if (f == features + ARRAY_SIZE(features))
		return true;
	__get_cpuid_count(f->leaf, f->subleaf, &r[0], &r[1], &r[2], &r[3]);
	return r[f->reg] >> f->bit & 1;
}

static bool has(__u32 name)
{
	return processor_has(name, ~1U);
}

static bool has_msr(__u32 msr)
{
	return processor_has(~1U, msr);
}

static __u64 ok_or(__u16 status)
{
	return status ? status : DONE(1);
}

static __u64 set_wide(struct tlfs *t, __u8 input_vtl, __u32 name,
		      const struct hv_register_value *val)
{
	struct hv_input_set_vp_registers *in = tlfs_page(t, TLFS_INPUT);
	struct hv_register_assoc reg = { .name = name, .value = *val };

	*in = (struct hv_input_set_vp_registers){
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = HV_VP_INDEX_SELF,
		.input_vtl = input_vtl,
	};
	memcpy(in + 1, &reg, sizeof(reg));
	return memory_call(t, 1, HVCALL_SET_VP_REGISTERS | REP(1, 0));
}

static __u64 get0(struct tlfs *t, __u32 name)
{
	struct hv_register_value val;

	if (get_register(t, 1, VTL0, name, &val) != DONE(1))
		return ~0ULL;
	return val.low;
}

/* TLFS: architectural registers are for a higher VTL only. */
TEST_F(tlfs, own_registers)
{
	struct hv_register_value val;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(ok_or(rows[i].own_read),
			  get_register(&self->t, 1, 0, rows[i].name, &val)) {
			TH_LOG("%s", rows[i].tlfs);
		}
		if (rows[i].own_write)
			EXPECT_EQ(rows[i].own_write,
				  set_register(&self->t, 1, USE_VTL(1),
					       rows[i].name, 0)) {
				TH_LOG("%s", rows[i].tlfs);
			}
	}
}

/* What was read can be written: nothing is lost on the way. */
TEST_F(tlfs, read_and_write_back)
{
	struct hv_register_value was, now;
	unsigned int i;
	__u64 result;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		result = get_register(&self->t, 1, VTL0, rows[i].name, &was);
		if (!has(rows[i].name)) {
			TH_LOG("not on this processor: %s", rows[i].tlfs);
			continue;
		}
		EXPECT_EQ(ok_or(rows[i].low_read), result) {
			TH_LOG("%s", rows[i].tlfs);
		}
		if (rows[i].low_read)
			continue;
		if (rows[i].bits <= 64)
			EXPECT_EQ(0, was.high);
		/* Linux's stack is elsewhere at every call; time passes. */
		if (rows[i].name == HV_X64_REGISTER_RSP ||
		    rows[i].name == HV_X64_REGISTER_TSC)
			continue;
		EXPECT_EQ(ok_or(rows[i].low_write),
			  set_wide(&self->t, VTL0, rows[i].name, &was)) {
			TH_LOG("%s %#llx %#llx", rows[i].tlfs,
			       (unsigned long long)was.high,
			       (unsigned long long)was.low);
		}
		EXPECT_EQ(DONE(1), get_register(&self->t, 1, VTL0,
						rows[i].name, &now));
		/* Of these every VMCALL has its own, or time passes. */
		if (rows[i].name >= HV_X64_REGISTER_RAX &&
		    rows[i].name <= HV_X64_REGISTER_R15)
			continue;
		EXPECT_EQ(0, memcmp(&was, &now, sizeof(was))) {
			TH_LOG("%s %#llx, now %#llx", rows[i].tlfs,
			       (unsigned long long)was.low,
			       (unsigned long long)now.low);
		}
	}
}

/* The high half of what has 64 bits. */
TEST_F(tlfs, upper_half)
{
	struct hv_register_value val = { .high = 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].low_write || rows[i].bits > 64)
			continue;
		EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
			  set_wide(&self->t, VTL0, rows[i].name, &val)) {
			TH_LOG("%s", rows[i].tlfs);
		}
	}
}

/* Names of the TLFS that are not of this hypervisor, and none at all. */
/* A VP that there is, but not the caller's. */
TEST_F(tlfs, another_vp)
{
	struct hv_input_get_vp_registers *in =
		tlfs_page(&self->t, TLFS_INPUT);
	struct hv_register_assoc reg = { .name = HV_X64_REGISTER_RIP };
	int vtl;

	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU");
	for (vtl = 0; vtl < 2; vtl++) {
		*in = (struct hv_input_get_vp_registers){
			.partition_id = HV_PARTITION_ID_SELF,
			.vp_index = 1,
			.input_vtl = USE_VTL(0),
		};
		memcpy(in + 1, &reg, sizeof(reg));
		EXPECT_EQ(HV_STATUS_INVALID_VP_INDEX,
			  memory_call(&self->t, vtl,
				      HVCALL_GET_VP_REGISTERS | REP(1, 0)));
		EXPECT_TRUE(output_untouched(&self->t));
		EXPECT_EQ(HV_STATUS_INVALID_VP_INDEX,
			  memory_call(&self->t, vtl,
				      HVCALL_SET_VP_REGISTERS | REP(1, 0)));
	}
}

TEST_F(tlfs, unknown_names)
{
	static const __u32 names[] = {
		0, 1, 0xff, 0x101, 0x1ff, 0x10006, 0x20012, 0x30000, 0x40006, 0x41000,
		0x50006, 0x60008, 0x70002, 0x8007d, 0x80085, 0x800a1, 0x90001 +
		0x100, 0xd0000, 0xd0001, 0xd0009, 0xd000f, 0xd0011, 0xd001e,
		0xdffff, 0xf0000, 0x80000000, 0xffffffff,
	};
	struct hv_register_value val;
	unsigned int i;
	int vtl;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		for (vtl = 0; vtl < 2; vtl++) {
			EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
				  get_register(&self->t, 1, USE_VTL(vtl),
					       names[i], &val)) {
				TH_LOG("name %#x", names[i]);
			}
			EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
				  set_register(&self->t, 1, USE_VTL(vtl),
					       names[i], 0)) {
				TH_LOG("name %#x", names[i]);
			}
		}
	}
}

/* What VTL1 reads of VTL0 is what VTL0 reads. */
TEST_F(tlfs, same_as_msr)
{
	static const struct {
		__u32 name, msr;
	} cases[] = {
		{ HV_X64_REGISTER_EFER, 0xc0000080 },
		{ HV_X64_REGISTER_STAR, 0xc0000081 },
		{ HV_X64_REGISTER_LSTAR, 0xc0000082 },
		{ HV_X64_REGISTER_CSTAR, 0xc0000083 },
		{ HV_X64_REGISTER_SFMASK, 0xc0000084 },
		{ HV_X64_REGISTER_KERNEL_GS_BASE, 0xc0000102 },
		{ HV_X64_REGISTER_TSC_AUX, 0xc0000103 },
		{ HV_X64_REGISTER_APIC_BASE, 0x1b },
		{ HV_X64_REGISTER_PAT, 0x277 },
		{ HV_X64_REGISTER_SYSENTER_CS, 0x174 },
		{ HV_X64_REGISTER_SYSENTER_ESP, 0x175 },
		{ HV_X64_REGISTER_SYSENTER_EIP, 0x176 },
		{ HV_X64_REGISTER_SPEC_CTRL, 0x48 },
		{ HV_X64_REGISTER_XSS, 0xda0 },
		{ HV_X64_REGISTER_U_CET, 0x6a0 },
		{ HV_X64_REGISTER_S_CET, 0x6a2 },
		{ HV_X64_REGISTER_PL0_SSP, 0x6a4 },
		{ HV_X64_REGISTER_PL3_SSP, 0x6a7 },
		{ HV_X64_REGISTER_INTERRUPT_SSP_TABLE_ADDR, 0x6a8 },
		{ HV_X64_REGISTER_MISC_ENABLE, 0x1a0 },
	};
	unsigned int i;
	__u64 msr;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!has(cases[i].name))
			continue;
		EXPECT_EQ(NO_FAULT, read_msr(&self->t, 0, cases[i].msr, &msr));
		EXPECT_EQ(msr, get0(&self->t, cases[i].name)) {
			TH_LOG("MSR %#x", cases[i].msr);
		}
	}
}

/* Linux's own segments, and paging as it must be. */
TEST_F(tlfs, linux_state)
{
	struct hv_register_value val;
	__u64 cr0 = get0(&self->t, HV_X64_REGISTER_CR0);
	__u64 cr4 = get0(&self->t, HV_X64_REGISTER_CR4);

	EXPECT_EQ(0x80050033, cr0 & 0xffffffffffffff3bULL);
	EXPECT_EQ(0x20, cr4 & 0x6020);		/* PAE; no VMXE, no SMXE */
	EXPECT_EQ(0xd01, get0(&self->t, HV_X64_REGISTER_EFER));
	EXPECT_EQ(1, get0(&self->t, HV_X64_REGISTER_CR8));
	EXPECT_EQ(2, get0(&self->t, HV_X64_REGISTER_RFLAGS) & 0x2002a);
	EXPECT_EQ(1, get0(&self->t, HV_X64_REGISTER_RIP) >> 63);
	EXPECT_EQ(1, get0(&self->t, HV_X64_REGISTER_RSP) >> 63);
	EXPECT_EQ(3, get0(&self->t, HV_X64_REGISTER_XFEM) & 3);
	EXPECT_EQ(DONE(1), get_register(&self->t, 1, VTL0, HV_X64_REGISTER_CS,
					&val));
	EXPECT_EQ(0, val.low);
	EXPECT_EQ(0xa09b0010ffffffffULL, val.high);
	EXPECT_EQ(DONE(1), get_register(&self->t, 1, VTL0, HV_X64_REGISTER_TR,
					&val));
	EXPECT_EQ(0x008b0040, val.high >> 32);
	EXPECT_EQ(DONE(1), get_register(&self->t, 1, VTL0,
					HV_X64_REGISTER_LDTR, &val));
	EXPECT_EQ(0, val.high >> 48 & 0x80);
	EXPECT_EQ(DONE(1), get_register(&self->t, 1, VTL0,
					HV_X64_REGISTER_IDTR, &val));
	EXPECT_EQ(0x0fffULL << 48, val.low);
	EXPECT_EQ(1, val.high >> 63);
	EXPECT_EQ(DONE(1), get_register(&self->t, 1, VTL0,
					HV_X64_REGISTER_GDTR, &val));
	EXPECT_EQ(0x007fULL << 48, val.low);
}

/* @low in the place of what is there now: refused, and nothing has changed. */
static void refused(struct __test_metadata *_metadata, struct tlfs *t,
		    __u32 name, __u64 high, __u64 low)
{
	struct hv_register_value was, now, val = { .low = low, .high = high };

	ASSERT_EQ(DONE(1), get_register(t, 1, VTL0, name, &was));
	EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
		  set_wide(t, VTL0, name, &val)) {
		TH_LOG("register %#x = %#llx %#llx, was %#llx", name,
		       (unsigned long long)high, (unsigned long long)low,
		       (unsigned long long)was.low);
	}
	EXPECT_EQ(DONE(1), get_register(t, 1, VTL0, name, &now));
	EXPECT_EQ(0, memcmp(&was, &now, sizeof(was)));
}

TEST_F(tlfs, control_values)
{
	__u64 cr0 = get0(&self->t, HV_X64_REGISTER_CR0);
	__u64 cr3 = get0(&self->t, HV_X64_REGISTER_CR3);
	__u64 cr4 = get0(&self->t, HV_X64_REGISTER_CR4);
	__u64 efer = get0(&self->t, HV_X64_REGISTER_EFER);
	struct tlfs *t = &self->t;
	unsigned int i;

	refused(_metadata, t, HV_X64_REGISTER_CR0, 0, cr0 | 1ULL << 32);
	refused(_metadata, t, HV_X64_REGISTER_CR0, 0, cr0 | 1 << 6);
	refused(_metadata, t, HV_X64_REGISTER_CR0, 0, cr0 & ~1ULL);
	refused(_metadata, t, HV_X64_REGISTER_CR0, 0, cr0 & ~0x10ULL);
	refused(_metadata, t, HV_X64_REGISTER_CR0, 0, cr0 | 1 << 29);
	/* Paging off, in 64-bit code. */
	refused(_metadata, t, HV_X64_REGISTER_CR0, 0, cr0 & ~(1ULL << 31));
	refused(_metadata, t, HV_X64_REGISTER_CR3, 0, cr3 | 1ULL << 52);
	refused(_metadata, t, HV_X64_REGISTER_CR3, 0, cr3 | 1ULL << 63);
	refused(_metadata, t, HV_X64_REGISTER_CR4, 0, cr4 & ~0x20ULL);
	refused(_metadata, t, HV_X64_REGISTER_CR4, 0, cr4 | 1 << 13);
	refused(_metadata, t, HV_X64_REGISTER_CR4, 0, cr4 | 1 << 14);
	refused(_metadata, t, HV_X64_REGISTER_CR4, 0, cr4 | 1 << 12);
	refused(_metadata, t, HV_X64_REGISTER_CR4, 0, cr4 | 1 << 15);
	refused(_metadata, t, HV_X64_REGISTER_CR4, 0, cr4 | 1ULL << 63);
	refused(_metadata, t, HV_X64_REGISTER_CR8, 0, 0x10);
	refused(_metadata, t, HV_X64_REGISTER_XFEM, 0, 0);
	refused(_metadata, t, HV_X64_REGISTER_XFEM, 0, 5);
	refused(_metadata, t, HV_X64_REGISTER_XFEM, 0, 1ULL << 62 | 3);
	refused(_metadata, t, HV_X64_REGISTER_EFER, 0, efer & ~0x400ULL);
	refused(_metadata, t, HV_X64_REGISTER_EFER, 0, efer & ~0x100ULL);
	refused(_metadata, t, HV_X64_REGISTER_EFER, 0, efer & ~0x500ULL);
	for (i = 0; i < 64; i++)
		if (!(0xd01ULL >> i & 1))
			refused(_metadata, t, HV_X64_REGISTER_EFER, 0,
				efer | 1ULL << i);
}

TEST_F(tlfs, flow_values)
{
	__u64 flags = get0(&self->t, HV_X64_REGISTER_RFLAGS);
	struct tlfs *t = &self->t;
	unsigned int i;

	refused(_metadata, t, HV_X64_REGISTER_RIP, 0, NOT_CANONICAL);
	refused(_metadata, t, HV_X64_REGISTER_RFLAGS, 0, flags & ~2ULL);
	for (i = 0; i < 64; i++)
		if (i == 3 || i == 5 || i == 15 || i == 17 || i > 21)
			refused(_metadata, t, HV_X64_REGISTER_RFLAGS, 0,
				flags | 1ULL << i);
	refused(_metadata, t, HV_X64_REGISTER_DR6, 0, 0);
	refused(_metadata, t, HV_X64_REGISTER_DR6, 0, 0xffff1ff0);
	refused(_metadata, t, HV_X64_REGISTER_DR6, 0, 0x1ffff0ff0);
	refused(_metadata, t, HV_X64_REGISTER_DR7, 0, 0);
	refused(_metadata, t, HV_X64_REGISTER_DR7, 0, 0x1400);
	refused(_metadata, t, HV_X64_REGISTER_DR7, 0, 0x8400);
	refused(_metadata, t, HV_X64_REGISTER_DR7, 0, 1ULL << 32 | 0x400);
	refused(_metadata, t, HV_REGISTER_INTERRUPT_STATE, 0, 4);
	refused(_metadata, t, HV_REGISTER_INTERRUPT_STATE, 0, 1ULL << 63);
	/* Types 1 and 7; a vector that is none; an error code too many. */
	refused(_metadata, t, HV_REGISTER_PENDING_INTERRUPTION, 0, 1 | 1 << 1);
	refused(_metadata, t, HV_REGISTER_PENDING_INTERRUPTION, 0, 1 | 7 << 1);
	refused(_metadata, t, HV_REGISTER_PENDING_INTERRUPTION, 0,
		1 | 3 << 1 | 32 << 16);
	refused(_metadata, t, HV_REGISTER_PENDING_INTERRUPTION, 0,
		1 | 3 << 1 | 1 << 4 | 6 << 16);
	refused(_metadata, t, HV_REGISTER_PENDING_INTERRUPTION, 0,
		1 | 3 << 1 | 13 << 16);
	refused(_metadata, t, HV_REGISTER_PENDING_INTERRUPTION, 0,
		1 | 2 << 1 | 3 << 16);
	refused(_metadata, t, HV_REGISTER_PENDING_INTERRUPTION, 0, 2);
}

TEST_F(tlfs, msr_values)
{
	static const __u32 addresses[] = {
		HV_X64_REGISTER_KERNEL_GS_BASE, HV_X64_REGISTER_LSTAR,
		HV_X64_REGISTER_CSTAR, HV_X64_REGISTER_SYSENTER_EIP,
		HV_X64_REGISTER_SYSENTER_ESP,
		HV_X64_REGISTER_INTERRUPT_SSP_TABLE_ADDR,
		HV_X64_REGISTER_PL0_SSP, HV_X64_REGISTER_PL3_SSP,
	};
	struct tlfs *t = &self->t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(addresses); i++)
		if (has(addresses[i]))
			refused(_metadata, t, addresses[i], 0, NOT_CANONICAL);
	refused(_metadata, t, HV_X64_REGISTER_PAT, 0, 0x0007040600070402);
	refused(_metadata, t, HV_X64_REGISTER_PAT, 0, 0x0307040600070406);
	refused(_metadata, t, HV_X64_REGISTER_PAT, 0, 0x0807040600070406);
	refused(_metadata, t, HV_X64_REGISTER_SFMASK, 0, 1ULL << 32);
	refused(_metadata, t, HV_X64_REGISTER_SYSENTER_CS, 0, 1ULL << 32);
	/* The APIC's page stays where it is. */
	refused(_metadata, t, HV_X64_REGISTER_APIC_BASE, 0,
		get0(t, HV_X64_REGISTER_APIC_BASE) ^ 0x1000);
	if (has(HV_X64_REGISTER_XSS))
		refused(_metadata, t, HV_X64_REGISTER_XSS, 0, 1ULL << 62);
	if (has(HV_X64_REGISTER_S_CET)) {
		refused(_metadata, t, HV_X64_REGISTER_S_CET, 0, 0x40);
		refused(_metadata, t, HV_X64_REGISTER_S_CET, 0, 0xc00);
		refused(_metadata, t, HV_X64_REGISTER_SSP, 0, 1);
	}
}

/* One bit or field of a segment after the other. */
TEST_F(tlfs, segment_values)
{
	struct tlfs *t = &self->t;
	struct hv_register_value cs, ss, tr, idt;

	ASSERT_EQ(DONE(1), get_register(t, 1, VTL0, HV_X64_REGISTER_CS, &cs));
	ASSERT_EQ(DONE(1), get_register(t, 1, VTL0, HV_X64_REGISTER_SS, &ss));
	ASSERT_EQ(DONE(1), get_register(t, 1, VTL0, HV_X64_REGISTER_TR, &tr));
	ASSERT_EQ(DONE(1), get_register(t, 1, VTL0, HV_X64_REGISTER_IDTR,
					&idt));
#define ATTR(bits)	((__u64)(bits) << 48)
	refused(_metadata, t, HV_X64_REGISTER_CS, cs.high ^ ATTR(1 << 8), 0);
	refused(_metadata, t, HV_X64_REGISTER_CS, cs.high ^ ATTR(1 << 7), 0);
	refused(_metadata, t, HV_X64_REGISTER_CS, cs.high ^ ATTR(1 << 4), 0);
	refused(_metadata, t, HV_X64_REGISTER_CS, cs.high ^ ATTR(3 << 5), 0);
	refused(_metadata, t, HV_X64_REGISTER_CS, cs.high | ATTR(1 << 14), 0);
	refused(_metadata, t, HV_X64_REGISTER_CS, cs.high & ~ATTR(1), 0);
	refused(_metadata, t, HV_X64_REGISTER_CS, cs.high, 1ULL << 32);
	refused(_metadata, t, HV_X64_REGISTER_CS, cs.high & ~1ULL, 0);
	/* Present, and no stack segment. */
	refused(_metadata, t, HV_X64_REGISTER_SS,
		(ss.high & ~ATTR(0xffff)) | ATTR(0x9b), 0);
	refused(_metadata, t, HV_X64_REGISTER_DS, ATTR(0x92), 0);
	refused(_metadata, t, HV_X64_REGISTER_ES, ATTR(0x93), 1ULL << 32);
	refused(_metadata, t, HV_X64_REGISTER_FS, ATTR(0), NOT_CANONICAL);
	refused(_metadata, t, HV_X64_REGISTER_GS, ATTR(0), NOT_CANONICAL);
	refused(_metadata, t, HV_X64_REGISTER_TR, tr.high & ~ATTR(0x80),
		tr.low);
	refused(_metadata, t, HV_X64_REGISTER_TR, tr.high ^ ATTR(8), tr.low);
	refused(_metadata, t, HV_X64_REGISTER_TR, tr.high | 4ULL << 32, tr.low);
	refused(_metadata, t, HV_X64_REGISTER_TR, tr.high, NOT_CANONICAL);
	refused(_metadata, t, HV_X64_REGISTER_LDTR, ATTR(0x83), 0);
	refused(_metadata, t, HV_X64_REGISTER_LDTR, ATTR(0x82) | 4ULL << 32, 0);
	refused(_metadata, t, HV_X64_REGISTER_IDTR, NOT_CANONICAL, idt.low);
	refused(_metadata, t, HV_X64_REGISTER_IDTR, idt.high, idt.low | 1);
	refused(_metadata, t, HV_X64_REGISTER_GDTR, NOT_CANONICAL, idt.low);
#undef ATTR
}

/* Written by VTL1, found by VTL0. */
TEST_F(tlfs, write_lower)
{
	static const struct {
		__u32 name, msr;
		__u64 val;
	} cases[] = {
		{ HV_X64_REGISTER_CSTAR, 0xc0000083, CANONICAL },
		{ HV_X64_REGISTER_KERNEL_GS_BASE, 0xc0000102, 0x7fff12345000 },
		{ HV_X64_REGISTER_SYSENTER_CS, 0x174, 0x18 },
		{ HV_X64_REGISTER_SYSENTER_ESP, 0x175, CANONICAL },
		{ HV_X64_REGISTER_SYSENTER_EIP, 0x176, CANONICAL },
		{ HV_X64_REGISTER_PL0_SSP, 0x6a4, CANONICAL },
		{ HV_X64_REGISTER_INTERRUPT_SSP_TABLE_ADDR, 0x6a8, CANONICAL },
	};
	unsigned int i;
	__u64 was, now;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		if (!has(cases[i].name)) {
			TH_LOG("not on this processor: %#x", cases[i].msr);
			continue;
		}
		was = get0(&self->t, cases[i].name);
		EXPECT_EQ(DONE(1), set_register(&self->t, 1, VTL0,
						cases[i].name, cases[i].val));
		EXPECT_EQ(cases[i].val, get0(&self->t, cases[i].name));
		EXPECT_EQ(NO_FAULT, read_msr(&self->t, 0, cases[i].msr, &now));
		EXPECT_EQ(cases[i].val, now) TH_LOG("MSR %#x", cases[i].msr);
		EXPECT_EQ(DONE(1), set_register(&self->t, 1, VTL0,
						cases[i].name, was));
		EXPECT_EQ(NO_FAULT, read_msr(&self->t, 0, cases[i].msr, &now));
		EXPECT_EQ(was, now);
	}
}

static sigjmp_buf fault_env;

static void on_fault(int sig)
{
	siglongjmp(fault_env, sig);
}

/* True: RDTSC works at CPL 3. */
static bool rdtsc_works(void)
{
	bool ok = !sigsetjmp(fault_env, 1);
	__u32 low, high;

	if (ok)
		asm volatile("rdtsc" : "=a" (low), "=d" (high));
	return ok;
}

/* A bit of VTL0's CR4 has its effect on VTL0, and none on VTL1. */
TEST_F(tlfs, write_lower_cr4)
{
	__u64 cr4 = get0(&self->t, HV_X64_REGISTER_CR4), own, now;

	signal(SIGSEGV, on_fault);
	ASSERT_TRUE(rdtsc_works());
	ASSERT_EQ(NO_FAULT, vtl1_read(&self->t, PUPPET_CR4, &own));
	EXPECT_EQ(DONE(1), set_register(&self->t, 1, VTL0, HV_X64_REGISTER_CR4,
					cr4 | 1 << 2));	/* TSD */
	EXPECT_FALSE(rdtsc_works());
	EXPECT_EQ(NO_FAULT, vtl1_read(&self->t, PUPPET_CR4, &now));
	EXPECT_EQ(own, now);
	EXPECT_EQ(DONE(1), set_register(&self->t, 1, VTL0, HV_X64_REGISTER_CR4,
					cr4));
	EXPECT_TRUE(rdtsc_works());
}

/* TLFS: shared, so that both names are for one register. */
TEST_F(tlfs, shared_registers)
{
	static const struct {
		__u32 name;
		enum puppet_register reg;
		__u64 val;
	} cases[] = {
		{ HV_X64_REGISTER_CR2, PUPPET_CR2, 0x123456789 },
		{ HV_X64_REGISTER_DR0, PUPPET_DR0, 0x1000 },
		{ HV_X64_REGISTER_DR1, PUPPET_DR1, 0x2000 },
		{ HV_X64_REGISTER_DR2, PUPPET_DR2, 0x3000 },
		{ HV_X64_REGISTER_DR3, PUPPET_DR3, 0x4000 },
	};
	__u64 was, now, caps;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ASSERT_EQ(NO_FAULT, vtl1_read(&self->t, cases[i].reg, &was));
		EXPECT_EQ(NO_FAULT, vtl1_write(&self->t, cases[i].reg,
					       cases[i].val));
		/* Linux may take a page fault in between. */
		if (cases[i].name != HV_X64_REGISTER_CR2)
			EXPECT_EQ(cases[i].val,
				  get0(&self->t, cases[i].name));
		EXPECT_EQ(DONE(1), set_register(&self->t, 1, VTL0,
						cases[i].name, was));
		EXPECT_EQ(NO_FAULT, vtl1_read(&self->t, cases[i].reg, &now));
		if (cases[i].name != HV_X64_REGISTER_CR2)
			EXPECT_EQ(was, now);
	}
	ASSERT_EQ(NO_FAULT, vtl1_read(&self->t, PUPPET_CR4, &was));
	EXPECT_EQ(NO_FAULT, vtl1_write(&self->t, PUPPET_CR4, was | OSXSAVE));
	EXPECT_EQ(NO_FAULT, vtl1_read(&self->t, PUPPET_XCR0, &now));
	EXPECT_EQ(now, get0(&self->t, HV_X64_REGISTER_XFEM));
	EXPECT_EQ(NO_FAULT, vtl1_write(&self->t, PUPPET_CR4, was));
	ASSERT_EQ(NO_FAULT, read_msr(&self->t, 0, HV_X64_MSR_VSM_CAPABILITIES,
				     &caps));
	ASSERT_TRUE(caps & HV_VSM_CAP_DR6_SHARED);
	EXPECT_EQ(NO_FAULT, vtl1_read(&self->t, PUPPET_DR6, &now));
	EXPECT_EQ(now, get0(&self->t, HV_X64_REGISTER_DR6));
}

#define XSS		0xda0

/* Components of XSS, all but processor trace, which is nobody's. */
static __u64 xss_bits(void)
{
	unsigned int a, b, c = 0, d;

	__get_cpuid_count(0xd, 1, &a, &b, &c, &d);
	return c & ~0x100U;
}

/* @val is in the processor for one VTL, and the other's is what it was. */
static void check_private(struct __test_metadata *_metadata, struct tlfs *t,
			  int writer, __u32 msr, __u64 val)
{
	__u64 other, now;

	ASSERT_EQ(NO_FAULT, read_msr(t, !writer, msr, &other));
	EXPECT_EQ(NO_FAULT, write_msr(t, writer, msr, val)) {
		TH_LOG("MSR %#x = %#llx", msr, (unsigned long long)val);
	}
	EXPECT_EQ(NO_FAULT, read_msr(t, !writer, msr, &now));
	EXPECT_EQ(other, now) TH_LOG("MSR %#x by VTL%d", msr, writer);
	EXPECT_EQ(NO_FAULT, read_msr(t, writer, msr, &now));
	EXPECT_EQ(val, now) TH_LOG("MSR %#x by VTL%d", msr, writer);
}

/*
 * TLFS: private, so that each VTL has its own, whoever writes.  @change is what
 * Linux can live with for a moment; 0: nothing is, but it has a value of its
 * own all the while.
 */
TEST_F(tlfs, private_msrs)
{
	static const struct {
		__u32 msr;
		__u64 val[2];
		__u64 change;
	} cases[] = {
		{ 0xc0000080, { 0xd01, 0xd00 }, 0 },
		{ 0xc0000081, { 0x0023001000000000, 0x0013000800000000 }, 0 },
		{ 0xc0000082, { CANONICAL, 0x1000 }, 0 },
		{ 0xc0000083, { CANONICAL + 1, 0x2000 }, 0x10 },
		{ 0xc0000084, { 0x47700, 0x200 }, 1 << 21 },
		{ 0xc0000100, { CANONICAL + 5, 0x6000 }, 0 },
		{ 0xc0000101, { CANONICAL + 6, 0x7000 }, 0 },
		{ 0xc0000102, { CANONICAL + 2, 0x3000 }, 0x1000 },
		{ 0xc0000103, { 0x77, 0x88 }, 0x1000 },
		{ 0x174, { 0x10, 0x20 }, 0x40 },
		{ 0x175, { CANONICAL + 3, 0x4000 }, 0x40 },
		{ 0x176, { CANONICAL + 4, 0x5000 }, 0x40 },
		{ 0x277, { 0x0007040600070400, 0x0007040600070401 },
		  7ULL << 48 },
		{ 0x48, { 1, 0 }, 1 },
		{ XSS, { 0, 0x1800 }, 0x1000 },
		{ 0x6a0, { 0x10, 1 }, 0x10 },
		{ 0x6a2, { 0x10, 1 }, 0x10 },
		{ 0x6a4, { CANONICAL, 0x6000 }, 0x1000 },
		{ 0x6a5, { CANONICAL, 0x6000 }, 0x1000 },
		{ 0x6a6, { CANONICAL, 0x6000 }, 0x1000 },
		{ 0x6a7, { CANONICAL, 0x6000 }, 0x1000 },
		{ 0x6a8, { CANONICAL, 0x6000 }, 0x1000 },
		{ 0x6e1, { 4, 8 }, 4 },
	};
	struct tlfs *t = &self->t;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		__u32 msr = cases[i].msr;
		__u64 bits = msr == XSS ? xss_bits() : ~0ULL;
		__u64 vtl0, vtl1;

		if (!has_msr(msr)) {
			TH_LOG("not on this processor: MSR %#x", msr);
			continue;
		}
		ASSERT_EQ(NO_FAULT, read_msr(t, 0, msr, &vtl0));
		ASSERT_EQ(NO_FAULT, read_msr(t, 1, msr, &vtl1));
		for (k = 0; k < 2; k++) {
			check_private(_metadata, t, 1, msr,
				      cases[i].val[k] & bits);
			if (!(cases[i].change & bits))
				continue;
			check_private(_metadata, t, 0, msr,
				      vtl0 ^ (cases[i].change & bits));
			check_private(_metadata, t, 0, msr, vtl0);
		}
		check_private(_metadata, t, 1, msr, vtl1);
	}
}

static __u64 vtl0_read(struct tlfs *t, enum vsm_probe_insns insn)
{
	struct vsm_probe_insn c = { .insn = 0 };

	if (vtl0_insn(t, insn, &c) != NO_FAULT)
		abort();
	return c.gpr[PUPPET_RSI];
}

static void vtl0_write(struct tlfs *t, enum vsm_probe_insns insn, __u64 val)
{
	struct vsm_probe_insn c = { .gpr[PUPPET_RSI] = val };

	if (vtl0_insn(t, insn, &c) != NO_FAULT)
		abort();
}

/* TLFS: of these, too, each VTL has its own. */
TEST_F(tlfs, private_registers)
{
	static const struct {
		enum puppet_register reg;
		enum vsm_probe_insns read, write;
		__u64 vtl1, vtl0;	/* bits that change */
	} cases[] = {
#define INSN(name)	VSM_PROBE_INSN_read_##name, VSM_PROBE_INSN_write_##name
		{ PUPPET_CR0, INSN(cr0), 1 << 16, 1 << 18 },	/* WP, AM */
		{ PUPPET_CR4, INSN(cr4), 1 << 2, 1 << 3 },	/* TSD, DE */
		{ PUPPET_DR7, INSN(dr7), 1 << 8, 1 << 9 },	/* LE, GE */
#undef INSN
	};
	static const __u32 names[] = {
		HV_X64_REGISTER_CR0, HV_X64_REGISTER_CR3, HV_X64_REGISTER_CR4,
		HV_X64_REGISTER_DR7, HV_X64_REGISTER_CS, HV_X64_REGISTER_SS,
		HV_X64_REGISTER_TR, HV_X64_REGISTER_LDTR, HV_X64_REGISTER_GDTR,
		HV_X64_REGISTER_IDTR, HV_X64_REGISTER_DS, HV_X64_REGISTER_ES,
		HV_X64_REGISTER_FS, HV_X64_REGISTER_GS,
	};
	struct hv_register_value before[ARRAY_SIZE(names)], now;
	struct tlfs *t = &self->t;
	__u64 own, vtl0, val;
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		ASSERT_EQ(DONE(1), get_register(t, 1, VTL0, names[i],
						&before[i]));
	for (k = 0; k < ARRAY_SIZE(cases); k++) {
		ASSERT_EQ(NO_FAULT, vtl1_read(t, cases[k].reg, &own));
		EXPECT_EQ(NO_FAULT, vtl1_write(t, cases[k].reg,
					       own ^ cases[k].vtl1));
		for (i = 0; i < ARRAY_SIZE(names); i++) {
			EXPECT_EQ(DONE(1), get_register(t, 1, VTL0, names[i],
							&now));
			EXPECT_EQ(0, memcmp(&now, &before[i], sizeof(now))) {
				TH_LOG("register %#x", names[i]);
			}
		}
		vtl0 = vtl0_read(t, cases[k].read);
		vtl0_write(t, cases[k].write, vtl0 ^ cases[k].vtl0);
		EXPECT_EQ(NO_FAULT, vtl1_read(t, cases[k].reg, &val));
		EXPECT_EQ(own ^ cases[k].vtl1, val) TH_LOG("case %u", k);
		EXPECT_EQ(vtl0 ^ cases[k].vtl0, vtl0_read(t, cases[k].read)) {
			TH_LOG("case %u", k);
		}
		vtl0_write(t, cases[k].write, vtl0);
		EXPECT_EQ(NO_FAULT, vtl1_write(t, cases[k].reg, own));
	}
	/* And while it runs, VTL1 sees nothing of VTL0's tables. */
	for (i = PUPPET_GDTR_BASE; i <= PUPPET_IDTR_LIMIT; i++) {
		ASSERT_EQ(NO_FAULT, vtl1_read(t, i, &own));
		val = i < PUPPET_IDTR_BASE ? HV_X64_REGISTER_GDTR :
					     HV_X64_REGISTER_IDTR;
		EXPECT_EQ(DONE(1), get_register(t, 1, VTL0, val, &now));
		EXPECT_NE(i == PUPPET_GDTR_BASE || i == PUPPET_IDTR_BASE ?
			  now.high : ~0ULL, own);
	}
}

/* TLFS: shared, seen by either VTL as the other has left them. */
TEST_F(tlfs, shared_both_ways)
{
	static const struct {
		enum puppet_register reg;
		enum vsm_probe_insns read, write;
		__u64 vtl1, vtl0;
	} cases[] = {
#define INSN(name)	VSM_PROBE_INSN_read_##name, VSM_PROBE_INSN_write_##name
		{ PUPPET_DR0, INSN(dr0), 0x1111, 0x2222 },
		{ PUPPET_DR3, INSN(dr3), 0x3333, 0x4444 },
		{ PUPPET_DR6, INSN(dr6), 0xffff0ff3, 0xffff0ffc },
#undef INSN
	};
	struct tlfs *t = &self->t;
	unsigned int i, tries;
	__u64 val = 0, cr2 = 0;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		__u64 old = vtl0_read(t, cases[i].read);

		EXPECT_EQ(NO_FAULT, vtl1_write(t, cases[i].reg,
					       cases[i].vtl1));
		EXPECT_EQ(cases[i].vtl1, vtl0_read(t, cases[i].read)) {
			TH_LOG("case %u", i);
		}
		vtl0_write(t, cases[i].write, cases[i].vtl0);
		EXPECT_EQ(NO_FAULT, vtl1_read(t, cases[i].reg, &val));
		EXPECT_EQ(cases[i].vtl0, val) TH_LOG("case %u", i);
		vtl0_write(t, cases[i].write, old);
	}
	/* Linux may take a page fault of its own in between. */
	for (tries = 0; tries < 10 && cr2 != 0x123456789; tries++) {
		EXPECT_EQ(NO_FAULT, vtl1_write(t, PUPPET_CR2, 0x123456789));
		cr2 = vtl0_read(t, VSM_PROBE_INSN_read_cr2);
	}
	EXPECT_EQ(0x123456789, cr2);
	for (tries = 0; tries < 10 && val != 0x987654321; tries++) {
		vtl0_write(t, VSM_PROBE_INSN_write_cr2, 0x987654321);
		EXPECT_EQ(NO_FAULT, vtl1_read(t, PUPPET_CR2, &val));
	}
	EXPECT_EQ(0x987654321, val);
}

static bool has_avx(void)
{
	unsigned int a, b, c = 0, d;

	__get_cpuid(1, &a, &b, &c, &d);
	return (c >> 27 & 3) == 3;	/* OSXSAVE and AVX */
}

/* A VTL switch between two instructions that nobody else comes between. */
static __attribute__((target("avx"), noinline))
bool ymm_survive(struct tlfs *t, __u8 in[16][32], __u8 out[16][32])
{
	struct vsm_probe_insn c = {
		.gpr[PUPPET_RCX] = HVCALL_VTL_CALL,
		.gpr[PUPPET_RDI] = VSM_SC_NULL,
	};
	long ret = VSM_PROBE_IOC_INSN;

	/* ioctl(), without a function call in which registers are lost. */
	asm volatile("vmovdqu	0x000(%[in]), %%ymm0\n"
		     "vmovdqu	0x020(%[in]), %%ymm1\n"
		     "vmovdqu	0x0e0(%[in]), %%ymm7\n"
		     "vmovdqu	0x100(%[in]), %%ymm8\n"
		     "vmovdqu	0x1e0(%[in]), %%ymm15\n"
		     "mov	$16, %%eax\n"
		     "syscall\n"
		     "vmovdqu	%%ymm0, 0x000(%[out])\n"
		     "vmovdqu	%%ymm1, 0x020(%[out])\n"
		     "vmovdqu	%%ymm7, 0x0e0(%[out])\n"
		     "vmovdqu	%%ymm8, 0x100(%[out])\n"
		     "vmovdqu	%%ymm15, 0x1e0(%[out])\n"
		     "vzeroupper\n"
		     : "=&a" (ret)
		     : "D" ((long)t->fd), "S" (VSM_PROBE_IOC_INSN), "d" (&c),
		       [in] "r" (in), [out] "r" (out)
		     : "rcx", "r11", "memory", "xmm0", "xmm1", "xmm7", "xmm8",
		       "xmm15");
	return !ret && c.vector == NO_FAULT && c.gpr[PUPPET_RDI] == VSM_S_OK;
}

/* TLFS: shared and not touched: a VTL switch leaves them as they are. */
TEST_F(tlfs, vector_registers)
{
	static const unsigned int used[] = { 0, 1, 7, 8, 15 };
	static __u8 in[16][32], out[16][32];
	unsigned int i, k, round;

	if (!has_avx())
		SKIP(return, "this processor has no AVX");
	for (round = 0; round < 10; round++) {
		for (i = 0; i < 16; i++)
			for (k = 0; k < 32; k++)
				in[i][k] = i * 16 + k + round;
		memset(out, 0, sizeof(out));
		EXPECT_TRUE(ymm_survive(&self->t, in, out));
		for (i = 0; i < ARRAY_SIZE(used); i++)
			EXPECT_EQ(0, memcmp(in[used[i]], out[used[i]], 32)) {
				TH_LOG("YMM%u", used[i]);
			}
	}
}

/* The same with the register's name while VTL1 has a value of its own. */
TEST_F(tlfs, write_lower_while_private)
{
	__u64 vtl0, now;

	ASSERT_EQ(NO_FAULT, read_msr(&self->t, 0, 0xc0000083, &vtl0));
	ASSERT_EQ(NO_FAULT, write_msr(&self->t, 1, 0xc0000083, 0x1234));
	EXPECT_EQ(vtl0, get0(&self->t, HV_X64_REGISTER_CSTAR));
	EXPECT_EQ(DONE(1), set_register(&self->t, 1, VTL0,
					HV_X64_REGISTER_CSTAR, CANONICAL));
	EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
		  set_register(&self->t, 1, VTL0, HV_X64_REGISTER_CSTAR,
			       NOT_CANONICAL));
	EXPECT_EQ(NO_FAULT, read_msr(&self->t, 0, 0xc0000083, &now));
	EXPECT_EQ(CANONICAL, now);
	EXPECT_EQ(NO_FAULT, read_msr(&self->t, 1, 0xc0000083, &now));
	EXPECT_EQ(0x1234, now);
	EXPECT_EQ(DONE(1), set_register(&self->t, 1, VTL0,
					HV_X64_REGISTER_CSTAR, vtl0));
	EXPECT_EQ(GP, write_msr(&self->t, 1, 0xc0000083, NOT_CANONICAL));
	EXPECT_EQ(NO_FAULT, read_msr(&self->t, 1, 0xc0000083, &now));
	EXPECT_EQ(0x1234, now);
}

/* TLFS: DR7 is private, and so is the task priority. */
TEST_F(tlfs, private_dr7_and_cr8)
{
	__u64 now, dr7 = get0(&self->t, HV_X64_REGISTER_DR7);
	__u64 cr8 = get0(&self->t, HV_X64_REGISTER_CR8);

	EXPECT_EQ(NO_FAULT, vtl1_write(&self->t, PUPPET_DR7, 0x500));
	EXPECT_EQ(dr7, get0(&self->t, HV_X64_REGISTER_DR7));
	EXPECT_EQ(NO_FAULT, vtl1_read(&self->t, PUPPET_DR7, &now));
	EXPECT_EQ(0x500, now);
	EXPECT_EQ(NO_FAULT, vtl1_write(&self->t, PUPPET_DR7, 0x400));
	EXPECT_EQ(NO_FAULT, vtl1_write(&self->t, PUPPET_CR8, 5));
	EXPECT_EQ(cr8, get0(&self->t, HV_X64_REGISTER_CR8));
	EXPECT_EQ(NO_FAULT, vtl1_read(&self->t, PUPPET_CR8, &now));
	EXPECT_EQ(5, now);
	EXPECT_EQ(NO_FAULT, vtl1_write(&self->t, PUPPET_CR8, 0));
}

/* VTL0's clock and VTL1's, as far apart as they are now. */
static __s64 apart(struct tlfs *t)
{
	__u64 vtl0, vtl1;

	if (read_msr(t, 0, 0x10, &vtl0) != NO_FAULT ||
	    read_msr(t, 1, 0x10, &vtl1) != NO_FAULT)
		abort();
	return vtl1 - vtl0;
}

#define FAR	(1LL << 44)
/* More than passes between two reads, less than Linux minds. */
#define NEAR	10000000LL

/* TLFS: the time stamp counter is private. */
TEST_F(tlfs, private_tsc)
{
	__u64 adjust, now;
	__s64 d = apart(&self->t);

	EXPECT_LT(d, NEAR);
	EXPECT_LT(-d, NEAR);
	/* VTL1 writes: VTL0's goes on as before. */
	ASSERT_EQ(NO_FAULT, read_msr(&self->t, 0, 0x10, &now));
	EXPECT_EQ(NO_FAULT, write_msr(&self->t, 1, 0x10, now + FAR));
	d = apart(&self->t) - FAR;
	EXPECT_LT(d, NEAR);
	EXPECT_LT(-d, NEAR);
	EXPECT_LT(get0(&self->t, HV_X64_REGISTER_TSC), now + NEAR);
	/* VTL0 writes, in its own name or by VTL1: VTL1's does. */
	ASSERT_EQ(NO_FAULT, read_msr(&self->t, 0, 0x3b, &adjust));
	EXPECT_EQ(NO_FAULT, write_msr(&self->t, 0, 0x3b, adjust + 4 * NEAR));
	d = apart(&self->t) - FAR + 4 * NEAR;
	EXPECT_LT(d, NEAR);
	EXPECT_LT(-d, NEAR);
	EXPECT_EQ(NO_FAULT, read_msr(&self->t, 0, 0x3b, &now));
	EXPECT_EQ(adjust + 4 * NEAR, now);
	EXPECT_EQ(NO_FAULT, write_msr(&self->t, 0, 0x3b, adjust));
	EXPECT_EQ(NO_FAULT, read_msr(&self->t, 0, 0x3b, &now));
	EXPECT_EQ(adjust, now);
	d = apart(&self->t) - FAR;
	EXPECT_LT(d, NEAR);
	EXPECT_LT(-d, NEAR);
	EXPECT_EQ(NO_FAULT, read_msr(&self->t, 1, 0x3b, &now));
	EXPECT_EQ(NO_FAULT, write_msr(&self->t, 1, 0x3b, now - FAR));
}

/* One that no page could have is none for all pages, either. */
TEST_F(tlfs, default_mask)
{
	static const __u8 illegal[] = { 2, 4, 5, 6, 7, 8, 0xa, 0xc, 0xe };
	const __u64 on = HV_VSM_CONFIG_ENABLE_PROTECTION;
	struct hv_register_value val;
	unsigned int i;

	ASSERT_EQ(DONE(1), get_register(&self->t, 1, 0,
					HV_REGISTER_VSM_PARTITION_CONFIG,
					&val));
	ASSERT_EQ(0, val.low & on);
	for (i = 0; i < ARRAY_SIZE(illegal); i++)
		EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
			  set_register(&self->t, 1, 0,
				       HV_REGISTER_VSM_PARTITION_CONFIG, on |
				       (__u64)illegal[i] <<
				       HV_VSM_CONFIG_DEFAULT_MASK_SHIFT)) {
			TH_LOG("mask %#x", illegal[i]);
		}
}

TEST_HARNESS_MAIN
