// SPDX-License-Identifier: GPL-2.0
/*
 * The default protection mask: with each one, VTL0 goes on by the grace of
 * VTL1, which answers an access that the mask does not allow by allowing it for
 * that page.  Source: TLFS, "Default Protection Mask".
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "../uapi/vsm/registers.h"
#include "../uapi/vsm/synic.h"
#include "tlfs.h"

#define R		HV_MAP_GPA_READABLE
#define W		HV_MAP_GPA_WRITABLE
#define KX		HV_MAP_GPA_KERNEL_EXECUTABLE
#define UX		HV_MAP_GPA_USER_EXECUTABLE
#define ALL		HV_MAP_GPA_PERMISSIONS_MASK

#define VECTOR		0x30
#define CONFIG		HV_REGISTER_VSM_PARTITION_CONFIG
#define ENABLED(mask)	(HV_VSM_CONFIG_ENABLE_PROTECTION | \
			 (__u64)(mask) << HV_VSM_CONFIG_DEFAULT_MASK_SHIFT)
/* More intercepts than the log holds come now and then: once more, then. */
#define TRIES		10

FIXTURE(tlfs) {
	struct tlfs t;
	unsigned int page;	/* the first that nobody touched */
};

FIXTURE_VARIANT(tlfs) {
	__u32 mask;
	bool narrowed;		/* after one that takes nothing away */
};

FIXTURE_VARIANT_ADD(tlfs, none) { .mask = 0 };
FIXTURE_VARIANT_ADD(tlfs, read) { .mask = R };
FIXTURE_VARIANT_ADD(tlfs, read_write) { .mask = R | W };
FIXTURE_VARIANT_ADD(tlfs, not_write) { .mask = R | KX | UX };
FIXTURE_VARIANT_ADD(tlfs, not_kernel_execute) { .mask = R | W | UX };
FIXTURE_VARIANT_ADD(tlfs, all) { .mask = ALL };
FIXTURE_VARIANT_ADD(tlfs, narrowed_to_read_write) {
	.mask = R | W, .narrowed = true,
};

FIXTURE_SETUP(tlfs)
{
	bool skip;
	const char *why = tlfs_open(&self->t, &skip);

	if (why && skip)
		SKIP(return, "%s", why);
	ASSERT_EQ(NULL, why) TH_LOG("%s", why);
	self->page = TLFS_FREE;
}

FIXTURE_TEARDOWN(tlfs)
{
	tlfs_close(&self->t);
}

/* VTL1 of this VP allows what is asked for, forgetting what was before. */
static void be_generous(struct __test_metadata *_metadata, struct tlfs *t)
{
	struct puppet_request req = {
		.op = PUPPET_RESPOND,
		.response = {
			.count = ~0U,
			.actions = PUPPET_PROTECT,
			.map_flags = ALL,
		},
	};

	ASSERT_TRUE(puppet(t, &req));
}

static void open_vp(struct __test_metadata *_metadata, struct tlfs *t)
{
	struct puppet_request req = { .op = PUPPET_PAGES };

	ASSERT_TRUE(puppet(t, &req));
	ASSERT_EQ(NO_FAULT, write_msr(t, 1, HV_X64_MSR_VP_ASSIST_PAGE,
				      req.ret[0] | HV_MSR_ENABLE));
	ASSERT_EQ(NO_FAULT, write_msr(t, 1, HV_X64_MSR_SIMP,
				      req.ret[1] | HV_MSR_ENABLE));
	ASSERT_EQ(NO_FAULT, write_msr(t, 1, HV_X64_MSR_SCONTROL,
				      HV_SCONTROL_ENABLE));
	ASSERT_EQ(NO_FAULT, write_msr(t, 1, HV_X64_MSR_SINT0, VECTOR));
	be_generous(_metadata, t);
}

/* How many intercepts, and whether one was of @access to the page. */
static __u64 find_intercept(struct __test_metadata *_metadata, struct tlfs *t,
			    __u64 gpa, __u8 access, bool *ret_found)
{
	struct puppet_request req = {
		.op = PUPPET_LOGGED, .arg = { tlfs_gpa(t, TLFS_COPY) },
	};
	const struct puppet_logged *log = tlfs_page(t, TLFS_COPY);
	unsigned int i;

	*ret_found = false;
	ASSERT_TRUE(puppet(t, &req));
	for (i = 0; i < req.ret[0] && i < PUPPET_LOG; i++) {
		const struct hv_message *msg = (const void *)log[i].message;
		const struct hv_x64_memory_intercept *m =
			(const void *)msg->payload;

		EXPECT_EQ(HV_MESSAGE_GPA_INTERCEPT, msg->type);
		EXPECT_EQ(0, log[i].status);
		if (m->gpa / PAGE == gpa / PAGE && m->header.access == access)
			*ret_found = true;
	}
	return req.ret[0];
}

/* ENDBR64 and RET. */
static const __u8 code[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0xc3 };

static bool kernel_executes(struct tlfs *t, __u64 gpa)
{
	struct vsm_probe_memory req = {
		.path = VSM_PROBE_VMAP, .access = VSM_PROBE_EXECUTE,
		.base = gpa, .size = PAGE, .step = PAGE,
	};

	return !ioctl(t->fd, VSM_PROBE_IOC_MEMORY, &req) && req.tried == 1 &&
	       !req.refused;
}

