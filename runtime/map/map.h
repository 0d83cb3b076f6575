/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The life of a map: made from a definition, held by references, freed a grace
 * period after the last one.
 *
 * Users (descriptors, handles of a library) count twice: as references, and by
 * themselves. When the last of them is gone, nobody can change the map any
 * more, and a program array lets its programs go: a program that is in the
 * array it calls through would hold itself for ever.
 */
#ifndef WEIR_RUNTIME_MAP_H
#define WEIR_RUNTIME_MAP_H

#include <linux/types.h>
#include "base/map.h"

/**
 * weir_map_create() - make a map
 * @def:	what it is to be; copied
 * @inner:	map of maps: one that the inner ones look like; its definition is
 *		copied. Else NULL
 * @out:	out: the map; its creator is its first user. Give it back with
 *		weir_map_user_put()
 *
 * Linux's rules, and Weir's limits (WEIR_MAX_KEY, WEIR_MAX_VALUE,
 * WEIR_MAX_MAP_BYTES). May sleep.
 * Return: 0; -EINVAL what is no such map; -E2BIG over a limit; -EOPNOTSUPP where
 * Linux says ENOTSUPP, which users have no word for; -ENOMEM.
 */
int weir_map_create(const struct weir_map_def *def, struct weir_map *inner,
		    struct weir_map **out);

/** weir_map_user_get() - one more user. Return: @map. Any context. */
struct weir_map *weir_map_user_get(struct weir_map *map);

/** weir_map_user_put() - one less. NULL is allowed. May sleep. */
void weir_map_user_put(struct weir_map *map);

/**
 * weir_map_put_later() - give a reference back, and free without waiting
 * @map:	NULL is allowed
 * @dead:	chain of maps that nobody holds any more; starts as NULL
 *
 * For many at once: weir_map_free_dead() then waits for readers only once.
 */
void weir_map_put_later(struct weir_map *map, struct weir_map **dead);

/** weir_map_free_dead() - free a chain, after a grace period. May sleep. */
void weir_map_free_dead(struct weir_map *dead);

/** weir_map_bytes() - memory that the map takes now. Any context. */
u64 weir_map_bytes(const struct weir_map *map);

/** weir_map_type_name() - as bpftool names it; NULL: there is no such type. */
const char *weir_map_type_name(u32 type);

/** weir_map_type_by_name() - the other way round; 0: there is no such type. */
u32 weir_map_type_by_name(const char *name);

#endif
