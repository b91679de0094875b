// SPDX-License-Identifier: GPL-2.0
/*
 * What VTL0's kernel decided once when it started, by the names that its file
 * gives.  Must never pass on a value that could make text legal which the file
 * does not have.
 *
 * Source: arch/x86/kernel/cpu/common.c, bugs.c and alternative.c of Linux;
 * certs/system_certificates.S.
 */
#include "code.h"
#include "code_variable.h"

static const char * const names[VARIABLES] = {
	[V_CPU] = "boot_cpu_data",
	[V_THUNK] = "x86_return_thunk",
	[V_UP] = "uniproc_patched",
	[V_HASH] = "dentry_hashtable",
	[V_SHIFT] = "d_hash_shift",
	[V_USER] = "USER_PTR_MAX",
	[V_CERT] = "system_certificate_list",
	[V_CERT_SIZE] = "system_certificate_list_size",
	[V_CALLER] = "ftrace_caller",
	[V_REGS_CALLER] = "ftrace_regs_caller",
	[V_THUNK_RETBLEED] = "retbleed_return_thunk",
	[V_THUNK_SRSO] = "srso_return_thunk",
	[V_THUNK_ALIAS] = "srso_alias_return_thunk",
	[V_THUNK_DEPTH] = "call_depth_return_thunk",
	[V_THUNK_ITS] = "its_return_thunk",
	[V_THUNK_PLAIN] = "__x86_return_thunk",
	[V_DETOUR] = "optprobe_template_entry",
	[V_DETOUR_CLAC] = "optprobe_template_clac",
	[V_DETOUR_VAL] = "optprobe_template_val",
	[V_DETOUR_CALL] = "optprobe_template_call",
	[V_DETOUR_END] = "optprobe_template_end",
	[V_DETOUR_CALLBACK] = "optimized_callback",
	[V_CALLER_OP] = "ftrace_caller_op_ptr",
	[V_CALLER_END] = "ftrace_caller_end",
	[V_REGS_CALLER_OP] = "ftrace_regs_caller_op_ptr",
	[V_REGS_CALLER_DIRECT] = "ftrace_regs_caller_jmp",
	[V_REGS_CALLER_END] = "ftrace_regs_caller_end",
};

/* Written by the one thread that verifies. */
static u64 where[VARIABLES];

static enum ci_error note(void *ctx, const char *name, u64 va)
{
	const u64 *delta = ctx;
	u32 i;

	for (i = 0; i < VARIABLES; i++)
		if (name[0] == names[i][0] && !strcmp(name, names[i]))
			where[i] = va + *delta;
	return CI_OK;
}

enum ci_error code_variables_find(struct ci_vmlinux *vmlinux, u64 delta)
{
	enum ci_error err;
	u32 i;

	memset(where, 0, sizeof(where));
	err = ci_kallsyms_walk(vmlinux, note, &delta);
	for (i = 0; i < V_NEEDED && !err; i++)
		if (!where[i])
			err = CI_KALLSYMS_SYMBOL;
	return err;
}

u64 code_variable(enum code_variable var)
{
	return where[var];
}

enum ci_error code_variable_read(u64 cr3, enum code_variable var, u64 off,
				 void *buf, u64 len)
{
	return code_read_va(cr3, where[var] + off, buf, len) ? CI_OK :
							       CI_LIVE_READ;
}

/* Nothing but one of Linux's own. */
bool code_variable_is_thunk(u64 va)
{
	u32 i;

	for (i = V_THUNK_FIRST; i < V_THUNK_END; i++)
		if (where[i] && where[i] == va)
			return true;
	return false;
}

/*
 * A limit of user addresses that is none would open the kernel's to system
 * calls; the other two are data.
 */
enum ci_error code_constants_read(u64 cr3, u64 constant[CODE_CONSTANTS])
{
	enum ci_error err = CI_OK;
	u32 i;

	for (i = 0; i < CODE_CONSTANTS && !err; i++)
		err = code_variable_read(cr3, V_HASH + i, 0, &constant[i],
					 i == V_SHIFT - V_HASH ? sizeof(u32) :
								 sizeof(u64));
	if (!err && (constant[V_USER - V_HASH] >> 63 ||
		     constant[V_SHIFT - V_HASH] > 63))
		err = CI_CONSTANT;
	return err;
}

enum ci_error code_constant(const u64 constant[CODE_CONSTANTS],
			    const char *name, u64 *ret_value)
{
	u32 i;

	for (i = 0; i < CODE_CONSTANTS; i++)
		if (!strcmp(name, names[V_HASH + i])) {
			*ret_value = constant[i];
			return CI_OK;
		}
	return CI_CONSTANT;
}
