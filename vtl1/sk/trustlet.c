// SPDX-License-Identifier: GPL-2.0
/*
 * The life of trustlets: create, call, destroy, and who is which.
 * Must never let two threads into one trustlet, nor keep one that faulted.
 */
#include "object.h"
#include "policy.h"
#include "trustlet_state.h"
#include "verify.h"
#include "vtl0.h"

#define TRUSTLET_MAX	256

static struct spinlock trustlet_lock;
/* trustlet_lock guards these. */
static struct trustlet *trustlets[TRUSTLET_MAX];
static u32 trustlet_nr;
static u64 trustlet_uses;		/* makes handles unique */

static struct trustlet *find_locked(u64 handle)
{
	struct trustlet *t = trustlets[handle % TRUSTLET_MAX];

	return t && t->handle == handle ? t : NULL;
}

static bool insert(struct trustlet *t)
{
	u64 flags = sk_lock(&trustlet_lock);
	bool ok = false;
	u32 i;

	for (i = 0; i < TRUSTLET_MAX && !ok; i++) {
		if (trustlets[i])
			continue;
		t->handle = ++trustlet_uses * TRUSTLET_MAX + i;
		t->busy = true;
		trustlets[i] = t;
		trustlet_nr++;
		ok = true;
	}
	sk_unlock(&trustlet_lock, flags);
	return ok;
}

/* Take one for this thread; VSM_S_*. */
static u64 take(u64 handle, struct trustlet **ret)
{
	u64 flags = sk_lock(&trustlet_lock), status = VSM_S_OK;
	struct trustlet *t = find_locked(handle);

	if (!t)
		status = VSM_S_NOT_FOUND;
	else if (t->busy)
		status = VSM_S_BUSY;
	else
		t->busy = true;
	sk_unlock(&trustlet_lock, flags);
	*ret = t;
	return status;
}

static void give_back(struct trustlet *t)
{
	u64 flags = sk_lock(&trustlet_lock);

	t->busy = false;
	sk_unlock(&trustlet_lock, flags);
}

/* The end of one that this thread has taken. */
static void end(struct trustlet *t)
{
	u64 flags = sk_lock(&trustlet_lock);

	trustlets[t->handle % TRUSTLET_MAX] = NULL;
	trustlet_nr--;
	sk_unlock(&trustlet_lock, flags);
	aspace_destroy(&t->as);
	sk_free(t);
}

const char *trustlet_name(const void *trustlet)
{
	return (const char *)((const struct trustlet *)trustlet)->id.name;
}

u32 trustlet_count(void)
{
	return READ_ONCE(trustlet_nr);
}

void trustlet_destroy_all(void)
{
	u32 i;

	for (i = 0; i < TRUSTLET_MAX; i++)
		if (trustlets[i])
			end(trustlets[i]);
}

void trustlet_scrub(void)
{
	u32 i;

	for (i = 0; i < TRUSTLET_MAX; i++)
		if (trustlets[i])
			aspace_scrub(&trustlets[i]->as);
}

u64 trustlet_run(struct trustlet *t, u64 why, u64 bytes, u64 room)
{
	const struct user_regs regs = {
		.rip = t->entry,
		.rsp = VSM_TRUSTLET_STACK_TOP,
		.rdi = why,
		.rsi = bytes,
		.rdx = room,
	};
	struct thread *thread = this_thread();
	u64 status = VSM_S_KILLED;

	t->room = room;
	t->answer = 0;
	thread->trustlet = t;
	thread_use(&t->as);
	irq_disable();
	if (!thread->kill)
		status = user_enter(&regs, &thread->user_sp,
				    vp_rsp0(this_vp()));
	thread->user_sp = 0;
	irq_enable();
	thread_use(NULL);
	thread->trustlet = NULL;
	return status;
}

static void set_identity(struct trustlet *t, const struct elf_image *image,
			 const struct verified *v)
{
	memcpy(t->id.uuid, image->meta.uuid, sizeof(t->id.uuid));
	memcpy(t->id.name, image->meta.name, sizeof(t->id.name));
	t->id.svn = image->meta.svn;
	t->id.flags = image->meta.flags;
	memcpy(t->id.image_sha256, v->image_sha256, 32);
	memcpy(t->id.signer_sha256, v->signer_sha256, 32);
}

/* Everything that can say no before the trustlet runs. */
static u64 prepare(struct trustlet *t, struct object *obj)
{
	struct elf_image image;
	struct verified v;
	const char *why;
	u64 status;

	status = verify(obj->data, obj->size, VERIFY_TRUSTLET, &v);
	if (status)
		return status;
	if (!elf_parse(v.payload.data, v.payload.len, &image, &why)) {
		sk_log("trustlet image refused: %s", why);
		return VSM_S_BAD_IMAGE;
	}
	set_identity(t, &image, &v);
	status = policy_check(&t->id, &t->audit);
	if (status)
		return status;
	t->as = obj->as;
	return trustlet_load(t, &image, v.payload.data);
}

