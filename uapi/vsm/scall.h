/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Secure calls (driver -> secure kernel), carried in registers by a VTL call.
 *
 * Call:    RDI = VSM_SC_*, RSI, RDX, R8, R9, R10 = arguments 0..4;
 *          RAX, RCX belong to the VTL call sequence.  Interrupts on, the
 *          caller does not migrate between VTL call and VTL return.
 * Return:  RDI = VSM_S_*, RSI, RDX, R8 = results 0..2.  Every other general
 *          register is zero (sk scrubs), so the caller saves its own.
 *
 * Preemption: when an interrupt for VTL0 arrives while VTL1 runs with RFLAGS.IF
 * set, sk parks the running secure thread and returns VSM_S_PREEMPTED with its
 * token in result 0.  The driver lets Linux run and re-enters, on any VP, with
 * VSM_SC_RESUME(token); the final return of the resumed thread is the return
 * of the original call.
 *
 * Bulk data is named by a scatter list, never by a virtual address: struct
 * vsm_sg in VTL0 memory.  sk copies list and data once into its own memory and
 * refuses every page that is not VTL0 RAM.
 */
#ifndef _VSM_SCALL_H
#define _VSM_SCALL_H

#include <linux/types.h>

#include "code.h"
#include "file.h"

#define VSM_SCALL_ABI_VERSION	1

/* Functions; [in] a0..a4, [out] r0..r2. */
#define VSM_SC_INIT		0	/* first call of a VP; VP 0: [in] loader block GPA */
#define VSM_SC_NULL		1	/* does nothing; for measurement.  [in] 0, or
					 * VSM_NULL_TIMED: [out] time stamp counter at
					 * entry and before return, exact from the
					 * second such call in a row on
					 */
#define VSM_SC_VERSION		2	/* [out] ABI version, sk SVN, build flags */
#define VSM_SC_RESUME		3	/* [in] token */
#define VSM_SC_KILL		4	/* [in] token: the thread ends at its next user-mode
					 * boundary with VSM_S_KILLED; still to be resumed
					 */
#define VSM_SC_ENABLE_VP	5	/* [in] VP index: enable VTL1 on a late VP */
#define VSM_SC_LOG_READ		6	/* [in] GPA of a page, bytes <= 4096, position;
					 * [out] bytes copied, next position
					 */
#define VSM_SC_STATUS		7	/* [in] GPA of a page; writes struct vsm_sk_status */
#define VSM_SC_POLICY_LOAD	8	/* [in] sg GPA, bytes; [out] policy version */
#define VSM_SC_TRUSTLET_CREATE	9	/* [in] sg GPA, bytes; [out] handle, status of a
					 * refusal that audit mode let pass
					 */
#define VSM_SC_TRUSTLET_CALL	10	/* [in] handle, sg GPA, bytes in, bytes of room;
					 * message copied in, answer copied out over the
					 * same pages; [out] trustlet's result (s64),
					 * bytes of answer
					 */
#define VSM_SC_TRUSTLET_DESTROY	11	/* [in] handle */
#define VSM_SC_TRUSTLET_INFO	12	/* [in] handle, GPA of a page; writes
					 * struct vsm_trustlet_identity
					 */
#define VSM_SC_SHUTDOWN		13	/* before teardown: scrub every secret; nothing but
					 * VSM_SC_NULL is served afterwards
					 */
#define VSM_SC_EVENTS		14	/* [in] GPA of a page, 0: none any more; from now on
					 * struct vsm_sk_events; GPA of a page with
					 * struct vsm_sk_tasks, 0: none
					 */
#define VSM_SC_CODE_START	15	/* [in] mode, mode of code that VTL0 makes while it
					 * runs, flags; from now on VTL0's kernel
					 * executes what is executable now, and nothing
					 * else (without MBEC, only what is executable
					 * now stays as it is); no CPU of VTL0 may be
					 * about to change its code.  Once on each VP, to
					 * pin its control registers.  [out] pages of
					 * code, on the first
					 */
#define VSM_SC_CODE_ADD		16	/* [in] sg GPA, bytes: pages that are to be code;
					 * address of them, for the event
					 */
#define VSM_SC_CODE_REMOVE	17	/* [in] sg GPA, bytes: code no more; or 0, address
					 * where any part of a verified module begins,
					 * VSM_CODE_REMOVE_*
					 */
