// SPDX-License-Identifier: GPL-2.0
/*
 * Writes to text as Linux does, by text_poke(), and secure calls as the driver
 * makes them: no module can call these that does not look for them.  Must never
 * say what it did not see.
 */
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <asm/ibt.h>

#include "internal.h"

typedef void *(*poke_fn)(void *addr, const void *opcode, size_t len);

/* A probe that is never armed knows where its symbol is; 0: there is none. */
unsigned long probe_find(const char *symbol)
{
	struct kprobe p = {
		.symbol_name = symbol, .flags = KPROBE_FLAG_DISABLED,
	};
	unsigned long va;

	if (register_kprobe(&p))
		return 0;
	va = (unsigned long)p.addr;
	unregister_kprobe(&p);
	if (is_endbr(*(u32 *)(va - ENDBR_INSN_SIZE)))
		va -= ENDBR_INSN_SIZE;
	return va;
}

/* Without text_mutex: the test has nobody else patch meanwhile. */
int probe_text_poke(void *va, const void *bytes, size_t len)
{
	poke_fn text_poke = (poke_fn)probe_find("text_poke");

	if (!text_poke)
		return -ENOENT;
	text_poke(va, bytes, len);
	return 0;
}

/* The driver has the same structure. */
int probe_scall(struct vsm_probe_scall *req)
{
	unsigned long vsm_scall = probe_find("vsm_scall");

	return vsm_scall ? probe_call(vsm_scall, req, false) : -ENOENT;
}

int probe_poke(struct vsm_probe_poke *req)
{
	static DEFINE_MUTEX(one_at_a_time);
	int ret = 0;
	u8 *va;

	if (!req->len || req->len > sizeof(req->bytes) ||
	    strnlen(req->symbol, sizeof(req->symbol)) == sizeof(req->symbol))
		return -EINVAL;
	guard(mutex)(&one_at_a_time);
	va = (u8 *)probe_find(req->symbol);
	if (!va)
		return -ENOENT;
	va += req->offset;
	req->va = (unsigned long)va;
	memcpy(req->old, va, req->len);
	if (!req->peek)
		ret = probe_text_poke(va, req->bytes, req->len);
	memcpy(req->now, va, req->len);
	return ret;
}
