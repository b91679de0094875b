// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallEnablePartitionVtl and HvCallEnableVpVtl, at each step of a takeover:
 * before the driver enables VTL1 for the partition, before it does so on the
 * first VP, before VTL1 does so on the second, and afterwards; all that is
 * wrong, and calls that are right at another time.  Source: TLFS, same titles.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "context.h"
#include "tlfs.h"

#define NO_VP		0x7fffffff
#define ANY_VP		0xffffffff
#define ORDER		9
#define STRIDE		256		/* of inputs in the pages */
#define PAGES_SIZE	(PAGE << ORDER)	/* half of it requests, a page each */
#define INPUTS		(PAGES_SIZE / 2 / STRIDE)

enum stage {
	NOTHING,		/* VTL0; VTL1 is not enabled at all */
	PARTITION,		/* VTL0; for the partition it is */
	FIRST_VP,		/* VTL1 on VP 0; not enabled on VP 1 */
	NR_STEPS,
};

static const struct {
	__u32 where;
	__u64 code;
} places[NR_STEPS] = {
	[NOTHING] = { VSM_PROBE_EARLY_HVCALL, HVCALL_ENABLE_PARTITION_VTL },
	[PARTITION] = { VSM_PROBE_EARLY_HVCALL, HVCALL_ENABLE_VP_VTL },
	[FIRST_VP] = { VSM_PROBE_EARLY_SCALL, VSM_SC_ENABLE_VP },
};

struct check {
	const char *what;
	__u64 detail;
	__u64 control, gpa;
	__u64 want;		/* the call's result, or TRAPPED() */
	__u64 *out;		/* and the value that it gives */
	__u64 want_out;
};

/* The checks of each step, in the order in which they were made. */
static struct list {
	struct check check[VSM_PROBE_EARLY_MAX];
	unsigned int nr;
} lists[NR_STEPS];

static struct vsm_probe_pages pages = { .order = ORDER };
static __u8 *mem;			/* first inputs, then requests */
static unsigned int inputs;
static struct vsm_probe_insn insns[VSM_PROBE_EARLY_MAX];
static int early_fd = -1;
static bool has_mbec;

/* --- what is asked --------------------------------------------------------- */

static struct check *add(enum stage step, const char *what, __u64 detail,
			 __u64 control, const void *in, size_t len, __u64 want)
{
	struct list *l = &lists[step];
	struct check *c = &l->check[l->nr++];

	if (l->nr > VSM_PROBE_EARLY_MAX || inputs >= INPUTS || len > STRIDE)
		abort();
	memcpy(mem + inputs * STRIDE, in, len);
	*c = (struct check){
		.what = what, .detail = detail, .control = control,
		.gpa = pages.gpa + inputs * STRIDE, .want = want,
	};
	inputs++;
	return c;
}

static void add_partition(enum stage step, const char *what, __u64 detail,
			  const struct hv_input_enable_partition_vtl *in,
			  __u64 want)
{
	add(step, what, detail, HVCALL_ENABLE_PARTITION_VTL, in, sizeof(*in),
	    want);
}

static void add_vp(enum stage step, const char *what, __u64 detail,
		   const struct hv_input_enable_vp_vtl *in, __u64 want)
{
	add(step, what, detail, HVCALL_ENABLE_VP_VTL, in, sizeof(*in), want);
}

/* A register of the caller's own, into the rest of the input's place. */
static void add_register(enum stage step, const char *what, __u32 name,
			 __u64 want)
{
	struct {
		struct hv_input_get_vp_registers header;
		__u32 name;
	} in = {
		.header.partition_id = HV_PARTITION_ID_SELF,
		.header.vp_index = HV_VP_INDEX_SELF,
		.name = name,
	};
	struct check *c = add(step, what, name,
			      HVCALL_GET_VP_REGISTERS | REP(1, 0), &in,
			      sizeof(in), DONE(1));

	c->out = (__u64 *)(mem + (c->gpa - pages.gpa) + STRIDE / 2);
	c->want_out = want;
}

