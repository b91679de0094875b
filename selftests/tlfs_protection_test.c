// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallModifyVtlProtectionMask: who may, on what, with which masks, and what
 * VTL0 can do with a page afterwards, on every CPU.  VTL1 takes no intercepts
 * here, so that what is forbidden is an exception.  Source: TLFS, "Memory
 * Access Protections", HvCallModifyVtlProtectionMask.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "cpu.h"
#include "tlfs.h"

#define RANGES		"/sys/kernel/debug/vsm/ranges"

#define R		HV_MAP_GPA_READABLE
#define W		HV_MAP_GPA_WRITABLE
#define KX		HV_MAP_GPA_KERNEL_EXECUTABLE
#define UX		HV_MAP_GPA_USER_EXECUTABLE
#define ALL		(R | W | KX | UX)

#define CONFIG		HV_REGISTER_VSM_PARTITION_CONFIG
#define DEFAULT(mask)	((__u64)(mask) << HV_VSM_CONFIG_DEFAULT_MASK_SHIFT)
#define PROTECTION_ON	(HV_VSM_CONFIG_ENABLE_PROTECTION | DEFAULT(ALL))

/* Tests of what is before protections are enabled come first. */
FIXTURE(before) {
	struct tlfs t;
};

FIXTURE(protection) {
	struct tlfs t;
	bool mbec;
	unsigned int page;	/* that tests protect */
	__u64 gpn;
};

static bool open_tlfs(struct __test_metadata *_metadata, struct tlfs *t)
{
	bool skip;
	const char *why = tlfs_open(t, &skip);

	if (why && skip)
		SKIP(return false, "%s", why);
	ASSERT_EQ(NULL, why) TH_LOG("%s", why);
	return true;
}

FIXTURE_SETUP(before)
{
	open_tlfs(_metadata, &self->t);
}

FIXTURE_TEARDOWN(before)
{
	tlfs_close(&self->t);
}

static __u64 config(struct tlfs *t)
{
	struct hv_register_value val = { 0 };

	if (get_register(t, 1, 0, CONFIG, &val) != DONE(1))
		return ~0ULL;
	return val.low;
}

/* TLFS: ZeroMemoryOnReset is on, all else off, until VTL1 writes. */
TEST_F(before, initial_config)
{
	EXPECT_EQ(HV_VSM_CONFIG_ZERO_MEM_ON_RESET, config(&self->t));
}

/* TLFS: EnableVtlProtection must be set before protections can be applied. */
TEST_F(before, not_enabled)
{
	__u64 gpn = tlfs_gpa(&self->t, TLFS_FREE) / PAGE, val;

	EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
		  protect(&self->t, 1, 0, R, gpn, 1));
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
		  protect(&self->t, 0, 0, R, gpn, 1));
	EXPECT_EQ(NO_FAULT, vtl0_store(&self->t, tlfs_va(&self->t, TLFS_FREE),
				       1));
	EXPECT_EQ(NO_FAULT, vtl0_load(&self->t, tlfs_va(&self->t, TLFS_FREE),
				      &val));
	EXPECT_EQ(1, val);
}

/* A value that is refused changes nothing. */
TEST_F(before, config_reserved_bits)
{
	__u64 before = config(&self->t);
	int bit;

	for (bit = 16; bit < 64; bit++)
		EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
			  set_register(&self->t, 1, 0, CONFIG,
				       before | 1ULL << bit))
			TH_LOG("bit %d", bit);
	EXPECT_EQ(before, config(&self->t));
}

/* VTL0 has none of its own, and may not touch VTL1's. */
TEST_F(before, config_of_vtl0)
{
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
		  set_register(&self->t, 0, 0, CONFIG, PROTECTION_ON));
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
		  set_register(&self->t, 0, USE_VTL(1), CONFIG,
			       PROTECTION_ON));
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
		  set_register(&self->t, 1, USE_VTL(0), CONFIG,
			       PROTECTION_ON));
	EXPECT_EQ(0, config(&self->t) & HV_VSM_CONFIG_ENABLE_PROTECTION);
}

static bool has_mbec(struct tlfs *t)
{
	struct hv_register_value val = { 0 };

	get_register(t, 1, 0, HV_REGISTER_VSM_PARTITION_STATUS, &val);
	return val.low >> HV_VSM_PARTITION_STATUS_MBEC_SHIFT & 2;
}

