// SPDX-License-Identifier: GPL-2.0
/*
 * Secure intercepts: what VTL0 does that VTL1 asked to see is a message to
 * VTL1, byte for byte, and is carried out, skipped or answered with an
 * exception as VTL1 says.  Source: TLFS, "Secure Intercepts", "Memory Access
 * Violations", "Secure Register Intercepts".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "../uapi/vsm/registers.h"
#include "../uapi/vsm/synic.h"
#include "tlfs.h"

#define ALL		HV_MAP_GPA_PERMISSIONS_MASK
#define VECTOR		0x30
#define KERNEL_CS	0x10
#define KERNEL_SS	0x18
#define CS_ATTRIBUTES	0xa09b
#define SS_ATTRIBUTES	0xc093
#define FLAGS_IF	0x200
#define FLAGS_ANY	0x508d5		/* AC, OF SF ZF AF PF CF, and RF, which
					 * the processor saves set for a fault
					 */
#define CR0_AM		(1ULL << 18)
#define CR4_DE		(1ULL << 3)
#define CONTROL		HV_REGISTER_CR_INTERCEPT_CONTROL
#define BY_ADDRESS	(HV_MEMORY_GVA_VALID | HV_MEMORY_GVA_GPA_VALID)

/* HvRegisterPendingEvent0 of an exception. */
#define EVENT(vector)	(HV_PENDING_EVENT | \
			 (__u64)(vector) << HV_PENDING_EVENT_VECTOR_SHIFT)
#define EVENT_ERROR(vector, error) \
	(EVENT(vector) | HV_PENDING_EVENT_ERROR | \
	 (__u64)(error) << HV_PENDING_EVENT_ERROR_SHIFT)

FIXTURE(intercept) {
	struct tlfs t;
	__u64 gpa, va;			/* of a page that tests protect */
	__u8 *page;
	struct puppet_logged log[PUPPET_LOG];
};

static void open_vp(struct __test_metadata *_metadata,
		    struct _test_data_intercept *self)
{
	struct puppet_request req = { .op = PUPPET_PAGES };

	ASSERT_TRUE(puppet(&self->t, &req));
	ASSERT_EQ(NO_FAULT, write_msr(&self->t, 1, HV_X64_MSR_VP_ASSIST_PAGE,
				      req.ret[0] | HV_MSR_ENABLE));
	ASSERT_EQ(NO_FAULT, write_msr(&self->t, 1, HV_X64_MSR_SIMP,
				      req.ret[1] | HV_MSR_ENABLE));
	ASSERT_EQ(NO_FAULT, write_msr(&self->t, 1, HV_X64_MSR_SCONTROL,
				      HV_SCONTROL_ENABLE));
	ASSERT_EQ(NO_FAULT, write_msr(&self->t, 1, HV_X64_MSR_SINT0, VECTOR));
}

static void close_vp(struct _test_data_intercept *self)
{
	set_register(&self->t, 1, 0, CONTROL, 0);
	write_msr(&self->t, 1, HV_X64_MSR_SINT0, HV_SINT_MASKED);
	write_msr(&self->t, 1, HV_X64_MSR_SCONTROL, 0);
	write_msr(&self->t, 1, HV_X64_MSR_SIMP, 0);
	write_msr(&self->t, 1, HV_X64_MSR_VP_ASSIST_PAGE, 0);
}

FIXTURE_SETUP(intercept)
{
	bool skip;
	const char *why = tlfs_open(&self->t, &skip);

	if (why && skip)
		SKIP(return, "%s", why);
	ASSERT_EQ(NULL, why) TH_LOG("%s", why);
	self->gpa = tlfs_gpa(&self->t, TLFS_FREE);
	self->va = tlfs_va(&self->t, TLFS_FREE);
	self->page = tlfs_page(&self->t, TLFS_FREE);
	ASSERT_EQ(DONE(1),
		  set_register(&self->t, 1, 0,
			       HV_REGISTER_VSM_PARTITION_CONFIG,
			       HV_VSM_CONFIG_ENABLE_PROTECTION |
			       ALL << HV_VSM_CONFIG_DEFAULT_MASK_SHIFT));
	open_vp(_metadata, self);
}

FIXTURE_TEARDOWN(intercept)
{
	tlfs_on_cpu(0);
	close_vp(self);
	EXPECT_EQ(DONE(1), protect(&self->t, 1, 0, ALL, self->gpa / PAGE, 1));
	tlfs_close(&self->t);
}

static void respond(struct __test_metadata *_metadata,
		    struct _test_data_intercept *self,
		    const struct puppet_response *response)
{
	struct puppet_request req = {
		.op = PUPPET_RESPOND, .response = *response,
	};

	ASSERT_TRUE(puppet(&self->t, &req));
}

/* How many intercepts there were; the first are in self->log. */
static __u64 logged(struct __test_metadata *_metadata,
		    struct _test_data_intercept *self)
{
	struct puppet_request req = {
		.op = PUPPET_LOGGED, .arg = { tlfs_gpa(&self->t, TLFS_COPY) },
	};

	ASSERT_TRUE(puppet(&self->t, &req));
	memcpy(self->log, tlfs_page(&self->t, TLFS_COPY), sizeof(self->log));
	return req.ret[0];
}

static const void *payload(const struct puppet_logged *log)
{
	return ((const struct hv_message *)log->message)->payload;
}

static __u64 read_cr(struct tlfs *t, enum vsm_probe_insns insn)
{
	struct vsm_probe_insn c = { .insn = 0 };

	vtl0_insn(t, insn, &c);
	return c.gpr[PUPPET_RSI];
}

