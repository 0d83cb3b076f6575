// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lookups in hash maps that are known when the program is compiled, by the size
 * of their keys: machine code calls these instead of map_lookup_elem.
 */
#include <linux/kernel.h>
#include "base/run.h"
#include "runtime/helpers.h"
#include "runtime/map/hash_find.h"

/* Sound: the map has values of all CPUs, and run->cpu is one of them. */
static __always_inline u64 look(const struct weir_run *run, u64 map, u64 key,
				u32 size)
{
	const struct weir_hash *h = hash_of(weir_helper_pointer(map));
	struct weir_hash_elem *e =
		hash_find_sized(h, weir_helper_pointer(key), size);

	if (!e)
		return 0;
	if (h->is_lru)
		hash_mark(e);
	if (!h->is_percpu)
		return (uintptr_t)&e->key[weir_key_words(size)];
	return (uintptr_t)hash_percpu(h, e) + run->cpu * h->cpu_stride;
}

WEIR_HELPER(hash_lookup_4)
{
	return look(run, a, b, 4);
}

WEIR_HELPER(hash_lookup_8)
{
	return look(run, a, b, 8);
}

WEIR_HELPER(hash_lookup_16)
{
	return look(run, a, b, 16);
}

WEIR_HELPER(hash_lookup)
{
	const struct weir_map *map = weir_helper_pointer(a);

	return look(run, a, b, map->def.key_size);
}
