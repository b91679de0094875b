/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Signed object: secure kernel image, trustlet, policy.  One layout for all:
 *
 *   payload | signer certificate (DER) | struct vsm_cert_trailer |
 *   CMS (DER) | struct vsm_module_signature | "~Module signature appended~\n"
 *
 * What follows the trailer is the kernel's own module signature format, made
 * by the standard sign-file over everything before it; the CMS carries no
 * certificate and no signed attributes.  The signer's certificate therefore
 * is part of what is signed; it must chain to the root that the verifier has
 * built in and carry the extended key usage of the object's kind.
 */
#ifndef _VSM_SIGNED_H
#define _VSM_SIGNED_H

#include <linux/types.h>

#define VSM_CERT_TRAILER_MAGIC	0x54524543214d5356ULL	/* "VSM!CERT" */

struct vsm_cert_trailer {
	__u32 cert_len;		/* bytes of DER before this trailer */
	__u32 rsvd;		/* MBZ */
	__u64 magic;		/* VSM_CERT_TRAILER_MAGIC */
};

#define VSM_SIGNATURE_MARKER		"~Module signature appended~\n"
#define VSM_SIGNATURE_MARKER_LEN	28
#define VSM_SIGNATURE_ID_PKCS7		2

/* Layout of the kernel's struct module_signature. */
struct vsm_module_signature {
	__u8 algo;		/* 0 */
	__u8 hash;		/* 0 */
	__u8 id_type;		/* VSM_SIGNATURE_ID_PKCS7 */
	__u8 signer_len;	/* 0 */
	__u8 key_id_len;	/* 0 */
	__u8 rsvd[3];		/* MBZ */
	__u8 sig_len[4];	/* big endian: bytes of CMS */
};

#define VSM_SIGNED_MAX_CERT	4096
#define VSM_SIGNED_MAX_CMS	4096

/*
 * Extended key usages.  Every signer needs codeSigning; on top of it, the one
 * of the kind of object that it signs.
 */
#define VSM_EKU_CODE_SIGNING	"1.3.6.1.5.5.7.3.3"
#define VSM_EKU_IUM		"1.3.6.1.4.1.311.10.3.37"	/* trustlet */
#define VSM_EKU_SECURE_KERNEL	"1.3.6.1.4.1.311.10.3.6"	/* system component */
#define VSM_EKU_POLICY		"1.3.6.1.4.1.311.10.3.24"	/* PPL, for policy */

#endif /* _VSM_SIGNED_H */
