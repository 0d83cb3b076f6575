/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ARM (ARMv7-A, ARM state) behind the interface of jit/emit.h. */
#ifndef WEIR_JIT_ARM_ARCH_H
#define WEIR_JIT_ARM_ARCH_H

#include "jit/emit.h"

/* UDF with an immediate of our own: not one that debuggers or the kernel use. */
#define A32_TRAP_IMM 0x7765

#endif
