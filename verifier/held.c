// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Records and locks that are held. */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include "verifier/held.h"
#include "verifier/state.h"

bool weir_held_has(const struct weir_held *h, u32 id)
{
	u32 i;

	for (i = 0; h->nr && id && i < WEIR_MAX_HELD; i++)
		if (h->ref[i] == id)
			return true;
	return false;
}

void weir_held_acquire(struct weir_held *h, u32 id)
{
	u32 i;

	for (i = 0; i < WEIR_MAX_HELD; i++) {
		if (h->ref[i])
			continue;
		h->ref[i] = id;
		h->nr++;
		return;
	}
}

void weir_held_release(struct weir_held *h, u32 id)
{
	u32 i;

	for (i = 0; h->nr && i < WEIR_MAX_HELD; i++) {
		if (!id || h->ref[i] != id)
			continue;
		h->ref[i] = 0;
		h->nr--;
	}
}

void weir_held_lock(struct weir_held *h, u32 id)
{
	h->nr -= h->lock != 0;
	h->lock = id;
	h->nr += h->lock != 0;
}

/*
 * What @id is called after the join, seen from the side that @is_in says, if
 * what it stands for is held on the other side as well, or null there.
 *
 * Sound: a key's values come from one identity on each side. If both sides
 * hold theirs, one is held after; if one side's is null, one is held exactly
 * if the pointer is not null.
 */
static u32 meet_id(const struct weir_joiner *how, u32 id, bool is_in,
		   const struct weir_held *other)
{
	u32 i;

	for (i = 0; i < how->nr_keys; i++) {
		const struct weir_id_key *k = &how->key[i];
		u32 mine = is_in ? k->in : k->old;
		u32 theirs = is_in ? k->old : k->in;

		if (mine == id &&
		    (theirs == WEIR_ID_CONST || weir_held_has(other, theirs)))
			return k->now;
	}
	/* no pointer is left: nobody can give it back, but it is held */
	return weir_held_has(other, id) ? id : WEIR_HELD_LOST;
}

static void add_ref(struct weir_held *h, u32 id)
{
	if (weir_held_has(h, id))
		return;
	if (weir_held_is_full(h))
		h->ref[0] = WEIR_HELD_LOST;
	else
		weir_held_acquire(h, id);
}

static u32 join_lock(const struct weir_joiner *how, u32 old, u32 in)
{
	u32 i;

	for (i = 0; i < how->nr_keys; i++)
		if (how->key[i].old == old && how->key[i].in == in &&
		    !how->key[i].change)
			return how->key[i].now;
	return old == in ? old : WEIR_HELD_LOST;
}

bool weir_held_join(struct weir_held *h, const struct weir_held *in,
		    const struct weir_joiner *how)
{
	struct weir_held both = { 0 };
	u32 i;

	if (!(h->nr | in->nr))
		return false;
	for (i = 0; i < WEIR_MAX_HELD; i++)
		if (h->ref[i])
			add_ref(&both, meet_id(how, h->ref[i], false, in));
	for (i = 0; i < WEIR_MAX_HELD; i++)
		if (in->ref[i])
			add_ref(&both, meet_id(how, in->ref[i], true, h));
	weir_held_lock(&both, join_lock(how, h->lock, in->lock));
	if (!memcmp(&both, h, sizeof(both)))
		return false;
	*h = both;
	return true;
}