FIXTURE_SETUP(protection)
{
	if (!open_tlfs(_metadata, &self->t))
		return;
	self->page = TLFS_FREE;
	self->gpn = tlfs_gpa(&self->t, self->page) / PAGE;
	self->mbec = has_mbec(&self->t);
	ASSERT_EQ(DONE(1), set_register(&self->t, 1, 0, CONFIG,
					PROTECTION_ON));
}

/* The pages go back to Linux. */
FIXTURE_TEARDOWN(protection)
{
	EXPECT_EQ(DONE(TLFS_PAGES),
		  protect(&self->t, 1, 0, ALL, self->t.gpa / PAGE,
			  TLFS_PAGES));
	tlfs_close(&self->t);
}

static __u64 set_mask(struct _test_data_protection *self, __u32 flags)
{
	return protect(&self->t, 1, 0, flags, self->gpn, 1);
}

/* TLFS: EnableVtlProtection is write-once, the default mask with it. */
TEST_F(protection, config_is_write_once)
{
	static const __u64 changes[] = {
		0, DEFAULT(ALL), HV_VSM_CONFIG_ENABLE_PROTECTION | DEFAULT(W),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
			  set_register(&self->t, 1, 0, CONFIG, changes[i]));
		EXPECT_EQ(PROTECTION_ON, config(&self->t));
	}
	/* The same again is no change. */
	EXPECT_EQ(DONE(1), set_register(&self->t, 1, 0, CONFIG,
					PROTECTION_ON));
}

/* TLFS: a VTL can only place protections on a lower VTL. */
TEST_F(protection, vtl0_may_not)
{
	static const __u8 targets[] = { 0, USE_VTL(0), USE_VTL(1) };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(targets); i++)
		EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
			  protect(&self->t, 0, targets[i], R, self->gpn, 1));
	EXPECT_EQ(NO_FAULT,
		  vtl0_store(&self->t, tlfs_va(&self->t, self->page), 1));
}

/* The three ways in which callers name the VTL; others are refused. */
TEST_F(protection, targets)
{
	static const __u8 right[] = { 0, 1, USE_VTL(0), USE_VTL(1) };
	static const __u8 rsvd[] = { 0x20, 0x40, 0x80, 0xff };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(right); i++)
		EXPECT_EQ(DONE(1), protect(&self->t, 1, right[i], ALL,
					   self->gpn, 1))
			TH_LOG("target %#x", right[i]);
	for (i = 0; i < ARRAY_SIZE(rsvd); i++)
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
			  protect(&self->t, 1, rsvd[i], ALL, self->gpn, 1))
			TH_LOG("target %#x", rsvd[i]);
	for (i = 2; i < 16; i++)
		EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
			  protect(&self->t, 1, USE_VTL(i), ALL, self->gpn, 1))
			TH_LOG("VTL %u", i);
}

TEST_F(protection, header)
{
	struct hv_input_modify_vtl_protection_mask *in =
		tlfs_page(&self->t, TLFS_INPUT);
	const __u64 control = HVCALL_MODIFY_VTL_PROTECTION_MASK | REP(1, 0);
	unsigned int i;

	set_mask(self, ALL);
	in->partition_id = 1;
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, memory_call(&self->t, 1, control));
	in->partition_id = HV_PARTITION_ID_SELF;
	for (i = 0; i < 3; i++) {
		in->rsvd[i] = 1;
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
			  memory_call(&self->t, 1, control));
		in->rsvd[i] = 0;
	}
	EXPECT_EQ(DONE(1), memory_call(&self->t, 1, control));
}

/*
 * Which masks there are: R with all but itself, KX only with UX, and without
 * MBEC both or none.
 */
static bool legal(__u32 mask, bool mbec)
{
	if (mask & ~(__u32)ALL)
		return false;
	if (mask && !(mask & R))
		return false;
	if ((mask & KX) && !(mask & UX))
		return false;
	return mbec || !(mask & KX) == !(mask & UX);
}

TEST_F(protection, masks)
{
	__u32 mask;
	int bit;

	for (mask = 0; mask <= ALL; mask++)
		EXPECT_EQ(legal(mask, self->mbec) ?
			  DONE(1) : HV_STATUS_INVALID_REGISTER_VALUE,
			  set_mask(self, mask))
			TH_LOG("mask %#x, MBEC %d", mask, self->mbec);
	for (bit = 4; bit < 32; bit++)
		EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
			  set_mask(self, ALL | 1U << bit))
			TH_LOG("bit %d", bit);
}

