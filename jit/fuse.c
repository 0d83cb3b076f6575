// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Neighbours that become one operation: a value is made, used by the next
 * operation, and dead after it. Each rule looks at such a pair (one, two),
 * rewrites `one` and leaves `two` to be dropped; or the other way round where
 * the second one has the effect. A rule's result may be the first of the next
 * pair.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include "jit/ir.h"
#include "jit/passes.h"

#define MAX_HOISTED 16 /* operations looked at */

static bool is64(const struct weir_ir_insn *insn)
{
	return insn->flags & IR_64;
}

static u32 bits_of(const struct weir_ir_insn *insn)
{
	return is64(insn) ? 64 : 32;
}

static bool has_imm(const struct weir_ir_insn *insn)
{
	return insn->flags & IR_IMM;
}

/* The value of @one is read by @two, as its first operand, and then dead. */
static bool feeds(const struct weir_ir_insn *one,
		  const struct weir_ir_insn *two)
{
	u32 bit;

	if (!(weir_ir_shape(one->op) & IR_WRITES) || two->a != one->dst)
		return false;
	if (one->dst > IR_R9)
		return false; /* nobody tells whether the others are dead */
	bit = IR_BIT(one->dst);
	return (weir_ir_writes(two) & bit) || !(two->live & bit);
}

/* Do the low halves of the operands decide the low half of the result? */
static bool works_narrow(const struct weir_ir_insn *insn)
{
	switch (insn->op) {
	case IR_ADD:
		return !(insn->flags & IR_UXT_B);
	case IR_SUB:
	case IR_MUL:
	case IR_AND:
	case IR_OR:
	case IR_XOR:
	case IR_NEG:
	case IR_MOV:
		return true;
	case IR_LSH:
		return has_imm(insn) && insn->imm < 32;
	default:
		return false;
	}
}

/* Is the upper half of the result known to be zero? */
static bool result_is_narrow(const struct weir_ir_insn *insn)
{
	switch (insn->op) {
	case IR_LD:
		return insn->size <= 4 &&
		       !((insn->flags & IR_SIGNED) && is64(insn));
	case IR_SWAP:
	case IR_ZX:
		return insn->size <= 4;
	case IR_MOVI:
		return (u64)insn->imm <= U32_MAX;
	case IR_UBFX:
		return !is64(insn) || weir_ir_field_width(insn->imm) <= 32;
	default:
		return !is64(insn);
	}
}

static void narrow(struct weir_ir_insn *insn)
{
	insn->flags &= (u8)~IR_64;
	if (has_imm(insn))
		insn->imm = (u32)insn->imm;
}

/* op t; mov d, t: make it in d. */
static bool into_place(struct weir_ir_insn *one, struct weir_ir_insn *two)
{
	if (two->op != IR_MOV || !feeds(one, two))
		return false;
	if (!(weir_ir_shape(one->op) & IR_PURE) || two->dst > IR_R9)
		return false;
	if (!is64(two) && !result_is_narrow(one)) {
		if (!works_narrow(one))
			return false;
		narrow(one);
	}
	one->dst = two->dst;
	return true;
}

/* ld; swap: a load that swaps. ld; zx: the load extends already. */
static bool into_load(struct weir_ir_insn *one, struct weir_ir_insn *two)
{
	if (one->op != IR_LD || (one->flags & (IR_SWAPPED | IR_SIGNED)) ||
	    !feeds(one, two))
		return false;
	if (two->op == IR_SWAP && two->size == one->size)
		one->flags |= IR_SWAPPED;
	else if (two->op != IR_ZX || two->size < one->size)
		return false;
	one->dst = two->dst;
	return true;
}

/* A mask of @width ones from bit 0 up? */
static bool is_low_mask(u64 mask, u32 *width)
{
	if (!mask || (mask & (mask + 1)))
		return false;
	*width = (u32)fls64(mask);
	return true;
}

static void make_field(struct weir_ir_insn *one, struct weir_ir_insn *two,
		       enum weir_ir_op op, u32 lsb, u32 width)
{
	one->op = op;
	one->dst = two->dst;
	one->imm = weir_ir_field(lsb, width);
}

/* and m; lsh n: bits into a field. */
static bool and_lsh(struct weir_ir_insn *one, struct weir_ir_insn *two)
{
	u32 bits = bits_of(two);
	u32 width, lsb = (u32)two->imm;

	if (!is_low_mask((u64)one->imm, &width))
		return false;
	make_field(one, two, IR_UBFIZ, lsb, min(width, bits - lsb));
	return true;
}

/* rsh n; and m: bits out of a field. and m; rsh n as well. */
static bool rsh_and(struct weir_ir_insn *one, struct weir_ir_insn *two)
{
	u32 lsb = (u32)one->imm;
	u32 width;

	if (!is_low_mask((u64)two->imm, &width))
		return false;
	make_field(one, two, IR_UBFX, lsb, min(width, bits_of(two) - lsb));
	return true;
}

