// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Duties that a state does not meet, but need not. */
#include <linux/types.h>
#include "base/host.h"
#include "base/insn.h"
#include "base/log.h"
#include "base/prog.h"
#include "verifier/call.h"
#include "verifier/check.h"
#include "verifier/duty.h"
#include "verifier/state.h"
#include "verifier/unmet.h"

struct weir_unmet {
	const struct weir_prog *prog;
	struct weir_finding finding;
	struct weir_rejection rej;
};

struct weir_unmet *weir_unmet_create(const struct weir_prog *prog)
{
	struct weir_unmet *u = weir_host_alloc(sizeof(*u));

	if (u)
		u->prog = prog;
	return u;
}

void weir_unmet_free(struct weir_unmet *u)
{
	weir_host_free(u);
}

bool weir_unmet_any(struct weir_unmet *u, u32 pc, const struct weir_state *s,
		    const struct weir_duty *duty, u32 nr_duties)
{
	u32 i;

	for (i = 0; i < nr_duties; i++) {
		weir_check(u->prog, pc, s, &duty[i], &u->rej, &u->finding);
		if (u->finding.answer == WEIR_REJECT)
			return true;
	}
	return false;
}

static void set_any(struct weir_state *s, u32 reg)
{
	struct weir_value v = weir_value_uninit();

	if (reg >= BPF_REG_10)
		return;
	v.kind = WEIR_VALUE_MIXED;
	s->reg[reg] = v;
}

static void forget_stack(struct weir_state *s)
{
	s->has_stack = false;
	weir_state_forget_filled(s);
}

/*
 * Sound: a value of different kinds stands for any, and so do bytes of the stack
 * that may not have been written. An instruction changes no more than the
 * registers it writes; the stack, if it may store; and after a call R1 to R5
 * stand for anything as it is.
 */
void weir_unmet_result(struct weir_state *s, const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
	case BPF_LDX:
		set_any(s, insn->dst_reg);
		break;
	case BPF_LD:
		/* a packet load, as a constant has no duties */
		weir_call_drop_args(s);
		set_any(s, BPF_REG_0);
		break;
	case BPF_ST:
		forget_stack(s);
		break;
	case BPF_STX:
		forget_stack(s);
		if (BPF_MODE(insn->code) != BPF_ATOMIC)
			break;
		set_any(s, BPF_REG_0);
		set_any(s, insn->src_reg);
		set_any(s, insn->dst_reg);
		break;
	default:
		if (!weir_insn_is_call(insn))
			break;
		forget_stack(s);
		set_any(s, BPF_REG_0);
	}
	s->shifted_reg = WEIR_NOT_SHIFTED;
}
