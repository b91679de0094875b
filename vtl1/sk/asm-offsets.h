/* SPDX-License-Identifier: GPL-2.0 */
/* What assembly and C agree on; C asserts each value (layout.c). */
#ifndef _VSM_SK_ASM_OFFSETS_H
#define _VSM_SK_ASM_OFFSETS_H

#define SEL_KERNEL_CODE		0x08
#define SEL_KERNEL_DATA		0x10
#define SEL_USER_DATA		0x1b
#define SEL_USER_CODE		0x23
#define SEL_TSS			0x28

/* struct scall_regs */
#define REGS_RDI		0x00
#define REGS_RSI		0x08
#define REGS_RDX		0x10
#define REGS_R8			0x18
#define REGS_R9			0x20
#define REGS_R10		0x28

/* struct user_regs */
#define USER_RIP		0x00
#define USER_RSP		0x08
#define USER_RDI		0x10
#define USER_RSI		0x18
#define USER_RDX		0x20

/* struct vp; struct hv_vp_assist_page */
#define SLOT_SIZE		0x10000
#define VP_ASSIST		0x10
#define ASSIST_REASON		0x08
#define ENTRY_INTERRUPT		2

#define BOOT_STACK_SIZE		0x4000

#endif /* _VSM_SK_ASM_OFFSETS_H */
