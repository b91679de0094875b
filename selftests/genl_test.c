// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family "vsm" from the side of a caller that gets it wrong, and
 * its events: without gaps, or with a gap that tells of every loss.
 * Must never use a netlink library: they do not send what is malformed.
 *
 * Runs as root on a demoted kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../uapi/linux/vsm.h"
#include "../uapi/linux/vsm_netlink.h"
#include "kselftest_harness.h"

#define DEVICE		"/dev/vsm"
#define NOBODY		65534

/* Kernel numbers for what libc headers may be too old to have. */
#ifndef NETLINK_EXT_ACK
#define NETLINK_EXT_ACK	11
#endif

struct msg {
	struct nlmsghdr nlh;
	struct genlmsghdr genl;
	uint8_t attrs[512];
};

struct event {
	uint64_t seq;
	uint32_t type;
	char detail[256];
};

static int nl_open(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	struct timeval patience = { .tv_sec = 60 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	int one = 1;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience))) {
		close(fd);
		return -EIO;
	}
	return fd;
}

static void msg_init(struct msg *msg, int family, uint8_t cmd)
{
	memset(msg, 0, sizeof(*msg));
	msg->nlh.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	msg->nlh.nlmsg_type = (uint16_t)family;
	msg->nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	msg->nlh.nlmsg_seq = 42;
	msg->genl.cmd = cmd;
	msg->genl.version = VSM_GENL_VERSION;
}

static struct nlattr *msg_attr(struct msg *msg, uint16_t type,
			       const void *data, size_t len)
{
	struct nlattr *nla = (void *)((char *)msg + msg->nlh.nlmsg_len);

	nla->nla_type = type;
	nla->nla_len = (uint16_t)(NLA_HDRLEN + len);
	memcpy((char *)nla + NLA_HDRLEN, data, len);
	msg->nlh.nlmsg_len += (uint32_t)NLA_ALIGN(nla->nla_len);
	return nla;
}

static const struct nlattr *find_attr(const void *data, size_t len,
				      uint16_t type)
{
	while (len >= NLA_HDRLEN) {
		const struct nlattr *nla = data;
		size_t step = NLA_ALIGN(nla->nla_len);

		if (nla->nla_len < NLA_HDRLEN || nla->nla_len > len)
			return NULL;
		if ((nla->nla_type & NLA_TYPE_MASK) == type)
			return nla;
		if (step > len)
			return NULL;
		data = (const char *)data + step;
		len -= step;
	}
	return NULL;
}

/* What the kernel said to a request. */
struct answer {
	int error;			/* 0 or a negative errno */
	bool ack;			/* an acknowledgment or error came */
	char reason[256];		/* extack */
	size_t len;			/* of a data message, else 0 */
	uint8_t data[8192];
};

static void read_ack(struct answer *answer, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = NLMSG_DATA(nlh);
	const struct nlattr *nla;
	size_t skip = sizeof(*err);

	answer->ack = true;
	answer->error = err->error;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += err->msg.nlmsg_len - sizeof(err->msg);
	skip = NLMSG_ALIGN(skip);
	nla = find_attr((const char *)err + skip,
			nlh->nlmsg_len - NLMSG_HDRLEN - skip,
			NLMSGERR_ATTR_MSG);
	if (nla)
		snprintf(answer->reason, sizeof(answer->reason), "%.*s",
			 nla->nla_len - NLA_HDRLEN,
			 (const char *)nla + NLA_HDRLEN);
}

static void read_answers(struct answer *answer, const void *buf, ssize_t len)
{
	const struct nlmsghdr *nlh = buf;
	unsigned int left = (unsigned int)len;

	for (; NLMSG_OK(nlh, left); nlh = NLMSG_NEXT(nlh, left)) {
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			read_ack(answer, nlh);
		} else {
			answer->len = nlh->nlmsg_len -
				      NLMSG_LENGTH(GENL_HDRLEN);
			memcpy(answer->data, (const char *)NLMSG_DATA(nlh) +
			       GENL_HDRLEN, answer->len);
		}
	}
}

