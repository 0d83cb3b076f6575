// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loops by callback. */
#include <linux/errno.h>
#include "base/run.h"
#include "runtime/callback.h"
#include "runtime/helpers.h"

#define MAX_LOOPS (8 * 1024 * 1024) /* BPF_MAX_LOOPS */

/* As in Linux: the turn at which the function said stop counts. */
WEIR_HELPER(loop)
{
	u32 nr = (u32)a, i;

	if (d)
		return (u64)-EINVAL;
	if (nr > MAX_LOOPS)
		return (u64)-E2BIG;
	for (i = 0; i < nr; i++) {
		u64 stop = weir_callback(run, b, i, c, 0, 0);

		if (stop || weir_callback_ended(run))
			return i + 1;
	}
	return i;
}
