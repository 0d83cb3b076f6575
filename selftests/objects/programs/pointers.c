// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* An address in a global variable. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

static int target = 1;
int *volatile pointer = &target;

SEC("xdp")
int follow(struct xdp_md *ctx)
{
	return pointer == 0;
}
