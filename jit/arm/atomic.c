// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Atomics: exclusives, or plain accesses where misaligned. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include "base/insn.h"
#include "jit/arm/abi.h"
#include "jit/arm/atomic.h"
#include "jit/arm/branch.h"
#include "jit/arm/imm.h"
#include "jit/arm/insn.h"
#include "jit/arm/ops.h"
#include "jit/arm/pair.h"
#include "jit/emit.h"

/**
 * struct atomic - one operation with its registers
 * @op:		BPF's operation without BPF_FETCH
 * @fetch:	the old value is wanted
 * @wide:	8 bytes
 * @addr:	address
 * @status:	scratch: the store did not happen
 * @old:	scratch: what was in memory, low half and upper half
 * @new:	scratch: what goes there
 */
struct atomic {
	const struct a32_ctx *cx;
	u32 op;
	bool fetch;
	bool wide;
	enum a32_reg addr;
	enum a32_reg status;
	enum a32_reg old[2];
	enum a32_reg new[2];
};

static bool is_cmpxchg(const struct atomic *at)
{
	return at->op == (BPF_CMPXCHG & ~BPF_FETCH);
}

/* A half of an operand, in @temp's register if it is in none. */
static enum a32_reg half_of(const struct atomic *at, u8 reg, u32 half, u32 temp)
{
	return half ? a32_hi(at->cx, reg, temp) : a32_lo(at->cx->e, reg, temp);
}

static u32 temp_of_new(const struct atomic *at, u32 half)
{
	return at->wide ? 4 + half : 3;
}

/* new = old op src, half by half; XCHG and CMPXCHG just take src. */
static void compute(const struct atomic *at)
{
	struct weir_emit *e = at->cx->e;
	enum a32_dp op;
	u32 half;

	for (half = 0; half < (at->wide ? 2u : 1u); half++) {
		enum a32_reg src = half_of(at, at->cx->insn->b, half,
					   temp_of_new(at, half));

		switch (at->op) {
		case BPF_ADD:
			op = half ? A32_DP_ADC : A32_DP_ADD;
			break;
		case BPF_AND:
			op = A32_DP_AND;
			break;
		case BPF_OR:
			op = A32_DP_ORR;
			break;
		case BPF_XOR:
			op = A32_DP_EOR;
			break;
		default:
			a32_move_reg(e, at->new[half], src);
			continue;
		}
		if (at->op == BPF_ADD && !half)
			a32_put_dps(e, op, at->new[half], at->old[half],
				    a32_op2_reg(src));
		else
			a32_put_dp(e, op, at->new[half], at->old[half],
				   a32_op2_reg(src));
	}
}

/* Flags: is what was in memory what R0 expects? */
static void compare_old(const struct atomic *at)
{
	struct weir_emit *e = at->cx->e;
	enum a32_reg want = half_of(at, IR_R0, 0, temp_of_new(at, 0));

	weir_emit_word(e, a32_test(A32_TEST_CMP, A32_COND_AL, at->old[0],
				   a32_op2_reg(want)));
	if (!at->wide)
		return;
	want = half_of(at, IR_R0, 1, temp_of_new(at, 1));
	weir_emit_word(e, a32_test(A32_TEST_CMP, A32_COND_EQ, at->old[1],
				   a32_op2_reg(want)));
}

/* Hand out the old value, as 32-bit results zero-extended. */
static void give_old(const struct atomic *at)
{
	const u8 dst = is_cmpxchg(at) ? IR_R0 : at->cx->insn->b;
	struct weir_emit *e = at->cx->e;

	if (!at->fetch)
		return;
	a32_set_lo(e, dst, at->old[0]);
	if (!(at->cx->half->need & IR_BIT(dst)))
		return;
	if (!at->wide)
		a32_load_imm(e, at->old[0], 0);
	a32_set_hi(e, dst, at->wide ? at->old[1] : at->old[0]);
}

static void put_access(const struct atomic *at, enum a32_ldst op,
		       const enum a32_reg *rt)
{
	a32_access(at->cx->e, op, rt[0], at->addr, 0);
	if (at->wide)
		a32_access(at->cx->e, op, rt[1], at->addr, 4);
}

