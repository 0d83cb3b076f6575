// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Map descriptors. No type of map can be made yet. */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>

#include "base/map.h"
#include "module/map.h"

const struct file_operations weir_map_fops = {
	.owner = THIS_MODULE,
};

int weir_map_create_ioctl(void __user *arg)
{
	return -EOPNOTSUPP;
}

struct weir_map *weir_map_from_fd(int fd)
{
	struct file *file = fget(fd);
	struct weir_map *map = ERR_PTR(-EINVAL);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op == &weir_map_fops)
		map = weir_map_get(file->private_data);
	fput(file);
	return map;
}
