// SPDX-License-Identifier: GPL-2.0
/*
 * Lays a trustlet out: image, heap, message buffer, stack, with unmapped pages
 * between them.
 * Must never map a page both writable and executable.
 */
#include "trustlet_state.h"

static u64 segment_flags(const struct elf_segment *s)
{
	if (s->write)
		return MAP_RW | PTE_U;
	return (s->exec ? MAP_RX : MAP_R) | PTE_U;
}

static bool load_segment(struct trustlet *t, const struct elf_segment *s,
			 const u8 *file)
{
	u64 va = s->va & PAGE_MASK;
	u64 size = ALIGN(s->va + s->mem_size, PAGE_SIZE) - va;

	return aspace_back(&t->as, va, size, segment_flags(s)) &&
	       aspace_fill(&t->as, s->va, file + s->offset, s->file_size);
}

u64 trustlet_load(struct trustlet *t, const struct elf_image *image,
		  const u8 *file)
{
	const struct vsm_trustlet_metadata *m = &image->meta;
	const u64 data = MAP_RW | PTE_U;
	u32 i;

	for (i = 0; i < image->nr; i++)
		if (!load_segment(t, &image->segment[i], file))
			return VSM_S_NO_MEMORY;
	if (!aspace_back(&t->as, VSM_TRUSTLET_HEAP, m->heap_size, data) ||
	    !aspace_back(&t->as, VSM_TRUSTLET_MSG, VSM_TRUSTLET_MSG_SIZE,
			 data) ||
	    !aspace_back(&t->as, VSM_TRUSTLET_STACK_TOP - m->stack_size,
			 m->stack_size, data))
		return VSM_S_NO_MEMORY;
	t->entry = image->entry;
	return VSM_S_OK;
}
