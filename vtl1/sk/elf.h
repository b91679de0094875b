/* SPDX-License-Identifier: GPL-2.0 */
/* A trustlet's ELF image and metadata (uapi/vsm/trustlet.h); pure. */
#ifndef _VSM_SK_ELF_H
#define _VSM_SK_ELF_H

#include <linux/types.h>
#include <vsm/trustlet.h>
#include <vsm/types.h>

#define ELF_MAX_SEGMENTS	8

struct elf_segment {
	u64 va;
	u64 mem_size;
	u64 file_size;		/* <= mem_size; the rest is zero */
	u64 offset;		/* in the file */
	bool write;
	bool exec;		/* never both */
};

/* Segments ascend and share no page. */
struct elf_image {
	u64 entry;
	u32 nr;
	struct elf_segment segment[ELF_MAX_SEGMENTS];
	struct vsm_trustlet_metadata meta;
};

/* False: not acceptable, *@ret_why says why; @ret is then untouched. */
bool elf_parse(const void *data, size_t len, struct elf_image *ret,
	       const char **ret_why);

#endif /* _VSM_SK_ELF_H */
