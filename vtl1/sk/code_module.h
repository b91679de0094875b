/* SPDX-License-Identifier: GPL-2.0 */
/* Modules: from a signed file and what is in memory to code that executes. */
#ifndef _VSM_SK_CODE_MODULE_H
#define _VSM_SK_CODE_MODULE_H

#include "../ci/compare.h"
#include "../ci/module.h"
#include "code_export.h"
#include "code_file.h"
#include "code_object.h"

#define CODE_PART_MAX	(256ULL << 20)	/* what vtl1/ci/ allows */

/* What is protected of a module, in the order in which that is taken away. */
enum module_part {
	PART_TEXT,
	PART_INIT_TEXT,
	PART_ITS,
	PART_RODATA,
	PART_RO_AFTER_INIT,	/* protected when it has started */
	PARTS
};

struct code_module {
	struct code_module *next;	/* code_lock */
	bool busy;			/* code_lock: on its way in, or out */
	bool settled;			/* atomic: all of it is code */
	bool sealed;			/* its PART_RO_AFTER_INIT is protected */
	char name[56];
	u64 base[CI_MEM_TYPES];
	u64 size[CI_MEM_TYPES];
	u64 *pfn;			/* pages of all parts */
	u32 first[PARTS + 1];		/* of each part */
	struct code_object *text;	/* NULL: no such part */
	struct code_object *init;
	struct code_exports exports;
};

/* One call; @module stays when it succeeds. */
struct code_load {
	struct vsm_code_module request;	/* our copy */
	struct code_file *file;
	struct code_module *module;
	bool loaded;			/* it runs */
	struct ci_arena arena;
	struct ci_module ci;
	struct ci_kernel kernel;	/* that knows this module, too */
	struct ci_its its;
	struct ci_report report;
	u64 rule;			/* VSM_RULE_MODULE_* of a refusal */
	enum ci_error err;		/* and what exactly */
};

static inline u32 part_pages(const struct code_module *m, enum module_part part)
{
	return m->first[part + 1] - m->first[part];
}

/* The part's memory in Linux's terms; not of PART_ITS. */
static inline enum ci_mem part_mem(enum module_part part)
{
	return part == PART_TEXT ? CI_MEM_TEXT :
	       part == PART_INIT_TEXT ? CI_MEM_INIT_TEXT :
	       part == PART_RODATA ? CI_MEM_RODATA : CI_MEM_RO_AFTER_INIT;
}

/* How many parts are protected at once. */
static inline u32 code_load_parts(const struct code_load *load)
{
	return load->loaded ? PARTS : PART_RO_AFTER_INIT;
}

static inline bool parts_overlap(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a_size && b_size && a < b + b_size && b < a + a_size;
}

static inline u64 code_load_refuse(struct code_load *load, u8 rule,
				   enum ci_error err)
{
	load->rule = rule;
	load->err = err;
	return VSM_S_DENIED;
}

/*
 * On a thread: a rule of modules is broken, by what is at @va, or by a file whose
 * copy in VTL0 begins at @gpa; the other is 0.
 */
void code_module_breach(enum vsm_code_class class, u8 rule, u64 va, u64 gpa);

u64 scall_code_module(const u64 arg[5], u64 ret[3]);
/*
 * Of the verified module one of whose parts begins at @va: it has started, or it
 * goes.  VSM_S_NOT_FOUND: none does.
 */
u64 code_module_started(u64 va);
u64 code_module_remove(u64 va);

/*
 * code_load.c.  VSM_S_OK; VSM_S_DENIED with load->rule, or another status of
 * what is not the module's fault.
 */
u64 code_load_request(struct code_load *load, u64 gpa);	/* copies it */
bool code_load_valid(const struct vsm_code_module *r);	/* its addresses */
u64 code_load_find(struct code_load *load);		/* its pages */
/* Nobody else writes to them from then on; then as before: data, or found. */
u64 code_load_hold(struct code_load *load);
void code_load_let_go(const struct code_load *load);
/* Of a module that runs: where the parts were that are gone. */
void code_load_find_lost(struct code_load *load);

/*
 * code_reproduce.c.  VSM_S_OK; VSM_S_DENIED with load->rule, or another status
 * of what is not the module's fault.
 */
u64 code_reproduce_open(struct code_load *load);	/* sizes and layout */
/* Where a part that is gone seems to have been; 0: nothing says. */
u64 code_reproduce_lost(struct code_load *load, enum ci_mem mem);
u64 code_reproduce(struct code_load *load);
u64 code_reproduce_compare(struct code_load *load);
u64 code_reproduce_objects(struct code_load *load);

#endif /* _VSM_SK_CODE_MODULE_H */
