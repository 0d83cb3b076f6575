/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The only door to an architecture: what the shared passes ask of a back end.
 */
#ifndef WEIR_JIT_ARCH_H
#define WEIR_JIT_ARCH_H

#include <linux/types.h>

/* The operations are declared where their types are: see jit/emit.h. */
struct weir_arch;

extern const struct weir_arch weir_arch_arm64;
extern const struct weir_arch weir_arch_arm;

/** weir_arch_name() - "arm64" or "arm". */
const char *weir_arch_name(const struct weir_arch *arch);

/** weir_arch_native() - the architecture this host executes, or NULL. */
const struct weir_arch *weir_arch_native(void);

/** weir_arch_by_name() - NULL if there is no such back end. */
const struct weir_arch *weir_arch_by_name(const char *name);

#endif
