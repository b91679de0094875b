// SPDX-License-Identifier: GPL-2.0
/*
 * The signed file that a loaded module came from: finds it, and gives it to the
 * secure kernel.  Must never be believed.
 */
#include "machine.h"

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel_read_file.h>
#include <linux/module_signature.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>

#include "code.h"

#define PATH_SIZE	256
#define INDEX_MAX	SZ_16M

/* A little more than what is signed. */
#define FILE_MAX	(VSM_CODE_FILE_MAX + 2 * PAGE_SIZE)

/* A file's name has dashes where that of its module may have none. */
bool vsm_module_same_name(const char *name, size_t len, const char *module)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((name[i] == '-' ? '_' : name[i]) != module[i])
			return false;
	return !module[len];
}

/* Is PATH/NAME.ko, or .ko.SOMETHING, the module's? */
static bool is_file_of(const char *path, const char *end, const char *module)
{
	const char *name = end, *dot;

	while (name > path && name[-1] != '/')
		name--;
	dot = strnstr(name, ".ko", end - name);
	return dot && vsm_module_same_name(name, dot - name, module);
}

/* Lines of modules.dep are PATH: PATH... */
static int find_path(const struct vsm_file_data *index, const char *module,
		     char *ret_path)
{
	const char *p = (char *)index->data, *end = p + index->size;
	const char *eol, *colon;
	int n;

	for (; p < end; p = eol + 1) {
		eol = memchr(p, '\n', end - p) ?: end;
		colon = memchr(p, ':', eol - p);
		if (!colon || !is_file_of(p, colon, module))
			continue;
		n = snprintf(ret_path, PATH_SIZE, "/lib/modules/%s/%.*s",
			     init_utsname()->release, (int)(colon - p), p);
		return n < PATH_SIZE ? 0 : -ENAMETOOLONG;
	}
	return -ENOENT;
}

static int read_all(struct file *file, struct vsm_file_data *ret_blob)
{
	loff_t size = i_size_read(file_inode(file)), pos = 0;
	void *data;

	if (size <= 0 || size > INDEX_MAX)
		return -EFBIG;
	data = vmalloc(size);
	if (!data)
		return -ENOMEM;
	if (kernel_read(file, data, size, &pos) != size) {
		vfree(data);
		return -EIO;
	}
	*ret_blob = (struct vsm_file_data){ data, size };
	return 0;
}

/**
 * vsm_module_index_read - read the list of the modules' files
 * @ret_index: modules.dep, to be freed by vfree()
 *
 * Return: 0 or -errno, which has been said.
 */
int vsm_module_index_read(struct vsm_file_data *ret_index)
{
	struct file *file;
	char *path;
	int ret;

	path = kasprintf(GFP_KERNEL, "/lib/modules/%s/modules.dep",
			 init_utsname()->release);
	if (!path)
		return -ENOMEM;
	/* None of the files that Linux has names for when it reads them. */
	file = filp_open(path, O_RDONLY | O_LARGEFILE, 0);
	ret = PTR_ERR_OR_ZERO(file);
	if (!ret) {
		ret = read_all(file, ret_index);
		filp_close(file, NULL);
	}
	if (ret)
		pr_err("%s cannot be read (%d)\n", path, ret);
	kfree(path);
	return ret;
}

static int read_module(const char *path, struct vsm_file_data *ret_blob)
{
	void *data = NULL;
	ssize_t size;

	size = kernel_read_file_from_path_initns(path, 0, &data, FILE_MAX, NULL,
						 READING_MODULE);
	if (size < 0)
		return size;
	*ret_blob = (struct vsm_file_data){ data, size };
	return 0;
}

/* What is signed ends where its signature begins. */
static int split(const struct vsm_file_data *f, size_t *ret_len,
		 size_t *ret_cms_len)
{
	const size_t tail = sizeof(MODULE_SIG_STRING) - 1;
	struct module_signature sig;
	size_t len, cms;

	if (f->size < tail + sizeof(sig) ||
	    memcmp(f->data + f->size - tail, MODULE_SIG_STRING, tail))
		return -ENODATA;
	len = f->size - tail - sizeof(sig);
	memcpy(&sig, f->data + len, sizeof(sig));
	cms = be32_to_cpu(sig.sig_len);
	if (sig.id_type != PKEY_ID_PKCS7 || cms >= len)
		return -ENODATA;
	*ret_len = len - cms;
	*ret_cms_len = cms;
	return 0;
}

/* As it is, or as its name says that it is packed. */
static int unpack(const char *path, struct vsm_file_data *f)
{
	const char *suffix = strrchr(path, '.');
	struct vsm_file_data packed = *f;
	int ret;

	if (!strcmp(suffix, ".ko"))
		return 0;
	ret = vsm_unpack(suffix, &packed, FILE_MAX, f);
	if (!ret)
		vfree(packed.data);
	return ret;
}

static int give(const char *path, struct vsm_file_data *f, u64 *ret_ticket)
{
	size_t len, cms_len;
	int ret;

	ret = unpack(path, f) ?: split(f, &len, &cms_len);
	if (ret)
		return ret;
	return vsm_code_file_give(f->data, len, f->data + len, cms_len,
				  ret_ticket);
}

static const char *why(int err)
{
	switch (err) {
	case -ENODATA:
		return "not signed";
	case -EKEYREJECTED:
		return "not signed by anybody who is accepted";
	case -EKEYREVOKED:
		return "revoked";
	case -ENOMEM:
		return "no memory, perhaps in VTL1 (vtl1_mb=)";
	case -ENOEXEC:
		return "packed in an unknown way, or too large";
	}
	return "cannot be read";
}

/**
 * vsm_module_file_give - have the secure kernel verify a loaded module's file
 * @index: of vsm_module_index_read()
 * @module: its name
 * @ret_ticket: what VSM_SC_CODE_MODULE names the file by; 0 if it fails
 *
 * Return: 0 or -errno, which has been said.
 */
int vsm_module_file_give(const struct vsm_file_data *index, const char *module,
			 u64 *ret_ticket)
{
	char *path = kmalloc(PATH_SIZE, GFP_KERNEL);
	struct vsm_file_data f = { 0 };
	int ret;

	*ret_ticket = 0;
	if (!path)
		return -ENOMEM;
	ret = find_path(index, module, path);
	if (ret) {
		pr_warn("%s: no such module in modules.dep\n", module);
	} else {
		ret = read_module(path, &f) ?: give(path, &f, ret_ticket);
		if (ret)
			pr_warn("%s: %s: %s (%d)\n", module, path, why(ret),
				ret);
	}
	vfree(f.data);
	kfree(path);
	return ret;
}
