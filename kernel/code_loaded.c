// SPDX-License-Identifier: GPL-2.0
/*
 * Modules that were there before code integrity: finds the signed file of each,
 * and has the secure kernel compare it with what is in memory, in the order in
 * which they were loaded, so that what a module imports from comes before it.
 * Must never be believed, nor look at a module that may go meanwhile.
 *
 * Source: mod_sysfs_setup() and free_module() of kernel/module, for when a module
 * is in /sys/module; The .xz File Format, "Index".
 */
#include "machine.h"

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel_read_file.h>
#include <linux/kobject.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/module_signature.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <linux/utsname.h>
#include <linux/vmalloc.h>
#include <linux/xz.h>

#include "code.h"

static char *trust[64];
static unsigned int nr_trust;
module_param_array(trust, charp, &nr_trust, 0444);
MODULE_PARM_DESC(trust, "modules that are taken as they are when code integrity starts, as NAME,NAME...");

#define PATH_SIZE	256
#define INDEX_MAX	SZ_16M

/* A little more than what is signed. */
#define FILE_MAX	(VSM_CODE_FILE_MAX + 2 * PAGE_SIZE)

#define XZ_FOOTER	12

/*
 * How long modules that are just being loaded may take; and when that is not
 * because they wait for us.
 */
#define SETTLE_MS	20
#define SETTLE_TRIES	250
#define SETTLE_ALONE	50

struct blob {
	u8 *data;		/* of vmalloc() */
	size_t size;
};

/* All of them: modules.dep, and what came of it. */
struct tally {
	struct blob index;
	unsigned int verified;
	unsigned int trusted;
	unsigned int failed;
};

/* --- names ------------------------------------------------------------------------ */

/* A file's name has dashes where that of its module may have none. */
static bool same_name(const char *name, size_t len, const char *module)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((name[i] == '-' ? '_' : name[i]) != module[i])
			return false;
	return !module[len];
}

static bool is_trusted(const struct module *mod)
{
	unsigned int i;

	for (i = 0; i < nr_trust; i++)
		if (same_name(trust[i], strlen(trust[i]), mod->name))
			return true;
	return false;
}

/* Is PATH/NAME.ko, or .ko.SOMETHING, the module's? */
static bool is_file_of(const char *path, const char *end, const char *module)
{
	const char *name = end, *dot;

	while (name > path && name[-1] != '/')
		name--;
	dot = strnstr(name, ".ko", end - name);
	return dot && same_name(name, dot - name, module);
}

/* --- the file that a module came from --------------------------------------------- */

/* Lines of modules.dep are PATH: PATH... */
static int find_path(const struct blob *index, const char *module,
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

static int read_all(struct file *file, struct blob *ret_blob)
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
	*ret_blob = (struct blob){ data, size };
	return 0;
}

