/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vsmctl: what its commands share.
 */
#ifndef VSMCTL_H
#define VSMCTL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "../libvsm/libvsm.h"
#include "../libvsm/util.h"

/* Exit status. */
#define EXIT_OK		0
#define EXIT_FAILED	1
#define EXIT_USAGE	2
#define EXIT_REFUSED	3	/* of a question: the answer is no */

struct options {
	bool json;
	bool verbose;
	const char *message;
	const char *file;
	const char *signature;
	bool verity;
	uint64_t count;		/* 0: no limit */
	uint64_t timeout;	/* seconds, 0: none */
};

typedef int (*command_fn)(const struct options *opt, int argc, char **argv);

int cmd_status(const struct options *opt, int argc, char **argv);
int cmd_check(const struct options *opt, int argc, char **argv);
int cmd_policy_load(const struct options *opt, int argc, char **argv);
int cmd_trustlet_run(const struct options *opt, int argc, char **argv);
int cmd_events(const struct options *opt, int argc, char **argv);
int cmd_file_check(const struct options *opt, int argc, char **argv);
int cmd_file_allow(const struct options *opt, int argc, char **argv);
int cmd_file_digest(const struct options *opt, int argc, char **argv);
int cmd_tlfs(const struct options *opt, int argc, char **argv);

/* status.c: from the driver; complete: with what only root is told */
int status_read(struct vsm_info *info, bool *complete);

/* output.c: the one place that decides between text and JSON for errors */
int fail(const struct options *opt, const char *what, int error,
	 const char *reason);
int fail_device(const struct options *opt, int error);
void print_json(struct json_object *obj);
void json_add_str(struct json_object *obj, const char *key, const char *value);
void json_add_u64(struct json_object *obj, const char *key, uint64_t value);
void json_add_bool(struct json_object *obj, const char *key, bool value);
void json_add_address(struct json_object *obj, const char *key,
		      uint64_t address);
void json_add_hex(struct json_object *obj, const char *key,
		  const uint8_t *bytes, size_t nr);

#endif /* VSMCTL_H */
