// SPDX-License-Identifier: GPL-2.0
/*
 * The whole way of a hypercall but for its handler, against the TLFS: what is
 * refused, what the handler gets, what the caller finds afterwards.  Must never
 * look into the decoder for what is right.  Source: TLFS, "Hypercall
 * Interface".
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../kernel/hv/vcpu.h"
#include "hvcall_model.h"

#define FAST_BYTES	112
#define XMM_BYTES	96
#define CODE(value)	((value) & 0xffff)
#define COUNT(value)	((value) >> 32 & 0xfff)
#define START(value)	((value) >> 48 & 0xfff)
#define VAR_BYTES(value) (((value) >> 17 & 0x3ff) * 8)

struct hv_state hv;
struct hv_boot hv_boot;

const struct hvcall_entry calls[] = {
#define HVCALL(name, tlfs, kind, in, elem, out, vtls, fn)		\
	{ HVCALL_##name, HVCALL_##kind, vtls, in, elem, out, fn },
#include "../../kernel/hv/hvcalls.def"
#undef HVCALL
};

const u32 nr_calls = ARRAY_SIZE(calls);

/* The caller, and what happened to it. */
static struct {
	struct issue issue;
	const struct hvcall_entry *entry;
	struct hv_regs regs;
	struct pcpu cpu;
	u8 in[PAGE_SIZE], out[PAGE_SIZE], xmm[XMM_BYTES];
	u16 reads[PAGE_SIZE];		/* of each input byte, in this pass */
	u32 passes, again, next;	/* the element that is due */
	u32 flickered;
	bool skipped, ud, call, ret, in_bounds;
	enum { NO_INTERCEPT, ON_READ, ON_WRITE } intercept;
} world;

void vsm_bug(const char *file, int line, const char *what)
{
	printf("Bail out! %s:%d: %s\n", file, line, what);
	fflush(stdout);
	abort();
}

u64 read_rsp(void)
{
	BUG_ON("nobody runs on a stack of the hypervisor");
}

void cpu_relax(void)
{
	BUG_ON("there is nothing to wait for");
}

/* --- what hvcall.c asks for ------------------------------------------------ */

void vcpu_inject_ud(void)
{
	world.ud = true;
}

u32 vcpu_cpl(void)
{
	return world.issue.cpl;
}

bool vcpu_long_mode(void)
{
	return !world.issue.real_mode;
}

void vcpu_skip_instruction(void)
{
	world.skipped = true;
}

void vtl_call(struct pcpu *cpu)
{
	(void)cpu;
	world.call = true;
}

void vtl_return(struct pcpu *cpu)
{
	(void)cpu;
	world.ret = true;
}

void xmm_read(u8 *buf);
void xmm_write(const u8 *buf);

void xmm_read(u8 *buf)
{
	memcpy(buf, world.xmm, sizeof(world.xmm));
}

void xmm_write(const u8 *buf)
{
	memcpy(world.xmm, buf, sizeof(world.xmm));
}

bool mem_copy_in(struct pcpu *cpu, gpa_t gpa, void *dst, u64 size)
{
	u64 off = gpa - GUEST_IN;

	(void)cpu;
	EXPECT(size && gpa % PAGE_SIZE + size <= PAGE_SIZE);
	BUG_ON(world.issue.no_in || off >= PAGE_SIZE);
	if (world.flickered++ < world.issue.flickers)
		return false;
	for (u64 i = 0; i < size; i++)
		EXPECT(!world.reads[off + i]++);
	memcpy(dst, world.in + off, size);
	return true;
}

enum mem_access mem_check(struct pcpu *cpu, gpa_t gpa, u64 size, bool write)
{
	const struct issue *in = &world.issue;
	u64 off = gpa - (write ? GUEST_OUT : GUEST_IN);

	(void)cpu;
	EXPECT(size && gpa % PAGE_SIZE + size <= PAGE_SIZE);
	EXPECT(gpa == (write ? in->r8 : in->rdx));
	if (!(write ? in->no_out : in->no_in) && off < PAGE_SIZE)
		return MEM_OK;
	return in->masked ? MEM_MASKED : MEM_NONE;
}