static void plain(const struct atomic *at)
{
	struct weir_emit *e = at->cx->e;
	struct weir_label done = weir_asmbuf_label(&e->buf);

	put_access(at, A32_LDST_LDR, at->old);
	if (is_cmpxchg(at)) {
		compare_old(at);
		a32_jump(e, A32_COND_NE, done);
	}
	compute(at);
	put_access(at, A32_LDST_STR, at->new);
	weir_asmbuf_bind(&e->buf, done);
	give_old(at);
}

static void put_exclusive_load(const struct atomic *at)
{
	weir_emit_word(at->cx->e,
		       at->wide
			       ? a32_ldrexd(A32_COND_AL,
					    (enum a32_even)at->old[0], at->addr)
			       : a32_ldrex(A32_LDREX_LDREX, A32_COND_AL,
					   at->old[0], at->addr));
}

static void put_exclusive_store(const struct atomic *at)
{
	weir_emit_word(at->cx->e,
		       at->wide
			       ? a32_strexd(A32_COND_AL, at->status,
					    (enum a32_even)at->new[0], at->addr)
			       : a32_strex(A32_STREX_STREX, A32_COND_AL,
					   at->status, at->new[0], at->addr));
}

/* With a fetch it is a full barrier, as Linux has it. */
static void put_barrier(const struct atomic *at)
{
	if (at->fetch)
		weir_emit_word(at->cx->e, a32_system(A32_SYSTEM_DMB_ISH));
}

static void exclusives(const struct atomic *at)
{
	struct weir_emit *e = at->cx->e;
	struct weir_label again = weir_asmbuf_label(&e->buf);
	struct weir_label done = weir_asmbuf_label(&e->buf);
	struct a32_op2 zero = { 0 };

	put_barrier(at);
	weir_asmbuf_bind(&e->buf, again);
	put_exclusive_load(at);
	if (is_cmpxchg(at)) {
		compare_old(at);
		a32_jump(e, A32_COND_NE, done);
	}
	compute(at);
	put_exclusive_store(at);
	if (!a32_op2_imm_make(&zero, 0))
		a32_bug(e);
	weir_emit_word(e,
		       a32_test(A32_TEST_CMP, A32_COND_AL, at->status, zero));
	a32_jump(e, A32_COND_NE, again);
	weir_asmbuf_bind(&e->buf, done);
	put_barrier(at);
	give_old(at);
}

/* To @label if the address is aligned. */
static void branch_if_aligned(const struct atomic *at, struct weir_label label)
{
	struct weir_emit *e = at->cx->e;
	struct a32_op2 low = { 0 };

	if (!a32_op2_imm_make(&low, at->wide ? 7 : 3))
		a32_bug(e);
	weir_emit_word(e, a32_test(A32_TEST_TST, A32_COND_AL, at->addr, low));
	a32_jump(e, A32_COND_EQ, label);
}

static enum a32_reg address(struct weir_emit *e,
			    const struct weir_ir_insn *insn)
{
	const enum a32_reg temp = a32_temp(e, 0);

	if (insn->a == IR_R10) {
		a32_add_imm(e, temp, A32_SP, a32_frame_top(e) + (u32)insn->off);
		return temp;
	}
	if (!insn->off)
		return a32_lo(e, insn->a, 0);
	a32_add_imm(e, temp, a32_lo(e, insn->a, 1), (u32)insn->off);
	return temp;
}

void a32_atomic(const struct a32_ctx *cx)
{
	const struct weir_ir_insn *insn = cx->insn;
	struct weir_emit *e = cx->e;
	struct weir_label fast, done;
	struct atomic at = {
		.cx = cx,
		.op = (u32)insn->imm & ~(u32)BPF_FETCH,
		.fetch = insn->imm & BPF_FETCH,
		.wide = insn->size == 8,
	};

	at.addr = address(e, insn);
	at.status = a32_temp(e, 1);
	at.old[0] = a32_temp(e, 2);
	at.old[1] = at.wide ? a32_temp(e, 3) : at.old[0];
	at.new[0] = a32_temp(e, at.wide ? 4 : 3);
	at.new[1] = at.wide ? a32_temp(e, 5) : at.new[0];
	if (insn->flags & IR_ALIGNED) {
		exclusives(&at);
		return;
	}
	fast = weir_asmbuf_label(&e->buf);
	done = weir_asmbuf_label(&e->buf);
	branch_if_aligned(&at, fast);
	plain(&at);
	a32_jump(e, A32_COND_AL, done);
	weir_asmbuf_bind(&e->buf, fast);
	exclusives(&at);
	weir_asmbuf_bind(&e->buf, done);
}
