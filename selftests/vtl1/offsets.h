/* SPDX-License-Identifier: GPL-2.0 */
/* What assembly and C agree on; vp.c asserts each value. */
#ifndef _VSM_PUPPET_OFFSETS_H
#define _VSM_PUPPET_OFFSETS_H

#define SEL_CODE	0x08
#define SEL_DATA	0x10
#define SEL_TSS		0x18

#define SLOT_SIZE	0x10000		/* everything of one VP */
#define SLOT_IST_TOP	0x8000		/* of double faults; one page */

#define SLOT_STACK	0x9000		/* from here to the end */

#define VP_TRY_SP	0		/* struct vp */
#define REGS_XMM	128		/* struct regs */

#endif /* _VSM_PUPPET_OFFSETS_H */