static void fill_gprs(struct vsm_probe_insn *c)
{
	unsigned int i;

	for (i = 0; i < PUPPET_NR_GPRS; i++)
		c->gpr[i] = 0x1111111111111111ULL * i ^ 0x0f0f000000000000ULL;
}

/* What every message of an instruction in VTL0's kernel begins with. */
static void check_header(struct __test_metadata *_metadata,
			 struct _test_data_intercept *self,
			 const struct vsm_probe_insn *c, unsigned int cpu,
			 __u8 length, __u8 access)
{
	const struct hv_x64_intercept_header *h = payload(&self->log[0]);
	__u64 cr0 = read_cr(&self->t, VSM_PROBE_INSN_read_cr0);
	__u64 cr8 = read_cr(&self->t, VSM_PROBE_INSN_read_cr8);
	__u64 want_if = c->flags & VSM_PROBE_IRQS_OFF ? 0 : FLAGS_IF;

	EXPECT_EQ(cpu, h->vp_index);
	EXPECT_EQ(length | cr8 << 4, h->length_cr8);
	EXPECT_EQ(access, h->access);
	EXPECT_EQ(HV_EXEC_CR0_PE | HV_EXEC_EFER_LMA |
		  (cr0 & CR0_AM ? HV_EXEC_CR0_AM : 0), h->exec_state);
	EXPECT_EQ(0, h->cs.base);
	EXPECT_EQ(0xffffffff, h->cs.limit);
	EXPECT_EQ(KERNEL_CS, h->cs.selector);
	EXPECT_EQ(CS_ATTRIBUTES, h->cs.attributes);
	EXPECT_EQ(c->ip, h->rip);
	EXPECT_EQ(2 | want_if, h->rflags & ~(__u64)FLAGS_ANY);
}

static void check_envelope(struct __test_metadata *_metadata,
			   const struct puppet_logged *log, __u32 type,
			   unsigned int size)
{
	const struct hv_message *msg = (const void *)log->message;
	unsigned int i;

	EXPECT_EQ(type, msg->type);
	EXPECT_EQ(size, msg->payload_size);
	EXPECT_EQ(0, msg->flags);
	EXPECT_EQ(0, msg->rsvd);
	EXPECT_EQ(HV_PARTITION_ID_SELF, msg->sender);
	for (i = size; i < HV_MESSAGE_PAYLOAD; i++)
		EXPECT_EQ(0, msg->payload[i]) TH_LOG("byte %u", i);
	EXPECT_EQ(HV_VTL_ENTRY_INTERRUPT, log->entry_reason);
	EXPECT_EQ(VECTOR, log->vector);
	EXPECT_EQ(0, log->status);
}

/* What VTL0's kernel has at its address: the code of the module. */
static void check_code(struct __test_metadata *_metadata,
		       struct _test_data_intercept *self,
		       const struct vsm_probe_insn *c)
{
	const struct hv_x64_memory_intercept *m = payload(&self->log[0]);
	__u64 code[2];

	EXPECT_EQ(NO_FAULT, vtl0_load(&self->t, c->ip, &code[0]));
	EXPECT_EQ(NO_FAULT, vtl0_load(&self->t, c->ip + 8, &code[1]));
	EXPECT_EQ(16, m->instruction_bytes_count);
	EXPECT_EQ(0, memcmp(code, m->instruction_bytes, sizeof(code)));
}

/* The long form: with segments and all general registers. */
static void check_memory(struct __test_metadata *_metadata,
			 struct _test_data_intercept *self,
			 const struct vsm_probe_insn *before,
			 const struct vsm_probe_insn *c, unsigned int cpu,
			 __u8 access, unsigned int offset, __u8 info)
{
	const struct hv_x64_memory_intercept *m = payload(&self->log[0]);
	bool gva = info & HV_MEMORY_GVA_VALID;
	unsigned int i;

	check_envelope(_metadata, &self->log[0], HV_MESSAGE_GPA_INTERCEPT, 240);
	/* The processor tells the length of a VMCALL, of an access not. */
	check_header(_metadata, self, c, cpu, gva ? 0 : c->length, access);
	check_code(_metadata, self, c);
	EXPECT_EQ(6, m->cache_type);
	EXPECT_EQ(info, m->access_info);
	EXPECT_EQ(read_cr(&self->t, VSM_PROBE_INSN_read_cr8) << 4, m->tpr);
	EXPECT_EQ(0, m->rsvd);
	EXPECT_EQ(gva ? self->va + offset : 0, m->gva);
	EXPECT_EQ(self->gpa + offset, m->gpa);
	EXPECT_EQ(KERNEL_SS, m->ss.selector);
	EXPECT_EQ(SS_ATTRIBUTES, m->ss.attributes);
	EXPECT_LT(0xffff000000000000, m->gpr[PUPPET_RSP]);
	for (i = 0; i < PUPPET_NR_GPRS; i++) {
		if (i == PUPPET_RSP)
			continue;
		EXPECT_EQ(before->gpr[i], m->gpr[i]) TH_LOG("register %u", i);
	}
}

/* An access that VTL1 then allows is carried out, on every CPU. */
TEST_F(intercept, read_again)
{
	const unsigned int offset = 0x128;
	struct puppet_response allow = {
		.count = 1, .actions = PUPPET_PROTECT, .map_flags = ALL,
	};
	struct vsm_probe_insn c, before;
	unsigned int cpu;

	*(__u64 *)(self->page + offset) = 0x5ec7e7;
	for (cpu = 0; cpu < tlfs_cpus(); cpu++) {
		tlfs_on_cpu(cpu);
		if (cpu)
			open_vp(_metadata, self);
		respond(_metadata, self, &allow);
		ASSERT_EQ(DONE(1), protect(&self->t, 1, 0, 0,
					   self->gpa / PAGE, 1));
		c = (struct vsm_probe_insn){ .flags = 0 };
		fill_gprs(&c);
		c.gpr[PUPPET_RDI] = self->va + offset;
		before = c;
		EXPECT_EQ(NO_FAULT,
			  vtl0_insn(&self->t, VSM_PROBE_INSN_load, &c));
		EXPECT_EQ(0x5ec7e7, c.gpr[PUPPET_RSI]);
		ASSERT_EQ(1, logged(_metadata, self));
		check_memory(_metadata, self, &before, &c, cpu, HV_ACCESS_READ,
			     offset, BY_ADDRESS);
		if (cpu)
			close_vp(self);
	}
}

