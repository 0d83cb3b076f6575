// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Arrays, shared and per CPU: all elements are there from the start, zeroed,
 * and stay. A lookup is an addition.
 *
 * A value of the shared array lies at values + index * elem_bytes; one of the
 * per-CPU array lies in the part of its CPU:
 *
 *	| CPU 0: value 0, value 1, ... | CPU 1: value 0, value 1, ... | ...
 *	 <------- cpu_stride --------->
 */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/string.h>
#include "base/host.h"
#include "runtime/map/index.h"
#include "runtime/map/percpu.h"
#include "runtime/map/type.h"
#include "runtime/map/value.h"

/**
 * struct array - both kinds
 * @values:	where they lie
 * @pages:	what @values are part of, if users may map them
 */
struct array {
	struct weir_map map;
	u8 *values;
	struct weir_host_pages pages;
	u32 nr_cpus;
};

static struct array *array_of(const struct weir_map *map)
{
	return container_of((struct weir_map *)map, struct array, map);
}

static u8 *value_of(const struct array *a, u32 cpu, u32 index)
{
	return a->values + cpu * a->map.cpu_stride +
	       (size_t)index * a->map.elem_bytes;
}

static void *array_lookup(struct weir_map *map, const void *key)
{
	u32 index = weir_index_of(key);

	if (index >= map->def.max_entries)
		return NULL;
	return map->values + (size_t)index * map->elem_bytes;
}

static void *percpu_lookup(struct weir_map *map, const void *key)
{
	struct array *a = array_of(map);
	u32 index = weir_index_of(key);

	if (index >= map->def.max_entries)
		return NULL;
	return value_of(a, weir_percpu_this(a->nr_cpus), index);
}

static void *percpu_lookup_cpu(struct weir_map *map, const void *key, u32 cpu)
{
	struct array *a = array_of(map);
	u32 index = weir_index_of(key);

	if (index >= map->def.max_entries || cpu >= a->nr_cpus)
		return NULL;
	return value_of(a, cpu, index);
}

/* All elements exist: BPF_NOEXIST cannot be. As Linux, in this order. */
static int check_update(const struct weir_map *map, u32 index, u64 flags)
{
	if ((flags & ~BPF_F_LOCK) > BPF_EXIST)
		return -EINVAL;
	if (index >= map->def.max_entries)
		return -E2BIG;
	if (flags & BPF_NOEXIST)
		return -EEXIST;
	if ((flags & BPF_F_LOCK) && map->def.lock_off == WEIR_NO_FIELD)
		return -EINVAL;
	return 0;
}

static int array_update(struct weir_map *map, const void *key,
			const void *value, u64 flags)
{
	u32 index = weir_index_of(key);
	int err = check_update(map, index, flags);

	if (!err)
		weir_value_write(map, value_of(array_of(map), 0, index), value,
				 flags);
	return err;
}

static int percpu_update(struct weir_map *map, const void *key,
			 const void *value, u64 flags)
{
	struct array *a = array_of(map);
	u32 index = weir_index_of(key);
	int err = check_update(map, index, flags);

	if (!err)
		weir_value_store(value_of(a, weir_percpu_this(a->nr_cpus),
					  index),
				 value, map->def.value_size);
	return err;
}

static int array_remove(struct weir_map *map, const void *key)
{
	(void)map;
	(void)key;
	return -EINVAL;
}

static int array_read(struct weir_map *map, const void *key, void *value,
		      u64 flags)
{
	const void *from = array_lookup(map, key);

	if (!from)
		return -ENOENT;
	weir_value_read(map, value, from, flags);
	return 0;
}

static int percpu_read(struct weir_map *map, const void *key, void *value,
		       u64 flags)
{
	struct array *a = array_of(map);
	u32 index = weir_index_of(key);

	(void)flags;
	if (index >= map->def.max_entries)
		return -ENOENT;
	weir_percpu_read(map, value, value_of(a, 0, index), a->map.cpu_stride,
			 a->nr_cpus);
	return 0;
}

