// SPDX-License-Identifier: GPL-2.0
/*
 * Decides about a file of user space: its signature, its signer, and what policy
 * says of both; pure, but for the questions to policy.
 * Must never take the signature of a content for that of an fs-verity digest, nor
 * the other way round.
 * Source: Linux, "fs-verity: read-only file-based authenticity protection".
 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/oid.h>

#include <vsm/scall.h>
#include <vsm/string.h>

#include "cms.h"
#include "file_judge.h"
#include "policy.h"

#define SHA256_SIZE	32
#define SHA512_SIZE	64

#define VSM_FILE_RULE(name, status, text) status,

static const u8 statuses[] = {
	VSM_S_OK,
#include <vsm/file_rules.def>
};

#undef VSM_FILE_RULE

static u64 refuse(struct file_judge *j, enum vsm_file_rule rule)
{
	j->answer.rule = rule;
	return statuses[rule];
}

/* --- who has signed it ------------------------------------------------------------ */

static u64 find_signer(struct file_judge *j)
{
	struct bytes der = { .data = j->der };
	u64 status;
	u32 i;

	for (i = 0; (der.len = policy_certificate(VSM_POLICY_REC_FILE_SIGNER,
						  i, j->der)); i++) {
		status = cms_take_signer(&j->p7, &j->crt, &der);
		if (!status)
			return VSM_S_OK;
		/* It could be parsed when the policy came. */
		if (status != VSM_S_NOT_FOUND)
			return VSM_S_NO_MEMORY;
	}
	return refuse(j, i ? VSM_FILE_RULE_SIGNER : VSM_FILE_RULE_NO_SIGNER);
}

/* For the eyes of whoever asked. */
static void tell_name(struct file_judge *j)
{
	const mbedtls_asn1_named_data *cn =
		mbedtls_asn1_find_named_data(&j->crt.subject,
					     MBEDTLS_OID_AT_CN,
					     MBEDTLS_OID_SIZE(MBEDTLS_OID_AT_CN));
	size_t i;
	u8 c;

	for (i = 0; cn && i < cn->val.len &&
	     i < sizeof(j->answer.signer) - 1; i++) {
		c = cn->val.p[i];
		j->answer.signer[i] = c >= ' ' && c <= '~' ? c : '?';
	}
}

static u64 tell_signer(struct file_judge *j)
{
	const mbedtls_md_info_t *info =
		mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);

	if (mbedtls_md(info, j->crt.raw.p, j->crt.raw.len,
		       j->answer.signer_sha256))
		return VSM_S_NO_MEMORY;
	tell_name(j);
	j->answer.known |= VSM_FILE_KNOWN_SIGNER;
	return VSM_S_OK;
}

/* As for modules, a certificate that policy names has no dates. */
static u64 check_signer(struct file_judge *j)
{
	const struct bytes digest = { j->answer.signer_sha256, SHA256_SIZE };
	u64 status = tell_signer(j);

	if (status)
		return status;
	if (policy_names(VSM_POLICY_REC_REVOKE_SIGNER, &digest))
		return refuse(j, VSM_FILE_RULE_SIGNER_REVOKED);
	if (cms_key_too_short(&j->crt))
		return refuse(j, VSM_FILE_RULE_KEY);
	if (!cms_digest(&j->p7, &j->crt, &j->type))
		return refuse(j, VSM_FILE_RULE_ALGORITHM);
	return VSM_S_OK;
}

static bool start(mbedtls_md_context_t *md, mbedtls_md_type_t type)
{
	return !mbedtls_md_setup(md, mbedtls_md_info_from_type(type), 0) &&
	       !mbedtls_md_starts(md);
}

static u64 open_cms(struct file_judge *j, const struct bytes *cms)
{
	u64 status = cms_open(&j->p7, cms);

	switch (status) {
	case VSM_S_BAD_FORMAT:
		return refuse(j, VSM_FILE_RULE_FORMAT);
	case VSM_S_BAD_SIGNATURE:
		return refuse(j, VSM_FILE_RULE_ALGORITHM);
	default:
		return status;
	}
}

