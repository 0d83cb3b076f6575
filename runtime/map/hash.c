// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
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
#include <linux/kernel.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "base/host.h"
#include "runtime/map/freelist.h"
#include "runtime/map/key.h"
#include "runtime/map/percpu.h"
#include "runtime/map/type.h"
#include "runtime/map/value.h"

#define SECOND_CHANCES 64
#define TRIES 8 /* lookups without the lock */

/* elem.state, a hint but for UNUSED, which is set under the bucket's lock */
enum elem_state {
	PLAIN,
	MARKED, /* found since the hand came by */
	UNUSED, /* in no chain */
};

/**
 * struct elem - one element
 * @next:	in the bucket's chain; keeps its value when the element leaves
 * @hash:	of the key
 * @state:	enum elem_state
 * @free:	for the free list; not touched by readers
 * @key:	filled up to words; behind it the value, or for per-CPU values a
 *		pointer to that of the first CPU
 */
struct elem {
	struct elem *next;
	u32 hash;
	u32 state;
	struct weir_free free;
	u64 key[];
};

/* Of an element that is not preallocated. */
struct loose_elem {
	struct weir_host_defer defer;
	struct elem elem;
};

struct bucket {
	struct elem *first;
	u32 gone;
	struct weir_host_spin lock;
};

/**
 * struct hash - all kinds
 * @mask:	buckets, less one
 * @key_words:	u64 of a key in an element
 * @elem_size:	bytes of one element
 * @elems:	preallocated: all of them
 * @nr_elems:	preallocated: max_entries and the spare ones
 * @free:	preallocated: those in no chain
 * @percpu:	preallocated per-CPU values: of all elements, by CPU
 * @cpu_stride:	bytes from the value of one CPU to that of the next
 * @nr_cpus:	values of an element: 1 if shared
 * @max:	exact limit
 * @count:	elements in the map, or about to be
 * @hand:	LRU: the element to look at next
 */
struct hash {
	struct weir_map map;
	struct bucket *buckets;
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
	u32 max;
	bool is_lru;
	bool is_percpu;
	u32 count;
	u32 hand;
};

static struct hash *hash_of(const struct weir_map *map)
{
	return container_of((struct weir_map *)map, struct hash, map);
}

static u32 hash_key(const struct hash *h, const void *key)
{
	return weir_key_hash(key, h->map.def.key_size, h->seed);
}

static struct bucket *bucket_of(const struct hash *h, u32 hash)
{
	return &h->buckets[hash & h->mask];
}

static struct elem *elem_at(const struct hash *h, u32 nr)
{
	return (struct elem *)(h->elems + (size_t)nr * h->elem_size);
}

static u8 *percpu_of(const struct hash *h, const struct elem *e)
{
	return *(u8 *const *)(const void *)&e->key[h->key_words];
}

/* The value, or that of CPU 0. */
static u8 *first_value(const struct hash *h, const struct elem *e)
{
	return h->is_percpu ? percpu_of(h, e) : (u8 *)&e->key[h->key_words];
}

/* The value that a program on this CPU sees. */
static u8 *value_of(const struct hash *h, const struct elem *e)
{
	if (!h->is_percpu)
		return (u8 *)&e->key[h->key_words];
	return percpu_of(h, e) + weir_percpu_this(h->nr_cpus) * h->cpu_stride;
}

static struct elem *walk(const struct hash *h, struct elem *e, u32 hash,
			 const void *key)
{
	u32 size = h->map.def.key_size;

	for (; e; e = rcu_dereference_raw(e->next))
		if (READ_ONCE(e->hash) == hash &&
		    weir_key_equal(e->key, key, size))
			return e;
	return NULL;
}

static struct elem *find_locked(const struct hash *h, struct bucket *b,
				u32 hash, const void *key)
{
	unsigned long state = weir_host_spin_lock(&b->lock);
	struct elem *e = walk(h, b->first, hash, key);

	weir_host_spin_unlock(&b->lock, state);
	return e;
}

/* Inside an RCU read side. */
static struct elem *find(const struct hash *h, struct bucket *b, u32 hash,
			 const void *key)
{
	struct elem *e;
	u32 tries, gone;

	for (tries = 0; tries < TRIES; tries++) {
		gone = smp_load_acquire(&b->gone);
		e = walk(h, rcu_dereference_raw(b->first), hash, key);
		if (e)
			return e;
		smp_rmb();
		if (READ_ONCE(b->gone) == gone)
			return NULL;
	}
	return find_locked(h, b, hash, key);
}

