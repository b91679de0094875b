// SPDX-License-Identifier: GPL-2.0
/*
 * What is in packed files of the kernel and its modules, by the kernel's own
 * unpackers.  Must never take more memory than it is allowed, whatever a file
 * says.
 *
 * Source: The .xz File Format, "Index"; RFC 8878, "Zstandard Compression";
 * RFC 1952, "GZIP file format".
 */
#include "machine.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <linux/vmalloc.h>
#include <linux/xz.h>
#include <linux/zlib.h>
#include <linux/zstd.h>

#include "code.h"

#define XZ_FOOTER	12
#define GZIP_HEADER	10
#define GZIP_TRAILER	8
#define GZIP_MAGIC	0x88b1f	/* and method 8 */

enum gzip_flag {
	GZIP_HCRC = 0x02,
	GZIP_EXTRA = 0x04,
	GZIP_NAME = 0x08,
	GZIP_COMMENT = 0x10,
};

/* --- xz ---------------------------------------------------------------------- */

/* A number of seven bits a byte; false: there is none. */
static bool get_number(const u8 **p, const u8 *end, u64 *ret_number)
{
	unsigned int shift;

	*ret_number = 0;
	for (shift = 0; *p < end && shift < 63; shift += 7) {
		*ret_number |= (u64)(**p & 0x7f) << shift;
		if (!(*(*p)++ & 0x80))
			return true;
	}
	return false;
}

/* The index at the end tells for each block what it unpacks to. */
static u64 xz_size(const struct vsm_file_data *f, u64 max)
{
	u64 back, nr, packed, size, total = 0;
	const u8 *p, *end;

	if (f->size < XZ_FOOTER)
		return 0;
	end = f->data + f->size - XZ_FOOTER;
	if (memcmp(end + 10, "YZ", 2))
		return 0;
	back = (get_unaligned_le32(end + 4) + 1ULL) * 4;
	if (back > f->size - XZ_FOOTER)
		return 0;
	p = end - back;
	if (*p++ || !get_number(&p, end, &nr))
		return 0;
	for (; nr; nr--) {
		if (!get_number(&p, end, &packed) ||
		    !get_number(&p, end, &size) || size > max - total)
			return 0;
		total += size;
	}
	return total;
}

/* Without a dictionary: all that was unpacked is there to refer to. */
static int xz_run(const struct vsm_file_data *f, u8 *out, size_t size)
{
	struct xz_buf b = {
		.in = f->data, .in_size = f->size,
		.out = out, .out_size = size,
	};
	struct xz_dec *xz = xz_dec_init(XZ_SINGLE, 0);
	enum xz_ret ret;

	if (!xz)
		return -ENOMEM;
	ret = xz_dec_run(xz, &b);
	xz_dec_end(xz);
	return ret == XZ_STREAM_END && b.out_pos == size ? 0 : -ENOEXEC;
}

/* --- zstd ---------------------------------------------------------------------- */

static u64 zstd_size(const struct vsm_file_data *f, u64 max)
{
	zstd_frame_header h;

	if (zstd_get_frame_header(&h, f->data, f->size) ||
	    h.frameContentSize > max)
		return 0;
	return h.frameContentSize;
}

/**
 * vsm_unzstd - unpack a zstd frame that is known to unpack to so much
 * @f: the frame, and nothing else
 * @out: where to
 * @size: bytes
 *
 * Return: 0; -ENOEXEC: not a frame of so many bytes; -ENOMEM.
 */
int vsm_unzstd(const struct vsm_file_data *f, u8 *out, size_t size)
{
	size_t room = zstd_dctx_workspace_bound(), got;
	void *workspace = kvmalloc(room, GFP_KERNEL);
	zstd_dctx *dctx;

	if (!workspace)
		return -ENOMEM;
	dctx = zstd_init_dctx(workspace, room);
	got = zstd_decompress_dctx(dctx, out, size, f->data, f->size);
	kvfree(workspace);
	return got == size ? 0 : -ENOEXEC;
}

