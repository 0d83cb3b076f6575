/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Program descriptors: each holds a reference on its struct weir_loaded. */
#ifndef WEIR_MODULE_PROG_H
#define WEIR_MODULE_PROG_H

#include <linux/types.h>

struct file;
struct file_operations;
struct weir_loaded;

extern const struct file_operations weir_prog_fops;

/**
 * weir_prog_from_fd() - the program of a descriptor
 *
 * May sleep. Return: it, with a reference for the caller; ERR_PTR(-EBADF) if
 * there is no such descriptor, ERR_PTR(-EINVAL) if it is not a program's.
 */
struct weir_loaded *weir_prog_from_fd(int fd);

/** weir_prog_new_fd() - a descriptor that takes over one reference, or -errno */
int weir_prog_new_fd(struct weir_loaded *loaded);

#endif
