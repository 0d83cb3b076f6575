// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Port knocking: ssh opens for an address that has sent SYNs to three ports in
 * the right order. A wrong knock starts it all over.
 */
#include "headers.h"

#define SSH 22

enum state {
	CLOSED,
	FIRST,
	SECOND,
	OPEN,
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __be32);
	__type(value, __u32);
} knocks SEC(".maps");

static __always_inline __u32 step(__u32 state, __u16 port)
{
	switch (state) {
	case CLOSED:
		return port == 7000 ? FIRST : CLOSED;
	case FIRST:
		return port == 8000 ? SECOND : port == 7000 ? FIRST : CLOSED;
	case SECOND:
		return port == 9000 ? OPEN : CLOSED;
	default:
		return OPEN;
	}
}

SEC("xdp")
int port_knock(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct iphdr *ip = take_ipv4(&c);
	struct tcphdr *tcp;
	__u32 *state, next;
	__be32 from;
	__u16 port;

	if (!ip || ip->ihl != 5 || ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	tcp = take(&c, sizeof(*tcp));
	if (!tcp)
		return XDP_DROP;
	if (!tcp->syn || tcp->ack)
		return XDP_PASS;
	from = ip->saddr;
	port = bpf_ntohs(tcp->dest);
	state = bpf_map_lookup_elem(&knocks, &from);
	if (port == SSH)
		return state && *state == OPEN ? XDP_PASS : XDP_DROP;
	next = step(state ? *state : CLOSED, port);
	if (state)
		*state = next;
	else if (next != CLOSED)
		bpf_map_update_elem(&knocks, &from, &next, BPF_ANY);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