/* What VTL0's kernel and its processes can do with the page, by mask. */
static void check_access(struct __test_metadata *_metadata,
			 struct _test_data_protection *self, __u32 mask)
{
	__u64 va = tlfs_va(&self->t, self->page), val;
	bool r = mask & R, w = mask & W;

	if (w) {
		EXPECT_EQ(NO_FAULT, vtl0_store(&self->t, va, mask + 1));
		EXPECT_EQ(NO_FAULT, vtl0_load(&self->t, va, &val));
		EXPECT_EQ(mask + 1, val);
		return;
	}
	EXPECT_EQ(PF, vtl0_store(&self->t, va, 0xbad)) {
		TH_LOG("mask %#x", mask);
	}
	EXPECT_EQ(r ? NO_FAULT : PF, vtl0_load(&self->t, va, &val)) {
		TH_LOG("mask %#x", mask);
	}
	EXPECT_NE(0xbad, val);
}

TEST_F(protection, read_and_write)
{
	unsigned int cpu;
	__u32 mask;

	for (mask = 0; mask <= ALL; mask++) {
		if (!legal(mask, self->mbec))
			continue;
		ASSERT_EQ(DONE(1), set_mask(self, mask));
		for (cpu = 0; cpu < tlfs_cpus(); cpu++) {
			tlfs_on_cpu(cpu);
			check_access(_metadata, self, mask);
		}
	}
}

/* A byte by the way of the attacking module: did it fault? */
static bool refused(struct __test_metadata *_metadata,
		    struct _test_data_protection *self, __u32 access)
{
	struct vsm_probe_memory req = {
		.path = VSM_PROBE_VMAP,
		.access = access,
		.base = self->gpn * PAGE,
		.size = PAGE,
		.step = PAGE,
	};

	EXPECT_EQ(0, ioctl(self->t.fd, VSM_PROBE_IOC_MEMORY, &req))
		TH_LOG("%s", strerror(errno));
	EXPECT_EQ(1, req.tried);
	return req.refused;
}

/* ENDBR64 and RET, as the module's own page has them. */
static const __u8 code[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0xc3 };

TEST_F(protection, kernel_execute)
{
	__u32 mask;

	memcpy(tlfs_page(&self->t, self->page), code, sizeof(code));
	for (mask = R; mask <= ALL; mask++) {
		if (!legal(mask, self->mbec))
			continue;
		ASSERT_EQ(DONE(1), set_mask(self, mask));
		EXPECT_EQ(!(mask & KX),
			  refused(_metadata, self, VSM_PROBE_EXECUTE))
			TH_LOG("mask %#x", mask);
	}
}

/* Handled, so that the kernel does not report it. */
static void on_fault(int sig)
{
	_exit(sig);
}

