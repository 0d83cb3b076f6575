// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A kernel's packet as programs see it: a struct sk_buff becomes a run context,
 * helpers reach what is not linear, and what a program set goes back.
 *
 * A program sees the linear bytes. How many it wants to be linear, the verifier
 * knows (facts->packet_bytes); they are pulled up before it runs, all of the
 * packet where no bound is known. Writers get bytes that no clone shares. What a
 * program wants that is tail-called, it gets when it is called.
 */
#include <linux/if_vlan.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/string.h>

#include "base/ctx.h"
#include "base/prog.h"
#include "base/run.h"
#include "module/skb.h"
#include "runtime/loaded.h"
#include "verifier/facts.h"

/* Fields beside the packet's place and length, which are always there. */
static bool reads_field(const struct weir_prog *prog,
			const struct weir_insn_facts *facts)
{
	const struct weir_ctx_field *field;

	if (facts->mem != WEIR_MEM_CTX)
		return false;
	field = weir_ctx_at(prog->kind, facts->off);
	return field && !weir_ctx_is_pointer(field) &&
	       weir_ctx_run_off(field, facts->off) !=
		       offsetof(struct weir_run, len);
}

/* What facts cut at the largest packet of a test run means: all of it. */
static u32 linear_bytes(u32 packet_bytes)
{
	return packet_bytes < WEIR_MAX_PACKET ? packet_bytes : U32_MAX;
}

struct weir_skb_view weir_skb_view(const struct weir_loaded *loaded)
{
	const struct weir_facts *facts = loaded->facts;
	const struct weir_prog *prog = loaded->prog;
	struct weir_skb_view view = {
		.linear = linear_bytes(facts->packet_bytes),
		.writes = loaded->writes_packet,
	};
	u32 pc;

	for (pc = 0; pc < prog->nr_insns; pc++) {
		view.fields |= reads_field(prog, &facts->insn[pc]);
		/* helpers may look at any of it, and other programs too */
		view.fields |= weir_insn_is_call(&prog->insns[pc]);
		pc += weir_insn_is_wide(&prog->insns[pc]);
	}
	return view;
}

/* Where the packet lies now; it may have moved. */
static void set_place(struct weir_run *run, const struct sk_buff *skb)
{
	run->data = (uintptr_t)skb->data;
	/* the verifier counts on the limit; no device makes packets like that */
	run->linear_len = min_t(u32, skb_headlen(skb), WEIR_MAX_LINEAR);
	run->data_end = run->data + run->linear_len;
	run->data_meta = run->data;
	run->len = skb->len;
}

static void set_vlan(struct weir_run *run, const struct sk_buff *skb)
{
	run->protocol = (__force u32)skb->protocol;
	run->vlan_present = skb_vlan_tag_present(skb);
	run->vlan_tci = run->vlan_present ? skb_vlan_tag_get(skb) : 0;
	run->vlan_proto = (__force u32)skb->vlan_proto;
	run->net_off = max(skb_network_offset(skb), 0);
}

static void set_fields(struct weir_run *run, const struct sk_buff *skb,
		       const struct net_device *dev)
{
	const size_t first = offsetof(struct weir_run, pkt_type);

	memset((u8 *)run + first, 0, offsetof(struct weir_run, exit) - first);
	run->pkt_type = skb->pkt_type;
	run->mark = skb->mark;
	run->queue_mapping = skb->queue_mapping;
	set_vlan(run, skb);
	run->priority = skb->priority;
	run->ingress_ifindex = skb->skb_iif;
	run->ifindex = dev ? dev->ifindex : 0;
	run->hash = skb->hash;
	run->napi_id = 0;
	run->gso_segs = skb_shinfo(skb)->gso_segs;
	run->gso_size = skb_shinfo(skb)->gso_size;
	run->tstamp = skb->tstamp;
	run->hwtstamp = skb_hwtstamps((struct sk_buff *)skb)->hwtstamp;
	run->wire_len = skb->len;
	run->rx_queue_index = skb_rx_queue_recorded(skb) ? skb_get_rx_queue(skb)
							 : 0;
	run->hatype = dev ? dev->type : 0;
#ifdef CONFIG_NET_SCHED
	run->tc_index = skb->tc_index;
#endif
}

/*
 * What helpers do to the packet
 */

static int packet_load(struct weir_run *run, u32 off, void *to, u32 size)
{
	const struct sk_buff *skb = run->owner;

	if (off > INT_MAX || size > INT_MAX)
		return -EFAULT;
	return skb_copy_bits(skb, off, to, size);
}

static int make_writable(struct weir_run *run, u32 size)
{
	struct sk_buff *skb = run->owner;
	int err = skb_ensure_writable(skb, size);

	set_place(run, skb);
	return err;
}

static int packet_store(struct weir_run *run, u32 off, const void *from,
			u32 size)
{
	struct sk_buff *skb = run->owner;
	int err;

	if (off > skb->len || size > skb->len - off)
		return -EFAULT;
	err = make_writable(run, off + size);
	if (err)
		return err;
	return skb_store_bits(skb, off, from, size);
}

