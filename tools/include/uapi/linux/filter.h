/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The system's <linux/filter.h>, under the name that the kernel build uses. */
#ifndef WEIR_SHIM_UAPI_FILTER_H
#define WEIR_SHIM_UAPI_FILTER_H

#include <linux/filter.h>

#endif
