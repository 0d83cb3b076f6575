// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Blocked connections by their five numbers; a hit is counted. */
#include "headers.h"

struct conn {
	__be32 src, dst;
	__be16 sport, dport;
	__u8 proto;
	__u8 pad[3];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct conn);
	__type(value, __u64);
} blocked SEC(".maps");

SEC("tc")
int acl_hash(struct __sk_buff *skb)
{
	struct cursor c = cursor_skb(skb);
	struct iphdr *ip = take_ipv4(&c);
	struct conn key = {};
	struct ports *ports;
	__u64 *hits;

	if (!ip || (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP))
		return TC_ACT_OK;
	if (ip->ihl < 5 || !take(&c, (ip->ihl - 5) * 4))
		return TC_ACT_SHOT;
	ports = take(&c, sizeof(*ports));
	if (!ports)
		return TC_ACT_SHOT;
	key.src = ip->saddr;
	key.dst = ip->daddr;
	key.sport = ports->source;
	key.dport = ports->dest;
	key.proto = ip->protocol;
	hits = bpf_map_lookup_elem(&blocked, &key);
	if (hits) {
		__sync_fetch_and_add(hits, 1);
		return TC_ACT_SHOT;
	}
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
