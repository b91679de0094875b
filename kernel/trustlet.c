// SPDX-License-Identifier: GPL-2.0
/*
 * The trustlets of one open file: ids, one call at a time, an end for each.
 * Must never leave a trustlet in VTL1 that no file names any more.
 */
#include "trustlet.h"
#include "vsm.h"

#include <linux/delay.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "../uapi/linux/vsm_netlink.h"
#include "event.h"

#define TRUSTLETS_PER_FILE	256

/* For the secure kernel to let go of a trustlet that another CPU looks at. */
#define DESTROY_TRIES		500
#define DESTROY_WAIT_MS		10

struct trustlet {
	u64 handle;		/* the secure kernel's */
	bool busy;		/* owner's lock; a call or the end is under way */
	struct vsm_trustlet_identity identity;
};

struct vsm_trustlets {
	/* Guards @all and what is in it; no secure call is made within. */
	struct mutex lock;
	struct xarray all;	/* id -> struct trustlet; NULL: being created */
};

struct vsm_trustlets *vsm_trustlets_create(void)
{
	struct vsm_trustlets *owner;

	owner = kzalloc(sizeof(*owner), GFP_KERNEL_ACCOUNT);
	if (!owner)
		return NULL;
	mutex_init(&owner->lock);
	xa_init_flags(&owner->all, XA_FLAGS_ALLOC1);
	return owner;
}

static int scall(struct vsm_scall *sc, bool killable)
{
	return vsm_scall(sc, killable) ?: vsm_scall_errno(sc->status);
}

/* Not killable: a dying process takes this path. */
static void end_in_vtl1(u64 handle)
{
	struct vsm_scall sc;
	int ret, try;

	for (try = 0; try < DESTROY_TRIES; try++) {
		sc = (struct vsm_scall){
			.fn = VSM_SC_TRUSTLET_DESTROY,
			.arg = { handle },
		};
		ret = vsm_scall(&sc, false);
		if (ret || sc.status != VSM_S_BUSY)
			break;
		msleep(DESTROY_WAIT_MS);
	}
	/* Not found: it faulted or was killed, and VTL1 has freed it. */
	if (ret || (sc.status != VSM_S_OK && sc.status != VSM_S_NOT_FOUND))
		pr_err("trustlet %#llx cannot be ended: %s (%d)\n", handle,
		       vsm_scall_name(sc.status), ret);
}

/* Take a trustlet for a call or its end. */
static struct trustlet *take(struct vsm_trustlets *owner, u64 id)
{
	struct trustlet *t;

	mutex_lock(&owner->lock);
	t = id <= U32_MAX ? xa_load(&owner->all, id) : NULL;
	if (!t)
		t = ERR_PTR(-ENOENT);
	else if (t->busy)
		t = ERR_PTR(-EBUSY);
	else
		t->busy = true;
	mutex_unlock(&owner->lock);
	return t;
}

static void give_back(struct vsm_trustlets *owner, struct trustlet *t)
{
	mutex_lock(&owner->lock);
	t->busy = false;
	mutex_unlock(&owner->lock);
}

/* End a trustlet that was taken, or that nobody else can reach. */
static void end(struct vsm_trustlets *owner, u64 id, struct trustlet *t,
		const char *why)
{
	mutex_lock(&owner->lock);
	xa_erase(&owner->all, id);
	mutex_unlock(&owner->lock);
	end_in_vtl1(t->handle);
	vsm_event_note(VSM_EVENT_TRUSTLET, "%s: %s", t->identity.name, why);
	kfree(t);
}

void vsm_trustlets_destroy(struct vsm_trustlets *owner)
{
	struct trustlet *t;
	unsigned long id;

	xa_for_each(&owner->all, id, t)
		end(owner, id, t, "ended with its file");
	xa_destroy(&owner->all);
	mutex_destroy(&owner->lock);
	kfree(owner);
}

static int read_identity(struct trustlet *t)
{
	struct vsm_scall sc = {
		.fn = VSM_SC_TRUSTLET_INFO,
		.arg = { t->handle },
	};
	struct page *page;
	int ret;

	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	sc.arg[1] = page_to_phys(page);
	ret = scall(&sc, false);
	if (!ret) {
		memcpy(&t->identity, page_address(page), sizeof(t->identity));
		t->identity.name[sizeof(t->identity.name) - 1] = '\0';
	}
	__free_page(page);
	return ret;
}

