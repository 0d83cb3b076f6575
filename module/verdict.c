// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a program's verdict does to a packet at a hook. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/sched.h>

#include "base/insn.h"
#include "base/prog.h"
#include "module/verdict.h"
#include "runtime/loaded.h"
#include "verifier/facts.h"

/* Jumps between where a verdict is made and where it is returned, at most. */
#define MAX_HOPS 32

static enum weir_decision decide_xdp(u32 verdict)
{
	switch (verdict) {
	case XDP_PASS:
		return WEIR_DECIDE_NEXT;
	case XDP_DROP:
	case XDP_ABORTED:
		return WEIR_DECIDE_DROP;
	default: /* XDP_TX, XDP_REDIRECT, and numbers without a meaning */
		return WEIR_DECIDE_REFUSE;
	}
}

/* As Linux's own chains of tc programs have it. */
static enum weir_decision decide_tc(u32 verdict)
{
	switch ((s32)verdict) {
	case TC_ACT_UNSPEC:
	case TC_ACT_PIPE:
		return WEIR_DECIDE_NEXT;
	case TC_ACT_SHOT:
	case TC_ACT_STOLEN:
	case TC_ACT_QUEUED:
	case TC_ACT_TRAP:
		return WEIR_DECIDE_DROP;
	case TC_ACT_REDIRECT:
	case TC_ACT_REPEAT:
		return WEIR_DECIDE_REFUSE;
	default: /* TC_ACT_OK, TC_ACT_RECLASSIFY, and what Linux takes as these */
		return WEIR_DECIDE_PASS;
	}
}

enum weir_decision weir_verdict_decide(enum weir_kind kind, u32 flags,
				       u32 verdict)
{
	bool drops = flags & WEIR_ATTACH_MATCH_DROPS;

	switch (kind) {
	case WEIR_KIND_XDP:
		return decide_xdp(verdict);
	case WEIR_KIND_TC:
		return decide_tc(verdict);
	default:
		if (flags & WEIR_ATTACH_CAPTURE)
			return WEIR_DECIDE_NEXT;
		return !verdict == drops ? WEIR_DECIDE_NEXT : WEIR_DECIDE_DROP;
	}
}

/*
 * Verdicts that can be told from the program
 */

/* Instructions that leave R0 and only lead on: where to, by both ways. */
struct step {
	u32 next;
	u32 taken; /* or U32_MAX */
};

static bool is_reached(const struct weir_loaded *loaded, u32 pc)
{
	return loaded->facts->insn[pc].flags & WEIR_FACT_REACHED;
}

static bool leads_on(const struct weir_loaded *loaded, u32 pc, struct step *out)
{
	const struct bpf_insn *insn = &loaded->prog->insns[pc];
	u32 flags = loaded->facts->insn[pc].flags;

	*out = (struct step){ .next = pc + 1, .taken = U32_MAX };
	if (insn->code == (BPF_JMP | BPF_JA)) {
		out->next = pc + 1 + insn->off;
		return true;
	}
	if (insn->code == (BPF_JMP32 | BPF_JA)) {
		out->next = pc + 1 + insn->imm;
		return true;
	}
	if (!weir_insn_is_cond(insn))
		return false;
	if (!(flags & WEIR_FACT_NOT_TAKEN))
		out->taken = pc + 1 + insn->off;
	if (flags & WEIR_FACT_TAKEN) {
		out->next = out->taken;
		out->taken = U32_MAX;
	}
	return true;
}

/* Is what R0 holds before @pc returned, after jumps only? */
static bool is_returned(const struct weir_loaded *loaded, u32 pc, u32 *hops)
{
	struct step step;

	for (; *hops && is_reached(loaded, pc); pc = step.next) {
		--*hops;
		if (weir_insn_is_exit(&loaded->prog->insns[pc]))
			return true;
		if (!leads_on(loaded, pc, &step))
			return false;
		if (step.taken != U32_MAX && is_reached(loaded, step.taken) &&
		    weir_insn_is_exit(&loaded->prog->insns[step.taken]))
			return true;
	}
	return false;
}

/* Does this instruction make R0 a number that is known? */
static bool makes_verdict(const struct weir_loaded *loaded, u32 pc)
{
	const struct bpf_insn *insn = &loaded->prog->insns[pc];
	u8 class = BPF_CLASS(insn->code);

	return (class == BPF_ALU || class == BPF_ALU64) &&
	       insn->dst_reg == BPF_REG_0 && is_reached(loaded, pc) &&
	       loaded->facts->insn[pc].flags & WEIR_FACT_KNOWN;
}

static bool is_refused(const struct weir_loaded *loaded, u32 verdict)
{
	return weir_verdict_decide(loaded->prog->kind, 0, verdict) ==
	       WEIR_DECIDE_REFUSE;
}

/* Instructions of the program itself: subprograms lie behind it. */
static u32 main_end(const struct weir_prog *prog)
{
	u32 end = prog->nr_insns, pc;

	for (pc = 0; pc < prog->nr_insns; pc++) {
		const struct bpf_insn *insn = &prog->insns[pc];

		if (weir_insn_is_subprog_call(insn))
			end = min(end, pc + 1 + (u32)insn->imm);
		else if (weir_insn_is_func(insn))
			end = min(end, pc + 1 + (u32)insn->imm);
		pc += weir_insn_is_wide(insn);
	}
	return end;
}

bool weir_verdict_refused(const struct weir_loaded *loaded, u32 *pc,
			  u32 *verdict)
{
	u32 end = main_end(loaded->prog), hops;

	*verdict = (u32)loaded->prog->fail_verdict;
	*pc = U32_MAX;
	if (loaded->facts->nr_guards && is_refused(loaded, *verdict))
		return true;
	for (*pc = 0; *pc < end; ++*pc) {
		hops = MAX_HOPS;
		*verdict = (u32)loaded->facts->insn[*pc].known;
		if (makes_verdict(loaded, *pc) &&
		    is_refused(loaded, *verdict) &&
		    is_returned(loaded, *pc + 1, &hops))
			return true;
		*pc += weir_insn_is_wide(&loaded->prog->insns[*pc]);
		if ((*pc & 0xffff) == 0xffff)
			cond_resched();
	}
	return false;
}

const char *weir_verdict_name(enum weir_kind kind, u32 verdict)
{
	if (kind == WEIR_KIND_XDP)
		return verdict == XDP_TX	 ? "XDP_TX"
		       : verdict == XDP_REDIRECT ? "XDP_REDIRECT"
						 : "";
	return verdict == TC_ACT_REDIRECT ? "TC_ACT_REDIRECT"
	       : verdict == TC_ACT_REPEAT ? "TC_ACT_REPEAT"
					  : "";
}
