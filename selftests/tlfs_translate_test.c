// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallTranslateVirtualAddress and Ex: VTL0's addresses, as VTL0 and VTL1 ask
 * for them, with page tables that VTL1 bends for the purpose.  Source: TLFS,
 * same titles; SDM, "4-Level Paging and 5-Level Paging", "Access Rights".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "kselftest_harness.h"
#include "tlfs.h"

#define RANGES		"/sys/kernel/debug/vsm/ranges"

#define READ		HV_TRANSLATE_GVA_VALIDATE_READ
#define WRITE		HV_TRANSLATE_GVA_VALIDATE_WRITE
#define EXEC		HV_TRANSLATE_GVA_VALIDATE_EXECUTE
#define EXEMPT		HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT
#define SET_BITS	HV_TRANSLATE_GVA_SET_PAGE_TABLE_BITS
#define SUPER		HV_TRANSLATE_GVA_SUPERVISOR_ACCESS
#define USER		HV_TRANSLATE_GVA_USER_ACCESS
#define VTL(vtl)	((__u64)USE_VTL(vtl) << \
			 HV_TRANSLATE_GVA_INPUT_VTL_SHIFT)

#define OK		HV_TRANSLATE_GVA_SUCCESS
#define ABSENT		HV_TRANSLATE_GVA_PAGE_NOT_PRESENT
#define VIOLATION	HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION
#define INVALID		HV_TRANSLATE_GVA_INVALID_PAGE_TABLE_FLAGS
#define UNMAPPED	HV_TRANSLATE_GVA_GPA_UNMAPPED
#define NO_WRITE	HV_TRANSLATE_GVA_GPA_NO_WRITE_ACCESS
#define OVERLAY		HV_TRANSLATE_GVA_GPA_ILLEGAL_OVERLAY_ACCESS
#define INTERCEPT	HV_TRANSLATE_GVA_INTERCEPT

/* An address with page tables of its own, from the second level down. */
#define REGION		0x7e0000000000ULL
#define REGION_PAGES	8

#define PTE_P		0x1ULL
#define PTE_W		0x2ULL
#define PTE_U		0x4ULL
#define PTE_PWT		0x8ULL
#define PTE_PCD		0x10ULL
#define PTE_A		0x20ULL
#define PTE_D		0x40ULL
#define PTE_PS		0x80ULL
#define PTE_ADDR	0x000ffffffffff000ULL
#define TABLE		(PTE_P | PTE_W | PTE_U | PTE_A)
#define CR4_SMEP	(1ULL << 20)
#define CR4_SMAP	(1ULL << 21)

FIXTURE(tlfs) {
	struct tlfs t;
	__u8 *region;
	__u64 cr3, cr4;
	__u64 entry[4];		/* GPAs of the entries for REGION, by level */
};

static __u64 read_gpa(struct tlfs *t, __u64 gpa)
{
	__u64 val = 0;

	if (!vtl1_copy_out(t, &val, gpa, sizeof(val)))
		abort();
	return val;
}

static void write_gpa(struct tlfs *t, __u64 gpa, __u64 val)
{
	if (!vtl1_copy_in(t, gpa, &val, sizeof(val)))
		abort();
}

static __u64 vtl0_register(struct tlfs *t, __u32 name)
{
	struct hv_register_value val;

	if (get_register(t, 1, USE_VTL(0), name, &val) != DONE(1))
		abort();
	return val.low;
}

FIXTURE_SETUP(tlfs)
{
	bool skip;
	const char *why = tlfs_open(&self->t, &skip);
	__u64 table;
	int level;

	if (why && skip)
		SKIP(return, "%s", why);
	ASSERT_EQ(NULL, why) TH_LOG("%s", why);
	self->region = mmap((void *)REGION, REGION_PAGES * PAGE,
			    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			    self->t.fd, tlfs_gpa(&self->t, TLFS_FREE));
	ASSERT_EQ((void *)REGION, self->region);
	memset(self->region, 0, REGION_PAGES * PAGE);
	self->cr3 = vtl0_register(&self->t, HV_X64_REGISTER_CR3);
	self->cr4 = vtl0_register(&self->t, HV_X64_REGISTER_CR4);
	ASSERT_EQ(0, self->cr4 & 1 << 12) TH_LOG("five levels");
	table = self->cr3 & PTE_ADDR;
	for (level = 3; level >= 0; level--) {
		self->entry[level] = table +
				     (REGION >> (12 + 9 * level) & 0x1ff) * 8;
		table = read_gpa(&self->t, self->entry[level]);
		ASSERT_TRUE(table & PTE_P);
		table &= PTE_ADDR;
	}
	ASSERT_EQ(tlfs_gpa(&self->t, TLFS_FREE), table);
}

