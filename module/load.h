/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* WEIR_IOC_LOAD. */
#ifndef WEIR_MODULE_LOAD_H
#define WEIR_MODULE_LOAD_H

/**
 * weir_load_ioctl() - struct weir_load of the user
 *
 * May sleep. Return: a program descriptor or -errno, see uapi/weir.h.
 */
int weir_load_ioctl(void __user *arg);

#endif
