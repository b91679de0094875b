/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every instruction that C cannot express, for freestanding code: the only
 * inline assembly of the hypervisor and the secure kernel.
 */
#ifndef _VSM_ASM_INSN_H
#define _VSM_ASM_INSN_H

#include <asm/cpu.h>
#include <vsm/types.h>

static inline u64 rdmsr(u32 msr)
{
	u32 low, high;

	__asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr) : "memory");
	return (u64)high << 32 | low;
}

static inline void wrmsr(u32 msr, u64 val)
{
	__asm__ volatile("wrmsr" :: "c"(msr), "a"((u32)(val & 0xffffffff)),
			 "d"((u32)(val >> 32)) : "memory");
}

static inline void cpuid(u32 leaf, u32 subleaf, u32 r[4])
{
	__asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]),
			 "=d"(r[3]) : "a"(leaf), "c"(subleaf) : "memory");
}

static inline u64 rdtsc(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

#define DEFINE_CR(n)						\
static inline u64 read_cr##n(void)				\
{								\
	u64 val;						\
								\
	__asm__ volatile("mov %%cr" #n ", %0" : "=r"(val) :: "memory"); \
	return val;						\
}								\
								\
static inline void write_cr##n(u64 val)				\
{								\
	__asm__ volatile("mov %0, %%cr" #n :: "r"(val) : "memory"); \
}

DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)
DEFINE_CR(8)
#undef DEFINE_CR

static inline void clts(void)
{
	__asm__ volatile("clts" ::: "memory");
}

#define DEFINE_DR(n)						\
static inline u64 read_dr##n(void)				\
{								\
	u64 val;						\
								\
	__asm__ volatile("mov %%dr" #n ", %0" : "=r"(val));	\
	return val;						\
}								\
								\
static inline void write_dr##n(u64 val)				\
{								\
	__asm__ volatile("mov %0, %%dr" #n :: "r"(val) : "memory"); \
}

DEFINE_DR(0)
DEFINE_DR(1)
DEFINE_DR(2)
DEFINE_DR(3)
DEFINE_DR(6)
DEFINE_DR(7)
#undef DEFINE_DR

#define DEFINE_SEG(seg)						\
static inline u16 read_##seg(void)				\
{								\
	u16 val;						\
								\
	__asm__ volatile("mov %%" #seg ", %0" : "=r"(val));	\
	return val;						\
}

DEFINE_SEG(cs)
DEFINE_SEG(ds)
DEFINE_SEG(es)
DEFINE_SEG(fs)
DEFINE_SEG(gs)
DEFINE_SEG(ss)
#undef DEFINE_SEG

static inline void write_ds(u16 val)
{
	__asm__ volatile("mov %0, %%ds" :: "r"(val) : "memory");
}

static inline void write_es(u16 val)
{
	__asm__ volatile("mov %0, %%es" :: "r"(val) : "memory");
}

static inline void write_fs(u16 val)
{
	__asm__ volatile("mov %0, %%fs" :: "r"(val) : "memory");
}

static inline void write_gs(u16 val)
{
	__asm__ volatile("mov %0, %%gs" :: "r"(val) : "memory");
}

static inline void write_ss(u16 val)
{
	__asm__ volatile("mov %0, %%ss" :: "r"(val) : "memory");
}

static inline void sgdt(struct desc_ptr *d)
{
	__asm__ volatile("sgdt %0" : "=m"(*d));
}

static inline void sidt(struct desc_ptr *d)
{
	__asm__ volatile("sidt %0" : "=m"(*d));
}

static inline void lgdt(const struct desc_ptr *d)
{
	__asm__ volatile("lgdt %0" :: "m"(*d) : "memory");
}

static inline void lidt(const struct desc_ptr *d)
{
	__asm__ volatile("lidt %0" :: "m"(*d) : "memory");
}

static inline u16 read_tr(void)
{
	u16 val;

	__asm__ volatile("str %0" : "=r"(val));
	return val;
}

static inline u16 read_ldtr(void)
{
	u16 val;

	__asm__ volatile("sldt %0" : "=r"(val));
	return val;
}

static inline void write_tr(u16 val)
{
	__asm__ volatile("ltr %0" :: "r"(val) : "memory");
}

static inline void write_ldtr(u16 val)
{
	__asm__ volatile("lldt %0" :: "r"(val) : "memory");
}

/* LAR: access rights of a selector in descriptor format; 0: not loadable. */
static inline u32 load_access_rights(u16 selector)
{
	u32 rights = 0;
	bool ok;

	__asm__ volatile("lar %2, %0" : "+r"(rights), "=@ccz"(ok)
			 : "r"((u32)selector) : "cc");
	return ok ? rights : 0;
}

static inline u32 load_segment_limit(u16 selector)
{
	u32 limit = 0;
	bool ok;

	__asm__ volatile("lsl %2, %0" : "+r"(limit), "=@ccz"(ok)
			 : "r"((u32)selector) : "cc");
	return ok ? limit : 0;
}

static inline u64 read_rflags(void)
{
	u64 val;

	__asm__ volatile("pushfq; pop %0" : "=r"(val) :: "memory");
	return val;
}

static inline u64 read_rsp(void)
{
	u64 val;

	__asm__("mov %%rsp, %0" : "=r"(val));
	return val;
}

static inline void cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

static inline void cpu_halt(void)
{
	__asm__ volatile("hlt" ::: "memory");
}

static inline void irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline void mfence_lfence(void)
{
	__asm__ volatile("mfence; lfence" ::: "memory");
}

static inline void wbinvd(void)
{
	__asm__ volatile("wbinvd" ::: "memory");
}

static inline void invlpg(u64 va)
{
	__asm__ volatile("invlpg (%0)" :: "r"(va) : "memory");
}

static inline void outb(u16 port, u8 val)
{
	__asm__ volatile("outb %0, %1" :: "a"(val), "Nd"(port));
}

static inline u8 inb(u16 port)
{
	u8 val;

	__asm__ volatile("inb %1, %0" : "=a"(val) : "Nd"(port));
	return val;
}

static inline void xsetbv(u32 index, u64 val)
{
	__asm__ volatile("xsetbv" :: "c"(index), "a"((u32)val),
			 "d"((u32)(val >> 32)) : "memory");
}

static inline u64 xgetbv(u32 index)
{
	u32 low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(index));
	return (u64)high << 32 | low;
}

/* False: no number was ready. */
static inline bool rdrand(u64 *val)
{
	bool ok;

	__asm__ volatile("rdrand %0" : "=r"(*val), "=@ccc"(ok) :: "cc");
	return ok;
}

static inline bool rdseed(u64 *val)
{
	bool ok;

	__asm__ volatile("rdseed %0" : "=r"(*val), "=@ccc"(ok) :: "cc");
	return ok;
}

/* SMAP: let ring 0 touch user pages for a moment. */
static inline void stac(void)
{
	__asm__ volatile("stac" ::: "memory", "cc");
}

static inline void clac(void)
{
	__asm__ volatile("clac" ::: "memory", "cc");
}

/* VMX instructions; false: VMfailInvalid or VMfailValid. */
static inline bool vmxon(u64 pa)
{
	bool ok;

	__asm__ volatile("vmxon %1" : "=@cca"(ok) : "m"(pa) : "cc", "memory");
	return ok;
}

static inline void vmxoff(void)
{
	__asm__ volatile("vmxoff" ::: "cc", "memory");
}

static inline bool vmclear(u64 pa)
{
	bool ok;

	__asm__ volatile("vmclear %1" : "=@cca"(ok) : "m"(pa) : "cc", "memory");
	return ok;
}

static inline bool vmptrld(u64 pa)
{
	bool ok;

	__asm__ volatile("vmptrld %1" : "=@cca"(ok) : "m"(pa) : "cc", "memory");
	return ok;
}

/* The same where the address lies in memory already. */
static inline bool vmptrld_from(const u64 *pa)
{
	bool ok;

	__asm__ volatile("vmptrld %1" : "=@cca"(ok) : "m"(*pa)
			 : "cc", "memory");
	return ok;
}

static inline u64 __vmread(u64 field)
{
	u64 val;

	__asm__ volatile("vmread %1, %0" : "=rm"(val) : "r"(field) : "cc");
	return val;
}

/* False: the processor has no such field, or no VMCS is current. */
static inline bool vmread_safe(u64 field, u64 *ret)
{
	bool ok;

	__asm__ volatile("vmread %2, %1" : "=@cca"(ok), "=rm"(*ret)
			 : "r"(field) : "cc");
	return ok;
}

static inline bool __vmwrite(u64 field, u64 val)
{
	bool ok;

	__asm__ volatile("vmwrite %2, %1" : "=@cca"(ok)
			 : "r"(field), "rm"(val) : "cc", "memory");
	return ok;
}

struct invept_desc {
	u64 eptp;
	u64 rsvd;		/* MBZ */
};

static inline bool invept(u64 type, const struct invept_desc *desc)
{
	bool ok;

	__asm__ volatile("invept %1, %2" : "=@cca"(ok)
			 : "m"(*desc), "r"(type) : "cc", "memory");
	return ok;
}

static inline bool invvpid(u64 type, u16 vpid, u64 gla)
{
	struct {
		u64 vpid;
		u64 gla;
	} desc = { vpid, gla };
	bool ok;

	__asm__ volatile("invvpid %1, %2" : "=@cca"(ok)
			 : "m"(desc), "r"(type) : "cc", "memory");
	return ok;
}

#endif /* _VSM_ASM_INSN_H */