FIXTURE_TEARDOWN(tlfs)
{
	munmap(self->region, REGION_PAGES * PAGE);
	tlfs_close(&self->t);
}

static struct hv_input_translate_virtual_address *
translate_input(struct tlfs *t, __u64 flags, __u64 gva)
{
	struct hv_input_translate_virtual_address *in = tlfs_page(t, TLFS_INPUT);

	*in = (struct hv_input_translate_virtual_address){
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = HV_VP_INDEX_SELF,
		.control_flags = flags,
		.gva_page = gva / PAGE,
	};
	return in;
}

static struct hv_output_translate_virtual_address last;

/* The result code; -1: the call failed.  All of the result is in @last. */
static int translate(struct tlfs *t, int vtl, __u64 flags, __u64 gva)
{
	translate_input(t, flags, gva);
	if (memory_call(t, vtl, HVCALL_TRANSLATE_VIRTUAL_ADDRESS))
		return -1;
	memcpy(&last, tlfs_page(t, TLFS_OUTPUT), sizeof(last));
	return last.result.code;
}

/* With the entry of @level replaced meanwhile; nobody else uses the region. */
static int translate_with(struct _test_data_tlfs *self, int vtl, int level,
			  __u64 entry, __u64 flags, __u64 gva)
{
	struct tlfs *t = &self->t;
	__u64 old = read_gpa(t, self->entry[level]);
	int code;

	write_gpa(t, self->entry[level], entry);
	code = translate(t, vtl, flags | VTL(0), gva);
	write_gpa(t, self->entry[level], old);
	return code;
}

/* VTL0 asks for its own, VTL1 for VTL0's; the answer is the same. */
TEST_F(tlfs, region)
{
	__u64 gpn = tlfs_gpa(&self->t, TLFS_FREE) / PAGE, i;
	int vtl;

	for (vtl = 0; vtl < 2; vtl++) {
		for (i = 0; i < REGION_PAGES; i++) {
			EXPECT_EQ(OK, translate(&self->t, vtl, VTL(0) | USER |
						READ | WRITE,
						REGION + i * PAGE));
			EXPECT_EQ(gpn + i, last.gpa_page);
			EXPECT_EQ(HV_CACHE_TYPE_WRITE_BACK,
				  last.result.cache_type);
			EXPECT_EQ(0, last.result.flags);
		}
		EXPECT_EQ(OK, translate(&self->t, vtl, VTL(0), REGION));
		EXPECT_EQ(ABSENT, translate(&self->t, vtl, VTL(0), REGION +
					    REGION_PAGES * PAGE));
		EXPECT_EQ(0, last.gpa_page);
		EXPECT_EQ(ABSENT, translate(&self->t, vtl, VTL(0),
					    REGION + (1ULL << 30)));
	}
	EXPECT_EQ(OK, translate(&self->t, 0, 0, REGION));
	EXPECT_EQ(gpn, last.gpa_page);
}

/* VTL1's own, by its own tables; VTL0 does not get to know. */
TEST_F(tlfs, own_of_vtl1)
{
	__u64 table, shift, gva;

	ASSERT_EQ(NO_FAULT, vtl1_read(&self->t, PUPPET_CR3, &table));
	ASSERT_EQ(NO_FAULT, vtl1_read(&self->t, PUPPET_IDTR_BASE, &gva));
	for (shift = 39;; shift -= 9) {
		table = read_gpa(&self->t, (table & PTE_ADDR) +
				 (gva >> shift & 0x1ff) * 8);
		ASSERT_TRUE(table & PTE_P);
		if (shift == 12 || (shift < 39 && (table & PTE_PS)))
			break;
	}
	table &= PTE_ADDR & ~((1ULL << shift) - 1);
	table |= gva & ((1ULL << shift) - 1);
	EXPECT_EQ(OK, translate(&self->t, 1, READ, gva));
	EXPECT_EQ(table / PAGE, last.gpa_page);
	EXPECT_EQ(OK, translate(&self->t, 1, VTL(1), gva));
	translate_input(&self->t, VTL(1), gva);
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
		  memory_call(&self->t, 0, HVCALL_TRANSLATE_VIRTUAL_ADDRESS));
	EXPECT_TRUE(output_untouched(&self->t));
}

