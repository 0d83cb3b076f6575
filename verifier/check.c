// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Duties against states. One function per duty; each is a list of reasons for
 * refusal, then of proofs, then the guard.
 */
#include <linux/kernel.h>
#include <linux/bits.h>
#include <linux/types.h>
#include "base/ctx.h"
#include "base/helper.h"
#include "base/insn.h"
#include "base/log.h"
#include "base/prog.h"
#include "verifier/check.h"
#include "verifier/duty.h"
#include "verifier/learn.h"
#include "verifier/state.h"

/* One question. */
struct ask {
	const struct weir_prog *prog;
	u32 pc;
	const struct weir_state *s;
	const struct weir_duty *d;
	struct weir_rejection *rej;
	struct weir_finding *out;
};

#define REFUSE(a, nr, ...)                                        \
	do {                                                      \
		(a)->out->answer = WEIR_REJECT;                   \
		weir_reject((a)->rej, (nr),                       \
			    weir_prog_origin((a)->prog, (a)->pc), \
			    __VA_ARGS__);                         \
	} while (0)

static const struct bpf_insn *insn_of(const struct ask *a)
{
	return &a->prog->insns[a->pc];
}

static bool is_init(struct ask *a, u8 reg)
{
	if (a->s->reg[reg].kind != WEIR_VALUE_UNINIT)
		return true;
	REFUSE(a, WEIR_REJECT_UNINIT_REGISTER,
	       "r%u may hold nothing here; give it a value on every path", reg);
	return false;
}

static void check_scalar(struct ask *a, u8 reg)
{
	const struct weir_value *v = &a->s->reg[reg];

	if (is_init(a, reg) && !weir_value_is_scalar(v))
		REFUSE(a, WEIR_REJECT_POINTER_ARITH,
		       "r%u is %s; only a number will do", reg,
		       weir_value_kind_name(v));
}

static void check_arith(struct ask *a)
{
	const struct weir_duty *d = a->d;
	struct weir_value imm = weir_value_const((u64)(s64)insn_of(a)->imm);
	const struct weir_value *x = &a->s->reg[d->reg], *y = &imm;

	if (!is_init(a, d->reg))
		return;
	if (d->src != WEIR_DUTY_IMM) {
		if (!is_init(a, d->src))
			return;
		y = &a->s->reg[d->src];
	}
	if (weir_value_is_scalar(x) && weir_value_is_scalar(y))
		return;
	/* a pointer into an object and a number */
	if (weir_value_is_pointer(x) && weir_value_is_scalar(y) &&
	    (x->kind != WEIR_VALUE_CTX || weir_value_is_const(y)))
		return;
	if (d->op == BPF_ADD && weir_value_is_scalar(x) &&
	    weir_value_is_pointer(y) &&
	    (y->kind != WEIR_VALUE_CTX || weir_value_is_const(x)))
		return;
	/* two pointers into one object */
	if (d->op == BPF_SUB && x->kind == y->kind &&
	    weir_value_is_pointer(x) && x->kind != WEIR_VALUE_CTX &&
	    x->object == y->object)
		return;
	REFUSE(a, WEIR_REJECT_POINTER_ARITH, "%s %s %s",
	       weir_value_kind_name(x), d->op == BPF_ADD ? "plus" : "minus",
	       weir_value_kind_name(y));
}

/*
 * What compilers make of a test for null: instead of p + 8 it is p that is
 * compared, with -8; and a pointer that came from a 32-bit field is compared by
 * its low half. Nothing is concluded from any but the 0 in 64 bits (learn.c).
 */
static bool is_null_moved(const struct weir_value *v)
{
	s64 c = (s64)v->num.bits.value;

	return weir_value_is_const(v) && c < WEIR_PTR_BELOW &&
	       c > -WEIR_PTR_SLACK;
}