static void *lookup(struct weir_map *map, const void *key)
{
	struct hash *h = hash_of(map);
	u32 hash = hash_key(h, key);
	struct elem *e = find(h, bucket_of(h, hash), hash, key);

	return e ? value_of(h, e) : NULL;
}

static void *lru_lookup(struct weir_map *map, const void *key)
{
	struct hash *h = hash_of(map);
	u32 hash = hash_key(h, key);
	struct elem *e = find(h, bucket_of(h, hash), hash, key);

	if (!e)
		return NULL;
	if (READ_ONCE(e->state) == PLAIN)
		WRITE_ONCE(e->state, MARKED);
	return value_of(h, e);
}

/* Take one of max_entries permissions. */
static bool count_in(struct hash *h)
{
	u32 count;

	do {
		count = READ_ONCE(h->count);
		if (count >= h->max)
			return false;
	} while (cmpxchg(&h->count, count, count + 1) != count);
	return true;
}

static void count_out(struct hash *h)
{
	u32 count;

	do {
		count = READ_ONCE(h->count);
	} while (cmpxchg(&h->count, count, count - 1) != count);
}

static struct elem *loose_alloc(const struct hash *h)
{
	u32 head = offsetof(struct loose_elem, elem);
	struct loose_elem *loose;
	size_t values = 0;
	u8 *at;

	if (h->is_percpu)
		values = h->cpu_stride * h->nr_cpus;
	loose = weir_host_alloc_now(head + h->elem_size + values);
	if (!loose)
		return NULL;
	at = (u8 *)loose + head + h->elem_size;
	if (h->is_percpu)
		*(u8 **)(void *)&loose->elem.key[h->key_words] = at;
	return &loose->elem;
}

static void loose_free(struct weir_host_defer *defer)
{
	weir_host_free(container_of(defer, struct loose_elem, defer));
}

/* With a bucket's lock held, so that whoever holds one is not interrupted. */
static struct elem *elem_alloc(struct hash *h)
{
	if (!h->elems)
		return loose_alloc(h);
	return container_of(weir_freelist_pop(&h->free), struct elem, free);
}

/* It is in no chain any more; readers may stand on it. */
static void elem_free(struct hash *h, struct elem *e)
{
	if (h->elems)
		weir_freelist_push(&h->free, &e->free);
	else
		weir_host_rcu_defer(
			&container_of(e, struct loose_elem, elem)->defer,
			loose_free);
}

/* Where the chain points to @e; NULL if it is not there. */
static struct elem **link_to(struct bucket *b, const struct elem *e)
{
	struct elem **link;

	for (link = &b->first; *link; link = &(*link)->next)
		if (*link == e)
			return link;
	return NULL;
}

/* Readers may be on @e: its own link stays until it is used again. */
static void leave(struct bucket *b, struct elem **link, struct elem *e,
		  struct elem *instead)
{
	smp_store_release(link, instead);
	smp_store_release(&b->gone, b->gone + 1);
	WRITE_ONCE(e->state, UNUSED);
}

static void drop(struct hash *h, struct bucket *b, struct elem **link,
		 struct elem *e)
{
	leave(b, link, e, e->next);
	elem_free(h, e);
	count_out(h);
}

static u32 next_hand(struct hash *h)
{
	u32 at, next;

	do {
		at = READ_ONCE(h->hand);
		next = at + 1 < h->nr_elems ? at + 1 : 0;
	} while (cmpxchg(&h->hand, at, next) != at);
	return at;
}

static bool evict_elem(struct hash *h, struct elem *e)
{
	struct bucket *b = bucket_of(h, READ_ONCE(e->hash));
	unsigned long state = weir_host_spin_lock(&b->lock);
	struct elem **link = link_to(b, e);

	if (link)
		drop(h, b, link, e);
	weir_host_spin_unlock(&b->lock, state);
	return link;
}

/*
 * Make room, or see that somebody else did: the caller tries again. No bucket
 * may be locked.
 */
