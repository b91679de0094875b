/* SPDX-License-Identifier: GPL-2.0 */
/* Nothing is exported: addresses are relative to RIP, without a GOT. */
#pragma GCC visibility push(hidden)
