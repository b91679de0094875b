/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Table of patch sites of one range of text, 8 bytes a site, sorted.  Those
 * that ci_site_is_mutable() are what Linux changes while it runs: the table is
 * then the rule for each later write.
 */
#ifndef _VSM_CI_SITES_H
#define _VSM_CI_SITES_H

#include "arena.h"
#include "error.h"
#include "kernel.h"

/* In the order in which Linux patches them. */
enum ci_site_kind {
	CI_SITE_CONSTANT,	/* arg: index of the constant */
	CI_SITE_RETPOLINE,
	CI_SITE_RETURN,
	CI_SITE_ALT,		/* arg: index of the alternative */
	CI_SITE_ENDBR,
	CI_SITE_MCOUNT,
	CI_SITE_LOCK,
	CI_SITE_JUMP,		/* arg: target - base */
	CI_SITE_STATIC_CALL,	/* arg: key - base | CI_STATIC_CALL_* */
	CI_SITE_TRAMP,		/* arg: key - base; of a static call */
	CI_SITE_FTRACE,		/* the call within ftrace_caller */
	CI_SITE_KINDS
};

#define CI_STATIC_CALL_TAIL	BIT(0)
#define CI_STATIC_CALL_INIT	BIT(1)

/* No site that changes while the kernel runs is longer. */
#define CI_SITE_MAX	6

struct ci_site {
	u64 va;
	enum ci_site_kind kind;
	s32 arg;
};

struct ci_sites {
	u64 base;		/* of the text, a multiple of the page size */
	u64 size;
	u64 *entry;
	u32 nr;
	u32 max;
};

enum ci_error ci_sites_init(struct ci_sites *sites, struct ci_arena *arena,
			    u64 base, u64 size, u32 max);
static inline bool ci_sites_cover(const struct ci_sites *sites, u64 va)
{
	return va - sites->base < sites->size;
}

enum ci_error ci_sites_add(struct ci_sites *sites, enum ci_site_kind kind,
			   u64 va, s64 arg);
/* Ascending. */
void ci_sort(u64 *entry, u32 nr);
/* Sorted by address, kind and arg; what is there twice becomes one. */
void ci_sites_sort(struct ci_sites *sites);
/* Keeps what Linux changes while it runs. */
void ci_sites_keep_mutable(struct ci_sites *sites);
/* Index of the first site at or behind @va. */
u32 ci_sites_first(const struct ci_sites *sites, u64 va);
struct ci_site ci_sites_get(const struct ci_sites *sites, u32 i);

bool ci_site_is_mutable(enum ci_site_kind kind);
const char *ci_site_kind_name(enum ci_site_kind kind);

/*
 * Length of the site when Linux may have @live there, 0 when not.  @form: bytes
 * that it had or that the file has, which show the form of the instruction;
 * @avail of each can be read.
 */
u32 ci_site_valid(const struct ci_sites *sites, const struct ci_kernel *kernel,
		  const struct ci_site *site, const u8 *form, const u8 *live,
		  u64 avail);

/*
 * The same while text_poke_bp() is at work: a breakpoint, and behind it the rest
 * of a form that Linux may have there.
 */
u32 ci_site_step_valid(const struct ci_sites *sites,
		       const struct ci_kernel *kernel,
		       const struct ci_site *site, const u8 *form,
		       const u8 *live, u64 avail);

#endif /* _VSM_CI_SITES_H */
