// SPDX-License-Identifier: GPL-2.0
/*
 * The hypercall interface from VTL0's side, everything wrong that can be: each
 * is answered with its own status and changes nothing.  Must never issue a
 * call that is right and would change the machine.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../uapi/linux/vsm.h"
#include "../uapi/vsm/hvcall.h"
#include "../uapi/vsm/registers.h"
#include "../uapi/vsm/synic.h"
#include "../uapi/vsm/vtl.h"
#include "kselftest_harness.h"
#include "probe_open.h"

#define RANGES		"/sys/kernel/debug/vsm/ranges"
#define PAGE		4096ULL
#define UNTOUCHED	0xee
#define VTL1		(HV_INPUT_VTL_USE | 1)

#define REP(count, start)	((__u64)(count) << HV_HYPERCALL_REP_COUNT_SHIFT | \
				 (__u64)(start) << HV_HYPERCALL_REP_START_SHIFT)

/* What EXPECT_EQ sees of an instruction that faulted. */
#define TRAPPED		0xffffffffULL

FIXTURE(hypercall) {
	int fd;
	bool loaded;
	struct vsm_probe_hypercall call;
};

FIXTURE_SETUP(hypercall)
{
	struct vsm_info info;
	cpu_set_t cpus;
	int vsm;

	vsm = open("/dev/vsm", O_RDWR);
	if (vsm < 0)
		SKIP(return, "/dev/vsm: %s", strerror(errno));
	ASSERT_EQ(0, ioctl(vsm, VSM_IOC_INFO, &info));
	ASSERT_TRUE(info.state & VSM_STATE_VTL1);
	close(vsm);
	memset(&self->call, 0, sizeof(self->call));
	self->fd = probe_open(&self->loaded);
	if (self->fd < 0)
		SKIP(return, PROBE_DEVICE ": %s (no " PROBE_MODULE ".ko here)",
		     strerror(errno));
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(cpus), &cpus));
}

/* Whatever a test tried: the secure kernel is as it was. */
FIXTURE_TEARDOWN(hypercall)
{
	struct vsm_info info;
	int vsm = open("/dev/vsm", O_RDWR);

	EXPECT_EQ(0, ioctl(vsm, VSM_IOC_INFO, &info));
	EXPECT_TRUE(info.state & VSM_STATE_VTL1);
	close(vsm);
	probe_close(self->fd, self->loaded);
}

/* The result value, or TRAPPED. */
static __u64 issue(struct _test_data_hypercall *self, __u64 control)
{
	self->call.control = control;
	if (ioctl(self->fd, VSM_PROBE_IOC_HYPERCALL, &self->call))
		return -1;
	return self->call.trapped ? TRAPPED : self->call.rax;
}

static void get_registers(struct _test_data_hypercall *self, __u8 vtl, __u32 name)
{
	struct hv_input_get_vp_registers in = {
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = HV_VP_INDEX_SELF,
		.input_vtl = vtl,
	};

	memcpy(self->call.input, &in, sizeof(in));
	memcpy(self->call.input + sizeof(in), &name, sizeof(name));
}

/* A call that is right, for a test to spoil. */
static void get_vp_index(struct _test_data_hypercall *self)
{
	get_registers(self, 0, HV_REGISTER_VP_INDEX);
}

static struct hv_input_get_vp_registers *
header(struct _test_data_hypercall *self)
{
	return (struct hv_input_get_vp_registers *)self->call.input;
}

#define GET_ONE		(HVCALL_GET_VP_REGISTERS | REP(1, 0))

static bool output_untouched(const struct _test_data_hypercall *self)
{
	unsigned int i;

	for (i = 0; i < sizeof(self->call.output); i++)
		if (self->call.output[i] != UNTOUCHED)
			return false;
	return true;
}

static __u64 output(const struct _test_data_hypercall *self, unsigned int n)
{
	__u64 val;

	memcpy(&val, self->call.output + n * sizeof(val), sizeof(val));
	return val;
}

/* Without this, every refusal below could have another reason. */
TEST_F(hypercall, right_call)
{
	get_vp_index(self);
	EXPECT_EQ(REP(1, 0), issue(self, GET_ONE));
	EXPECT_EQ(0, output(self, 0));
	EXPECT_EQ(0, output(self, 1));
	EXPECT_EQ(UNTOUCHED, self->call.output[16]);
}

