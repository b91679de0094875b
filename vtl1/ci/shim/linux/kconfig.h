/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _VSM_CI_SHIM_KCONFIG_H
#define _VSM_CI_SHIM_KCONFIG_H

/* The decoder asks for one option. */
#define CONFIG_X86_64	1
#define IS_ENABLED(CONFIG_option)	(CONFIG_option)

#endif /* _VSM_CI_SHIM_KCONFIG_H */
