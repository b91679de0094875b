// SPDX-License-Identifier: GPL-2.0
/*
 * Flushes of virtual addresses, from either VTL and in whatever state the other
 * CPU is; VP indexes and spin hints.  Source: TLFS,
 * HvCallFlushVirtualAddressSpace and List, their Ex forms, "HV_VP_SET",
 * HvCallGetVpIndexFromApicId, HvCallNotifyLongSpinWait.
 */
#define _GNU_SOURCE
#include <cpuid.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <x86intrin.h>

#include "kselftest_harness.h"
#include "cpu.h"
#include "tlfs.h"

#define SPACE		HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE
#define LIST		HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST
#define SPACE_EX	HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE_EX
#define LIST_EX		HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST_EX
#define VARHEAD(n)	((__u64)(n) << HV_HYPERCALL_VARHEAD_SHIFT)

#define ALL		HV_FLUSH_ALL_PROCESSORS
#define TICKS		40000000ULL	/* that a CPU is busy for */
#define FLUSHES		500
/*
 * Whatever of Linux needs an answer of CPU 1 keeps CPU 0 until it is no longer
 * busy: try again then.
 */
#define TRIES		10
#define FREE_APIC_ID	0x7d

FIXTURE(tlfs) {
	struct tlfs t;
};

FIXTURE_SETUP(tlfs)
{
	bool skip;
	const char *why = tlfs_open(&self->t, &skip);

	if (why && skip)
		SKIP(return, "%s", why);
	ASSERT_EQ(NULL, why) TH_LOG("%s", why);
}

FIXTURE_TEARDOWN(tlfs)
{
	tlfs_close(&self->t);
}

/* Of the CPU that this runs on. */
static __u32 own_apic_id(void)
{
	unsigned int a, b = 0, c, d;

	__get_cpuid(1, &a, &b, &c, &d);
	return b >> 24;
}

static struct hv_input_get_vp_index_from_apic_id *index_input(struct tlfs *t)
{
	struct hv_input_get_vp_index_from_apic_id *in = tlfs_page(t, TLFS_INPUT);

	*in = (struct hv_input_get_vp_index_from_apic_id){
		.partition_id = HV_PARTITION_ID_SELF,
	};
	return in;
}

TEST_F(tlfs, vp_index)
{
	struct hv_input_get_vp_index_from_apic_id *in;
	const __u32 *out = tlfs_page(&self->t, TLFS_OUTPUT);
	unsigned int cpus = tlfs_cpus(), i;
	__u32 *ids;
	int vtl;

	in = index_input(&self->t);
	ids = (__u32 *)(in + 1);
	for (i = 0; i < cpus; i++) {
		tlfs_on_cpu(i);
		ids[i] = own_apic_id();
	}
	tlfs_on_cpu(0);
	for (vtl = 0; vtl < 2; vtl++) {
		in->target_vtl = vtl;
		EXPECT_EQ(DONE(cpus),
			  memory_call(&self->t, vtl,
				      HVCALL_GET_VP_INDEX_FROM_APIC_ID |
				      REP(cpus, 0)));
		for (i = 0; i < cpus; i++)
			EXPECT_EQ(i, out[i]);
		EXPECT_EQ(UNTOUCHED * 0x01010101U, out[cpus]);
	}
	/* What comes before the wrong one is done. */
	ids[1] = FREE_APIC_ID;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER | DONE(1),
		  memory_call(&self->t, 1, HVCALL_GET_VP_INDEX_FROM_APIC_ID |
			      REP(2, 0)));
	EXPECT_EQ(0, out[0]);
	EXPECT_EQ(UNTOUCHED * 0x01010101U, out[1]);
}

