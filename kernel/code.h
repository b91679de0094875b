/* SPDX-License-Identifier: GPL-2.0 */
/* Code integrity, VTL0's side: what its files share. */
#ifndef _VSM_KERNEL_CODE_H
#define _VSM_KERNEL_CODE_H

#include <linux/types.h>
#include <linux/verification.h>

struct module;

/* code.c: is nothing protected any more? */
bool vsm_code_released(void);

/*
 * code_file.c: signed files that the secure kernel has.  A ticket is 0 where the
 * mode lets pass what it does not accept.
 */
int vsm_code_file_init(void);
void vsm_code_file_exit(void);
int vsm_code_file_give(const void *data, size_t len, const void *cms,
		       size_t cms_len, u64 *ret_ticket);
void vsm_code_file_drop(u64 ticket);
u64 vsm_code_file_mine(void);	/* what this task has given; 0: nothing */
long vsm_code_file_check(const void *data, size_t len, const void *cms,
			 size_t cms_len, struct key *trusted,
			 enum key_being_used_for usage);

/* code_module.c */
int vsm_code_module_add(const struct module *mod, u64 ticket, bool loaded);
int vsm_code_module_started(const struct module *mod);
int vsm_code_module_remove(const struct module *mod);

struct vsm_file_data {
	u8 *data;		/* of vmalloc() */
	size_t size;
};

/* unpack.c */
int vsm_unpack(const char *suffix, const struct vsm_file_data *packed,
	       size_t max, struct vsm_file_data *ret);
int vsm_unzstd(const struct vsm_file_data *f, u8 *out, size_t size);

/* module_file.c: where a loaded module came from */
/* Is @name, which may have dashes, that of @module, which may not? */
bool vsm_module_same_name(const char *name, size_t len, const char *module);
int vsm_module_index_read(struct vsm_file_data *ret_index);
int vsm_module_file_give(const struct vsm_file_data *index, const char *module,
			 u64 *ret_ticket);

/* code_kprobe.c: what is probed, for slots */
void vsm_code_kprobe_init(void);
void vsm_code_kprobe_exit(void);
u64 vsm_code_kprobe_probed(size_t len);	/* 0: it is no slot */

/* code_user.c */
void vsm_code_user_found(void);

/* code_loaded.c: what was there before */
int vsm_code_loaded(void);
u64 vsm_code_loaded_ticket(const struct module *mod);
void vsm_code_loaded_wait(void);

#endif /* _VSM_KERNEL_CODE_H */
