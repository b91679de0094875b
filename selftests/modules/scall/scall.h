/* SPDX-License-Identifier: GPL-2.0 */
/* Secure calls that must be refused: how they are made, and what with. */
#ifndef _VSM_TEST_SCALL_H
#define _VSM_TEST_SCALL_H

#include <linux/types.h>

#include "../../../uapi/vsm/hvcall.h"
#include "../../../uapi/vsm/scall.h"

struct scall {
	u64 fn;
	u64 arg[5];
	u64 status;
	u64 ret[3];
	u64 leaked;		/* all that is neither result nor scrubbed */
};

/* First and last page. */
extern unsigned long vtl1[2], hv[2];

/* A page each. */
extern struct vsm_sg *list;
extern void *data;
extern void *signature;
extern size_t signature_size;

struct scall call5(u64 fn, u64 a0, u64 a1, u64 a2, u64 a3, u64 a4);
struct scall call(u64 fn, u64 a0, u64 a1, u64 a2, u64 a3);

/* One result each. */
void check(bool ok, const char *what, u64 detail);
void expect(u64 want, struct scall c, const char *what);

/* The list of one page, and where it is. */
u64 new_list(u64 pfn);

void test_code(void);
void test_files(void);

#endif /* _VSM_TEST_SCALL_H */
