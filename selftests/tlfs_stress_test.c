// SPDX-License-Identifier: GPL-2.0
/*
 * Everything at once, on all CPUs: VTL calls, protections that change while
 * others access the pages, NMIs, CPUs that go and come, signals, preemption.
 * Nothing may get lost: no call, no register, no NMI, no intercept; and no CPU
 * may use a permission that was taken away.  Source: TLFS, "Memory Access
 * Protections", "Memory Access Violations".
 */
#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "../uapi/vsm/registers.h"
#include "../uapi/vsm/synic.h"
#include "stress.h"
#include "tlfs.h"

/* More than 10^9 instructions: on an emulator, one takes up to two ticks. */
#define TICKS		1800000000ULL
#define TIMEOUT		3600	/* seconds of the machine: not a bound here */

#define R		HV_MAP_GPA_READABLE
#define W		HV_MAP_GPA_WRITABLE
#define ALL		HV_MAP_GPA_PERMISSIONS_MASK
#define PROTECTION_ON	(HV_VSM_CONFIG_ENABLE_PROTECTION | \
			 ALL << HV_VSM_CONFIG_DEFAULT_MASK_SHIFT)
#define VECTOR		0x30
#define HYPERVISOR	"/sys/kernel/debug/vsm/hypervisor"

#define NR_TARGETS	2
#define TARGET_PAGES	24
#define MAX_CPUS	8	/* VPs of the puppet */
#define ACCESS_LENGTH	3	/* of each instruction below */
#define BATCH		32	/* accesses between looks at the time */
#define NMIS		8	/* to a CPU, one after the other */
/*
 * One that a CPU sends in the instant of a flush is one with the hypervisor's,
 * and lost, as Documentation/architecture.rst has it: one in 10,000 or so.
 */
#define MAX_LOST(sent)	(1 + (sent) / 1000)
#define MAX_SPIN	50000	/* ticks between two protections */

/* Of a target: how often it changed, and what it is now. */
#define ROUND_CHANGING	0x80
#define ROUND_SHIFT	8

struct target {
	volatile __u64 round;
	__u64 gpa, va;
	__u8 *page;
};

/* Of a VP, and it alone has it. */
struct vp_facts {
	__u64 gdtr, cr3;
};

/* Set before the workers start, but for the rounds. */
static struct stage {
	struct target target[NR_TARGETS];
	struct vp_facts vp[MAX_CPUS];
} *stage;

/* --- VTL calls ------------------------------------------------------------- */

/* Registers that a call hands over beside its arguments. */
static const unsigned int nonces[] = {
	PUPPET_RBX, PUPPET_RBP, PUPPET_R8, PUPPET_R9, PUPPET_R10, PUPPET_R11,
	PUPPET_R12, PUPPET_R13, PUPPET_R14, PUPPET_R15,
};

/* VTL1 gets all registers as they were, and they come back as VTL1 left them. */
static void one_call(struct stress_worker *w, struct tlfs *t, __u64 nonce)
{
	struct vsm_probe_insn c = { PUPPET_CALL_GPRS(t) };
	struct puppet_request *req = tlfs_page(t, TLFS_REQUEST);
	unsigned int i;
	__u64 vp;

	memset(req, 0, 3 * sizeof(*req));
	req[0].op = PUPPET_RDMSR;
	req[0].arg[0] = HV_X64_MSR_VP_INDEX;
	req[1].op = PUPPET_READ;
	req[1].arg[0] = PUPPET_GDTR_BASE;
	req[2].op = PUPPET_READ;
	req[2].arg[0] = PUPPET_CR3;
	c.gpr[PUPPET_RDX] = 3;
	for (i = 0; i < ARRAY_SIZE(nonces); i++)
		c.gpr[nonces[i]] = nonce * (i + 1);
	STRESS_CHECK(w, !ioctl(t->fd, VSM_PROBE_IOC_INSN, &c));
	STRESS_CHECK(w, c.vector == NO_FAULT);
	STRESS_CHECK(w, c.gpr[PUPPET_RDI] == VSM_S_OK);
	vp = req[0].ret[0];
	STRESS_CHECK(w, vp < MAX_CPUS);
	STRESS_CHECK(w, req[1].ret[0] == stage->vp[vp].gdtr);
	STRESS_CHECK(w, req[2].ret[0] == stage->vp[vp].cr3);
	for (i = 0; i < ARRAY_SIZE(nonces); i++) {
		STRESS_CHECK(w, req[0].entry_gpr[nonces[i]] == nonce * (i + 1));
		STRESS_CHECK(w, !c.gpr[nonces[i]]);
	}
	stress_count(w, STRESS_CALLS);
}