TEST_F(tlfs, rights)
{
	struct tlfs *t = &self->t;
	__u64 kernel = vtl0_register(t, HV_X64_REGISTER_RIP);
	bool smep = self->cr4 & CR4_SMEP, smap = self->cr4 & CR4_SMAP;
	int vtl;

	for (vtl = 0; vtl < 2; vtl++) {
		__u64 v = VTL(0);

		/* The kernel's text: Linux has it neither writable nor user. */
		EXPECT_EQ(OK, translate(t, vtl, v | READ | EXEC, kernel));
		EXPECT_EQ(OK, translate(t, vtl, v | SUPER | EXEC, kernel));
		EXPECT_EQ(VIOLATION, translate(t, vtl, v | WRITE, kernel));
		EXPECT_EQ(VIOLATION, translate(t, vtl, v | USER | READ, kernel));
		EXPECT_EQ(VIOLATION, translate(t, vtl, v | USER | SUPER | READ,
					       kernel));
		EXPECT_EQ(OK, translate(t, vtl, v | USER | EXEMPT | READ,
					kernel));
		EXPECT_EQ(VIOLATION, translate(t, vtl, v | EXEMPT | WRITE,
					       kernel));
		/* A page of a process, writable, not executable. */
		EXPECT_EQ(smap ? VIOLATION : OK,
			  translate(t, vtl, v | READ, REGION));
		EXPECT_EQ(smap ? VIOLATION : OK,
			  translate(t, vtl, v | SUPER | WRITE |
				    HV_TRANSLATE_GVA_ENFORCE_SMAP, REGION));
		EXPECT_EQ(OK, translate(t, vtl, v | READ |
					HV_TRANSLATE_GVA_OVERRIDE_SMAP,
					REGION));
		EXPECT_EQ(OK, translate(t, vtl, v | READ | WRITE | EXEMPT,
					REGION));
		EXPECT_EQ(OK, translate(t, vtl, v | USER | READ |
					HV_TRANSLATE_GVA_ENFORCE_SMAP,
					REGION));
		EXPECT_EQ(VIOLATION, translate(t, vtl, v | USER | EXEC,
					       REGION));
		EXPECT_EQ(VIOLATION, translate(t, vtl, v | EXEMPT | EXEC,
					       REGION));
	}
	ASSERT_EQ(0, mprotect(self->region, PAGE, PROT_READ | PROT_EXEC));
	*(volatile __u8 *)self->region;
	for (vtl = 0; vtl < 2; vtl++) {
		EXPECT_EQ(OK, translate(t, vtl, VTL(0) | USER | READ | EXEC,
					REGION));
		EXPECT_EQ(VIOLATION, translate(t, vtl, VTL(0) | USER | WRITE,
					       REGION));
		EXPECT_EQ(smep ? VIOLATION : OK,
			  translate(t, vtl, VTL(0) | SUPER | EXEC, REGION));
		EXPECT_EQ(OK, translate(t, vtl, VTL(0) | EXEMPT | EXEC,
					REGION));
	}
}

/* Each level of the tables takes part in what is allowed. */
TEST_F(tlfs, rights_of_levels)
{
	int level, vtl = 1;

	for (level = 0; level < 4; level++) {
		__u64 e = read_gpa(&self->t, self->entry[level]);

		EXPECT_EQ(ABSENT, translate_with(self, vtl, level, e & ~PTE_P,
						 0, REGION));
		EXPECT_EQ(VIOLATION, translate_with(self, vtl, level,
						    e & ~PTE_U, USER | READ,
						    REGION));
		EXPECT_EQ(OK, translate_with(self, vtl, level, e & ~PTE_U,
					     SUPER | READ | WRITE, REGION));
		EXPECT_EQ(VIOLATION, translate_with(self, vtl, level,
						    e & ~PTE_W, USER | WRITE,
						    REGION));
		EXPECT_EQ(VIOLATION, translate_with(self, vtl, level,
						    e & ~(PTE_W | PTE_U),
						    SUPER | WRITE, REGION));
		EXPECT_EQ(OK, translate_with(self, vtl, level,
					     e & ~(1ULL << 63),
					     USER | READ, REGION));
	}
}

