// SPDX-License-Identifier: GPL-2.0
/*
 * What leaves the hypervisor: log lines and events in the pages that VTL0 may
 * read, and the serial port when asked.  Must never read those pages back.
 */
#include <vsm/printf.h>
#include <vsm/string.h>

#include "hv.h"
#include "vcpu.h"

#define COM_LSR		5
#define COM_LSR_THRE	0x20

struct hv_public *hv_public(void)
{
	return (struct hv_public *)hv_boot.public_base;
}

static void serial_putc(char c)
{
	u16 port = hv_boot.serial_port;

	for (u32 i = 0; i < 100000 && !(inb(port + COM_LSR) & COM_LSR_THRE); i++)
		cpu_relax();
	outb(port, c);
}

#define LINE_SIZE	160

/* One line with its end; returns its length. */
static int format_line(char *line, const char *fmt, va_list ap)
{
	int len = vsnprintf(line, LINE_SIZE - 1, fmt, ap);

	len = MIN(len, LINE_SIZE - 2);
	line[len++] = '\n';
	return len;
}

static void serial_write(const char *line, int len)
{
	for (int i = 0; i < len; i++)
		serial_putc(line[i]);
}

/* One line; @fmt carries no newline. */
void hv_log(const char *fmt, ...)
{
	static u64 pos;		/* guarded by log_lock */
	struct hv_public *pub = hv_public();
	char line[LINE_SIZE];
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = format_line(line, fmt, ap);
	va_end(ap);
	spin_lock(&hv.log_lock);
	for (int i = 0; i < len; i++)
		pub->log[pos++ % HV_PUBLIC_LOG_SIZE] = line[i];
	WRITE_ONCE(pub->log_pos, pos);
	if (hv_boot.flags & HV_BOOT_FLAG_SERIAL)
		serial_write(line, len);
	spin_unlock(&hv.log_lock);
}

/* The same for what is too much for the log: to the serial port only. */
void hv_serial(const char *fmt, ...)
{
	char line[LINE_SIZE];
	va_list ap;
	int len;

	if (!(hv_boot.flags & HV_BOOT_FLAG_SERIAL))
		return;
	va_start(ap, fmt);
	len = format_line(line, fmt, ap);
	va_end(ap);
	spin_lock(&hv.log_lock);
	serial_write(line, len);
	spin_unlock(&hv.log_lock);
}

/* VTL0 touched what is not its own. */
void hv_event(struct pcpu *cpu, gva_t gva, gpa_t gpa, u32 access, u32 owner)
{
	static u64 seq;		/* guarded by log_lock */
	struct hv_public *pub = hv_public();
	struct hv_public_event *ev;

	spin_lock(&hv.log_lock);
	ev = &pub->event[seq++ & (HV_PUBLIC_EVENTS - 1)];
	/* A reader takes an event whose number is the same before and after. */
	__atomic_store_n(&ev->seq, 0, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	ev->tsc = rdtsc();
	ev->rip = vcpu_rip();
	ev->gva = gva;
	ev->gpa = gpa;
	ev->access = access;
	ev->vp_index = cpu->index;
	ev->cpl = vcpu_cpl();
	ev->owner = owner;
	__atomic_store_n(&ev->seq, seq, __ATOMIC_RELEASE);
	__atomic_store_n(&pub->next_event, seq, __ATOMIC_RELEASE);
	spin_unlock(&hv.log_lock);
}

void vsm_bug(const char *file, int line, const char *what)
{
	hv_log("hv: BUG at %s:%d: %s", file, line, what);
	vcpu_park(this_cpu());
}
