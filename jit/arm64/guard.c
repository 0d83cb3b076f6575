// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Guards: a comparison, and the branch out that is taken if it fails. */
#include <linux/kernel.h>
#include "base/run.h"
#include "jit/arm64/abi.h"
#include "jit/arm64/branch.h"
#include "jit/arm64/call.h"
#include "jit/arm64/guard.h"
#include "jit/arm64/imm.h"
#include "jit/arm64/insn.h"
#include "jit/arm64/ops.h"
#include "jit/emit.h"
#include "verifier/facts.h"

static enum a64_reg mreg(const struct weir_emit *e, u8 reg)
{
	return e->frame.reg[reg];
}

static void guard_len(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	a64_compare_imm(e, true, mreg(e, IR_LEN), (u64)insn->imm);
	a64_branch_out(e, a64_on_cond(A64_COND_LO), insn->target);
}

static void guard_rem(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	struct a64_extsh none = { 0 };
	enum a64_reg rem = a64_get_dst(e, insn);

	weir_emit_word(e, a64_addsub_ext(A64_ADDSUB_EXT_SUB, true, rem,
					 mreg(e, IR_LEN), a64_get_a(e, insn),
					 A64_EXT_UXTW, none));
	a64_compare_imm(e, true, rem, (u64)insn->imm);
	a64_branch_out(e, a64_on_cond(A64_COND_LT), insn->target);
}

static void guard_less(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	a64_compare_imm(e, true, a64_get_a(e, insn), (u64)insn->imm);
	a64_branch_out(e, a64_on_cond(A64_COND_LT), insn->target);
}

/*
 * Both ends at once: at = x16 as an unsigned number, and the limit is what
 * @space leaves when @size is taken. Leaves if at > limit, or if there is no
 * such limit (then CCMP sets the flags of "higher").
 */
static void within(struct weir_emit *e, enum a64_reg space, u32 size, u32 guard)
{
	enum a64_addsub_imm op = A64_ADDSUB_IMM_SUBS;
	struct a64_uimm12 imm;

	/* Accesses are small; a limit of 4095 is far above any. */
	if (!a64_addsub(size, true, &op, &imm)) {
		a64_bug(e);
		return;
	}
	weir_emit_word(e, a64_addsub_imm(op, true, A64_SCRATCH2, space, imm));
	weir_emit_word(e, a64_ccmp_reg(A64_CCMP_REG_CCMP, true, A64_SCRATCH,
				       A64_SCRATCH2, A64_NZCV_C, A64_COND_HS));
	a64_branch_out(e, a64_on_cond(A64_COND_HI), guard);
}

static void guard_index(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	weir_emit_word(e, a64_mov_reg(false, A64_SCRATCH2, a64_get_a(e, insn)));
	a64_add_imm(e, true, A64_SCRATCH, A64_SCRATCH2,
		    (u64)(s64)weir_ir_range_lo(insn->imm));
	within(e, mreg(e, IR_LEN), weir_ir_range_size(insn->imm), insn->target);
}

/* x16 = x16 + lo; may use x17. */
static void add_low(struct weir_emit *e, s32 lo)
{
	enum a64_addsub_imm op = A64_ADDSUB_IMM_ADD;
	struct a64_uimm12 imm;

	if (!lo)
		return;
	if (a64_addsub((u64)(s64)lo, true, &op, &imm)) {
		weir_emit_word(e, a64_addsub_imm(op, true, A64_SCRATCH,
						 A64_SCRATCH, imm));
		return;
	}
	a64_load_imm(e, A64_SCRATCH2, (u64)(s64)lo);
	weir_emit_word(e,
		       a64_addsub_reg(A64_ADDSUB_SHIFT_ADD, true, A64_SCRATCH,
				      A64_SCRATCH, A64_SCRATCH2));
}

/* x17 = rn - value */
static void limit_of(struct weir_emit *e, enum a64_reg rn, s64 value)
{
	enum a64_addsub_imm op = A64_ADDSUB_IMM_SUB;
	struct a64_uimm12 imm;

	if (a64_addsub((u64)value, true, &op, &imm)) {
		weir_emit_word(e,
			       a64_addsub_imm(op, true, A64_SCRATCH2, rn, imm));
		return;
	}
	a64_load_imm(e, A64_SCRATCH2, (u64)value);
	weir_emit_word(e, a64_addsub_reg(A64_ADDSUB_SHIFT_SUB, true,
					 A64_SCRATCH2, rn, A64_SCRATCH2));
}

/*
 * [a + lo, a + lo + size) in [PKT, PKT + LEN), by distances, which are exact:
 * at = a - PKT as a signed number.
 */
