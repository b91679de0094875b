/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Trustlet ABI (trustlet -> secure kernel): metadata and syscalls.
 *
 * A trustlet is a static ELF64 (ET_EXEC, no interpreter, no relocation), whose
 * PT_NOTE carries one note "VSM", type VSM_TRUSTLET_NOTE, with the metadata.
 * It is the payload of a signed object (signed.h).
 *
 * Syscall: INT VSM_TRUSTLET_VECTOR with RAX = number, RDI, RSI, RDX, R10 =
 * arguments; RAX = VSM_S_* or, where stated, a value.  Other registers are
 * preserved.  SSE and x87 are not available to trustlets in this version:
 * compile with -mgeneral-regs-only.
 */
#ifndef _VSM_TRUSTLET_H
#define _VSM_TRUSTLET_H

#include <linux/types.h>

#define VSM_TRUSTLET_NOTE_NAME	"VSM"
#define VSM_TRUSTLET_NOTE	0x5453	/* "ST" */
#define VSM_TRUSTLET_VECTOR	0x80

#define VSM_TRUSTLET_ABI	1

#define VSM_TRUSTLET_FLAG_DEBUG	(1U << 0)	/* its log lines reach the console */
#define VSM_TRUSTLET_FLAGS	VSM_TRUSTLET_FLAG_DEBUG

/* Descriptor of the note. */
struct vsm_trustlet_metadata {
	__u32 abi;		/* VSM_TRUSTLET_ABI */
	__u32 svn;		/* security version number */
	__u8 uuid[16];		/* identity */
	__u8 name[32];		/* NUL terminated, printable */
	__u32 flags;		/* VSM_TRUSTLET_FLAG_* */
	__u32 stack_size;	/* bytes, page multiple, 4 KiB..1 MiB */
	__u32 heap_size;	/* bytes, page multiple, 0..16 MiB; zeroed, its address in
				 * VSM_TRUSTLET_HEAP
				 */
	__u32 rsvd;		/* MBZ */
};

/* Where things are in a trustlet's address space. */
#define VSM_TRUSTLET_IMAGE_MIN	0x0000000000400000ULL
#define VSM_TRUSTLET_IMAGE_MAX	0x0000000040000000ULL
#define VSM_TRUSTLET_HEAP	0x0000000040000000ULL
#define VSM_TRUSTLET_MSG	0x0000000060000000ULL	/* message buffer, 64 KiB */
#define VSM_TRUSTLET_MSG_SIZE	65536
#define VSM_TRUSTLET_STACK_TOP	0x0000000080000000ULL	/* grows down */

/*
 * Entry: at creation the ELF entry point runs with RDI = 0 and ends with
 * VSM_SYS_RETURN; then, for each client call, it runs again on a fresh stack
 * with RDI = 1, RSI = bytes of message in VSM_TRUSTLET_MSG, RDX = room for the
 * answer there.  Data persists between calls.
 */
#define VSM_TRUSTLET_ENTRY_INIT	0
#define VSM_TRUSTLET_ENTRY_CALL	1

/* Syscalls. */
#define VSM_SYS_RETURN		0	/* RDI = result (s64), RSI = bytes of answer;
					 * does not return
					 */
#define VSM_SYS_LOG		1	/* RDI = text, RSI = bytes (<= 256) */
#define VSM_SYS_RANDOM		2	/* RDI = buffer, RSI = bytes (<= 4096) */
#define VSM_SYS_IDENTITY	3	/* RDI = struct vsm_trustlet_identity to fill */
#define VSM_SYS_TIME		4	/* value: seconds since 1970 as sk counts */
#define VSM_SYS_MAX		5

#endif /* _VSM_TRUSTLET_H */
