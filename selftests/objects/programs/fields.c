// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Locks and timers in values. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct locked {
	__u32 count;
	struct bpf_spin_lock lock;
	__u64 more;
};

typedef struct {
	__u64 count;
	__u64 more;
	struct bpf_timer timer;
} timed;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct locked);
} with_lock SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, timed);
} with_timer SEC(".maps");

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}
