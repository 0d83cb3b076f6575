// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Source NAT of one inside network, one to one onto another: addresses and
 * checksums are rewritten in place, TCP's and UDP's included.
 */
#include "headers.h"
#include <stddef.h>

#define INSIDE 0x0a090000 /* 10.9.0.0/16 */
#define OUTSIDE 0xcb710000 /* 203.113.0.0/16 */
#define NET 0xffff0000

static __always_inline __u16 *l4_check(struct cursor *c, __u8 protocol)
{
	if (protocol == IPPROTO_TCP) {
		struct tcphdr *tcp = take(c, sizeof(*tcp));

		return tcp ? &tcp->check : NULL;
	}
	if (protocol == IPPROTO_UDP) {
		struct udphdr *udp = take(c, sizeof(*udp));

		return udp && udp->check ? &udp->check : NULL;
	}
	return NULL;
}

SEC("xdp")
int nat_static(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct iphdr *ip = take_ipv4(&c);
	__be32 from, to;
	__u16 *check;

	if (!ip || ip->ihl != 5)
		return XDP_PASS;
	from = ip->saddr;
	if ((bpf_ntohl(from) & NET) != INSIDE)
		return XDP_PASS;
	to = bpf_htonl(OUTSIDE | (bpf_ntohl(from) & ~NET));
	if (!(ip->frag_off & bpf_htons(IP_OFFSET))) {
		check = l4_check(&c, ip->protocol);
		if (check) {
			csum_replace4(check, from, to);
			if (!*check && ip->protocol == IPPROTO_UDP)
				*check = 0xffff;
		}
	}
	csum_replace4(&ip->check, from, to);
	ip->saddr = to;
	return XDP_TX;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
