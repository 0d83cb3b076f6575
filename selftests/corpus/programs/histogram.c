// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A histogram of packet lengths by powers of two, and a moving average. */
#include "headers.h"

#define BUCKETS 17

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64[BUCKETS + 1]);
} lengths SEC(".maps");

static __always_inline __u32 log2_of(__u32 x)
{
	__u32 log = 0;

	if (x >= 1 << 8) {
		x >>= 8;
		log += 8;
	}
	if (x >= 1 << 4) {
		x >>= 4;
		log += 4;
	}
	if (x >= 1 << 2) {
		x >>= 2;
		log += 2;
	}
	return log + (x >> 1 & 1);
}

SEC("socket")
int histogram(struct __sk_buff *skb)
{
	__u32 zero = 0, bucket = log2_of(skb->len & 0xffff);
	__u64 *table = bpf_map_lookup_elem(&lengths, &zero);

	if (!table)
		return 0;
	if (bucket < BUCKETS)
		__sync_fetch_and_add(&table[bucket], 1);
	table[BUCKETS] = (table[BUCKETS] * 7 + skb->len) / 8;
	return table[BUCKETS] > 400 ? 0 : skb->len;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
