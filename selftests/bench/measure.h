/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One measurement: what is done between two readings of the time stamp counter
 * and of the hypervisor's exit counters.  Results are JSON, one line each.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>

#define NR_REASONS	128
#define NR_VMX_OPS	6

/* By exit reason, all CPUs together. */
struct exits {
	uint64_t count[NR_REASONS];
};

/* VMX instructions, where the hypervisor counts them. */
struct vmx_ops {
	uint64_t count[NR_VMX_OPS];
};

typedef void work_fn(unsigned int ops);

/* On an emulator that counts so, instructions executed. */
static inline uint64_t ticks(void)
{
	uint32_t low, high;

	asm volatile("mfence\n\tlfence\n\trdtsc\n\tlfence"
		     : "=a" (low), "=d" (high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* What can be read without costing what is measured. */
struct counters {
	struct exits exits;
	struct vmx_ops ops;
	uint64_t ns;		/* monotonic clock */
	uint64_t idle_ns;	/* of it, CPU 0 halted */
};

struct sample {
	struct counters counters;
	uint64_t ticks;
};

/* Begin takes the time stamp last, end takes it first. */
void sample_begin(struct sample *sample);
void sample_end(struct sample *sample);

/*
 * {"what": @what, "name": @name, "ops": ..., "ticks": ..., "exits": {...}},
 * ticks without those for which CPU 0 was halted; and "vmx": {...} where they
 * are counted.
 */
void print_result(const char *what, const char *name, unsigned int ops,
		  const struct sample *begin, const struct sample *end);
void measure(const char *what, const char *name, unsigned int ops, work_fn *fn);

#endif /* BENCH_MEASURE_H */