enum kind { LOAD, STORE, KERNEL_EXECUTE, USER_EXECUTE, NR_KINDS };

static const struct {
	const char *name;
	__u32 needs;
	__u8 access;
} kinds[NR_KINDS] = {
	[LOAD] = { "load", R, HV_ACCESS_READ },
	[STORE] = { "store", W, HV_ACCESS_WRITE },
	[KERNEL_EXECUTE] = { "kernel execute", KX, HV_ACCESS_EXECUTE },
	[USER_EXECUTE] = { "user execute", UX, HV_ACCESS_EXECUTE },
};

static bool do_access(struct tlfs *t, unsigned int page, enum kind kind)
{
	__u64 val;

	switch (kind) {
	case LOAD:
		return vtl0_load(t, tlfs_va(t, page), &val) == NO_FAULT;
	case STORE:
		return vtl0_store(t, tlfs_va(t, page), 1) == NO_FAULT;
	case KERNEL_EXECUTE:
		return kernel_executes(t, tlfs_gpa(t, page));
	default:
		((void (*)(void))tlfs_page(t, page))();
		return true;
	}
}

/* The access comes to its end; with VTL1's help only where the mask says so. */
static void check_kind(struct __test_metadata *_metadata,
		       struct _test_data_tlfs *self, __u32 mask, enum kind kind)
{
	unsigned int tries;
	bool found;

	for (tries = 0; tries < TRIES; tries++) {
		unsigned int page = self->page++;

		be_generous(_metadata, &self->t);
		ASSERT_TRUE(do_access(&self->t, page, kind));
		if (find_intercept(_metadata, &self->t,
				   tlfs_gpa(&self->t, page),
				   kinds[kind].access, &found) > PUPPET_LOG)
			continue;
		EXPECT_EQ(!(mask & kinds[kind].needs), found) {
			TH_LOG("%s, mask %#x", kinds[kind].name, mask);
		}
		return;
	}
	EXPECT_LT(tries, TRIES) TH_LOG("%s: too much else", kinds[kind].name);
}

static bool has_mbec(struct tlfs *t)
{
	struct hv_register_value val = { 0 };

	get_register(t, 1, 0, HV_REGISTER_VSM_PARTITION_STATUS, &val);
	return val.low >> HV_VSM_PARTITION_STATUS_MBEC_SHIFT & 2;
}

static __u64 config(struct tlfs *t)
{
	struct hv_register_value val = { 0 };

	if (get_register(t, 1, 0, CONFIG, &val) != DONE(1))
		return ~0ULL;
	return val.low;
}

static void check_write_once(struct __test_metadata *_metadata, struct tlfs *t,
			     __u32 mask)
{
	__u32 other;

	EXPECT_EQ(ENABLED(mask), config(t));
	for (other = 0; other <= ALL; other++) {
		/* All rights are none yet: what is legal may follow. */
		if (mask == ALL && (!other || (other & R)))
			continue;
		EXPECT_EQ(other == mask ? DONE(1) :
			  HV_STATUS_INVALID_REGISTER_VALUE,
			  set_register(t, 1, 0, CONFIG, ENABLED(other))) {
			TH_LOG("mask %#x after %#x", other, mask);
		}
	}
	EXPECT_EQ(ENABLED(mask), config(t));
}

TEST_F(tlfs, default_mask)
{
	const __u32 mask = variant->mask;
	struct tlfs *t = &self->t;
	unsigned int cpu, kind, i;

	ASSERT_TRUE(tlfs_again());
	for (i = TLFS_FREE; i < TLFS_PAGES; i++)
		memcpy(tlfs_page(t, i), code, sizeof(code));
	ASSERT_EQ(0, mprotect(tlfs_page(t, TLFS_FREE),
			      (TLFS_PAGES - TLFS_FREE) * PAGE,
			      PROT_READ | PROT_WRITE | PROT_EXEC));
	if (!(mask & KX) != !(mask & UX) && !has_mbec(t)) {
		EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
			  set_register(t, 1, 0, CONFIG, ENABLED(mask)));
		EXPECT_EQ(HV_VSM_CONFIG_ZERO_MEM_ON_RESET, config(t));
		return;
	}
	for (cpu = 0; cpu < tlfs_cpus(); cpu++) {
		tlfs_on_cpu(cpu);
		open_vp(_metadata, t);
	}
	tlfs_on_cpu(0);
	if (variant->narrowed)
		ASSERT_EQ(DONE(1), set_register(t, 1, 0, CONFIG, ENABLED(ALL)));
	ASSERT_EQ(DONE(1), set_register(t, 1, 0, CONFIG, ENABLED(mask)));
	for (kind = 0; kind < NR_KINDS; kind++)
		check_kind(_metadata, self, mask, kind);
	check_write_once(_metadata, t, mask);
	/* The other CPUs have come so far, too; a page's own mask counts. */
	for (cpu = 0; cpu < tlfs_cpus(); cpu++) {
		tlfs_on_cpu(cpu);
		EXPECT_TRUE(do_access(t, self->page, STORE));
		EXPECT_TRUE(do_access(t, self->page, LOAD));
	}
	tlfs_on_cpu(0);
	/* Before VTL1 is gone, and nobody is generous any more. */
	ASSERT_TRUE(tlfs_again());
}

TEST_HARNESS_MAIN
