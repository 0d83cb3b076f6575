/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The types of maps: one row of types.def each. What a definition may say is
 * in the row; a type makes a map from a definition that was found good.
 */
#ifndef WEIR_RUNTIME_MAP_TYPE_H
#define WEIR_RUNTIME_MAP_TYPE_H

#include <linux/types.h>
#include <uapi/linux/bpf.h>
#include "base/map.h"

/**
 * struct weir_map_type - one row
 * @ops:	what its maps do
 * @create:	make one; the head is filled in by weir_map_create(), but for
 *		@elem_bytes, @values and @bytes. -EINVAL, -E2BIG, -ENOMEM
 * @key_min:	bytes of a key, at least; less is -EINVAL
 * @key_max:	at most; more is -EINVAL
 * @value_min:	bytes of a value, at least
 * @value_max:	at most; more is -EINVAL
 * @flags:	BPF_F_* it takes
 * @traits:	WEIR_MAP_TYPE_*
 */
struct weir_map_type {
	const struct weir_map_ops *ops;
	int (*create)(const struct weir_map_def *def, struct weir_map **out);
	u32 key_min;
	u32 key_max;
	u32 value_min;
	u32 value_max;
	u32 flags;
	u32 traits;
};

#define WEIR_MAP_TYPE_PERCPU (1u << 0) /* a value for each CPU */
#define WEIR_MAP_TYPE_LOCK (1u << 1) /* values may have a lock */
#define WEIR_MAP_TYPE_TIMER (1u << 2) /* values may have a timer */
#define WEIR_MAP_TYPE_OF_MAPS (1u << 3) /* values are maps */
#define WEIR_MAP_TYPE_PROGS (1u << 6) /* values are programs */
#define WEIR_MAP_TYPE_INNER (1u << 4) /* may be the value of another */
#define WEIR_MAP_TYPE_EXTRA (1u << 5) /* map_extra means something */

/** weir_map_type() - the row of a type, or NULL. */
const struct weir_map_type *weir_map_type(u32 type);

static inline bool weir_map_has(const struct weir_map *map, u32 trait)
{
	return weir_map_type(map->def.type)->traits & trait;
}

/**
 * weir_map_alloc() - a zeroed map, charged to the definition's account
 * @size:	of the type's own structure, which starts with struct weir_map
 * @bytes:	all that the map will take, from the start, @size included
 * @out:	out: give it back with weir_map_dealloc()
 *
 * May sleep. Return: 0, -E2BIG if @bytes are too many, -EDQUOT over a limit of
 * the account, -ENOMEM.
 */
int weir_map_alloc(const struct weir_map_def *def, size_t size, u64 bytes,
		   struct weir_map **out);

/** weir_map_dealloc() - nothing else of it is left. May sleep. */
void weir_map_dealloc(struct weir_map *map);

/**
 * weir_map_grow() - it is about to take so much more
 *
 * Any context. Return: is it allowed?
 */
bool weir_map_grow(const struct weir_map *map, u64 bytes);

/** weir_map_shrink() - what it grew by is given back. Any context. */
void weir_map_shrink(const struct weir_map *map, u64 bytes);

/** weir_map_no_lookup() - weir_map_ops.lookup of those without keys: NULL. */
void *weir_map_no_lookup(struct weir_map *map, const void *key);

/* What each type brings: its functions, and how one is made. */
#define _(type, name, kmin, kmax, vmin, vmax, flags, traits)     \
	extern const struct weir_map_ops weir_##name##_ops;      \
	int weir_##name##_create(const struct weir_map_def *def, \
				 struct weir_map **out);
#include "runtime/map/types.def"
#undef _

#endif
