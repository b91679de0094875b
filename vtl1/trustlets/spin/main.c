// SPDX-License-Identifier: GPL-2.0
/*
 * Never ends a call, for tests of preemption and of killing.
 * Must never make a syscall while it spins.
 */
#include <trustlet.h>

TRUSTLET(.name = "spin", .svn = 1,
	 .uuid = { 0x76, 0x73, 0x6d, 0x00, 0x73, 0x70, 0x49, 0x6e,
		   0x8f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02 },
	 .flags = VSM_TRUSTLET_FLAG_DEBUG, .stack_size = 4096);

long trustlet_init(void)
{
	return 0;
}

/* A message of a decimal number turns that many rounds; else for ever. */
long trustlet_call(void *msg, size_t len, size_t room, size_t *ret_len)
{
	const char *text = msg;
	unsigned long rounds = 0, i;

	(void)room;
	(void)ret_len;
	for (i = 0; i < len && text[i] >= '0' && text[i] <= '9'; i++)
		rounds = rounds * 10 + (text[i] - '0');
	for (i = 0; !rounds || i < rounds; i++)
		__asm__ volatile("pause" ::: "memory");
	return i;
}
