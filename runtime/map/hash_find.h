/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hash maps: looking for a key. Inline, so that where the size of keys is known
 * hashing and comparing are a few instructions. See hash.h for what it promises.
 */
#ifndef WEIR_RUNTIME_MAP_HASH_FIND_H
#define WEIR_RUNTIME_MAP_HASH_FIND_H

#include "runtime/map/hash.h"

/** weir_hash_find_again() - as a look at the bucket was in vain, and it changed. */
struct weir_hash_elem *weir_hash_find_again(const struct weir_hash *h,
					    struct weir_hash_bucket *b,
					    u32 hash, const void *key);

/**
 * hash_find_sized() - the element with this key, or NULL
 * @size: of the map's keys
 *
 * Inside an RCU read side.
 */
static __always_inline struct weir_hash_elem *
hash_find_sized(const struct weir_hash *h, const void *key, u32 size)
{
	u32 hash = weir_key_hash(key, size, h->seed);
	struct weir_hash_bucket *b = hash_bucket(h, hash);
	u32 gone = smp_load_acquire(&b->gone);
	struct weir_hash_elem *e;

	e = hash_walk_sized(rcu_dereference_raw(b->first), hash, key, size);
	if (e)
		return e;
	smp_rmb();
	if (READ_ONCE(b->gone) == gone)
		return NULL;
	return weir_hash_find_again(h, b, hash, key);
}

/** hash_find() - the same, by the size that the map says. */
static __always_inline struct weir_hash_elem *
hash_find(const struct weir_hash *h, const void *key)
{
	const u32 size = h->map.def.key_size;

	switch (size) {
	case 4:
		return hash_find_sized(h, key, 4);
	case 8:
		return hash_find_sized(h, key, 8);
	default:
		return hash_find_sized(h, key, size);
	}
}

/** hash_mark() - LRU: it has been found. */
static __always_inline void hash_mark(struct weir_hash_elem *e)
{
	if (READ_ONCE(e->state) == WEIR_ELEM_PLAIN)
		WRITE_ONCE(e->state, WEIR_ELEM_MARKED);
}

#endif