/* Execution at CPL 3 follows UX: the page mapped into this process. */
TEST_F(protection, user_execute)
{
	__u8 *page = tlfs_page(&self->t, self->page);
	int status;
	__u32 mask;
	pid_t pid;

	memcpy(page, code, sizeof(code));
	ASSERT_EQ(0, mprotect(page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC))
		TH_LOG("%s", strerror(errno));
	for (mask = R; mask <= ALL; mask++) {
		if (!legal(mask, self->mbec))
			continue;
		ASSERT_EQ(DONE(1), set_mask(self, mask));
		pid = fork();
		if (!pid) {
			signal(SIGSEGV, on_fault);
			((void (*)(void))page)();
			_exit(0);
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(mask & UX ? 0 : SIGSEGV, WEXITSTATUS(status)) {
			TH_LOG("mask %#x", mask);
		}
	}
}

/* VTL1's own access is not touched by what it does to VTL0. */
TEST_F(protection, vtl1_keeps_its_access)
{
	__u64 gpa = self->gpn * PAGE, val = 0x1234;

	ASSERT_EQ(DONE(1), set_mask(self, 0));
	EXPECT_TRUE(vtl1_copy_in(&self->t, gpa, &val, sizeof(val)));
	val = 0;
	EXPECT_TRUE(vtl1_copy_out(&self->t, &val, gpa, sizeof(val)));
	EXPECT_EQ(0x1234, val);
}

/* A list longer than a pass, and the pages next to it stay as they are. */
TEST_F(protection, many_pages)
{
	const unsigned int first = TLFS_FREE + 1, nr = TLFS_PAGES - first - 1;
	__u64 gpn = tlfs_gpa(&self->t, first) / PAGE, val;
	unsigned int i;

	ASSERT_EQ(DONE(nr), protect(&self->t, 1, 0, 0, gpn, nr));
	EXPECT_EQ(NO_FAULT, vtl0_load(&self->t,
				      tlfs_va(&self->t, first - 1), &val));
	for (i = 0; i < nr; i++)
		EXPECT_EQ(PF, vtl0_load(&self->t, tlfs_va(&self->t, first + i),
					&val))
			TH_LOG("page %u", i);
	EXPECT_EQ(NO_FAULT, vtl0_load(&self->t,
				      tlfs_va(&self->t, first + nr), &val));
}

/* As many as a page holds, the same page again and again: several passes. */
TEST_F(protection, longest_list)
{
	const unsigned int nr = (PAGE - 16) / 8;
	struct hv_input_modify_vtl_protection_mask *in =
		tlfs_page(&self->t, TLFS_INPUT);
	__u64 *list = (__u64 *)(in + 1), val;
	unsigned int i;

	set_mask(self, ALL);
	for (i = 0; i < nr; i++)
		list[i] = self->gpn;
	in->map_flags = R;
	EXPECT_EQ(DONE(nr), memory_call(&self->t, 1, REP(nr, 0) |
					HVCALL_MODIFY_VTL_PROTECTION_MASK));
	EXPECT_EQ(PF, vtl0_store(&self->t, tlfs_va(&self->t, self->page), 1));
	EXPECT_EQ(NO_FAULT, vtl0_load(&self->t, tlfs_va(&self->t, self->page),
				      &val));
	/* A wrong one in the second pass: what came before is done. */
	in->map_flags = 0;
	list[150] = 0xfee00;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER | DONE(150),
		  memory_call(&self->t, 1, REP(nr, 0) |
			      HVCALL_MODIFY_VTL_PROTECTION_MASK));
	EXPECT_EQ(PF, vtl0_load(&self->t, tlfs_va(&self->t, self->page),
				&val));
}

/* XMM-fast, up to the twelve pages that 112 bytes hold. */
TEST_F(protection, xmm_fast)
{
	struct hv_input_modify_vtl_protection_mask in = {
		.partition_id = HV_PARTITION_ID_SELF,
	};
	struct vsm_probe_insn c = {
		.flags = VSM_PROBE_XMM,
		.gpr[PUPPET_RCX] = HVCALL_MODIFY_VTL_PROTECTION_MASK |
				   HV_HYPERCALL_FAST | REP(12, 0),
	};
	__u64 list[12], val;
	unsigned int i;

	for (i = 0; i < 12; i++)
		list[i] = self->gpn + i;
	memcpy(&c.gpr[PUPPET_RDX], &in, 8);
	memcpy(&c.gpr[PUPPET_R8], (char *)&in + 8, 8);
	memcpy(c.xmm, list, sizeof(list));
	EXPECT_EQ(NO_FAULT, vmcall(&self->t, 1, &c));
	EXPECT_EQ(DONE(12), c.gpr[PUPPET_RAX]);
	for (i = 0; i < 12; i++)
		EXPECT_EQ(PF, vtl0_load(&self->t,
					tlfs_va(&self->t, self->page + i),
					&val));
	EXPECT_EQ(NO_FAULT, vtl0_load(&self->t,
				      tlfs_va(&self->t, self->page + 12),
				      &val));
}

/* TLFS: protections on what is not RAM are an invalid parameter. */
TEST_F(protection, not_ram)
{
	static const __u64 gpns[] = {
		0xfee00, 0xfec00, 0xa0, 1ULL << 30, 1ULL << 40, 1ULL << 51,
		~0ULL,
	};
	unsigned long long base, size;
	FILE *f = fopen(RANGES, "r");
	char name[16];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(gpns); i++)
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
			  protect(&self->t, 1, 0, ALL, gpns[i], 1))
			TH_LOG("page %#llx", gpns[i]);
	/* Nor is what belongs to the hypervisor. */
	ASSERT_NE(NULL, f);
	while (fscanf(f, "%15s %llx %llx", name, &base, &size) == 3)
		if (!strcmp(name, "hv"))
			EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
				  protect(&self->t, 1, 0, ALL, base / PAGE, 1));
	fclose(f);
}

