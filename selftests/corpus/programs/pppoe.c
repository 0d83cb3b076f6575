// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* PPPoE sessions (RFC 2516): length, and IPv4 or IPv6 or control below. */
#include "headers.h"

enum {
	PPP_IP = 0x0021,
	PPP_IPV6 = 0x0057,
	PPP_LCP = 0xc021,
	PPP_IPCP = 0x8021,
	PPP_IPV6CP = 0x8057,
};

struct pppoe_hdr {
	__u8 ver_type;
	__u8 code;
	__be16 session;
	__be16 len;
	__be16 proto;
} __attribute__((packed));

SEC("xdp")
int pppoe(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct pppoe_hdr *ppp = data + sizeof(*eth);
	struct iphdr *ip;
	__u32 len;

	if ((void *)(ppp + 1) > end || eth->h_proto != bpf_htons(ETH_P_PPP_SES))
		return XDP_PASS;
	if (ppp->ver_type != 0x11 || ppp->code || !ppp->session)
		return XDP_DROP;
	len = bpf_ntohs(ppp->len);
	if (len < 2 || (void *)ppp + 6 + len > end)
		return XDP_DROP;
	switch (bpf_ntohs(ppp->proto)) {
	case PPP_IP:
		ip = (void *)(ppp + 1);
		if ((void *)(ip + 1) > end)
			return XDP_DROP;
		if (bpf_ntohs(ip->tot_len) + 2 > len)
			return XDP_DROP;
		return ip->ttl > 1 ? XDP_PASS : XDP_ABORTED;
	case PPP_IPV6:
	case PPP_LCP:
	case PPP_IPCP:
	case PPP_IPV6CP:
		return XDP_PASS;
	}
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
