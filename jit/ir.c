// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The IR as data: building it, asking it, printing it. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/host.h"
#include "base/insn.h"
#include "base/log.h"
#include "jit/grow.h"
#include "jit/image.h"
#include "jit/ir.h"

static const char *const op_names[IR_NR_OPS] = {
#define _(op, text, bits) [IR_##op] = text,
	WEIR_IR_OPS(_)
#undef _
};

const u8 weir_ir_shapes[IR_NR_OPS] = {
#define _(op, text, bits) [IR_##op] = bits,
	WEIR_IR_OPS(_)
#undef _
};

struct weir_ir *weir_ir_new(u32 nr_insns)
{
	struct weir_ir *ir = weir_host_alloc(sizeof(*ir));

	if (!ir)
		return NULL;
	ir->insn = weir_grow(NULL, &ir->cap_insns, nr_insns, sizeof(*ir->insn));
	if (!ir->insn)
		ir->err = -ENOMEM;
	return ir;
}

void weir_ir_free(struct weir_ir *ir)
{
	if (!ir)
		return;
	weir_host_free(ir->insn);
	weir_host_free(ir->block);
	weir_host_free(ir->exit);
	weir_host_free(ir->known);
	weir_host_free(ir);
}

struct weir_ir_insn *weir_ir_add(struct weir_ir *ir, enum weir_ir_op op, u32 pc)
{
	struct weir_ir_insn *array;

	if (!ir->err && ir->nr_insns == ir->cap_insns) {
		array = weir_grow(ir->insn, &ir->cap_insns, ir->nr_insns + 1,
				  sizeof(*array));
		if (array)
			ir->insn = array;
		else
			ir->err = -ENOMEM;
	}
	if (ir->err)
		return &ir->lost;

	array = &ir->insn[ir->nr_insns++];
	memset(array, 0, sizeof(*array));
	array->op = op;
	array->pc = pc;
	array->dst = IR_NONE;
	array->a = IR_NONE;
	array->b = IR_NONE;
	return array;
}

struct weir_ir_block *weir_ir_begin_block(struct weir_ir *ir, u32 pc)
{
	struct weir_ir_block *array;

	if (!ir->err) {
		array = weir_grow(ir->block, &ir->cap_blocks, ir->nr_blocks + 2,
				  sizeof(*array));
		if (array)
			ir->block = array;
		else
			ir->err = -ENOMEM;
	}
	if (ir->err)
		return &ir->lost_block;

	array = &ir->block[ir->nr_blocks++];
	memset(array, 0, 2 * sizeof(*array)); /* and what marks the end */
	array->first = ir->nr_insns;
	array->pc = pc;
	return array;
}

void weir_ir_end(struct weir_ir *ir)
{
	if (!ir->err && ir->nr_blocks)
		ir->block[ir->nr_blocks].first = ir->nr_insns;
}

static bool atomic_fetches(const struct weir_ir_insn *insn)
{
	return insn->imm & BPF_FETCH;
}

/* The register that receives the old value. */
static u8 atomic_result(const struct weir_ir_insn *insn)
{
	return insn->imm == BPF_CMPXCHG ? (u8)IR_R0 : insn->b;
}

u32 weir_ir_implied_reads(const struct weir_ir_insn *insn)
{
	switch (insn->op) {
	case IR_ATOMIC:
		return insn->imm == BPF_CMPXCHG ? IR_BIT(IR_R0) : 0;
	case IR_CALL:
		return IR_BIT(IR_RUN) |
		       (((2u << insn->nr_args) - 1) & IR_ARGUMENTS);
	case IR_CALLSUB:
		return IR_ARGUMENTS;
	case IR_EXIT:
	case IR_RETURN:
		return IR_BIT(IR_R0);
	case IR_GUARD_LEN:
	case IR_GUARD_REM:
	case IR_GUARD_INDEX:
		return IR_BIT(IR_RUN) | IR_BIT(IR_LEN);
	case IR_GUARD_RANGE:
		return IR_BIT(IR_RUN) | IR_BIT(IR_LEN) | IR_BIT(IR_PKT);
	case IR_GUARD_FUEL:
		return IR_BIT(IR_RUN) | IR_BIT(IR_FUEL);
	case IR_GUARD_STACK:
		return IR_BIT(IR_RUN) | IR_BIT(IR_R10);
	case IR_TAIL:
		return IR_BIT(IR_RUN) | IR_BIT(IR_R0);
	case IR_QUIT:
	case IR_GUARD_ENDED:
	case IR_GUARD_VALUE:
	case IR_GUARD_LESS:
	case IR_GUARD_NULL:
		return IR_BIT(IR_RUN);
	default:
		return 0;
	}
}

