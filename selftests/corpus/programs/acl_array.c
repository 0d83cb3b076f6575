// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An access list in an array, first match wins, default is to pass. */
#include "headers.h"

#define MAX_RULES 16

struct rule {
	__be32 net, mask;
	__be16 port_lo, port_hi; /* host order */
	__u8 proto;
	__u8 verdict;
	__u16 used;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_RULES);
	__type(key, __u32);
	__type(value, struct rule);
} rules SEC(".maps");

SEC("xdp")
int acl_array(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct iphdr *ip = take_ipv4(&c);
	struct ports *ports;
	__u16 port = 0;

	if (!ip || ip->ihl != 5)
		return XDP_PASS;
	ports = take(&c, sizeof(*ports));
	if (ports)
		port = bpf_ntohs(ports->dest);
	for (__u32 i = 0; i < MAX_RULES; i++) {
		__u32 key = i;
		struct rule *r = bpf_map_lookup_elem(&rules, &key);

		if (!r || !r->used)
			break;
		if ((ip->saddr & r->mask) != r->net)
			continue;
		if (r->proto && r->proto != ip->protocol)
			continue;
		if (port < r->port_lo || port > r->port_hi)
			continue;
		return r->verdict;
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
