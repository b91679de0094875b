// SPDX-License-Identifier: GPL-2.0
/*
 * What Linux does to its own code, in pieces: modules, static keys, tracers,
 * probes, programs of the BPF JIT.  Must never measure what did not happen.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "workload.h"

#define TRACE	"/sys/kernel/tracing/"
#define KEY	"/proc/sys/kernel/sched_schedstats"
#define PROGRAM_LEN	2

static const char *path, *name;		/* of the module */
static int program = -1;

/* In place of all that the file had. */
static void put(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail(file);
	close(fd);
}

static void load(unsigned int ops)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	(void)ops;
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		fail(path);
	close(fd);
}

static void unload(unsigned int ops)
{
	(void)ops;
	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		fail(name);
}

static void key_on(unsigned int ops)
{
	(void)ops;
	put(KEY, "1");
}

static void key_off(unsigned int ops)
{
	(void)ops;
	put(KEY, "0");
}

static void trace_on(unsigned int ops)
{
	(void)ops;
	put(TRACE "current_tracer", "function");
}

static void trace_off(unsigned int ops)
{
	(void)ops;
	put(TRACE "current_tracer", "nop");
}

static void probe_on(unsigned int ops)
{
	(void)ops;
	put(TRACE "kprobe_events", "p:bench/bench vfs_fsync");
	put(TRACE "events/bench/bench/enable", "1");
}

static void probe_off(unsigned int ops)
{
	(void)ops;
	put(TRACE "events/bench/bench/enable", "0");
	put(TRACE "kprobe_events", "");
}

/* r0 = 0; exit */
static void program_on(unsigned int ops)
{
	static const struct bpf_insn code[PROGRAM_LEN] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)code,
		.insn_cnt = PROGRAM_LEN,
		.license = (uintptr_t)"GPL",
	};

	(void)ops;
	program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (program < 0)
		fail("BPF_PROG_LOAD");
}

static void program_off(unsigned int ops)
{
	(void)ops;
	close(program);
}

static void both(const char *what, const char *label, work_fn *on, work_fn *off)
{
	char text[80];

	snprintf(text, sizeof(text), "%s: on", label);
	measure(what, text, 1, on);
	snprintf(text, sizeof(text), "%s: off", label);
	measure(what, text, 1, off);
}

void run_code(const char *what, const char *file, const char *module)
{
	path = file;
	name = module;
	both(what, "module", load, unload);
	both(what, "static key", key_on, key_off);
	put(TRACE "set_ftrace_filter", "vfs_fsync");
	both(what, "tracer, one function", trace_on, trace_off);
	put(TRACE "set_ftrace_filter", "");
	both(what, "tracer, all functions", trace_on, trace_off);
	both(what, "kprobe", probe_on, probe_off);
	both(what, "BPF program", program_on, program_off);
}