/* VTL1 moves RIP on: the access is not carried out, registers stay. */
TEST_F(intercept, write_skipped)
{
	struct puppet_response skip = { .count = 1, .actions = PUPPET_SKIP };
	struct vsm_probe_insn c = { .flags = VSM_PROBE_IRQS_OFF }, before;
	unsigned int i;

	fill_gprs(&c);
	c.gpr[PUPPET_RDI] = self->va + 8;
	before = c;
	ASSERT_EQ(NO_FAULT, vtl0_insn(&self->t, VSM_PROBE_INSN_store, &c));
	skip.skip = c.length;
	*(__u64 *)(self->page + 8) = 1;
	respond(_metadata, self, &skip);
	ASSERT_EQ(DONE(1), protect(&self->t, 1, 0, HV_MAP_GPA_READABLE,
				   self->gpa / PAGE, 1));
	c = before;
	EXPECT_EQ(NO_FAULT, vtl0_insn(&self->t, VSM_PROBE_INSN_store, &c));
	EXPECT_EQ(1, *(__u64 *)(self->page + 8));
	ASSERT_EQ(1, logged(_metadata, self));
	check_memory(_metadata, self, &before, &c, 0, HV_ACCESS_WRITE, 8,
		     BY_ADDRESS);
	for (i = 0; i < PUPPET_NR_GPRS; i++)
		if (i != PUPPET_RSP)
			EXPECT_EQ(before.gpr[i], c.gpr[i])
				TH_LOG("register %u", i);
}

/* Fetches of the kernel: the address of the message is the code's. */
TEST_F(intercept, execute)
{
	static const __u8 code[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0xc3 };
	struct puppet_response allow = {
		.count = 1, .actions = PUPPET_PROTECT, .map_flags = ALL,
	};
	struct vsm_probe_memory req = {
		.path = VSM_PROBE_VMAP, .access = VSM_PROBE_EXECUTE,
		.base = self->gpa, .size = PAGE, .step = PAGE,
	};
	const struct hv_x64_memory_intercept *m = payload(&self->log[0]);

	memcpy(self->page, code, sizeof(code));
	respond(_metadata, self, &allow);
	ASSERT_EQ(DONE(1), protect(&self->t, 1, 0, HV_MAP_GPA_READABLE |
				   HV_MAP_GPA_WRITABLE, self->gpa / PAGE, 1));
	ASSERT_EQ(0, ioctl(self->t.fd, VSM_PROBE_IOC_MEMORY, &req))
		TH_LOG("%s", strerror(errno));
	EXPECT_EQ(0, req.refused);
	ASSERT_EQ(1, logged(_metadata, self));
	check_envelope(_metadata, &self->log[0], HV_MESSAGE_GPA_INTERCEPT, 240);
	EXPECT_EQ(HV_ACCESS_EXECUTE, m->header.access);
	EXPECT_EQ(m->header.rip, m->gva);
	EXPECT_EQ(self->gpa, m->gpa);
	/* Not executable, but VTL0 reads it. */
	EXPECT_EQ(16, m->instruction_bytes_count);
	EXPECT_EQ(0, memcmp(code, m->instruction_bytes, sizeof(code)));
}

/* A process of VTL0: CPL 3, and its own address. */
TEST_F(intercept, from_a_process)
{
	struct puppet_response allow = {
		.count = 1, .actions = PUPPET_PROTECT, .map_flags = ALL,
	};
	const struct hv_x64_memory_intercept *m = payload(&self->log[0]);

	*(volatile __u32 *)self->page = 77;
	respond(_metadata, self, &allow);
	ASSERT_EQ(DONE(1), protect(&self->t, 1, 0, 0, self->gpa / PAGE, 1));
	EXPECT_EQ(77, *(volatile __u32 *)self->page);
	ASSERT_EQ(1, logged(_metadata, self));
	check_envelope(_metadata, &self->log[0], HV_MESSAGE_GPA_INTERCEPT, 240);
	EXPECT_EQ(3, m->header.exec_state & 3);
	EXPECT_EQ(3, m->header.cs.selector & 3);
	EXPECT_EQ((__u64)self->page, m->gva);
	EXPECT_EQ(self->gpa, m->gpa);
}

/* Code that VTL0 cannot read is not read for it, nor what comes behind. */
TEST_F(intercept, code_out_of_reach)
{
	static const __u8 code[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0xc3 };
	struct puppet_response allow = {
		.count = 1, .actions = PUPPET_PROTECT, .map_flags = ALL,
	};
	struct vsm_probe_memory req = {
		.path = VSM_PROBE_VMAP, .access = VSM_PROBE_EXECUTE,
		.base = self->gpa, .size = PAGE, .step = PAGE,
	};
	const struct hv_x64_memory_intercept *m = payload(&self->log[0]);
	unsigned int i;

	memcpy(self->page, code, sizeof(code));
	respond(_metadata, self, &allow);
	ASSERT_EQ(DONE(1), protect(&self->t, 1, 0, 0, self->gpa / PAGE, 1));
	ASSERT_EQ(0, ioctl(self->t.fd, VSM_PROBE_IOC_MEMORY, &req))
		TH_LOG("%s", strerror(errno));
	EXPECT_EQ(0, req.refused);
	ASSERT_EQ(1, logged(_metadata, self));
	check_envelope(_metadata, &self->log[0], HV_MESSAGE_GPA_INTERCEPT, 240);
	EXPECT_EQ(HV_ACCESS_EXECUTE, m->header.access);
	EXPECT_EQ(0, m->instruction_bytes_count);
	for (i = 0; i < sizeof(m->instruction_bytes); i++)
		EXPECT_EQ(0, m->instruction_bytes[i]);
}

