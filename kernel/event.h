/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbered events as they are kept and sent (see struct vsm_event in vsm.h).
 */
#ifndef _VSM_KERNEL_EVENT_H
#define _VSM_KERNEL_EVENT_H

#include <linux/compiler_attributes.h>
#include <linux/types.h>

#include "../uapi/vsm/scall.h"

#define VSM_EVENTS_KEPT		128
#define VSM_EVENT_DETAIL_MAX	96	/* with the NUL */
#define VSM_EVENT_SYMBOL_MAX	128	/* with the NUL */

struct vsm_event_record {
	u64 seq;		/* from 1; a gap is loss */
	u64 tsc;
	u64 rip;
	u64 gva;
	u64 gpa;
	u32 type;		/* enum vsm_event_type */
	u32 cpu;
	u32 access;		/* VSM_ACCESS_* */
	u32 class;		/* enum vsm_code_class */
	u32 pid;
	bool audit;
	u64 count;
	char comm[VSM_TASK_COMM + 1];
	char symbol[VSM_EVENT_SYMBOL_MAX];	/* of rip */
	char target[VSM_EVENT_SYMBOL_MAX];	/* of gva */
	char detail[VSM_EVENT_DETAIL_MAX];
};

/* event.c */
const char *vsm_event_name(u32 type);
bool vsm_event_next(u64 after, struct vsm_event_record *ret);
__printf(2, 3) void vsm_event_note(u32 type, const char *fmt, ...);

/* genl.c: to the multicast group; losing an event is not an error */
void vsm_genl_send(const struct vsm_event_record *rec);

#endif /* _VSM_KERNEL_EVENT_H */
