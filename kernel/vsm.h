/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The driver's shared state and the few prototypes that every file needs.
 */
#ifndef _VSM_KERNEL_VSM_H
#define _VSM_KERNEL_VSM_H

#define pr_fmt(fmt) "vsm: " fmt

#include <linux/cpumask.h>
#include <linux/types.h>

#include "../uapi/linux/vsm.h"
#include "../uapi/vsm/scall.h"

struct vsm_chunk {
	struct page *pages;	/* NULL: not allocated */
	unsigned int order;
	phys_addr_t pa;
};

/* One secure call: arguments in, results out (see uapi/vsm/scall.h). */
struct vsm_scall {
	u64 fn;
	u64 arg[5];
	u64 status;		/* VSM_S_* */
	u64 ret[3];
};

/* scall.c */
int vsm_scall(struct vsm_scall *sc, bool killable);
int vsm_scall_must(struct vsm_scall *sc);
int vsm_scall_errno(u64 status);
const char *vsm_scall_name(u64 status);

/* bulk.c: scatter lists over kernel pages (see struct vsm_sg) */
struct vsm_bulk {
	struct page **pages;	/* data pages, nr_pages of them */
	unsigned int nr_pages;
	struct page **list;	/* list pages (struct vsm_sg) */
	unsigned int nr_list;
	u32 size;		/* bytes of data */
	void *copy;		/* what is named, when it is our own */
};

struct vsm_bulk *vsm_bulk_alloc(u32 size);
struct vsm_bulk *vsm_bulk_names(const void *addr, size_t size);
struct vsm_bulk *vsm_bulk_of(const void *data, size_t size);
void vsm_bulk_free(struct vsm_bulk *bulk);
int vsm_bulk_copy_from_user(struct vsm_bulk *bulk, u64 uaddr, u32 size);
int vsm_bulk_copy_to_user(const struct vsm_bulk *bulk, u64 uaddr, u32 size);
u64 vsm_bulk_gpa(const struct vsm_bulk *bulk);
int vsm_bulk_tell(struct vsm_scall *sc, struct vsm_bulk *names);

/* policy.c */
int vsm_policy_load(const struct vsm_bulk *bulk, u64 *ret_version);

/* verify.c: a signed object against the root built into the module */
struct vsm_verified {
	const void *payload;	/* within the caller's buffer */
	size_t payload_len;
	u8 sha256[32];		/* of the payload */
};

int vsm_verify(const void *data, size_t len, const char *eku,
	       struct vsm_verified *ret);

/* chardev.c, genl.c, debugfs.c: appear last, disappear first */
int vsm_chardev_init(void);
void vsm_chardev_exit(void);
int vsm_genl_init(void);
void vsm_genl_exit(void);
void vsm_debugfs_init(void);
void vsm_debugfs_exit(void);

/* status.c: what is known of the machine, for every interface */
int vsm_status(struct vsm_info *info);
int vsm_code_status(struct vsm_code_status *status);
const char *vsm_code_class_name(u32 class);

/* code.c */
const char *vsm_code_mode_name(u32 mode);

/* event.c: numbered events to the netlink group and the log */
struct vsm_event {
	u32 type;		/* enum vsm_event_type */
	u32 cpu;
	u64 tsc;
	u64 rip;
	u64 gva;
	u64 gpa;
	u32 access;		/* VSM_ACCESS_* */
	u32 class;		/* enum vsm_code_class */
	bool audit;		/* let pass, where it would have been refused */
	u64 count;		/* of its kind so far; 0: not counted */
	u32 pid;		/* 0: not known */
	const char *comm;	/* NULL: not known */
	const char *detail;
};

void vsm_event(const struct vsm_event *event);
int vsm_event_init(void);
void vsm_event_exit(void);

/* main.c: state of the machine; written during init and exit only */
struct vsm_machine {
	u32 state;		/* VSM_STATE_* */
	u32 nr_cpus;
	u64 hv_bytes;
	u64 vtl1_bytes;
	u32 cpuid_base;
	bool debug;		/* the secure kernel is to test itself */
	bool stopping;		/* from the shutdown of the secure kernel on */
	u32 code_mode;		/* VSM_CODE_MODE_*, 0: off */
	u8 image_sha256[32];
};

extern struct vsm_machine vsm_machine;

/* public.c: the pages that the hypervisor lets VTL0 read */
struct hv_public;
extern const struct hv_public *vsm_hv_public;

#endif /* _VSM_KERNEL_VSM_H */
