// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Registers and frames: entry, epilogue, stubs, exit trampoline. */
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/host.h"
#include "base/run.h"
#include "jit/arm64/abi.h"
#include "jit/arm64/branch.h"
#include "jit/arm64/ops.h"
#include "jit/emit.h"

static const u8 leaf_map[IR_NR_REGS] = {
	[0] = A64_X0,
	[1] = A64_X1,
	[2] = A64_X2,
	[3] = A64_X3,
	[4] = A64_X4,
	[5] = A64_X5,
	[6] = A64_X6,
	[7] = A64_X7,
	[8] = A64_X11,
	[9] = A64_X12,
	[IR_R10] = WEIR_NO_MREG,
	[IR_RUN] = A64_X8,
	[IR_PKT] = A64_X9,
	[IR_LEN] = A64_X10,
	[IR_FUEL] = A64_X13,
	[IR_REM] = A64_X14,
	[IR_PTR] = A64_X15,
};

static const u8 call_map[IR_NR_REGS] = {
	[0] = A64_X0,
	[1] = A64_X1,
	[2] = A64_X2,
	[3] = A64_X3,
	[4] = A64_X4,
	[5] = A64_X5,
	[6] = A64_X19,
	[7] = A64_X20,
	[8] = A64_X21,
	[9] = A64_X22,
	[IR_R10] = WEIR_NO_MREG,
	[IR_RUN] = A64_X23,
	[IR_PKT] = A64_X24,
	[IR_LEN] = A64_X26,
	[IR_FUEL] = A64_X27,
	[IR_REM] = A64_X9,
	[IR_PTR] = A64_X10,
};

#define CALLEE_SAVED GENMASK(28, 19)
/* What an operation may need beside x16 and x17: see atomics. */
#define MOST_TEMPS 2

/* Registers that hold nothing in this program, of x1 to x15. */
static void find_temps(struct weir_frame *frame, u32 used)
{
	u32 taken = BIT(A64_X0);
	u32 i;

	for (i = 0; i < IR_NR_REGS; i++)
		if ((used & IR_BIT(i)) && frame->reg[i] != WEIR_NO_MREG)
			taken |= BIT(frame->reg[i]);
	frame->nr_temps = 0;
	for (i = A64_X15; i >= A64_X1; i--)
		if (!(taken & BIT(i)))
			frame->temp[frame->nr_temps++] = (u8)i;
}

static u32 saved_by(const struct weir_frame *frame, u32 used, u32 which)
{
	u32 mask = 0;
	u32 i;

	for (i = 0; i < IR_NR_REGS; i++)
		if ((used & which & IR_BIT(i)) && frame->reg[i] != WEIR_NO_MREG)
			mask |= BIT(frame->reg[i]);
	return mask & CALLEE_SAVED;
}

static bool has_atomics(const struct weir_ir *ir)
{
	u32 i;

	for (i = 0; i < ir->nr_insns; i++)
		if (ir->insn[i].op == IR_ATOMIC)
			return true;
	return false;
}

/*
 * May the run context stay in x0, where it arrives? Only if nothing needs it
 * from the first write of R0 on. Without loops the order of the operations is
 * an order of their execution.
 */
static bool run_stays_in_x0(const struct weir_ir *ir)
{
	bool written = false;
	u32 i;

	if (ir->has_calls || ir->nr_guards)
		return false;
	for (i = 0; i < ir->nr_blocks; i++)
		if (ir->block[i].flags & IR_BLOCK_LOOP)
			return false;
	for (i = 0; i < ir->nr_insns; i++) {
		if (written && (weir_ir_reads(&ir->insn[i]) & IR_BIT(IR_RUN)))
			return false;
		if (weir_ir_writes(&ir->insn[i]) & IR_BIT(IR_R0))
			written = true;
	}
	return true;
}

static void choose_map(struct weir_emit *e)
{
	const struct weir_ir *ir = e->ir;
	struct weir_frame *frame = &e->frame;

	memcpy(frame->reg, ir->has_calls ? call_map : leaf_map,
	       sizeof(frame->reg));
	find_temps(frame, ir->used);
	if (frame->nr_temps < MOST_TEMPS && has_atomics(ir)) {
		memcpy(frame->reg, call_map, sizeof(frame->reg));
		find_temps(frame, ir->used);
	}
	if (run_stays_in_x0(ir))
		frame->reg[IR_RUN] = A64_X0;
}

static u32 align16(u32 bytes)
{
	return (bytes + 15) & ~15u;
}

