// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Maps, as programs reach them. What a type has not is -EOPNOTSUPP; the verifier
 * refuses what it can know.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <uapi/linux/bpf.h>
#include "base/host.h"
#include "base/map.h"
#include "base/run.h"
#include "runtime/callback.h"
#include "runtime/helpers.h"

static struct weir_map *map_at(u64 address)
{
	return weir_helper_pointer(address);
}

static u64 result(int err)
{
	return (u64)(s64)err;
}

/* A map in a map comes back as the map itself. */
WEIR_HELPER(map_lookup_elem)
{
	struct weir_map *map = map_at(a);

	return (uintptr_t)map->ops->lookup(map, weir_helper_pointer(b));
}

WEIR_HELPER(map_lookup_percpu_elem)
{
	struct weir_map *map = map_at(a);

	if (!map->ops->lookup_cpu)
		return 0;
	return (uintptr_t)map->ops->lookup_cpu(map, weir_helper_pointer(b),
					       (u32)c);
}

WEIR_HELPER(map_update_elem)
{
	struct weir_map *map = map_at(a);

	if (!map->ops->update)
		return result(-EOPNOTSUPP);
	return result(map->ops->update(map, weir_helper_pointer(b),
				       weir_helper_pointer(c), d));
}

WEIR_HELPER(map_delete_elem)
{
	struct weir_map *map = map_at(a);

	if (!map->ops->remove || !map->ops->update) /* users only */
		return result(-EOPNOTSUPP);
	return result(map->ops->remove(map, weir_helper_pointer(b)));
}

WEIR_HELPER(map_push_elem)
{
	struct weir_map *map = map_at(a);

	if (!map->ops->push)
		return result(-EOPNOTSUPP);
	return result(map->ops->push(map, weir_helper_pointer(b), c));
}

/* Whatever happens, all of the value is written: the verifier relies on it. */
WEIR_HELPER(map_pop_elem)
{
	struct weir_map *map = map_at(a);
	void *value = weir_helper_pointer(b);
	int err = map->ops->pop ? map->ops->pop(map, value) : -EOPNOTSUPP;

	if (err)
		memset(value, 0, map->def.value_size);
	return result(err);
}

/* Of a bloom filter the value is what is looked for, and stays. */
WEIR_HELPER(map_peek_elem)
{
	struct weir_map *map = map_at(a);
	void *value = weir_helper_pointer(b);
	int err = map->ops->peek ? map->ops->peek(map, value) : -EOPNOTSUPP;

	if (err && map->def.type != BPF_MAP_TYPE_BLOOM_FILTER)
		memset(value, 0, map->def.value_size);
	return result(err);
}

/* One pass over a map for a program. */
struct walk {
	struct weir_run *run;
	u64 func;
	u64 context;
	u32 nr;
};

static bool visit(struct weir_map *map, const void *key, void *value, void *arg)
{
	struct walk *walk = arg;

	walk->nr++;
	return !weir_callback(walk->run, walk->func, (uintptr_t)map,
			      (uintptr_t)key, (uintptr_t)value,
			      walk->context) &&
	       !weir_callback_ended(walk->run);
}

/* As in Linux: the element at which the function said stop counts. */
WEIR_HELPER(for_each_map_elem)
{
	struct weir_map *map = map_at(a);
	struct walk walk = { .run = run, .func = b, .context = c };

	if (d)
		return result(-EINVAL);
	if (!map->ops->visit)
		return result(-EOPNOTSUPP);
	map->ops->visit(map, visit, &walk);
	return walk.nr;
}