TEST_F(hypercall, unknown_code)
{
	static const __u16 codes[] = {
		0x0000, 0x0001, 0x000e, 0x0010, 0x0098, 0x7fff, 0x8f02, 0xffff,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(codes); i++)
		EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_CODE,
			  issue(self, codes[i]));
	/* VTL call with flags is none; as such it is #UD. */
	EXPECT_EQ(TRAPPED, issue(self, HVCALL_VTL_CALL | HV_HYPERCALL_FAST));
}

TEST_F(hypercall, reserved_bits)
{
	int bit;

	get_vp_index(self);
	for (bit = 0; bit < 64; bit++)
		if ((HV_HYPERCALL_RSVD_MASK | HV_HYPERCALL_NESTED |
		     HV_HYPERCALL_VARHEAD_MASK) >> bit & 1)
			EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
				  issue(self, GET_ONE | 1ULL << bit));
	EXPECT_TRUE(output_untouched(self));
}

TEST_F(hypercall, rep_counts)
{
	get_vp_index(self);
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
		  issue(self, HVCALL_GET_VP_REGISTERS | REP(1, 1)) & 0xffff);
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
		  issue(self, HVCALL_GET_VP_REGISTERS | REP(1, 2)) & 0xffff);
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
		  issue(self, HVCALL_GET_VP_REGISTERS | REP(0, 1)) & 0xffff);
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
		  issue(self, HVCALL_ENABLE_PARTITION_VTL | REP(1, 0)) & 0xffff);
	EXPECT_TRUE(output_untouched(self));
	EXPECT_EQ(HV_STATUS_SUCCESS,
		  issue(self, HVCALL_GET_VP_REGISTERS | REP(0, 0)));
	EXPECT_TRUE(output_untouched(self));
}

TEST_F(hypercall, alignment)
{
	unsigned int i;

	get_vp_index(self);
	for (i = 1; i < 8; i++) {
		self->call.input_offset = i;
		EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT, issue(self, GET_ONE));
		self->call.input_offset = 0;
		self->call.output_offset = i;
		EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT, issue(self, GET_ONE));
		EXPECT_TRUE(output_untouched(self));
		self->call.output_offset = 0;
	}
	EXPECT_EQ(REP(1, 0), issue(self, GET_ONE));
}

TEST_F(hypercall, page_crossing)
{
	get_vp_index(self);
	self->call.input_offset = PAGE - 8;
	EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT, issue(self, GET_ONE));
	/* The header fits, the list does not. */
	self->call.input_offset = PAGE - 16;
	EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT, issue(self, GET_ONE));
	self->call.input_offset = 0;
	self->call.output_offset = PAGE - 8;
	EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT, issue(self, GET_ONE));
	EXPECT_TRUE(output_untouched(self));
	/* More elements than any page holds. */
	self->call.output_offset = 0;
	EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT,
		  issue(self, HVCALL_SET_VP_REGISTERS | REP(4095, 0)) & 0xffff);
	/* Up to the very end. */
	self->call.output_offset = PAGE - 16;
	EXPECT_EQ(REP(1, 0), issue(self, GET_ONE));
}

/* Input and output pages that VTL0 may not name. */
static void foreign_page(struct __test_metadata *_metadata,
			 struct _test_data_hypercall *self, __u64 gpa,
			 __u64 status)
{
	get_vp_index(self);
	self->call.flags = VSM_PROBE_RAW_INPUT;
	self->call.rdx = gpa;
	EXPECT_EQ(status, issue(self, GET_ONE)) {
		TH_LOG("input at %#llx", (unsigned long long)gpa);
	}
	EXPECT_TRUE(output_untouched(self));
	self->call.flags = VSM_PROBE_RAW_OUTPUT;
	self->call.r8 = gpa;
	EXPECT_EQ(status, issue(self, GET_ONE)) {
		TH_LOG("output at %#llx", (unsigned long long)gpa);
	}
}

