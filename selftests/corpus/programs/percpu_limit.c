// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* So many packets of a class per CPU and second, counted where nobody races. */
#include "headers.h"

#define CLASSES 4
#define NS 1000000000ULL

struct window {
	__u64 start;
	__u32 packets;
	__u32 dropped;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, CLASSES);
	__type(key, __u32);
	__type(value, struct window);
} windows SEC(".maps");

static __always_inline __u32 class_of(const struct iphdr *ip)
{
	switch (ip->protocol) {
	case IPPROTO_ICMP:
		return 0;
	case IPPROTO_UDP:
		return 1;
	case IPPROTO_TCP:
		return 2;
	default:
		return 3;
	}
}

SEC("xdp")
int percpu_limit(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct iphdr *ip = take_ipv4(&c);
	struct window *w;
	__u64 now;
	__u32 class;

	if (!ip)
		return XDP_PASS;
	class = class_of(ip);
	w = bpf_map_lookup_elem(&windows, &class);
	if (!w)
		return XDP_ABORTED;
	now = bpf_ktime_get_ns();
	if (now - w->start > NS) {
		w->start = now;
		w->packets = 0;
	}
	if (++w->packets > 100000u >> class) {
		w->dropped++;
		return XDP_DROP;
	}
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
