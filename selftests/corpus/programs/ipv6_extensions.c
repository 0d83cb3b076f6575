// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Walks the chain of IPv6 extension headers: source routing (type 0) is
 * dropped, and so is a chain that is longer than anybody needs.
 */
#include "headers.h"

#define MAX_HEADERS 6

enum {
	NEXT_HOP = 0,
	NEXT_ROUTING = 43,
	NEXT_FRAGMENT = 44,
	NEXT_AUTH = 51,
	NEXT_DEST = 60,
};

struct ext_hdr {
	__u8 next;
	__u8 len;
	__u8 type;
	__u8 left;
	__u8 rest[4];
};

SEC("xdp")
int ipv6_extensions(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct ethhdr *eth = take(&c, sizeof(*eth));
	struct ipv6hdr *ip6;
	struct ext_hdr *ext;
	__u8 next;
	int i;

	if (!eth || eth->h_proto != bpf_htons(ETH_P_IPV6))
		return XDP_PASS;
	ip6 = take(&c, sizeof(*ip6));
	if (!ip6)
		return XDP_DROP;
	next = ip6->nexthdr;
	for (i = 0; i < MAX_HEADERS; i++) {
		switch (next) {
		case NEXT_HOP:
		case NEXT_ROUTING:
		case NEXT_DEST:
		case NEXT_FRAGMENT:
		case NEXT_AUTH:
			break;
		default:
			return XDP_PASS;
		}
		ext = take(&c, sizeof(*ext));
		if (!ext)
			return XDP_DROP;
		if (next == NEXT_ROUTING && ext->type == 0)
			return XDP_DROP;
		if (next == NEXT_AUTH)
			c.pos += ext->len * 4;
		else if (next != NEXT_FRAGMENT)
			c.pos += ext->len * 8;
		next = ext->next;
	}
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