void intercept_parameter(struct pcpu *cpu, gpa_t gpa, bool write)
{
	(void)cpu;
	EXPECT(gpa == (write ? world.issue.r8 : world.issue.rdx));
	EXPECT(world.intercept == NO_INTERCEPT);
	world.intercept = write ? ON_WRITE : ON_READ;
}

bool mem_copy_out(struct pcpu *cpu, gpa_t gpa, const void *src, u64 size)
{
	u64 off = gpa - GUEST_OUT;

	(void)cpu;
	EXPECT(size && gpa % PAGE_SIZE + size <= PAGE_SIZE);
	if (world.issue.no_out || off >= PAGE_SIZE)
		return false;
	memcpy(world.out + off, src, size);
	return true;
}

/* --- the handler ------------------------------------------------------------ */

/* A byte of the input block, wherever that is. */
static u8 input_byte(u32 i)
{
	const struct issue *in = &world.issue;

	if (!(in->value & HV_HYPERCALL_FAST))
		return world.in[(in->rdx - GUEST_IN + i) % PAGE_SIZE];
	if (i < 8)
		return in->rdx >> 8 * i;
	return i < 16 ? in->r8 >> 8 * (i - 8) : (u8)(7 * i);
}

static u8 output_byte(u32 i)
{
	return 0x80 | (i * 11 + 3);
}

static void check_bytes(const void *got, u32 at, u32 size)
{
	for (u32 i = 0; i < size; i++)
		EXPECT(((const u8 *)got)[i] == input_byte(at + i));
}

static u64 handler(struct pcpu *cpu, struct hvcall *call, hvcall_fn *self)
{
	const struct hvcall_entry *e = world.entry;
	u32 head = e->in_size + VAR_BYTES(world.issue.value), nr = call->nr;

	EXPECT(e->fn == self);
	EXPECT(cpu == &world.cpu && call->head_bytes == head);
	EXPECT(IS_ALIGNED((u64)call->list, 8) && IS_ALIGNED((u64)call->in, 8));
	check_bytes(call->in, 0, head);
	if (world.again++ < world.issue.again)
		return HVCALL_AGAIN;
	if (!is_rep(e)) {
		for (u32 i = 0; i < e->out_size; i++)
			((u8 *)call->out)[i] = output_byte(i);
		return world.issue.fail_at ? HV_STATUS_SUCCESS : CALLEE_FAILS;
	}
	EXPECT(call->rep_start == world.next);
	EXPECT(nr || !COUNT(world.issue.value));
	check_bytes(call->list, head + world.next * e->elem_size,
		    nr * e->elem_size);
	for (u32 i = 0; i < nr; i++) {
		if (world.next == world.issue.fail_at)
			return CALLEE_FAILS;
		for (u32 b = 0; b < e->out_size; b++)
			((u8 *)call->out)[i * e->out_size + b] =
				output_byte(world.next * e->out_size + b);
		call->rep_done++;
		world.next++;
	}
	return HV_STATUS_SUCCESS;
}

/* Made from the table: each calls handler(). */
#include "handlers.h"

/* --- what the TLFS says ------------------------------------------------------ */

bool is_rep(const struct hvcall_entry *e)
{
	return e->kind == HVCALL_REP || e->kind == HVCALL_VAR_REP;
}

bool is_var(const struct hvcall_entry *e)
{
	return e->kind == HVCALL_VAR_SIMPLE || e->kind == HVCALL_VAR_REP;
}

u64 control(const struct hvcall_entry *e, u32 count, u32 start, u32 var_words,
	    bool fast)
{
	return e->code | (u64)fast << 16 | (u64)var_words << 17 |
	       (u64)count << 32 | (u64)start << 48;
}

static u64 in_bytes(const struct hvcall_entry *e, u64 value)
{
	return e->in_size + VAR_BYTES(value) + COUNT(value) * e->elem_size;
}

static u64 out_bytes(const struct hvcall_entry *e, u64 value)
{
	return (is_rep(e) ? COUNT(value) : 1) * e->out_size;
}

