// SPDX-License-Identifier: GPL-2.0
/*
 * One VTL call on the CPU that it is made on.  Must never be made on a CPU
 * where VTL1 is not initialised: that is #UD.
 */
#include "machine.h"

#include <linux/cpumask.h>
#include <linux/preempt.h>
#include <linux/smp.h>

/* CPUs on which VTL1 can be called; changed at start, stop and hotplug. */
struct cpumask vsm_vtl1_cpus;

static unsigned long vtl_call_target;

int vsm_vtlcall_init(void)
{
	u64 offsets;
	int ret;

	ret = vsm_hvcall_get_register(HV_REGISTER_VSM_CODE_PAGE_OFFSETS,
				      &offsets);
	if (!ret)
		vtl_call_target =
			vsm_hvcall_address(HV_VSM_VTL_CALL_OFFSET(offsets));
	return ret;
}

/*
 * Arguments out, results in, one entry of VTL1: the status may be
 * VSM_S_PREEMPTED.  Interrupts stay on: one that comes ends the stay in VTL1
 * and is taken right after the return.
 */
int vsm_vtl_call(struct vsm_scall *sc)
{
	u64 regs[8] = { sc->fn, sc->arg[0], sc->arg[1], sc->arg[2],
			sc->arg[3], sc->arg[4] };
	int ret = -ENODEV;

	preempt_disable();
	if (cpumask_test_cpu(smp_processor_id(), &vsm_vtl1_cpus)) {
		vsm_vtl_call_regs(regs, vtl_call_target);
		ret = 0;
	}
	preempt_enable();
	if (ret) {
		sc->status = VSM_S_NOT_READY;
		return ret;
	}
	sc->status = regs[0];
	sc->ret[0] = regs[1];
	sc->ret[1] = regs[2];
	sc->ret[2] = regs[3];
	return 0;
}

long vsm_vtl_call_work(void *sc)
{
	return vsm_vtl_call(sc);
}
