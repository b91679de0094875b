// SPDX-License-Identifier: GPL-2.0
/*
 * Answers whether a file of user space is signed by a signer whom policy accepts.
 * The content is hashed a page at a time, each copied once, and none is kept.
 * Must never believe a digest of a content that VTL1 has not hashed itself; of an
 * fs-verity digest, that a content has it, is VTL0's word, and none of ours.
 */
#include "file_check.h"
#include "file_judge.h"
#include "vp.h"
#include "vtl0.h"

/* Nothing here is done in user mode, where a thread that is killed ends. */
static u64 take(void *judge, const void *data, u64 n)
{
	if (READ_ONCE(this_thread()->kill))
		return VSM_S_KILLED;
	return file_judge_add(judge, data, n);
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

static u64 judge(struct file_judge *j, const u64 arg[5])
{
	bool verity = arg[1] & VSM_FILE_IS_VERITY;
	u64 size = arg[1] & ~VSM_FILE_IS_VERITY, status;

	status = check_sizes(size, verity, arg[3]);
	if (!status)
		status = open_judge(j, arg[2], arg[3]);
	if (!status)
		status = sg_stream(arg[0], size, take, j);
	if (status)
		return status;
	return verity ? file_judge_verity(j) : file_judge_content(j);
}

u64 scall_file_check(const u64 arg[5], u64 ret[3])
{
	struct file_judge *j = sk_calloc(1, sizeof(*j));
	u64 status, written = VSM_S_OK;

	if (!j)
		return VSM_S_NO_MEMORY;
	status = judge(j, arg);
	ret[0] = j->answer.rule;
	if (!status || j->answer.rule)
		written = vtl0_write(arg[4], &j->answer, sizeof(j->answer));
	file_judge_close(j);
	sk_free(j);
	return written ? written : status;
}
