// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Calls of helpers and subprograms. */
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/helper.h"
#include "base/insn.h"
#include "base/map.h"
#include "base/prog.h"
#include "verifier/call.h"
#include "verifier/cfg.h"
#include "verifier/compat.h"
#include "verifier/effects.h"
#include "verifier/object.h"
#include "verifier/state.h"
#include "verifier/transfer.h"

void weir_call_drop_args(struct weir_state *s)
{
	u32 r;

	for (r = BPF_REG_1; r <= BPF_REG_5; r++)
		s->reg[r].kind = WEIR_VALUE_UNINIT;
}

/*
 * The packet lies elsewhere now, and may be shorter: pointers to it are void,
 * and so is what was known of its length.
 */
static void packet_moved(struct weir_state *s)
{
	struct weir_value *v;
	u32 it = 0;

	s->len_min = 0;
	while ((v = weir_state_each(s, &it))) {
		if (v->kind == WEIR_VALUE_PACKET ||
		    v->kind == WEIR_VALUE_META) {
			v->kind = WEIR_VALUE_VOID;
		} else if (v->kind == WEIR_VALUE_SCALAR) {
			v->reach = WEIR_REACH_NONE;
			if (v->id == WEIR_ID_LEN)
				v->id = WEIR_ID_NONE;
		}
	}
}

/* The instruction at @pc runs again: what it gave before has lost its start. */
static void site_again(struct weir_state *s, u32 pc)
{
	struct weir_value *v;
	u32 it = 0;

	while ((v = weir_state_each(s, &it)))
		if (weir_value_is_sized(v) && v->site == pc)
			v->site = WEIR_SITE_NONE;
}

/* A record was given back: nobody may use it any more. */
static void release(struct weir_state *s, u32 id)
{
	struct weir_value *v;
	u32 it = 0;

	weir_held_release(&s->held, id);
	while ((v = weir_state_each(s, &it)))
		if (v->kind == WEIR_VALUE_RECORD && v->id == id)
			v->kind = WEIR_VALUE_VOID;
}

static const struct weir_value *map_arg(const struct weir_state *s,
					const struct weir_helper *h)
{
	u32 i;

	for (i = 0; i < WEIR_HELPER_ARGS; i++)
		if (h->arg[i] == WEIR_ARG_MAP &&
		    s->reg[BPF_REG_1 + i].kind == WEIR_VALUE_MAP)
			return &s->reg[BPF_REG_1 + i];
	return NULL;
}

/* The helper writes [p, p + min) for sure, and up to p + max perhaps. */
static void written(struct weir_state *s, const struct weir_value *p, u64 min,
		    u64 max)
{
	s64 from, to;
	s32 at;

	weir_state_outer_write(s, p, 0, min);
	/* A call that is about to be refused may have any size. */
	if (p->kind != WEIR_VALUE_STACK || !max || min > WEIR_MAX_STACK)
		return;
	if (!weir_value_bounds(p, &from, &to)) {
		from = -WEIR_MAX_STACK;
		to = 0;
	}
	from = max_t(s64, from, -WEIR_MAX_STACK);
	to = min_t(s64, to, 0) + (s64)min_t(u64, max, WEIR_MAX_STACK);
	to = min_t(s64, to, 0);
	if (from < to)
		weir_state_stack_clobber(s, (s32)from, (s32)to);
	if (min && weir_state_is_at_stack(p, 0, 1, &at))
		weir_state_stack_init(s, at, (s32)min_t(s64, at + (s64)min, 0));
}

/* Bytes [lo, hi) from where @p points may have been written by a function that
 * was handed it; nothing is known of a caller's stack but what was written.
 */
