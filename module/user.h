/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Structures and memory of the user. Every structure of the interface starts
 * with its size as its user knows it, so that old users work on new kernels and
 * the reverse.
 */
#ifndef WEIR_MODULE_USER_H
#define WEIR_MODULE_USER_H

#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/uaccess.h>

/**
 * weir_user_get() - fetch a size-tagged structure
 * @to:		where to; what the user does not know is 0
 * @size:	its size here
 * @min:	its size in the first version of the interface
 * @from:	the user's
 * @usize:	out: its size there
 *
 * Return: 0; -EINVAL if it lacks fields that always were there, -E2BIG if it
 * has fields set that are not known here, -EFAULT. May sleep.
 */
int weir_user_get(void *to, size_t size, size_t min, void __user *from,
		  u32 *usize);

/** weir_user_put() - hand it back, as much of it as the user knows. */
int weir_user_put(void __user *to, const void *from, size_t size, u32 usize);

static inline void __user *weir_user_ptr(u64 ptr)
{
	return u64_to_user_ptr(ptr);
}

/** weir_user_fits() - a 64-bit user's pointer must not lose bits here. */
static inline bool weir_user_fits(u64 ptr)
{
	return ptr == (u64)(uintptr_t)ptr;
}

/** weir_user_log_ok() - text and size belong together, and are not too large */
bool weir_user_log_ok(u64 log, u32 log_size);

/**
 * weir_user_put_line() - a line for the user's log, cut to fit
 * @to:		user pointer, or 0: nothing is written
 *
 * Return: 0 or -EFAULT. May sleep.
 */
int weir_user_put_line(u64 to, u32 size, const char *line);

/** weir_user_name() - is it printable ASCII that ends within the array? */
bool weir_user_name(const char *name);

#endif
