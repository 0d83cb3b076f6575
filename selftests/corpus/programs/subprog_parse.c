// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The parser is a function of its own that is not inlined, and hands its
 * findings back through a pointer to the caller's stack.
 */
#include "headers.h"

struct found {
	__u32 src, dst;
	__u16 sport, dport;
	__u8 proto;
	__u8 fragment;
};

static __noinline int parse(struct xdp_md *ctx, struct found *out)
{
	struct cursor c = cursor_xdp(ctx);
	struct iphdr *ip = take_ipv4(&c);
	struct ports *ports;

	out->src = 0;
	out->dst = 0;
	out->sport = 0;
	out->dport = 0;
	out->proto = 0;
	out->fragment = 0;
	if (!ip)
		return -1;
	out->src = bpf_ntohl(ip->saddr);
	out->dst = bpf_ntohl(ip->daddr);
	out->proto = ip->protocol;
	out->fragment = (ip->frag_off & bpf_htons(IP_FRAGMENT)) != 0;
	if (out->fragment)
		return 0;
	if (ip->ihl < 5 || !take(&c, (ip->ihl - 5) * 4))
		return -1;
	ports = take(&c, sizeof(*ports));
	if (ports) {
		out->sport = bpf_ntohs(ports->source);
		out->dport = bpf_ntohs(ports->dest);
	}
	return 0;
}

static __noinline int judge(const struct found *f)
{
	if (f->fragment)
		return f->proto == IPPROTO_ICMP ? XDP_DROP : XDP_PASS;
	if (f->proto == IPPROTO_UDP && f->sport < 1024 && f->dport < 1024)
		return f->sport == f->dport ? XDP_PASS : XDP_DROP;
	if (f->src == f->dst)
		return XDP_DROP;
	return f->dport == 22 ? XDP_ABORTED : XDP_PASS;
}

SEC("xdp")
int subprog_parse(struct xdp_md *ctx)
{
	struct found f;

	if (parse(ctx, &f))
		return XDP_PASS;
	return judge(&f);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
