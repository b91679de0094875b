// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/vsm: decodes and checks every ioctl before anything is done about it.
 * Must never read a field of a process twice.
 */
#include "vsm.h"

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "../uapi/linux/vsm_netlink.h"
#include "../uapi/vsm/trustlet.h"
#include "event.h"
#include "file_check.h"
#include "trustlet.h"

#define BLOB_MAX	(VSM_SG_MAX_PAGES * PAGE_SIZE)

static_assert(sizeof(struct vsm_info) == 176);
static_assert(sizeof(struct vsm_code_status) == 888);
static_assert(sizeof(struct vsm_blob) == 24);
static_assert(sizeof(struct vsm_trustlet_call) == 48);
static_assert(sizeof(struct vsm_trustlet_info) == 128);
static_assert(sizeof(struct vsm_file_check) == 224);

static int dev_open(struct inode *inode, struct file *file)
{
	struct vsm_trustlets *owner;

	owner = vsm_trustlets_create();
	if (!owner)
		return -ENOMEM;
	file->private_data = owner;
	return nonseekable_open(inode, file);
}

static int dev_release(struct inode *inode, struct file *file)
{
	vsm_trustlets_destroy(file->private_data);
	return 0;
}

static long ioctl_info(void __user *arg)
{
	struct vsm_info info;
	int ret;

	ret = vsm_status(&info);
	if (ret)
		return ret;
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long ioctl_code_status(void __user *arg)
{
	struct vsm_code_status status;
	int ret;

	ret = vsm_code_status(&status);
	if (ret)
		return ret;
	return copy_to_user(arg, &status, sizeof(status)) ? -EFAULT : 0;
}

/* The signed object that a struct vsm_blob names, in pages of the driver. */
static struct vsm_bulk *read_blob(struct vsm_blob __user *arg)
{
	struct vsm_bulk *bulk;
	struct vsm_blob blob;
	int ret;

	if (copy_from_user(&blob, arg, sizeof(blob)))
		return ERR_PTR(-EFAULT);
	if (blob.flags || blob.id || !blob.size)
		return ERR_PTR(-EINVAL);
	if (blob.size > BLOB_MAX)
		return ERR_PTR(-E2BIG);
	/* Find out now whether the answer can be written. */
	if (put_user(0, &arg->id))
		return ERR_PTR(-EFAULT);
	bulk = vsm_bulk_alloc(blob.size);
	if (!bulk)
		return ERR_PTR(-ENOMEM);
	ret = vsm_bulk_copy_from_user(bulk, blob.addr, blob.size);
	if (ret) {
		vsm_bulk_free(bulk);
		return ERR_PTR(ret);
	}
	return bulk;
}

static long ioctl_policy_load(struct vsm_blob __user *arg)
{
	struct vsm_bulk *bulk;
	u64 version;
	int ret;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	bulk = read_blob(arg);
	if (IS_ERR(bulk))
		return PTR_ERR(bulk);
	ret = vsm_policy_load(bulk, &version);
	vsm_bulk_free(bulk);
	if (ret)
		return ret;
	return put_user(version, &arg->id);
}

static long ioctl_trustlet_create(struct vsm_trustlets *owner,
				  struct vsm_blob __user *arg)
{
	struct vsm_bulk *bulk;
	int ret;
	u64 id;

	bulk = read_blob(arg);
	if (IS_ERR(bulk))
		return PTR_ERR(bulk);
	ret = vsm_trustlet_create(owner, bulk, &id);
	vsm_bulk_free(bulk);
	if (ret)
		return ret;
	if (put_user(id, &arg->id)) {
		vsm_trustlet_destroy(owner, id);
		return -EFAULT;
	}
	return 0;
}

static int check_call(const struct vsm_trustlet_call *call)
{
	if (call->flags || call->rsvd)
		return -EINVAL;
	if (call->msg_size > VSM_TRUSTLET_MSG_SIZE ||
	    call->answer_size > VSM_TRUSTLET_MSG_SIZE)
		return -EINVAL;
	return 0;
}

static long ioctl_trustlet_call(struct vsm_trustlets *owner,
				struct vsm_trustlet_call __user *arg)
{
	struct vsm_trustlet_call call;
	struct vsm_bulk *bulk;
	int ret;

	if (copy_from_user(&call, arg, sizeof(call)))
		return -EFAULT;
	ret = check_call(&call);
	if (ret)
		return ret;
	bulk = vsm_bulk_alloc(max(call.msg_size, call.answer_size));
	if (!bulk)
		return -ENOMEM;
	ret = vsm_bulk_copy_from_user(bulk, call.msg_addr, call.msg_size);
	if (!ret)
		ret = vsm_trustlet_call(owner, &call, bulk);
	if (!ret)
		ret = vsm_bulk_copy_to_user(bulk, call.answer_addr,
					    call.answer_size);
	vsm_bulk_free(bulk);
	if (ret)
		return ret;
	return copy_to_user(arg, &call, sizeof(call)) ? -EFAULT : 0;
}

static long ioctl_trustlet_info(struct vsm_trustlets *owner,
				struct vsm_trustlet_info __user *arg)
{
	struct vsm_trustlet_info info = { 0 };
	int ret;

	if (get_user(info.id, &arg->id))
		return -EFAULT;
	ret = vsm_trustlet_info(owner, &info);
	if (ret)
		return ret;
	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long ioctl_trustlet_destroy(struct vsm_trustlets *owner,
				   __u64 __user *arg)
{
	u64 id;

	if (get_user(id, arg))
		return -EFAULT;
	return vsm_trustlet_destroy(owner, id);
}

static long ioctl_file_check(struct vsm_file_check __user *arg)
{
	struct vsm_file_answer answer = { 0 };
	struct vsm_file_check check;
	int ret;

	if (copy_from_user(&check, arg, sizeof(check)))
		return -EFAULT;
	ret = vsm_file_check_user(&check, &answer);
	if (copy_to_user(&arg->answer, &answer, sizeof(answer)))
		return -EFAULT;
	return ret;
}

static long dev_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct vsm_trustlets *owner = file->private_data;
	void __user *uarg = (void __user *)arg;

	switch (cmd) {
	case VSM_IOC_VERSION:
		return VSM_ABI_VERSION;
	case VSM_IOC_INFO:
		return ioctl_info(uarg);
	case VSM_IOC_CODE_STATUS:
		return ioctl_code_status(uarg);
	case VSM_IOC_POLICY_LOAD:
		return ioctl_policy_load(uarg);
	case VSM_IOC_TRUSTLET_CREATE:
		return ioctl_trustlet_create(owner, uarg);
	case VSM_IOC_TRUSTLET_CALL:
		return ioctl_trustlet_call(owner, uarg);
	case VSM_IOC_TRUSTLET_INFO:
		return ioctl_trustlet_info(owner, uarg);
	case VSM_IOC_TRUSTLET_DESTROY:
		return ioctl_trustlet_destroy(owner, uarg);
	case VSM_IOC_FILE_CHECK:
		return ioctl_file_check(uarg);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations dev_fops = {
	.owner = THIS_MODULE,
	.open = dev_open,
	.release = dev_release,
	.unlocked_ioctl = dev_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice dev = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vsm",
	.mode = 0660,
	.fops = &dev_fops,
};

int vsm_chardev_init(void)
{
	return misc_register(&dev);
}

void vsm_chardev_exit(void)
{
	misc_deregister(&dev);
}
