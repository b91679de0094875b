// SPDX-License-Identifier: GPL-2.0
/*
 * Hostile questions about files, with a signature by a signer whom policy
 * accepts.
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/string.h>

#include "../../../kernel/file_check.h"
#include "scall.h"

static struct scall file_call(u64 list_gpa, u64 bytes)
{
	u64 cms = virt_to_phys(signature);

	return call5(VSM_SC_FILE_CHECK, list_gpa, bytes, cms, signature_size,
		     virt_to_phys(data));
}

static void file_address(u64 gpa, const char *what)
{
	u64 list_gpa = new_list(virt_to_phys(data) >> PAGE_SHIFT);
	u64 cms = virt_to_phys(signature), size = signature_size;

	expect(VSM_S_INVALID_ADDRESS,
	       call5(VSM_SC_FILE_CHECK, list_gpa, 16, gpa, size,
		     virt_to_phys(data)), what);
	expect(VSM_S_INVALID_ADDRESS,
	       call5(VSM_SC_FILE_CHECK, list_gpa, 16, cms, size, gpa), what);
	expect(VSM_S_INVALID_ADDRESS, file_call(gpa, 16), what);
	list->next = gpa;
	expect(VSM_S_INVALID_ADDRESS, file_call(list_gpa, 8192), what);
	if (gpa & ~PAGE_MASK)
		return;
	list_gpa = new_list(gpa >> PAGE_SHIFT);
	expect(VSM_S_INVALID_ADDRESS, file_call(list_gpa, 16), what);
}

static void file_sizes(void)
{
	u64 gpa = new_list(virt_to_phys(data) >> PAGE_SHIFT);
	u64 cms = virt_to_phys(signature), answer = virt_to_phys(data);

	expect(VSM_S_TOO_LARGE, file_call(gpa, VSM_FILE_MAX + 1ULL),
	       "file: content too large");
	expect(VSM_S_TOO_LARGE, file_call(gpa, ~VSM_FILE_IS_VERITY),
	       "file: largest content");
	expect(VSM_S_TOO_LARGE, file_call(gpa, VSM_FILE_IS_VERITY | 77),
	       "file: digest too large");
	expect(VSM_S_TOO_LARGE, file_call(gpa, ~0ULL), "file: largest digest");
	expect(VSM_S_INVALID_PARAMETER,
	       file_call(gpa, VSM_FILE_IS_VERITY | VSM_FILE_EXECUTE | 44),
	       "file: a digest, to be executed");
	expect(VSM_S_TOO_LARGE,
	       file_call(gpa, VSM_FILE_EXECUTE | (VSM_FILE_MAX + 1ULL)),
	       "file: content too large, to be executed");
	expect(VSM_S_NOT_SIGNED,
	       call5(VSM_SC_FILE_CHECK, gpa, 16, cms, 0, answer),
	       "file: no signature");
	expect(VSM_S_TOO_LARGE,
	       call5(VSM_SC_FILE_CHECK, gpa, 16, cms, VSM_FILE_CMS_MAX + 1,
		     answer), "file: signature too large");
	expect(VSM_S_TOO_LARGE,
	       call5(VSM_SC_FILE_CHECK, gpa, 16, cms, ~0ULL, answer),
	       "file: largest signature");
}

static void file_lists(void)
{
	u64 good = virt_to_phys(data) >> PAGE_SHIFT, gpa = new_list(good);
	struct vsm_file_answer *answer = data;
	struct scall c;

	expect(VSM_S_INVALID_PARAMETER, file_call(gpa, 4097),
	       "file: list too short");
	list->rsvd = 1;
	expect(VSM_S_INVALID_PARAMETER, file_call(gpa, 16),
	       "file: reserved field");
	gpa = new_list(good);
	list->nr = 0;
	expect(VSM_S_INVALID_PARAMETER, file_call(gpa, 16), "file: empty list");
	list->nr = VSM_SG_PER_PAGE + 1;
	expect(VSM_S_INVALID_PARAMETER, file_call(gpa, 16),
	       "file: list larger than its page");
	gpa = new_list(1ULL << 52 | good);
	expect(VSM_S_INVALID_ADDRESS, file_call(gpa, 16),
	       "file: page number that wraps");
	/* A chain that bites its tail ends where the data ends. */
	gpa = new_list(good);
	list->next = gpa;
	c = file_call(gpa, 1 << 20);
	check(c.status == VSM_S_BAD_SIGNATURE &&
	      c.ret[0] == VSM_FILE_RULE_SIGNATURE && !c.leaked &&
	      answer->rule == VSM_FILE_RULE_SIGNATURE &&
	      answer->size == 1 << 20, "file: circular list", c.status);
	c = file_call(gpa, VSM_FILE_EXECUTE | 1 << 20);
	check(c.status == VSM_S_BAD_SIGNATURE &&
	      c.ret[0] == VSM_FILE_RULE_SIGNATURE && !c.leaked,
	      "file: another content, to be executed", c.status);
	memset(data, 0, PAGE_SIZE);
	c = file_call(gpa, VSM_FILE_IS_VERITY | 44);
	check(c.status == VSM_S_BAD_FORMAT &&
	      c.ret[0] == VSM_FILE_RULE_VERITY && !c.leaked,
	      "file: a digest that is none", c.status);
	memset(signature, 0xff, PAGE_SIZE);
	c = file_call(gpa, 16);
	check(c.status == VSM_S_BAD_FORMAT && c.ret[0] == VSM_FILE_RULE_FORMAT,
	      "file: a signature that is none", c.status);
}

/* What other modules ask, with a content that is not vmalloc()'s. */
static void file_entry(void)
{
	typeof(vsm_file_check) *fn = (void *)__symbol_get("vsm_file_check");
	struct vsm_file_answer answer;
	struct vsm_file_question q = {
		.data = data + 1, .size = 100,
		.cms = signature, .cms_size = signature_size,
	};
	int ret;

	check(fn, "file: there is a function for modules", 0);
	if (!fn)
		return;
	ret = fn(&q, &answer);
	check(ret == -EKEYREJECTED && answer.size == 100 &&
	      answer.rule == VSM_FILE_RULE_SIGNATURE,
	      "file: a module is told the rule", -ret);
	q.size = 0;
	ret = fn(&q, &answer);
	check(ret == -EKEYREJECTED && !answer.size &&
	      answer.rule == VSM_FILE_RULE_SIGNATURE,
	      "file: a module asks about no content", -ret);
	q.cms_size = 0;
	ret = fn(&q, &answer);
	check(ret == -EINVAL && !answer.rule, "file: no signature", -ret);
	q.cms_size = VSM_FILE_CMS_MAX + 1;
	ret = fn(&q, &answer);
	check(ret == -E2BIG && !answer.rule, "file: signature too large", -ret);
	__symbol_put("vsm_file_check");
}

void test_files(void)
{
	file_sizes();
	file_entry();
	file_address(vtl1[0], "file: first page of VTL1");
	file_address(vtl1[1], "file: last page of VTL1");
	file_address(hv[0], "file: first page of the hypervisor");
	file_address(virt_to_phys(data) + 8, "file: not page aligned");
	file_address(0xa0000, "file: the memory of the VGA");
	file_address(1ULL << 45, "file: no memory");
	file_address(~0ULL & PAGE_MASK, "file: the last page of all");
	file_lists();
}
