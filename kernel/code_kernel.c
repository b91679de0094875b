// SPDX-License-Identifier: GPL-2.0
/*
 * Gives the secure kernel what it verifies Linux's text against: the payload of
 * the vmlinuz that was booted.  Must never be believed: a wrong file explains
 * nothing.
 *
 * Source: Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header".
 */
#include "machine.h"

#include <linux/kernel_read_file.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>
#include <asm/bootparam.h>

#include "code.h"

static char *baseline = "";
module_param(baseline, charp, 0444);
MODULE_PARM_DESC(baseline, "the kernel's text and loaded modules when code integrity starts: verify or trust (default: verify; with hvci=audit trust, where vmlinuz is not found)");

static char *vmlinuz = "";
module_param(vmlinuz, charp, 0444);
MODULE_PARM_DESC(vmlinuz, "file of the kernel that runs (default: /boot/vmlinuz-RELEASE)");

#define FILE_MAX	SZ_64M
#define HEADER_OFFSET	offsetof(struct boot_params, hdr)
#define HEADER_MAGIC	0x53726448	/* "HdrS" */
#define SIZE_SIZE	4		/* of the size behind the payload */

/* The kernel, unpacked. */
static struct {
	void *data;
	size_t size;
} payload;

/* It was compared, and what was found was let pass. */
static bool known;

bool vsm_code_kernel_known(void)
{
	return known;
}

void vsm_code_kernel_release(void)
{
	vfree(payload.data);
	payload.data = NULL;
	payload.size = 0;
}

/* The zstd frame in the file, and what it unpacks to. */
static int find_frame(u8 *file, size_t size, struct vsm_file_data *ret_frame)
{
	struct setup_header h;
	u64 offset, len;

	if (size < HEADER_OFFSET + sizeof(h))
		return -ENOEXEC;
	memcpy(&h, file + HEADER_OFFSET, sizeof(h));
	if (h.header != HEADER_MAGIC || h.version < 0x208)
		return -ENOEXEC;
	offset = ((h.setup_sects ?: 4) + 1) * 512ULL + h.payload_offset;
	len = h.payload_length;
	if (len <= SIZE_SIZE || offset > size || len > size - offset)
		return -ENOEXEC;
	payload.size = get_unaligned_le32(file + offset + len - SIZE_SIZE);
	if (!payload.size ||
	    payload.size > (size_t)VSM_SG_KERNEL_PAGES << PAGE_SHIFT)
		return -EFBIG;
	*ret_frame = (struct vsm_file_data){ file + offset, len - SIZE_SIZE };
	return 0;
}

static int read_payload(const char *path)
{
	struct vsm_file_data frame;
	void *file = NULL;
	ssize_t size;
	int ret;

	size = kernel_read_file_from_path_initns(path, 0, &file, FILE_MAX, NULL,
						 READING_KEXEC_IMAGE);
	if (size < 0)
		return size;
	ret = find_frame(file, size, &frame);
	if (!ret) {
		payload.data = vmalloc(payload.size);
		ret = payload.data ? vsm_unzstd(&frame, payload.data,
						payload.size) : -ENOMEM;
	}
	vfree(file);
	if (ret)
		vsm_code_kernel_release();
	return ret;
}

/**
 * vsm_code_kernel_prepare - read the kernel's file, if it is to be verified
 * @enforce: is a file that cannot be used a reason not to go on?
 *
 * Before code integrity starts: it takes memory and time, and may fail.
 * Return: 0, also when the kernel is to be taken as it is; -errno.
 */
int vsm_code_kernel_prepare(bool enforce)
{
	const bool must = !strcmp(baseline, "verify");
	char *path;
	int ret;

	if (!strcmp(baseline, "trust"))
		return 0;
	if (*baseline && !must) {
		pr_err("baseline=%s is not verify or trust\n", baseline);
		return -EINVAL;
	}
	path = *vmlinuz ? kstrdup(vmlinuz, GFP_KERNEL) :
			  kasprintf(GFP_KERNEL, "/boot/vmlinuz-%s",
				    init_utsname()->release);
	if (!path)
		return -ENOMEM;
	ret = read_payload(path);
	if (ret == -ENOENT && !must && !*vmlinuz && !enforce) {
		pr_warn("%s is not there: the kernel's text is taken as it is\n",
			path);
	} else if (ret) {
		pr_err("%s: not a kernel that can be verified (%d); use baseline=trust or vmlinuz=FILE\n",
		       path, ret);
	}
	kfree(path);
	if (!enforce)
		return 0;
	/* Of a module that cannot be loaded, ENOENT says something else. */
	return ret == -ENOENT ? -ENODATA : ret;
}

/**
 * vsm_code_kernel - have the secure kernel compare the kernel with its file
 * @enforce: is a file that explains nothing a reason not to go on?
 *
 * Return: 0; -EKEYREJECTED when the secure kernel refuses the text, or, if
 * @enforce, could not compare it; -errno.
 */
int vsm_code_kernel(bool enforce)
{
	struct vsm_scall sc = { .fn = VSM_SC_CODE_KERNEL };
	int ret;

	/* Nobody is to bring one later; what runs is measured. */
	if (!payload.data)
		return vsm_scall(&sc, false) ?: vsm_scall_errno(sc.status);
	ret = vsm_bulk_tell(&sc, vsm_bulk_names(payload.data, payload.size));
	vsm_code_kernel_release();
	/* It did not begin: somebody else could. */
	if (!ret && sc.status == VSM_S_BUSY)
		ret = -EBUSY;
	if (ret)
		return ret;
	known = !sc.status;
	if (sc.ret[1])
		pr_err("%llu of %llu bytes of the kernel's text are not those of its file, the first at %#llx, %pS\n",
		       sc.ret[1], sc.ret[0], sc.ret[2], (void *)sc.ret[2]);
	else if (sc.status)
		pr_err("the kernel's text could not be compared with its file: %s\n",
		       vsm_scall_name(sc.status));
	else
		pr_info("the kernel's text is that of its file: %llu bytes\n",
			sc.ret[0]);
	return sc.status == VSM_S_DENIED || (enforce && sc.status) ?
	       -EKEYREJECTED : 0;
}
