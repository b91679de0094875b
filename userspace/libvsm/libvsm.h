/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libvsm: /dev/vsm and the netlink family "vsm" for programs.
 *
 * Functions return 0 or a descriptor, else a negative errno, whose meaning is
 * stated in linux/vsm.h; vsm_strerror() puts it into words.
 */
#ifndef LIBVSM_H
#define LIBVSM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "linux/vsm.h"
#include "linux/vsm_netlink.h"

#define VSM_DEVICE		"/dev/vsm"
#define VSM_OBJECT_MAX		(4U * 1024 * 1024)
#define VSM_MESSAGE_MAX		65536U

/* device.c: -EPROTONOSUPPORT if driver and library differ in ABI version. */
int vsm_open(void);
int vsm_info(int fd, struct vsm_info *ret_info);
int vsm_code_status(int fd, struct vsm_code_status *ret_status);
int vsm_policy_load(int fd, const void *object, size_t size,
		    uint64_t *ret_version);
int vsm_trustlet_create(int fd, const void *object, size_t size,
			uint64_t *ret_id);
int vsm_trustlet_call(int fd, uint64_t id, const void *message, size_t size,
		      void *answer, size_t *answer_size, int64_t *ret_result);
int vsm_trustlet_info(int fd, uint64_t id,
		      struct vsm_trustlet_info *ret_info);
int vsm_trustlet_destroy(int fd, uint64_t id);
int vsm_file_check(int fd, struct vsm_file_check *check);

/* netlink.c */
struct vsm_nl;

/* What happened, as the driver tells it; fields that it left out are zero. */
struct vsm_event {
	uint64_t seq;
	uint64_t tsc;
	uint64_t rip;
	uint64_t gva;
	uint64_t gpa;
	uint32_t type;		/* enum vsm_event_type */
	uint32_t cpu;
	uint32_t access;	/* VSM_ACCESS_* */
	uint32_t code_class;	/* enum vsm_code_class */
	uint32_t audit;		/* 1: let pass; enforced, it would be refused */
	uint64_t count;		/* of its kind so far; 0: not counted */
	uint32_t pid;		/* 0: not known */
	char comm[32];
	char symbol[160];	/* what is at rip, and at gva, with its module */
	char target[160];
	char detail[256];
};

enum vsm_notice {
	VSM_NOTICE_EVENT,	/* an event */
	VSM_NOTICE_LOST,	/* events were lost: the kernel dropped them */
	VSM_NOTICE_MALFORMED,	/* a message that is no event of this ABI */
	VSM_NOTICE_GONE,	/* the driver has been unloaded */
};

/*
 * event: VSM_NOTICE_EVENT only.  lost: how many events before this one never
 * came, 0 where that cannot be known yet.
 */
typedef void (*vsm_notice_fn)(enum vsm_notice notice,
			      const struct vsm_event *event, uint64_t lost,
			      void *arg);

int vsm_nl_open(struct vsm_nl **ret_nl);
void vsm_nl_close(struct vsm_nl *nl);
int vsm_nl_status(struct vsm_nl *nl, struct vsm_info *ret_info);
int vsm_nl_subscribe(struct vsm_nl *nl, vsm_notice_fn notice, void *arg);
int vsm_nl_fd(struct vsm_nl *nl);
int vsm_nl_receive(struct vsm_nl *nl, unsigned int max);

/* names.c */
const char *vsm_strerror(int error);
const char *vsm_event_name(uint32_t type);
const char *vsm_code_class_name(uint32_t code_class);
const char *vsm_code_class_about(uint32_t code_class);
const char *vsm_code_mode_name(uint32_t mode);
const char *vsm_file_rule_text(uint32_t rule);
const char *vsm_file_algorithm_name(uint32_t algorithm);
void vsm_printable(const char *text, char *buf, size_t size);
bool vsm_symbol_module(const char *symbol, char *buf, size_t size);
void vsm_access_name(uint32_t access, char *buf, size_t size);
void vsm_event_text(const struct vsm_event *event, char *buf, size_t size);
void vsm_hex(const uint8_t *bytes, size_t nr, char *ret_text);
void vsm_uuid(const uint8_t *uuid, char *ret_text);

#define VSM_UUID_TEXT		37
#define VSM_SHA256_TEXT		65

/* file.c */
int vsm_file_read(const char *path, size_t max, void **ret_data,
		  size_t *ret_size);

#endif /* LIBVSM_H */
