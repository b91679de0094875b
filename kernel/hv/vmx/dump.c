// SPDX-License-Identifier: GPL-2.0
/*
 * The record of what must not have happened: the whole VMCS but its host part,
 * and the registers beside it, where VTL0 can read them, and on the serial
 * port when asked.  Must never fail, nor show VTL1's registers after the lock.
 * Source: SDM, "Field Encoding in VMCS".
 */
#include <vsm/string.h>

#include "vmx.h"

#define TYPE(encoding)		(((encoding) >> 10) & 3)
#define TYPE_HOST		3

static const u16 fields[] = {
#define VMCS_FIELD(name, encoding)	encoding,
#include "vmcs.def"
#undef VMCS_FIELD
};

static_assert(ARRAY_SIZE(fields) <= HV_DUMP_FIELDS, "room for every field");
static_assert(sizeof(struct hv_regs) ==
	      sizeof(((struct hv_public_dump *)0)->gpr), "general registers");

/* Fields of features that this processor does not have are left out. */
static void dump_fields(struct hv_public_dump *d)
{
	u32 n = 0;

	for (u32 i = 0; i < ARRAY_SIZE(fields); i++) {
		u64 value;

		if (TYPE(fields[i]) == TYPE_HOST ||
		    !vmread_safe(fields[i], &value))
			continue;
		d->field[n++] = (struct hv_dump_field) {
			.encoding = fields[i], .value = value,
		};
	}
	d->nr_fields = n;
}

/* In VTL1 they may hold keys: they are for development only. */
static void dump_registers(struct pcpu *cpu, struct hv_public_dump *d)
{
	if (cpu->active_vtl && READ_ONCE(hv.locked)) {
		d->flags |= HV_DUMP_WITHHELD;
		return;
	}
	if (cpu->regs)
		memcpy(d->gpr, cpu->regs, sizeof(d->gpr));
	d->gpr[4] = vmcs_readl(GUEST_RSP);
	d->cr2 = read_cr2();
	d->dr6 = read_dr6();
}

static void dump_serial(const struct hv_public_dump *d)
{
	hv_serial("hv: dump %lu of cpu %u vtl %u: reason %x detail %lx",
		  d->seq, d->vp_index, d->vtl, d->reason, d->detail);
	for (u32 i = 0; i < ARRAY_SIZE(d->gpr); i += 4)
		hv_serial("hv: r%u %016lx %016lx %016lx %016lx", i, d->gpr[i],
			  d->gpr[i + 1], d->gpr[i + 2], d->gpr[i + 3]);
	hv_serial("hv: cr2 %016lx dr6 %016lx", d->cr2, d->dr6);
	for (u32 i = 0; i < d->nr_fields; i++)
		hv_serial("hv: %04x %016lx", d->field[i].encoding,
			  d->field[i].value);
}

/* The active VTL's VMCS is current; @reason: as in it, or HV_DUMP_*. */
void vmx_dump(struct pcpu *cpu, u32 reason, u64 detail)
{
	static u64 seq;		/* guarded by dump_lock */
	struct hv_public *pub = hv_public();
	struct hv_public_dump *d;

	spin_lock(&hv.dump_lock);
	d = &pub->dump[seq++ & (HV_PUBLIC_DUMPS - 1)];
	/* A reader takes a dump whose number is the same before and after. */
	__atomic_store_n(&d->seq, 0, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memset(&d->tsc, 0, sizeof(*d) - offsetof(struct hv_public_dump, tsc));
	d->tsc = rdtsc();
	d->vp_index = cpu->index;
	d->vtl = cpu->active_vtl;
	d->reason = reason;
	d->detail = detail;
	dump_registers(cpu, d);
	dump_fields(d);
	__atomic_store_n(&d->seq, seq, __ATOMIC_RELEASE);
	__atomic_store_n(&pub->dumps, seq, __ATOMIC_RELEASE);
	dump_serial(d);
	spin_unlock(&hv.dump_lock);
	hv_log("hv: cpu %u vtl %u: exit reason %x detail %lx at rip %lx qual %lx gpa %lx",
	       cpu->index, cpu->active_vtl, reason, detail,
	       vmcs_readl(GUEST_RIP), vmcs_readl(EXIT_QUALIFICATION),
	       vmcs_read64(GUEST_PHYSICAL_ADDRESS));
}

void vcpu_dump_exception(struct pcpu *cpu, u64 rip)
{
	/* One fault is enough: do not dump a fault of the dump. */
	if (!cpu->in_vmx || cpu->faulted)
		return;
	cpu->faulted = true;
	vmx_dump(cpu, HV_DUMP_EXCEPTION, rip);
}
