// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The packet: bytes of it, and its ends. The rules and errors are those of Linux's
 * net/core/filter.c; what the packet lies in is run->packet's business.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <uapi/linux/bpf.h>
#include "base/run.h"
#include "runtime/helpers.h"

#define ETHER_HEADER 14
#define MAX_SKB_BYTES 16064 /* BPF_SKB_MAX_LEN: SKB_MAX_ALLOC */
#define MAX_XDP_OFFSET 0xffff
#define MAX_META 255 /* what fits skb_shared_info's field */

static u64 result(int err)
{
	return (u64)(s64)err;
}

/* Bytes come, or zeroes: all of @to is written. */
static u64 load_or_clear(struct weir_run *run, u64 off, void *to, u32 size,
			 u64 max_off)
{
	if (off <= max_off && !run->packet->load(run, (u32)off, to, size))
		return 0;
	memset(to, 0, size);
	return result(-EFAULT);
}

WEIR_HELPER(skb_load_bytes)
{
	return load_or_clear(run, (u32)b, weir_helper_pointer(c), (u32)d,
			     S32_MAX);
}

WEIR_HELPER(skb_load_bytes_relative)
{
	u64 off = (u32)b, start = 0;

	if ((u32)e == BPF_HDR_START_NET)
		start = run->net_off;
	else if ((u32)e != BPF_HDR_START_MAC)
		off = U32_MAX; /* nowhere */
	if (off > 0xffff)
		off = U32_MAX;
	return load_or_clear(run, start + off, weir_helper_pointer(c), (u32)d,
			     S32_MAX);
}

/* The checksum of the whole packet is nothing that is kept here. */
WEIR_HELPER(skb_store_bytes)
{
	int err;

	if (e & ~(u64)(BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH))
		return result(-EINVAL);
	if ((u32)b > S32_MAX)
		return result(-EFAULT);
	err = run->packet->store(run, (u32)b, weir_helper_pointer(c), (u32)d);
	if (!err && (e & BPF_F_INVALIDATE_HASH))
		run->packet->set_hash(run, 0);
	return result(err);
}

WEIR_HELPER(skb_pull_data)
{
	return result(run->packet->pull(run, (u32)b));
}

WEIR_HELPER(skb_change_tail)
{
	u32 size = (u32)b;

	if (c || size > MAX_SKB_BYTES || size < run->net_off)
		return result(-EINVAL);
	return result(run->packet->set_size(run, size));
}

/* The new bytes are zeroes; the network header stays where it is. */
WEIR_HELPER(skb_change_head)
{
	u64 size = run->len + (u64)(u32)b;
	int err;

	if (c || size > MAX_SKB_BYTES)
		return result(-EINVAL);
	err = run->packet->move_head(run, -(s32)(u32)b);
	if (err)
		return result(-ENOMEM);
	memset(weir_helper_pointer(run->data), 0, (u32)b);
	return 0;
}

/* Tags that are neither of the two are taken for the customer's. */
WEIR_HELPER(skb_vlan_push)
{
	static const u8 ctag[2] = { 0x81, 0x00 }, stag[2] = { 0x88, 0xa8 };
	u16 proto = (u16)b;

	if (memcmp(&proto, ctag, 2) && memcmp(&proto, stag, 2))
		memcpy(&proto, ctag, 2);
	return result(run->packet->vlan_push(run, proto, (u16)c));
}

WEIR_HELPER(skb_vlan_pop)
{
	return result(run->packet->vlan_pop(run));
}

WEIR_HELPER(get_hash_recalc)
{
	return run->packet->get_hash(run);
}

WEIR_HELPER(set_hash)
{
	run->packet->set_hash(run, (u32)b);
	return 0;
}

WEIR_HELPER(set_hash_invalid)
{
	run->packet->set_hash(run, 0);
	return 0;
}

/* An Ethernet header must stay. */
WEIR_HELPER(xdp_adjust_head)
{
	s32 delta = (s32)b;

	if (delta > 0 && (u64)delta + ETHER_HEADER > run->linear_len)
		return result(-EINVAL);
	if (delta < 0 && run->linear_len + (u64) - (s64)delta < ETHER_HEADER)
		return result(-EINVAL);
	return result(run->packet->move_head(run, delta));
}

WEIR_HELPER(xdp_adjust_meta)
{
	s32 delta = (s32)b;
	s64 meta = (s64)(run->data - run->data_meta) - delta;
	int err;

	if (meta < 0)
		return result(-EINVAL);
	/* No room is the first complaint, here as in Linux. */
	err = run->packet->move_meta(run, delta);
	if (err || !(meta & 3 || meta > MAX_META))
		return result(err);
	run->packet->move_meta(run, -delta);
	return result(-EACCES);
}

WEIR_HELPER(xdp_adjust_tail)
{
	s64 size = (s64)run->linear_len + (s32)b;

	if (size < ETHER_HEADER || size > U32_MAX)
		return result(-EINVAL);
	return result(run->packet->set_size(run, (u32)size));
}

WEIR_HELPER(xdp_get_buff_len)
{
	return run->linear_len;
}

static bool xdp_has(const struct weir_run *run, u32 off, u32 size, int *err)
{
	*err = off > MAX_XDP_OFFSET || size > MAX_XDP_OFFSET ? -EFAULT
							     : -EINVAL;
	return *err == -EINVAL && (u64)off + size <= run->linear_len;
}

WEIR_HELPER(xdp_load_bytes)
{
	void *to = weir_helper_pointer(c);
	int err;

	if (xdp_has(run, (u32)b, (u32)d, &err))
		err = run->packet->load(run, (u32)b, to, (u32)d);
	if (err)
		memset(to, 0, (u32)d); /* all of it is written, always */
	return result(err);
}

WEIR_HELPER(xdp_store_bytes)
{
	int err;

	if (xdp_has(run, (u32)b, (u32)d, &err))
		err = run->packet->store(run, (u32)b, weir_helper_pointer(c),
					 (u32)d);
	return result(err);
}