static void check_compare(struct ask *a)
{
	const struct weir_duty *d = a->d;
	struct weir_value imm = weir_value_const((u64)(s64)insn_of(a)->imm);
	const struct weir_value *x = &a->s->reg[d->reg], *y = &imm;
	u8 op = BPF_OP(insn_of(a)->code);
	bool is64 = BPF_CLASS(insn_of(a)->code) == BPF_JMP;

	if (!is_init(a, d->reg))
		return;
	if (d->src != WEIR_DUTY_IMM) {
		if (!is_init(a, d->src))
			return;
		y = &a->s->reg[d->src];
	}
	if (weir_value_is_scalar(x) && weir_value_is_scalar(y))
		return;
	/* against null; or two pointers into one object, in any order */
	if (op == BPF_JEQ || op == BPF_JNE) {
		if (weir_value_is_pointer(x) && is_null_moved(y))
			return;
		if (weir_value_is_pointer(y) && is_null_moved(x))
			return;
	}
	if (is64 && op != BPF_JSET && weir_value_is_pointer(x) &&
	    weir_value_is_pointer(y)) {
		if (x->kind == y->kind && x->object == y->object)
			return;
		if ((x->kind == WEIR_VALUE_META &&
		     y->kind == WEIR_VALUE_PACKET) ||
		    (x->kind == WEIR_VALUE_PACKET &&
		     y->kind == WEIR_VALUE_META))
			return;
	}
	REFUSE(a, WEIR_REJECT_POINTER_COMPARE, "%s with %s",
	       weir_value_kind_name(x), weir_value_kind_name(y));
}

/* Memory */

static void guard_range(struct ask *a, enum weir_guard_kind kind, bool low,
			const char *why)
{
	a->out->answer = WEIR_GUARD;
	a->out->guard = (struct weir_guard){
		.pc = a->pc,
		.kind = (u8)kind,
		.form = WEIR_FORM_POINTER,
		.reg = a->d->reg,
		.check_lo = low,
		.base = WEIR_NO_BASE,
		.map = WEIR_NO_MAP,
		.lo = a->d->off,
		.hi = a->d->off + a->d->size,
		.why = why,
	};
}

/* Is @v exactly @off bytes into its object? */
static bool is_start(const struct weir_value *v, s64 off)
{
	return v->off == off && weir_scalar_is_const(&v->num) &&
	       !v->num.bits.value;
}

static void access_ctx(struct ask *a, const struct weir_value *v)
{
	const struct weir_duty *d = a->d;
	bool write = d->mode & WEIR_MODE_WRITE;
	s64 off = v->off + d->off;
	const struct weir_ctx_field *f = NULL;

	a->out->mem = WEIR_MEM_CTX;
	a->out->off = (s32)off;
	a->out->by = "context field";
	if (off >= 0 && off <= S32_MAX && !(write && d->mode & WEIR_MODE_READ))
		f = weir_ctx_find(a->prog->kind, (s32)off, d->size, write);
	if (f && weir_ctx_is_classic(f) && !a->prog->origin)
		f = NULL;
	if (f && weir_ctx_is_pointer(f) && d->mode & WEIR_MODE_SIGNED)
		f = NULL;
	if (f && is_start(v, v->off))
		return;
	REFUSE(a, WEIR_REJECT_CTX_ACCESS, "%s of %u bytes at offset %d",
	       write ? "store" : "load", d->size, (s32)off);
}

static const char *why_packet(const struct ask *a, const struct weir_value *v,
			      bool low, bool high)
{
	if (high && low)
		return weir_learn_reach(a->s, v) == WEIR_REACH_NONE
			       ? "the pointer was not compared with the end"
			       : "neither end of the access is proven";
	if (high)
		return weir_learn_reach(a->s, v) > 0
			       ? "the comparison with the end does not reach so far"
			       : "no comparison with the end on every path to here";
	return "the access may lie before the start";
}

static void access_packet(struct ask *a, const struct weir_value *v)
{
	const struct weir_duty *d = a->d;
	s64 lo = v->off + d->off, hi = lo + d->size, end;
	s64 reach = weir_learn_reach(a->s, v);
	bool is_mem = a->prog->kind == WEIR_KIND_MEM;
	bool below, beyond = true;
	s64 far;

	a->out->mem = is_mem ? WEIR_MEM_BUFFER : WEIR_MEM_PACKET;
	/* Sound: the base is in the object and so are @reach bytes behind it;
	 * or else the object is longer than the access can reach at most.
	 */
	if (reach != WEIR_REACH_NONE && reach >= hi)
		beyond = false;
	end = S64_MAX;
	__builtin_add_overflow(v->num.range.smax, hi, &end);
	if (v->num.range.smax > WEIR_MAX_LEN)
		end = WEIR_MAX_LEN;
	if (v->kind == WEIR_VALUE_PACKET && end <= a->s->len_min &&
	    v->num.range.smax <= WEIR_MAX_LEN)
		beyond = false;
	a->out->wants = v->kind == WEIR_VALUE_PACKET ? end : 0;
	/* A guard measures how far the pointer is past the start, as a signed
	 * number: so far that this wraps, it is before the start.
	 */
	below = v->num.range.smin < -lo ||
		__builtin_add_overflow(v->num.range.smax, v->off, &far);
	a->out->by = "compared with the end";
	if (below || beyond)
		guard_range(a, is_mem ? WEIR_GUARD_BUFFER : WEIR_GUARD_PACKET,
			    below, why_packet(a, v, below, beyond));
}