TEST_F(hypercall, foreign_memory)
{
	unsigned long long base, size;
	FILE *f = fopen(RANGES, "r");
	char name[16];
	__u64 result;
	int nr = 0;

	ASSERT_NE(NULL, f);
	while (fscanf(f, "%15s %llx %llx", name, &base, &size) == 3) {
		if (!strcmp(name, "public"))
			continue;
		/* VTL1 has protected its own: as if it were touched. */
		result = strcmp(name, "vtl1") ? HV_STATUS_INVALID_PARAMETER :
						TRAPPED;
		foreign_page(_metadata, self, base, result);
		foreign_page(_metadata, self, base + size - PAGE, result);
		nr++;
	}
	fclose(f);
	EXPECT_LT(0, nr);
}

TEST_F(hypercall, no_memory)
{
	static const __u64 outside[] = {
		1ULL << 52, 0xffff800000000000, ~0ULL & ~(PAGE - 1),
	};
	unsigned int i;

	/* The local APIC. */
	foreign_page(_metadata, self, 0xfee00000, HV_STATUS_INVALID_PARAMETER);
	/* TLFS: beyond the GPA space is misaligned. */
	for (i = 0; i < ARRAY_SIZE(outside); i++)
		foreign_page(_metadata, self, outside[i],
			     HV_STATUS_INVALID_ALIGNMENT);
}

TEST_F(hypercall, get_registers_header)
{
	get_vp_index(self);
	header(self)->partition_id = 1;
	EXPECT_EQ(HV_STATUS_INVALID_PARTITION_ID, issue(self, GET_ONE));
	/* The partition is checked first, then the VP, then the VTL. */
	header(self)->vp_index = 0x7fffffff;
	header(self)->input_vtl = VTL1;
	EXPECT_EQ(HV_STATUS_INVALID_PARTITION_ID, issue(self, GET_ONE));
	header(self)->partition_id = HV_PARTITION_ID_SELF;
	EXPECT_EQ(HV_STATUS_INVALID_VP_INDEX, issue(self, GET_ONE));
	header(self)->vp_index = 0xffffffff;
	EXPECT_EQ(HV_STATUS_INVALID_VP_INDEX, issue(self, GET_ONE));
	header(self)->vp_index = HV_VP_INDEX_SELF;
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, issue(self, GET_ONE));
	header(self)->input_vtl = HV_INPUT_VTL_USE | 0xf;
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, issue(self, GET_ONE));
	header(self)->input_vtl = 0x20;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, issue(self, GET_ONE));
	header(self)->input_vtl = 0;
	header(self)->rsvd[2] = 1;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, issue(self, GET_ONE));
	EXPECT_TRUE(output_untouched(self));
}

TEST_F(hypercall, get_registers_names)
{
	get_registers(self, 0, 0xdeadbeef);
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, issue(self, GET_ONE));
	get_registers(self, 0, HV_REGISTER_VSM_PARTITION_CONFIG);
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, issue(self, GET_ONE));
	get_registers(self, 0, HV_X64_REGISTER_CR3);
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, issue(self, GET_ONE));
	get_registers(self, VTL1, HV_X64_REGISTER_RIP);
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, issue(self, GET_ONE));
	get_registers(self, VTL1, HV_REGISTER_VP_ASSIST_PAGE);
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, issue(self, GET_ONE));
	EXPECT_TRUE(output_untouched(self));
}

/* What comes before the wrong element is done, and counted. */
TEST_F(hypercall, get_registers_partial)
{
	__u32 wrong = 0xdeadbeef;

	get_vp_index(self);
	memcpy(self->call.input + sizeof(*header(self)) + 4, &wrong, 4);
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER | REP(1, 0),
		  issue(self, HVCALL_GET_VP_REGISTERS | REP(2, 0)));
	EXPECT_EQ(0, output(self, 0));
	EXPECT_EQ(UNTOUCHED, self->call.output[16]);
}

TEST_F(hypercall, status_registers)
{
	get_registers(self, 0, HV_REGISTER_VSM_VP_STATUS);
	EXPECT_EQ(REP(1, 0), issue(self, GET_ONE));
	EXPECT_EQ(0, output(self, 0) & 0xf);	/* VTL0 asks */
	EXPECT_EQ(3, output(self, 0) >> HV_VSM_VP_STATUS_ENABLED_SHIFT & 0xffff);
	get_registers(self, 0, HV_REGISTER_VSM_PARTITION_STATUS);
	EXPECT_EQ(REP(1, 0), issue(self, GET_ONE));
	EXPECT_EQ(3, output(self, 0) & 0xffff);
	EXPECT_EQ(HV_NUM_VTLS - 1,
		  output(self, 0) >> HV_VSM_PARTITION_STATUS_MAX_SHIFT & 0xf);
}

