// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets in buffers. The numbers of room are those of Linux's test run, so that
 * what fits there fits here, and the other way round.
 */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/string.h>
#include "base/helper.h"
#include "base/insn.h"
#include "base/prog.h"
#include "base/run.h"
#include "runtime/packet.h"
#include "runtime/test_run.h"
#include "verifier/facts.h"

/* XDP_PACKET_HEADROOM without the struct xdp_frame at its start. */
#define XDP_HEADROOM (256 - 40)
/* A page without the headroom and the struct skb_shared_info at its end. */
#define XDP_BYTES (4096 - 256 - 320)
/* SKB_MAX_ALLOC: no packet of a struct __sk_buff is made longer. */
#define SKB_BYTES 16064
#define SKB_HEADROOM 66 /* NET_SKB_PAD + NET_IP_ALIGN */

#define ETHER_HEADER 14
#define ETHER_TYPE 12 /* where it stands */
#define VLAN_TAG 4

bool weir_packet_may_move(const struct weir_prog *prog)
{
	const struct weir_helper *helper;
	u32 pc;

	for (pc = 0; pc < prog->nr_insns; pc++) {
		const struct bpf_insn *insn = &prog->insns[pc];

		pc += weir_insn_is_wide(insn);
		if (!weir_insn_is_call(insn) || insn->src_reg)
			continue;
		helper = weir_helper_find(insn->imm);
		if (helper->does & (WEIR_HELPER_MOVES | WEIR_HELPER_TAIL))
			return true;
	}
	return false;
}

/* Does the instruction write through a pointer that may be the packet's? */
static bool writes_packet(const struct bpf_insn *insn,
			  const struct weir_insn_facts *facts)
{
	u8 class = BPF_CLASS(insn->code);

	if (class != BPF_ST && class != BPF_STX)
		return false;
	return facts->mem == WEIR_MEM_PACKET || facts->mem == WEIR_MEM_MIXED;
}

bool weir_packet_is_written(const struct weir_prog *prog,
			    const struct weir_facts *facts)
{
	u32 pc;

	for (pc = 0; pc < prog->nr_insns; pc++) {
		if (writes_packet(&prog->insns[pc], &facts->insn[pc]))
			return true;
		pc += weir_insn_is_wide(&prog->insns[pc]);
	}
	return false;
}

u32 weir_packet_room(const struct weir_prog *prog, bool moves, u32 size,
		     u32 *headroom)
{
	if (moves && prog->kind == WEIR_KIND_XDP) {
		*headroom = XDP_HEADROOM;
		return XDP_HEADROOM + max_t(u32, size, XDP_BYTES);
	}
	if (moves && prog->kind == WEIR_KIND_TC) {
		*headroom = SKB_HEADROOM;
		return SKB_HEADROOM + VLAN_TAG + max_t(u32, size, SKB_BYTES);
	}
	*headroom = 0;
	return size;
}

void weir_packet_init(struct weir_packet *packet, struct weir_run *run,
		      const struct weir_prog *prog, bool moves, void *buffer,
		      u32 size, u32 wire_len)
{
	u32 headroom, room = weir_packet_room(prog, moves, size, &headroom);

	packet->start = buffer;
	packet->end = packet->start + room;
	packet->moves = prog->kind == WEIR_KIND_TC;
	weir_run_init(run, prog->kind, packet->start + headroom, size,
		      wire_len);
	run->owner = packet;
}

static u8 *data_of(const struct weir_run *run)
{
	return (u8 *)(uintptr_t)run->data;
}

static bool has(const struct weir_run *run, u32 off, u32 size)
{
	return off <= run->linear_len && size <= run->linear_len - off;
}

static int flat_load(struct weir_run *run, u32 off, void *to, u32 size)
{
	if (!has(run, off, size))
		return -EFAULT;
	memmove(to, data_of(run) + off, size); /* may be in the packet, too */
	return 0;
}

static int flat_store(struct weir_run *run, u32 off, const void *from, u32 size)
{
	if (!has(run, off, size))
		return -EFAULT;
	memmove(data_of(run) + off, from, size);
	return 0;
}

