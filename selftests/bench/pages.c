// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that a process executes: memory that has what a page of a file has, each
 * page for the first time, again, and written to in between.  Must never measure
 * a page that was executed before without saying so.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "workload.h"

#define PAGE	4096U
#define PAGES	64U
#define RET	0xc3
#define TRIES	4096

static uint8_t *pages;
static uint32_t entry;		/* where in each page there is a RET */

/* A page of @path that has one, and is no page of zeroes with a header. */
static void find_page(const char *path, uint8_t *page)
{
	int i, fd = open(path, O_RDONLY | O_CLOEXEC);
	const uint8_t *ret = NULL;

	if (fd < 0)
		fail(path);
	for (i = 0; i < TRIES && !ret; i++) {
		if (read(fd, page, PAGE) != PAGE)
			break;
		ret = memchr(page, RET, PAGE);
	}
	close(fd);
	if (!ret)
		fail("a page with a return");
	entry = (uint32_t)(ret - page);
}

static void execute(unsigned int ops)
{
	while (ops--)
		((void (*)(void))(pages + ops * PAGE + entry))();
}

/* What is there already. */
static void write_to(unsigned int ops)
{
	while (ops--)
		*(volatile uint8_t *)(pages + ops * PAGE + entry) = RET;
}

/**
 * run_pages - what it costs that a process executes a page
 * @what: names the results
 * @path: a file whose content may be executed
 */
void run_pages(const char *what, const char *path)
{
	uint8_t page[PAGE];
	unsigned int i;

	find_page(path, page);
	pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (pages == MAP_FAILED)
		fail("memory that is executed");
	for (i = 0; i < PAGES; i++)
		memcpy(pages + i * PAGE, page, PAGE);
	measure(what, "64 user pages: first", PAGES, execute);
	measure(what, "64 user pages: again", PAGES, execute);
	measure(what, "64 user pages: written", PAGES, write_to);
	munmap(pages, PAGES * PAGE);
}
