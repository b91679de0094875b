/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's own image, read in pieces and reproduced window by window: all
 * that is kept in memory are its tables of sites.
 *
 *	ci_vmlinux_open()	sections, relocation tables, symbols
 *	ci_vmlinux_kernel()	what the image says of the running kernel
 *	ci_vmlinux_sites()	all patch sites of the text
 *	ci_vmlinux_compare()	the text, against what runs
 *
 * "As linked" are addresses of the image, without KASLR's delta.
 */
#ifndef _VSM_CI_VMLINUX_H
#define _VSM_CI_VMLINUX_H

#include "compare.h"
#include "elf.h"
#include "patch.h"

#define CI_KERNEL_MAP	0xffffffff80000000ULL	/* __START_KERNEL_map */

#define CI_STREAM_BUF	2048
#define CI_WINDOW	16384

/* Bytes of the image in ascending order. */
struct ci_stream {
	u64 off;		/* of the file, behind what is in the buffer */
	u64 end;
	u32 at, len;		/* in the buffer */
	u8 buf[CI_STREAM_BUF];
};

/* Addresses as linked, ascending, of 32-bit fields in the file. */
struct ci_reloc_table {
	u64 off;
	u64 end;
};

enum ci_reloc_kind { CI_RELOC_64, CI_RELOC_32_INVERSE, CI_RELOC_32,
	CI_RELOC_KINDS };

struct ci_kallsyms {
	u32 nr;
	u64 names;		/* all as linked */
	u64 markers;
	u64 offsets;
	u64 base;
	u32 token_size;
	char *token;
	u16 *token_index;
};

struct ci_vmlinux {
	const struct ci_source *source;
	struct ci_elf elf;
	struct ci_section *text;
	struct ci_section *repl;	/* .altinstr_replacement */
	struct ci_section *alts;
	struct ci_reloc_table reloc[CI_RELOC_KINDS];
	struct ci_kallsyms kallsyms;
	u64 linked[CI_SYMS];
	struct ci_stream stream[2];
};

enum ci_error ci_vmlinux_open(struct ci_vmlinux *v, struct ci_arena *arena,
			      const struct ci_source *source);
/* Sets sym, delta, pv_ops and tramp_key; @text: where _text runs. */
enum ci_error ci_vmlinux_kernel(struct ci_vmlinux *v, u64 text,
				struct ci_kernel *kernel);
typedef enum ci_error (*ci_export_fn)(void *ctx, const char *name, u64 va);

/* Calls @each with every exported symbol, as it runs. */
enum ci_error ci_vmlinux_exports(const struct ci_vmlinux *v, u64 delta,
				 ci_export_fn each, void *ctx);
u32 ci_vmlinux_count_exports(const struct ci_vmlinux *v);
/* Address of an exported symbol as it runs. */
enum ci_error ci_vmlinux_export(struct ci_vmlinux *v, u64 delta,
				const char *name, u64 *ret_va);
enum ci_error ci_vmlinux_sites(struct ci_vmlinux *v, struct ci_arena *arena,
			       const struct ci_kernel *kernel,
			       struct ci_sites *sites);
enum ci_error ci_vmlinux_compare(struct ci_vmlinux *v, struct ci_arena *arena,
				 const struct ci_kernel *kernel,
				 const struct ci_sites *sites,
				 struct ci_its *its,
				 const struct ci_live *live,
				 struct ci_report *report);

/* For the files of this library: reading the image by address as linked. */
enum ci_error ci_vmlinux_read(const struct ci_vmlinux *v, u64 va, void *buf,
			      size_t len);
enum ci_error ci_stream_open(const struct ci_vmlinux *v, struct ci_stream *s,
			     u64 va, u64 len);
/* The next @len bytes, at most CI_STREAM_BUF; past the end is an error. */
enum ci_error ci_stream_next(const struct ci_vmlinux *v, struct ci_stream *s,
			     u32 len, const u8 **ret_bytes);

/* kaslr.c */
enum ci_error ci_kaslr_open(struct ci_vmlinux *v);
/*
 * Relocates @len bytes of the address @va as linked; @pos are the places in the
 * tables, which begin at 0 and only go forward.  Fields that end behind the
 * bytes wait.
 */
enum ci_error ci_kaslr_apply(const struct ci_vmlinux *v,
			     u64 pos[CI_RELOC_KINDS], u64 delta, u64 va,
			     u8 *bytes, u64 len);

/* kallsyms.c */
enum ci_error ci_kallsyms_open(struct ci_vmlinux *v, struct ci_arena *arena);
/* Calls @each with every symbol, as linked. */
enum ci_error ci_kallsyms_walk(struct ci_vmlinux *v,
			       enum ci_error (*each)(void *ctx,
						     const char *name, u64 va),
			       void *ctx);

#endif /* _VSM_CI_VMLINUX_H */
