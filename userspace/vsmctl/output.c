// SPDX-License-Identifier: GPL-2.0
/*
 * Errors and JSON on their way out.
 * Must never print an error without its reason.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vsmctl.h"

/* error: a negative errno, 0 where there is none. */
int fail(const struct options *opt, const char *what, int error,
	 const char *reason)
{
	struct json_object *obj;

	fprintf(stderr, "vsmctl: %s: %s\n", what, reason);
	if (!opt->json)
		return EXIT_FAILED;
	obj = json_object_new_object();
	json_add_str(obj, "error", reason);
	json_add_str(obj, "what", what);
	if (error)
		json_add_str(obj, "errno", strerrorname_np(-error));
	print_json(obj);
	return EXIT_FAILED;
}

int fail_device(const struct options *opt, int error)
{
	switch (error) {
	case -ENOENT:
	case -ENXIO:
	case -ENODEV:
		return fail(opt, VSM_DEVICE, error,
			    "the module is not loaded; \"vsmctl check\" says whether it can be");
	case -EACCES:
		return fail(opt, VSM_DEVICE, error,
			    "no permission to open it; try as root");
	default:
		return fail(opt, VSM_DEVICE, error, vsm_strerror(error));
	}
}

void print_json(struct json_object *obj)
{
	puts(json_object_to_json_string_ext(obj, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	fflush(stdout);
	json_object_put(obj);
}

void json_add_str(struct json_object *obj, const char *key, const char *value)
{
	json_object_object_add(obj, key, json_object_new_string(value));
}

void json_add_u64(struct json_object *obj, const char *key, uint64_t value)
{
	json_object_object_add(obj, key, json_object_new_uint64(value));
}

void json_add_bool(struct json_object *obj, const char *key, bool value)
{
	json_object_object_add(obj, key, json_object_new_boolean(value));
}

/* As text: readers of JSON have no more than 53 bits for a number. */
void json_add_address(struct json_object *obj, const char *key,
		      uint64_t address)
{
	char text[19];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	json_add_str(obj, key, text);
}

void json_add_hex(struct json_object *obj, const char *key,
		  const uint8_t *bytes, size_t nr)
{
	char text[2 * 64 + 1];

	if (nr > 64)
		nr = 64;
	vsm_hex(bytes, nr, text);
	json_add_str(obj, key, text);
}
