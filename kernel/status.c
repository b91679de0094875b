// SPDX-License-Identifier: GPL-2.0
/*
 * Collects what is known of the machine, once for every interface.
 * Must never change anything.
 */
#include "vsm.h"

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/string.h>

static_assert(sizeof_field(struct vsm_info, policy_name) ==
	      VSM_POLICY_NAME_MAX);

/* @fn writes to a page; the first @size bytes of it. */
static int read_page(u64 fn, void *ret, size_t size)
{
	struct vsm_scall sc = { .fn = fn };
	struct page *page;
	int err;

	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	sc.arg[0] = page_to_phys(page);
	err = vsm_scall(&sc, false) ?: vsm_scall_errno(sc.status);
	if (!err)
		memcpy(ret, page_address(page), size);
	__free_page(page);
	return err;
}

const char *vsm_code_class_name(u32 class)
{
	static const char * const names[] = {
		[VSM_CODE_CLASS_NONE] = "none",
#define VSM_CODE_CLASS(id, text, what) text,
#include "../uapi/vsm/code_classes.def"
#undef VSM_CODE_CLASS
	};

	return class < ARRAY_SIZE(names) ? names[class] : "unknown";
}

/**
 * vsm_code_status - how code integrity stands
 * @status: filled completely, all zero where there is no VTL1; untouched on
 * failure
 */
int vsm_code_status(struct vsm_code_status *status)
{
	struct vsm_code_status s = { 0 };
	int ret = 0;

	if (vsm_machine.state & VSM_STATE_VTL1)
		ret = read_page(VSM_SC_CODE_STATUS, &s, sizeof(s));
	if (!ret)
		*status = s;
	return ret;
}

/**
 * vsm_status - state of the machine, for every interface
 * @info: filled completely; untouched on failure
 */
int vsm_status(struct vsm_info *info)
{
	struct vsm_sk_status sk = { 0 };
	int ret;

	if (vsm_machine.state & VSM_STATE_VTL1) {
		ret = read_page(VSM_SC_STATUS, &sk, sizeof(sk));
		if (ret)
			return ret;
	}
	memset(info, 0, sizeof(*info));
	info->state = vsm_machine.state;
	if (sk.policy_version)
		info->state |= VSM_STATE_POLICY;
	info->nr_cpus = vsm_machine.nr_cpus;
	info->sk_svn = sk.svn;
	info->policy_version = sk.policy_version;
	info->hv_bytes = vsm_machine.hv_bytes;
	info->vtl1_bytes = vsm_machine.vtl1_bytes;
	info->vtl1_free = sk.memory_free;
	info->nr_trustlets = sk.nr_trustlets;
	info->cpuid_base = vsm_machine.cpuid_base;
	/* Whole, so that nothing is left behind the NUL. */
	strscpy_pad((char *)info->policy_name, (const char *)sk.policy_name,
		    sizeof(info->policy_name));
	memcpy(info->image_sha256, vsm_machine.image_sha256,
	       sizeof(info->image_sha256));
	return 0;
}