#define VSM_SC_CODE_WRITE	18	/* [in] address, bytes <= 4096, GPA of a page that
					 * begins with them, GPA of the second page of
					 * code they go to, GPA of the first.  Or bytes
					 * | VSM_CODE_WRITE_HERE: two words of bytes in
					 * place of the two GPAs in the middle.
					 * Or bytes | VSM_CODE_WRITE_SLOT: in place
					 * of the second GPA, the address whose
					 * instruction they are a slot of.
					 * VSM_S_NOT_FOUND: no code, write directly;
					 * VSM_S_BUSY: a module that is compared, wait
					 */
#define VSM_SC_CODE_STATUS	19	/* [in] GPA of a page; writes struct vsm_code_status */
#define VSM_SC_CODE_KERNEL	20	/* [in] sg GPA (up to VSM_SG_KERNEL_PAGES), bytes:
					 * the unpacked payload of vmlinuz.  Is VTL0's
					 * kernel what it says?  [out] bytes compared,
					 * bytes that are not explained, address of the
					 * first of them; DENIED when there are any and
					 * the mode is to enforce.  No bytes: there is no
					 * file, and what was found is measured.
					 * DENIED after any of these
					 */
#define VSM_SC_EVENTS_READ	21	/* [in] number of the last event that was read */
#define VSM_SC_CODE_FILE	22	/* [in] sg GPA and bytes of a module's signed
					 * content, sg GPA and bytes of its CMS; [out]
					 * ticket.  VSM_S_BUSY: too many of them
					 */
#define VSM_SC_CODE_FILE_DROP	23	/* [in] ticket */
#define VSM_SC_CODE_MODULE	24	/* [in] GPA of a page with struct vsm_code_module:
					 * that memory is what the signed file makes it,
					 * text executes, read-only data is read only;
					 * the ticket is used up.  [out] VSM_RULE_MODULE_*
					 * of a refusal, address of the first difference
					 */
#define VSM_SC_FILE_CHECK	25	/* [in] sg GPA (up to VSM_SG_KERNEL_PAGES) and bytes
					 * <= VSM_FILE_MAX of what is signed, GPA of a
					 * page that begins with its CMS, bytes of that,
					 * GPA of a page for struct vsm_file_answer.  Or
					 * bytes | VSM_FILE_IS_VERITY: what is signed is
					 * struct vsm_file_verity; or bytes |
					 * VSM_FILE_EXECUTE: if it is OK, processes may
					 * execute that content from now on, should
					 * policy ask for it.  OK: a signer of files
					 * whom policy accepts has signed it.  [out] enum
					 * vsm_file_rule of a refusal; the page is written
					 * when there is one, too
					 */
#define VSM_SC_CODE_WRITES	26	/* [in] GPA of a page of struct vsm_code_write,
					 * number of the first one to be done, and of the
					 * one behind the last <= VSM_CODE_WRITES_MAX: each
					 * as VSM_SC_CODE_WRITE, in that order, up to one
					 * that is not OK, whose status is returned.
					 * VSM_S_NOT_FOUND: no verified text, make it a
					 * VSM_SC_CODE_WRITE.  [out] number of the first
					 * one that was not done
					 */
#define VSM_SC_USER_FOUND	27	/* [in] sg GPA, bytes: content of pages that VTL0
					 * maps for its processes and that no file has,
					 * as the vDSO: they may execute it.  DENIED
					 * once code integrity has started
					 */
#define VSM_SC_MAX		28

#define VSM_FILE_IS_VERITY	(1ULL << 63)
#define VSM_FILE_EXECUTE	(1ULL << 62)

#define VSM_CODE_REMOVE_ALL	0		/* the module goes */
#define VSM_CODE_REMOVE_INIT	1		/* it has started: what was for that
						 * goes, and what is read-only after
						 * it cannot be written any more
						 */

#define VSM_CODE_WRITE_HERE	(1ULL << 63)	/* not in a page */
#define VSM_CODE_WRITE_SLOT	(1ULL << 62)	/* within one page, too */
#define VSM_CODE_WRITE_INLINE	16		/* then no more, and within one page */

#define VSM_NULL_TIMED		1

