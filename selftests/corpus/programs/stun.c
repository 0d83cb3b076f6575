// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* STUN (RFC 8489): attributes are walked; one unknown but required drops. */
#include "headers.h"

#define MAGIC 0x2112a442
#define MAX_ATTRS 12

struct stun_hdr {
	__be16 type;
	__be16 len;
	__be32 magic;
	__u8 id[12];
};

struct stun_attr {
	__be16 type;
	__be16 len;
};

static __always_inline bool is_known(__u16 type)
{
	return type >= 0x8000 || type == 0x0001 || type == 0x0006 ||
	       type == 0x0008 || type == 0x0009 || type == 0x0014 ||
	       type == 0x0015 || type == 0x0020 || type == 0x0024 ||
	       type == 0x0025;
}

SEC("tc")
int stun(struct __sk_buff *skb)
{
	struct cursor c = cursor_skb(skb);
	struct iphdr *ip = take_ipv4(&c);
	struct stun_attr *attr;
	struct stun_hdr *stun;
	int left;

	if (!ip || ip->ihl != 5 || ip->protocol != IPPROTO_UDP ||
	    !take(&c, sizeof(struct udphdr)))
		return TC_ACT_OK;
	stun = take(&c, sizeof(*stun));
	if (!stun || stun->magic != bpf_htonl(MAGIC))
		return TC_ACT_OK;
	left = bpf_ntohs(stun->len);
	if (left & 3)
		return TC_ACT_SHOT;
	for (int i = 0; i < MAX_ATTRS; i++) {
		__u32 len;

		if (left < (int)sizeof(*attr))
			break;
		attr = take(&c, sizeof(*attr));
		if (!attr || !is_known(bpf_ntohs(attr->type)))
			return TC_ACT_SHOT;
		len = (bpf_ntohs(attr->len) + 3) & ~3u;
		left -= sizeof(*attr) + len;
		if (len > 1500 || !take(&c, len))
			return TC_ACT_SHOT;
	}
	return left ? TC_ACT_SHOT : TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
