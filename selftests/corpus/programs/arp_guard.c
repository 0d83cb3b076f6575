// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ARP, checked before it is believed: sizes, sender against the Ethernet
 * header, the gateway's address only from the gateway.
 */
#include "headers.h"

#define GATEWAY_IP 0x0a090001
#define HARDWARE_ETHER 1
#define OP_REQUEST 1
#define OP_REPLY 2
#define GATEWAY_MAC                                \
	{                                          \
		0x02, 0x00, 0x00, 0x09, 0x00, 0x01 \
	}

struct arp_ipv4 {
	__be16 hardware, protocol;
	__u8 hardware_len, protocol_len;
	__be16 op;
	__u8 sender_mac[ETH_ALEN];
	__u8 sender_ip[4];
	__u8 target_mac[ETH_ALEN];
	__u8 target_ip[4];
};

static __always_inline bool same_mac(const __u8 *a, const __u8 *b)
{
	const __u16 *x = (const __u16 *)a, *y = (const __u16 *)b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2];
}

/* 02:00:00:09:00:01 */
static __always_inline bool is_gateway(const __u8 *mac)
{
	return mac[0] == 0x02 && mac[1] == 0 && mac[2] == 0 && mac[3] == 0x09 &&
	       mac[4] == 0 && mac[5] == 0x01;
}

SEC("xdp")
int arp_guard(struct xdp_md *ctx)
{
	struct cursor c = cursor_xdp(ctx);
	struct ethhdr *eth = take(&c, sizeof(*eth));
	struct arp_ipv4 *arp;
	__be32 sender;

	if (!eth || eth->h_proto != bpf_htons(ETH_P_ARP))
		return XDP_PASS;
	arp = take(&c, sizeof(*arp));
	if (!arp)
		return XDP_DROP;
	if (arp->hardware != bpf_htons(HARDWARE_ETHER) ||
	    arp->protocol != bpf_htons(ETH_P_IP) ||
	    arp->hardware_len != ETH_ALEN || arp->protocol_len != 4)
		return XDP_DROP;
	if (arp->op != bpf_htons(OP_REQUEST) && arp->op != bpf_htons(OP_REPLY))
		return XDP_DROP;
	if (!same_mac(arp->sender_mac, eth->h_source))
		return XDP_DROP;
	__builtin_memcpy(&sender, arp->sender_ip, sizeof(sender));
	if (sender == bpf_htonl(GATEWAY_IP) && !is_gateway(arp->sender_mac))
		return XDP_DROP;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
