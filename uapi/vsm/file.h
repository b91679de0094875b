/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Files of user space: is this one signed by a signer that policy accepts?
 */
#ifndef _VSM_FILE_H
#define _VSM_FILE_H

#include <linux/types.h>

#define VSM_FILE_RULE(name, status, text)	VSM_FILE_RULE_##name,

enum vsm_file_rule {
	VSM_FILE_ACCEPTED,
#include "file_rules.def"
	VSM_FILE_RULE_MAX,
};

#undef VSM_FILE_RULE

#define VSM_FILE_MAX		(128 << 20)	/* bytes of content */
#define VSM_FILE_CMS_MAX	4096

/* The numbers of fs-verity. */
#define VSM_FILE_SHA256		1
#define VSM_FILE_SHA512		2

#define VSM_FILE_VERITY_MAGIC	"FSVerity"

/* Linux's struct fsverity_formatted_digest: what a CMS signs of a digest. */
struct vsm_file_verity {
	__u8 magic[8];		/* VSM_FILE_VERITY_MAGIC */
	__u16 algorithm;	/* little endian, as all of it: VSM_FILE_SHA* */
	__u16 size;		/* 32 or 64: as many bytes are signed of the rest */
	__u8 digest[64];
};

/* Of struct vsm_file_answer, what is filled in. */
#define VSM_FILE_KNOWN_DIGEST	(1U << 0)
#define VSM_FILE_KNOWN_SIGNER	(1U << 1)

struct vsm_file_answer {
	__u32 rule;		/* enum vsm_file_rule */
	__u32 known;		/* VSM_FILE_KNOWN_* */
	__u64 size;		/* bytes that are signed */
	__u16 algorithm;	/* VSM_FILE_SHA* */
	__u16 digest_size;
	__u32 rsvd;		/* zero */
	__u8 digest[64];	/* SHA-256 of the content, as VTL1 hashed it; or the
				 * fs-verity digest that was asked about
				 */
	__u8 signer_sha256[32];	/* of the signer's certificate (DER) */
	__u8 signer[64];	/* its common name, NUL terminated */
};

#endif /* _VSM_FILE_H */
