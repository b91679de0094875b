// SPDX-License-Identifier: GPL-2.0
/*
 * vsm-policy: the commands.
 * Must never know the format of a policy, only who does.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "policy.h"

#ifndef VSM_LIBEXECDIR
#define VSM_LIBEXECDIR "/usr/lib/vsm"
#endif

#define MAX_OBJECT (4 * 1024 * 1024)
#define MAX_PAYLOAD (256 * 1024 * 1024)
#define MAX_EVENTS (64 * 1024 * 1024)
#define MAX_CERTIFICATE (64 * 1024)

static int fail(const char *file, const char *reason)
{
	fprintf(stderr, "%s: %s\n", file, reason);
	return 1;
}

static int fail_errno(const char *file, int ret)
{
	return fail(file, strerror(-ret));
}

/* A certificate that the text names, relative to where the text is. */
static int read_certificate(const char *text, const char *name,
			    uint8_t **ret_der, size_t *ret_len)
{
	const char *slash = strrchr(text, '/');
	int dir = slash ? (int)(slash - text) + 1 : 0;
	uint8_t *data;
	size_t len;
	char *path;
	int ret;

	if (asprintf(&path, "%.*s%s", *name == '/' ? 0 : dir, text, name) < 0)
		return -ENOMEM;
	ret = file_read(path, MAX_CERTIFICATE, &data, &len);
	free(path);
	if (ret)
		return ret;
	ret = certificate_der(data, len, ret_der, ret_len);
	free(data);
	return ret;
}

/* Text -> policy; complaints have been printed when it fails. */
static int parse_file(struct policy *policy, const char *file)
{
	struct diag diag = {
		.file = file, .out = stderr,
		.read_certificate = read_certificate,
	};
	uint8_t *text;
	size_t len;
	int ret;

	ret = file_read(file, POLICY_MAX_TEXT, &text, &len);
	if (ret)
		return fail_errno(file, ret);
	ret = policy_parse(policy, (char *)text, len, &diag);
	free(text);
	return ret ? 1 : 0;
}

static int cmd_check(int argc, char **argv)
{
	int failed = 0;

	for (int i = 1; i < argc; i++) {
		struct policy policy;

		policy_init(&policy);
		if (parse_file(&policy, argv[i]))
			failed = 1;
		policy_free(&policy);
	}
	return failed;
}

static int compile(const char *file, const char *output)
{
	struct policy policy;
	uint8_t *data;
	size_t len;
	int ret;

	policy_init(&policy);
	ret = parse_file(&policy, file);
	if (ret)
		goto out;
	ret = policy_encode(&policy, &data, &len);
	if (ret) {
		ret = fail_errno(file, ret);
		goto out;
	}
	ret = file_write(output, data, len);
	if (ret)
		ret = fail_errno(output, ret);
	free(data);
out:
	policy_free(&policy);
	return ret;
}

static int cmd_compile(int argc, char **argv)
{
	(void)argc;
	return compile(argv[1], argv[2]);
}

/* A signed object says who signed it, in comments, above the policy. */
static int show(const char *file, const uint8_t *data, size_t len)
{
	struct container container = { .payload = data, .payload_len = len };
	uint8_t digest[POLICY_DIGEST_LEN];
	struct policy policy;
	const char *reason;

	if (container_present(data, len) &&
	    container_open(&container, data, len, &reason))
		return fail(file, reason);

	policy_init(&policy);
	if (policy_decode(&policy, container.payload, container.payload_len,
			  &reason)) {
		policy_free(&policy);
		return fail(file, reason);
	}
	if (container.cert &&
	    !digest_bytes(container.cert, container.cert_len, digest)) {
		fputs("# Signed (signature not verified), certificate\n# ",
		      stdout);
		print_digest(stdout, digest);
		fputc('\n', stdout);
	}
	policy_print(&policy, stdout);
	policy_free(&policy);
	return 0;
}

static int cmd_show(int argc, char **argv)
{
	uint8_t *data;
	size_t len;
	int ret;

	(void)argc;
	ret = file_read(argv[1], MAX_OBJECT, &data, &len);
	if (ret)
		return fail_errno(argv[1], ret);
	ret = show(argv[1], data, len);
	free(data);
	return ret;
}

static int digest_image(const char *file, const uint8_t *data, size_t len,
			uint8_t *digest)
{
	struct container container = { .payload = data, .payload_len = len };
	const char *reason;

	if (container_present(data, len) &&
	    container_open(&container, data, len, &reason))
		return fail(file, reason);
	if (digest_bytes(container.payload, container.payload_len, digest))
		return fail(file, "no SHA-256 in libcrypto");
	return 0;
}

/* The certificate itself, or the one that a signed object carries. */
static int digest_signer(const char *file, const uint8_t *data, size_t len,
			 uint8_t *digest)
{
	struct container container = { .cert = data, .cert_len = len };
	const char *reason;

	if (container_present(data, len) &&
	    container_open(&container, data, len, &reason))
		return fail(file, reason);
	if (digest_certificate(container.cert, container.cert_len, digest))
		return fail(file, "not a certificate");
	return 0;
}

/* What a vmlinuz contains, not the vmlinuz. */
static int digest_kernel(const char *file, const uint8_t *data, size_t len,
			 uint8_t *digest)
{
	if (len < 4 || memcmp(data, "\177ELF", 4))
		return fail(file, "not the unpacked payload of a vmlinuz");
	if (digest_payload(data, len, digest))
		return fail(file, "no SHA-256 in libcrypto");
	return 0;
}

