// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The table of helpers that want maps of certain types. */
#include <linux/kernel.h>
#include <linux/bits.h>
#include <linux/types.h>
#include <uapi/linux/bpf.h>
#include "base/map.h"
#include "verifier/compat.h"
#include "verifier/object.h"
#include "verifier/value.h"

#define TYPE(name) BIT(BPF_MAP_TYPE_##name)
#define HASHES                                             \
	(TYPE(HASH) | TYPE(PERCPU_HASH) | TYPE(LRU_HASH) | \
	 TYPE(LRU_PERCPU_HASH))
#define ARRAYS (TYPE(ARRAY) | TYPE(PERCPU_ARRAY))
#define KEYED (HASHES | ARRAYS | TYPE(LPM_TRIE))
#define MAPS (TYPE(ARRAY_OF_MAPS) | TYPE(HASH_OF_MAPS))
#define QUEUES (TYPE(QUEUE) | TYPE(STACK))
#define BLOOM TYPE(BLOOM_FILTER)
#define PER_CPU (TYPE(PERCPU_ARRAY) | TYPE(PERCPU_HASH) | TYPE(LRU_PERCPU_HASH))

static const struct {
	u32 helper;
	u32 types;
} compat[] = {
	{ BPF_FUNC_map_lookup_elem, KEYED | MAPS },
	{ BPF_FUNC_map_update_elem, KEYED },
	{ BPF_FUNC_map_delete_elem, KEYED },
	{ BPF_FUNC_map_lookup_percpu_elem, PER_CPU },
	{ BPF_FUNC_map_push_elem, QUEUES | BLOOM },
	{ BPF_FUNC_map_peek_elem, QUEUES | BLOOM },
	{ BPF_FUNC_map_pop_elem, QUEUES },
	{ BPF_FUNC_for_each_map_elem, HASHES | ARRAYS },
	{ BPF_FUNC_tail_call, TYPE(PROG_ARRAY) },
	{ BPF_FUNC_perf_event_output, TYPE(PERF_EVENT_ARRAY) },
	{ BPF_FUNC_ringbuf_output, TYPE(RINGBUF) },
	{ BPF_FUNC_ringbuf_reserve, TYPE(RINGBUF) },
	{ BPF_FUNC_ringbuf_query, TYPE(RINGBUF) },
	{ BPF_FUNC_timer_init, TYPE(ARRAY) | TYPE(HASH) | TYPE(LRU_HASH) },
};

bool weir_compat_allows(u32 helper, u32 type)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(compat); i++)
		if (compat[i].helper == helper)
			return type < 32 && compat[i].types >> type & 1;
	return true;
}

bool weir_compat_writes(u32 helper)
{
	switch (helper) {
	case BPF_FUNC_map_update_elem:
	case BPF_FUNC_map_delete_elem:
	case BPF_FUNC_map_push_elem:
	case BPF_FUNC_map_pop_elem:
		return true;
	default:
		return false;
	}
}

enum weir_compat_fill weir_compat_fills(const struct weir_prog *prog,
					const struct weir_value *v)
{
	const struct weir_map *map;
	bool fills = false, reads = false;
	u64 rest = v->maps;

	while ((map = weir_object_next(prog, v, &rest))) {
		if (map->def.type == BPF_MAP_TYPE_BLOOM_FILTER)
			reads = true;
		else
			fills = true;
	}
	if (!reads)
		return WEIR_FILLS_ALL;
	return fills ? WEIR_FILLS_SOME : WEIR_FILLS_NONE;
}

const char *weir_compat_type(u32 type)
{
	static const char *const name[] = {
		[BPF_MAP_TYPE_HASH] = "hash",
		[BPF_MAP_TYPE_ARRAY] = "array",
		[BPF_MAP_TYPE_PROG_ARRAY] = "prog_array",
		[BPF_MAP_TYPE_PERF_EVENT_ARRAY] = "perf_event_array",
		[BPF_MAP_TYPE_PERCPU_HASH] = "percpu_hash",
		[BPF_MAP_TYPE_PERCPU_ARRAY] = "percpu_array",
		[BPF_MAP_TYPE_LRU_HASH] = "lru_hash",
		[BPF_MAP_TYPE_LRU_PERCPU_HASH] = "lru_percpu_hash",
		[BPF_MAP_TYPE_LPM_TRIE] = "lpm_trie",
		[BPF_MAP_TYPE_ARRAY_OF_MAPS] = "array_of_maps",
		[BPF_MAP_TYPE_HASH_OF_MAPS] = "hash_of_maps",
		[BPF_MAP_TYPE_QUEUE] = "queue",
		[BPF_MAP_TYPE_STACK] = "stack",
		[BPF_MAP_TYPE_RINGBUF] = "ringbuf",
		[BPF_MAP_TYPE_BLOOM_FILTER] = "bloom_filter",
	};

	return type < ARRAY_SIZE(name) && name[type] ? name[type] : "?";
}
