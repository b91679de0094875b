// SPDX-License-Identifier: GPL-2.0
/*
 * vsmctl tlfs: which part of the Hypervisor Top Level Functional Specification
 * this build has, from the hypervisor's own tables, and what CPUID of this
 * machine says of it.  Must never name anything that is not in those tables.
 */
#include <cpuid.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <vsm/hvcall.h>
#include <vsm/synic.h>
#include <vsm/vtl.h>

#include "vsmctl.h"

/* As in the hypervisor: a bitmap of VTLs. */
#define HVCALL_VTL0	(1U << 0)
#define HVCALL_VTL1	(1U << 1)
#define HVCALL_ANY_VTL	(HVCALL_VTL0 | HVCALL_VTL1)

/* What the words of the tables mean. */
enum kind {
	KIND_SIMPLE	= 0,
	KIND_REP	= 1U << 0,
	KIND_EARLY	= 1U << 1,	/* gone after the lock */
	KIND_VAR_SIMPLE	= 1U << 2,	/* with a variable-sized header */
	KIND_VAR_REP	= KIND_REP | KIND_VAR_SIMPLE,
};

enum access {
	ACCESS_RO	= 1U << 0,
	ACCESS_WO	= 1U << 1,
	ACCESS_RW	= ACCESS_RO | ACCESS_WO,
};

enum feature_register { REG_EAX, REG_EBX };

