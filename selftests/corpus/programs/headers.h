/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs of the corpus share: headers that the system's do not
 * define, and a cursor for those who like one.
 */
#ifndef CORPUS_HEADERS_H
#define CORPUS_HEADERS_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define IP_FRAGMENT 0x3fff /* more fragments, or an offset */
#define IP_OFFSET 0x1fff

struct vlan_hdr {
	__be16 tci;
	__be16 proto;
};

struct ports {
	__be16 source;
	__be16 dest;
};

struct cursor {
	void *pos;
	void *end;
};

static __always_inline struct cursor cursor_xdp(const struct xdp_md *ctx)
{
	return (struct cursor){ (void *)(long)ctx->data,
				(void *)(long)ctx->data_end };
}

static __always_inline struct cursor cursor_skb(const struct __sk_buff *skb)
{
	return (struct cursor){ (void *)(long)skb->data,
				(void *)(long)skb->data_end };
}

/* The next bytes of the packet, or NULL if it has no more so many. */
static __always_inline void *take(struct cursor *c, __u64 bytes)
{
	void *at = c->pos;

	if (at + bytes > c->end)
		return NULL;
	c->pos = at + bytes;
	return at;
}

static __always_inline struct iphdr *take_ipv4(struct cursor *c)
{
	struct ethhdr *eth = take(c, sizeof(*eth));

	if (!eth || eth->h_proto != bpf_htons(ETH_P_IP))
		return NULL;
	return take(c, sizeof(struct iphdr));
}

static __always_inline __u16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)(sum + (sum >> 16));
}

/* RFC 1624, equation 3, for one 16-bit word. */
static __always_inline void csum_replace2(__u16 *check, __u16 from, __u16 to)
{
	*check = (__u16)~fold((__u16) ~*check + (__u16)~from + to);
}

static __always_inline void csum_replace4(__u16 *check, __u32 from, __u32 to)
{
	__u32 sum = (__u16) ~*check;

	sum += (__u16) ~(from & 0xffff) + (__u16) ~(from >> 16);
	sum += (to & 0xffff) + (to >> 16);
	*check = (__u16)~fold(sum);
}

#endif
