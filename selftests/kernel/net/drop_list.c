// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A drop list: what comes from an address in the map is dropped and counted
 * there. Two programs that do the same, so that one can take the other's place.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32); /* source address, network byte order */
	__type(value, __u64); /* packets dropped */
} drops SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32); /* 0 passed, 1 dropped */
	__type(value, __u64);
} totals SEC(".maps");

static __always_inline int decide(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	__u32 which = 0;
	__u64 *count;

	if ((void *)(ip + 1) <= end && eth->h_proto == bpf_htons(ETH_P_IP)) {
		count = bpf_map_lookup_elem(&drops, &ip->saddr);
		if (count) {
			__sync_fetch_and_add(count, 1);
			which = 1;
		}
	}
	count = bpf_map_lookup_elem(&totals, &which);
	if (count)
		__sync_fetch_and_add(count, 1);
	return which ? XDP_DROP : XDP_PASS;
}

SEC("xdp") int drop_a(struct xdp_md *ctx)
{
	return decide(ctx);
}

SEC("xdp") int drop_b(struct xdp_md *ctx)
{
	int verdict = decide(ctx);

	return verdict == XDP_PASS ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