TEST_F(tlfs, vp_index_wrong)
{
	const __u64 control = HVCALL_GET_VP_INDEX_FROM_APIC_ID | REP(1, 0);
	struct hv_input_get_vp_index_from_apic_id *in = index_input(&self->t);
	struct tlfs *t = &self->t;
	unsigned int i;

	in->partition_id = 1;
	in->target_vtl = 0xff;
	EXPECT_EQ(HV_STATUS_INVALID_PARTITION_ID, memory_call(t, 0, control));
	in->partition_id = HV_PARTITION_ID_SELF;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, memory_call(t, 0, control));
	in->target_vtl = 2;
	EXPECT_EQ(HV_STATUS_INVALID_PARAMETER, memory_call(t, 1, control));
	in->target_vtl = 1;
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, memory_call(t, 0, control));
	in->target_vtl = 0;
	for (i = 0; i < sizeof(in->rsvd); i++) {
		in->rsvd[i] = 1;
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
			  memory_call(t, 0, control));
		in->rsvd[i] = 0;
	}
	EXPECT_TRUE(output_untouched(t));
	/* None asked for, none wrong. */
	EXPECT_EQ(HV_STATUS_SUCCESS,
		  memory_call(t, 0, HVCALL_GET_VP_INDEX_FROM_APIC_ID));
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
		  memory_call(t, 0, control | VARHEAD(1)));
}

/* There is no error status, whatever it is given. */
TEST_F(tlfs, spin_wait)
{
	int vtl;

	memset(tlfs_page(&self->t, TLFS_INPUT), 0xff, PAGE);
	for (vtl = 0; vtl < 2; vtl++) {
		EXPECT_EQ(HV_STATUS_SUCCESS,
			  memory_call(&self->t, vtl,
				      HVCALL_NOTIFY_LONG_SPIN_WAIT));
		EXPECT_EQ(HV_STATUS_SUCCESS,
			  hypercall(&self->t, vtl, HVCALL_NOTIFY_LONG_SPIN_WAIT |
				    HV_HYPERCALL_FAST, 0x10000, 0));
	}
}

static __u64 flush(struct tlfs *t, int vtl, __u64 control, __u64 flags,
		   __u64 mask)
{
	struct hv_input_flush_virtual_address *in = tlfs_page(t, TLFS_INPUT);

	*in = (struct hv_input_flush_virtual_address){
		.flags = flags,
		.processor_mask = mask,
	};
	return memory_call(t, vtl, control);
}

static __u64 flush_ex(struct tlfs *t, int vtl, __u64 control, __u64 flags,
		      __u64 format, __u64 banks)
{
	struct hv_input_flush_virtual_address_ex *in = tlfs_page(t, TLFS_INPUT);
	__u64 *bank = (__u64 *)(in + 1);
	unsigned int i;

	*in = (struct hv_input_flush_virtual_address_ex){
		.flags = flags,
		.format = format,
		.valid_bank_mask = banks,
	};
	for (i = 0; i < 64; i++)
		bank[i] = 1;
	return memory_call(t, vtl, control);
}

TEST_F(tlfs, flush_flags)
{
	struct tlfs *t = &self->t;
	__u64 known = ALL | HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES;
	int vtl, bit;

	for (vtl = 0; vtl < 2; vtl++) {
		for (bit = 0; bit < 64; bit++) {
			__u64 flag = 1ULL << bit;
			bool space = (known | HV_FLUSH_NON_GLOBAL_MAPPINGS_ONLY)
				     & flag;

			EXPECT_EQ(space ? 0 : HV_STATUS_INVALID_PARAMETER,
				  flush(t, vtl, SPACE, flag, 1));
			EXPECT_EQ(space ? 0 : HV_STATUS_INVALID_PARAMETER,
				  flush_ex(t, vtl, SPACE_EX | VARHEAD(1), flag,
					   0, 1));
			EXPECT_EQ(known & flag ? DONE(1) :
						 HV_STATUS_INVALID_PARAMETER,
				  flush(t, vtl, LIST | REP(1, 0), flag, 1));
			EXPECT_EQ(known & flag ? DONE(1) :
						 HV_STATUS_INVALID_PARAMETER,
				  flush_ex(t, vtl, LIST_EX | VARHEAD(1) |
					   REP(1, 0), flag, 0, 1));
		}
	}
}

TEST_F(tlfs, flush_masks)
{
	struct tlfs *t = &self->t;
	int vtl;

	for (vtl = 0; vtl < 2; vtl++) {
		EXPECT_EQ(0, flush(t, vtl, SPACE, 0, 1));
		EXPECT_EQ(0, flush(t, vtl, SPACE, ALL, 0));
		/* VPs that do not exist have nothing to flush. */
		EXPECT_EQ(0, flush(t, vtl, SPACE, 0, ~0ULL));
		EXPECT_EQ(0, flush(t, vtl, SPACE, 0, 1ULL << 63));
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
			  flush(t, vtl, SPACE, 0, 0));
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
			  flush(t, vtl, LIST | REP(1, 0), 0, 0));
	}
}