void a64_plan(struct weir_emit *e)
{
	const struct weir_ir *ir = e->ir;
	struct weir_frame *frame = &e->frame;
	u32 stack = ir->used & IR_BIT(IR_R10) ? align16(ir->stack_bytes) : 0;

	choose_map(e);
	frame->saved = saved_by(frame, ir->used, U32_MAX);
	if (ir->has_subprogs) {
		frame->saved |= BIT(A64_ENTRY_SP);
		frame->sub_saved = saved_by(frame, ir->used, IR_PROGRAM_REGS);
	}
	frame->exists = ir->has_calls || stack || frame->saved;
	if (frame->exists)
		frame->bytes =
			16 + align16(8 * hweight32(frame->saved)) + stack;
}

/* --- Frames ---------------------------------------------------------------- */

enum direction {
	SAVE,
	RESTORE
};

/* The registers of @mask, in pairs, above the frame record. */
static void move_saved(struct weir_emit *e, u32 mask, enum direction way)
{
	const bool save = way == SAVE;
	struct a64_pair_off pair;
	struct a64_ldst_uoff single;
	u32 first = 0, off = 16;
	u32 r;

	for (r = 19; r <= 28; r++) {
		if (!(mask & BIT(r)))
			continue;
		if (!first) {
			first = r;
			continue;
		}
		if (!a64_pair_off_make(
			    &pair, save ? A64_PAIR_STP_X : A64_PAIR_LDP_X, off))
			weir_asmbuf_fail(&e->buf, -EFAULT);
		else
			weir_emit_word(e,
				       a64_pair_offset(pair, first, r, A64_SP));
		off += 16;
		first = 0;
	}
	if (!first)
		return;
	if (!a64_ldst_uoff_make(&single, save ? A64_LDST_STR_X : A64_LDST_LDR_X,
				off))
		weir_asmbuf_fail(&e->buf, -EFAULT);
	else
		weir_emit_word(e, a64_ldst_uimm(single, first, A64_SP));
}

static bool signs(const struct weir_emit *e)
{
	return e->features & WEIR_CPU_PAC;
}

/* sp and the frame record; the record lies lowest. */
static void open_frame(struct weir_emit *e, u32 saved)
{
	const u32 bytes = e->frame.bytes;
	struct a64_pair_off pair;

	if (signs(e))
		weir_emit_word(e, a64_hint(A64_HINT_PACIASP));
	if (a64_pair_off_make(&pair, A64_PAIR_STP_X, -(s64)bytes)) {
		weir_emit_word(e, a64_pair_pre(pair, A64_FP, A64_LR, A64_SP));
	} else {
		a64_add_imm(e, true, A64_SP, A64_SP, -(u64)bytes);
		if (a64_pair_off_make(&pair, A64_PAIR_STP_X, 0))
			weir_emit_word(e, a64_pair_offset(pair, A64_FP, A64_LR,
							  A64_SP));
	}
	a64_add_imm(e, true, A64_FP, A64_SP, 0);
	e->frame.sp_bytes = bytes;
	move_saved(e, saved, SAVE);
}

static void put_return(struct weir_emit *e)
{
	weir_emit_word(e, a64_branch_reg(A64_BRANCH_REG_RET, A64_LR));
}

static void close_frame(struct weir_emit *e, u32 saved)
{
	const u32 bytes = e->frame.bytes;
	struct a64_pair_off pair;

	move_saved(e, saved, RESTORE);
	if (a64_pair_off_make(&pair, A64_PAIR_LDP_X, bytes)) {
		weir_emit_word(e, a64_pair_post(pair, A64_FP, A64_LR, A64_SP));
	} else {
		if (a64_pair_off_make(&pair, A64_PAIR_LDP_X, 0))
			weir_emit_word(e, a64_pair_offset(pair, A64_FP, A64_LR,
							  A64_SP));
		a64_add_imm(e, true, A64_SP, A64_SP, bytes);
	}
	if (signs(e))
		weir_emit_word(e, a64_hint(A64_HINT_AUTIASP));
}

void a64_drop_frame(struct weir_emit *e)
{
	close_frame(e, e->frame.saved);
}

/* Before the return address is signed: what is branched to signs it, too. */
void a64_landing(struct weir_emit *e)
{
	if (e->features & WEIR_CPU_BTI)
		weir_emit_word(e, a64_hint(A64_HINT_BTI_C));
}

void a64_entry(struct weir_emit *e)
{
	const struct weir_frame *frame = &e->frame;
	const enum a64_reg run = frame->reg[IR_RUN];

	/* PACIASP is a landing pad itself. */
	if ((e->features & WEIR_CPU_BTI) && !(frame->exists && signs(e)))
		weir_emit_word(e, a64_hint(A64_HINT_BTI_C));
	if (frame->exists)
		open_frame(e, frame->saved);
	if (e->ir->has_subprogs)
		a64_add_imm(e, true, A64_ENTRY_SP, A64_SP, 0);
	if ((e->ir->used & IR_BIT(IR_RUN)) && run != A64_X0)
		weir_emit_word(e, a64_mov_reg(true, run, A64_X0));
}

