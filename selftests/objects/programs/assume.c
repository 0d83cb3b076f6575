// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An array that programs only read, by an index that is known. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} conf SEC(".maps");

SEC("xdp")
int pick(struct xdp_md *ctx)
{
	__u32 key = 1;
	__u64 *value = bpf_map_lookup_elem(&conf, &key);

	return value ? *value : 9;
}
