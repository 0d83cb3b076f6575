// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * IP in IP and 6in4: the outer source must belong to the inner one where the
 * address says so (6to4), and one tunnel within another is one too many.
 */
#include "headers.h"

static __always_inline int check_4in4(struct cursor *c)
{
	struct iphdr *inner = take(c, sizeof(*inner));

	if (!inner || inner->version != 4 || inner->ihl < 5)
		return XDP_DROP;
	if (inner->protocol == IPPROTO_IPIP || inner->protocol == IPPROTO_IPV6)
		return XDP_DROP;
	return inner->ttl > 1 ? XDP_PASS : XDP_DROP;
}

static __always_inline int check_6in4(struct cursor *c, __be32 outer)
{
	struct ipv6hdr *inner = take(c, sizeof(*inner));
	const __be16 *half;
	__be32 within;

	if (!inner || inner->version != 6)
		return XDP_DROP;
	half = (const __be16 *)&inner->saddr;
	if (half[0] != bpf_htons(0x2002))
		return XDP_PASS;
	__builtin_memcpy(&within, &half[1], sizeof(within));
	return within == outer ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int ipip(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct iphdr *ip = take_ipv4(&c);

	if (!ip || ip->ihl < 5)
		return XDP_PASS;
	if (!take(&c, (ip->ihl - 5) * 4))
		return XDP_DROP;
	if (ip->protocol == IPPROTO_IPIP)
		return check_4in4(&c);
	if (ip->protocol == IPPROTO_IPV6)
		return check_6in4(&c, ip->saddr);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
