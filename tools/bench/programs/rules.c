// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* 32 rules in a row: destination prefix and TCP port, the first match drops. */
#include "packet.h"

#define MASK(length) htonl(0xffffffffu << (32 - (length)))
#define ADDRESS(a, b, c, d) htonl((__u32)(a) << 24 | (b) << 16 | (c) << 8 | (d))
#define RULE(a, b, c, d, length, nr)                              \
	do {                                                      \
		if ((to & MASK(length)) == ADDRESS(a, b, c, d) && \
		    port == htons(nr))                            \
			return XDP_DROP;                          \
	} while (0)

SEC("xdp")
int rules(struct xdp_md *ctx)
{
	void *data = packet_start(ctx);
	void *end = packet_end(ctx);
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp;
	__be32 to;
	__be16 port;

	if ((void *)(ip + 1) > end)
		return XDP_PASS;
	if (eth->h_proto != htons(ETH_P_IP) || ip->ihl < 5 ||
	    ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	tcp = (void *)ip + ip->ihl * 4;
	if ((void *)(tcp + 1) > end)
		return XDP_PASS;
	to = ip->daddr;
	port = tcp->dest;
	RULE(198, 138, 176, 0, 20, 3306);
	RULE(192, 136, 100, 0, 22, 1194);
	RULE(10, 140, 208, 0, 22, 1194);
	RULE(203, 13, 0, 0, 16, 1194);
	RULE(172, 242, 0, 0, 16, 8080);
	RULE(10, 37, 13, 192, 28, 5432);
	RULE(172, 239, 121, 0, 28, 143);
	RULE(192, 90, 0, 0, 16, 143);
	RULE(172, 69, 67, 132, 30, 465);
	RULE(192, 16, 0, 0, 12, 22);
	RULE(10, 38, 106, 65, 32, 8080);
	RULE(192, 238, 64, 0, 20, 995);
	RULE(203, 6, 98, 192, 28, 993);
	RULE(100, 26, 44, 0, 24, 443);
	RULE(198, 139, 102, 108, 30, 995);
	RULE(100, 13, 113, 0, 24, 5432);
	RULE(192, 80, 0, 0, 16, 6379);
	RULE(192, 176, 7, 180, 30, 22);
	RULE(10, 98, 218, 0, 24, 179);
	RULE(100, 16, 0, 0, 12, 22);
	RULE(10, 154, 0, 0, 16, 465);
	RULE(198, 178, 52, 0, 22, 22);
	RULE(10, 253, 58, 0, 24, 993);
	RULE(172, 216, 172, 0, 24, 6379);
	RULE(172, 40, 101, 0, 24, 179);
	RULE(198, 165, 35, 0, 24, 110);
	RULE(10, 208, 0, 0, 12, 110);
	RULE(192, 129, 212, 0, 24, 993);
	RULE(203, 204, 128, 0, 20, 8443);
	RULE(172, 149, 113, 0, 24, 143);
	RULE(203, 206, 242, 240, 28, 993);
	RULE(203, 71, 67, 0, 24, 80);
	return XDP_PASS;
}