/* HvCallGetVpRegisters of VTL0's, with a page that VTL1 has protected. */
static struct vsm_probe_insn parameter_call(struct _test_data_intercept *self,
					    bool out)
{
	const __u32 name = HV_REGISTER_VP_INDEX;
	unsigned int in_page = TLFS_FREE + out, out_page = TLFS_FREE + !out;
	struct hv_input_get_vp_registers *in = tlfs_page(&self->t, in_page);
	struct vsm_probe_insn c = { .insn = VSM_PROBE_INSN_vmcall };

	*in = (struct hv_input_get_vp_registers){
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = HV_VP_INDEX_SELF,
	};
	memcpy(in + 1, &name, sizeof(name));
	memset(tlfs_page(&self->t, out_page), UNTOUCHED, PAGE);
	fill_gprs(&c);
	c.gpr[PUPPET_RCX] = HVCALL_GET_VP_REGISTERS | REP(1, 0);
	c.gpr[PUPPET_RDX] = tlfs_gpa(&self->t, in_page);
	c.gpr[PUPPET_R8] = tlfs_gpa(&self->t, out_page);
	return c;
}

static void parameter_page(struct __test_metadata *_metadata,
			   struct _test_data_intercept *self, bool out,
			   __u32 mask)
{
	struct puppet_response allow = {
		.count = 1, .actions = PUPPET_PROTECT, .map_flags = ALL,
	};
	const __u8 info = out ? HV_MEMORY_HYPERCALL_OUTPUT : 0;
	const __u8 *result = tlfs_page(&self->t, TLFS_FREE + !out);
	struct vsm_probe_insn c, before;

	/* Allowed, the call is made again, and whole. */
	c = parameter_call(self, out);
	before = c;
	respond(_metadata, self, &allow);
	ASSERT_EQ(DONE(1), protect(&self->t, 1, 0, mask, self->gpa / PAGE, 1));
	EXPECT_EQ(NO_FAULT, vmcall(&self->t, 0, &c));
	EXPECT_EQ(DONE(1), c.gpr[PUPPET_RAX]);
	EXPECT_EQ(0, *(const __u64 *)result);
	ASSERT_EQ(1, logged(_metadata, self));
	check_memory(_metadata, self, &before, &c, 0,
		     out ? HV_ACCESS_WRITE : HV_ACCESS_READ, 0, info);

	/* Skipped: nothing has happened. */
	allow.actions = PUPPET_SKIP;
	c = parameter_call(self, out);
	before = c;
	respond(_metadata, self, &allow);
	ASSERT_EQ(DONE(1), protect(&self->t, 1, 0, mask, self->gpa / PAGE, 1));
	EXPECT_EQ(NO_FAULT, vmcall(&self->t, 0, &c));
	EXPECT_EQ(before.gpr[PUPPET_RAX], c.gpr[PUPPET_RAX]);
	EXPECT_EQ(before.gpr[PUPPET_RCX], c.gpr[PUPPET_RCX]);
	ASSERT_EQ(1, logged(_metadata, self));
	ASSERT_EQ(DONE(1), protect(&self->t, 1, 0, ALL, self->gpa / PAGE, 1));
	EXPECT_EQ(UNTOUCHED, result[0]);

	/* VTL1 takes no intercepts: as a plain access. */
	respond(_metadata, self, &allow);
	EXPECT_EQ(NO_FAULT, write_msr(&self->t, 1, HV_X64_MSR_SINT0,
				      HV_SINT_MASKED));
	c = parameter_call(self, out);
	ASSERT_EQ(DONE(1), protect(&self->t, 1, 0, mask, self->gpa / PAGE, 1));
	EXPECT_EQ(GP, vmcall(&self->t, 0, &c));
	EXPECT_EQ(NO_FAULT, write_msr(&self->t, 1, HV_X64_MSR_SINT0, VECTOR));
	EXPECT_EQ(0, logged(_metadata, self));
}

TEST_F(intercept, hypercall_input)
{
	parameter_page(_metadata, self, false, 0);
}

/* Readable alone it is no place for output; without any right, neither. */
TEST_F(intercept, hypercall_output)
{
	parameter_page(_metadata, self, true, 0);
	ASSERT_EQ(DONE(1), protect(&self->t, 1, 0, ALL, self->gpa / PAGE, 1));
	parameter_page(_metadata, self, true, HV_MAP_GPA_READABLE);
}

/* Input that is only to be read may be read; what is wrong elsewhere first. */
TEST_F(intercept, hypercall_order)
{
	struct puppet_response none = { .count = 1, .actions = PUPPET_SKIP };
	struct vsm_probe_insn c = parameter_call(self, false), again;

	respond(_metadata, self, &none);
	ASSERT_EQ(DONE(1), protect(&self->t, 1, 0, HV_MAP_GPA_READABLE,
				   self->gpa / PAGE, 1));
	again = c;
	EXPECT_EQ(NO_FAULT, vmcall(&self->t, 0, &again));
	EXPECT_EQ(DONE(1), again.gpr[PUPPET_RAX]);
	ASSERT_EQ(DONE(1), protect(&self->t, 1, 0, 0, self->gpa / PAGE, 1));
	again = c;
	again.gpr[PUPPET_RCX] = 0x7fff;
	EXPECT_EQ(NO_FAULT, vmcall(&self->t, 0, &again));
	EXPECT_EQ(HV_STATUS_INVALID_HYPERCALL_CODE, again.gpr[PUPPET_RAX]);
	again = c;
	again.gpr[PUPPET_R8]++;
	EXPECT_EQ(NO_FAULT, vmcall(&self->t, 0, &again));
	EXPECT_EQ(HV_STATUS_INVALID_ALIGNMENT, again.gpr[PUPPET_RAX]);
	EXPECT_EQ(0, logged(_metadata, self));
}

