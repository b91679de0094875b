// SPDX-License-Identifier: GPL-2.0
/*
 * vsmctl events: prints events until told to stop.
 * Must never skip a loss of events silently.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "vsmctl.h"

/* Datagrams taken from the socket before looking at signals again. */
#define BATCH	64

struct follower {
	const struct options *opt;
	uint64_t seen;
	bool stop;
	bool gone;
};

static void print_text(const struct vsm_event *event, uint64_t lost)
{
	char text[1024];

	if (lost)
		printf("lost %llu events\n", (unsigned long long)lost);
	vsm_event_text(event, text, sizeof(text));
	printf("%llu %s\n", (unsigned long long)event->seq, text);
	fflush(stdout);
}

static void add_text(struct json_object *obj, const char *key,
		     const char *text)
{
	char buf[256];

	vsm_printable(text, buf, sizeof(buf));
	if (buf[0])
		json_add_str(obj, key, buf);
}

/* Where it happened, and who did it, as far as that is known. */
static void add_context(struct json_object *obj, const struct vsm_event *event)
{
	char access[40], module[64];

	vsm_access_name(event->access, access, sizeof(access));
	json_add_str(obj, "access", access);
	json_add_address(obj, "rip", event->rip);
	json_add_address(obj, "gva", event->gva);
	json_add_address(obj, "gpa", event->gpa);
	add_text(obj, "symbol", event->symbol);
	add_text(obj, "target", event->target);
	if (vsm_symbol_module(event->target, module, sizeof(module)) ||
	    vsm_symbol_module(event->symbol, module, sizeof(module)))
		add_text(obj, "module", module);
	if (event->count)
		json_add_u64(obj, "count", event->count);
	if (event->pid)
		json_add_u64(obj, "pid", event->pid);
	add_text(obj, "process", event->comm);
}

static void print_as_json(const struct vsm_event *event, uint64_t lost)
{
	struct json_object *obj = json_object_new_object();

	json_add_u64(obj, "seq", event->seq);
	if (lost)
		json_add_u64(obj, "lost", lost);
	json_add_str(obj, "type", vsm_event_name(event->type));
	json_add_u64(obj, "tsc", event->tsc);
	json_add_u64(obj, "cpu", event->cpu);
	if (event->type == VSM_EVENT_CODE) {
		json_add_str(obj, "class",
			     vsm_code_class_name(event->code_class));
		json_add_str(obj, "answer",
			     event->audit ? "audited" : "refused");
	}
	if (event->type == VSM_EVENT_MEMORY || event->type == VSM_EVENT_CODE)
		add_context(obj, event);
	json_add_str(obj, "detail", event->detail);
	print_json(obj);
}

static void print_notice(const struct follower *f, const char *text)
{
	struct json_object *obj;

	if (!f->opt->json) {
		printf("%s\n", text);
		fflush(stdout);
		return;
	}
	obj = json_object_new_object();
	json_add_str(obj, "notice", text);
	print_json(obj);
}

static void handle_notice(enum vsm_notice notice,
			  const struct vsm_event *event, uint64_t lost,
			  void *arg)
{
	struct follower *f = arg;

	if (f->stop)
		return;
	switch (notice) {
	case VSM_NOTICE_EVENT:
		if (f->opt->json)
			print_as_json(event, lost);
		else
			print_text(event, lost);
		if (++f->seen == f->opt->count)
			f->stop = true;
		break;
	case VSM_NOTICE_LOST:
		print_notice(f, "events were lost");
		break;
	case VSM_NOTICE_MALFORMED:
		print_notice(f, "malformed message");
		break;
	case VSM_NOTICE_GONE:
		print_notice(f, "the module has been unloaded");
		f->stop = true;
		f->gone = true;
		break;
	}
}

/* Blocked and read as a descriptor: a signal ends the loop, not a line. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* Milliseconds to wait, -1 for ever; 0: the time is over. */
static int remaining(const struct options *opt, int64_t start)
{
	int64_t left;

	if (!opt->timeout)
		return -1;
	left = start + (int64_t)opt->timeout * 1000 - now_ms();
	if (left <= 0)
		return 0;
	return left > 1000000 ? 1000000 : (int)left;
}

static int follow(struct vsm_nl *nl, struct follower *f, int sigfd)
{
	struct pollfd fds[] = {
		{ .fd = vsm_nl_fd(nl), .events = POLLIN },
		{ .fd = sigfd, .events = POLLIN },
	};
	int64_t start = now_ms();

	while (!f->stop) {
		int timeout = remaining(f->opt, start);
		int ret;

		if (!timeout)
			break;
		ret = poll(fds, ARRAY_SIZE(fds), timeout);
		if (ret < 0 && errno != EINTR)
			return -errno;
		if (ret > 0 && fds[1].revents)
			break;
		if (ret > 0 && fds[0].revents) {
			ret = vsm_nl_receive(nl, BATCH);
			if (ret)
				return ret;
		}
	}
	return 0;
}

int cmd_events(const struct options *opt, int argc, char **argv)
{
	struct follower f = { .opt = opt };
	struct vsm_nl *nl;
	int sigfd, ret;

	(void)argc;
	(void)argv;
	if (opt->timeout > 1000000000)
		return fail(opt, "--timeout", 0, "too long");
	ret = vsm_nl_open(&nl);
	if (ret)
		return fail_device(opt, ret);
	sigfd = open_signals();
	ret = sigfd < 0 ? -errno : vsm_nl_subscribe(nl, handle_notice, &f);
	if (!ret)
		ret = follow(nl, &f, sigfd);
	vsm_nl_close(nl);
	if (sigfd >= 0)
		close(sigfd);
	if (ret)
		return fail(opt, "events", ret, vsm_strerror(ret));
	/* Fewer than asked for is a failure, so that a script can wait. */
	return f.gone || f.seen < opt->count ? EXIT_FAILED : EXIT_OK;
}