TEST_F(tlfs, flush_sets)
{
	struct tlfs *t = &self->t;
	int vtl;

	for (vtl = 0; vtl < 2; vtl++) {
		EXPECT_EQ(0, flush_ex(t, vtl, SPACE_EX, 0, HV_VP_SET_ALL, 0));
		EXPECT_EQ(0, flush_ex(t, vtl, SPACE_EX | VARHEAD(2), 0, 0,
				      0x5));
		/* Banks beyond any VP. */
		EXPECT_EQ(0, flush_ex(t, vtl, SPACE_EX | VARHEAD(64), 0, 0,
				      ~0ULL));
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
			  flush_ex(t, vtl, SPACE_EX | VARHEAD(1), 0, 0,
				   1ULL << 63));
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
			  flush_ex(t, vtl, SPACE_EX, 0, 0, 0));
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
			  flush_ex(t, vtl, SPACE_EX | VARHEAD(1), 0, 2, 1));
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
			  flush_ex(t, vtl, SPACE_EX | VARHEAD(1), 0, ~0ULL, 1));
		/* One element a bank, no more and no less. */
		EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
			  flush_ex(t, vtl, SPACE_EX | VARHEAD(1), 0, 0, 0x3));
		EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
			  flush_ex(t, vtl, SPACE_EX | VARHEAD(2), 0, 0, 0x1));
		EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
			  flush_ex(t, vtl, SPACE_EX, ALL, 0, 0x1));
		EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
			  flush_ex(t, vtl, SPACE_EX | VARHEAD(0x3ff), 0, 0,
				   ~0ULL) & 0xffff);
		EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
			  flush(t, vtl, SPACE | VARHEAD(1), 0, 1));
	}
}

TEST_F(tlfs, flush_lists)
{
	struct tlfs *t = &self->t;
	int vtl;

	for (vtl = 0; vtl < 2; vtl++) {
		EXPECT_EQ(DONE(509), flush(t, vtl, LIST | REP(509, 0), 0, 1));
		EXPECT_EQ(DONE(509), flush(t, vtl, LIST | REP(509, 7), 0, 1));
		EXPECT_EQ(DONE(400), flush_ex(t, vtl, LIST_EX | VARHEAD(1) |
					      REP(400, 0), 0, 0, 1));
		EXPECT_EQ(0, flush(t, vtl, LIST, 0, 1));
		EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT,
			  flush(t, vtl, LIST | REP(510, 0), 0, 1) & 0xffff);
		EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
			  flush(t, vtl, LIST | REP(1, 1), 0, 1) & 0xffff);
		EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_INPUT,
			  flush(t, vtl, SPACE | REP(1, 0), 0, 1) & 0xffff);
	}
}

/* Through registers: 24 bytes of input take XMM0. */
TEST_F(tlfs, flush_fast)
{
	struct vsm_probe_insn c;
	__u64 mask = 1;
	int vtl;

	for (vtl = 0; vtl < 2; vtl++) {
		memset(&c, 0, sizeof(c));
		c.flags = VSM_PROBE_XMM;
		c.gpr[PUPPET_RCX] = SPACE | HV_HYPERCALL_FAST;
		memcpy(c.xmm[0], &mask, sizeof(mask));
		EXPECT_EQ(NO_FAULT, vmcall(&self->t, vtl, &c));
		EXPECT_EQ(HV_STATUS_SUCCESS, c.gpr[PUPPET_RAX]);
	}
}

/* What CPU 1 does while CPU 0 flushes. */
struct busy {
	enum { SPIN, SPIN_OTHER_ID, IN_VTL1, FLUSH } what;
	int vtl;
	volatile bool started, done, stop;
	bool ok, unsupported;
};

