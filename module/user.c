// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Structures and memory of the user. */
#include <linux/mm.h>
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
