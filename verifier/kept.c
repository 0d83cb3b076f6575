// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Kept states, and their number of bytes. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include "uapi/weir.h"
#include "verifier/kept.h"
#include "verifier/state.h"

/* Over the limit nothing is kept, so that nobody has to look twice. */
static int charge(struct weir_kept *k, u64 was, struct weir_saved **at,
		  struct weir_saved *now)
{
	u64 bytes = k->bytes - was + weir_saved_bytes(now);

	if (bytes > WEIR_MAX_STATE_BYTES) {
		k->bytes -= was;
		weir_saved_free(now);
		*at = NULL;
		return -ENOSPC;
	}
	k->bytes = bytes;
	k->most = max(k->most, bytes);
	*at = now;
	return 0;
}

int weir_kept_save(struct weir_kept *k, const struct weir_state *s, u16 live,
		   struct weir_saved **at)
{
	u64 was = *at ? weir_saved_bytes(*at) : 0;
	struct weir_saved *now = weir_state_save(s, live, *at);

	return now ? charge(k, was, at, now) : -ENOMEM;
}

int weir_kept_copy(struct weir_kept *k, const struct weir_saved *saved,
		   struct weir_saved **to)
{
	struct weir_saved *now = weir_saved_copy(saved);

	*to = NULL;
	return now ? charge(k, 0, to, now) : -ENOMEM;
}

void weir_kept_drop(struct weir_kept *k, struct weir_saved **at)
{
	if (!*at)
		return;
	k->bytes -= weir_saved_bytes(*at);
	weir_saved_free(*at);
	*at = NULL;
}
