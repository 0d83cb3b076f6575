// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Packets and bytes per flow; a new flow is entered by the first packet. */
#include "headers.h"

struct flow {
	__be32 src, dst;
	__u32 ports;
	__u32 proto;
};

struct stats {
	__u64 packets;
	__u64 bytes;
	__u32 flags;
	__u32 largest;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192);
	__type(key, struct flow);
	__type(value, struct stats);
} flows SEC(".maps");

static __always_inline void account(struct stats *s, __u32 bytes, __u32 flags)
{
	__sync_fetch_and_add(&s->packets, 1);
	__sync_fetch_and_add(&s->bytes, bytes);
	s->flags |= flags;
	if (bytes > s->largest)
		s->largest = bytes;
}

SEC("tc")
int flow_stats(struct __sk_buff *skb)
{
	struct cursor c = cursor_skb(skb);
	struct iphdr *ip = take_ipv4(&c);
	struct stats first = {}, *s;
	struct flow key = {};
	__u32 flags = 0;

	if (!ip || ip->ihl != 5)
		return TC_ACT_OK;
	key.src = ip->saddr;
	key.dst = ip->daddr;
	key.proto = ip->protocol;
	if (ip->protocol == IPPROTO_TCP) {
		struct tcphdr *tcp = take(&c, sizeof(*tcp));

		if (tcp) {
			key.ports = tcp->source << 16 | tcp->dest;
			flags = ((__u8 *)tcp)[13];
		}
	} else if (ip->protocol == IPPROTO_UDP) {
		struct udphdr *udp = take(&c, sizeof(*udp));

		if (udp)
			key.ports = udp->source << 16 | udp->dest;
	}
	s = bpf_map_lookup_elem(&flows, &key);
	if (!s) {
		bpf_map_update_elem(&flows, &key, &first, BPF_NOEXIST);
		s = bpf_map_lookup_elem(&flows, &key);
	}
	if (s)
		account(s, skb->len, flags);
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
