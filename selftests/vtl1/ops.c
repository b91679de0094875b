// SPDX-License-Identifier: GPL-2.0
/*
 * What a request can ask for, each carried out so that an exception ends the
 * request and not the puppet.  Must never correct what it is given.
 */
#include <asm/msr.h>

#include "internal.h"

static void op_pages(struct puppet_request *req)
{
	struct slot *slot = this_slot();

	req->ret[0] = image_pa(&slot->assist);
	req->ret[1] = image_pa(slot->messages);
	req->ret[2] = image_pa(slot->event_flags);
	req->ret[3] = image_pa(slot->scratch);
}

static void stay(u64 ticks)
{
	u64 start = rdtsc();

	while (rdtsc() - start < ticks)
		cpu_relax();
}

static void op_vmcall(struct puppet_request *req)
{
	struct regs regs;

	memcpy(regs.gpr, req->gpr, sizeof(regs.gpr));
	memcpy(regs.xmm, req->xmm, sizeof(regs.xmm));
	if (req->flags & PUPPET_XMM)
		xmm_load(&regs);
	if (req->flags & PUPPET_PAGE)
		page_regs(&regs);
	else
		vmcall_regs(&regs);
	if (req->flags & PUPPET_XMM)
		xmm_store(&regs);
	memcpy(req->gpr, regs.gpr, sizeof(regs.gpr));
	memcpy(req->xmm, regs.xmm, sizeof(regs.xmm));
	stay(req->arg[0]);
}

/* The next VTL call is served by a loop that starts afresh. */
static void op_return(struct puppet_request *req)
{
	struct vp *vp = this_vp();

	vp->regs = (struct regs){ .gpr[PUPPET_RDI] = VSM_S_OK };
	if (req->flags & PUPPET_GPRS)
		memcpy(vp->regs.gpr, req->gpr, sizeof(req->gpr));
	if (req->flags & PUPPET_XMM) {
		memcpy(vp->regs.xmm, req->xmm, sizeof(req->xmm));
		xmm_load(&vp->regs);
	}
	vp->regs.gpr[PUPPET_RCX] = req->arg[0];
	this_slot()->assist.entry_reason = HV_VTL_ENTRY_RESERVED;
	vtl_return(&vp->regs);
	vp->try_sp = 0;
	stack_call((u8 *)vp + SLOT_SIZE, scall_called);
}

static void op_rdmsr(struct puppet_request *req)
{
	req->ret[0] = rdmsr(req->arg[0]);
}

static void op_wrmsr(struct puppet_request *req)
{
	wrmsr(req->arg[0], req->arg[1]);
}

static void op_cpuid(struct puppet_request *req)
{
	u32 r[4];
	u32 i;

	cpuid(req->arg[0], req->arg[1], r);
	for (i = 0; i < 4; i++)
		req->ret[i] = r[i];
}

static u64 read_table(u32 reg)
{
	struct desc_ptr d;

	if (reg < PUPPET_IDTR_BASE)
		sgdt(&d);
	else
		sidt(&d);
	return reg == PUPPET_GDTR_BASE || reg == PUPPET_IDTR_BASE ? d.base :
								    d.limit;
}

u64 read_register(u32 reg)
{
	switch (reg) {
	case PUPPET_CR0:
		return read_cr0();
	case PUPPET_CR2:
		return read_cr2();
	case PUPPET_CR3:
		return read_cr3();
	case PUPPET_CR4:
		return read_cr4();
	case PUPPET_CR8:
		return read_cr8();
	case PUPPET_DR0:
		return read_dr0();
	case PUPPET_DR1:
		return read_dr1();
	case PUPPET_DR2:
		return read_dr2();
	case PUPPET_DR3:
		return read_dr3();
	case PUPPET_DR6:
		return read_dr6();
	case PUPPET_DR7:
		return read_dr7();
	case PUPPET_XCR0:
		return xgetbv(0);
	case PUPPET_RFLAGS:
		return read_rflags();
	case PUPPET_CS:
		return read_cs();
	case PUPPET_DS:
		return read_ds();
	case PUPPET_ES:
		return read_es();
	case PUPPET_FS:
		return read_fs();
	case PUPPET_GS:
		return read_gs();
	case PUPPET_SS:
		return read_ss();
	case PUPPET_TR:
		return read_tr();
	case PUPPET_LDTR:
		return read_ldtr();
	default:
		return read_table(reg);
	}
}

