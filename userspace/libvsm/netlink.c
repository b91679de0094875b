// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family "vsm": status, and events without silent loss.
 * Must never believe a message that did not come from the kernel.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>

#include "libvsm.h"

/* Room for a burst; what does not fit is noticed by its sequence numbers. */
#define EVENT_BUFFER	(1024 * 1024)

struct vsm_nl {
	struct nl_sock *sock;
	int family;
	vsm_notice_fn notice;
	void *arg;
	uint64_t next_seq;	/* 0: no event has been seen */
};

struct reply {
	struct vsm_info info;
	bool filled;
	bool done;
	int error;
};

static const struct nla_policy policy[VSM_A_MAX + 1] = {
	[VSM_A_STATE] = { .type = NLA_U32 },
	[VSM_A_NR_CPUS] = { .type = NLA_U32 },
	[VSM_A_SK_SVN] = { .type = NLA_U32 },
	[VSM_A_POLICY_VERSION] = { .type = NLA_U32 },
	[VSM_A_POLICY_NAME] = { .type = NLA_NUL_STRING },
	[VSM_A_HV_BYTES] = { .type = NLA_U64 },
	[VSM_A_VTL1_BYTES] = { .type = NLA_U64 },
	[VSM_A_VTL1_FREE] = { .type = NLA_U64 },
	[VSM_A_NR_TRUSTLETS] = { .type = NLA_U32 },
	[VSM_A_EVENT_SEQ] = { .type = NLA_U64 },
	[VSM_A_EVENT_TYPE] = { .type = NLA_U32 },
	[VSM_A_EVENT_TSC] = { .type = NLA_U64 },
	[VSM_A_EVENT_CPU] = { .type = NLA_U32 },
	[VSM_A_EVENT_RIP] = { .type = NLA_U64 },
	[VSM_A_EVENT_GVA] = { .type = NLA_U64 },
	[VSM_A_EVENT_GPA] = { .type = NLA_U64 },
	[VSM_A_EVENT_ACCESS] = { .type = NLA_U32 },
	[VSM_A_EVENT_DETAIL] = { .type = NLA_NUL_STRING },
	[VSM_A_EVENT_CLASS] = { .type = NLA_U32 },
	[VSM_A_EVENT_AUDIT] = { .type = NLA_U32 },
	[VSM_A_EVENT_COUNT] = { .type = NLA_U64 },
	[VSM_A_EVENT_PID] = { .type = NLA_U32 },
	[VSM_A_EVENT_COMM] = { .type = NLA_NUL_STRING },
	[VSM_A_EVENT_SYMBOL] = { .type = NLA_NUL_STRING },
	[VSM_A_EVENT_TARGET] = { .type = NLA_NUL_STRING },
};

/* libnl has its own error numbers; those that occur here, as errno. */
static int nl_errno(int err)
{
	switch (-err) {
	case 0:
		return 0;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_PERM:
		return -EPERM;
	case NLE_NOACCESS:
		return -EACCES;
	case NLE_NOMEM:
		return -ENOBUFS;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_INTR:
		return -EINTR;
	case NLE_OPNOTSUPP:
		return -EOPNOTSUPP;
	case NLE_INVAL:
		return -EINVAL;
	default:
		return -EPROTO;
	}
}

static uint32_t get_u32(struct nlattr **attrs, int attr)
{
	return attrs[attr] ? nla_get_u32(attrs[attr]) : 0;
}

static uint64_t get_u64(struct nlattr **attrs, int attr)
{
	return attrs[attr] ? nla_get_u64(attrs[attr]) : 0;
}

static void get_string(struct nlattr **attrs, int attr, void *buf, size_t size)
{
	if (attrs[attr])
		nla_strlcpy(buf, attrs[attr], size);
}

static bool from_kernel(struct nl_msg *msg)
{
	return nlmsg_get_src(msg)->nl_pid == 0;
}

int vsm_nl_open(struct vsm_nl **ret_nl)
{
	struct vsm_nl *nl = calloc(1, sizeof(*nl));
	int ret;

	if (!nl)
		return -ENOMEM;
	nl->sock = nl_socket_alloc();
	if (!nl->sock) {
		ret = -ENOMEM;
		goto err_free;
	}
	ret = nl_errno(genl_connect(nl->sock));
	if (ret)
		goto err_free_sock;
	nl->family = genl_ctrl_resolve(nl->sock, VSM_GENL_NAME);
	if (nl->family < 0) {
		ret = nl_errno(nl->family);
		goto err_free_sock;
	}
	*ret_nl = nl;
	return 0;

err_free_sock:
	nl_socket_free(nl->sock);
err_free:
	free(nl);
	return ret;
}

