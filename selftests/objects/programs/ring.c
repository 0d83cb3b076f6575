// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Records for a reader. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u32 number;
	__u32 queue;
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

__u32 number;

/* Every third one is taken back. */
SEC("xdp")
int tell(struct xdp_md *ctx)
{
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return XDP_DROP;
	event->number = number++;
	event->queue = ctx->rx_queue_index;
	event->pad = 0;
	if (event->number % 3 == 2)
		bpf_ringbuf_discard(event, 0);
	else
		bpf_ringbuf_submit(event, 0);
	return XDP_PASS;
}

SEC("xdp")
int copy(struct xdp_md *ctx)
{
	__u32 word = 0x01020304;

	return bpf_ringbuf_output(&events, &word, sizeof(word), 0) ? 1 : 2;
}
