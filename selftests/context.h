/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Initial contexts of VPs, right and wrong.  Source: SDM, "Checks on the Guest
 * State Area".
 */
#ifndef _VSM_SELFTESTS_CONTEXT_H
#define _VSM_SELFTESTS_CONTEXT_H

#include <stddef.h>
#include <string.h>

#include "../uapi/vsm/hvcall.h"

#define CONTEXT_DATA	{ .limit = 0xffffffff, .selector = 0x18, \
			  .attributes = 0xc093 }

/* 64-bit code; RIP, RSP and CR3 are the test's. */
static const struct hv_initial_vp_context context_64 = {
	.rflags = 2,
	.cs = { .limit = 0xffffffff, .selector = 0x10, .attributes = 0xa09b },
	.ds = CONTEXT_DATA, .es = CONTEXT_DATA, .fs = CONTEXT_DATA,
	.gs = CONTEXT_DATA, .ss = CONTEXT_DATA,
	.tr = { .limit = 0x67, .selector = 0x20, .attributes = 0x8b },
	.efer = 0xd01,				/* NXE LMA LME SCE */
	.cr0 = 0x80010031,			/* PG WP NE ET PE */
	.cr4 = 0x20,				/* PAE */
	.msr_cr_pat = 0x0007040600070406,
};

/* One field each that VM entry would refuse. */
static const struct {
	size_t offset;
	size_t size;
	__u64 value;
} spoilt[] = {
#define CTX(field, value) { offsetof(struct hv_initial_vp_context, field), \
	sizeof(((struct hv_initial_vp_context *)0)->field), value }
	CTX(rip, 1ULL << 63),
	CTX(rflags, 0), CTX(rflags, 0x8002), CTX(rflags, 0x20002),
	CTX(cs.attributes, 0x809b), CTX(cs.attributes, 0xa01b),
	CTX(cs.attributes, 0xe09b), CTX(cs.attributes, 0xa0fb),
	CTX(cs.attributes, 0xa093), CTX(cs.attributes, 0x209b),
	CTX(cs.limit, 0), CTX(cs.selector, 0x13), CTX(cs.base, 1ULL << 32),
	CTX(ss.attributes, 0xc09b), CTX(ss.attributes, 0xc0f3),
	CTX(ss.attributes, 0x4093), CTX(ss.attributes, 0xc083),
	CTX(ss.base, 1ULL << 40),
	CTX(ds.attributes, 0xc092), CTX(ds.attributes, 0xc099),
	CTX(ds.attributes, 0xc083), CTX(ds.limit, 0xffff0000),
	CTX(es.base, 1ULL << 32), CTX(fs.base, 1ULL << 63),
	CTX(gs.base, 1ULL << 47), CTX(gs.attributes, 0xc092),
	CTX(tr.attributes, 0x89), CTX(tr.attributes, 0x0b),
	CTX(tr.attributes, 0x83), CTX(tr.selector, 0x24),
	CTX(tr.base, 1ULL << 63), CTX(tr.limit, 0xfffff000),
	CTX(ldtr.attributes, 0x83), CTX(ldtr.attributes, 0x92),
	CTX(gdtr.base, 1ULL << 63), CTX(idtr.base, 1ULL << 63),
	CTX(efer, 0xc01), CTX(efer, 0x901), CTX(efer, 0), CTX(efer, 0xd03),
	CTX(efer, 0x1d01),
	CTX(cr0, 0x10031), CTX(cr0, 0x80010011), CTX(cr0, 0x80010030),
	CTX(cr0, 0x180010031), CTX(cr0, 0xa0010031),
	CTX(cr3, 1ULL << 63), CTX(cr3, 1ULL << 51),
	CTX(cr4, 0), CTX(cr4, 0x2020), CTX(cr4, 0x4020), CTX(cr4, 0x800020),
	CTX(cr4, 1ULL << 63 | 0x20),
	CTX(msr_cr_pat, 2), CTX(msr_cr_pat, 3ULL << 56), CTX(msr_cr_pat, 8),
#undef CTX
};

static inline void spoil_context(struct hv_initial_vp_context *c,
				 unsigned int i)
{
	memcpy((__u8 *)c + spoilt[i].offset, &spoilt[i].value, spoilt[i].size);
}

#endif /* _VSM_SELFTESTS_CONTEXT_H */
