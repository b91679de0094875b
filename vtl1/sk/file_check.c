// SPDX-License-Identifier: GPL-2.0
/*
 * Answers whether a file of user space is signed by a signer whom policy accepts.
 * The content is hashed a page at a time, each copied once, and none is kept.
 * Must never believe a digest of a content that VTL1 has not hashed itself; of an
 * fs-verity digest, that a content has it, is VTL0's word, and none of ours.
 */
#include "code_user.h"
#include "file_check.h"
#include "file_judge.h"
#include "vp.h"
#include "vtl0.h"

struct check {
	struct file_judge judge;
	struct user_file *execute;	/* NULL: nobody wants to */
};

/* Nothing here is done in user mode, where a thread that is killed ends. */
static u64 take(void *ctx, const void *page, u64 n)
{
	struct check *c = ctx;
	u64 status;

	if (READ_ONCE(this_thread()->kill))
		return VSM_S_KILLED;
	status = file_judge_add(&c->judge, page, n);
	if (!status && c->execute)
		status = code_user_file_add(c->execute, page);
	return status;
}

static u64 check_sizes(u64 size, bool verity, u64 cms_size)
{
	if (!cms_size)
		return VSM_S_NOT_SIGNED;
	if (size > (verity ? sizeof(struct vsm_file_verity) : VSM_FILE_MAX) ||
	    cms_size > VSM_FILE_CMS_MAX)
		return VSM_S_TOO_LARGE;
	return VSM_S_OK;
}

static u64 open_judge(struct file_judge *j, u64 gpa, u64 size)
{
	const void *page = vtl0_page(gpa);
	struct bytes cms;
	u64 status;
	u8 *copy;

	if (!page)
		return VSM_S_INVALID_ADDRESS;
	copy = sk_calloc(1, size);
	if (!copy)
		return VSM_S_NO_MEMORY;
	memcpy(copy, page, size);
	cms = (struct bytes){ copy, size };
	status = file_judge_open(j, &cms);
	sk_free(copy);
	return status;
}

#define FLAGS	(VSM_FILE_IS_VERITY | VSM_FILE_EXECUTE)

/* Of a digest, there is no content that could execute. */
static u64 check_flags(struct check *c, const u64 arg[5])
{
	if (!(arg[1] & VSM_FILE_EXECUTE))
		return VSM_S_OK;
	if (arg[1] & VSM_FILE_IS_VERITY)
		return VSM_S_INVALID_PARAMETER;
	c->execute = code_user_file_alloc(arg[1] & ~FLAGS);
	return c->execute ? VSM_S_OK : VSM_S_NO_MEMORY;
}

static u64 accept(struct check *c)
{
	const struct vsm_file_answer *a = &c->judge.answer;
	struct user_file *file = c->execute;

	c->execute = NULL;
	return file ? code_user_file_accept(file, a->digest, a->signer_sha256) :
		      VSM_S_OK;
}

static u64 judge(struct check *c, const u64 arg[5])
{
	bool verity = arg[1] & VSM_FILE_IS_VERITY;
	u64 size = arg[1] & ~FLAGS, status;

	status = check_sizes(size, verity, arg[3]);
	if (!status)
		status = check_flags(c, arg);
	if (!status)
		status = open_judge(&c->judge, arg[2], arg[3]);
	if (!status)
		status = sg_stream(arg[0], size, take, c);
	if (status)
		return status;
	if (verity)
		return file_judge_verity(&c->judge);
	status = file_judge_content(&c->judge);
	return status ? status : accept(c);
}

u64 scall_file_check(const u64 arg[5], u64 ret[3])
{
	struct check *c = sk_calloc(1, sizeof(*c));
	u64 status, written = VSM_S_OK;

	if (!c)
		return VSM_S_NO_MEMORY;
	status = judge(c, arg);
	ret[0] = c->judge.answer.rule;
	if (!status || ret[0])
		written = vtl0_write(arg[4], &c->judge.answer,
				     sizeof(c->judge.answer));
	file_judge_close(&c->judge);
	code_user_file_free(c->execute);
	sk_free(c);
	return written ? written : status;
}