static bool bad_block(u64 gpa, u64 size)
{
	return size && (gpa % 8 || gpa % PAGE_SIZE + size > PAGE_SIZE ||
			gpa >> GUEST_PHYS_BITS);
}

u64 wanted_status(const struct hvcall_entry *e, u64 value, u64 rdx, u64 r8)
{
	const u64 rsvd = 0xfULL << 27 | 1ULL << 31 | 0xfULL << 44 |
			 0xfULL << 60;
	u64 count = COUNT(value), start = START(value);
	u64 in = in_bytes(e, value), out = out_bytes(e, value);

	if (value & rsvd)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (!is_rep(e) && (count || start))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	/* No element at all is let pass (see Documentation). */
	if (is_rep(e) && start >= count && (start || count))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (!is_var(e) && VAR_BYTES(value) != 0)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (e->in_size + VAR_BYTES(value) > HVCALL_HEADER_MAX)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (value & HV_HYPERCALL_FAST)
		return (in + 15) / 16 * 16 + out > FAST_BYTES ?
		       HV_STATUS_INVALID_HYPERCALL_INPUT : HV_STATUS_SUCCESS;
	return bad_block(rdx, in) || bad_block(r8, out) ?
	       HV_STATUS_INVALID_ALIGNMENT : HV_STATUS_SUCCESS;
}

static const struct hvcall_entry *wanted_entry(const struct issue *i)
{
	for (u32 n = 0; n < nr_calls; n++)
		if (calls[n].code == CODE(i->value))
			return (calls[n].vtls >> i->vtl & 1) &&
			       !(calls[n].kind == HVCALL_EARLY && i->locked) ?
			       &calls[n] : NULL;
	return NULL;
}

/* --- issuing -------------------------------------------------------------------- */

/* The per-CPU area, with nothing mapped after it. */
static void set_up_area(void)
{
	u8 *p;

	if (hv_boot.pcpu_base)
		return;
	p = mmap(NULL, 2 * HV_PCPU_SIZE, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED ||
	    mprotect(p + HV_PCPU_SCRATCH, PAGE_SIZE, PROT_READ | PROT_WRITE))
		abort();
	hv_boot.pcpu_base = (u64)p;
	hv_boot.nr_cpus = 1;
}

static void set_up_world(const struct issue *i)
{
	set_up_area();
	memset(&world, 0, sizeof(world));
	world.issue = *i;
	world.entry = wanted_entry(i);
	world.next = START(i->value);
	for (u32 n = 0; n < PAGE_SIZE; n++)
		world.in[n] = n * 5 + n / 256;
	memset(world.out, 0x19, sizeof(world.out));
	for (u32 n = 0; n < XMM_BYTES; n++)
		world.xmm[n] = 7 * (n + 16);
	memset(&world.regs, 0x3c, sizeof(world.regs));
	world.regs.rcx = i->value;
	world.regs.rdx = i->rdx;
	world.regs.r8 = i->r8;
	world.cpu.regs = &world.regs;
	world.cpu.active_vtl = i->vtl;
	memset(&hv, 0, sizeof(hv));
	hv.maxphyaddr_mask = GENMASK_ULL(GUEST_PHYS_BITS - 1, 0);
	hv.locked = i->locked;
	if (!i->off)
		hv.vtl[i->vtl].hypercall = HV_MSR_ENABLE;
}

/* Registers that no hypercall of this kind changes. */
static void check_registers(const struct hv_regs *old, bool fast_out)
{
	struct hv_regs now = world.regs;

	now.rax = old->rax;
	if (world.entry && is_rep(world.entry))
		now.rcx = (now.rcx & ~HV_HYPERCALL_REP_START_MASK) |
			  (old->rcx & HV_HYPERCALL_REP_START_MASK);
	if (fast_out) {
		now.rdx = old->rdx;
		now.r8 = old->r8;
	}
	EXPECT(!memcmp(&now, old, sizeof(now)));
}

/* A byte of the registers of a fast call. */
static u8 fast_byte(u32 i)
{
	if (i < 8)
		return world.regs.rdx >> 8 * i;
	return i < 16 ? world.regs.r8 >> 8 * (i - 8) : world.xmm[i - 16];
}