/* The packet is [data, data + size) now; what follows from that. */
static void set_place(struct weir_run *run, u8 *data, u64 size)
{
	u32 meta = (u32)(run->data - run->data_meta);

	run->len += (u32)(size - run->linear_len);
	run->wire_len += (u32)(size - run->linear_len);
	run->data = (uintptr_t)data;
	run->data_meta = run->data - meta;
	run->data_end = run->data + size;
	run->linear_len = size;
}

static u32 room_before(const struct weir_run *run)
{
	const struct weir_packet *packet = run->owner;

	return packet ? (u32)((u8 *)(uintptr_t)run->data_meta - packet->start)
		      : 0;
}

static u32 room_behind(const struct weir_run *run)
{
	const struct weir_packet *packet = run->owner;

	return packet ? (u32)(packet->end - (u8 *)(uintptr_t)run->data_end) : 0;
}

/* Move the packet in its buffer, @by bytes (< 0: towards the start). */
static void shift(struct weir_run *run, s32 by)
{
	u8 *data = data_of(run);

	memmove(data + by, data, run->linear_len);
	set_place(run, data + by, run->linear_len);
}

static bool may_shift(const struct weir_run *run)
{
	const struct weir_packet *packet = run->owner;

	return packet && packet->moves && run->data_meta == run->data;
}

/* Metadata stays beside the packet; the network header stays where it is. */
static int flat_move_head(struct weir_run *run, s32 delta)
{
	u32 more = delta < 0 ? (u32)-delta : 0;
	u32 meta = (u32)(run->data - run->data_meta);

	if (delta > 0 && (u32)delta > run->linear_len)
		return -EINVAL;
	if (more > room_before(run)) {
		u32 by = more - room_before(run);

		if (!may_shift(run) || by > room_behind(run))
			return -EINVAL;
		shift(run, (s32)by);
	}
	if (meta)
		memmove((u8 *)(uintptr_t)run->data_meta + delta,
			(u8 *)(uintptr_t)run->data_meta, meta);
	set_place(run, data_of(run) + delta, run->linear_len - (u64)(s64)delta);
	run->net_off -= (u32)delta;
	return 0;
}

static int flat_move_meta(struct weir_run *run, s32 delta)
{
	u32 meta = (u32)(run->data - run->data_meta);

	if (delta < 0 ? (u32)-delta > room_before(run) : (u32)delta > meta)
		return -EINVAL;
	run->data_meta += (u64)(s64)delta;
	return 0;
}

static int flat_set_size(struct weir_run *run, u32 size)
{
	u32 old = (u32)run->linear_len;

	if (size > old && size - old > room_behind(run)) {
		u32 by = size - old - room_behind(run);

		if (!may_shift(run) || by > room_before(run))
			return -EINVAL;
		shift(run, -(s32)by);
	}
	if (size > old)
		memset(data_of(run) + old, 0, size - old);
	set_place(run, data_of(run), size);
	return 0;
}

static int flat_pull(struct weir_run *run, u32 size)
{
	return size <= run->linear_len ? 0 : -ENOMEM;
}

/* The tag that is beside the packet goes into its bytes. */
static int insert_tag(struct weir_run *run)
{
	u16 proto = (u16)run->vlan_proto;
	u16 tci = (u16)(run->vlan_tci << 8 | (run->vlan_tci >> 8 & 0xff));
	u32 net_off = run->net_off;
	u8 *data;

	if (run->linear_len < ETHER_HEADER)
		return -EINVAL;
	if (flat_move_head(run, -VLAN_TAG))
		return -ENOMEM;
	data = data_of(run);
	memmove(data, data + VLAN_TAG, ETHER_TYPE);
	memcpy(data + ETHER_TYPE, &proto, 2);
	memcpy(data + ETHER_TYPE + 2, &tci, 2);
	run->protocol = proto;
	run->net_off = net_off; /* what follows Ethernet's header: the tag */
	return 0;
}

