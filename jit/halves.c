// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Upper halves on a 32-bit target, by two analyses over the final IR.
 *
 * Forwards, what an upper half may hold. A register's value is one of
 *
 *	BITS n	a number below 2^n, n up to 32
 *	NEAR d	an address at most d bytes from some byte of an object
 *	MAYBE	the address of a byte of an object, or 0; a test for 0 decides
 *	TOP	anything
 *
 * and only TOP may have an upper half. Values join at blocks; at a loop's head
 * those that still grow after a few rounds become TOP.
 *
 * Backwards, whether somebody reads it:
 *
 *	before(i) = (after(i) - writes(i)) + (reads_hi(i) - zero(i))
 *
 * where reads_hi(i) are the upper halves that the result depends on, given
 * whether the upper half of the result is read itself.
 */
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/host.h"
#include "base/insn.h"
#include "base/run.h"
#include "jit/halves.h"
#include "jit/ir.h"

#define NR_TRACKED IR_R10 /* R0 to R9; what the others hold never changes */
#define TRACKED (IR_BIT(NR_TRACKED) - 1)

/* Rounds until growing values become TOP, and until all of a loop does. */
#define PATIENCE 4
#define MAX_ROUNDS 16

/* --- Values ------------------------------------------------------------------ */

#define NEAR 0x8000u
#define MAYBE NEAR /* a distance of 0 does not occur otherwise */
#define TOP 0x7fffu
#define NONE 0x7ffeu /* no run gets here */

static bool is_near(u32 v)
{
	return (v & NEAR) && v != MAYBE;
}

static bool has_no_upper(u32 v)
{
	return v != TOP && v != NONE;
}

static u32 near(u64 slack)
{
	return slack <= WEIR_ADDRESS_SLACK ? NEAR | (u32)slack : 32;
}

/* Bits that may be set, 64 if anything. */
static u32 bits_of(u32 v)
{
	if (v & NEAR)
		return 32;
	return has_no_upper(v) ? v : 64;
}

static u32 of_bits(u32 bits)
{
	return bits <= 32 ? bits : TOP;
}

static u32 of_constant(u64 value)
{
	return of_bits((u32)fls64(value));
}

static u32 join(u32 a, u32 b)
{
	if (a == b || b == NONE)
		return a;
	if (a == NONE)
		return b;
	if (a == TOP || b == TOP)
		return TOP;
	if ((a == MAYBE || a == near(1) || !a) &&
	    (b == MAYBE || b == near(1) || !b))
		return MAYBE;
	if (a == MAYBE || b == MAYBE || is_near(a) != is_near(b))
		return 32;
	return max(a, b);
}

static u32 low_half(u32 v)
{
	return v == TOP ? 32 : v;
}

/* --- What an operation makes -------------------------------------------------- */

struct operands {
	u32 a;
	u32 b;
	u32 width; /* bits of the operation */
	bool imm;
	s64 value; /* of the second, if it is a constant */
};

static u32 add(const struct operands *in)
{
	u32 a = in->a, b = in->b;

	if (in->imm && in->value < 0) {
		if (is_near(a) && in->value >= -WEIR_ADDRESS_SLACK &&
		    (a & ~NEAR) + (u64)-in->value <= WEIR_ADDRESS_SLACK)
			return near((a & ~NEAR) + (u64)-in->value);
		return TOP;
	}
	if (is_near(b)) {
		a = in->b;
		b = in->a;
	}
	if (is_near(a)) {
		u64 slack = (a & ~NEAR) + (1ULL << min(bits_of(b), 33u)) - 1;

		return slack <= WEIR_ADDRESS_SLACK ? near(slack) : TOP;
	}
	return of_bits(max(bits_of(a), bits_of(b)) + 1);
}

static u32 shift_left(const struct operands *in)
{
	if (!in->imm)
		return TOP;
	return of_bits(bits_of(in->a) + (u32)in->value);
}

static u32 shift_right(const struct operands *in, bool is_signed)
{
	u32 bits = bits_of(in->a);

	if (is_signed && bits >= in->width)
		return of_bits(in->width);
	if (!in->imm)
		return of_bits(bits);
	return of_bits(bits > in->value ? bits - (u32)in->value : 0);
}

static u32 divide(const struct operands *in, bool is_signed, bool rest)
{
	/* Of numbers that are not negative the result is at most the first. */
	if (is_signed &&
	    (bits_of(in->a) >= in->width || bits_of(in->b) >= in->width))
		return of_bits(in->width);
	if (rest && in->imm && in->value > 0)
		return of_bits(min(bits_of(in->a), bits_of(in->b)));
	return of_bits(bits_of(in->a));
}