static void stack_init(struct ask *a, s32 lo, s32 hi)
{
	const struct weir_duty *d = a->d;
	bool whole = hi - lo == 8 && d->size == 8 && !(lo & 7) &&
		     d->mode == WEIR_MODE_READ;

	if (!(d->mode & WEIR_MODE_READ))
		return;
	if (!weir_state_stack_is_init(a->s, lo, hi))
		REFUSE(a, WEIR_REJECT_UNINIT_STACK,
		       "bytes %d to %d of the frame may not all have been written",
		       lo, hi - 1);
	else if (!whole && weir_state_stack_has_pointer(a->s, lo, hi))
		REFUSE(a, WEIR_REJECT_POINTER_LEAK,
		       "part of a pointer kept at %d to %d", lo, hi - 1);
}

static void access_stack(struct ask *a, const struct weir_value *v)
{
	const struct weir_duty *d = a->d;
	s64 min, max;

	a->out->mem = WEIR_MEM_STACK;
	a->out->off = WEIR_OFF_VARIABLE;
	a->out->by = "stack frame";
	if (!weir_value_bounds(v, &min, &max)) {
		min = -WEIR_MAX_BOUND;
		max = WEIR_MAX_BOUND;
	}
	min += d->off;
	max += d->off + d->size;
	if (min == max - d->size) {
		if (min < -WEIR_MAX_STACK || max > 0) {
			REFUSE(a, WEIR_REJECT_STACK_RANGE,
			       "%u bytes at r10%+lld; a frame is r10-%d to r10-1",
			       d->size, (long long)min, WEIR_MAX_STACK);
			return;
		}
		a->out->off = (s32)min;
	} else if (min < -WEIR_MAX_STACK || max > 0) {
		if (max - d->size < -WEIR_MAX_STACK || min + d->size > 0) {
			REFUSE(a, WEIR_REJECT_STACK_RANGE,
			       "never within the frame");
			return;
		}
		guard_range(a, WEIR_GUARD_STACK, true,
			    "the offset is not proven to lie in the frame");
		min = max_t(s64, min, -WEIR_MAX_STACK);
		max = min_t(s64, max, 0);
	}
	a->out->stack = (u32)-min;
	stack_init(a, (s32)min, (s32)max);
}

static void access_outer(struct ask *a, const struct weir_value *v)
{
	const struct weir_duty *d = a->d;
	bool read = d->mode & WEIR_MODE_READ;
	s64 min, max, size = read ? v->readable : v->reach;

	a->out->mem = WEIR_MEM_STACK;
	a->out->off = WEIR_OFF_VARIABLE;
	a->out->by = "stack of a calling function";
	if (weir_value_bounds(v, &min, &max) && min + d->off >= 0 &&
	    max + d->off + d->size <= min_t(s64, size, v->reach))
		return;
	REFUSE(a, read ? WEIR_REJECT_UNINIT_STACK : WEIR_REJECT_STACK_RANGE,
	       "%lld bytes of the caller's stack may be %s at argument r%u",
	       (long long)size, read ? "read" : "written", v->object);
}

static void check_access(struct ask *a)
{
	const struct weir_value *v = &a->s->reg[a->d->reg];

	if (!is_init(a, a->d->reg))
		return;
	switch (v->kind) {
	case WEIR_VALUE_CTX:
		access_ctx(a, v);
		break;
	case WEIR_VALUE_PACKET:
	case WEIR_VALUE_META:
		access_packet(a, v);
		break;
	case WEIR_VALUE_STACK:
		access_stack(a, v);
		break;
	case WEIR_VALUE_OUTER:
		access_outer(a, v);
		break;
	default:
		REFUSE(a, WEIR_REJECT_NOT_A_POINTER, "r%u is %s", a->d->reg,
		       weir_value_kind_name(v));
	}
}

