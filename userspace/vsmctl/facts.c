// SPDX-License-Identifier: GPL-2.0
/*
 * Reads CPUID, MSRs, /proc and /sys without the module.
 * Must never judge what it finds, nor change anything.
 */
#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../libvsm/libvsm.h"
#include "../libvsm/util.h"
#include "facts.h"

#define MSR_IA32_FEAT_CTL		0x3a
#define FEAT_CTL_LOCKED			(1ULL << 0)
#define FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX (1ULL << 2)
#define MSR_IA32_VMX_BASIC		0x480
#define VMX_BASIC_TRUE_CTLS		(1ULL << 55)
#define MSR_IA32_VMX_PROCBASED_CTLS2	0x48b
#define MSR_IA32_VMX_EPT_VPID_CAP	0x48c
#define MSR_IA32_VMX_TRUE_PROCBASED_CTLS 0x48e

/* Allowed-1 settings are the upper half of a capability MSR. */
#define ALLOWED1(bit)			(1ULL << (32 + (bit)))
#define CPU_BASED_USE_MSR_BITMAPS	ALLOWED1(28)
#define CPU_BASED_SECONDARY		ALLOWED1(31)
#define SECONDARY_EXEC_EPT		ALLOWED1(1)
#define SECONDARY_EXEC_VPID		ALLOWED1(5)
#define SECONDARY_EXEC_UNRESTRICTED	ALLOWED1(7)
#define SECONDARY_EXEC_MBEC		ALLOWED1(22)

#define EPT_CAP_4LEVEL			(1ULL << 6)
#define EPT_CAP_WB			(1ULL << 14)
#define EPT_CAP_2M			(1ULL << 16)
#define EPT_CAP_INVEPT			(1ULL << 20)
#define EPT_CAP_INVEPT_ALL		(1ULL << 26)
#define EPT_CAP_NEEDED			(EPT_CAP_4LEVEL | EPT_CAP_WB | \
					 EPT_CAP_2M | EPT_CAP_INVEPT | \
					 EPT_CAP_INVEPT_ALL)

static enum tristate tri(bool value)
{
	return value ? YES : NO;
}

static void read_cpuid(struct facts *f)
{
	unsigned int eax, ebx, ecx, edx;

	if (!__get_cpuid(0, &eax, &ebx, &ecx, &edx))
		return;
	memcpy(f->vendor, &ebx, 4);
	memcpy(f->vendor + 4, &edx, 4);
	memcpy(f->vendor + 8, &ecx, 4);
	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx))
		return;
	f->cpuid_vmx = ecx & (1U << 5);
	f->hypervisor = ecx & (1U << 31);
}

/* The first line of a file that is small; false: cannot be read. */
static bool read_line(const char *path, char *buf, size_t size)
{
	FILE *in = fopen(path, "re");
	bool ok;

	if (!in)
		return false;
	ok = fgets(buf, (int)size, in);
	fclose(in);
	if (ok)
		buf[strcspn(buf, "\n")] = '\0';
	return ok;
}

static bool has_word(const char *line, const char *word)
{
	size_t len = strlen(word);
	const char *c = line;

	while ((c = strstr(c, word))) {
		bool starts = c == line || c[-1] == ' ' || c[-1] == '\t';

		c += len;
		if (starts && (!*c || *c == ' ' || *c == '\n'))
			return true;
	}
	return false;
}

/* Linux lists VMX features by the name of its own header. */
static void read_vmx_flags(struct facts *f, const char *line)
{
	f->ept = tri(has_word(line, "ept"));
	f->unrestricted = tri(has_word(line, "unrestricted_guest"));
	f->mbec = tri(has_word(line, "ept_mode_based_exec"));
	f->vpid = tri(has_word(line, "vpid"));
}

static void read_cpuinfo(struct facts *f)
{
	FILE *in = fopen("/proc/cpuinfo", "re");
	char *line = NULL;
	size_t size = 0;

	if (!in)
		return;
	/*
	 * The flags are the same for all processors: the first will do.  Linux
	 * lists these only while it uses them.
	 */
	while (getline(&line, &size, in) > 1) {
		if (!strncmp(line, "flags", 5)) {
			f->kernel_vmx = has_word(line, "vmx");
			f->la57 = has_word(line, "la57");
			f->fred = has_word(line, "fred");
		} else if (!strncmp(line, "vmx flags", 9)) {
			read_vmx_flags(f, line);
		}
	}
	free(line);
	fclose(in);
}

static bool read_msr(int fd, unsigned int msr, uint64_t *ret)
{
	return pread(fd, ret, sizeof(*ret), msr) == sizeof(*ret);
}

static void read_capabilities(struct facts *f, int fd)
{
	uint64_t value;

	if (!read_msr(fd, MSR_IA32_VMX_BASIC, &value))
		return;
	f->true_controls = tri(value & VMX_BASIC_TRUE_CTLS);
	if (f->true_controls != YES ||
	    !read_msr(fd, MSR_IA32_VMX_TRUE_PROCBASED_CTLS, &value))
		return;
	f->controls = tri((value & CPU_BASED_USE_MSR_BITMAPS) &&
			  (value & CPU_BASED_SECONDARY));
	if (f->controls != YES ||
	    !read_msr(fd, MSR_IA32_VMX_PROCBASED_CTLS2, &value))
		return;
	f->ept = tri(value & SECONDARY_EXEC_EPT);
	f->unrestricted = tri(value & SECONDARY_EXEC_UNRESTRICTED);
	f->mbec = tri(value & SECONDARY_EXEC_MBEC);
	f->vpid = tri(value & SECONDARY_EXEC_VPID);
	if (f->ept != YES ||
	    !read_msr(fd, MSR_IA32_VMX_EPT_VPID_CAP, &value))
		return;
	f->ept_complete = tri((value & EPT_CAP_NEEDED) == EPT_CAP_NEEDED);
}

