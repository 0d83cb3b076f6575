// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A trunk's edge: at most three tags, and the innermost one must be of those
 * that this port carries. Priority 7 belongs to the network itself.
 */
#include "headers.h"

#define MAX_TAGS 3
#define VID(tci) (bpf_ntohs(tci) & 0xfff)
#define PCP(tci) (bpf_ntohs(tci) >> 13)

static __always_inline bool is_tag(__be16 proto)
{
	return proto == bpf_htons(ETH_P_8021Q) ||
	       proto == bpf_htons(ETH_P_8021AD) || proto == bpf_htons(0x9100);
}

static __always_inline bool is_carried(__u16 vid)
{
	return vid == 10 || vid == 30 || (vid >= 100 && vid < 200);
}

SEC("xdp")
int vlan_stack(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct vlan_hdr *vlan;
	__be16 proto, tci = 0;
	int tags = 0;

	if (data + sizeof(*eth) > end)
		return XDP_DROP;
	proto = eth->h_proto;
	vlan = (void *)(eth + 1);
#pragma unroll
	for (int i = 0; i < MAX_TAGS; i++) {
		if (!is_tag(proto))
			break;
		if ((void *)(vlan + 1) > end)
			return XDP_DROP;
		tci = vlan->tci;
		proto = vlan->proto;
		vlan++;
		tags++;
	}
	if (!tags)
		return XDP_PASS;
	if (is_tag(proto) || PCP(tci) == 7)
		return XDP_DROP;
	return is_carried(VID(tci)) ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