static bool stay_in_vtl1(struct tlfs *t, __u64 ticks)
{
	struct puppet_request req = {
		.op = PUPPET_VMCALL,
		.arg = { ticks },
		.gpr[PUPPET_RCX] = HVCALL_NOTIFY_LONG_SPIN_WAIT |
				   HV_HYPERCALL_FAST,
	};

	return puppet(t, &req) && req.fault.vector == NO_FAULT;
}

static bool flush_until(struct tlfs *t, struct busy *busy)
{
	while (!busy->stop)
		if (flush(t, busy->vtl, SPACE, ALL, 0))
			return false;
	return true;
}

static void *be_busy(void *arg)
{
	struct vsm_probe_spin spin = { .ticks = TICKS };
	struct busy *busy = arg;
	struct tlfs t;
	bool skip;

	if (tlfs_open(&t, &skip))
		return NULL;
	tlfs_on_cpu(1);
	busy->started = true;
	switch (busy->what) {
	case SPIN:
	case SPIN_OTHER_ID:
		spin.apic_id = busy->what == SPIN ? 0 : FREE_APIC_ID;
		busy->ok = !ioctl(t.fd, VSM_PROBE_IOC_SPIN, &spin);
		busy->unsupported = !busy->ok && errno == EOPNOTSUPP;
		break;
	case IN_VTL1:
		busy->ok = stay_in_vtl1(&t, TICKS);
		break;
	case FLUSH:
		busy->ok = flush_until(&t, busy);
		break;
	}
	busy->done = true;
	tlfs_close(&t);
	return NULL;
}

/* How many flushes while CPU 1 is at it; each returns. */
static unsigned int
flush_meanwhile(struct __test_metadata *_metadata, struct tlfs *t,
		struct busy *busy, int vtl)
{
	unsigned int nr = 0;
	pthread_t thread;
	__u64 start;

	/* A first write to a page would wait for CPU 1 to take interrupts. */
	EXPECT_EQ(0, flush(t, vtl, SPACE, ALL, 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, be_busy, busy));
	while (!busy->started)
		;
	for (start = __rdtsc(); __rdtsc() - start < TICKS / 8;)
		;
	while (!busy->done && nr < FLUSHES) {
		EXPECT_EQ(0, flush(t, vtl, SPACE, ALL, 0));
		nr++;
	}
	busy->stop = true;
	pthread_join(thread, NULL);
	return nr;
}

static void flush_and_be(struct __test_metadata *_metadata, struct tlfs *t,
			 int what, int vtl)
{
	unsigned int nr = 0, try;
	struct busy busy;

	for (try = 0; try < TRIES && !nr; try++) {
		busy = (struct busy){ .what = what, .vtl = vtl };
		nr = flush_meanwhile(_metadata, t, &busy, vtl);
		if (busy.unsupported) {
			TH_LOG("the id of an APIC cannot change here");
			return;
		}
		EXPECT_TRUE(busy.ok) TH_LOG("vtl %d what %d", vtl, what);
	}
	EXPECT_LT(0, nr) TH_LOG("vtl %d what %d", vtl, what);
}

TEST_F(tlfs, flush_busy)
{
	int vtl, what;

	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU");
	for (vtl = 0; vtl < 2; vtl++)
		for (what = SPIN; what <= FLUSH; what++)
			flush_and_be(_metadata, &self->t, what, vtl);
}

/* CPU 1 is in a loop of exceptions that takes neither interrupt nor NMI. */
struct loop {
	volatile __u8 *volatile idt;	/* VSM_PROBE_LOOP_STATE and so on */
	bool ok;
};

static void *loop_for_ever(void *arg)
{
	struct loop *loop = arg;
	struct tlfs t;
	__u64 gpa;
	bool skip;

	if (tlfs_open(&t, &skip))
		return NULL;
	tlfs_on_cpu(1);
	gpa = tlfs_gpa(&t, TLFS_FREE);
	loop->idt = tlfs_page(&t, TLFS_FREE);
	loop->ok = !ioctl(t.fd, VSM_PROBE_IOC_LOOP, &gpa);
	loop->ok &= loop->idt[VSM_PROBE_LOOP_STATE] == VSM_PROBE_LOOP_ENDED;
	tlfs_close(&t);
	return NULL;
}