static void clobber(struct weir_state *s, const struct weir_value *p, s32 lo,
		    s32 hi)
{
	s64 min, max;

	if (p->kind != WEIR_VALUE_STACK || lo >= hi)
		return;
	if (!weir_value_bounds(p, &min, &max)) {
		min = -WEIR_MAX_STACK;
		max = 0;
	}
	min = max_t(s64, min + lo, -WEIR_MAX_STACK);
	max = min_t(s64, max + hi, 0);
	if (min < max)
		weir_state_stack_clobber(s, (s32)min, (s32)max);
}

/* A value that one of several maps may fill. */
static void write_value(const struct weir_prog *prog, struct weir_state *s,
			const struct weir_value *p,
			const struct weir_value *map)
{
	struct weir_object_sizes m = weir_object_measure(prog, map);
	enum weir_compat_fill fill = weir_compat_fills(prog, map);

	if (fill != WEIR_FILLS_NONE)
		written(s, p, fill == WEIR_FILLS_ALL ? m.least_value : 0,
			m.value);
}

static void write_args(const struct weir_prog *prog, struct weir_state *s,
		       const struct weir_helper *h,
		       const struct weir_effect *callback)
{
	const struct weir_value *map = map_arg(s, h);
	u32 i, k;

	for (i = 0; i < WEIR_HELPER_ARGS; i++) {
		const struct weir_value *p = &s->reg[BPF_REG_1 + i];

		switch (h->arg[i]) {
		case WEIR_ARG_MEM_WRITE:
			written(s, p, p[1].num.range.umin, p[1].num.range.umax);
			break;
		case WEIR_ARG_MAP_VALUE_WRITE:
			if (map)
				write_value(prog, s, p, map);
			break;
		case WEIR_ARG_LONG:
			written(s, p, 8, 8);
			break;
		case WEIR_ARG_STACK_OR_NULL:
			/* the callback may write there, or never run */
			for (k = 0; k < WEIR_NR_ARGS; k++)
				clobber(s, p, callback ? callback->lo[k] : 0,
					callback ? callback->hi[k]
						 : WEIR_MAX_STACK);
			break;
		}
	}
}

bool weir_call_key(const struct weir_prog *prog, const struct weir_state *s,
		   u32 pc, u32 *key)
{
	const struct weir_value *v = &s->reg[BPF_REG_1];
	const struct weir_map *map;
	u64 index;

	if ((u32)prog->insns[pc].imm != WEIR_HELPER_map_lookup_elem ||
	    v->kind != WEIR_VALUE_MAP || v->or_null ||
	    v->readable == WEIR_MAP_ALIKE || v->object & WEIR_OBJECT_INNER)
		return false;
	map = prog->maps[v->object];
	if (map->def.type != BPF_MAP_TYPE_ARRAY ||
	    !weir_object_values(prog, v->object) ||
	    !weir_transfer_peek(prog, s, &s->reg[BPF_REG_2], sizeof(*key),
				&index) ||
	    index >= map->def.max_entries)
		return false;
	*key = (u32)index;
	return true;
}

/* What the helper gives. */
static struct weir_value result(const struct weir_prog *prog,
				struct weir_state *s, u32 pc,
				const struct weir_helper *h)
{
	const struct weir_value *map = map_arg(s, h);
	struct weir_scalar any = weir_scalar_unknown();
	struct weir_value v = weir_value_scalar(&any);
	const struct weir_map *m;
	u32 key;

	if (h->ret == WEIR_RET_VOID)
		return weir_value_uninit();
	if (h->ret == WEIR_RET_INTEGER || !map)
		return v;
	m = weir_object_map(prog, map->object);
	if (h->ret == WEIR_RET_RECORD) {
		/* the size was found to be a constant */
		v = weir_value_sized(WEIR_VALUE_RECORD, map->object,
				     (u32)s->reg[BPF_REG_2].num.bits.value, pc);
	} else if (m->inner) {
		v = weir_value_map(map->object | WEIR_OBJECT_INNER);
	} else {
		v = weir_value_sized(WEIR_VALUE_MAP_VALUE, map->object,
				     weir_object_measure(prog, map).least_value,
				     pc);
	}
	v.id = weir_state_new_id(s);
	v.or_null = true;
	if (v.kind == WEIR_VALUE_MAP_VALUE &&
	    weir_call_key(prog, s, pc, &key)) {
		v.or_null = false;
		if (key <= WEIR_MAX_ELEM - 1)
			v.readable = (u16)(key + 1);
	}
	return v;
}

