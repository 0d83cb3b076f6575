/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* WEIR_IOC_LOAD. */
#ifndef WEIR_MODULE_LOAD_H
#define WEIR_MODULE_LOAD_H

struct weir_account;

/**
 * weir_load_ioctl() - struct weir_load of the user
 * @account:	what the program is charged to
 *
 * May sleep. Return: a program descriptor or -errno, see uapi/weir.h.
 */
int weir_load_ioctl(struct weir_account *account, void __user *arg);

#endif
