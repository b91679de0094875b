// SPDX-License-Identifier: GPL-2.0
/*
 * kexec_image load|unload: a page for kexec that is no kernel, and never run.
 * Exit status: 0, or the errno.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SOMEWHERE	0x1000000UL	/* 16 MiB: RAM on any machine */
#define PAGE		4096UL

int main(int argc, char **argv)
{
	static char page[PAGE];
	struct kexec_segment segment = {
		.buf = page, .bufsz = sizeof(page),
		.mem = (void *)SOMEWHERE, .memsz = sizeof(page),
	};
	unsigned long nr;

	if (argc != 2 || (strcmp(argv[1], "load") && strcmp(argv[1], "unload")))
		return 255;
	nr = !strcmp(argv[1], "load");
	if (!syscall(SYS_kexec_load, nr ? SOMEWHERE : 0UL, nr, &segment,
		     KEXEC_ARCH_DEFAULT))
		return 0;
	printf("kexec_load: %s\n", strerror(errno));
	return errno;
}
