// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Effects of subprograms, round by round. */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/helper.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/prog.h"
#include "verifier/cfg.h"
#include "verifier/effects.h"
#include "verifier/object.h"
#include "verifier/state.h"

#define MAX_ROUNDS 5 /* then nothing is taken to be known */
#define JUST_R0 1

int weir_effects_init(struct weir_effects *e, const struct weir_cfg *cfg)
{
	*e = (struct weir_effects){
		.nr = cfg->nr_funcs,
		.cfg = cfg,
		.is_on = cfg->nr_funcs > 1,
	};
	if (!e->is_on)
		return 0;
	e->taken = weir_host_alloc(e->nr * sizeof(*e->taken));
	e->found = weir_host_alloc(e->nr * sizeof(*e->found));
	return e->taken && e->found ? 0 : -ENOMEM;
}

static void forget(struct weir_effect *effect, u32 nr)
{
	u32 f;

	for (f = 0; effect && f < nr; f++) {
		weir_saved_free(effect[f].exit);
		effect[f] = (struct weir_effect){ 0 };
	}
}

void weir_effects_exit(struct weir_effects *e)
{
	forget(e->taken, e->nr);
	forget(e->found, e->nr);
	weir_host_free(e->taken);
	weir_host_free(e->found);
}

const struct weir_effect *weir_effects_of(const struct weir_effects *e, u32 f)
{
	if (!e->is_on || e->cfg->func[f].does & WEIR_HELPER_TAIL)
		return NULL;
	return e->taken[f].exit ? &e->taken[f] : NULL;
}

/* Bytes [lo, hi) from where argument @arg points may be written. */
static void add_range(struct weir_effect *effect, u8 arg, s64 lo, s64 hi)
{
	s32 *at = &effect->lo[arg - BPF_REG_1];
	s32 *end = &effect->hi[arg - BPF_REG_1];

	lo = max_t(s64, lo, 0);
	hi = min_t(s64, hi, WEIR_MAX_STACK);
	if (lo >= hi)
		return;
	*at = *at < *end ? min_t(s32, *at, (s32)lo) : (s32)lo;
	*end = max_t(s32, *end, (s32)hi);
}

static void add_pointer(struct weir_effect *effect, const struct weir_value *p,
			s64 lo, s64 hi)
{
	s64 min, max;

	if (p->kind != WEIR_VALUE_OUTER || lo >= hi)
		return;
	if (!weir_value_bounds(p, &min, &max)) {
		min = 0;
		max = WEIR_MAX_STACK;
	}
	add_range(effect, p->object, min + lo, max + hi);
}

static void add_helper(struct weir_effect *effect, const struct bpf_insn *insn,
		       const struct weir_state *s)
{
	const struct weir_helper *h = weir_helper_find(insn->imm);
	u32 i;

	for (i = 0; i < WEIR_HELPER_ARGS; i++)
		switch (h->arg[i]) {
		case WEIR_ARG_MEM_WRITE:
		case WEIR_ARG_MAP_VALUE_WRITE:
		case WEIR_ARG_LONG:
		case WEIR_ARG_STACK_OR_NULL:
			add_pointer(effect, &s->reg[BPF_REG_1 + i], 0,
				    WEIR_MAX_STACK);
		}
}

void weir_effects_insn(struct weir_effects *e, u32 f,
		       const struct weir_prog *prog, const struct weir_cfg *cfg,
		       u32 pc, const struct weir_state *s)
{
	const struct bpf_insn *insn = &prog->insns[pc];
	struct weir_effect *effect = &e->found[f];
	u8 class = BPF_CLASS(insn->code);
	const struct weir_effect *callee;
	u32 i;

	if (class == BPF_ST || class == BPF_STX) {
		add_pointer(effect, &s->reg[insn->dst_reg], insn->off,
			    insn->off + (s64)weir_insn_size(insn->code));
	} else if (weir_insn_is_helper_call(insn)) {
		add_helper(effect, insn, s);
	} else if (weir_insn_is_subprog_call(insn)) {
		callee = weir_effects_of(e, weir_cfg_callee(cfg, prog, pc));
		for (i = 0; i < WEIR_NR_ARGS; i++)
			add_pointer(effect, &s->reg[BPF_REG_1 + i],
				    callee ? callee->lo[i] : 0,
				    callee ? callee->hi[i] : WEIR_MAX_STACK);
	}
}

/* What a caller cannot have: what lies in a frame that is gone. */
static void strip(struct weir_state *s)
{
	struct weir_value *r0 = &s->reg[BPF_REG_0];

	s->has_stack = false;
	if (r0->kind == WEIR_VALUE_STACK || r0->kind == WEIR_VALUE_RECORD ||
	    r0->kind == WEIR_VALUE_MAP_KEY || r0->kind == WEIR_VALUE_FUNC)
		r0->kind = WEIR_VALUE_MIXED;
	if (r0->kind == WEIR_VALUE_PACKET && r0->id == WEIR_ID_NONE)
		return;
	if (weir_value_is_scalar(r0)) {
		r0->id = WEIR_ID_NONE;
		r0->off = 0;
		r0->reach = WEIR_REACH_NONE;
	} else if (r0->kind == WEIR_VALUE_MAP_VALUE &&
		   r0->site != WEIR_SITE_CONST) {
		r0->site = WEIR_SITE_NONE;
	}
}

int weir_effects_return(struct weir_effects *e, u32 f, struct weir_state *s,
			struct weir_joiner *how)
{
	struct weir_effect *effect = &e->found[f];

	strip(s);
	how->level = 0;
	how->loop = NULL;
	if (effect->exit) {
		weir_saved_join(effect->exit, s, how);
		return 0;
	}
	effect->exit = weir_state_save(s, JUST_R0, NULL);
	return effect->exit ? 0 : -ENOMEM;
}

/* Does @a say as much as @b at least? */
static bool is_within(const struct weir_effect *a, const struct weir_effect *b,
		      struct weir_state *scratch, struct weir_joiner *how)
{
	struct weir_saved *copy;
	bool grows;
	u32 i;

	if (!b->exit || !a->exit)
		return !b->exit;
	for (i = 0; i < WEIR_NR_ARGS; i++)
		if (a->lo[i] < a->hi[i] &&
		    (a->lo[i] < b->lo[i] || a->hi[i] > b->hi[i]))
			return false;
	weir_state_load(scratch, a->exit);
	copy = weir_saved_copy(b->exit);
	if (!copy)
		return false;
	grows = weir_saved_join(copy, scratch, how);
	weir_saved_free(copy);
	return !grows;
}

bool weir_effects_settle(struct weir_effects *e, struct weir_state *scratch,
			 struct weir_joiner *how)
{
	bool holds = true, same = true;
	struct weir_effect *taken = e->taken;
	u32 f;

	how->level = 0;
	how->loop = NULL;
	/* of the program itself nobody takes anything */
	for (f = 1; f < e->nr; f++) {
		/* Sound: a function that no run leaves by its exit gives what
		 * anybody wants.
		 */
		if (!e->found[f].exit)
			continue;
		holds &= is_within(&e->found[f], &taken[f], scratch, how);
		same &= is_within(&taken[f], &e->found[f], scratch, how);
	}
	if (holds && (same || e->round + 1 >= MAX_ROUNDS))
		return true;
	e->taken = e->found;
	e->found = taken;
	forget(e->found, e->nr);
	if (++e->round < MAX_ROUNDS)
		return false;
	/* Sound: nothing is taken to be true. */
	forget(e->taken, e->nr);
	return true;
}
