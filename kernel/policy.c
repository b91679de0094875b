// SPDX-License-Identifier: GPL-2.0
/*
 * Policies on their way to the secure kernel, which judges them; one may come
 * with the module, so that it is in force before code integrity starts.
 * Must never go on without a policy that was asked for.
 */
#include "machine.h"

#include <linux/firmware.h>
#include <linux/module.h>

#include "../uapi/linux/vsm_netlink.h"
#include "event.h"

static char *policy = "";
module_param(policy, charp, 0444);
MODULE_PARM_DESC(policy, "signed policy to load before code integrity starts, below the firmware directories (default: none)");

/**
 * vsm_policy_load - hand a signed policy to the secure kernel
 * @bulk: the policy
 * @ret_version: its version
 *
 * Return: 0, or the error that stands for the reason of the refusal.
 */
int vsm_policy_load(const struct vsm_bulk *bulk, u64 *ret_version)
{
	struct vsm_scall sc = {
		.fn = VSM_SC_POLICY_LOAD,
		.arg = { vsm_bulk_gpa(bulk), bulk->size },
	};
	int ret;

	ret = vsm_scall(&sc, true) ?: vsm_scall_errno(sc.status);
	if (ret) {
		vsm_event_note(VSM_EVENT_POLICY, "refused: %s",
			       vsm_scall_name(sc.status));
		return ret;
	}
	vsm_event_note(VSM_EVENT_POLICY, "version %llu loaded", sc.ret[0]);
	*ret_version = sc.ret[0];
	return 0;
}

static int load_firmware(const struct firmware *fw)
{
	struct vsm_bulk *bulk;
	u64 version;
	int ret;

	if (!fw->size || fw->size > VSM_SG_MAX_PAGES * PAGE_SIZE)
		return -E2BIG;
	bulk = vsm_bulk_of(fw->data, fw->size);
	if (!bulk)
		return -ENOMEM;
	ret = vsm_policy_load(bulk, &version);
	vsm_bulk_free(bulk);
	return ret;
}

/* The policy that the module was told to bring, if any. */
int vsm_policy_init(void)
{
	const struct firmware *fw;
	int ret;

	if (!*policy)
		return 0;
	ret = request_firmware_direct(&fw, policy, NULL);
	if (!ret) {
		ret = load_firmware(fw);
		release_firmware(fw);
	}
	if (ret)
		pr_err("policy %s not loaded (%d)\n", policy, ret);
	return ret;
}
