// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* ARM (ARMv7-A, ARM state) behind the interface of jit/emit.h. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include "jit/arm/abi.h"
#include "jit/arm/arch.h"
#include "jit/arm/insn.h"
#include "jit/arm/ops.h"
#include "jit/arm/pair.h"

/* ldr r12, the address; bx r12, which may lead to Thumb code. */
static void veneer(struct weir_emit *e, u32 helper)
{
	struct a32_off12 none = { 0 };

	weir_asmbuf_literal(&e->buf, a32_lit(A32_COND_AL, A32_IP, none),
			    WEIR_FIXUP_A32_LIT12, 0, 4,
			    weir_emit_ref(WEIR_RELOC_HELPER_ABS, helper));
	weir_emit_word(e,
		       a32_branch_reg(A32_BRANCH_REG_BX, A32_COND_AL, A32_IP));
}

static_assert(A32_SLOT == WEIR_HOME_SLOT && A32_NOWHERE == WEIR_HOME_NOWHERE);

static struct weir_home home(const struct weir_emit *e, u32 i)
{
	const struct a32_plan *plan = a32_plan_of(e);

	return (struct weir_home){ plan->lo[i], plan->hi[i] };
}

static void constant(struct weir_asmbuf *buf, u8 reg, u64 value)
{
	struct a32_off12 none = { 0 };

	weir_asmbuf_literal(buf, a32_lit(A32_COND_AL, (enum a32_reg)reg, none),
			    WEIR_FIXUP_A32_LIT12, value, 4, 0);
}

static u32 jump(enum weir_fixup_kind *kind)
{
	struct a32_imm24 none = { 0 };

	*kind = WEIR_FIXUP_A32_IMM24;
	return a32_branch(A32_BRANCH_B, A32_COND_AL, none);
}

static bool link_call(u32 *word, s64 off_bytes)
{
	return weir_fixup_put(WEIR_FIXUP_A32_IMM24, word, off_bytes);
}

#define MIB (1024u * 1024u)

const struct weir_arch weir_arch_arm = {
	.name = "arm",
	.trap = 0xe7f000f0 | (A32_TRAP_IMM >> 4) << 8 | (A32_TRAP_IMM & 0xf),
	.nop = 0xe320f000,
	/* Every branch reaches as far: there is nothing to choose. */
	.reach_bytes = { [WEIR_REACH_SHORT] = 31 * MIB },
	.pool_reach_bytes = 4000,
	.is_small = true,
	.shifts = a32_shifts,
	.plan = a32_plan,
	.landing = a32_landing,
	.entry = a32_entry,
	.op = a32_op,
	.epilogue = a32_epilogue,
	.stub = a32_stub,
	.handled = a32_handled,
	.trampoline = a32_trampoline,
	.veneer = veneer,
	.constant = constant,
	.home = home,
	.jump = jump,
	.link_call = link_call,
};
