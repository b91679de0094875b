// SPDX-License-Identifier: GPL-2.0
/*
 * VTL1's own interrupts: controller, priorities, IPIs between VPs, SynIC
 * messages, synthetic timers that fire while VTL0 runs, and the notice that an
 * interrupt of VTL0 waits.  Source: TLFS, "VTL Interrupt Management", "SynIC
 * Messages", "Synthetic Timers".
 */
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "../uapi/vsm/registers.h"
#include "../uapi/vsm/synic.h"
#include "tlfs.h"

#define MS		10000ULL	/* of reference time */
#define LONG_WAIT	100000000ULL	/* TSC ticks: many of Linux's timer */
#define SHORT_WAIT	100000ULL
#define X2APIC_ID	0x802
#define X2APIC_ICR	0x830
#define X2APIC_SELF_IPI	0x83f
#define X2APIC_IRR(v)	(0x820 + (v) / 32)
#define TIMER_SINT	2

FIXTURE(interrupt) {
	struct tlfs t;
	__u64 assist, messages;
};

static __u64 msr(struct __test_metadata *_metadata,
		 struct _test_data_interrupt *self, __u32 number)
{
	__u64 val = 0;

	EXPECT_EQ(NO_FAULT, read_msr(&self->t, 1, number, &val));
	return val;
}

static void set_msr(struct __test_metadata *_metadata,
		    struct _test_data_interrupt *self, __u32 number, __u64 val)
{
	EXPECT_EQ(NO_FAULT, write_msr(&self->t, 1, number, val)) {
		TH_LOG("MSR %#x", number);
	}
}

/* How many of this vector came on this VP; then forget all. */
static __u64 taken(struct __test_metadata *_metadata,
		   struct _test_data_interrupt *self, unsigned int vector)
{
	struct puppet_request req = { .op = PUPPET_IRQS, .arg = { vector } };

	EXPECT_TRUE(puppet(&self->t, &req));
	return req.ret[0];
}

static __u64 wait_in_vtl1(struct __test_metadata *_metadata,
			  struct _test_data_interrupt *self, __u64 ticks)
{
	struct puppet_request req = { .op = PUPPET_WAIT, .arg = { ticks } };

	EXPECT_TRUE(puppet(&self->t, &req));
	return req.ret[0];
}

static void stop_timers(struct _test_data_interrupt *self)
{
	int i;

	for (i = 0; i < HV_NUM_STIMERS; i++)
		write_msr(&self->t, 1, HV_X64_MSR_STIMER0_CONFIG + 2 * i, 0);
}

static void open_vp(struct __test_metadata *_metadata,
		    struct _test_data_interrupt *self)
{
	struct puppet_request req = { .op = PUPPET_PAGES };
	static const __u8 empty[HV_MESSAGE_SIZE];

	ASSERT_TRUE(puppet(&self->t, &req));
	self->assist = req.ret[0];
	self->messages = req.ret[1];
	set_msr(_metadata, self, HV_X64_MSR_VP_ASSIST_PAGE,
		self->assist | HV_MSR_ENABLE);
	set_msr(_metadata, self, HV_X64_MSR_SIMP,
		self->messages | HV_MSR_ENABLE);
	set_msr(_metadata, self, HV_X64_MSR_SCONTROL, HV_SCONTROL_ENABLE);
	EXPECT_TRUE(vtl1_copy_in(&self->t, self->messages + TIMER_SINT *
				 HV_MESSAGE_SIZE, empty, sizeof(empty)));
	taken(_metadata, self, 0);
}

FIXTURE_SETUP(interrupt)
{
	bool skip;
	const char *why = tlfs_open(&self->t, &skip);

	if (why && skip)
		SKIP(return, "%s", why);
	ASSERT_EQ(NULL, why) TH_LOG("%s", why);
	tlfs_on_cpu(0);
	open_vp(_metadata, self);
}

FIXTURE_TEARDOWN(interrupt)
{
	tlfs_on_cpu(0);
	stop_timers(self);
	write_msr(&self->t, 1, HV_X64_MSR_SINT0 + TIMER_SINT, HV_SINT_MASKED);
	vtl1_write(&self->t, PUPPET_CR8, 0);
	set_register(&self->t, 1, 0, HV_REGISTER_VSM_VINA, 0);
	write_msr(&self->t, 1, HV_X64_MSR_SCONTROL, 0);
	tlfs_close(&self->t);
}

