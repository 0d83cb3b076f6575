// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * SYN cookies, stateless: a SYN is answered with a sequence number that only
 * we could have made (a keyed hash of the connection), an ACK must carry it.
 */
#include "headers.h"

#define KEY0 0x736f6d6570736575ULL
#define KEY1 0x646f72616e646f6dULL

struct conn {
	__be32 saddr, daddr;
	__be16 sport, dport;
	__u32 epoch;
};

#define ROTL(x, b) ((x) << (b) | (x) >> (64 - (b)))

static __always_inline __u32 keyed_hash(const struct conn *c)
{
	__u64 v0 = KEY0 ^ 0x0706050403020100ULL,
	      v1 = KEY1 ^ 0x0f0e0d0c0b0a0908ULL;
	__u64 word[2];

	__builtin_memcpy(word, c, sizeof(word));
#pragma unroll
	for (int i = 0; i < 4; i++) {
		v0 += word[i & 1];
		v1 = ROTL(v1, 13) ^ v0;
		v0 = ROTL(v0, 32);
		v1 = ROTL(v1 + v0, 17);
		v0 ^= word[i & 1];
	}
	return (__u32)(v0 ^ v1 ^ v1 >> 32);
}

static __always_inline void answer(struct ethhdr *eth, struct iphdr *ip,
				   struct tcphdr *tcp, __u32 cookie)
{
	__be32 addr = ip->saddr;
	__be16 port = tcp->source;
	__u8 mac[ETH_ALEN];

	__builtin_memcpy(mac, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, mac, ETH_ALEN);
	ip->saddr = ip->daddr;
	ip->daddr = addr;
	tcp->source = tcp->dest;
	tcp->dest = port;
	csum_replace4(&tcp->check, tcp->ack_seq,
		      bpf_htonl(bpf_ntohl(tcp->seq) + 1));
	tcp->ack_seq = bpf_htonl(bpf_ntohl(tcp->seq) + 1);
	csum_replace4(&tcp->check, tcp->seq, bpf_htonl(cookie));
	tcp->seq = bpf_htonl(cookie);
	csum_replace2(&tcp->check, 0, bpf_htons(0x0010));
	tcp->ack = 1;
}

SEC("xdp")
int syn_cookie(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	struct conn conn = {};
	__u32 cookie;

	if ((void *)(tcp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	if (ip->ihl != 5 || ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	conn.saddr = ip->saddr;
	conn.daddr = ip->daddr;
	conn.sport = tcp->source;
	conn.dport = tcp->dest;
	cookie = keyed_hash(&conn);
	if (tcp->syn && !tcp->ack) {
		answer(eth, ip, tcp, cookie);
		return XDP_TX;
	}
	if (tcp->ack && !tcp->syn && !tcp->psh && !tcp->fin &&
	    bpf_ntohl(tcp->ack_seq) - 1 == cookie)
		return XDP_PASS;
	return tcp->rst ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