static int create_in_vtl1(struct trustlet *t, const struct vsm_bulk *image)
{
	struct vsm_scall sc = {
		.fn = VSM_SC_TRUSTLET_CREATE,
		.arg = { vsm_bulk_gpa(image), image->size },
	};
	int ret;

	ret = scall(&sc, true);
	if (ret) {
		vsm_event_note(VSM_EVENT_TRUSTLET, "refused: %s",
			       vsm_scall_name(sc.status));
		return ret;
	}
	t->handle = sc.ret[0];
	ret = read_identity(t);
	if (ret)
		end_in_vtl1(t->handle);
	else if (sc.ret[1] != VSM_S_OK)
		vsm_event_note(VSM_EVENT_POLICY, "audit: would refuse %s: %s",
			       t->identity.name, vsm_scall_name(sc.ret[1]));
	return ret;
}

/**
 * vsm_trustlet_create - load a signed image as a trustlet of @owner
 * @owner: the open file's trustlets
 * @image: the signed object
 * @ret_id: its id within @owner; untouched on failure
 */
int vsm_trustlet_create(struct vsm_trustlets *owner,
			const struct vsm_bulk *image, u64 *ret_id)
{
	struct trustlet *t;
	int ret;
	u32 id;

	t = kzalloc(sizeof(*t), GFP_KERNEL_ACCOUNT);
	if (!t)
		return -ENOMEM;
	/* Reserve the id first: once VTL1 has it, nothing may fail here. */
	mutex_lock(&owner->lock);
	ret = xa_alloc(&owner->all, &id, NULL, XA_LIMIT(1, TRUSTLETS_PER_FILE),
		       GFP_KERNEL_ACCOUNT);
	mutex_unlock(&owner->lock);
	if (ret) {
		ret = -ENOMEM;
		goto err_free;
	}
	ret = create_in_vtl1(t, image);
	if (ret)
		goto err_release_id;
	vsm_event_note(VSM_EVENT_TRUSTLET, "%s: created, svn %u",
		       t->identity.name, t->identity.svn);
	*ret_id = id;
	mutex_lock(&owner->lock);
	xa_store(&owner->all, id, t, GFP_KERNEL_ACCOUNT);
	mutex_unlock(&owner->lock);
	return 0;

err_release_id:
	mutex_lock(&owner->lock);
	xa_erase(&owner->all, id);
	mutex_unlock(&owner->lock);
err_free:
	kfree(t);
	return ret;
}

/**
 * vsm_trustlet_call - one message to a trustlet
 * @owner: the open file's trustlets
 * @call: checked by the caller; result and answer_size are written on success
 * @msg: the message; overwritten with the answer
 */
int vsm_trustlet_call(struct vsm_trustlets *owner,
		      struct vsm_trustlet_call *call,
		      const struct vsm_bulk *msg)
{
	struct vsm_scall sc = { .fn = VSM_SC_TRUSTLET_CALL };
	struct trustlet *t;
	int ret;

	t = take(owner, call->id);
	if (IS_ERR(t))
		return PTR_ERR(t);
	sc.arg[0] = t->handle;
	sc.arg[1] = vsm_bulk_gpa(msg);
	sc.arg[2] = call->msg_size;
	sc.arg[3] = call->answer_size;
	ret = scall(&sc, true);
	if (ret == -EINTR || sc.status == VSM_S_KILLED) {
		end(owner, call->id, t, "killed");
		return -EINTR;
	}
	if (sc.status == VSM_S_FAULT || sc.status == VSM_S_NOT_FOUND) {
		end(owner, call->id, t, "faulted");
		return -EIO;
	}
	if (!ret && sc.ret[1] > call->answer_size)
		ret = -EIO;
	if (!ret) {
		call->result = sc.ret[0];
		call->answer_size = sc.ret[1];
	}
	give_back(owner, t);
	return ret;
}

/* A trustlet never changes its identity, so that a busy one has it, too. */
int vsm_trustlet_info(struct vsm_trustlets *owner,
		      struct vsm_trustlet_info *info)
{
	const struct vsm_trustlet_identity *ident;
	struct trustlet *t;
	int ret = -ENOENT;

	mutex_lock(&owner->lock);
	t = info->id <= U32_MAX ? xa_load(&owner->all, info->id) : NULL;
	if (t) {
		ident = &t->identity;
		memcpy(info->uuid, ident->uuid, sizeof(info->uuid));
		info->svn = ident->svn;
		info->flags = ident->flags;
		memcpy(info->name, ident->name, sizeof(info->name));
		memcpy(info->image_sha256, ident->image_sha256,
		       sizeof(info->image_sha256));
		memcpy(info->signer_sha256, ident->signer_sha256,
		       sizeof(info->signer_sha256));
		ret = 0;
	}
	mutex_unlock(&owner->lock);
	return ret;
}

int vsm_trustlet_destroy(struct vsm_trustlets *owner, u64 id)
{
	struct trustlet *t;

	t = take(owner, id);
	if (IS_ERR(t))
		return PTR_ERR(t);
	end(owner, id, t, "ended");
	return 0;
}