static void caller(struct stress_worker *w)
{
	__u64 nonce = 0x9e3779b97f4a7c15 * (w->cpu + 1);

	while (stress_goes_on(w))
		one_call(w, w->arg, nonce++);
}

/* --- accesses -------------------------------------------------------------- */

/*
 * VTL1 skips an instruction that it refuses, and sets RCX.  Memory operand and
 * length are those of VSM_PROBE_INSN_load and VSM_PROBE_INSN_store, too.
 */
static bool user_access(__u8 *where, bool write, __u64 val)
{
	__u64 refused = 0;

	if (write)
		asm volatile("movq %%rsi, (%%rdi)" : "+c" (refused) :
			     "S" (val), "D" (where) : "memory");
	else
		asm volatile("movq (%%rdi), %%rsi" : "+c" (refused), "+S" (val)
			     : "D" (where) : "memory");
	return !refused;
}

static bool kernel_access(struct stress_worker *w, struct tlfs *t, __u64 va,
			  bool write, __u64 val)
{
	struct vsm_probe_insn c = {
		.flags = val & 1 ? VSM_PROBE_IRQS_OFF : 0,
		.gpr[PUPPET_RDI] = va, .gpr[PUPPET_RSI] = val,
	};

	STRESS_CHECK(w, vtl0_insn(t, write ? VSM_PROBE_INSN_store :
				  VSM_PROBE_INSN_load, &c) == NO_FAULT);
	STRESS_CHECK(w, c.length == ACCESS_LENGTH);
	return !c.gpr[PUPPET_RCX];
}

/*
 * An access that begins and ends within one round does what the round's mask
 * says, whichever CPU it is made on.
 */
static void judge(struct stress_worker *w, const struct target *tg,
		  __u64 before, bool write, bool done)
{
	bool allowed = before & (write ? W : R);
	__u64 after;

	/* The access is over before this is read. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	after = tg->round;
	stress_count(w, done ? STRESS_ALLOWED : STRESS_REFUSED);
	if (before != after || (before & ROUND_CHANGING))
		return;
	if (done)
		STRESS_CHECK(w, allowed);	/* a stale permission? */
	else
		STRESS_CHECK(w, !allowed);	/* one that did not come back? */
}

/* Each worker has words of its own, in all pages. */
static void access_pages(struct stress_worker *w, struct tlfs *kernel)
{
	unsigned int i = 0, n, word = (2 * w->cpu + !!kernel) * sizeof(__u64);

	while (stress_goes_on(w)) {
		for (n = 0; n < BATCH; n++, i++) {
			struct target *tg = &stage->target[i % NR_TARGETS];
			unsigned int at = i / NR_TARGETS % TARGET_PAGES * PAGE +
					  word;
			bool write = i / (NR_TARGETS * TARGET_PAGES) % 4;
			__u64 before = tg->round;

			judge(w, tg, before, write, kernel ?
			      kernel_access(w, kernel, tg->va + at, write, i) :
			      user_access(tg->page + at, write, i));
		}
	}
}

static void user(struct stress_worker *w)
{
	access_pages(w, NULL);
}

static void kernel(struct stress_worker *w)
{
	access_pages(w, w->arg);
}

/* --- protections ----------------------------------------------------------- */

