// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A token bucket per source address, in a table that forgets the least used. */
#include "headers.h"

#define NS 1000000000ULL
#define INTERVAL (10 * NS) /* to earn a token */
#define BURST 4

struct bucket {
	__u64 last;
	__u64 tokens; /* in nanoseconds of credit */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __be32);
	__type(value, struct bucket);
} buckets SEC(".maps");

SEC("xdp")
int token_bucket(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct iphdr *ip = take_ipv4(&c);
	__u64 now, credit;
	struct bucket *b;
	__be32 key;

	if (!ip)
		return XDP_PASS;
	key = ip->saddr;
	now = bpf_ktime_get_ns();
	b = bpf_map_lookup_elem(&buckets, &key);
	if (!b) {
		struct bucket fresh = {
			.last = now,
			.tokens = (BURST - 1) * INTERVAL,
		};

		bpf_map_update_elem(&buckets, &key, &fresh, BPF_ANY);
		return XDP_PASS;
	}
	credit = b->tokens + (now - b->last);
	if (credit > BURST * INTERVAL)
		credit = BURST * INTERVAL;
	b->last = now;
	if (credit < INTERVAL) {
		b->tokens = credit;
		return XDP_DROP;
	}
	b->tokens = credit - INTERVAL;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