u32 weir_ir_implied_writes(const struct weir_ir_insn *insn)
{
	switch (insn->op) {
	case IR_CALL:
	case IR_CALLSUB:
		return IR_CALLER_SAVED | IR_BIT(IR_REM) | IR_BIT(IR_PTR);
	case IR_CALLBACK:
		return IR_CALLBACK_ARGUMENTS;
	case IR_ATOMIC:
		return atomic_fetches(insn) ? IR_BIT(atomic_result(insn)) : 0;
	case IR_GUARD_FUEL:
		return IR_BIT(IR_FUEL);
	default:
		return 0;
	}
}

bool weir_ir_is_gone(const struct weir_ir_insn *insn, u8 reg)
{
	return reg <= IR_R9 &&
	       (insn->dst == reg || !(insn->live & IR_BIT(reg)));
}

struct weir_ir_insn *weir_ir_maker(struct weir_ir *ir, u32 first, u32 user,
				   u8 reg)
{
	const u32 window = 12;
	u32 i;

	for (i = user; i > first && user - i < window; i--) {
		struct weir_ir_insn *insn = &ir->insn[i - 1];

		if (insn->op == IR_NOP)
			continue;
		if (!(weir_ir_shape(insn->op) & IR_PURE))
			return NULL;
		if (weir_ir_writes(insn) & IR_BIT(reg))
			return insn;
		if (weir_ir_reads(insn) & IR_BIT(reg))
			return NULL;
	}
	return NULL;
}

/* Move what is left of a block down to @to. Return: where it ends. */
static u32 compact_block(struct weir_ir *ir, u32 first, u32 end, u32 to)
{
	u32 i;

	for (i = first; i < end; i++) {
		struct weir_ir_insn *insn = &ir->insn[i];

		if (insn->op == IR_NOP)
			continue;
		ir->used |= weir_ir_reads(insn) | weir_ir_writes(insn);
		if (insn->op == IR_BR || insn->op == IR_JMP)
			ir->block[insn->target].nr_jumps++;
		if (insn->op == IR_CALL || insn->op == IR_CALLSUB)
			ir->has_calls = true;
		if (insn->op == IR_CALLSUB)
			ir->has_subprogs = true;
		if (to != i)
			ir->insn[to] = *insn;
		to++;
	}
	return to;
}

void weir_ir_compact(struct weir_ir *ir)
{
	u32 to = 0;
	u32 b;

	ir->used = 0;
	ir->has_calls = false;
	ir->has_subprogs = false;
	for (b = 0; b < ir->nr_blocks; b++)
		ir->block[b].nr_jumps = 0;
	for (b = 0; b < ir->nr_blocks; b++) {
		u32 first = ir->block[b].first;

		ir->block[b].first = to;
		to = compact_block(ir, first, ir->block[b + 1].first, to);
	}
	/* Where no jump leads, no loop begins: what decided one took its jump. */
	for (b = 0; b < ir->nr_blocks; b++)
		if (!ir->block[b].nr_jumps)
			ir->block[b].flags &= ~IR_BLOCK_LOOP;
	ir->nr_insns = to;
	weir_ir_end(ir);
}

static const char *const reg_names[IR_NR_REGS] = {
	"r0", "r1", "r2",  "r3",  "r4",	 "r5",	 "r6",	"r7",  "r8",
	"r9", "fp", "run", "pkt", "len", "fuel", "rem", "ptr",
};

static const char *const cond_names[IR_NR_CONDS] = {
	"==", "!=", "<", ">=", "<=", ">", "s<", "s>=", "s<=", "s>", "!&", "&",
};

static const char *reg_name(u8 reg)
{
	return reg < IR_NR_REGS ? reg_names[reg] : "-";
}

static const char *const shift_names[IR_NR_SHIFTS] = {
	"<<",
	">>",
	"s>>",
	"ror",
};

static void print_second(const struct weir_ir_insn *insn, struct weir_log *log)
{
	if (insn->flags & IR_IMM)
		weir_log_printf(log, "%lld", (long long)insn->imm);
	else
		weir_log_printf(log, "%s%s", reg_name(insn->b),
				insn->flags & IR_UXT_B ? ".lo" : "");
	if (insn->flags & IR_SHIFTED)
		weir_log_printf(log, " %s %u", shift_names[insn->cond],
				insn->size);
}

static void print_branch(const struct weir_ir_insn *insn, struct weir_log *log)
{
	if (insn->flags & IR_MASKED)
		weir_log_printf(log, "%s & %u %s %u", reg_name(insn->a),
				weir_ir_mask(insn->imm), cond_names[insn->cond],
				(u32)insn->imm);
	else
		weir_log_printf(log, "%s %s ", reg_name(insn->a),
				cond_names[insn->cond]);
	if (!(insn->flags & IR_MASKED))
		print_second(insn, log);
	weir_log_printf(log, " -> b%u%s", insn->target,
			insn->flags & IR_SHORT ? ", short" : "");
}