/* Check order with several mistakes at once. */
TEST_F(protection, order_of_checks)
{
	struct hv_input_modify_vtl_protection_mask *in =
		tlfs_page(&self->t, TLFS_INPUT);
	const __u64 control = HVCALL_MODIFY_VTL_PROTECTION_MASK | REP(1, 0);

	protect(&self->t, 1, 0xff, KX, 0xfee00, 1);
	in->partition_id = 1;
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, memory_call(&self->t, 1, control));
	in->partition_id = HV_PARTITION_ID_SELF;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
		  memory_call(&self->t, 1, control));
	in->input_vtl = USE_VTL(2);
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, memory_call(&self->t, 1, control));
	in->input_vtl = 0;
	EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
		  memory_call(&self->t, 1, control));
	in->map_flags = ALL;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
		  memory_call(&self->t, 1, control));
}

/* Hypercall input and output are VTL0's accesses, too; none is intercepted. */
TEST_F(protection, hypercall_pages)
{
	__u64 page = tlfs_gpa(&self->t, self->page);
	__u64 in = tlfs_gpa(&self->t, TLFS_INPUT);
	__u64 out = tlfs_gpa(&self->t, TLFS_OUTPUT);
	const __u64 get = HVCALL_GET_VP_REGISTERS | REP(1, 0);
	struct hv_register_value val;

	ASSERT_EQ(DONE(1), get_register(&self->t, 0, 0, HV_REGISTER_VP_INDEX,
					&val));
	memcpy(tlfs_page(&self->t, self->page),
	       tlfs_page(&self->t, TLFS_INPUT), 32);
	ASSERT_EQ(DONE(1), hypercall(&self->t, 0, get, page, out));
	ASSERT_EQ(DONE(1), set_mask(self, R));
	get_register(&self->t, 0, 0, HV_REGISTER_VP_INDEX, &val);
	EXPECT_EQ(DONE(1), hypercall(&self->t, 0, get, page, out));
	EXPECT_EQ(TRAPPED(GP), hypercall(&self->t, 0, get, in, page));
	ASSERT_EQ(DONE(1), set_mask(self, 0));
	EXPECT_EQ(TRAPPED(GP), hypercall(&self->t, 0, get, page, out));
}

/* --- permissions that shrink while other CPUs use them --------------------- */

struct writer {
	struct tlfs *t;
	unsigned int cpu;
	__u64 va;
	__u32 flags;
	bool calls;		/* VTL1 is entered after each store */
	volatile bool stop;
	volatile unsigned long stores, faults;
	volatile bool late;	/* a store succeeded while it was forbidden */
	volatile unsigned int *turn;	/* odd: stores are forbidden */
};

static void null_call(struct tlfs *t)
{
	struct vsm_probe_insn c = {
		.gpr[PUPPET_RCX] = HVCALL_VTL_CALL,
		.gpr[PUPPET_RDI] = VSM_SC_NULL,
	};

	if (vtl0_insn(t, VSM_PROBE_INSN_vmcall, &c) != NO_FAULT)
		abort();
}

static void *write_until_stopped(void *arg)
{
	struct writer *w = arg;
	unsigned int turn;

	tlfs_on_cpu(w->cpu);
	while (!w->stop) {
		struct vsm_probe_insn c = {
			.flags = w->flags,
			.gpr[PUPPET_RDI] = w->va,
		};

		turn = *w->turn;
		if (vtl0_insn(w->t, VSM_PROBE_INSN_store, &c) == NO_FAULT) {
			w->stores++;
			/* From before the store to after it. */
			if ((turn & 1) && turn == *w->turn)
				w->late = true;
		} else {
			w->faults++;
		}
		if (w->calls)
			null_call(w->t);
	}
	return NULL;
}

static bool more(const volatile unsigned long *counter)
{
	unsigned long before = *counter;
	int i;

	for (i = 0; i < 5000 && *counter == before; i++)
		usleep(1000);
	return *counter != before;
}

/*
 * After the call that takes W away has returned, no other CPU stores, whatever
 * it did meanwhile.
 */
