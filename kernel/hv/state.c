// SPDX-License-Identifier: GPL-2.0
/*
 * Every global of the hypervisor.  Must never hold what belongs to one CPU:
 * that is struct pcpu.
 */
#include "hv.h"

/* Filled by the driver before the first CPU enters; constant afterwards. */
struct hv_boot hv_boot __section(".data") = { .nr_cpus = 0 };

static_assert(offsetof(struct hv_boot, pcpu_base) == HV_BOOT_PCPU_BASE, "");

/* See the comments at its members for what guards each. */
struct hv_state hv;

/* Constant after the first CPU's setup. */
struct idt_gate hv_idt[256] __aligned(PAGE_SIZE);

/* At the start of the image: tells the driver where things are. */
extern char hv_entry[], __hv_text[], __hv_rodata[], __hv_data[], __hv_end[];
extern char __hv_text_off[], __hv_rodata_off[], __hv_data_off[], __hv_end_off[];

extern const struct hv_image_header hv_header;
const struct hv_image_header hv_header __section(".header") __used = {
	.magic = HV_IMAGE_MAGIC,
	.version = HV_BOOT_VERSION,
	.boot_size = sizeof(struct hv_boot),
	.entry = (u64)hv_entry,
	.boot = (u64)&hv_boot,
	.text = (u64)__hv_text_off,
	.rodata = (u64)__hv_rodata_off,
	.data = (u64)__hv_data_off,
	.end = (u64)__hv_end_off,
};