/* More room in front, or less: the link-layer header goes along. */
static int packet_move_head(struct weir_run *run, s32 delta)
{
	struct sk_buff *skb = run->owner;

	if (delta > 0) {
		if (delta > skb_headlen(skb) || skb->len - delta < ETH_HLEN)
			return -EINVAL;
		__skb_pull(skb, delta);
	} else {
		if (skb_cow_head(skb, -delta))
			return -ENOMEM;
		__skb_push(skb, -delta);
	}
	set_place(run, skb);
	return 0;
}

static int packet_move_meta(struct weir_run *run, s32 delta)
{
	return -EOPNOTSUPP;
}

static int packet_set_size(struct weir_run *run, u32 size)
{
	struct sk_buff *skb = run->owner;
	u32 old = skb->len;
	int err = make_writable(run, min(size, old));

	if (!err && size < old)
		err = pskb_trim(skb, size);
	else if (!err && size > old)
		/* the packet stays the caller's, even where there is no memory */
		err = __skb_pad(skb, size - old, false);
	if (!err && size > old)
		__skb_put(skb, size - old);
	set_place(run, skb);
	return err;
}

static int packet_pull(struct weir_run *run, u32 size)
{
	const struct sk_buff *skb = run->owner;

	if (size > skb->len)
		return -ENOMEM;
	return make_writable(run, size ?: skb_headlen(skb));
}

/* A checksum over bytes that may have changed says nothing. */
static void forget_checksum(struct sk_buff *skb)
{
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
}

/*
 * The bytes are made the run's own first: if that cannot be, nothing has moved,
 * and the program that calls goes on with what it knows. One that then finds
 * fewer linear bytes than it wants ends by a guard.
 */
static bool packet_want(struct weir_run *run, u32 size, bool writes)
{
	struct sk_buff *skb = run->owner;

	if (writes) {
		if (skb_cloned(skb) && pskb_expand_head(skb, 0, 0, GFP_ATOMIC))
			return false;
		forget_checksum(skb);
	}
	pskb_may_pull(skb, min(linear_bytes(size), skb->len));
	set_place(run, skb);
	return true;
}

/* Tags stand in link-layer headers: the packet must start with its own. */
static bool starts_with_link(const struct sk_buff *skb)
{
	return skb_mac_header_was_set(skb) && skb->data == skb_mac_header(skb);
}

static int packet_vlan_push(struct weir_run *run, u16 proto, u16 tci)
{
	struct sk_buff *skb = run->owner;
	int err;

	if (!starts_with_link(skb))
		return -EINVAL;
	err = skb_vlan_push(skb, (__force __be16)proto, tci);
	set_place(run, skb);
	set_vlan(run, skb);
	return err;
}

static int packet_vlan_pop(struct weir_run *run)
{
	struct sk_buff *skb = run->owner;
	int err;

	if (!starts_with_link(skb))
		return -EINVAL;
	err = skb_vlan_pop(skb);
	set_place(run, skb);
	set_vlan(run, skb);
	return err;
}

static u32 packet_get_hash(struct weir_run *run)
{
	run->hash = skb_get_hash(run->owner);
	return run->hash;
}

static void packet_set_hash(struct weir_run *run, u32 hash)
{
	if (hash)
		__skb_set_sw_hash(run->owner, hash, true);
	else
		skb_clear_hash(run->owner);
	run->hash = hash;
}

static const struct weir_packet_ops packet_ops = {
	.load = packet_load,
	.store = packet_store,
	.move_head = packet_move_head,
	.move_meta = packet_move_meta,
	.set_size = packet_set_size,
	.pull = packet_pull,
	.want = packet_want,
	.vlan_push = packet_vlan_push,
	.vlan_pop = packet_vlan_pop,
	.get_hash = packet_get_hash,
	.set_hash = packet_set_hash,
};

int weir_skb_run_init(struct weir_run *run, const struct weir_skb_view *view,
		      struct sk_buff *skb, const struct net_device *dev)
{
	u32 want = min(view->linear, skb->len);

	if (view->writes) {
		if (skb_ensure_writable(skb, max(want, skb_headlen(skb))))
			return -ENOMEM;
	} else if (!pskb_may_pull(skb, want)) {
		return -ENOMEM;
	}
	set_place(run, skb);
	if (view->fields)
		set_fields(run, skb, dev);
	run->owner = skb;
	run->packet = &packet_ops;
	return 0;
}

void weir_skb_run_end(const struct weir_run *run,
		      const struct weir_skb_view *view, struct sk_buff *skb)
{
	if (view->writes)
		forget_checksum(skb);
	if (!view->fields)
		return;
	skb->mark = run->mark;
	skb->priority = run->priority;
#ifdef CONFIG_NET_SCHED
	skb->tc_index = run->tc_index;
#endif
}
