/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A policy in memory, between its text and its binary (uapi/vsm/policy.h).
 */
#ifndef _VSM_POLICY_TOOL_H
#define _VSM_POLICY_TOOL_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "vsm/policy.h"

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))

#define POLICY_ID_LEN		16
#define POLICY_DIGEST_LEN	32
#define POLICY_NAME_LEN		63
#define POLICY_MAX_TEXT		(1024 * 1024)

/* A repeatable record. */
struct policy_item {
	uint16_t type;			/* VSM_POLICY_REC_* */
	unsigned int line;		/* of the text; 0: from a binary */
	uint8_t key[POLICY_DIGEST_LEN];	/* digest, identity in 16 bytes, or
					 * class in one
					 */
	uint32_t svn;			/* VSM_POLICY_REC_MIN_SVN only */
	uint8_t mode;			/* VSM_POLICY_REC_CODE_MODE only */
	uint8_t *data;			/* certificate (DER) or fs-verity digest, the
					 * policy's own
					 */
	size_t data_len;
};

struct policy {
	uint16_t pool;			/* VSM_POLICY_POOL_* */
	uint8_t id[POLICY_ID_LEN];
	uint32_t version;
	char name[POLICY_NAME_LEN + 1];	/* empty: no such record */
	bool has_mode;
	uint8_t mode;			/* VSM_POLICY_MODE_* */
	bool has_mbec;
	uint8_t mbec;			/* VSM_POLICY_MBEC_* */
	struct policy_item *items;
	size_t nr_items;
};

void policy_init(struct policy *policy);
void policy_free(struct policy *policy);
int policy_add(struct policy *policy, const struct policy_item *item);
const struct policy_item *policy_find(const struct policy *policy,
				      uint16_t type, const uint8_t *key);
const struct policy_item *policy_find_same(const struct policy *policy,
					   const struct policy_item *item);
size_t policy_size(const struct policy *policy);
bool is_verity_digest(size_t len);

/*
 * A certificate that a text names, PEM or DER, as DER; 0 or -errno.  The name
 * is relative to the text.
 */
typedef int (*read_certificate_fn)(const char *text, const char *name,
				   uint8_t **ret_der, size_t *ret_len);

/* Where complaints go: "file:line: reason". */
struct diag {
	const char *file;
	FILE *out;			/* NULL: counted only */
	unsigned int errors;
	read_certificate_fn read_certificate;	/* NULL: a text names none */
};

#ifndef __printf
#define __printf(fmt, args)	__attribute__((format(printf, fmt, args)))
#endif

__printf(3, 0) void diag_error(struct diag *diag, unsigned int line,
			       const char *fmt, va_list args);

/* text.c */
int policy_parse(struct policy *policy, const char *text, size_t len,
		 struct diag *diag);

/* print.c */
void policy_print(const struct policy *policy, FILE *out);
void print_digest(FILE *out, const uint8_t *digest);
const char *pool_name(unsigned int pool);
const char *mode_name(unsigned int mode);
int pool_from_name(const char *name);
const char *mbec_name(unsigned int mbec);
const char *class_name(unsigned int class);
const char *class_about(unsigned int class);
int mode_from_name(const char *name);
int mbec_from_name(const char *name);
int class_from_name(const char *name);

/* binary.c */
int policy_encode(const struct policy *policy, uint8_t **ret_data,
		  size_t *ret_len);
int policy_decode(struct policy *policy, const uint8_t *data, size_t len,
		  const char **ret_reason);

/* container.c: a signed object (uapi/vsm/signed.h), not verified */
struct container {
	const uint8_t *payload;
	size_t payload_len;
	const uint8_t *cert;
	size_t cert_len;
};

bool container_present(const uint8_t *data, size_t len);
int container_open(struct container *container, const uint8_t *data,
		   size_t len, const char **ret_reason);

/* digest.c */
int digest_bytes(const uint8_t *data, size_t len, uint8_t *ret_digest);
int digest_certificate(const uint8_t *data, size_t len, uint8_t *ret_digest);
int digest_payload(const uint8_t *data, size_t len, uint8_t *ret_digest);
int certificate_der(const uint8_t *data, size_t len, uint8_t **ret_der,
		    size_t *ret_len);

/* draft.c */
int policy_draft(const char *text, size_t len, FILE *out,
		 unsigned int *ret_line);

/* file.c */
int file_read(const char *path, size_t max, uint8_t **ret_data,
	      size_t *ret_len);
int file_write(const char *path, const uint8_t *data, size_t len);

#endif /* _VSM_POLICY_TOOL_H */
