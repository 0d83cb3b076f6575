// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Drop TCP over IPv4 to port 80; of a fragment only the first has ports. */
#include "packet.h"

#define PORT 80

SEC("xdp")
int tcp_port(struct xdp_md *ctx)
{
	void *data = packet_start(ctx);
	void *end = packet_end(ctx);
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp;

	if ((void *)(ip + 1) > end)
		return XDP_PASS;
	if (eth->h_proto != htons(ETH_P_IP))
		return XDP_PASS;
	if (ip->version != 4 || ip->ihl < 5)
		return XDP_PASS;
	if (ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	if (ip->frag_off & htons(MAY_BE_FRAGMENT))
		return XDP_PASS;
	tcp = (void *)ip + ip->ihl * 4;
	if ((void *)(tcp + 1) > end)
		return XDP_PASS;
	return tcp->dest == htons(PORT) ? XDP_DROP : XDP_PASS;
}
