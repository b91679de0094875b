// SPDX-License-Identifier: GPL-2.0
/*
 * Code integrity of processes, where policy asks for it: a page executes when its
 * content is that of a page of an accepted file, and then is not written.  Must
 * never let a page keep execute through a write, VTL1's own for VTL0 included.
 */
#include <mbedtls/sha256.h>

#include <vsm/hvcall.h>

#include "code.h"
#include "code_page.h"
#include "code_policy.h"
#include "code_user.h"
#include "policy.h"
#include "vp.h"
#include "vtl0.h"

#define MASK_EXECUTE	(HV_MAP_GPA_READABLE | HV_MAP_GPA_USER_EXECUTABLE)
#define USER_FOUND_MAX	(64 << PAGE_SHIFT)

/*
 * Pages that may execute, all of them.  It is a cache: one that has to go is data
 * again, and is judged again when it is executed.
 */
#define SETS		2048
#define WAYS		8
#define USED		1ULL
#define OPEN		2ULL	/* let pass: it may be written, too */

struct pages {
	u64 entry[SETS][WAYS];	/* address, USED and perhaps OPEN; 0: none */
	u8 hand[SETS];
};

static struct pages *pages;	/* policy's lock; is never taken back */
/* code_lock guards these. */
static struct user_set content;
static bool confined;		/* since the start, or never */
static u8 mode;			/* that the pages were judged by */

bool code_user_setup(void)
{
	if (!pages)
		pages = sk_calloc(1, sizeof(*pages));
	return pages;
}

bool code_user_ready(u8 new_mode)
{
	return !new_mode || (READ_ONCE(confined) &&
			     (new_mode != VSM_CODE_MODE_ENFORCE ||
			      READ_ONCE(content.nr_signed)));
}

bool code_user_confined(void)
{
	return confined;
}

void code_user_start(void)
{
	mode = code_mode_of(VSM_CODE_CLASS_USER);
	confined = mode != VSM_CODE_MODE_OFF;
}

void code_user_count(u32 *ret_files, u32 *ret_pages)
{
	*ret_files = content.nr_files;
	*ret_pages = content.nr_pages;
}

/* --- pages that may execute ----------------------------------------------------- */

static u64 *set_of(u64 gpa)
{
	return pages->entry[(gpa >> PAGE_SHIFT) % SETS];
}

static u64 *find(u64 gpa)
{
	u64 *set;
	u32 i;

	if (!confined)
		return NULL;
	set = set_of(gpa);
	for (i = 0; i < WAYS; i++)
		if ((set[i] & ~OPEN) == ((gpa & PAGE_MASK) | USED))
			return &set[i];
	return NULL;
}

static bool take_back(u64 *entry)
{
	if (hv_protect(*entry & PAGE_MASK, PAGE_SIZE, code_mask_data()))
		return false;
	*entry = 0;
	return true;
}

bool code_user_write(u64 gpa)
{
	u64 *entry = find(gpa);

	/* A VP may have died with the lock of the hypercalls. */
	return !entry || (sk_state() != SK_BROKEN && take_back(entry));
}

void code_user_forget(const struct vsm_range *r)
{
	u64 gpa, *entry;

	for (gpa = r->base; confined && gpa < r->base + r->size;
	     gpa += PAGE_SIZE) {
		entry = find(gpa);
		if (entry)
			*entry = 0;
	}
}

/* Free, or made so; NULL: it cannot be. */
static u64 *make_room(u64 gpa)
{
	u8 *hand = &pages->hand[(gpa >> PAGE_SHIFT) % SETS];
	u64 *set = set_of(gpa);
	u32 i;

	for (i = 0; i < WAYS; i++)
		if (!set[i])
			return &set[i];
	set += *hand;
	*hand = (*hand + 1) % WAYS;
	return take_back(set) ? set : NULL;
}

/* At a time: each hypercall makes all processors flush. */
#define AT_ONCE		64

struct batch {
	u64 *entry[AT_ONCE];
	u64 pfn[AT_ONCE];
	u32 nr;
};

/* A list that fails is done in part: then one by one. */
static void take_back_batch(struct batch *b)
{
	bool all = !hv_protect_list(b->pfn, b->nr, code_mask_data());
	u32 i;

	for (i = 0; i < b->nr; i++) {
		if (all)
			*b->entry[i] = 0;
		else if (!take_back(b->entry[i]))
			sk_log("page at 0x%lx executes as before",
			       *b->entry[i]);
	}
	b->nr = 0;
}

