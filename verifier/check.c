// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Duties against states. One function per duty; each is a list of reasons for
 * refusal, then of proofs, then the guard.
 */
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/insn.h"
#include "verifier/ask.h"
#include "verifier/object.h"

bool weir_ask_is_init(struct weir_ask *a, u8 reg)
{
	if (a->s->reg[reg].kind != WEIR_VALUE_UNINIT)
		return true;
	REFUSE(a, WEIR_REJECT_UNINIT_REGISTER,
	       "r%u may hold nothing here; give it a value on every path", reg);
	return false;
}

static void check_scalar(struct weir_ask *a, u8 reg)
{
	const struct weir_value *v = &a->s->reg[reg];

	if (weir_ask_is_init(a, reg) && !weir_value_is_scalar(v))
		REFUSE(a, WEIR_REJECT_POINTER_ARITH,
		       "r%u is %s; only a number will do", reg,
		       weir_value_kind_name(v));
}

/* May the number @n be added to @p? */
static bool takes_offset(const struct weir_value *p, const struct weir_value *n)
{
	if (!weir_value_is_pointer(p) || p->or_null || !weir_value_is_scalar(n))
		return false;
	if (p->kind == WEIR_VALUE_MAP || p->kind == WEIR_VALUE_FUNC)
		return weir_value_is_zero(n);
	return p->kind != WEIR_VALUE_CTX || weir_value_is_const(n);
}

