// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Finds the server's name in a TLS ClientHello: session id, cipher suites,
 * compression, and then extension by extension. A name that ends in ".test"
 * is dropped, and so is a hello without any.
 */
#include "headers.h"

#define HANDSHAKE 22
#define CLIENT_HELLO 1
#define EXT_SNI 0
#define MAX_EXTENSIONS 24
#define MAX_NAME 64

static __always_inline int u8_at(struct cursor *c)
{
	__u8 *at = take(c, 1);

	return at ? *at : -1;
}

static __always_inline int u16_at(struct cursor *c)
{
	__u8 *at = take(c, 2);

	return at ? at[0] << 8 | at[1] : -1;
}

static __always_inline bool skip(struct cursor *c, int bytes)
{
	if (bytes < 0 || bytes > 2048)
		return false;
	return take(c, bytes);
}

static __always_inline int check_name(struct cursor *c)
{
	__u64 last = 0;
	int len;

	if (!skip(c, 3)) /* list, type */
		return TC_ACT_SHOT;
	len = u16_at(c);
	for (int i = 0; i < MAX_NAME && i < len; i++) {
		int byte;

		barrier_var(c->pos);
		byte = u8_at(c);

		if (byte < 0)
			return TC_ACT_SHOT;
		last = last << 8 | (__u8)byte;
	}
	return (last & 0xffffffffffULL) == 0x2e74657374ULL ? TC_ACT_SHOT
							   : TC_ACT_OK;
}

SEC("tc")
int tls_sni(struct __sk_buff *skb)
{
	struct cursor c = cursor_skb(skb);
	struct iphdr *ip = take_ipv4(&c);
	struct tcphdr *tcp;

	if (!ip || ip->ihl != 5 || ip->protocol != IPPROTO_TCP)
		return TC_ACT_OK;
	tcp = take(&c, sizeof(*tcp));
	if (!tcp || tcp->dest != bpf_htons(443) || tcp->doff < 5)
		return TC_ACT_OK;
	if (!skip(&c, (tcp->doff - 5) * 4))
		return TC_ACT_SHOT;
	if (u8_at(&c) != HANDSHAKE || !skip(&c, 4) || u8_at(&c) != CLIENT_HELLO)
		return TC_ACT_OK;
	if (!skip(&c, 3 + 2 + 32)) /* length, version, random */
		return TC_ACT_SHOT;
	if (!skip(&c, u8_at(&c)) || !skip(&c, u16_at(&c)) ||
	    !skip(&c, u8_at(&c)) || !skip(&c, 2))
		return TC_ACT_SHOT;
	for (int i = 0; i < MAX_EXTENSIONS; i++) {
		int type = u16_at(&c), len = u16_at(&c);

		if (type < 0 || len < 0)
			break;
		if (type == EXT_SNI)
			return check_name(&c);
		if (!skip(&c, len))
			break;
	}
	return TC_ACT_SHOT;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
