// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Everything at once: tags, both versions of IP, options, ports; the verdict
 * is which of the parts a packet had. Nothing is unrolled by hand.
 */
#include "headers.h"

enum {
	HAS_TAG = 1,
	HAS_IP = 2,
	HAS_IP6 = 4,
	HAS_OPTIONS = 8,
	HAS_PORTS = 16,
	IS_CUT = 32,
};

SEC("tc")
int any_to_any(struct __sk_buff *skb)
{
	struct cursor c = cursor_skb(skb);
	struct ethhdr *eth = take(&c, sizeof(*eth));
	struct vlan_hdr *vlan;
	__be16 proto;
	__u8 l4 = 0;
	int has = 0;

	if (!eth)
		return IS_CUT;
	proto = eth->h_proto;
	while (proto == bpf_htons(ETH_P_8021Q) ||
	       proto == bpf_htons(ETH_P_8021AD)) {
		vlan = take(&c, sizeof(*vlan));
		if (!vlan)
			return has | IS_CUT;
		proto = vlan->proto;
		has |= HAS_TAG;
	}
	if (proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = take(&c, sizeof(*ip));

		if (!ip || ip->ihl < 5)
			return has | IS_CUT;
		has |= HAS_IP;
		if (ip->ihl > 5) {
			has |= HAS_OPTIONS;
			if (!take(&c, ip->ihl * 4 - sizeof(*ip)))
				return has | IS_CUT;
		}
		l4 = ip->protocol;
	} else if (proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip6 = take(&c, sizeof(*ip6));

		if (!ip6)
			return has | IS_CUT;
		has |= HAS_IP6;
		l4 = ip6->nexthdr;
	}
	if (l4 == IPPROTO_TCP || l4 == IPPROTO_UDP)
		has |= take(&c, sizeof(struct ports)) ? HAS_PORTS : IS_CUT;
	return has;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
