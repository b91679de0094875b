// SPDX-License-Identifier: GPL-2.0
/*
 * Debug exceptions and alignment checks, as a process and its debugger see
 * them: the cause, the address, once each.  The hypervisor gets them first and
 * hands them on.  Runs with and without it.  Source: SDM, "Debug Registers",
 * "Interrupt 17: Alignment Check Exception".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "kselftest_harness.h"

#define FLAGS_TF	0x100L
#define FLAGS_AC	0x40000L
#define DR7_LOCAL(n)	(1UL << (2 * (n)))
#define DR7_WRITE(n)	(1UL << (16 + 4 * (n)))
#define DR7_ACCESS(n)	(3UL << (16 + 4 * (n)))
#define DR7_LEN4(n)	(3UL << (18 + 4 * (n)))
#define DR6_STEP	0x4000UL
#define DR6_CAUSES	0xe00fUL
#define MAX_TRAPS	16

static volatile unsigned int nr_traps;
static struct {
	long ip;
	int code;
	long flags;
} traps[MAX_TRAPS];

static void on_trap(int sig, siginfo_t *info, void *arg)
{
	ucontext_t *uc = arg;

	if (nr_traps < MAX_TRAPS) {
		traps[nr_traps].ip = uc->uc_mcontext.gregs[REG_RIP];
		traps[nr_traps].code = info->si_code;
		traps[nr_traps].flags = uc->uc_mcontext.gregs[REG_EFL];
	}
	nr_traps++;
	/* A misaligned access is not tried again. */
	if (sig == SIGBUS)
		uc->uc_mcontext.gregs[REG_EFL] &= ~FLAGS_AC;
}

static void catch(int sig)
{
	struct sigaction sa = {
		.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO,
	};

	sigaction(sig, &sa, NULL);
	nr_traps = 0;
}

/* TF set by POPF traps after the next instruction, then after each. */
TEST(single_step)
{
	extern const char step_1[], step_2[], step_3[], step_4[];
	const char *const at[] = { step_1, step_2, step_3, step_4 };
	unsigned int i;

	catch(SIGTRAP);
	asm volatile("sub $128, %%rsp\n\t"
		     "pushfq\n\t"
		     "orq %0, (%%rsp)\n\t"
		     "popfq\n\t"
		     "nop\n"
		     "step_1: mov %%rsp, %%rax\n"
		     "step_2: pushfq\n"
		     "step_3: andq %1, (%%rsp)\n"
		     "step_4: popfq\n\t"
		     "add $128, %%rsp"
		     : : "i" (FLAGS_TF), "i" (~FLAGS_TF) : "rax", "memory", "cc");
	/* After the POPF that clears it, there is one more. */
	ASSERT_EQ(5, nr_traps);
	for (i = 0; i < 4; i++) {
		EXPECT_EQ((long)at[i], traps[i].ip) TH_LOG("step %u", i);
		EXPECT_EQ(TRAP_TRACE, traps[i].code);
	}
}

/* No step between MOV SS and what follows it. */
TEST(step_over_mov_ss)
{
	extern const char ss_1[], ss_2[];

	catch(SIGTRAP);
	asm volatile("sub $128, %%rsp\n\t"
		     "mov %%ss, %%ecx\n\t"
		     "pushfq\n\t"
		     "mov (%%rsp), %%rdx\n\t"
		     "orq %0, (%%rsp)\n\t"
		     "popfq\n\t"
		     "mov %%ecx, %%ss\n\t"
		     "nop\n"
		     "ss_1: push %%rdx\n"
		     "ss_2: popfq\n\t"
		     "add $128, %%rsp"
		     : : "i" (FLAGS_TF) : "rcx", "rdx", "memory", "cc");
	ASSERT_EQ(3, nr_traps);
	EXPECT_EQ((long)ss_1, traps[0].ip);
	EXPECT_EQ((long)ss_2, traps[1].ip);
	EXPECT_EQ(TRAP_TRACE, traps[0].code);
}

TEST(int1)
{
	extern const char after_int1[];

	catch(SIGTRAP);
	asm volatile(".byte 0xf1\n"
		     "after_int1:" : : : "memory");
	ASSERT_EQ(1, nr_traps);
	EXPECT_EQ((long)after_int1, traps[0].ip);
	EXPECT_EQ(TRAP_BRKPT, traps[0].code);
	/* Stepped over, it traps once, as itself. */
	catch(SIGTRAP);
	asm volatile("sub $128, %%rsp\n\t"
		     "pushfq\n\t"
		     "mov (%%rsp), %%rdx\n\t"
		     "orq %0, (%%rsp)\n\t"
		     "popfq\n\t"
		     ".byte 0xf1\n\t"
		     "push %%rdx\n\t"
		     "popfq\n\t"
		     "add $128, %%rsp"
		     : : "i" (FLAGS_TF) : "rdx", "memory", "cc");
	EXPECT_EQ(3, nr_traps);
}

/* At CPL 3, and only with EFLAGS.AC. */
TEST(alignment)
{
	extern const char misaligned[];
	char buf[16] __attribute__((aligned(16))) = "0123456789abcde";
	unsigned int i, val;

	catch(SIGBUS);
	for (i = 0; i < 4; i++) {
		asm volatile("sub $128, %%rsp\n\t"
			     "pushfq\n\t"
			     "orq %2, (%%rsp)\n\t"
			     "popfq\n"
			     "misaligned%=: mov (%1), %0\n\t"
			     ".ifndef misaligned\n\t"
			     ".set misaligned, misaligned%=\n\t"
			     ".endif\n\t"
			     "pushfq\n\t"
			     "andq %3, (%%rsp)\n\t"
			     "popfq\n\t"
			     "add $128, %%rsp"
			     : "=&r" (val) : "r" (buf + i), "i" (FLAGS_AC),
			       "i" (~FLAGS_AC) : "memory", "cc");
		EXPECT_EQ(0, memcmp(&val, buf + i, 4));
		ASSERT_EQ(i, nr_traps);
	}
	for (i = 0; i < 3; i++) {
		EXPECT_EQ((long)misaligned, traps[i].ip);
		EXPECT_EQ(BUS_ADRALN, traps[i].code);
		EXPECT_TRUE(traps[i].flags & FLAGS_AC);
	}
}

