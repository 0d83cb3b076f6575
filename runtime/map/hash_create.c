// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Hash maps: how they are made, and what memory they take. See hash.h. */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "base/host.h"
#include "runtime/map/hash.h"
#include "runtime/map/map.h"
#include "runtime/map/type.h"
#include "runtime/map/value.h"

#define RESCHED 65536 /* steps of a loop over all that one map can have */

void weir_hash_loose_free(struct weir_host_defer *defer)
{
	weir_host_free(container_of(defer, struct weir_hash_loose, defer));
}

/* Elements in the map, when nobody else is there any more. */
static void put_objects(struct weir_hash *h)
{
	struct weir_map *dead = NULL;
	struct weir_hash_elem *e;
	u32 i;

	for (i = 0; h->buckets && i <= h->mask; i++)
		for (e = h->buckets[i].first; e; e = e->next)
			h->objects->put(*hash_object(h, e), &dead);
	weir_map_free_dead(dead);
}

/* What was deferred is only memory, and needs no map. */
static void free_loose(struct weir_hash *h)
{
	struct weir_hash_elem *e, *next;
	u32 i;

	for (i = 0; h->buckets && i <= h->mask; i++) {
		for (e = h->buckets[i].first; e; e = next) {
			next = e->next;
			weir_hash_loose_free(
				&container_of(e, struct weir_hash_loose, elem)
					 ->defer);
		}
	}
}

void weir_hash_free(struct weir_map *map)
{
	struct weir_hash *h = hash_of(map);

	if (h->objects)
		put_objects(h);
	if (!h->nr_elems) {
		weir_map_shrink(map, weir_hash_grown(map));
		free_loose(h);
	}
	weir_host_free(h->elems);
	weir_host_free(h->percpu);
	weir_freelist_exit(&h->free);
	weir_host_free(h->buckets);
	weir_map_dealloc(map);
}

u64 weir_hash_loose_bytes(const struct weir_hash *h)
{
	u64 bytes = offsetof(struct weir_hash_loose, elem) + h->elem_size;

	return h->is_percpu ? bytes + (u64)h->cpu_stride * h->nr_cpus : bytes;
}

u64 weir_hash_grown(const struct weir_map *map)
{
	const struct weir_hash *h = hash_of(map);

	return h->elems ? 0 : weir_hash_loose_bytes(h) * READ_ONCE(h->count);
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
static u64 set_shape(struct weir_hash *h, const struct weir_map_def *def)
{
	bool prealloc = !(def->flags & BPF_F_NO_PREALLOC);
	u32 elem_bytes = h->map.elem_bytes;
	u64 bytes = sizeof(*h), stride;

	h->mask = nr_buckets(def->max_entries) - 1;
	h->key_words = weir_key_words(def->key_size);
	h->elem_size = sizeof(struct weir_hash_elem) + h->key_words * 8 +
		       (h->is_percpu ? 8 : elem_bytes);
	h->max = def->max_entries;
	bytes += ((u64)h->mask + 1) * sizeof(struct weir_hash_bucket);
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

static int prealloc(struct weir_hash *h)
{
	struct weir_hash_elem *e;
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
		if (i % RESCHED == 0)
			weir_host_resched();
		e = hash_elem_at(h, i);
		e->state = WEIR_ELEM_UNUSED;
		if (h->is_percpu)
			*(u8 **)(void *)&e->key[h->key_words] =
				h->percpu + (size_t)i * h->map.elem_bytes;
		weir_freelist_spread(&h->free, &e->free, i);
	}
	return 0;
}

static int alloc_buckets(struct weir_hash *h)
{
	u32 i;

	h->buckets = weir_host_alloc(((size_t)h->mask + 1) *
				     sizeof(struct weir_hash_bucket));
	if (!h->buckets)
		return -ENOMEM;
	for (i = 0; i <= h->mask; i++) {
		if (i % RESCHED == 0)
			weir_host_resched();
		weir_host_spin_init(&h->buckets[i].lock, WEIR_SPIN_MAP);
	}
	return 0;
}

/* Maps that grow do so up to the limit of memory, and not beyond. */
static void limit_growth(struct weir_hash *h)
{
	u64 room = div64_u64(WEIR_MAX_MAP_BYTES - h->map.bytes,
			     weir_hash_loose_bytes(h));

	if (room < h->max)
		h->max = (u32)room;
}

static int create(const struct weir_map_def *def, struct weir_hash shape,
		  struct weir_map **out)
{
	struct weir_map *map;
	struct weir_hash *h;
	u64 bytes;
	int err;

	if (!nr_buckets(def->max_entries))
		return -E2BIG;
	shape.map.elem_bytes = ALIGN(def->value_size, 8);
	shape.nr_cpus = shape.is_percpu ? weir_host_nr_cpus() : 1;
	bytes = set_shape(&shape, def);
	err = weir_map_alloc(def, sizeof(*h), bytes, &map);
	if (err)
		return err;
	h = hash_of(map);
	shape.map.bytes = map->bytes;
	shape.map.account = map->account;
	*h = shape;
	if (!(def->flags & BPF_F_ZERO_SEED)) {
		h->seed.lo = weir_host_random();
		h->seed.hi = weir_host_random();
	}
	err = alloc_buckets(h);
	if (!err && h->nr_elems)
		err = prealloc(h);
	if (err) {
		weir_hash_free(map);
		return err;
	}
	if (!h->elems)
		limit_growth(h);
	*out = map;
	return 0;
}

int weir_hash_create(const struct weir_map_def *def, struct weir_map **out)
{
	return create(def, (struct weir_hash){ 0 }, out);
}

int weir_percpu_hash_create(const struct weir_map_def *def,
			    struct weir_map **out)
{
	return create(def, (struct weir_hash){ .is_percpu = true }, out);
}

int weir_lru_hash_create(const struct weir_map_def *def, struct weir_map **out)
{
	return create(def, (struct weir_hash){ .is_lru = true }, out);
}

int weir_lru_percpu_hash_create(const struct weir_map_def *def,
				struct weir_map **out)
{
	const struct weir_hash shape = { .is_percpu = true, .is_lru = true };

	return create(def, shape, out);
}

int weir_hash_of_maps_create(const struct weir_map_def *def,
			     struct weir_map **out)
{
	const struct weir_hash shape = { .objects = &weir_map_object_map };

	return create(def, shape, out);
}
