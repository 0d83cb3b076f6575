// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A short list of rules written out, as people do when there are only a few. */
#include "headers.h"

#define NET(a, b, c, d) \
	((__u32)(a) << 24 | (__u32)(b) << 16 | (__u32)(c) << 8 | (d))

struct packet {
	__u32 src, dst;
	__u16 sport, dport;
	__u8 proto;
};

#define IN(addr, net, bits) (((addr) ^ (net)) >> (32 - (bits)) == 0)

static __always_inline int rules(const struct packet *p)
{
	if (p->proto == IPPROTO_TCP && p->dport == 23)
		return TC_ACT_SHOT;
	if (IN(p->src, NET(10, 9, 0, 0), 24) && p->dport == 80)
		return TC_ACT_OK;
	if (IN(p->src, NET(192, 168, 0, 0), 16) &&
	    !IN(p->dst, NET(192, 168, 0, 0), 16))
		return TC_ACT_SHOT;
	if (p->proto == IPPROTO_UDP && (p->sport == 53 || p->dport == 53))
		return IN(p->dst, NET(10, 9, 0, 0), 16) ? TC_ACT_OK
							: TC_ACT_SHOT;
	if (p->dport >= 6000 && p->dport <= 6063)
		return TC_ACT_SHOT;
	if (IN(p->dst, NET(224, 0, 0, 0), 4) && p->proto != IPPROTO_IGMP)
		return TC_ACT_SHOT;
	if (p->proto == IPPROTO_TCP && p->dport >= 1024 && p->sport < 1024)
		return TC_ACT_OK;
	return TC_ACT_UNSPEC;
}

SEC("tc")
int acl_ports(struct __sk_buff *skb)
{
	struct cursor c = cursor_skb(skb);
	struct iphdr *ip = take_ipv4(&c);
	struct packet p = {};
	struct ports *ports;

	if (!ip || ip->ihl < 5)
		return TC_ACT_UNSPEC;
	p.src = bpf_ntohl(ip->saddr);
	p.dst = bpf_ntohl(ip->daddr);
	p.proto = ip->protocol;
	if ((p.proto == IPPROTO_TCP || p.proto == IPPROTO_UDP) &&
	    !(ip->frag_off & bpf_htons(IP_OFFSET))) {
		c.pos += (ip->ihl - 5) * 4;
		ports = take(&c, sizeof(*ports));
		if (!ports)
			return TC_ACT_SHOT;
		p.sport = bpf_ntohs(ports->source);
		p.dport = bpf_ntohs(ports->dest);
	}
	return rules(&p);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
