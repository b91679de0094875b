/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a trustlet is written against.  One file says
 *
 *	TRUSTLET(.name = "hello", .svn = 1, .uuid = { ... },
 *		 .stack_size = 8192);
 *
 * and defines trustlet_init() and trustlet_call().
 */
#ifndef _VSM_TRUSTLET_LIB_H
#define _VSM_TRUSTLET_LIB_H

#include <linux/types.h>
#include <stdarg.h>
#include <vsm/scall.h>
#include <vsm/trustlet.h>
#include <vsm/types.h>

/* Once, at creation; a result that is not zero refuses to start. */
long trustlet_init(void);

/*
 * For each call of the client: @len bytes of message in @msg, to be answered
 * there with at most @room bytes; their number to *@ret_len, which is zero at
 * entry.  The result is the client's.
 */
long trustlet_call(void *msg, size_t len, size_t room, size_t *ret_len);

/* Syscalls; VSM_S_* unless stated. */
__noreturn void trustlet_return(long result, size_t answer_len);
unsigned long trustlet_log(const char *text, size_t len);
unsigned long trustlet_random(void *buf, size_t len);
unsigned long trustlet_identity(struct vsm_trustlet_identity *id);
long long trustlet_time(void);		/* seconds since 1970 */

unsigned long trustlet_syscall(unsigned long nr, unsigned long a0,
			       unsigned long a1, unsigned long a2,
			       unsigned long a3);

/* One line to the console; the formats of the library's vsnprintf(). */
void trustlet_printf(const char *fmt, ...) __printf(1, 2);

/* heap_size bytes, zero at creation */
static inline void *trustlet_heap(void)
{
	return (void *)VSM_TRUSTLET_HEAP;
}

struct trustlet_note {
	__u32 name_size;
	__u32 desc_size;
	__u32 type;
	char name[4];
	struct vsm_trustlet_metadata meta;
};

#define TRUSTLET(...)							\
	__section(".note.vsm") __used __aligned(4)			\
	static const struct trustlet_note trustlet_note = {		\
		.name_size = sizeof(VSM_TRUSTLET_NOTE_NAME),		\
		.desc_size = sizeof(struct vsm_trustlet_metadata),	\
		.type = VSM_TRUSTLET_NOTE,				\
		.name = VSM_TRUSTLET_NOTE_NAME,				\
		.meta = { .abi = VSM_TRUSTLET_ABI, __VA_ARGS__ },	\
	}

#endif /* _VSM_TRUSTLET_LIB_H */