static const struct hv_input_enable_partition_vtl right_partition = {
	.partition_id = HV_PARTITION_ID_SELF, .target_vtl = 1,
};

/* All that is wrong whatever the state, and what state says of the rest. */
static void partition_calls(enum stage step, __u64 state)
{
	struct hv_input_enable_partition_vtl in = right_partition;
	unsigned int i;

	in.partition_id = 1;
	in.target_vtl = 0;
	add_partition(step, "partition", 1, &in,
		      HV_STATUS_INVALID_PARTITION_ID);
	in.partition_id = 0;
	add_partition(step, "partition", 0, &in,
		      HV_STATUS_INVALID_PARTITION_ID);
	in = right_partition;
	for (i = 0; i < 256; i = i < 16 ? i + 1 : i * 2 + 1) {
		in.target_vtl = i;
		if (i != 1)
			add_partition(step, "VTL", i, &in,
				      HV_STATUS_INVALID_PARAMETER);
	}
	in = right_partition;
	for (i = 1; i < 8; i++) {
		in.flags = 1 << i;
		add_partition(step, "flag", i, &in,
			      HV_STATUS_INVALID_PARAMETER);
	}
	in = right_partition;
	for (i = 0; i < sizeof(in.rsvd); i++) {
		in.rsvd[i] = 1;
		add_partition(step, "reserved byte", i, &in,
			      HV_STATUS_INVALID_PARAMETER);
		in.rsvd[i] = 0;
	}
	in.flags = HV_ENABLE_PARTITION_VTL_MBEC;
	if (!has_mbec)
		add_partition(step, "MBEC without MBEC", 0, &in,
			      HV_STATUS_INVALID_PARAMETER);
	else if (state)
		add_partition(step, "right, with MBEC", 0, &in, state);
	if (state)
		add_partition(step, "right", 0, &right_partition, state);
}

static struct hv_input_enable_vp_vtl right_vp(__u32 vp)
{
	return (struct hv_input_enable_vp_vtl){
		.partition_id = HV_PARTITION_ID_SELF, .vp_index = vp,
		.target_vtl = 1, .context = context_64,
	};
}

/* As above, of VP @vp. */
static void vp_calls(enum stage step, __u32 vp, __u64 state)
{
	struct hv_input_enable_vp_vtl in = right_vp(NO_VP);
	unsigned int i;

	/* Partition, VP, VTL, in this order. */
	in.partition_id = 1;
	in.target_vtl = 0;
	add_vp(step, "partition", 1, &in, HV_STATUS_INVALID_PARTITION_ID);
	in.partition_id = HV_PARTITION_ID_SELF;
	add_vp(step, "VP", NO_VP, &in, HV_STATUS_INVALID_VP_INDEX);
	in.vp_index = ANY_VP;
	add_vp(step, "VP", ANY_VP, &in, HV_STATUS_INVALID_VP_INDEX);
	in = right_vp(vp);
	for (i = 0; i < 256; i = i < 16 ? i + 1 : i * 2 + 1) {
		in.target_vtl = i;
		if (i != 1)
			add_vp(step, "VTL", i, &in,
			       HV_STATUS_INVALID_PARAMETER);
	}
	in = right_vp(vp);
	for (i = 0; i < sizeof(in.rsvd); i++) {
		in.rsvd[i] = 1;
		add_vp(step, "reserved byte", i, &in,
		       HV_STATUS_INVALID_PARAMETER);
		in.rsvd[i] = 0;
	}
	if (state) {
		add_vp(step, "right", vp, &in, state);
		/* The context is looked at last. */
		memset(&in.context, 0xff, sizeof(in.context));
		add_vp(step, "no context", vp, &in, state);
	}
}