/* --- gzip ---------------------------------------------------------------------- */

static u64 gzip_size(const struct vsm_file_data *f, u64 max)
{
	u64 size;

	if (f->size < GZIP_HEADER + GZIP_TRAILER)
		return 0;
	size = get_unaligned_le32(f->data + f->size - 4);
	return size > max ? 0 : size;
}

/* Behind a string that ends; @end: it does not. */
static const u8 *skip_string(const u8 *p, const u8 *end)
{
	p = memchr(p, 0, end - p);
	return p ? p + 1 : end;
}

/* Where the deflated data begins; NULL: nowhere. */
static const u8 *gzip_data(const struct vsm_file_data *f)
{
	const u8 *p = f->data + GZIP_HEADER;
	const u8 *end = f->data + f->size - GZIP_TRAILER;
	u8 flags = f->data[3];

	if (get_unaligned_le24(f->data) != GZIP_MAGIC)
		return NULL;
	if (flags & GZIP_EXTRA) {
		if (end - p < 2 || get_unaligned_le16(p) > end - p - 2)
			return NULL;
		p += 2 + get_unaligned_le16(p);
	}
	if (flags & GZIP_NAME)
		p = skip_string(p, end);
	if (flags & GZIP_COMMENT)
		p = skip_string(p, end);
	if (flags & GZIP_HCRC)
		p += 2;
	return p < end ? p : NULL;
}

static int gzip_run(const struct vsm_file_data *f, u8 *out, size_t size)
{
	const u8 *p = gzip_data(f);
	struct z_stream_s s = { .next_out = out, .avail_out = size };
	int ret;

	if (!p)
		return -ENOEXEC;
	s.next_in = p;
	s.avail_in = f->data + f->size - GZIP_TRAILER - p;
	s.workspace = kvmalloc(zlib_inflate_workspacesize(), GFP_KERNEL);
	if (!s.workspace)
		return -ENOMEM;
	ret = zlib_inflateInit2(&s, -MAX_WBITS);
	if (ret == Z_OK)
		ret = zlib_inflate(&s, Z_FINISH);
	kvfree(s.workspace);
	return ret == Z_STREAM_END && s.total_out == size ? 0 : -ENOEXEC;
}

/* --- all ----------------------------------------------------------------------- */

static const struct packer {
	const char *suffix;
	/* Of what comes out; 0: nobody knows, or more than @max. */
	u64 (*size)(const struct vsm_file_data *f, u64 max);
	int (*run)(const struct vsm_file_data *f, u8 *out, size_t size);
} packers[] = {
	{ ".xz", xz_size, xz_run },
	{ ".zst", zstd_size, vsm_unzstd },
	{ ".gz", gzip_size, gzip_run },
};

/**
 * vsm_unpack - what is in a file that is packed
 * @suffix: of its name: .xz, .zst or .gz
 * @packed: its content
 * @max: bytes that may come out
 * @ret: what is in it, to be freed by vfree()
 *
 * Return: 0; -ENOEXEC: not packed in that way, or larger; -ENOMEM.
 */
int vsm_unpack(const char *suffix, const struct vsm_file_data *packed,
	       size_t max, struct vsm_file_data *ret)
{
	const struct packer *p = packers;
	const struct packer *end = p + ARRAY_SIZE(packers);
	size_t size;
	u8 *out;
	int err;

	while (p < end && strcmp(suffix, p->suffix))
		p++;
	size = p < end ? p->size(packed, max) : 0;
	if (!size)
		return -ENOEXEC;
	out = vmalloc(size);
	if (!out)
		return -ENOMEM;
	err = p->run(packed, out, size);
	if (err) {
		vfree(out);
		return err;
	}
	*ret = (struct vsm_file_data){ out, size };
	return 0;
}
