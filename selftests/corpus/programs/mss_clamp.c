// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * MSS clamping on the way into a tunnel: finds the option in a SYN, lowers it,
 * and mends the checksum.
 */
#include "headers.h"

#define MSS_MAX 1360
#define OPT_END 0
#define OPT_NOP 1
#define OPT_MSS 2
#define MAX_OPTIONS 20

static __always_inline void clamp(__u8 *opt, __u16 *check, __u32 at)
{
	__u16 old = (__u16)(opt[2] << 8 | opt[3]), new = MSS_MAX;

	if (old <= MSS_MAX)
		return;
	opt[2] = new >> 8;
	opt[3] = new & 0xff;
	/* Where the option starts at an odd byte, so do the words summed. */
	if (at & 1) {
		old = (__u16)(old << 8 | old >> 8);
		new = (__u16)(new << 8 | new >> 8);
	}
	csum_replace2(check, bpf_htons(old), bpf_htons(new));
}

SEC("tc")
int mss_clamp(struct __sk_buff *skb)
{
	void *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = (void *)(long)skb->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp;
	__u32 len, at = sizeof(*tcp);
	__u8 *opt;

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	if (ip->protocol != IPPROTO_TCP ||
	    ip->frag_off & bpf_htons(IP_FRAGMENT))
		return TC_ACT_OK;
	tcp = (void *)ip + ip->ihl * 4;
	if ((void *)(tcp + 1) > end || !tcp->syn)
		return TC_ACT_OK;
	len = tcp->doff * 4;
	for (int i = 0; i < MAX_OPTIONS; i++) {
		if (at + 4 > len)
			break;
		opt = (__u8 *)tcp + at;
		if ((void *)(opt + 4) > end)
			break;
		if (opt[0] == OPT_END)
			break;
		if (opt[0] == OPT_NOP) {
			at++;
			continue;
		}
		if (opt[0] == OPT_MSS && opt[1] == 4) {
			clamp(opt, &tcp->check, at);
			break;
		}
		if (opt[1] < 2)
			return TC_ACT_SHOT;
		at += opt[1];
	}
	return TC_ACT_OK;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
