// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Fragments that only attackers make: tiny first ones, ones that would overlap
 * the header of what they continue, and the last past the end of a datagram.
 */
#include "headers.h"

struct fragment_hdr {
	__u8 next;
	__u8 reserved;
	__be16 off;
	__be32 id;
};

static __always_inline int check(__u32 off, bool more, __u32 len, __u8 proto)
{
	if (off * 8 + len > 65535)
		return XDP_DROP;
	if (off == 1 && proto == IPPROTO_TCP)
		return XDP_DROP;
	if (more && len % 8)
		return XDP_DROP;
	if (!off && more && len < (proto == IPPROTO_TCP ? 20 : 8))
		return XDP_DROP;
	return XDP_PASS;
}

SEC("xdp")
int fragments(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	void *net = data + sizeof(*eth);

	if (net > end)
		return XDP_PASS;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = net;
		__u16 frag;
		__u32 len;

		if (net + sizeof(*ip) > end)
			return XDP_DROP;
		frag = bpf_ntohs(ip->frag_off);
		if (!(frag & IP_FRAGMENT))
			return XDP_PASS;
		len = bpf_ntohs(ip->tot_len) - ip->ihl * 4;
		return check(frag & IP_OFFSET, frag & 0x2000, len,
			     ip->protocol);
	}
	if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip6 = net;
		struct fragment_hdr *frag = net + sizeof(*ip6);

		if (net + sizeof(*ip6) + sizeof(*frag) > end ||
		    ip6->nexthdr != IPPROTO_FRAGMENT)
			return XDP_PASS;
		return check(bpf_ntohs(frag->off) >> 3,
			     frag->off & bpf_htons(1),
			     bpf_ntohs(ip6->payload_len) - sizeof(*frag),
			     frag->next);
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
