// SPDX-License-Identifier: GPL-2.0
/*
 * The event loop: netlink, signals, watchdog.  Bounded work per turn.
 * Must never lose an event without saying so.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "vsmd.h"

/* Datagrams a turn, so that signals and watchdog get their turn in a flood. */
#define BATCH	64

static void handle_notice(enum vsm_notice notice,
			  const struct vsm_event *event, uint64_t lost,
			  void *arg)
{
	struct daemon *d = arg;

	switch (notice) {
	case VSM_NOTICE_EVENT:
		if (lost) {
			d->lost += lost;
			log_line(LOG_ERR, "lost %" PRIu64 " events before event %"
				 PRIu64, lost, event->seq);
		}
		d->events++;
		log_event(event);
		break;
	case VSM_NOTICE_LOST:
		log_line(LOG_ERR, "events arrive faster than they are read; some are lost");
		break;
	case VSM_NOTICE_MALFORMED:
		log_line(LOG_ERR, "malformed message from the driver");
		break;
	case VSM_NOTICE_GONE:
		log_line(LOG_NOTICE, "the module has been unloaded");
		d->stop = true;
		break;
	}
}

static int watch(struct daemon *d, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(d->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

static int open_signals(struct daemon *d)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return d->signals < 0 ? -errno : watch(d, d->signals);
}

/* Twice as often as systemd expects a sign of life. */
static int open_watchdog(struct daemon *d)
{
	struct itimerspec its = { 0 };
	uint64_t usec;

	if (sd_watchdog_enabled(1, &usec) <= 0)
		return 0;
	usec /= 2;
	its.it_interval.tv_sec = (time_t)(usec / 1000000);
	its.it_interval.tv_nsec = (long)(usec % 1000000) * 1000;
	its.it_value = its.it_interval;
	d->watchdog = timerfd_create(CLOCK_MONOTONIC,
				     TFD_CLOEXEC | TFD_NONBLOCK);
	if (d->watchdog < 0 || timerfd_settime(d->watchdog, 0, &its, NULL))
		return -errno;
	return watch(d, d->watchdog);
}

int loop_open(struct daemon *d)
{
	int ret;

	d->signals = -1;
	d->watchdog = -1;
	d->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (d->epoll < 0)
		return -errno;
	/* Signals first: from here on none of them kills half-way. */
	ret = open_signals(d);
	if (!ret)
		ret = vsm_nl_open(&d->nl);
	if (!ret)
		ret = vsm_nl_subscribe(d->nl, handle_notice, d);
	if (!ret)
		ret = watch(d, vsm_nl_fd(d->nl));
	if (!ret)
		ret = open_watchdog(d);
	return ret;
}

void loop_close(struct daemon *d)
{
	vsm_nl_close(d->nl);
	if (d->watchdog >= 0)
		close(d->watchdog);
	if (d->signals >= 0)
		close(d->signals);
	if (d->epoll >= 0)
		close(d->epoll);
}

/* A policy that is refused leaves the old one in force. */
static void reload(struct daemon *d)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld",
		   ts.tv_sec * 1000000LL + ts.tv_nsec / 1000);
	if (policy_load(d->policy) == -ENOENT)
		log_line(LOG_ERR, "policy %s: no such file", d->policy);
	sd_notify(0, "READY=1");
}

static void handle_signals(struct daemon *d)
{
	struct signalfd_siginfo info;

	while (read(d->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload(d);
		else
			d->stop = true;
	}
}

static void handle_watchdog(struct daemon *d)
{
	uint64_t expirations;

	if (read(d->watchdog, &expirations, sizeof(expirations)) ==
	    sizeof(expirations))
		sd_notifyf(0, "WATCHDOG=1\nSTATUS=%" PRIu64 " events, %" PRIu64
			   " lost", d->events, d->lost);
}

static void handle(struct daemon *d, int fd)
{
	if (fd == d->signals)
		handle_signals(d);
	else if (fd == d->watchdog)
		handle_watchdog(d);
	else
		d->error = vsm_nl_receive(d->nl, BATCH);
}

int loop_run(struct daemon *d)
{
	struct epoll_event events[3];

	while (!d->stop && !d->error) {
		int nr = epoll_wait(d->epoll, events, 3, -1);

		if (nr < 0 && errno != EINTR)
			return -errno;
		for (int i = 0; i < nr; i++)
			handle(d, events[i].data.fd);
	}
	return d->error;
}
