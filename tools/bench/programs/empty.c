// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Nothing: what a run costs by itself. */
#include "packet.h"

SEC("xdp")
int empty(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}