static void talk_raw(int fd, const void *msg, size_t len,
		     struct answer *answer)
{
	uint8_t buf[8192];

	memset(answer, 0, sizeof(*answer));
	answer->error = -EIO;
	if (send(fd, msg, len, 0) != (ssize_t)len)
		return;
	while (!answer->ack) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n <= 0)
			return;
		read_answers(answer, buf, n);
	}
}

static int talk(int fd, struct msg *msg, struct answer *answer)
{
	talk_raw(fd, msg, msg->nlh.nlmsg_len, answer);
	return answer->error;
}

static uint32_t find_group(const struct nlattr *groups)
{
	const struct nlattr *group, *id;

	/* The family has one group only: the first is it. */
	if (!groups)
		return 0;
	group = (const void *)((const char *)groups + NLA_HDRLEN);
	id = find_attr((const char *)group + NLA_HDRLEN,
		       group->nla_len - NLA_HDRLEN, CTRL_ATTR_MCAST_GRP_ID);
	return id ? *(const uint32_t *)((const char *)id + NLA_HDRLEN) : 0;
}

/* 0 without the module. */
static int resolve(int fd, uint32_t *ret_group)
{
	const struct nlattr *id;
	struct answer answer;
	struct msg msg;

	msg_init(&msg, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	msg_attr(&msg, CTRL_ATTR_FAMILY_NAME, VSM_GENL_NAME,
		 sizeof(VSM_GENL_NAME));
	if (talk(fd, &msg, &answer))
		return 0;
	id = find_attr(answer.data, answer.len, CTRL_ATTR_FAMILY_ID);
	if (!id)
		return 0;
	*ret_group = find_group(find_attr(answer.data, answer.len,
					  CTRL_ATTR_MCAST_GROUPS));
	return *(const uint16_t *)((const char *)id + NLA_HDRLEN);
}

static int subscribe(int fd, uint32_t group)
{
	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
			  sizeof(group)) ? -errno : 0;
}

/* An event without any other effect: a policy that is refused. */
static bool cause_event(int dev)
{
	static const char nonsense[] = "not a policy";
	struct vsm_blob blob = {
		.addr = (uintptr_t)nonsense,
		.size = sizeof(nonsense),
	};

	return ioctl(dev, VSM_IOC_POLICY_LOAD, &blob) == -1 &&
	       errno == ENODATA;
}

/* 0, or a negative errno: -ENOBUFS when the kernel has dropped messages. */
static int next_event(int fd, int family, struct event *event)
{
	const struct nlattr *nla;
	uint8_t buf[8192];
	const struct nlmsghdr *nlh = (void *)buf;
	const struct genlmsghdr *genl = NLMSG_DATA(nlh);
	const void *attrs = (const char *)genl + GENL_HDRLEN;
	ssize_t n = recv(fd, buf, sizeof(buf), 0);
	size_t len;

	if (n < 0)
		return -errno;
	if (n < (ssize_t)NLMSG_LENGTH(GENL_HDRLEN) ||
	    nlh->nlmsg_len != (size_t)n || nlh->nlmsg_type != family ||
	    genl->cmd != VSM_CMD_EVENT || genl->version != VSM_GENL_VERSION)
		return -EPROTO;
	len = (size_t)n - NLMSG_LENGTH(GENL_HDRLEN);
	memset(event, 0, sizeof(*event));
	nla = find_attr(attrs, len, VSM_A_EVENT_SEQ);
	if (!nla || nla->nla_len != NLA_HDRLEN + 8)
		return -EPROTO;
	memcpy(&event->seq, (const char *)nla + NLA_HDRLEN, 8);
	nla = find_attr(attrs, len, VSM_A_EVENT_TYPE);
	if (!nla || nla->nla_len != NLA_HDRLEN + 4)
		return -EPROTO;
	memcpy(&event->type, (const char *)nla + NLA_HDRLEN, 4);
	nla = find_attr(attrs, len, VSM_A_EVENT_DETAIL);
	if (nla)
		snprintf(event->detail, sizeof(event->detail), "%.*s",
			 nla->nla_len - NLA_HDRLEN,
			 (const char *)nla + NLA_HDRLEN);
	return 0;
}

