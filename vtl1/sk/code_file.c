// SPDX-License-Identifier: GPL-2.0
/*
 * Takes the signed files of modules: copied first, then verified, then kept
 * until there is memory to compare with.
 * Must never hand out a file that nobody has signed whose certificate the
 * kernel or policy names, nor one that policy has revoked.
 */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include <mbedtls/sha256.h>

#include <vsm/signed.h>

#include "cms.h"
#include "code.h"
#include "code_file.h"
#include "code_kernel.h"
#include "code_module.h"
#include "policy.h"
#include "stage.h"
#include "vtl0.h"

#define FILES		STAGE_WINDOWS

static struct spinlock file_lock;
static struct code_file files[FILES];	/* file_lock: which are free */
static u64 tickets;			/* file_lock */

static struct code_file *file_get(void)
{
	u64 flags = sk_lock(&file_lock);
	struct code_file *f = NULL;
	u32 i;

	for (i = 0; i < FILES && !f; i++)
		if (!files[i].ticket && !files[i].busy)
			f = &files[i];
	if (f) {
		f->busy = true;
		f->window = i - 1;
	}
	sk_unlock(&file_lock, flags);
	return f;
}

static u64 file_keep(struct code_file *f)
{
	u64 flags = sk_lock(&file_lock), ticket;

	ticket = ++tickets;
	f->ticket = ticket;
	f->busy = false;
	sk_unlock(&file_lock, flags);
	return ticket;
}

struct code_file *code_file_take(u64 ticket)
{
	u64 flags = sk_lock(&file_lock);
	struct code_file *f = NULL;
	u32 i;

	for (i = 0; i < FILES && ticket && !f; i++)
		if (files[i].ticket == ticket && !files[i].busy)
			f = &files[i];
	if (f)
		f->busy = true;
	sk_unlock(&file_lock, flags);
	if (f)
		stage_enter();
	return f;
}

void code_file_drop(struct code_file *f)
{
	u64 flags;

	stage_trim(f->window, 0);
	flags = sk_lock(&file_lock);
	*f = (struct code_file){ 0 };
	sk_unlock(&file_lock, flags);
}

/* --- who has signed it ---------------------------------------------------------- */

struct signing {
	mbedtls_pkcs7 p7;
	mbedtls_x509_crt crt;	/* of the one that it names */
	struct bytes content;
	u8 der[VSM_POLICY_MAX_CERT];
};

/* Of the first of several certificates; 0: there is none. */
static size_t der_length(const u8 *der, size_t len)
{
	u8 *p = (u8 *)der;
	size_t content;

	if (mbedtls_asn1_get_tag(&p, der + len, &content,
				 MBEDTLS_ASN1_CONSTRUCTED |
				 MBEDTLS_ASN1_SEQUENCE))
		return 0;
	return p - der + content;
}

static bool find_builtin(struct signing *s)
{
	struct bytes cert;
	const u8 *der;
	u32 len;

	if (code_builtin_cert(&der, &len))
		return false;
	for (; (cert.len = der_length(der, len)); len -= cert.len) {
		cert.data = der;
		if (!cms_take_signer(&s->p7, &s->crt, &cert))
			return true;
		der += cert.len;
	}
	return false;
}

/* The kernel's own, then those of policy. */
static bool find_signer(struct signing *s)
{
	struct bytes cert = { .data = s->der };
	u32 i;

	if (find_builtin(s))
		return true;
	for (i = 0; (cert.len = policy_certificate(VSM_POLICY_REC_MODULE_SIGNER,
						   i, s->der)); i++)
		if (!cms_take_signer(&s->p7, &s->crt, &cert))
			return true;
	return false;
}

/*
 * As for Linux, a certificate that is built in or named by policy has no dates:
 * it counts until it is taken away.
 */
static u64 check_signer(struct signing *s, struct code_file *f)
{
	if (mbedtls_sha256(s->crt.raw.p, s->crt.raw.len, f->signer_sha256, 0))
		return VSM_S_NO_MEMORY;
	if (policy_names(VSM_POLICY_REC_REVOKE_SIGNER,
			 &(struct bytes){ f->signer_sha256,
					  sizeof(f->signer_sha256) }))
		return VSM_S_REVOKED;
	if (cms_key_too_short(&s->crt))
		return VSM_S_BAD_CERTIFICATE;
	return cms_check(&s->p7, &s->crt, &s->content, f->sha256);
}

