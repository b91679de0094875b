// SPDX-License-Identifier: GPL-2.0
/*
 * filter_probe [N]: a socket filter, which the kernel compiles to code of its
 * own where the BPF JIT is on; N times.  Prints "filtered" when what it is to
 * keep back was kept back and the rest came.
 */
#include <errno.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define INSNS	4

/* Messages that begin with @letter; others are dropped. */
static int attach(int fd, char letter)
{
	struct sock_filter code[INSNS] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, letter, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = { INSNS, code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
			  sizeof(prog));
}

static int filter(char letter)
{
	char got = 0, other = letter + 1;
	int fd[2], ret = -1;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fd))
		return -1;
	if (attach(fd[1], letter))
		goto out;
	/* The sender of what is dropped is not told. */
	if (send(fd[0], &other, 1, 0) < 0 && errno != EPERM)
		goto out;
	if (send(fd[0], &letter, 1, 0) != 1)
		goto out;
	if (recv(fd[1], &got, 1, 0) == 1 && got == letter &&
	    recv(fd[1], &got, 1, 0) < 0 && errno == EAGAIN)
		ret = 0;
out:
	close(fd[0]);
	close(fd[1]);
	return ret;
}

int main(int argc, char **argv)
{
	int i, n = argc > 1 ? atoi(argv[1]) : 1;

	for (i = 0; i < n; i++) {
		if (filter('a' + i % 20)) {
			perror("filter");
			return 1;
		}
	}
	printf("filtered\n");
	return 0;
}
