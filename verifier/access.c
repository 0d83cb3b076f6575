// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory: may bytes at a pointer be accessed? One function per kind of pointer,
 * each a list of reasons for refusal, then of proofs, then the guard.
 */
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/ctx.h"
#include "base/insn.h"
#include "base/map.h"
#include "base/param.h"
#include "verifier/ask.h"
#include "verifier/learn.h"
#include "verifier/object.h"

static void guard_range(struct weir_ask *a, const struct weir_span *m,
			enum weir_guard_kind kind, bool low, const char *why)
{
	a->out->answer = WEIR_GUARD;
	a->out->guard = (struct weir_guard){
		.pc = a->pc,
		.kind = (u8)kind,
		.form = WEIR_FORM_POINTER,
		.reg = m->reg,
		.check_lo = low,
		.base = WEIR_NO_BASE,
		.map = WEIR_NO_MAP,
		.lo = m->off - (s32)m->below,
		.hi = m->off + (s32)(m->size + m->above),
		.why = why,
	};
}

static void access_ctx(struct weir_ask *a, const struct weir_value *v)
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
	if (f && weir_ask_is_start(v, v->off))
		return;
	f = off >= 0 && off <= S32_MAX ? weir_ctx_at(a->prog->kind, (s32)off)
				       : NULL;
	REFUSE(a, WEIR_REJECT_CTX_ACCESS, "%s of %u bytes at offset %d%s%s%s",
	       write ? "store" : "load", d->size, (s32)off,
	       f ? ", where " : "; no field of this kind of program is there",
	       f ? f->name : "",
	       f ? (write ? " may not be written so" : " may not be read so")
		 : "");
}

/* So many bytes behind the packet's start: that asks for its length alone. */
static void guard_length(struct weir_ask *a, const struct weir_value *v)
{
	struct weir_guard *g = &a->out->guard;
	s64 at = (s64)((u64)v->off + v->num.bits.value);

	if (v->kind != WEIR_VALUE_PACKET || !weir_scalar_is_const(&v->num) ||
	    at < -WEIR_MAX_LEN || at > WEIR_MAX_LEN)
		return;
	g->form = WEIR_FORM_OFFSET;
	g->reg = WEIR_NO_REG;
	g->lo = (s32)min_t(s64, at + g->lo, WEIR_MAX_LEN);
	g->hi = (s32)min_t(s64, at + g->hi, S32_MAX);
}

static const char *why_packet(const struct weir_ask *a,
			      const struct weir_value *v, bool low, bool high)
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

/* The most that is asked of the packet, if its first byte is at base + 0. */
static s64 end_of(const struct weir_value *v, s64 hi)
{
	s64 end = S64_MAX;

	__builtin_add_overflow(v->num.range.smax, hi, &end);
	return v->num.range.smax > WEIR_MAX_LEN ? WEIR_MAX_LEN : end;
}

static void access_packet(struct weir_ask *a, const struct weir_span *m,
			  const struct weir_value *v)
{
	s64 lo = v->off + m->off - m->below;
	s64 own = v->off + m->off + m->size, hi = own + m->above;
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
	if (v->kind == WEIR_VALUE_PACKET && end_of(v, hi) <= a->s->len_min &&
	    v->num.range.smax <= WEIR_MAX_LEN)
		beyond = false;
	a->out->wants = v->kind == WEIR_VALUE_PACKET ? end_of(v, own) : 0;
	/* A guard measures how far the pointer is past the start, as a signed
	 * number: so far that this wraps, it is before the start.
	 */
	below = v->num.range.smin < -lo ||
		__builtin_add_overflow(v->num.range.smax, v->off, &far);
	a->out->by = "compared with the end";
	if (below || beyond)
		guard_range(a, m,
			    is_mem ? WEIR_GUARD_BUFFER : WEIR_GUARD_PACKET,
			    below, why_packet(a, v, below, beyond));
	if (below || beyond)
		guard_length(a, v);
}

static void stack_init(struct weir_ask *a, const struct weir_span *m, s32 lo,
		       s32 hi)
{
	bool whole = hi - lo == 8 && m->size == 8 && !(lo & 7) &&
		     m->mode == WEIR_MODE_READ;

	if (!(m->mode & WEIR_MODE_READ))
		return;
	if (!weir_state_stack_is_init(a->s, lo, hi))
		REFUSE(a, WEIR_REJECT_UNINIT_STACK,
		       "bytes %d to %d of the frame may not all have been written",
		       lo, hi - 1);
	else if (!whole && weir_state_stack_has_pointer(a->s, lo, hi))
		REFUSE(a, WEIR_REJECT_POINTER_LEAK,
		       "part of a pointer kept at %d to %d", lo, hi - 1);
}

