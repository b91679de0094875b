// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps what pages of accepted files contain, to be found by the hash of a page;
 * pure.  Must never say of a page what no file has that is in the set now.
 */
#include <vsm/string.h>

#include "user_pages.h"

static u32 bucket_of(const u8 hash[USER_HASH])
{
	return (hash[0] | (u32)hash[1] << 8) % USER_BUCKETS;
}

static u32 is_signed(const struct user_file *file)
{
	return !mem_is(file->signer, 0, USER_HASH);
}

bool user_set_add(struct user_set *set, struct user_file *file)
{
	struct user_page **bucket;
	u32 i;

	if (file->nr > USER_PAGES_MAX - set->nr_pages)
		return false;
	for (i = 0; i < file->nr; i++) {
		bucket = &set->bucket[bucket_of(file->page[i].hash)];
		file->page[i].next = *bucket;
		*bucket = &file->page[i];
	}
	file->next = set->files;
	set->files = file;
	set->nr_files++;
	set->nr_signed += is_signed(file);
	set->nr_pages += file->nr;
	return true;
}

static void unlink_page(struct user_set *set, struct user_page *page)
{
	struct user_page **link = &set->bucket[bucket_of(page->hash)];

	while (*link != page)
		link = &(*link)->next;
	*link = page->next;
}

void user_set_remove(struct user_set *set, struct user_file *file)
{
	struct user_file **link = &set->files;
	u32 i;

	while (*link != file)
		link = &(*link)->next;
	*link = file->next;
	for (i = 0; i < file->nr; i++)
		unlink_page(set, &file->page[i]);
	set->nr_files--;
	set->nr_signed -= is_signed(file);
	set->nr_pages -= file->nr;
}

struct user_file *user_set_find(const struct user_set *set,
				const u8 content[USER_HASH])
{
	struct user_file *f;

	for (f = set->files; f; f = f->next)
		if (!memcmp(f->content, content, USER_HASH))
			break;
	return f;
}

bool user_set_has(const struct user_set *set, const u8 hash[USER_HASH])
{
	const struct user_page *p;

	for (p = set->bucket[bucket_of(hash)]; p; p = p->next)
		if (!memcmp(p->hash, hash, USER_HASH))
			return true;
	return false;
}