/* USED: all; OPEN: those that were let pass. */
static void take_back_all(u64 flag)
{
	u64 *entry = pages->entry[0], *end = pages->entry[SETS];
	struct batch b = { .nr = 0 };

	for (; entry < end; entry++) {
		if (!(*entry & flag))
			continue;
		b.entry[b.nr] = entry;
		b.pfn[b.nr++] = *entry >> PAGE_SHIFT;
		if (b.nr == AT_ONCE)
			take_back_batch(&b);
	}
	if (b.nr)
		take_back_batch(&b);
}

/* Where EPT has no tables left, what may be judged again gives some back. */
static bool protect(u64 gpa, u32 mask)
{
	if (!hv_protect(gpa, PAGE_SIZE, mask))
		return true;
	take_back_all(USED);
	return !hv_protect(gpa, PAGE_SIZE, mask);
}

static bool known(u64 gpa)
{
	u8 hash[USER_HASH];

	return !mbedtls_sha256(pa_va(gpa), PAGE_SIZE, hash, 0) &&
	       user_set_has(&content, hash);
}

/* Nobody writes to it from before it is looked at; of VTL1's, the events page. */
static bool approve(u64 gpa)
{
	u64 *entry;

	if (!protect(gpa, HV_MAP_GPA_READABLE))
		return false;
	code_wait_for_writers();
	entry = make_room(gpa);
	if (entry && !event_page_is(gpa) && known(gpa) &&
	    !hv_protect(gpa, PAGE_SIZE, MASK_EXECUTE)) {
		*entry = gpa | USED;
		return true;
	}
	hv_protect(gpa, PAGE_SIZE, code_mask_data());
	return false;
}

static bool let_pass(u64 gpa)
{
	u64 *entry = make_room(gpa);

	if (!entry || !protect(gpa, CODE_MASK_DATA))
		return false;
	*entry = gpa | USED | OPEN;
	return true;
}

bool code_user_execute(const struct hv_x64_memory_intercept *m)
{
	const enum vsm_code_class class = VSM_CODE_CLASS_USER;
	u64 gpa = m->gpa & PAGE_MASK;

	/* Another VP was faster. */
	if (find(gpa))
		return true;
	/* In every mode: devices, and what modules have as read-only data. */
	if (!range_contains(&sk.vtl0, gpa, PAGE_SIZE) ||
	    code_page_is_kept(gpa)) {
		code_refused_memory(class, VSM_RULE_USER_EXECUTE, m);
		return false;
	}
	if (approve(gpa)) {
		code_allowed(class);
		return true;
	}
	return code_breach_memory(class, VSM_RULE_USER_EXECUTE, m) &&
	       let_pass(gpa);
}

#define INSN_MAX	15
#define CS_LONG		(1U << 13)

static bool leads_to(u64 cr3, u64 va, u64 gpa)
{
	return (code_translate(cr3, va) & PAGE_MASK) == (gpa & PAGE_MASK);
}

/* By an instruction that is in the page, or ends there? */
static bool writes_to_itself(const struct hv_x64_memory_intercept *m)
{
	u64 rip = m->header.rip, cr3;

	if (!(m->header.cs.attributes & CS_LONG))
		rip = (u32)(rip + m->header.cs.base);
	return !hv_get_vtl0_register(HV_X64_REGISTER_CR3, &cr3) &&
	       (leads_to(cr3, rip, m->gpa) ||
		leads_to(cr3, rip + INSN_MAX - 1, m->gpa));
}

/*
 * Where an instruction writes to its own page, taking execute away and giving it
 * back would go on for ever.
 */
bool code_user_written(const struct hv_x64_memory_intercept *m)
{
	u64 *entry = find(m->gpa);

	if (!entry)
		return true;
	if (!writes_to_itself(m))
		return take_back(entry);
	if (!code_breach_memory(VSM_CODE_CLASS_USER, VSM_RULE_USER_WRITE, m) ||
	    hv_protect(m->gpa & PAGE_MASK, PAGE_SIZE, CODE_MASK_DATA))
		return false;
	*entry |= OPEN;
	return true;
}

/* --- modes that change ---------------------------------------------------------- */

