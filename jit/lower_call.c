// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lowering: calls. */
#include <linux/kernel.h>
#include "base/helper.h"
#include "base/prog.h"
#include "jit/ir.h"
#include "jit/lowering.h"
#include "verifier/facts.h"

static u32 nr_helper_args(u32 id)
{
	const struct weir_helper *helper = weir_helper_find((s32)id);
	u32 nr = 0;

	if (!helper)
		return WEIR_HELPER_ARGS;
	while (nr < WEIR_HELPER_ARGS && helper->arg[nr] != WEIR_ARG_NONE)
		nr++;
	return nr;
}

void lower_call(struct lower *lo, u32 pc, const struct bpf_insn *insn)
{
	struct weir_ir_insn *ir;

	if (weir_insn_is_subprog_call(insn)) {
		if (lo->facts->insn[pc].flags & WEIR_FACT_FUEL)
			lower_fuel(lo, pc);
		ir = lower_add(lo, IR_CALLSUB, pc);
		ir->target = lower_block_at(lo, (u32)((s64)pc + 1 + insn->imm));
	} else {
		ir = lower_add(lo, IR_CALL, pc);
		ir->target = (u32)insn->imm;
		ir->nr_args = (u8)nr_helper_args((u32)insn->imm);
	}
	lo->known &= ~IR_CALLER_SAVED;
	lo->indexed = IR_NONE;
	lo->pointed = IR_NONE;
}
