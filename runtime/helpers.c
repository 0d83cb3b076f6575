// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The helpers' implementations by row. */
#include "runtime/helpers.h"

const weir_helper_fn weir_helper_funcs[WEIR_NR_HELPERS] = {
#define _(id, name, ret, a1, a2, a3, a4, a5, kinds, does) \
	[WEIR_HELPER_ROW_##name] = weir_helper_##name,
#include "base/helper.def"
#undef _
};
