// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Facts: records what final states say of each instruction, and is the
 * verifier's pass list, weir_verify().
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/helper.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/log.h"
#include "base/param.h"
#include "base/prog.h"
#include "base/run.h"
#include "verifier/ahead.h"
#include "verifier/call.h"
#include "verifier/cfg.h"
#include "verifier/check.h"
#include "verifier/depth.h"
#include "verifier/duty.h"
#include "verifier/facts.h"
#include "verifier/fixpoint.h"
#include "verifier/liveness.h"
#include "verifier/loop.h"
#include "verifier/object.h"
#include "verifier/state.h"
#include "verifier/steps.h"

/**
 * struct weir_recorder - facts under construction
 * @ahead:	what guards may answer for beside their own access; NULL until it
 *		is asked for
 * @guard:	guards in the order they were found
 * @room:	entries that fit there
 * @by:		per slot: how an access was proven, for the log; or NULL
 * @stack:	per function: bytes of its frame
 * @turns:	per slot: what helpers call back, or NULL if none does
 * @func:	function under way
 * @nr_bases:	entries at @base
 * @base:	pcs of the calls that put what they give into run->base[]
 * @finding:	scratch
 * @observer:	looks on, or NULL
 */
struct weir_recorder {
	const struct weir_prog *prog;
	struct weir_cfg *cfg;
	struct weir_loops *loops;
	struct weir_ahead *ahead;
	bool strict;
	struct weir_rejection *rej;
	struct weir_facts *facts;
	struct weir_guard *guard;
	u32 nr_guards;
	u32 room;
	const char **by;
	u32 *stack;
	struct weir_turns *turns;
	u32 func;
	u32 nr_bases;
	u32 base[WEIR_MAX_BASES];
	struct weir_finding finding;
	struct weir_observer *observer;
};

void weir_facts_free(struct weir_facts *facts)
{
	if (!facts)
		return;
	weir_host_free(facts->insn);
	weir_host_free(facts->guard);
	weir_host_free(facts);
}

static int add_guard(struct weir_recorder *r, struct weir_insn_facts *f,
		     const struct weir_guard *g);

/* The guards of an instruction stand together: they go where there is room. */
static int move_guards(struct weir_recorder *r, struct weir_insn_facts *f,
		       const struct weir_guard *g)
{
	const u32 from = f->guard, nr = f->nr_guards;
	u32 i;
	int err = 0;

	f->nr_guards = 0;
	for (i = 0; i < nr && !err; i++) {
		const struct weir_guard old = r->guard[from + i];

		err = add_guard(r, f, &old);
	}
	return err ? err : add_guard(r, f, g);
}