/* VM entry would refuse it, so that the first VTL call would fail. */
static void context_calls(enum stage step, __u32 vp)
{
	struct hv_input_enable_vp_vtl in;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(spoilt); i++) {
		in = right_vp(vp);
		spoil_context(&in.context, i);
		add_vp(step, "context", i, &in, HV_STATUS_INVALID_PARAMETER);
	}
}

static void status_calls(enum stage step, const char *what, __u64 partition,
			 __u64 vp)
{
	add_register(step, what, HV_REGISTER_VSM_PARTITION_STATUS, partition |
		     1ULL << HV_VSM_PARTITION_STATUS_MAX_SHIFT);
	add_register(step, what, HV_REGISTER_VSM_VP_STATUS,
		     vp << HV_VSM_VP_STATUS_ENABLED_SHIFT);
}

static void switches(enum stage step)
{
	add(step, "VTL call", 0, HVCALL_VTL_CALL, "", 0, TRAPPED(UD));
	add(step, "VTL return", 0, HVCALL_VTL_RETURN, "", 0, TRAPPED(UD));
}

/* What is VTL1's business cannot be done by VTL0 in its stead. */
static void vtl1_calls(enum stage step)
{
	struct hv_input_modify_vtl_protection_mask protect = {
		.partition_id = HV_PARTITION_ID_SELF, .map_flags = 1,
	};
	struct {
		struct hv_input_set_vp_registers header;
		struct hv_register_assoc reg;
	} set = {
		.header.partition_id = HV_PARTITION_ID_SELF,
		.header.vp_index = HV_VP_INDEX_SELF,
		.header.input_vtl = USE_VTL(1),
		.reg.name = HV_REGISTER_VSM_PARTITION_CONFIG,
		.reg.value.low = HV_VSM_CONFIG_ENABLE_PROTECTION,
	};
	struct hv_input_enable_vp_vtl start = right_vp(HV_VP_INDEX_SELF);

	add(step, "protection", 0, HVCALL_MODIFY_VTL_PROTECTION_MASK |
	    REP(1, 0), &protect, sizeof(protect), HV_STATUS_ACCESS_DENIED);
	add(step, "configuration", 0, HVCALL_SET_VP_REGISTERS | REP(1, 0),
	    &set, sizeof(set), HV_STATUS_ACCESS_DENIED);
	add(step, "start in VTL1", 0, HVCALL_START_VP, &start, sizeof(start),
	    HV_STATUS_ACCESS_DENIED);
}

static void fill_nothing(void)
{
	status_calls(NOTHING, "before", 1, 1);
	/* OpenTMK, hv_error_vp_start. */
	vp_calls(NOTHING, HV_VP_INDEX_SELF, HV_STATUS_INVALID_VTL_STATE);
	vp_calls(NOTHING, 0, HV_STATUS_INVALID_VTL_STATE);
	if (tlfs_cpus() > 1)
		vp_calls(NOTHING, 1, HV_STATUS_INVALID_VTL_STATE);
	partition_calls(NOTHING, 0);
	vtl1_calls(NOTHING);
	switches(NOTHING);
	status_calls(NOTHING, "after", 1, 1);
}

static void fill_partition(void)
{
	__u64 on = 3 | (has_mbec ? 3ULL << HV_VSM_PARTITION_STATUS_MBEC_SHIFT :
				   0);

	add_register(PARTITION, "before", HV_REGISTER_VSM_PARTITION_STATUS,
		     on | 1ULL << HV_VSM_PARTITION_STATUS_MAX_SHIFT);
	partition_calls(PARTITION, HV_STATUS_INVALID_VTL_STATE);
	/* VTL0 enables it on the VP that it runs on. */
	if (tlfs_cpus() > 1)
		vp_calls(PARTITION, 1, HV_STATUS_ACCESS_DENIED);
	vp_calls(PARTITION, HV_VP_INDEX_SELF, 0);
	context_calls(PARTITION, HV_VP_INDEX_SELF);
	vtl1_calls(PARTITION);
	switches(PARTITION);
	add_register(PARTITION, "after", HV_REGISTER_VSM_PARTITION_STATUS,
		     on | 1ULL << HV_VSM_PARTITION_STATUS_MAX_SHIFT);
}