static void release_args(struct weir_state *s, const struct weir_helper *h)
{
	u32 i;

	for (i = 0; i < WEIR_HELPER_ARGS; i++) {
		const struct weir_value *v = &s->reg[BPF_REG_1 + i];

		if (h->arg[i] == WEIR_ARG_RECORD &&
		    v->kind == WEIR_VALUE_RECORD)
			release(s, v->id);
		if (h->arg[i] == WEIR_ARG_SPIN_LOCK)
			weir_held_lock(&s->held,
				       h->does & WEIR_HELPER_LOCKS ? v->id : 0);
	}
}

/* Where a helper's callback starts, if it has one. */
static bool callback_of(const struct weir_state *s, const struct weir_helper *h,
			u32 *func_pc)
{
	u32 i;

	for (i = 0; h->does & WEIR_HELPER_CALLS && i < WEIR_HELPER_ARGS; i++) {
		const struct weir_value *v = &s->reg[BPF_REG_1 + i];

		if (h->arg[i] != WEIR_ARG_FUNC || v->kind != WEIR_VALUE_FUNC)
			continue;
		*func_pc = (u32)v->off;
		return true;
	}
	return false;
}

void weir_call_helper(const struct weir_prog *prog, const struct weir_cfg *cfg,
		      const struct weir_effects *effects, struct weir_state *s,
		      u32 pc)
{
	const struct weir_helper *h = weir_helper_find(prog->insns[pc].imm);
	struct weir_value r0 = result(prog, s, pc, h);
	const struct weir_effect *callback = NULL;
	bool moves = h->does & WEIR_HELPER_MOVES;
	u32 start;

	if (callback_of(s, h, &start)) {
		u32 f = weir_cfg_func_at(cfg, start);

		callback = weir_effects_of(effects, f);
		moves |= cfg->func[f].does & WEIR_HELPER_MOVES;
	}
	if (r0.kind != WEIR_VALUE_SCALAR)
		site_again(s, pc);
	write_args(prog, s, h, callback);
	release_args(s, h);
	if (moves)
		packet_moved(s);
	weir_call_drop_args(s);
	s->reg[BPF_REG_0] = r0;
	if (r0.kind == WEIR_VALUE_RECORD)
		weir_held_acquire(&s->held, r0.id);
}

/* Subprograms */

/* Bytes from @at that were written and hold no part of a pointer. */
static u16 readable_from(const struct weir_state *s, s32 at)
{
	s32 to = at;

	while (to < 0 && weir_state_stack_is_init(s, to, to + 1) &&
	       !weir_state_stack_has_pointer(s, to, to + 1))
		to++;
	return (u16)(to - at);
}

/* A pointer to the stack, seen from the subprogram it is handed to. */
static struct weir_value outer(const struct weir_state *s,
			       const struct weir_value *v, u8 arg)
{
	struct weir_value o = weir_value_pointer(WEIR_VALUE_OUTER);
	s64 min, max;
	s32 at;

	o.object = arg & 0x7f;
	o.reach = 0;
	o.or_null = v->or_null;
	if (o.or_null)
		o.id = weir_state_new_id(s);
	if (weir_state_is_at_stack(v, 0, 1, &at)) {
		o.reach = -at;
		o.readable = readable_from(s, at);
	} else if (v->kind == WEIR_VALUE_OUTER &&
		   weir_value_bounds(v, &min, &max) && min >= 0) {
		o.reach = max_t(s64, v->reach - max, 0);
		o.readable = (u16)max_t(s64, v->readable - max, 0);
		o.readable =
			(u16)max_t(u32, o.readable, weir_state_outer_run(s, v));
	}
	return o;
}

