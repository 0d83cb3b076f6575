// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A SYN cookie: an ACK whose number is not SipHash-1-3 of its addresses, ports
 * and sequence number (16 bytes) is dropped. IPv4 without options.
 */
#include "packet.h"

#define KEY0 0x0706050403020100ULL
#define KEY1 0x0f0e0d0c0b0a0908ULL
#define LENGTH 16ULL

static always_inline __u64 rol64(__u64 word, unsigned int count)
{
	return word << count | word >> (64 - count);
}

struct state {
	__u64 v0, v1, v2, v3;
};

static always_inline void sip_round(struct state *s)
{
	s->v0 += s->v1;
	s->v1 = rol64(s->v1, 13);
	s->v1 ^= s->v0;
	s->v0 = rol64(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rol64(s->v3, 16);
	s->v3 ^= s->v2;
	s->v0 += s->v3;
	s->v3 = rol64(s->v3, 21);
	s->v3 ^= s->v0;
	s->v2 += s->v1;
	s->v1 = rol64(s->v1, 17);
	s->v1 ^= s->v2;
	s->v2 = rol64(s->v2, 32);
}

static always_inline void absorb(struct state *s, __u64 word)
{
	s->v3 ^= word;
	sip_round(s);
	s->v0 ^= word;
}

SEC("xdp")
int siphash(struct xdp_md *ctx)
{
	void *data = packet_start(ctx);
	void *end = packet_end(ctx);
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	struct state s = {
		.v0 = 0x736f6d6570736575ULL ^ KEY0,
		.v1 = 0x646f72616e646f6dULL ^ KEY1,
		.v2 = 0x6c7967656e657261ULL ^ KEY0,
		.v3 = 0x7465646279746573ULL ^ KEY1,
	};
	__u32 cookie;

	if ((void *)(tcp + 1) > end)
		return XDP_PASS;
	if (eth->h_proto != htons(ETH_P_IP) || ip->ihl != 5 ||
	    ip->protocol != IPPROTO_TCP || !tcp->ack)
		return XDP_PASS;
	absorb(&s, (__u64)ip->daddr << 32 | ip->saddr);
	absorb(&s,
	       (__u64)tcp->seq << 32 | (__u32)tcp->dest << 16 | tcp->source);
	absorb(&s, LENGTH << 56);
	s.v2 ^= 0xff;
	sip_round(&s);
	sip_round(&s);
	sip_round(&s);
	cookie = (__u32)(s.v0 ^ s.v1 ^ s.v2 ^ s.v3);
	return tcp->ack_seq == htonl(cookie) ? XDP_PASS : XDP_DROP;
}
