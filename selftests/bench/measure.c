// SPDX-License-Identifier: GPL-2.0
/*
 * Takes time stamps and exit counts around a piece of work and prints them.
 * Must never do anything between the time stamps that is not the work.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure.h"

#define EXITS		"/sys/kernel/debug/vsm/exits"
#define HYPERVISOR	"/sys/kernel/debug/vsm/hypervisor"
#define DELIMITERS	"\n "
#define TIMER_LIST	"/proc/timer_list"

/* As the driver names them; learnt while reading. */
static char names[NR_REASONS][40];

/* "10 CPUID 3 4": reason, its name, count of each CPU. */
static void parse_line(struct exits *exits, char *line)
{
	char *word, *save = NULL;
	unsigned long reason;

	word = strtok_r(line, DELIMITERS, &save);
	reason = word ? strtoul(word, NULL, 10) : NR_REASONS;
	word = strtok_r(NULL, DELIMITERS, &save);
	if (!word || reason >= NR_REASONS)
		return;
	snprintf(names[reason], sizeof(names[reason]), "%s", word);
	while ((word = strtok_r(NULL, DELIMITERS, &save)))
		exits->count[reason] += strtoull(word, NULL, 10);
}

/* All zero where there is no hypervisor. */
static void read_exits(struct exits *exits)
{
	char line[4096];
	FILE *file;

	memset(exits, 0, sizeof(*exits));
	file = fopen(EXITS, "r");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file))
		parse_line(exits, line);
	fclose(file);
}

static const char *const op_names[NR_VMX_OPS] = {
	"vmread", "vmwrite", "vmptrld", "vmclear", "invept", "invvpid",
};

/* "cpu0.vmread 5": of all CPUs together. */
static void read_ops(struct vmx_ops *ops)
{
	unsigned long long count;
	char line[256], name[64];
	FILE *file;
	int i;

	memset(ops, 0, sizeof(*ops));
	file = fopen(HYPERVISOR, "r");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "cpu%*u.%63s %llu", name, &count) != 2)
			continue;
		for (i = 0; i < NR_VMX_OPS; i++)
			if (!strcmp(name, op_names[i]))
				ops->count[i] += count;
	}
	fclose(file);
}

/* The first of these lines is CPU 0's. */
static uint64_t read_idle(void)
{
	unsigned long long ns = 0;
	char line[256];
	FILE *file;

	file = fopen(TIMER_LIST, "r");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, " .idle_sleeptime : %llu", &ns) == 1)
			break;
	fclose(file);
	return ns;
}

static uint64_t read_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void sample_begin(struct sample *sample)
{
	read_exits(&sample->counters.exits);
	read_ops(&sample->counters.ops);
	sample->counters.idle_ns = read_idle();
	sample->counters.ns = read_clock();
	sample->ticks = ticks();
}

void sample_end(struct sample *sample)
{
	sample->ticks = ticks();
	sample->counters.ns = read_clock();
	sample->counters.idle_ns = read_idle();
	read_exits(&sample->counters.exits);
	read_ops(&sample->counters.ops);
}

/* The processor's own rate: ticks of this very interval for its time. */
static uint64_t busy_ticks(const struct sample *begin, const struct sample *end)
{
	uint64_t idle = end->counters.idle_ns - begin->counters.idle_ns;
	uint64_t ns = end->counters.ns - begin->counters.ns;
	uint64_t all = end->ticks - begin->ticks;

	if (!ns || idle > ns)
		return all;
	return all - (uint64_t)((double)all * (double)idle / (double)ns);
}

static void print_ops(const struct sample *begin, const struct sample *end)
{
	int i;

	if (!end->counters.ops.count[0])
		return;
	for (i = 0; i < NR_VMX_OPS; i++)
		printf("%s\"%s\": %llu", i ? ", " : ", \"vmx\": {", op_names[i],
		       (unsigned long long)(end->counters.ops.count[i] -
					    begin->counters.ops.count[i]));
	printf("}");
}

void print_result(const char *what, const char *name, unsigned int ops,
		  const struct sample *begin, const struct sample *end)
{
	const char *comma = "";
	uint64_t count;
	int i;

	printf("{\"what\": \"%s\", \"name\": \"%s\", \"ops\": %u", what, name, ops);
	printf(", \"ticks\": %llu, \"ns\": %llu, \"exits\": {",
	       (unsigned long long)busy_ticks(begin, end),
	       (unsigned long long)(end->counters.ns - begin->counters.ns));
	for (i = 0; i < NR_REASONS; i++) {
		count = end->counters.exits.count[i] -
			begin->counters.exits.count[i];
		if (!count)
			continue;
		printf("%s\"%s\": %llu", comma, names[i],
		       (unsigned long long)count);
		comma = ", ";
	}
	printf("}");
	print_ops(begin, end);
	printf("}\n");
}

void measure(const char *what, const char *name, unsigned int ops, work_fn *fn)
{
	struct sample begin, end;

	sample_begin(&begin);
	fn(ops);
	sample_end(&end);
	print_result(what, name, ops, &begin, &end);
}
