/* SPDX-License-Identifier: GPL-2.0 */
#include <vsm/string.h>