/* Elements [from, to) are in the output, all else is as it was. */
static void check_output(u32 from, u32 to)
{
	const struct hvcall_entry *e = world.entry;
	const struct issue *i = &world.issue;
	u32 size = e ? e->out_size : 0, base, n;

	if (e && (i->value & HV_HYPERCALL_FAST)) {
		base = (in_bytes(e, i->value) + 15) / 16 * 16;
		for (n = 0; n < FAST_BYTES; n++)
			EXPECT(fast_byte(n) ==
			       (n >= base + from * size && n < base + to * size ?
				output_byte(n - base) : input_byte(n)));
		base = ~0U;
	} else {
		base = i->r8 - GUEST_OUT;
	}
	for (n = 0; n < PAGE_SIZE; n++)
		EXPECT(world.out[n] ==
		       (base < PAGE_SIZE && n >= base + from * size &&
			n < base + to * size ? output_byte(n - base) : 0x19));
}

static void check_ud(const struct hv_regs *old)
{
	EXPECT(world.ud && !world.skipped && !world.passes);
	EXPECT(world.regs.rax == old->rax);
	check_registers(old, false);
	check_output(0, 0);
}

/* Until it does not come back to the instruction. */
static void run_passes(void)
{
	while (!world.skipped && !world.ud && !world.intercept && !expect_bad &&
	       world.passes <= 8192) {
		u64 rcx = world.regs.rcx;

		memset(world.reads, 0, sizeof(world.reads));
		hvcall_exit(&world.cpu);
		if (world.call || world.ret || world.ud || world.intercept)
			return;
		world.passes++;
		/* Coming back makes progress, and says how much. */
		if (!world.skipped)
			EXPECT(START(world.regs.rcx) == world.next &&
			       (world.regs.rcx != rcx ||
				world.flickered <= world.issue.flickers ||
				world.again <= world.issue.again));
	}
	EXPECT(world.skipped);
}

/* The place of a parameter is not the caller's: its handler is not asked. */
static void check_lost(const struct issue *i, const struct hv_regs *old,
		       bool write)
{
	EXPECT(!world.again);
	check_output(0, 0);
	if (i->masked) {
		/* As if the call had never been made. */
		EXPECT(world.intercept == (write ? ON_WRITE : ON_READ));
		EXPECT(!world.skipped);
		EXPECT(!memcmp(&world.regs, old, sizeof(*old)));
		return;
	}
	EXPECT(!world.intercept);
	EXPECT(world.regs.rax == (HV_STATUS_INVALID_PARAMETER |
				  START(i->value) << 32));
}

static void check_result(const struct issue *i, const struct hv_regs *old)
{
	const struct hvcall_entry *e = world.entry;
	u64 start = START(i->value), end = COUNT(i->value);
	u64 status = HV_STATUS_INVALID_HYPERCALL_CODE;
	bool fails, lost_in, lost_out;

	if (e)
		status = wanted_status(e, i->value, i->rdx, i->r8);
	if (status) {
		/* Refused: nothing done, nobody asked. */
		EXPECT(world.regs.rax == status);
		EXPECT(!world.again);
		check_output(0, 0);
		return;
	}
	fails = is_rep(e) ? i->fail_at >= start && i->fail_at < end :
			    !i->fail_at;
	lost_in = !(i->value & HV_HYPERCALL_FAST) && in_bytes(e, i->value) &&
		  (i->no_in || i->rdx - GUEST_IN >= PAGE_SIZE);
	if (lost_in) {
		check_lost(i, old, false);
		return;
	}
	lost_out = !(i->value & HV_HYPERCALL_FAST) && out_bytes(e, i->value) &&
		   (i->no_out || i->r8 - GUEST_OUT >= PAGE_SIZE);
	if (lost_out) {
		check_lost(i, old, true);
		return;
	}
	EXPECT(!world.intercept);
	if (is_rep(e) && fails)
		end = i->fail_at;
	status = fails ? CALLEE_FAILS : HV_STATUS_SUCCESS;
	if (is_rep(e)) {
		EXPECT(world.regs.rax == (status | end << 32));
		check_output(start, end);
	} else {
		EXPECT(world.regs.rax == status);
		check_output(0, !fails);
	}
}

