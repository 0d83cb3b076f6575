// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Sample flows: behind up to one VLAN tag, the 5-tuple of TCP or UDP over IPv4
 * through Bob Jenkins' hash (lookup3, as the kernel's jhash_3words); one flow
 * in sixteen is dropped.
 */
#include "packet.h"

#define INITIAL 0xdeadbeef
#define SHARE (1u << 28)

static always_inline __u32 rol32(__u32 word, unsigned int count)
{
	return word << count | word >> (32 - count);
}

static always_inline __u32 jhash_3words(__u32 a, __u32 b, __u32 c, __u32 seed)
{
	a += INITIAL + 12 + seed;
	b += INITIAL + 12 + seed;
	c += INITIAL + 12 + seed;
	c ^= b;
	c -= rol32(b, 14);
	a ^= c;
	a -= rol32(c, 11);
	b ^= a;
	b -= rol32(a, 25);
	c ^= b;
	c -= rol32(b, 16);
	a ^= c;
	a -= rol32(c, 4);
	b ^= a;
	b -= rol32(a, 14);
	c ^= b;
	c -= rol32(b, 24);
	return c;
}

SEC("xdp")
int vlan_hash(struct xdp_md *ctx)
{
	void *data = packet_start(ctx);
	void *end = packet_end(ctx);
	struct ethhdr *eth = data;
	struct vlan_header *vlan;
	struct iphdr *ip;
	struct {
		__be16 source;
		__be16 dest;
	} * ports;
	void *next = eth + 1;
	__be16 proto;
	__u32 id = 0;
	__u32 hash;

	if (next > end)
		return XDP_PASS;
	proto = eth->h_proto;
	if (proto == htons(ETH_P_8021Q) || proto == htons(ETH_P_8021AD)) {
		vlan = next;
		if ((void *)(vlan + 1) > end)
			return XDP_PASS;
		id = ntohs(vlan->tci) & 0xfff;
		proto = vlan->proto;
		next = vlan + 1;
	}
	if (proto != htons(ETH_P_IP))
		return XDP_PASS;
	ip = next;
	if ((void *)(ip + 1) > end || ip->ihl < 5)
		return XDP_PASS;
	if (ip->protocol != IPPROTO_TCP && ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	if (ip->frag_off & htons(MAY_BE_FRAGMENT))
		return XDP_PASS;
	ports = next + ip->ihl * 4;
	if ((void *)(ports + 1) > end)
		return XDP_PASS;
	hash = jhash_3words(ntohl(ip->saddr), ntohl(ip->daddr),
			    (__u32)ntohs(ports->source) << 16 |
				    ntohs(ports->dest),
			    id << 8 | ip->protocol);
	return hash < SHARE ? XDP_DROP : XDP_PASS;
}
