// SPDX-License-Identifier: GPL-2.0
/*
 * Events of an audit (vsmctl --json events) -> text of a policy that lets pass
 * what the audit let pass, and enforces the rest.
 * Must never make a class looser than audit, nor leave out what it saw.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"

#define MAX_MODULES	64

/* The same class, answer and words, on the same page: counted by the kernel. */
struct kind {
	unsigned int class;
	const char *detail, *answer, *gpa;	/* of the line's object */
	uint64_t count;
};

struct class_seen {
	uint64_t events;
	unsigned int kinds;
	struct json_object *first;	/* the line of the first event */
	const char *modules[MAX_MODULES];
	unsigned int nr_modules;
};

struct draft {
	struct class_seen seen[VSM_CODE_CLASS_MAX];
	struct kind *kinds;
	size_t nr_kinds;
	struct json_object **lines;	/* all of it: words belong to them */
	size_t nr_lines;
	uint64_t lost;
};

static const char *text_of(struct json_object *obj, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(obj, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

static uint64_t number_of(struct json_object *obj, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(obj, key, &value))
		return 0;
	return json_object_get_uint64(value);
}

/* The frame of a page is all of its address but the last three digits. */
static bool same_page(const char *a, const char *b)
{
	size_t len = strlen(a);

	return len == strlen(b) && (len < 3 || !strncmp(a, b, len - 3));
}

static int note_kind(struct draft *d, unsigned int class,
		     struct json_object *obj)
{
	const struct kind new = {
		.class = class, .detail = text_of(obj, "detail"),
		.answer = text_of(obj, "answer"), .gpa = text_of(obj, "gpa"),
		.count = number_of(obj, "count") ? number_of(obj, "count") : 1,
	};
	struct class_seen *seen = &d->seen[class];
	struct kind *kinds;

	for (size_t i = 0; i < d->nr_kinds; i++) {
		struct kind *k = &d->kinds[i];

		if (k->class != class || strcmp(k->detail, new.detail) ||
		    strcmp(k->answer, new.answer) ||
		    !same_page(k->gpa, new.gpa))
			continue;
		if (new.count > k->count) {
			seen->events += new.count - k->count;
			k->count = new.count;
		}
		return 0;
	}
	kinds = reallocarray(d->kinds, d->nr_kinds + 1, sizeof(*kinds));
	if (!kinds)
		return -ENOMEM;
	d->kinds = kinds;
	d->kinds[d->nr_kinds++] = new;
	seen->events += new.count;
	seen->kinds++;
	return 0;
}

static void note_module(struct class_seen *seen, const char *module)
{
	if (!*module || seen->nr_modules == MAX_MODULES)
		return;
	for (unsigned int i = 0; i < seen->nr_modules; i++) {
		if (!strcmp(seen->modules[i], module))
			return;
	}
	seen->modules[seen->nr_modules++] = module;
}

static int note_event(struct draft *d, struct json_object *obj)
{
	int class = class_from_name(text_of(obj, "class"));

	d->lost += number_of(obj, "lost");
	if (strcmp(text_of(obj, "type"), "code"))
		return 0;
	if (class <= 0)
		return -EPROTO;
	if (!d->seen[class].first)
		d->seen[class].first = obj;
	note_module(&d->seen[class], text_of(obj, "module"));
	return note_kind(d, (unsigned int)class, obj);
}

static int note_line(struct draft *d, const char *text, size_t len)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object **lines, *obj;
	int ret = -EBADMSG;

	if (!tok)
		return -ENOMEM;
	obj = json_tokener_parse_ex(tok, text, (int)len);
	/* An object is whole without what would follow it. */
	if (json_tokener_get_error(tok) == json_tokener_success &&
	    json_tokener_get_parse_end(tok) == len &&
	    json_object_is_type(obj, json_type_object))
		ret = 0;
	json_tokener_free(tok);
	if (!ret) {
		lines = reallocarray(d->lines, d->nr_lines + 1,
				     sizeof(struct json_object *));
		if (!lines)
			ret = -ENOMEM;
	}
	if (ret) {
		json_object_put(obj);
		return ret;
	}
	d->lines = lines;
	d->lines[d->nr_lines++] = obj;
	return note_event(d, obj);
}