/* None of the files that Linux has names for when it reads them. */
static int read_index(struct blob *ret_index)
{
	struct file *file;
	char *path;
	int ret;

	path = kasprintf(GFP_KERNEL, "/lib/modules/%s/modules.dep",
			 init_utsname()->release);
	if (!path)
		return -ENOMEM;
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

static int read_module(const char *path, struct blob *ret_blob)
{
	void *data = NULL;
	ssize_t size;

	size = kernel_read_file_from_path_initns(path, 0, &data, FILE_MAX, NULL,
						 READING_MODULE);
	if (size < 0)
		return size;
	*ret_blob = (struct blob){ data, size };
	return 0;
}

/* --- what it is packed in --------------------------------------------------------- */

/* A number of seven bits a byte; false: there is none. */
static bool get_number(const u8 **p, const u8 *end, u64 *ret_number)
{
	unsigned int shift;

	*ret_number = 0;
	for (shift = 0; *p < end && shift < 63; shift += 7) {
		*ret_number |= (u64)(**p & 0x7f) << shift;
		if (!(*(*p)++ & 0x80))
			return true;
	}
	return false;
}

/* The index at the end tells for each block what it unpacks to; 0: no index. */
static u64 unpacked_size(const struct blob *f)
{
	u64 back, nr, packed, size, total = 0;
	const u8 *p, *end;

	if (f->size < XZ_FOOTER)
		return 0;
	end = f->data + f->size - XZ_FOOTER;
	if (memcmp(end + 10, "YZ", 2))
		return 0;
	back = (get_unaligned_le32(end + 4) + 1ULL) * 4;
	if (back > f->size - XZ_FOOTER)
		return 0;
	p = end - back;
	if (*p++ || !get_number(&p, end, &nr))
		return 0;
	for (; nr; nr--) {
		if (!get_number(&p, end, &packed) ||
		    !get_number(&p, end, &size) || size > FILE_MAX ||
		    total + size > FILE_MAX)
			return 0;
		total += size;
	}
	return total;
}

/* Without a dictionary: all that was unpacked is there to refer to. */
static int unpack(struct blob *f)
{
	size_t size = unpacked_size(f);
	struct xz_buf b = {
		.in = f->data, .in_size = f->size, .out_size = size,
	};
	enum xz_ret ret = XZ_MEM_ERROR;
	struct xz_dec *xz;

	if (!size)
		return -ENOEXEC;
	b.out = vmalloc(size);
	xz = xz_dec_init(XZ_SINGLE, 0);
	if (b.out && xz)
		ret = xz_dec_run(xz, &b);
	xz_dec_end(xz);
	if (ret != XZ_STREAM_END || b.out_pos != size) {
		vfree(b.out);
		return ret == XZ_MEM_ERROR ? -ENOMEM : -ENOEXEC;
	}
	vfree(f->data);
	*f = (struct blob){ b.out, size };
	return 0;
}

/* What is signed ends where its signature begins. */
static int split(const struct blob *f, size_t *ret_len, size_t *ret_cms_len)
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

/* --- one module -------------------------------------------------------------------- */

static int give(const char *path, struct blob *f, u64 *ret_ticket)
{
	const char *suffix = strrchr(path, '.');
	size_t len, cms_len;
	int ret = 0;

	if (!strcmp(suffix, ".xz"))
		ret = unpack(f);
	else if (strcmp(suffix, ".ko"))
		ret = -ENOEXEC;
	ret = ret ?: split(f, &len, &cms_len);
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
		return "packed in an unknown way";
	}
	return "cannot be read";
}

static int give_file(const struct blob *index, const struct module *mod,
		     u64 *ret_ticket)
{
	char *path = kmalloc(PATH_SIZE, GFP_KERNEL);
	struct blob f = { 0 };
	int ret;

	*ret_ticket = 0;
	if (!path)
		return -ENOMEM;
	ret = find_path(index, mod->name, path);
	if (ret) {
		pr_warn("%s: no such module in modules.dep\n", mod->name);
	} else {
		ret = read_module(path, &f) ?: give(path, &f, ret_ticket);
		if (ret)
			pr_warn("%s: %s: %s (%d)\n", mod->name, path, why(ret),
				ret);
	}
	vfree(f.data);
	kfree(path);
	return ret;
}

/* Without a file, the secure kernel is to know that, too. */
static void verify(const struct module *mod, struct tally *tally)
{
	u64 ticket;

	if (is_trusted(mod)) {
		pr_warn("%s: taken as it is, as was asked for\n", mod->name);
		tally->trusted++;
		return;
	}
	give_file(&tally->index, mod, &ticket);
	if (vsm_code_module_add(mod, ticket, true))
		tally->failed++;
	else
		tally->verified++;
}

/*
 * For a module whose signature Linux checked before anybody asked for its file.
 * 0: there is no file.
 */
u64 vsm_code_loaded_ticket(const struct module *mod)
{
	struct blob index;
	u64 ticket = 0;

	if (read_index(&index))
		return 0;
	give_file(&index, mod, &ticket);
	vfree(index.data);
	return ticket;
}

/* --- all of them ------------------------------------------------------------------- */

/*
 * The kernel's list of them is private, but /sys/module has them in the same
 * order: appended before a module initialises itself, after its notifiers, taken
 * out before its memory is freed.
 */
static struct kset *all_modules(void)
{
	return THIS_MODULE->mkobj.kobj.kset;
}

/* NULL: one that is built in, or something else. */
static struct module *module_of(const struct kobject *kobj)
{
	if (kobj->ktype != THIS_MODULE->mkobj.kobj.ktype)
		return NULL;
	return container_of(kobj, struct module_kobject, kobj)->mod;
}

