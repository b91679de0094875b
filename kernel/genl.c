// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink family "vsm": status on request, events by multicast.
 * Must never change the machine; that is what /dev/vsm is for.
 */
#include "vsm.h"

#include <linux/module.h>
#include <linux/mutex.h>
#include <net/genetlink.h>

#include "../uapi/linux/vsm_netlink.h"
#include "event.h"

enum { GROUP_EVENTS };

static struct genl_family family;

/* Events come from a work item at any time; the family comes and goes. */
static DEFINE_MUTEX(family_lock);
static bool registered;			/* family_lock */

static int put_status(struct sk_buff *msg, const struct vsm_info *info)
{
	if (nla_put_u32(msg, VSM_A_STATE, info->state) ||
	    nla_put_u32(msg, VSM_A_NR_CPUS, info->nr_cpus) ||
	    nla_put_u32(msg, VSM_A_SK_SVN, info->sk_svn) ||
	    nla_put_u32(msg, VSM_A_POLICY_VERSION, info->policy_version) ||
	    nla_put_string(msg, VSM_A_POLICY_NAME,
			   (const char *)info->policy_name) ||
	    nla_put_u64_64bit(msg, VSM_A_HV_BYTES, info->hv_bytes, VSM_A_PAD) ||
	    nla_put_u64_64bit(msg, VSM_A_VTL1_BYTES, info->vtl1_bytes,
			      VSM_A_PAD) ||
	    nla_put_u64_64bit(msg, VSM_A_VTL1_FREE, info->vtl1_free,
			      VSM_A_PAD) ||
	    nla_put_u32(msg, VSM_A_NR_TRUSTLETS, info->nr_trustlets))
		return -EMSGSIZE;
	return 0;
}

static int get_status(struct sk_buff *skb, struct genl_info *info)
{
	struct vsm_info status;
	struct sk_buff *msg;
	void *hdr;
	int ret;

	ret = vsm_status(&status);
	if (ret) {
		GENL_SET_ERR_MSG(info, "the secure kernel did not answer");
		return ret;
	}
	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return -ENOMEM;
	hdr = genlmsg_put_reply(msg, info, &family, 0, VSM_CMD_GET_STATUS);
	if (!hdr || put_status(msg, &status)) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int put_event(struct sk_buff *msg, const struct vsm_event_record *rec)
{
	if (nla_put_u64_64bit(msg, VSM_A_EVENT_SEQ, rec->seq, VSM_A_PAD) ||
	    nla_put_u32(msg, VSM_A_EVENT_TYPE, rec->type) ||
	    nla_put_u64_64bit(msg, VSM_A_EVENT_TSC, rec->tsc, VSM_A_PAD) ||
	    nla_put_u32(msg, VSM_A_EVENT_CPU, rec->cpu) ||
	    nla_put_u64_64bit(msg, VSM_A_EVENT_RIP, rec->rip, VSM_A_PAD) ||
	    nla_put_u64_64bit(msg, VSM_A_EVENT_GVA, rec->gva, VSM_A_PAD) ||
	    nla_put_u64_64bit(msg, VSM_A_EVENT_GPA, rec->gpa, VSM_A_PAD) ||
	    nla_put_u32(msg, VSM_A_EVENT_ACCESS, rec->access) ||
	    nla_put_string(msg, VSM_A_EVENT_DETAIL, rec->detail) ||
	    nla_put_u32(msg, VSM_A_EVENT_CLASS, rec->class) ||
	    nla_put_u32(msg, VSM_A_EVENT_AUDIT, rec->audit) ||
	    nla_put_u64_64bit(msg, VSM_A_EVENT_COUNT, rec->count, VSM_A_PAD) ||
	    nla_put_u32(msg, VSM_A_EVENT_PID, rec->pid) ||
	    nla_put_string(msg, VSM_A_EVENT_COMM, rec->comm) ||
	    nla_put_string(msg, VSM_A_EVENT_SYMBOL, rec->symbol) ||
	    nla_put_string(msg, VSM_A_EVENT_TARGET, rec->target))
		return -EMSGSIZE;
	return 0;
}

static void multicast_event(const struct vsm_event_record *rec)
{
	struct sk_buff *msg;
	void *hdr;

	msg = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return;
	hdr = genlmsg_put(msg, 0, 0, &family, 0, VSM_CMD_EVENT);
	if (!hdr || put_event(msg, rec)) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_end(msg, hdr);
	/* Nobody listening is an error here, and of no interest. */
	genlmsg_multicast(&family, msg, 0, GROUP_EVENTS, GFP_KERNEL);
}

void vsm_genl_send(const struct vsm_event_record *rec)
{
	mutex_lock(&family_lock);
	if (registered)
		multicast_event(rec);
	mutex_unlock(&family_lock);
}

/* No policy: generic netlink then refuses every attribute of a request. */
static const struct genl_small_ops ops[] = {
	{
		.cmd = VSM_CMD_GET_STATUS,
		.doit = get_status,
	},
};

static const struct genl_multicast_group groups[] = {
	[GROUP_EVENTS] = {
		.name = VSM_GENL_GROUP_EVENTS,
		.flags = GENL_MCAST_CAP_SYS_ADMIN,
	},
};

static struct genl_family family __ro_after_init = {
	.name = VSM_GENL_NAME,
	.version = VSM_GENL_VERSION,
	.module = THIS_MODULE,
	.small_ops = ops,
	.n_small_ops = ARRAY_SIZE(ops),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int vsm_genl_init(void)
{
	int ret;

	mutex_lock(&family_lock);
	ret = genl_register_family(&family);
	registered = !ret;
	mutex_unlock(&family_lock);
	return ret;
}

void vsm_genl_exit(void)
{
	mutex_lock(&family_lock);
	registered = false;
	genl_unregister_family(&family);
	mutex_unlock(&family_lock);
}
