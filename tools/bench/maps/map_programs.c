// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One program per operation on a map, ROUNDS times with changing keys, and `base`
 * and `base_wide`, which make the same keys and do nothing with them. What an
 * operation costs is the difference, by round. tools/bench/map_ops.c runs them.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define ROUNDS 100
#define KEYS 1024

#define MAP(NAME, TYPE, KEY, VALUE, ENTRIES)       \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_##TYPE); \
		__uint(max_entries, ENTRIES);      \
		__type(key, KEY);                  \
		__type(value, VALUE);              \
	} NAME SEC(".maps")

struct wide {
	__u32 word[4];
};

struct prefix {
	__u32 bits;
	__u32 address;
};

struct value {
	__u64 packets;
	__u64 bytes;
};

MAP(array, ARRAY, __u32, struct value, KEYS);
MAP(percpu_array, PERCPU_ARRAY, __u32, struct value, KEYS);
MAP(hash, HASH, __u32, struct value, 2 * KEYS);
MAP(hash_wide, HASH, struct wide, struct value, 2 * KEYS);
MAP(percpu_hash, PERCPU_HASH, __u32, struct value, 2 * KEYS);
MAP(lru, LRU_HASH, __u32, struct value, 2 * KEYS);
MAP(lru_full, LRU_HASH, __u32, struct value, KEYS);
MAP(changing, HASH, __u32, struct value, 2 * KEYS);

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 2 * KEYS);
	__type(key, struct prefix);
	__type(value, struct value);
} trie SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, KEYS);
	__type(value, struct value);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} ring SEC(".maps");

/* Keys that the user put in are 0 to KEYS - 1; @x runs through all numbers. */
#define PROGRAM(NAME, ...)                             \
	SEC("xdp") int NAME(struct xdp_md *ctx)        \
	{                                              \
		__u32 x = ctx->rx_queue_index;         \
		__u64 sum = 0;                         \
		int i;                                 \
                                                       \
		for (i = 0; i < ROUNDS; i++) {         \
			__u32 key;                     \
                                                       \
			x = x * 1664525 + 1013904223;  \
			key = x >> 16 & (KEYS - 1);    \
			__VA_ARGS__                    \
		}                                      \
		return sum == 1 ? XDP_DROP : XDP_PASS; \
	}

#define KEEP(WHAT) asm volatile("" : : "r"(WHAT) : "memory");

#define LOOK(MAP, KEY)                                            \
	{                                                         \
		struct value *v = bpf_map_lookup_elem(&MAP, KEY); \
                                                                  \
		if (v)                                            \
			sum += v->packets;                        \
	}

PROGRAM(base, KEEP(&key))
PROGRAM(base_wide, {
	struct wide w = { { key, 1, 2, 3 } };

	KEEP(&w)
})
PROGRAM(cpu_id, {
	KEEP(&key)
	sum += bpf_get_smp_processor_id();
})
PROGRAM(array_lookup, LOOK(array, &key))
PROGRAM(percpu_array_lookup, LOOK(percpu_array, &key))
PROGRAM(hash_lookup, LOOK(hash, &key))
PROGRAM(hash_lookup_none, {
	key += KEYS;
	LOOK(hash, &key)
})
PROGRAM(hash_lookup_wide, {
	struct wide w = { { key, 1, 2, 3 } };

	LOOK(hash_wide, &w)
})
PROGRAM(percpu_hash_lookup, LOOK(percpu_hash, &key))
PROGRAM(lru_lookup, LOOK(lru, &key))
PROGRAM(trie_lookup, {
	struct prefix p = { 32, __builtin_bswap32(key << 16 | 77) };

	LOOK(trie, &p)
})
#define CHANGE(MAP, KEY)                                                \
	{                                                               \
		struct value v = { 1, 2 };                              \
                                                                        \
		sum += bpf_map_update_elem(&MAP, KEY, &v, BPF_ANY) & 2; \
	}
PROGRAM(array_update, CHANGE(array, &key))
PROGRAM(hash_update, CHANGE(hash, &key))
PROGRAM(percpu_hash_update, CHANGE(percpu_hash, &key))
PROGRAM(lru_update, CHANGE(lru, &key))
PROGRAM(lru_evict, {
	key = x;
	CHANGE(lru_full, &key)
})
PROGRAM(hash_add_delete, {
	CHANGE(changing, &key)
	sum += bpf_map_delete_elem(&changing, &key) & 2;
})
PROGRAM(queue_push_pop, {
	struct value v = { 1, 2 };

	KEEP(&key)
	sum += bpf_map_push_elem(&queue, &v, 0) & 2;
	sum += bpf_map_pop_elem(&queue, &v) & 2;
})
/* Reserved and given back, so that nobody has to read it. */
PROGRAM(ring_reserve, {
	struct value *v = bpf_ringbuf_reserve(&ring, sizeof(*v), 0);

	KEEP(&key)
	if (v)
		bpf_ringbuf_discard(v, BPF_RB_NO_WAKEUP);
})

char _license[] SEC("license") = "Dual BSD/GPL";