static u32 extend(const struct weir_ir_insn *insn, u32 a)
{
	u32 bits = 8u * insn->size;

	if (insn->op == IR_ZX)
		return min(bits_of(a), bits);
	if (bits_of(a) < bits)
		return a;
	return insn->flags & IR_64 ? TOP : 32;
}

static u32 loaded(const struct weir_ir_insn *insn)
{
	if (insn->size < 8)
		return (insn->flags & IR_SIGNED) && (insn->flags & IR_64) ? TOP
		       : insn->flags & IR_SIGNED			  ? 32
						 : 8u * insn->size;
	if (insn->a != IR_RUN)
		return TOP;
	switch (insn->off) {
	case offsetof(struct weir_run, data):
	case offsetof(struct weir_run, data_end):
	case offsetof(struct weir_run, data_meta):
		return near(1);
	case offsetof(struct weir_run, linear_len):
		return 32;
	default:
		return TOP;
	}
}

static u32 field(const struct weir_ir_insn *insn)
{
	u32 width = weir_ir_field_width(insn->imm);

	if (insn->op == IR_UBFIZ)
		width += weir_ir_field_lsb(insn->imm);
	return of_bits(width);
}

static u32 result(const struct weir_ir_insn *insn, const struct operands *in)
{
	/* The sum is one, the rest is what is added to it. */
	if (insn->flags & IR_ADDRESS)
		return insn->op == IR_ADD ? near(1) : 32;
	switch (insn->op) {
	case IR_MOV:
		return in->a;
	case IR_MOVI:
		return of_constant((u64)insn->imm);
	case IR_ADD:
		return add(in);
	case IR_MUL:
		return of_bits(bits_of(in->a) + bits_of(in->b));
	case IR_AND:
		return of_bits(min(bits_of(in->a), bits_of(in->b)));
	case IR_OR:
	case IR_XOR:
		return of_bits(max(bits_of(in->a), bits_of(in->b)));
	case IR_LSH:
		return shift_left(in);
	case IR_RSH:
	case IR_ARSH:
		return shift_right(in, insn->op == IR_ARSH);
	case IR_DIV:
	case IR_SDIV:
		return divide(in, insn->op == IR_SDIV, false);
	case IR_MOD:
	case IR_SMOD:
		return divide(in, insn->op == IR_SMOD, true);
	case IR_SWAP:
		return of_bits(8u * insn->size);
	case IR_ZX:
	case IR_SX:
		return extend(insn, in->a);
	case IR_UBFX:
	case IR_UBFIZ:
		return field(insn);
	case IR_ADDR:
		return near(1);
	case IR_PARAM:
		return of_bits(insn->imm ? fls64((u64)insn->imm) : 0);
	case IR_LD:
		return loaded(insn);
	default:
		return TOP;
	}
}

/* --- Forwards ------------------------------------------------------------------ */

struct halves {
	const struct weir_ir *ir;
	struct weir_half *half;
	u16 (*in)[NR_TRACKED]; /* per block */
	u16 *need; /* per block, at its start */
	u16 returned; /* R0 where subprograms return */
	u16 need_returned; /* IR_BIT(IR_R0) if some caller needs its upper half */
	u32 round;
	bool again;
};

/* Of the run's registers none has an upper half. */
static u32 value_of(const u16 *regs, u8 reg)
{
	if (reg < NR_TRACKED)
		return regs[reg];
	if (reg == IR_R10 || reg == IR_RUN || reg == IR_PKT)
		return near(1);
	return 32;
}

static void set(u16 *regs, u32 written, u32 v)
{
	u32 r;

	for (r = 0; r < NR_TRACKED; r++)
		if (written & IR_BIT(r))
			regs[r] = (u16)v;
}

/* The base of an access, or what a guard let through, is near an object. */
static void note_address(const struct weir_ir_insn *insn, u16 *regs)
{
	s64 off = insn->off;
	u32 size = insn->size;

	if (insn->a >= NR_TRACKED)
		return;
	if (insn->op == IR_GUARD_RANGE || insn->op == IR_GUARD_STACK ||
	    insn->op == IR_GUARD_VALUE) {
		off = weir_ir_range_lo(insn->imm);
		size = weir_ir_range_size(insn->imm);
	} else if (insn->op != IR_LD && insn->op != IR_ST &&
		   insn->op != IR_ATOMIC) {
		return;
	}
	off = off < 0 ? -off : off;
	if (off + size <= WEIR_ADDRESS_SLACK)
		regs[insn->a] = (u16)near((u64)off + size);
}

