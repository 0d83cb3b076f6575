/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Words for tests of maps. */
#ifndef SELFTESTS_UNIT_MAP_TEST_H
#define SELFTESTS_UNIT_MAP_TEST_H

#include <linux/types.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <uapi/linux/bpf.h>
#include "base/host.h"
#include "runtime/map/map.h"
#include "runtime/map/type.h"
#include "runtime/map/user.h"
#include "selftests/harness.h"

static inline struct weir_map_def
map_def(u32 type, u32 key_size, u32 value_size, u32 max_entries, u32 flags)
{
	return (struct weir_map_def){
		.type = type,
		.key_size = key_size,
		.value_size = value_size,
		.max_entries = max_entries,
		.flags = flags,
		.lock_off = WEIR_NO_FIELD,
		.timer_off = WEIR_NO_FIELD,
		.name = "test",
	};
}

/* The error of making one that is given back at once. */
static inline int def_err(const struct weir_map_def *def,
			  struct weir_map *inner)
{
	struct weir_map *map;
	int err = weir_map_create(def, inner, &map);

	if (!err)
		weir_map_user_put(map);
	return err;
}

/* A map that the test needs. */
static inline struct weir_map *new_map(u32 type, u32 key_size, u32 value_size,
				       u32 max_entries, u32 flags)
{
	struct weir_map_def def =
		map_def(type, key_size, value_size, max_entries, flags);
	struct weir_map *map;
	int err = weir_map_create(&def, NULL, &map);

	if (err)
		ksft_exit_fail_msg("no map of type %u: %d\n", type, err);
	return map;
}

#define MAX_CPUS 256

/* Maps from u32 to u64; per-CPU ones get the same for all. */
static inline int set(struct weir_map *map, u32 key, u64 value)
{
	u64 values[MAX_CPUS];

	for (u32 cpu = 0; cpu < MAX_CPUS; cpu++)
		values[cpu] = value;
	return weir_map_user_update(map, &key, values, BPF_ANY);
}

static inline int del(struct weir_map *map, u32 key)
{
	return weir_map_user_delete(map, &key);
}

static inline int get(struct weir_map *map, u32 key, u64 *value)
{
	return weir_map_user_lookup(map, &key, value, 0);
}

static inline bool has(struct weir_map *map, u32 key, u64 value)
{
	u64 got;

	return !get(map, key, &got) && got == value;
}

/* Keys of a map with u32 keys, by walking. */
static inline u32 nr_keys(struct weir_map *map)
{
	u32 key, nr = 0;
	int err = weir_map_user_next_key(map, NULL, &key);

	for (; !err && nr < 1000000; nr++)
		err = weir_map_user_next_key(map, &key, &key);
	return nr;
}

#endif