/* Dirty, not writable, writable above: SDM, "Shadow Stacks". */
TEST_F(tlfs, shadow_stack)
{
	const __u64 flags = HV_TRANSLATE_GVA_SHADOW_STACK | READ | WRITE;
	__u64 e = read_gpa(&self->t, self->entry[0]);

	EXPECT_EQ(VIOLATION, translate_with(self, 1, 0, e | PTE_D,
					    flags | USER, REGION));
	e &= ~PTE_W;
	EXPECT_EQ(OK, translate_with(self, 1, 0, e | PTE_D, flags | USER,
				     REGION));
	EXPECT_EQ(VIOLATION, translate_with(self, 1, 0, e | PTE_D,
					    flags | SUPER, REGION));
	EXPECT_EQ(OK, translate_with(self, 1, 0, (e | PTE_D) & ~PTE_U,
				     flags | SUPER, REGION));
	EXPECT_EQ(VIOLATION, translate_with(self, 1, 0, e & ~PTE_D,
					    flags | USER, REGION));
}

TEST_F(tlfs, reserved_bits)
{
	__u64 top = 1ULL << 51;		/* beyond any address here */
	int level;

	for (level = 0; level < 4; level++) {
		__u64 e = read_gpa(&self->t, self->entry[level]);

		EXPECT_EQ(INVALID, translate_with(self, 1, level, e | top, 0,
						  REGION));
		/* Not present: nothing is reserved. */
		EXPECT_EQ(ABSENT, translate_with(self, 1, level,
						 (e | top) & ~PTE_P, 0,
						 REGION));
	}
	EXPECT_EQ(INVALID, translate_with(self, 1, 3, TABLE | PTE_PS, 0,
					  REGION));
	EXPECT_EQ(INVALID, translate_with(self, 1, 1, TABLE | PTE_PS | 0x2000,
					  0, REGION));
	EXPECT_EQ(INVALID, translate_with(self, 1, 2, TABLE | PTE_PS | 0x200000,
					  0, REGION));
	/* Not canonical. */
	EXPECT_EQ(INVALID, translate(&self->t, 1, VTL(0), 1ULL << 47));
	EXPECT_EQ(INVALID, translate(&self->t, 1, VTL(0), 1ULL << 63));
	EXPECT_EQ(INVALID, translate(&self->t, 1, VTL(0), 0xffff7ffffffff000));
}

TEST_F(tlfs, large_pages)
{
	int vtl;

	for (vtl = 0; vtl < 2; vtl++) {
		EXPECT_EQ(OK, translate_with(self, vtl, 1,
					     0x400000 | TABLE | PTE_PS,
					     USER | READ, REGION + 5 * PAGE));
		EXPECT_EQ(0x405, last.gpa_page);
		EXPECT_EQ(OK, translate_with(self, vtl, 2, TABLE | PTE_PS,
					     USER | READ, REGION + 0x412000));
		EXPECT_EQ(0x412, last.gpa_page);
	}
}

TEST_F(tlfs, cache_types)
{
	__u64 e = read_gpa(&self->t, self->entry[0]) &
		  ~(PTE_PWT | PTE_PCD | PTE_PS);
	__u64 pat, i;

	ASSERT_EQ(NO_FAULT, read_msr(&self->t, 0, 0x277, &pat));
	for (i = 0; i < 8; i++) {
		__u64 bits = (i & 1 ? PTE_PWT : 0) | (i & 2 ? PTE_PCD : 0) |
			     (i & 4 ? PTE_PS : 0);
		__u8 type = pat >> 8 * i & 7;

		EXPECT_EQ(OK, translate_with(self, 1, 0, e | bits, 0, REGION));
		EXPECT_EQ(type == 7 ? 0 : type, last.result.cache_type);
	}
}

