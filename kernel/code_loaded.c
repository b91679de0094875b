// SPDX-License-Identifier: GPL-2.0
/*
 * Modules that were there before code integrity: has the secure kernel compare
 * each with its file, in the order in which they were loaded, so that what a
 * module imports from comes before it.
 * Must never be believed, nor look at a module that may go meanwhile.
 *
 * Source: mod_sysfs_setup() and free_module() of kernel/module, for when a module
 * is in /sys/module.
 */
#include "machine.h"

#include <linux/delay.h>
#include <linux/kobject.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "code.h"

static char *trust[64];
static unsigned int nr_trust;
module_param_array(trust, charp, &nr_trust, 0444);
MODULE_PARM_DESC(trust, "modules that are taken as they are when code integrity starts, as NAME,NAME...");

/*
 * How long modules that are just being loaded may take; and when that is not
 * because they wait for us.
 */
#define SETTLE_MS	20
#define SETTLE_TRIES	250
#define SETTLE_ALONE	50

/* All of them: modules.dep, and what came of it. */
struct tally {
	struct vsm_file_data index;
	unsigned int verified;
	unsigned int trusted;
	unsigned int failed;
};

static bool is_trusted(const struct module *mod)
{
	unsigned int i;

	for (i = 0; i < nr_trust; i++)
		if (vsm_module_same_name(trust[i], strlen(trust[i]), mod->name))
			return true;
	return false;
}

/* --- one module -------------------------------------------------------------------- */

/* Without a file, the secure kernel is to know that, too. */
static void verify(const struct module *mod, struct tally *tally)
{
	u64 ticket;

	if (is_trusted(mod)) {
		pr_warn("%s: taken as it is, as was asked for\n", mod->name);
		tally->trusted++;
		return;
	}
	vsm_module_file_give(&tally->index, mod->name, &ticket);
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
	struct vsm_file_data index;
	u64 ticket = 0;

	if (vsm_module_index_read(&index))
		return 0;
	vsm_module_file_give(&index, mod->name, &ticket);
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

	vsm_module_index_read(&tally.index);
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
