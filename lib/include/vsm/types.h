/* SPDX-License-Identifier: GPL-2.0 */
/* Base types of freestanding code (hypervisor, secure kernel) and its host tests. */
#ifndef _VSM_TYPES_H
#define _VSM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

typedef u64 gpa_t;		/* guest-physical address */
typedef u64 gva_t;		/* guest-virtual address */
typedef u64 spa_t;		/* system-physical address */

#ifndef static_assert
#define static_assert _Static_assert
#endif

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define ALIGN(x, a)		(((x) + (a) - 1) & ~((u64)(a) - 1))
#define ALIGN_DOWN(x, a)	((x) & ~((u64)(a) - 1))
#define IS_ALIGNED(x, a)	(((x) & ((u64)(a) - 1)) == 0)
#define BIT(n)			(1U << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define GENMASK_ULL(h, l)	((~0ULL >> (63 - (h))) & (~0ULL << (l)))
#define MIN(a, b)		((a) < (b) ? (a) : (b))
#define MAX(a, b)		((a) > (b) ? (a) : (b))

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

#define __packed		__attribute__((packed))
#define __aligned(n)		__attribute__((aligned(n)))
#define __section(s)		__attribute__((section(s)))
#define __used			__attribute__((used))
#define __noreturn		__attribute__((noreturn))
#define __noinline		__attribute__((noinline))
#define __inlined		__attribute__((always_inline))
#define __maybe_unused		__attribute__((unused))
#define __printf(f, a)		__attribute__((format(printf, f, a)))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)

#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define barrier()		({ __asm__ volatile("" ::: "memory"); })

#define PAGE_SHIFT		12
#define PAGE_SIZE		4096UL
#define PAGE_MASK		(~(u64)(PAGE_SIZE - 1))
#define SIZE_2M			0x200000UL
#define SIZE_1G			0x40000000UL
#define SIZE_4G			0x100000000UL

#endif /* _VSM_TYPES_H */