/* The exception that VTL1 gives VTL0 in place of the access. */
TEST_F(intercept, exception)
{
	struct {
		__u64 low, high;
		__u32 vector;
	} events[] = {
		{ EVENT_ERROR(GP, 0), 0, GP },
		{ EVENT_ERROR(PF, 2), self->va, PF },
		{ EVENT(UD), 0, UD },
		{ EVENT_ERROR(12, 0), 0, 12 },		/* #SS */
	};
	struct vsm_probe_insn cr2 = { .insn = 0 };
	unsigned int i;

	ASSERT_EQ(DONE(1), protect(&self->t, 1, 0, 0, self->gpa / PAGE, 1));
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		struct puppet_response r = {
			.count = 1, .actions = PUPPET_EVENT,
			.event = { events[i].low, events[i].high },
		};

		respond(_metadata, self, &r);
		EXPECT_EQ(events[i].vector, vtl0_store(&self->t, self->va, 1))
			TH_LOG("event %u", i);
		ASSERT_EQ(1, logged(_metadata, self));
		EXPECT_EQ(0, self->log[0].status);
	}
	vtl0_insn(&self->t, VSM_PROBE_INSN_read_cr2, &cr2);
}

static __u64 set_event(struct _test_data_intercept *self, int vtl,
		       __u8 input_vtl, __u64 low)
{
	return set_register(&self->t, vtl, input_vtl,
			    HV_REGISTER_PENDING_EVENT0, low);
}

/*
 * Only exceptions, only vectors that are the processor's, an error code where
 * it has one; only for a lower VTL.
 */
TEST_F(intercept, event_values)
{
	/* #DF #TS #NP #SS #GP #PF #AC: with an error code */
	static const __u32 with_error = 0x27d00;
	/* #DE #DB #BP #OF #BR #UD #NM #MF #MC #XM: without */
	static const __u32 without = 0xd00fb & ~0x20000;
	unsigned int i;

	for (i = 1; i < 8; i++)
		EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
			  set_event(self, 1, USE_VTL(0),
				    EVENT_ERROR(GP, 0) | i << 1))
			TH_LOG("type %u", i);
	for (i = 0; i < 64; i++) {
		if (i == 21)	/* #CP: as the processor has it */
			continue;
		if (i >= 32 || !(without >> i & 1))
			EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
				  set_event(self, 1, USE_VTL(0), EVENT(i)))
				TH_LOG("vector %u", i);
		if (i >= 32 || !(with_error >> i & 1))
			EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
				  set_event(self, 1, USE_VTL(0),
					    EVENT_ERROR(i, 0)))
				TH_LOG("vector %u", i);
	}
	/* Reserved bits, and anything without the pending bit. */
	for (i = 4; i < 16; i++)
		if (i != 8)
			EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
				  set_event(self, 1, USE_VTL(0),
					    EVENT_ERROR(GP, 0) | 1ULL << i))
				TH_LOG("bit %u", i);
	EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE,
		  set_event(self, 1, USE_VTL(0),
			    EVENT_ERROR(GP, 0) & ~HV_PENDING_EVENT));
	EXPECT_EQ(DONE(1), set_event(self, 1, USE_VTL(0), 0));
	/* Of itself, and from VTL0. */
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
		  set_event(self, 1, USE_VTL(1), EVENT_ERROR(GP, 0)));
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
		  set_event(self, 0, USE_VTL(1), EVENT_ERROR(GP, 0)));
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
		  set_event(self, 0, 0, EVENT_ERROR(GP, 0)));
}

/* --- registers ---------------------------------------------------------------- */

static void choose(struct __test_metadata *_metadata,
		   struct _test_data_intercept *self, __u32 mask_name,
		   __u64 mask, __u64 control)
{
	if (mask_name)
		ASSERT_EQ(DONE(1), set_register(&self->t, 1, 0, mask_name,
						mask));
	ASSERT_EQ(DONE(1), set_register(&self->t, 1, 0, CONTROL, control));
}

/* Every control bit alone is kept; there are no others. */
TEST_F(intercept, control_bits)
{
	static const __u32 masks[] = {
		HV_REGISTER_CR_INTERCEPT_CR0_MASK,
		HV_REGISTER_CR_INTERCEPT_CR4_MASK,
		HV_REGISTER_CR_INTERCEPT_MISC_MASK,
	};
	struct hv_register_value val;
	unsigned int bit, i;
	__u64 result;

	for (bit = 0; bit < 64; bit++) {
		result = set_register(&self->t, 1, 0, CONTROL, 1ULL << bit);
		if (bit > 28 || result != DONE(1)) {
			/* Tables: where the processor does not show them. */
			EXPECT_EQ(HV_STATUS_INVALID_REGISTER_VALUE, result)
				TH_LOG("bit %u", bit);
			EXPECT_TRUE(bit > 28 || (bit >= 15 && bit <= 18));
			continue;
		}
		EXPECT_EQ(DONE(1), get_register(&self->t, 1, 0, CONTROL,
						&val));
		EXPECT_EQ(1ULL << bit, val.low);
	}
	choose(_metadata, self, 0, 0, 0);
	for (i = 0; i < ARRAY_SIZE(masks); i++) {
		EXPECT_EQ(DONE(1), set_register(&self->t, 1, 0, masks[i],
						0x123456789abcdef0));
		EXPECT_EQ(DONE(1), get_register(&self->t, 1, 0, masks[i],
						&val));
		EXPECT_EQ(0x123456789abcdef0, val.low);
		EXPECT_EQ(DONE(1), set_register(&self->t, 1, 0, masks[i], 0));
	}
}