static bool and_rsh(struct weir_ir_insn *one, struct weir_ir_insn *two)
{
	u32 lsb = (u32)two->imm;
	u64 mask = is64(one) ? (u64)one->imm : (u32)one->imm;
	u32 width;

	if (!is_low_mask(mask >> lsb, &width))
		return false;
	make_field(one, two, IR_UBFX, lsb, width);
	return true;
}

/* lsh n; and m: bits into a field, where the mask begins at n or below. */
static bool lsh_and(struct weir_ir_insn *one, struct weir_ir_insn *two)
{
	u32 lsb = (u32)one->imm;
	u64 mask = is64(two) ? (u64)two->imm : (u32)two->imm;
	u32 width;

	if (!is64(one))
		mask = (u32)mask;
	if (!lsb || !is_low_mask(mask >> lsb, &width))
		return false;
	/* Nothing of the upper half gets in: one width is as good. */
	if (lsb + width <= 32)
		one->flags &= (u8)~IR_64;
	else if (is64(one) != is64(two))
		return false;
	make_field(one, two, IR_UBFIZ, lsb, width);
	return true;
}

/* lsh n; rsh m: a field, cut or moved. */
static bool lsh_rsh(struct weir_ir_insn *one, struct weir_ir_insn *two)
{
	u32 bits = bits_of(two);
	u32 left = (u32)one->imm, right = (u32)two->imm;

	if (left == 32 && right == 32) {
		one->op = IR_MOV;
		one->flags = 0;
		one->imm = 0;
		one->dst = two->dst;
	} else if (right >= left) {
		make_field(one, two, IR_UBFX, right - left, bits - right);
	} else {
		make_field(one, two, IR_UBFIZ, left - right, bits - left);
	}
	return true;
}

/* lsh n; arsh n: sign extension. */
static bool lsh_arsh(struct weir_ir_insn *one, struct weir_ir_insn *two)
{
	u32 size = (bits_of(two) - (u32)two->imm) / 8;

	if (one->imm != two->imm || (two->imm & 7) ||
	    (size != 1 && size != 2 && size != 4))
		return false;
	one->op = IR_SX;
	one->flags &= (u8)~IR_IMM;
	one->imm = 0;
	one->size = (u8)size;
	one->dst = two->dst;
	return true;
}

static bool into_field(struct weir_ir_insn *one, struct weir_ir_insn *two)
{
	if (!has_imm(one) || !has_imm(two) || !feeds(one, two))
		return false;
	if (one->op == IR_LSH && two->op == IR_AND)
		return lsh_and(one, two);
	if (is64(one) != is64(two))
		return false;
	if (one->op == IR_AND && two->op == IR_LSH)
		return and_lsh(one, two);
	if (one->op == IR_AND && two->op == IR_RSH)
		return and_rsh(one, two);
	if (one->op == IR_RSH && two->op == IR_AND)
		return rsh_and(one, two);
	if (one->op == IR_LSH && two->op == IR_RSH)
		return lsh_rsh(one, two);
	if (one->op == IR_LSH && two->op == IR_ARSH)
		return lsh_arsh(one, two);
	return false;
}

/* add m; add n: their sum. */
static bool add_add(struct weir_ir_insn *one, struct weir_ir_insn *two)
{
	if (one->op != IR_ADD || two->op != IR_ADD || !has_imm(one) ||
	    !has_imm(two) || is64(one) != is64(two) || !feeds(one, two))
		return false;
	one->imm = (s64)((u64)one->imm + (u64)two->imm);
	if (!is64(one))
		one->imm = (u32)one->imm;
	one->dst = two->dst;
	return true;
}

/* add n; ld or st: into the address. Far offsets are left alone. */
static bool into_address(struct weir_ir_insn *one, struct weir_ir_insn *two)
{
	s64 off;

	if (one->op != IR_ADD || !is64(one) || !has_imm(one))
		return false;
	if ((two->op != IR_LD && two->op != IR_ST) || !feeds(one, two))
		return false;
	if (two->op == IR_ST && !has_imm(two) && two->b == one->dst)
		return false;
	off = one->imm + two->off;
	if (one->imm < -4096 || one->imm > 4095 || off < -256 || off > 4095)
		return false;
	two->a = one->a;
	two->off = (s32)off;
	return true;
}

/* and; br ==, != 0: a test of bits. */
static bool into_test(struct weir_ir_insn *one, struct weir_ir_insn *two)
{
	if (one->op != IR_AND || two->op != IR_BR || !has_imm(two) || two->imm)
		return false;
	if ((two->cond != IR_EQ && two->cond != IR_NE) || !feeds(one, two))
		return false;
	/* The narrower of the two decides: 32-bit results have no upper half. */
	if (!is64(one) || !is64(two))
		two->flags &= (u8)~IR_64;
	two->flags = (u8)((two->flags & ~IR_IMM) | (one->flags & IR_IMM));
	two->cond = two->cond == IR_EQ ? IR_CLEAR : IR_SET;
	two->a = one->a;
	two->b = one->b;
	two->imm = is64(two) ? one->imm : (u32)one->imm;
	return true;
}

