// SPDX-License-Identifier: GPL-2.0
/*
 * Gives the secure kernel the signed file of each module that Linux loads, at
 * the moment when Linux checks its signature, too.  Must never be trusted: a
 * module whose file was not given does not execute.
 */
#include "machine.h"

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/verification.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "code.h"
#include "code_hook.h"

/* Between signature and memory, a load waits for little else than memory. */
#define TICKET_MAX_AGE	(60 * HZ)

/* How long a load waits for the memory that others have in VTL1. */
#define ROOM_MS		50
#define ROOM_TRIES	100

static struct vsm_code_hook hook = {
	.ip = (unsigned long)verify_pkcs7_signature,
	.stub = vsm_code_file_stub,
	.users = __RWSEM_INITIALIZER(hook.users),
};

struct given {
	struct list_head list;
	struct task_struct *task;	/* that loads the module */
	unsigned long since;
	u64 ticket;
};

static DEFINE_MUTEX(given_lock);
static LIST_HEAD(given);		/* given_lock; oldest first */

static void tidy(struct work_struct *work);
static DECLARE_DELAYED_WORK(tidy_work, tidy);

void vsm_code_file_drop(u64 ticket)
{
	struct vsm_scall sc = {
		.fn = VSM_SC_CODE_FILE_DROP, .arg = { ticket },
	};

	if (ticket)
		vsm_scall_must(&sc);
}

/* --- who has given what ------------------------------------------------------- */

static void forget_locked(struct given *g, bool drop)
{
	list_del(&g->list);
	if (drop)
		vsm_code_file_drop(g->ticket);
	put_task_struct(g->task);
	kfree(g);
}

/* The load has failed without a word, or will not come any more. */
static bool is_stale(const struct given *g)
{
	return READ_ONCE(g->task->exit_state) ||
	       time_after(jiffies, g->since + TICKET_MAX_AGE);
}

static void tidy(struct work_struct *work)
{
	struct given *g, *next;

	mutex_lock(&given_lock);
	list_for_each_entry_safe(g, next, &given, list)
		if (is_stale(g))
			forget_locked(g, true);
	if (!list_empty(&given))
		schedule_delayed_work(&tidy_work, TICKET_MAX_AGE);
	mutex_unlock(&given_lock);
}

static struct given *find_locked(void)
{
	struct given *g;

	list_for_each_entry(g, &given, list)
		if (g->task == current)
			return g;
	return NULL;
}

u64 vsm_code_file_mine(void)
{
	struct given *g;
	u64 ticket = 0;

	mutex_lock(&given_lock);
	g = find_locked();
	if (g) {
		ticket = g->ticket;
		forget_locked(g, false);
	}
	mutex_unlock(&given_lock);
	return ticket;
}

static int remember(u64 ticket)
{
	struct given *g = kzalloc(sizeof(*g), GFP_KERNEL);

	if (!g) {
		vsm_code_file_drop(ticket);
		return -ENOMEM;
	}
	g->task = get_task_struct(current);
	g->since = jiffies;
	g->ticket = ticket;
	mutex_lock(&given_lock);
	list_add_tail(&g->list, &given);
	mutex_unlock(&given_lock);
	schedule_delayed_work(&tidy_work, TICKET_MAX_AGE);
	return 0;
}

/*
 * Others' files are in the way: those of dead loads go at once, the oldest of
 * the rest when nothing else helps.  False: there is nobody to wait for.
 */
static bool make_room(bool last)
{
	struct given *g, *next;
	bool any;

	mutex_lock(&given_lock);
	list_for_each_entry_safe(g, next, &given, list)
		if (is_stale(g))
			forget_locked(g, true);
	any = !list_empty(&given);
	if (any && last)
		forget_locked(list_first_entry(&given, struct given, list),
			      true);
	mutex_unlock(&given_lock);
	return any;
}

/* --- the file itself ------------------------------------------------------------ */

