// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loops by callback, and what handlers ask. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/run.h"
#include "runtime/callback.h"
#include "runtime/helpers.h"

#define MAX_LOOPS (8 * 1024 * 1024) /* BPF_MAX_LOOPS */

/* In a handler: what it handles. The rest of the buffer is zero. */
WEIR_HELPER(exit_record)
{
	u32 bytes = run->handled ? min_t(u32, run->handled_bytes, (u32)b) : 0;
	u8 *to = weir_helper_pointer(a);

	if (bytes)
		memcpy(to, run->handled, bytes);
	memset(to + bytes, 0, (u32)b - bytes);
	return run->handled ? sizeof(*run->handled) : (u64)-ENOENT;
}

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