static void evict(struct hash *h)
{
	u32 chances = SECOND_CHANCES;
	struct elem *e;
	u32 i;

	for (i = 0; i < h->nr_elems; i++) {
		e = elem_at(h, next_hand(h));
		switch (READ_ONCE(e->state)) {
		case MARKED:
			if (chances && chances--) {
				WRITE_ONCE(e->state, PLAIN);
				continue;
			}
			fallthrough;
		case PLAIN:
			if (evict_elem(h, e))
				return;
		}
	}
}

/* An update: what is to be done, and for whom. */
struct change {
	const void *key;
	const void *value;
	u64 flags;
	bool all_cpus; /* @value has one for each CPU */
};

static int check_change(const struct hash *h, const struct change *c)
{
	if ((c->flags & ~BPF_F_LOCK) > BPF_EXIST)
		return -EINVAL;
	if ((c->flags & BPF_F_LOCK) && h->map.def.lock_off == WEIR_NO_FIELD)
		return -EINVAL;
	return 0;
}

static int check_exists(const struct elem *old, u64 flags)
{
	if (old && (flags & BPF_NOEXIST))
		return -EEXIST;
	if (!old && (flags & BPF_EXIST))
		return -ENOENT;
	return 0;
}

/* Per-CPU values of an element that is in the map, or is about to be. */
static void set_percpu(const struct hash *h, struct elem *e,
		       const struct change *c)
{
	if (c->all_cpus)
		weir_percpu_write(&h->map, first_value(h, e), h->cpu_stride,
				  h->nr_cpus, c->value);
	else
		weir_value_store(value_of(h, e), c->value,
				 h->map.def.value_size);
}

static void clear_percpu(const struct hash *h, struct elem *e)
{
	u8 *value = first_value(h, e);
	u32 cpu, off;

	for (cpu = 0; cpu < h->nr_cpus; cpu++, value += h->cpu_stride)
		for (off = 0; off < h->map.elem_bytes; off += 4)
			WRITE_ONCE(*(u32 *)(value + off), 0);
}

/*
 * A new element's contents. A reader that still stands on it must not take
 * the new key for found before the value is there: the hash comes last.
 */
static void fill(const struct hash *h, struct elem *e, u32 hash,
		 const struct change *c)
{
	if (h->is_percpu) {
		clear_percpu(h, e);
		set_percpu(h, e, c);
	} else {
		weir_value_init(&h->map, first_value(h, e), c->value);
	}
	weir_key_store(e->key, c->key, h->map.def.key_size);
	smp_store_release(&e->hash, hash);
}

/* Can the value be changed where it is? */
static bool in_place(const struct hash *h, const struct change *c)
{
	return h->is_percpu || (c->flags & BPF_F_LOCK);
}

static void change_in_place(const struct hash *h, struct elem *e,
			    const struct change *c)
{
	if (h->is_percpu)
		set_percpu(h, e, c);
	else
		weir_value_write(&h->map, first_value(h, e), c->value,
				 c->flags);
	if (h->is_lru)
		WRITE_ONCE(e->state, MARKED);
}

/* The new one takes the place of the old one. */
static int replace(struct hash *h, struct bucket *b, u32 hash, struct elem *old,
		   const struct change *c)
{
	struct elem *e = elem_alloc(h);

	if (!e)
		return -ENOMEM;
	fill(h, e, hash, c);
	WRITE_ONCE(e->state, h->is_lru ? MARKED : PLAIN);
	smp_store_release(&e->next, old->next);
	leave(b, link_to(b, old), old, e);
	elem_free(h, old);
	return 0;
}

/* A permission has been taken. */
static int add(struct hash *h, struct bucket *b, u32 hash,
	       const struct change *c)
{
	struct elem *e = elem_alloc(h);

	if (!e) {
		count_out(h);
		return -ENOMEM;
	}
	fill(h, e, hash, c);
	WRITE_ONCE(e->state, PLAIN);
	smp_store_release(&e->next, b->first);
	smp_store_release(&b->first, e);
	return 0;
}

/* With the bucket locked. -EAGAIN: there is no room. */
static int change_locked(struct hash *h, struct bucket *b, u32 hash,
			 const struct change *c)
{
	struct elem *old = walk(h, b->first, hash, c->key);
	int err = check_exists(old, c->flags);

	if (err)
		return err;
	if (!old)
		return count_in(h) ? add(h, b, hash, c) : -EAGAIN;
	if (!in_place(h, c))
		return replace(h, b, hash, old, c);
	change_in_place(h, old, c);
	return 0;
}

