// SPDX-License-Identifier: GPL-2.0
/*
 * Gives up what is not needed: all but CAP_SYS_ADMIN, and that is effective
 * only while a policy is handed over.  Must never gain anything.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vsmd.h"

#define ADMIN	(1U << CAP_SYS_ADMIN)

/* Capabilities beyond the 32nd are in the second word; none is wanted. */
static int set_caps(uint32_t effective, uint32_t permitted)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = effective, .permitted = permitted },
	};

	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

static uint32_t permitted_caps(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { 0 };

	if (syscall(SYS_capget, &header, data))
		return 0;
	return data[0].permitted;
}

static int change_user(const char *name)
{
	struct passwd *pw;

	errno = 0;
	pw = getpwnam(name);
	if (!pw)
		return errno ? -errno : -ENOENT;
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) ||
	    initgroups(name, pw->pw_gid) ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid))
		return -errno;
	return 0;
}

/* The bounding set first: dropping from it needs CAP_SETPCAP. */
static void drop_bounding_set(void)
{
	for (unsigned long cap = 0; cap <= 63; cap++) {
		if (cap != CAP_SYS_ADMIN)
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	}
}

int privilege_drop(const char *user)
{
	int ret;

	drop_bounding_set();
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (user) {
		ret = change_user(user);
		if (ret)
			return ret;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return set_caps(0, permitted_caps() & ADMIN);
}

int privilege_raise(void)
{
	uint32_t permitted = permitted_caps() & ADMIN;

	return set_caps(permitted, permitted);
}

void privilege_lower(void)
{
	set_caps(0, permitted_caps() & ADMIN);
}