static void write_register(u32 reg, u64 val)
{
	switch (reg) {
	case PUPPET_CR0:
		write_cr0(val);
		break;
	case PUPPET_CR2:
		write_cr2(val);
		break;
	case PUPPET_CR3:
		write_cr3(val);
		break;
	case PUPPET_CR4:
		write_cr4(val);
		break;
	case PUPPET_CR8:
		write_cr8(val);
		break;
	case PUPPET_DR0:
		write_dr0(val);
		break;
	case PUPPET_DR1:
		write_dr1(val);
		break;
	case PUPPET_DR2:
		write_dr2(val);
		break;
	case PUPPET_DR3:
		write_dr3(val);
		break;
	case PUPPET_DR6:
		write_dr6(val);
		break;
	case PUPPET_DR7:
		write_dr7(val);
		break;
	case PUPPET_XCR0:
		xsetbv(0, val);
		break;
	case PUPPET_FS:
		write_fs(val);
		break;
	case PUPPET_GS:
		write_gs(val);
		break;
	default:
		break;
	}
}

static void op_read(struct puppet_request *req)
{
	req->ret[0] = read_register(req->arg[0]);
}

static void op_write(struct puppet_request *req)
{
	write_register(req->arg[0], req->arg[1]);
}

static void op_copy(struct puppet_request *req)
{
	memcpy(gpa_va(req->arg[0]), gpa_va(req->arg[1]), req->arg[2]);
}

static u64 irqs_taken(const struct vp *vp)
{
	u64 n = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(vp->irqs); i++)
		n += READ_ONCE(vp->irqs[i]);
	return n;
}

static void op_wait(struct puppet_request *req)
{
	struct vp *vp = this_vp();
	u64 before = irqs_taken(vp), start = rdtsc();

	irq_enable();
	while (irqs_taken(vp) == before && rdtsc() - start < req->arg[0])
		cpu_relax();
	irq_disable();
	req->ret[0] = irqs_taken(vp) - before;
}

static void op_irqs(struct puppet_request *req)
{
	struct vp *vp = this_vp();
	u32 i;

	for (i = 0; i < PUPPET_NR_ARGS && req->arg[0] + i < 256; i++)
		req->ret[i] = vp->irqs[req->arg[0] + i];
	memset(vp->irqs, 0, sizeof(vp->irqs));
}

static void op_start(struct puppet_request *req)
{
	memcpy(gpa_va(req->arg[0]), &this_vp()->start,
	       sizeof(this_vp()->start));
}

static void op_respond(struct puppet_request *req)
{
	struct intercepts *i = &this_slot()->intercepts;

	i->response = req->response;
	i->nr = 0;
}

static void op_logged(struct puppet_request *req)
{
	struct intercepts *i = &this_slot()->intercepts;

	req->ret[0] = i->nr;
	memcpy(gpa_va(req->arg[0]), i->log,
	       MIN(i->nr, PUPPET_LOG) * sizeof(i->log[0]));
}

static void op_no_eoi(struct puppet_request *req)
{
	this_vp()->no_eoi = req->arg[0];
}

static void op_start_vp(struct puppet_request *req)
{
	req->ret[0] = vp_start(req->arg[0]);
}

static void (* const ops[])(struct puppet_request *req) = {
	[PUPPET_NOP] = NULL,
	[PUPPET_PAGES] = op_pages,
	[PUPPET_VMCALL] = op_vmcall,
	[PUPPET_RETURN] = op_return,
	[PUPPET_RDMSR] = op_rdmsr,
	[PUPPET_WRMSR] = op_wrmsr,
	[PUPPET_CPUID] = op_cpuid,
	[PUPPET_READ] = op_read,
	[PUPPET_WRITE] = op_write,
	[PUPPET_COPY] = op_copy,
	[PUPPET_WAIT] = op_wait,
	[PUPPET_IRQS] = op_irqs,
	[PUPPET_START] = op_start,
	[PUPPET_RESPOND] = op_respond,
	[PUPPET_LOGGED] = op_logged,
	[PUPPET_NO_EOI] = op_no_eoi,
	[PUPPET_START_VP] = op_start_vp,
};

static_assert(ARRAY_SIZE(ops) == PUPPET_NR_OPS, "every operation");

static void do_serve(void *arg)
{
	struct puppet_request *req = arg;

	ops[req->op](req);
}

void serve(struct puppet_request *req)
{
	if (req->op < PUPPET_NR_OPS && ops[req->op])
		try(do_serve, req);
}

void guarded_rdmsr(u32 msr, u64 *ret_value)
{
	struct puppet_request req = { .op = PUPPET_RDMSR, .arg[0] = msr };

	this_vp()->fault.vector = PUPPET_NO_FAULT;
	serve(&req);
	*ret_value = req.ret[0];
}