FIXTURE(genl)
{
	int fd;
	int dev;
	int family;
	uint32_t group;
};

FIXTURE_SETUP(genl)
{
	self->dev = -1;
	self->fd = nl_open();
	ASSERT_LE(0, self->fd);
	self->family = resolve(self->fd, &self->group);
	if (!self->family)
		SKIP(return, "no netlink family \"%s\": the module is not loaded",
		     VSM_GENL_NAME);
	if (geteuid())
		SKIP(return, "not root");
	ASSERT_NE(0, self->group);
	self->dev = open(DEVICE, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->dev);
}

FIXTURE_TEARDOWN(genl)
{
	close(self->fd);
	if (self->dev >= 0)
		close(self->dev);
}

static const struct {
	uint16_t type;
	int size;		/* 0: a string */
} status_attrs[] = {
	{ VSM_A_STATE, 4 }, { VSM_A_NR_CPUS, 4 }, { VSM_A_SK_SVN, 4 },
	{ VSM_A_POLICY_VERSION, 4 }, { VSM_A_POLICY_NAME, 0 },
	{ VSM_A_HV_BYTES, 8 }, { VSM_A_VTL1_BYTES, 8 },
	{ VSM_A_VTL1_FREE, 8 }, { VSM_A_NR_TRUSTLETS, 4 },
};

TEST_F(genl, status)
{
	struct answer answer;
	struct msg msg;

	msg_init(&msg, self->family, VSM_CMD_GET_STATUS);
	ASSERT_EQ(0, talk(self->fd, &msg, &answer));
	for (size_t i = 0; i < ARRAY_SIZE(status_attrs); i++) {
		const struct nlattr *nla = find_attr(answer.data, answer.len,
						     status_attrs[i].type);

		ASSERT_NE(NULL, nla) TH_LOG("attribute %u",
					    status_attrs[i].type);
		if (status_attrs[i].size) {
			EXPECT_EQ(NLA_HDRLEN + status_attrs[i].size,
				  nla->nla_len);
		} else {
			ASSERT_LT(NLA_HDRLEN, nla->nla_len);
			EXPECT_EQ(0, ((char *)nla)[nla->nla_len - 1]);
		}
	}
	EXPECT_EQ(NULL, find_attr(answer.data, answer.len, VSM_A_EVENT_SEQ));
}

/* Both interfaces tell the same. */
TEST_F(genl, status_is_that_of_the_device)
{
	const struct nlattr *nla;
	struct answer answer;
	struct vsm_info info;
	struct msg msg;

	msg_init(&msg, self->family, VSM_CMD_GET_STATUS);
	ASSERT_EQ(0, talk(self->fd, &msg, &answer));
	ASSERT_EQ(0, ioctl(self->dev, VSM_IOC_INFO, &info));
	nla = find_attr(answer.data, answer.len, VSM_A_STATE);
	ASSERT_NE(NULL, nla);
	EXPECT_EQ(0, memcmp(&info.state, (const char *)nla + NLA_HDRLEN, 4));
	nla = find_attr(answer.data, answer.len, VSM_A_VTL1_BYTES);
	ASSERT_NE(NULL, nla);
	EXPECT_EQ(0, memcmp(&info.vtl1_bytes, (const char *)nla + NLA_HDRLEN,
			    8));
}