static u64 create(struct trustlet *t, struct object *obj)
{
	u64 status = prepare(t, obj);

	if (status) {
		object_close(obj);
		return status;
	}
	object_leave(obj, &t->as);
	if (!insert(t)) {
		aspace_destroy(&t->as);
		return VSM_S_NO_MEMORY;
	}
	status = trustlet_run(t, VSM_TRUSTLET_ENTRY_INIT, 0, 0);
	/* It may refuse to start, by a result that is not zero. */
	if (!status && t->result)
		status = VSM_S_FAULT;
	return status;
}

u64 scall_trustlet_create(const u64 arg[5], u64 ret[3])
{
	struct trustlet *t = sk_calloc(1, sizeof(*t));
	struct object obj;
	u64 status;

	if (!t)
		return VSM_S_NO_MEMORY;
	status = object_open(&obj, arg[0], arg[1]);
	if (!status)
		status = create(t, &obj);
	if (status) {
		sk_log("trustlet %s refused: status %lu",
		       t->id.name[0] ? trustlet_name(t) : "(unknown)", status);
		if (t->handle)
			end(t);
		else
			sk_free(t);
		return status;
	}
	ret[0] = t->handle;
	ret[1] = t->audit;
	sk_log("trustlet %s, SVN %u, started", t->id.name, t->id.svn);
	give_back(t);
	return VSM_S_OK;
}

/* Message pages are mapped from creation to end. */
static void *message_page(struct trustlet *t, u32 i)
{
	return pa_va(aspace_user_pa(&t->as, VSM_TRUSTLET_MSG + i * PAGE_SIZE,
				    true));
}

static void copy_in(struct trustlet *t, const struct sg *sg, u64 bytes)
{
	u64 off, n;
	u32 i;

	for (i = 0, off = 0; off < bytes; i++, off += n) {
		n = MIN(bytes - off, PAGE_SIZE);
		memcpy(message_page(t, i), sg_page(sg, i), n);
	}
}

static u64 copy_out(struct trustlet *t, const struct sg *sg, u64 bytes)
{
	u64 off, n, status = VSM_S_OK;
	u32 i;

	for (i = 0, off = 0; off < bytes && !status; i++, off += n) {
		n = MIN(bytes - off, PAGE_SIZE);
		status = sg_write(sg, i, message_page(t, i), n);
	}
	return status;
}

static u64 call(struct trustlet *t, const struct sg *sg, u64 bytes, u64 room,
		u64 ret[3])
{
	u64 status;

	copy_in(t, sg, bytes);
	status = trustlet_run(t, VSM_TRUSTLET_ENTRY_CALL, bytes, room);
	if (status)
		return status;
	status = copy_out(t, sg, t->answer);
	ret[0] = t->result;
	ret[1] = t->answer;
	return status;
}

u64 scall_trustlet_call(const u64 arg[5], u64 ret[3])
{
	u64 bytes = arg[2], room = arg[3], status;
	struct trustlet *t;
	struct sg sg;

	if (bytes > VSM_TRUSTLET_MSG_SIZE || room > VSM_TRUSTLET_MSG_SIZE)
		return VSM_S_TOO_LARGE;
	status = take(arg[0], &t);
	if (status)
		return status;
	status = sg_open(&sg, arg[1], MAX(bytes, room));
	if (status) {
		give_back(t);
		return status;
	}
	status = call(t, &sg, bytes, room, ret);
	sg_free(&sg);
	if (status) {
		sk_log("trustlet %s ended: status %lu", t->id.name, status);
		end(t);
	} else {
		give_back(t);
	}
	return status;
}

u64 scall_trustlet_destroy(const u64 arg[5], u64 ret[3])
{
	struct trustlet *t;
	u64 status = take(arg[0], &t);

	(void)ret;
	if (!status)
		end(t);
	return status;
}

u64 scall_trustlet_info(const u64 arg[5], u64 ret[3])
{
	struct vsm_trustlet_identity id;
	struct trustlet *t;
	u64 flags;

	(void)ret;
	if (!vtl0_page(arg[1]))
		return VSM_S_INVALID_ADDRESS;
	flags = sk_lock(&trustlet_lock);
	t = find_locked(arg[0]);
	if (t)
		id = t->id;
	sk_unlock(&trustlet_lock, flags);
	if (!t)
		return VSM_S_NOT_FOUND;
	return vtl0_write(arg[1], &id, sizeof(id));
}
