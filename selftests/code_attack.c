// SPDX-License-Identifier: GPL-2.0
/*
 * What an attacker who owns VTL0's kernel tries against enforced code integrity:
 * each attempt is refused, what it aimed at is as it was, and the machine goes
 * on.  To be run with hvci=enforce.
 */
#include <cpuid.h>
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "cpu.h"
#include "probe_open.h"
#include "../uapi/vsm/hvcall.h"

#define PAGE		4096
#define GP		13
#define RSI		6

#define CR0_PE		(1ULL << 0)
#define CR0_WP		(1ULL << 16)
#define CR0_PG		(1ULL << 31)
#define CR4_UMIP	(1ULL << 11)
#define CR4_SMEP	(1ULL << 20)
#define CR4_SMAP	(1ULL << 21)

/* ENDBR64 and RET. */
static const __u8 code[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0xc3 };

static bool enforced(void)
{
	char buf[16] = "";
	FILE *f = fopen("/sys/module/vsm/parameters/hvci", "r");

	if (!f)
		return false;
	if (!fgets(buf, sizeof(buf), f))
		buf[0] = 0;
	fclose(f);
	return !strcmp(buf, "enforce\n");
}

/* The first page of the kernel's text: nothing executes it after the start. */
static __u64 kernel_text(void)
{
	char line[128];
	__u64 base = 0;
	FILE *f = fopen("/proc/iomem", "r");

	if (!f)
		return 0;
	while (!base && fgets(line, sizeof(line), f))
		if (strstr(line, ": Kernel code"))
			base = strtoull(line, NULL, 16);
	fclose(f);
	return base;
}

FIXTURE(attack) {
	int fd;
	bool loaded;
	__u64 own;
};

FIXTURE_SETUP(attack)
{
	if (!enforced())
		SKIP(return, "vsm.ko is not loaded with hvci=enforce");
	self->fd = probe_open(&self->loaded);
	ASSERT_LE(0, self->fd) TH_LOG("vsm_probe: %s", strerror(errno));
	ASSERT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_OWN_PAGE, &self->own));
}

FIXTURE_TEARDOWN(attack)
{
	probe_close(self->fd, self->loaded);
}

static struct vsm_probe_memory reach(struct __test_metadata *_metadata, int fd,
				     __u32 path, __u32 access, __u64 base)
{
	struct vsm_probe_memory req = {
		.path = path, .access = access, .base = base, .size = PAGE,
		.step = 64,
	};

	EXPECT_EQ(0, ioctl(fd, VSM_PROBE_IOC_MEMORY, &req));
	EXPECT_EQ(0, req.unmappable) TH_LOG("path %u", path);
	EXPECT_LT(0, req.tried);
	return req;
}

/* --- memory ------------------------------------------------------------------- */

TEST_F(attack, text_is_not_written)
{
	static const __u32 paths[] = {
		VSM_PROBE_DIRECT, VSM_PROBE_VMAP, VSM_PROBE_IOREMAP,
		VSM_PROBE_MEMREMAP,
	};
	struct vsm_probe_memory req;
	__u64 text = kernel_text();
	__u8 before[PAGE];
	unsigned int i;
	const __u8 *p;

	ASSERT_NE(0, text);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, self->fd, text);
	ASSERT_NE(MAP_FAILED, p);
	memcpy(before, p, PAGE);
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		req = reach(_metadata, self->fd, paths[i], VSM_PROBE_WRITE,
			    text);
		EXPECT_EQ(req.tried, req.refused) TH_LOG("path %u", paths[i]);
		EXPECT_EQ(0, memcmp(before, p, PAGE));
	}
	munmap((void *)p, PAGE);
}

static void on_fault(int sig)
{
	_exit(sig);
}

/* Through another mapping of the process's, which the kernel's tables allow. */
TEST_F(attack, text_is_not_written_by_a_process)
{
	__u64 text = kernel_text();
	__u8 *p, before;
	pid_t pid;
	int status;

	ASSERT_NE(0, text);
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd,
		 text);
	ASSERT_NE(MAP_FAILED, p);
	before = *p;
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		/* Handled, it is no line in the log. */
		signal(SIGSEGV, on_fault);
		*(volatile __u8 *)p = ~before;
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(SIGSEGV, WEXITSTATUS(status));
	EXPECT_EQ(before, *p);
	munmap(p, PAGE);
}

TEST_F(attack, data_is_not_executed)
{
	static const __u32 paths[] = { VSM_PROBE_DIRECT, VSM_PROBE_VMAP };
	struct vsm_probe_memory req;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		req = reach(_metadata, self->fd, paths[i], VSM_PROBE_EXECUTE,
			    self->own);
		EXPECT_EQ(req.tried, req.refused) TH_LOG("path %u", paths[i]);
	}
}

