// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Learns who scans: an address that met a closed port (our reset) too often is
 * blocked for good, by a table that another program may edit.
 */
#include "headers.h"

#define TOO_OFTEN 3

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, __be32);
	__type(value, __u32);
} resets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 512);
	__type(key, __be32);
	__type(value, __u8);
} blocklist SEC(".maps");

SEC("xdp")
int blocklist_learn(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct iphdr *ip = take_ipv4(&c);
	__u32 one = 1, *count;
	struct tcphdr *tcp;
	__u8 yes = 1;
	__be32 addr;

	if (!ip)
		return XDP_PASS;
	addr = ip->saddr;
	if (bpf_map_lookup_elem(&blocklist, &addr))
		return XDP_DROP;
	if (ip->ihl != 5 || ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	tcp = take(&c, sizeof(*tcp));
	if (!tcp || !tcp->rst)
		return XDP_PASS;
	addr = ip->daddr;
	count = bpf_map_lookup_elem(&resets, &addr);
	if (!count) {
		bpf_map_update_elem(&resets, &addr, &one, BPF_ANY);
		return XDP_PASS;
	}
	__sync_fetch_and_add(count, 1);
	if (*count > TOO_OFTEN) {
		bpf_map_delete_elem(&resets, &addr);
		bpf_map_update_elem(&blocklist, &addr, &yes, BPF_ANY);
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
