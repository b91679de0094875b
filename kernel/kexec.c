// SPDX-License-Identifier: GPL-2.0
/*
 * No other kernel after the lock: it would start in VTL0 of a hypervisor that
 * it does not know, above memory that is not there.  Linux has no call for
 * modules that says so, but a switch for the administrator, which only goes one
 * way.  Must never turn it before all else that the lock needs is there.
 */
#include "machine.h"

#include <linux/err.h>
#include <linux/fs.h>

#define DISABLED	"/proc/sys/kernel/kexec_load_disabled"

static const char *const loaded[] = {
	"/sys/kernel/kexec_loaded",
	"/sys/kernel/kexec_crash_loaded",
};

/* First byte of a file; where there is no such file, there is no kexec. */
static int read_byte(const char *path, char *ret)
{
	struct file *file;
	loff_t pos = 0;
	ssize_t n;

	*ret = '0';
	file = filp_open(path, O_RDONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file) == -ENOENT ? 0 : PTR_ERR(file);
	n = kernel_read(file, ret, 1, &pos);
	filp_close(file, NULL);
	return n == 1 ? 0 : -EIO;
}

static int disable_loading(void)
{
	struct file *file;
	loff_t pos = 0;
	ssize_t n;

	file = filp_open(DISABLED, O_WRONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file) == -ENOENT ? 0 : PTR_ERR(file);
	n = kernel_write(file, "1", 1, &pos);
	filp_close(file, NULL);
	return n == 1 ? 0 : -EIO;
}

static int check_none(void)
{
	unsigned int i;
	char byte;
	int ret;

	for (i = 0; i < ARRAY_SIZE(loaded); i++) {
		ret = read_byte(loaded[i], &byte);
		if (!ret && byte != '0') {
			pr_err("the lock is refused: a kernel for kexec is loaded; unload it with \"kexec -u\" or \"kexec -p -u\"\n");
			ret = -EBUSY;
		}
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * vsm_kexec_end - no kernel is loaded for kexec, and none can be from now on
 *
 * Before anything is done that a refusal would have to undo; the second look is
 * for a kernel that came between the first one and the switch.
 */
int vsm_kexec_end(void)
{
	int ret;

	ret = check_none();
	if (ret)
		return ret;
	ret = disable_loading();
	if (ret) {
		pr_err("the lock is refused: kexec cannot be disabled (%d)\n",
		       ret);
		return ret;
	}
	return check_none();
}
