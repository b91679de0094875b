// SPDX-License-Identifier: GPL-2.0
/*
 * vsmctl status: what is protected, and in as many words what is not.
 * Must never print a protection that the driver did not report.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vsmctl.h"

/* Every state bit, said both ways. */
static const struct {
	uint32_t bit;
	const char *key;
	const char *set;
	const char *clear;
} states[] = {
	{ VSM_STATE_DEMOTED, "demoted",
	  "Linux runs in VTL0",
	  "Linux is NOT demoted; nothing is protected" },
	{ VSM_STATE_VTL1, "vtl1",
	  "the secure kernel runs in VTL1",
	  "NO secure kernel runs" },
	{ VSM_STATE_LOCKED, "locked",
	  "locked: protection cannot be ended before a reboot",
	  "NOT locked: root can unload the module and end protection" },
	{ VSM_STATE_MBEC, "mbec",
	  "kernel and user execution are told apart (MBEC)",
	  "kernel and user execution are NOT told apart (no MBEC): weaker" },
	{ VSM_STATE_DMA_PROTECTED, "dma_protected",
	  "devices cannot reach VTL1 memory",
	  "DMA is NOT protected: a device can read and write VTL1 memory" },
	{ VSM_STATE_POLICY, "policy_loaded",
	  "a base policy is loaded",
	  "NO base policy is loaded: what no other policy refuses may run" },
};

static const char * const baselines[] = {
	[VSM_CODE_BASELINE_NONE] = "none",
	[VSM_CODE_BASELINE_TRUST] = "taken as found",
	[VSM_CODE_BASELINE_VERIFY] = "verified",
};

static const char *baseline_name(uint32_t baseline)
{
	return baseline < ARRAY_SIZE(baselines) ? baselines[baseline] :
						  "unknown";
}

/* The driver may know fewer classes, or more. */
static uint32_t nr_classes(const struct vsm_code_status *code)
{
	return code->nr_classes < VSM_CODE_CLASS_MAX ? code->nr_classes :
						       VSM_CODE_CLASS_MAX;
}

static bool is_set(const uint8_t digest[32])
{
	static const uint8_t none[32];

	return memcmp(digest, none, sizeof(none));
}

static void print_digest(const char *what, const uint8_t digest[32])
{
	char text[VSM_SHA256_TEXT];

	if (!is_set(digest))
		return;
	vsm_hex(digest, 32, text);
	printf("  %-20s%s\n", what, text);
}

static void print_counters(const struct vsm_code_status *code)
{
	printf("\n  %-14s%-9s%10s%10s%10s%10s%10s\n", "Code class", "mode",
	       "allowed", "audited", "refused", "off", "lost");
	for (uint32_t i = 1; i < nr_classes(code); i++) {
		const struct vsm_code_counters *c = &code->counters[i];

		printf("  %-14s%-9s%10llu%10llu%10llu%10llu%10llu\n",
		       vsm_code_class_name(i), vsm_code_mode_name(c->mode),
		       (unsigned long long)c->allowed,
		       (unsigned long long)c->audited,
		       (unsigned long long)c->refused,
		       (unsigned long long)c->off,
		       (unsigned long long)c->lost);
	}
}

static void print_code(const struct vsm_code_status *code)
{
	if (!code->mode) {
		printf("- NO code integrity: Linux's kernel executes whatever it maps\n");
		return;
	}
	printf("%c code integrity, mode %s, code %s%s\n",
	       code->mode == VSM_CODE_MODE_ENFORCE ? '+' : '-',
	       vsm_code_mode_name(code->mode), baseline_name(code->baseline),
	       code->flags & VSM_CODE_STATUS_LOCKED ?
	       ", modes only get tighter" : "");
	if (!(code->flags & VSM_CODE_STATUS_MBEC))
		printf("- code cannot be written, but what is NOT code executes, too (no MBEC)\n");
	if (code->pages_open)
		printf("- %llu pages were let pass in audit and are NOT guarded any more\n",
		       (unsigned long long)code->pages_open);
	printf("\n  %-20s%llu in %u known objects, %u of them not verified\n",
	       "Pages of code", (unsigned long long)code->pages,
	       code->nr_objects, code->nr_found);
	printf("  %-20s%llu bytes\n", "Tables of patches",
	       (unsigned long long)code->table_bytes);
	printf("  %-20s%u of %u pages\n", "Files to execute",
	       code->nr_user_files, code->nr_user_pages);
	print_digest("Kernel", code->payload_digest);
	print_digest("Code as found", code->found_digest);
	print_counters(code);
}

static void print_bytes(const char *what, uint64_t bytes)
{
	printf("  %-20s%llu KiB\n", what, (unsigned long long)(bytes >> 10));
}

static void print_text(const struct vsm_info *info, bool complete)
{
	static const uint8_t none[32];
	char digest[VSM_SHA256_TEXT];

	for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
		bool set = info->state & states[i].bit;

		printf("%c %s\n", set ? '+' : '-',
		       set ? states[i].set : states[i].clear);
	}
	printf("\n  %-20s%u\n", "CPUs in VTL0", info->nr_cpus);
	printf("  %-20s%u\n", "Secure kernel SVN", info->sk_svn);
	if (complete && memcmp(info->image_sha256, none, sizeof(none))) {
		vsm_hex(info->image_sha256, 32, digest);
		printf("  %-20s%s\n", "Secure kernel", digest);
	}
	if (info->state & VSM_STATE_POLICY)
		printf("  %-20s%s, version %u\n", "Policy",
		       (const char *)info->policy_name, info->policy_version);
	printf("  %-20s%u\n", "Trustlets", info->nr_trustlets);
	print_bytes("Hypervisor memory", info->hv_bytes);
	print_bytes("VTL1 memory", info->vtl1_bytes);
	print_bytes("VTL1 memory free", info->vtl1_free);
	if (complete)
		printf("  %-20s0x%08x\n", "CPUID leaves at", info->cpuid_base);
}