void weir_call_enter(const struct weir_state *s, struct weir_state *callee)
{
	u8 r;

	weir_state_reset(callee, s->next_id);
	callee->len_min = s->len_min;
	for (r = BPF_REG_1; r <= BPF_REG_5; r++) {
		const struct weir_value *v = &s->reg[r];

		if (v->kind < WEIR_VALUE_SCALAR)
			continue;
		callee->reg[r] = v->kind == WEIR_VALUE_STACK ||
						 v->kind == WEIR_VALUE_OUTER
					 ? outer(s, v, r)
					 : *v;
	}
	weir_state_forget_filled(callee);
}

/* Bytes from where @p points, by bit, that were written. */
static void wrote(struct weir_state *s, const struct weir_value *p, u64 bytes)
{
	u32 from, nr;
	s32 at;

	while (bytes) {
		from = (u32)__ffs64(bytes);
		nr = ~(bytes >> from) ? (u32)__ffs64(~(bytes >> from)) : 64;
		nr = min(nr, 64 - from);
		if (weir_state_is_at_stack(p, (s32)from, nr, &at))
			weir_state_stack_init(s, at, at + (s32)nr);
		weir_state_outer_write(s, p, from, nr);
		bytes &= nr < 64 ? ~(((1ULL << nr) - 1) << from) : 0;
	}
}

static void do_effect(struct weir_state *s, const struct weir_effect *effect)
{
	u32 i;

	for (i = 0; i < WEIR_NR_ARGS; i++) {
		const struct weir_value *p = &s->reg[BPF_REG_1 + i];

		clobber(s, p, effect ? effect->lo[i] : 0,
			effect ? effect->hi[i] : WEIR_MAX_STACK);
		if (effect && weir_value_is_pointer(p) && !p->or_null)
			wrote(s, p, effect->exit->wrote[i]);
	}
}

/* What a subprogram gave, as its caller sees it. */
static struct weir_value returned(struct weir_state *s,
				  const struct weir_effect *effect)
{
	struct weir_scalar any = weir_scalar_unknown();
	struct weir_value v = weir_value_scalar(&any);
	const struct weir_value *p;

	if (!effect || !(effect->exit->regs & 1u << BPF_REG_0))
		return v;
	v = effect->exit->value[0];
	if (v.kind == WEIR_VALUE_OUTER) {
		/* so many bytes from where the argument points */
		p = &s->reg[BPF_REG_0 + v.object];
		if (!weir_value_is_pointer(p) || p->or_null ||
		    !weir_scalar_is_const(&v.num)) {
			v.kind = WEIR_VALUE_MIXED;
			return v;
		}
		v.off = (s64)((u64)v.off + v.num.bits.value);
		v = (struct weir_value){
			.kind = p->kind,
			.object = p->object,
			.or_null = v.or_null,
			.readable = p->readable,
			.id = p->id,
			.off = p->off + v.off,
			.reach = p->reach,
			.num = p->num,
		};
		if (v.or_null)
			v.id = weir_state_new_id(s);
		return v;
	}
	if (weir_value_is_pointer(&v) && !weir_id_is_special(v.id))
		v.id = weir_state_new_id(s);
	if (v.kind == WEIR_VALUE_MAP)
		v.off = 0; /* it spoke of a frame that is gone */
	return v;
}

void weir_call_subprog(const struct weir_prog *prog, const struct weir_cfg *cfg,
		       const struct weir_effects *effects, struct weir_state *s,
		       u32 pc)
{
	u32 f = weir_cfg_callee(cfg, prog, pc);
	const struct weir_effect *effect = weir_effects_of(effects, f);
	struct weir_value r0;

	/* In the middle of it another program may return in its place. */
	if (cfg->func[f].does & WEIR_HELPER_TAIL)
		effect = NULL;
	do_effect(s, effect);
	if (cfg->func[f].does & WEIR_HELPER_MOVES)
		packet_moved(s);
	if (effect)
		s->len_min = max(s->len_min, effect->exit->len_min);
	r0 = returned(s, effect);
	weir_call_drop_args(s);
	s->reg[BPF_REG_0] = r0;
}

