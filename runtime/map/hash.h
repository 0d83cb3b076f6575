/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hash maps: shared and per CPU, with a fixed number of elements (LRU: the
 * least used make room) or those that memory allows, and maps of maps by key.
 *
 * A bucket is a chain of elements, a lock for those who change the chain, and
 * a count of those that left it. Readers take no lock. Elements are, unless
 * BPF_F_NO_PREALLOC says otherwise, all there from the start and used again at
 * once, while a reader may still stand on them; the others are freed after a
 * grace period.
 *
 * What readers can rely on
 *
 * 1. A key that is in the map during all of a lookup is found.
 *
 *    Sound: a reader that finds nothing starts again if an element left the
 *    bucket since it began (`gone` has changed). If none has, every element
 *    the reader stood on was still a part of this chain, in its old place, when
 *    it took the next step: an element is used again only after it has left its
 *    chain and `gone` has been raised, in this order, and the reader reads
 *    the links in the order in which it walks them and `gone` last. Additions
 *    are at the head; they hide nothing. An update replaces an element in its
 *    place: who reads the link before the place sees the old or the new one.
 *    That raises `gone` too, and nobody could be led astray by less.
 *
 *    A reader on an element that is used again in another chain follows that
 *    chain; it ends like any other, and then `gone` of the reader's own bucket
 *    is not what it was.
 *
 * 2. What a lookup gives remains a value of this map. With preallocation, it
 *    may become the value of another key at any time after the key was
 *    removed, replaced or evicted: as in Linux, a program that removes what
 *    others use must say so by other means. Without preallocation it stays what
 *    it was until the reader's RCU read side ends.
 *
 * 3. Users' lookups copy a value, and know whether the element was theirs all
 *    the while: `gone` again. What programs write into values at the same
 *    time is theirs to order.
 *
 * The limit is exact: an insertion first takes one of max_entries
 * permissions (`count`), a removal gives its own back when the element is free.
 * Replacing needs an element more for a moment: there is a spare one for each
 * CPU, since nobody is interrupted between taking one and giving one back; in a
 * process, where that can happen, those who find none wait for their turn.
 * None waits for a lock while it holds an element that is not yet in a chain,
 * so somebody always gets on.
 *
 * LRU: who finds an element marks it. When all permissions are taken, a hand
 * moves over the elements, takes marks away, and evicts the first element that
 * has none; after SECOND_CHANCES it evicts one that has. That is the usual
 * approximation of "least recently used": one bit and no list, so lookups write
 * nothing but a mark that was not there.
 */
#ifndef WEIR_RUNTIME_MAP_HASH_H
#define WEIR_RUNTIME_MAP_HASH_H

#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include "base/host.h"
#include "base/map.h"
#include "runtime/map/freelist.h"
#include "runtime/map/key.h"
#include "runtime/map/object.h"
#include "runtime/map/percpu.h"

/* weir_hash_elem.state, a hint but for WEIR_ELEM_UNUSED, which is set under the bucket's lock */
enum weir_hash_state {
	WEIR_ELEM_PLAIN,
	WEIR_ELEM_MARKED, /* found since the hand came by */
	WEIR_ELEM_UNUSED, /* in no chain */
};

/**
 * struct weir_hash_elem - one element
 * @next:	in the bucket's chain; keeps its value when the element leaves
 * @hash:	of the key
 * @state:	enum weir_hash_state
 * @free:	for the free list; not touched by readers
 * @key:	filled up to words; behind it the value, or for per-CPU values a
 *		pointer to that of the first CPU
 */
struct weir_hash_elem {
	struct weir_hash_elem *next;
	u32 hash;
	u32 state;
	struct weir_free free;
	u64 key[];
};

/* Of an element that is not preallocated. */
struct weir_hash_loose {
	struct weir_host_defer defer;
	struct weir_hash_elem elem;
};

struct weir_hash_bucket {
	struct weir_hash_elem *first;
	u32 gone;
	struct weir_host_spin lock;
};

/**
 * struct weir_hash - all kinds
 * @mask:	buckets, less one
 * @key_words:	u64 of a key in an element
 * @elem_size:	bytes of one element
 * @elems:	preallocated: all of them
 * @nr_elems:	preallocated: max_entries and the spare ones
 * @free:	preallocated: those in no chain
 * @percpu:	preallocated per-CPU values: of all elements, by CPU
 * @cpu_stride:	bytes from the value of one CPU to that of the next
 * @nr_cpus:	values of an element: 1 if shared
 * @objects:	maps of maps: what elements refer to; their value is one pointer
 * @max:	exact limit
 * @count:	elements in the map, or about to be
 * @hand:	LRU: the element to look at next
 */