static void guard_range(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	s32 lo = weir_ir_range_lo(insn->imm);
	u32 size = weir_ir_range_size(insn->imm);
	enum a64_reg len = mreg(e, IR_LEN);

	weir_emit_word(e,
		       a64_addsub_reg(A64_ADDSUB_SHIFT_SUB, true, A64_SCRATCH,
				      a64_get_a(e, insn), mreg(e, IR_PKT)));
	if (!(insn->flags & IR_LOW_OK)) {
		add_low(e, lo);
		within(e, len, size, insn->target);
		return;
	}
	/* at <= LEN - (lo + size); LEN < 2^32, so this cannot wrap. */
	limit_of(e, len, (s64)lo + size);
	weir_emit_word(e, a64_addsub_reg(A64_ADDSUB_SHIFT_SUBS, true, A64_XZR,
					 A64_SCRATCH, A64_SCRATCH2));
	a64_branch_out(e, a64_on_cond(A64_COND_GT), insn->target);
}

/*
 * [a + lo, a + lo + size) in [R10 - stack, R10): the distance from the lower
 * end, unsigned, is at most stack - size. Sound for a proven lower end too.
 */
static void guard_stack(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	s32 lo = weir_ir_range_lo(insn->imm);
	u32 size = weir_ir_range_size(insn->imm);
	u32 stack = e->ir->stack_bytes;
	enum a64_reg ra = mreg(e, insn->a);
	u64 below;

	if (insn->a == IR_R10 || size > stack) {
		a64_bug(e);
		return;
	}
	/* a + lo - (sp + bytes - stack) */
	below = (u64)e->frame.bytes - stack;
	a64_add_imm(e, true, A64_SCRATCH2, A64_SP, 0);
	weir_emit_word(e, a64_addsub_reg(A64_ADDSUB_SHIFT_SUB, true,
					 A64_SCRATCH, ra, A64_SCRATCH2));
	add_low(e, (s32)(lo - (s64)below));
	a64_compare_imm(e, true, A64_SCRATCH, stack - size);
	a64_branch_out(e, a64_on_cond(A64_COND_HI), insn->target);
}

/* x17 = where the map value lies that the guard measures from. */
static void load_base(struct weir_emit *e, const struct weir_guard *guard)
{
	if (guard->base == WEIR_BASE_CONST)
		a64_load_address(e, A64_SCRATCH2, WEIR_RELOC_VALUES, guard->map,
				 0);
	else
		a64_access(e, A64_LDST_LDR_X, A64_SCRATCH2, mreg(e, IR_RUN),
			   (s64)offsetof(struct weir_run, base) +
				   8 * guard->base);
}

/*
 * [a + lo, a + lo + size) in the value: its distance from the start, as an
 * unsigned number, is at most what the value has over size. Where the lower end
 * is proven, lo goes to the other side, and the numbers are signed.
 */
static void guard_value(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	const struct weir_guard *guard = &e->ir->guard[insn->target];
	const s32 lo = weir_ir_range_lo(insn->imm);
	const s64 room = (s64)guard->size - weir_ir_range_size(insn->imm);
	const bool low_ok = insn->flags & IR_LOW_OK;

	if (room < 0) {
		a64_leave(e, insn->target);
		return;
	}
	load_base(e, guard);
	weir_emit_word(e,
		       a64_addsub_reg(A64_ADDSUB_SHIFT_SUB, true, A64_SCRATCH,
				      a64_get_a(e, insn), A64_SCRATCH2));
	if (lo && !low_ok)
		add_low(e, lo);
	if (lo && low_ok) {
		a64_compare_imm(e, true, A64_SCRATCH, (u64)(room - lo));
		a64_branch_out(e, a64_on_cond(A64_COND_GT), insn->target);
	} else {
		a64_compare_imm(e, true, A64_SCRATCH, (u64)room);
		a64_branch_out(e, a64_on_cond(A64_COND_HI), insn->target);
	}
}

static void guard_fuel(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	enum a64_reg fuel = mreg(e, IR_FUEL);
	struct a64_uimm12 one;

	if (!a64_uimm12_make(&one, 1))
		return;
	weir_emit_word(e, a64_addsub_imm(A64_ADDSUB_IMM_SUBS, true, fuel, fuel,
					 one));
	a64_branch_out(e, a64_on_cond(A64_COND_LO), insn->target);
}

void a64_guard(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	switch (insn->op) {
	case IR_GUARD_LEN:
		guard_len(e, insn);
		break;
	case IR_GUARD_REM:
		guard_rem(e, insn);
		break;
	case IR_GUARD_LESS:
		guard_less(e, insn);
		break;
	case IR_GUARD_INDEX:
		guard_index(e, insn);
		break;
	case IR_GUARD_RANGE:
		guard_range(e, insn);
		break;
	case IR_GUARD_STACK:
		guard_stack(e, insn);
		break;
	case IR_GUARD_VALUE:
		guard_value(e, insn);
		break;
	case IR_GUARD_ENDED:
		a64_ended(e, insn);
		break;
	case IR_GUARD_NULL:
		a64_branch_out(
			e, a64_on_zero(A64_CB_CBZ, true, a64_get_a(e, insn)),
			insn->target);
		break;
	default:
		guard_fuel(e, insn);
		break;
	}
}