static void add_policy(struct json_object *obj, const struct vsm_info *info)
{
	struct json_object *policy = NULL;

	if (info->state & VSM_STATE_POLICY) {
		policy = json_object_new_object();
		json_add_str(policy, "name", (const char *)info->policy_name);
		json_add_u64(policy, "version", info->policy_version);
	}
	json_object_object_add(obj, "policy", policy);
}

static struct json_object *code_object(const struct vsm_code_status *code)
{
	struct json_object *obj = json_object_new_object();
	struct json_object *classes = json_object_new_object(), *class;

	json_add_str(obj, "mode", vsm_code_mode_name(code->mode));
	json_add_str(obj, "baseline", baseline_name(code->baseline));
	json_add_bool(obj, "mbec", code->flags & VSM_CODE_STATUS_MBEC);
	json_add_bool(obj, "locked", code->flags & VSM_CODE_STATUS_LOCKED);
	json_add_u64(obj, "objects", code->nr_objects);
	json_add_u64(obj, "found", code->nr_found);
	json_add_u64(obj, "pages", code->pages);
	json_add_u64(obj, "pages_open", code->pages_open);
	json_add_u64(obj, "table_bytes", code->table_bytes);
	json_add_u64(obj, "user_files", code->nr_user_files);
	json_add_u64(obj, "user_pages", code->nr_user_pages);
	if (is_set(code->payload_digest))
		json_add_hex(obj, "kernel", code->payload_digest,
			     sizeof(code->payload_digest));
	if (is_set(code->found_digest))
		json_add_hex(obj, "found_digest", code->found_digest,
			     sizeof(code->found_digest));
	for (uint32_t i = 1; i < nr_classes(code); i++) {
		const struct vsm_code_counters *c = &code->counters[i];

		class = json_object_new_object();
		json_add_str(class, "mode", vsm_code_mode_name(c->mode));
		json_add_u64(class, "allowed", c->allowed);
		json_add_u64(class, "audited", c->audited);
		json_add_u64(class, "refused", c->refused);
		json_add_u64(class, "off", c->off);
		json_add_u64(class, "lost", c->lost);
		json_object_object_add(classes, vsm_code_class_name(i), class);
	}
	json_object_object_add(obj, "classes", classes);
	return obj;
}

/* code: NULL where it is not known. */
static void print_as_json(const struct vsm_info *info, bool complete,
			  const struct vsm_code_status *code)
{
	struct json_object *obj = json_object_new_object();

	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		json_add_bool(obj, states[i].key, info->state & states[i].bit);
	json_add_u64(obj, "cpus", info->nr_cpus);
	json_add_u64(obj, "secure_kernel_svn", info->sk_svn);
	if (complete) {
		json_add_hex(obj, "secure_kernel_sha256", info->image_sha256,
			     sizeof(info->image_sha256));
		json_add_u64(obj, "cpuid_base", info->cpuid_base);
	}
	add_policy(obj, info);
	json_add_u64(obj, "trustlets", info->nr_trustlets);
	json_add_u64(obj, "hv_bytes", info->hv_bytes);
	json_add_u64(obj, "vtl1_bytes", info->vtl1_bytes);
	json_add_u64(obj, "vtl1_free", info->vtl1_free);
	if (code)
		json_object_object_add(obj, "code", code_object(code));
	print_json(obj);
}

/* The device says more; netlink also answers who may not open the device. */
int status_read(struct vsm_info *info, bool *complete)
{
	struct vsm_nl *nl;
	int fd, ret;

	fd = vsm_open();
	if (fd >= 0) {
		ret = vsm_info(fd, info);
		close(fd);
		*complete = true;
		return ret;
	}
	if (fd != -EACCES && fd != -EPERM)
		return fd;
	if (vsm_nl_open(&nl))
		return fd;
	ret = vsm_nl_status(nl, info);
	vsm_nl_close(nl);
	*complete = false;
	return ret;
}

/* Only whoever may open the device is told. */
static bool read_code(struct vsm_code_status *code)
{
	int fd = vsm_open(), ret;

	if (fd < 0)
		return false;
	ret = vsm_code_status(fd, code);
	close(fd);
	return !ret;
}

int cmd_status(const struct options *opt, int argc, char **argv)
{
	struct vsm_code_status code = { 0 };
	struct vsm_info info = { 0 };
	bool complete, has_code;
	int ret;

	(void)argc;
	(void)argv;
	ret = status_read(&info, &complete);
	if (ret)
		return fail_device(opt, ret);
	has_code = read_code(&code);
	if (opt->json)
		print_as_json(&info, complete, has_code ? &code : NULL);
	else
		print_text(&info, complete);
	if (!opt->json && has_code)
		print_code(&code);
	return EXIT_OK;
}
