/* SPDX-License-Identifier: GPL-2.0 */
/* What code integrity refuses, by name. */
#ifndef _VSM_CI_ERROR_H
#define _VSM_CI_ERROR_H

#define CI_ERROR(name, text) CI_##name,
enum ci_error {
#include "errors.def"
	CI_ERRORS
};

#undef CI_ERROR

const char *ci_error_text(enum ci_error error);
/* The enumerator's own name without its prefix. */
const char *ci_error_name(enum ci_error error);

#endif /* _VSM_CI_ERROR_H */