/* Only when asked to, only for a write dirty, and only at the leaf. */
TEST_F(tlfs, accessed_dirty)
{
	__u64 old[4], e;
	int level, vtl;

	for (level = 0; level < 4; level++)
		old[level] = read_gpa(&self->t, self->entry[level]);
	for (vtl = 0; vtl < 2; vtl++) {
		write_gpa(&self->t, self->entry[0], old[0] & ~(PTE_A | PTE_D));
		EXPECT_EQ(OK, translate(&self->t, vtl, VTL(0) | USER | WRITE,
					REGION));
		EXPECT_EQ(0, read_gpa(&self->t, self->entry[0]) &
			  (PTE_A | PTE_D));
		EXPECT_EQ(OK, translate(&self->t, vtl, VTL(0) | USER | READ |
					SET_BITS, REGION));
		EXPECT_EQ(PTE_A, read_gpa(&self->t, self->entry[0]) &
			  (PTE_A | PTE_D));
		/* A refused access changes nothing. */
		write_gpa(&self->t, self->entry[0],
			  old[0] & ~(PTE_A | PTE_D | PTE_W));
		EXPECT_EQ(VIOLATION, translate(&self->t, vtl, VTL(0) | USER |
					       WRITE | SET_BITS, REGION));
		EXPECT_EQ(0, read_gpa(&self->t, self->entry[0]) &
			  (PTE_A | PTE_D));
		write_gpa(&self->t, self->entry[0], old[0] & ~(PTE_A | PTE_D));
		write_gpa(&self->t, self->entry[1], old[1] & ~PTE_A);
		EXPECT_EQ(OK, translate(&self->t, vtl, VTL(0) | USER | WRITE |
					SET_BITS, REGION));
		EXPECT_EQ(PTE_A | PTE_D, read_gpa(&self->t, self->entry[0]) &
			  (PTE_A | PTE_D));
		e = read_gpa(&self->t, self->entry[1]);
		EXPECT_EQ(old[1] | PTE_A, e);
	}
	for (level = 0; level < 4; level++)
		write_gpa(&self->t, self->entry[level], old[level]);
}

/* Tables and leaves in memory that VTL0 has not got. */
TEST_F(tlfs, foreign_memory)
{
	unsigned long long base, size;
	FILE *f = fopen(RANGES, "r");
	int vtl, level, nr = 0;
	char name[16];

	ASSERT_NE(NULL, f);
	while (fscanf(f, "%15s %llx %llx", name, &base, &size) == 3) {
		bool public = !strcmp(name, "public");

		if (strcmp(name, "hv") && !public)
			continue;
		nr++;
		for (vtl = 0; vtl < 2; vtl++) {
			for (level = 1; level < 4; level++)
				EXPECT_EQ(UNMAPPED,
					  translate_with(self, vtl, level,
							 base | TABLE, 0,
							 REGION));
			EXPECT_EQ(public ? OK : UNMAPPED,
				  translate_with(self, vtl, 0, base | TABLE,
						 READ | USER, REGION));
			EXPECT_EQ(public ? NO_WRITE : UNMAPPED,
				  translate_with(self, vtl, 0, base | TABLE,
						 WRITE | USER, REGION));
		}
	}
	fclose(f);
	EXPECT_LT(0, nr);
}

/* Registers of a device are a leaf, but no table. */
TEST_F(tlfs, devices)
{
	const __u64 apic = 0xfee00000, high = 1ULL << 38;
	int vtl;

	for (vtl = 0; vtl < 2; vtl++) {
		EXPECT_EQ(OK, translate_with(self, vtl, 0, apic | TABLE |
					     PTE_PCD | PTE_PWT,
					     USER | READ | WRITE, REGION));
		EXPECT_EQ(apic / PAGE, last.gpa_page);
		EXPECT_EQ(HV_CACHE_TYPE_UNCACHED, last.result.cache_type);
		EXPECT_EQ(UNMAPPED, translate_with(self, vtl, 1, apic | TABLE,
						   0, REGION));
		EXPECT_EQ(OK, translate_with(self, vtl, 0, high | TABLE,
					     USER | READ, REGION));
		EXPECT_EQ(UNMAPPED, translate_with(self, vtl, 1, high | TABLE,
						   0, REGION));
	}
}