/* True: the instruction faulted. */
static bool msr(struct _test_data_hypercall *self, __u32 msr, bool write,
		__u64 *value)
{
	struct vsm_probe_msr req = {
		.msr = msr,
		.write = write,
		.value = *value,
	};

	if (ioctl(self->fd, VSM_PROBE_IOC_MSR, &req))
		return true;
	*value = req.value;
	return req.trapped;
}

static __u64 get_one(struct __test_metadata *_metadata,
		     struct _test_data_hypercall *self, __u32 name)
{
	get_registers(self, 0, name);
	EXPECT_EQ(REP(1, 0), issue(self, GET_ONE));
	return output(self, 0);
}

/* Where the processor has it, vsm enables it: for both VTLs, or for none. */
TEST_F(hypercall, mbec_is_told_of)
{
	__u64 status = get_one(_metadata, self,
			       HV_REGISTER_VSM_PARTITION_STATUS);
	__u64 vp = get_one(_metadata, self, HV_REGISTER_VSM_VP_STATUS);
	__u64 caps, both;

	ASSERT_FALSE(msr(self, HV_X64_MSR_VSM_CAPABILITIES, false, &caps));
	both = vp & HV_VSM_VP_STATUS_ACTIVE_MBEC ? 3 : 0;
	EXPECT_EQ(both, caps >> HV_VSM_CAP_MBEC_SHIFT & 0xffff);
	EXPECT_EQ(both, status >> HV_VSM_PARTITION_STATUS_MBEC_SHIFT & 0xffff);
}

static __u64 set_register(struct _test_data_hypercall *self, __u8 vtl, __u32 name,
			  __u64 value)
{
	struct hv_register_assoc reg = { .name = name, .value.low = value };

	get_registers(self, vtl, 0);
	memcpy(self->call.input + sizeof(*header(self)), &reg, sizeof(reg));
	return issue(self, HVCALL_SET_VP_REGISTERS | REP(1, 0));
}

/* What the rules of registers.def are for VTL0, which has no lower VTL. */
enum {
	RULE_NONE = HV_STATUS_INVALID_PARAMETER,
	RULE_ANY = HV_STATUS_SUCCESS,
	RULE_LOWER = HV_STATUS_ACCESS_DENIED,
	RULE_VTL1 = HV_STATUS_INVALID_PARAMETER,
	RULE_OWNER = HV_STATUS_ACCESS_DENIED,
};

static const struct {
	__u32 name;
	const char *tlfs;
	__u16 read, write;
	unsigned int bits;
} registers[] = {
#define HVREG(name, tlfs, read, write, bits, get, set)			\
	{ name, tlfs, RULE_##read, RULE_##write, bits },
#include "../kernel/hv/registers.def"
#undef HVREG
};

/* Every register by name: what VTL0 may read, and no more. */
TEST_F(hypercall, get_every_register)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(registers); i++) {
		__u64 done = registers[i].read ? 0 : REP(1, 0);

		get_registers(self, 0, registers[i].name);
		EXPECT_EQ(registers[i].read | done, issue(self, GET_ONE)) {
			TH_LOG("%s", registers[i].tlfs);
		}
		EXPECT_EQ(registers[i].read != 0, output_untouched(self));
		if (!registers[i].read && registers[i].bits <= 64)
			EXPECT_EQ(0, output(self, 1));
		get_registers(self, VTL1, registers[i].name);
		EXPECT_EQ(HV_STATUS_ACCESS_DENIED, issue(self, GET_ONE)) {
			TH_LOG("%s of VTL1", registers[i].tlfs);
		}
	}
}

/* What VTL0 may write is written with what is there already. */
TEST_F(hypercall, set_every_register)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(registers); i++) {
		__u64 now = 0, done = registers[i].write ? 0 : REP(1, 0);

		if (!registers[i].write) {
			get_registers(self, 0, registers[i].name);
			ASSERT_EQ(REP(1, 0), issue(self, GET_ONE));
			now = output(self, 0);
		}
		EXPECT_EQ(registers[i].write | done,
			  set_register(self, 0, registers[i].name, now)) {
			TH_LOG("%s", registers[i].tlfs);
		}
		EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
			  set_register(self, VTL1, registers[i].name, 0)) {
			TH_LOG("%s of VTL1", registers[i].tlfs);
		}
	}
}