static int change(struct hash *h, const struct change *c)
{
	u32 hash = hash_key(h, c->key);
	struct bucket *b = bucket_of(h, hash);
	unsigned long state;
	int err = check_change(h, c);

	while (!err) {
		state = weir_host_spin_lock(&b->lock);
		err = change_locked(h, b, hash, c);
		weir_host_spin_unlock(&b->lock, state);
		if (err != -EAGAIN)
			return err;
		if (!h->is_lru)
			return -E2BIG;
		evict(h);
		err = 0;
	}
	return err;
}

static int update(struct weir_map *map, const void *key, const void *value,
		  u64 flags)
{
	const struct change c = { key, value, flags, false };

	return change(hash_of(map), &c);
}

static int percpu_write(struct weir_map *map, const void *key,
			const void *value, u64 flags)
{
	const struct change c = { key, value, flags, true };
	int err;

	weir_host_rcu_lock();
	err = change(hash_of(map), &c);
	weir_host_rcu_unlock();
	return err;
}

/* The value for a user, of all CPUs. */
static void read_elem(const struct hash *h, const struct elem *e, void *value,
		      u64 flags)
{
	if (h->is_percpu)
		weir_percpu_read(&h->map, value, first_value(h, e),
				 h->cpu_stride, h->nr_cpus);
	else
		weir_value_read(&h->map, value, first_value(h, e), flags);
}

/* Find, read if there is room to read to, remove. */
static int remove_key(struct hash *h, const void *key, void *value, u64 flags)
{
	u32 hash = hash_key(h, key);
	struct bucket *b = bucket_of(h, hash);
	unsigned long state = weir_host_spin_lock(&b->lock);
	struct elem *e = walk(h, b->first, hash, key);

	if (e) {
		if (value)
			read_elem(h, e, value, flags);
		drop(h, b, link_to(b, e), e);
	}
	weir_host_spin_unlock(&b->lock, state);
	return e ? 0 : -ENOENT;
}

static int hash_remove(struct weir_map *map, const void *key)
{
	return remove_key(hash_of(map), key, NULL, 0);
}

static int hash_take(struct weir_map *map, const void *key, void *value,
		     u64 flags)
{
	return remove_key(hash_of(map), key, value, flags);
}

/* Without the lock, unless elements leave the bucket all the time. */
static int hash_read(struct weir_map *map, const void *key, void *value,
		     u64 flags)
{
	struct hash *h = hash_of(map);
	u32 hash = hash_key(h, key);
	struct bucket *b = bucket_of(h, hash);
	unsigned long state;
	struct elem *e;
	u32 tries, gone;

	/* A lock in an element that is used again is not ours to take. */
	for (tries = 0; tries < TRIES && !(flags & BPF_F_LOCK); tries++) {
		gone = smp_load_acquire(&b->gone);
		e = walk(h, rcu_dereference_raw(b->first), hash, key);
		if (e)
			read_elem(h, e, value, flags);
		smp_rmb();
		if (READ_ONCE(b->gone) == gone)
			return e ? 0 : -ENOENT;
	}
	state = weir_host_spin_lock(&b->lock);
	e = walk(h, b->first, hash, key);
	if (e)
		read_elem(h, e, value, flags);
	weir_host_spin_unlock(&b->lock, state);
	return e ? 0 : -ENOENT;
}

/*
 * The key behind @key in its bucket: true, if there is one. Without a key, or
 * if it has gone: the first of the bucket.
 */
static bool next_in_bucket(struct hash *h, struct bucket *b, u32 hash,
			   const void *key, void *next)
{
	unsigned long state;
	struct elem *e;

	if (!READ_ONCE(b->first))
		return false;
	state = weir_host_spin_lock(&b->lock);
	e = key ? walk(h, b->first, hash, key) : NULL;
	e = e ? e->next : b->first;
	if (e)
		weir_key_load(next, e->key, h->map.def.key_size);
	weir_host_spin_unlock(&b->lock, state);
	return e;
}

