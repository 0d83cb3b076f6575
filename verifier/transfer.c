// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The meaning of instructions on states: RFC 9669, and Linux where that is
 * silent. What comparisons teach lies in learn.c.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/ctx.h"
#include "base/insn.h"
#include "base/map.h"
#include "base/param.h"
#include "base/prog.h"
#include "verifier/call.h"
#include "verifier/learn.h"
#include "verifier/object.h"
#include "verifier/state.h"
#include "verifier/transfer.h"

void weir_transfer_entry(const struct weir_prog *prog, struct weir_state *s)
{
	if (prog->kind == WEIR_KIND_MEM) {
		s->reg[1] = weir_value_pointer(WEIR_VALUE_PACKET);
		s->reg[2] = weir_value_len();
	} else {
		s->reg[1] = weir_value_pointer(WEIR_VALUE_CTX);
	}
}

static void set_scalar(struct weir_value *v, struct weir_scalar num)
{
	*v = weir_value_scalar(&num);
}

/*
 * Bytes that follow the base once @n was added, if @reach bytes do now.
 *
 * Sound: the base moves up by n.smax at most, or down by n.smin at least.
 */
static s64 reach_after(s64 reach, u8 op, const struct weir_range *n)
{
	s64 far = WEIR_MAX_LEN;

	if (reach == WEIR_REACH_NONE || n->smin < -far || n->smax > far)
		return WEIR_REACH_NONE;
	return op == BPF_ADD ? reach - n->smax : reach + n->smin;
}

/* dst = pointer +- number. */
static struct weir_value add_to_pointer(struct weir_state *s,
					const struct weir_value *p, u8 op,
					const struct weir_value *n)
{
	struct weir_value v = *p;
	s64 by;

	if (weir_scalar_is_const(&n->num)) {
		by = (s64)n->num.bits.value;
		/* Far offsets go to the variable part, which may wrap. */
		if (by >= -S32_MAX && by <= S32_MAX) {
			v.off += op == BPF_ADD ? by : -by;
			if (v.off >= -S32_MAX && v.off <= S32_MAX)
				return v;
			v.off = p->off;
		}
	}
	/* the buffer's start plus its size is its end */
	if (op == BPF_ADD && p->kind == WEIR_VALUE_PACKET &&
	    p->id == WEIR_ID_NONE && n->id == WEIR_ID_LEN &&
	    n->off >= -S32_MAX && n->off <= S32_MAX) {
		struct weir_value end = weir_value_end(WEIR_MAX_LEN);
		struct weir_scalar off = weir_scalar_const((u64)n->off);

		end.num = weir_scalar_alu(BPF_SUB, true, 0, &n->num, &off);
		end.off = p->off + n->off;
		return end;
	}
	v.num = weir_scalar_alu(op, true, 0, &p->num, &n->num);
	v.id = weir_state_new_id(s);
	if (v.kind == WEIR_VALUE_PACKET)
		v.reach =
			reach_after(weir_learn_reach(s, p), op, &n->num.range);
	else if (v.kind != WEIR_VALUE_OUTER && !weir_value_is_sized(&v))
		v.reach = WEIR_REACH_NONE;
	return v;
}

/* The distance between two pointers into one object. */
static struct weir_value sub_pointers(const struct weir_value *a,
				      const struct weir_value *b)
{
	struct weir_scalar off = weir_scalar_const((u64)(a->off - b->off));
	struct weir_scalar num;
	struct weir_value v;

	if (a->id == b->id)
		return weir_value_scalar(&off);
	if (!weir_object_is_same(a, b)) {
		num = weir_scalar_unknown();
		return weir_value_scalar(&num);
	}
	num = weir_scalar_alu(BPF_SUB, true, 0, &a->num, &b->num);
	num = weir_scalar_alu(BPF_ADD, true, 0, &num, &off);
	v = weir_value_scalar(&num);
	if (a->id == WEIR_ID_END && b->id == WEIR_ID_NONE) {
		v.id = WEIR_ID_LEN;
		v.off = a->off - b->off;
	}
	return v;
}

/*
 * The same of their low halves. Sound: the low half of a difference is the
 * difference of the low halves.
 */