/* The table is searched by halves. */
TEST_F(hypercall, register_order)
{
	unsigned int i;

	for (i = 1; i < ARRAY_SIZE(registers); i++)
		EXPECT_LT(registers[i - 1].name, registers[i].name);
}

/* Independent of the table: what must not be left to it. */
TEST_F(hypercall, set_registers)
{
	static const struct {
		__u32 name;
		__u16 status;
	} cases[] = {
		{ HV_REGISTER_VSM_PARTITION_CONFIG, HV_STATUS_INVALID_PARAMETER },
		{ HV_REGISTER_VSM_VINA, HV_STATUS_INVALID_PARAMETER },
		{ HV_REGISTER_VSM_VP_STATUS, HV_STATUS_INVALID_PARAMETER },
		{ HV_REGISTER_VSM_CAPABILITIES, HV_STATUS_INVALID_PARAMETER },
		{ HV_REGISTER_VP_INDEX, HV_STATUS_INVALID_PARAMETER },
		{ 0xdeadbeef, HV_STATUS_INVALID_PARAMETER },
		{ 0, HV_STATUS_INVALID_PARAMETER },
		{ 0xffffffff, HV_STATUS_INVALID_PARAMETER },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
			  set_register(self, VTL1, cases[i].name, 0));
		EXPECT_EQ(cases[i].status,
			  set_register(self, 0, cases[i].name, 0)) {
			TH_LOG("name %#x", cases[i].name);
		}
	}
	EXPECT_NE(HV_STATUS_SUCCESS,
		  set_register(self, 0, HV_REGISTER_PENDING_EVENT0, 0) & 0xffff);
	EXPECT_NE(HV_STATUS_SUCCESS,
		  set_register(self, 0, HV_REGISTER_VSM_VP_SECURE_CONFIG_VTL0,
			       0) & 0xffff);
	EXPECT_NE(HV_STATUS_SUCCESS,
		  set_register(self, 0, HV_X64_REGISTER_RIP, 0) & 0xffff);
	EXPECT_NE(HV_STATUS_SUCCESS,
		  set_register(self, 0, HV_X64_REGISTER_CR3, 0) & 0xffff);
}

/* By name as by MSR: reserved bits are refused, and nothing has changed. */
TEST_F(hypercall, set_synthetic)
{
	struct hv_register_assoc reg = { .name = HV_REGISTER_VP_ASSIST_PAGE };
	__u64 page;

	get_registers(self, 0, HV_X64_REGISTER_HYPERCALL);
	ASSERT_EQ(REP(1, 0), issue(self, GET_ONE));
	page = output(self, 0);
	EXPECT_TRUE(page & HV_MSR_ENABLE);
	EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
		  set_register(self, 0, HV_X64_REGISTER_HYPERCALL,
			       page | 0x800));
	EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
		  set_register(self, 0, HV_REGISTER_VP_ASSIST_PAGE,
			       0x2 | HV_MSR_ENABLE));
	get_registers(self, 0, HV_X64_REGISTER_HYPERCALL);
	EXPECT_EQ(REP(1, 0), issue(self, GET_ONE));
	EXPECT_EQ(page, output(self, 0));
	/* Of 64 bits; and the element's reserved fields. */
	reg.value.high = 1;
	memcpy(self->call.input + sizeof(*header(self)), &reg, sizeof(reg));
	EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
		  issue(self, HVCALL_SET_VP_REGISTERS | REP(1, 0)));
	reg.value.high = 0;
	reg.rsvd1 = 1;
	memcpy(self->call.input + sizeof(*header(self)), &reg, sizeof(reg));
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
		  issue(self, HVCALL_SET_VP_REGISTERS | REP(1, 0)));
	reg.rsvd1 = 0;
	reg.rsvd2 = 1ULL << 63;
	memcpy(self->call.input + sizeof(*header(self)), &reg, sizeof(reg));
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
		  issue(self, HVCALL_SET_VP_REGISTERS | REP(1, 0)));
}

