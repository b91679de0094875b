// SPDX-License-Identifier: GPL-2.0
/*
 * Tells the secure kernel where Linux has put a module whose file it has.  Must
 * never be believed: what is in memory is compared with the file.
 */
#include "machine.h"

#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>

#include "code.h"

static_assert(VSM_CODE_PARTS == MOD_MEM_NUM_TYPES);
static_assert(sizeof(struct vsm_code_module) <= PAGE_SIZE);

static int describe_its(const struct module *mod, struct vsm_code_module *desc)
{
#ifdef CONFIG_MITIGATION_ITS
	int i;

	if (mod->its_num_pages > VSM_CODE_ITS_MAX)
		return -E2BIG;
	desc->nr_its = mod->its_num_pages;
	for (i = 0; i < mod->its_num_pages; i++)
		desc->its[i] = (unsigned long)mod->its_page_array[i];
#endif
	return 0;
}

/* What is for the start of a module that has started is gone, or about to go. */
static int describe(const struct module *mod, bool loaded,
		    struct vsm_code_module *desc)
{
	unsigned int i, nr = loaded ? MOD_INIT_TEXT : MOD_MEM_NUM_TYPES;

	strscpy(desc->name, mod->name);
	for (i = 0; i < nr; i++) {
		if (!mod->mem[i].base)
			continue;
		desc->base[i] = (unsigned long)mod->mem[i].base;
		desc->size[i] = PAGE_ALIGN(mod->mem[i].size);
	}
#ifdef CONFIG_SMP
	desc->percpu = (unsigned long)mod->percpu;
#endif
	return describe_its(mod, desc);
}

/**
 * vsm_code_module_add - have a module's memory compared, and made code
 * @mod: complete, and not yet executed unless @loaded
 * @ticket: of its file; used up; 0: there is none
 * @loaded: it was there before code integrity
 *
 * Return: 0; -errno: it is no code.
 */
int vsm_code_module_add(const struct module *mod, u64 ticket, bool loaded)
{
	struct vsm_scall sc = { .fn = VSM_SC_CODE_MODULE };
	struct vsm_code_module *desc;
	int ret;

	if (!ticket && !loaded)
		return -ENOENT;
	desc = (void *)get_zeroed_page(GFP_KERNEL);
	if (!desc) {
		vsm_code_file_drop(ticket);
		return -ENOMEM;
	}
	desc->ticket = ticket;
	desc->flags = loaded ? VSM_CODE_MODULE_LOADED : 0;
	ret = describe(mod, loaded, desc);
	if (ret) {
		vsm_code_file_drop(ticket);
	} else {
		sc.arg[0] = virt_to_phys(desc);
		ret = vsm_scall_must(&sc) ?: vsm_scall_errno(sc.status);
		/* Unless it was taken. */
		if (ret)
			vsm_code_file_drop(ticket);
	}
	free_page((unsigned long)desc);
	if (ret && sc.ret[1])
		pr_warn("%s: not verified: %s, first at %#llx, %pS\n",
			mod->name, vsm_rule_text(sc.ret[0]), sc.ret[1],
			(void *)sc.ret[1]);
	else if (ret)
		pr_warn("%s: not verified: %s\n", mod->name,
			sc.ret[0] ? vsm_rule_text(sc.ret[0]) :
				    vsm_scall_name(sc.status));
	return ret;
}

static int tell(const struct module *mod, u64 what)
{
	struct vsm_scall sc = { .fn = VSM_SC_CODE_REMOVE };
	unsigned int i;

	for (i = 0; i < MOD_MEM_NUM_TYPES && !mod->mem[i].base; i++)
		;
	if (i == MOD_MEM_NUM_TYPES)
		return -ENOENT;
	sc.arg[1] = (unsigned long)mod->mem[i].base;
	sc.arg[2] = what;
	return vsm_scall_must(&sc) ?: vsm_scall_errno(sc.status);
}

/**
 * vsm_code_module_started - a module is initialised, and Linux frees what is for
 * that
 * @mod: the module
 *
 * Return: 0 or -errno; -ENOENT: it was not verified.
 */
int vsm_code_module_started(const struct module *mod)
{
	return tell(mod, VSM_CODE_REMOVE_INIT);
}

/**
 * vsm_code_module_remove - a module executes nothing any more
 * @mod: the module
 *
 * Return: 0 or -errno; -ENOENT: it was not verified.
 */
int vsm_code_module_remove(const struct module *mod)
{
	return tell(mod, VSM_CODE_REMOVE_ALL);
}