static struct weir_value low_distance(const struct weir_value *a,
				      const struct weir_value *b)
{
	struct weir_value v = sub_pointers(a, b);
	struct weir_scalar num;

	if (v.num.range.umax <= U32_MAX)
		return v;
	num = weir_scalar_zext(&v.num, 32);
	return weir_value_scalar(&num);
}

static struct weir_value add_scalars(const struct weir_value *a, u8 op,
				     const struct weir_value *b)
{
	struct weir_scalar num = weir_scalar_alu(op, true, 0, &a->num, &b->num);
	struct weir_value v = weir_value_scalar(&num);
	const struct weir_value *base = a, *by = b;

	if (op == BPF_ADD && weir_scalar_is_const(&a->num)) {
		base = b;
		by = a;
	}
	if (!weir_scalar_is_const(&by->num) || base->id == WEIR_ID_NONE ||
	    weir_scalar_is_const(&num))
		return v;
	v.id = base->id;
	v.off = (s64)(op == BPF_ADD ? (u64)base->off + by->num.bits.value
				    : (u64)base->off - by->num.bits.value);
	/* reach speaks of numbers below 2^32 */
	if (num.range.umax <= U32_MAX)
		v.reach = base->reach;
	return v;
}

static struct weir_value add_values(struct weir_state *s,
				    const struct weir_value *a, u8 op,
				    const struct weir_value *b)
{
	struct weir_scalar any = weir_scalar_unknown();

	if (weir_value_is_scalar(a) && weir_value_is_scalar(b))
		return add_scalars(a, op, b);
	if (weir_value_is_pointer(a) && weir_value_is_scalar(b))
		return add_to_pointer(s, a, op, b);
	if (weir_value_is_scalar(a) && weir_value_is_pointer(b) &&
	    op == BPF_ADD)
		return add_to_pointer(s, b, op, a);
	if (weir_value_is_pointer(a) && a->kind == b->kind && op == BPF_SUB)
		return sub_pointers(a, b);
	return weir_value_scalar(&any);
}

static void transfer_mov(struct weir_state *s, const struct bpf_insn *insn,
			 const struct weir_value *src)
{
	struct weir_value *dst = &s->reg[insn->dst_reg];
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	struct weir_scalar num;

	if (is64 && !insn->off) {
		*dst = *src;
		return;
	}
	num = weir_scalar_alu(BPF_MOV, is64, (u32)insn->off, &dst->num,
			      &src->num);
	/* Sound: an extension that changes nothing is a plain copy. */
	if (weir_value_is_scalar(src) && weir_scalar_equal(&num, &src->num) &&
	    (is64 || src->num.range.umax <= U32_MAX) &&
	    (!insn->off || !(src->num.range.umax >> (insn->off - 1)))) {
		*dst = *src;
		return;
	}
	set_scalar(dst, num);
}

/*
 * Left by 32 and right again is how a 32-bit move is written in code that has
 * none; so what it keeps of a value is worth knowing. Between the two the state
 * remembers what was there. Return: it was the second.
 */
static bool shift_back(struct weir_state *s, const struct bpf_insn *insn, u8 op,
		       u8 shifted)
{
	struct weir_value *dst = &s->reg[insn->dst_reg];
	struct bpf_insn mov = *insn;

	if (op == BPF_LSH) {
		s->shifted = *dst;
		s->shifted_reg = insn->dst_reg;
		return false;
	}
	if (shifted != insn->dst_reg || (op != BPF_RSH && op != BPF_ARSH))
		return false;
	mov.code = op == BPF_RSH ? BPF_ALU | BPF_MOV | BPF_X
				 : BPF_ALU64 | BPF_MOV | BPF_X;
	mov.off = op == BPF_RSH ? 0 : 32;
	transfer_mov(s, &mov, &s->shifted);
	return true;
}