static void access_stack(struct weir_ask *a, const struct weir_span *m,
			 const struct weir_value *v)
{
	s64 min, max, low, high, size = m->size;

	a->out->mem = WEIR_MEM_STACK;
	a->out->off = WEIR_OFF_VARIABLE;
	a->out->by = "stack frame";
	if (!weir_value_bounds(v, &min, &max)) {
		min = -WEIR_MAX_BOUND;
		max = WEIR_MAX_BOUND;
	}
	min += m->off;
	max += m->off + size;
	low = min - m->below;
	high = max + m->above;
	if (min == max - size) {
		if (min < -WEIR_MAX_STACK || max > 0) {
			REFUSE(a, WEIR_REJECT_STACK_RANGE,
			       "%u bytes at r10%+lld; a frame is r10-%d to r10-1",
			       m->size, (long long)min, WEIR_MAX_STACK);
			return;
		}
		a->out->off = (s32)min;
	} else if (low < -WEIR_MAX_STACK || high > 0) {
		if (max - size < -WEIR_MAX_STACK || min + size > 0) {
			REFUSE(a, WEIR_REJECT_STACK_RANGE,
			       "%u bytes at r10%+lld at the nearest; never within the frame",
			       m->size,
			       (long long)(min > 0 ? min : max - size));
			return;
		}
		guard_range(a, m, WEIR_GUARD_STACK, true,
			    "the offset is not proven to lie in the frame");
		min = max_t(s64, min, -WEIR_MAX_STACK);
		max = min_t(s64, max, 0);
	}
	a->out->stack = (u32)-min;
	stack_init(a, m, (s32)min, (s32)max);
}

/* Were the bytes of a caller's stack written by this function? */
static bool is_written(const struct weir_state *s, const struct weir_span *m,
		       const struct weir_value *v)
{
	u64 at = (u64)v->off + v->num.bits.value + (u64)(s64)m->off;
	u64 mask;

	if (!weir_scalar_is_const(&v->num) || at >= 64 || m->size > 64 - at)
		return false;
	mask = m->size < 64 ? ((1ULL << m->size) - 1) << at : ~0ULL;
	return !(mask & ~weir_state_wrote(s, v->object));
}

static void access_outer(struct weir_ask *a, const struct weir_span *m,
			 const struct weir_value *v)
{
	bool read = m->mode & WEIR_MODE_READ;
	s64 min, max, size = read ? v->readable : v->reach;

	a->out->mem = WEIR_MEM_STACK;
	a->out->off = WEIR_OFF_VARIABLE;
	a->out->by = "stack of a calling function";
	if (weir_value_bounds(v, &min, &max) && min + m->off >= 0 &&
	    max + m->off + m->size <= min_t(s64, size, v->reach))
		return;
	if (read && is_written(a->s, m, v))
		return;
	if (weir_value_bounds(v, &min, &max) && min == max)
		REFUSE(a,
		       read ? WEIR_REJECT_UNINIT_STACK
			    : WEIR_REJECT_STACK_RANGE,
		       "%u bytes at %lld of a caller's stack, from r%u on; %lld may be %s",
		       m->size, (long long)(min + m->off), v->object,
		       (long long)size, read ? "read" : "written");
	else
		REFUSE(a,
		       read ? WEIR_REJECT_UNINIT_STACK
			    : WEIR_REJECT_STACK_RANGE,
		       "at no bounded offset of a caller's stack; %lld bytes may be %s from r%u on",
		       (long long)size, read ? "read" : "written", v->object);
}

/* Do the bytes [min, max) of a value, if it is as long, touch a field? */
static bool touches(s64 min, s64 max, u32 field, u32 size)
{
	return field != WEIR_NO_FIELD && min < (s64)field + size && max > field;
}

/*
 * A live parameter may change at any time: only a load of all its bytes gives a
 * number that it had.
 */
static bool is_param_load(struct weir_ask *a, const struct weir_span *m,
			  const struct weir_value *v)
{
	if (!(m->mode & WEIR_MODE_WRITE) &&
	    BPF_CLASS(weir_ask_insn(a)->code) == BPF_LDX &&
	    weir_object_param(a->prog, v, m->off, m->size) != WEIR_NO_PARAM)
		return true;
	REFUSE(a, WEIR_REJECT_PARAM_ACCESS,
	       "%s of %u bytes, which are not one parameter as a whole",
	       BPF_CLASS(weir_ask_insn(a)->code) == BPF_LDX ? "load" : "access",
	       m->size);
	return false;
}

/* What the map forbids, wherever in its value. */
static bool map_allows(struct weir_ask *a, const struct weir_span *m,
		       const struct weir_value *v, s64 min, s64 max)
{
	const struct weir_map_def *def;

	if (v->kind == WEIR_VALUE_MAP_KEY && m->mode & WEIR_MODE_WRITE) {
		REFUSE(a, WEIR_REJECT_READ_ONLY,
		       "r%u is a map's key; copy it to the stack", m->reg);
		return false;
	}
	if (v->kind != WEIR_VALUE_MAP_VALUE)
		return true;
	def = &weir_object_map(a->prog, v->object)->def;
	if (weir_object_map(a->prog, v->object)->params)
		return is_param_load(a, m, v);
	if (m->mode & WEIR_MODE_WRITE && def->flags & BPF_F_RDONLY_PROG)
		REFUSE(a, WEIR_REJECT_READ_ONLY,
		       "map %s was made read only for programs", def->name);
	else if (m->mode & WEIR_MODE_READ && def->flags & BPF_F_WRONLY_PROG)
		REFUSE(a, WEIR_REJECT_WRITE_ONLY,
		       "map %s was made write only for programs", def->name);
	else if (touches(min, max, def->lock_off, WEIR_LOCK_BYTES))
		REFUSE(a, WEIR_REJECT_MAP_FIELD,
		       "map %s: the spin lock is at offset %u", def->name,
		       def->lock_off);
	else if (touches(min, max, def->timer_off, WEIR_TIMER_BYTES))
		REFUSE(a, WEIR_REJECT_MAP_FIELD,
		       "map %s: the timer is at offset %u", def->name,
		       def->timer_off);
	else
		return true;
	return false;
}

