// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer target: what VTL0 hands to the secure kernel's parsers.  The first
 * byte selects the parser, so that one corpus serves all.
 * Must never accept what its own invariants deny.
 */
#include <stdlib.h>

#include <vsm/bug.h>
#include <vsm/string.h>

#include "../../vtl1/sk/container.h"
#include "../../vtl1/sk/elf.h"
#include "../../vtl1/sk/policy_parse.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t len);

void vsm_bug(const char *file, int line, const char *what)
{
	(void)file;
	(void)line;
	(void)what;
	abort();
}

static void expect(bool ok)
{
	if (!ok)
		abort();
}

static void fuzz_elf(const u8 *data, size_t len)
{
	struct elf_image e;
	const char *why = NULL;
	u32 i;

	if (!elf_parse(data, len, &e, &why)) {
		expect(why);
		return;
	}
	expect(e.nr && e.nr <= ELF_MAX_SEGMENTS);
	for (i = 0; i < e.nr; i++) {
		const struct elf_segment *s = &e.segment[i];

		expect(!(s->write && s->exec) && s->file_size <= s->mem_size &&
		       s->offset <= len && s->file_size <= len - s->offset &&
		       s->va >= VSM_TRUSTLET_IMAGE_MIN &&
		       s->va + s->mem_size <= VSM_TRUSTLET_IMAGE_MAX);
		expect(!i || (s->va & PAGE_MASK) >=
		       ALIGN(s[-1].va + s[-1].mem_size, PAGE_SIZE));
	}
	expect(e.meta.name[sizeof(e.meta.name) - 1] == 0);
}

static void fuzz_policy(const u8 *data, size_t len)
{
	struct vsm_trustlet_identity id;
	struct bytes cert;
	struct policy p;
	u32 pos = 0;

	memset(&id, 0, sizeof(id));
	if (policy_parse(data, len, &p))
		return;
	while (policy_next(&p, VSM_POLICY_REC_MODULE_SIGNER, &pos, &cert))
		expect(cert.len && cert.len <= VSM_POLICY_MAX_CERT &&
		       cert.data >= data &&
		       cert.data + cert.len <= data + len);
	expect(policy_code_mode(&p, 1, VSM_CODE_CLASS_WRITE, 1) <=
	       VSM_POLICY_MODE_ENFORCE);
	expect(p.records >= data && p.records + p.size == data + len);
	expect(p.name[sizeof(p.name) - 1] == 0);
	expect(policy_judge(&p, &id) <= VSM_S_MAX);
}

static void fuzz_container(const u8 *data, size_t len)
{
	struct container c;

	if (container_parse(data, len, &c))
		return;
	expect(c.payload.data == data && c.content.data == data &&
	       c.cert.data == data + c.payload.len &&
	       c.cms.data == data + c.content.len &&
	       c.cms.data + c.cms.len <= data + len);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t len)
{
	if (!len)
		return 0;
	switch (data[0] % 3) {
	case 0:
		fuzz_elf(data + 1, len - 1);
		break;
	case 1:
		fuzz_policy(data + 1, len - 1);
		break;
	default:
		fuzz_container(data + 1, len - 1);
		break;
	}
	return 0;
}
