// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Checksums through a helper function that gets the packet's start and end,
 * and keeps its running sum in the caller's frame.
 */
#include "headers.h"

struct sum {
	__u64 words;
	__u32 nr;
};

static __noinline int add_words(void *from, void *end, struct sum *sum)
{
	__u16 *word = from;

	for (int i = 0; i < 10; i++) {
		if ((void *)(word + 1) > end)
			return -1;
		sum->words += *word++;
		sum->nr++;
	}
	return 0;
}

SEC("xdp")
int subprog_sum(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct sum sum = {};

	if ((void *)(eth + 1) > end)
		return XDP_PASS;
	if (eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	if (add_words(eth + 1, end, &sum) || sum.nr != 10)
		return XDP_DROP;
	return fold((__u32)sum.words) == 0xffff ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
