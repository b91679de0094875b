// SPDX-License-Identifier: GPL-2.0
/*
 * vsmctl OBJECT [COMMAND]: the table of commands and their options.
 * Must never know what a command does.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vsmctl.h"

#ifndef VSM_VERSION
#define VSM_VERSION "unknown"
#endif

/* Options that a command takes on top of --json. */
#define OPT_MESSAGE	(1U << 0)
#define OPT_FILE	(1U << 1)
#define OPT_COUNT	(1U << 2)
#define OPT_TIMEOUT	(1U << 3)
#define OPT_VERBOSE	(1U << 4)
#define OPT_SIGNATURE	(1U << 5)
#define OPT_VERITY	(1U << 6)

static const struct command {
	const char *object;
	const char *command;	/* NULL: the object is the command */
	const char *args;
	int nr_args;
	unsigned int options;
	const char *help;
	command_fn run;
} commands[] = {
	{ "status", NULL, "", 0, 0,
	  "what runs in VTL1 and what it protects", cmd_status },
	{ "check", NULL, "[--verbose]", 0, OPT_VERBOSE,
	  "whether this machine can be demoted", cmd_check },
	{ "policy", "load", "FILE", 1, 0,
	  "hand a signed policy to the secure kernel", cmd_policy_load },
	{ "trustlet", "run", "FILE [-m TEXT | -f FILE]", 1,
	  OPT_MESSAGE | OPT_FILE,
	  "load a trustlet, send it a message", cmd_trustlet_run },
	{ "file", "check", "FILE [-s SIG] [--verity]", 1,
	  OPT_SIGNATURE | OPT_VERITY,
	  "whether policy accepts who signed a file", cmd_file_check },
	{ "file", "allow", "FILE [-s SIG]", 1, OPT_SIGNATURE,
	  "the same, and processes may execute its content", cmd_file_allow },
	{ "file", "digest", "ALGORITHM:HEX -s SIG", 1, OPT_SIGNATURE,
	  "the same of an fs-verity digest", cmd_file_digest },
	{ "events", NULL, "[--count N] [--timeout S]", 0,
	  OPT_COUNT | OPT_TIMEOUT,
	  "print events as they happen", cmd_events },
	{ "tlfs", NULL, "", 0, 0,
	  "which part of the TLFS there is", cmd_tlfs },
};

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "message", required_argument, NULL, 'm' },
	{ "file", required_argument, NULL, 'f' },
	{ "signature", required_argument, NULL, 's' },
	{ "verity", no_argument, NULL, 'y' },
	{ "count", required_argument, NULL, 'n' },
	{ "timeout", required_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static int usage(FILE *out, int ret)
{
	fputs("Usage: vsmctl [--json] OBJECT [COMMAND] [ARGUMENT]...\n\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];
		char head[64];

		snprintf(head, sizeof(head), "%s%s%s %s", c->object,
			 c->command ? " " : "", c->command ? c->command : "",
			 c->args);
		fprintf(out, "  %-42s%s\n", head, c->help);
	}
	fputs("\n  -j, --json       machine-readable output\n"
	      "  -V, --version    print the version\n"
	      "\nSee vsmctl(8).\n", out);
	return ret;
}

static bool parse_number(const char *text, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno;
}

static bool bad_number(const char *option, const char *text)
{
	fprintf(stderr, "vsmctl: %s: \"%s\" is not a number\n", option, text);
	return false;
}

/* given: which of OPT_* were there. */
static bool parse_option(int c, struct options *opt, unsigned int *given)
{
	switch (c) {
	case 'j':
		opt->json = true;
		return true;
	case 'm':
		opt->message = optarg;
		*given |= OPT_MESSAGE;
		return true;
	case 'f':
		opt->file = optarg;
		*given |= OPT_FILE;
		return true;
	case 's':
		opt->signature = optarg;
		*given |= OPT_SIGNATURE;
		return true;
	case 'y':
		opt->verity = true;
		*given |= OPT_VERITY;
		return true;
	case 'n':
		*given |= OPT_COUNT;
		return parse_number(optarg, &opt->count) ||
		       bad_number("--count", optarg);
	case 't':
		*given |= OPT_TIMEOUT;
		return parse_number(optarg, &opt->timeout) ||
		       bad_number("--timeout", optarg);
	case 'v':
		opt->verbose = true;
		*given |= OPT_VERBOSE;
		return true;
	default:
		return false;
	}
}

static const struct command *find_command(int argc, char **argv, int *ret_used)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const struct command *c = &commands[i];
		int words = c->command ? 2 : 1;

		if (argc < words || strcmp(argv[0], c->object))
			continue;
		if (c->command && strcmp(argv[1], c->command))
			continue;
		*ret_used = words;
		return c;
	}
	return NULL;
}

static int run(const struct options *opt, unsigned int given, int argc,
	       char **argv)
{
	const struct command *c;
	int used;

	c = find_command(argc, argv, &used);
	if (!c) {
		fprintf(stderr, "vsmctl: no such command: %s%s%s\n", argv[0],
			argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
		return usage(stderr, EXIT_USAGE);
	}
	if (argc - used != c->nr_args || (given & ~c->options) ||
	    (opt->message && opt->file)) {
		fprintf(stderr, "Usage: vsmctl %s%s%s %s\n", c->object,
			c->command ? " " : "", c->command ? c->command : "",
			c->args);
		return EXIT_USAGE;
	}
	return c->run(opt, argc - used, argv + used);
}

int main(int argc, char **argv)
{
	struct options opt = { 0 };
	unsigned int given = 0;
	int c;

	while ((c = getopt_long(argc, argv, "jm:f:s:n:t:vhV", long_options,
				NULL)) != -1) {
		if (c == 'h')
			return usage(stdout, EXIT_OK);
		if (c == 'V') {
			printf("vsmctl %s, ABI %d\n", VSM_VERSION,
			       VSM_ABI_VERSION);
			return EXIT_OK;
		}
		if (!parse_option(c, &opt, &given))
			return EXIT_USAGE;
	}
	if (optind == argc)
		return usage(stderr, EXIT_USAGE);
	return run(&opt, given, argc - optind, argv + optind);
}
