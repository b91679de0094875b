/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VSM_PROBE_INTERNAL_H
#define _VSM_PROBE_INTERNAL_H

#include <linux/types.h>

#include "probe.h"

/* memory.c */
int probe_memory(struct vsm_probe_memory *req);

/* execute.c */
bool probe_can_execute(void);
bool probe_make_executable(void *va);
void *probe_over_text(unsigned long pfn);
void probe_over_text_undo(void);
bool probe_execute(void *va);
bool probe_execute_by(void *va, unsigned long (*fn)(unsigned long x));
void probe_execute_init(void);
void probe_execute_exit(void);

/* hypercall.c */
int probe_hypercall(struct vsm_probe_hypercall *req);
int probe_hypercall_init(void);
void probe_hypercall_exit(void);

/* early.c */
int probe_early(const struct vsm_probe_early *req, bool get);
int probe_early_init(void);
void probe_early_exit(void);

/* instruction.c */
int probe_insn(struct vsm_probe_insn *req);

/* vp.c */
int probe_spin(const struct vsm_probe_spin *req);
int probe_ipi(const struct vsm_probe_ipi *req);

/* endless.c */
void probe_loop(void *page);

/* stale.c */
int probe_stale(struct vsm_probe_stale *req);
int probe_remap(struct vsm_probe_remap *req);

/* poke.c */
int probe_poke(struct vsm_probe_poke *req);
unsigned long probe_find(const char *symbol);
int probe_text_poke(void *va, const void *bytes, size_t len);

/* slot.c */
int probe_slots(struct vsm_probe_slots *req);

int probe_scall(struct vsm_probe_scall *req);

/* trampoline.c */
int probe_trampoline(struct vsm_probe_trampoline *req);
void probe_trampoline_exit(void);

/* instruction_asm.S */
void probe_xmm_load(const void *xmm);
void probe_xmm_store(void *xmm);
extern u8 probe_not_a_slot[];
long probe_call(unsigned long function, ...);

/* stress.c */
int probe_nmi(struct vsm_probe_nmi *req);
int probe_stress_init(void);
void probe_stress_exit(void);

#endif /* _VSM_PROBE_INTERNAL_H */