/* What others say goes into comments: no line of a policy begins in it. */
static void print_word(FILE *out, const char *word)
{
	for (; *word; word++)
		fputc(*word >= ' ' && *word <= '~' ? *word : '?', out);
}

static void print_first(FILE *out, struct json_object *obj)
{
	const char *address = text_of(obj, "gva");
	const char *target = text_of(obj, "target");
	const char *process = text_of(obj, "process");

	fputs("#   first: ", out);
	print_word(out, text_of(obj, "detail"));
	fputs(", address ", out);
	print_word(out, *address ? address : "0x0");
	if (*target) {
		fputs(" = ", out);
		print_word(out, target);
	}
	fputs("\n#   by ", out);
	print_word(out, text_of(obj, "rip"));
	if (*text_of(obj, "symbol")) {
		fputs(" = ", out);
		print_word(out, text_of(obj, "symbol"));
	}
	if (*process) {
		fputs(", process ", out);
		print_word(out, process);
		fprintf(out, "[%" PRIu64 "]", number_of(obj, "pid"));
	}
	fputc('\n', out);
}

static void print_class(FILE *out, unsigned int class,
			const struct class_seen *seen)
{
	/* Enforcing what was not even audited would end all processes. */
	if (class == VSM_CODE_CLASS_USER && !seen->first)
		return;
	fprintf(out, "\n# %s\n", class_about(class));
	if (!seen->first) {
		fprintf(out, "code %s enforce\n", class_name(class));
		return;
	}
	fprintf(out, "#   %" PRIu64 " times, of %u kinds\n", seen->events,
		seen->kinds);
	print_first(out, seen->first);
	for (unsigned int i = 0; i < seen->nr_modules; i++) {
		fputs("#   module: ", out);
		print_word(out, seen->modules[i]);
		fputc('\n', out);
	}
	if (seen->nr_modules == MAX_MODULES)
		fputs("#   and other modules\n", out);
	fprintf(out, "code %s audit\n", class_name(class));
}

/* Of the events themselves, so that the same give the same draft. */
static void print_id(FILE *out, const uint8_t *digest)
{
	fputs("id ", out);
	for (int i = 0; i < POLICY_ID_LEN; i++) {
		unsigned int byte = digest[i];

		/* A UUID of whatever its maker likes (RFC 9562, version 8). */
		if (i == 6)
			byte = 0x80 | (byte & 0xf);
		if (i == 8)
			byte = 0x80 | (byte & 0x3f);
		fprintf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ?
			"-" : "", byte);
	}
	fputc('\n', out);
}

static void print_draft(FILE *out, const struct draft *d, const uint8_t *digest)
{
	fprintf(out, "# Draft of a policy, from %zu events", d->nr_lines);
	if (d->lost)
		fprintf(out, "; %" PRIu64 " MORE WERE LOST", d->lost);
	fputs(".  What code integrity\n# let pass in audit stays in audit: look at each.\n\n",
	      out);
	print_id(out, digest);
	fputs("version 1\npool base\nname \"draft\"\ntrustlets enforce\n", out);
	for (unsigned int class = 1; class < VSM_CODE_CLASS_MAX; class++)
		print_class(out, class, &d->seen[class]);
}

static void draft_free(struct draft *d)
{
	for (size_t i = 0; i < d->nr_lines; i++)
		json_object_put(d->lines[i]);
	free(d->lines);
	free(d->kinds);
}

/* -EBADMSG, -EPROTO with *ret_line: not an event, or of no class we know. */
int policy_draft(const char *text, size_t len, FILE *out,
		 unsigned int *ret_line)
{
	const char *end = text + len, *nl, *stop;
	uint8_t digest[POLICY_DIGEST_LEN];
	struct draft d = { 0 };
	int ret = 0;

	*ret_line = 0;
	for (; text < end && !ret; text = nl ? nl + 1 : end) {
		nl = memchr(text, '\n', (size_t)(end - text));
		stop = nl ? nl : end;
		++*ret_line;
		if (stop > text)
			ret = note_line(&d, text, (size_t)(stop - text));
	}
	if (!ret)
		ret = digest_bytes((const uint8_t *)(end - len), len, digest);
	if (!ret)
		print_draft(out, &d, digest);
	draft_free(&d);
	return ret;
}
