// SPDX-License-Identifier: GPL-2.0
/*
 * VMX as VTL0 finds it on a demoted machine: not there, whichever way one asks.
 * Source: SDM, "Discovering Support for VMX", "Enabling and Entering VMX
 * Operation".
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "../uapi/linux/vsm.h"
#include "kselftest_harness.h"
#include "probe_open.h"

#define CPUID_1_ECX_VMX		(1U << 5)
#define CPUID_1_ECX_SMX		(1U << 6)
#define CPUID_1_ECX_HYPERVISOR	(1U << 31)
#define CR4_VMXE		(1ULL << 13)
#define CR4_SMXE		(1ULL << 14)
#define MSR_IA32_FEAT_CTL	0x3a
#define FEAT_CTL_LOCKED		(1ULL << 0)
#define FEAT_CTL_VMX		(3ULL << 1)	/* inside and outside SMX */
#define FEAT_CTL_SENTER		(0x1ffULL << 8)
#define MSR_VMX_FIRST		0x480
#define MSR_VMX_LAST		0x493
#define RSI			6	/* numbers of registers */
#define RDI			7
#define VECTOR_UD		6
#define VECTOR_GP		13

FIXTURE(nested) {
	int fd;
	bool loaded;
	__u64 va;		/* of a page for memory operands */
};

FIXTURE_SETUP(nested)
{
	struct vsm_probe_pages pages = { 0 };
	struct vsm_info info;
	int vsm = open("/dev/vsm", O_RDWR);

	if (vsm < 0)
		SKIP(return, "/dev/vsm: %s", strerror(errno));
	ASSERT_EQ(0, ioctl(vsm, VSM_IOC_INFO, &info));
	close(vsm);
	ASSERT_TRUE(info.state & VSM_STATE_DEMOTED);
	self->fd = probe_open(&self->loaded);
	if (self->fd < 0)
		SKIP(return, PROBE_DEVICE ": %s (no " PROBE_MODULE ".ko here)",
		     strerror(errno));
	ASSERT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_PAGES, &pages));
	self->va = pages.va;
}

FIXTURE_TEARDOWN(nested)
{
	if (self->fd >= 0)
		probe_close(self->fd, self->loaded);
}

/* False: no such CPU, or it is offline. */
static bool run_on(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	return !sched_setaffinity(0, sizeof(cpus), &cpus);
}

TEST_F(nested, cpuid_has_neither_vmx_nor_smx)
{
	unsigned int eax, ebx, ecx, edx;

	for (int cpu = 0; cpu < get_nprocs_conf(); cpu++) {
		if (!run_on(cpu))
			continue;
		__cpuid(1, eax, ebx, ecx, edx);
		EXPECT_EQ(CPUID_1_ECX_HYPERVISOR,
			  ecx & (CPUID_1_ECX_VMX | CPUID_1_ECX_SMX |
				 CPUID_1_ECX_HYPERVISOR))
			TH_LOG("CPU %d", cpu);
	}
}

TEST_F(nested, feature_control_is_locked_with_vmx_off)
{
	for (int cpu = 0; cpu < get_nprocs_conf(); cpu++) {
		struct vsm_probe_msr msr = { .msr = MSR_IA32_FEAT_CTL };

		if (!run_on(cpu))
			continue;
		ASSERT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_MSR, &msr));
		EXPECT_EQ(0, msr.trapped);
		EXPECT_EQ(FEAT_CTL_LOCKED,
			  msr.value & (FEAT_CTL_LOCKED | FEAT_CTL_VMX |
				       FEAT_CTL_SENTER))
			TH_LOG("CPU %d", cpu);
		/* Locked: not even the same value can be written. */
		msr.write = 1;
		ASSERT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_MSR, &msr));
		EXPECT_EQ(1, msr.trapped);
	}
}

TEST_F(nested, capability_msrs_fault)
{
	for (__u32 i = MSR_VMX_FIRST; i <= MSR_VMX_LAST; i++) {
		struct vsm_probe_msr msr = { .msr = i };

		ASSERT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_MSR, &msr));
		EXPECT_EQ(1, msr.trapped) TH_LOG("RDMSR 0x%x", i);
		msr.write = 1;
		msr.value = 0;
		ASSERT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_MSR, &msr));
		EXPECT_EQ(1, msr.trapped) TH_LOG("WRMSR 0x%x", i);
	}
}

static __u64 read_cr4(struct __test_metadata *_metadata, int fd)
{
	struct vsm_probe_insn req = { .insn = VSM_PROBE_INSN_read_cr4 };

	ASSERT_EQ(0, ioctl(fd, VSM_PROBE_IOC_INSN, &req));
	EXPECT_EQ(VSM_PROBE_NO_FAULT, req.vector);
	return req.gpr[RSI];
}

TEST_F(nested, cr4_bits_are_reserved)
{
	static const __u64 bits[] = { CR4_VMXE, CR4_SMXE, CR4_VMXE | CR4_SMXE };

	for (int cpu = 0; cpu < get_nprocs_conf(); cpu++) {
		__u64 cr4;

		if (!run_on(cpu))
			continue;
		cr4 = read_cr4(_metadata, self->fd);
		EXPECT_EQ(0, cr4 & (CR4_VMXE | CR4_SMXE));
		for (int i = 0; i < 3; i++) {
			struct vsm_probe_insn req = {
				.insn = VSM_PROBE_INSN_write_cr4,
				.gpr[RSI] = cr4 | bits[i],
			};

			ASSERT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_INSN, &req));
			EXPECT_EQ(VECTOR_GP, req.vector);
			EXPECT_EQ(cr4, read_cr4(_metadata, self->fd));
		}
	}
}

TEST_F(nested, instructions_are_undefined)
{
	static const __u32 insns[] = {
		VSM_PROBE_INSN_vmxon, VSM_PROBE_INSN_vmxoff,
		VSM_PROBE_INSN_vmclear, VSM_PROBE_INSN_vmptrld,
		VSM_PROBE_INSN_vmptrst, VSM_PROBE_INSN_vmread,
		VSM_PROBE_INSN_vmwrite, VSM_PROBE_INSN_vmlaunch,
		VSM_PROBE_INSN_vmresume, VSM_PROBE_INSN_invept,
		VSM_PROBE_INSN_invvpid, VSM_PROBE_INSN_vmfunc,
		VSM_PROBE_INSN_getsec,
	};

	for (int cpu = 0; cpu < get_nprocs_conf(); cpu++) {
		if (!run_on(cpu))
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(insns); i++) {
			struct vsm_probe_insn req = {
				.insn = insns[i], .gpr[RDI] = self->va,
			};

			ASSERT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_INSN, &req));
			EXPECT_EQ(VECTOR_UD, req.vector)
				TH_LOG("instruction %u on CPU %d", insns[i], cpu);
		}
	}
}

TEST_HARNESS_MAIN
