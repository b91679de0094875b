/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMCS fields, controls, exit reasons.  Source: SDM, "Field Encoding in VMCS",
 * "VM-Execution Control Fields", "VMX Basic Exit Reasons".  The width of a
 * field is part of its accessor's name and checked at compile time.
 */
#ifndef _VSM_HV_VMX_VMCS_H
#define _VSM_HV_VMX_VMCS_H

#ifndef __ASSEMBLER__

#include <asm/insn.h>

enum vmcs_field {
#define VMCS_FIELD(name, encoding)	name = encoding,
#include "vmcs.def"
#undef VMCS_FIELD
};

/* Segment fields are two encodings apart, in the order of VMCS_SEG_*. */
enum vmcs_seg {
	VMCS_SEG_ES, VMCS_SEG_CS, VMCS_SEG_SS, VMCS_SEG_DS, VMCS_SEG_FS,
	VMCS_SEG_GS, VMCS_SEG_LDTR, VMCS_SEG_TR, VMCS_NR_SEG,
};

#define GUEST_SEG_SELECTOR(s)	((enum vmcs_field)(GUEST_ES_SELECTOR + 2 * (s)))
#define GUEST_SEG_LIMIT(s)	((enum vmcs_field)(GUEST_ES_LIMIT + 2 * (s)))
#define GUEST_SEG_AR_BYTES(s)	((enum vmcs_field)(GUEST_ES_AR_BYTES + 2 * (s)))
#define GUEST_SEG_BASE(s)	((enum vmcs_field)(GUEST_ES_BASE + 2 * (s)))

/* Bits 14:13 of an encoding: 0 16-bit, 1 64-bit, 2 32-bit, 3 natural. */
__noreturn void vmcs_write_error(u64 field, u64 val);
__attribute__((error("wrong VMCS field width")))
void vmcs_width_error(void);

#define VMCS_CHECK_WIDTH(field, width)					\
	do {								\
		if (__builtin_constant_p(field) &&			\
		    (((field) >> 13) & 3) != (width))			\
			vmcs_width_error();				\
	} while (0)

static inline __inlined void vmcs_write(u64 field, u64 val)
{
	if (unlikely(!__vmwrite(field, val)))
		vmcs_write_error(field, val);
}

static inline __inlined u16 vmcs_read16(enum vmcs_field field)
{
	VMCS_CHECK_WIDTH(field, 0);
	return __vmread(field);
}

static inline __inlined u64 vmcs_read64(enum vmcs_field field)
{
	VMCS_CHECK_WIDTH(field, 1);
	return __vmread(field);
}

static inline __inlined u32 vmcs_read32(enum vmcs_field field)
{
	VMCS_CHECK_WIDTH(field, 2);
	return __vmread(field);
}

static inline __inlined u64 vmcs_readl(enum vmcs_field field)
{
	VMCS_CHECK_WIDTH(field, 3);
	return __vmread(field);
}

static inline __inlined void vmcs_write16(enum vmcs_field field, u16 val)
{
	VMCS_CHECK_WIDTH(field, 0);
	vmcs_write(field, val);
}

static inline __inlined void vmcs_write64(enum vmcs_field field, u64 val)
{
	VMCS_CHECK_WIDTH(field, 1);
	vmcs_write(field, val);
}

static inline __inlined void vmcs_write32(enum vmcs_field field, u32 val)
{
	VMCS_CHECK_WIDTH(field, 2);
	vmcs_write(field, val);
}

static inline __inlined void vmcs_writel(enum vmcs_field field, u64 val)
{
	VMCS_CHECK_WIDTH(field, 3);
	vmcs_write(field, val);
}

#endif /* !__ASSEMBLER__ */

#define PIN_BASED_EXT_INTR_MASK			0x00000001
#define PIN_BASED_NMI_EXITING			0x00000008
#define PIN_BASED_VIRTUAL_NMIS			0x00000020
#define PIN_BASED_PREEMPTION_TIMER		0x00000040

#define CPU_BASED_INTR_WINDOW_EXITING		0x00000004
#define CPU_BASED_USE_TSC_OFFSETTING		0x00000008
#define CPU_BASED_HLT_EXITING			0x00000080
#define CPU_BASED_CR8_LOAD_EXITING		0x00080000
#define CPU_BASED_CR8_STORE_EXITING		0x00100000
#define CPU_BASED_NMI_WINDOW_EXITING		0x00400000
#define CPU_BASED_MONITOR_TRAP_FLAG		0x08000000
#define CPU_BASED_USE_MSR_BITMAPS		0x10000000
#define CPU_BASED_ACTIVATE_SECONDARY_CONTROLS	0x80000000