static void check_arith(struct weir_ask *a)
{
	const struct weir_duty *d = a->d;
	struct weir_value imm =
		weir_value_const((u64)(s64)weir_ask_insn(a)->imm);
	const struct weir_value *x = &a->s->reg[d->reg], *y = &imm;

	if (!weir_ask_is_init(a, d->reg))
		return;
	if (d->src != WEIR_DUTY_IMM) {
		if (!weir_ask_is_init(a, d->src))
			return;
		y = &a->s->reg[d->src];
	}
	if (weir_value_is_scalar(x) && weir_value_is_scalar(y))
		return;
	/* Of the low halves, only a distance is a number of meaning. */
	if (d->size != 4 &&
	    (takes_offset(x, y) || (d->op == BPF_ADD && takes_offset(y, x))))
		return;
	if (d->op == BPF_SUB && weir_value_is_pointer(x) && !x->or_null &&
	    !y->or_null && x->kind != WEIR_VALUE_CTX &&
	    weir_object_is_same(x, y))
		return;
	if (x->or_null || y->or_null) {
		REFUSE(a, WEIR_REJECT_POINTER_ARITH,
		       "r%u is %s; compare it with null first",
		       x->or_null ? d->reg : d->src,
		       weir_value_kind_name(x->or_null ? x : y));
		return;
	}
	if (d->src == WEIR_DUTY_IMM)
		REFUSE(a, WEIR_REJECT_POINTER_ARITH, "r%u is %s; %s %d", d->reg,
		       weir_value_kind_name(x),
		       d->op == BPF_ADD ? "plus" : "minus",
		       weir_ask_insn(a)->imm);
	else
		REFUSE(a, WEIR_REJECT_POINTER_ARITH, "r%u is %s; %s r%u, %s",
		       d->reg, weir_value_kind_name(x),
		       d->op == BPF_ADD ? "plus" : "minus", d->src,
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

static void check_compare(struct weir_ask *a)
{
	const struct weir_duty *d = a->d;
	struct weir_value imm =
		weir_value_const((u64)(s64)weir_ask_insn(a)->imm);
	const struct weir_value *x = &a->s->reg[d->reg], *y = &imm;
	u8 op = BPF_OP(weir_ask_insn(a)->code);
	bool is64 = BPF_CLASS(weir_ask_insn(a)->code) == BPF_JMP;

	if (!weir_ask_is_init(a, d->reg))
		return;
	if (d->src != WEIR_DUTY_IMM) {
		if (!weir_ask_is_init(a, d->src))
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
	if (d->src == WEIR_DUTY_IMM)
		REFUSE(a, WEIR_REJECT_POINTER_COMPARE, "r%u is %s; with %d%s",
		       d->reg, weir_value_kind_name(x), weir_ask_insn(a)->imm,
		       is64 ? "" : ", in 32 bits");
	else
		REFUSE(a, WEIR_REJECT_POINTER_COMPARE,
		       "r%u is %s; with r%u, %s%s", d->reg,
		       weir_value_kind_name(x), d->src, weir_value_kind_name(y),
		       is64 ? "" : ", in 32 bits");
}

static void check_store(struct weir_ask *a)
{
	const struct weir_value *to = &a->s->reg[a->d->reg];
	const struct weir_value *v = &a->s->reg[a->d->src];
	u64 at = (u64)to->off + to->num.bits.value + (u64)weir_ask_insn(a)->off;

	if (weir_value_is_scalar(v))
		return;
	if (to->kind == WEIR_VALUE_STACK && weir_scalar_is_const(&to->num) &&
	    a->d->size == 8 && !(at & 7))
		return;
	REFUSE(a, WEIR_REJECT_POINTER_STORE,
	       "r%u is %s; keep it in 8 aligned bytes of the stack", a->d->src,
	       weir_value_kind_name(v));
}

/* Bytes from an index on, or from the packet's start. */
static void check_offset(struct weir_ask *a)
{
	const struct weir_duty *d = a->d;
	s64 lo = d->src == WEIR_DUTY_IMM ? (s64)(u32)d->off : d->off;
	s64 hi = lo + d->size + d->above, reach = a->s->len_min, most = hi;
	bool below = false;

	lo -= d->below;
	a->out->wants = hi - d->above;
	if (d->src != WEIR_DUTY_IMM) {
		const struct weir_value *x = &a->s->reg[d->src];
		const struct weir_range *r = &x->num.range;

		most = (s64)r->umax32 + hi;
		a->out->wants = most - d->above;
		below = (s64)r->umin32 + lo < 0;
		/* Sound: the number is its low half, see value.h. */
		if (x->reach != WEIR_REACH_NONE && r->umax <= U32_MAX &&
		    x->off >= -S32_MAX && x->off <= S32_MAX &&
		    x->reach >= x->off + hi)
			reach = most;
	}
	if (!below && most <= reach)
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

static void check_load_packet(struct weir_ask *a)
{
	const struct weir_value *ctx = &a->s->reg[BPF_REG_6];
	enum weir_kind kind = a->prog->kind;

	if (kind != WEIR_KIND_SOCKET && kind != WEIR_KIND_TC) {
		REFUSE(a, WEIR_REJECT_BAD_KIND,
		       "packet loads are for socket and tc programs");
		return;
	}
	if (ctx->kind != WEIR_VALUE_CTX || !weir_ask_is_start(ctx, 0)) {
		REFUSE(a, WEIR_REJECT_UNINIT_REGISTER,
		       "r6 is %s; it must hold the context for packet loads",
		       weir_value_kind_name(ctx));
		return;
	}
	a->out->mem = WEIR_MEM_PACKET;
	a->out->off = WEIR_OFF_VARIABLE;
	a->out->by = "packet known to be long enough";
	check_offset(a);
}

/* What a loop is going to load; see weir_access_ahead(). */
static void check_ahead_index(struct weir_ask *a)
{
	if (weir_value_is_scalar(&a->s->reg[a->d->src]))
		check_offset(a);
	a->out->wants = 0;
}

/* The frame must hold what a subprogram may reach by its arguments. */
static void check_args(struct weir_ask *a)
{
	s64 min, max;
	u32 r;

	if (a->s->held.lock)
		REFUSE(a, WEIR_REJECT_LOCKED,
		       "call of a subprogram; unlock first");
	for (r = BPF_REG_1; r <= BPF_REG_5; r++) {
		const struct weir_value *v = &a->s->reg[r];

		if (v->kind == WEIR_VALUE_STACK &&
		    weir_value_bounds(v, &min, &max) && min == max &&
		    min >= -WEIR_MAX_STACK && min < 0)
			a->out->stack = max(a->out->stack, (u32)-min);
	}
}

static void check_return(struct weir_ask *a)
{
	const struct weir_value *v = &a->s->reg[BPF_REG_0];

	if (weir_ask_is_init(a, BPF_REG_0) && !weir_value_is_scalar(v) &&
	    a->d->mode != WEIR_MODE_READ)
		REFUSE(a, WEIR_REJECT_RETURN_VALUE, "r0 is %s",
		       weir_value_kind_name(v));
}

static void check_fuel(struct weir_ask *a)
{
	a->out->answer = WEIR_GUARD;
	a->out->guard = (struct weir_guard){
		.pc = a->pc,
		.kind = WEIR_GUARD_FUEL,
		.form = WEIR_FORM_COUNT,
		.reg = WEIR_NO_REG,
		.base = WEIR_NO_BASE,
		.map = WEIR_NO_MAP,
		.why = weir_insn_is_helper_call(weir_ask_insn(a))
			       ? "how often the helper calls back is not proven"
		       : weir_insn_is_call(weir_ask_insn(a))
			       ? "nested calls may run too long"
			       : "the loop's trip count is not proven",
	};
}

void weir_check(const struct weir_prog *prog, u32 pc,
		const struct weir_state *s, const struct weir_duty *d,
		struct weir_rejection *rej, struct weir_finding *out)
{
	struct weir_ask a = { prog, pc, s, d, rej, out };

	*out = (struct weir_finding){ .answer = WEIR_PROVEN,
				      .null_reg = WEIR_NO_REG };
	switch (d->kind) {
	case WEIR_DUTY_INIT:
		weir_ask_is_init(&a, d->reg);
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
		weir_access_check(&a);
		break;
	case WEIR_DUTY_STORE:
		check_store(&a);
		break;
	case WEIR_DUTY_LOAD_PACKET:
		check_load_packet(&a);
		break;
	case WEIR_DUTY_ARGS:
		check_args(&a);
		break;
	case WEIR_DUTY_HELPER:
		weir_helper_check(&a);
		break;
	case WEIR_DUTY_ARGUMENT:
		weir_argument_check(&a);
		break;
	case WEIR_DUTY_EXIT:
		weir_exit_check(&a);
		break;
	case WEIR_DUTY_RETURN:
		check_return(&a);
		break;
	case WEIR_DUTY_FUEL:
		check_fuel(&a);
		break;
	case WEIR_DUTY_AHEAD:
		weir_access_ahead(&a);
		break;
	case WEIR_DUTY_AHEAD_INDEX:
		check_ahead_index(&a);
		break;
	}
}