/* The second operand after its shift. */
static u32 shifted(const struct weir_ir_insn *insn, u32 b)
{
	const bool wide = (insn->flags & IR_64) && !(insn->flags & IR_UXT_B);
	const struct operands in = {
		.a = b,
		.width = wide ? 64 : 32,
		.imm = true,
		.value = insn->size,
	};
	u32 v;

	switch (insn->cond) {
	case IR_SHIFT_LSL:
		v = shift_left(&in);
		break;
	case IR_SHIFT_LSR:
	case IR_SHIFT_ASR:
		v = shift_right(&in, insn->cond == IR_SHIFT_ASR);
		break;
	default:
		v = TOP;
		break;
	}
	return wide ? v : low_half(v);
}

static u32 made_by(const struct weir_ir_insn *insn, const u16 *regs)
{
	const bool is64 = insn->flags & IR_64;
	struct operands in = {
		.width = is64 ? 64 : 32,
		.imm = insn->flags & IR_IMM,
		.value = insn->imm,
	};
	u32 v;

	if (insn->op == IR_ATOMIC)
		return insn->size == 8 ? TOP : 32;
	if (!(weir_ir_shape(insn->op) & IR_WRITES))
		return TOP;
	in.a = value_of(regs, insn->a);
	in.b = in.imm ? of_constant((u64)insn->imm) : value_of(regs, insn->b);
	if (!is64 || (insn->flags & IR_UXT_B))
		in.b = low_half(in.b);
	if (insn->flags & IR_SHIFTED)
		in.b = shifted(insn, in.b);
	if (!is64 && insn->op != IR_LD && insn->op != IR_MOVI)
		in.a = low_half(in.a);
	v = result(insn, &in);
	return is64 || insn->op == IR_LD || insn->op == IR_MOVI ? v
								: low_half(v);
}

static void step(struct weir_half *half, const struct weir_ir_insn *insn,
		 u16 *regs)
{
	u32 written = weir_ir_writes(insn);
	u32 r, v;

	half->zero = (1u << IR_NR_REGS) - 1 - TRACKED;
	for (r = 0; r < NR_TRACKED; r++) {
		if ((insn->zero_hi & IR_BIT(r)) && regs[r] == TOP)
			regs[r] = 32;
		if (has_no_upper(regs[r]))
			half->zero |= IR_BIT(r);
	}
	v = made_by(insn, regs);
	note_address(insn, regs);
	set(regs, written, v);
	if (insn->op == IR_CALL && (insn->flags & IR_ADDRESS))
		regs[IR_R0] = MAYBE;
	if (insn->op == IR_GUARD_NULL && insn->a < NR_TRACKED &&
	    regs[insn->a] == MAYBE)
		regs[insn->a] = (u16)near(1);
	half->makes_zero = has_no_upper(v);
}

/* What subprograms return is one value: what any of them does. */
static void step_return(struct halves *h, const struct weir_ir_insn *insn,
			u16 *regs)
{
	u32 v;

	if (insn->op == IR_CALLSUB)
		regs[IR_R0] = h->returned;
	if (insn->op != IR_RETURN)
		return;
	v = h->round >= PATIENCE && h->returned != join(h->returned, regs[0])
		    ? TOP
		    : join(h->returned, regs[0]);
	if (v != h->returned)
		h->again = true;
	h->returned = (u16)v;
}

static void merge(struct halves *h, u32 from, u32 to, const u16 *regs)
{
	const bool loop = h->ir->block[to].flags & IR_BLOCK_LOOP;
	u16 *in = h->in[to];
	u32 r, v;

	for (r = 0; r < NR_TRACKED; r++) {
		v = join(in[r], regs[r]);
		if (v == in[r])
			continue;
		in[r] = (u16)(loop && h->round >= PATIENCE ? TOP : v);
		if (to <= from)
			h->again = true;
	}
}

/* On either side of a test for 0 it is known whether there is an address. */
static void merge_tested(struct halves *h, u32 b,
			 const struct weir_ir_insn *insn, u16 *regs)
{
	const bool eq = insn->cond == IR_EQ;
	u16 *a = &regs[insn->a];

	*a = (u16)(eq ? 0 : near(1));
	merge(h, b, insn->target, regs);
	*a = (u16)(eq ? near(1) : 0);
}

