// SPDX-License-Identifier: GPL-2.0
/*
 * The least that can be executed.  Must never need a C library: one executes
 * CPUID when it starts.
 */
#include <sys/syscall.h>

_Noreturn void _start(void);

_Noreturn void _start(void)
{
	asm volatile("syscall" : : "a" (SYS_exit_group), "D" (0));
	__builtin_unreachable();
}
