/* SPDX-License-Identifier: GPL-2.0 */
/* A page of its own in the module's text, for another to take its place. */
#include <linux/linkage.h>

	.text
	.balign	4096
SYM_DATA_START(probe_text_page)
	.fill	4096, 1, 0xcc
SYM_DATA_END(probe_text_page)
