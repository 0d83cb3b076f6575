// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Looks at the first bytes of what TCP carries for methods of HTTP, and then
 * for a path that nobody should ask for.
 */
#include "headers.h"

#define SCAN 48
#define WORD(a, b, c, d) \
	((__u32)(a) << 24 | (__u32)(b) << 16 | (__u32)(c) << 8 | (d))

static __always_inline bool is_method(__u32 word)
{
	return word == WORD('G', 'E', 'T', ' ') ||
	       word == WORD('P', 'O', 'S', 'T') ||
	       word == WORD('H', 'E', 'A', 'D');
}

SEC("xdp")
int payload_scan(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp;
	__u32 window = 0;
	__u8 *payload;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) ||
	    ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	tcp = (void *)ip + ip->ihl * 4;
	if ((void *)(tcp + 1) > end)
		return XDP_PASS;
	payload = (void *)tcp + tcp->doff * 4;
	if ((void *)(payload + 4) > end)
		return XDP_PASS;
	window = WORD(payload[0], payload[1], payload[2], payload[3]);
	if (!is_method(window))
		return XDP_PASS;
	for (int i = 4; i < SCAN; i++) {
		if ((void *)(payload + i + 1) > end)
			return XDP_PASS;
		if (payload[i] == '\r')
			break;
		window = window << 8 | payload[i];
		if (window == WORD('/', '.', '.', '/') ||
		    window == WORD('/', 'e', 't', 'c'))
			return XDP_DROP;
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