/* What VTL0 sees there is not what lies beneath. */
TEST_F(tlfs, overlay)
{
	__u64 page;
	int vtl;

	ASSERT_EQ(NO_FAULT, read_msr(&self->t, 0, HV_X64_MSR_HYPERCALL, &page));
	ASSERT_TRUE(page & HV_MSR_ENABLE);
	page &= PTE_ADDR;
	for (vtl = 0; vtl < 2; vtl++) {
		EXPECT_EQ(OK, translate_with(self, vtl, 0, page | TABLE,
					     USER | READ | EXEC, REGION));
		EXPECT_EQ(page / PAGE, last.gpa_page);
		EXPECT_EQ(HV_TRANSLATE_GVA_RESULT_OVERLAY, last.result.flags);
		EXPECT_EQ(OVERLAY, translate_with(self, vtl, 0, page | TABLE,
						  USER | WRITE, REGION));
		EXPECT_EQ(OVERLAY, translate_with(self, vtl, 1, page | TABLE,
						  0, REGION));
	}
}

/* Pages that VTL1 has taken away, wholly or for writing. */
TEST_F(tlfs, protected)
{
	const __u32 all = HV_MAP_GPA_PERMISSIONS_MASK;
	struct tlfs *t = &self->t;
	__u64 gpn = tlfs_gpa(t, TLFS_FREE) / PAGE;
	__u64 pt = self->entry[0] & PTE_ADDR, pde, pte;
	int vtl;

	ASSERT_EQ(DONE(1), set_register(t, 1, 0,
					HV_REGISTER_VSM_PARTITION_CONFIG,
					HV_VSM_CONFIG_ENABLE_PROTECTION |
					0xf << HV_VSM_CONFIG_DEFAULT_MASK_SHIFT |
					HV_VSM_CONFIG_ZERO_MEM_ON_RESET));
	ASSERT_EQ(DONE(1), protect(t, 1, USE_VTL(0), HV_MAP_GPA_READABLE, gpn,
				   1));
	for (vtl = 0; vtl < 2; vtl++) {
		EXPECT_EQ(OK, translate(t, vtl, VTL(0) | USER | READ, REGION));
		EXPECT_EQ(INTERCEPT, translate(t, vtl, VTL(0) | USER | WRITE,
					       REGION));
	}
	ASSERT_EQ(DONE(1), protect(t, 1, USE_VTL(0), 0, gpn, 1));
	for (vtl = 0; vtl < 2; vtl++) {
		EXPECT_EQ(OK, translate(t, vtl, VTL(0), REGION));
		EXPECT_EQ(INTERCEPT, translate(t, vtl, VTL(0) | USER | READ,
					       REGION));
		EXPECT_EQ(0, last.gpa_page);
	}
	/* As a table: a valid entry in it must not be followed for VTL0. */
	write_gpa(t, gpn * PAGE, (tlfs_gpa(t, TLFS_FREE + 1)) | TABLE);
	pde = read_gpa(t, self->entry[1]);
	for (vtl = 0; vtl < 2; vtl++)
		EXPECT_EQ(INTERCEPT, translate_with(self, vtl, 1,
						    gpn * PAGE | TABLE, 0,
						    REGION));
	ASSERT_EQ(DONE(1), protect(t, 1, USE_VTL(0), all, gpn, 1));
	EXPECT_EQ(OK, translate_with(self, 0, 1, gpn * PAGE | TABLE, 0,
				     REGION));
	EXPECT_EQ(gpn + 1, last.gpa_page);
	EXPECT_EQ(pde, read_gpa(t, self->entry[1]));

	/* A table that cannot be written: as long as nothing is to be set. */
	pte = read_gpa(t, self->entry[0]);
	ASSERT_EQ(DONE(1), protect(t, 1, USE_VTL(0), HV_MAP_GPA_READABLE,
				   pt / PAGE, 1));
	for (vtl = 0; vtl < 2; vtl++) {
		EXPECT_EQ(OK, translate_with(self, vtl, 0, pte | PTE_A,
					     USER | READ | SET_BITS, REGION));
		EXPECT_EQ(INTERCEPT, translate_with(self, vtl, 0,
						    pte & ~(PTE_A | PTE_D),
						    USER | WRITE | SET_BITS,
						    REGION));
	}
	ASSERT_EQ(DONE(1), protect(t, 1, USE_VTL(0), all, pt / PAGE, 1));
}

static __u64 fill_input(struct tlfs *t, int vtl,
			const struct hv_input_translate_virtual_address *in)
{
	memcpy(tlfs_page(t, TLFS_INPUT), in, sizeof(*in));
	return memory_call(t, vtl, HVCALL_TRANSLATE_VIRTUAL_ADDRESS);
}

