// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Drop IPv4 whose header checksum is wrong: a loop over the header's words. */
#include "packet.h"

/* Or clang rewrites the test against the end into one that nobody can follow.
 */
#define keep(value) asm volatile("" : "+r"(value))

SEC("xdp")
int ip_checksum(struct xdp_md *ctx)
{
	void *data = packet_start(ctx);
	void *end = packet_end(ctx);
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	__u16 *word = (void *)ip;
	__u32 words, i;
	__u32 sum = 0;

	if ((void *)(ip + 1) > end)
		return XDP_PASS;
	if (eth->h_proto != htons(ETH_P_IP))
		return XDP_PASS;
	words = ip->ihl * 2;
	if (words < sizeof(*ip) / 2)
		return XDP_DROP;
#pragma clang loop unroll(disable) vectorize(disable)
	for (i = 0; i < words; i++) {
		keep(word);
		if ((void *)(word + 1) > end)
			return XDP_DROP;
		sum += *word++;
	}
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff ? XDP_PASS : XDP_DROP;
}
