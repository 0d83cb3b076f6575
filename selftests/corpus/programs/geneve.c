// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Geneve (RFC 8926): options that one must understand are not understood. */
#include "headers.h"

#define GENEVE_PORT 6081
#define CRITICAL 0x80
#define MAX_OPTIONS 16

struct geneve_hdr {
	__u8 ver_len; /* version, and words of options */
	__u8 flags;
	__be16 proto;
	__u8 vni[3];
	__u8 reserved;
};

struct geneve_opt {
	__be16 class;
	__u8 type;
	__u8 len; /* words behind this one, in five bits */
};

SEC("xdp")
int geneve(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct iphdr *ip = take_ipv4(&c);
	struct geneve_hdr *gnv;
	struct geneve_opt *opt;
	struct udphdr *udp;
	int left, words;

	if (!ip || ip->ihl != 5 || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	udp = take(&c, sizeof(*udp));
	if (!udp || udp->dest != bpf_htons(GENEVE_PORT))
		return XDP_PASS;
	gnv = take(&c, sizeof(*gnv));
	if (!gnv || gnv->ver_len >> 6)
		return XDP_DROP;
	left = gnv->ver_len & 0x3f;
	for (int i = 0; i < MAX_OPTIONS && left > 0; i++) {
		opt = take(&c, sizeof(*opt));
		if (!opt || opt->type & CRITICAL)
			return XDP_DROP;
		words = opt->len & 0x1f;
		left -= 1 + words;
		if (!take(&c, words * 4))
			return XDP_DROP;
	}
	return left ? XDP_DROP : XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
