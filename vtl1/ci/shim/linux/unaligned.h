/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VSM_CI_SHIM_UNALIGNED_H
#define _VSM_CI_SHIM_UNALIGNED_H

#define get_unaligned(p)						\
({									\
	const void *__p = (p);						\
	__typeof__(*(p)) __v;						\
	__builtin_memcpy(&__v, __p, sizeof(__v));			\
	__v;								\
})

#endif /* _VSM_CI_SHIM_UNALIGNED_H */
