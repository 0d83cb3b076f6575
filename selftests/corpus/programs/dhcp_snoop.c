// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * DHCP snooping on a port where no server may be: finds the message type among
 * the options and drops what only servers say.
 */
#include "headers.h"

#define DHCP_SERVER 67
#define DHCP_CLIENT 68
#define MAGIC 0x63825363
#define MAX_OPTIONS 32

enum {
	OPT_PAD = 0,
	OPT_TYPE = 53,
	OPT_END = 255,
};

enum {
	DHCP_OFFER = 2,
	DHCP_ACK = 5,
	DHCP_NAK = 6,
};

struct dhcp_hdr {
	__u8 op, htype, hlen, hops;
	__be32 xid;
	__be16 secs, flags;
	__be32 ciaddr, yiaddr, siaddr, giaddr;
	__u8 chaddr[16];
	__u8 sname[64];
	__u8 file[128];
	__be32 magic;
};

static __always_inline int verdict(__u8 type)
{
	switch (type) {
	case DHCP_OFFER:
	case DHCP_ACK:
	case DHCP_NAK:
		return TC_ACT_SHOT;
	default:
		return TC_ACT_OK;
	}
}

SEC("tc")
int dhcp_snoop(struct __sk_buff *skb)
{
	struct cursor c = cursor_skb(skb);
	struct iphdr *ip = take_ipv4(&c);
	struct dhcp_hdr *dhcp;
	struct udphdr *udp;
	__u8 *opt;

	if (!ip || ip->ihl != 5 || ip->protocol != IPPROTO_UDP)
		return TC_ACT_OK;
	udp = take(&c, sizeof(*udp));
	if (!udp || (udp->source != bpf_htons(DHCP_SERVER) &&
		     udp->source != bpf_htons(DHCP_CLIENT)))
		return TC_ACT_OK;
	dhcp = take(&c, sizeof(*dhcp));
	if (!dhcp || dhcp->magic != bpf_htonl(MAGIC) || dhcp->hlen > 16)
		return TC_ACT_SHOT;
	for (int i = 0; i < MAX_OPTIONS; i++) {
		opt = take(&c, 1);
		if (!opt || *opt == OPT_END)
			return TC_ACT_SHOT;
		if (*opt == OPT_PAD)
			continue;
		if (!take(&c, 1))
			return TC_ACT_SHOT;
		if (*opt == OPT_TYPE) {
			__u8 *type = take(&c, 1);

			return type ? verdict(*type) : TC_ACT_SHOT;
		}
		c.pos += opt[1];
	}
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
