// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Stateful: connections that began inside may be answered from outside. Both
 * directions have one key, the smaller address first.
 */
#include "headers.h"

#define INSIDE 0x0a090000
#define NET 0xffffff00

struct tuple {
	__u32 low, high;
	__u16 low_port, high_port;
	__u32 proto;
};

struct conn {
	__u64 packets[2];
	__u32 state;
	__u32 flags;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct tuple);
	__type(value, struct conn);
} conns SEC(".maps");

SEC("tc")
int conntrack(struct __sk_buff *skb)
{
	struct cursor c = cursor_skb(skb);
	struct iphdr *ip = take_ipv4(&c);
	struct tuple key = {};
	struct ports *ports;
	struct conn *conn;
	__u32 src, dst;
	bool up;

	if (!ip || ip->ihl != 5 ||
	    (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP))
		return TC_ACT_OK;
	ports = take(&c, sizeof(*ports));
	if (!ports)
		return TC_ACT_SHOT;
	src = bpf_ntohl(ip->saddr);
	dst = bpf_ntohl(ip->daddr);
	up = src < dst;
	key.low = up ? src : dst;
	key.high = up ? dst : src;
	key.low_port = up ? ports->source : ports->dest;
	key.high_port = up ? ports->dest : ports->source;
	key.proto = ip->protocol;
	conn = bpf_map_lookup_elem(&conns, &key);
	if (conn) {
		conn->packets[up]++;
		conn->state |= 1 << up;
		return TC_ACT_OK;
	}
	if ((src & NET) == INSIDE) {
		struct conn fresh = { .state = 1 << up };

		fresh.packets[up] = 1;
		bpf_map_update_elem(&conns, &key, &fresh, BPF_ANY);
		return TC_ACT_OK;
	}
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
