// SPDX-License-Identifier: GPL-2.0
/*
 * The secure kernel's memory of events: no first of a kind is lost while there
 * is room, none is told twice, and one class cannot take another's room.
 */
#include <stdio.h>
#include <stdlib.h>

#include <vsm/string.h>

#include "../../vtl1/sk/event_log.h"

static int tests, failed;

static void check(bool ok, const char *what)
{
	tests++;
	if (!ok)
		failed++;
	printf("%sok %d %s\n", ok ? "" : "not ", tests, what);
}

static struct event_log *log_new(void)
{
	struct event_log *log = malloc(sizeof(*log));

	if (!log)
		abort();
	event_log_init(log);
	return log;
}

static struct vsm_sk_event an_event(u8 rule, u8 class, u64 gpa, u64 tsc)
{
	return (struct vsm_sk_event){
		.rule = rule, .class = class, .gpa = gpa, .tsc = tsc,
	};
}

static bool add(struct event_log *log, u8 rule, u8 class, u64 gpa, u64 tsc)
{
	const struct vsm_sk_event e = an_event(rule, class, gpa, tsc);

	return event_log_add(log, &e);
}

static bool next_is(struct event_log *log, u64 gpa, u64 tsc, u64 count)
{
	struct vsm_sk_event e;

	return event_log_next(log, &e) && e.gpa == gpa && e.tsc == tsc &&
	       e.count == count;
}

static bool none(struct event_log *log)
{
	struct vsm_sk_event e;

	return !event_log_next(log, &e);
}

/* In the order in which they came, each with what was known at first. */
static bool firsts(void)
{
	struct event_log *log = log_new();
	bool ok = none(log) && add(log, 3, 9, 0x1000, 1) &&
		  add(log, 3, 9, 0x2000, 2) && add(log, 3, 9, 0x1fff, 3) &&
		  add(log, 4, 9, 0x1000, 4) && add(log, 3, 8, 0x1000, 5) &&
		  next_is(log, 0x1000, 1, 2) && next_is(log, 0x2000, 2, 1) &&
		  next_is(log, 0x1000, 4, 1) && next_is(log, 0x1000, 5, 1) &&
		  none(log) && log->total == 5 && !log->lost;

	free(log);
	return ok;
}

/* Without a page, what is at another address is of another kind. */
static bool addresses(void)
{
	struct event_log *log = log_new();
	struct vsm_sk_event e = an_event(9, 1, 0, 1);
	bool ok = true;

	for (e.gva = 0x1000; e.gva <= 0x3000; e.gva += 0x1000, e.tsc++)
		ok = ok && event_log_add(log, &e);
	e.gva = 0x2fff;
	ok = ok && event_log_add(log, &e) && next_is(log, 0, 1, 1) &&
	     next_is(log, 0, 2, 2) && next_is(log, 0, 3, 1) && none(log);
	free(log);
	return ok;
}

/* What was let pass and what was refused are two kinds. */
static bool answers(void)
{
	struct event_log *log = log_new();
	struct vsm_sk_event e = an_event(3, 9, 0x1000, 1);
	bool ok;

	ok = event_log_add(log, &e);
	e.audit = 1;
	ok = ok && event_log_add(log, &e) && next_is(log, 0x1000, 1, 1) &&
	     next_is(log, 0x1000, 1, 1) && none(log);
	free(log);
	return ok;
}

/* 1, 2, 4, 8 ...; the last of them is what is told. */
static bool repeats(void)
{
	struct event_log *log = log_new();
	u64 i, told = 0;
	bool ok = true;

	for (i = 1; i <= 1000 && ok; i++) {
		ok = add(log, 3, 9, 0x1000, i);
		if (i & (i - 1)) {
			ok = ok && none(log);
		} else {
			ok = ok && next_is(log, 0x1000, i, i);
			told++;
		}
	}
	ok = ok && told == 10 && log->total == 1000;
	/* Not told at once: then with the count of the moment. */
	for (i = 1001; i <= 1100 && ok; i++)
		ok = add(log, 3, 9, 0x1000, i);
	ok = ok && next_is(log, 0x1000, 1024, 1100) && none(log);
	free(log);
	return ok;
}

/* One class gets what there is but for the reserve; the others get theirs. */
static bool classes(void)
{
	struct event_log *log = log_new();
	u32 i, class, mine = 0;
	bool ok = true;

	for (i = 0; i < 2 * EVENT_KINDS; i++)
		mine += add(log, 3, 9, i * 0x1000ULL, 1);
	ok = mine >= EVENT_KINDS / 2 && mine < EVENT_KINDS &&
	     log->lost == 2 * EVENT_KINDS - mine;
	for (class = 0; class < VSM_CODE_CLASS_MAX && ok; class++)
		for (i = 0; i < EVENT_RESERVE && class != 9 && ok; i++)
			ok = add(log, 4, class, i * 0x1000ULL, 1);
	/* Then even the reserve is used up. */
	ok = ok && !add(log, 5, 1, 0x1000, 1);
	/* Those told are forgotten for new ones, not before. */
	for (i = 0; i < mine && ok; i++)
		ok = next_is(log, i * 0x1000ULL, 1, 1);
	while (!none(log))
		;
	for (i = 0; i < mine && ok; i++)
		ok = add(log, 6, 9, i * 0x1000ULL, 1);
	free(log);
	return ok;
}

static bool no_class(void)
{
	struct event_log *log = log_new();
	bool ok = !add(log, 3, VSM_CODE_CLASS_MAX, 0, 1) &&
		  !add(log, 3, 255, 0, 1) && none(log);

	free(log);
	return ok;
}

#define MODEL_PAGES	300

/* Against a model: a list of counts, and of what was told of them. */
static bool model(unsigned int seed)
{
	struct event_log *log = log_new();
	static u64 count[2][VSM_CODE_CLASS_MAX][MODEL_PAGES];
	struct vsm_sk_event e;
	u64 total = 0;
	bool ok = true;
	u32 i, rule, class, p;

	memset(count, 0, sizeof(count));
	srand(seed);
	for (i = 0; i < 200000 && ok; i++) {
		if (rand() % 3) {
			rule = rand() % 2;
			class = rand() % VSM_CODE_CLASS_MAX;
			p = rand() % (rand() % MODEL_PAGES + 1);
			total++;
			if (add(log, rule, class, p * 0x1000ULL, i))
				count[rule][class][p]++;
		} else if (event_log_next(log, &e)) {
			/* A forgotten kind starts again; none is made up. */
			ok = e.count &&
			     e.count <= count[e.rule][e.class][e.gpa >> 12];
		}
		ok = ok && log->total == total && log->nr <= EVENT_KINDS;
	}
	free(log);
	return ok;
}

int main(void)
{
	printf("TAP version 13\n");
	check(firsts(), "events: the first of each kind, in order");
	check(addresses(), "events: of no page, each address is a kind");
	check(answers(), "events: let pass and refused are two kinds");
	check(repeats(), "events: repeats are counted");
	check(classes(), "events: no class takes another's room");
	check(no_class(), "events: of no class there is");
	check(model(1), "events: at random");
	check(model(2), "events: at random, again");
	printf("1..%d\n", tests);
	return failed ? 1 : 0;
}
