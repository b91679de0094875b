/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files of user space, as Linux's kernel asks about them; exported, too.
 */
#ifndef _VSM_KERNEL_FILE_CHECK_H
#define _VSM_KERNEL_FILE_CHECK_H

#include <linux/types.h>

#include "../uapi/linux/vsm.h"

struct vsm_file_question {
	const void *data;	/* the content, or struct vsm_file_verity */
	size_t size;
	const void *cms;
	size_t cms_size;
	bool verity;		/* which of both */
	bool execute;		/* processes may execute that content, if so */
};

int vsm_file_check(const struct vsm_file_question *question,
		   struct vsm_file_answer *ret_answer);

/* As /dev/vsm is asked; the fields of @check are checked here. */
int vsm_file_check_user(const struct vsm_file_check *check,
			struct vsm_file_answer *ret_answer);

#endif /* _VSM_KERNEL_FILE_CHECK_H */
