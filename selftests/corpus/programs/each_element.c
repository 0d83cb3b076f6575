// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* bpf_for_each_map_elem() asks every rule of a small table. */
#include "headers.h"

struct rule {
	__be32 net, mask;
	__u32 verdict;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct rule);
} rules SEC(".maps");

struct question {
	__be32 addr;
	__u32 verdict;
};

static long ask(const void *map, __u32 *key, struct rule *rule,
		struct question *q)
{
	(void)map;
	(void)key;
	if (!rule->mask || (q->addr & rule->mask) != rule->net)
		return 0;
	q->verdict = rule->verdict;
	return 1;
}

SEC("tc")
int each_element(struct __sk_buff *skb)
{
	struct cursor c = cursor_skb(skb);
	struct iphdr *ip = take_ipv4(&c);
	struct question q = { .verdict = TC_ACT_OK };

	if (!ip)
		return TC_ACT_OK;
	q.addr = ip->daddr;
	bpf_for_each_map_elem(&rules, ask, &q, 0);
	return q.verdict & 3;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
