// SPDX-License-Identifier: GPL-2.0
/*
 * Copies a signed object out of VTL0.
 * Must never read a page of VTL0 a second time.
 */
#include "object.h"
#include "vp.h"
#include "vtl0.h"

static u64 copy(struct object *obj, const struct sg *sg)
{
	u64 off, n;
	u32 i;

	for (i = 0; i < sg->nr; i++) {
		off = i * PAGE_SIZE;
		n = MIN(obj->size - off, PAGE_SIZE);
		if (!aspace_back(&obj->as, OBJECT_BASE + off, PAGE_SIZE,
				 MAP_RW) ||
		    !aspace_fill(&obj->as, OBJECT_BASE + off, sg_page(sg, i),
				 n))
			return VSM_S_NO_MEMORY;
	}
	return VSM_S_OK;
}

u64 object_open(struct object *obj, u64 sg_gpa, u64 bytes)
{
	struct sg sg;
	u64 status;

	if (bytes > VSM_SG_MAX_PAGES * PAGE_SIZE)
		return VSM_S_TOO_LARGE;
	status = sg_open(&sg, sg_gpa, bytes);
	if (status)
		return status;
	if (!aspace_create(&obj->as)) {
		sg_free(&sg);
		return VSM_S_NO_MEMORY;
	}
	obj->data = (const u8 *)OBJECT_BASE;
	obj->size = bytes;
	status = copy(obj, &sg);
	sg_free(&sg);
	if (status)
		aspace_destroy(&obj->as);
	else
		thread_use(&obj->as);
	return status;
}

void object_close(struct object *obj)
{
	thread_use(NULL);
	aspace_destroy(&obj->as);
}

void object_leave(struct object *obj, struct aspace *ret)
{
	aspace_drop(&obj->as, OBJECT_BASE, ALIGN(obj->size, PAGE_SIZE));
	thread_use(NULL);
	*ret = obj->as;
	obj->as.root = 0;
}
