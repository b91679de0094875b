// SPDX-License-Identifier: GPL-2.0
/*
 * Loads vsm.ko with the puppet as its secure kernel, and issues calls in VTL0
 * (by the probe module) and in VTL1 (by the puppet).  Must never report a
 * result that did not come from the VTL that was asked.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "probe_open.h"
#include "tlfs.h"

#define FIRMWARE_PATH	"/sys/module/firmware_class/parameters/path"

void (*tlfs_before)(int probe_fd);

static char here[PATH_MAX];
static char why[PATH_MAX + 128];	/* not ready; empty: ready */
static bool why_skip;
static bool vsm_loaded, probe_loaded;
static int before_fd = -1;		/* keeps what tlfs_before() made */
static char old_path[PATH_MAX];

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

static void read_text(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = 0;
	buf[strcspn(buf, "\n")] = 0;
	if (fd >= 0)
		close(fd);
}

static bool load_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return false;
	ret = syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	return !ret;
}

/* Where the shell tests look for it, too. */
static bool load_vsm(void)
{
	static const char * const places[] = {
		"%s/vsm.ko", "%s/../vsm.ko", "/lib/modules/vsm.ko",
	};
	char path[PATH_MAX + 16];
	unsigned int i;

	if (getenv("VSM_KO"))
		return load_module(getenv("VSM_KO"));
	for (i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), places[i], here);
		if (!access(path, R_OK))
			return load_module(path);
	}
	return false;
}

static void not_ready(bool skip, const char *what, const char *detail)
{
	why_skip = skip;
	snprintf(why, sizeof(why), "%s%s: %s", what, detail, strerror(errno));
}

static void take_over(void)
{
	char path[PATH_MAX + 32], none[] = " ";

	snprintf(path, sizeof(path), "%s/puppet/vsm/sk.signed", here);
	if (access(path, R_OK)) {
		not_ready(true, path, "");
		return;
	}
	read_text(FIRMWARE_PATH, old_path, sizeof(old_path));
	snprintf(path, sizeof(path), "%s/puppet", here);
	if (!write_text(FIRMWARE_PATH, path)) {
		not_ready(true, FIRMWARE_PATH, "");
		return;
	}
	vsm_loaded = load_vsm();
	if (!vsm_loaded)
		not_ready(false, "vsm.ko did not load with the puppet", "");
	write_text(FIRMWARE_PATH, old_path[0] ? old_path : none);
}

/* Once per program: tests run in children of this process. */
static __attribute__((constructor)) void begin(void)
{
	char exe[PATH_MAX] = "";
	int fd;

	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return;
	snprintf(here, sizeof(here), "%s", dirname(exe));
	if (!access("/sys/module/vsm", F_OK)) {
		errno = EBUSY;
		not_ready(true, "vsm is loaded, unload it first", "");
		return;
	}
	fd = probe_open(&probe_loaded);
	if (fd < 0) {
		not_ready(true, PROBE_DEVICE, "");
		return;
	}
	if (tlfs_before)
		tlfs_before(fd);
	take_over();
	before_fd = fd;
}

static __attribute__((destructor)) void end(void)
{
	if (before_fd >= 0)
		close(before_fd);
	if (probe_loaded)
		syscall(SYS_delete_module, PROBE_MODULE, O_NONBLOCK);
	if (vsm_loaded)
		syscall(SYS_delete_module, "vsm", O_NONBLOCK);
}

bool tlfs_again(void)
{
	if (syscall(SYS_delete_module, "vsm", O_NONBLOCK))
		return false;
	take_over();
	return !why[0];
}

const char *tlfs_open(struct tlfs *t, bool *ret_skip)
{
	struct vsm_probe_pages pages = { .order = TLFS_ORDER };
	bool loaded;

	if (!why[0]) {
		t->fd = probe_open(&loaded);
		if (t->fd < 0)
			not_ready(true, PROBE_DEVICE, "");
	}
	*ret_skip = why_skip;
	if (why[0])
		return why;
	if (ioctl(t->fd, VSM_PROBE_IOC_PAGES, &pages))
		return "no memory";
	t->gpa = pages.gpa;
	t->va = pages.va;
	t->mem = mmap(NULL, TLFS_PAGES * PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED, t->fd, pages.gpa);
	if (t->mem == MAP_FAILED)
		return "cannot map the pages";
	tlfs_on_cpu(0);
	return NULL;
}

