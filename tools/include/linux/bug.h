/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel words for userspace: a bug of ours is fatal under test. */
#ifndef WEIR_SHIM_BUG_H
#define WEIR_SHIM_BUG_H

#include <linux/types.h>
#include <assert.h>

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

bool weir_shim_warn(const char *file, int line, const char *what);

#define WARN_ON_ONCE(cond)                                         \
	({                                                         \
		bool _c = !!(cond);                                \
		if (unlikely(_c))                                  \
			weir_shim_warn(__FILE__, __LINE__, #cond); \
		unlikely(_c);                                      \
	})
#define BUILD_BUG_ON(cond) _Static_assert(!(cond), "BUILD_BUG_ON: " #cond)

#endif