TEST_F(intercept, control_is_not_vtl0s)
{
	struct hv_register_value val;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		EXPECT_EQ(HV_STATUS_INVALID_PARAMETER,
			  get_register(&self->t, 0, 0, CONTROL + i, &val));
		EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
			  get_register(&self->t, 0, USE_VTL(1), CONTROL + i,
				       &val));
		EXPECT_EQ(HV_STATUS_ACCESS_DENIED,
			  set_register(&self->t, 0, USE_VTL(1), CONTROL + i,
				       0));
	}
}

static void check_register(struct __test_metadata *_metadata,
			   struct _test_data_intercept *self,
			   const struct vsm_probe_insn *c, __u32 name,
			   bool memory, __u64 value)
{
	const struct hv_x64_register_intercept *m = payload(&self->log[0]);

	check_envelope(_metadata, &self->log[0], HV_MESSAGE_REGISTER_INTERCEPT,
		       sizeof(*m));
	check_header(_metadata, self, c, 0, c->length, HV_ACCESS_WRITE);
	EXPECT_EQ(memory, m->is_memory_op);
	EXPECT_EQ(0, m->rsvd[0] | m->rsvd[1] | m->rsvd[2]);
	EXPECT_EQ(name, m->name);
	EXPECT_EQ(value, m->value.low);
	EXPECT_EQ(0, m->value.high);
}

static struct vsm_probe_insn write_cr(struct tlfs *t,
				      enum vsm_probe_insns insn, __u64 val)
{
	struct vsm_probe_insn c = { .flags = VSM_PROBE_IRQS_OFF };

	fill_gprs(&c);
	c.gpr[PUPPET_RSI] = val;
	vtl0_insn(t, insn, &c);
	return c;
}

static void control_register(struct __test_metadata *_metadata,
			     struct _test_data_intercept *self,
			     enum vsm_probe_insns read,
			     enum vsm_probe_insns write, __u32 name,
			     __u64 bit, __u64 other)
{
	struct puppet_response r = { .count = 1, .actions = PUPPET_SKIP };
	__u64 was = read_cr(&self->t, read);
	struct vsm_probe_insn c;

	/* Skipped: not written. */
	respond(_metadata, self, &r);
	c = write_cr(&self->t, write, was ^ bit);
	EXPECT_EQ(NO_FAULT, c.vector);
	ASSERT_EQ(1, logged(_metadata, self));
	check_register(_metadata, self, &c, name, false, was ^ bit);
	EXPECT_EQ(was, read_cr(&self->t, read));

	/* Refused. */
	r.actions = PUPPET_EVENT;
	r.event[0] = EVENT_ERROR(GP, 0);
	respond(_metadata, self, &r);
	c = write_cr(&self->t, write, was ^ bit);
	EXPECT_EQ(GP, c.vector);
	EXPECT_EQ(was, read_cr(&self->t, read));

	/* Carried out by VTL1. */
	r.actions = PUPPET_SET_FROM_MESSAGE | PUPPET_SKIP;
	r.name = name;
	respond(_metadata, self, &r);
	c = write_cr(&self->t, write, was ^ bit);
	EXPECT_EQ(NO_FAULT, c.vector);
	ASSERT_EQ(1, logged(_metadata, self));
	EXPECT_EQ(0, self->log[0].status);
	EXPECT_EQ(was ^ bit, read_cr(&self->t, read));
	respond(_metadata, self, &r);
	write_cr(&self->t, write, was);
	EXPECT_EQ(was, read_cr(&self->t, read));

	/* What the mask leaves out, and what does not change, is VTL0's. */
	respond(_metadata, self, &r);
	write_cr(&self->t, write, was ^ other);
	EXPECT_EQ(was ^ other, read_cr(&self->t, read));
	write_cr(&self->t, write, was);
	EXPECT_EQ(was, read_cr(&self->t, read));
	EXPECT_EQ(0, logged(_metadata, self));
}

TEST_F(intercept, cr4)
{
	choose(_metadata, self, HV_REGISTER_CR_INTERCEPT_CR4_MASK, CR4_DE,
	       HV_INTERCEPT_CR4_WRITE);
	control_register(_metadata, self, VSM_PROBE_INSN_read_cr4,
			 VSM_PROBE_INSN_write_cr4, HV_X64_REGISTER_CR4, CR4_DE,
			 1ULL << 10 /* OSXMMEXCPT */);
}

TEST_F(intercept, cr0)
{
	choose(_metadata, self, HV_REGISTER_CR_INTERCEPT_CR0_MASK, CR0_AM,
	       HV_INTERCEPT_CR0_WRITE);
	control_register(_metadata, self, VSM_PROBE_INSN_read_cr0,
			 VSM_PROBE_INSN_write_cr0, HV_X64_REGISTER_CR0, CR0_AM,
			 2 /* MP */);
}

