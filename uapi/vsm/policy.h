/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Binary policy (administrator -> secure kernel): the payload of a signed
 * object (signed.h), compiled from text by vsm-policy.  The secure kernel
 * parses this and nothing else.
 *
 * Header, then records, each padded to 8 bytes, to the end of the payload.
 * Unknown record types, duplicate single-valued records, non-zero padding and
 * trailing bytes are refused.
 */
#ifndef _VSM_POLICY_H
#define _VSM_POLICY_H

#include <linux/types.h>

#include "code.h"

#define VSM_POLICY_MAGIC	0x59434c4f504d5356ULL	/* "VSMPOLCY" */
#define VSM_POLICY_FORMAT	1
#define VSM_POLICY_MAX_SIZE	65536

struct vsm_policy_header {
	__u64 magic;		/* VSM_POLICY_MAGIC */
	__u16 format;		/* VSM_POLICY_FORMAT */
	__u16 pool;		/* VSM_POLICY_POOL_* */
	__u32 size;		/* whole payload, bytes */
	__u8 id[16];		/* UUID of the policy */
	__u32 version;		/* > 0; a lower one than the loaded is refused */
	__u32 nr_records;
};

#define VSM_POLICY_POOL_BASE		0
#define VSM_POLICY_POOL_REVOCATION	1
#define VSM_POLICY_POOL_SKU		2

struct vsm_policy_record {
	__u16 type;		/* VSM_POLICY_REC_* */
	__u16 rsvd;		/* MBZ */
	__u32 len;		/* bytes of data, without padding */
	__u8 data[];
};

/* Single-valued. */
#define VSM_POLICY_REC_NAME		1	/* 1..63 bytes, printable ASCII */
#define VSM_POLICY_REC_TRUSTLET_MODE	2	/* __u8 VSM_POLICY_MODE_* */
#define VSM_POLICY_REC_MBEC		3	/* __u8 VSM_POLICY_MBEC_* */
/* Repeatable. */
#define VSM_POLICY_REC_SIGNER		16	/* SHA-256 of a trustlet signer's certificate
						 * (DER); where there is one or more, no
						 * other signer is accepted
						 */
#define VSM_POLICY_REC_REVOKE_IMAGE	17	/* SHA-256 of a trustlet's signed payload */
#define VSM_POLICY_REC_REVOKE_SIGNER	18	/* SHA-256 of a certificate (DER): it signs
						 * neither trustlets nor modules nor files
						 */
#define VSM_POLICY_REC_MIN_SVN		19	/* struct vsm_policy_min_svn */
#define VSM_POLICY_REC_CODE_MODE	20	/* struct vsm_policy_code_mode, a class once */
#define VSM_POLICY_REC_KERNEL		21	/* payload digest of a kernel's image; where
						 * there is one or more, no other kernel
						 * is accepted
						 */
#define VSM_POLICY_REC_MODULE_SIGNER	22	/* certificate (DER) that signs modules, on
						 * top of the kernel's own
						 */
#define VSM_POLICY_REC_REVOKE_MODULE	23	/* SHA-256 of a module's signed content */
#define VSM_POLICY_REC_FILE_SIGNER	24	/* certificate (DER) that signs files of user
						 * space (VSM_SC_FILE_CHECK)
						 */
#define VSM_POLICY_REC_REVOKE_FILE	25	/* SHA-256 of a file's content */
#define VSM_POLICY_REC_REVOKE_VERITY	26	/* fs-verity digest of a file: 32 bytes by
						 * SHA-256, or 64 by SHA-512
						 */

#define VSM_POLICY_MODE_OFF	VSM_CODE_MODE_OFF	/* rule class not checked */
#define VSM_POLICY_MODE_AUDIT	VSM_CODE_MODE_AUDIT	/* would have blocked: event only */
#define VSM_POLICY_MODE_ENFORCE	VSM_CODE_MODE_ENFORCE

#define VSM_POLICY_MBEC_PREFERRED	0	/* without it, code is guarded, but execution is
						 * not confined to it
						 */
#define VSM_POLICY_MBEC_REQUIRED	1	/* without it, code integrity does not start */

#define VSM_POLICY_MAX_CERT		2048	/* bytes of DER */

struct vsm_policy_code_mode {
	__u8 class;		/* enum vsm_code_class */
	__u8 mode;		/* VSM_POLICY_MODE_* */
	__u8 rsvd[6];		/* MBZ */
};

struct vsm_policy_min_svn {
	__u8 uuid[16];		/* trustlet identity */
	__u32 svn;		/* lowest accepted */
	__u32 rsvd;		/* MBZ */
};

#endif /* _VSM_POLICY_H */