static bool is_revoked(const struct user_file *f)
{
	const struct bytes file = { f->content, USER_HASH };
	const struct bytes signer = { f->signer, USER_HASH };

	return policy_names(VSM_POLICY_REC_REVOKE_FILE, &file) ||
	       policy_names(VSM_POLICY_REC_REVOKE_SIGNER, &signer);
}

/* True: some were taken. */
static bool drop_revoked_locked(void)
{
	struct user_file *f, *next;
	bool any = false;

	for (f = content.files; f; f = next) {
		next = f->next;
		if (!is_revoked(f))
			continue;
		user_set_remove(&content, f);
		code_user_file_free(f);
		any = true;
	}
	return any;
}

void code_user_modes_changed(void)
{
	u8 new_mode = code_mode_of(VSM_CODE_CLASS_USER);
	u64 flags = sk_lock(&code_lock);

	if (confined && drop_revoked_locked())
		take_back_all(USED);
	else if (confined && new_mode > mode)
		take_back_all(OPEN);
	mode = new_mode;
	sk_unlock(&code_lock, flags);
}

/* --- content that is accepted --------------------------------------------------- */

struct user_file *code_user_file_alloc(u64 size)
{
	u64 pages = ALIGN(size, PAGE_SIZE) >> PAGE_SHIFT;

	if (pages > USER_PAGES_MAX)
		return NULL;
	return sk_calloc(1, sizeof(struct user_file) +
			 pages * sizeof(struct user_page));
}

u64 code_user_file_add(struct user_file *file, const void *page)
{
	return mbedtls_sha256(page, PAGE_SIZE, file->page[file->nr++].hash, 0) ?
	       VSM_S_NO_MEMORY : VSM_S_OK;
}

void code_user_file_free(struct user_file *file)
{
	sk_free(file);
}

/* Policy may have changed since it was judged. */
static u64 accept_locked(struct user_file *file)
{
	if (is_revoked(file))
		return VSM_S_REVOKED;
	if (user_set_find(&content, file->content)) {
		code_user_file_free(file);
		return VSM_S_OK;
	}
	return user_set_add(&content, file) ? VSM_S_OK : VSM_S_NO_MEMORY;
}

u64 code_user_file_accept(struct user_file *file, const u8 hash[USER_HASH],
			  const u8 signer[USER_HASH])
{
	u64 flags, status;

	memcpy(file->content, hash, USER_HASH);
	memcpy(file->signer, signer, USER_HASH);
	flags = sk_lock(&code_lock);
	status = accept_locked(file);
	sk_unlock(&code_lock, flags);
	if (status)
		code_user_file_free(file);
	return status;
}

/* --- what Linux maps by itself --------------------------------------------------- */

struct found {
	struct user_file *file;
	mbedtls_sha256_context sha256;
};

static u64 take_found(void *ctx, const void *page, u64 n)
{
	struct found *f = ctx;

	return mbedtls_sha256_update(&f->sha256, page, n) ?
	       VSM_S_NO_MEMORY : code_user_file_add(f->file, page);
}

/* Only before the start is it believed. */
static u64 accept_found(struct found *f)
{
	u64 flags, status;

	if (mbedtls_sha256_finish(&f->sha256, f->file->content))
		return VSM_S_NO_MEMORY;
	flags = sk_lock(&code_lock);
	status = code_mode() ? VSM_S_DENIED : accept_locked(f->file);
	sk_unlock(&code_lock, flags);
	return status;
}

u64 scall_user_found(const u64 arg[5], u64 ret[3])
{
	struct found f;
	u64 status;

	(void)ret;
	if (code_is_on())
		return VSM_S_DENIED;
	if (!arg[1] || arg[1] > USER_FOUND_MAX)
		return VSM_S_INVALID_PARAMETER;
	f.file = code_user_file_alloc(arg[1]);
	if (!f.file)
		return VSM_S_NO_MEMORY;
	mbedtls_sha256_init(&f.sha256);
	status = mbedtls_sha256_starts(&f.sha256, 0) ? VSM_S_NO_MEMORY :
		 sg_stream(arg[0], arg[1], take_found, &f);
	if (!status)
		status = accept_found(&f);
	if (status)
		code_user_file_free(f.file);
	mbedtls_sha256_free(&f.sha256);
	return status;
}