static void check_store(struct ask *a)
{
	const struct weir_value *to = &a->s->reg[a->d->reg];
	const struct weir_value *v = &a->s->reg[a->d->src];
	u64 at = (u64)to->off + to->num.bits.value + (u64)insn_of(a)->off;

	if (weir_value_is_scalar(v))
		return;
	if (to->kind == WEIR_VALUE_STACK && weir_scalar_is_const(&to->num) &&
	    a->d->size == 8 && !(at & 7))
		return;
	REFUSE(a, WEIR_REJECT_POINTER_STORE,
	       "r%u is %s; keep it in 8 aligned bytes of the stack", a->d->src,
	       weir_value_kind_name(v));
}

static void check_load_packet(struct ask *a)
{
	const struct weir_duty *d = a->d;
	const struct weir_value *ctx = &a->s->reg[BPF_REG_6];
	enum weir_kind kind = a->prog->kind;
	s64 lo = d->src == WEIR_DUTY_IMM ? (s64)(u32)d->off : d->off;
	s64 hi = lo + d->size, reach = a->s->len_min;
	bool below = false;

	if (kind != WEIR_KIND_SOCKET && kind != WEIR_KIND_TC) {
		REFUSE(a, WEIR_REJECT_BAD_KIND,
		       "packet loads are for socket and tc programs");
		return;
	}
	if (ctx->kind != WEIR_VALUE_CTX || !is_start(ctx, 0)) {
		REFUSE(a, WEIR_REJECT_UNINIT_REGISTER,
		       "r6 must hold the context for packet loads");
		return;
	}
	a->out->mem = WEIR_MEM_PACKET;
	a->out->off = WEIR_OFF_VARIABLE;
	a->out->wants = hi;
	a->out->by = "packet known to be long enough";
	if (d->src != WEIR_DUTY_IMM) {
		const struct weir_value *x = &a->s->reg[d->src];
		const struct weir_range *r = &x->num.range;

		a->out->wants = (s64)r->umax32 + hi;
		below = (s64)r->umin32 + lo < 0;
		/* Sound: the number is its low half, see value.h. */
		if (x->reach != WEIR_REACH_NONE && r->umax <= U32_MAX &&
		    x->off >= -S32_MAX && x->off <= S32_MAX &&
		    x->reach >= x->off + hi)
			reach = a->out->wants;
	}
	if (!below && a->out->wants <= reach)
		return;
	a->out->answer = WEIR_GUARD;
	a->out->guard = (struct weir_guard){
		.pc = a->pc,
		.kind = WEIR_GUARD_PACKET,
		.form = WEIR_FORM_OFFSET,
		.reg = d->src == WEIR_DUTY_IMM ? WEIR_NO_REG : d->src,
		.check_lo = below,
		.base = WEIR_NO_BASE,
		.map = WEIR_NO_MAP,
		/* beyond any packet is beyond, however far */
		.lo = (s32)min_t(s64, lo, WEIR_MAX_LEN),
		.hi = (s32)min_t(s64, hi, S32_MAX),
		.why = "the packet may be shorter",
	};
}

static void check_helper(struct ask *a)
{
	const struct weir_helper *h = weir_helper_find(insn_of(a)->imm);
	u32 i;

	if (!h) {
		REFUSE(a, WEIR_REJECT_UNKNOWN_HELPER, "helper %d",
		       insn_of(a)->imm);
		return;
	}
	if (!(h->kinds & BIT(a->prog->kind))) {
		REFUSE(a, WEIR_REJECT_HELPER_KIND, "%s", h->name);
		return;
	}
	if (h->does) { /* none of its effects is known to transfer yet */
		REFUSE(a, WEIR_REJECT_HELPER_ARG, "%s", h->name);
		return;
	}
	for (i = 0; i < WEIR_HELPER_ARGS && a->out->answer == WEIR_PROVEN;
	     i++) {
		const struct weir_value *v = &a->s->reg[BPF_REG_1 + i];
		bool fits;

		if (h->arg[i] == WEIR_ARG_NONE)
			continue;
		if (!is_init(a, (u8)(BPF_REG_1 + i)))
			return;
		switch (h->arg[i]) {
		case WEIR_ARG_SCALAR:
			fits = weir_value_is_scalar(v);
			break;
		case WEIR_ARG_CTX:
			fits = v->kind == WEIR_VALUE_CTX && is_start(v, 0);
			break;
		default:
			fits = false;
		}
		if (!fits)
			REFUSE(a, WEIR_REJECT_HELPER_ARG, "%s: r%u is %s",
			       h->name, BPF_REG_1 + i, weir_value_kind_name(v));
	}
}

