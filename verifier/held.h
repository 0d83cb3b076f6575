/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Held: what a program acquired and has to give back: records of ring buffers
 * and one spin lock, by the identities of the pointers to them. A pointer that
 * may be null stands for a record that is held if it is not.
 */
#ifndef WEIR_VERIFIER_HELD_H
#define WEIR_VERIFIER_HELD_H

#include <linux/types.h>
#include "base/run.h"

/* Held on one path and not on another, so that nobody can give it back. */
#define WEIR_HELD_LOST 0xfffffffeu

/**
 * struct weir_held - see above
 * @nr:		entries that are not 0, the lock included
 * @ref:	identities of records, or 0
 * @lock:	identity of the value whose lock is held, or 0
 */
struct weir_held {
	u32 nr;
	u32 ref[WEIR_MAX_HELD];
	u32 lock;
};

struct weir_joiner;

/** weir_held_has() - is it held for sure, unless its pointer is null? */
bool weir_held_has(const struct weir_held *h, u32 id);

/** weir_held_any() - may some record be held? */
static inline bool weir_held_any(const struct weir_held *h)
{
	return h->nr > (h->lock != 0);
}

/** weir_held_is_full() - no more records can be held */
static inline bool weir_held_is_full(const struct weir_held *h)
{
	return h->nr >= WEIR_MAX_HELD + (h->lock != 0);
}

/** weir_held_acquire() - a record; there is room unless the call is refused */
void weir_held_acquire(struct weir_held *h, u32 id);
/** weir_held_release() - it was given back, or its pointer is null */
void weir_held_release(struct weir_held *h, u32 id);
/** weir_held_lock() - the lock of a value is held from here; 0: no more */
void weir_held_lock(struct weir_held *h, u32 id);

/**
 * weir_held_join() - where paths meet
 * @h:		what was held
 * @in:		what is held on the path that comes in
 * @how:	how identities were joined
 *
 * Return: whether @h changed.
 */
bool weir_held_join(struct weir_held *h, const struct weir_held *in,
		    const struct weir_joiner *how);

#endif