static void put_tag(struct weir_run *run, u16 proto, u16 tci)
{
	run->vlan_present = 1;
	run->vlan_proto = proto;
	run->vlan_tci = tci;
}

static int flat_vlan_push(struct weir_run *run, u16 proto, u16 tci)
{
	int err = run->vlan_present ? insert_tag(run) : 0;

	if (!err)
		put_tag(run, proto, tci);
	return err;
}

static bool is_vlan(u32 protocol)
{
	const u8 *bytes = (const u8 *)&protocol;

	return (bytes[0] == 0x81 && bytes[1] == 0x00) ||
	       (bytes[0] == 0x88 && bytes[1] == 0xa8);
}

/* The first tag in the bytes comes out. */
static int remove_tag(struct weir_run *run, u16 *tci)
{
	u8 *data = data_of(run);

	if (run->linear_len < ETHER_HEADER + VLAN_TAG)
		return -ENOMEM;
	*tci = (u16)(data[ETHER_HEADER] << 8 | data[ETHER_HEADER + 1]);
	memmove(data + VLAN_TAG, data, ETHER_TYPE);
	flat_move_head(run, VLAN_TAG);
	run->net_off = max_t(u32, run->net_off, ETHER_HEADER);
	run->protocol = weir_ether_protocol(data_of(run), run->linear_len);
	return 0;
}

static int flat_vlan_pop(struct weir_run *run)
{
	u16 proto, tci;
	int err;

	if (run->vlan_present) {
		run->vlan_present = 0;
		run->vlan_proto = 0;
		run->vlan_tci = 0;
	} else {
		if (!is_vlan(run->protocol))
			return 0;
		err = remove_tag(run, &tci);
		if (err)
			return err;
	}
	if (!is_vlan(run->protocol))
		return 0;
	proto = (u16)run->protocol;
	err = remove_tag(run, &tci);
	if (!err)
		put_tag(run, proto, tci);
	return err;
}

/* Of bytes: FNV-1a, one for all packets whose bytes there are the same. */
static u32 mix(u32 hash, const u8 *bytes, u32 nr)
{
	while (nr--)
		hash = (hash ^ *bytes++) * 0x01000193;
	return hash;
}

/*
 * What tells flows apart: the addresses of IPv4 and IPv6, and the ports behind a
 * header without options. Linux's own hash is keyed at random; that it is the
 * same for the same flow is all that anyone may rely on. Never 0.
 */
static u32 flat_get_hash(struct weir_run *run)
{
	const u8 *net = data_of(run) + run->net_off;
	u32 hash = 0x811c9dc5, left;

	if (run->hash)
		return run->hash;
	left = run->net_off < run->linear_len
		       ? (u32)run->linear_len - run->net_off
		       : 0;
	if (left >= 20 && net[0] >> 4 == 4) {
		hash = mix(hash, net + 9, 1);
		hash = mix(hash, net + 12, 8);
		if (left >= 24 && (net[0] & 15) == 5)
			hash = mix(hash, net + 20, 4);
	} else if (left >= 40 && net[0] >> 4 == 6) {
		hash = mix(hash, net + 6, 1);
		hash = mix(hash, net + 8, 32);
		if (left >= 44)
			hash = mix(hash, net + 40, 4);
	} else {
		hash = mix(hash, data_of(run),
			   min_t(u32, (u32)run->linear_len, ETHER_HEADER));
	}
	run->hash = hash ? hash : 1;
	return run->hash;
}

static void flat_set_hash(struct weir_run *run, u32 hash)
{
	run->hash = hash;
}

const struct weir_packet_ops weir_packet_flat = {
	.load = flat_load,
	.store = flat_store,
	.move_head = flat_move_head,
	.move_meta = flat_move_meta,
	.set_size = flat_set_size,
	.pull = flat_pull,
	.vlan_push = flat_vlan_push,
	.vlan_pop = flat_vlan_pop,
	.get_hash = flat_get_hash,
	.set_hash = flat_set_hash,
};
