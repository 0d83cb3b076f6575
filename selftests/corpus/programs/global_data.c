// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Settings that the loader sets (.rodata), some with a value already (.data),
 * and counters that start at zero (.bss).
 */
#include "headers.h"

const volatile __u32 max_bytes = 1500;
const volatile __be16 blocked_ports[4] = {
	bpf_htons(23),
	bpf_htons(135),
	bpf_htons(445),
};

__u32 limit = 64;
__u64 seen;
__u64 by_proto[256];

SEC("xdp")
int global_data(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct iphdr *ip = take_ipv4(&c);
	struct ports *ports;

	if (!ip)
		return XDP_PASS;
	__sync_fetch_and_add(&seen, 1);
	by_proto[ip->protocol]++;
	if (bpf_ntohs(ip->tot_len) > max_bytes)
		return XDP_DROP;
	if (ip->ttl > limit)
		limit = ip->ttl;
	if (ip->protocol != IPPROTO_TCP || ip->ihl != 5)
		return XDP_PASS;
	ports = take(&c, sizeof(*ports));
	if (!ports)
		return XDP_DROP;
	for (int i = 0; i < 4; i++)
		if (blocked_ports[i] && ports->dest == blocked_ports[i])
			return XDP_DROP;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
