// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Definitions that list what is in the map. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int second(struct xdp_md *ctx)
{
	return 22;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__array(values, int(struct xdp_md *));
} next SEC(".maps") = {
	.values = { [2] = (void *)&second },
};

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} one SEC(".maps"), two SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 3);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = {
	.values = { [0] = &one, [2] = &two },
};

SEC("xdp")
int first(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &next, 2);
	return 1;
}

SEC("xdp")
int through(struct xdp_md *ctx)
{
	__u32 key = 2, zero = 0;
	void *map = bpf_map_lookup_elem(&outer, &key);
	__u32 *value = map ? bpf_map_lookup_elem(map, &zero) : 0;

	return value ? *value : 1;
}
