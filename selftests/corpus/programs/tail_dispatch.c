// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A dispatcher: what handles a protocol is another program, called through a
 * table by number; where there is none, the packet just passes.
 */
#include "headers.h"

#define HANDLERS 4

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, HANDLERS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} handlers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} missed SEC(".maps");

SEC("xdp")
int tail_dispatch(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct ethhdr *eth = take(&c, sizeof(*eth));
	__u32 zero = 0, index;
	__u64 *count;

	if (!eth)
		return XDP_DROP;
	switch (bpf_ntohs(eth->h_proto)) {
	case ETH_P_IP:
		index = 0;
		break;
	case ETH_P_IPV6:
		index = 1;
		break;
	case ETH_P_ARP:
		index = 2;
		break;
	default:
		index = 3;
	}
	bpf_tail_call(ctx, &handlers, index);
	count = bpf_map_lookup_elem(&missed, &zero);
	if (count)
		*count += 1;
	return index == 3 ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
