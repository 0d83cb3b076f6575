// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the file does not have. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

extern int CONFIG_HZ __kconfig;
extern const int jiffies __ksym;

SEC("xdp")
int config(struct xdp_md *ctx)
{
	return CONFIG_HZ;
}

SEC("xdp")
int variable(struct xdp_md *ctx)
{
	return *(volatile const int *)&jiffies;
}

SEC("xdp")
int fine(struct xdp_md *ctx)
{
	return XDP_PASS;
}
