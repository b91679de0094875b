/* SPDX-License-Identifier: GPL-2.0 */
/* The secure kernel's global state and the functions its files share. */
#ifndef _VSM_SK_SK_H
#define _VSM_SK_SK_H

#include <asm/sk_insn.h>
#include <linux/types.h>
#include <vsm/bug.h>
#include <vsm/loader.h>
#include <vsm/scall.h>
#include <vsm/spinlock.h>
#include <vsm/string.h>
#include <vsm/synic.h>
#include <vsm/types.h>
#include <vsm/vtl.h>

#include "range.h"

/* Address space; everything but the image and stacks is the direct map. */
#define SK_DIRECT		0xffff800000000000ULL
#define SK_DIRECT_SIZE		0x0000400000000000ULL
#define SK_STACKS		0xffffff9000000000ULL
#define SK_HEAP			0xffffffa000000000ULL
#define SK_HEAP_MAX		0x1000000ULL
#define SK_STAGE		0xffffffb000000000ULL

#define SK_SVN			1

/* Build flags that VSM_SC_VERSION answers with. */
#define SK_BUILD_FLAGS		0

#define SK_VINA_VECTOR		0x30

enum sk_state {
	SK_BOOTING,
	SK_RUNNING,
	SK_SHUT_DOWN,
	SK_BROKEN,		/* an exception of its own; serves the log only */
};

struct sk {
	u32 state;			/* enum sk_state; atomic */
	struct vsm_loader_block loader;	/* boot only; entropy scrubbed */
	struct range_list vtl0;		/* boot only: what VTL0 may name */
	u64 kernel_cr3;			/* boot only */
	u64 cr0, cr4;			/* boot only: of every VP */
	bool gbpages;			/* boot only */
	bool sha;			/* boot only: SHA extensions */
};

extern struct sk sk;
extern bool sk_has_smap;
extern u64 sk_direct;

/* Results of a VTL call in, arguments of the next one out. */
struct scall_regs {
	u64 rdi;
	u64 rsi;
	u64 rdx;
	u64 r8;
	u64 r9;
	u64 r10;
};

enum sk_state sk_state(void);
void sk_set_state(enum sk_state state);

/*
 * A VP that dies takes its locks with it, and the secure kernel is broken from
 * then on.  False: so it is, and the lock is nobody's.
 */
bool sk_wait_turn(const struct spinlock *lock, u32 ticket);
__noreturn void sk_die(void);		/* as a VP that had an exception */

static inline bool sk_try_lock(struct spinlock *lock)
{
	u32 ticket = spin_queue(lock);

	return spin_has_turn(lock, ticket) || sk_wait_turn(lock, ticket);
}

/* With interrupts off already. */
static inline void sk_lock_only(struct spinlock *lock)
{
	if (!sk_try_lock(lock))
		sk_die();
}

/* Lock with interrupts off; what is returned goes to sk_unlock(). */
static inline u64 sk_lock(struct spinlock *lock)
{
	u64 flags = irq_save();

	sk_lock_only(lock);
	return flags;
}

static inline void sk_unlock(struct spinlock *lock, u64 flags)
{
	spin_unlock(lock);
	irq_restore(flags);
}

/* Direct map; while booting, the driver's identity map. */
static inline void *pa_va(u64 pa)
{
	return (void *)(sk_direct + pa);
}

static inline u64 va_pa(const void *va)
{
	return (u64)va - sk_direct;
}

u64 sk_image_pa(const void *va);

/* log.c */
void sk_log(const char *fmt, ...) __printf(1, 2);
u32 sk_log_read(void *dst, u32 max, u64 pos, u64 *ret_next);

/* page.c: pages come zeroed and are scrubbed when freed */
void page_give(u64 pa, u64 size);
u64 page_alloc(void);			/* physical address; 0: none left */
u64 page_alloc_user(void);		/* the same, but leaves a reserve */
void page_free(u64 pa);
void page_count(u64 *ret_total, u64 *ret_free);

/* heap.c */
bool heap_setup(void);
u64 heap_idle_bytes(void);
void heap_scrub(void);			/* nobody may use it afterwards */
void *sk_calloc(size_t n, size_t size);
void sk_free(void *p);

/* hvcall.c */
bool hv_setup(void);
u64 hv_protect_own(void);
u64 hv_protect_list(const u64 *pfn, u32 nr, u32 map_flags);
u64 hv_protect(u64 base, u64 size, u32 map_flags);
bool hv_set_default_mask(u64 mask);
u64 hv_set_register(u32 name, u64 value);
u64 hv_set_vtl0_register(u32 name, u64 low, u64 high);
u64 hv_get_vtl0_register(u32 name, u64 *ret_value);
u64 hv_enable_vp(u32 index, const void *context);

/* event.c */
void event_setup(void);
struct vsm_sk_event event_of_memory(u8 rule,
				    const struct hv_x64_memory_intercept *m);
bool event_put(struct vsm_sk_event *event);	/* false: it is lost */
void event_memory(u8 rule, bool audit, const struct hv_x64_memory_intercept *m);
struct vsm_sk_event event_of_register(u8 rule,
				      const struct hv_x64_register_intercept *m);
bool event_page_is(u64 gpa);
u64 scall_events(const u64 arg[5], u64 ret[3]);
u64 scall_events_read(const u64 arg[5], u64 ret[3]);

/* clock.c */
s64 sk_time(void);

/* random.c */
bool random_setup(const u8 *seed, size_t len);
bool random_get(void *dst, size_t n);
void random_scrub(void);
void random_wipe(void);			/* the same, takes no lock */

/* services */
u64 scall_enable_vp(const u64 arg[5], u64 ret[3]);

/* scall.c */
void scall_dispatch(struct scall_regs *regs);
__noreturn void scall_loop(u64 status, u64 detail);

/* entry.S */
void vtl_return(struct scall_regs *regs);
void vtl_return_boot(struct scall_regs *regs);
u64 vtl_return_timed(struct scall_regs *regs);
void vtl_return_early(void);
__noreturn void stack_call(void *top, void (*fn)(void *arg), void *arg);
void sk_entry_vp(void);
extern const void *sk_vtl_return_code;
extern u8 sk_hypercall_page[PAGE_SIZE];
extern u8 trap_entries[256][16];
extern const u8 sk_root_cert[], sk_root_cert_end[];

/* Linker script. */
extern u8 sk_text[], sk_text_end[], sk_rodata_end[], sk_end[];

#endif /* _VSM_SK_SK_H */
