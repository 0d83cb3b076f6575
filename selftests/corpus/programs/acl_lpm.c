// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Longest prefix match on the source, a table for each version of IP. */
#include "headers.h"

struct key4 {
	__u32 bits;
	__be32 addr;
};

struct key6 {
	__u32 bits;
	__u8 addr[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 256);
	__type(key, struct key4);
	__type(value, __u32);
} nets4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 256);
	__type(key, struct key6);
	__type(value, __u32);
} nets6 SEC(".maps");

SEC("xdp")
int acl_lpm(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct ethhdr *eth = take(&c, sizeof(*eth));
	__u32 *verdict = NULL;

	if (!eth)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = take(&c, sizeof(*ip));
		struct key4 key = { .bits = 32 };

		if (!ip)
			return XDP_DROP;
		key.addr = ip->saddr;
		verdict = bpf_map_lookup_elem(&nets4, &key);
	} else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip6 = take(&c, sizeof(*ip6));
		struct key6 key = { .bits = 128 };

		if (!ip6)
			return XDP_DROP;
		__builtin_memcpy(key.addr, &ip6->saddr, sizeof(key.addr));
		verdict = bpf_map_lookup_elem(&nets6, &key);
	}
	return verdict ? *verdict & 3 : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
