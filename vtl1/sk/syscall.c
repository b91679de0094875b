// SPDX-License-Identifier: GPL-2.0
/*
 * What a trustlet may ask for (uapi/vsm/trustlet.h).
 * Must never use an address of ring 3 but through its page tables.
 */
#include "trustlet_state.h"

#define LOG_MAX		256
#define RANDOM_MAX	4096
#define RANDOM_STEP	256

static u64 sys_return(struct trustlet *t, const struct trap_regs *r)
{
	if (r->rsi > t->room)
		return VSM_S_TOO_LARGE;
	t->result = r->rdi;
	t->answer = r->rsi;
	irq_disable();
	user_leave(this_thread()->user_sp, VSM_S_OK);
}

static u64 sys_log(struct trustlet *t, const struct trap_regs *r)
{
	char text[LOG_MAX];
	u64 n = r->rsi, i;

	if (n > sizeof(text))
		return VSM_S_TOO_LARGE;
	if (!aspace_read(&t->as, text, r->rdi, n))
		return VSM_S_INVALID_ADDRESS;
	if (!(t->id.flags & VSM_TRUSTLET_FLAG_DEBUG))
		return VSM_S_OK;
	while (n && text[n - 1] == '\n')
		n--;
	for (i = 0; i < n; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			text[i] = '?';
	sk_log("trustlet %s: %.*s", t->id.name, (int)n, text);
	return VSM_S_OK;
}

static u64 sys_random(struct trustlet *t, const struct trap_regs *r)
{
	u8 buf[RANDOM_STEP];
	u64 status = VSM_S_OK, off, n;

	if (r->rsi > RANDOM_MAX)
		return VSM_S_TOO_LARGE;
	for (off = 0; !status && off < r->rsi; off += n) {
		n = MIN(r->rsi - off, sizeof(buf));
		if (!random_get(buf, n))
			status = VSM_S_NOT_READY;
		else if (!aspace_write(&t->as, r->rdi + off, buf, n))
			status = VSM_S_INVALID_ADDRESS;
	}
	memzero_explicit(buf, sizeof(buf));
	return status;
}

static u64 sys_identity(struct trustlet *t, const struct trap_regs *r)
{
	return aspace_write(&t->as, r->rdi, &t->id, sizeof(t->id)) ?
	       VSM_S_OK : VSM_S_INVALID_ADDRESS;
}

static u64 sys_time(struct trustlet *t, const struct trap_regs *r)
{
	(void)t;
	(void)r;
	return sk_time();
}

static u64 (*const syscalls[])(struct trustlet *t, const struct trap_regs *r) = {
	[VSM_SYS_RETURN] = sys_return,
	[VSM_SYS_LOG] = sys_log,
	[VSM_SYS_RANDOM] = sys_random,
	[VSM_SYS_IDENTITY] = sys_identity,
	[VSM_SYS_TIME] = sys_time,
};

static_assert(ARRAY_SIZE(syscalls) == VSM_SYS_MAX, "every syscall");

void trustlet_syscall(void *trustlet, struct trap_regs *regs)
{
	u64 nr = regs->rax;

	if (nr < VSM_SYS_MAX)
		regs->rax = syscalls[index_nospec(nr, VSM_SYS_MAX)](trustlet,
								    regs);
	else
		regs->rax = VSM_S_INVALID_CALL;
}