static void fill_first_vp(void)
{
	struct hv_input_enable_vp_vtl start = right_vp(1);

	/* HvCallStartVirtualProcessor has the same input. */
	add(FIRST_VP, "start where VTL1 is not enabled", 1, HVCALL_START_VP,
	    &start, sizeof(start), HV_STATUS_INVALID_VP_STATE);
	partition_calls(FIRST_VP, HV_STATUS_INVALID_VTL_STATE);
	vp_calls(FIRST_VP, 0, HV_STATUS_VTL_ALREADY_ENABLED);
	vp_calls(FIRST_VP, HV_VP_INDEX_SELF, HV_STATUS_VTL_ALREADY_ENABLED);
	vp_calls(FIRST_VP, 1, 0);
	context_calls(FIRST_VP, 1);
}

/* --- asking it ------------------------------------------------------------- */

static __u64 output_of(const struct check *c)
{
	return c->out ? c->gpa + STRIDE / 2 : 0;
}

static void by_vtl0(const struct list *l)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		insns[i] = (struct vsm_probe_insn){
			.insn = VSM_PROBE_INSN_vmcall,
			.gpr[PUPPET_RCX] = l->check[i].control,
			.gpr[PUPPET_RDX] = l->check[i].gpa,
			.gpr[PUPPET_R8] = output_of(&l->check[i]),
		};
}

static struct puppet_request *request(unsigned int i)
{
	return (struct puppet_request *)(mem + PAGES_SIZE / 2 + i * PAGE);
}

/* One VTL call a check, each with a request of its own. */
static void by_vtl1(const struct list *l)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++) {
		*request(i) = (struct puppet_request){
			.op = PUPPET_VMCALL,
			.gpr[PUPPET_RCX] = l->check[i].control,
			.gpr[PUPPET_RDX] = l->check[i].gpa,
			.gpr[PUPPET_R8] = output_of(&l->check[i]),
		};
		insns[i] = (struct vsm_probe_insn){
			.insn = VSM_PROBE_INSN_vmcall,
			.gpr[PUPPET_RCX] = HVCALL_VTL_CALL,
			.gpr[PUPPET_RDI] = PUPPET_CALL,
			.gpr[PUPPET_RSI] = pages.gpa +
					   ((__u8 *)request(i) - mem),
			.gpr[PUPPET_RDX] = 1,
		};
	}
}

static struct vsm_probe_early early(enum stage step)
{
	return (struct vsm_probe_early){
		.slot = step, .where = places[step].where,
		.code = places[step].code, .nr = lists[step].nr,
		.insns = (__u64)insns,
	};
}

static void arm(enum stage step)
{
	struct vsm_probe_early req = early(step);

	if (step == FIRST_VP)
		by_vtl1(&lists[step]);
	else
		by_vtl0(&lists[step]);
	ioctl(early_fd, VSM_PROBE_IOC_EARLY, &req);
}

/* The processor's, by its own word: nobody is beneath Linux yet. */
static bool find_mbec(int fd)
{
	struct vsm_probe_msr procbased = { .msr = 0x482 };
	struct vsm_probe_msr secondary = { .msr = 0x48b };

	return !ioctl(fd, VSM_PROBE_IOC_MSR, &procbased) &&
	       procbased.value >> 63 &&
	       !ioctl(fd, VSM_PROBE_IOC_MSR, &secondary) &&
	       secondary.value >> (32 + 22) & 1;
}