static const struct {
	uint16_t code;
	const char *name;
	enum kind kind;
	size_t header, element, output;
	unsigned int vtls;
} hypercalls[] = {
#define HVCALL(name, tlfs, kind, in, elem, out, vtls, fn)		\
	{ HVCALL_##name, tlfs, KIND_##kind, in, elem, out, vtls },
#include "../../kernel/hv/hvcalls.def"
#undef HVCALL
};

static const struct {
	uint16_t code;
	const char *name;
	unsigned int vtls;
} switches[] = {
#define HVCALL(name, tlfs, kind, in, elem, out, vtls, fn)
#define VTLSWITCH(name, tlfs, vtls)	{ HVCALL_##name, tlfs, vtls },
#include "../../kernel/hv/hvcalls.def"
#undef VTLSWITCH
#undef HVCALL
};

static const struct {
	uint32_t number;
	const char *name;
	uint32_t nr;
	unsigned int vtls;
	enum access access;
} msrs[] = {
#define SYNMSR(name, nr, vtls, access, fn)				\
	{ HV_X64_MSR_##name, "HV_X64_MSR_" #name, nr, vtls, ACCESS_##access },
#include "../../kernel/hv/msrs.def"
#undef SYNMSR
};

/* For which VTL the caller may get or set a register. */
enum rule { RULE_NONE, RULE_ANY, RULE_LOWER, RULE_VTL1, RULE_OWNER };

static const struct {
	uint32_t number;
	const char *name;
	enum rule get, set;
	unsigned int bits;
} registers[] = {
#define HVREG(name, tlfs, read, write, bits, get, set)			\
	{ name, tlfs, RULE_##read, RULE_##write, bits },
#include "../../kernel/hv/registers.def"
#undef HVREG
};

static const struct {
	enum feature_register reg;
	uint32_t bit;
	unsigned int vtls;
	const char *name;
} privileges[] = {
#define PRIVILEGE(name, reg, vtls, tlfs)				\
	{ REG_##reg, HV_ACCESS_##name, vtls, tlfs },
#include "../../kernel/hv/privileges.def"
#undef PRIVILEGE
};

struct leaf {
	uint32_t eax, ebx, ecx, edx;
};

#define NR_LEAVES	(HV_CPUID_HARDWARE + 1)

/* What the demoted machine's CPUID says; base 0: nothing, and why. */
struct machine {
	uint32_t base;
	const char *why;
	struct leaf leaf[NR_LEAVES];
};

static void read_machine(struct machine *m)
{
	struct vsm_info info = { 0 };
	bool complete;

	*m = (struct machine) { .base = 0 };
	if (status_read(&info, &complete)) {
		m->why = "vsm is not loaded";
		return;
	}
	if (!complete) {
		m->why = "only root is told where the leaves are";
		return;
	}
	m->base = info.cpuid_base;
	for (uint32_t i = 0; i < NR_LEAVES; i++)
		__cpuid(m->base + i, m->leaf[i].eax, m->leaf[i].ebx,
			m->leaf[i].ecx, m->leaf[i].edx);
}

static bool has_privilege(const struct machine *m, size_t i)
{
	const struct leaf *features = &m->leaf[HV_CPUID_FEATURES];
	uint32_t value = privileges[i].reg == REG_EAX ? features->eax :
							features->ebx;

	return value & privileges[i].bit;
}

/* Bit of the 64-bit mask of privileges, of which EBX is the upper half. */
static unsigned int privilege_bit(size_t i)
{
	return (unsigned int)__builtin_ctz(privileges[i].bit) +
	       (privileges[i].reg == REG_EBX ? 32 : 0);
}

static const char *vtl_names(unsigned int vtls)
{
	switch (vtls) {
	case HVCALL_VTL0:
		return "VTL0";
	case HVCALL_VTL1:
		return "VTL1";
	default:
		return "any VTL";
	}
}

static void print_hypercalls(void)
{
	printf("Hypercalls (bytes of header, list element and output)\n");
	for (size_t i = 0; i < ARRAY_SIZE(hypercalls); i++)
		printf("  0x%04x  %-36s%-8s%-8s%4zu%4zu%4zu%s%s\n",
		       hypercalls[i].code, hypercalls[i].name,
		       hypercalls[i].kind & KIND_REP ? "rep" : "simple",
		       vtl_names(hypercalls[i].vtls), hypercalls[i].header,
		       hypercalls[i].element, hypercalls[i].output,
		       hypercalls[i].kind & KIND_VAR_SIMPLE ?
		       "  variable header" : "",
		       hypercalls[i].kind & KIND_EARLY ? "  until the lock" :
							 "");
	printf("VTL switches (code sequences of the hypercall page)\n");
	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		printf("  0x%04x  %-44s%s\n", switches[i].code,
		       switches[i].name, vtl_names(switches[i].vtls));
}

static const char *rule_name(enum rule rule)
{
	static const char * const names[] = {
		[RULE_NONE] = "no",
		[RULE_ANY] = "own or lower VTL",
		[RULE_LOWER] = "lower VTL",
		[RULE_VTL1] = "VTL1",
		[RULE_OWNER] = "the VTL above 0 that owns it",
	};

	return names[rule];
}

static void print_registers(void)
{
	printf("VP registers (bits, name)\n");
	for (size_t i = 0; i < ARRAY_SIZE(registers); i++)
		printf("  0x%08x%5u  %s, get: %s, set: %s\n",
		       registers[i].number, registers[i].bits,
		       registers[i].name, rule_name(registers[i].get),
		       rule_name(registers[i].set));
}

static void print_msrs(void)
{
	static const char * const access[] = {
		[ACCESS_RO] = "read",
		[ACCESS_WO] = "write",
		[ACCESS_RW] = "read, write",
	};

	printf("Synthetic MSRs (the first, how many)\n");
	for (size_t i = 0; i < ARRAY_SIZE(msrs); i++)
		printf("  0x%08x %2u  %-32s%-8s%s\n", msrs[i].number,
		       msrs[i].nr, msrs[i].name, vtl_names(msrs[i].vtls),
		       access[msrs[i].access]);
}

static void print_privileges(const struct machine *m)
{
	printf("Partition privileges\n");
	for (size_t i = 0; i < ARRAY_SIZE(privileges); i++)
		printf("  bit %-6u%s, %s%s\n", privilege_bit(i),
		       privileges[i].name, vtl_names(privileges[i].vtls),
		       !m->base || !(privileges[i].vtls & HVCALL_VTL0) ? "" :
		       has_privilege(m, i) ? ", CPUID: yes" : ", CPUID: NO");
}

static void print_machine(const struct machine *m)
{
	printf("CPUID of this machine%s%s\n", m->base ? "" : ": ",
	       m->base ? "" : m->why);
	for (uint32_t i = 0; m->base && i < NR_LEAVES; i++)
		printf("  0x%08x  %08x %08x %08x %08x\n", m->base + i,
		       m->leaf[i].eax, m->leaf[i].ebx, m->leaf[i].ecx,
		       m->leaf[i].edx);
}

static void add_vtls(struct json_object *obj, unsigned int vtls)
{
	struct json_object *array = json_object_new_array();

	for (int vtl = 0; vtl < HV_NUM_VTLS; vtl++)
		if (vtls & (1U << vtl))
			json_object_array_add(array, json_object_new_int(vtl));
	json_object_object_add(obj, "vtls", array);
}

static struct json_object *hypercalls_as_json(void)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < ARRAY_SIZE(hypercalls); i++) {
		struct json_object *obj = json_object_new_object();
		enum kind kind = hypercalls[i].kind;

		json_add_u64(obj, "code", hypercalls[i].code);
		json_add_str(obj, "name", hypercalls[i].name);
		json_add_bool(obj, "rep", kind & KIND_REP);
		json_add_bool(obj, "variable_header", kind & KIND_VAR_SIMPLE);
		json_add_bool(obj, "until_lock", kind & KIND_EARLY);
		add_vtls(obj, hypercalls[i].vtls);
		json_add_u64(obj, "header_bytes", hypercalls[i].header);
		json_add_u64(obj, "element_bytes", hypercalls[i].element);
		json_add_u64(obj, "output_bytes", hypercalls[i].output);
		json_object_array_add(array, obj);
	}
	return array;
}

static struct json_object *switches_as_json(void)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < ARRAY_SIZE(switches); i++) {
		struct json_object *obj = json_object_new_object();

		json_add_u64(obj, "code", switches[i].code);
		json_add_str(obj, "name", switches[i].name);
		add_vtls(obj, switches[i].vtls);
		json_object_array_add(array, obj);
	}
	return array;
}