void tlfs_close(struct tlfs *t)
{
	munmap(t->mem, TLFS_PAGES * PAGE);
	close(t->fd);
}

unsigned int tlfs_cpus(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

void tlfs_on_cpu(unsigned int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		abort();
}

bool puppet_all(struct tlfs *t, struct puppet_request *req, unsigned int nr)
{
	struct vsm_probe_insn c = { PUPPET_CALL_GPRS(t) };
	size_t len = nr * sizeof(*req);

	if (len > (TLFS_INPUT - TLFS_REQUEST) * PAGE)
		return false;
	c.gpr[PUPPET_RDX] = nr;
	memcpy(tlfs_page(t, TLFS_REQUEST), req, len);
	if (ioctl(t->fd, VSM_PROBE_IOC_INSN, &c) ||
	    c.vector != VSM_PROBE_NO_FAULT ||
	    c.gpr[PUPPET_RDI] != VSM_S_OK)
		return false;
	memcpy(req, tlfs_page(t, TLFS_REQUEST), len);
	return true;
}

static __u32 vmcall_vtl1(struct tlfs *t, struct vsm_probe_insn *c)
{
	struct puppet_request req = {
		.op = PUPPET_VMCALL,
		.flags = c->flags & VSM_PROBE_XMM ? PUPPET_XMM : 0,
	};

	memcpy(req.gpr, c->gpr, sizeof(req.gpr));
	memcpy(req.xmm, c->xmm, sizeof(req.xmm));
	if (!puppet(t, &req)) {
		fprintf(stderr, "# VTL1 did not answer\n");
		abort();
	}
	memcpy(c->gpr, req.gpr, sizeof(req.gpr));
	memcpy(c->xmm, req.xmm, sizeof(req.xmm));
	return req.fault.vector;
}

__u32 vmcall(struct tlfs *t, int vtl, struct vsm_probe_insn *c)
{
	if (vtl)
		return vmcall_vtl1(t, c);
	if (ioctl(t->fd, VSM_PROBE_IOC_INSN, c))
		abort();
	return c->vector;
}

__u32 vtl0_insn(struct tlfs *t, enum vsm_probe_insns insn,
		struct vsm_probe_insn *c)
{
	c->insn = insn;
	if (ioctl(t->fd, VSM_PROBE_IOC_INSN, c))
		abort();
	return c->vector;
}

__u32 vtl0_load(struct tlfs *t, __u64 va, __u64 *ret)
{
	struct vsm_probe_insn c = { .gpr[PUPPET_RDI] = va };
	__u32 vector = vtl0_insn(t, VSM_PROBE_INSN_load, &c);

	*ret = c.gpr[PUPPET_RSI];
	return vector;
}

__u32 vtl0_store(struct tlfs *t, __u64 va, __u64 val)
{
	struct vsm_probe_insn c = {
		.gpr[PUPPET_RDI] = va, .gpr[PUPPET_RSI] = val,
	};

	return vtl0_insn(t, VSM_PROBE_INSN_store, &c);
}

__u64 hypercall(struct tlfs *t, int vtl, __u64 control, __u64 in, __u64 out)
{
	struct vsm_probe_insn c = {
		.gpr[PUPPET_RCX] = control,
		.gpr[PUPPET_RDX] = in,
		.gpr[PUPPET_R8] = out,
	};
	__u32 vector = vmcall(t, vtl, &c);

	return vector == NO_FAULT ? c.gpr[PUPPET_RAX] : TRAPPED(vector);
}

__u64 memory_call(struct tlfs *t, int vtl, __u64 control)
{
	memset(tlfs_page(t, TLFS_OUTPUT), UNTOUCHED, 2 * PAGE);
	return hypercall(t, vtl, control, tlfs_gpa(t, TLFS_INPUT),
			 tlfs_gpa(t, TLFS_OUTPUT));
}

bool output_untouched(const struct tlfs *t)
{
	const __u8 *out = tlfs_page(t, TLFS_OUTPUT);
	unsigned int i;

	for (i = 0; i < 2 * PAGE; i++)
		if (out[i] != UNTOUCHED)
			return false;
	return true;
}

__u64 get_register(struct tlfs *t, int vtl, __u8 input_vtl, __u32 name,
		   struct hv_register_value *ret)
{
	struct hv_input_get_vp_registers *in = tlfs_page(t, TLFS_INPUT);
	__u64 result;

	*in = (struct hv_input_get_vp_registers){
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = HV_VP_INDEX_SELF,
		.input_vtl = input_vtl,
	};
	memcpy(in + 1, &name, sizeof(name));
	result = memory_call(t, vtl, HVCALL_GET_VP_REGISTERS | REP(1, 0));
	memcpy(ret, tlfs_page(t, TLFS_OUTPUT), sizeof(*ret));
	return result;
}

__u64 set_register(struct tlfs *t, int vtl, __u8 input_vtl, __u32 name,
		   __u64 low)
{
	struct hv_input_set_vp_registers *in = tlfs_page(t, TLFS_INPUT);
	struct hv_register_assoc reg = { .name = name, .value.low = low };

	*in = (struct hv_input_set_vp_registers){
		.partition_id = HV_PARTITION_ID_SELF,
		.vp_index = HV_VP_INDEX_SELF,
		.input_vtl = input_vtl,
	};
	memcpy(in + 1, &reg, sizeof(reg));
	return memory_call(t, vtl, HVCALL_SET_VP_REGISTERS | REP(1, 0));
}

__u64 protect(struct tlfs *t, int vtl, __u8 input_vtl, __u32 flags, __u64 gpn,
	      unsigned int nr)
{
	struct hv_input_modify_vtl_protection_mask *in =
		tlfs_page(t, TLFS_INPUT);
	__u64 *list = (__u64 *)(in + 1);
	unsigned int i;

	*in = (struct hv_input_modify_vtl_protection_mask){
		.partition_id = HV_PARTITION_ID_SELF,
		.map_flags = flags,
		.input_vtl = input_vtl,
	};
	for (i = 0; i < nr; i++)
		list[i] = gpn + i;
	return memory_call(t, vtl,
			   HVCALL_MODIFY_VTL_PROTECTION_MASK | REP(nr, 0));
}

/* One operation of VTL1: its first result and its fault. */
static __u32 vtl1_op(struct tlfs *t, enum puppet_op op, __u64 arg0, __u64 arg1,
		     __u64 *ret)
{
	struct puppet_request req = { .op = op, .arg = { arg0, arg1 } };

	if (!puppet(t, &req)) {
		fprintf(stderr, "# VTL1 did not answer\n");
		abort();
	}
	if (ret)
		*ret = req.ret[0];
	return req.fault.vector;
}

static __u32 vtl0_msr(struct tlfs *t, __u32 msr, bool write, __u64 *val)
{
	struct vsm_probe_msr req = {
		.msr = msr, .write = write, .value = *val,
	};

	if (ioctl(t->fd, VSM_PROBE_IOC_MSR, &req))
		abort();
	*val = req.value;
	return req.trapped ? GP : NO_FAULT;
}

__u32 read_msr(struct tlfs *t, int vtl, __u32 msr, __u64 *ret)
{
	*ret = 0;
	return vtl ? vtl1_op(t, PUPPET_RDMSR, msr, 0, ret) :
		     vtl0_msr(t, msr, false, ret);
}

__u32 write_msr(struct tlfs *t, int vtl, __u32 msr, __u64 val)
{
	return vtl ? vtl1_op(t, PUPPET_WRMSR, msr, val, NULL) :
		     vtl0_msr(t, msr, true, &val);
}

__u32 vtl1_read(struct tlfs *t, enum puppet_register reg, __u64 *ret)
{
	return vtl1_op(t, PUPPET_READ, reg, 0, ret);
}

__u32 vtl1_write(struct tlfs *t, enum puppet_register reg, __u64 val)
{
	return vtl1_op(t, PUPPET_WRITE, reg, val, NULL);
}

static bool copy(struct tlfs *t, __u64 to, __u64 from, size_t len)
{
	struct puppet_request req = {
		.op = PUPPET_COPY, .arg = { to, from, len },
	};

	return puppet(t, &req) && req.fault.vector == NO_FAULT;
}

bool vtl1_copy_out(struct tlfs *t, void *dst, __u64 gpa, size_t len)
{
	bool ok = copy(t, tlfs_gpa(t, TLFS_COPY), gpa, len);

	memcpy(dst, tlfs_page(t, TLFS_COPY), len);
	return ok;
}

bool vtl1_copy_in(struct tlfs *t, __u64 gpa, const void *src, size_t len)
{
	memcpy(tlfs_page(t, TLFS_COPY), src, len);
	return copy(t, gpa, tlfs_gpa(t, TLFS_COPY), len);
}