void vsm_nl_close(struct vsm_nl *nl)
{
	if (!nl)
		return;
	nl_socket_free(nl->sock);
	free(nl);
}

static int handle_status(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[VSM_A_MAX + 1];
	struct reply *reply = arg;
	struct vsm_info *info = &reply->info;

	if (!from_kernel(msg) ||
	    genlmsg_parse(nlmsg_hdr(msg), 0, attrs, VSM_A_MAX, policy) < 0)
		return NL_SKIP;
	info->state = get_u32(attrs, VSM_A_STATE);
	info->nr_cpus = get_u32(attrs, VSM_A_NR_CPUS);
	info->sk_svn = get_u32(attrs, VSM_A_SK_SVN);
	info->policy_version = get_u32(attrs, VSM_A_POLICY_VERSION);
	info->hv_bytes = get_u64(attrs, VSM_A_HV_BYTES);
	info->vtl1_bytes = get_u64(attrs, VSM_A_VTL1_BYTES);
	info->vtl1_free = get_u64(attrs, VSM_A_VTL1_FREE);
	info->nr_trustlets = get_u32(attrs, VSM_A_NR_TRUSTLETS);
	get_string(attrs, VSM_A_POLICY_NAME, info->policy_name,
		   sizeof(info->policy_name));
	reply->filled = true;
	return NL_OK;
}

static int handle_ack(struct nl_msg *msg, void *arg)
{
	struct reply *reply = arg;

	(void)msg;
	reply->done = true;
	return NL_STOP;
}

static int handle_error(struct sockaddr_nl *addr, struct nlmsgerr *err,
			void *arg)
{
	struct reply *reply = arg;

	(void)addr;
	reply->error = err->error;
	reply->done = true;
	return NL_STOP;
}

static int receive_reply(struct vsm_nl *nl, struct nl_cb *cb,
			 struct reply *reply)
{
	while (!reply->done) {
		int ret = nl_recvmsgs(nl->sock, cb);

		if (ret < 0)
			return nl_errno(ret);
	}
	if (reply->error)
		return reply->error;
	return reply->filled ? 0 : -EPROTO;
}

int vsm_nl_status(struct vsm_nl *nl, struct vsm_info *ret_info)
{
	struct reply reply = { 0 };
	struct nl_msg *msg;
	struct nl_cb *cb;
	int ret = -ENOMEM;

	msg = nlmsg_alloc();
	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!msg || !cb)
		goto out;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, handle_status, &reply);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, handle_ack, &reply);
	nl_cb_err(cb, NL_CB_CUSTOM, handle_error, &reply);

	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, nl->family, 0,
			 NLM_F_REQUEST | NLM_F_ACK, VSM_CMD_GET_STATUS,
			 VSM_GENL_VERSION))
		goto out;
	ret = nl_send_auto(nl->sock, msg);
	if (ret < 0) {
		ret = nl_errno(ret);
		goto out;
	}
	ret = receive_reply(nl, cb, &reply);
	if (!ret)
		*ret_info = reply.info;
out:
	if (cb)
		nl_cb_put(cb);
	nlmsg_free(msg);
	return ret;
}

/* A gap in the numbers is loss; a step back is a driver loaded again. */
static uint64_t count_lost(struct vsm_nl *nl, uint64_t seq)
{
	uint64_t lost = 0;

	if (nl->next_seq && seq > nl->next_seq)
		lost = seq - nl->next_seq;
	nl->next_seq = seq + 1;
	return lost;
}