static struct json_object *registers_as_json(void)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < ARRAY_SIZE(registers); i++) {
		struct json_object *obj = json_object_new_object();

		json_add_u64(obj, "number", registers[i].number);
		json_add_str(obj, "name", registers[i].name);
		json_add_u64(obj, "bits", registers[i].bits);
		json_add_str(obj, "get", rule_name(registers[i].get));
		json_add_str(obj, "set", rule_name(registers[i].set));
		json_object_array_add(array, obj);
	}
	return array;
}

static struct json_object *msrs_as_json(void)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < ARRAY_SIZE(msrs); i++) {
		struct json_object *obj = json_object_new_object();

		json_add_u64(obj, "number", msrs[i].number);
		json_add_str(obj, "name", msrs[i].name);
		json_add_u64(obj, "count", msrs[i].nr);
		json_add_bool(obj, "readable", msrs[i].access & ACCESS_RO);
		json_add_bool(obj, "writable", msrs[i].access & ACCESS_WO);
		add_vtls(obj, msrs[i].vtls);
		json_object_array_add(array, obj);
	}
	return array;
}

static struct json_object *privileges_as_json(const struct machine *m)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < ARRAY_SIZE(privileges); i++) {
		struct json_object *obj = json_object_new_object();

		json_add_u64(obj, "bit", privilege_bit(i));
		json_add_str(obj, "name", privileges[i].name);
		add_vtls(obj, privileges[i].vtls);
		if (m->base && (privileges[i].vtls & HVCALL_VTL0))
			json_add_bool(obj, "present", has_privilege(m, i));
		json_object_array_add(array, obj);
	}
	return array;
}

static struct json_object *leaves_as_json(const struct machine *m)
{
	struct json_object *array = json_object_new_array();

	for (uint32_t i = 0; m->base && i < NR_LEAVES; i++) {
		struct json_object *obj = json_object_new_object();

		json_add_u64(obj, "leaf", m->base + i);
		json_add_u64(obj, "eax", m->leaf[i].eax);
		json_add_u64(obj, "ebx", m->leaf[i].ebx);
		json_add_u64(obj, "ecx", m->leaf[i].ecx);
		json_add_u64(obj, "edx", m->leaf[i].edx);
		json_object_array_add(array, obj);
	}
	return array;
}

static void print_as_json(const struct machine *m)
{
	struct json_object *obj = json_object_new_object();

	json_object_object_add(obj, "hypercalls", hypercalls_as_json());
	json_object_object_add(obj, "vtl_switches", switches_as_json());
	json_object_object_add(obj, "registers", registers_as_json());
	json_object_object_add(obj, "msrs", msrs_as_json());
	json_object_object_add(obj, "privileges", privileges_as_json(m));
	json_object_object_add(obj, "cpuid", leaves_as_json(m));
	print_json(obj);
}

int cmd_tlfs(const struct options *opt, int argc, char **argv)
{
	struct machine machine;

	(void)argc;
	(void)argv;
	read_machine(&machine);
	if (opt->json) {
		print_as_json(&machine);
		return EXIT_OK;
	}
	print_hypercalls();
	print_registers();
	print_msrs();
	print_privileges(&machine);
	print_machine(&machine);
	return EXIT_OK;
}
