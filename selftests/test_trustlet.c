// SPDX-License-Identifier: GPL-2.0
/*
 * The trustlet of ioctl_test: echoes, spins, faults, or answers too much.
 * Must never need anything but the contract, uapi/vsm/trustlet.h.
 *
 * Built by objects.sh, freestanding and without any library.  TEST_SVN and
 * TEST_NOTE_* let it make variants that must be refused.
 */
#include <vsm/types.h>

#include "../uapi/vsm/scall.h"
#include "../uapi/vsm/trustlet.h"

#ifndef TEST_SVN
#define TEST_SVN	3
#endif
#ifndef TEST_ABI
#define TEST_ABI	VSM_TRUSTLET_ABI
#endif
#ifndef TEST_FLAGS
#define TEST_FLAGS	0
#endif
#ifndef TEST_STACK
#define TEST_STACK	8192
#endif
#ifndef TEST_HEAP
#define TEST_HEAP	4096
#endif
#ifndef TEST_RSVD
#define TEST_RSVD	0
#endif
#ifndef TEST_NAME
#define TEST_NAME	"test"
#endif

#define ECHO_RESULT	(-7)

#define __naked		__attribute__((naked))

struct note {
	__u32 name_size;
	__u32 desc_size;
	__u32 type;
	char name[4];
	struct vsm_trustlet_metadata desc;
};

#ifndef TEST_NO_NOTE
static const struct note note __section(".note.vsm") __used __aligned(4) = {
	.name_size = 4,
	.desc_size = sizeof(struct vsm_trustlet_metadata),
	.type = VSM_TRUSTLET_NOTE,
	.name = VSM_TRUSTLET_NOTE_NAME,
	.desc = {
		.abi = TEST_ABI,
		.svn = TEST_SVN,
		.uuid = { 0x76, 0x73, 0x6d, 0x2d, 0x74, 0x65, 0x73, 0x74,
			  0x80, 0, 0, 0, 0, 0, 0, 1 },
		.name = TEST_NAME,
		.flags = TEST_FLAGS,
		.stack_size = TEST_STACK,
		.heap_size = TEST_HEAP,
		.rsvd = TEST_RSVD,
	},
};
#endif

static unsigned long syscall2(unsigned long nr, unsigned long a,
			      unsigned long b)
{
	unsigned long ret;

	asm volatile("int %[vector]"
		     : "=a" (ret)
		     : [vector] "i" (VSM_TRUSTLET_VECTOR), "a" (nr), "D" (a),
		       "S" (b)
		     : "memory");
	return ret;
}

static void __noreturn finish(long result, unsigned long bytes)
{
	syscall2(VSM_SYS_RETURN, (unsigned long)result, bytes);
	__builtin_trap();
}

static void __noreturn spin(void)
{
	for (;;)
		asm volatile("pause");
}

static void __noreturn call(unsigned long bytes, unsigned long room)
{
	const char *msg = (const char *)VSM_TRUSTLET_MSG;

	switch (bytes ? msg[0] : 0) {
	case 'S':
		spin();
	case 'F':
		asm volatile("movb $0, 8" : : : "memory");
		finish(0, 0);
	case 'O':
		finish(0, ~0UL);
	default:
		finish(ECHO_RESULT, bytes < room ? bytes : room);
	}
}

__noreturn void trustlet_main(unsigned long why, unsigned long bytes,
			      unsigned long room);
__naked __noreturn void _start(void);

__noreturn void trustlet_main(unsigned long why, unsigned long bytes,
			      unsigned long room)
{
	if (why == VSM_TRUSTLET_ENTRY_INIT)
		finish(0, 0);
	call(bytes, room);
}

/* The stack is as the contract leaves it; the compiler wants it like a call. */
__naked __noreturn void _start(void)
{
	asm("andq $-16, %rsp\n\t"
	    "call trustlet_main\n\t"
	    "ud2");
}
