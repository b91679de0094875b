// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers of the ABI in words.
 * Must never do input or output.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libvsm.h"
#include "util.h"

/* Where the ABI gives an errno a meaning of its own. */
static const struct {
	int error;
	const char *text;
} errors[] = {
	{ ENOENT, "not found; is the module loaded? (vsmctl check)" },
	{ EPERM, "needs CAP_SYS_ADMIN" },
	{ EPROTONOSUPPORT, "driver and program differ in their ABI version" },
	{ EBADMSG, "malformed object" },
	{ ENODATA, "not signed" },
	{ EKEYREJECTED, "signature, certificate or key usage refused" },
	{ EKEYEXPIRED, "certificate outside its validity" },
	{ EKEYREVOKED, "revoked by policy" },
	{ ESTALE, "older than the version that is loaded" },
	{ E2BIG, "too large" },
	{ ENOEXEC, "not an acceptable trustlet image" },
	{ EACCES, "refused" },
	{ EIO, "the trustlet faulted and is gone" },
	{ ENOBUFS, "too many events at once" },
};

static const char * const events[] = {
	[VSM_EVENT_UNSPEC] = "unspecified",
	[VSM_EVENT_MEMORY] = "memory",
	[VSM_EVENT_POLICY] = "policy",
	[VSM_EVENT_TRUSTLET] = "trustlet",
	[VSM_EVENT_LOCK] = "lock",
	[VSM_EVENT_LOSS] = "loss",
	[VSM_EVENT_CODE] = "code",
};

const char *vsm_strerror(int error)
{
	if (error < 0)
		error = -error;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		if (errors[i].error == error)
			return errors[i].text;
	}
	return strerror(error);
}

const char *vsm_event_name(uint32_t type)
{
	if (type >= ARRAY_SIZE(events))
		return "unknown";
	return events[type];
}

/* "read", "read+write", ... or "none". */
void vsm_access_name(uint32_t access, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s%s%s",
		 access & VSM_ACCESS_READ ? "+read" : "",
		 access & VSM_ACCESS_WRITE ? "+write" : "",
		 access & VSM_ACCESS_EXECUTE ? "+execute" : "",
		 access & ~7U ? "+unknown" : "",
		 access ? "" : "+none");
	memmove(buf, buf + 1, strlen(buf));
}

/* One line; control characters of the detail do not get through. */
void vsm_event_text(const struct vsm_event *event, char *buf, size_t size)
{
	char access[40];
	char detail[sizeof(event->detail)];
	size_t i;

	for (i = 0; i < sizeof(detail) - 1 && event->detail[i]; i++) {
		char c = event->detail[i];

		detail[i] = c >= ' ' && c <= '~' ? c : '?';
	}
	detail[i] = '\0';

	if (event->type != VSM_EVENT_MEMORY) {
		snprintf(buf, size, "%s%s%s", vsm_event_name(event->type),
			 detail[0] ? ": " : "", detail);
		return;
	}
	vsm_access_name(event->access, access, sizeof(access));
	snprintf(buf, size,
		 "memory: %s of gpa 0x%llx (gva 0x%llx) by rip 0x%llx on cpu %u%s%s",
		 access, (unsigned long long)event->gpa,
		 (unsigned long long)event->gva,
		 (unsigned long long)event->rip, event->cpu,
		 detail[0] ? ": " : "", detail);
}

void vsm_hex(const uint8_t *bytes, size_t nr, char *ret_text)
{
	static const char digits[] = "0123456789abcdef";

	while (nr--) {
		*ret_text++ = digits[*bytes >> 4];
		*ret_text++ = digits[*bytes++ & 15];
	}
	*ret_text = '\0';
}

void vsm_uuid(const uint8_t *uuid, char *ret_text)
{
	static const int groups[] = { 4, 2, 2, 2, 6 };

	for (int i = 0; i < 5; i++) {
		if (i)
			*ret_text++ = '-';
		vsm_hex(uuid, (size_t)groups[i], ret_text);
		ret_text += 2 * groups[i];
		uuid += groups[i];
	}
}
