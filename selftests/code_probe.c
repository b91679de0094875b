// SPDX-License-Identifier: GPL-2.0
/*
 * code_probe own | remap | execute GPA | write GPA: what an attacker who owns
 * VTL0's kernel tries against code integrity, through mappings of its own; "own"
 * is the execution of a page of data, "remap" the same where the page tables had
 * a page of code.
 * code_probe change GPA: bits of one byte are flipped, through a mapping of a
 * process; back when it is done again.  Before vsm is there.
 * code_probe poke SYMBOL OFFSET BYTES: a write to text as Linux makes it; BYTES
 * are hexadecimal.
 * code_probe slots SYMBOL OFFSET, code_probe detours SYMBOL OFFSET: writes that
 * are to be refused, to pages that Linux has for the probe there is there.
 * code_probe peek SYMBOL OFFSET: the byte that is there.
 * code_probe trampoline WHAT: one of the function tracer, of a function that
 * hardly anybody calls.  "add" and "add-regs" have Linux make it, "call" calls
 * the function; "byte", "data", "middle" and "ops" change a byte, what it calls
 * to data and to the middle of a function, and its pointer to code; "behind"
 * writes what is behind it, and "left" is whether that is still there; "mend"
 * makes it what it was, "poke" writes a byte of it as Linux does, "remove".
 * code_probe kernel: another kernel is brought, for its modules to be trusted.
 * code_probe twice: the page of data that "own" executes is to be code, and named
 * twice.
 * code_probe lead SYMBOL OFFSET: the rest of a call of that trampoline, written
 * as Linux writes to text.
 *
 * Prints "done" or "refused".  Must never say so of what was not tried.
 * vsm_probe must be loaded.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "probe_open.h"
#include "../uapi/vsm/scall.h"

#define PAGE	4096

static int usage(void)
{
	fprintf(stderr, "usage: code_probe own | remap |\n"
		"                  execute GPA | write GPA |\n"
		"                  change GPA |\n"
		"                  poke SYMBOL OFFSET BYTES |\n"
		"                  peek SYMBOL OFFSET |\n"
		"                  slots | detours SYMBOL OFFSET |\n"
		"                  kernel | twice |\n"
		"                  trampoline WHAT | lead SYMBOL OFFSET\n");
	return 2;
}

/* 1: refused, 0: done, -1: not tried */
static int memory_by(int fd, __u32 path, __u64 gpa, __u32 access)
{
	struct vsm_probe_memory mem = {
		.path = path, .size = PAGE, .step = PAGE,
		.base = gpa & ~(PAGE - 1ULL), .access = access,
	};

	if (ioctl(fd, VSM_PROBE_IOC_MEMORY, &mem) || !mem.tried) {
		perror("VSM_PROBE_IOC_MEMORY");
		return -1;
	}
	return mem.refused == mem.tried;
}

static int memory(int fd, __u64 gpa, __u32 access)
{
	return memory_by(fd, VSM_PROBE_VMAP, gpa, access);
}

static int own(int fd, __u32 path)
{
	__u64 gpa;

	if (ioctl(fd, VSM_PROBE_IOC_OWN_PAGE, &gpa)) {
		perror("VSM_PROBE_IOC_OWN_PAGE");
		return -1;
	}
	return memory_by(fd, path, gpa, VSM_PROBE_EXECUTE);
}

static int poke(int fd, const char *symbol, __u32 offset, const char *hex)
{
	struct vsm_probe_poke req = { .offset = offset };
	unsigned int byte;

	snprintf(req.symbol, sizeof(req.symbol), "%s", symbol);
	for (; req.len < sizeof(req.bytes) && sscanf(hex, "%2x", &byte) == 1;
	     hex += 2)
		req.bytes[req.len++] = byte;
	if (*hex || ioctl(fd, VSM_PROBE_IOC_POKE, &req)) {
		perror("VSM_PROBE_IOC_POKE");
		return -1;
	}
	if (!memcmp(req.now, req.bytes, req.len))
		return 0;
	if (!memcmp(req.now, req.old, req.len))
		return 1;
	fprintf(stderr, "neither the old bytes nor the new ones are there\n");
	return -1;
}

/* --- a trampoline --------------------------------------------------------------- */

/* -1: not tried */
static int ask(int fd, struct vsm_probe_trampoline *t, __u32 what)
{
	t->what = what;
	if (!ioctl(fd, VSM_PROBE_IOC_TRAMPOLINE, t))
		return 0;
	perror("VSM_PROBE_IOC_TRAMPOLINE");
	return -1;
}

static int read_at(int fd, struct vsm_probe_trampoline *t, __u32 offset,
		   __u32 len)
{
	t->offset = offset;
	t->len = len;
	return ask(fd, t, VSM_PROBE_TRAMPOLINE_READ);
}

