/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Keys of arrays: an index, all of which are there. */
#ifndef WEIR_RUNTIME_MAP_INDEX_H
#define WEIR_RUNTIME_MAP_INDEX_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/map.h"

/** weir_index_of() - the index that a key is, any alignment. */
static inline u32 weir_index_of(const void *key)
{
	u32 index;

	memcpy(&index, key, sizeof(index));
	return index;
}

/** weir_index_next() - next_key of every array, see struct weir_map_ops. */
static inline int weir_index_next(struct weir_map *map, const void *key,
				  void *next)
{
	u32 index = key ? weir_index_of(key) : U32_MAX;

	if (index == map->def.max_entries - 1)
		return -ENOENT;
	index = index < map->def.max_entries ? index + 1 : 0;
	memcpy(next, &index, sizeof(index));
	return 0;
}

#endif