TEST_F(tlfs, flush_endless_exceptions)
{
	struct loop loop = { .ok = false };
	pthread_t thread;
	unsigned int i;
	__u64 start;

	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU");
	EXPECT_EQ(0, flush(&self->t, 1, SPACE, ALL, 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, loop_for_ever, &loop));
	while (!loop.idt || loop.idt[VSM_PROBE_LOOP_STATE] !=
			    VSM_PROBE_LOOP_RUNS)
		;
	for (start = __rdtsc(); __rdtsc() - start < TICKS / 40;)
		;
	for (i = 0; i < 10; i++)
		EXPECT_EQ(0, flush(&self->t, i % 2, SPACE, ALL, 0));
	EXPECT_EQ(VSM_PROBE_LOOP_RUNS, loop.idt[VSM_PROBE_LOOP_STATE]);
	/* The gate of #DB: from its own stack to that of #MC. */
	EXPECT_EQ(3, loop.idt[16 + 4]);
	loop.idt[16 + 4] = 4;
	pthread_join(thread, NULL);
	EXPECT_TRUE(loop.ok);
}

/* Linux's idea of offline, then the one of INIT. */
TEST_F(tlfs, flush_offline)
{
	struct vsm_probe_ipi init = { .icr = VSM_PROBE_ICR_INIT };
	int vtl;

	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU");
	tlfs_on_cpu(1);
	init.apic_id = own_apic_id();
	tlfs_on_cpu(0);
	ASSERT_TRUE(set_online(1, false));
	for (vtl = 0; vtl < 2; vtl++)
		EXPECT_EQ(0, flush(&self->t, vtl, SPACE, ALL, 0));
	ASSERT_EQ(0, ioctl(self->t.fd, VSM_PROBE_IOC_IPI, &init));
	for (vtl = 0; vtl < 2; vtl++)
		EXPECT_EQ(0, flush(&self->t, vtl, SPACE, 0, ~0ULL));
	ASSERT_TRUE(set_online(1, true));
	for (vtl = 0; vtl < 2; vtl++)
		EXPECT_EQ(0, flush(&self->t, vtl, SPACE, ALL, 0));
}

#define MSR_IA32_APICBASE	0x1b
#define APICBASE_X2APIC		0x400
#define APICBASE_ENABLE		0x800

/* An APIC that is disabled takes no NMI: VTL0 cannot have that. */
TEST_F(tlfs, apic_stays_enabled)
{
	__u64 base, now;

	ASSERT_EQ(NO_FAULT, read_msr(&self->t, 0, MSR_IA32_APICBASE, &base));
	ASSERT_TRUE(base & APICBASE_ENABLE);
	EXPECT_EQ(GP, write_msr(&self->t, 0, MSR_IA32_APICBASE,
				base & ~(APICBASE_ENABLE | APICBASE_X2APIC)));
	EXPECT_EQ(GP, write_msr(&self->t, 0, MSR_IA32_APICBASE,
				base & ~APICBASE_ENABLE));
	EXPECT_EQ(NO_FAULT, write_msr(&self->t, 0, MSR_IA32_APICBASE, base));
	EXPECT_EQ(NO_FAULT, read_msr(&self->t, 0, MSR_IA32_APICBASE, &now));
	EXPECT_EQ(base, now);
}

/* CPU 1's VTL1 holds VTL0's TLB locked for TICKS after it was asked to. */
struct locker {
	bool by_register;
	volatile bool started;
	volatile __u64 begin, end;
	bool ok;
};

static void fill_translate(struct tlfs *t)
{
	struct hv_input_translate_virtual_address in = {
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = HV_VP_INDEX_SELF,
		.control_flags = HV_TRANSLATE_GVA_TLB_FLUSH_INHIBIT |
				 (__u64)USE_VTL(0) <<
				 HV_TRANSLATE_GVA_INPUT_VTL_SHIFT,
	};

	memcpy(tlfs_page(t, TLFS_INPUT), &in, sizeof(in));
}

