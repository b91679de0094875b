// SPDX-License-Identifier: GPL-2.0
/*
 * The first trustlet: tells the console who it is, and answers a message with
 * the same text in capitals.
 * Must never take the length of a message for the room of its answer.
 */
#include <trustlet.h>
#include <vsm/printf.h>
#include <vsm/string.h>

TRUSTLET(.name = "hello", .svn = 1,
	 .uuid = { 0x76, 0x73, 0x6d, 0x00, 0x68, 0x65, 0x4c, 0x6c,
		   0x8f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01 },
	 .flags = VSM_TRUSTLET_FLAG_DEBUG, .stack_size = 8192);

static unsigned long calls;

long trustlet_init(void)
{
	struct vsm_trustlet_identity id;
	char uuid[33];
	int i;

	if (trustlet_identity(&id))
		return -1;
	for (i = 0; i < 16; i++)
		snprintf(uuid + 2 * i, 3, "%02x", id.uuid[i]);
	trustlet_printf("I am %s, %s, SVN %u", id.name, uuid, id.svn);
	return 0;
}

long trustlet_call(void *msg, size_t len, size_t room, size_t *ret_len)
{
	static const char greeting[] = "HELLO FROM VTL1: ";
	const size_t n = sizeof(greeting) - 1;
	char *text = msg;
	size_t i;

	if (room < n)
		return -1;
	if (len > room - n)
		len = room - n;
	for (i = 0; i < len; i++)
		if (text[i] >= 'a' && text[i] <= 'z')
			text[i] -= 'a' - 'A';
	memmove(text + n, text, len);
	memcpy(text, greeting, n);
	*ret_len = n + len;
	trustlet_printf("call %lu, %lu bytes", ++calls, len);
	return 0;
}