static void shrink(struct __test_metadata *_metadata,
		   struct _test_data_protection *self, __u32 flags, bool calls)
{
	volatile unsigned int turn = 0;
	struct writer w[8];
	pthread_t threads[8];
	unsigned int i, n = tlfs_cpus() - 1, round;

	for (i = 0; i < n; i++) {
		w[i] = (struct writer){
			.t = &self->t, .cpu = i + 1, .flags = flags,
			.calls = calls,
			.va = tlfs_va(&self->t, self->page),
			.turn = &turn,
		};
		ASSERT_EQ(0, pthread_create(&threads[i], NULL,
					    write_until_stopped, &w[i]));
	}
	for (round = 0; round < 10; round++) {
		for (i = 0; i < n; i++)
			EXPECT_TRUE(more(&w[i].stores));
		ASSERT_EQ(DONE(1), set_mask(self, R));
		turn++;
		for (i = 0; i < n; i++)
			EXPECT_TRUE(more(&w[i].faults));
		turn++;
		ASSERT_EQ(DONE(1), set_mask(self, ALL));
	}
	for (i = 0; i < n; i++) {
		w[i].stop = true;
		pthread_join(threads[i], NULL);
		EXPECT_FALSE(w[i].late) TH_LOG("CPU %u", i + 1);
	}
}

TEST_F(protection, shrinks_for_running_cpus)
{
	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU: there is no other");
	shrink(_metadata, self, 0, false);
}

TEST_F(protection, shrinks_with_interrupts_off)
{
	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU: there is no other");
	shrink(_metadata, self, VSM_PROBE_IRQS_OFF, false);
}

/* CPUs that are on their way into VTL1, there, or on their way back. */
TEST_F(protection, shrinks_while_entering_vtl1)
{
	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU: there is no other");
	shrink(_metadata, self, 0, true);
}

/* --- and while they do nothing but keep a translation ---------------------- */

#define OTHER		1		/* the CPU */
#define TURN		(TLFS_FREE + 1)	/* page with the word */
#define OTHERS_REQUEST	(TLFS_FREE + 2)

struct keeper {
	struct tlfs *t;
	struct vsm_probe_stale req;
	int error;
};

static void *keep(void *arg)
{
	struct keeper *k = arg;

	tlfs_on_cpu(OTHER);
	k->error = ioctl(k->t->fd, VSM_PROBE_IOC_STALE, &k->req) ? errno : 0;
	return NULL;
}

static volatile __u32 *turn_of(struct _test_data_protection *self)
{
	return tlfs_page(&self->t, TURN);
}

static bool waits(struct _test_data_protection *self)
{
	int i;

	for (i = 0; i < 5000 && !*turn_of(self); i++)
		usleep(1000);
	return *turn_of(self) == VSM_PROBE_TURN_WAITING;
}

/*
 * CPU 1 has used the page and waits as @how says; what it may do shrinks to
 * @mask; the very next that it does is the same again.
 */
static void shrink_keeper(struct __test_metadata *_metadata,
			  struct _test_data_protection *self, __u32 how,
			  __u32 store, __u32 mask)
{
	struct keeper k = {
		.t = &self->t,
		.req = {
			.va = tlfs_va(&self->t, self->page),
			.turn = tlfs_va(&self->t, TURN),
			.how = how, .store = store,
		},
	};
	pthread_t thread;

	*turn_of(self) = 0;
	ASSERT_EQ(DONE(1), set_mask(self, ALL));
	ASSERT_EQ(0, pthread_create(&thread, NULL, keep, &k));
	/* It takes no interrupt for long: nothing else may be done here. */
	ASSERT_TRUE(waits(self));
	EXPECT_EQ(DONE(1), set_mask(self, mask));
	*turn_of(self) = VSM_PROBE_TURN_GO;
	pthread_join(thread, NULL);
	ASSERT_EQ(0, k.error) TH_LOG("%s", strerror(k.error));
	EXPECT_EQ(NO_FAULT, k.req.before.vector);
	EXPECT_EQ(PF, k.req.after.vector) {
		TH_LOG("wait %u, store %u, mask %#x", how, store, mask);
	}
}

static void shrink_all(struct __test_metadata *_metadata,
		       struct _test_data_protection *self, __u32 how)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		shrink_keeper(_metadata, self, how, true, R);
		shrink_keeper(_metadata, self, how, true, 0);
		shrink_keeper(_metadata, self, how, false, 0);
	}
}