static void fill_config(struct tlfs *t, __u64 config)
{
	struct {
		struct hv_input_set_vp_registers in;
		struct hv_register_assoc reg;
	} set = {
		.in.partition_id = HV_PARTITION_ID_SELF,
		.in.vp_index = HV_VP_INDEX_SELF,
		.reg.name = HV_REGISTER_VSM_VP_SECURE_CONFIG_VTL0,
		.reg.value.low = config,
	};

	memcpy(tlfs_page(t, TLFS_INPUT), &set, sizeof(set));
}

static __u64 secure_config(struct tlfs *t)
{
	struct hv_register_value val;

	return get_register(t, 1, 0, HV_REGISTER_VSM_VP_SECURE_CONFIG_VTL0,
			    &val) == DONE(1) ? val.low : ~0ULL;
}

static void *hold_lock(void *arg)
{
	struct puppet_request req = {
		.op = PUPPET_VMCALL,
		.arg = { TICKS },
		.gpr[PUPPET_RCX] = HVCALL_TRANSLATE_VIRTUAL_ADDRESS,
	};
	struct locker *l = arg;
	struct tlfs t;
	bool skip;

	if (tlfs_open(&t, &skip))
		return NULL;
	tlfs_on_cpu(1);
	if (l->by_register) {
		req.gpr[PUPPET_RCX] = HVCALL_SET_VP_REGISTERS | REP(1, 0);
		fill_config(&t, secure_config(&t) |
			    HV_VSM_SECURE_CONFIG_TLB_LOCKED);
	} else {
		fill_translate(&t);
	}
	req.gpr[PUPPET_RDX] = tlfs_gpa(&t, TLFS_INPUT);
	req.gpr[PUPPET_R8] = tlfs_gpa(&t, TLFS_OUTPUT);
	l->begin = __rdtsc();
	l->started = true;
	l->ok = puppet(&t, &req) && !(req.gpr[PUPPET_RAX] & 0xffff);
	l->end = __rdtsc();
	/* TLFS: the lock is dropped with the VTL exit. */
	l->ok &= !(secure_config(&t) & HV_VSM_SECURE_CONFIG_TLB_LOCKED);
	tlfs_close(&t);
	return NULL;
}

/* Returns when CPU 1's VTL1 has the lock; it is the one there is to run. */
static pthread_t start_locker(struct __test_metadata *_metadata,
			      struct locker *l)
{
	pthread_t thread;
	__u64 start;

	ASSERT_EQ(0, pthread_create(&thread, NULL, hold_lock, l));
	while (!l->started)
		;
	for (start = __rdtsc(); __rdtsc() - start < TICKS / 8;)
		;
	return thread;
}

/*
 * VTL0's flushes wait for the lock, those of other VPs and VTLs do not.  False:
 * CPU 0 came too late to see it held.
 */
static bool flush_locked(struct __test_metadata *_metadata, struct tlfs *t,
			 __u64 control, bool by_register)
{
	struct locker l = { .by_register = by_register };
	__u64 all, result, before;
	pthread_t thread;

	EXPECT_EQ(0, flush(t, 0, SPACE, ALL, 0));
	EXPECT_EQ(0, flush(t, 1, SPACE, ALL, 0));
	thread = start_locker(_metadata, &l);
	result = flush(t, 0, SPACE, 0, 1);
	result |= flush(t, 1, SPACE, ALL, 0);
	before = __rdtsc();
	result |= flush(t, 0, control, 0, ~0ULL) & 0xffff;
	all = __rdtsc();
	pthread_join(thread, NULL);
	EXPECT_TRUE(l.ok);
	EXPECT_EQ(0, result);
	EXPECT_LE(l.begin + TICKS, all);
	return before < l.begin + TICKS;
}

static void flush_locked_in_time(struct __test_metadata *_metadata,
				 struct tlfs *t, __u64 control,
				 bool by_register)
{
	unsigned int try;

	for (try = 0; try < TRIES; try++)
		if (flush_locked(_metadata, t, control, by_register))
			break;
	EXPECT_GT(TRIES, try);
}

TEST_F(tlfs, tlb_lock)
{
	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU");
	flush_locked_in_time(_metadata, &self->t, SPACE, false);
	flush_locked_in_time(_metadata, &self->t, SPACE, true);
	flush_locked_in_time(_metadata, &self->t, LIST | REP(200, 0), true);
}