/* What is in a page, by VTL1, whatever VTL0 may do. */
static void look(struct stress_worker *w, struct tlfs *t, __u64 gpa,
		 __u64 *ret, size_t size)
{
	STRESS_CHECK(w, vtl1_copy_out(t, ret, gpa, size));
	stress_count(w, STRESS_CALLS);
}

/* For others to use what they may, and to try what they may not. */
static void stay(__u64 n)
{
	if (n % 4)
		stress_spin(n * 0x9e3779b9 % MAX_SPIN);
	else
		stress_nap();
}

/* While nobody may write, nothing is written. */
static void hold(struct stress_worker *w, struct tlfs *t,
		 const struct target *tg, __u64 n, __u32 mask)
{
	__u64 gpa = tg->gpa + n % TARGET_PAGES * PAGE;
	__u64 first[2 * MAX_CPUS], later[2 * MAX_CPUS];

	if (mask & W) {
		stay(n);
		return;
	}
	look(w, t, gpa, first, sizeof(first));
	stay(n);
	look(w, t, gpa, later, sizeof(later));
	STRESS_CHECK(w, !memcmp(first, later, sizeof(first)));
	stress_count(w, STRESS_FROZEN);
}

static void change(struct stress_worker *w, struct tlfs *t, struct target *tg,
		   __u64 n, __u32 mask)
{
	stress_kick_begin(w);
	tg->round = n << ROUND_SHIFT | ROUND_CHANGING;
	STRESS_CHECK(w, protect(t, 1, 0, mask, tg->gpa / PAGE, TARGET_PAGES) ==
		     DONE(TARGET_PAGES));
	tg->round = n << ROUND_SHIFT | mask;
	stress_kick_end();
	stress_count(w, STRESS_CALLS);
	stress_count(w, STRESS_CHANGES);
}

static void protector(struct stress_worker *w)
{
	static const __u32 masks[] = { R, ALL, 0, R | W, R, 0, ALL };
	struct target *tg = &stage->target[w->cpu % NR_TARGETS];
	struct tlfs *t = w->arg;
	__u64 n = 0;

	/* It sleeps most of the time: when it wakes, it is its turn. */
	STRESS_CHECK(w, !setpriority(PRIO_PROCESS, 0, 0));
	while (stress_goes_on(w)) {
		__u32 mask = masks[++n % ARRAY_SIZE(masks)];

		change(w, t, tg, n, mask);
		hold(w, t, tg, n, mask);
	}
	change(w, t, tg, n + 1, ALL);
}

/* --- NMIs ------------------------------------------------------------------ */

static void nmi_sender(struct stress_worker *w)
{
	unsigned int cpu = 0, nr = sysconf(_SC_NPROCESSORS_CONF);
	struct tlfs *t = w->arg;

	while (stress_goes_on(w)) {
		struct vsm_probe_nmi nmi = { .cpu = cpu++ % nr, .nr = NMIS };

		if (ioctl(t->fd, VSM_PROBE_IOC_NMI, &nmi))
			STRESS_CHECK(w, errno == ENXIO);
		w->count[STRESS_NMIS] += nmi.arrived;
		w->count[STRESS_LOST_NMIS] += nmi.lost;
		stress_nap();
	}
}

/* --- the test -------------------------------------------------------------- */

/* What the hypervisor has counted, of all CPUs. */
struct hypervisor {
	unsigned long long events, dumps, vtl_calls, flushes, nmis;
};

static bool read_hypervisor(struct hypervisor *hv)
{
	FILE *in = fopen(HYPERVISOR, "re");
	unsigned long long n;
	char line[128];

	memset(hv, 0, sizeof(*hv));
	if (!in)
		return false;
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "events %llu", &n) == 1)
			hv->events = n;
		else if (sscanf(line, "dumps %llu", &n) == 1)
			hv->dumps = n;
		else if (sscanf(line, "cpu%*u.vtl_calls %llu", &n) == 1)
			hv->vtl_calls += n;
		else if (sscanf(line, "cpu%*u.flushes %llu", &n) == 1)
			hv->flushes += n;
		else if (sscanf(line, "cpu%*u.nmis %llu", &n) == 1)
			hv->nmis += n;
	}
	fclose(in);
	return true;
}