/* VTL0 cannot change a protection, however it names the target. */
TEST_F(hypercall, modify_protection)
{
	static const __u8 targets[] = { 0, HV_INPUT_VTL_USE, VTL1 };
	struct hv_input_modify_vtl_protection_mask in = {
		.partition_id = HV_PARTITION_ID_SELF,
		.map_flags = HV_MAP_GPA_PERMISSIONS_MASK,
	};
	unsigned long long base, size;
	FILE *f = fopen(RANGES, "r");
	char name[16];
	unsigned int i;
	__u64 gpn;

	ASSERT_NE(NULL, f);
	while (fscanf(f, "%15s %llx %llx", name, &base, &size) == 3) {
		gpn = base / PAGE;
		for (i = 0; i < ARRAY_SIZE(targets); i++) {
			in.input_vtl = targets[i];
			memcpy(self->call.input, &in, sizeof(in));
			memcpy(self->call.input + sizeof(in), &gpn, 8);
			EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
				  issue(self, HVCALL_MODIFY_VTL_PROTECTION_MASK |
					REP(1, 0)));
		}
	}
	fclose(f);
	in.partition_id = 1;
	memcpy(self->call.input, &in, sizeof(in));
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
		  issue(self, HVCALL_MODIFY_VTL_PROTECTION_MASK | REP(1, 0)));
}

static __u64 enable_partition(struct _test_data_hypercall *self,
			      const struct hv_input_enable_partition_vtl *in)
{
	memcpy(self->call.input, in, sizeof(*in));
	return issue(self, HVCALL_ENABLE_PARTITION_VTL);
}

TEST_F(hypercall, enable_partition)
{
	struct hv_input_enable_partition_vtl in = {
		.partition_id = 1,
		.target_vtl = 1,
	};

	EXPECT_EQ(HV_STATUS_INVALID_PARTITION_ID, enable_partition(self, &in));
	in.partition_id = HV_PARTITION_ID_SELF;
	EXPECT_EQ(HV_STATUS_INVALID_VTL_STATE, enable_partition(self, &in));
	in.flags = 0x80;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, enable_partition(self, &in));
	in.flags = 0;
	in.rsvd[5] = 1;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, enable_partition(self, &in));
	in.rsvd[5] = 0;
	in.target_vtl = 0;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, enable_partition(self, &in));
	in.target_vtl = 2;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, enable_partition(self, &in));
	in.target_vtl = 0xff;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, enable_partition(self, &in));
}

static __u64 enable_vp(struct _test_data_hypercall *self,
		       const struct hv_input_enable_vp_vtl *in)
{
	memcpy(self->call.input, in, sizeof(*in));
	return issue(self, HVCALL_ENABLE_VP_VTL);
}

/* A context of VTL0's choice must not come to run in VTL1. */
TEST_F(hypercall, enable_vp)
{
	struct hv_input_enable_vp_vtl in = {
		.partition_id = 1,
		.vp_index = HV_VP_INDEX_SELF,
		.target_vtl = 1,
	};
	__u64 status;

	EXPECT_EQ(HV_STATUS_INVALID_PARTITION_ID, enable_vp(self, &in));
	in.partition_id = HV_PARTITION_ID_SELF;
	in.vp_index = 0x7fffffff;
	EXPECT_EQ(HV_STATUS_INVALID_VP_INDEX, enable_vp(self, &in));
	in.vp_index = HV_VP_INDEX_SELF;
	in.target_vtl = 0;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, enable_vp(self, &in));
	in.target_vtl = 2;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, enable_vp(self, &in));
	in.target_vtl = 1;
	in.rsvd[1] = 1;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, enable_vp(self, &in));
	in.rsvd[1] = 0;
	status = enable_vp(self, &in);
	EXPECT_TRUE(status == HV_STATUS_ACCESS_DENIED ||
		    status == HV_STATUS_VTL_ALREADY_ENABLED) {
		TH_LOG("status %#llx", (unsigned long long)status);
	}
}

TEST_F(hypercall, fast)
{
	struct hv_input_enable_partition_vtl in = {
		.partition_id = HV_PARTITION_ID_SELF,
		.target_vtl = 1,
	};

	get_vp_index(self);
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
		  issue(self, HVCALL_GET_VP_REGISTERS | REP(5, 0) |
			HV_HYPERCALL_FAST));
	EXPECT_TRUE(output_untouched(self));
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
		  issue(self, HVCALL_ENABLE_VP_VTL | HV_HYPERCALL_FAST));
	self->call.flags = VSM_PROBE_RAW_INPUT | VSM_PROBE_RAW_OUTPUT;
	memcpy(&self->call.rdx, &in, 8);
	memcpy(&self->call.r8, (char *)&in + 8, 8);
	EXPECT_EQ(HV_STATUS_INVALID_VTL_STATE,
		  issue(self, HVCALL_ENABLE_PARTITION_VTL | HV_HYPERCALL_FAST));
}

