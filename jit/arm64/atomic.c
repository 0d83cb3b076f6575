// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Atomics: LSE, exclusives, or plain accesses where misaligned. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include "base/host.h"
#include "base/insn.h"
#include "jit/arm64/abi.h"
#include "jit/arm64/atomic.h"
#include "jit/arm64/branch.h"
#include "jit/arm64/imm.h"
#include "jit/arm64/insn.h"
#include "jit/arm64/ops.h"
#include "jit/emit.h"

/**
 * struct atomic - one operation with its registers
 * @op:		BPF's operation without BPF_FETCH
 * @fetch:	the old value is wanted
 * @wide:	8 bytes
 * @addr:	address
 * @src:	operand; also gets the old value (but for CMPXCHG)
 * @r0:		of CMPXCHG: what is expected, and the old value
 * @old:	scratch: what was in memory
 * @new:	scratch: what goes there
 * @failed:	scratch: the store did not happen
 */
struct atomic {
	u32 op;
	bool fetch;
	bool wide;
	enum a64_reg addr;
	enum a64_reg src;
	enum a64_reg r0;
	enum a64_reg old;
	enum a64_reg new;
	enum a64_reg failed;
};

/* new = old op src; for XCHG and CMPXCHG src itself is the new value. */
static enum a64_reg compute(struct weir_emit *e, const struct atomic *at)
{
	switch (at->op) {
	case BPF_ADD:
		weir_emit_word(e, a64_addsub_reg(A64_ADDSUB_SHIFT_ADD, at->wide,
						 at->new, at->old, at->src));
		return at->new;
	case BPF_AND:
		weir_emit_word(e, a64_logic_reg(A64_LOGIC_SHIFT_AND, at->wide,
						at->new, at->old, at->src));
		return at->new;
	case BPF_OR:
		weir_emit_word(e, a64_logic_reg(A64_LOGIC_SHIFT_ORR, at->wide,
						at->new, at->old, at->src));
		return at->new;
	case BPF_XOR:
		weir_emit_word(e, a64_logic_reg(A64_LOGIC_SHIFT_EOR, at->wide,
						at->new, at->old, at->src));
		return at->new;
	default:
		return at->src;
	}
}

static bool is_cmpxchg(const struct atomic *at)
{
	return at->op == (BPF_CMPXCHG & ~BPF_FETCH);
}

static void compare_old(struct weir_emit *e, const struct atomic *at)
{
	weir_emit_word(e, a64_addsub_reg(A64_ADDSUB_SHIFT_SUBS, at->wide,
					 A64_XZR, at->old, at->r0));
}

/* Hand out the old value, as 32-bit results zero-extended. */
static void give_old(struct weir_emit *e, const struct atomic *at)
{
	if (at->fetch)
		weir_emit_word(e, a64_mov_reg(at->wide,
					      is_cmpxchg(at) ? at->r0 : at->src,
					      at->old));
}

static void plain(struct weir_emit *e, const struct atomic *at)
{
	enum a64_ldst load = at->wide ? A64_LDST_LDR_X : A64_LDST_LDR_W;
	enum a64_ldst store = at->wide ? A64_LDST_STR_X : A64_LDST_STR_W;
	struct a64_simm9 none = { 0 };
	enum a64_reg new;

	weir_emit_word(e, a64_ldst_unscaled(load, at->old, at->addr, none));
	new = compute(e, at);
	if (is_cmpxchg(at)) {
		compare_old(e, at);
		weir_emit_word(e, a64_csel(A64_CSEL_CSEL, at->wide, at->new,
					   at->src, at->old, A64_COND_EQ));
		new = at->new;
	}
	weir_emit_word(e, a64_ldst_unscaled(store, new, at->addr, none));
	give_old(e, at);
}

static void to_label(struct weir_emit *e, u32 word, struct weir_label label)
{
	weir_asmbuf_branch(&e->buf, word, label, WEIR_FIXUP_A64_IMM19);
}

