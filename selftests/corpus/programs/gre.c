// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Looks into GRE (RFC 2784 and 2890): with optional checksum, key and sequence
 * number, the IPv4 inside must come from the net of the other end.
 */
#include "headers.h"

#define GRE_CHECKSUM 0x8000
#define GRE_KEY 0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_VERSION 0x0007
#define INNER_NET 0x0a090000
#define INNER_MASK 0xffff0000

struct gre_hdr {
	__be16 flags;
	__be16 proto;
};

SEC("tc")
int gre(struct __sk_buff *skb)
{
	struct cursor c = cursor_skb(skb);
	struct iphdr *ip = take_ipv4(&c), *inner;
	struct gre_hdr *gre;
	__u16 flags;

	if (!ip || ip->protocol != IPPROTO_GRE || ip->ihl != 5)
		return TC_ACT_OK;
	gre = take(&c, sizeof(*gre));
	if (!gre)
		return TC_ACT_SHOT;
	flags = bpf_ntohs(gre->flags);
	if (flags & GRE_VERSION)
		return TC_ACT_SHOT;
	if (flags & GRE_CHECKSUM && !take(&c, 4))
		return TC_ACT_SHOT;
	if (flags & GRE_KEY) {
		__be32 *key = take(&c, sizeof(*key));

		if (!key)
			return TC_ACT_SHOT;
		skb->mark = bpf_ntohl(*key);
	}
	if (flags & GRE_SEQUENCE && !take(&c, 4))
		return TC_ACT_SHOT;
	if (gre->proto != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	inner = take(&c, sizeof(*inner));
	if (!inner || inner->version != 4)
		return TC_ACT_SHOT;
	if ((bpf_ntohl(inner->saddr) & INNER_MASK) != INNER_NET)
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
