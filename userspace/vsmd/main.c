// SPDX-License-Identifier: GPL-2.0
/*
 * vsmd: loads the policy, then follows the events of the driver.
 * Must never run on with more privilege than it needs.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>

#include "vsmd.h"

#ifndef VSM_VERSION
#define VSM_VERSION "unknown"
#endif

#define DEFAULT_POLICY	"/etc/vsm/policy.signed"

#define EXIT_OK		0
#define EXIT_FAILED	1
#define EXIT_USAGE	2

struct options {
	const char *policy;	/* NULL: the default, which may be missing */
	const char *user;
};

static int usage(FILE *out, int ret)
{
	fputs("Usage: vsmd [--policy FILE] [--user NAME]\n\n"
	      "  -p, --policy FILE  signed policy to load at start and on SIGHUP\n"
	      "                     [" DEFAULT_POLICY "]\n"
	      "  -u, --user NAME    run as this user\n"
	      "  -V, --version      print the version\n"
	      "\nSee vsmd(8).\n", out);
	return ret;
}

/* -1: go on; else the exit status. */
static int parse_options(struct options *opt, int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "policy", required_argument, NULL, 'p' },
		{ "user", required_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "p:u:hV", long_options,
				NULL)) != -1) {
		switch (c) {
		case 'p':
			opt->policy = optarg;
			break;
		case 'u':
			opt->user = optarg;
			break;
		case 'h':
			return usage(stdout, EXIT_OK);
		case 'V':
			printf("vsmd %s, ABI %d\n", VSM_VERSION,
			       VSM_ABI_VERSION);
			return EXIT_OK;
		default:
			return EXIT_USAGE;
		}
	}
	return optind == argc ? -1 : usage(stderr, EXIT_USAGE);
}

/* Only a default policy may be missing; one that is refused is an error. */
static int load_first_policy(const struct options *opt, const char *path)
{
	int ret = policy_load(path);

	if (ret != -ENOENT)
		return ret;
	if (opt->policy) {
		log_line(LOG_ERR, "policy %s: no such file", path);
		return ret;
	}
	log_line(LOG_WARNING, "no policy at %s; none is loaded", path);
	return 0;
}

/* Without the module there is nothing to do, and no event to miss. */
static int start(struct daemon *d, const struct options *opt)
{
	int ret;

	ret = loop_open(d);
	if (ret) {
		log_line(LOG_ERR, "cannot follow events: %s",
			 vsm_strerror(ret));
		return ret;
	}
	ret = privilege_drop(opt->user);
	if (ret) {
		log_line(LOG_ERR, "cannot drop privileges: %s",
			 strerror(-ret));
		return ret;
	}
	return load_first_policy(opt, d->policy);
}

int main(int argc, char **argv)
{
	struct options opt = { 0 };
	struct daemon d = { .epoll = -1, .signals = -1, .watchdog = -1 };
	int ret;

	ret = parse_options(&opt, argc, argv);
	if (ret >= 0)
		return ret;
	log_init();
	d.policy = opt.policy ? opt.policy : DEFAULT_POLICY;

	ret = start(&d, &opt);
	if (!ret) {
		sd_notify(0, "READY=1\nSTATUS=Following events");
		ret = loop_run(&d);
		sd_notify(0, "STOPPING=1");
		if (ret)
			log_line(LOG_ERR, "stopped: %s", vsm_strerror(ret));
		log_line(LOG_INFO, "%" PRIu64 " events, %" PRIu64 " lost",
			 d.events, d.lost);
	}
	loop_close(&d);
	return ret ? EXIT_FAILED : EXIT_OK;
}
