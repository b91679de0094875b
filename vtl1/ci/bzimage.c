// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the setup header of a bzImage.  Must never unpack anything.
 *
 * Source: Linux, Documentation/arch/x86/boot.rst, "The Real-Mode Kernel
 * Header"; scripts/Makefile.lib for the size behind the frame.
 */
#include <vsm/string.h>

#include "bytes.h"
#include "bzimage.h"

#define SETUP_SECTS	0x1f1
#define HEADER_MAGIC	0x202
#define VERSION		0x206
#define PAYLOAD_OFFSET	0x248
#define PAYLOAD_LENGTH	0x24c
#define HEADER_END	0x250

#define ZSTD_MAGIC	0xfd2fb528
#define SIZE_SIZE	4

enum ci_error ci_bzimage_payload(const struct ci_source *source,
				 struct ci_payload *ret_payload)
{
	u8 header[HEADER_END], word[4];
	struct ci_payload p;
	enum ci_error err;

	if (source->size < sizeof(header))
		return CI_BZIMAGE;
	err = ci_source_read(source, 0, header, sizeof(header));
	if (err)
		return err;
	if (memcmp(header + HEADER_MAGIC, "HdrS", 4) ||
	    ci_get16(header + VERSION) < 0x208)
		return CI_BZIMAGE;
	p.offset = ((header[SETUP_SECTS] ?: 4) + 1) * 512ULL +
		   ci_get32(header + PAYLOAD_OFFSET);
	p.size = ci_get32(header + PAYLOAD_LENGTH);
	if (p.size < 2 * SIZE_SIZE || p.offset > source->size ||
	    p.size > source->size - p.offset)
		return CI_BZIMAGE;
	p.size -= SIZE_SIZE;
	err = ci_source_read(source, p.offset, word, sizeof(word));
	if (err)
		return err;
	if (ci_get32(word) != ZSTD_MAGIC)
		return CI_BZIMAGE;
	err = ci_source_read(source, p.offset + p.size, word, sizeof(word));
	if (err)
		return err;
	p.unpacked = ci_get32(word);
	*ret_payload = p;
	return CI_OK;
}
