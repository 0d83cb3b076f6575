// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* VXLAN: only known networks, and no spoofed multicast source inside. */
#include "headers.h"

#define VXLAN_PORT 4789
#define VXLAN_HAS_VNI 0x08000000

struct vxlan_hdr {
	__be32 flags;
	__be32 vni;
};

static __always_inline int classify(__u32 vni, const struct ethhdr *inner)
{
	if (inner->h_source[0] & 1)
		return XDP_DROP;
	switch (vni) {
	case 42:
	case 100 ... 163:
		return XDP_PASS;
	case 7:
		return inner->h_proto == bpf_htons(ETH_P_ARP) ? XDP_PASS
							      : XDP_DROP;
	default:
		return XDP_DROP;
	}
}

SEC("xdp")
int vxlan(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	struct udphdr *udp = (void *)ip + sizeof(*ip);
	struct vxlan_hdr *vxlan = (void *)udp + sizeof(*udp);
	struct ethhdr *inner = (void *)vxlan + sizeof(*vxlan);

	if ((void *)(inner + 1) > end)
		return XDP_PASS;
	if (eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 ||
	    ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	if (udp->dest != bpf_htons(VXLAN_PORT))
		return XDP_PASS;
	if (!(vxlan->flags & bpf_htonl(VXLAN_HAS_VNI)))
		return XDP_DROP;
	return classify(bpf_ntohl(vxlan->vni) >> 8, inner);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
