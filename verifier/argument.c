// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Arguments of helpers: does each fit its type? The types are base/helper.h's.
 */
#include <linux/kernel.h>
#include <linux/bits.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/helper.h"
#include "base/insn.h"
#include "base/map.h"
#include "verifier/ask.h"
#include "verifier/compat.h"
#include "verifier/held.h"
#include "verifier/object.h"

#define MAX_MEMORY (1u << 29) /* as Linux: BPF_MAX_VAR_SIZ */

static const struct weir_helper *helper_of(const struct weir_ask *a)
{
	return weir_helper_find(weir_ask_insn(a)->imm);
}

/* The register is not what the helper wants. */
static void refuse(struct weir_ask *a, u8 reg, const char *wants)
{
	REFUSE(a, WEIR_REJECT_HELPER_ARG, "%s: r%u is %s; it must be %s",
	       helper_of(a)->name, reg, weir_value_kind_name(&a->s->reg[reg]),
	       wants);
}

static void want_nonnull(struct weir_ask *a, const struct weir_value *v)
{
	if (v->or_null)
		a->out->null_reg = a->d->reg;
}

static bool is_memory(const struct weir_value *v)
{
	switch (v->kind) {
	case WEIR_VALUE_PACKET:
	case WEIR_VALUE_META:
	case WEIR_VALUE_STACK:
	case WEIR_VALUE_OUTER:
	case WEIR_VALUE_MAP_VALUE:
	case WEIR_VALUE_MAP_KEY:
	case WEIR_VALUE_RECORD:
		return true;
	default:
		return false;
	}
}

static void check_span(struct weir_ask *a, u32 size, u8 mode)
{
	const struct weir_helper *h = helper_of(a);
	const struct weir_value *v = &a->s->reg[a->d->reg];
	struct weir_span m = { .reg = a->d->reg, .mode = mode, .size = size };

	if (!is_memory(v)) {
		refuse(a, a->d->reg, "a pointer to memory");
		return;
	}
	/* the packet would be gone while the helper still reads there */
	if ((v->kind == WEIR_VALUE_PACKET || v->kind == WEIR_VALUE_META) &&
	    h->does & WEIR_HELPER_MOVES) {
		refuse(a, a->d->reg,
		       "memory outside of the packet, which the helper moves");
		return;
	}
	weir_access_span(a, &m);
}

/* The size of a memory argument, which stands beside it. */
static bool size_fits(struct weir_ask *a, u8 reg, bool or_zero, u32 *max)
{
	const struct weir_helper *h = helper_of(a);
	const struct weir_value *n = &a->s->reg[reg];
	const struct weir_range *r = &n->num.range;

	if (!weir_ask_is_init(a, reg))
		return false;
	if (!weir_value_is_scalar(n)) {
		refuse(a, reg, "a number of bytes");
		return false;
	}
	if (r->umax > MAX_MEMORY) {
		REFUSE(a, WEIR_REJECT_HELPER_ARG,
		       "%s: r%u bytes may be %llu; bound it, compared unsigned or masked",
		       h->name, reg, (unsigned long long)r->umax);
		return false;
	}
	if (!or_zero && !r->umin) {
		REFUSE(a, WEIR_REJECT_HELPER_ARG,
		       "%s: r%u bytes may be 0; compare it with 0 first",
		       h->name, reg);
		return false;
	}
	*max = (u32)r->umax;
	return true;
}

static void check_memory(struct weir_ask *a, u8 type)
{
	const struct weir_helper *h = helper_of(a);
	const struct weir_value *v = &a->s->reg[a->d->reg];
	u8 size_reg = a->d->reg + (type == WEIR_ARG_MEM_SAME ? -1 : 1);
	bool or_zero = h->arg[size_reg - BPF_REG_1] == WEIR_ARG_SIZE_OR_ZERO;
	u32 max;

	if (!size_fits(a, size_reg, or_zero, &max))
		return;
	if (!max && type == WEIR_ARG_MEM_OR_NULL &&
	    (is_memory(v) || weir_value_is_zero(v)))
		return;
	/* No byte is looked at; but behind the call it counts as not null. */
	if (!max && is_memory(v)) {
		want_nonnull(a, v);
		return;
	}
	check_span(a, max,
		   type == WEIR_ARG_MEM_WRITE ? WEIR_MODE_WRITE
					      : WEIR_MODE_READ);
}

/* The map of a key or value; it was checked before. */
static const struct weir_value *map_of(const struct weir_ask *a)
{
	return &a->s->reg[a->d->src];
}

static struct weir_object_sizes sizes_of(const struct weir_ask *a)
{
	return weir_object_measure(a->prog, map_of(a));
}

/*
 * A key or value that the map reads. Are so many bytes of the stack written as
 * it will read, whichever map it is?
 */