/* Without a mask bit there is no intercept, with all of them each write. */
TEST_F(intercept, no_mask)
{
	struct puppet_response r = { .count = 1, .actions = PUPPET_SKIP };
	__u64 was = read_cr(&self->t, VSM_PROBE_INSN_read_cr4);

	choose(_metadata, self, HV_REGISTER_CR_INTERCEPT_CR4_MASK, 0,
	       HV_INTERCEPT_CR4_WRITE);
	respond(_metadata, self, &r);
	write_cr(&self->t, VSM_PROBE_INSN_write_cr4, was ^ CR4_DE);
	EXPECT_EQ(was ^ CR4_DE, read_cr(&self->t, VSM_PROBE_INSN_read_cr4));
	write_cr(&self->t, VSM_PROBE_INSN_write_cr4, was);
	EXPECT_EQ(0, logged(_metadata, self));
}

TEST_F(intercept, xcr0)
{
	struct puppet_response r = { .count = 1, .actions = PUPPET_SKIP };
	struct vsm_probe_insn c = { .flags = VSM_PROBE_IRQS_OFF };
	__u64 val;

	vtl0_insn(&self->t, VSM_PROBE_INSN_xgetbv, &c);
	val = c.gpr[PUPPET_RDX] << 32 | (__u32)c.gpr[PUPPET_RAX];
	choose(_metadata, self, 0, 0, HV_INTERCEPT_XCR0_WRITE);
	respond(_metadata, self, &r);
	/* x87 alone: it would show. */
	c.gpr[PUPPET_RAX] = 1;
	c.gpr[PUPPET_RDX] = 0;
	c.gpr[PUPPET_RCX] = 0;
	EXPECT_EQ(NO_FAULT, vtl0_insn(&self->t, VSM_PROBE_INSN_xsetbv, &c));
	ASSERT_EQ(1, logged(_metadata, self));
	check_register(_metadata, self, &c, HV_X64_REGISTER_XFEM, false, 1);
	vtl0_insn(&self->t, VSM_PROBE_INSN_xgetbv, &c);
	EXPECT_EQ(val, c.gpr[PUPPET_RDX] << 32 | (__u32)c.gpr[PUPPET_RAX]);
}

/* MSRs that can be intercepted, and the bits for it. */
static const struct {
	__u32 msr;
	__u64 read, write;
	const char *name;
} msrs[] = {
	{ 0xc0000082, HV_INTERCEPT_LSTAR_READ, HV_INTERCEPT_LSTAR_WRITE,
	  "LSTAR" },
	{ 0xc0000081, HV_INTERCEPT_STAR_READ, HV_INTERCEPT_STAR_WRITE,
	  "STAR" },
	{ 0xc0000083, HV_INTERCEPT_CSTAR_READ, HV_INTERCEPT_CSTAR_WRITE,
	  "CSTAR" },
	{ 0x1b, HV_INTERCEPT_APIC_BASE_READ, HV_INTERCEPT_APIC_BASE_WRITE,
	  "APIC_BASE" },
	{ 0xc0000080, HV_INTERCEPT_EFER_READ, HV_INTERCEPT_EFER_WRITE,
	  "EFER" },
	{ 0x174, 0, HV_INTERCEPT_SYSENTER_CS_WRITE, "SYSENTER_CS" },
	{ 0x176, 0, HV_INTERCEPT_SYSENTER_EIP_WRITE, "SYSENTER_EIP" },
	{ 0x175, 0, HV_INTERCEPT_SYSENTER_ESP_WRITE, "SYSENTER_ESP" },
	{ 0xc0000084, 0, HV_INTERCEPT_SFMASK_WRITE, "SFMASK" },
	{ 0xc0000103, 0, HV_INTERCEPT_TSC_AUX_WRITE, "TSC_AUX" },
	{ 0x8c, 0, HV_INTERCEPT_SGX_LAUNCH_WRITE, "SGXLEPUBKEYHASH0" },
	{ 0x8f, 0, HV_INTERCEPT_SGX_LAUNCH_WRITE, "SGXLEPUBKEYHASH3" },
	{ 0xda0, 0, HV_INTERCEPT_XSS_WRITE, "XSS" },
	{ 0x6a2, 0, HV_INTERCEPT_S_CET_WRITE, "S_CET" },
	{ 0x6a4, 0, HV_INTERCEPT_PL_SSP_WRITE, "PL0_SSP" },
	{ 0x6a7, 0, HV_INTERCEPT_PL_SSP_WRITE, "PL3_SSP" },
	{ 0x6a8, 0, HV_INTERCEPT_SSP_TABLE_WRITE, "INT_SSP_TABLE" },
};

static void check_msr(struct __test_metadata *_metadata,
		      struct _test_data_intercept *self,
		      const struct vsm_probe_insn *before,
		      const struct vsm_probe_insn *c, __u8 access)
{
	const struct hv_x64_msr_intercept *m = payload(&self->log[0]);

	check_envelope(_metadata, &self->log[0], HV_MESSAGE_MSR_INTERCEPT,
		       sizeof(*m));
	check_header(_metadata, self, c, 0, c->length, access);
	EXPECT_EQ((__u32)before->gpr[PUPPET_RCX], m->msr);
	EXPECT_EQ(0, m->rsvd);
	EXPECT_EQ(before->gpr[PUPPET_RDX], m->rdx);
	EXPECT_EQ(before->gpr[PUPPET_RAX], m->rax);
}

/* Skipped with a value of VTL1's, which reaches nothing but VTL1. */
TEST_F(intercept, msr_write)
{
	struct puppet_response r = { .count = 1, .actions = PUPPET_SKIP };
	struct vsm_probe_insn c, before;
	__u64 was, now;
	unsigned int i;
	__u32 fault;

	for (i = 0; i < ARRAY_SIZE(msrs); i++) {
		fault = read_msr(&self->t, 0, msrs[i].msr, &was);
		choose(_metadata, self, 0, 0, msrs[i].write);
		respond(_metadata, self, &r);
		c = (struct vsm_probe_insn){ .flags = VSM_PROBE_IRQS_OFF };
		fill_gprs(&c);
		c.gpr[PUPPET_RCX] = msrs[i].msr;
		before = c;
		EXPECT_EQ(NO_FAULT,
			  vtl0_insn(&self->t, VSM_PROBE_INSN_wrmsr, &c));
		choose(_metadata, self, 0, 0, 0);
		ASSERT_EQ(1, logged(_metadata, self))
			TH_LOG("%s", msrs[i].name);
		check_msr(_metadata, self, &before, &c, HV_ACCESS_WRITE);
		EXPECT_EQ(fault, read_msr(&self->t, 0, msrs[i].msr, &now));
		EXPECT_EQ(was, now) TH_LOG("%s", msrs[i].name);
	}
}

