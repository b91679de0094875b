// SPDX-License-Identifier: GPL-2.0
/*
 * Hostile calls about code, without code integrity; with it, code.sh, and the
 * tests of the parts on the host.
 */
#include <linux/io.h>
#include <linux/string.h>

#include "scall.h"

static void parameters(void)
{
	u64 gpa = new_list(virt_to_phys(data) >> PAGE_SHIFT);

	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_CODE_START, 0, 0, 0, 0),
	       "code: no mode");
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_CODE_START, 3, 0, 0, 0),
	       "code: a mode that is none");
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_CODE_START, ~0ULL, 0, 0, 0),
	       "code: the last mode");
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_CODE_ADD, gpa, 0, 0, 0),
	       "code: add nothing");
	expect(VSM_S_NOT_READY, call(VSM_SC_CODE_ADD, gpa, 4096, 0, 0),
	       "code: add before the start");
	expect(VSM_S_NOT_FOUND, call(VSM_SC_CODE_REMOVE, gpa, 4096, 0, 0),
	       "code: remove what is none");
}

static void writes_address(u64 gpa, const char *what)
{
	expect(VSM_S_INVALID_ADDRESS, call(VSM_SC_CODE_WRITES, gpa, 0, 1, 0),
	       what);
	expect(VSM_S_INVALID_ADDRESS,
	       call(VSM_SC_CODE_WRITES, gpa, 0, VSM_CODE_WRITES_MAX, 0), what);
}

/* The rules for good pages need code integrity: selftests/host/patch_test.c. */
static void code_writes(void)
{
	u64 page = virt_to_phys(data);
	struct vsm_code_write *w = data;

	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_CODE_WRITES, page, 0, 0, 0),
	       "writes: none");
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_CODE_WRITES, page, 2, 1, 0),
	       "writes: less than none");
	expect(VSM_S_INVALID_PARAMETER,
	       call(VSM_SC_CODE_WRITES, page, 0, VSM_CODE_WRITES_MAX + 1, 0),
	       "writes: more than a page");
	expect(VSM_S_INVALID_PARAMETER,
	       call(VSM_SC_CODE_WRITES, page, ~0ULL - 1, ~0ULL, 0),
	       "writes: the last of all");
	expect(VSM_S_INVALID_PARAMETER,
	       call(VSM_SC_CODE_WRITES, page, 0, 1ULL << 32 | 1, 0),
	       "writes: a number of 33 bits");
	writes_address(vtl1[0], "writes: first page of VTL1");
	writes_address(vtl1[1], "writes: last page of VTL1");
	writes_address(hv[0], "writes: first page of the hypervisor");
	writes_address(hv[1], "writes: last page of the hypervisor");
	writes_address(page + 8, "writes: not page aligned");
	writes_address(1ULL << 45, "writes: no memory");
	writes_address(~0ULL & PAGE_MASK, "writes: the last page of all");
	memset(data, 0, PAGE_SIZE);
	w->address = (unsigned long)code_writes;
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_CODE_WRITES, page, 0, 1, 0),
	       "writes: no bytes");
	w->len = sizeof(w->bytes) + 1;
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_CODE_WRITES, page, 0, 1, 0),
	       "writes: too many bytes");
	w->len = 2;
	w->address = ~0ULL;
	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_CODE_WRITES, page, 0, 1, 0),
	       "writes: an address that wraps");
	w->address = (unsigned long)code_writes;
	expect(VSM_S_NOT_READY,
	       call(VSM_SC_CODE_WRITES, page, 0, VSM_CODE_WRITES_MAX, 0),
	       "writes: before the start");
}