FIXTURE(stress) {
	struct tlfs t;
	unsigned int cpus;
};

/* Each VP of VTL1 takes intercepts, and skips what it refuses. */
static void open_vp(struct __test_metadata *_metadata, struct tlfs *t)
{
	struct puppet_request req = { .op = PUPPET_PAGES };
	struct puppet_request respond = {
		.op = PUPPET_RESPOND,
		.response = {
			.count = ~0U,
			.actions = PUPPET_SKIP, .skip = ACCESS_LENGTH,
			.gpr_mask = 1U << PUPPET_RCX, .gpr[PUPPET_RCX] = 1,
		},
	};

	ASSERT_TRUE(puppet(t, &req));
	ASSERT_EQ(NO_FAULT, write_msr(t, 1, HV_X64_MSR_VP_ASSIST_PAGE,
				      req.ret[0] | HV_MSR_ENABLE));
	ASSERT_EQ(NO_FAULT, write_msr(t, 1, HV_X64_MSR_SIMP,
				      req.ret[1] | HV_MSR_ENABLE));
	ASSERT_EQ(NO_FAULT, write_msr(t, 1, HV_X64_MSR_SCONTROL,
				      HV_SCONTROL_ENABLE));
	ASSERT_EQ(NO_FAULT, write_msr(t, 1, HV_X64_MSR_SINT0, VECTOR));
	ASSERT_TRUE(puppet(t, &respond));
}

static void set_stage(struct __test_metadata *_metadata, struct tlfs *t)
{
	unsigned int i, cpu;

	for (i = 0; i < NR_TARGETS; i++) {
		unsigned int page = TLFS_FREE + i * TARGET_PAGES;

		stage->target[i] = (struct target){
			.round = ALL, .page = tlfs_page(t, page),
			.gpa = tlfs_gpa(t, page), .va = tlfs_va(t, page),
		};
	}
	for (cpu = 0; cpu < tlfs_cpus(); cpu++) {
		struct vp_facts *vp = &stage->vp[cpu];

		tlfs_on_cpu(cpu);
		open_vp(_metadata, t);
		ASSERT_EQ(NO_FAULT, vtl1_read(t, PUPPET_GDTR_BASE, &vp->gdtr));
		ASSERT_EQ(NO_FAULT, vtl1_read(t, PUPPET_CR3, &vp->cr3));
	}
}

FIXTURE_SETUP(stress)
{
	bool skip;
	const char *why = tlfs_open(&self->t, &skip);

	if (why && skip)
		SKIP(return, "%s", why);
	ASSERT_EQ(NULL, why) TH_LOG("%s", why);
	static_assert(TLFS_FREE + NR_TARGETS * TARGET_PAGES <= TLFS_PAGES,
		      "pages");
	self->cpus = tlfs_cpus();
	ASSERT_LE(self->cpus, MAX_CPUS);
	ASSERT_TRUE(stress_begin());
	stage = stress_share(sizeof(*stage));
	ASSERT_NE(NULL, stage);
	ASSERT_EQ(DONE(1), set_register(&self->t, 1, 0,
					HV_REGISTER_VSM_PARTITION_CONFIG,
					PROTECTION_ON));
	set_stage(_metadata, &self->t);
}

FIXTURE_TEARDOWN(stress)
{
	tlfs_on_cpu(0);
	EXPECT_EQ(DONE(TLFS_PAGES),
		  protect(&self->t, 1, 0, ALL, self->t.gpa / PAGE,
			  TLFS_PAGES));
	tlfs_close(&self->t);
}

/* A worker with pages of its own to call VTL1 with. */
static void add(const char *name, void (*fn)(struct stress_worker *w),
		enum stress_class class, unsigned int n)
{
	struct tlfs *t = calloc(1, sizeof(*t));
	bool skip;

