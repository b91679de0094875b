// SPDX-License-Identifier: GPL-2.0
/*
 * vsmctl policy: hands a signed policy over.
 * Must never look into it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vsmctl.h"

/* What is so of policies only. */
static const char *why(int ret)
{
	switch (ret) {
	case -EACCES:
		return "looser than what is locked until the next boot";
	case -EOPNOTSUPP:
		return "it asks for a processor with MBEC";
	default:
		return vsm_strerror(ret);
	}
}

int cmd_policy_load(const struct options *opt, int argc, char **argv)
{
	struct json_object *obj;
	uint64_t version;
	void *data;
	size_t size;
	int fd, ret;

	(void)argc;
	ret = vsm_file_read(argv[0], VSM_OBJECT_MAX, &data, &size);
	if (ret)
		return fail(opt, argv[0], ret, strerror(-ret));
	fd = vsm_open();
	if (fd < 0) {
		free(data);
		return fail_device(opt, fd);
	}
	ret = vsm_policy_load(fd, data, size, &version);
	close(fd);
	free(data);
	if (ret)
		return fail(opt, argv[0], ret, why(ret));

	if (opt->json) {
		obj = json_object_new_object();
		json_add_u64(obj, "version", version);
		print_json(obj);
	} else {
		printf("policy loaded, version %llu\n",
		       (unsigned long long)version);
	}
	return EXIT_OK;
}