TEST_F(tlfs, tlb_lock_own)
{
	__u64 config = secure_config(&self->t);

	ASSERT_NE(~0ULL, config);
	EXPECT_EQ(0, config & HV_VSM_SECURE_CONFIG_TLB_LOCKED);
	/* On the caller's VP it is dropped before VTL0 can flush. */
	EXPECT_EQ(DONE(1), set_register(&self->t, 1, 0,
					HV_REGISTER_VSM_VP_SECURE_CONFIG_VTL0,
					config |
					HV_VSM_SECURE_CONFIG_TLB_LOCKED));
	EXPECT_EQ(config, secure_config(&self->t));
	EXPECT_EQ(0, flush(&self->t, 0, SPACE, ALL, 0));
}

static __u64 set_wait(struct tlfs *t, int vtl, __u8 input_vtl, __u64 val)
{
	return set_register(t, vtl, input_vtl,
			    HV_REGISTER_VSM_VP_WAIT_FOR_TLB_LOCK, val);
}

/* VTL1 goes on to VTL0 when no other VP has the lock any more. */
static bool wait_locked(struct __test_metadata *_metadata, struct tlfs *t)
{
	struct locker l = { .ok = false };
	__u64 before, after, result;
	pthread_t thread;

	thread = start_locker(_metadata, &l);
	result = set_wait(t, 1, USE_VTL(0), 0);
	before = __rdtsc();
	result |= set_wait(t, 1, USE_VTL(0), HV_VSM_WAIT_FOR_TLB_LOCK);
	after = __rdtsc();
	pthread_join(thread, NULL);
	EXPECT_TRUE(l.ok);
	EXPECT_EQ(DONE(1), result);
	EXPECT_LE(l.begin + TICKS, after);
	return before < l.begin + TICKS;
}

TEST_F(tlfs, tlb_wait)
{
	struct hv_register_value val;
	unsigned int try;

	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU");
	/* Nobody holds it: no wait. */
	EXPECT_EQ(DONE(1), set_wait(&self->t, 1, USE_VTL(0), 1));
	EXPECT_EQ(DONE(1), get_register(&self->t, 1, USE_VTL(0),
					HV_REGISTER_VSM_VP_WAIT_FOR_TLB_LOCK,
					&val));
	EXPECT_EQ(0, val.low);
	for (try = 0; try < TRIES; try++)
		if (wait_locked(_metadata, &self->t))
			break;
	EXPECT_GT(TRIES, try);
}

TEST_F(tlfs, tlb_lock_wrong)
{
	const __u32 config = HV_REGISTER_VSM_VP_SECURE_CONFIG_VTL0;
	struct tlfs *t = &self->t;
	struct hv_register_value val;
	int bit;

	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, get_register(t, 0, 0, config, &val));
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, set_register(t, 0, 0, config, 0));
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
		  set_register(t, 0, USE_VTL(1), config, 0));
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
		  set_register(t, 1, USE_VTL(0), config, 0));
	for (bit = 2; bit < 64; bit++) {
		EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
			  set_register(t, 1, 0, config,
				       secure_config(t) | 1ULL << bit));
		EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
			  set_wait(t, 1, USE_VTL(0), 1ULL << bit));
	}
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, set_wait(t, 0, 0, 1));
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, set_wait(t, 1, 0, 1));
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, set_wait(t, 0, USE_VTL(1), 1));
}

/* --- what a flush is for --------------------------------------------------- */

enum { OLD = TLFS_FREE, NEW, TURN };

/*
 * CPU 1 has a page's translation and waits; the page's entry changes without a
 * flush of Linux's; after this one CPU 1 sees the new page.
 */
struct keeper {
	struct tlfs *t;
	unsigned int cpu;
	struct vsm_probe_stale req;
	int error;
};

static void *keep(void *arg)
{
	struct keeper *k = arg;

	tlfs_on_cpu(k->cpu);
	k->error = ioctl(k->t->fd, VSM_PROBE_IOC_STALE, &k->req) ? errno : 0;
	return NULL;
}

