// SPDX-License-Identifier: GPL-2.0
/*
 * Does what a trustlet must not, as its message says, for tests of isolation.
 * Must never survive a step that is meant to end it: it then answers
 * "survived".
 */
#include <trustlet.h>
#include <vsm/string.h>

TRUSTLET(.name = "crash", .svn = 1,
	 .uuid = { 0x76, 0x73, 0x6d, 0x00, 0x63, 0x72, 0x41, 0x73,
		   0x8f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03 },
	 .flags = VSM_TRUSTLET_FLAG_DEBUG, .stack_size = 4096,
	 .heap_size = 4096);

#define SK_BASE		0xffffff8000000000UL
#define SK_DIRECT	0xffff800000000000UL

static const char constant[8] = "const";

static void read_at(unsigned long va)
{
	READ_ONCE(*(char *)va);
}

static void write_at(unsigned long va)
{
	WRITE_ONCE(*(char *)va, 0);
}

static void read_null(void)
{
	read_at(0);
}

static void write_text(void)
{
	write_at((unsigned long)trustlet_init);
}

static void write_rodata(void)
{
	write_at((unsigned long)constant);
}

static void jump_to(void *code)
{
	WRITE_ONCE(*(u8 *)code, 0xc3);		/* ret */
	((void (*)(void))code)();
}

static void exec_stack(void)
{
	unsigned char code[16];

	jump_to(code);
}

static void exec_heap(void)
{
	jump_to(trustlet_heap());
}

static void read_sk(void)
{
	read_at(SK_BASE);
}

static void write_sk(void)
{
	write_at(SK_DIRECT);
}

static void exec_sk(void)
{
	((void (*)(void))SK_BASE)();
}

static void noncanonical(void)
{
	read_at(0x8000000000000000UL);
}

static void privileged(void)
{
	__asm__ volatile("mov %%cr3, %%rax" ::: "rax");
}

static void hlt(void)
{
	__asm__ volatile("hlt");
}

static void out(void)
{
	__asm__ volatile("outb %%al, $0x80" :: "a"(0));
}

static void vmcall(void)
{
	__asm__ volatile("vmcall" :: "a"(0), "c"(0x12) : "memory");
}

static void syscall_insn(void)
{
	__asm__ volatile("syscall" ::: "rcx", "r11", "memory");
}

static void sysenter_insn(void)
{
	__asm__ volatile("sysenter" ::: "memory");
}

static void sse(void)
{
	__asm__ volatile("xorps %xmm0, %xmm0");
}

static void x87(void)
{
	__asm__ volatile("fninit");
}

static void vina(void)
{
	__asm__ volatile("int $0x30");
}

static void breakpoint(void)
{
	__asm__ volatile("int3");
}

static void divide(void)
{
	__asm__ volatile("xor %%edx, %%edx; xor %%ecx, %%ecx; div %%ecx"
			 ::: "rax", "rcx", "rdx");
}

static void single_step(void)
{
	__asm__ volatile("pushfq; orq $0x100, (%rsp); popfq; nop");
}

static void overflow_stack(void)
{
	__asm__ volatile("1: push %rax; jmp 1b");
}

/* Bad pointers are an error of the syscall, not a fault. */
static void bad_pointers(void)
{
	static const unsigned long bad[] = {
		0, 0x1000, VSM_TRUSTLET_STACK_TOP, VSM_TRUSTLET_MSG - 1,
		VSM_TRUSTLET_MSG + VSM_TRUSTLET_MSG_SIZE - 16,
		SK_BASE, SK_DIRECT, 0x7fffffffffffUL, 0x700000000000UL, ~0UL,
	};
	unsigned long ok = 0, i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ok |= !trustlet_log((char *)bad[i], 256);
		ok |= !trustlet_random((void *)bad[i], 4096);
		ok |= !trustlet_identity((void *)bad[i]);
	}
	/* Readable, but not for writing. */
	ok |= !trustlet_random((void *)trustlet_init, 16);
	ok |= !trustlet_random((void *)constant, 4);
	/* Lengths and numbers. */
	ok |= !trustlet_log((char *)VSM_TRUSTLET_MSG, 257);
	ok |= !trustlet_log((char *)VSM_TRUSTLET_MSG, ~0UL);
	ok |= !trustlet_random((void *)VSM_TRUSTLET_MSG, 4097);
	ok |= trustlet_syscall(VSM_SYS_MAX, 0, 0, 0, 0) != VSM_S_INVALID_CALL;
	ok |= trustlet_syscall(~0UL, 0, 0, 0, 0) != VSM_S_INVALID_CALL;
	ok |= trustlet_syscall(VSM_SYS_RETURN, 0, ~0UL, 0, 0) !=
	      VSM_S_TOO_LARGE;
	if (ok)
		trustlet_return(-1, 0);
	trustlet_return(1, 0);
}

static const struct {
	const char *name;
	void (*fn)(void);
} steps[] = {
	{ "read-null", read_null },
	{ "write-text", write_text },
	{ "write-rodata", write_rodata },
	{ "exec-stack", exec_stack },
	{ "exec-heap", exec_heap },
	{ "read-sk", read_sk },
	{ "write-sk", write_sk },
	{ "exec-sk", exec_sk },
	{ "noncanonical", noncanonical },
	{ "privileged", privileged },
	{ "hlt", hlt },
	{ "out", out },
	{ "vmcall", vmcall },
	{ "syscall", syscall_insn },
	{ "sysenter", sysenter_insn },
	{ "sse", sse },
	{ "x87", x87 },
	{ "vina", vina },
	{ "breakpoint", breakpoint },
	{ "divide", divide },
	{ "single-step", single_step },
	{ "stack-overflow", overflow_stack },
	{ "bad-pointers", bad_pointers },
};

long trustlet_init(void)
{
	return 0;
}

/* A result of 1 means passed; -2 no such step; "survived" is a failure. */
long trustlet_call(void *msg, size_t len, size_t room, size_t *ret_len)
{
	static const char survived[] = "survived";
	char *text = msg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		if (strlen(steps[i].name) != len ||
		    memcmp(steps[i].name, text, len))
			continue;
		steps[i].fn();
		if (room >= sizeof(survived) - 1) {
			memcpy(text, survived, sizeof(survived) - 1);
			*ret_len = sizeof(survived) - 1;
		}
		return -1;
	}
	return -2;
}
