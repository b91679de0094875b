// SPDX-License-Identifier: GPL-2.0
/*
 * What Linux itself maps for its processes to execute, which no file has: told
 * before code integrity starts, and believed as all that is found then.
 */
#include "machine.h"

#include <linux/mm_types.h>
#include <linux/sched.h>
#include <asm/vdso.h>

#include "code.h"

static int give(const void *data, size_t size)
{
	struct vsm_scall sc = { .fn = VSM_SC_USER_FOUND };

	return vsm_bulk_tell(&sc, vsm_bulk_of(data, size)) ?:
	       vsm_scall_errno(sc.status);
}

/**
 * vsm_code_user_found - have processes execute the vDSO, should policy ask
 *
 * That of the process which loads the module: the vDSO of 32-bit programs, which
 * no header names, is left out.
 */
void vsm_code_user_found(void)
{
	const struct vdso_image *image;
	int ret;

	image = current->mm ? current->mm->context.vdso_image : NULL;
	ret = image ? give(image->data, image->size) : -ENOENT;
	if (ret)
		pr_warn("the vDSO is not known to the secure kernel (%d)\n",
			ret);
}
