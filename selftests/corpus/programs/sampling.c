// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Samples for a collector: TCP's beginnings and ends always, the rest by a hash
 * of the packet's own fields, so that every hop picks the same packets.
 */
#include "headers.h"

#define ONE_IN 16

static __always_inline __u32 scramble(__u32 x)
{
	x ^= x >> 16;
	x *= 0x7feb352d;
	x ^= x >> 15;
	x *= 0x846ca68b;
	return x ^ x >> 16;
}

SEC("socket")
int sampling(struct __sk_buff *skb)
{
	__u32 want = 0;

	if (skb->len < 64)
		return 0;
	if (skb->protocol == bpf_htons(ETH_P_ARP))
		return 64;
	if (skb->vlan_present && (skb->vlan_tci & 0xfff) == 1)
		return 0;
	want = scramble(skb->len ^ skb->protocol << 16 ^ skb->pkt_type << 8);
	if (want % ONE_IN == 0)
		return skb->len > 128 ? 128 : skb->len;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
