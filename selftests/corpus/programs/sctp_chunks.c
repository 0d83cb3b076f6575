// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * SCTP: the chunks of a packet one after the other. INIT must be alone, ABORT
 * does not come from outside, and a packet has a few chunks at most.
 */
#include "headers.h"

#define MAX_CHUNKS 8

enum {
	CHUNK_DATA = 0,
	CHUNK_INIT = 1,
	CHUNK_ABORT = 6,
	CHUNK_LAST = 15,
};

struct sctp_hdr {
	__be16 source, dest;
	__be32 tag, checksum;
};

struct chunk {
	__u8 type;
	__u8 flags;
	__be16 len;
};

SEC("xdp")
int sctp_chunks(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct sctp_hdr *sctp = (void *)(ip + 1);
	struct chunk *chunk = (void *)(sctp + 1);
	bool has_init = false;
	int nr;

	if ((void *)(sctp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) ||
	    ip->ihl != 5 || ip->protocol != IPPROTO_SCTP ||
	    ip->frag_off & bpf_htons(IP_FRAGMENT))
		return XDP_PASS;
	for (nr = 0; nr < MAX_CHUNKS; nr++) {
		__u32 len;

		if ((void *)(chunk + 1) > end)
			break;
		len = bpf_ntohs(chunk->len);
		if (len < sizeof(*chunk) || chunk->type > CHUNK_LAST)
			return XDP_DROP;
		if (chunk->type == CHUNK_ABORT)
			return XDP_DROP;
		if (chunk->type == CHUNK_INIT)
			has_init = true;
		chunk = (void *)chunk + ((len + 3) & 0x1fffc);
	}
	if (!nr || nr == MAX_CHUNKS || (has_init && nr > 1))
		return XDP_DROP;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
