/* SPDX-License-Identifier: GPL-2.0 */
/* Signed files of modules, between their signature and their memory. */
#ifndef _VSM_SK_CODE_FILE_H
#define _VSM_SK_CODE_FILE_H

#include "sk.h"

struct code_file {
	u64 ticket;		/* 0: free */
	bool busy;		/* some thread has it */
	u32 window;		/* of stage.h: what is signed, then room */
	u64 size;
	u64 gpa;		/* where VTL0 had its first page */
	u8 sha256[32];		/* of what is signed */
	u8 signer_sha256[32];	/* of the signer's certificate */
};

/* The caller's own until it is dropped; NULL: no such ticket, or in use. */
struct code_file *code_file_take(u64 ticket);
void code_file_drop(struct code_file *f);

u64 scall_code_file(const u64 arg[5], u64 ret[3]);
u64 scall_code_file_drop(const u64 arg[5], u64 ret[3]);

#endif /* _VSM_SK_CODE_FILE_H */
