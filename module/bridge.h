/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Guards of a program: their records, and their handlers. */
#ifndef WEIR_MODULE_BRIDGE_H
#define WEIR_MODULE_BRIDGE_H

#include <linux/types.h>

struct weir_loaded;

/** weir_guards_ioctl() - struct weir_guards of the user. May sleep. */
int weir_guards_ioctl(const struct weir_loaded *loaded, void __user *arg);

/** weir_bridge_ioctl() - struct weir_bridge of the user. May sleep. */
int weir_bridge_ioctl(struct weir_loaded *loaded, void __user *arg);

#endif