static void transfer_alu(struct weir_state *s, const struct bpf_insn *insn,
			 u8 shifted)
{
	struct weir_value *dst = &s->reg[insn->dst_reg];
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	u8 op = BPF_OP(insn->code);
	const struct weir_value *src = &s->reg[insn->src_reg];
	struct weir_value imm;

	if (op == BPF_END) {
		/* little-endian hosts; ALU64's BPF_END always swaps */
		if (is64 || BPF_SRC(insn->code) == BPF_TO_BE)
			set_scalar(dst, weir_scalar_bswap(&dst->num,
							  (u32)insn->imm));
		else if (insn->imm < 64)
			set_scalar(dst,
				   weir_scalar_zext(&dst->num, (u32)insn->imm));
		return;
	}
	if (BPF_SRC(insn->code) == BPF_K || op == BPF_NEG) {
		imm = weir_value_const((u64)(s64)insn->imm);
		src = &imm;
	} else if (op == BPF_MOV) {
		weir_state_name(s, &s->reg[insn->src_reg]);
	}
	if (op == BPF_MOV) {
		transfer_mov(s, insn, src);
		return;
	}
	if (is64 && (op == BPF_ADD || op == BPF_SUB)) {
		*dst = add_values(s, dst, op, src);
		return;
	}
	if (!is64 && op == BPF_SUB && weir_value_is_pointer(dst) &&
	    dst->kind == src->kind) {
		*dst = low_distance(dst, src);
		return;
	}
	if (is64 && BPF_SRC(insn->code) == BPF_K && insn->imm == 32 &&
	    shift_back(s, insn, op, shifted))
		return;
	/* Sound: x ^ x and x - x are 0, whatever x is. */
	if (BPF_SRC(insn->code) == BPF_X && insn->src_reg == insn->dst_reg &&
	    (op == BPF_XOR || op == BPF_SUB)) {
		set_scalar(dst, weir_scalar_const(0));
		return;
	}
	set_scalar(dst, weir_scalar_alu(op, is64, (u32)insn->off, &dst->num,
					&src->num));
}

/* What memory other than the stack gives. */
static struct weir_value load_ctx(const struct weir_prog *prog, s64 off,
				  u32 size)
{
	const struct weir_ctx_field *f = NULL;
	struct weir_scalar num = weir_scalar_bytes(size);

	if (off >= 0 && off <= S32_MAX)
		f = weir_ctx_find(prog->kind, (s32)off, size, false);
	switch (f ? f->yields : WEIR_CTX_SCALAR) {
	case WEIR_CTX_PACKET:
		return weir_value_pointer(WEIR_VALUE_PACKET);
	case WEIR_CTX_PACKET_END:
		return weir_value_end(WEIR_MAX_LINEAR);
	case WEIR_CTX_PACKET_META:
		return weir_value_pointer(WEIR_VALUE_META);
	default:
		return weir_value_scalar(&num);
	}
}

/* What a map that nothing changes any more has at @p + @off, if that is one
 * place.
 */
static bool load_constant(const struct weir_prog *prog,
			  const struct weir_value *p, s32 off, u32 size,
			  struct weir_value *v)
{
	u64 at = (u64)p->off + p->num.bits.value + (u64)(s64)off, x = 0;
	const u8 *values;

	if (p->kind != WEIR_VALUE_MAP_VALUE || p->or_null ||
	    !weir_scalar_is_const(&p->num) || at > p->size ||
	    p->size - at < size)
		return false;
	if (p->readable != WEIR_ELEM_UNKNOWN)
		at += (u64)(p->readable - 1u) *
		      prog->maps[p->object]->elem_bytes;
	else if (p->site != WEIR_SITE_CONST)
		return false;
	values = weir_object_values(prog, p->object);
	if (!values)
		return false;
	memcpy(&x, values + at, size); /* little-endian hosts */
	*v = weir_value_const(x);
	return true;
}

/*
 * What a load of a live parameter gives, if it is one.
 *
 * Sound: its block has numbers of its range only, from the start on, and each
 * is stored at once. Signed ones come as the low bits that a load gives.
 */
