// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Global variables of every sort. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

const volatile __u32 limit = 3;
const volatile char label[8] = "none";
static const int squares[4] = { 0, 1, 4, 9 };
__u64 started = 7;
__u64 count;
int mine SEC(".data.mine") = 5;
const volatile int fixed SEC(".rodata.fixed") = 6;

SEC("xdp")
int count_up(struct xdp_md *ctx)
{
	count += limit;
	started++;
	mine += fixed;
	return squares[limit & 3];
}
