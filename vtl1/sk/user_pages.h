/* SPDX-License-Identifier: GPL-2.0 */
/* What pages of accepted files contain, by their SHA-256; pure. */
#ifndef _VSM_SK_USER_PAGES_H
#define _VSM_SK_USER_PAGES_H

#include <linux/types.h>
#include <vsm/types.h>

#define USER_HASH	32
#define USER_BUCKETS	1024
#define USER_PAGES_MAX	65536		/* 256 MiB of content */

struct user_page {
	struct user_page *next;		/* of the same bucket */
	u8 hash[USER_HASH];
};

/* A content: each page of it, the last one filled up with zeros. */
struct user_file {
	struct user_file *next;
	u8 content[USER_HASH];
	u8 signer[USER_HASH];		/* of the certificate; zeros: nobody has signed */
	u32 nr;
	struct user_page page[];
};

struct user_set {
	struct user_page *bucket[USER_BUCKETS];
	struct user_file *files;
	u32 nr_files, nr_pages;
	u32 nr_signed;			/* of the files */
};

/* The set keeps @file, until it is removed; false: there are too many pages. */
bool user_set_add(struct user_set *set, struct user_file *file);
void user_set_remove(struct user_set *set, struct user_file *file);

/* NULL: no such content. */
struct user_file *user_set_find(const struct user_set *set,
				const u8 content[USER_HASH]);

/* Has any file a page of that content? */
bool user_set_has(const struct user_set *set, const u8 hash[USER_HASH]);

#endif /* _VSM_SK_USER_PAGES_H */