static bool tests_maybe(const struct weir_ir_insn *insn, const u16 *regs)
{
	return insn->op == IR_BR && (insn->flags & IR_IMM) && !insn->imm &&
	       (insn->cond == IR_EQ || insn->cond == IR_NE) &&
	       !(insn->flags & IR_MASKED) && insn->a < NR_TRACKED &&
	       regs[insn->a] == MAYBE;
}

static void forward_block(struct halves *h, u32 b)
{
	const struct weir_ir *ir = h->ir;
	u16 regs[NR_TRACKED];
	bool ended = false;
	u32 i;

	if (h->in[b][0] == NONE)
		return;
	memcpy(regs, h->in[b], sizeof(regs));
	for (i = ir->block[b].first; i < ir->block[b + 1].first; i++) {
		const struct weir_ir_insn *insn = &ir->insn[i];

		step(&h->half[i], insn, regs);
		step_return(h, insn, regs);
		if (tests_maybe(insn, regs))
			merge_tested(h, b, insn, regs);
		else if (insn->op == IR_BR || insn->op == IR_JMP)
			merge(h, b, insn->target, regs);
		ended = weir_ir_ends_block(insn);
	}
	if (!ended && b + 1 < ir->nr_blocks)
		merge(h, b, b + 1, regs);
}

static void forward(struct halves *h)
{
	const struct weir_ir *ir = h->ir;
	u32 b, r, v;

	for (b = 0; b < ir->nr_blocks; b++) {
		v = !b || (ir->block[b].flags & IR_BLOCK_SUBPROG) ? TOP : NONE;
		for (r = 0; r < NR_TRACKED; r++)
			h->in[b][r] = (u16)v;
	}
	do {
		h->again = false;
		for (b = 0; b < ir->nr_blocks; b++) {
			if (h->round == MAX_ROUNDS &&
			    (ir->block[b].flags & IR_BLOCK_LOOP))
				set(h->in[b], TRACKED, TOP);
			forward_block(h, b);
			if (!(b & 0xfff))
				weir_host_resched();
		}
	} while (h->again && h->round++ < MAX_ROUNDS);
}

/* --- Backwards ------------------------------------------------------------------ */

static u32 bit(u8 reg)
{
	return reg < NR_TRACKED ? IR_BIT(reg) : 0;
}

/* Both operands of an operation, by their upper halves. */
static u32 both(const struct weir_ir_insn *insn)
{
	u32 mask = bit(insn->a);

	if (!(insn->flags & (IR_IMM | IR_UXT_B)))
		mask |= bit(insn->b);
	return mask;
}

/* The upper half of a constant leaves nothing of the other operand. */
static bool decided_by_imm(const struct weir_ir_insn *insn)
{
	u64 upper = (u64)insn->imm >> 32;

	if (!(insn->flags & IR_IMM))
		return false;
	return (insn->op == IR_AND && !upper) ||
	       (insn->op == IR_OR && upper == U32_MAX);
}

static bool is_shifted(const struct weir_ir_insn *insn)
{
	return (insn->flags & (IR_SHIFTED | IR_UXT_B)) == IR_SHIFTED;
}

/* A shift to the right brings the upper half down. */
static u32 shifted_reads_hi(const struct weir_ir_insn *insn, bool hi)
{
	u32 mask = hi ? bit(insn->a) : 0;

	if (insn->cond != IR_SHIFT_LSL || (hi && insn->size < 32))
		mask |= bit(insn->b);
	return mask;
}

static u32 reads_hi_of_64(const struct weir_ir_insn *insn, bool hi)
{
	switch (insn->op) {
	case IR_MOV:
	case IR_NEG:
	case IR_LSH:
		return hi ? bit(insn->a) : 0;
	case IR_RSH:
	case IR_ARSH:
	case IR_ROR:
		return bit(insn->a);
	case IR_ADD:
	case IR_SUB:
	case IR_MUL:
	case IR_AND:
	case IR_OR:
	case IR_XOR:
		if (is_shifted(insn))
			return shifted_reads_hi(insn, hi);
		return hi && !decided_by_imm(insn) ? both(insn) : 0;
	case IR_DIV:
	case IR_MOD:
	case IR_SDIV:
	case IR_SMOD:
	case IR_BR:
		return both(insn);
	case IR_UBFX:
		return weir_ir_field_lsb(insn->imm) +
					       weir_ir_field_width(insn->imm) >
				       32
			       ? bit(insn->a)
			       : 0;
	case IR_UBFIZ:
		return hi && weir_ir_field_width(insn->imm) > 32 ? bit(insn->a)
								 : 0;
	default:
		return 0;
	}
}