TEST_F(interrupt, registers)
{
	static const struct {
		__u32 msr;
		__u64 val;
	} refused[] = {
		{ HV_X64_MSR_SVERSION, 1 },
		{ HV_X64_MSR_TIME_REF_COUNT, 0 },
		{ HV_X64_MSR_SINT0, 15 },
		{ HV_X64_MSR_SIMP, 2 },
		{ HV_X64_MSR_SIMP, 1ULL << 51 | HV_MSR_ENABLE },
		{ HV_X64_MSR_SIEFP, 2 },
		{ HV_X64_MSR_STIMER0_CONFIG, 1ULL << 13 },
		{ HV_X64_MSR_STIMER0_CONFIG, 1ULL << 20 },
		{ HV_X64_MSR_STIMER0_CONFIG, HV_STIMER_DIRECT | 15 << 4 },
		{ HV_X64_MSR_TPR, 0x100 },
		{ X2APIC_SELF_IPI, 15 },
		{ X2APIC_ICR, 0x440 },		/* NMI */
		{ 0x835, 0 },			/* LINT0 */
		{ 0x1b, 0 },
	};
	__u64 first, val;
	unsigned int i;

	EXPECT_EQ(HV_SYNIC_VERSION, msr(_metadata, self, HV_X64_MSR_SVERSION));
	EXPECT_EQ(HV_SINT_MASKED, msr(_metadata, self, HV_X64_MSR_SINT15));
	EXPECT_EQ(0, msr(_metadata, self, HV_X64_MSR_EOM));
	first = msr(_metadata, self, HV_X64_MSR_TIME_REF_COUNT);
	EXPECT_LT(first, msr(_metadata, self, HV_X64_MSR_TIME_REF_COUNT));
	for (i = 0; i < ARRAY_SIZE(refused); i++)
		EXPECT_EQ(GP, write_msr(&self->t, 1, refused[i].msr,
					refused[i].val)) {
			TH_LOG("MSR %#x", refused[i].msr);
		}
	/* VTL0 has none of it. */
	for (i = HV_X64_MSR_SCONTROL; i <= HV_X64_MSR_STIMER3_COUNT; i++)
		EXPECT_EQ(GP, read_msr(&self->t, 0, i, &val)) {
			TH_LOG("MSR %#x", i);
		}
}

/* A VTL return with an interrupt pending comes straight back. */
TEST_F(interrupt, self_ipi)
{
	set_msr(_metadata, self, X2APIC_SELF_IPI, 0x40);
	EXPECT_EQ(1, taken(_metadata, self, 0x40));
	EXPECT_EQ(0, taken(_metadata, self, 0x40));
}

TEST_F(interrupt, priority)
{
	ASSERT_EQ(NO_FAULT, vtl1_write(&self->t, PUPPET_CR8, 5));
	EXPECT_EQ(0x50, msr(_metadata, self, HV_X64_MSR_TPR));
	set_msr(_metadata, self, X2APIC_SELF_IPI, 0x5f);
	EXPECT_EQ(1U << 31, msr(_metadata, self, X2APIC_IRR(0x5f)));
	EXPECT_EQ(0, wait_in_vtl1(_metadata, self, SHORT_WAIT));
	set_msr(_metadata, self, X2APIC_SELF_IPI, 0x60);
	EXPECT_EQ(1, taken(_metadata, self, 0x60));
	EXPECT_EQ(0, taken(_metadata, self, 0x5f));
	ASSERT_EQ(NO_FAULT, vtl1_write(&self->t, PUPPET_CR8, 4));
	EXPECT_EQ(1, taken(_metadata, self, 0x5f));
	EXPECT_EQ(0, msr(_metadata, self, X2APIC_IRR(0x5f)));
}

/* It is taken there without VTL0's help: the call that looks has IF clear. */
TEST_F(interrupt, ipi_between_vps)
{
	__u64 id;
	int i;

	if (tlfs_cpus() < 2)
		SKIP(return, "one CPU");
	tlfs_on_cpu(1);
	open_vp(_metadata, self);
	id = msr(_metadata, self, X2APIC_ID);
	for (i = 0; i < 20; i++) {
		tlfs_on_cpu(0);
		set_msr(_metadata, self, X2APIC_ICR, id << 32 | 0x43);
		EXPECT_EQ(0, taken(_metadata, self, 0x43));
		usleep(1000);
		tlfs_on_cpu(1);
		EXPECT_EQ(1, taken(_metadata, self, 0x43));
	}
	write_msr(&self->t, 1, HV_X64_MSR_SCONTROL, 0);
}

TEST_F(interrupt, timer_one_shot)
{
	__u64 now = msr(_metadata, self, HV_X64_MSR_TIME_REF_COUNT);

	set_msr(_metadata, self, HV_X64_MSR_STIMER0_CONFIG + 1, now + 20 * MS);
	set_msr(_metadata, self, HV_X64_MSR_STIMER0_CONFIG,
		HV_STIMER_ENABLED | HV_STIMER_DIRECT |
		0x41 << HV_STIMER_VECTOR_SHIFT);
	/* Never early. */
	if (msr(_metadata, self, HV_X64_MSR_TIME_REF_COUNT) < now + 15 * MS)
		EXPECT_EQ(0, taken(_metadata, self, 0x41));
	usleep(100000);
	EXPECT_EQ(1, taken(_metadata, self, 0x41));
	EXPECT_EQ(0, msr(_metadata, self, HV_X64_MSR_STIMER0_CONFIG) &
		     HV_STIMER_ENABLED);
	usleep(50000);
	EXPECT_EQ(0, taken(_metadata, self, 0x41));
}

