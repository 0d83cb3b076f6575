// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Consistent hashing as load balancers do it: a table of slots, each with a
 * number of a backend; the packet is sent on to that one by its address.
 */
#include "headers.h"

#define SLOTS 251
#define BACKENDS 16
#define SERVICE 0x0a090001

struct backend {
	__be32 addr;
	__u8 mac[ETH_ALEN];
	__u16 alive;
	__u64 packets;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, __u32);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BACKENDS);
	__type(key, __u32);
	__type(value, struct backend);
} backends SEC(".maps");

static __always_inline __u32 slot_of(__be32 addr, __be16 port)
{
	__u64 hash = ((__u64)addr << 16 | port) * 0x9e3779b97f4a7c15ULL;

	return (__u32)(hash >> 32) % SLOTS;
}

SEC("xdp")
int balancer(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	__u32 slot, *number;
	struct backend *b;

	if ((void *)(tcp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) ||
	    ip->ihl != 5 || ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	if (ip->daddr != bpf_htonl(SERVICE))
		return XDP_PASS;
	slot = slot_of(ip->saddr, tcp->source);
	number = bpf_map_lookup_elem(&slots, &slot);
	if (!number)
		return XDP_DROP;
	b = bpf_map_lookup_elem(&backends, number);
	if (!b || !b->alive)
		return XDP_DROP;
	csum_replace4(&ip->check, ip->daddr, b->addr);
	csum_replace4(&tcp->check, ip->daddr, b->addr);
	ip->daddr = b->addr;
	__builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, b->mac, ETH_ALEN);
	__sync_fetch_and_add(&b->packets, 1);
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
