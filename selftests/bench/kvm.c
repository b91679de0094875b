// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel's own hypervisor takes for a VM exit: a guest of /dev/kvm
 * that does nothing but execute one instruction.  Ticks of every batch, as
 * JSON.  Must never be run where a hypervisor has taken /dev/kvm away.
 */
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "measure.h"
#include "workload.h"

#define BATCHES		100
#define BATCH		100		/* in the guest's code, too */
#define GUEST_SIZE	0x1000
#define MAX_CPUID	256

/*
 * Real mode.  Each run is a batch and ends in HLT; the next one starts over.
 * CPUID leaves SI alone, KVM's answer to VMCALL is in EAX.
 */
#define GUEST(name, insn)						\
	asm(".pushsection .rodata\n\t"					\
	    ".code16\n"							\
	    "guest_" #name ":\n\t"					\
	    "movw $100, %si\n"						\
	    "1:\txorl %ecx, %ecx\n\t"					\
	    "movl $" #insn "_RAX, %eax\n\t"				\
	    #insn "\n\t"						\
	    "decw %si\n\t"						\
	    "jnz 1b\n\t"						\
	    "hlt\n\t"							\
	    "jmp guest_" #name "\n"					\
	    "guest_" #name "_end:\n\t"					\
	    ".code64\n\t"						\
	    ".popsection");						\
	extern const uint8_t guest_##name[], guest_##name##_end[]

/* No hypercall has this number. */
asm(".set nop_RAX, 0\n.set cpuid_RAX, 0\n.set vmcall_RAX, 0x7fff");

GUEST(empty, nop);
GUEST(cpuid, cpuid);
GUEST(vmcall, vmcall);

static int kvm;

static int check(int ret, const char *what)
{
	if (ret < 0)
		fail(what);
	return ret;
}

/* As everybody does: all that the host can show. */
static void set_cpuid(int vcpu)
{
	struct kvm_cpuid2 *cpuid;

	cpuid = calloc(1, sizeof(*cpuid) + MAX_CPUID * sizeof(cpuid->entries[0]));
	if (!cpuid)
		fail("calloc");
	cpuid->nent = MAX_CPUID;
	check(ioctl(kvm, KVM_GET_SUPPORTED_CPUID, cpuid),
	      "KVM_GET_SUPPORTED_CPUID");
	check(ioctl(vcpu, KVM_SET_CPUID2, cpuid), "KVM_SET_CPUID2");
	free(cpuid);
}

static void set_registers(int vcpu)
{
	struct kvm_regs regs = { .rip = 0, .rflags = 2 };
	struct kvm_sregs sregs;

	check(ioctl(vcpu, KVM_GET_SREGS, &sregs), "KVM_GET_SREGS");
	sregs.cs.base = 0;
	sregs.cs.selector = 0;
	check(ioctl(vcpu, KVM_SET_SREGS, &sregs), "KVM_SET_SREGS");
	check(ioctl(vcpu, KVM_SET_REGS, &regs), "KVM_SET_REGS");
}

static int make_vcpu(int vm, const uint8_t *code, const uint8_t *end)
{
	struct kvm_userspace_memory_region memory = {
		.memory_size = GUEST_SIZE,
	};
	void *ram;
	int vcpu;

	ram = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ram == MAP_FAILED)
		fail("mmap");
	memcpy(ram, code, (size_t)(end - code));
	memory.userspace_addr = (uintptr_t)ram;
	check(ioctl(vm, KVM_SET_USER_MEMORY_REGION, &memory),
	      "KVM_SET_USER_MEMORY_REGION");
	vcpu = check(ioctl(vm, KVM_CREATE_VCPU, 0), "KVM_CREATE_VCPU");
	set_cpuid(vcpu);
	set_registers(vcpu);
	return vcpu;
}

static uint64_t run_batch(int vcpu, const struct kvm_run *run)
{
	uint64_t begin = ticks();

	check(ioctl(vcpu, KVM_RUN, 0), "KVM_RUN");
	begin = ticks() - begin;
	if (run->exit_reason != KVM_EXIT_HLT) {
		fprintf(stderr, "bench: the guest of KVM ended with %u\n",
			run->exit_reason);
		exit(1);
	}
	return begin;
}

static void loop(const char *name, const uint8_t *code, const uint8_t *end)
{
	int vm = check(ioctl(kvm, KVM_CREATE_VM, 0), "KVM_CREATE_VM");
	int vcpu = make_vcpu(vm, code, end);
	struct kvm_run *run;
	int i, size;

	size = check(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0),
		     "KVM_GET_VCPU_MMAP_SIZE");
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu,
		   0);
	if (run == MAP_FAILED)
		fail("mmap");
	run_batch(vcpu, run);
	printf("{\"what\": \"kvm\", \"name\": \"%s\", \"ops\": %d", name, BATCH);
	for (i = 0; i < BATCHES; i++)
		printf("%s%llu", i ? ", " : ", \"batches\": [",
		       (unsigned long long)run_batch(vcpu, run));
	printf("]}\n");
}

void run_kvm(void)
{
	kvm = check(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	loop("empty", guest_empty, guest_empty_end);
	loop("cpuid", guest_cpuid, guest_cpuid_end);
	loop("vmcall", guest_vmcall, guest_vmcall_end);
}
