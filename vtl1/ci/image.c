// SPDX-License-Identifier: GPL-2.0
/*
 * Finds reproduced bytes by address.  Must never return a byte outside a span.
 */
#include "image.h"

static struct ci_span *find(struct ci_image *image, u64 va, u64 len)
{
	u32 i, k;

	for (i = 0; i < image->nr; i++) {
		struct ci_span *s;

		k = image->last + i;
		if (k >= image->nr)
			k -= image->nr;
		s = &image->span[k];
		if (va >= s->va && va - s->va < s->len &&
		    len <= s->len - (va - s->va)) {
			image->last = k;
			return s;
		}
	}
	return NULL;
}

u8 *ci_image_at(struct ci_image *image, u64 va, u64 len)
{
	struct ci_span *s = find(image, va, len);

	return s ? s->bytes + (va - s->va) : NULL;
}

u8 *ci_image_text(struct ci_image *image, u64 va, u64 len, u64 *ret_avail)
{
	struct ci_span *s = find(image, va, len);

	if (!s || !s->exec)
		return NULL;
	*ret_avail = s->len - (va - s->va);
	return s->bytes + (va - s->va);
}
