// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What instructions may write: registers, and words of the stack. */
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/insn.h"
#include "base/prog.h"
#include "verifier/cfg.h"
#include "verifier/loop.h"

#define ARGS_AND_RESULT 0x3f /* R0 to R5 */

static void write_words(struct weir_writes *w, s32 off, u32 size)
{
	u32 i;

	if (off < -WEIR_MAX_STACK || off + (s32)size > 0)
		return; /* refused */
	for (i = (u32)(off + WEIR_MAX_STACK) / 4;
	     i <= (u32)(off + (s32)size - 1 + WEIR_MAX_STACK) / 4; i++)
		w->words[i / 64] |= 1ULL << (i % 64);
}

static void write_any_word(struct weir_writes *w)
{
	w->words[0] = ~0ULL;
	w->words[1] = ~0ULL;
}

static void write_store(struct weir_writes *w, const struct bpf_insn *insn)
{
	if (insn->dst_reg == BPF_REG_10)
		write_words(w, insn->off, weir_insn_size(insn->code));
	else
		write_any_word(w);
	if (BPF_CLASS(insn->code) == BPF_ST ||
	    BPF_MODE(insn->code) != BPF_ATOMIC)
		return;
	/* what atomics give back, whatever their form */
	w->regs |= (u16)(1u << BPF_REG_0 | 1u << insn->dst_reg |
			 1u << insn->src_reg);
}

static void write_insn(struct weir_writes *w, const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
	case BPF_LDX:
		w->regs |= (u16)(1u << insn->dst_reg);
		break;
	case BPF_LD:
		w->regs |= weir_insn_is_wide(insn) ? (u16)(1u << insn->dst_reg)
						   : ARGS_AND_RESULT;
		break;
	case BPF_ST:
	case BPF_STX:
		write_store(w, insn);
		break;
	default:
		if (!weir_insn_is_call(insn))
			break;
		w->regs |= ARGS_AND_RESULT;
		w->calls = true;
		write_any_word(w);
	}
}

void weir_writes_add_block(struct weir_writes *w, const struct weir_prog *prog,
			   const struct weir_block *b)
{
	u32 pc;

	for (pc = b->start; pc <= b->last; pc++)
		if (prog->insns[pc].code)
			write_insn(w, &prog->insns[pc]);
}