/* Status words of secure calls, normal calls and trustlet syscalls. */
#define VSM_S_OK		0
#define VSM_S_PREEMPTED		1	/* not an error: resume */
#define VSM_S_INVALID_CALL	2	/* unknown function */
#define VSM_S_INVALID_PARAMETER	3
#define VSM_S_INVALID_ADDRESS	4	/* not VTL0 RAM */
#define VSM_S_NO_MEMORY		5
#define VSM_S_NOT_FOUND		6	/* no such handle or token */
#define VSM_S_BUSY		7	/* in use by another VP; try again */
#define VSM_S_DENIED		8	/* policy says no */
#define VSM_S_KILLED		9
#define VSM_S_NOT_SIGNED	10
#define VSM_S_BAD_FORMAT	11	/* truncated or malformed container */
#define VSM_S_BAD_SIGNATURE	12	/* content does not match the signature */
#define VSM_S_BAD_CERTIFICATE	13	/* does not chain to the root */
#define VSM_S_EXPIRED		14	/* certificate outside its validity */
#define VSM_S_BAD_EKU		15	/* extended key usage missing */
#define VSM_S_BAD_IMAGE		16	/* ELF not acceptable */
#define VSM_S_REVOKED		17
#define VSM_S_BAD_SVN		18	/* below the policy's minimum */
#define VSM_S_FAULT		19	/* the trustlet faulted and is gone */
#define VSM_S_TOO_LARGE		20
#define VSM_S_NOT_READY		21	/* not initialised, or shut down */
#define VSM_S_LOCKED		22	/* looser than what is in force, which is locked */
#define VSM_S_NO_MBEC		23	/* policy wants MBEC, and there is none */
#define VSM_S_NOT_PREPARED	24	/* policy gives class user a mode that had none
					 * at the start, or enforces it with no file
					 * accepted
					 */
#define VSM_S_MAX		25

#define VSM_SG_MAX_PAGES	1024	/* 4 MiB a call */
#define VSM_SG_KERNEL_PAGES	32768	/* 128 MiB, of VSM_SC_CODE_KERNEL, _FILE_CHECK */

/*
 * Scatter list: a chain of pages, each holding up to VSM_SG_PER_PAGE page
 * frame numbers.  Data starts at offset 0 of the first page; all pages but the
 * last are full.
 */
#define VSM_SG_PER_PAGE		510
struct vsm_sg {
	__u64 next;		/* GPA of the next list page, 0: last */
	__u32 nr;		/* entries used here, 1..VSM_SG_PER_PAGE */
	__u32 rsvd;		/* MBZ */
	__u64 pfn[VSM_SG_PER_PAGE];
};

/* Some bytes of verified text, and as many as Linux writes at a time. */
struct vsm_code_write {
	__u64 address;
	__u8 len;		/* 1..sizeof(bytes) */
	__u8 bytes[7];
};

#define VSM_CODE_WRITES_MAX	256	/* a page of them */

#define VSM_CODE_FILE_MAX	(40 << 20)	/* bytes of a module's file */
#define VSM_CODE_PARTS		7	/* enum mod_mem_type of Linux */
#define VSM_CODE_ITS_MAX	256

struct vsm_code_module {
	__u64 ticket;
	__u8 name[56];		/* NUL terminated */
	__u32 flags;		/* VSM_CODE_MODULE_* */
	__u32 nr_its;
	__u64 base[VSM_CODE_PARTS];	/* 0: it has no such part */
	__u64 size[VSM_CODE_PARTS];	/* whole pages */
	__u64 percpu;
	__u64 its[VSM_CODE_ITS_MAX];	/* addresses of its pages of ITS thunks */
};

/* It was there before code integrity started; nothing initialises any more. */
#define VSM_CODE_MODULE_LOADED	1

#define VSM_POLICY_NAME_MAX	64

struct vsm_sk_status {
	__u32 abi_version;
	__u32 svn;
	__u32 nr_vps;		/* VPs initialised in VTL1 */
	__u32 nr_trustlets;
	__u32 nr_threads;	/* secure threads in use */
	__u32 policy_version;	/* 0: none loaded */
	__u64 memory_total;	/* bytes of VTL1 memory */
	__u64 memory_free;
	__u64 scalls;		/* secure calls served */
	__u64 preemptions;
	__u8 policy_name[VSM_POLICY_NAME_MAX];	/* NUL terminated */
	__u8 image_sha256[32];
};

