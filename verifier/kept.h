/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Kept states: those of blocks that wait, or whose loop is under way; and how
 * much memory they take, all together.
 *
 * Invariant: never more than WEIR_MAX_STATE_BYTES.
 */
#ifndef WEIR_VERIFIER_KEPT_H
#define WEIR_VERIFIER_KEPT_H

#include <linux/types.h>

struct weir_saved;
struct weir_state;

/**
 * struct weir_kept - see above
 * @bytes:	taken now
 * @most:	taken at one time so far
 */
struct weir_kept {
	u64 bytes;
	u64 most;
};

/**
 * weir_kept_save() - keep a state
 * @s:		state
 * @live:	registers worth keeping
 * @at:		in and out: earlier copy that it takes the place of, or NULL
 *
 * Return: 0, -ENOMEM, or -ENOSPC over the limit; then @at is what it was.
 */
int weir_kept_save(struct weir_kept *k, const struct weir_state *s, u16 live,
		   struct weir_saved **at);
/** weir_kept_copy() - keep another copy, at @to. Return: the same. */
int weir_kept_copy(struct weir_kept *k, const struct weir_saved *saved,
		   struct weir_saved **to);
/** weir_kept_drop() - what is at @at, or nothing, is kept no longer */
void weir_kept_drop(struct weir_kept *k, struct weir_saved **at);

#endif