static __u64 flush_page(struct tlfs *t, __u64 control, __u64 va, __u64 mask)
{
	struct hv_input_flush_virtual_address *in = tlfs_page(t, TLFS_INPUT);
	__u64 *list = (__u64 *)(in + 1);

	*in = (struct hv_input_flush_virtual_address){
		.flags = HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES,
		.processor_mask = mask,
	};
	list[0] = va & ~(PAGE - 1);
	return memory_call(t, 0, control);
}

static __u64 flush_page_ex(struct tlfs *t, __u64 control, __u64 va)
{
	struct hv_input_flush_virtual_address_ex *in = tlfs_page(t, TLFS_INPUT);
	__u64 *bank = (__u64 *)(in + 1);

	*in = (struct hv_input_flush_virtual_address_ex){
		.flags = HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES,
		.valid_bank_mask = 1,
	};
	bank[0] = 2;
	bank[1] = va & ~(PAGE - 1);
	return memory_call(t, 0, control | VARHEAD(1));
}

enum flush_way {
	NO_FLUSH, BY_SPACE, BY_LIST, BY_SPACE_EX, BY_LIST_EX, NR_WAYS,
};

static __u64 flush_by(struct tlfs *t, enum flush_way way, __u64 va)
{
	switch (way) {
	case BY_SPACE:
		return flush_page(t, SPACE, va, 2);
	case BY_LIST:
		return flush_page(t, LIST | REP(1, 0), va, 2) - DONE(1);
	case BY_SPACE_EX:
		return flush_page_ex(t, SPACE_EX, va);
	case BY_LIST_EX:
		return flush_page_ex(t, LIST_EX | REP(1, 0), va) - DONE(1);
	default:
		return HV_STATUS_SUCCESS;
	}
}

/* What CPU 1 loads then. */
static __u64 after_flush(struct __test_metadata *_metadata, struct tlfs *t,
			 __u32 how, enum flush_way way)
{
	struct vsm_probe_remap map = {
		.what = VSM_PROBE_REMAP_BEGIN, .gpa = tlfs_gpa(t, OLD),
	};
	volatile __u32 *turn = tlfs_page(t, TURN);
	struct keeper k = { .t = t, .cpu = 1 };
	pthread_t thread;
	int i;

	*turn = 0;
	EXPECT_EQ(0, ioctl(t->fd, VSM_PROBE_IOC_REMAP, &map));
	k.req = (struct vsm_probe_stale){
		.va = map.va, .turn = tlfs_va(t, TURN), .how = how,
	};
	EXPECT_EQ(0, pthread_create(&thread, NULL, keep, &k));
	for (i = 0; i < 5000 && !*turn; i++)
		usleep(1000);
	map.what = VSM_PROBE_REMAP_CHANGE;
	map.gpa = tlfs_gpa(t, NEW);
	EXPECT_EQ(0, ioctl(t->fd, VSM_PROBE_IOC_REMAP, &map));
	EXPECT_EQ(HV_STATUS_SUCCESS, flush_by(t, way, map.va));
	*turn = VSM_PROBE_TURN_GO;
	pthread_join(thread, NULL);
	map.what = VSM_PROBE_REMAP_END;
	EXPECT_EQ(0, ioctl(t->fd, VSM_PROBE_IOC_REMAP, &map));
	EXPECT_EQ(0, k.error) TH_LOG("%s", strerror(k.error));
	EXPECT_EQ(OLD, k.req.before.value);
	return k.req.after.value;
}

TEST_F(tlfs, stale_and_fresh)
{
	__u64 *old = tlfs_page(&self->t, OLD), *new = tlfs_page(&self->t, NEW);
	__u32 how, way;
	int i;

	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU: there is no other");
	*old = OLD;
	*new = NEW;
	/* The control: without a flush, the TLB's word counts.  It may forget. */
	for (i = 0; i < TRIES; i++)
		if (after_flush(_metadata, &self->t, VSM_PROBE_WAIT_SPIN,
				NO_FLUSH) == OLD)
			break;
	EXPECT_LT(i, TRIES);
	for (how = 0; how < VSM_PROBE_NR_WAITS; how++)
		for (way = BY_SPACE; way < NR_WAYS; way++)
			EXPECT_EQ(NEW, after_flush(_metadata, &self->t, how,
						   way)) {
				TH_LOG("wait %u, way %u", how, way);
			}
}

TEST_HARNESS_MAIN
