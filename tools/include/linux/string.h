/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel words for userspace: memory and string functions. */
#ifndef WEIR_SHIM_STRING_H
#define WEIR_SHIM_STRING_H

#include <string.h>

#endif