struct weir_hash {
	struct weir_map map;
	struct weir_hash_bucket *buckets;
	u32 mask;
	struct weir_key_seed seed;
	u32 key_words;
	u32 elem_size;
	u8 *elems;
	u32 nr_elems;
	struct weir_freelist free;
	u8 *percpu;
	size_t cpu_stride;
	u32 nr_cpus;
	const struct weir_map_object_ops *objects;
	u32 max;
	bool is_lru;
	bool is_percpu;
	u32 count;
	u32 hand;
};

static inline struct weir_hash *hash_of(const struct weir_map *map)
{
	return container_of((struct weir_map *)map, struct weir_hash, map);
}

static inline u32 hash_key(const struct weir_hash *h, const void *key)
{
	const u32 size = h->map.def.key_size;

	return size == 4 ? weir_key_hash(key, 4, h->seed)
			 : weir_key_hash(key, size, h->seed);
}

static inline struct weir_hash_bucket *hash_bucket(const struct weir_hash *h,
						   u32 hash)
{
	return &h->buckets[hash & h->mask];
}

static inline struct weir_hash_elem *hash_elem_at(const struct weir_hash *h,
						  u32 nr)
{
	return (struct weir_hash_elem *)(h->elems + (size_t)nr * h->elem_size);
}

static inline u8 *hash_percpu(const struct weir_hash *h,
			      const struct weir_hash_elem *e)
{
	return *(u8 *const *)(const void *)&e->key[h->key_words];
}

/* The value, or that of CPU 0. */
static inline u8 *hash_first_value(const struct weir_hash *h,
				   const struct weir_hash_elem *e)
{
	return h->is_percpu ? hash_percpu(h, e) : (u8 *)&e->key[h->key_words];
}

/* The value that a program on this CPU sees. */
static inline u8 *hash_value(const struct weir_hash *h,
			     const struct weir_hash_elem *e)
{
	if (!h->is_percpu)
		return (u8 *)&e->key[h->key_words];
	return hash_percpu(h, e) + weir_percpu_this(h->nr_cpus) * h->cpu_stride;
}

/* Maps of maps: where the pointer is. */
static inline void **hash_object(const struct weir_hash *h,
				 const struct weir_hash_elem *e)
{
	return (void **)(uintptr_t)&e->key[h->key_words];
}

/* The element with this key of @size, if the chain from @e leads to it. */
static __always_inline struct weir_hash_elem *
hash_walk_sized(struct weir_hash_elem *e, u32 hash, const void *key, u32 size)
{
	for (; e; e = rcu_dereference_raw(e->next))
		if (READ_ONCE(e->hash) == hash &&
		    weir_key_equal(e->key, key, size))
			return e;
	return NULL;
}

static inline struct weir_hash_elem *hash_walk(const struct weir_hash *h,
					       struct weir_hash_elem *e,
					       u32 hash, const void *key)
{
	const u32 size = h->map.def.key_size;

	return size == 4 ? hash_walk_sized(e, hash, key, 4)
			 : hash_walk_sized(e, hash, key, size);
}

/**
 * struct weir_hash_change - an update
 * @value:	one value; for maps of maps the address of a pointer
 * @all_cpus:	@value has one for each CPU
 * @gone:	out: maps of maps: what was there before
 */
struct weir_hash_change {
	const void *key;
	const void *value;
	u64 flags;
	bool all_cpus;
	void *gone;
};

/** weir_hash_change() - do it. Any context. Return: as weir_map_ops.update. */
int weir_hash_change(struct weir_hash *h, struct weir_hash_change *c);

/**
 * weir_hash_remove() - one element
 * @value:	room for what a user reads from it, or NULL
 * @gone:	out: maps of maps: what it referred to; else NULL
 *
 * Any context. Return: 0 or -ENOENT.
 */
int weir_hash_remove(struct weir_hash *h, const void *key, void *value,
		     u64 flags, void **gone);

/** weir_hash_read_elem() - the value for a user, of all CPUs. Any context. */
void weir_hash_read_elem(const struct weir_hash *h,
			 const struct weir_hash_elem *e, void *value,
			 u64 flags);

/** weir_hash_loose_free() - of one that was not preallocated. Any context. */
void weir_hash_loose_free(struct weir_host_defer *defer);

/** weir_hash_loose_bytes() - what one takes that was not preallocated. */
u64 weir_hash_loose_bytes(const struct weir_hash *h);

/** weir_hash_grown() - weir_map_ops.grown */
u64 weir_hash_grown(const struct weir_map *map);

/** weir_hash_free() - weir_map_ops.free */
void weir_hash_free(struct weir_map *map);

#endif
