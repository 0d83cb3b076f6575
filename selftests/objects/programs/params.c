// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Live parameters, signed ones and one without a range. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "tools/lib/weir_bpf.h"

WEIR_PARAM(__u32, threshold, 1, 1 << 16, 1000);
WEIR_PARAM(int, bias, -5, 5, -2);
WEIR_PARAM(__u64, wide, 0, ~0ULL, 7);
const volatile unsigned char any SEC(".rodata.params") = 3;

const volatile __u32 fixed = 5;

SEC("xdp")
int sum(struct xdp_md *ctx)
{
	if (threshold > 1 << 16)
		return 0; /* never: the verifier knows it */
	return threshold + bias + wide + any;
}

SEC("xdp/other")
int other(struct xdp_md *ctx)
{
	return threshold + fixed;
}

SEC("xdp/none")
int none(struct xdp_md *ctx)
{
	return fixed;
}
