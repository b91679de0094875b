/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VSM_HOST_CI_FUZZ_H
#define _VSM_HOST_CI_FUZZ_H

#include <vsm/types.h>

int LLVMFuzzerTestOneInput(const u8 *data, size_t len);

#endif /* _VSM_HOST_CI_FUZZ_H */