static int add_guard(struct weir_recorder *r, struct weir_insn_facts *f,
		     const struct weir_guard *g)
{
	const u32 end = f->nr_guards ? f->guard + f->nr_guards : r->nr_guards;

	if (r->strict)
		return weir_reject(r->rej, WEIR_REJECT_STRICT_GUARD,
				   weir_prog_origin(r->prog, g->pc), "%s",
				   g->why);
	if (end != r->nr_guards)
		return move_guards(r, f, g);
	if (r->nr_guards == r->room) {
		u32 room = r->room ? 2 * r->room : 64;
		struct weir_guard *more = weir_host_alloc(room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		if (r->nr_guards)
			memcpy(more, r->guard, r->nr_guards * sizeof(*more));
		weir_host_free(r->guard);
		r->guard = more;
		r->room = room;
	}
	if (!f->nr_guards++)
		f->guard = r->nr_guards;
	r->guard[r->nr_guards++] = *g;
	return 0;
}

/* Guards of what the call at @site gives measure from what it gave. */
static int find_base(struct weir_recorder *r, struct weir_guard *g, u32 site)
{
	u32 i;

	for (i = 0; i < r->nr_bases && r->base[i] != site; i++)
		;
	if (i == WEIR_MAX_BASES)
		return weir_reject(r->rej, WEIR_REJECT_TOO_MANY_BASES,
				   weir_prog_origin(r->prog, g->pc),
				   "%s; %u lookups have such accesses already",
				   g->why, WEIR_MAX_BASES);
	if (i == r->nr_bases)
		r->base[r->nr_bases++] = site;
	g->base = (u8)i;
	g->map = WEIR_NO_MAP;
	return 0;
}

static int add_null_guard(struct weir_recorder *r, struct weir_insn_facts *f,
			  u32 pc, u8 reg)
{
	const struct weir_guard null = {
		.pc = pc,
		.kind = WEIR_GUARD_NULL,
		.form = WEIR_FORM_NULL,
		.reg = reg,
		.base = WEIR_NO_BASE,
		.map = WEIR_NO_MAP,
		.why = "the pointer was not compared with null",
	};

	return add_guard(r, f, &null);
}

static int add_guards(struct weir_recorder *r, struct weir_insn_facts *f,
		      u32 pc, struct weir_finding *out)
{
	int err = 0;

	if (out->null_reg != WEIR_NO_REG)
		err = add_null_guard(r, f, pc, out->null_reg);
	if (err || out->answer != WEIR_GUARD)
		return err;
	if (out->guard.base == WEIR_BASE_CONST && out->site != WEIR_SITE_CONST)
		err = find_base(r, &out->guard, out->site);
	return err ? err : add_guard(r, f, &out->guard);
}

/* The function under way has a frame of @bytes at least. */
static void use_stack(struct weir_recorder *r, u32 bytes)
{
	struct weir_facts *facts = r->facts;

	r->stack[r->func] = max(r->stack[r->func], bytes);
	facts->stack_bytes = max(facts->stack_bytes, ALIGN(bytes, 8));
}

/*
 * What a helper calls back, and how often. In a program that is one function
 * there is nothing to call; the check of the arguments, which comes later, says
 * so.
 */
static void record_turns(struct weir_recorder *r, u32 pc,
			 const struct weir_state *s)
{
	struct weir_turns *t;
	u32 start = 0;

	if (!r->turns)
		return;
	t = &r->turns[pc];
	t->most = weir_call_turns(r->prog, s, pc, &start);
	t->func = weir_cfg_func_at(r->cfg, start);
}

/* What a call does that is not its own. */
static void record_helper(struct weir_recorder *r, u32 pc,
			  const struct weir_state *s)
{
	const struct weir_helper *h = weir_helper_find(r->prog->insns[pc].imm);
	u32 i, key;

	if (h->ret == WEIR_RET_RECORD || h->does & WEIR_HELPER_LOCKS)
		r->facts->acquires = true;
	if (h->does & WEIR_HELPER_CALLS)
		record_turns(r, pc, s);
	for (i = 0; i < WEIR_HELPER_ARGS; i++) {
		const struct weir_value *v = &s->reg[BPF_REG_1 + i];

		if (h->arg[i] == WEIR_ARG_MAP && v->kind == WEIR_VALUE_MAP &&
		    v->readable != WEIR_MAP_ALIKE)
			r->facts->insn[pc].map = v->object;
	}
	if (weir_call_key(r->prog, s, pc, &key)) {
		r->facts->insn[pc].flags |= WEIR_FACT_KEY;
		r->facts->insn[pc].known = key;
	}
}

/* What a subprogram may touch of this frame belongs to it, too. */
static void record_call(struct weir_recorder *r, const struct weir_state *s)
{
	u32 reg;

	for (reg = BPF_REG_1; reg <= BPF_REG_5; reg++) {
		const struct weir_value *v = &s->reg[reg];
		s64 min, max;

		if (v->kind == WEIR_VALUE_STACK &&
		    weir_value_bounds(v, &min, &max) && min == max &&
		    min >= -WEIR_MAX_STACK && min < 0)
			use_stack(r, (u32)-min);
	}
}

/* Is the address a multiple of the access's size? Values of maps and records
 * start at multiples of 8.
 */
static bool is_aligned(const struct weir_state *s, const struct weir_duty *d)
{
	const struct weir_value *v = &s->reg[d->reg];
	const u64 low = d->size - 1u;

	if (v->kind != WEIR_VALUE_MAP_VALUE && v->kind != WEIR_VALUE_RECORD)
		return false;
	return d->size <= 8 && !(v->num.bits.mask & low) &&
	       !((v->num.bits.value + (u64)v->off + (u64)(s64)d->off) & low);
}

static void record_access(struct weir_recorder *r, u32 pc,
			  const struct weir_state *s, const struct weir_duty *d,
			  const struct weir_finding *out)
{
	struct weir_facts *facts = r->facts;
	struct weir_insn_facts *f = &facts->insn[pc];

	u32 param;

	facts->nr_accesses++;
	if (!weir_insn_is_call(&r->prog->insns[pc])) {
		f->mem = out->mem;
		f->off = out->off;
		if (is_aligned(s, d))
			f->flags |= WEIR_FACT_ALIGNED;
		param = weir_object_param(r->prog, &s->reg[d->reg], d->off,
					  d->size);
		if (param != WEIR_NO_PARAM) {
			f->flags |= WEIR_FACT_PARAM;
			f->param = param;
		}
	}
	if (out->wants > facts->packet_bytes)
		facts->packet_bytes =
			(u32)min_t(s64, out->wants, WEIR_MAX_PACKET);
	if (r->by)
		r->by[pc] = out->by;
}

static bool is_nonzero(const struct bpf_insn *insn, const struct weir_state *s)
{
	const struct weir_scalar *num = &s->reg[insn->src_reg].num;

	if (BPF_SRC(insn->code) != BPF_X)
		return insn->imm;
	return BPF_CLASS(insn->code) == BPF_ALU64
		       ? !weir_scalar_contains(num, 0)
		       : num->range.umin32 || (u32)num->bits.value;
}

/* Registers an instruction names. */
static u16 regs_named(const struct bpf_insn *insn)
{
	if (weir_insn_is_call(insn))
		return 0x3f;
	if (weir_insn_is_exit(insn))
		return 1;
	if (weir_insn_is_packet_load(insn))
		return (u16)(1 | (BPF_MODE(insn->code) == BPF_IND)
					 << insn->src_reg);
	if (insn->code == (BPF_JMP | BPF_JA) ||
	    insn->code == (BPF_JMP32 | BPF_JA))
		return 0;
	if (weir_insn_is_wide(insn) || BPF_CLASS(insn->code) == BPF_ST)
		return (u16)(1 << insn->dst_reg);
	if (BPF_MODE(insn->code) == BPF_ATOMIC &&
	    BPF_CLASS(insn->code) == BPF_STX && insn->imm == BPF_CMPXCHG)
		return (u16)(1 | 1 << insn->dst_reg | 1 << insn->src_reg);
	if (BPF_CLASS(insn->code) == BPF_LDX ||
	    BPF_CLASS(insn->code) == BPF_STX || BPF_SRC(insn->code) == BPF_X)
		return (u16)(1 << insn->dst_reg | 1 << insn->src_reg);
	return (u16)(1 << insn->dst_reg);
}

static void record_insn(struct weir_recorder *r, u32 pc,
			const struct weir_state *s)
{
	const struct bpf_insn *insn = &r->prog->insns[pc];
	struct weir_insn_facts *f = &r->facts->insn[pc];
	u8 op = BPF_OP(insn->code);
	u16 live = 0, zero_hi = 0; /* first: those that hold anything */
	u32 i;

	f->flags |= WEIR_FACT_REACHED;
	r->facts->regs_used |= regs_named(insn);
	r->facts->has_calls |= weir_insn_is_call(insn);
	r->facts->has_packet_loads |= weir_insn_is_packet_load(insn);
	f->base = WEIR_NO_BASE;
	f->map = WEIR_NO_MAP;
	for (i = 0; i < WEIR_NR_REGS; i++) {
		const struct weir_value *v = &s->reg[i];

		if (v->kind == WEIR_VALUE_UNINIT)
			continue;
		live |= (u16)(1 << i);
		if (weir_value_is_scalar(v) && v->num.range.umax <= U32_MAX)
			zero_hi |= (u16)(1 << i);
	}
	f->live = live;
	f->zero_hi = zero_hi;
	if ((BPF_CLASS(insn->code) == BPF_ALU ||
	     BPF_CLASS(insn->code) == BPF_ALU64) &&
	    (op == BPF_DIV || op == BPF_MOD) && is_nonzero(insn, s))
		f->flags |= WEIR_FACT_NONZERO_SRC;
}

/*
 * The access needs a guard, which may as well answer for what comes later. (In a
 * loop it does so already.)
 */
static int widen(struct weir_recorder *r, u32 pc, const struct weir_state *s,
		 struct weir_duty *duty)
{
	if (r->strict || r->finding.answer != WEIR_GUARD ||
	    (duty->kind != WEIR_DUTY_ACCESS &&
	     duty->kind != WEIR_DUTY_LOAD_PACKET) ||
	    weir_duty_is_wide(duty))
		return 0;
	if (!r->ahead)
		r->ahead = weir_ahead_create(r->prog, r->cfg, r->loops);
	if (!r->ahead)
		return -ENOMEM;
	weir_ahead_widen(r->ahead, pc, duty, 1);
	if (weir_duty_is_wide(duty))
		weir_check(r->prog, pc, s, duty, r->rej, &r->finding);
	return 0;
}

static int on_insn(struct weir_recorder *r, u32 pc, const struct weir_state *s,
		   struct weir_duty *duty, u32 nr_duties)
{
	struct weir_insn_facts *f = &r->facts->insn[pc];
	struct weir_finding *out = &r->finding;
	u32 i;
	int err;

	record_insn(r, pc, s);
	if (r->observer)
		r->observer->state(r->observer, pc, s);
	if (weir_insn_is_subprog_call(&r->prog->insns[pc]))
		record_call(r, s);
	else if (weir_insn_is_call(&r->prog->insns[pc]))
		record_helper(r, pc, s);
	for (i = 0; i < nr_duties; i++) {
		weir_check(r->prog, pc, s, &duty[i], r->rej, out);
		err = widen(r, pc, s, &duty[i]);
		if (err)
			return err;
		if (r->observer)
			r->observer->finding(r->observer, pc, &duty[i], out);
		if (out->answer == WEIR_REJECT)
			return weir_reject_errno(r->rej->nr);
		if (out->mem)
			record_access(r, pc, s, &duty[i], out);
		if (out->stack)
			use_stack(r, out->stack);
		if (duty[i].kind == WEIR_DUTY_FUEL) {
			f->flags |= WEIR_FACT_FUEL;
			r->facts->has_loops = true;
		}
		err = add_guards(r, f, pc, out);
		if (err)
			return err;
	}
	return 0;
}

static void on_after(struct weir_recorder *r, u32 pc,
		     const struct weir_state *s)
{
	const struct bpf_insn *insn = &r->prog->insns[pc];
	struct weir_insn_facts *f = &r->facts->insn[pc];
	const struct weir_value *v = &s->reg[insn->dst_reg];
	u8 class = BPF_CLASS(insn->code);

	if (class != BPF_ALU && class != BPF_ALU64 && class != BPF_LDX &&
	    !weir_insn_is_wide(insn))
		return;
	if (weir_value_is_const(v)) {
		f->flags |= WEIR_FACT_KNOWN;
		f->known = v->num.bits.value;
	}
}

static void on_jump(struct weir_recorder *r, u32 pc, bool can_take,
		    bool can_fall)
{
	struct weir_insn_facts *f = &r->facts->insn[pc];

	if (can_take && !can_fall)
		f->flags |= WEIR_FACT_TAKEN;
	if (can_fall && !can_take)
		f->flags |= WEIR_FACT_NOT_TAKEN;
}

static void on_func(struct weir_recorder *r, u32 func)
{
	r->func = func;
}

static const struct weir_fixpoint_ops recorder_ops = {
	.func = on_func,
	.insn = on_insn,
	.after = on_after,
	.jump = on_jump,
};

/* Guards were found in the order blocks settled: put them in order of pc. */
static int sort_guards(struct weir_recorder *r)
{
	struct weir_facts *facts = r->facts;
	u32 pc, nr = 0;

	facts->guard = weir_host_alloc(r->nr_guards * sizeof(*facts->guard));
	if (!facts->guard)
		return -ENOMEM;
	facts->nr_guards = r->nr_guards;
	for (pc = 0; pc < facts->nr_insns; pc++) {
		struct weir_insn_facts *f = &facts->insn[pc];

		if (!f->nr_guards)
			continue;
		memcpy(&facts->guard[nr], &r->guard[f->guard],
		       f->nr_guards * sizeof(*facts->guard));
		f->guard = nr;
		nr += f->nr_guards;
	}
	return 0;
}

/*
 * Blocks, loop heads, and liveness of each instruction. A register that was
 * never written may have a reader that no run reaches; it is not live then,
 * so that what the machine held there before is told to nobody.
 */
static void record_flow(struct weir_recorder *r, const struct weir_live *in)
{
	const struct weir_prog *prog = r->prog;
	const struct weir_cfg *cfg = r->cfg;
	struct weir_insn_facts *f;
	u32 b, pc;

	for (b = 0; b < cfg->nr_blocks; b++) {
		const struct weir_block *block = &cfg->block[b];
		struct weir_live l = weir_liveness_out(cfg, in, b);

		for (pc = block->last + 1; pc-- > block->start;) {
			if (!prog->insns[pc].code)
				continue;
			weir_liveness_step(prog, cfg, in, pc, &l);
			f = &r->facts->insn[pc];
			f->live &= l.any;
			f->live_hi = f->live & l.hi;
		}
		r->facts->insn[block->start].flags |=
			WEIR_FACT_BLOCK | (block->is_head ? WEIR_FACT_LOOP : 0);
	}
}

static void log_facts(const struct weir_recorder *r, struct weir_log *log)
{
	const struct weir_facts *facts = r->facts;
	u32 pc, g;

	for (pc = 0; pc < facts->nr_insns; pc++) {
		const struct weir_insn_facts *f = &facts->insn[pc];

		for (g = f->guard; g < f->guard + f->nr_guards; g++)
			weir_log_printf(log, "pc %u: guard #%u (%s)\n",
					weir_prog_origin(r->prog, pc), g,
					facts->guard[g].why);
		if (f->mem && !f->nr_guards)
			weir_log_printf(log, "pc %u: proven (%s)\n",
					weir_prog_origin(r->prog, pc),
					r->by[pc] ? r->by[pc] : "constant");
	}
	for (pc = 0; pc < r->loops->nr; pc++) {
		const struct weir_loop *loop = &r->loops->loop[pc];

		if (loop->is_proven)
			weir_log_printf(
				log, "pc %u: proven (loop of %u rounds)\n",
				weir_prog_origin(
					r->prog,
					r->cfg->block[loop->head].start),
				loop->trips);
	}
	weir_log_printf(log, "%u accesses, %u guards, stack %u, packet %u\n",
			facts->nr_accesses, facts->nr_guards,
			facts->stack_bytes, facts->packet_bytes);
}

/* The instruction at @pc burns fuel. */
static int record_fuel(struct weir_recorder *r, u32 pc)
{
	const struct weir_duty duty = { .kind = WEIR_DUTY_FUEL };
	struct weir_insn_facts *f = &r->facts->insn[pc];

	if (!(f->flags & WEIR_FACT_REACHED))
		return 0;
	weir_check(r->prog, pc, NULL, &duty, r->rej, &r->finding);
	f->flags |= WEIR_FACT_FUEL;
	r->facts->has_loops = true;
	return add_guard(r, f, &r->finding.guard);
}

/* Which loops and helpers burn fuel, and how much of it there is. */
static int record_loops(struct weir_recorder *r)
{
	const struct weir_cfg *cfg = r->cfg;
	int err = weir_steps_choose(r->prog, r->cfg, r->loops, r->turns);
	u32 b, pc;

	for (b = 0; r->loops->nr && b < cfg->nr_blocks && !err; b++)
		if (weir_loop_burns_fuel(cfg, r->loops, b))
			err = record_fuel(r, cfg->block[b].last);
	for (pc = 0; r->turns && !cfg->is_free && pc < r->prog->nr_insns; pc++)
		if (r->turns[pc].most && !err)
			err = record_fuel(r, pc);
	r->facts->fuel = weir_steps_fuel(r->cfg);
	return err;
}

static int analyse(struct weir_recorder *r, struct weir_log *log, u64 *work)
{
	struct weir_live *live = weir_liveness_create(r->prog, r->cfg);
	u32 b;
	int err = -ENOMEM;

	/* by what is known of frames so far: none is too deep by itself */
	if (live)
		err = weir_depth_check(r->prog, r->cfg, r->stack,
				       &r->facts->depth_bytes, r->rej);
	if (!err)
		r->loops = weir_loops_create(r->prog, r->cfg);
	if (!err && !r->loops)
		err = -ENOMEM;
	/* without loops it is made when there is a guard */
	if (!err && !r->strict && r->loops->nr)
		r->ahead = weir_ahead_create(r->prog, r->cfg, r->loops);
	if (!err && !r->strict && r->loops->nr && !r->ahead)
		err = -ENOMEM;
	if (!err)
		err = weir_fixpoint_run(r->prog, r->cfg, live, r->loops,
					r->ahead, &recorder_ops, r, r->rej,
					work);
	if (!err)
		err = weir_depth_check(r->prog, r->cfg, r->stack,
				       &r->facts->depth_bytes, r->rej);
	if (!err)
		err = record_loops(r);
	if (!err)
		err = sort_guards(r);
	if (!err) {
		record_flow(r, live);
		for (b = 0; b < r->nr_bases; b++)
			r->facts->insn[r->base[b]].base = (u8)b;
		if (log)
			log_facts(r, log);
	}
	weir_ahead_free(r->ahead);
	weir_loops_free(r->loops);
	weir_host_free(live);
	return err;
}

static int record(struct weir_recorder *r, struct weir_log *log, u64 *work)
{
	struct weir_facts *facts = weir_host_alloc(sizeof(*facts));
	u32 nr = r->prog->nr_insns;
	int err = -ENOMEM;

	if (!facts)
		return -ENOMEM;
	r->facts = facts;
	facts->nr_insns = nr;
	facts->insn = weir_host_alloc(nr * sizeof(*facts->insn));
	if (log)
		r->by = weir_host_alloc(nr * sizeof(*r->by));
	r->stack = weir_host_alloc(r->cfg->nr_funcs * sizeof(*r->stack));
	if (r->cfg->func[0].does & WEIR_HELPER_CALLS)
		r->turns = weir_host_alloc(nr * sizeof(*r->turns));
	if (facts->insn && r->stack && (!log || r->by) &&
	    (r->turns || !(r->cfg->func[0].does & WEIR_HELPER_CALLS)))
		err = analyse(r, log, work);
	weir_host_free(r->turns);
	weir_host_free(r->by);
	weir_host_free(r->stack);
	weir_host_free(r->guard);
	if (err)
		weir_facts_free(facts);
	return err;
}

/* weir_verify(), and how many instructions were visited for it. */
static int weir_verify_counted(const struct weir_prog *prog, bool strict,
			       struct weir_log *log,
			       struct weir_observer *observer,
			       struct weir_rejection *rej,
			       struct weir_facts **out, u64 *work)
{
	struct weir_recorder *r = weir_host_alloc(sizeof(*r));
	struct weir_cfg *cfg = NULL;
	int err = -ENOMEM;

	if (!r)
		return err;
	err = weir_cfg_create(prog, rej, &cfg);
	if (err)
		goto out_free;
	err = weir_steps_measure(prog, cfg);
	if (err)
		goto out_cfg;
	r->prog = prog;
	r->cfg = cfg;
	r->strict = strict;
	r->observer = observer;
	r->rej = rej;
	err = record(r, log, work);
	if (!err)
		*out = r->facts;
out_cfg:
	weir_cfg_free(cfg);
out_free:
	weir_host_free(r);
	return err;
}

int weir_verify(const struct weir_prog *prog, bool strict, struct weir_log *log,
		struct weir_rejection *rej, struct weir_facts **out)
{
	u64 work;

	return weir_verify_counted(prog, strict, log, NULL, rej, out, &work);
}

int weir_verify_observed(const struct weir_prog *prog, bool strict,
			 struct weir_observer *observer,
			 struct weir_rejection *rej, struct weir_facts **out)
{
	u64 work;

	return weir_verify_counted(prog, strict, NULL, observer, rej, out,
				   &work);
}
