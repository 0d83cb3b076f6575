/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The ioctls of /dev/weir and of the descriptors it hands out. */
#ifndef WEIR_MODULE_CTL_H
#define WEIR_MODULE_CTL_H

#include <linux/types.h>

struct file_operations;

/** weir_ctl_fops - what /dev/weir does: it loads programs. */
extern const struct file_operations weir_ctl_fops;

/** weir_ctl_nr_programs() - programs loaded now. */
u32 weir_ctl_nr_programs(void);

#endif
