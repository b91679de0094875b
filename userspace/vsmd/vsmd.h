/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vsmd: what its files share.
 */
#ifndef VSMD_H
#define VSMD_H

#include <stdbool.h>
#include <stdint.h>

#include "../libvsm/libvsm.h"
#include "../libvsm/util.h"

/* log.c: to the journal with fields, else to stderr */
void log_init(void);
__printf(2, 3) void log_line(int priority, const char *fmt, ...);
void log_event(const struct vsm_event *event);

/* privilege.c */
int privilege_drop(const char *user);
int privilege_raise(void);
void privilege_lower(void);

/* policy.c */
int policy_load(const char *path);

/* loop.c */
struct daemon {
	const char *policy;
	struct vsm_nl *nl;
	int epoll;
	int signals;
	int watchdog;		/* -1: systemd does not ask for it */
	bool stop;
	int error;
	uint64_t events;
	uint64_t lost;
};

int loop_open(struct daemon *d);
int loop_run(struct daemon *d);
void loop_close(struct daemon *d);

#endif /* VSMD_H */
