/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What may be used of the host: by all together, and through one open
 * /dev/weir. The limits are parameters of the module.
 */
#ifndef WEIR_MODULE_LIMITS_H
#define WEIR_MODULE_LIMITS_H

#include <linux/types.h>

struct weir_account;

/** weir_limits_init() - limits that nobody set, by what the host has. */
void weir_limits_init(void);

/**
 * weir_limits_new_file() - an account of an open file, below the host's
 *
 * May sleep. Return: it, with one reference, or NULL.
 */
struct weir_account *weir_limits_new_file(void);

/** weir_limits_ioctl() - struct weir_limits of the user. May sleep. */
int weir_limits_ioctl(const struct weir_account *file, void __user *arg);

#endif
