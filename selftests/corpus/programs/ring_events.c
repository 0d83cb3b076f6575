// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tells a reader in userspace about resets and refused connections. */
#include "headers.h"

struct event {
	__u64 time;
	__be32 src, dst;
	__be16 sport, dport;
	__u32 flags;
	__u8 head[16];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 64 * 1024);
} events SEC(".maps");

SEC("xdp")
int ring_events(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct iphdr *ip = take_ipv4(&c);
	struct tcphdr *tcp;
	struct event *e;

	if (!ip || ip->ihl != 5 || ip->protocol != IPPROTO_TCP)
		return XDP_PASS;
	tcp = take(&c, sizeof(*tcp));
	if (!tcp || !tcp->rst)
		return XDP_PASS;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);
	if (!e)
		return XDP_PASS;
	e->time = bpf_ktime_get_ns();
	e->src = ip->saddr;
	e->dst = ip->daddr;
	e->sport = tcp->source;
	e->dport = tcp->dest;
	e->flags = ((__u8 *)tcp)[13];
	__builtin_memcpy(e->head, ip, sizeof(e->head));
	if (!ip->ttl) {
		bpf_ringbuf_discard(e, 0);
		return XDP_DROP;
	}
	bpf_ringbuf_submit(e, 0);
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
