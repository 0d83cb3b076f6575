// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Definitions as libbpf took them before 1.0. */
#include <linux/bpf.h>

#define SEC(name) __attribute__((section(name), used))

struct bpf_map_def {
	unsigned int type;
	unsigned int key_size;
	unsigned int value_size;
	unsigned int max_entries;
	unsigned int map_flags;
};

static void *(*lookup)(void *map, const void *key) = (void *)1;

struct bpf_map_def SEC("maps") first = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = 4,
	.value_size = 4,
	.max_entries = 1,
};

struct bpf_map_def SEC("maps") second = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = 4,
	.value_size = 8,
	.max_entries = 5,
	.map_flags = BPF_F_NO_PREALLOC,
};

static int started = 3;

SEC("xdp")
int find(struct xdp_md *ctx)
{
	int key = 9;
	long *value = lookup(&second, &key);

	started++;
	return value ? *value + started : 1;
}
