/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs of the benchmark share. They are plain C for
 * `clang -target bpf`, need no relocation, and are also compiled by the cross
 * compilers to see what native code would cost.
 */
#ifndef WEIR_BENCH_PACKET_H
#define WEIR_BENCH_PACKET_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#define SEC(name) __attribute__((section(name), used))
#define always_inline inline __attribute__((always_inline))
#define htons(x) ((__be16)__builtin_bswap16((__u16)(x)))
#define htonl(x) ((__be32)__builtin_bswap32((__u32)(x)))
#define ntohs htons
#define ntohl htonl

#define MAY_BE_FRAGMENT 0x3fff /* more fragments, or not the first */

struct vlan_header {
	__be16 tci;
	__be16 proto;
};

/* The packet of a context. A native build has pointers of other sizes there. */
#ifdef __bpf__
#define packet_start(ctx) ((void *)(long)(ctx)->data)
#define packet_end(ctx) ((void *)(long)(ctx)->data_end)
#else
struct native_ctx {
	void *data;
	void *data_end;
};
#define xdp_md native_ctx
#define packet_start(ctx) ((ctx)->data)
#define packet_end(ctx) ((ctx)->data_end)
#endif

#endif