static bool load_param(const struct weir_prog *prog, const struct weir_value *p,
		       s32 off, u32 size, struct weir_scalar *num)
{
	u32 nr = weir_object_param(prog, p, off, size);
	const struct weir_param_def *def;

	if (nr == WEIR_NO_PARAM)
		return false;
	def = &weir_object_map(prog, p->object)->params->def[nr];
	if (!(def->flags & WEIR_PARAM_SIGNED)) {
		*num = weir_scalar_u64(def->min, def->max);
		return true;
	}
	*num = weir_scalar_s64((s64)def->min, (s64)def->max);
	if (size < 8)
		*num = weir_scalar_zext(num, 8 * size);
	return true;
}

/* The same extended with its sign. */
static bool load_signed_param(const struct weir_prog *prog,
			      const struct weir_value *p, s32 off, u32 size,
			      struct weir_scalar *num)
{
	u32 nr = weir_object_param(prog, p, off, size);
	const struct weir_param_def *def;

	if (nr == WEIR_NO_PARAM)
		return false;
	def = &weir_object_map(prog, p->object)->params->def[nr];
	if (!(def->flags & WEIR_PARAM_SIGNED))
		return false;
	*num = weir_scalar_s64((s64)def->min, (s64)def->max);
	return true;
}

static struct weir_value load(const struct weir_prog *prog,
			      const struct weir_state *s,
			      const struct weir_value *p, s32 off, u32 size)
{
	struct weir_scalar any = weir_scalar_bytes(size);
	struct weir_value known;
	s32 at;

	if (p->kind == WEIR_VALUE_CTX)
		return load_ctx(prog, p->off + off, size);
	if (load_constant(prog, p, off, size, &known))
		return known;
	if (load_param(prog, p, off, size, &any))
		return weir_value_scalar(&any);
	if (weir_state_is_at_stack(p, off, size, &at)) {
		struct weir_value v = weir_state_stack_load(s, at, size);

		if (!weir_value_is_scalar(&v) ||
		    v.num.range.umax <= any.range.umax)
			return v;
		/* stored from a wider register */
		any = weir_scalar_zext(&v.num, 8 * size);
	}
	return weir_value_scalar(&any);
}

bool weir_transfer_peek(const struct weir_prog *prog,
			const struct weir_state *s, const struct weir_value *p,
			u32 size, u64 *out)
{
	struct weir_value v;

	if (!weir_value_is_pointer(p) || p->or_null ||
	    p->kind == WEIR_VALUE_CTX)
		return false;
	v = load(prog, s, p, 0, size);
	if (!weir_value_is_const(&v))
		return false;
	*out = v.num.bits.value;
	return true;
}

static void transfer_load(const struct weir_prog *prog, struct weir_state *s,
			  const struct bpf_insn *insn)
{
	u32 size = weir_insn_size(insn->code);
	const struct weir_value *p = &s->reg[insn->src_reg];
	struct weir_value v = load(prog, s, p, insn->off, size);
	struct weir_scalar num;

	if (BPF_CLASS(insn->code) == BPF_LDX &&
	    BPF_MODE(insn->code) == BPF_MEMSX) {
		if (!load_signed_param(prog, p, insn->off, size, &num))
			num = weir_scalar_sext(&v.num, 8 * size);
		set_scalar(&v, num);
	}
	s->reg[insn->dst_reg] = v;
}

static void store(struct weir_state *s, const struct weir_value *p, s32 off,
		  u32 size, const struct weir_value *v)
{
	s64 min, max;
	s32 at;

	weir_state_outer_write(s, p, off, size);
	if (p->kind != WEIR_VALUE_STACK)
		return;
	if (weir_state_is_at_stack(p, off, size, &at)) {
		weir_state_stack_store(s, at, size, v);
		return;
	}
	if (!weir_value_bounds(p, &min, &max)) {
		min = -WEIR_MAX_STACK - off;
		max = -(s64)size - off;
	}
	min = max_t(s64, min + off, -WEIR_MAX_STACK);
	max = min_t(s64, max + off + size, 0);
	if (min < max)
		weir_state_stack_clobber(s, (s32)min, (s32)max);
}