/* and m; br ==, != v: a comparison of what the mask leaves. */
static bool into_masked(struct weir_ir_insn *one, struct weir_ir_insn *two)
{
	u64 mask, value;

	if (one->op != IR_AND || two->op != IR_BR || !has_imm(one) ||
	    !has_imm(two) || (two->flags & IR_MASKED))
		return false;
	if ((two->cond != IR_EQ && two->cond != IR_NE) || !feeds(one, two))
		return false;
	mask = is64(one) && is64(two) ? (u64)one->imm : (u32)one->imm;
	value = is64(two) ? (u64)two->imm : (u32)two->imm;
	if (mask > U32_MAX || (value & ~mask))
		return false;
	two->flags = (u8)((two->flags & ~IR_64) | IR_MASKED);
	two->imm = weir_ir_masked((u32)mask, (u32)value);
	two->a = one->a;
	return true;
}

static void drop(struct weir_ir_insn *insn)
{
	insn->op = IR_NOP;
}

/* Return: the one of the two that is left, or NULL if both are. */
static struct weir_ir_insn *fuse(struct weir_ir_insn *one,
				 struct weir_ir_insn *two)
{
	if (into_place(one, two) || into_load(one, two) ||
	    into_field(one, two) || add_add(one, two)) {
		one->live = two->live;
		one->live_hi = two->live_hi;
		drop(two);
		return one;
	}
	if (into_address(one, two) || into_test(one, two) ||
	    into_masked(one, two)) {
		drop(one);
		return two;
	}
	return NULL;
}

/* Is @reg, an operand of @insn, dead behind it? */
static bool dies_in(const struct weir_ir_insn *insn, u8 reg)
{
	return reg <= IR_R9 &&
	       (insn->dst == reg || !(insn->live & IR_BIT(reg)));
}

/*
 * x = a >> n; y = a << (width - n); d = x | y: a rotation, whichever shift
 * comes first.
 */
static bool rotate(struct weir_ir_insn *one, struct weir_ir_insn *two,
		   struct weir_ir_insn * or)
{
	const struct weir_ir_insn *right = one->op == IR_RSH ? one : two;
	const struct weir_ir_insn *left = one->op == IR_RSH ? two : one;

	if (or->op != IR_OR || has_imm(or) || right->op != IR_RSH ||
	    left->op != IR_LSH || !has_imm(left) || !has_imm(right))
		return false;
	if (is64(one) != is64(two) || is64(one) != is64(or) ||
	    left->imm + right->imm != bits_of(or))
		return false;
	if (one->a != two->a || one->dst == one->a || one->dst == two->dst)
		return false;
	if (!(or->a == one->dst && or->b == two->dst) &&
	    !(or->a == two->dst && or->b == one->dst))
		return false;
	if (!dies_in(or, one->dst) || !dies_in(or, two->dst))
		return false;
	or->op = IR_ROR;
	or->a = one->a;
	or->b = IR_NONE;
	or->flags |= IR_IMM;
	or->imm = right->imm;
	/* Of the operand, not of what a shift made over it, nothing is known. */
	if (two->dst == or->a)
		or->zero_hi &= (u16)~IR_BIT(or->a);
	drop(one);
	drop(two);
	return true;
}

static void fuse_block(struct weir_ir *ir, u32 first, u32 end)
{
	struct weir_ir_insn *before = NULL;
	struct weir_ir_insn *earlier = NULL;
	u32 i;

	for (i = first; i < end; i++) {
		struct weir_ir_insn *insn = &ir->insn[i];
		struct weir_ir_insn *left;

		if (insn->op == IR_NOP)
			continue;
		if (earlier && rotate(earlier, before, insn)) {
			earlier = NULL;
			before = insn;
			continue;
		}
		left = before ? fuse(before, insn) : NULL;
		earlier = left ? NULL : before;
		before = left ? left : insn;
	}
}

/*
 * Loads from the run context move up over constants at the program's start, so
 * that neighbours meet and the context is no longer needed when R0 is written.
 */
static void hoist_run_loads(struct weir_ir *ir, u32 first, u32 end)
{
	u32 i, j;

	for (i = first; i < end && i < first + MAX_HOISTED; i++) {
		for (j = i; j > first; j--) {
			struct weir_ir_insn *load = &ir->insn[j];
			struct weir_ir_insn *above = load - 1;
			struct weir_ir_insn moved = *load;

			if (load->op != IR_LD || load->a != IR_RUN ||
			    above->op != IR_MOVI || above->dst == load->dst)
				break;
			*load = *above;
			*above = moved;
		}
	}
}

void weir_ir_fuse(struct weir_ir *ir)
{
	u32 b;

	if (ir->nr_blocks > 1 && !ir->block[1].nr_jumps)
		hoist_run_loads(ir, ir->block[1].first, ir->block[2].first);
	for (b = 0; b < ir->nr_blocks; b++)
		fuse_block(ir, ir->block[b].first, ir->block[b + 1].first);
}