	if (!t || tlfs_open(t, &skip))
		abort();
	stress_add(name, fn, class, n, t);
}

static void add_workers(unsigned int cpus)
{
	unsigned int i;

	/* Each has another target. */
	for (i = 0; i < NR_TARGETS && i < cpus; i++)
		add("protector", protector, STRESS_WORK, (i + 1) % cpus);
	for (i = 0; i < cpus; i++)
		add("caller", caller, STRESS_WORK, i);
	for (i = 0; i < (cpus + 1) / 2; i++) {
		stress_add("user", user, STRESS_WORK, 2 * i % cpus, NULL);
		add("kernel", kernel, STRESS_WORK, (2 * i + 1) % cpus);
	}
	add("NMI", nmi_sender, STRESS_DISTURB, 0);
	stress_add_hotplug();
	stress_add_signals();
	stress_add_preemption();
}

/* Messages that VTL1 got, of all VPs. */
static __u64 intercepts(struct __test_metadata *_metadata, struct tlfs *t,
			unsigned int cpus)
{
	unsigned int cpu;
	__u64 n = 0;

	for (cpu = 0; cpu < cpus; cpu++) {
		struct puppet_request req = {
			.op = PUPPET_LOGGED, .arg = { tlfs_gpa(t, TLFS_COPY) },
		};

		tlfs_on_cpu(cpu);
		EXPECT_TRUE(puppet(t, &req));
		n += req.ret[0];
	}
	return n;
}

/* VSM_STRESS_TICKS: more, or less, than the default. */
static __u64 ticks_wanted(void)
{
	const char *text = getenv("VSM_STRESS_TICKS");

	return text ? strtoull(text, NULL, 0) : TICKS;
}

static const struct stress_goal goals[] = {
	{ STRESS_CALLS, 20000 },
	{ STRESS_CHANGES, 1000 },
	{ STRESS_FROZEN, 300 },
	{ STRESS_ALLOWED, 20000 },
	{ STRESS_REFUSED, 5000 },
	{ STRESS_NMIS, 500 },
	{ STRESS_SIGNALS, 500 },
	{ STRESS_PREEMPTIONS, 1000 },
	{ STRESS_HOTPLUGS, 6 },		/* the last: not with one CPU */
};

TEST_F_TIMEOUT(stress, everything_at_once, TIMEOUT)
{
	unsigned int i, nr = ARRAY_SIZE(goals) - (self->cpus == 1);
	struct hypervisor before, after;

	add_workers(self->cpus);
	ASSERT_TRUE(read_hypervisor(&before));
	EXPECT_TRUE(stress_run(goals, nr, ticks_wanted()));
	ASSERT_TRUE(read_hypervisor(&after));
	stress_report();
	printf("# %llu flushes\n", after.flushes - before.flushes);
	EXPECT_EQ(self->cpus, tlfs_cpus());
	EXPECT_LE(ticks_wanted(), stress_ticks());
	for (i = 0; i < nr; i++)
		EXPECT_LE(goals[i].least, stress_total(goals[i].event))
			TH_LOG("event %u", goals[i].event);
	EXPECT_TRUE(stress_signals_complete());
	EXPECT_EQ(stress_total(STRESS_CALLS),
		  after.vtl_calls - before.vtl_calls);
	EXPECT_EQ(stress_total(STRESS_REFUSED),
		  intercepts(_metadata, &self->t, self->cpus));
	EXPECT_GE(MAX_LOST(stress_total(STRESS_NMIS)),
		  stress_total(STRESS_LOST_NMIS));
	EXPECT_EQ(stress_total(STRESS_NMIS), after.nmis - before.nmis);
	/* What VTL1 took was no event of the hypervisor's. */
	EXPECT_EQ(before.events, after.events);
	EXPECT_EQ(before.dumps, after.dumps);
}

TEST_HARNESS_MAIN