struct vsm_trustlet_identity {
	__u8 uuid[16];
	__u32 svn;
	__u32 flags;		/* VSM_TRUSTLET_FLAG_* */
	__u8 name[32];		/* NUL terminated */
	__u8 image_sha256[32];	/* of the signed payload */
	__u8 signer_sha256[32];	/* of the signer's certificate */
};

/* What VTL0 did that the secure kernel refused. */
#define VSM_RULE_VTL1_MEMORY	1	/* access to memory of VTL1 */
#define VSM_RULE_HV_MEMORY	2	/* access to memory of the hypervisor */
#define VSM_RULE_CODE_EXECUTE	3	/* execution of what is not code, in the kernel */
#define VSM_RULE_CODE_WRITE	4	/* write to code */
#define VSM_RULE_CODE_ADD	5	/* new code that nobody has verified */
#define VSM_RULE_CONTROL	6	/* CR0 or CR4 without what code integrity needs */
#define VSM_RULE_CODE_DYNAMIC	7	/* execution of code that VTL0 has just made */
#define VSM_RULE_CODE_BASELINE	8	/* the kernel's text is not that of its file */
#define VSM_RULE_MODULE_SIGNER	9	/* module that nobody signed who may */
#define VSM_RULE_MODULE_REVOKED	10	/* module, or its signer, that is revoked */
#define VSM_RULE_MODULE_FORMAT	11	/* module whose file is not understood */
#define VSM_RULE_MODULE_IMPORT	12	/* module with an import that is not verified */
#define VSM_RULE_MODULE_LAYOUT	13	/* module in memory that its file does not have */
#define VSM_RULE_MODULE_PAGES	14	/* module in pages that are not its own */
#define VSM_RULE_MODULE_CONTENT	15	/* module in memory that differs from its file */
#define VSM_RULE_RODATA_WRITE	16	/* write to read-only data */
#define VSM_RULE_USER_EXECUTE	17	/* a process executes what no accepted file has */
#define VSM_RULE_USER_WRITE	18	/* an instruction of a process writes to its own page */
#define VSM_RULE_MAX		19

#define VSM_TASK_COMM		16

/*
 * A kind of event: the same rule, class and answer, on the same page; or at the
 * same page of addresses, where no page of memory is known.
 */
struct vsm_sk_event {
	__u64 seq;		/* from 1; written last, 0 while being written */
	__u64 tsc;
	__u64 rip;
	__u64 gva;		/* 0 when not known */
	__u64 gpa;
	__u64 count;		/* of its kind so far; told are 1, 2, 4, 8 ... */
	__u32 vp_index;
	__u8 rule;		/* VSM_RULE_* */
	__u8 access;		/* 1 read, 2 write, 4 execute */
	__u8 cpl;
	__u8 audit;		/* 1: reported, and let pass */
	__u8 class;		/* enum vsm_code_class */
	__u8 rsvd[3];
	__u32 pid;		/* of VTL0's process, as VTL0 has it; 0: not known */
	__u8 comm[VSM_TASK_COMM];	/* any bytes */
	__u8 rsvd2[16];
};

#define VSM_SK_EVENTS		42

/*
 * A page of VTL0, written by the secure kernel and never read back: event
 * number n is in slot (n - 1) % VSM_SK_EVENTS.  A slot is written again only
 * after VSM_SC_EVENTS_READ.
 */
struct vsm_sk_events {
	__u64 next;		/* number of events so far */
	__u64 waiting;		/* kinds of events without a slot yet */
	__u64 total;		/* that happened, told or not */
	__u64 lost;		/* kinds of them that are not remembered */
	__u8 rsvd[32];
	struct vsm_sk_event event[VSM_SK_EVENTS];
};

#define VSM_SK_TASKS		509

/* Where VTL0 keeps which process a VP runs: for the eyes of its administrator. */
struct vsm_sk_tasks {
	__u64 direct;		/* VTL0's address of physical address 0 */
	__u32 comm;		/* offsets in the description of a process */
	__u32 pid;
	__u32 nr;		/* entries used here */
	__u32 rsvd;		/* MBZ */
	__u64 current_gpa[VSM_SK_TASKS];	/* of the address of its description */
};

#endif /* _VSM_SCALL_H */
