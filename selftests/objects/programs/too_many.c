// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A map of more than there may be; its number is an array in the types. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4294967295u);
	__type(key, __u32);
	__type(value, __u64);
} counts SEC(".maps");

SEC("xdp")
int count(struct xdp_md *ctx)
{
	__u32 key = 5;
	__u64 *value = bpf_map_lookup_elem(&counts, &key);

	return value ? 1 : 2;
}

char _license[] SEC("license") = "Dual BSD/GPL";