static void check_read(struct weir_ask *a, u32 size, u32 filled_at)
{
	const struct weir_value *v = &a->s->reg[a->d->reg];
	s32 at;

	if (filled_at && weir_state_is_at_stack(v, 0, 1, &at) &&
	    at == -(s32)filled_at && (u32)-at >= size &&
	    !weir_state_stack_has_pointer(a->s, at, at + (s32)size)) {
		a->out->mem = WEIR_MEM_STACK;
		a->out->off = at;
		a->out->stack = filled_at;
		a->out->by = "written for whichever map it is";
		return;
	}
	check_span(a, size, WEIR_MODE_READ);
}

/* A value that the map fills; or reads, or one of several does. */
static void check_filled(struct weir_ask *a)
{
	static const u8 modes[] = {
		[WEIR_FILLS_ALL] = WEIR_MODE_WRITE,
		[WEIR_FILLS_SOME] = WEIR_MODE_READ | WEIR_MODE_WRITE,
		[WEIR_FILLS_NONE] = WEIR_MODE_READ,
	};

	check_span(a, sizes_of(a).value,
		   modes[weir_compat_fills(a->prog, map_of(a))]);
}

/* What only works on some maps, and what the map's maker forbade. */
static bool map_fits(struct weir_ask *a, const struct weir_map *map)
{
	const struct weir_helper *h = helper_of(a);

	if (!weir_compat_allows(h->id, map->def.type))
		REFUSE(a, WEIR_REJECT_HELPER_MAP,
		       "%s does not work on map %s, which is of type %s",
		       h->name, map->def.name, weir_compat_type(map->def.type));
	else if (map->def.flags & BPF_F_RDONLY_PROG &&
		 weir_compat_writes(h->id))
		REFUSE(a, WEIR_REJECT_READ_ONLY,
		       "map %s was made read only for programs", map->def.name);
	else
		return true;
	return false;
}

/* Each map that it may be has to fit. */
static void check_map(struct weir_ask *a, const struct weir_value *v)
{
	const struct weir_map *map;
	u64 rest = v->maps;

	if (v->kind != WEIR_VALUE_MAP) {
		refuse(a, a->d->reg, "a map");
		return;
	}
	while ((map = weir_object_next(a->prog, v, &rest)))
		if (!map_fits(a, map))
			return;
	want_nonnull(a, v);
}

static void check_record(struct weir_ask *a, const struct weir_value *v)
{
	if (v->kind != WEIR_VALUE_RECORD || !weir_ask_is_start(v, 0)) {
		refuse(a, a->d->reg,
		       "a record as ringbuf_reserve gave it, not moved");
		return;
	}
	if (!weir_held_has(&a->s->held, v->id)) {
		refuse(a, a->d->reg,
		       "a record that this function reserved and still holds");
		return;
	}
	want_nonnull(a, v);
}

/* A lock or a timer: exactly there in the value. */
static bool check_field(struct weir_ask *a, const struct weir_value *v,
			bool is_lock)
{
	const struct weir_map_def *def;

	if (v->kind == WEIR_VALUE_MAP_VALUE) {
		def = &weir_object_map(a->prog, v->object)->def;
		if (weir_ask_is_start(v, is_lock ? def->lock_off
						 : def->timer_off)) {
			want_nonnull(a, v);
			return true;
		}
	}
	refuse(a, a->d->reg,
	       is_lock ? "a pointer to the struct bpf_spin_lock of a map's value"
		       : "a pointer to the struct bpf_timer of a map's value");
	return false;
}

static void check_lock(struct weir_ask *a, const struct weir_value *v)
{
	const struct weir_helper *h = helper_of(a);

	if (!check_field(a, v, true) || h->does & WEIR_HELPER_LOCKS)
		return;
	if (a->s->held.lock != v->id)
		REFUSE(a, WEIR_REJECT_LOCK_STATE,
		       a->s->held.lock
			       ? "another lock is held, or another one on some path"
			       : "no lock is held");
}

static void check_string(struct weir_ask *a, const struct weir_value *v)
{
	const struct weir_map *map;
	u64 off = (u64)v->off + v->num.bits.value;

	if (v->kind == WEIR_VALUE_MAP_VALUE && v->site == WEIR_SITE_CONST &&
	    weir_scalar_is_const(&v->num) && off < v->size) {
		map = weir_object_map(a->prog, v->object);
		if (weir_object_is_constant(map) &&
		    memchr(map->values + off, 0, v->size - off))
			return;
	}
	refuse(a, a->d->reg,
	       "a string that ends within a frozen, read-only map");
}