TEST_F(protection, shrinks_in_a_loop)
{
	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU: there is no other");
	shrink_all(_metadata, self, VSM_PROBE_WAIT_SPIN);
}

TEST_F(protection, shrinks_in_hlt)
{
	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU: there is no other");
	shrink_all(_metadata, self, VSM_PROBE_WAIT_HLT);
}

static bool has_mwait(void)
{
	unsigned int a, b, c = 0, d;

	__get_cpuid(1, &a, &b, &c, &d);
	return c >> 3 & 1;
}

TEST_F(protection, shrinks_in_mwait)
{
	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU: there is no other");
	if (!has_mwait())
		SKIP(return, "this processor has no MWAIT");
	shrink_all(_metadata, self, VSM_PROBE_WAIT_MWAIT);
}

/* Linux has no say in what the hypervisor does with a CPU that it put off. */
TEST_F(protection, shrinks_while_offline)
{
	__u64 va = tlfs_va(&self->t, self->page), val;

	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU: there is no other");
	tlfs_on_cpu(OTHER);
	ASSERT_EQ(NO_FAULT, vtl0_store(&self->t, va, 1));
	tlfs_on_cpu(0);
	ASSERT_TRUE(set_online(OTHER, false));
	EXPECT_EQ(DONE(1), set_mask(self, R));
	ASSERT_TRUE(set_online(OTHER, true));
	tlfs_on_cpu(OTHER);
	EXPECT_EQ(PF, vtl0_store(&self->t, va, 2));
	EXPECT_EQ(NO_FAULT, vtl0_load(&self->t, va, &val));
	EXPECT_EQ(1, val);
	tlfs_on_cpu(0);
}

struct guest_of_vtl1 {
	struct tlfs *t;
	__u64 va;
	__u32 before, after;
	volatile bool back;
	bool ok;
};

#define STAY		40000000ULL	/* ticks */

/* A store, a long stay in VTL1 with interrupts off, and a store. */
static void *stay_in_vtl1(void *arg)
{
	struct guest_of_vtl1 *g = arg;
	struct puppet_request *req = tlfs_page(g->t, OTHERS_REQUEST);
	struct vsm_probe_insn c = {
		.flags = VSM_PROBE_IRQS_OFF,
		.gpr[PUPPET_RCX] = HVCALL_VTL_CALL,
		.gpr[PUPPET_RDI] = PUPPET_CALL,
		.gpr[PUPPET_RSI] = tlfs_gpa(g->t, OTHERS_REQUEST),
		.gpr[PUPPET_RDX] = 1,
	};
	volatile __u32 *turn = tlfs_page(g->t, TURN);

	*req = (struct puppet_request){
		.op = PUPPET_VMCALL, .arg = { STAY },
		.gpr[PUPPET_RCX] = HVCALL_NOTIFY_LONG_SPIN_WAIT,
	};
	tlfs_on_cpu(OTHER);
	g->before = vtl0_store(g->t, g->va, 1);
	*turn = VSM_PROBE_TURN_WAITING;
	g->ok = vtl0_insn(g->t, VSM_PROBE_INSN_vmcall, &c) == NO_FAULT &&
		c.gpr[PUPPET_RDI] == VSM_S_OK;
	g->back = true;
	g->after = vtl0_store(g->t, g->va, 2);
	return NULL;
}

TEST_F(protection, shrinks_in_vtl1)
{
	unsigned int i, during = 0;

	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU: there is no other");
	for (i = 0; i < 5; i++) {
		struct guest_of_vtl1 g = {
			.t = &self->t, .va = tlfs_va(&self->t, self->page),
		};
		pthread_t thread;

		*turn_of(self) = 0;
		ASSERT_EQ(DONE(1), set_mask(self, ALL));
		ASSERT_EQ(0, pthread_create(&thread, NULL, stay_in_vtl1, &g));
		ASSERT_TRUE(waits(self));
		EXPECT_EQ(DONE(1), set_mask(self, R));
		during += !g.back;
		pthread_join(thread, NULL);
		EXPECT_TRUE(g.ok);
		EXPECT_EQ(NO_FAULT, g.before);
		EXPECT_EQ(PF, g.after);
	}
	/* It was there when the call returned, at least now and then. */
	EXPECT_LT(0, during);
}

TEST_HARNESS_MAIN
