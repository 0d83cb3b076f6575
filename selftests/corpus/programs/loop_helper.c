// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* bpf_loop() over the words of the IPv4 header, the callback sums them up. */
#include "headers.h"

struct state {
	__u64 data;
	__u32 sum;
	__u32 nr;
	__u16 words[20];
};

static long add_word(__u32 i, void *arg)
{
	struct state *s = arg;

	if (i >= 20)
		return 1;
	s->sum += s->words[i];
	s->nr++;
	return 0;
}

SEC("xdp")
int loop_helper(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct iphdr *ip = take_ipv4(&c);
	struct state s = {};

	if (!ip || ip->ihl != 5)
		return XDP_PASS;
	__builtin_memcpy(s.words, ip, sizeof(*ip));
	bpf_loop(sizeof(*ip) / 2, add_word, &s, 0);
	return s.nr == 10 && fold(s.sum) == 0xffff ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
