// SPDX-License-Identifier: GPL-2.0
/*
 * Turns fs-verity on for a file: SHA-256 or SHA-512, blocks of 4096 bytes, no
 * salt.  Must never succeed where the file has no digest afterwards.
 *
 *   verity_enable FILE [1|2]
 */
#include <fcntl.h>
#include <linux/fsverity.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct fsverity_enable_arg arg = {
		.version = 1,
		.hash_algorithm = argc > 2 ? (unsigned int)atoi(argv[2]) :
					     FS_VERITY_HASH_ALG_SHA256,
		.block_size = 4096,
	};
	union {
		struct fsverity_digest digest;
		char room[sizeof(struct fsverity_digest) + 64];
	} u = { .digest.digest_size = 64 };
	int fd;

	fd = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0 || ioctl(fd, FS_IOC_ENABLE_VERITY, &arg) ||
	    ioctl(fd, FS_IOC_MEASURE_VERITY, &u)) {
		perror(argc > 1 ? argv[1] : "verity_enable");
		return EXIT_FAILURE;
	}
	close(fd);
	printf("%s:", u.digest.digest_algorithm == FS_VERITY_HASH_ALG_SHA256 ?
	       "sha256" : "sha512");
	for (unsigned int i = 0; i < u.digest.digest_size; i++)
		printf("%02x", u.digest.digest[i]);
	putchar('\n');
	return EXIT_SUCCESS;
}
