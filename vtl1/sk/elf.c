// SPDX-License-Identifier: GPL-2.0
/*
 * Decides whether bytes are a trustlet, and what goes where; pure.
 * Must never accept what the loader would have to refuse later.
 */
#include <vsm/elf.h>
#include <vsm/string.h>

#include "elf.h"

#define MAX_PHNUM	32

struct parse {
	const u8 *data;
	size_t len;
	struct elf_image *image;
	bool has_meta;
	const char *why;
};

static bool refuse(struct parse *p, const char *why)
{
	p->why = why;
	return false;
}

static bool in_file(const struct parse *p, u64 off, u64 size)
{
	return off <= p->len && size <= p->len - off;
}

static bool check_header(struct parse *p, struct elf_header *e)
{
	if (!in_file(p, 0, sizeof(*e)))
		return refuse(p, "too short for an ELF header");
	memcpy(e, p->data, sizeof(*e));
	if (memcmp(e->ident, ELF_IDENT, ELF_IDENT_SIZE) || e->version != 1 ||
	    e->machine != EM_X86_64)
		return refuse(p, "not an x86-64 ELF file");
	if (e->type != ET_EXEC)
		return refuse(p, "not a static executable");
	if (e->phentsize != sizeof(struct elf_phdr) || !e->phnum ||
	    e->phnum > MAX_PHNUM ||
	    !in_file(p, e->phoff, e->phnum * sizeof(struct elf_phdr)))
		return refuse(p, "bad program header table");
	return true;
}

static bool add_load(struct parse *p, const struct elf_phdr *h)
{
	struct elf_image *image = p->image;
	const struct elf_segment *last;

	if (!h->memsz)
		return h->filesz ? refuse(p, "segment larger in the file") :
				   true;
	if (h->filesz > h->memsz || !in_file(p, h->offset, h->filesz))
		return refuse(p, "segment not within the file");
	if (h->vaddr < VSM_TRUSTLET_IMAGE_MIN ||
	    h->vaddr >= VSM_TRUSTLET_IMAGE_MAX ||
	    h->memsz > VSM_TRUSTLET_IMAGE_MAX - h->vaddr)
		return refuse(p, "segment outside the image's range");
	if ((h->flags & PF_W) && (h->flags & PF_X))
		return refuse(p, "segment writable and executable");
	if (image->nr == ELF_MAX_SEGMENTS)
		return refuse(p, "too many segments");
	if (image->nr) {
		last = &image->segment[image->nr - 1];
		if ((h->vaddr & PAGE_MASK) <
		    ALIGN(last->va + last->mem_size, PAGE_SIZE))
			return refuse(p, "segments overlap or do not ascend");
	}
	image->segment[image->nr++] = (struct elf_segment){
		.va = h->vaddr,
		.mem_size = h->memsz,
		.file_size = h->filesz,
		.offset = h->offset,
		.write = h->flags & PF_W,
		.exec = h->flags & PF_X,
	};
	return true;
}

static bool name_valid(const u8 *name, size_t size)
{
	size_t n = strnlen((const char *)name, size), i;

	if (!n || n == size || !mem_is(name + n, 0, size - n))
		return false;
	for (i = 0; i < n; i++)
		if (name[i] < 0x20 || name[i] > 0x7e)
			return false;
	return true;
}

static bool meta_valid(const struct vsm_trustlet_metadata *m)
{
	return m->abi == VSM_TRUSTLET_ABI && !m->rsvd &&
	       !(m->flags & ~VSM_TRUSTLET_FLAGS) &&
	       name_valid(m->name, sizeof(m->name)) &&
	       m->stack_size && m->stack_size <= 0x100000 &&
	       IS_ALIGNED(m->stack_size, PAGE_SIZE) &&
	       m->heap_size <= 0x1000000 &&
	       IS_ALIGNED(m->heap_size, PAGE_SIZE);
}

static bool add_meta(struct parse *p, const u8 *desc, u32 size)
{
	struct vsm_trustlet_metadata *meta = &p->image->meta;

	if (p->has_meta)
		return refuse(p, "more than one metadata note");
	if (size != sizeof(*meta))
		return refuse(p, "metadata of wrong size");
	memcpy(meta, desc, sizeof(*meta));
	if (!meta_valid(meta))
		return refuse(p, "metadata not acceptable");
	p->has_meta = true;
	return true;
}

static bool add_notes(struct parse *p, const struct elf_phdr *h)
{
	u64 align = h->align == 8 ? 8 : 4, pos = 0, name, desc, next;
	struct elf_note n;
	const u8 *notes;

	if (!in_file(p, h->offset, h->filesz))
		return refuse(p, "notes not within the file");
	notes = p->data + h->offset;
	while (h->filesz - pos >= sizeof(n)) {
		memcpy(&n, notes + pos, sizeof(n));
		name = pos + sizeof(n);
		desc = ALIGN(name + n.name_size, align);
		next = ALIGN(desc + n.desc_size, align);
		if (desc + n.desc_size > h->filesz)
			return refuse(p, "malformed note");
		if (n.type == VSM_TRUSTLET_NOTE &&
		    n.name_size == sizeof(VSM_TRUSTLET_NOTE_NAME) &&
		    !memcmp(notes + name, VSM_TRUSTLET_NOTE_NAME,
			    sizeof(VSM_TRUSTLET_NOTE_NAME)) &&
		    !add_meta(p, notes + desc, n.desc_size))
			return false;
		if (next > h->filesz)
			break;
		pos = next;
	}
	return true;
}

static bool add_phdr(struct parse *p, const struct elf_phdr *h)
{
	switch (h->type) {
	case PT_LOAD:
		return add_load(p, h);
	case PT_NOTE:
		return add_notes(p, h);
	case PT_INTERP:
	case PT_DYNAMIC:
	case PT_TLS:
		return refuse(p, "needs a run-time linker");
	case PT_GNU_STACK:
		return h->flags & PF_X ? refuse(p, "executable stack") : true;
	default:
		return true;
	}
}

static bool check_entry(struct parse *p, u64 entry)
{
	const struct elf_segment *s;
	u32 i;

	for (i = 0; i < p->image->nr; i++) {
		s = &p->image->segment[i];
		if (s->exec && entry >= s->va && entry - s->va < s->file_size)
			return true;
	}
	return refuse(p, "entry point not in the text");
}

static bool parse(struct parse *p)
{
	struct elf_header e;
	struct elf_phdr h;
	u32 i;

	if (!check_header(p, &e))
		return false;
	for (i = 0; i < e.phnum; i++) {
		memcpy(&h, p->data + e.phoff + i * sizeof(h), sizeof(h));
		if (!add_phdr(p, &h))
			return false;
	}
	if (!p->has_meta)
		return refuse(p, "no metadata note");
	p->image->entry = e.entry;
	return check_entry(p, e.entry);
}

bool elf_parse(const void *data, size_t len, struct elf_image *ret,
	       const char **ret_why)
{
	struct elf_image image = { .nr = 0 };
	struct parse p = { .data = data, .len = len, .image = &image };

	if (!parse(&p)) {
		*ret_why = p.why;
		return false;
	}
	*ret = image;
	return true;
}