/* TLFS: #UD, not a status. */
TEST_F(hypercall, vtl_switch)
{
	self->call.rax = 1;
	EXPECT_EQ(TRAPPED, issue(self, HVCALL_VTL_CALL));
	self->call.rax = 1ULL << 63;
	EXPECT_EQ(TRAPPED, issue(self, HVCALL_VTL_CALL));
	self->call.rax = 0;
	EXPECT_EQ(TRAPPED, issue(self, HVCALL_VTL_RETURN));
	self->call.rax = HV_VTL_RETURN_FAST;
	EXPECT_EQ(TRAPPED, issue(self, HVCALL_VTL_RETURN));
}

static sigjmp_buf fault_env;

static void on_fault(int sig)
{
	siglongjmp(fault_env, sig);
}

static int vmcall_signal(__u64 control)
{
	int sig = sigsetjmp(fault_env, 1);

	if (!sig)
		asm volatile("vmcall" : "+c" (control) : "a" (0), "d" (0)
			     : "memory", "rsi", "rdi", "r8", "r9", "r10",
			       "r11");
	return sig;
}

TEST_F(hypercall, from_a_process)
{
	signal(SIGILL, on_fault);
	signal(SIGSEGV, on_fault);
	EXPECT_EQ(SIGILL, vmcall_signal(HVCALL_VTL_CALL));
	EXPECT_EQ(SIGILL, vmcall_signal(HVCALL_VTL_RETURN));
	EXPECT_EQ(SIGILL, vmcall_signal(HVCALL_GET_VP_REGISTERS));
	EXPECT_EQ(SIGILL, vmcall_signal(HVCALL_VSM_RELEASE));
	EXPECT_EQ(SIGILL, vmcall_signal(HVCALL_VSM_LOCK));
	EXPECT_EQ(SIGILL, vmcall_signal(0xffff));
}

TEST_F(hypercall, msrs)
{
	__u64 page = 0, now = 0, val = 0;

	EXPECT_FALSE(msr(self, HV_X64_MSR_VP_INDEX, false, &val));
	EXPECT_EQ(0, val);
	EXPECT_TRUE(msr(self, HV_X64_MSR_VP_INDEX, true, &val));
	EXPECT_TRUE(msr(self, HV_X64_MSR_VSM_CAPABILITIES, true, &val));

	/* Reserved bits, and nothing has changed. */
	ASSERT_FALSE(msr(self, HV_X64_MSR_HYPERCALL, false, &page));
	EXPECT_TRUE(page & HV_MSR_ENABLE);
	val = page | 0x800;
	EXPECT_TRUE(msr(self, HV_X64_MSR_HYPERCALL, true, &val));
	EXPECT_FALSE(msr(self, HV_X64_MSR_HYPERCALL, false, &now));
	EXPECT_EQ(page, now);
	val = 0x2 | HV_MSR_ENABLE;
	EXPECT_TRUE(msr(self, HV_X64_MSR_VP_ASSIST_PAGE, true, &val));
}

#define MSR_IA32_APICBASE	0x1b
#define APICBASE_ADDRESS	0x000ffffffffff000ULL

/*
 * Registers of the local APIC in place of a page of VTL1 or the hypervisor:
 * what they read there would be VTL0's to choose.
 */
TEST_F(hypercall, apic_over_memory)
{
	unsigned long long base, size;
	FILE *f = fopen(RANGES, "r");
	__u64 old = 0, val;
	char name[16];

	ASSERT_NE(NULL, f);
	ASSERT_FALSE(msr(self, MSR_IA32_APICBASE, false, &old));
	while (fscanf(f, "%15s %llx %llx", name, &base, &size) == 3) {
		val = (old & ~APICBASE_ADDRESS) | (base + size - PAGE);
		EXPECT_TRUE(msr(self, MSR_IA32_APICBASE, true, &val)) {
			TH_LOG("APIC moved to %#llx", base + size - PAGE);
			msr(self, MSR_IA32_APICBASE, true, &old);
		}
		val = 0;
		EXPECT_FALSE(msr(self, MSR_IA32_APICBASE, false, &val));
		EXPECT_EQ(old, val);
	}
	fclose(f);
	/* What is there already may be written. */
	EXPECT_FALSE(msr(self, MSR_IA32_APICBASE, true, &old));
}

