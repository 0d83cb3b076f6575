/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What elements of maps refer to: programs, or maps. An element holds a
 * reference; readers use an object without one, inside their RCU read side,
 * since whoever gives the last reference back waits for them.
 */
#ifndef WEIR_RUNTIME_MAP_OBJECT_H
#define WEIR_RUNTIME_MAP_OBJECT_H

#include <linux/types.h>
#include "base/map.h"

/**
 * struct weir_map_object_ops - one kind of objects
 * @get:	a reference for an element of @map: 0, or -EINVAL if this one
 *		may not be in it
 * @put:	one back; NULL is allowed. The last one is chained to @dead where
 *		that saves waiting. May sleep
 * @id:		for people
 */
struct weir_map_object_ops {
	int (*get)(struct weir_map *map, void *object);
	void (*put)(void *object, struct weir_map **dead);
	u32 (*id)(const void *object);
};

extern const struct weir_map_object_ops weir_map_object_map;

#endif