void a64_exit(struct weir_emit *e)
{
	if (!e->frame.exists)
		put_return(e);
	else if (!e->ends_body)
		a64_jump(e, e->epilogue);
}

void a64_epilogue(struct weir_emit *e)
{
	weir_asmbuf_bind(&e->buf, e->epilogue);
	if (e->frame.exists) {
		close_frame(e, e->frame.saved);
		put_return(e);
	}
	weir_asmbuf_bind(&e->buf, e->sub_epilogue);
	if (e->ir->has_subprogs) {
		close_frame(e, e->frame.sub_saved);
		put_return(e);
	}
}

void a64_enter_subprog(struct weir_emit *e)
{
	open_frame(e, e->frame.sub_saved);
}

void a64_leave_subprog(struct weir_emit *e)
{
	a64_jump(e, e->sub_epilogue);
}

/* --- Exits ------------------------------------------------------------------ */

void a64_stub(struct weir_emit *e, u32 guard)
{
	struct a64_movimm imm;

	weir_emit_word(e, a64_hint(A64_HINT_NOP));
	if (a64_movimm_make(&imm, false, guard & 0xffff, 0))
		weir_emit_word(e, a64_movw(A64_MOVW_MOVZ, A64_SCRATCH, imm));
	if (guard > 0xffff && a64_movimm_make(&imm, false, guard >> 16, 16))
		weir_emit_word(e, a64_movw(A64_MOVW_MOVK, A64_SCRATCH, imm));
	a64_jump(e, e->leave);
}

/* What R@i has at an exit. R10 is an address of ours: 0 is told instead. */
static enum a64_reg told(const struct weir_emit *e, u32 i)
{
	if (i >= WEIR_NR_REGS || !(e->ir->used & IR_BIT(i)) ||
	    e->frame.reg[i] == WEIR_NO_MREG)
		return A64_XZR;
	return e->frame.reg[i];
}

static void store_regs(struct weir_emit *e, enum a64_reg run)
{
	const s64 base = offsetof(struct weir_run, exit.regs);
	struct a64_ldst_uoff single;
	struct a64_pair_off pair;
	u32 i;

	for (i = 0; i + 1 < WEIR_NR_REGS; i += 2) {
		if (a64_pair_off_make(&pair, A64_PAIR_STP_X, base + 8 * i))
			weir_emit_word(e, a64_pair_offset(pair, told(e, i),
							  told(e, i + 1), run));
		else
			weir_asmbuf_fail(&e->buf, -EFAULT);
	}
	if (a64_ldst_uoff_make(&single, A64_LDST_STR_X, base + 8 * i))
		weir_emit_word(e, a64_ldst_uimm(single, told(e, i), run));
	else
		weir_asmbuf_fail(&e->buf, -EFAULT);
}

/* What the guard's index would be is not; the handler knows its guard. */
void a64_handled(struct weir_emit *e)
{
	struct a64_ldst_uoff off;

	e->bridge_reg = A64_SCRATCH;
	if (a64_ldst_uoff_make(&off, A64_LDST_STR_X,
			       offsetof(struct weir_run, handler)))
		weir_emit_word(e, a64_ldst_uimm(off, A64_SCRATCH,
						e->frame.reg[IR_RUN]));
	else
		weir_asmbuf_fail(&e->buf, -EFAULT);
}

/*
 * The guard's index is in w16. The caller fills in exit.pc: it is the guard's.
 */
void a64_trampoline(struct weir_emit *e)
{
	const enum a64_reg run = e->frame.reg[IR_RUN];
	struct a64_pair_off pair;

	BUILD_BUG_ON(offsetof(struct weir_run, exit.guard) !=
		     offsetof(struct weir_run, exit.kind) + 4);
	store_regs(e, run);
	a64_load_imm(e, A64_SCRATCH2, WEIR_EXIT_GUARD);
	if (a64_pair_off_make(&pair, A64_PAIR_STP_W,
			      offsetof(struct weir_run, exit.kind)))
		weir_emit_word(e, a64_pair_offset(pair, A64_SCRATCH2,
						  A64_SCRATCH, run));
	else
		weir_asmbuf_fail(&e->buf, -EFAULT);
	weir_asmbuf_bind(&e->buf, e->quit);
	a64_load_imm(e, A64_X0, e->ir->fail_verdict);
	/* From whatever depth: back to the entry's frame. */
	if (e->ir->has_subprogs)
		a64_add_imm(e, true, A64_SP, A64_ENTRY_SP, 0);
	if (e->frame.exists)
		a64_jump(e, e->epilogue);
	else
		put_return(e);
}