static void check_long(struct weir_ask *a, const struct weir_value *v)
{
	u64 off = (u64)v->off + v->num.bits.value;

	if ((v->kind != WEIR_VALUE_STACK && !weir_value_is_sized(v)) ||
	    !weir_scalar_is_const(&v->num) || off & 7) {
		refuse(a, a->d->reg, "a pointer to 8 aligned bytes");
		return;
	}
	check_span(a, 8, WEIR_MODE_WRITE);
}

/* What a callback is to get as its context. */
static void check_context(struct weir_ask *a, const struct weir_value *v)
{
	struct weir_span m = { .reg = a->d->reg, .size = 1 };

	if (weir_value_is_zero(v))
		return;
	if ((v->kind != WEIR_VALUE_STACK && v->kind != WEIR_VALUE_OUTER) ||
	    !weir_scalar_is_const(&v->num) || v->or_null)
		refuse(a, a->d->reg,
		       "a pointer to the stack at a constant offset, or null");
	else
		weir_access_span(a, &m);
}

static void check_pointer(struct weir_ask *a, const struct weir_value *v)
{
	switch (a->d->op) {
	case WEIR_ARG_CTX:
		if (v->kind != WEIR_VALUE_CTX || !weir_ask_is_start(v, 0))
			refuse(a, a->d->reg, "the context");
		else
			want_nonnull(a, v);
		break;
	case WEIR_ARG_MAP:
		check_map(a, v);
		break;
	case WEIR_ARG_RECORD:
		check_record(a, v);
		break;
	case WEIR_ARG_FUNC:
		if (v->kind != WEIR_VALUE_FUNC || v->or_null)
			refuse(a, a->d->reg, "a function of this program");
		break;
	case WEIR_ARG_STACK_OR_NULL:
		check_context(a, v);
		break;
	case WEIR_ARG_SPIN_LOCK:
		check_lock(a, v);
		break;
	case WEIR_ARG_TIMER:
		check_field(a, v, false);
		break;
	case WEIR_ARG_CONST_STR:
		check_string(a, v);
		break;
	case WEIR_ARG_LONG:
		check_long(a, v);
		break;
	}
}

void weir_argument_check(struct weir_ask *a)
{
	const struct weir_duty *d = a->d;
	const struct weir_value *v = &a->s->reg[d->reg];

	if (!weir_ask_is_init(a, d->reg))
		return;
	switch (d->op) {
	case WEIR_ARG_SCALAR:
		if (!weir_value_is_scalar(v))
			refuse(a, d->reg, "a number");
		break;
	case WEIR_ARG_ALLOC_SIZE:
		if (!weir_value_is_const(v) || v->num.bits.value > MAX_MEMORY)
			refuse(a, d->reg, "a constant number of bytes");
		break;
	case WEIR_ARG_MEM:
	case WEIR_ARG_MEM_OR_NULL:
	case WEIR_ARG_MEM_WRITE:
	case WEIR_ARG_MEM_SAME:
		check_memory(a, d->op);
		break;
	case WEIR_ARG_MAP_KEY:
		check_read(a, sizes_of(a).key, map_of(a)->key_at);
		break;
	case WEIR_ARG_MAP_VALUE:
		check_read(a, sizes_of(a).value, map_of(a)->value_at);
		break;
	case WEIR_ARG_MAP_VALUE_WRITE:
		check_filled(a);
		break;
	default:
		check_pointer(a, v);
	}
}

/* What the whole call is refused for, whatever its arguments. That the helper
 * exists, and for this kind, the program's form says (base/prog.c).
 */
void weir_helper_check(struct weir_ask *a)
{
	const struct weir_helper *h = helper_of(a);
	const struct weir_held *held = &a->s->held;

	if (h->does & WEIR_HELPER_LOCKS && held->lock)
		REFUSE(a, WEIR_REJECT_LOCK_STATE,
		       "a lock is held already, on some path");
	else if (held->lock && !(h->does & WEIR_HELPER_UNLOCKS))
		REFUSE(a, WEIR_REJECT_LOCKED, "call of %s; unlock first",
		       h->name);
	else if (h->does & WEIR_HELPER_TAIL && weir_held_any(held))
		REFUSE(a, WEIR_REJECT_UNRELEASED,
		       "the program may end here and still hold a record");
	else if (h->ret == WEIR_RET_RECORD && weir_held_is_full(held))
		REFUSE(a, WEIR_REJECT_UNRELEASED,
		       "%u records are held already; submit or discard one",
		       WEIR_MAX_HELD);
}

void weir_exit_check(struct weir_ask *a)
{
	if (a->s->held.lock)
		REFUSE(a, WEIR_REJECT_LOCKED, "unlock it on every path");
	else if (weir_held_any(&a->s->held))
		REFUSE(a, WEIR_REJECT_UNRELEASED,
		       "submit or discard it on every path to here");
}
