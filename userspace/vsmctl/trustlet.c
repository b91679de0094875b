// SPDX-License-Identifier: GPL-2.0
/*
 * vsmctl trustlet: creates one, sends it one message, prints its answer.
 * Must never leave a trustlet behind.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vsmctl.h"

struct session {
	int fd;
	uint64_t id;
	struct vsm_trustlet_info info;
	void *message;
	size_t message_size;
	uint8_t *answer;
	size_t answer_size;
	int64_t result;
};

static int read_message(const struct options *opt, struct session *s)
{
	int ret;

	if (opt->file) {
		ret = vsm_file_read(opt->file, VSM_MESSAGE_MAX, &s->message,
				    &s->message_size);
		if (ret)
			return fail(opt, opt->file, ret, strerror(-ret));
	} else {
		s->message = strdup(opt->message ? opt->message : "");
		s->message_size = s->message ? strlen(s->message) : 0;
	}
	s->answer = malloc(VSM_MESSAGE_MAX);
	s->answer_size = VSM_MESSAGE_MAX;
	if (!s->message || !s->answer)
		return fail(opt, "message", -ENOMEM, strerror(ENOMEM));
	return EXIT_OK;
}

static int create(const struct options *opt, const char *file,
		  struct session *s)
{
	void *object;
	size_t size;
	int ret;

	ret = vsm_file_read(file, VSM_OBJECT_MAX, &object, &size);
	if (ret)
		return fail(opt, file, ret, strerror(-ret));
	ret = vsm_trustlet_create(s->fd, object, size, &s->id);
	free(object);
	if (ret)
		return fail(opt, file, ret, vsm_strerror(ret));
	ret = vsm_trustlet_info(s->fd, s->id, &s->info);
	if (ret)
		return fail(opt, file, ret, vsm_strerror(ret));
	return EXIT_OK;
}

static bool printable(const uint8_t *bytes, size_t nr)
{
	while (nr--) {
		int c = *bytes++;

		if (!isprint(c) && c != '\n' && c != '\t')
			return false;
	}
	return true;
}

static void print_answer(const struct session *s)
{
	if (printable(s->answer, s->answer_size)) {
		printf("  %-12s%.*s\n", "answer", (int)s->answer_size,
		       (const char *)s->answer);
		return;
	}
	printf("  %-12s%zu bytes:", "answer", s->answer_size);
	for (size_t i = 0; i < s->answer_size; i++)
		printf("%s%02x", i % 16 ? " " : "\n    ", s->answer[i]);
	putchar('\n');
}

static void print_text(const struct session *s)
{
	char uuid[VSM_UUID_TEXT], digest[VSM_SHA256_TEXT];

	vsm_uuid(s->info.uuid, uuid);
	printf("trustlet %s\n", (const char *)s->info.name);
	printf("  %-12s%s\n", "identity", uuid);
	printf("  %-12s%u\n", "SVN", s->info.svn);
	vsm_hex(s->info.image_sha256, 32, digest);
	printf("  %-12s%s\n", "image", digest);
	vsm_hex(s->info.signer_sha256, 32, digest);
	printf("  %-12s%s\n", "signer", digest);
	printf("  %-12s%lld\n", "result", (long long)s->result);
	print_answer(s);
}

/* The answer as bytes in hexadecimal, and as text where it is text. */
static void add_answer(struct json_object *obj, const struct session *s)
{
	char *hex = malloc(2 * s->answer_size + 1);

	if (hex) {
		vsm_hex(s->answer, s->answer_size, hex);
		json_add_str(obj, "answer_hex", hex);
		free(hex);
	}
	if (printable(s->answer, s->answer_size))
		json_object_object_add(obj, "answer",
				       json_object_new_string_len((const char *)s->answer,
								  (int)s->answer_size));
}

static void print_as_json(const struct session *s)
{
	struct json_object *obj = json_object_new_object();
	char uuid[VSM_UUID_TEXT];

	vsm_uuid(s->info.uuid, uuid);
	json_add_str(obj, "name", (const char *)s->info.name);
	json_add_str(obj, "uuid", uuid);
	json_add_u64(obj, "svn", s->info.svn);
	json_add_u64(obj, "flags", s->info.flags);
	json_add_hex(obj, "image_sha256", s->info.image_sha256,
		     sizeof(s->info.image_sha256));
	json_add_hex(obj, "signer_sha256", s->info.signer_sha256,
		     sizeof(s->info.signer_sha256));
	json_object_object_add(obj, "result",
			       json_object_new_int64(s->result));
	add_answer(obj, s);
	print_json(obj);
}

static int run(const struct options *opt, const char *file, struct session *s)
{
	int ret;

	ret = read_message(opt, s);
	if (ret)
		return ret;
	ret = create(opt, file, s);
	if (ret)
		return ret;
	ret = vsm_trustlet_call(s->fd, s->id, s->message, s->message_size,
				s->answer, &s->answer_size, &s->result);
	if (ret)
		return fail(opt, file, ret, vsm_strerror(ret));
	ret = vsm_trustlet_destroy(s->fd, s->id);
	if (ret)
		return fail(opt, file, ret, vsm_strerror(ret));

	if (opt->json)
		print_as_json(s);
	else
		print_text(s);
	return EXIT_OK;
}

/* Closing the device ends a trustlet that an error left in it. */
int cmd_trustlet_run(const struct options *opt, int argc, char **argv)
{
	struct session s = { 0 };
	int ret;

	(void)argc;
	s.fd = vsm_open();
	if (s.fd < 0)
		return fail_device(opt, s.fd);
	ret = run(opt, argv[0], &s);
	close(s.fd);
	free(s.message);
	free(s.answer);
	return ret;
}
