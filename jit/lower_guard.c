// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Lowering: guards. */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "base/prog.h"
#include "jit/ir.h"
#include "jit/lowering.h"
#include "verifier/facts.h"

/*
 * LD_ABS and LD_IND: [r + lo, r + lo + size) within LEN bytes. With an index
 * the length left behind it is kept in IR_REM for the next guard of the same
 * index. Sound: r < 2^32 and LEN < 2^32, so LEN - r is exact in 64 bits, and
 * lo + size <= LEN - r compares exact numbers.
 */
static void lower_guard_offset(struct lower *lo, u32 pc, u32 nr,
			       const struct weir_guard *guard)
{
	u32 size = (u32)guard->hi - (u32)guard->lo;
	struct weir_ir_insn *ir;

	if (guard->reg == WEIR_NO_REG && guard->lo >= 0) {
		ir = lower_add(lo, IR_GUARD_LEN, pc);
		ir->imm = (s64)guard->lo + size;
	} else if (guard->reg == WEIR_NO_REG) {
		/* Before the packet's start: never passes. */
		ir = lower_add(lo, IR_GUARD_LEN, pc);
		ir->imm = S64_MAX;
	} else if (guard->lo < 0) {
		ir = lower_add(lo, IR_GUARD_INDEX, pc);
		ir->a = guard->reg;
		ir->imm = weir_ir_range(guard->lo, size);
	} else if (lo->indexed == guard->reg) {
		ir = lower_add(lo, IR_GUARD_LESS, pc);
		ir->a = IR_REM;
		ir->imm = (s64)guard->lo + size;
	} else {
		ir = lower_add(lo, IR_GUARD_REM, pc);
		ir->dst = IR_REM;
		ir->a = guard->reg;
		ir->imm = (s64)guard->lo + size;
		lo->indexed = guard->reg;
	}
	ir->flags |= IR_IMM;
	ir->target = nr;
}

static void lower_guard_pointer(struct lower *lo, u32 pc, u32 nr,
				const struct weir_guard *guard)
{
	bool stack = guard->kind == WEIR_GUARD_STACK;
	const bool value = guard->base != WEIR_NO_BASE;
	struct weir_ir_insn *ir;

	ir = lower_add(lo,
		       value   ? IR_GUARD_VALUE
		       : stack ? IR_GUARD_STACK
			       : IR_GUARD_RANGE,
		       pc);
	ir->flags = (u8)(IR_IMM | (guard->check_lo ? 0 : IR_LOW_OK));
	ir->a = guard->reg;
	ir->target = nr;
	ir->imm = weir_ir_range(guard->lo, (u32)guard->hi - (u32)guard->lo);
	if (WARN_ON_ONCE(guard->kind == WEIR_GUARD_MAP_VALUE && !value))
		lo->err = -EFAULT;
}

static void lower_guard(struct lower *lo, u32 pc, u32 nr)
{
	const struct weir_guard *guard = &lo->facts->guard[nr];
	struct weir_ir_insn *ir;

	switch (guard->form) {
	case WEIR_FORM_OFFSET:
		lower_guard_offset(lo, pc, nr, guard);
		break;
	case WEIR_FORM_POINTER:
		lower_guard_pointer(lo, pc, nr, guard);
		break;
	case WEIR_FORM_NULL:
		ir = lower_add(lo, IR_GUARD_NULL, pc);
		ir->a = guard->reg;
		ir->target = nr;
		break;
	default:
		WARN_ON_ONCE(1);
		lo->err = -EFAULT;
		break;
	}
}

void lower_guards(struct lower *lo, u32 pc)
{
	const struct weir_insn_facts *facts = &lo->facts->insn[pc];
	u32 i;

	for (i = facts->guard; i < facts->guard + facts->nr_guards; i++)
		if (lo->facts->guard[i].form != WEIR_FORM_COUNT)
			lower_guard(lo, pc, i);
}

void lower_fuel(struct lower *lo, u32 pc)
{
	const struct weir_insn_facts *facts = &lo->facts->insn[pc];
	struct weir_ir_insn *ir;
	u32 i;

	for (i = facts->guard; i < facts->guard + facts->nr_guards; i++) {
		if (lo->facts->guard[i].form != WEIR_FORM_COUNT)
			continue;
		ir = lower_add(lo, IR_GUARD_FUEL, pc);
		ir->target = i;
	}
}
