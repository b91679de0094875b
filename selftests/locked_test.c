// SPDX-License-Identifier: GPL-2.0
/*
 * After the lock (insmod vsm.ko lock=1) the calls of the early phase do not
 * exist.  Must never run on a machine that is not locked: release would work.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../uapi/linux/vsm.h"
#include "../uapi/vsm/hvcall.h"
#include "../uapi/vsm/vtl.h"
#include "kselftest_harness.h"
#include "probe_open.h"

FIXTURE(locked) {
	int fd;
	bool loaded;
};

static bool get_state(__u32 *ret)
{
	struct vsm_info info;
	int vsm = open("/dev/vsm", O_RDWR);
	bool ok = vsm >= 0 && !ioctl(vsm, VSM_IOC_INFO, &info);

	close(vsm);
	*ret = info.state;
	return ok;
}

FIXTURE_SETUP(locked)
{
	__u32 state;

	if (!get_state(&state))
		SKIP(return, "/dev/vsm: %s", strerror(errno));
	if (!(state & VSM_STATE_LOCKED))
		SKIP(return, "not locked: load vsm.ko with lock=1");
	self->fd = probe_open(&self->loaded);
	if (self->fd < 0)
		SKIP(return, PROBE_DEVICE ": %s (no " PROBE_MODULE ".ko here)",
		     strerror(errno));
}

FIXTURE_TEARDOWN(locked)
{
	probe_close(self->fd, self->loaded);
}

static __u64 issue(struct _test_data_locked *self, __u64 control)
{
	struct vsm_probe_hypercall call = { .control = control };

	if (ioctl(self->fd, VSM_PROBE_IOC_HYPERCALL, &call) || call.trapped)
		return -1;
	return call.rax;
}

static void check_gone(struct __test_metadata *_metadata,
		       struct _test_data_locked *self, __u16 code)
{
	__u32 state;

	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_CODE, issue(self, code));
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_CODE,
		  issue(self, code | HV_HYPERCALL_FAST));
	/* As for any code that there is not: before all other checks. */
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_CODE,
		  issue(self, code | HV_HYPERCALL_NESTED));
	ASSERT_TRUE(get_state(&state));
	EXPECT_TRUE(state & VSM_STATE_LOCKED);
	EXPECT_TRUE(state & VSM_STATE_VTL1);
}

TEST_F(locked, release)
{
	check_gone(_metadata, self, HVCALL_VSM_RELEASE);
}

TEST_F(locked, lock)
{
	check_gone(_metadata, self, HVCALL_VSM_LOCK);
}

/* The page that the hypervisor shows could come in the place of code. */
TEST_F(locked, hypercall_page)
{
	struct vsm_probe_msr req = { .msr = HV_X64_MSR_HYPERCALL };
	__u64 before;

	ASSERT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_MSR, &req));
	ASSERT_EQ(0, req.trapped);
	before = req.value;
	EXPECT_TRUE(before & HV_MSR_ENABLE);
	EXPECT_TRUE(before & HV_MSR_HYPERCALL_LOCKED);
	req.write = 1;
	req.value = (before ^ 0x1000) & ~HV_MSR_HYPERCALL_LOCKED;
	ASSERT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_MSR, &req));
	EXPECT_EQ(0, req.trapped);
	req.write = 0;
	ASSERT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_MSR, &req));
	EXPECT_EQ(before, req.value);
}

TEST_HARNESS_MAIN
