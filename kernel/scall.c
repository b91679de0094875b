// SPDX-License-Identifier: GPL-2.0
/*
 * One secure call from beginning to end: enter VTL1, let Linux run when it was
 * preempted, go on.  Must never drop a secure thread that has not returned: it
 * holds VTL1's memory.
 */
#include "machine.h"

#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#define MUST_TRIES	150
#define MUST_WAIT_MS	20

static const struct {
	int err;
	const char *name;
} statuses[] = {
	[VSM_S_OK] = { 0, "ok" },
	[VSM_S_PREEMPTED] = { -EAGAIN, "preempted" },
	[VSM_S_INVALID_CALL] = { -EOPNOTSUPP, "invalid call" },
	[VSM_S_INVALID_PARAMETER] = { -EINVAL, "invalid parameter" },
	[VSM_S_INVALID_ADDRESS] = { -EFAULT, "invalid address" },
	[VSM_S_NO_MEMORY] = { -ENOMEM, "no memory" },
	[VSM_S_NOT_FOUND] = { -ENOENT, "not found" },
	[VSM_S_BUSY] = { -EBUSY, "busy" },
	[VSM_S_DENIED] = { -EACCES, "denied by policy" },
	[VSM_S_KILLED] = { -EINTR, "killed" },
	[VSM_S_NOT_SIGNED] = { -ENODATA, "not signed" },
	[VSM_S_BAD_FORMAT] = { -EBADMSG, "malformed" },
	[VSM_S_BAD_SIGNATURE] = { -EKEYREJECTED, "bad signature" },
	[VSM_S_BAD_CERTIFICATE] = { -EKEYREJECTED, "bad certificate" },
	[VSM_S_EXPIRED] = { -EKEYEXPIRED, "certificate expired" },
	[VSM_S_BAD_EKU] = { -EKEYREJECTED, "extended key usage missing" },
	[VSM_S_BAD_IMAGE] = { -ENOEXEC, "bad image" },
	[VSM_S_REVOKED] = { -EKEYREVOKED, "revoked" },
	[VSM_S_BAD_SVN] = { -ESTALE, "version too low" },
	[VSM_S_FAULT] = { -EIO, "trustlet faulted" },
	[VSM_S_TOO_LARGE] = { -E2BIG, "too large" },
	[VSM_S_NOT_READY] = { -ENODEV, "not ready" },
	[VSM_S_LOCKED] = { -EACCES, "looser than what is locked" },
	[VSM_S_NO_MBEC] = { -EOPNOTSUPP, "policy wants MBEC" },
	[VSM_S_NOT_PREPARED] = { -ENOKEY, "class user is not prepared" },
};

static_assert(ARRAY_SIZE(statuses) == VSM_S_MAX);

int vsm_scall_errno(u64 status)
{
	return status < VSM_S_MAX ? statuses[status].err : -EPROTO;
}

const char *vsm_scall_name(u64 status)
{
	return status < VSM_S_MAX ? statuses[status].name : "unknown status";
}

/* The thread ends at its next user-mode boundary; it still must be resumed. */
static void kill_thread(u64 token)
{
	struct vsm_scall sc = { .fn = VSM_SC_KILL, .arg = { token } };

	vsm_vtl_call(&sc);
}

/*
 * Returns 0 with sc->status and sc->ret set, -ENODEV without a VTL1, -EINTR
 * when @killable and the caller was killed: then nothing of the call is left.
 */
int vsm_scall(struct vsm_scall *sc, bool killable)
{
	struct vsm_scall step = *sc;
	bool killed = false;
	int ret;

	might_sleep();
	for (;;) {
		ret = vsm_vtl_call(&step);
		if (ret || step.status != VSM_S_PREEMPTED)
			break;
		cond_resched();
		if (killable && !killed && fatal_signal_pending(current)) {
			killed = true;
			kill_thread(step.ret[0]);
		}
		step = (struct vsm_scall) {
			.fn = VSM_SC_RESUME, .arg = { step.ret[0] },
		};
	}
	sc->status = step.status;
	memcpy(sc->ret, step.ret, sizeof(sc->ret));
	if (!ret && killed && sc->status == VSM_S_KILLED)
		ret = -EINTR;
	return ret;
}

/**
 * vsm_scall_must - a secure call that Linux cannot do without
 * @sc: as of vsm_scall()
 *
 * Processes may have taken all threads of the secure kernel: waits for one.
 * Return: as vsm_scall(); with VSM_S_BUSY when none came.
 */
int vsm_scall_must(struct vsm_scall *sc)
{
	unsigned int i;
	int ret;

	for (i = 0; i < MUST_TRIES; i++) {
		ret = vsm_scall(sc, false);
		if (ret || sc->status != VSM_S_BUSY)
			break;
		msleep(MUST_WAIT_MS);
	}
	return ret;
}
