// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An array of programs that lists one of another kind than its caller. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int listed(struct __sk_buff *skb);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, 4);
	__array(values, int(struct __sk_buff *));
} next SEC(".maps") = { .values = { [1] = &listed } };

SEC("tc")
int listed(struct __sk_buff *skb)
{
	return 1;
}

SEC("xdp")
int caller(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &next, 1);
	return 2;
}

char _license[] SEC("license") = "Dual BSD/GPL";
