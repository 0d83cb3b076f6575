/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the users of a struct weir_host_wait wait on, in the kernel. */
#ifndef WEIR_MODULE_WAIT_H
#define WEIR_MODULE_WAIT_H

#include <linux/wait.h>
#include "base/host.h"

/** weir_host_wait_queue() - for poll_wait() */
wait_queue_head_t *weir_host_wait_queue(struct weir_host_wait *wait);

#endif
