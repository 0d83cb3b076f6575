/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Kernel words for userspace: sizes, extremes, rounding, container_of. */
#ifndef WEIR_SHIM_KERNEL_H
#define WEIR_SHIM_KERNEL_H

#include_next <linux/kernel.h>
#include <linux/types.h>
#include <linux/bug.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define ALIGN(x, a) (((x) + (a)-1) & ~((__typeof__(x))(a)-1))
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a)-1)) == 0)

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr)-offsetof(type, member)))

#define __shim_cmp(x, y, op)            \
	({                              \
		__typeof__(x) _x = (x); \
		__typeof__(y) _y = (y); \
		(void)(&_x == &_y);     \
		_x op _y ? _x : _y;     \
	})
#define min(x, y) __shim_cmp(x, y, <)
#define max(x, y) __shim_cmp(x, y, >)
#define min_t(t, x, y) ((t)(x) < (t)(y) ? (t)(x) : (t)(y))
#define max_t(t, x, y) ((t)(x) > (t)(y) ? (t)(x) : (t)(y))

#define U8_MAX ((u8)~0U)
#define S8_MAX ((s8)(U8_MAX >> 1))
#define S8_MIN ((s8)(-S8_MAX - 1))
#define U16_MAX ((u16)~0U)
#define S16_MAX ((s16)(U16_MAX >> 1))
#define S16_MIN ((s16)(-S16_MAX - 1))
#define U32_MAX ((u32)~0U)
#define S32_MAX ((s32)(U32_MAX >> 1))
#define S32_MIN ((s32)(-S32_MAX - 1))
#define U64_MAX ((u64)~0ULL)
#define S64_MAX ((s64)(U64_MAX >> 1))
#define S64_MIN ((s64)(-S64_MAX - 1))

#define scnprintf weir_shim_scnprintf
int weir_shim_scnprintf(char *buf, size_t size, const char *fmt, ...)
	__printf(3, 4);

#endif