static void timer_message(struct __test_metadata *_metadata,
			  struct _test_data_interrupt *self,
			  struct hv_message *ret)
{
	EXPECT_TRUE(vtl1_copy_out(&self->t, ret, self->messages + TIMER_SINT *
				  HV_MESSAGE_SIZE, sizeof(*ret)));
}

/* A message that is not taken stays; EOM makes room for the next one. */
TEST_F(interrupt, timer_periodic)
{
	const struct hv_timer_message *m;
	__u64 gpa = self->messages + TIMER_SINT * HV_MESSAGE_SIZE;
	static const __u32 none;
	struct hv_message msg;
	__u64 before;

	set_msr(_metadata, self, HV_X64_MSR_SINT0 + TIMER_SINT, 0x42);
	set_msr(_metadata, self, HV_X64_MSR_STIMER0_CONFIG + 3, 5 * MS);
	set_msr(_metadata, self, HV_X64_MSR_STIMER0_CONFIG + 2,
		HV_STIMER_ENABLED | HV_STIMER_PERIODIC |
		TIMER_SINT << HV_STIMER_SINT_SHIFT);
	usleep(100000);
	EXPECT_EQ(1, taken(_metadata, self, 0x42));
	timer_message(_metadata, self, &msg);
	m = (const void *)msg.payload;
	EXPECT_EQ(HV_MESSAGE_TIMER_EXPIRED, msg.type);
	EXPECT_EQ(sizeof(*m), msg.payload_size);
	EXPECT_EQ(HV_MESSAGE_PENDING, msg.flags);
	EXPECT_EQ(0, msg.sender);
	EXPECT_EQ(1, m->index);
	EXPECT_LE(m->expiration_time, m->delivery_time);
	before = m->expiration_time;
	EXPECT_TRUE(vtl1_copy_in(&self->t, gpa, &none, sizeof(none)));
	set_msr(_metadata, self, HV_X64_MSR_EOM, 0);
	EXPECT_EQ(1, taken(_metadata, self, 0x42));
	timer_message(_metadata, self, &msg);
	EXPECT_EQ(HV_MESSAGE_TIMER_EXPIRED, msg.type);
	EXPECT_LT(before, m->expiration_time);
	EXPECT_NE(0, msr(_metadata, self, HV_X64_MSR_STIMER0_CONFIG + 2) &
		     HV_STIMER_ENABLED);
	/* A masked source has messages, but no interrupts. */
	set_msr(_metadata, self, HV_X64_MSR_SINT0 + TIMER_SINT,
		HV_SINT_MASKED | 0x42);
	usleep(50000);
	EXPECT_TRUE(vtl1_copy_in(&self->t, gpa, &none, sizeof(none)));
	set_msr(_metadata, self, HV_X64_MSR_EOM, 0);
	EXPECT_EQ(0, taken(_metadata, self, 0x42));
	timer_message(_metadata, self, &msg);
	EXPECT_EQ(HV_MESSAGE_TIMER_EXPIRED, msg.type);
}

static __u8 vina_asserted(struct _test_data_interrupt *self)
{
	struct hv_vp_assist_page page;

	if (!vtl1_copy_out(&self->t, &page, self->assist, 32))
		return 0xff;
	return page.vina_asserted;
}

/* Linux's timer interrupts while VTL1 runs: told once, until it is reset. */
TEST_F(interrupt, vina)
{
	const __u64 vina = 0x44 | HV_VSM_VINA_ENABLED;

	ASSERT_EQ(DONE(1), set_register(&self->t, 1, 0, HV_REGISTER_VSM_VINA,
					vina));
	EXPECT_EQ(1, wait_in_vtl1(_metadata, self, LONG_WAIT));
	EXPECT_EQ(1, vina_asserted(self));
	EXPECT_EQ(0, wait_in_vtl1(_metadata, self, LONG_WAIT));
	ASSERT_EQ(DONE(1), set_register(&self->t, 1, 0, HV_REGISTER_VSM_VINA,
					vina | HV_VSM_VINA_AUTO_RESET));
	EXPECT_EQ(1, wait_in_vtl1(_metadata, self, LONG_WAIT));
	EXPECT_EQ(1, wait_in_vtl1(_metadata, self, LONG_WAIT));
	EXPECT_EQ(0, vina_asserted(self));
	EXPECT_EQ(3, taken(_metadata, self, 0x44));
}

TEST_HARNESS_MAIN