/* What a callback gets of what the helper was given for it. */
static struct weir_value context(const struct weir_state *s, u8 from, u8 arg)
{
	const struct weir_value *v = &s->reg[from];

	return v->kind == WEIR_VALUE_STACK || v->kind == WEIR_VALUE_OUTER
		       ? outer(s, v, arg)
		       : weir_value_const(0);
}

/* Of each element of a map: the map, its key, its value. */
static void enter_element(const struct weir_prog *prog,
			  const struct weir_value *map,
			  struct weir_state *callee)
{
	struct weir_object_sizes m = weir_object_measure(prog, map);
	struct weir_value *reg = callee->reg;

	reg[BPF_REG_1] = *map;
	weir_state_forget_filled(callee);
	reg[BPF_REG_2] = weir_value_sized(WEIR_VALUE_MAP_KEY, map->object,
					  m.least_key, WEIR_SITE_NONE);
	reg[BPF_REG_2].id = weir_state_new_id(callee);
	reg[BPF_REG_3] = weir_value_sized(WEIR_VALUE_MAP_VALUE, map->object,
					  m.least_value, WEIR_SITE_NONE);
	reg[BPF_REG_3].id = weir_state_new_id(callee);
}

/*
 * Sound: bpf_loop() calls at most as often as its first argument's low half
 * says. An array is gone through once, from its first element to its last; in a
 * hash, elements that come while it is gone through may be met, too.
 */
u32 weir_call_turns(const struct weir_prog *prog, const struct weir_state *s,
		    u32 pc, u32 *func_pc)
{
	const struct weir_helper *h = weir_helper_find(prog->insns[pc].imm);
	const struct weir_value *v = &s->reg[BPF_REG_1];
	const struct weir_map_def *def;

	if (!callback_of(s, h, func_pc))
		return WEIR_MANY_TURNS;
	if (h->id == BPF_FUNC_loop && weir_value_is_scalar(v))
		return v->num.range.umax32;
	if (h->id != BPF_FUNC_for_each_map_elem || v->kind != WEIR_VALUE_MAP ||
	    v->readable == WEIR_MAP_ALIKE)
		return WEIR_MANY_TURNS;
	def = &weir_object_map(prog, v->object)->def;
	return def->type == BPF_MAP_TYPE_ARRAY ||
			       def->type == BPF_MAP_TYPE_PERCPU_ARRAY
		       ? def->max_entries
		       : WEIR_MANY_TURNS;
}

bool weir_call_back(const struct weir_prog *prog, const struct weir_state *s,
		    u32 pc, struct weir_state *callee, u32 *func_pc)
{
	const struct weir_helper *h = weir_helper_find(prog->insns[pc].imm);
	const struct weir_range *nr = &s->reg[BPF_REG_1].num.range;
	struct weir_scalar index;

	if (!callback_of(s, h, func_pc))
		return false;
	/* Of the packet nothing is known: it may be moved between two calls. */
	weir_state_reset(callee, s->next_id);
	switch (h->id) {
	case BPF_FUNC_loop:
		/* Sound: the index is below the number of rounds, a u32. */
		index = weir_scalar_u64(0, nr->umax32 ? nr->umax32 - 1 : 0);
		callee->reg[BPF_REG_1] = weir_value_scalar(&index);
		callee->reg[BPF_REG_2] = context(s, BPF_REG_3, BPF_REG_2);
		break;
	case BPF_FUNC_for_each_map_elem:
		enter_element(prog, &s->reg[BPF_REG_1], callee);
		callee->reg[BPF_REG_4] = context(s, BPF_REG_3, BPF_REG_4);
		break;
	}
	return true;
}
