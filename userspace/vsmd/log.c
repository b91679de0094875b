// SPDX-License-Identifier: GPL-2.0
/*
 * Lines and events for the journal, or for stderr where there is none.
 * Must never block the daemon on a full log.
 */
#define SD_JOURNAL_SUPPRESS_LOCATION

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "vsmd.h"

static bool journal;

/* JOURNAL_STREAM names the socket that systemd made stderr: is it still? */
void log_init(void)
{
	const char *env = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	if (env && sscanf(env, "%llu:%llu", &dev, &ino) == 2 &&
	    !fstat(STDERR_FILENO, &st))
		journal = st.st_dev == dev && st.st_ino == ino;
}

void log_line(int priority, const char *fmt, ...)
{
	char line[1280];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (journal)
		sd_journal_send("PRIORITY=%d", priority, "MESSAGE=%s", line,
				NULL);
	else
		fprintf(stderr, "vsmd: %s\n", line);
}

static int event_priority(const struct vsm_event *event)
{
	switch (event->type) {
	case VSM_EVENT_MEMORY:
	case VSM_EVENT_CODE:
	case VSM_EVENT_LOSS:
		return LOG_WARNING;
	case VSM_EVENT_LOCK:
		return LOG_NOTICE;
	default:
		return LOG_INFO;
	}
}

void log_event(const struct vsm_event *event)
{
	char text[1024];
	char comm[sizeof(event->comm)], symbol[sizeof(event->symbol)];
	char target[sizeof(event->target)];
	int priority = event_priority(event);

	vsm_event_text(event, text, sizeof(text));
	if (!journal) {
		log_line(priority, "event %" PRIu64 " %s", event->seq, text);
		return;
	}
	vsm_printable(event->comm, comm, sizeof(comm));
	vsm_printable(event->symbol, symbol, sizeof(symbol));
	vsm_printable(event->target, target, sizeof(target));
	sd_journal_send("PRIORITY=%d", priority,
			"MESSAGE=event %" PRIu64 " %s", event->seq, text,
			"VSM_EVENT_SEQ=%" PRIu64, event->seq,
			"VSM_EVENT_TYPE=%s", vsm_event_name(event->type),
			"VSM_EVENT_TSC=%" PRIu64, event->tsc,
			"VSM_EVENT_CPU=%" PRIu32, event->cpu,
			"VSM_EVENT_RIP=0x%" PRIx64, event->rip,
			"VSM_EVENT_GVA=0x%" PRIx64, event->gva,
			"VSM_EVENT_GPA=0x%" PRIx64, event->gpa,
			"VSM_EVENT_ACCESS=%" PRIu32, event->access,
			"VSM_EVENT_CLASS=%s",
			vsm_code_class_name(event->code_class),
			"VSM_EVENT_AUDIT=%" PRIu32, event->audit,
			"VSM_EVENT_COUNT=%" PRIu64, event->count,
			"VSM_EVENT_PID=%" PRIu32, event->pid,
			"VSM_EVENT_COMM=%s", comm,
			"VSM_EVENT_SYMBOL=%s", symbol,
			"VSM_EVENT_TARGET=%s", target,
			NULL);
}
