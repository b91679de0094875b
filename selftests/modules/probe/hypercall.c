// SPDX-License-Identifier: GPL-2.0
/*
 * Executes VMCALL with whatever registers and buffers a test asks for.
 * Must never correct what it is given.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <asm/asm.h>

#include "internal.h"

#define BUFFER_ORDER	1	/* two pages, to have a boundary within */
#define BUFFER_SIZE	(PAGE_SIZE << BUFFER_ORDER)
#define UNTOUCHED	0xee

/* The buffers belong to one call at a time. */
static DEFINE_MUTEX(buffer_lock);
static void *input;
static void *output;

static void issue(struct vsm_probe_hypercall *req)
{
	register u64 r8 asm("r8") = req->r8;
	u64 rax = req->rax, rcx = req->control, rdx = req->rdx;
	u32 trapped = 1;

	asm volatile("1:	vmcall\n"
		     "		xorl	%[trapped], %[trapped]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "+a" (rax), "+c" (rcx), "+d" (rdx), "+r" (r8),
		       [trapped] "+b" (trapped)
		     :
		     : "memory", "cc", "rsi", "rdi", "r9", "r10", "r11");
	req->rax = rax;
	req->trapped = trapped;
}

int probe_hypercall(struct vsm_probe_hypercall *req)
{
	if (req->flags & ~VSM_PROBE_FLAGS ||
	    req->input_offset > BUFFER_SIZE - sizeof(req->input) ||
	    req->output_offset > BUFFER_SIZE - sizeof(req->output))
		return -EINVAL;
	mutex_lock(&buffer_lock);
	memcpy(input + req->input_offset, req->input, sizeof(req->input));
	memset(output, UNTOUCHED, BUFFER_SIZE);
	if (!(req->flags & VSM_PROBE_RAW_INPUT))
		req->rdx = virt_to_phys(input) + req->input_offset;
	if (!(req->flags & VSM_PROBE_RAW_OUTPUT))
		req->r8 = virt_to_phys(output) + req->output_offset;
	issue(req);
	memcpy(req->output, output + req->output_offset, sizeof(req->output));
	mutex_unlock(&buffer_lock);
	return 0;
}

int probe_hypercall_init(void)
{
	input = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO, BUFFER_ORDER);
	output = (void *)__get_free_pages(GFP_KERNEL | __GFP_ZERO,
					  BUFFER_ORDER);
	if (input && output)
		return 0;
	probe_hypercall_exit();
	return -ENOMEM;
}

void probe_hypercall_exit(void)
{
	free_pages((unsigned long)input, BUFFER_ORDER);
	free_pages((unsigned long)output, BUFFER_ORDER);
}
