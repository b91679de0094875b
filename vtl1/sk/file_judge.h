/* SPDX-License-Identifier: GPL-2.0 */
/* Is what is hashed here signed by a signer of files whom policy accepts? */
#ifndef _VSM_SK_FILE_JUDGE_H
#define _VSM_SK_FILE_JUDGE_H

#include <mbedtls/md.h>
#include <mbedtls/pkcs7.h>
#include <mbedtls/x509_crt.h>

#include <vsm/file.h>
#include <vsm/policy.h>

#include "container.h"

struct file_judge {
	mbedtls_pkcs7 p7;
	mbedtls_x509_crt crt;		/* of the one that it names */
	mbedtls_md_context_t sha256;
	mbedtls_md_context_t md;	/* the CMS's, where that is another */
	mbedtls_md_type_t type;		/* the CMS's */
	struct vsm_file_verity head;	/* what the content begins with */
	u8 der[VSM_POLICY_MAX_CERT];
	struct vsm_file_answer answer;
};

/*
 * In this order, until one does not say VSM_S_OK; then file_judge_close().  A
 * refusal is in @answer, its status is the rule's; other errors leave no rule.
 */
u64 file_judge_open(struct file_judge *j, const struct bytes *cms);
u64 file_judge_add(struct file_judge *j, const void *data, size_t len);
u64 file_judge_content(struct file_judge *j);
/* The same, where what was hashed is to be struct vsm_file_verity. */
u64 file_judge_verity(struct file_judge *j);

/* In any case, once file_judge_open() was called. */
void file_judge_close(struct file_judge *j);

#endif /* _VSM_SK_FILE_JUDGE_H */
