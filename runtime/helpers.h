/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The helpers' implementations, one per row of base/helper.def. */
#ifndef WEIR_RUNTIME_HELPERS_H
#define WEIR_RUNTIME_HELPERS_H

#include "base/helper.h"

#define _(id, name, ret, a1, a2, a3, a4, a5, kinds, does)                    \
	u64 weir_helper_##name(struct weir_run *run, u64 r1, u64 r2, u64 r3, \
			       u64 r4, u64 r5);
#include "base/helper.def"
#undef _

#endif
