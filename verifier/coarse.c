// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Coarse states: numbers are any, pointers lie anywhere in their objects. */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/prog.h"
#include "verifier/cfg.h"
#include "verifier/coarse.h"
#include "verifier/loop.h"
#include "verifier/state.h"

void weir_coarse_collect(const struct weir_prog *prog,
			 const struct weir_cfg *cfg, u32 pos, u32 end,
			 struct weir_writes *out)
{
	*out = (struct weir_writes){ 0 };
	for (; pos < end; pos++)
		weir_writes_add_block(out, prog, &cfg->block[cfg->order[pos]]);
}

static void anywhere(struct weir_state *s, struct weir_value *v)
{
	v->num = weir_scalar_unknown();
	v->off = 0;
	v->id = weir_state_new_id(s);
}

/*
 * A pointer gets an identity of its own, so that no class of identities is
 * left that could come apart. Records keep theirs, as it says what is held, and
 * so do maps' values, as it says whose lock is.
 */
static void coarsen(struct weir_state *s, struct weir_value *v)
{
	struct weir_scalar any = weir_scalar_unknown();

	switch (v->kind) {
	case WEIR_VALUE_SCALAR:
		*v = weir_value_scalar(&any);
		break;
	case WEIR_VALUE_PACKET:
	case WEIR_VALUE_META:
		if (v->id == WEIR_ID_END)
			break;
		v->reach = WEIR_REACH_NONE;
		anywhere(s, v);
		break;
	case WEIR_VALUE_STACK:
		anywhere(s, v);
		break;
	}
}

void weir_coarse_make(struct weir_state *s, const struct weir_writes *writes)
{
	u32 r, w;

	for (r = 0; r < BPF_REG_10; r++)
		if (writes->regs >> r & 1)
			coarsen(s, &s->reg[r]);
	for (w = s->has_stack ? weir_state_next_slot(s, 0) : WEIR_STACK_WORDS;
	     w < WEIR_STACK_WORDS; w = weir_state_next_slot(s, w + 1)) {
		s32 lo = (s32)w * 4 - WEIR_MAX_STACK;

		if (!(writes->words[w / 64] >> (w % 64) & 1))
			continue;
		/* a load of a number that is not known gives the same */
		if (weir_value_is_scalar(&s->slot[w]))
			weir_state_stack_clobber(s, lo, lo + s->size[w]);
		else
			coarsen(s, &s->slot[w]);
	}
}