/* --- a process under a debugger --------------------------------------------- */

static volatile int watched, other;

static __attribute__((noinline)) void work(void)
{
	asm volatile(".globl work_write, work_written, work_read\n\t"
		     ".globl work_load\n"
		     "work_write: movl $1, %0\n"
		     "work_written: movl $2, %1\n\t"
		     "mov %%ss, %0\n"
		     "work_load: mov %0, %%ss\n"
		     "nop\n"
		     "work_read: nop"
		     : "+m" (watched), "+m" (other) : : "memory");
}

extern const char work_write[], work_written[], work_read[];
extern const char work_load[];

static pid_t start_tracee(struct __test_metadata *_metadata)
{
	pid_t pid = fork();
	int status;

	ASSERT_LE(0, pid);
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		work();
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	return pid;
}

static void set_dr(struct __test_metadata *_metadata, pid_t pid,
		   unsigned int n, unsigned long val)
{
	ASSERT_EQ(0, ptrace(PTRACE_POKEUSER, pid,
			    offsetof(struct user, u_debugreg[n]), val))
		TH_LOG("DR%u: %s", n, strerror(errno));
}

static unsigned long get_dr6(pid_t pid)
{
	return ptrace(PTRACE_PEEKUSER, pid,
		      offsetof(struct user, u_debugreg[6]), 0);
}

/* Runs until the next trap: where it is and why. */
static void expect_trap(struct __test_metadata *_metadata, pid_t pid,
			enum __ptrace_request how, const char *ip,
			unsigned long dr6)
{
	struct user_regs_struct regs;
	int status;

	ASSERT_EQ(0, ptrace(how, pid, NULL, NULL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTRAP)
		TH_LOG("status %x", status);
	ASSERT_EQ(0, ptrace(PTRACE_GETREGS, pid, NULL, &regs));
	EXPECT_EQ((unsigned long)ip, regs.rip);
	EXPECT_EQ(dr6, get_dr6(pid) & DR6_CAUSES);
	set_dr(_metadata, pid, 6, 0);
}

static void expect_exit(struct __test_metadata *_metadata, pid_t pid)
{
	int status;

	ASSERT_EQ(0, ptrace(PTRACE_CONT, pid, NULL, NULL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status) && !WEXITSTATUS(status))
		TH_LOG("status %x", status);
}

/* Data: after the instruction.  Instructions: before it, once. */
TEST(watchpoints)
{
	pid_t pid = start_tracee(_metadata);

	set_dr(_metadata, pid, 0, (unsigned long)&watched);
	set_dr(_metadata, pid, 1, (unsigned long)work_write);
	set_dr(_metadata, pid, 2, (unsigned long)work_read);
	set_dr(_metadata, pid, 7, DR7_LOCAL(0) | DR7_WRITE(0) | DR7_LEN4(0) |
				  DR7_LOCAL(1) | DR7_LOCAL(2));
	expect_trap(_metadata, pid, PTRACE_CONT, work_write, 2);
	expect_trap(_metadata, pid, PTRACE_CONT, work_written, 1);
	set_dr(_metadata, pid, 7, DR7_LOCAL(2));
	expect_trap(_metadata, pid, PTRACE_CONT, work_read, 4);
	expect_exit(_metadata, pid);
}

/* A data breakpoint of MOV SS comes after the next instruction. */
TEST(watched_mov_ss)
{
	pid_t pid = start_tracee(_metadata);

	set_dr(_metadata, pid, 1, (unsigned long)work_written);
	set_dr(_metadata, pid, 7, DR7_LOCAL(1));
	expect_trap(_metadata, pid, PTRACE_CONT, work_written, 2);
	expect_trap(_metadata, pid, PTRACE_SINGLESTEP, work_written + 10,
		    DR6_STEP);
	expect_trap(_metadata, pid, PTRACE_SINGLESTEP, work_load, DR6_STEP);
	set_dr(_metadata, pid, 0, (unsigned long)&watched & ~3UL);
	set_dr(_metadata, pid, 7, DR7_LOCAL(0) | DR7_ACCESS(0) | DR7_LEN4(0));
	expect_trap(_metadata, pid, PTRACE_CONT, work_read, 1);
	expect_exit(_metadata, pid);
}

/* Every instruction of it, and both causes at once. */
TEST(step_onto_watchpoint)
{
	pid_t pid = start_tracee(_metadata);

	set_dr(_metadata, pid, 1, (unsigned long)work_write);
	set_dr(_metadata, pid, 7, DR7_LOCAL(1));
	expect_trap(_metadata, pid, PTRACE_CONT, work_write, 2);
	set_dr(_metadata, pid, 0, (unsigned long)&watched);
	set_dr(_metadata, pid, 7, DR7_LOCAL(0) | DR7_WRITE(0) | DR7_LEN4(0));
	expect_trap(_metadata, pid, PTRACE_SINGLESTEP, work_written,
		    DR6_STEP | 1);
	set_dr(_metadata, pid, 7, 0);
	expect_exit(_metadata, pid);
}

TEST_HARNESS_MAIN