static void exclusives(struct weir_emit *e, const struct atomic *at)
{
	struct weir_label again = weir_asmbuf_label(&e->buf);
	struct weir_label done = weir_asmbuf_label(&e->buf);
	struct a64_imm19 none = { 0 };
	enum a64_reg new;

	weir_asmbuf_bind(&e->buf, again);
	weir_emit_word(e, a64_excl_ld(A64_EXCL_LD_LDXR, at->wide, at->old,
				      at->addr));
	if (is_cmpxchg(at)) {
		compare_old(e, at);
		to_label(e, a64_bcond(A64_COND_NE, none), done);
	}
	new = compute(e, at);
	weir_emit_word(e, a64_excl_st(at->fetch ? A64_EXCL_ST_STLXR
						: A64_EXCL_ST_STXR,
				      at->wide, at->failed, new, at->addr));
	to_label(e, a64_cb(A64_CB_CBNZ, false, at->failed, none), again);
	/* With the release before it, a full barrier, as Linux has it. */
	if (at->fetch)
		weir_emit_word(e, a64_dmb(A64_DMB_ISH));
	weir_asmbuf_bind(&e->buf, done);
	give_old(e, at);
}

static void lse(struct weir_emit *e, const struct atomic *at)
{
	enum a64_lse_order order = at->fetch ? A64_LSE_ACQ_REL
					     : A64_LSE_RELAXED;
	enum a64_reg rt = at->fetch ? at->src : A64_XZR;
	enum a64_reg rs = at->src;
	enum a64_lse op;

	switch (at->op) {
	case BPF_ADD:
		op = A64_LSE_LDADD;
		break;
	case BPF_AND:
		weir_emit_word(e, a64_logic_reg(A64_LOGIC_SHIFT_ORN, at->wide,
						at->new, A64_XZR, at->src));
		rs = at->new;
		op = A64_LSE_LDCLR;
		break;
	case BPF_OR:
		op = A64_LSE_LDSET;
		break;
	case BPF_XOR:
		op = A64_LSE_LDEOR;
		break;
	case BPF_XCHG & ~BPF_FETCH:
		op = A64_LSE_SWP;
		break;
	default:
		weir_emit_word(e, a64_cas(A64_CAS_CASAL, at->wide, at->r0,
					  at->src, at->addr));
		return;
	}
	weir_emit_word(e, a64_lse(op, order, at->wide, rs, rt, at->addr));
}

static void aligned(struct weir_emit *e, const struct atomic *at)
{
	if (e->features & WEIR_CPU_LSE)
		lse(e, at);
	else
		exclusives(e, at);
}

/* To @label if the address is aligned. */
static void branch_if_aligned(struct weir_emit *e, const struct atomic *at,
			      struct weir_label label)
{
	struct a64_imm19 none = { 0 };
	struct a64_logimm low;

	if (!a64_logical_imm(at->wide ? 7 : 3, true, &low)) {
		weir_asmbuf_fail(&e->buf, -EFAULT);
		return;
	}
	weir_emit_word(e, a64_logic_imm(A64_LOGIC_IMM_ANDS, A64_XZR, at->addr,
					low));
	to_label(e, a64_bcond(A64_COND_EQ, none), label);
}

static void set_address(struct weir_emit *e, const struct weir_ir_insn *insn,
			struct atomic *at)
{
	const bool stack = insn->a == IR_R10;

	at->addr = stack ? A64_SP : (enum a64_reg)e->frame.reg[insn->a];
	if (!stack && !insn->off)
		return;
	a64_add_imm(e, true, A64_SCRATCH, at->addr,
		    (u64)(s64)insn->off + (stack ? e->frame.bytes : 0));
	at->addr = A64_SCRATCH;
}

void a64_atomic(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	struct weir_label fast, done;
	struct atomic at = {
		.op = (u32)insn->imm & ~(u32)BPF_FETCH,
		.fetch = insn->imm & BPF_FETCH,
		.wide = insn->size == 8,
		.src = insn->b < IR_NR_REGS ? e->frame.reg[insn->b]
					    : WEIR_NO_MREG,
		.r0 = e->frame.reg[IR_R0],
		.old = A64_SCRATCH2,
	};

	if (e->frame.nr_temps < 2 || at.src == (enum a64_reg)WEIR_NO_MREG) {
		weir_asmbuf_fail(&e->buf, -EFAULT);
		return;
	}
	at.new = e->frame.temp[0];
	at.failed = e->frame.temp[1];
	set_address(e, insn, &at);
	if (insn->flags & IR_ALIGNED) {
		aligned(e, &at);
		return;
	}
	fast = weir_asmbuf_label(&e->buf);
	done = weir_asmbuf_label(&e->buf);
	branch_if_aligned(e, &at, fast);
	plain(e, &at);
	a64_jump(e, done);
	weir_asmbuf_bind(&e->buf, fast);
	aligned(e, &at);
	weir_asmbuf_bind(&e->buf, done);
}