/* Firmware may have forgotten a CPU: one that is off spoils all. */
static void read_feature_control(struct facts *f, int fd)
{
	uint64_t value;

	if (!read_msr(fd, MSR_IA32_FEAT_CTL, &value))
		return;
	if (f->enabled == UNKNOWN) {
		f->enabled = YES;
		f->locked_off = NO;
	}
	if (!(value & FEAT_CTL_LOCKED))
		f->enabled = NO;
	else if (!(value & FEAT_CTL_VMX_ENABLED_OUTSIDE_SMX))
		f->locked_off = YES;
}

static void read_msrs(struct facts *f)
{
	glob_t paths;

	f->msrs = NO;
	if (!f->cpuid_vmx || glob("/dev/cpu/[0-9]*/msr", 0, NULL, &paths))
		return;
	for (size_t i = 0; i < paths.gl_pathc; i++) {
		int fd = open(paths.gl_pathv[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		read_feature_control(f, fd);
		if (f->msrs == NO)
			read_capabilities(f, fd);
		f->msrs = YES;
		close(fd);
	}
	globfree(&paths);
}

static bool module_loaded(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", name);
	return !access(path, F_OK);
}

static void read_owner(struct facts *f)
{
	static const char * const owners[] = {
		"vboxdrv", "vmmon", "jailhouse", "acrn", "bhyve",
	};
	char line[16];

	if (module_loaded("kvm_intel")) {
		const char *param =
			"/sys/module/kvm/parameters/enable_virt_at_load";

		snprintf(f->owner, sizeof(f->owner), "kvm_intel");
		/* Before Linux 6.12 there was no such parameter. */
		f->owner_lazy = !read_line(param, line, sizeof(line)) ||
				line[0] == 'N';
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		if (module_loaded(owners[i]))
			snprintf(f->owner, sizeof(f->owner), "%s", owners[i]);
	}
}

/* "0-3,5" has a highest one of 5. */
static void read_cpus(struct facts *f)
{
	char line[256], *last = line;

	if (!read_line("/sys/devices/system/cpu/possible", line, sizeof(line)))
		return;
	for (char *c = line; *c; c++) {
		if (*c == '-' || *c == ',')
			last = c + 1;
	}
	f->possible_cpus = (unsigned int)strtoul(last, NULL, 10) + 1;
}

static void read_efi(struct facts *f)
{
	char line[4096];

	if (access("/sys/firmware/efi", F_OK))
		return;
	f->efi_runtime = !read_line("/proc/cmdline", line, sizeof(line)) ||
			 !(has_word(line, "efi=noruntime") ||
			   has_word(line, "noefi"));
}

static void read_platform(struct facts *f)
{
	static const char efi_var[] =
		"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
	char line[64];
	void *data;
	size_t size;
	glob_t paths;

	if (!glob("/sys/class/iommu/*", 0, NULL, &paths)) {
		f->iommu = paths.gl_pathc > 0;
		globfree(&paths);
	}
	read_efi(f);

	/* Four bytes of attributes, then the value. */
	if (!vsm_file_read(efi_var, 64, &data, &size)) {
		if (size == 5)
			f->secure_boot = tri(((uint8_t *)data)[4]);
		free(data);
	} else if (access("/sys/firmware/efi", F_OK)) {
		f->secure_boot = NO;
	}

	if (read_line("/sys/module/module/parameters/sig_enforce", line,
		      sizeof(line)))
		f->signed_modules = tri(line[0] == 'Y');
	if (read_line("/sys/kernel/security/lockdown", line, sizeof(line)) &&
	    !strstr(line, "[none]"))
		f->signed_modules = YES;
}

static void read_driver(struct facts *f)
{
	struct vsm_info info;
	struct vsm_nl *nl;

	if (vsm_nl_open(&nl))
		return;
	if (!vsm_nl_status(nl, &info))
		f->demoted = info.state & VSM_STATE_DEMOTED;
	vsm_nl_close(nl);
}

void facts_read(struct facts *facts)
{
	*facts = (struct facts) {
		.msrs = UNKNOWN,
		.enabled = UNKNOWN,
		.locked_off = UNKNOWN,
		.true_controls = UNKNOWN,
		.controls = UNKNOWN,
		.ept = UNKNOWN,
		.ept_complete = UNKNOWN,
		.unrestricted = UNKNOWN,
		.vpid = UNKNOWN,
		.mbec = UNKNOWN,
		.secure_boot = UNKNOWN,
		.signed_modules = UNKNOWN,
	};
	read_cpuid(facts);
	read_cpuinfo(facts);
	read_msrs(facts);
	read_owner(facts);
	read_cpus(facts);
	read_platform(facts);
	read_driver(facts);
}