TEST_F(tlfs, wrong_input)
{
	const struct hv_input_translate_virtual_address good =
		*translate_input(&self->t, VTL(0), REGION);
	struct hv_input_translate_virtual_address in = good;
	struct tlfs *t = &self->t;
	int bit;

	/* Partition, VP, then the rest. */
	in.partition_id = 1;
	in.vp_index = 0x7fffffff;
	EXPECT_EQ(HV_STATUS_INVALID_PARTITION_ID, fill_input(t, 1, &in));
	in.partition_id = HV_PARTITION_ID_SELF;
	EXPECT_EQ(HV_STATUS_INVALID_VP_INDEX, fill_input(t, 1, &in));
	in = good;
	if (tlfs_cpus() > 1) {
		in.vp_index = 1;
		EXPECT_EQ(HV_STATUS_INVALID_VP_INDEX, fill_input(t, 1, &in));
	}
	in.vp_index = 0;
	EXPECT_EQ(HV_STATUS_SUCCESS, fill_input(t, 1, &in));
	in = good;
	in.rsvd = 1;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, fill_input(t, 1, &in));
	in = good;
	in.gva_page |= 1ULL << 52;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, fill_input(t, 1, &in));
	for (bit = 11; bit < 56; bit++) {
		in = good;
		in.control_flags |= 1ULL << bit;
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, fill_input(t, 1, &in));
	}
	in.control_flags = VTL(2);
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, fill_input(t, 1, &in));
	in.control_flags = VTL(1);
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, fill_input(t, 0, &in));
	in.control_flags = 0x20ULL << HV_TRANSLATE_GVA_INPUT_VTL_SHIFT;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, fill_input(t, 1, &in));
	in.control_flags = VTL(0) | HV_TRANSLATE_GVA_ENFORCE_SMAP |
			   HV_TRANSLATE_GVA_OVERRIDE_SMAP;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, fill_input(t, 1, &in));
	/* Nobody locks a TLB of his own. */
	in.control_flags = HV_TRANSLATE_GVA_TLB_FLUSH_INHIBIT;
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, fill_input(t, 0, &in));
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, fill_input(t, 1, &in));
	EXPECT_TRUE(output_untouched(t));
}

/* The fault that VTL1 would inject comes with the answer. */
static __u64 event(struct _test_data_tlfs *self, __u64 flags, __u64 gva)
{
	const struct hv_output_translate_virtual_address_ex *out =
		tlfs_page(&self->t, TLFS_OUTPUT);

	translate_input(&self->t, flags | VTL(0), gva);
	if (memory_call(&self->t, 1, HVCALL_TRANSLATE_VIRTUAL_ADDRESS_EX))
		return -1;
	if (out->event[0] >> 16 == PF && out->event[1] != gva)
		return -1;
	return out->rsvd1 | out->rsvd2 | out->event[2] | out->event[3] ?
	       (__u64)-1 : out->event[0];
}

#define EVENT(vector, error)	(1ULL | 1ULL << 8 | (__u64)(vector) << 16 | \
				 (__u64)(error) << 32)

TEST_F(tlfs, extended)
{
	const struct hv_output_translate_virtual_address_ex *out =
		tlfs_page(&self->t, TLFS_OUTPUT);
	const __u8 *end = (__u8 *)(out + 1);
	__u64 gap = REGION + REGION_PAGES * PAGE;

	EXPECT_EQ(64, sizeof(*out));
	EXPECT_EQ(0, event(self, USER | READ, REGION));
	EXPECT_EQ(OK, out->result.code);
	EXPECT_EQ(tlfs_gpa(&self->t, TLFS_FREE) / PAGE, out->gpa_page);
	EXPECT_EQ(UNTOUCHED, *end);
	EXPECT_EQ(EVENT(PF, 0x4), event(self, USER | READ, gap));
	EXPECT_EQ(ABSENT, out->result.code);
	EXPECT_EQ(gap, out->event[1]);
	EXPECT_EQ(EVENT(PF, 0x2), event(self, SUPER | WRITE, gap));
	EXPECT_EQ(EVENT(PF, 0x15), event(self, USER | EXEC, REGION));
	EXPECT_EQ(VIOLATION, out->result.code);
	EXPECT_EQ(EVENT(GP, 0), event(self, USER | READ, 1ULL << 63));
	EXPECT_EQ(INVALID, out->result.code);
	EXPECT_EQ(0, out->event[1]);
}

TEST_HARNESS_MAIN