static int cmd_digest(int argc, char **argv)
{
	uint8_t digest[POLICY_DIGEST_LEN];
	const char *file = argv[2];
	uint8_t *data;
	size_t len;
	int ret;

	(void)argc;
	ret = file_read(file, strcmp(argv[1], "kernel") ? MAX_OBJECT :
			MAX_PAYLOAD, &data, &len);
	if (ret)
		return fail_errno(file, ret);
	if (!strcmp(argv[1], "signer"))
		ret = digest_signer(file, data, len, digest);
	else if (!strcmp(argv[1], "image"))
		ret = digest_image(file, data, len, digest);
	else if (!strcmp(argv[1], "kernel"))
		ret = digest_kernel(file, data, len, digest);
	else
		ret = fail(argv[1], "not \"signer\", \"image\" or \"kernel\"");
	free(data);
	if (ret)
		return ret;
	print_digest(stdout, digest);
	fputc('\n', stdout);
	return 0;
}

/* $VSM_SIGN, else next to an uninstalled program, else as installed. */
static const char *find_signer(char *path, size_t size)
{
	const char *env = getenv("VSM_SIGN");
	char exe[PATH_MAX];
	ssize_t len;
	char *slash;

	if (env && *env)
		return env;
	len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (len > 0) {
		exe[len] = '\0';
		slash = strrchr(exe, '/');
		*slash = '\0';
		snprintf(path, size, "%s/../../scripts/sign.sh", exe);
		if (!access(path, X_OK))
			return path;
	}
	return VSM_LIBEXECDIR "/sign.sh";
}

static int run_signer(char **options, int nr_options, const char *input,
		      const char *output)
{
	char path[PATH_MAX + 32];
	const char *signer = find_signer(path, sizeof(path));
	const char **argv;
	pid_t pid;
	int status, n = 0;

	argv = calloc((size_t)nr_options + 5, sizeof(*argv));
	if (!argv)
		return fail_errno(signer, -ENOMEM);
	argv[n++] = signer;
	for (int i = 0; i < nr_options; i++)
		argv[n++] = options[i];
	argv[n++] = "policy";
	argv[n++] = input;
	argv[n++] = output;

	pid = fork();
	if (!pid) {
		execv(signer, (char **)(uintptr_t)argv);
		_exit(fail_errno(signer, -errno));
	}
	free(argv);
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return fail_errno(signer, -errno);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* sign TEXT OUTPUT [OPTION of sign.sh]...: compile and sign in one step. */
static int cmd_sign(int argc, char **argv)
{
	char tmp[] = "/tmp/vsm-policy.XXXXXX";
	int fd, ret;

	fd = mkstemp(tmp);
	if (fd < 0)
		return fail_errno(tmp, -errno);
	close(fd);
	ret = compile(argv[1], tmp);
	if (!ret)
		ret = run_signer(argv + 3, argc - 3, tmp, argv[2]);
	unlink(tmp);
	return ret;
}

static int cmd_draft(int argc, char **argv)
{
	unsigned int line;
	uint8_t *text;
	size_t len;
	int ret;

	(void)argc;
	ret = file_read(argv[1], MAX_EVENTS, &text, &len);
	if (ret)
		return fail_errno(argv[1], ret);
	ret = policy_draft((char *)text, len, stdout, &line);
	free(text);
	if (!ret)
		return 0;
	fprintf(stderr, "%s:%u: %s\n", argv[1], line,
		ret == -EBADMSG ? "not a line of \"vsmctl --json events\"" :
		ret == -EPROTO ? "an event of no class that is known" :
		strerror(-ret));
	return 1;
}

static const struct command {
	const char *name;
	int min_args;
	int max_args;
	const char *args;
	const char *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "check", 1, INT_MAX, "TEXT...",
	  "say whether each would compile", cmd_check },
	{ "compile", 2, 2, "TEXT BINARY",
	  "compile, not signed", cmd_compile },
	{ "sign", 2, INT_MAX, "TEXT SIGNED [OPTION]...",
	  "compile and sign; options are those of sign.sh", cmd_sign },
	{ "show", 1, 1, "FILE",
	  "print a binary or signed policy as text", cmd_show },
	{ "draft", 1, 1, "EVENTS",
	  "policy for what an audit saw, as text", cmd_draft },
	{ "digest", 2, 2, "signer|image|kernel FILE",
	  "SHA-256 of a certificate, a payload, a kernel", cmd_digest },
};

#define NR_COMMANDS ARRAY_SIZE(commands)

static int usage(FILE *out, int ret)
{
	fputs("Usage: vsm-policy COMMAND ARGUMENT...\n\n", out);
	for (size_t i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-8s%-27s%s\n", commands[i].name,
			commands[i].args, commands[i].help);
	fputs("\nFILE \"-\" is standard input or output.  See vsm-policy(8).\n",
	      out);
	return ret;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return usage(stderr, 2);
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help"))
		return usage(stdout, 0);

	for (size_t i = 0; i < NR_COMMANDS; i++) {
		const struct command *cmd = &commands[i];

		if (strcmp(argv[1], cmd->name))
			continue;
		if (argc - 2 < cmd->min_args || argc - 2 > cmd->max_args) {
			fprintf(stderr, "Usage: vsm-policy %s %s\n",
				cmd->name, cmd->args);
			return 2;
		}
		return cmd->run(argc - 1, argv + 1);
	}
	fprintf(stderr, "vsm-policy: no such command: %s\n", argv[1]);
	return usage(stderr, 2);
}