bool issue(const struct issue *i)
{
	bool was_bad = expect_bad;
	struct hv_regs old;

	set_up_world(i);
	old = world.regs;
	run_passes();
	if (i->off || i->cpl || i->real_mode) {
		check_ud(&old);
	} else if (CODE(i->value) == HVCALL_VTL_CALL ||
		   CODE(i->value) == HVCALL_VTL_RETURN) {
		/* Any bit beside the code is an invalid control input. */
		EXPECT(world.call == (i->value == HVCALL_VTL_CALL));
		EXPECT(world.ret == (i->value == HVCALL_VTL_RETURN));
		if (i->value >> 16)
			check_ud(&old);
	} else {
		EXPECT(!world.ud && !world.call && !world.ret);
		check_registers(&old, world.entry && world.entry->out_size &&
				(i->value & HV_HYPERCALL_FAST));
		check_result(i, &old);
	}
	if (expect_bad && !was_bad)
		printf("# call %#llx, rdx %#llx, r8 %#llx: rax %#llx\n",
		       (unsigned long long)i->value, (unsigned long long)i->rdx,
		       (unsigned long long)i->r8,
		       (unsigned long long)world.regs.rax);
	return !expect_bad;
}

struct issue good(const struct hvcall_entry *e, u32 count, u32 start,
		  u32 var_words, bool fast)
{
	struct issue i = {
		.value = control(e, count, start, var_words, fast),
		.rdx = fast ? 0x1122334455667788 : GUEST_IN,
		.r8 = fast ? 0x99aabbccddeeff00 : GUEST_OUT,
		.fail_at = ~0U,
		.vtl = e->vtls & HVCALL_VTL0 ? 0 : 1,
	};

	return i;
}

/* --- scripts ---------------------------------------------------------------- */

static u64 script_u64(struct script *s)
{
	u64 val = 0;

	for (u32 i = 0; i < 4; i++)
		val = val << 16 | script_u16(s);
	return val;
}

/* A good call with a few things made different. */
static bool run_one(struct script *s)
{
	const struct hvcall_entry *e = &calls[script_u8(s) % nr_calls];
	u32 how = script_u16(s), count = 0, start = 0, var = 0;
	struct issue i;

	if (is_rep(e)) {
		count = how & 1 ? script_u8(s) % 16 : script_u16(s) % 4096;
		start = how & 2 && count ? script_u16(s) % count : 0;
	}
	if (is_var(e))
		var = script_u8(s) % 160;
	i = good(e, count, start, var, how & 4);
	if (how & 8)
		i.value ^= 1ULL << script_u8(s) % 64;
	if (how & 16)
		i.rdx += script_u16(s) & (how & 32 ? ~7U : ~0U);
	if (how & 64)
		i.r8 += script_u16(s) & (how & 128 ? ~7U : ~0U);
	if (how & 256)
		i.fail_at = script_u16(s) % (count + 1);
	i.again = script_u8(s) % 4;
	if (script_u8(s) % 8 == 0) {
		u32 odd = script_u8(s);

		i.cpl = odd & 8 ? odd & 3 : 0;
		i.vtl = odd >> 2 & 1;
		i.real_mode = (odd & 0x70) == 0x10;
		i.off = (odd & 0x70) == 0x20;
		i.no_in = (odd & 0x70) == 0x30;
		i.no_out = (odd & 0x70) == 0x40;
		i.masked = odd & 1;
		i.flickers = odd & 3;
		i.locked = odd & 0x80;
	}
	if (how & 512)
		i.value = script_u64(s);
	return issue(&i);
}

bool hvcall_model_run(const u8 *data, size_t len)
{
	struct script s = { data, len, 0 };
	bool ok = true;

	expect_bad = false;
	while (ok && !script_done(&s)) {
		ok = run_one(&s);
		if (!ok)
			printf("# byte %zu of %zu\n", s.pos, len);
	}
	return ok;
}
