// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Header checksums of IPv4, options included; a wrong one is dropped. */
#include "headers.h"

SEC("xdp")
int ipv4_checksum(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	__u16 *word = (__u16 *)ip;
	__u32 sum = 0, nr;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	nr = ip->ihl * 2;
	if (nr < 10)
		return XDP_DROP;
	for (__u32 i = 0; i < nr; i++) {
		if ((void *)(word + 1) > end)
			return XDP_DROP;
		sum += *word++;
	}
	return fold(sum) == 0xffff ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
