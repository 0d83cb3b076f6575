// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Definitions by BTF. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct key {
	__u32 addr;
	__u16 port;
	__u16 pad;
};

enum colour {
	RED,
	GREEN = 7
};

struct value {
	__u64 packets;
	char name[8];
	enum colour colour;
	unsigned int low : 3, high : 5;
	struct {
		int x;
		int y;
	} at[2];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct key);
	__type(value, struct value);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} percpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(key_size, 4);
	__uint(value_size, 12);
} mapped SEC(".maps");

SEC("xdp")
int count(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index + 3;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);

	if (!value)
		return XDP_ABORTED;
	__sync_fetch_and_add(value, 1);
	return XDP_PASS;
}

SEC("tc")
int learn(struct __sk_buff *skb)
{
	struct key key = { .addr = 1, .port = 2 };
	struct value value = { .packets = 5, .name = "abc" };

	return bpf_map_update_elem(&flows, &key, &value, BPF_NOEXIST) ? 1 : 2;
}