/* The offset of its call; -1: there is none. */
static int find_call(int fd, struct vsm_probe_trampoline *t)
{
	__u32 at;
	__s32 disp;

	for (at = 0; at < 400; at++) {
		if (read_at(fd, t, at, 5))
			return -1;
		memcpy(&disp, t->old + 1, sizeof(disp));
		if (t->old[0] == 0xe8 && t->va + at + 5 + disp == t->func)
			return at;
	}
	fprintf(stderr, "no call\n");
	return -1;
}

static int write_value(int fd, struct vsm_probe_trampoline *t, __u32 offset,
		       __u64 value, __u32 len)
{
	memcpy(t->bytes, &value, len);
	t->offset = offset;
	t->len = len;
	return ask(fd, t, VSM_PROBE_TRAMPOLINE_WRITE);
}

static int call_to(int fd, struct vsm_probe_trampoline *t, __u64 target)
{
	int at = find_call(fd, t);

	return at < 0 ? -1 : write_value(fd, t, at + 1,
					 target - (t->va + at + 5), 4);
}

/* A byte of an instruction that is not the call. */
static int poke_byte(int fd, struct vsm_probe_trampoline *t)
{
	t->bytes[0] = 0x90;
	t->offset = 4;
	t->len = 1;
	if (ask(fd, t, VSM_PROBE_TRAMPOLINE_POKE) || read_at(fd, t, 4, 1))
		return -1;
	return t->old[0] != 0x90;
}

static int call(int fd, struct vsm_probe_trampoline *t)
{
	if (ask(fd, t, VSM_PROBE_TRAMPOLINE_CALL))
		return -1;
	if (t->hits + t->refused == 1)
		return t->refused;
	fprintf(stderr, "%u hits, %u refused\n", t->hits, t->refused);
	return -1;
}

#define BEHIND	0xc3c3c3c3	/* returns */

static int left_behind(int fd, struct vsm_probe_trampoline *t)
{
	__u32 behind;

	if (read_at(fd, t, t->size, sizeof(behind)))
		return -1;
	memcpy(&behind, t->old, sizeof(behind));
	return behind != BEHIND;
}

static int trampoline(int fd, const char *what)
{
	struct vsm_probe_trampoline t = { .regs = !strcmp(what, "add-regs") };

	if (!strcmp(what, "add") || t.regs)
		return ask(fd, &t, VSM_PROBE_TRAMPOLINE_ADD);
	if (read_at(fd, &t, 0, 1))
		return -1;
	if (!strcmp(what, "call"))
		return call(fd, &t);
	/* The last that is copied, before a return of 5 and a pointer of 8. */
	if (!strcmp(what, "byte"))
		return write_value(fd, &t, t.size - 14, 0x90, 1);
	if (!strcmp(what, "data"))
		return call_to(fd, &t, t.data);
	if (!strcmp(what, "middle"))
		return call_to(fd, &t, t.text + 9);
	if (!strcmp(what, "ops"))
		return write_value(fd, &t, t.size - 8, t.text, 8);
	if (!strcmp(what, "behind"))
		return write_value(fd, &t, t.size, BEHIND, 4);
	if (!strcmp(what, "left"))
		return left_behind(fd, &t);
	if (!strcmp(what, "poke"))
		return poke_byte(fd, &t);
	if (!strcmp(what, "mend"))
		return ask(fd, &t, VSM_PROBE_TRAMPOLINE_MEND);
	if (!strcmp(what, "remove"))
		return ask(fd, &t, VSM_PROBE_TRAMPOLINE_REMOVE);
	fprintf(stderr, "trampoline %s?\n", what);
	return -1;
}

static int lead(int fd, const char *symbol, __u32 offset)
{
	struct vsm_probe_poke req = { .offset = offset, .len = 1, .peek = 1 };
	struct vsm_probe_trampoline t = { .len = 0 };
	__s32 disp;

	snprintf(req.symbol, sizeof(req.symbol), "%s", symbol);
	if (read_at(fd, &t, 0, 1) || ioctl(fd, VSM_PROBE_IOC_POKE, &req)) {
		perror("VSM_PROBE_IOC_POKE");
		return -1;
	}
	disp = t.va - (req.va + 5);
	req.offset++;
	req.len = sizeof(disp);
	req.peek = 0;
	memcpy(req.bytes, &disp, sizeof(disp));
	if (ioctl(fd, VSM_PROBE_IOC_POKE, &req)) {
		perror("VSM_PROBE_IOC_POKE");
		return -1;
	}
	return !!memcmp(req.now, req.bytes, req.len);
}

static int change(int fd, __u64 gpa)
{
	volatile unsigned char *page;

	page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    gpa & ~(PAGE - 1ULL));
	if (page == MAP_FAILED) {
		perror("mmap");
		return -1;
	}
	page[gpa % PAGE] ^= 0x55;
	return 0;
}

static int peek(int fd, const char *symbol, __u32 offset)
{
	struct vsm_probe_poke req = {
		.offset = offset, .len = 1, .peek = 1,
	};

	snprintf(req.symbol, sizeof(req.symbol), "%s", symbol);
	if (ioctl(fd, VSM_PROBE_IOC_POKE, &req)) {
		perror("VSM_PROBE_IOC_POKE");
		return 2;
	}
	printf("%02x\n", req.now[0]);
	return 0;
}

