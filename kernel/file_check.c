// SPDX-License-Identifier: GPL-2.0
/*
 * Asks the secure kernel whether a file of user space is signed by a signer whom
 * policy accepts.  Must never answer by itself: what it cannot ask is an error.
 */
#include "vsm.h"

#include <linux/capability.h>
#include <linux/export.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "file_check.h"

#define DATA_GFP	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN)

static_assert(sizeof(struct vsm_file_answer) <= PAGE_SIZE);
static_assert(VSM_SG_KERNEL_PAGES * PAGE_SIZE >= VSM_FILE_MAX);
static_assert(VSM_FILE_CMS_MAX <= PAGE_SIZE);

/* --- the question ------------------------------------------------------------- */

static int ask(const struct vsm_file_question *q, const struct vsm_bulk *data,
	       void *cms, void *answer)
{
	struct vsm_scall sc = {
		.fn = VSM_SC_FILE_CHECK,
		.arg = {
			vsm_bulk_gpa(data),
			q->size | (q->verity ? VSM_FILE_IS_VERITY : 0) |
			(q->execute ? VSM_FILE_EXECUTE : 0),
			virt_to_phys(cms), q->cms_size, virt_to_phys(answer),
		},
	};

	return vsm_scall(&sc, true) ?: vsm_scall_errno(sc.status);
}

static int check(const struct vsm_file_question *q,
		 struct vsm_file_answer *ret_answer)
{
	void *cms = (void *)get_zeroed_page(GFP_KERNEL);
	void *answer = (void *)get_zeroed_page(GFP_KERNEL);
	struct vsm_bulk *names = vsm_bulk_of(q->data, q->size);
	int ret = -ENOMEM;

	if (cms && answer && names) {
		memcpy(cms, q->cms, q->cms_size);
		ret = ask(q, names, cms, answer);
		memcpy(ret_answer, answer, sizeof(*ret_answer));
	}
	vsm_bulk_free(names);
	free_page((unsigned long)answer);
	free_page((unsigned long)cms);
	return ret;
}

static int check_sizes(const struct vsm_file_question *q)
{
	if (!q->cms_size)
		return -EINVAL;
	if (q->size > (q->verity ? sizeof(struct vsm_file_verity) :
				   VSM_FILE_MAX) ||
	    q->cms_size > VSM_FILE_CMS_MAX)
		return -E2BIG;
	return 0;
}

/**
 * vsm_file_check - has a signer of files, whom policy accepts, signed this?
 * @question: a content or an fs-verity digest, and a detached signature of it
 * @ret_answer: what is known of both; of a refusal the rule, else zero
 *
 * A content must not change meanwhile; if it does, the answer is about bytes that
 * were there at some time, with the digest that is in it.  May sleep.
 *
 * Return: 0 if so; -EACCES, -EBADMSG, -EKEYREJECTED or -EKEYREVOKED if not; other
 * errors when there is no answer, among them -ENODEV without a secure kernel.
 */
int vsm_file_check(const struct vsm_file_question *question,
		   struct vsm_file_answer *ret_answer)
{
	int ret = check_sizes(question);

	memset(ret_answer, 0, sizeof(*ret_answer));
	return ret ?: check(question, ret_answer);
}
EXPORT_SYMBOL_GPL(vsm_file_check);

/* --- for processes ------------------------------------------------------------- */

static void *read_user(u64 addr, size_t size)
{
	void *data = __vmalloc(size ?: 1, DATA_GFP);

	if (!data)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(data, u64_to_user_ptr(addr), size)) {
		vfree(data);
		return ERR_PTR(-EFAULT);
	}
	return data;
}

/* As many bytes as the file has, and not one that came while it was read. */
static ssize_t fill(struct file *file, void *data, size_t size)
{
	size_t done = 0;
	loff_t pos = 0;
	ssize_t n;

	while (done <= size) {
		n = kernel_read(file, data + done, size + 1 - done, &pos);
		if (n < 0)
			return n;
		if (!n)
			break;
		done += n;
	}
	return done == size ? 0 : -ETXTBSY;
}

static void *read_file(struct file *file, size_t *ret_size)
{
	u64 size = i_size_read(file_inode(file));
	ssize_t ret;
	void *data;

	if (size > VSM_FILE_MAX)
		return ERR_PTR(-E2BIG);
	data = __vmalloc(size + 1, DATA_GFP);
	if (!data)
		return ERR_PTR(-ENOMEM);
	ret = fill(file, data, size);
	if (ret) {
		vfree(data);
		return ERR_PTR(ret);
	}
	*ret_size = size;
	return data;
}

/* The digest that Linux has for the file, in the form that is signed. */
static void *read_verity(struct file *file, size_t *ret_size)
{
	struct vsm_file_verity *v = vzalloc(sizeof(*v));
	int size;
	u8 alg;

	if (!v)
		return ERR_PTR(-ENOMEM);
	size = fsverity_get_digest(file_inode(file), v->digest, &alg, NULL);
	if (size <= 0) {
		vfree(v);
		return ERR_PTR(-ENODATA);
	}
	memcpy(v->magic, VSM_FILE_VERITY_MAGIC, sizeof(v->magic));
	v->algorithm = alg;
	v->size = size;
	*ret_size = offsetof(struct vsm_file_verity, digest) + size;
	return v;
}

static void *read_fd(int fd, bool verity, size_t *ret_size)
{
	struct file *file = fget(fd);
	void *data;

	if (!file)
		return ERR_PTR(-EBADF);
	if (!(file->f_mode & FMODE_READ) || !(file->f_mode & FMODE_CAN_READ))
		data = ERR_PTR(-EBADF);
	else if (!S_ISREG(file_inode(file)->i_mode))
		data = ERR_PTR(-EINVAL);
	else if (verity)
		data = read_verity(file, ret_size);
	else
		data = read_file(file, ret_size);
	fput(file);
	return data;
}

static int check_fields(const struct vsm_file_check *check)
{
	const u32 form = VSM_FILE_CHECK_VERITY | VSM_FILE_CHECK_EXECUTE;

	if ((check->flags & ~(form | VSM_FILE_CHECK_FD)) || check->rsvd ||
	    (check->flags & form) == form)
		return -EINVAL;
	if (check->flags & VSM_FILE_CHECK_EXECUTE && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (check->flags & VSM_FILE_CHECK_FD)
		return check->addr || check->size ? -EINVAL : 0;
	return check->fd ? -EINVAL : 0;
}

int vsm_file_check_user(const struct vsm_file_check *check,
			struct vsm_file_answer *ret_answer)
{
	struct vsm_file_question q = {
		.size = check->size, .cms_size = check->cms_size,
		.verity = check->flags & VSM_FILE_CHECK_VERITY,
		.execute = check->flags & VSM_FILE_CHECK_EXECUTE,
	};
	void *data, *cms;
	int ret;

	ret = check_fields(check) ?: check_sizes(&q);
	if (ret)
		return ret;
	cms = memdup_user(u64_to_user_ptr(check->cms_addr), q.cms_size);
	if (IS_ERR(cms))
		return PTR_ERR(cms);
	data = check->flags & VSM_FILE_CHECK_FD ?
	       read_fd(check->fd, q.verity, &q.size) :
	       read_user(check->addr, q.size);
	if (!IS_ERR(data)) {
		q.data = data;
		q.cms = cms;
		ret = vsm_file_check(&q, ret_answer);
		vfree(data);
	} else {
		ret = PTR_ERR(data);
	}
	kfree(cms);
	return ret;
}
