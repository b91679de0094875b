// SPDX-License-Identifier: GPL-2.0
/*
 * The set of pages that processes may execute: what is in it is found, what was
 * taken from it is not, and files that share pages do not lose each other's.
 */
#include <stdio.h>
#include <stdlib.h>

#include <vsm/string.h>

#include "../../vtl1/sk/user_pages.h"

static int tests, failed;

static void check(bool ok, const char *what)
{
	tests++;
	if (!ok)
		failed++;
	printf("%sok %d %s\n", ok ? "" : "not ", tests, what);
}

/* Hashes that differ, also where they fall into the same bucket. */
static void make_hash(u32 value, u8 hash[USER_HASH])
{
	memset(hash, 0x5a, USER_HASH);
	memcpy(hash, &value, 2);
	memcpy(hash + 16, &value, sizeof(value));
}

static struct user_file *file_of(u32 name, u32 first, u32 nr)
{
	struct user_file *f = calloc(1, sizeof(*f) + nr * sizeof(f->page[0]));
	u32 i;

	if (!f)
		abort();
	make_hash(name, f->content);
	f->nr = nr;
	for (i = 0; i < nr; i++)
		make_hash(first + i, f->page[i].hash);
	return f;
}

static bool has(const struct user_set *set, u32 value)
{
	u8 hash[USER_HASH];

	make_hash(value, hash);
	return user_set_has(set, hash);
}

static bool has_all(const struct user_set *set, u32 first, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		if (!has(set, first + i))
			return false;
	return true;
}

static struct user_file *find(const struct user_set *set, u32 name)
{
	u8 hash[USER_HASH];

	make_hash(name, hash);
	return user_set_find(set, hash);
}

static void take(struct user_set *set, struct user_file *f)
{
	user_set_remove(set, f);
	free(f);
}

static void test_files(struct user_set *set)
{
	struct user_file *a = file_of(1, 100, 10), *b = file_of(2, 105, 10);

	check(!has(set, 100) && !find(set, 1), "an empty set has nothing");
	memset(b->signer, 1, USER_HASH);
	check(user_set_add(set, a) && user_set_add(set, b), "two files");
	check(set->nr_files == 2 && set->nr_signed == 1 && set->nr_pages == 20,
	      "they are counted, and the one that is signed");
	check(has_all(set, 100, 15), "all of their pages");
	check(!has(set, 99) && !has(set, 115), "and no others");
	check(!has(set, 100 + 0x10000), "nor one that begins alike");
	check(find(set, 1) == a && find(set, 2) == b, "each by its content");
	take(set, a);
	check(has_all(set, 105, 10), "one goes: what both had stays");
	check(!has(set, 100) && !has(set, 104), "what it alone had does not");
	check(!find(set, 1) && find(set, 2) == b, "nor does it");
	take(set, b);
	check(!has(set, 105) && !set->nr_files && !set->nr_signed &&
	      !set->nr_pages,
	      "the other, too");
}

static void test_edges(struct user_set *set)
{
	struct user_file *none = file_of(3, 0, 0);
	struct user_file *same = file_of(4, 7, 3);
	struct user_file *most = file_of(5, 0x20000, USER_PAGES_MAX - 2);
	struct user_file *full = file_of(6, 0x40000, USER_PAGES_MAX - 3);

	check(user_set_add(set, none) && find(set, 3) == none,
	      "a file without a page");
	memcpy(same->page[1].hash, same->page[0].hash, USER_HASH);
	check(user_set_add(set, same) && has(set, 7), "a page twice");
	check(!user_set_add(set, most) && set->nr_pages == 3 &&
	      !has(set, 0x20000) && !find(set, 5), "one too many: none of it");
	check(user_set_add(set, full) &&
	      has_all(set, 0x40000, USER_PAGES_MAX - 3), "as many as can be");
	free(most);
	take(set, same);
	check(!has(set, 7) && !has(set, 9), "a page twice goes twice");
	take(set, full);
	take(set, none);
	check(!set->files && !set->nr_pages, "nothing is left");
}

#define ROUNDS	2000
#define NAMES	16

/* Against the simplest model there is. */
static void test_random(struct user_set *set)
{
	struct user_file *f[NAMES] = { NULL };
	bool ok = true, want;
	u32 i, k, value;

	for (i = 0; i < ROUNDS && ok; i++) {
		k = rand() % NAMES;
		if (f[k]) {
			take(set, f[k]);
			f[k] = NULL;
		} else {
			f[k] = file_of(k, rand() % 64, rand() % 32);
			ok &= user_set_add(set, f[k]);
		}
		value = rand() % 100;
		want = false;
		for (k = 0; k < NAMES; k++)
			want |= f[k] && f[k]->nr &&
				value - *(u32 *)(f[k]->page[0].hash + 16) <
				f[k]->nr;
		ok &= has(set, value) == want;
	}
	for (k = 0; k < NAMES; k++)
		if (f[k])
			take(set, f[k]);
	check(ok && !set->nr_pages, "as a model, 2000 times");
}

int main(void)
{
	struct user_set *set = calloc(1, sizeof(*set));

	if (!set)
		abort();
	test_files(set);
	test_edges(set);
	test_random(set);
	free(set);
	printf("1..%d\n", tests);
	return failed ? 1 : 0;
}
