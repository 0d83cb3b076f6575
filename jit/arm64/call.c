// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Calls, and what comes of them. */
#include <linux/bug.h>
#include <linux/kernel.h>
#include "base/run.h"
#include "jit/arm64/abi.h"
#include "jit/arm64/branch.h"
#include "jit/arm64/call.h"
#include "jit/arm64/insn.h"
#include "jit/arm64/ops.h"
#include "jit/emit.h"

/* The arguments are in place; the run goes where R0 was. */
void a64_call(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	struct a64_imm26 none = { 0 };

	if (WARN_ON_ONCE(e->frame.sp_bytes & 15))
		a64_bug(e);
	weir_emit_word(e, a64_mov_reg(true, A64_X0, e->frame.reg[IR_RUN]));
	weir_emit_call(e, insn->target, a64_branch(A64_BRANCH_BL, none),
		       WEIR_FIXUP_A64_IMM26);
}

void a64_callsub(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	struct a64_imm26 none = { 0 };

	if (WARN_ON_ONCE(e->frame.sp_bytes & 15))
		a64_bug(e);
	weir_asmbuf_branch(&e->buf, a64_branch(A64_BRANCH_BL, none),
			   weir_emit_block(e, insn->target),
			   WEIR_FIXUP_A64_IMM26);
}

static void load_exit_kind(struct weir_emit *e)
{
	a64_access(e, A64_LDST_LDR_W, A64_SCRATCH, e->frame.reg[IR_RUN],
		   (s64)offsetof(struct weir_run, exit.kind));
	e->quits = true;
}

void a64_quit(struct weir_emit *e)
{
	BUILD_BUG_ON(WEIR_EXIT_RETURN != 0);
	load_exit_kind(e);
	a64_branch_to(e, a64_on_zero(A64_CB_CBNZ, false, A64_SCRATCH), e->quit);
}

/* 0: go on; WEIR_EXIT_GUARD: the run has ended; above: the guard ends it. */
void a64_ended(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	BUILD_BUG_ON(WEIR_EXIT_RETURN != 0 || WEIR_EXIT_GUARD != 1);
	load_exit_kind(e);
	a64_compare_imm(e, false, A64_SCRATCH, WEIR_EXIT_GUARD);
	a64_branch_to(e, a64_on_cond(A64_COND_EQ), e->quit);
	a64_branch_out(e, a64_on_cond(A64_COND_HI), insn->target);
}

/* R1 to R4 are where C puts arguments behind the run. */
void a64_callback(struct weir_emit *e, const struct weir_ir_insn *insn)
{
	weir_emit_callback(e, insn->pc);
	a64_entry(e);
}

/*
 * The frame is gone when the target begins, so any number of these takes no
 * stack. BR by x17 may land where functions begin.
 */
void a64_tail(struct weir_emit *e)
{
	if (WARN_ON_ONCE(!e->frame.exists))
		a64_bug(e);
	weir_emit_word(e, a64_mov_reg(true, A64_SCRATCH2, A64_X0));
	weir_emit_word(e, a64_mov_reg(true, A64_X0, e->frame.reg[IR_RUN]));
	a64_drop_frame(e);
	weir_emit_word(e, a64_branch_reg(A64_BRANCH_REG_BR, A64_SCRATCH2));
}