static void handle_event(struct vsm_nl *nl, struct nlattr **attrs)
{
	struct vsm_event event = {
		.seq = get_u64(attrs, VSM_A_EVENT_SEQ),
		.type = get_u32(attrs, VSM_A_EVENT_TYPE),
		.tsc = get_u64(attrs, VSM_A_EVENT_TSC),
		.cpu = get_u32(attrs, VSM_A_EVENT_CPU),
		.rip = get_u64(attrs, VSM_A_EVENT_RIP),
		.gva = get_u64(attrs, VSM_A_EVENT_GVA),
		.gpa = get_u64(attrs, VSM_A_EVENT_GPA),
		.access = get_u32(attrs, VSM_A_EVENT_ACCESS),
		.code_class = get_u32(attrs, VSM_A_EVENT_CLASS),
		.audit = get_u32(attrs, VSM_A_EVENT_AUDIT),
		.count = get_u64(attrs, VSM_A_EVENT_COUNT),
		.pid = get_u32(attrs, VSM_A_EVENT_PID),
	};

	if (!event.seq) {
		nl->notice(VSM_NOTICE_MALFORMED, NULL, 0, nl->arg);
		return;
	}
	get_string(attrs, VSM_A_EVENT_DETAIL, event.detail,
		   sizeof(event.detail));
	get_string(attrs, VSM_A_EVENT_COMM, event.comm, sizeof(event.comm));
	get_string(attrs, VSM_A_EVENT_SYMBOL, event.symbol,
		   sizeof(event.symbol));
	get_string(attrs, VSM_A_EVENT_TARGET, event.target,
		   sizeof(event.target));
	nl->notice(VSM_NOTICE_EVENT, &event, count_lost(nl, event.seq),
		   nl->arg);
}

/* The controller tells of families that go; ours is known by its name. */
static void handle_family(struct vsm_nl *nl, struct nl_msg *msg)
{
	struct nlattr *attrs[CTRL_ATTR_MAX + 1];
	struct genlmsghdr *hdr = genlmsg_hdr(nlmsg_hdr(msg));

	if (hdr->cmd != CTRL_CMD_DELFAMILY ||
	    genlmsg_parse(nlmsg_hdr(msg), 0, attrs, CTRL_ATTR_MAX, NULL) < 0 ||
	    !attrs[CTRL_ATTR_FAMILY_NAME] ||
	    nla_strcmp(attrs[CTRL_ATTR_FAMILY_NAME], VSM_GENL_NAME))
		return;
	nl->notice(VSM_NOTICE_GONE, NULL, 0, nl->arg);
}

static int handle_notice(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[VSM_A_MAX + 1];
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct vsm_nl *nl = arg;

	if (!from_kernel(msg))
		return NL_SKIP;
	if (nlh->nlmsg_type == GENL_ID_CTRL) {
		handle_family(nl, msg);
		return NL_OK;
	}
	if (nlh->nlmsg_type != nl->family ||
	    genlmsg_parse(nlh, 0, attrs, VSM_A_MAX, policy) < 0 ||
	    genlmsg_hdr(nlh)->cmd != VSM_CMD_EVENT) {
		nl->notice(VSM_NOTICE_MALFORMED, NULL, 0, nl->arg);
		return NL_SKIP;
	}
	handle_event(nl, attrs);
	return NL_OK;
}

/* -EPERM without CAP_SYS_ADMIN.  Makes the socket one for events only. */
int vsm_nl_subscribe(struct vsm_nl *nl, vsm_notice_fn notice, void *arg)
{
	int group, ret;

	group = genl_ctrl_resolve_grp(nl->sock, VSM_GENL_NAME,
				      VSM_GENL_GROUP_EVENTS);
	if (group < 0)
		return nl_errno(group);

	nl->notice = notice;
	nl->arg = arg;
	nl_socket_disable_seq_check(nl->sock);
	nl_socket_modify_cb(nl->sock, NL_CB_VALID, NL_CB_CUSTOM, handle_notice,
			    nl);
	ret = nl_socket_set_nonblocking(nl->sock);
	if (!ret)
		ret = nl_socket_set_buffer_size(nl->sock, EVENT_BUFFER, 0);
	if (!ret)
		ret = nl_socket_add_membership(nl->sock, group);
	if (ret)
		return nl_errno(ret);

	group = genl_ctrl_resolve_grp(nl->sock, "nlctrl", "notify");
	if (group >= 0)
		nl_socket_add_membership(nl->sock, group);
	return 0;
}

int vsm_nl_fd(struct vsm_nl *nl)
{
	return nl_socket_get_fd(nl->sock);
}

/*
 * Pass on what has arrived, at most max datagrams.  A full socket is told as
 * VSM_NOTICE_LOST at once; how many were lost is known with the next event.
 */
int vsm_nl_receive(struct vsm_nl *nl, unsigned int max)
{
	while (max--) {
		int ret = nl_errno(nl_recvmsgs_default(nl->sock));

		switch (ret) {
		case 0:
			break;
		case -EAGAIN:
			return 0;
		case -EINTR:
			break;
		case -ENOBUFS:
			nl->notice(VSM_NOTICE_LOST, NULL, 0, nl->arg);
			break;
		default:
			return ret;
		}
	}
	return 0;
}
