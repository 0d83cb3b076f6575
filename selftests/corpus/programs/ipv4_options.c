// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Drops IPv4 packets whose options ask for a route of the sender's choice. */
#include "headers.h"

#define MAX_OPTIONS 40

enum {
	OPT_END = 0,
	OPT_NOP = 1,
	OPT_LSRR = 131,
	OPT_SSRR = 137,
};

SEC("xdp")
int ipv4_options(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	__u32 i, at = sizeof(*ip), len;
	__u8 *opt;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	len = ip->ihl * 4;
	if (len <= sizeof(*ip))
		return XDP_PASS;
	for (i = 0; i < MAX_OPTIONS && at < len; i++) {
		opt = (__u8 *)ip + at;
		if ((void *)(opt + 1) > end)
			return XDP_DROP;
		if (*opt == OPT_END)
			break;
		if (*opt == OPT_LSRR || *opt == OPT_SSRR)
			return XDP_DROP;
		if (*opt == OPT_NOP) {
			at++;
			continue;
		}
		if ((void *)(opt + 2) > end || opt[1] < 2)
			return XDP_DROP;
		at += opt[1];
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
