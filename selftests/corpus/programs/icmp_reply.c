// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Answers pings by itself: turns the request around where it lies. */
#include "headers.h"

enum {
	ICMP_ECHO_REPLY = 0,
	ICMP_ECHO = 8,
};

struct icmp_hdr {
	__u8 type;
	__u8 code;
	__u16 checksum;
	__be16 id;
	__be16 sequence;
};

static __always_inline void swap_mac(struct ethhdr *eth)
{
	__u8 mac[ETH_ALEN];

	__builtin_memcpy(mac, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, mac, ETH_ALEN);
}

SEC("xdp")
int icmp_reply(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct icmp_hdr *icmp = (void *)(ip + 1);
	__be32 addr;

	if ((void *)(icmp + 1) > end)
		return XDP_PASS;
	if (eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 ||
	    ip->protocol != IPPROTO_ICMP ||
	    ip->frag_off & bpf_htons(IP_FRAGMENT))
		return XDP_PASS;
	if (icmp->type != ICMP_ECHO || icmp->code)
		return XDP_PASS;
	if ((bpf_ntohl(ip->daddr) >> 28) == 0xe) /* multicast */
		return XDP_DROP;
	swap_mac(eth);
	addr = ip->saddr;
	ip->saddr = ip->daddr;
	ip->daddr = addr;
	csum_replace2(&ip->check, (__u16)(ip->ttl), 64);
	ip->ttl = 64;
	icmp->type = ICMP_ECHO_REPLY;
	csum_replace2(&icmp->checksum, bpf_htons(ICMP_ECHO << 8), 0);
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
