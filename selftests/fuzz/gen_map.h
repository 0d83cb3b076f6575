/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps that every random program may use, by their indexes. */
#ifndef SELFTESTS_FUZZ_GEN_MAP_H
#define SELFTESTS_FUZZ_GEN_MAP_H

#include <linux/types.h>

/* name, type, bytes of a key, of a value, entries */
#define GEN_MAPS(_)                                         \
	_(ARRAY, BPF_MAP_TYPE_ARRAY, 4, 16, 4)              \
	_(HASH, BPF_MAP_TYPE_HASH, 4, 16, 8)                \
	_(CPU_ARRAY, BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 4)    \
	_(CPU_HASH, BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 8)      \
	_(LRU, BPF_MAP_TYPE_LRU_HASH, 4, 8, 256)            \
	_(CPU_LRU, BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8, 256) \
	_(TRIE, BPF_MAP_TYPE_LPM_TRIE, 8, 8, 16)            \
	_(ONE, BPF_MAP_TYPE_ARRAY, 4, 32, 1)                \
	_(QUEUE, BPF_MAP_TYPE_QUEUE, 0, 8, 4)               \
	_(STACK, BPF_MAP_TYPE_STACK, 0, 8, 4)               \
	_(BLOOM, BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 64)       \
	_(RING, BPF_MAP_TYPE_RINGBUF, 0, 0, 65536)          \
	_(INNER, BPF_MAP_TYPE_ARRAY, 4, 16, 4)              \
	_(OUTER, BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 2)       \
	_(SOCKET_PROGS, BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 8)   \
	_(TC_PROGS, BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 8)       \
	_(XDP_PROGS, BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 8)

enum gen_map_index {
#define _(name, type, key, value, entries) GEN_MAP_##name,
	GEN_MAPS(_)
#undef _
	GEN_NR_MAPS
};

/** struct gen_map - one of them */
struct gen_map {
	const char *name;
	u32 type;
	u32 key_size;
	u32 value_size;
	u32 entries;
};

extern const struct gen_map gen_maps[GEN_NR_MAPS];

#endif
