// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Hash maps: who looks on. See hash.h. */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "base/host.h"
#include "runtime/map/hash_find.h"
#include "runtime/map/map.h"
#include "runtime/map/type.h"
#include "runtime/map/value.h"

#define TRIES 8 /* lookups without the lock */

static struct weir_hash_elem *find_locked(const struct weir_hash *h,
					  struct weir_hash_bucket *b, u32 hash,
					  const void *key)
{
	unsigned long state = weir_host_spin_lock(&b->lock);
	struct weir_hash_elem *e = hash_walk(h, b->first, hash, key);

	weir_host_spin_unlock(&b->lock, state);
	return e;
}

struct weir_hash_elem *weir_hash_find_again(const struct weir_hash *h,
					    struct weir_hash_bucket *b,
					    u32 hash, const void *key)
{
	struct weir_hash_elem *e;
	u32 tries, gone;

	for (tries = 1; tries < TRIES; tries++) {
		gone = smp_load_acquire(&b->gone);
		e = hash_walk(h, rcu_dereference_raw(b->first), hash, key);
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
	struct weir_hash *h = hash_of(map);
	struct weir_hash_elem *e = hash_find(h, key);

	return e ? hash_value(h, e) : NULL;
}

static void *lookup_cpu(struct weir_map *map, const void *key, u32 cpu)
{
	struct weir_hash *h = hash_of(map);
	struct weir_hash_elem *e;

	if (cpu >= h->nr_cpus)
		return NULL;
	e = hash_find(h, key);
	return e ? hash_first_value(h, e) + cpu * h->cpu_stride : NULL;
}

static void *lru_lookup(struct weir_map *map, const void *key)
{
	struct weir_hash *h = hash_of(map);
	struct weir_hash_elem *e = hash_find(h, key);

	if (!e)
		return NULL;
	hash_mark(e);
	return hash_value(h, e);
}

/* Its id. Inside an RCU read side, or with the bucket locked. */
static void read_object(const struct weir_hash *h,
			const struct weir_hash_elem *e, void *value)
{
	u32 id = h->objects->id(rcu_dereference_raw(*hash_object(h, e)));

	memcpy(value, &id, sizeof(id));
}

void weir_hash_read_elem(const struct weir_hash *h,
			 const struct weir_hash_elem *e, void *value, u64 flags)
{
	if (h->objects)
		read_object(h, e, value);
	else if (h->is_percpu)
		weir_percpu_read(&h->map, value, hash_first_value(h, e),
				 h->cpu_stride, h->nr_cpus);
	else
		weir_value_read(&h->map, value, hash_first_value(h, e), flags);
}

static int update(struct weir_map *map, const void *key, const void *value,
		  u64 flags)
{
	struct weir_hash_change c = { .key = key,
				      .value = value,
				      .flags = flags };

	return weir_hash_change(hash_of(map), &c);
}

static int percpu_write(struct weir_map *map, const void *key,
			const void *value, u64 flags)
{
	struct weir_hash_change c = {
		.key = key, .value = value, .flags = flags, .all_cpus = true
	};

	return weir_hash_change(hash_of(map), &c);
}

static int hash_remove(struct weir_map *map, const void *key)
{
	return weir_hash_remove(hash_of(map), key, NULL, 0, NULL);
}

static int hash_take(struct weir_map *map, const void *key, void *value,
		     u64 flags)
{
	return weir_hash_remove(hash_of(map), key, value, flags, NULL);
}

/* Program side of a map of maps: the map itself. */
static void *object_lookup(struct weir_map *map, const void *key)
{
	struct weir_hash *h = hash_of(map);
	struct weir_hash_elem *e = hash_find(h, key);

	return e ? rcu_dereference_raw(*hash_object(h, e)) : NULL;
}

static void put_object(struct weir_hash *h, void *object)
{
	struct weir_map *dead = NULL;

	h->objects->put(object, &dead);
	weir_map_free_dead(dead);
}

static int object_write(struct weir_map *map, const void *key,
			const void *value, u64 flags)
{
	struct weir_hash_change c = { .key = key,
				      .value = value,
				      .flags = flags };
	struct weir_hash *h = hash_of(map);
	void *object = *(void *const *)value;
	int err = h->objects->get(map, object);

	if (err)
		return err;
	err = weir_hash_change(h, &c);
	put_object(h, err ? object : c.gone);
	return err;
}

static int object_remove(struct weir_map *map, const void *key)
{
	struct weir_hash *h = hash_of(map);
	void *object = NULL;
	int err = weir_hash_remove(h, key, NULL, 0, &object);

	put_object(h, object);
	return err;
}

/* Without the lock, unless elements leave the bucket all the time. */
static int hash_read(struct weir_map *map, const void *key, void *value,
		     u64 flags)
{
	struct weir_hash *h = hash_of(map);
	u32 hash = hash_key(h, key);
	struct weir_hash_bucket *b = hash_bucket(h, hash);
	unsigned long state;
	struct weir_hash_elem *e;
	u32 tries, gone;

	/* A lock in an element that is used again is not ours to take. */
	for (tries = 0; tries < TRIES && !(flags & BPF_F_LOCK); tries++) {
		gone = smp_load_acquire(&b->gone);
		e = hash_walk(h, rcu_dereference_raw(b->first), hash, key);
		if (e)
			weir_hash_read_elem(h, e, value, flags);
		smp_rmb();
		if (READ_ONCE(b->gone) == gone)
			return e ? 0 : -ENOENT;
	}
	state = weir_host_spin_lock(&b->lock);
	e = hash_walk(h, b->first, hash, key);
	if (e)
		weir_hash_read_elem(h, e, value, flags);
	weir_host_spin_unlock(&b->lock, state);
	return e ? 0 : -ENOENT;
}

/*
 * The key behind @key in its bucket: true, if there is one. Without a key, or
 * if it has gone: the first of the bucket.
 */
static bool next_in_bucket(struct weir_hash *h, struct weir_hash_bucket *b,
			   u32 hash, const void *key, void *next)
{
	unsigned long state;
	struct weir_hash_elem *e;

	if (!READ_ONCE(b->first))
		return false;
	state = weir_host_spin_lock(&b->lock);
	e = key ? hash_walk(h, b->first, hash, key) : NULL;
	e = e ? e->next : b->first;
	if (e)
		weir_key_load(next, e->key, h->map.def.key_size);
	weir_host_spin_unlock(&b->lock, state);
	return e;
}

/* A key that is not there starts from the front, as in Linux. */
static int hash_next_key(struct weir_map *map, const void *key, void *next)
{
	struct weir_hash *h = hash_of(map);
	u32 hash = key ? hash_key(h, key) : 0;
	u32 i = 0;

	if (key && hash_find(h, key)) {
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
	struct weir_hash *h = hash_of(map);
	struct weir_hash_elem *e;
	u32 i, nr = 0;

	for (i = 0; i <= h->mask; i++) {
		e = rcu_dereference_raw(h->buckets[i].first);
		while (e && (READ_ONCE(e->hash) & h->mask) == i) {
			nr++;
			if (!fn(map, e->key, hash_value(h, e), arg))
				return nr;
			e = rcu_dereference_raw(e->next);
		}
	}
	return nr;
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
	.grown = weir_hash_grown,
	.free = weir_hash_free,
};

const struct weir_map_ops weir_percpu_hash_ops = {
	.name = "percpu_hash",
	.lookup = lookup,
	.lookup_cpu = lookup_cpu,
	.update = update,
	.remove = hash_remove,
	.next_key = hash_next_key,
	.read = hash_read,
	.write = percpu_write,
	.take = hash_take,
	.visit = hash_visit,
	.grown = weir_hash_grown,
	.free = weir_hash_free,
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
	.free = weir_hash_free,
};

const struct weir_map_ops weir_lru_percpu_hash_ops = {
	.name = "lru_percpu_hash",
	.lookup = lru_lookup,
	.lookup_cpu = lookup_cpu,
	.update = update,
	.remove = hash_remove,
	.next_key = hash_next_key,
	.read = hash_read,
	.write = percpu_write,
	.take = hash_take,
	.visit = hash_visit,
	.free = weir_hash_free,
};

const struct weir_map_ops weir_hash_of_maps_ops = {
	.name = "hash_of_maps",
	.lookup = object_lookup,
	.remove = object_remove,
	.next_key = hash_next_key,
	.read = hash_read,
	.write = object_write,
	.grown = weir_hash_grown,
	.free = weir_hash_free,
};