static void before(int probe_fd)
{
	if (ioctl(probe_fd, VSM_PROBE_IOC_PAGES, &pages))
		return;
	mem = mmap(NULL, PAGES_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
		   probe_fd, pages.gpa);
	if (mem == MAP_FAILED)
		return;
	early_fd = probe_fd;
	has_mbec = find_mbec(probe_fd);
	fill_nothing();
	arm(NOTHING);
	fill_partition();
	arm(PARTITION);
	if (tlfs_cpus() < 2)
		return;
	fill_first_vp();
	arm(FIRST_VP);
}

static __attribute__((constructor(TLFS_FIRST))) void first(void)
{
	tlfs_before = before;
}

/* --- what came of it ------------------------------------------------------- */

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
	ASSERT_LE(0, early_fd) TH_LOG("no pages");
}

FIXTURE_TEARDOWN(tlfs)
{
	tlfs_close(&self->t);
}

static __u64 result(enum stage step, unsigned int i)
{
	if (insns[i].vector != VSM_PROBE_NO_FAULT)
		return TRAPPED(insns[i].vector);
	if (step != FIRST_VP)
		return insns[i].gpr[PUPPET_RAX];
	if (insns[i].gpr[PUPPET_RDI] != VSM_S_OK)
		return ~0ULL;
	if (request(i)->fault.vector != NO_FAULT)
		return TRAPPED(request(i)->fault.vector);
	return request(i)->gpr[PUPPET_RAX];
}

static void check_step(struct __test_metadata *_metadata, enum stage step)
{
	struct vsm_probe_early req = early(step);
	const struct list *l = &lists[step];
	unsigned int i;

	ASSERT_EQ(0, ioctl(early_fd, VSM_PROBE_IOC_RESULTS, &req))
		TH_LOG("%s", strerror(errno));
	ASSERT_LT(0, l->nr);
	for (i = 0; i < l->nr; i++) {
		const struct check *c = &l->check[i];

		EXPECT_EQ(c->want, result(step, i)) {
			TH_LOG("call %#llx: %s %#llx", c->control & 0xffff,
			       c->what, c->detail);
		}
		if (c->out)
			EXPECT_EQ(c->want_out, *c->out) {
				TH_LOG("register %#llx, %s", c->detail,
				       c->what);
			}
	}
}

/* OpenTMK: EnableVpVtl before EnablePartitionVtl is a wrong VTL state. */
TEST_F(tlfs, before_the_partition)
{
	check_step(_metadata, NOTHING);
}

TEST_F(tlfs, before_the_first_vp)
{
	check_step(_metadata, PARTITION);
}

TEST_F(tlfs, before_the_second_vp)
{
	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU: there is no other");
	check_step(_metadata, FIRST_VP);
}

/* All of it once more where everything is enabled, from both VTLs. */
static void check_after(struct __test_metadata *_metadata, struct tlfs *t,
			int vtl, __u64 state)
{
	struct list *l = &lists[NOTHING];
	unsigned int i;
	__u32 vp;

	l->nr = 0;
	inputs = 0;
	partition_calls(NOTHING, HV_STATUS_INVALID_VTL_STATE);
	vp_calls(NOTHING, HV_VP_INDEX_SELF, state);
	for (vp = 0; vp < tlfs_cpus(); vp++)
		vp_calls(NOTHING, vp, state);
	for (i = 0; i < l->nr; i++) {
		const struct check *c = &l->check[i];

		EXPECT_EQ(c->want, hypercall(t, vtl, c->control, c->gpa, 0)) {
			TH_LOG("call %#llx: %s %#llx", c->control, c->what,
			       c->detail);
		}
	}
}

TEST_F(tlfs, vtl0_once_more)
{
	/* TLFS: from now on it takes an equal or higher VTL. */
	check_after(_metadata, &self->t, 0, tlfs_cpus() > 1 ?
		    HV_STATUS_ACCESS_DENIED : HV_STATUS_VTL_ALREADY_ENABLED);
}

TEST_F(tlfs, vtl1_once_more)
{
	check_after(_metadata, &self->t, 1, HV_STATUS_VTL_ALREADY_ENABLED);
}

TEST_HARNESS_MAIN