#define SECONDARY_EXEC_ENABLE_EPT		0x00000002
#define SECONDARY_EXEC_DESC			0x00000004
#define SECONDARY_EXEC_ENABLE_RDTSCP		0x00000008
#define SECONDARY_EXEC_ENABLE_VPID		0x00000020
#define SECONDARY_EXEC_UNRESTRICTED_GUEST	0x00000080
#define SECONDARY_EXEC_ENABLE_INVPCID		0x00001000
#define SECONDARY_EXEC_ENABLE_XSAVES		0x00100000
#define SECONDARY_EXEC_MODE_BASED_EPT_EXEC	0x00400000
#define SECONDARY_EXEC_ENABLE_USR_WAIT_PAUSE	0x04000000
#define SECONDARY_EXEC_ENABLE_PCONFIG		0x08000000

#define VM_EXIT_SAVE_DEBUG_CONTROLS		0x00000004
#define VM_EXIT_HOST_ADDR_SPACE_SIZE		0x00000200
#define VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL	0x00001000
#define VM_EXIT_ACK_INTR_ON_EXIT		0x00008000
#define VM_EXIT_SAVE_IA32_PAT			0x00040000
#define VM_EXIT_LOAD_IA32_PAT			0x00080000
#define VM_EXIT_SAVE_IA32_EFER			0x00100000
#define VM_EXIT_LOAD_IA32_EFER			0x00200000
#define VM_EXIT_CLEAR_IA32_LBR_CTL		0x04000000
#define VM_EXIT_LOAD_CET_STATE			0x10000000
#define VM_EXIT_SAVE_IA32_PERF_GLOBAL_CTRL	0x40000000

#define VM_ENTRY_LOAD_DEBUG_CONTROLS		0x00000004
#define VM_ENTRY_IA32E_MODE			0x00000200
#define VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL	0x00002000
#define VM_ENTRY_LOAD_IA32_PAT			0x00004000
#define VM_ENTRY_LOAD_IA32_EFER			0x00008000
#define VM_ENTRY_LOAD_CET_STATE			0x00100000
#define VM_ENTRY_LOAD_IA32_LBR_CTL		0x00200000

#define VMX_EXIT_REASONS_FAILED_VMENTRY		0x80000000
#define EXIT_REASON_BASIC		0xffff