/* MBEC would let the kernel execute it: only SMEP is in the way. */
TEST_F(attack, a_page_of_a_process_is_not_executed)
{
	struct vsm_probe_insn c = { 0 };
	struct vsm_probe_memory req;
	__u8 *p;

	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, p);
	memcpy(p, code, sizeof(code));
	/* A process may. */
	((void (*)(void))p)();
	c.insn = VSM_PROBE_INSN_read_cr4;
	ASSERT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_INSN, &c));
	c.insn = VSM_PROBE_INSN_write_cr4;
	c.gpr[RSI] &= ~CR4_SMEP;
	ASSERT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_INSN, &c));
	EXPECT_EQ(GP, c.vector);
	req = reach(_metadata, self->fd, VSM_PROBE_USER, VSM_PROBE_EXECUTE,
		    (uintptr_t)p);
	EXPECT_EQ(req.tried, req.refused);
	munmap(p, PAGE);
}

/* --- control registers -------------------------------------------------------- */

static __u64 read_cr(struct __test_metadata *_metadata, int fd, __u32 insn)
{
	struct vsm_probe_insn c = { .insn = insn };

	EXPECT_EQ(0, ioctl(fd, VSM_PROBE_IOC_INSN, &c));
	EXPECT_EQ(VSM_PROBE_NO_FAULT, c.vector);
	return c.gpr[RSI];
}

static __u32 write_cr(struct __test_metadata *_metadata, int fd, __u32 insn,
		      __u64 val)
{
	struct vsm_probe_insn c = { .insn = insn, .gpr[RSI] = val };

	EXPECT_EQ(0, ioctl(fd, VSM_PROBE_IOC_INSN, &c));
	return c.vector;
}

static const struct {
	const char *name;
	__u32 read, write;
	__u64 bit;
} bits[] = {
	{ "CR0.PE", VSM_PROBE_INSN_read_cr0, VSM_PROBE_INSN_write_cr0, CR0_PE },
	{ "CR0.WP", VSM_PROBE_INSN_read_cr0, VSM_PROBE_INSN_write_cr0, CR0_WP },
	{ "CR0.PG", VSM_PROBE_INSN_read_cr0, VSM_PROBE_INSN_write_cr0, CR0_PG },
	{ "CR4.UMIP", VSM_PROBE_INSN_read_cr4, VSM_PROBE_INSN_write_cr4,
	  CR4_UMIP },
	{ "CR4.SMEP", VSM_PROBE_INSN_read_cr4, VSM_PROBE_INSN_write_cr4,
	  CR4_SMEP },
	{ "CR4.SMAP", VSM_PROBE_INSN_read_cr4, VSM_PROBE_INSN_write_cr4,
	  CR4_SMAP },
};

static bool run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

static void keep_bits(struct __test_metadata *_metadata, int fd, int cpu)
{
	unsigned int i;
	__u64 was;

	ASSERT_TRUE(run_on(cpu));
	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		was = read_cr(_metadata, fd, bits[i].read);
		if (!(was & bits[i].bit)) {
			/* UMIP: not every processor has it. */
			EXPECT_EQ(CR4_UMIP, bits[i].bit);
			continue;
		}
		EXPECT_EQ(GP, write_cr(_metadata, fd, bits[i].write,
				       was & ~bits[i].bit)) {
			TH_LOG("%s, CPU %d", bits[i].name, cpu);
		}
		EXPECT_EQ(was, read_cr(_metadata, fd, bits[i].read)) {
			TH_LOG("%s, CPU %d", bits[i].name, cpu);
		}
		/* The same again is nobody's concern. */
		EXPECT_EQ(VSM_PROBE_NO_FAULT,
			  write_cr(_metadata, fd, bits[i].write, was));
	}
}

TEST_F(attack, control_registers_are_pinned)
{
	int cpu, nr = sysconf(_SC_NPROCESSORS_ONLN);

	for (cpu = 0; cpu < nr; cpu++)
		keep_bits(_metadata, self->fd, cpu);
}

/* --- a processor that starts with other registers ------------------------------- */

#define VP		1
#define DATA_PAGE	1	/* of low memory, which Linux leaves alone */

static __u32 apic_id_of(int cpu)
{
	unsigned int a, b = 0, c, d;

	run_on(cpu);
	__get_cpuid(1, &a, &b, &c, &d);
	run_on(0);
	return b >> 24;
}

static bool log_has(const char *text)
{
	FILE *f = fopen("/sys/kernel/debug/vsm/log", "r");
	char line[256];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, text);
	if (f)
		fclose(f);
	return found;
}

static __u64 start_vp(struct __test_metadata *_metadata, int fd)
{
	const struct hv_input_start_vp in = {
		.partition_id = HV_PARTITION_ID_SELF, .vp_index = VP,
	};
	struct vsm_probe_hypercall call = { .control = HVCALL_START_VP };

	memcpy(call.input, &in, sizeof(in));
	EXPECT_EQ(0, ioctl(fd, VSM_PROBE_IOC_HYPERCALL, &call));
	EXPECT_EQ(0, call.trapped);
	return call.rax & 0xffff;
}