/* A key that is not there starts from the front, as in Linux. */
static int hash_next_key(struct weir_map *map, const void *key, void *next)
{
	struct hash *h = hash_of(map);
	u32 hash = key ? hash_key(h, key) : 0;
	u32 i = 0;

	if (key && find(h, bucket_of(h, hash), hash, key)) {
		i = hash & h->mask;
		if (next_in_bucket(h, &h->buckets[i++], hash, key, next))
			return 0;
	}
	for (; i <= h->mask; i++)
		if (next_in_bucket(h, &h->buckets[i], 0, NULL, next))
			return 0;
	return -ENOENT;
}

/* An element that is used again in another bucket ends the walk of this one. */
static u32 hash_visit(struct weir_map *map, weir_map_visit_fn fn, void *arg)
{
	struct hash *h = hash_of(map);
	struct elem *e;
	u32 i, nr = 0;

	for (i = 0; i <= h->mask; i++) {
		e = rcu_dereference_raw(h->buckets[i].first);
		while (e && (READ_ONCE(e->hash) & h->mask) == i) {
			nr++;
			if (!fn(map, e->key, value_of(h, e), arg))
				return nr;
			e = rcu_dereference_raw(e->next);
		}
	}
	return nr;
}

/* All that was deferred is only memory, and needs no map. */
static void free_elems(struct hash *h)
{
	struct elem *e, *next;
	u32 i;

	for (i = 0; !h->elems && h->buckets && i <= h->mask; i++) {
		for (e = h->buckets[i].first; e; e = next) {
			next = e->next;
			loose_free(&container_of(e, struct loose_elem, elem)
					    ->defer);
		}
	}
	weir_host_free(h->elems);
	weir_host_free(h->percpu);
}

static void hash_free(struct weir_map *map)
{
	struct hash *h = hash_of(map);

	free_elems(h);
	weir_freelist_exit(&h->free);
	weir_host_free(h->buckets);
	weir_host_free(h);
}

static u64 loose_bytes(const struct hash *h)
{
	u64 bytes = offsetof(struct loose_elem, elem) + h->elem_size;

	return h->is_percpu ? bytes + (u64)h->cpu_stride * h->nr_cpus : bytes;
}

static u64 hash_grown(const struct weir_map *map)
{
	const struct hash *h = hash_of(map);

	return h->elems ? 0 : loose_bytes(h) * READ_ONCE(h->count);
}

/* A power of two, at least as many as elements. 0: too many. */
static u32 nr_buckets(u32 max_entries)
{
	u32 nr = 1;

	while (nr && nr < max_entries)
		nr <<= 1;
	return nr;
}

/*
 * The shape of the map, and what it takes from the start. Sizes have been
 * checked: key below 2^10, value up to 2^24, elements below 2^32, CPUs below
 * 2^16, so that no sum or product of these leaves 64 bits.
 */
static u64 set_shape(struct hash *h, const struct weir_map_def *def)
{
	bool prealloc = !(def->flags & BPF_F_NO_PREALLOC);
	u32 elem_bytes = h->map.elem_bytes;
	u64 bytes = sizeof(*h), stride;

	h->mask = nr_buckets(def->max_entries) - 1;
	h->key_words = weir_key_words(def->key_size);
	h->elem_size = sizeof(struct elem) + h->key_words * 8 +
		       (h->is_percpu ? 8 : elem_bytes);
	h->max = def->max_entries;
	bytes += ((u64)h->mask + 1) * sizeof(struct bucket);
	stride = elem_bytes;
	if (prealloc) {
		u64 nr = (u64)def->max_entries + weir_host_nr_cpus();

		bytes += nr * h->elem_size + weir_freelist_bytes();
		stride *= nr;
		h->nr_elems = (u32)nr;
	}
	if (!h->is_percpu)
		return bytes;
	stride = ALIGN(stride, WEIR_PERCPU_ALIGN);
	if (stride > WEIR_MAX_MAP_BYTES)
		return stride;
	h->cpu_stride = (size_t)stride;
	return prealloc ? bytes + stride * h->nr_cpus : bytes;
}