static u64 check_content(struct code_file *f)
{
	if (mbedtls_sha256(stage_data(f->window), f->size, f->sha256, 0))
		return VSM_S_NO_MEMORY;
	return policy_names(VSM_POLICY_REC_REVOKE_MODULE,
			    &(struct bytes){ f->sha256, sizeof(f->sha256) }) ?
	       VSM_S_REVOKED : VSM_S_OK;
}

static u64 check(struct code_file *f, const struct bytes *cms)
{
	struct signing *s = sk_calloc(1, sizeof(*s));
	u64 status;

	if (!s)
		return VSM_S_NO_MEMORY;
	s->content = (struct bytes){ stage_data(f->window), f->size };
	status = check_content(f);
	if (!status)
		status = cms_open(&s->p7, cms);
	if (!status) {
		status = VSM_S_BAD_CERTIFICATE;
		if (find_signer(s)) {
			status = check_signer(s, f);
			mbedtls_x509_crt_free(&s->crt);
		}
		mbedtls_pkcs7_free(&s->p7);
	}
	sk_free(s);
	return status;
}

/* --- from VTL0's memory ----------------------------------------------------------- */

static void copy_pages(u8 *to, const struct sg *sg, u64 size)
{
	u32 i;

	for (i = 0; i < sg->nr; i++)
		memcpy(to + i * PAGE_SIZE, sg_page(sg, i),
		       MIN(size - i * PAGE_SIZE, PAGE_SIZE));
}

static u64 copy_content(struct code_file *f, u64 gpa, u64 size)
{
	struct sg sg;
	u64 status;

	if (!size || size > VSM_CODE_FILE_MAX)
		return VSM_S_TOO_LARGE;
	status = sg_open_large(&sg, gpa, size,
			       VSM_CODE_FILE_MAX >> PAGE_SHIFT);
	if (status)
		return status;
	f->size = size;
	f->gpa = sg.pfn[0] << PAGE_SHIFT;
	if (stage_back(f->window, size))
		copy_pages(stage_data(f->window), &sg, size);
	else
		status = VSM_S_NO_MEMORY;
	sg_free(&sg);
	return status;
}

static u64 copy_cms(struct bytes *cms, u64 gpa, u64 size)
{
	struct sg sg;
	u64 status;
	u8 *data;

	if (!size || size > VSM_SIGNED_MAX_CMS)
		return VSM_S_BAD_FORMAT;
	status = sg_open(&sg, gpa, size);
	if (status)
		return status;
	data = sk_calloc(1, size);
	if (data) {
		copy_pages(data, &sg, size);
		*cms = (struct bytes){ data, size };
	} else {
		status = VSM_S_NO_MEMORY;
	}
	sg_free(&sg);
	return status;
}

static u64 take(struct code_file *f, const u64 arg[5])
{
	struct bytes cms = { 0 };
	u64 status;

	status = copy_content(f, arg[0], arg[1]);
	if (!status)
		status = copy_cms(&cms, arg[2], arg[3]);
	if (!status)
		status = check(f, &cms);
	sk_free((void *)cms.data);
	return status;
}

static bool is_verdict(u64 status)
{
	return status == VSM_S_BAD_FORMAT || status == VSM_S_BAD_SIGNATURE ||
	       status == VSM_S_BAD_CERTIFICATE || status == VSM_S_REVOKED;
}

u64 scall_code_file(const u64 arg[5], u64 ret[3])
{
	struct code_file *f = file_get();
	u64 status;

	if (!f)
		return VSM_S_BUSY;
	status = take(f, arg);
	if (!status) {
		ret[0] = file_keep(f);
		return VSM_S_OK;
	}
	if (is_verdict(status)) {
		sk_log("module file of %lu bytes refused: status %lu", arg[1],
		       status);
		code_module_breach(VSM_CODE_CLASS_MODULE,
				   status == VSM_S_REVOKED ?
				   VSM_RULE_MODULE_REVOKED :
				   VSM_RULE_MODULE_SIGNER, 0, f->gpa);
	}
	code_file_drop(f);
	return status;
}

u64 scall_code_file_drop(const u64 arg[5], u64 ret[3])
{
	struct code_file *f = code_file_take(arg[0]);

	(void)ret;
	if (!f)
		return VSM_S_NOT_FOUND;
	code_file_drop(f);
	return VSM_S_OK;
}