static bool is_live(const struct module *mod)
{
	return READ_ONCE(mod->state) == MODULE_STATE_LIVE;
}

/*
 * The module behind @mod, or the first one, with a reference, which only what has
 * been initialised can be held by.  NULL: there are no more, or the next one
 * cannot be held, which is counted as it is passed over if @tally.
 */
static struct module *try_next(struct module *mod, struct tally *tally,
			       bool *ret_busy)
{
	struct kset *kset = all_modules();
	struct list_head *pos = mod ? &mod->mkobj.kobj.entry : &kset->list;
	struct module *m, *found = NULL;

	*ret_busy = false;
	spin_lock(&kset->list_lock);
	while (!found && !*ret_busy && (pos = pos->next) != &kset->list) {
		m = module_of(list_entry(pos, struct kobject, entry));
		if (!m || m == THIS_MODULE)
			continue;
		if (is_live(m) && try_module_get(m)) {
			found = m;
		} else if (!tally) {
			*ret_busy = true;
		} else {
			pr_warn("%s: is just being loaded or unloaded\n",
				m->name);
			tally->failed++;
		}
	}
	spin_unlock(&kset->list_lock);
	return found;
}

/*
 * Of @mod the caller has a reference, so it is still where it was.  Whoever
 * initialises a module may need another one, or write to text: then nobody waits
 * for us any more.  What comes meanwhile is verified by itself, or once more.
 */
static struct module *next(struct module *mod, struct tally *tally)
{
	struct module *found;
	unsigned int i;
	bool busy;

	for (i = 0; i < SETTLE_TRIES; i++) {
		found = try_next(mod, NULL, &busy);
		if (!busy)
			return found;
		if (i == SETTLE_ALONE)
			vsm_code_settled();
		msleep(SETTLE_MS);
	}
	return try_next(mod, tally, &busy);
}

static void verify_all(struct tally *tally)
{
	struct module *mod = next(NULL, tally), *last;

	while (mod) {
		verify(mod, tally);
		last = mod;
		mod = next(last, tally);
		module_put(last);
	}
}

/* Is what is not verified a reason not to go on?  If nobody can tell, it is. */
static bool refused(void)
{
	struct vsm_code_status *status = kmalloc(sizeof(*status), GFP_KERNEL);
	bool ret = true;

	if (status && !vsm_code_status(status))
		ret = status->counters[VSM_CODE_CLASS_BASELINE].mode ==
		      VSM_CODE_MODE_ENFORCE;
	kfree(status);
	return ret;
}

/**
 * vsm_code_loaded - have all loaded modules compared with their files
 *
 * When the secure kernel knows the kernel, and new modules wait.
 * Return: 0, or -EKEYREJECTED when one is not verified that has to be.
 */
int vsm_code_loaded(void)
{
	ktime_t begin = ktime_get();
	struct tally tally = { 0 };

	read_index(&tally.index);
	verify_all(&tally);
	vfree(tally.index.data);
	pr_info("loaded modules: %u verified, %u taken as they are, %u not verified; %lld ms\n",
		tally.verified, tally.trusted, tally.failed,
		ktime_ms_delta(ktime_get(), begin));
	if (!tally.failed || !refused())
		return 0;
	pr_err("modules that cannot be verified are to be unloaded, or named by trust=NAME,...; or use baseline=trust\n");
	return -EKEYREJECTED;
}

/* Initialised, and rid of what was for that. */
static bool has_started(const struct module *mod)
{
	return is_live(mod) && !READ_ONCE(mod->mem[MOD_INIT_TEXT].base);
}

static bool all_started(void)
{
	struct kset *kset = all_modules();
	struct kobject *kobj;
	struct module *mod;
	bool ok = true;

	spin_lock(&kset->list_lock);
	list_for_each_entry(kobj, &kset->list, entry) {
		mod = module_of(kobj);
		ok &= !mod || mod == THIS_MODULE || has_started(mod);
	}
	spin_unlock(&kset->list_lock);
	return ok;
}

/*
 * Modules that are just being loaded, or unloaded, come to an end: what they
 * free then is not to be found as code.
 */
void vsm_code_loaded_wait(void)
{
	unsigned int i;

	for (i = 0; i < SETTLE_TRIES && !all_started(); i++)
		msleep(SETTLE_MS);
}