static int prealloc(struct hash *h)
{
	struct elem *e;
	u32 i;

	if (weir_freelist_init(&h->free))
		return -ENOMEM;
	h->elems = weir_host_alloc((size_t)h->nr_elems * h->elem_size);
	if (!h->elems)
		return -ENOMEM;
	if (h->is_percpu) {
		h->percpu = weir_host_alloc(h->cpu_stride * h->nr_cpus);
		if (!h->percpu)
			return -ENOMEM;
	}
	for (i = 0; i < h->nr_elems; i++) {
		e = elem_at(h, i);
		e->state = UNUSED;
		if (h->is_percpu)
			*(u8 **)(void *)&e->key[h->key_words] =
				h->percpu + (size_t)i * h->map.elem_bytes;
		weir_freelist_spread(&h->free, &e->free, i);
	}
	return 0;
}

static int alloc_buckets(struct hash *h)
{
	u32 i;

	h->buckets =
		weir_host_alloc(((size_t)h->mask + 1) * sizeof(struct bucket));
	if (!h->buckets)
		return -ENOMEM;
	for (i = 0; i <= h->mask; i++)
		weir_host_spin_init(&h->buckets[i].lock, WEIR_SPIN_MAP);
	return 0;
}

/* Maps that grow do so up to the limit of memory, and not beyond. */
static void limit_growth(struct hash *h)
{
	u64 room = div64_u64(WEIR_MAX_MAP_BYTES - h->map.bytes, loose_bytes(h));

	if (room < h->max)
		h->max = (u32)room;
}

static int create(const struct weir_map_def *def, bool is_percpu, bool is_lru,
		  struct weir_map **out)
{
	struct hash shape = {
		.is_percpu = is_percpu,
		.is_lru = is_lru,
		.nr_cpus = is_percpu ? weir_host_nr_cpus() : 1,
	};
	struct weir_map *map;
	struct hash *h;
	u64 bytes;
	int err;

	if (!nr_buckets(def->max_entries))
		return -E2BIG;
	shape.map.elem_bytes = ALIGN(def->value_size, 8);
	bytes = set_shape(&shape, def);
	err = weir_map_alloc(sizeof(*h), bytes, &map);
	if (err)
		return err;
	h = hash_of(map);
	*h = shape;
	h->map.bytes = bytes;
	if (!(def->flags & BPF_F_ZERO_SEED)) {
		h->seed.lo = weir_host_random();
		h->seed.hi = weir_host_random();
	}
	err = alloc_buckets(h);
	if (!err && h->nr_elems)
		err = prealloc(h);
	if (err) {
		hash_free(map);
		return err;
	}
	if (!h->elems)
		limit_growth(h);
	*out = map;
	return 0;
}

int weir_hash_create(const struct weir_map_def *def, struct weir_map **out)
{
	return create(def, false, false, out);
}

int weir_percpu_hash_create(const struct weir_map_def *def,
			    struct weir_map **out)
{
	return create(def, true, false, out);
}

int weir_lru_hash_create(const struct weir_map_def *def, struct weir_map **out)
{
	return create(def, false, true, out);
}

int weir_lru_percpu_hash_create(const struct weir_map_def *def,
				struct weir_map **out)
{
	return create(def, true, true, out);
}

const struct weir_map_ops weir_hash_ops = {
	.name = "hash",
	.lookup = lookup,
	.update = update,
	.remove = hash_remove,
	.next_key = hash_next_key,
	.read = hash_read,
	.take = hash_take,
	.visit = hash_visit,
	.grown = hash_grown,
	.free = hash_free,
};

const struct weir_map_ops weir_percpu_hash_ops = {
	.name = "percpu_hash",
	.lookup = lookup,
	.update = update,
	.remove = hash_remove,
	.next_key = hash_next_key,
	.read = hash_read,
	.write = percpu_write,
	.take = hash_take,
	.visit = hash_visit,
	.grown = hash_grown,
	.free = hash_free,
};

const struct weir_map_ops weir_lru_hash_ops = {
	.name = "lru_hash",
	.lookup = lru_lookup,
	.update = update,
	.remove = hash_remove,
	.next_key = hash_next_key,
	.read = hash_read,
	.take = hash_take,
	.visit = hash_visit,
	.free = hash_free,
};

const struct weir_map_ops weir_lru_percpu_hash_ops = {
	.name = "lru_percpu_hash",
	.lookup = lru_lookup,
	.update = update,
	.remove = hash_remove,
	.next_key = hash_next_key,
	.read = hash_read,
	.write = percpu_write,
	.take = hash_take,
	.visit = hash_visit,
	.free = hash_free,
};
