/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * ioctl interface of /dev/vsm (process -> driver).
 *
 * Every struct has fixed widths, no holes and reserved fields that must be
 * zero.  Errors: -1 with errno as stated per call; on top of those, EINVAL for
 * reserved fields that are not zero, EFAULT for bad pointers, ENOTTY for an
 * unknown request, EPERM without CAP_SYS_ADMIN where that is required.
 */
#ifndef _UAPI_LINUX_VSM_H
#define _UAPI_LINUX_VSM_H

#include <linux/types.h>
#include <linux/ioctl.h>

#include "../vsm/code.h"
#include "../vsm/file.h"

#define VSM_ABI_VERSION		2
#define VSM_IOC_MAGIC		0xd5

/* VSM_IOC_VERSION: VSM_ABI_VERSION as the ioctl's return value. */
#define VSM_IOC_VERSION		_IO(VSM_IOC_MAGIC, 0x00)

#define VSM_STATE_DEMOTED	(1U << 0)	/* Linux runs in VTL0 */
#define VSM_STATE_VTL1		(1U << 1)	/* the secure kernel runs */
#define VSM_STATE_LOCKED	(1U << 2)	/* unloading no longer possible */
#define VSM_STATE_MBEC		(1U << 3)	/* MBEC is active for VTL0 */
#define VSM_STATE_POLICY	(1U << 4)	/* a base policy is loaded */
#define VSM_STATE_DMA_PROTECTED	(1U << 5)	/* devices cannot reach VTL1 memory */

struct vsm_info {
	__u32 state;		/* VSM_STATE_* */
	__u32 nr_cpus;		/* CPUs demoted */
	__u32 sk_svn;
	__u32 policy_version;
	__u64 hv_bytes;		/* memory reserved for the hypervisor */
	__u64 vtl1_bytes;	/* memory reserved for VTL1 */
	__u64 vtl1_free;
	__u32 nr_trustlets;
	__u32 cpuid_base;	/* base of the hypervisor's CPUID leaves */
	__u8 policy_name[64];	/* NUL terminated */
	__u8 image_sha256[32];	/* secure kernel */
	__u8 rsvd[32];		/* zero */
};

/* VSM_IOC_INFO: anybody who may open the device. */
#define VSM_IOC_INFO		_IOR(VSM_IOC_MAGIC, 0x01, struct vsm_info)

/*
 * VSM_IOC_CODE_STATUS: how code integrity stands (vsm/code.h); anybody who may
 * open the device.
 */
#define VSM_IOC_CODE_STATUS	_IOR(VSM_IOC_MAGIC, 0x02, struct vsm_code_status)

struct vsm_blob {
	__u64 addr;		/* user address of the signed object */
	__u32 size;		/* bytes, 1..4 MiB */
	__u32 flags;		/* MBZ */
	__u64 id;		/* [out] trustlet id, or policy version */
};

/*
 * VSM_IOC_POLICY_LOAD: hand a signed policy to the secure kernel.
 * CAP_SYS_ADMIN.  EBADMSG malformed, ENODATA not signed, EKEYREJECTED bad
 * signature, certificate or EKU, EKEYEXPIRED, ESTALE rolled back, E2BIG; EACCES
 * looser than the modes that are locked, EOPNOTSUPP it asks for MBEC or enforces
 * class user without it, ENOKEY class user is not prepared, EBUSY try again.
 */
#define VSM_IOC_POLICY_LOAD	_IOWR(VSM_IOC_MAGIC, 0x10, struct vsm_blob)

/*
 * VSM_IOC_TRUSTLET_CREATE: verify, load and initialise a trustlet; it belongs
 * to the open file and ends with it.  EBADMSG, ENODATA, EKEYREJECTED, EKEYEXPIRED,
 * E2BIG as for a policy; ENOEXEC no trustlet, ENOMEM, EKEYREVOKED, EACCES (policy),
 * ESTALE version too low, EIO it failed as it started, EBUSY try again.
 */
#define VSM_IOC_TRUSTLET_CREATE	_IOWR(VSM_IOC_MAGIC, 0x20, struct vsm_blob)

struct vsm_trustlet_call {
	__u64 id;		/* from VSM_IOC_TRUSTLET_CREATE */
	__u64 msg_addr;		/* user address of the message */
	__u64 answer_addr;	/* user address for the answer */
	__u32 msg_size;		/* bytes, 0..65536 */
	__u32 answer_size;	/* room, 0..65536; [out] bytes of answer */
	__s64 result;		/* [out] the trustlet's own result */
	__u32 flags;		/* MBZ */
	__u32 rsvd;		/* MBZ */
};

/*
 * VSM_IOC_TRUSTLET_CALL: one message to a trustlet.  ENOENT no such id, EBUSY
 * a call is under way, EIO the trustlet faulted and is gone, EINTR killed.
 */
#define VSM_IOC_TRUSTLET_CALL	_IOWR(VSM_IOC_MAGIC, 0x21, struct vsm_trustlet_call)

struct vsm_trustlet_info {
	__u64 id;
	__u8 uuid[16];
	__u32 svn;
	__u32 flags;
	__u8 name[32];
	__u8 image_sha256[32];
	__u8 signer_sha256[32];
};

/* VSM_IOC_TRUSTLET_INFO: identity of a trustlet.  ENOENT. */
#define VSM_IOC_TRUSTLET_INFO	_IOWR(VSM_IOC_MAGIC, 0x22, struct vsm_trustlet_info)

/* VSM_IOC_TRUSTLET_DESTROY: end a trustlet; pointer to its __u64 id.  ENOENT, EBUSY. */
#define VSM_IOC_TRUSTLET_DESTROY _IOW(VSM_IOC_MAGIC, 0x23, __u64)

#define VSM_FILE_CHECK_FD	(1U << 0)	/* of an open file, not in memory */
#define VSM_FILE_CHECK_VERITY	(1U << 1)	/* by its fs-verity digest */
#define VSM_FILE_CHECK_EXECUTE	(1U << 2)	/* if it is: processes may execute its
						 * content; CAP_SYS_ADMIN, and not by
						 * digest
						 */

struct vsm_file_check {
	__u64 addr;		/* user address of the content, or of the digest as
				 * struct vsm_file_verity; 0 with an open file
				 */
	__u64 size;		/* bytes of it: a content has at most VSM_FILE_MAX */
	__u64 cms_addr;		/* user address of the signature */
	__u32 cms_size;		/* bytes, 1..VSM_FILE_CMS_MAX */
	__u32 flags;		/* VSM_FILE_CHECK_* */
	__s32 fd;		/* regular file, open for reading; else 0 */
	__u32 rsvd;		/* MBZ */
	struct vsm_file_answer answer;	/* [out], also with a refusal */
};

/*
 * VSM_IOC_FILE_CHECK: has a signer whom policy accepts signed this file?  0: yes.
 * No, and answer.rule says why: EACCES no policy names signers of files; EBADMSG
 * malformed signature or digest; EKEYREJECTED signer or signature; EKEYREVOKED.
 * No answer: E2BIG; EPERM to have it executed; EBADF; ENODATA the file has no
 * fs-verity digest; ETXTBSY it changed while it was read; EBUSY, ENOMEM, EINTR killed.
 */
#define VSM_IOC_FILE_CHECK	_IOWR(VSM_IOC_MAGIC, 0x30, struct vsm_file_check)

#endif /* _UAPI_LINUX_VSM_H */