static void transfer_store(struct weir_state *s, const struct bpf_insn *insn)
{
	u32 size = weir_insn_size(insn->code);
	struct weir_value v = weir_value_const((u64)(s64)insn->imm);

	if (BPF_CLASS(insn->code) == BPF_STX) {
		v = s->reg[insn->src_reg];
		/* a copy, if all of it is kept */
		if (size == 8 || (weir_value_is_scalar(&v) &&
				  !(v.num.range.umax >> (8 * size)))) {
			weir_state_name(s, &s->reg[insn->src_reg]);
			v = s->reg[insn->src_reg];
		}
	}
	/* what is kept is what a load of the same size would give */
	if (size < 8 && weir_value_is_scalar(&v) &&
	    v.num.range.umax >> (8 * size)) {
		struct weir_scalar low = weir_scalar_zext(&v.num, 8 * size);

		v = weir_value_scalar(&low);
	}
	store(s, &s->reg[insn->dst_reg], insn->off, size, &v);
}

static void transfer_atomic(const struct weir_prog *prog, struct weir_state *s,
			    const struct bpf_insn *insn)
{
	u32 size = weir_insn_size(insn->code);
	struct weir_scalar num = weir_scalar_bytes(size);
	struct weir_value any = weir_value_scalar(&num);

	if (insn->imm == BPF_LOAD_ACQ) {
		transfer_load(prog, s, insn);
		return;
	}
	store(s, &s->reg[insn->dst_reg], insn->off, size, &any);
	if (insn->imm == BPF_STORE_REL)
		return;
	if (insn->imm == BPF_CMPXCHG)
		s->reg[BPF_REG_0] = any;
	else if (insn->imm & BPF_FETCH)
		s->reg[insn->src_reg] = any;
}

/* What LD_IMM64 gives. */
static struct weir_value constant(const struct weir_prog *prog, u32 pc)
{
	const struct bpf_insn *insn = &prog->insns[pc];
	struct weir_value v;

	switch (insn->src_reg) {
	case BPF_PSEUDO_MAP_IDX:
		return weir_value_map(insn->imm & (WEIR_OBJECT_INNER - 1));
	case BPF_PSEUDO_MAP_IDX_VALUE:
		v = weir_value_sized(WEIR_VALUE_MAP_VALUE, (u8)insn->imm,
				     prog->maps[insn->imm]->def.value_size,
				     WEIR_SITE_CONST);
		v.id = WEIR_ID_DIRECT + (u32)insn->imm;
		v.off = insn[1].imm;
		return v;
	case BPF_PSEUDO_FUNC:
		v = weir_value_pointer(WEIR_VALUE_FUNC);
		v.off = (s64)pc + 1 + insn->imm;
		return v;
	default:
		return weir_value_const((u32)insn[0].imm | (u64)(u32)insn[1].imm
								   << 32);
	}
}

static void transfer_ld(const struct weir_prog *prog, struct weir_state *s,
			u32 pc)
{
	const struct bpf_insn *insn = &prog->insns[pc];

	if (weir_insn_is_wide(insn)) {
		s->reg[insn->dst_reg] = constant(prog, pc);
		return;
	}
	weir_call_drop_args(s);
	set_scalar(&s->reg[BPF_REG_0],
		   weir_scalar_bytes(weir_insn_size(insn->code)));
}

void weir_transfer_insn(const struct weir_prog *prog,
			const struct weir_cfg *cfg,
			const struct weir_effects *effects,
			struct weir_state *s, u32 pc)
{
	const struct bpf_insn *insn = &prog->insns[pc];
	u8 shifted = s->shifted_reg;

	s->shifted_reg = WEIR_NOT_SHIFTED;
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		transfer_alu(s, insn, shifted);
		break;
	case BPF_LD:
		transfer_ld(prog, s, pc);
		break;
	case BPF_LDX:
		transfer_load(prog, s, insn);
		break;
	case BPF_STX:
		if (BPF_MODE(insn->code) == BPF_ATOMIC) {
			transfer_atomic(prog, s, insn);
			break;
		}
		transfer_store(s, insn);
		break;
	case BPF_ST:
		transfer_store(s, insn);
		break;
	default:
		if (weir_insn_is_subprog_call(insn))
			weir_call_subprog(prog, cfg, effects, s, pc);
		else if (weir_insn_is_call(insn))
			weir_call_helper(prog, cfg, effects, s, pc);
	}
}
