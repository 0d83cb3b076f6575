// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A flow's key on the stack, for both versions of IP, then hashed byte by byte
 * and shown in the context for whoever comes next.
 */
#include "headers.h"

struct flow_key {
	__u8 src[16];
	__u8 dst[16];
	__be16 sport, dport;
	__u8 proto;
	__u8 version;
	__u16 pad;
};

static __always_inline bool fill_ipv4(struct flow_key *key, struct cursor *c)
{
	struct iphdr *ip = take(c, sizeof(*ip));

	if (!ip || ip->ihl < 5)
		return false;
	key->version = 4;
	key->proto = ip->protocol;
	__builtin_memcpy(key->src, &ip->saddr, 4);
	__builtin_memcpy(key->dst, &ip->daddr, 4);
	c->pos += (ip->ihl - 5) * 4;
	return true;
}

static __always_inline bool fill_ipv6(struct flow_key *key, struct cursor *c)
{
	struct ipv6hdr *ip6 = take(c, sizeof(*ip6));

	if (!ip6)
		return false;
	key->version = 6;
	key->proto = ip6->nexthdr;
	__builtin_memcpy(key->src, &ip6->saddr, 16);
	__builtin_memcpy(key->dst, &ip6->daddr, 16);
	return true;
}

SEC("tc")
int stack_key(struct __sk_buff *skb)
{
	struct cursor c = cursor_skb(skb);
	struct ethhdr *eth = take(&c, sizeof(*eth));
	__u32 hash = 2166136261;
	struct flow_key key;
	struct ports *ports;
	const __u8 *bytes = (const __u8 *)&key;

	if (!eth)
		return TC_ACT_OK;
	__builtin_memset(&key, 0, sizeof(key));
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		if (!fill_ipv4(&key, &c))
			return TC_ACT_SHOT;
	} else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		if (!fill_ipv6(&key, &c))
			return TC_ACT_SHOT;
	} else {
		return TC_ACT_OK;
	}
	if (key.proto == IPPROTO_TCP || key.proto == IPPROTO_UDP) {
		ports = take(&c, sizeof(*ports));
		if (ports) {
			key.sport = ports->source;
			key.dport = ports->dest;
		}
	}
	for (__u32 i = 0; i < sizeof(key); i++)
		hash = (hash ^ bytes[i]) * 16777619;
	skb->cb[0] = hash;
	skb->cb[1] = key.version;
	return hash & 0x80000000 ? TC_ACT_OK : TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