static void print_range(const struct weir_ir_insn *insn, struct weir_log *log)
{
	weir_log_printf(log, "%s %+d size %u", reg_name(insn->a),
			weir_ir_range_lo(insn->imm),
			weir_ir_range_size(insn->imm));
}

static void print_operands(const struct weir_ir_insn *insn,
			   struct weir_log *log)
{
	u32 shape = weir_ir_shape(insn->op);

	switch (insn->op) {
	case IR_MOVI:
		weir_log_printf(log, "%s = %lld", reg_name(insn->dst),
				(long long)insn->imm);
		return;
	case IR_ADDR:
		weir_log_printf(log, "%s = %s %u %+lld", reg_name(insn->dst),
				insn->size == WEIR_RELOC_MAP ? "map" : "values",
				insn->target, (long long)insn->imm);
		return;
	case IR_PARAM:
		weir_log_printf(log, "%s = %u size %u", reg_name(insn->dst),
				insn->target, insn->size);
		return;
	case IR_LD:
		weir_log_printf(log, "%s = [%s %+d] size %u%s%s",
				reg_name(insn->dst), reg_name(insn->a),
				insn->off, insn->size,
				insn->flags & IR_SWAPPED ? " swapped" : "",
				insn->flags & IR_SIGNED ? " signed" : "");
		return;
	case IR_ST:
	case IR_ATOMIC:
		weir_log_printf(log, "[%s %+d] size %u, ", reg_name(insn->a),
				insn->off, insn->size);
		if (insn->op == IR_ATOMIC)
			weir_log_printf(log, "%s op 0x%x", reg_name(insn->b),
					(u32)insn->imm);
		else
			print_second(insn, log);
		return;
	case IR_UBFX:
	case IR_UBFIZ:
		weir_log_printf(log, "%s = %s lsb %u width %u",
				reg_name(insn->dst), reg_name(insn->a),
				weir_ir_field_lsb(insn->imm),
				weir_ir_field_width(insn->imm));
		return;
	case IR_ROR:
		weir_log_printf(log, "%s = %s by %lld", reg_name(insn->dst),
				reg_name(insn->a), (long long)insn->imm);
		return;
	case IR_SWAP:
	case IR_ZX:
	case IR_SX:
		weir_log_printf(log, "%s = %s size %u", reg_name(insn->dst),
				reg_name(insn->a), insn->size);
		return;
	case IR_BR:
		print_branch(insn, log);
		return;
	case IR_JMP:
	case IR_CALLSUB:
		weir_log_printf(log, "b%u", insn->target);
		return;
	case IR_CALL:
		weir_log_printf(log, "helper %u, %u arguments", insn->target,
				insn->nr_args);
		return;
	case IR_GUARD_LEN:
		weir_log_printf(log, "#%u len >= %lld", insn->target,
				(long long)insn->imm);
		return;
	case IR_GUARD_REM:
	case IR_GUARD_LESS:
		weir_log_printf(log, "#%u %s %s >= %lld", insn->target,
				reg_name(insn->dst), reg_name(insn->a),
				(long long)insn->imm);
		return;
	case IR_GUARD_INDEX:
	case IR_GUARD_RANGE:
	case IR_GUARD_STACK:
	case IR_GUARD_VALUE:
		weir_log_printf(log, "#%u ", insn->target);
		print_range(insn, log);
		return;
	case IR_GUARD_NULL:
	case IR_GUARD_ENDED:
	case IR_GUARD_FUEL:
		weir_log_printf(log, "#%u %s", insn->target, reg_name(insn->a));
		return;
	default:
		break;
	}
	if (shape & IR_WRITES)
		weir_log_printf(log, "%s = ", reg_name(insn->dst));
	if (shape & IR_READS_A)
		weir_log_printf(log, "%s", reg_name(insn->a));
	if (shape & IR_READS_B) {
		weir_log_printf(log, ", ");
		print_second(insn, log);
	}
}

void weir_ir_print(const struct weir_ir *ir, struct weir_log *log)
{
	u32 b, i;

	for (b = 0; b < ir->nr_blocks; b++) {
		weir_log_printf(log, "b%u: ; pc %u\n", b, ir->block[b].pc);
		for (i = ir->block[b].first; i < ir->block[b + 1].first; i++) {
			const struct weir_ir_insn *insn = &ir->insn[i];

			weir_log_printf(log, "%6u  %s%s ", insn->pc,
					op_names[insn->op],
					insn->flags & IR_64 ? ".64" : "");
			print_operands(insn, log);
			weir_log_printf(log, "\n");
		}
	}
}
