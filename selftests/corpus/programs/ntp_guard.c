// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* NTP: what amplifies (modes 6 and 7, and long answers) does not pass. */
#include "headers.h"

#define NTP_PORT 123
#define NTP_BYTES 48

SEC("tc")
int ntp_guard(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;
	struct udphdr *udp;
	__u8 *ntp, mode, version;

	if (data + sizeof(*eth) > end)
		return TC_ACT_OK;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		struct iphdr *ip = data + sizeof(*eth);

		if ((void *)(ip + 1) > end || ip->protocol != IPPROTO_UDP)
			return TC_ACT_OK;
		udp = (void *)ip + ip->ihl * 4;
	} else if (eth->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip6 = data + sizeof(*eth);

		if ((void *)(ip6 + 1) > end || ip6->nexthdr != IPPROTO_UDP)
			return TC_ACT_OK;
		udp = (void *)(ip6 + 1);
	} else {
		return TC_ACT_OK;
	}
	if ((void *)(udp + 1) > end)
		return TC_ACT_OK;
	if (udp->dest != bpf_htons(NTP_PORT) &&
	    udp->source != bpf_htons(NTP_PORT))
		return TC_ACT_OK;
	ntp = (void *)(udp + 1);
	if ((void *)(ntp + 1) > end)
		return TC_ACT_SHOT;
	mode = *ntp & 7;
	version = *ntp >> 3 & 7;
	if (mode >= 6 || version < 2 || version > 4)
		return TC_ACT_SHOT;
	if (bpf_ntohs(udp->len) > sizeof(*udp) + NTP_BYTES + 20)
		return TC_ACT_SHOT;
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