/* 0: some passed, which is told. */
static int slots(int fd, bool detours, const char *symbol, __u32 offset)
{
	struct vsm_probe_slots req = { .offset = offset, .detours = detours };
	unsigned int i;

	snprintf(req.symbol, sizeof(req.symbol), "%s", symbol);
	if (ioctl(fd, VSM_PROBE_IOC_SLOTS, &req)) {
		perror("VSM_PROBE_IOC_SLOTS");
		return -1;
	}
	if (!req.tried) {
		fprintf(stderr, "nothing was tried\n");
		return -1;
	}
	if (!req.passed)
		return 1;
	fprintf(stderr, "%u of %u passed, the first:", req.passed, req.tried);
	for (i = 0; i < sizeof(req.bytes); i++)
		fprintf(stderr, " %02x", req.bytes[i]);
	fprintf(stderr, "\n");
	return 0;
}

/* --- secure calls ---------------------------------------------------------------- */

static int scall(int fd, struct vsm_probe_scall *req, __u64 refusal)
{
	if (ioctl(fd, VSM_PROBE_IOC_SCALL, req)) {
		perror("VSM_PROBE_IOC_SCALL");
		return -1;
	}
	if (req->status == refusal)
		return 1;
	fprintf(stderr, "status %llu\n", (unsigned long long)req->status);
	return 0;
}

static int kernel(int fd)
{
	struct vsm_probe_scall req = {
		.fn = VSM_SC_CODE_KERNEL, .arg = { 0, PAGE },
	};

	if (ioctl(fd, VSM_PROBE_IOC_OWN_PAGE, &req.arg[0])) {
		perror("VSM_PROBE_IOC_OWN_PAGE");
		return -1;
	}
	return scall(fd, &req, VSM_S_DENIED);
}

static int twice(int fd)
{
	struct vsm_probe_scall req = {
		.fn = VSM_SC_CODE_ADD, .arg = { 0, 2 * PAGE },
	};
	struct vsm_probe_pages pages = { .order = 0 };
	struct vsm_sg *list;
	__u64 gpa;

	if (ioctl(fd, VSM_PROBE_IOC_OWN_PAGE, &gpa) ||
	    ioctl(fd, VSM_PROBE_IOC_PAGES, &pages)) {
		perror("VSM_PROBE_IOC_PAGES");
		return -1;
	}
	list = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    pages.gpa);
	if (list == MAP_FAILED) {
		perror("mmap");
		return -1;
	}
	list->nr = 2;
	list->pfn[0] = gpa / PAGE;
	list->pfn[1] = gpa / PAGE;
	req.arg[0] = pages.gpa;
	return scall(fd, &req, VSM_S_NO_MEMORY);
}

int main(int argc, char **argv)
{
	bool loaded;
	int fd, ret;

	fd = probe_open(&loaded);
	if (fd < 0) {
		perror("vsm_probe");
		return 2;
	}
	if (argc == 4 && !strcmp(argv[1], "peek"))
		return peek(fd, argv[2], strtoul(argv[3], NULL, 0));
	if (argc == 2 && !strcmp(argv[1], "own"))
		ret = own(fd, VSM_PROBE_VMAP);
	else if (argc == 2 && !strcmp(argv[1], "remap"))
		ret = own(fd, VSM_PROBE_TEXT);
	else if (argc == 3 && !strcmp(argv[1], "execute"))
		ret = memory(fd, strtoull(argv[2], NULL, 0),
			     VSM_PROBE_EXECUTE);
	else if (argc == 3 && !strcmp(argv[1], "write"))
		ret = memory(fd, strtoull(argv[2], NULL, 0), VSM_PROBE_WRITE);
	else if (argc == 3 && !strcmp(argv[1], "change"))
		ret = change(fd, strtoull(argv[2], NULL, 0));
	else if (argc == 4 && !strcmp(argv[1], "slots"))
		ret = slots(fd, false, argv[2], strtoul(argv[3], NULL, 0));
	else if (argc == 4 && !strcmp(argv[1], "detours"))
		ret = slots(fd, true, argv[2], strtoul(argv[3], NULL, 0));
	else if (argc == 2 && !strcmp(argv[1], "kernel"))
		ret = kernel(fd);
	else if (argc == 2 && !strcmp(argv[1], "twice"))
		ret = twice(fd);
	else if (argc == 3 && !strcmp(argv[1], "trampoline"))
		ret = trampoline(fd, argv[2]);
	else if (argc == 4 && !strcmp(argv[1], "lead"))
		ret = lead(fd, argv[2], strtoul(argv[3], NULL, 0));
	else if (argc == 5 && !strcmp(argv[1], "poke"))
		ret = poke(fd, argv[2], strtoul(argv[3], NULL, 0), argv[4]);
	else
		return usage();
	probe_close(fd, loaded);
	if (ret < 0)
		return 2;
	printf("%s\n", ret ? "refused" : "done");
	return 0;
}