static int percpu_write(struct weir_map *map, const void *key,
			const void *value, u64 flags)
{
	struct array *a = array_of(map);
	u32 index = weir_index_of(key);
	int err = check_update(map, index, flags);

	if (!err)
		weir_percpu_write(map, value_of(a, 0, index), a->map.cpu_stride,
				  a->nr_cpus, value);
	return err;
}

static u32 array_visit(struct weir_map *map, weir_map_visit_fn fn, void *arg)
{
	const struct array *a = array_of(map);
	u32 cpu = weir_percpu_this(a->nr_cpus);
	u32 index;

	for (index = 0; index < map->def.max_entries; index++)
		if (!fn(map, &index, value_of(a, cpu, index), arg))
			return index + 1;
	return index;
}

static int array_mapping(struct weir_map *map, struct weir_map_mapping *out)
{
	struct array *a = array_of(map);

	if (!a->pages.addr)
		return -EOPNOTSUPP;
	out->addr = a->pages.addr;
	out->bytes = a->pages.bytes;
	out->writable = map->def.flags & BPF_F_RDONLY ? 0 : out->bytes;
	return 0;
}

static void array_free(struct weir_map *map)
{
	struct array *a = array_of(map);

	if (a->pages.addr)
		weir_host_pages_free(&a->pages);
	else
		weir_host_free(a->values);
	weir_map_dealloc(map);
}

static int create(const struct weir_map_def *def, u32 nr_cpus,
		  struct array **out)
{
	u32 elem_bytes = ALIGN(def->value_size, 8);
	u64 stride = (u64)elem_bytes * def->max_entries;
	bool mapped = def->flags & BPF_F_MMAPABLE;
	struct weir_map *map;
	struct array *a;
	int err;

	if (nr_cpus > 1)
		stride = ALIGN(stride, WEIR_PERCPU_ALIGN);
	if (mapped)
		stride = ALIGN(stride, (u64)weir_host_page_bytes());
	/* The first test keeps the product of the second in its 64 bits. */
	if (stride > WEIR_MAX_MAP_BYTES)
		return -E2BIG;
	err = weir_map_alloc(def, sizeof(*a), sizeof(*a) + stride * nr_cpus,
			     &map);
	if (err)
		return err;
	a = array_of(map);
	map->elem_bytes = elem_bytes;
	a->nr_cpus = nr_cpus;
	a->map.cpu_stride = nr_cpus > 1 ? (size_t)stride : 0;
	if (!mapped)
		a->values = weir_host_alloc((size_t)stride * nr_cpus);
	else if (!weir_host_pages_alloc(&a->pages, (size_t)stride, 0))
		a->values = a->pages.addr;
	if (!a->values) {
		weir_map_dealloc(map);
		return -ENOMEM;
	}
	*out = a;
	return 0;
}

int weir_array_create(const struct weir_map_def *def, struct weir_map **out)
{
	struct array *a;
	int err = create(def, 1, &a);

	if (err)
		return err;
	a->map.values = a->values;
	*out = &a->map;
	return 0;
}

int weir_percpu_array_create(const struct weir_map_def *def,
			     struct weir_map **out)
{
	struct array *a;
	int err = create(def, weir_host_nr_cpus(), &a);

	if (err)
		return err;
	a->map.percpu = a->values;
	*out = &a->map;
	return 0;
}

const struct weir_map_ops weir_array_ops = {
	.name = "array",
	.lookup = array_lookup,
	.update = array_update,
	.remove = array_remove,
	.next_key = weir_index_next,
	.read = array_read,
	.visit = array_visit,
	.mapping = array_mapping,
	.free = array_free,
};

const struct weir_map_ops weir_percpu_array_ops = {
	.name = "percpu_array",
	.lookup = percpu_lookup,
	.lookup_cpu = percpu_lookup_cpu,
	.update = percpu_update,
	.remove = array_remove,
	.next_key = weir_index_next,
	.read = percpu_read,
	.write = percpu_write,
	.visit = array_visit,
	.free = array_free,
};