#define EXIT_REASON_EXCEPTION_NMI	0
#define EXIT_REASON_EXTERNAL_INTERRUPT	1
#define EXIT_REASON_TRIPLE_FAULT	2
#define EXIT_REASON_INIT_SIGNAL		3
#define EXIT_REASON_SIPI_SIGNAL		4
#define EXIT_REASON_IO_SMI		5
#define EXIT_REASON_OTHER_SMI		6
#define EXIT_REASON_INTERRUPT_WINDOW	7
#define EXIT_REASON_NMI_WINDOW		8
#define EXIT_REASON_TASK_SWITCH		9
#define EXIT_REASON_CPUID		10
#define EXIT_REASON_GETSEC		11
#define EXIT_REASON_HLT			12
#define EXIT_REASON_INVD		13
#define EXIT_REASON_INVLPG		14
#define EXIT_REASON_RDPMC		15
#define EXIT_REASON_RDTSC		16
#define EXIT_REASON_RSM			17
#define EXIT_REASON_VMCALL		18
#define EXIT_REASON_VMCLEAR		19
#define EXIT_REASON_VMLAUNCH		20
#define EXIT_REASON_VMPTRLD		21
#define EXIT_REASON_VMPTRST		22
#define EXIT_REASON_VMREAD		23
#define EXIT_REASON_VMRESUME		24
#define EXIT_REASON_VMWRITE		25
#define EXIT_REASON_VMOFF		26
#define EXIT_REASON_VMON		27
#define EXIT_REASON_CR_ACCESS		28
#define EXIT_REASON_DR_ACCESS		29
#define EXIT_REASON_IO_INSTRUCTION	30
#define EXIT_REASON_MSR_READ		31
#define EXIT_REASON_MSR_WRITE		32
#define EXIT_REASON_INVALID_STATE	33
#define EXIT_REASON_MSR_LOAD_FAIL	34
#define EXIT_REASON_MWAIT_INSTRUCTION	36
#define EXIT_REASON_MONITOR_TRAP_FLAG	37
#define EXIT_REASON_MONITOR_INSTRUCTION	39
#define EXIT_REASON_PAUSE_INSTRUCTION	40
#define EXIT_REASON_MCE_DURING_VMENTRY	41
#define EXIT_REASON_TPR_BELOW_THRESHOLD	43
#define EXIT_REASON_APIC_ACCESS		44
#define EXIT_REASON_EOI_INDUCED		45
#define EXIT_REASON_GDTR_IDTR		46
#define EXIT_REASON_LDTR_TR		47
#define EXIT_REASON_EPT_VIOLATION	48
#define EXIT_REASON_EPT_MISCONFIG	49
#define EXIT_REASON_INVEPT		50
#define EXIT_REASON_RDTSCP		51
#define EXIT_REASON_PREEMPTION_TIMER	52
#define EXIT_REASON_INVVPID		53
#define EXIT_REASON_WBINVD		54
#define EXIT_REASON_XSETBV		55
#define EXIT_REASON_APIC_WRITE		56
#define EXIT_REASON_RDRAND		57
#define EXIT_REASON_INVPCID		58
#define EXIT_REASON_VMFUNC		59
#define EXIT_REASON_ENCLS		60
#define EXIT_REASON_RDSEED		61
#define EXIT_REASON_PML_FULL		62
#define EXIT_REASON_XSAVES		63
#define EXIT_REASON_XRSTORS		64
#define EXIT_REASON_PCONFIG		65
#define EXIT_REASON_SPP_EVENT		66
#define EXIT_REASON_UMWAIT		67
#define EXIT_REASON_TPAUSE		68
#define EXIT_REASON_LOADIWKEY		69
#define EXIT_REASON_ENCLV		70
#define EXIT_REASON_ENQCMD_PASID	72
#define EXIT_REASON_ENQCMDS_PASID	73
#define EXIT_REASON_BUS_LOCK		74
#define EXIT_REASON_NOTIFY		75
#define EXIT_REASON_SEAMCALL		76
#define EXIT_REASON_TDCALL		77
#define EXIT_REASON_RDMSRLIST		78
#define EXIT_REASON_WRMSRLIST		79
#define EXIT_REASON_MAX			80

#define GUEST_INTR_STATE_STI		0x1
#define GUEST_INTR_STATE_MOV_SS		0x2
#define GUEST_INTR_STATE_NMI		0x8
#define GUEST_INTR_STATE_ENCLAVE	0x10

#define GUEST_ACTIVITY_ACTIVE		0
#define GUEST_ACTIVITY_HLT		1
#define GUEST_ACTIVITY_SHUTDOWN		2
#define GUEST_ACTIVITY_WAIT_SIPI	3

#define INTR_INFO_VECTOR_MASK		0x000000ff
#define INTR_INFO_TYPE_MASK		0x00000700
#define INTR_INFO_DELIVER_CODE_MASK	0x00000800
#define INTR_INFO_UNBLOCK_NMI		0x00001000
#define INTR_INFO_VALID_MASK		0x80000000
#define INTR_TYPE_EXT_INTR		(0 << 8)
#define INTR_TYPE_NMI_INTR		(2 << 8)
#define INTR_TYPE_HARD_EXCEPTION	(3 << 8)
#define INTR_TYPE_SOFT_INTR		(4 << 8)
#define INTR_TYPE_PRIV_SW_EXCEPTION	(5 << 8)
#define INTR_TYPE_SOFT_EXCEPTION	(6 << 8)

#define EPT_VIOLATION_ACC_READ		(1U << 0)
#define EPT_VIOLATION_ACC_WRITE		(1U << 1)
#define EPT_VIOLATION_ACC_INSTR		(1U << 2)
#define EPT_VIOLATION_GVA_IS_VALID	(1U << 7)
#define EPT_VIOLATION_GVA_TRANSLATED	(1U << 8)
#define EPT_VIOLATION_NMI_UNBLOCKING	(1U << 12)

#define SEG_AR_UNUSABLE			0x10000
#define SEG_AR_DPL(ar)			(((ar) >> 5) & 3)

#define INVEPT_SINGLE_CONTEXT		1
#define INVEPT_ALL_CONTEXT		2
#define INVVPID_SINGLE_CONTEXT		1
#define INVVPID_ALL_CONTEXT		2

#endif /* _VSM_HV_VMX_VMCS_H */
