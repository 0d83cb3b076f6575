/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The helpers' implementations, one per row of base/helper.def: runtime/helper/
 * by what they are about. What an argument must be, the verifier has seen to:
 * pointers are good for as many bytes as the row says, and not null unless it
 * says so. Helpers run in any context that a packet is handled in, inside an
 * RCU read side if the program has maps.
 */
#ifndef WEIR_RUNTIME_HELPERS_H
#define WEIR_RUNTIME_HELPERS_H

#include <linux/kernel.h>
#include "base/helper.h"

#define _(id, name, ret, a1, a2, a3, a4, a5, kinds, does)                    \
	u64 weir_helper_##name(struct weir_run *run, u64 r1, u64 r2, u64 r3, \
			       u64 r4, u64 r5);
#include "base/helper.def"
#undef _

/* Draws a helper's head; the body follows. Its arguments are a to e. */
#define WEIR_HELPER(name)                                                  \
	u64 weir_helper_##name(struct weir_run *run __maybe_unused,        \
			       u64 a __maybe_unused, u64 b __maybe_unused, \
			       u64 c __maybe_unused, u64 d __maybe_unused, \
			       u64 e __maybe_unused)

/* Pointers travel as numbers. */
static inline void *weir_helper_pointer(u64 address)
{
	return (void *)(uintptr_t)address;
}

#endif
