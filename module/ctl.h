/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* /dev/weir. */
#ifndef WEIR_MODULE_CTL_H
#define WEIR_MODULE_CTL_H

#include <linux/types.h>

struct file_operations;

/** weir_ctl_fops - what /dev/weir does: it makes programs and maps. */
extern const struct file_operations weir_ctl_fops;

/** weir_ctl_is_ours() - is it one of Weir's ioctls, by type and direction? */
bool weir_ctl_is_ours(unsigned int cmd);

#endif
