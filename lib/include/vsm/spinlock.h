/* SPDX-License-Identifier: GPL-2.0 */
/* Ticket lock; the holder runs with interrupts off. */
#ifndef _VSM_SPINLOCK_H
#define _VSM_SPINLOCK_H

#include <asm/insn.h>

struct spinlock {
	u32 next;
	u32 owner;
};

/* spin_lock() in two: who does not wait for its turn leaves the lock to nobody. */
static inline u32 spin_queue(struct spinlock *lock)
{
	return __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
}

static inline bool spin_has_turn(const struct spinlock *lock, u32 ticket)
{
	return __atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) == ticket;
}

static inline void spin_lock(struct spinlock *lock)
{
	u32 ticket = spin_queue(lock);

	while (!spin_has_turn(lock, ticket))
		cpu_relax();
}

static inline void spin_unlock(struct spinlock *lock)
{
	__atomic_store_n(&lock->owner, lock->owner + 1, __ATOMIC_RELEASE);
}

static inline bool spin_is_locked(const struct spinlock *lock)
{
	return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&lock->next, __ATOMIC_RELAXED);
}

#endif /* _VSM_SPINLOCK_H */
