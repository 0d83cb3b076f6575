// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A socket filter of the old school, with packet loads: keeps one flow in
 * four, chosen by a hash of addresses and ports.
 */
#include "headers.h"
#include <stddef.h>

unsigned long long load_byte(void *skb,
			     unsigned long long off) asm("llvm.bpf.load.byte");
unsigned long long load_half(void *skb,
			     unsigned long long off) asm("llvm.bpf.load.half");
unsigned long long load_word(void *skb,
			     unsigned long long off) asm("llvm.bpf.load.word");

static __always_inline __u32 mix(__u32 hash, __u32 word)
{
	hash ^= word * 0xcc9e2d51;
	hash = hash << 13 | hash >> 19;
	return hash * 5 + 0xe6546b64;
}

static __always_inline __u32 hash_ipv6(struct __sk_buff *skb)
{
	__u32 a = 0, b = 0;
	int i;

	for (i = 0; i < 16; i += 4) {
		a = mix(a, load_word(skb, ETH_HLEN + 8 + i));
		b = mix(b, load_word(skb, ETH_HLEN + 24 + i));
	}
	return a ^ b; /* both directions alike */
}

SEC("socket")
int flow_hash(struct __sk_buff *skb)
{
	__u32 hash, off = ETH_HLEN, proto;

	switch (load_half(skb, offsetof(struct ethhdr, h_proto))) {
	case ETH_P_IP:
		proto = load_byte(skb, off + offsetof(struct iphdr, protocol));
		hash = mix(0, load_word(skb, off + 12)) ^
		       mix(0, load_word(skb, off + 16));
		if (load_half(skb, off + 6) & IP_OFFSET)
			proto = 0;
		off += (load_byte(skb, off) & 0xf) * 4;
		break;
	case ETH_P_IPV6:
		proto = load_byte(skb, off + 6);
		hash = hash_ipv6(skb);
		off += sizeof(struct ipv6hdr);
		break;
	default:
		return 0;
	}
	if (proto == IPPROTO_TCP || proto == IPPROTO_UDP)
		hash ^= load_half(skb, off) ^ load_half(skb, off + 2);
	hash *= 0x9e3779b1;
	return hash >> 30 ? 0 : skb->len;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
