// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Abstract states as text. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include "tools/weir/state_text.h"
#include "verifier/learn.h"
#include "verifier/state.h"

#define SMALL 65536 /* numbers from here on are written in hex */

struct text {
	char *at;
	size_t room;
};

static void put(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int nr;

	va_start(ap, fmt);
	nr = vsnprintf(t->at, t->room, fmt, ap);
	va_end(ap);
	if (nr < 0 || (size_t)nr >= t->room)
		nr = t->room ? (int)t->room - 1 : 0;
	t->at += nr;
	t->room -= (size_t)nr;
}

static void put_signed(struct text *t, s64 x)
{
	if (x > -SMALL && x < SMALL)
		put(t, "%lld", (long long)x);
	else if (x < 0)
		put(t, "-0x%llx", -(unsigned long long)x);
	else
		put(t, "0x%llx", (unsigned long long)x);
}

static void put_unsigned(struct text *t, u64 x)
{
	put(t, x < SMALL ? "%llu" : "0x%llx", (unsigned long long)x);
}

/* Do the known bits say more than the range does? */
static bool bits_tell(const struct weir_scalar *num)
{
	u64 can = num->bits.value | num->bits.mask, below = num->range.umax;

	if (num->bits.value & ~num->bits.mask)
		return true;
	for (u32 shift = 1; shift < 64; shift *= 2)
		below |= below >> shift;
	return (can & below) != below;
}

static void put_number(struct text *t, const struct weir_scalar *num)
{
	const struct weir_range *r = &num->range;

	if (weir_scalar_is_const(num)) {
		put_signed(t, (s64)num->bits.value);
		return;
	}
	if (!r->umin && r->umax == U64_MAX && r->smin == S64_MIN &&
	    r->smax == S64_MAX) {
		put(t, "any");
	} else if (r->smin < 0 && r->umax > S64_MAX) {
		put_signed(t, r->smin);
		put(t, "..");
		put_signed(t, r->smax);
	} else {
		put_unsigned(t, r->umin);
		put(t, "..");
		put_unsigned(t, r->umax);
	}
	if (bits_tell(num))
		put(t, "(&0x%llx%s", (unsigned long long)num->bits.mask,
		    num->bits.value ? "" : ")");
	if (bits_tell(num) && num->bits.value)
		put(t, "|0x%llx)", (unsigned long long)num->bits.value);
}

static const char *object_name(const struct weir_value *v)
{
	switch (v->kind) {
	case WEIR_VALUE_CTX:
		return "ctx";
	case WEIR_VALUE_PACKET:
		return v->id == WEIR_ID_END ? "packet_end" : "packet";
	case WEIR_VALUE_META:
		return "meta";
	case WEIR_VALUE_STACK:
		return "fp";
	case WEIR_VALUE_OUTER:
		return "caller";
	case WEIR_VALUE_MAP:
		return "map";
	case WEIR_VALUE_MAP_VALUE:
		return "value";
	case WEIR_VALUE_MAP_KEY:
		return "key";
	case WEIR_VALUE_RECORD:
		return "record";
	case WEIR_VALUE_FUNC:
		return "function";
	default:
		return weir_value_kind_name(v);
	}
}

static void put_pointer(struct text *t, const struct weir_state *s,
			const struct weir_value *v)
{
	bool is_end = v->kind == WEIR_VALUE_PACKET && v->id == WEIR_ID_END;
	s64 reach = weir_learn_reach(s, v);
	s64 off = v->kind == WEIR_VALUE_MAP ? 0 : v->off;
	bool fixed = weir_scalar_is_const(&v->num);

	put(t, "%s", object_name(v));
	if (weir_value_is_sized(v))
		put(t, "[%u]", v->size);
	if (fixed && !is_end)
		off += (s64)v->num.bits.value;
	if (off)
		put(t, off < 0 ? "%lld" : "+%lld", (long long)off);
	if (!fixed && !is_end) {
		put(t, "+");
		put_number(t, &v->num);
	}
	if (reach != WEIR_REACH_NONE && !is_end &&
	    (v->kind == WEIR_VALUE_PACKET || v->kind == WEIR_VALUE_OUTER))
		put(t, "(%lld follow)", (long long)(reach - v->off));
	if (v->or_null)
		put(t, "|0");
}

static void put_value(struct text *t, const struct weir_state *s,
		      const struct weir_value *v)
{
	if (v->kind == WEIR_VALUE_UNINIT) {
		put(t, "nothing");
	} else if (v->kind == WEIR_VALUE_MIXED) {
		put(t, "mixed");
	} else if (v->kind != WEIR_VALUE_SCALAR) {
		put_pointer(t, s, v);
	} else {
		put_number(t, &v->num);
		if (v->id == WEIR_ID_LEN)
			put(t, "(packet_len%+lld)", (long long)v->off);
	}
	if (v->kind > WEIR_VALUE_MIXED && v->id >= WEIR_ID_FIRST)
		put(t, "#%u", v->id);
	if (v->kind == WEIR_VALUE_SCALAR && v->id >= WEIR_ID_FIRST && v->off)
		put(t, "%+lld", (long long)v->off);
}

const char *value_text(const struct weir_state *s, const struct weir_value *v,
		       char buf[VALUE_TEXT])
{
	struct text t = { buf, VALUE_TEXT };

	*buf = 0;
	put_value(&t, s, v);
	return buf;
}

/* Bytes that were written, from @w on, without a value that is known. */
static u32 unknown_bytes(const struct weir_state *s, u32 w)
{
	u32 end = w;

	while (end < WEIR_STACK_WORDS && !weir_state_has_slot(s, end) &&
	       s->init[end] == 0xf)
		end++;
	return (end - w) * 4;
}

static void put_stack(struct text *t, const struct weir_state *s)
{
	for (u32 w = 0; w < WEIR_STACK_WORDS; w++) {
		s32 off = (s32)w * 4 - WEIR_MAX_STACK;
		u32 bytes;

		if (weir_state_has_slot(s, w)) {
			put(t, "%sfp%d=u%u ", "  ", off, s->size[w] * 8u);
			put_value(t, s, &s->slot[w]);
			w += s->size[w] > 4;
			continue;
		}
		bytes = unknown_bytes(s, w);
		if (bytes) {
			put(t, "  fp%d..%d=written", off, off + (s32)bytes - 1);
			w += bytes / 4 - 1;
		} else if (s->init[w]) {
			put(t, "  fp%d=partly written", off);
		}
	}
}

char *state_text(const struct weir_state *s)
{
	size_t room = WEIR_MAX_VALUES * (VALUE_TEXT + 16);
	char *text = malloc(room), *whole;
	struct text t = { text, room };
	const char *gap = "";

	if (!text)
		return NULL;
	*text = 0;
	for (u32 r = 0; r < WEIR_NR_REGS; r++) {
		if (s->reg[r].kind == WEIR_VALUE_UNINIT)
			continue;
		put(&t, "%sr%u=", gap, r);
		put_value(&t, s, &s->reg[r]);
		gap = "  ";
	}
	if (s->has_stack)
		put_stack(&t, s);
	if (s->len_min)
		put(&t, "  packet>=%lld", (long long)s->len_min);
	whole = strdup(text);
	free(text);
	return whole;
}