/* VTL1 gives the value: registers of VTL0 that it changes are changed. */
TEST_F(intercept, msr_read)
{
	struct puppet_response r = {
		.count = 1, .actions = PUPPET_SKIP,
		.gpr_mask = 1 << PUPPET_RAX | 1 << PUPPET_RDX,
		.gpr[PUPPET_RAX] = 0x89abcdef, .gpr[PUPPET_RDX] = 0x1234567,
	};
	struct vsm_probe_insn c, before;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(msrs); i++) {
		if (!msrs[i].read)
			continue;
		choose(_metadata, self, 0, 0, msrs[i].read);
		respond(_metadata, self, &r);
		c = (struct vsm_probe_insn){ .flags = VSM_PROBE_IRQS_OFF };
		fill_gprs(&c);
		c.gpr[PUPPET_RCX] = msrs[i].msr;
		before = c;
		EXPECT_EQ(NO_FAULT,
			  vtl0_insn(&self->t, VSM_PROBE_INSN_rdmsr, &c));
		choose(_metadata, self, 0, 0, 0);
		ASSERT_EQ(1, logged(_metadata, self))
			TH_LOG("%s", msrs[i].name);
		check_msr(_metadata, self, &before, &c, HV_ACCESS_READ);
		EXPECT_EQ(0x89abcdef, c.gpr[PUPPET_RAX]);
		EXPECT_EQ(0x1234567, c.gpr[PUPPET_RDX]);
		EXPECT_EQ(before.gpr[PUPPET_RBX], c.gpr[PUPPET_RBX]);
	}
}

/* An intercept of one MSR, or of one direction, is of no other. */
TEST_F(intercept, msr_others)
{
	struct puppet_response r = { .count = 1, .actions = PUPPET_SKIP };
	__u64 lstar, star;

	choose(_metadata, self, 0, 0, HV_INTERCEPT_LSTAR_WRITE);
	respond(_metadata, self, &r);
	EXPECT_EQ(NO_FAULT, read_msr(&self->t, 0, 0xc0000082, &lstar));
	EXPECT_EQ(NO_FAULT, read_msr(&self->t, 0, 0xc0000081, &star));
	EXPECT_EQ(NO_FAULT, write_msr(&self->t, 0, 0xc0000081, star));
	EXPECT_EQ(0, logged(_metadata, self));
	EXPECT_NE(0, lstar);
}

/* Loads of descriptor tables; the stores that exit with them do not show. */
TEST_F(intercept, tables)
{
	static const struct {
		enum vsm_probe_insns insn;
		__u64 control;
		__u32 name;
		bool memory;
	} loads[] = {
		{ VSM_PROBE_INSN_lgdt, HV_INTERCEPT_GDTR_WRITE,
		  HV_X64_REGISTER_GDTR, true },
		{ VSM_PROBE_INSN_lidt, HV_INTERCEPT_IDTR_WRITE,
		  HV_X64_REGISTER_IDTR, true },
		{ VSM_PROBE_INSN_lldt, HV_INTERCEPT_LDTR_WRITE,
		  HV_X64_REGISTER_LDTR, false },
		{ VSM_PROBE_INSN_ltr, HV_INTERCEPT_TR_WRITE,
		  HV_X64_REGISTER_TR, false },
	};
	struct puppet_response r = { .count = 1, .actions = PUPPET_SKIP };
	struct vsm_probe_insn c;
	unsigned int i;

	if (set_register(&self->t, 1, 0, CONTROL, HV_INTERCEPT_GDTR_WRITE) !=
	    DONE(1))
		SKIP(return, "the processor has no descriptor-table exiting");
	for (i = 0; i < ARRAY_SIZE(loads); i++) {
		choose(_metadata, self, 0, 0, loads[i].control);
		respond(_metadata, self, &r);
		c = (struct vsm_probe_insn){ .flags = VSM_PROBE_IRQS_OFF };
		fill_gprs(&c);
		/* A page of zeroes, and a null selector for what is skipped. */
		c.gpr[PUPPET_RDI] = self->va;
		c.gpr[PUPPET_RSI] = 0xfff0;
		EXPECT_EQ(NO_FAULT, vtl0_insn(&self->t, loads[i].insn, &c));
		ASSERT_EQ(1, logged(_metadata, self)) TH_LOG("load %u", i);
		check_register(_metadata, self, &c, loads[i].name,
			       loads[i].memory,
			       loads[i].memory ? self->va : 0xfff0);
		respond(_metadata, self, &r);
		c.gpr[PUPPET_RDI] = self->va + 64;
		EXPECT_EQ(NO_FAULT, vtl0_insn(&self->t, VSM_PROBE_INSN_sgdt,
					      &c));
		EXPECT_EQ(NO_FAULT, vtl0_insn(&self->t, VSM_PROBE_INSN_sidt,
					      &c));
		choose(_metadata, self, 0, 0, 0);
		EXPECT_EQ(0, logged(_metadata, self));
		EXPECT_EQ(0xfff, *(__u16 *)(self->page + 64));
	}
}

TEST_HARNESS_MAIN
