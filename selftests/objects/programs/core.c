// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What depends on types: fields stand as compiled, questions are refused. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct iphdr___mine {
	__u8 version;
	__u8 tos;
	__u16 len;
} __attribute__((preserve_access_index));

SEC("xdp")
int field(struct xdp_md *ctx)
{
	struct iphdr___mine *ip = (void *)(long)ctx->data;

	if ((void *)(ip + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	return ip->tos;
}

SEC("xdp")
int question(struct xdp_md *ctx)
{
	return bpf_core_field_exists(struct iphdr___mine, tos) ? 1 : 2;
}
