// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A map's life: references, and the end after a grace period. */
#include <linux/kernel.h>
#include "base/host.h"
#include "base/map.h"

struct weir_map *weir_map_get(struct weir_map *map)
{
	weir_host_ref_get(&map->refs);
	return map;
}

void weir_map_put(struct weir_map *map)
{
	if (!map || !weir_host_ref_put(&map->refs))
		return;
	weir_host_rcu_wait();
	weir_map_put(map->inner);
	map->ops->free(map);
}