/* What VTL0 writes is refused, and is as it was. */
static void msr_refused(struct __test_metadata *_metadata,
			struct _test_data_hypercall *self, __u32 number,
			__u64 val)
{
	__u64 was = 0, now = 0;
	bool there = !msr(self, number, false, &was);

	EXPECT_TRUE(msr(self, number, true, &val)) {
		TH_LOG("MSR %#x", number);
	}
	EXPECT_EQ(there, !msr(self, number, false, &now));
	EXPECT_EQ(was, now);
}

#define MSR_BIOS_UPDT_TRIG	0x79
#define MSR_BIOS_SIGN_ID	0x8b
#define MSR_OC_MAILBOX		0x150
#define MSR_MISC_ENABLE		0x1a0
#define MSR_MTRR_DEF_TYPE	0x2ff
#define MTRR_E			0x800ULL
#define MSR_RTIT_CTL		0x570
#define MSR_XSS			0xda0

/*
 * MSRs with which the processor would be made to change memory that is not
 * VTL0's, or the type of all memory.
 */
TEST_F(hypercall, harmful_msrs)
{
	__u64 was = 0, now = 0, val;

	ASSERT_FALSE(msr(self, MSR_MISC_ENABLE, false, &was));
	EXPECT_FALSE(msr(self, MSR_MISC_ENABLE, true, &was));
	msr_refused(_metadata, self, MSR_MISC_ENABLE, was | 1ULL << 34);
	msr_refused(_metadata, self, MSR_MISC_ENABLE, was | 1ULL << 22);
	msr_refused(_metadata, self, MSR_OC_MAILBOX, 0);
	msr_refused(_metadata, self, MSR_RTIT_CTL, 1);
	msr_refused(_metadata, self, MSR_XSS, 1 << 8);
	/* As the processor has it in non-root operation: nothing happens. */
	ASSERT_FALSE(msr(self, MSR_BIOS_SIGN_ID, false, &was));
	val = 0;
	EXPECT_FALSE(msr(self, MSR_BIOS_UPDT_TRIG, true, &val));
	EXPECT_FALSE(msr(self, MSR_BIOS_SIGN_ID, true, &val));
	EXPECT_FALSE(msr(self, MSR_BIOS_SIGN_ID, false, &now));
	EXPECT_EQ(was, now);
}

/* Linux disables MTRRs, compares them, and enables them again. */
TEST_F(hypercall, mtrrs)
{
	static const __u32 ranges[] = {
		0x200, 0x201, 0x202, 0x203, 0x20e, 0x20f, 0x250, 0x258, 0x259,
		0x268, 0x26f,
	};
	__u64 def = 0, val = 0, now = 0;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ranges); i++) {
		ASSERT_FALSE(msr(self, ranges[i], false, &val));
		EXPECT_FALSE(msr(self, ranges[i], true, &val));
		msr_refused(_metadata, self, ranges[i], val ^ 6);
	}
	ASSERT_FALSE(msr(self, MSR_MTRR_DEF_TYPE, false, &def));
	msr_refused(_metadata, self, MSR_MTRR_DEF_TYPE, def | 1ULL << 63);
	msr_refused(_metadata, self, MSR_MTRR_DEF_TYPE, (def | MTRR_E) ^ 1);
	val = def & ~(MTRR_E | 0xff);
	EXPECT_FALSE(msr(self, MSR_MTRR_DEF_TYPE, true, &val));
	EXPECT_FALSE(msr(self, MSR_MTRR_DEF_TYPE, false, &now));
	EXPECT_EQ(val, now);
	EXPECT_FALSE(msr(self, MSR_MTRR_DEF_TYPE, true, &def));
	EXPECT_FALSE(msr(self, MSR_MTRR_DEF_TYPE, false, &now));
	EXPECT_EQ(def, now);
}

TEST_HARNESS_MAIN
