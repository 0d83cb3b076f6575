// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Structures and memory of the user. */
#include <linux/mm.h>
#include <linux/string.h>
#include "module/user.h"
#include "uapi/weir.h"

int weir_user_get(void *to, size_t size, size_t min, void __user *from,
		  u32 *usize)
{
	int err;

	if (get_user(*usize, (u32 __user *)from))
		return -EFAULT;
	if (*usize < min)
		return -EINVAL;
	if (*usize > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(to, size, from, *usize);
	/* It may have changed since; what counts is the first one. */
	*(u32 *)to = *usize;
	return err;
}

int weir_user_put(void __user *to, const void *from, size_t size, u32 usize)
{
	return copy_to_user(to, from, min_t(size_t, size, usize)) ? -EFAULT : 0;
}

bool weir_user_log_ok(u64 log, u32 log_size)
{
	return !log == !log_size && log_size <= WEIR_MAX_LINE;
}

int weir_user_put_line(u64 to, u32 size, const char *line)
{
	size_t len = strlen(line);
	char __user *text = weir_user_ptr(to);

	if (!to)
		return 0;
	len = min_t(size_t, len, size - 1);
	if (copy_to_user(text, line, len) || put_user(0, text + len))
		return -EFAULT;
	return 0;
}

bool weir_user_name(const char *name)
{
	u32 i;

	for (i = 0; i < WEIR_NAME_LEN; i++) {
		if (!name[i])
			return true;
		if (name[i] < ' ' || name[i] > '~')
			return false;
	}
	return false;
}
