/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* AArch64 behind the interface of jit/emit.h. */
#ifndef WEIR_JIT_ARM64_ARCH_H
#define WEIR_JIT_ARM64_ARCH_H

#include "jit/emit.h"

/* BRK with an immediate of our own: not one that debuggers or the kernel use. */
#define A64_TRAP_IMM 0x7765

#endif
