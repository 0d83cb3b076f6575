// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* AArch64 behind the interface of jit/emit.h. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include "jit/arm64/abi.h"
#include "jit/arm64/arch.h"
#include "jit/arm64/insn.h"
#include "jit/arm64/ops.h"

/* ldr x16, the address; br x16. BR through x16 may land on a BTI c. */
static void veneer(struct weir_emit *e, u32 helper)
{
	struct a64_imm19 none = { 0 };

	weir_asmbuf_literal(&e->buf, a64_lit(A64_LIT_LDR_X, A64_SCRATCH, none),
			    WEIR_FIXUP_A64_IMM19, 0, 8,
			    weir_emit_ref(WEIR_RELOC_HELPER_ABS, helper));
	weir_emit_word(e, a64_branch_reg(A64_BRANCH_REG_BR, A64_SCRATCH));
}

static struct weir_home home(const struct weir_emit *e, u32 i)
{
	u8 reg = e->ir->used & IR_BIT(i) ? e->frame.reg[i] : WEIR_NO_MREG;

	if (reg == WEIR_NO_MREG)
		return (struct weir_home){ WEIR_HOME_NOWHERE,
					   WEIR_HOME_NOWHERE };
	return (struct weir_home){ reg, WEIR_HOME_SAME };
}

static void constant(struct weir_asmbuf *buf, u8 reg, u64 value)
{
	struct a64_imm19 none = { 0 };

	weir_asmbuf_literal(buf,
			    a64_lit(A64_LIT_LDR_X, (enum a64_reg)reg, none),
			    WEIR_FIXUP_A64_IMM19, value, 8, 0);
}

static u32 jump(enum weir_fixup_kind *kind)
{
	struct a64_imm26 none = { 0 };

	*kind = WEIR_FIXUP_A64_IMM26;
	return a64_branch(A64_BRANCH_B, none);
}

static bool link_call(u32 *word, s64 off_bytes)
{
	return weir_fixup_put(WEIR_FIXUP_A64_IMM26, word, off_bytes);
}

/* Branches reach a little further than this, in both directions. */
#define KIB 1024u

const struct weir_arch weir_arch_arm64 = {
	.name = "arm64",
	.trap = 0xd4200000 | A64_TRAP_IMM << 5,
	.nop = A64_HINT_NOP,
	.reach_bytes = {
		[WEIR_REACH_SHORT] = 31 * KIB,
		[WEIR_REACH_MEDIUM] = 1000 * KIB,
		[WEIR_REACH_FAR] = 127 * KIB * KIB,
	},
	.pool_reach_bytes = 1000 * KIB,
	.shifts = a64_shifts,
	.plan = a64_plan,
	.landing = a64_landing,
	.entry = a64_entry,
	.op = a64_op,
	.epilogue = a64_epilogue,
	.stub = a64_stub,
	.handled = a64_handled,
	.trampoline = a64_trampoline,
	.veneer = veneer,
	.constant = constant,
	.home = home,
	.jump = jump,
	.link_call = link_call,
};
