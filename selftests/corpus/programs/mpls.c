// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Pops through a stack of MPLS labels (RFC 3032) to the IPv4 header below, and
 * passes what is meant for the label ranges of this router.
 */
#include "headers.h"

#define MAX_LABELS 4
#define BOTTOM 0x100
#define LABEL(entry) ((entry) >> 12)
#define TTL(entry) ((entry)&0xff)

SEC("tc")
int mpls(struct __sk_buff *skb)
{
	struct cursor c = cursor_skb(skb);
	struct ethhdr *eth = take(&c, sizeof(*eth));
	struct iphdr *ip;
	__be32 *word;
	__u32 entry = 0;
	int depth;

	if (!eth || eth->h_proto != bpf_htons(ETH_P_MPLS_UC))
		return TC_ACT_OK;
	for (depth = 0; depth < MAX_LABELS; depth++) {
		word = take(&c, sizeof(*word));
		if (!word)
			return TC_ACT_SHOT;
		entry = bpf_ntohl(*word);
		if (TTL(entry) <= 1 || LABEL(entry) == 3)
			return TC_ACT_SHOT;
		if (entry & BOTTOM)
			break;
	}
	if (depth == MAX_LABELS)
		return TC_ACT_SHOT;
	ip = take(&c, sizeof(*ip));
	if (!ip || ip->version != 4)
		return TC_ACT_UNSPEC;
	skb->priority = LABEL(entry) & 7;
	skb->cb[0] = depth;
	return LABEL(entry) >= 16 && ip->ttl ? TC_ACT_OK : TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