/* No SMEP, tables of its own, or no paging at all. */
TEST_F(attack, a_processor_is_not_started_elsewhere)
{
	struct vsm_probe_ipi ipi = { 0 };

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "one CPU");
	ipi.apic_id = apic_id_of(VP);
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, start_vp(_metadata, self->fd));
	ASSERT_TRUE(set_online(VP, false));
	ipi.icr = VSM_PROBE_ICR_INIT;
	EXPECT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_IPI, &ipi));
	usleep(20000);
	EXPECT_EQ(HV_STATUS_ACCESS_DENIED, start_vp(_metadata, self->fd));
	ipi.icr = VSM_PROBE_ICR_SIPI | DATA_PAGE;
	EXPECT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_IPI, &ipi));
	usleep(20000);
	EXPECT_TRUE(log_has("cpu 1 not started at page 0x1"));
	/* As Linux starts it, it does. */
	ASSERT_TRUE(set_online(VP, true));
	keep_bits(_metadata, self->fd, VP);
	run_on(0);
}

/* --- a processor that is led away while it starts --------------------------------- */

#define LOW_PAGES	0x10000		/* what its first segment reaches */
#define STACK		2048
#define HIT		0x5a
#define WRITES		3000000

/* What Linux has in front of its trampoline, arch/x86/include/asm/realmode.h. */
struct real_mode_header {
	__u32 text_start;	/* physical addresses */
	__u32 ro_end;
	__u32 trampoline_start;
};

static __u64 symbol(const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "r");
	char line[256], this[128], type;
	unsigned long long addr = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%llx %c %127s", &addr, &type, this) == 3 &&
		    !strcmp(this, name))
			break;
		addr = 0;
	}
	if (f)
		fclose(f);
	return addr;
}

/* A variable of the kernel's own. */
static __u64 variable(int fd, const char *name)
{
	__u64 gpa = symbol(name) - symbol("_text") + kernel_text();
	void *p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, gpa & -PAGE);
	__u64 val = 0;

	if (p == MAP_FAILED)
		return 0;
	memcpy(&val, p + gpa % PAGE, sizeof(val));
	munmap(p, PAGE);
	return val;
}

/* What follows @insn in the trampoline at @p, an offset in its segment. */
static __u16 operand(const __u8 *p, const __u8 *insn, size_t len)
{
	__u16 offset = 0;
	int i;

	for (i = 0; i < 256 && !offset; i++)
		if (!memcmp(p + i, insn, len))
			memcpy(&offset, p + i + len, sizeof(offset));
	return offset;
}

TEST_F(attack, a_processor_that_starts_is_not_led_elsewhere)
{
	/* movl $rm_stack_end, %esp and btsl $0, tr_lock */
	static const __u8 stack_insn[] = { 0x66, 0xbc };
	static const __u8 lock_insn[] = { 0x0f, 0xba, 0x2e };
	/* movb $HIT, %cs:0; hlt; jmp to hlt */
	__u8 hit[] = { 0x2e, 0xc6, 0x06, 0, 0, HIT, 0xf4, 0xeb, 0xfd };
	struct vsm_probe_ipi ipi = { 0 };
	__u16 stack, lock, elsewhere, mark;
	volatile __u16 *top;
	__u64 base, start;
	__u8 *low;
	int i;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "one CPU");
	base = variable(self->fd, "real_mode_header") -
	       variable(self->fd, "page_offset_base");
	ASSERT_GT(0x100000, base);
	low = mmap(NULL, LOW_PAGES, PROT_READ | PROT_WRITE, MAP_SHARED,
		   self->fd, base);
	ASSERT_NE(MAP_FAILED, low);
	start = ((struct real_mode_header *)low)->trampoline_start;
	ASSERT_GT(LOW_PAGES - PAGE, start - base);
	stack = operand(low + start - base, stack_insn, sizeof(stack_insn));
	lock = operand(low + start - base, lock_insn, sizeof(lock_insn));
	ASSERT_LT(STACK, stack);
	ASSERT_NE(0, lock);
	ipi.apic_id = apic_id_of(VP);
	ASSERT_TRUE(set_online(VP, false));

	elsewhere = stack - STACK;
	mark = elsewhere + sizeof(hit);
	memcpy(&hit[3], &mark, sizeof(mark));
	memcpy(low + elsewhere, hit, sizeof(hit));
	low[mark] = 0;
	top = (void *)(low + stack - sizeof(*top));
	ipi.icr = VSM_PROBE_ICR_INIT;
	EXPECT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_IPI, &ipi));
	usleep(20000);
	ipi.icr = VSM_PROBE_ICR_SIPI | start / PAGE;
	EXPECT_EQ(0, ioctl(self->fd, VSM_PROBE_IOC_IPI, &ipi));
	for (i = 0; i < WRITES; i++)
		*top = elsewhere;
	EXPECT_EQ(0, low[mark]);
	EXPECT_TRUE(log_has("cpu 1 started, and stopped at 0x"));
	/* It had the trampoline to itself. */
	memset(low + lock, 0, sizeof(__u32));
	ASSERT_TRUE(set_online(VP, true));
	keep_bits(_metadata, self->fd, VP);
	run_on(0);
	munmap(low, LOW_PAGES);
}

TEST_HARNESS_MAIN
