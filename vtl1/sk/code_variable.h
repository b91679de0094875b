/* SPDX-License-Identifier: GPL-2.0 */
/* Variables and functions of VTL0's kernel that are needed by name. */
#ifndef _VSM_SK_CODE_VARIABLE_H
#define _VSM_SK_CODE_VARIABLE_H

#include "../ci/vmlinux.h"
#include "sk.h"

/* Beside what the library needs. */
enum code_variable {
	V_CPU, V_THUNK, V_UP, V_HASH, V_SHIFT, V_USER, V_CERT, V_CERT_SIZE,
	V_CALLER, V_REGS_CALLER,
	V_THUNK_FIRST, V_NEEDED = V_THUNK_FIRST,
	/* Any return thunk there may be. */
	V_THUNK_RETBLEED = V_THUNK_FIRST, V_THUNK_SRSO, V_THUNK_ALIAS,
	V_THUNK_DEPTH, V_THUNK_ITS, V_THUNK_PLAIN, V_THUNK_END,
	/* What Linux makes detours of for kernel probes, if it does. */
	V_DETOUR = V_THUNK_END, V_DETOUR_CLAC, V_DETOUR_VAL, V_DETOUR_CALL,
	V_DETOUR_END, V_DETOUR_CALLBACK,
	/* Parts of the tracer's entries; without, no trampoline is known. */
	V_CALLER_OP, V_CALLER_END, V_REGS_CALLER_OP,
	V_REGS_CALLER_DIRECT, V_REGS_CALLER_END,
	VARIABLES
};

#define CODE_CONSTANTS	(V_USER - V_HASH + 1)

/* By the one thread that verifies the kernel, which runs @delta from linked. */
enum ci_error code_variables_find(struct ci_vmlinux *vmlinux, u64 delta);

/* Where it is as the kernel runs; 0: there is none. */
u64 code_variable(enum code_variable var);

/* What the running kernel has there, from @off on. */
enum ci_error code_variable_read(u64 cr3, enum code_variable var, u64 off,
				 void *buf, u64 len);

bool code_variable_is_thunk(u64 va);

/* The runtime constants, once; and one of these by the variable's name. */
enum ci_error code_constants_read(u64 cr3, u64 constant[CODE_CONSTANTS]);
enum ci_error code_constant(const u64 constant[CODE_CONSTANTS],
			    const char *name, u64 *ret_value);

#endif /* _VSM_SK_CODE_VARIABLE_H */
