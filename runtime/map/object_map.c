// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Maps as elements of maps. */
#include <linux/kernel.h>
#include <linux/errno.h>
#include "runtime/map/map.h"
#include "runtime/map/object.h"
#include "runtime/map/type.h"

/*
 * What programs were verified against: Linux's rules. The number of elements
 * matters for arrays, unless BPF_F_INNER_MAP says it does not.
 */
static bool is_like(const struct weir_map_def *a, const struct weir_map_def *b)
{
	if (a->type == BPF_MAP_TYPE_ARRAY && !(a->flags & BPF_F_INNER_MAP) &&
	    a->max_entries != b->max_entries)
		return false;
	return a->type == b->type && a->key_size == b->key_size &&
	       a->value_size == b->value_size && a->flags == b->flags &&
	       a->lock_off == b->lock_off && a->timer_off == b->timer_off;
}

static int get(struct weir_map *map, void *object)
{
	struct weir_map *inner = object;

	if (!is_like(&map->inner->def, &inner->def))
		return -EINVAL;
	weir_map_get(inner);
	return 0;
}

static void put(void *object, struct weir_map **dead)
{
	weir_map_put_later(object, dead);
}

static u32 id(const void *object)
{
	return ((const struct weir_map *)object)->id;
}

const struct weir_map_object_ops weir_map_object_map = {
	.get = get,
	.put = put,
	.id = id,
};
