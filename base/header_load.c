// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Header-relative packet loads made plain.
 *
 *	r0 = *(u8 *)skb[SKF_LL_OFF + 9]		r0 = *(u8 *)skb[9]
 *
 *	r0 = *(u8 *)skb[rX + SKF_NET_OFF + 9]	r1 = *(u32 *)(r6 + net_off)
 *						w1 += wX
 *						r0 = *(u8 *)skb[r1 + 9]
 *
 * R1 (R2, if X is 1) is free: packet loads clobber R1 to R5.
 */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <uapi/linux/filter.h>
#include "base/ctx.h"
#include "base/header_load.h"
#include "base/host.h"
#include "base/log.h"
#include "base/prog.h"

static bool is_network_load(const struct bpf_insn *insn)
{
	return weir_insn_is_packet_load(insn) && insn->imm >= SKF_NET_OFF &&
	       insn->imm < SKF_AD_OFF;
}

static bool is_link_load(const struct bpf_insn *insn)
{
	return weir_insn_is_packet_load(insn) && insn->imm >= SKF_LL_OFF &&
	       insn->imm < SKF_NET_OFF;
}

static bool is_indexed(const struct bpf_insn *insn)
{
	return BPF_MODE(insn->code) == BPF_IND;
}

/* Slots that the instruction at @insn becomes; its second half goes along. */
static u32 size_of(const struct bpf_insn *insn)
{
	if (is_network_load(insn))
		return is_indexed(insn) ? 3 : 2;
	return 1;
}

/* One expansion under way: start[] has the new place of each old slot. */
struct expansion {
	const struct weir_prog *old;
	struct weir_rejection *rej;
	u32 *start;
	struct weir_prog new;
};

static void put(struct expansion *e, u32 at, u32 from, struct bpf_insn insn)
{
	e->new.insns[at] = insn;
	e->new.origin[at] = from;
}

static void put_network_load(struct expansion *e, u32 pc)
{
	struct bpf_insn load = e->old->insns[pc];
	u8 tmp = load.src_reg == BPF_REG_1 ? BPF_REG_2 : BPF_REG_1;
	u32 at = e->start[pc];

	put(e, at++, pc,
	    (struct bpf_insn){
		    .code = BPF_LDX | BPF_MEM | BPF_W,
		    .dst_reg = tmp,
		    .src_reg = BPF_REG_6,
		    .off = offsetof(struct weir_ctx_classic, net_off) });
	if (is_indexed(&load))
		put(e, at++, pc,
		    (struct bpf_insn){ .code = BPF_ALU | BPF_ADD | BPF_X,
				       .dst_reg = tmp,
				       .src_reg = load.src_reg });
	load.code = BPF_LD | BPF_IND | BPF_SIZE(load.code);
	load.src_reg = tmp;
	load.imm -= SKF_NET_OFF;
	put(e, at, pc, load);
}

/* What led `distance` slots on from behind old slot @pc, in new slots. */
static s64 new_distance(const struct expansion *e, u32 pc, s32 distance)
{
	u32 target = (u32)((s64)pc + 1 + distance);

	return (s64)e->start[target] - ((s64)e->start[pc] + 1);
}

static int put_jump(struct expansion *e, u32 pc)
{
	struct bpf_insn insn = e->old->insns[pc];
	s64 distance = new_distance(e, pc, insn.off);

	if (insn.code == (BPF_JMP32 | BPF_JA)) {
		insn.imm = (s32)new_distance(e, pc, insn.imm);
	} else if (distance == (s16)distance) {
		insn.off = (s16)distance;
	} else if (insn.code == (BPF_JMP | BPF_JA)) {
		insn.code = BPF_JMP32 | BPF_JA;
		insn.off = 0;
		insn.imm = (s32)distance;
	} else {
		return weir_reject(
			e->rej, WEIR_REJECT_JUMP_RANGE, pc,
			"header-relative loads between make it too far");
	}
	put(e, e->start[pc], pc, insn);
	return 0;
}

static int put_insn(struct expansion *e, u32 pc)
{
	struct bpf_insn insn = e->old->insns[pc];
	bool is_func = weir_insn_is_wide(&insn) && insn.src_reg == 4;

	if (weir_insn_is_jump(&insn))
		return put_jump(e, pc);
	if (is_network_load(&insn)) {
		put_network_load(e, pc);
		return 0;
	}
	if (is_link_load(&insn))
		insn.imm -= SKF_LL_OFF;
	else if (weir_insn_is_subprog_call(&insn) || is_func)
		insn.imm = (s32)new_distance(e, pc, insn.imm);
	put(e, e->start[pc], pc, insn);
	return 0;
}

static int put_all(struct expansion *e)
{
	u32 pc;
	int err;

	for (pc = 0; pc < e->old->nr_insns; pc++) {
		bool wide = weir_insn_is_wide(&e->old->insns[pc]);

		err = put_insn(e, pc);
		if (err)
			return err;
		if (wide) {
			pc++;
			put(e, e->start[pc], pc, e->old->insns[pc]);
		}
	}
	return 0;
}

/* Where each old slot starts, and how long it all becomes. */
static void place(struct expansion *e)
{
	const struct weir_prog *old = e->old;
	u32 pc, at = 0;

	for (pc = 0; pc < old->nr_insns; pc++) {
		const struct bpf_insn *insn = &old->insns[pc];

		e->start[pc] = at;
		at += size_of(insn);
		if (weir_insn_is_wide(insn))
			e->start[++pc] = at++;
	}
	e->new.nr_insns = at;
}

static int expand(struct expansion *e)
{
	size_t nr = e->new.nr_insns;
	int err;

	if (nr > WEIR_MAX_INSNS)
		return weir_reject(
			e->rej, WEIR_REJECT_TOO_LONG, 0,
			"%zu instructions with header-relative loads made plain, the limit is %u",
			nr, WEIR_MAX_INSNS);
	e->new.insns = weir_host_alloc(nr * sizeof(*e->new.insns));
	e->new.origin = weir_host_alloc(nr * sizeof(*e->new.origin));
	if (!e->new.insns || !e->new.origin)
		err = -ENOMEM;
	else
		err = put_all(e);
	if (err) {
		weir_host_free(e->new.insns);
		weir_host_free(e->new.origin);
	}
	return err;
}

static bool has_header_loads(const struct weir_prog *prog)
{
	u32 pc;

	for (pc = 0; pc < prog->nr_insns; pc++) {
		const struct bpf_insn *insn = &prog->insns[pc];

		if (is_network_load(insn) || is_link_load(insn))
			return true;
		pc += weir_insn_is_wide(insn);
	}
	return false;
}

int weir_header_load_expand(struct weir_prog *prog, struct weir_rejection *rej)
{
	struct expansion e = { .old = prog, .rej = rej };
	int err;

	if (!has_header_loads(prog))
		return 0;
	e.start = weir_host_alloc((size_t)prog->nr_insns * sizeof(u32));
	if (!e.start)
		return -ENOMEM;
	place(&e);
	err = expand(&e);
	weir_host_free(e.start);
	if (err)
		return err;
	weir_host_free(prog->insns);
	prog->insns = e.new.insns;
	prog->origin = e.new.origin;
	prog->nr_insns = e.new.nr_insns;
	return 0;
}
