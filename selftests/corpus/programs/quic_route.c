// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Routes QUIC by connection id (RFC 9000): long headers say how long theirs
 * is, short ones have the length that our servers give out.
 */
#include "headers.h"

#define QUIC_PORT 443
#define LONG_HEADER 0x80
#define FIXED_BIT 0x40
#define OUR_CID 8
#define MAX_CID 20
#define NR_WORKERS 12

struct quic_long {
	__u8 flags;
	__u8 version[4];
	__u8 dcid_len;
} __attribute__((packed));

SEC("tc")
int quic_route(struct __sk_buff *skb)
{
	struct cursor c = cursor_skb(skb);
	struct iphdr *ip = take_ipv4(&c);
	__u32 hash = 0x811c9dc5;
	struct udphdr *udp;
	__u8 *first, *byte;
	__u32 len;

	if (!ip || ip->ihl != 5 || ip->protocol != IPPROTO_UDP)
		return TC_ACT_OK;
	udp = take(&c, sizeof(*udp));
	if (!udp || udp->dest != bpf_htons(QUIC_PORT))
		return TC_ACT_OK;
	first = c.pos;
	if ((void *)(first + 1) > c.end || !(*first & FIXED_BIT))
		return TC_ACT_SHOT;
	if (*first & LONG_HEADER) {
		struct quic_long *quic = take(&c, sizeof(*quic));

		if (!quic)
			return TC_ACT_SHOT;
		len = quic->dcid_len;
		if (len > MAX_CID)
			return TC_ACT_SHOT;
	} else {
		c.pos++;
		len = OUR_CID;
	}
	for (__u32 i = 0; i < MAX_CID; i++) {
		if (i >= len)
			break;
		/* The compiler would compute with the end, to count less. */
		barrier_var(c.pos);
		byte = take(&c, 1);
		if (!byte)
			return TC_ACT_SHOT;
		hash = (hash ^ *byte) * 0x01000193;
	}
	skb->queue_mapping = hash % NR_WORKERS;
	skb->mark = hash;
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
