// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A variable that nobody defines. */
#include <linux/bpf.h>

extern int nobody;

__attribute__((section("xdp"), used)) int use(struct xdp_md *ctx)
{
	return nobody;
}
