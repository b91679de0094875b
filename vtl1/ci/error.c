// SPDX-License-Identifier: GPL-2.0
/*
 * The texts of the errors.  Must never be asked for anything but a message.
 */
#include <vsm/types.h>

#include "error.h"

#define CI_ERROR(name, text) { #name, text },
static const struct {
	const char *name, *text;
} errors[] = {
#include "errors.def"
};

#undef CI_ERROR

static_assert(ARRAY_SIZE(errors) == CI_ERRORS);

const char *ci_error_text(enum ci_error error)
{
	return (u32)error < CI_ERRORS ? errors[error].text : "no such error";
}

const char *ci_error_name(enum ci_error error)
{
	return (u32)error < CI_ERRORS ? errors[error].name : "?";
}
