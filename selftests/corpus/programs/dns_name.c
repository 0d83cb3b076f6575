// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * DNS over UDP: walks the name of the question by its labels, hashes it in
 * lower case, and drops questions for a few names, and those of class CHAOS.
 */
#include "headers.h"

#define MAX_NAME 64
#define CLASS_CHAOS 3
#define TYPE_ANY 255

struct dns_hdr {
	__be16 id;
	__be16 flags;
	__be16 questions;
	__be16 answers;
	__be16 authority;
	__be16 additional;
};

struct dns_end {
	__be16 type;
	__be16 class;
};

SEC("xdp")
int dns_name(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct iphdr *ip = take_ipv4(&c);
	__u32 hash = 2166136261, left = 0;
	struct dns_end *last;
	struct udphdr *udp;
	struct dns_hdr *dns;
	__u8 *at, byte;
	int i;

	if (!ip || ip->ihl != 5 || ip->protocol != IPPROTO_UDP)
		return XDP_PASS;
	udp = take(&c, sizeof(*udp));
	if (!udp || udp->dest != bpf_htons(53))
		return XDP_PASS;
	dns = take(&c, sizeof(*dns));
	if (!dns || dns->questions != bpf_htons(1))
		return XDP_DROP;
	for (i = 0; i < MAX_NAME; i++) {
		at = take(&c, 1);
		if (!at)
			return XDP_DROP;
		byte = *at;
		if (!left) {
			if (!byte)
				break;
			if (byte > 63)
				return XDP_DROP;
			left = byte;
			byte = '.';
		} else {
			left--;
			if (byte >= 'A' && byte <= 'Z')
				byte |= 0x20;
		}
		hash = (hash ^ byte) * 16777619;
	}
	if (i == MAX_NAME)
		return XDP_PASS;
	last = take(&c, sizeof(*last));
	if (!last || last->class == bpf_htons(CLASS_CHAOS) ||
	    last->type == bpf_htons(TYPE_ANY))
		return XDP_DROP;
	switch (hash) {
	case 0x49a7b2d5:
	case 0x0c5b1e3f:
	case 0x8d4f3a11:
		return XDP_DROP;
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
