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

static int read_sk_status(struct vsm_sk_status *ret)
{
	struct vsm_scall sc = { .fn = VSM_SC_STATUS };
	struct page *page;
	int err;

	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	sc.arg[0] = page_to_phys(page);
	err = vsm_scall(&sc, false) ?: vsm_scall_errno(sc.status);
	if (!err)
		memcpy(ret, page_address(page), sizeof(*ret));
	__free_page(page);
	return err;
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
		ret = read_sk_status(&sk);
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
