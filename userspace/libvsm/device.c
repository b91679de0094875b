// SPDX-License-Identifier: GPL-2.0
/*
 * ioctl calls on /dev/vsm.
 * Must never interpret an object; the secure kernel does that.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "libvsm.h"

static int call(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

int vsm_open(void)
{
	int fd, version;

	fd = open(VSM_DEVICE, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	version = call(fd, VSM_IOC_VERSION, NULL);
	if (version == VSM_ABI_VERSION)
		return fd;
	close(fd);
	return version < 0 ? version : -EPROTONOSUPPORT;
}

int vsm_info(int fd, struct vsm_info *ret_info)
{
	struct vsm_info info = { 0 };
	int ret = call(fd, VSM_IOC_INFO, &info);

	if (ret < 0)
		return ret;
	info.policy_name[sizeof(info.policy_name) - 1] = '\0';
	*ret_info = info;
	return 0;
}

/* -ENOTTY: a driver that does not know of it. */
int vsm_code_status(int fd, struct vsm_code_status *ret_status)
{
	struct vsm_code_status status = { 0 };
	int ret = call(fd, VSM_IOC_CODE_STATUS, &status);

	if (ret < 0)
		return ret;
	*ret_status = status;
	return 0;
}

static int load(int fd, unsigned long request, const void *object,
		size_t size, uint64_t *ret_id)
{
	struct vsm_blob blob = { .addr = (uintptr_t)object };
	int ret;

	if (size > VSM_OBJECT_MAX)
		return -E2BIG;
	blob.size = (uint32_t)size;
	ret = call(fd, request, &blob);
	if (ret < 0)
		return ret;
	*ret_id = blob.id;
	return 0;
}

int vsm_policy_load(int fd, const void *object, size_t size,
		    uint64_t *ret_version)
{
	return load(fd, VSM_IOC_POLICY_LOAD, object, size, ret_version);
}

int vsm_trustlet_create(int fd, const void *object, size_t size,
			uint64_t *ret_id)
{
	return load(fd, VSM_IOC_TRUSTLET_CREATE, object, size, ret_id);
}

int vsm_trustlet_call(int fd, uint64_t id, const void *message, size_t size,
		      void *answer, size_t *answer_size, int64_t *ret_result)
{
	struct vsm_trustlet_call req = {
		.id = id,
		.msg_addr = (uintptr_t)message,
		.answer_addr = (uintptr_t)answer,
	};
	int ret;

	if (size > VSM_MESSAGE_MAX || *answer_size > VSM_MESSAGE_MAX)
		return -E2BIG;
	req.msg_size = (uint32_t)size;
	req.answer_size = (uint32_t)*answer_size;
	ret = call(fd, VSM_IOC_TRUSTLET_CALL, &req);
	if (ret < 0)
		return ret;
	/* More than the room would have been written past the buffer. */
	if (req.answer_size > *answer_size)
		return -EPROTO;
	*answer_size = req.answer_size;
	*ret_result = req.result;
	return 0;
}

int vsm_trustlet_info(int fd, uint64_t id, struct vsm_trustlet_info *ret_info)
{
	struct vsm_trustlet_info info = { .id = id };
	int ret = call(fd, VSM_IOC_TRUSTLET_INFO, &info);

	if (ret < 0)
		return ret;
	info.name[sizeof(info.name) - 1] = '\0';
	*ret_info = info;
	return 0;
}

int vsm_trustlet_destroy(int fd, uint64_t id)
{
	__u64 arg = id;
	int ret = call(fd, VSM_IOC_TRUSTLET_DESTROY, &arg);

	return ret < 0 ? ret : 0;
}

/* The answer is there with a refusal, too; its rule is 0 without one. */
int vsm_file_check(int fd, struct vsm_file_check *check)
{
	int ret;

	memset(&check->answer, 0, sizeof(check->answer));
	ret = call(fd, VSM_IOC_FILE_CHECK, check);
	check->answer.signer[sizeof(check->answer.signer) - 1] = '\0';
	/* More than the room would be read past it. */
	if (check->answer.digest_size > sizeof(check->answer.digest))
		return -EPROTO;
	return ret < 0 ? ret : 0;
}