/* Bytes [@min, @max) of a map's value, key or record. */
static void guard_sized(struct weir_ask *a, const struct weir_span *m,
			const struct weir_value *v, s64 min, s64 max)
{
	if (min >= 0 && max <= (s64)v->size)
		return;
	if (v->site == WEIR_SITE_NONE) {
		REFUSE(a, WEIR_REJECT_VALUE_RANGE,
		       "%u bytes, not proven to lie within %u; %s", m->size,
		       v->size,
		       "no guard can tell, since this may be one of several");
		return;
	}
	guard_range(a, m, WEIR_GUARD_MAP_VALUE, min < 0,
		    "the offset is not proven to lie in the value");
	a->out->guard.size = v->size;
	a->out->site = v->site;
	a->out->guard.base = WEIR_BASE_CONST;
	a->out->guard.map = v->object;
}

/* Map values, keys and records. */
static void access_sized(struct weir_ask *a, const struct weir_span *m,
			 const struct weir_value *v)
{
	s64 min, max;

	a->out->mem = WEIR_MEM_MAP_VALUE;
	a->out->off = WEIR_OFF_VARIABLE;
	a->out->by = "within the value";
	if (!weir_value_bounds(v, &min, &max)) {
		min = -WEIR_MAX_BOUND;
		max = WEIR_MAX_BOUND;
	}
	min += m->off;
	max += m->off + (s64)m->size;
	if (max - (s64)m->size < 0 || min + (s64)m->size > (s64)v->size) {
		REFUSE(a, WEIR_REJECT_VALUE_RANGE,
		       "%u bytes at offset %lld of %u; never within", m->size,
		       (long long)min, v->size);
		return;
	}
	if (!map_allows(a, m, v, min, max))
		return;
	guard_sized(a, m, v, min - m->below, max + m->above);
}

void weir_access_span(struct weir_ask *a, const struct weir_span *m)
{
	const struct weir_value *v = &a->s->reg[m->reg];

	switch (v->kind) {
	case WEIR_VALUE_PACKET:
	case WEIR_VALUE_META:
		access_packet(a, m, v);
		break;
	case WEIR_VALUE_STACK:
		access_stack(a, m, v);
		break;
	case WEIR_VALUE_OUTER:
		access_outer(a, m, v);
		break;
	case WEIR_VALUE_MAP_VALUE:
	case WEIR_VALUE_MAP_KEY:
	case WEIR_VALUE_RECORD:
		access_sized(a, m, v);
		break;
	default:
		REFUSE(a, WEIR_REJECT_NOT_A_POINTER, "r%u is %s", m->reg,
		       weir_value_kind_name(v));
	}
	if (a->out->answer != WEIR_REJECT && v->or_null)
		a->out->null_reg = m->reg;
}

void weir_access_check(struct weir_ask *a)
{
	const struct weir_duty *d = a->d;
	const struct weir_value *v = &a->s->reg[d->reg];
	struct weir_span m = {
		.reg = d->reg,
		.mode = d->mode,
		.off = d->off,
		.size = d->size,
	};

	if (weir_value_has_guard(v)) {
		m.below = d->below;
		m.above = d->above;
	}
	if (!weir_ask_is_init(a, d->reg))
		return;
	if (v->kind != WEIR_VALUE_CTX) {
		weir_access_span(a, &m);
		return;
	}
	access_ctx(a, v);
	if (v->or_null)
		a->out->null_reg = d->reg;
}

/*
 * What a loop is going to access at a pointer that guards can be tested of, and
 * that is not null: it is asked for before the loop.
 */
void weir_access_ahead(struct weir_ask *a)
{
	const struct weir_duty *d = a->d;
	const struct weir_value *v = &a->s->reg[d->reg];
	const struct weir_span m = {
		.reg = d->reg,
		.off = d->off,
		.size = d->size,
		.above = d->above,
	};
	s64 min, max;

	if (v->or_null || !weir_value_has_guard(v))
		return;
	if (v->kind == WEIR_VALUE_PACKET)
		access_packet(a, &m, v);
	else if (weir_value_is_sized(v) && weir_value_bounds(v, &min, &max))
		guard_sized(a, &m, v, min + m.off,
			    max + m.off + m.size + m.above);
	/* it is no access itself */
	a->out->mem = WEIR_MEM_NONE;
	a->out->wants = 0;
}