/* What an exit record tells of the registers. */
static u32 told(const struct weir_ir *ir, u32 guard)
{
	const struct weir_ir_exit *exit = &ir->exit[guard];
	u32 mask = 0;
	u32 i;

	for (i = 0; i < NR_TRACKED; i++)
		if (!(exit->low_only & IR_BIT(i)))
			mask |= bit(exit->from[i]);
	return mask;
}

static u32 reads_hi(const struct weir_ir *ir, const struct weir_ir_insn *insn,
		    bool hi)
{
	u32 mask = weir_ir_is_guard(insn) ? told(ir, insn->target) : 0;

	switch (insn->op) {
	case IR_ST:
		return insn->size == 8 && !(insn->flags & IR_IMM) ? bit(insn->b)
								  : 0;
	case IR_ATOMIC:
		if (insn->size < 8)
			return 0;
		return bit(insn->b) |
		       (insn->imm == BPF_CMPXCHG ? IR_BIT(IR_R0) : 0);
	case IR_SWAP:
		return insn->size == 8 ? bit(insn->a) : 0;
	case IR_CALL:
		return weir_ir_reads(insn) & IR_ARGUMENTS;
	case IR_EXIT:
		return IR_BIT(IR_R0);
	case IR_GUARD_RANGE:
	case IR_GUARD_STACK:
	case IR_GUARD_VALUE:
	case IR_GUARD_NULL:
		return mask | bit(insn->a);
	default:
		break;
	}
	return insn->flags & IR_64 ? mask | reads_hi_of_64(insn, hi) : mask;
}

static void note_returned(struct halves *h)
{
	if (!h->need_returned)
		h->again = true;
	h->need_returned = IR_BIT(IR_R0);
}

static u32 backward_block(struct halves *h, u32 b, u32 need, u32 *pairs)
{
	const struct weir_ir *ir = h->ir;
	u32 i, written;
	bool hi;

	for (i = ir->block[b + 1].first; i-- > ir->block[b].first;) {
		const struct weir_ir_insn *insn = &ir->insn[i];
		struct weir_half *half = &h->half[i];

		if (weir_ir_ends_block(insn))
			need = 0;
		if (insn->op == IR_BR || insn->op == IR_JMP)
			need |= h->need[insn->target];
		half->need = (u16)need;
		written = weir_ir_writes(insn);
		hi = need & written;
		need &= ~written;
		/* On the other side of a call nobody knows what is zero here. */
		if (insn->op == IR_CALLSUB)
			need |= h->need[insn->target] & IR_ARGUMENTS;
		if (insn->op == IR_CALLSUB && (half->need & IR_BIT(IR_R0)))
			note_returned(h);
		if (insn->op == IR_RETURN)
			need |= h->need_returned;
		need |= reads_hi(ir, insn, hi) & ~half->zero;
		*pairs |= need | half->need;
	}
	return need;
}

static u32 backward(struct halves *h)
{
	const struct weir_ir *ir = h->ir;
	u32 pairs = 0, need, b;

	h->round = 0;
	do {
		h->again = false;
		need = 0;
		pairs = 0;
		for (b = ir->nr_blocks; b-- > 0;) {
			const u32 flags = ir->block[b].flags;

			need = backward_block(h, b, need, &pairs);
			if (h->round == MAX_ROUNDS && (flags & IR_BLOCK_LOOP))
				need = TRACKED;
			need |= h->need[b];
			if (h->need[b] != need &&
			    (flags & (IR_BLOCK_LOOP | IR_BLOCK_SUBPROG)))
				h->again = true;
			h->need[b] = (u16)need;
			if (!(b & 0xfff))
				weir_host_resched();
		}
	} while (h->again && h->round++ <= MAX_ROUNDS);
	return pairs;
}

int weir_halves(const struct weir_ir *ir, struct weir_half *half, u32 *pairs)
{
	struct halves h = { .ir = ir, .half = half };
	int err = -ENOMEM;

	h.in = weir_host_alloc((size_t)ir->nr_blocks * sizeof(*h.in));
	h.need = weir_host_alloc((size_t)ir->nr_blocks * sizeof(*h.need));
	if (h.in && h.need) {
		forward(&h);
		*pairs = backward(&h);
		err = 0;
	}
	weir_host_free(h.in);
	weir_host_free(h.need);
	return err;
}