static int call_with(struct vsm_scall *sc, const struct vsm_bulk *data,
		     const struct vsm_bulk *cms)
{
	const u64 arg[4] = {
		vsm_bulk_gpa(data), sc->arg[1], vsm_bulk_gpa(cms), sc->arg[3],
	};
	unsigned int i;
	int ret;

	for (i = 0;; i++) {
		sc->fn = VSM_SC_CODE_FILE;
		memcpy(sc->arg, arg, sizeof(arg));
		ret = vsm_scall(sc, false);
		if (ret || (sc->status != VSM_S_BUSY &&
			    sc->status != VSM_S_NO_MEMORY) ||
		    i > ROOM_TRIES || !make_room(i == ROOM_TRIES))
			return ret;
		msleep(ROOM_MS);
	}
}

/**
 * vsm_code_file_give - have the secure kernel copy and verify a signed file
 * @data: what is signed
 * @len: bytes of it
 * @cms: its signature
 * @cms_len: bytes of that
 * @ret_ticket: what VSM_SC_CODE_MODULE names it by
 *
 * Return: 0 or -errno.
 */
int vsm_code_file_give(const void *data, size_t len, const void *cms,
		       size_t cms_len, u64 *ret_ticket)
{
	struct vsm_scall sc = { .arg = { 0, len, 0, cms_len } };
	struct vsm_bulk *names, *sig;
	int ret = -ENOMEM;

	if (!len || len > VSM_CODE_FILE_MAX || !cms_len || cms_len > PAGE_SIZE)
		return -EMSGSIZE;
	names = vsm_bulk_of(data, len);
	sig = vsm_bulk_of(cms, cms_len);
	if (names && sig) {
		ret = call_with(&sc, names, sig);
		ret = ret ?: vsm_scall_errno(sc.status);
	}
	vsm_bulk_free(sig);
	vsm_bulk_free(names);
	*ret_ticket = ret ? 0 : sc.ret[0];
	return ret;
}

/* --- the hook --------------------------------------------------------------------- */

static int give(const void *data, size_t len, const void *cms, size_t cms_len)
{
	u64 ticket;
	int ret;

	/* Linux checks again with another keyring, or its last load failed. */
	vsm_code_file_drop(vsm_code_file_mine());
	ret = vsm_code_file_give(data, len, cms, cms_len, &ticket);
	if (!ret && ticket)
		ret = remember(ticket);
	if (ret)
		pr_warn("module file of %zu bytes refused by the secure kernel (%d)%s\n",
			len, ret,
			ret == -ENOMEM ? ": no memory; load vsm with more vtl1_mb=" :
					 "");
	return ret;
}

/*
 * verify_pkcs7_signature().  What it returns is what insmod gets, but some
 * errors would only taint the kernel.
 */
long vsm_code_file_check(const void *data, size_t len, const void *cms,
			 size_t cms_len, struct key *trusted,
			 enum key_being_used_for usage)
{
	int ret = 0;

	down_read(&hook.users);
	if (usage == VERIFYING_MODULE_SIGNATURE &&
	    READ_ONCE(vsm_machine.code_mode)) {
		/* What it imports from may have to be verified first. */
		vsm_code_wait_settled();
		ret = give(data, len, cms, cms_len);
	}
	if (ret == -ENODEV && vsm_code_released())
		ret = 0;
	/* Audited, or by a policy enforced: the notifier is asked again. */
	if (vsm_machine.code_mode != VSM_CODE_MODE_ENFORCE)
		ret = 0;
	up_read(&hook.users);
	return !ret || ret == -ENOMEM ? ret : -EKEYREJECTED;
}

int vsm_code_file_init(void)
{
	int ret = vsm_code_hook_add(&hook);

	if (ret)
		pr_err("no hook on verify_pkcs7_signature() (%d)\n", ret);
	return ret;
}

/* Also when nothing was hooked. */
void vsm_code_file_exit(void)
{
	struct given *g, *next;

	if (!hook.added)
		return;
	vsm_code_hook_remove(&hook);
	cancel_delayed_work_sync(&tidy_work);
	list_for_each_entry_safe(g, next, &given, list)
		forget_locked(g, false);
}
