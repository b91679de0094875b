// SPDX-License-Identifier: GPL-2.0
/*
 * VTL1's synthetic timers and the reference time they count in, so that VTL1
 * can run without VTL0's help.  Must never fire before its time, nor more than
 * once a VM exit.  Source: TLFS, "Timers".
 */
#include <vsm/string.h>

#include "hv.h"
#include "vcpu.h"

#define REF_PER_MS		10000	/* 100 ns */
#define MAX_SLEEP		(1000ULL * REF_PER_MS)

/* 0.64 fixed point: reference units a TSC tick.  The TSC is above 10 MHz. */
void stimer_setup(void)
{
	u64 rest = REF_PER_MS, scale = 0;

	for (u32 i = 0; i < 64; i++) {
		rest <<= 1;
		scale <<= 1;
		if (rest >= hv_boot.tsc_khz) {
			rest -= hv_boot.tsc_khz;
			scale |= 1;
		}
	}
	hv.ref_scale = scale;
	hv.ref_base = rdtsc();
}

u64 stimer_now(void)
{
	return (__uint128_t)(rdtsc() - hv.ref_base) * hv.ref_scale >> 64;
}

static void start(struct hv_stimer *t)
{
	u64 sint = t->config >> HV_STIMER_SINT_SHIFT & 0xf;

	/* TLFS: no count, or no source, and it does not run. */
	if (!t->count || (!(t->config & HV_STIMER_DIRECT) && !sint)) {
		t->config &= ~HV_STIMER_ENABLED;
		return;
	}
	t->deadline = t->config & HV_STIMER_PERIODIC ?
		      stimer_now() + t->count : t->count;
}

static void update_armed(struct pcpu *cpu)
{
	bool armed = false;

	for (u32 i = 0; i < HV_NUM_STIMERS; i++)
		armed |= cpu->synic.timer[i].config & HV_STIMER_ENABLED;
	cpu->timer_armed = armed;
}

/* @index: twice the timer's number, odd for its count. */
bool stimer_get(struct pcpu *cpu, u32 index, u64 *val)
{
	const struct hv_stimer *t = &cpu->synic.timer[index / 2];

	*val = index & 1 ? t->count : t->config;
	return hv.has_timer;
}

bool stimer_set(struct pcpu *cpu, u32 index, u64 val)
{
	struct hv_stimer *t = &cpu->synic.timer[index / 2];
	u8 vector = val >> HV_STIMER_VECTOR_SHIFT;

	if (!hv.has_timer)
		return false;
	if (index & 1) {
		t->count = val;
		if (val && (t->config & HV_STIMER_AUTO_ENABLE))
			t->config |= HV_STIMER_ENABLED;
	} else {
		if ((val & HV_STIMER_RSVD) ||
		    ((val & HV_STIMER_DIRECT) && vector < 16))
			return false;
		t->config = val;
		t->message_waiting = false;
	}
	if (t->config & HV_STIMER_ENABLED)
		start(t);
	update_armed(cpu);
	return true;
}

static void post(struct pcpu *cpu, u32 i)
{
	struct hv_stimer *t = &cpu->synic.timer[i];
	struct hv_message msg = {
		.type = HV_MESSAGE_TIMER_EXPIRED,
		.payload_size = sizeof(struct hv_timer_message),
	};
	struct hv_timer_message *m = (struct hv_timer_message *)msg.payload;

	m->index = i;
	m->expiration_time = t->expired;
	m->delivery_time = stimer_now();
	t->message_waiting = !synic_post(cpu, t->config >>
					 HV_STIMER_SINT_SHIFT & 0xf, &msg);
}

static void expire(struct pcpu *cpu, u32 i, u64 now)
{
	struct hv_stimer *t = &cpu->synic.timer[i];

	t->expired = t->deadline;
	if (t->config & HV_STIMER_PERIODIC)
		/* Expirations that were missed are skipped. */
		t->deadline = MAX(t->deadline + t->count, now + 1);
	else
		t->config &= ~HV_STIMER_ENABLED;
	if (t->config & HV_STIMER_DIRECT)
		vic_raise(cpu, t->config >> HV_STIMER_VECTOR_SHIFT);
	else
		post(cpu, i);
}

void stimer_run(struct pcpu *cpu)
{
	u64 now = stimer_now();

	for (u32 i = 0; i < HV_NUM_STIMERS; i++) {
		const struct hv_stimer *t = &cpu->synic.timer[i];

		if ((t->config & HV_STIMER_ENABLED) && t->deadline <= now)
			expire(cpu, i, now);
	}
	update_armed(cpu);
}

/* A slot may have become free. */
void stimer_flush(struct pcpu *cpu)
{
	for (u32 i = 0; i < HV_NUM_STIMERS; i++)
		if (cpu->synic.timer[i].message_waiting)
			post(cpu, i);
}

/* TSC ticks until the next timer is due, at most some. */
u64 stimer_ticks(const struct pcpu *cpu)
{
	u64 now = stimer_now(), wait = MAX_SLEEP;

	for (u32 i = 0; i < HV_NUM_STIMERS; i++) {
		const struct hv_stimer *t = &cpu->synic.timer[i];

		if (t->config & HV_STIMER_ENABLED)
			wait = MIN(wait, t->deadline > now ?
					 t->deadline - now : 0);
	}
	/* Rounded up: never early. */
	return wait * hv_boot.tsc_khz / REF_PER_MS + 1;
}