TEST_F(genl, status_without_privilege)
{
	pid_t pid = fork();
	int status;

	ASSERT_LE(0, pid);
	if (!pid) {
		struct answer answer;
		struct msg msg;
		int fd;

		if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
		    setresuid(NOBODY, NOBODY, NOBODY))
			_exit(1);
		fd = nl_open();
		msg_init(&msg, self->family, VSM_CMD_GET_STATUS);
		if (fd < 0 || talk(fd, &msg, &answer) || !answer.len)
			_exit(2);
		_exit(subscribe(fd, self->group) == -EPERM ? 0 : 3);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

/* Every attribute that there is, and some that there is not. */
TEST_F(genl, attributes_are_refused)
{
	static const uint64_t value;
	struct answer answer;
	struct msg msg;

	for (uint16_t type = 1; type < 2 * VSM_A_MAX; type++) {
		msg_init(&msg, self->family, VSM_CMD_GET_STATUS);
		msg_attr(&msg, type, &value, sizeof(value));
		EXPECT_EQ(-EINVAL, talk(self->fd, &msg, &answer));
		EXPECT_NE(0, answer.reason[0]) TH_LOG("attribute %u", type);
		EXPECT_EQ(0, answer.len);
	}
	msg_init(&msg, self->family, VSM_CMD_GET_STATUS);
	msg_attr(&msg, 0x3fff, &value, sizeof(value));
	EXPECT_EQ(-EINVAL, talk(self->fd, &msg, &answer));
}

TEST_F(genl, malformed_attributes)
{
	static const uint64_t value;
	struct answer answer;
	struct nlattr *nla;
	struct msg msg;

	msg_init(&msg, self->family, VSM_CMD_GET_STATUS);
	nla = msg_attr(&msg, VSM_A_STATE, &value, sizeof(value));
	nla->nla_len = 3;
	EXPECT_EQ(-EINVAL, talk(self->fd, &msg, &answer));
	nla->nla_len = 0xffff;
	EXPECT_EQ(-EINVAL, talk(self->fd, &msg, &answer));
	nla->nla_len = 0;
	EXPECT_EQ(-EINVAL, talk(self->fd, &msg, &answer));
	/* Too short for an attribute. */
	msg_init(&msg, self->family, VSM_CMD_GET_STATUS);
	msg.nlh.nlmsg_len += 1;
	EXPECT_EQ(-EINVAL, talk(self->fd, &msg, &answer));
}

TEST_F(genl, unknown_commands)
{
	struct answer answer;
	struct msg msg;

	for (unsigned int cmd = 0; cmd < 256; cmd++) {
		if (cmd == VSM_CMD_GET_STATUS)
			continue;
		msg_init(&msg, self->family, (uint8_t)cmd);
		EXPECT_EQ(-EOPNOTSUPP, talk(self->fd, &msg, &answer))
			TH_LOG("command %u", cmd);
	}
	msg_init(&msg, self->family, VSM_CMD_GET_STATUS);
	msg.nlh.nlmsg_flags |= NLM_F_DUMP;
	EXPECT_EQ(-EOPNOTSUPP, talk(self->fd, &msg, &answer));
}

TEST_F(genl, malformed_headers)
{
	struct answer answer;
	struct msg msg;

	/* No room for a generic netlink header. */
	for (uint32_t len = NLMSG_HDRLEN; len < NLMSG_LENGTH(GENL_HDRLEN);
	     len++) {
		msg_init(&msg, self->family, VSM_CMD_GET_STATUS);
		msg.nlh.nlmsg_len = len;
		talk_raw(self->fd, &msg, NLMSG_LENGTH(GENL_HDRLEN), &answer);
		EXPECT_EQ(-EINVAL, answer.error) TH_LOG("length %u", len);
	}
	msg_init(&msg, self->family, VSM_CMD_GET_STATUS);
	msg.genl.reserved = 1;
	EXPECT_EQ(-EINVAL, talk(self->fd, &msg, &answer));
	/* And the family still answers. */
	msg_init(&msg, self->family, VSM_CMD_GET_STATUS);
	EXPECT_EQ(0, talk(self->fd, &msg, &answer));
}

TEST_F(genl, events_without_gaps)
{
	struct event event;
	uint64_t first = 0;

	ASSERT_EQ(0, subscribe(self->fd, self->group));
	for (uint64_t i = 0; i < 50; i++) {
		ASSERT_TRUE(cause_event(self->dev));
		ASSERT_EQ(0, next_event(self->fd, self->family, &event));
		if (!i)
			first = event.seq;
		EXPECT_LT(0, event.seq);
		EXPECT_EQ(first + i, event.seq);
		EXPECT_EQ(VSM_EVENT_POLICY, event.type);
		EXPECT_NE(0, event.detail[0]);
	}
}

/* Causes first, reads then: nothing is dropped while there is room. */
TEST_F(genl, events_in_a_burst)
{
	struct event event;
	uint64_t seq = 0;

	ASSERT_EQ(0, subscribe(self->fd, self->group));
	for (int i = 0; i < 64; i++)
		ASSERT_TRUE(cause_event(self->dev));
	for (int i = 0; i < 64; i++) {
		ASSERT_EQ(0, next_event(self->fd, self->family, &event));
		if (seq)
			EXPECT_EQ(seq + 1, event.seq);
		seq = event.seq;
	}
}

TEST_F(genl, every_subscriber_gets_every_event)
{
	struct event one, two;
	int other = nl_open();

	ASSERT_LE(0, other);
	ASSERT_EQ(0, subscribe(self->fd, self->group));
	ASSERT_EQ(0, subscribe(other, self->group));
	for (int i = 0; i < 10; i++) {
		ASSERT_TRUE(cause_event(self->dev));
		ASSERT_EQ(0, next_event(self->fd, self->family, &one));
		ASSERT_EQ(0, next_event(other, self->family, &two));
		EXPECT_EQ(0, memcmp(&one, &two, sizeof(one)));
	}
	close(other);
}

/*
 * A reader that is too slow is told so, and its numbers say how much it has
 * missed: what was read and what was skipped add up.
 */
TEST_F_TIMEOUT(genl, loss_is_told, 120)
{
	struct timeval brief = { .tv_sec = 5 };
	uint64_t first, last, got = 0, gaps = 0;
	int smallest = 1, overruns = 0, ret;
	const uint64_t nr = 400;
	struct event event;

	ASSERT_EQ(0, setsockopt(self->fd, SOL_SOCKET, SO_RCVBUF, &smallest,
				sizeof(smallest)));
	ASSERT_EQ(0, subscribe(self->fd, self->group));
	ASSERT_TRUE(cause_event(self->dev));
	ASSERT_EQ(0, next_event(self->fd, self->family, &event));
	first = event.seq;
	last = event.seq;
	for (uint64_t i = 0; i < nr; i++)
		ASSERT_TRUE(cause_event(self->dev));
	sleep(1);
	ASSERT_EQ(0, setsockopt(self->fd, SOL_SOCKET, SO_RCVTIMEO, &brief,
				sizeof(brief)));
	/*
	 * Netlink drops until its queue has been read empty: one more event
	 * then, to see the end of the gap.
	 */
	for (int round = 0; round < 2; round++) {
		ret = next_event(self->fd, self->family, &event);
		for (; ret != -EAGAIN;
		     ret = next_event(self->fd, self->family, &event)) {
			if (ret == -ENOBUFS) {
				overruns++;
				continue;
			}
			ASSERT_EQ(0, ret);
			ASSERT_LT(last, event.seq);
			gaps += event.seq - last - 1;
			last = event.seq;
			got++;
		}
		if (!round)
			ASSERT_TRUE(cause_event(self->dev));
	}
	EXPECT_LT(0, overruns);
	EXPECT_LT(0, gaps);
	EXPECT_EQ(last - first, got + gaps);
	EXPECT_LE(nr, got + gaps);
}

TEST_HARNESS_MAIN
