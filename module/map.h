/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Map descriptors: each holds a reference on its struct weir_map. */
#ifndef WEIR_MODULE_MAP_H
#define WEIR_MODULE_MAP_H

#include <linux/types.h>

struct file_operations;
struct weir_account;
struct weir_map;

extern const struct file_operations weir_map_fops;

/**
 * weir_map_create_ioctl() - struct weir_map_create of the user
 * @account:	what the map is charged to
 *
 * May sleep. Return: a map descriptor or -errno, see uapi/weir.h.
 */
int weir_map_create_ioctl(struct weir_account *account, void __user *arg);

/**
 * weir_map_from_fd() - the map of a descriptor
 *
 * May sleep. Return: it, with a reference for the caller; ERR_PTR(-EBADF) if
 * there is no such descriptor, ERR_PTR(-EINVAL) if it is not a map's.
 */
struct weir_map *weir_map_from_fd(int fd);

/** weir_map_user_from_fd() - the same, and the caller is one more user of it */
struct weir_map *weir_map_user_from_fd(int fd);

/** weir_map_new_fd() - a descriptor that takes over one user, or -errno */
int weir_map_new_fd(struct weir_map *map);

#endif
