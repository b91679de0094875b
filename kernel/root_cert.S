/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The root certificate (DER) that every signed object must chain to.
 * VSM_ROOT_CERT is its path, given by Kbuild.
 */
#include <linux/linkage.h>

#ifndef VSM_ROOT_CERT
#error "VSM_ROOT_CERT must be the path of the root certificate"
#endif

	.section .rodata, "a"
	.balign	8
SYM_DATA_START(vsm_root_cert)
	.incbin	VSM_ROOT_CERT
SYM_DATA_END_LABEL(vsm_root_cert, SYM_L_GLOBAL, vsm_root_cert_end)
