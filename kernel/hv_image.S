/* SPDX-License-Identifier: GPL-2.0 */
/* The hypervisor image, embedded; VSM_HV_IMAGE is its path, given by Kbuild. */
#include <linux/linkage.h>

	.section .rodata, "a"
	.balign 4096
SYM_DATA_START(vsm_hv_image)
	.incbin	VSM_HV_IMAGE
SYM_DATA_END_LABEL(vsm_hv_image, SYM_L_GLOBAL, vsm_hv_image_end)
