/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel words for userspace: errno values (glibc reads them from here too). */
#ifndef WEIR_SHIM_ERRNO_H
#define WEIR_SHIM_ERRNO_H

#include_next <linux/errno.h>

#endif
