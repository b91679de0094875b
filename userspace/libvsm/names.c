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
	{ ENOKEY, "class user: audit it from the start, allow files, then enforce it" },
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
	{ EBUSY, "busy; try again" },
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

#define VSM_CODE_CLASS(id, text, what) text,

static const char * const classes[] = {
	"none",
#include "vsm/code_classes.def"
};

#undef VSM_CODE_CLASS
#define VSM_CODE_CLASS(id, text, what) what,

static const char * const abouts[] = {
	"no matter of code integrity",
#include "vsm/code_classes.def"
};

#undef VSM_CODE_CLASS

static const char * const code_modes[] = {
	[VSM_CODE_MODE_OFF] = "off",
	[VSM_CODE_MODE_AUDIT] = "audit",
	[VSM_CODE_MODE_ENFORCE] = "enforce",
};

#define VSM_FILE_RULE(name, status, text) text,

static const char * const file_rules[] = {
	"accepted",
#include "vsm/file_rules.def"
};

#undef VSM_FILE_RULE

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

const char *vsm_code_class_name(uint32_t code_class)
{
	return code_class < ARRAY_SIZE(classes) ? classes[code_class] :
						  "unknown";
}

const char *vsm_code_class_about(uint32_t code_class)
{
	return code_class < ARRAY_SIZE(abouts) ? abouts[code_class] : "unknown";
}

const char *vsm_code_mode_name(uint32_t mode)
{
	return mode < ARRAY_SIZE(code_modes) ? code_modes[mode] : "unknown";
}

const char *vsm_file_rule_text(uint32_t rule)
{
	return rule < ARRAY_SIZE(file_rules) ? file_rules[rule] :
					       "refused by an unknown rule";
}

/* As fs-verity writes them. */
const char *vsm_file_algorithm_name(uint32_t algorithm)
{
	return algorithm == VSM_FILE_SHA256 ? "sha256" :
	       algorithm == VSM_FILE_SHA512 ? "sha512" : "unknown";
}

/* Control characters do not get through. */
void vsm_printable(const char *text, char *buf, size_t size)
{
	size_t i;

	for (i = 0; i < size - 1 && text[i]; i++)
		buf[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	buf[i] = '\0';
}

/* Of "name+0x1/0x2 [module]"; false: it is not in a module. */
bool vsm_symbol_module(const char *symbol, char *buf, size_t size)
{
	const char *open = strchr(symbol, '['), *end;

	end = open ? strpbrk(open, " ]") : NULL;
	if (!end || end == open + 1)
		return false;
	snprintf(buf, size, "%.*s", (int)(end - open - 1), open + 1);
	return true;
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

/* ", at SYMBOL", ", to SYMBOL", ", by COMM[PID]", ", number N of its kind". */
static void event_context(const struct vsm_event *event, char *buf, size_t size)
{
	char symbol[sizeof(event->symbol)], target[sizeof(event->target)];
	char comm[sizeof(event->comm)], count[48] = "", pid[16] = "";

	vsm_printable(event->symbol, symbol, sizeof(symbol));
	vsm_printable(event->target, target, sizeof(target));
	vsm_printable(event->comm, comm, sizeof(comm));
	if (event->count > 1)
		snprintf(count, sizeof(count), ", number %llu of its kind",
			 (unsigned long long)event->count);
	if (event->pid)
		snprintf(pid, sizeof(pid), "[%u]", event->pid);
	snprintf(buf, size, "%s%s%s%s%s%s%s%s", symbol[0] ? ", at " : "", symbol,
		 target[0] ? ", to " : "", target, comm[0] ? ", process " : "",
		 comm, pid, count);
}

/* One line; control characters do not get through. */
void vsm_event_text(const struct vsm_event *event, char *buf, size_t size)
{
	char detail[sizeof(event->detail)];
	char context[512], access[40];
	bool code = event->type == VSM_EVENT_CODE;

	vsm_printable(event->detail, detail, sizeof(detail));
	if (event->type != VSM_EVENT_MEMORY && !code) {
		snprintf(buf, size, "%s%s%s", vsm_event_name(event->type),
			 detail[0] ? ": " : "", detail);
		return;
	}
	vsm_access_name(event->access, access, sizeof(access));
	event_context(event, context, sizeof(context));
	snprintf(buf, size,
		 "%s%s%s: %s of gpa 0x%llx (gva 0x%llx) by rip 0x%llx on cpu %u%s%s%s",
		 vsm_event_name(event->type), code ? " " : "",
		 code ? vsm_code_class_name(event->code_class) : "", access,
		 (unsigned long long)event->gpa,
		 (unsigned long long)event->gva,
		 (unsigned long long)event->rip, event->cpu,
		 detail[0] ? ": " : "", detail, context);
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
