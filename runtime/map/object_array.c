// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Arrays of objects: program arrays and arrays of maps. An element is one
 * pointer. Users exchange it; readers load it.
 */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "base/host.h"
#include "base/prog.h"
#include "runtime/loaded.h"
#include "runtime/map/index.h"
#include "runtime/map/map.h"
#include "runtime/map/object.h"
#include "runtime/map/prog_array.h"
#include "runtime/map/type.h"

/**
 * struct object_array - both kinds
 * @kind:	program arrays: enum weir_kind of all of them, 0: still open
 */
struct object_array {
	struct weir_map map;
	const struct weir_map_object_ops *objects;
	u32 kind;
	void *slot[];
};

static struct object_array *array_of(const struct weir_map *map)
{
	return container_of((struct weir_map *)map, struct object_array, map);
}

static void *at(struct weir_map *map, u32 index)
{
	if (index >= map->def.max_entries)
		return NULL;
	return rcu_dereference_raw(array_of(map)->slot[index]);
}

static void *lookup(struct weir_map *map, const void *key)
{
	return at(map, weir_index_of(key));
}

struct weir_loaded *weir_prog_array_at(struct weir_map *map, u32 index)
{
	return at(map, index);
}

int weir_prog_array_claim(struct weir_map *map, u32 kind)
{
	u32 owner = cmpxchg(&array_of(map)->kind, 0, kind);

	return !owner || owner == kind ? 0 : -EINVAL;
}

static int prog_get(struct weir_map *map, void *object)
{
	struct weir_loaded *loaded = object;
	int err = weir_prog_array_claim(map, loaded->prog->kind);

	if (err)
		return err;
	weir_loaded_get(loaded);
	WRITE_ONCE(loaded->shared, true);
	return 0;
}

static void prog_put(void *object, struct weir_map **dead)
{
	(void)dead;
	weir_loaded_put(object);
}

static u32 prog_id(const void *object)
{
	return ((const struct weir_loaded *)object)->id;
}

static const struct weir_map_object_ops object_prog = {
	.get = prog_get,
	.put = prog_put,
	.id = prog_id,
};

/* Put @new, or nothing, where something or nothing was. May sleep. */
static void *exchange(struct object_array *a, u32 index, void *new)
{
	struct weir_map *dead = NULL;
	void *old = xchg(&a->slot[index], new);

	a->objects->put(old, &dead);
	weir_map_free_dead(dead);
	return old;
}

static int array_write(struct weir_map *map, const void *key, const void *value,
		       u64 flags)
{
	struct object_array *a = array_of(map);
	u32 index = weir_index_of(key);
	void *object;
	int err;

	if (flags != BPF_ANY)
		return -EINVAL;
	if (index >= map->def.max_entries)
		return -E2BIG;
	memcpy(&object, value, sizeof(object));
	err = a->objects->get(map, object);
	if (!err)
		exchange(a, index, object);
	return err;
}

static int array_remove(struct weir_map *map, const void *key)
{
	u32 index = weir_index_of(key);

	if (index >= map->def.max_entries)
		return -E2BIG;
	return exchange(array_of(map), index, NULL) ? 0 : -ENOENT;
}

static int array_read(struct weir_map *map, const void *key, void *value,
		      u64 flags)
{
	void *object = lookup(map, key);
	u32 id;

	if (flags)
		return -EINVAL;
	if (!object)
		return -ENOENT;
	id = array_of(map)->objects->id(object);
	memcpy(value, &id, sizeof(id));
	return 0;
}

static void clear(struct object_array *a)
{
	struct weir_map *dead = NULL;
	u32 i;

	for (i = 0; i < a->map.def.max_entries; i++)
		a->objects->put(xchg(&a->slot[i], NULL), &dead);
	weir_map_free_dead(dead);
}

static void array_release(struct weir_map *map)
{
	clear(array_of(map));
}

static void array_free(struct weir_map *map)
{
	clear(array_of(map));
	weir_map_dealloc(map);
}

static int create(const struct weir_map_def *def,
		  const struct weir_map_object_ops *objects,
		  struct weir_map **out)
{
	u64 bytes = sizeof(struct object_array) +
		    (u64)def->max_entries * sizeof(void *);
	int err = weir_map_alloc(def, (size_t)bytes, bytes, out);

	if (err)
		return err;
	array_of(*out)->objects = objects;
	(*out)->elem_bytes = 8;
	return 0;
}

int weir_prog_array_create(const struct weir_map_def *def,
			   struct weir_map **out)
{
	return create(def, &object_prog, out);
}

int weir_array_of_maps_create(const struct weir_map_def *def,
			      struct weir_map **out)
{
	return create(def, &weir_map_object_map, out);
}

const struct weir_map_ops weir_prog_array_ops = {
	.name = "prog_array",
	.lookup = lookup,
	.remove = array_remove,
	.next_key = weir_index_next,
	.read = array_read,
	.write = array_write,
	.release = array_release,
	.free = array_free,
};

const struct weir_map_ops weir_array_of_maps_ops = {
	.name = "array_of_maps",
	.lookup = lookup,
	.remove = array_remove,
	.next_key = weir_index_next,
	.read = array_read,
	.write = array_write,
	.free = array_free,
};