/* The frame must hold what a subprogram may reach by its arguments. */
static void check_args(struct ask *a)
{
	s64 min, max;
	u32 r;

	for (r = BPF_REG_1; r <= BPF_REG_5; r++) {
		const struct weir_value *v = &a->s->reg[r];

		if (v->kind == WEIR_VALUE_STACK &&
		    weir_value_bounds(v, &min, &max) && min == max &&
		    min >= -WEIR_MAX_STACK && min < 0)
			a->out->stack = max(a->out->stack, (u32)-min);
	}
}

static void check_constant(struct ask *a)
{
	u8 src = insn_of(a)->src_reg;

	if (!src)
		return;
	if (src == BPF_PSEUDO_MAP_FD || src == BPF_PSEUDO_MAP_VALUE ||
	    src == BPF_PSEUDO_MAP_IDX || src == BPF_PSEUDO_MAP_IDX_VALUE)
		REFUSE(a, WEIR_REJECT_BAD_MAP, "map %d", insn_of(a)->imm);
	else
		REFUSE(a, WEIR_REJECT_BAD_PSEUDO, "source %u", src);
}

static void check_return(struct ask *a)
{
	const struct weir_value *v = &a->s->reg[BPF_REG_0];

	if (is_init(a, BPF_REG_0) && !weir_value_is_scalar(v))
		REFUSE(a, WEIR_REJECT_RETURN_VALUE, "r0 is %s",
		       weir_value_kind_name(v));
}

static void check_fuel(struct ask *a)
{
	a->out->answer = WEIR_GUARD;
	a->out->guard = (struct weir_guard){
		.pc = a->pc,
		.kind = WEIR_GUARD_FUEL,
		.form = WEIR_FORM_COUNT,
		.reg = WEIR_NO_REG,
		.base = WEIR_NO_BASE,
		.map = WEIR_NO_MAP,
		.why = weir_insn_is_call(insn_of(a))
			       ? "nested calls may run too long"
			       : "the loop's trip count is not proven",
	};
}

void weir_check(const struct weir_prog *prog, u32 pc,
		const struct weir_state *s, const struct weir_duty *d,
		struct weir_rejection *rej, struct weir_finding *out)
{
	struct ask a = { prog, pc, s, d, rej, out };

	*out = (struct weir_finding){ .answer = WEIR_PROVEN };
	switch (d->kind) {
	case WEIR_DUTY_INIT:
		is_init(&a, d->reg);
		break;
	case WEIR_DUTY_WRITABLE:
		if (d->reg == BPF_REG_10)
			REFUSE(&a, WEIR_REJECT_FRAME_WRITE,
			       "copy r10 to another register first");
		break;
	case WEIR_DUTY_SCALAR:
		check_scalar(&a, d->reg);
		break;
	case WEIR_DUTY_ARITH:
		check_arith(&a);
		break;
	case WEIR_DUTY_COMPARE:
		check_compare(&a);
		break;
	case WEIR_DUTY_ACCESS:
		check_access(&a);
		break;
	case WEIR_DUTY_STORE:
		check_store(&a);
		break;
	case WEIR_DUTY_LOAD_PACKET:
		check_load_packet(&a);
		break;
	case WEIR_DUTY_CONSTANT:
		check_constant(&a);
		break;
	case WEIR_DUTY_ARGS:
		check_args(&a);
		break;
	case WEIR_DUTY_HELPER:
		check_helper(&a);
		break;
	case WEIR_DUTY_RETURN:
		check_return(&a);
		break;
	case WEIR_DUTY_FUEL:
		check_fuel(&a);
		break;
	}
}
