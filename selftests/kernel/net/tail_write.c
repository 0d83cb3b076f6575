// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A program that goes on as another one, and that one writes to the packet: to
 * a byte of a ping's payload. The first one asks for nothing of the packet.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define PAYLOAD 100 /* from the link-layer header on */

int writer(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__array(values, int(struct xdp_md *));
} programs SEC(".maps") = { .values = { [0] = &writer } };

SEC("xdp") int writer(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data;
	unsigned char *end = (void *)(long)ctx->data_end;

	if (data + PAYLOAD + 1 <= end && data[PAYLOAD] == 0x5a)
		data[PAYLOAD] = 0xff;
	return XDP_PASS;
}

SEC("xdp") int first(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &programs, 0);
	return XDP_DROP;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