u64 file_judge_open(struct file_judge *j, const struct bytes *cms)
{
	u64 status;

	memset(j, 0, sizeof(*j));
	mbedtls_pkcs7_init(&j->p7);
	mbedtls_x509_crt_init(&j->crt);
	mbedtls_md_init(&j->sha256);
	mbedtls_md_init(&j->md);
	status = open_cms(j, cms);
	if (!status)
		status = find_signer(j);
	if (!status)
		status = check_signer(j);
	if (status)
		return status;
	return start(&j->sha256, MBEDTLS_MD_SHA256) &&
	       (j->type == MBEDTLS_MD_SHA256 || start(&j->md, j->type)) ?
	       VSM_S_OK : VSM_S_NO_MEMORY;
}

/* --- what he has signed ----------------------------------------------------------- */

u64 file_judge_add(struct file_judge *j, const void *data, size_t len)
{
	u64 at = j->answer.size;

	if (at < sizeof(j->head))
		memcpy((u8 *)&j->head + at, data, MIN(len, sizeof(j->head) - at));
	j->answer.size += len;
	return mbedtls_md_update(&j->sha256, data, len) ||
	       (j->type != MBEDTLS_MD_SHA256 &&
		mbedtls_md_update(&j->md, data, len)) ?
	       VSM_S_NO_MEMORY : VSM_S_OK;
}

static bool is_verity(const struct file_judge *j)
{
	const struct vsm_file_verity *v = &j->head;

	return j->answer.size == offsetof(struct vsm_file_verity, digest) +
				 v->size &&
	       !memcmp(v->magic, VSM_FILE_VERITY_MAGIC, sizeof(v->magic)) &&
	       ((v->algorithm == VSM_FILE_SHA256 && v->size == SHA256_SIZE) ||
		(v->algorithm == VSM_FILE_SHA512 && v->size == SHA512_SIZE));
}

static void tell_digest(struct file_judge *j, u16 algorithm, const u8 *digest,
			u16 size)
{
	j->answer.algorithm = algorithm;
	j->answer.digest_size = size;
	memcpy(j->answer.digest, digest, size);
	j->answer.known |= VSM_FILE_KNOWN_DIGEST;
}

static u64 finish(struct file_judge *j, u16 revoked_by, const u8 *digest)
{
	const struct bytes named = { j->answer.digest, j->answer.digest_size };

	if (policy_names(revoked_by, &named))
		return refuse(j, VSM_FILE_RULE_REVOKED);
	if (!cms_signed(&j->p7, &j->crt, j->type, digest))
		return refuse(j, VSM_FILE_RULE_SIGNATURE);
	return VSM_S_OK;
}

/* SHA-256 of all of it, and the digest that is to be signed. */
static bool digests(struct file_judge *j, u8 sha256[SHA256_SIZE],
		    u8 digest[MBEDTLS_MD_MAX_SIZE])
{
	if (mbedtls_md_finish(&j->sha256, sha256))
		return false;
	memcpy(digest, sha256, SHA256_SIZE);
	return j->type == MBEDTLS_MD_SHA256 ||
	       !mbedtls_md_finish(&j->md, digest);
}

u64 file_judge_content(struct file_judge *j)
{
	u8 sha256[SHA256_SIZE], digest[MBEDTLS_MD_MAX_SIZE];

	if (!digests(j, sha256, digest))
		return VSM_S_NO_MEMORY;
	tell_digest(j, VSM_FILE_SHA256, sha256, SHA256_SIZE);
	if (is_verity(j))
		return refuse(j, VSM_FILE_RULE_CONTENT);
	return finish(j, VSM_POLICY_REC_REVOKE_FILE, digest);
}

u64 file_judge_verity(struct file_judge *j)
{
	u8 sha256[SHA256_SIZE], digest[MBEDTLS_MD_MAX_SIZE];

	if (!digests(j, sha256, digest))
		return VSM_S_NO_MEMORY;
	if (!is_verity(j))
		return refuse(j, VSM_FILE_RULE_VERITY);
	tell_digest(j, j->head.algorithm, j->head.digest, j->head.size);
	return finish(j, VSM_POLICY_REC_REVOKE_VERITY, digest);
}

void file_judge_close(struct file_judge *j)
{
	mbedtls_md_free(&j->md);
	mbedtls_md_free(&j->sha256);
	mbedtls_x509_crt_free(&j->crt);
	mbedtls_pkcs7_free(&j->p7);
}
