// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of "vsmctl check", on machines that need not exist.  KTAP.
 * Must never read the machine that it runs on.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../libvsm/util.h"
#include "facts.h"

/* A machine on which nothing is wrong, read as root with the msr module. */
static const struct facts good = {
	.vendor = "GenuineIntel",
	.cpuid_vmx = true,
	.kernel_vmx = true,
	.msrs = YES,
	.possible_cpus = MAX_CPUS,
	.enabled = YES,
	.locked_off = NO,
	.true_controls = YES,
	.controls = YES,
	.ept = YES,
	.ept_complete = YES,
	.unrestricted = YES,
	.vpid = YES,
	.mbec = YES,
	.iommu = true,
	.secure_boot = YES,
	.signed_modules = NO,
};

static unsigned int nr_tests, nr_failed;

static void result(bool ok, const char *name, const char *detail)
{
	nr_tests++;
	printf("%s %u %s\n", ok ? "ok" : "not ok", nr_tests, name);
	if (ok)
		return;
	nr_failed++;
	printf("# %s\n", detail);
}

static enum level worst(const struct finding *findings, unsigned int nr)
{
	enum level level = LEVEL_OK;

	for (unsigned int i = 0; i < nr; i++) {
		if (findings[i].level > level)
			level = findings[i].level;
	}
	return level;
}

/* Exactly one finding of that level and name, with a remedy. */
static void expect(const char *name, const struct facts *f, const char *id,
		   enum level level)
{
	struct finding findings[MAX_FINDINGS];
	unsigned int nr = facts_judge(f, findings);
	unsigned int found = 0;

	for (unsigned int i = 0; i < nr; i++) {
		if (strcmp(findings[i].id, id))
			continue;
		if (findings[i].level == level &&
		    (level < LEVEL_WARNING || findings[i].remedy))
			found++;
	}
	result(found == 1, name, id);
}

/* That, and no other reason to refuse. */
static void expect_only(const char *name, const struct facts *f,
			const char *id)
{
	struct finding findings[MAX_FINDINGS];
	unsigned int nr = facts_judge(f, findings);

	for (unsigned int i = 0; i < nr; i++) {
		if (findings[i].level == LEVEL_FATAL &&
		    strcmp(findings[i].id, id)) {
			result(false, name, findings[i].id);
			return;
		}
	}
	expect(name, f, id, LEVEL_FATAL);
}

static void set_owner(struct facts *f, const char *owner)
{
	snprintf(f->owner, sizeof(f->owner), "%s", owner);
}

static void test_good(void)
{
	struct finding findings[MAX_FINDINGS];
	struct facts f = good;

	result(worst(findings, facts_judge(&f, findings)) == LEVEL_WARNING,
	       "a good machine is ready", "level");
	expect("DMA is never said to be protected", &f, "dma",
	       LEVEL_WARNING);
	f.demoted = true;
	f.cpuid_vmx = false;
	result(worst(findings, facts_judge(&f, findings)) == LEVEL_OK,
	       "a demoted machine is not judged", "level");
}

static void test_fatal(void)
{
	static const struct {
		const char *name;
		const char *id;
		size_t fact;
	} needs[] = {
		{ "true controls", "true-controls",
		  offsetof(struct facts, true_controls) },
		{ "MSR bitmaps and secondary controls", "controls",
		  offsetof(struct facts, controls) },
		{ "EPT", "ept", offsetof(struct facts, ept) },
		{ "EPT, complete", "ept-features",
		  offsetof(struct facts, ept_complete) },
		{ "unrestricted guest", "unrestricted-guest",
		  offsetof(struct facts, unrestricted) },
		{ "VPID", "vpid", offsetof(struct facts, vpid) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++) {
		struct facts f = good;

		*(enum tristate *)((char *)&f + needs[i].fact) = NO;
		expect_only(needs[i].name, &f, needs[i].id);
	}
}

static void test_vmx(void)
{
	struct facts f = good;

	f.cpuid_vmx = false;
	f.kernel_vmx = false;
	expect_only("no VMX", &f, "vmx");
	snprintf(f.vendor, sizeof(f.vendor), "AuthenticAMD");
	expect_only("AMD", &f, "vendor");
	f = good;
	f.enabled = NO;
	expect_only("not enabled", &f, "firmware");
	f = good;
	f.locked_off = YES;
	expect_only("locked off, by MSR", &f, "firmware");
	f = good;
	f.locked_off = UNKNOWN;
	f.enabled = UNKNOWN;
	f.msrs = NO;
	expect("not locked off, without MSRs", &f, "firmware", LEVEL_OK);
	expect("unread MSRs are told", &f, "msrs", LEVEL_WARNING);
	f.kernel_vmx = false;
	expect_only("locked off, by /proc/cpuinfo", &f, "firmware");
}

static void test_linux(void)
{
	struct facts f = good;

	set_owner(&f, "kvm_intel");
	expect_only("KVM holds VMX", &f, "vmx-owner");
	f.owner_lazy = true;
	expect("KVM may take VMX", &f, "vmx-owner", LEVEL_WARNING);
	f.owner_lazy = false;
	set_owner(&f, "vboxdrv");
	expect_only("another owner", &f, "vmx-owner");
	f = good;
	f.possible_cpus = MAX_CPUS + 1;
	expect_only("too many CPUs", &f, "cpus");
	f = good;
	f.la57 = true;
	expect_only("5-level paging", &f, "paging");
	f = good;
	f.fred = true;
	expect_only("FRED", &f, "events");
	f = good;
	f.mbec = NO;
	expect("no MBEC is a warning", &f, "mbec", LEVEL_WARNING);
	f = good;
	f.iommu = false;
	expect("no IOMMU is a warning", &f, "dma",
	       LEVEL_WARNING);
	f = good;
	f.efi_runtime = true;
	expect("the firmware's services are told of", &f, "efi", LEVEL_INFO);
	f = good;
	f.signed_modules = YES;
	expect("signed modules are told", &f, "signed-modules", LEVEL_INFO);
}

int main(void)
{
	printf("KTAP version 1\n");
	test_good();
	test_fatal();
	test_vmx();
	test_linux();
	printf("1..%u\n", nr_tests);
	return nr_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