static void write_address(u64 gpa, const char *what)
{
	u64 va = (unsigned long)write_address & PAGE_MASK;
	u64 good = virt_to_phys(data);

	expect(VSM_S_INVALID_ADDRESS,
	       call5(VSM_SC_CODE_WRITE, va, 8, gpa, 0, good), what);
	expect(VSM_S_INVALID_ADDRESS,
	       call5(VSM_SC_CODE_WRITE, va, 8, good, 0, gpa), what);
	expect(VSM_S_INVALID_ADDRESS,
	       call5(VSM_SC_CODE_WRITE, va, 8 | VSM_CODE_WRITE_SLOT, gpa, va,
		     good), what);
	expect(VSM_S_INVALID_ADDRESS,
	       call5(VSM_SC_CODE_WRITE, va, 8 | VSM_CODE_WRITE_SLOT, good, va,
		     gpa), what);
	expect(VSM_S_INVALID_ADDRESS,
	       call5(VSM_SC_CODE_WRITE, va, 8 | VSM_CODE_WRITE_HERE, 0, 0, gpa),
	       what);
	/* The second page of two. */
	expect(VSM_S_INVALID_ADDRESS,
	       call5(VSM_SC_CODE_WRITE, va + PAGE_SIZE - 4, 8, good, gpa, good),
	       what);
}

static void write_flags(void)
{
	static const struct {
		u64 at, bytes;
		const char *what;
	} bad[] = {
		{ 0, 0, "write: no bytes" },
		{ 0, PAGE_SIZE + 1, "write: more than a page" },
		{ 0, ~0ULL >> 2, "write: most bytes" },
		{ 0, VSM_CODE_WRITE_SLOT, "slot: no bytes" },
		{ 0, VSM_CODE_WRITE_SLOT | (PAGE_SIZE + 1),
		  "slot: more than a page" },
		{ PAGE_SIZE - 4, VSM_CODE_WRITE_SLOT | 8, "slot: in two pages" },
		{ PAGE_SIZE - 4, VSM_CODE_WRITE_HERE | 8, "here: in two pages" },
		{ 0, VSM_CODE_WRITE_HERE | (VSM_CODE_WRITE_INLINE + 1),
		  "here: too many bytes" },
		{ 0, VSM_CODE_WRITE_HERE | VSM_CODE_WRITE_SLOT | 8,
		  "write: a slot, and here" },
		{ ~0ULL, 8, "write: an address that wraps" },
		{ ~0ULL, VSM_CODE_WRITE_SLOT | 8, "slot: an address that wraps" },
	};
	u64 va = (unsigned long)write_flags & PAGE_MASK;
	u64 good = virt_to_phys(data);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		expect(VSM_S_INVALID_PARAMETER,
		       call5(VSM_SC_CODE_WRITE,
			     bad[i].at == ~0ULL ? ~0ULL - 3 : va + bad[i].at,
			     bad[i].bytes, good, va, good), bad[i].what);
	expect(VSM_S_NOT_READY,
	       call5(VSM_SC_CODE_WRITE, va, VSM_CODE_WRITE_SLOT | 8, good, va,
		     good), "slot: before the start");
}

static void user_found(void)
{
	u64 gpa = new_list(virt_to_phys(data) >> PAGE_SHIFT);

	expect(VSM_S_INVALID_PARAMETER, call(VSM_SC_USER_FOUND, gpa, 0, 0, 0),
	       "found: nothing");
	expect(VSM_S_INVALID_PARAMETER,
	       call(VSM_SC_USER_FOUND, gpa, (64 << PAGE_SHIFT) + 1, 0, 0),
	       "found: too much");
	expect(VSM_S_INVALID_PARAMETER,
	       call(VSM_SC_USER_FOUND, gpa, ~0ULL, 0, 0), "found: the most");
	expect(VSM_S_INVALID_PARAMETER,
	       call(VSM_SC_USER_FOUND, gpa, 4097, 0, 0), "found: list too short");
	gpa = new_list(vtl1[0] >> PAGE_SHIFT);
	expect(VSM_S_INVALID_ADDRESS, call(VSM_SC_USER_FOUND, gpa, 16, 0, 0),
	       "found: first page of VTL1");
	expect(VSM_S_INVALID_ADDRESS,
	       call(VSM_SC_USER_FOUND, vtl1[0], 16, 0, 0),
	       "found: a list in VTL1");
}

void test_code(void)
{
	parameters();
	code_writes();
	write_flags();
	write_address(vtl1[0], "write: first page of VTL1");
	write_address(hv[1], "write: last page of the hypervisor");
	write_address(virt_to_phys(data) + 8, "write: not page aligned");
	write_address(1ULL << 45, "write: no memory");
	user_found();
}
