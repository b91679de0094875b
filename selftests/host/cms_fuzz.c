// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: what VTL0 hands over as the signature of a module.  Must
 * never be accepted: nobody has signed the content with the certificate's key.
 */
#include <stdlib.h>

#include <vsm/scall.h>

#include "../../vtl1/sk/cms.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t len);

/* What Mbed TLS needs of the secure kernel. */
s64 sk_time(void);

extern const u8 sk_root_cert[], sk_root_cert_end[];

s64 sk_time(void)
{
	return 0;
}

static mbedtls_x509_crt crt;

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	static const u8 text[] = "content";
	const struct bytes content = { text, sizeof(text) };
	const struct bytes cms = { data, len };
	mbedtls_pkcs7 p7;

	if (!crt.version &&
	    mbedtls_x509_crt_parse_der(&crt, sk_root_cert,
				       sk_root_cert_end - sk_root_cert))
		abort();
	if (cms_open(&p7, &cms))
		return 0;
	cms_names(&p7, &crt);
	if (cms_check(&p7, &crt, &content, NULL) == VSM_S_OK)
		abort();
	mbedtls_pkcs7_free(&p7);
	return 0;
}
