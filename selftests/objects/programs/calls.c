// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Functions of one section and of another, and several programs. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* In .text, and called from there: a chain. */
__attribute__((noinline)) int twice(int x)
{
	return x * 2 + (int)bpf_get_prandom_u32() * 0;
}

__attribute__((noinline)) int chain(int x)
{
	return twice(x + 1) + twice(x);
}

static __attribute__((noinline)) int hidden(int x)
{
	return chain(x) + 100;
}

SEC("xdp")
int verdicts(struct xdp_md *ctx)
{
	return hidden(3) + chain(5); /* 8 + 6 + 100 + 12 + 10 */
}

SEC("xdp.frags")
int frags(struct xdp_md *ctx)
{
	return twice(21);
}

SEC("tc")
int by_tc(struct __sk_buff *skb)
{
	return chain(0) + 5;
}

SEC("tcx/ingress")
int by_tcx(struct __sk_buff *skb)
{
	return 11;
}

SEC("classifier")
int by_classifier(struct __sk_buff *skb)
{
	return 12;
}

SEC("action")
int by_action(struct __sk_buff *skb)
{
	return 13;
}

SEC("socket")
int by_socket(struct __sk_buff *skb)
{
	return skb->len;
}

SEC("socket1")
int by_socket1(struct __sk_buff *skb)
{
	return 15;
}

SEC("xdp_old")
int by_old_name(struct xdp_md *ctx)
{
	return 16;
}

SEC("mem")
unsigned long by_mem(void *start, unsigned long size)
{
	return size + 17;
}

SEC("?xdp")
int optional(struct xdp_md *ctx)
{
	return 18;
}

SEC("custom/name")
int custom(struct __sk_buff *skb)
{
	return 19;
}

SEC("kprobe/do_exit")
int not_ours(void *ctx)
{
	return 0;
}
