// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The address of a function. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static long add(__u32 i, void *sum)
{
	*(__u64 *)sum += i;
	return 0;
}

SEC("xdp")
int loop(struct xdp_md *ctx)
{
	__u64 sum = 0;

	bpf_loop(10, add, &sum, 0);
	return (int)sum;
}
