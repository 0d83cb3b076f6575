// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* States: registers and stack, kept unpacked and packed. */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/host.h"
#include "base/insn.h"
#include "verifier/state.h"

void weir_state_reset(struct weir_state *s, u32 *next_id)
{
	u32 i;

	for (i = 0; i < BPF_REG_10; i++)
		s->reg[i].kind = WEIR_VALUE_UNINIT;
	s->reg[BPF_REG_10] = weir_value_pointer(WEIR_VALUE_STACK);
	s->len_min = 0;
	s->held = (struct weir_held){ 0 };
	s->has_written = false;
	s->next_id = next_id;
	s->shifted_reg = WEIR_NOT_SHIFTED;
	s->has_stack = false;
}

struct weir_state *weir_state_alloc(bool has_stores, u32 *next_id)
{
	struct weir_state *s = weir_host_alloc_dirty(
		has_stores ? sizeof(*s) : offsetof(struct weir_state, used));

	if (!s)
		return NULL;
	/* slots are written before their bits are set */
	memset(s, 0, offsetof(struct weir_state, used));
	weir_state_reset(s, next_id);
	return s;
}

void weir_state_keep(struct weir_state *s, u16 regs)
{
	u32 r;

	for (r = 0; r < BPF_REG_10; r++)
		if (!(regs >> r & 1))
			s->reg[r].kind = WEIR_VALUE_UNINIT;
}

static void use(struct weir_state *s, u32 w)
{
	s->used[w / 64] |= 1ULL << (w % 64);
}

static void disuse(struct weir_state *s, u32 w)
{
	s->used[w / 64] &= ~(1ULL << (w % 64));
	s->size[w] = 0;
}

/* Nothing is on the stack, and from now on that is said in full. */
static void open_stack(struct weir_state *s)
{
	s->has_stack = true;
	memset(&s->map, 0, sizeof(s->map));
}

void weir_state_copy(struct weir_state *to, const struct weir_state *from,
		     u16 regs)
{
	u32 r, w;

	regs |= 1u << BPF_REG_10;
	for (r = 0; r < WEIR_NR_REGS; r++) {
		if (regs >> r & 1 && from->reg[r].kind != WEIR_VALUE_UNINIT)
			to->reg[r] = from->reg[r];
		else
			to->reg[r].kind = WEIR_VALUE_UNINIT;
	}
	to->len_min = from->len_min;
	to->held = from->held;
	to->has_written = from->has_written;
	if (from->has_written)
		memcpy(to->wrote, from->wrote, sizeof(to->wrote));
	to->next_id = from->next_id;
	to->shifted_reg = WEIR_NOT_SHIFTED;
	to->has_stack = from->has_stack;
	if (!from->has_stack)
		return;
	to->map = from->map;
	for (w = weir_state_next_slot(from, 0); w < WEIR_STACK_WORDS;
	     w = weir_state_next_slot(from, w + 1))
		to->slot[w] = from->slot[w];
}

u32 weir_state_new_id(const struct weir_state *s)
{
	return (*s->next_id)++;
}

void weir_state_name(struct weir_state *s, struct weir_value *v)
{
	if (!weir_value_is_scalar(v) || v->id != WEIR_ID_NONE ||
	    weir_scalar_is_const(&v->num))
		return;
	v->id = weir_state_new_id(s);
	v->off = 0;
	v->reach = WEIR_REACH_NONE;
}

struct weir_value *weir_state_each(struct weir_state *s, u32 *it)
{
	while (*it < WEIR_NR_REGS) {
		struct weir_value *v = &s->reg[(*it)++];

		if (v->kind != WEIR_VALUE_UNINIT)
			return v;
	}
	if (s->has_stack && *it < WEIR_MAX_VALUES) {
		u32 w = weir_state_next_slot(s, *it - WEIR_NR_REGS);

		*it = w + 1 + WEIR_NR_REGS;
		if (w < WEIR_STACK_WORDS)
			return &s->slot[w];
	}
	return NULL;
}

/* The stack */

static u32 word_of(s32 off)
{
	return (u32)(off + WEIR_MAX_STACK) / 4;
}

/* Bits of @init in word @w for the bytes of [lo, hi). */
static u8 byte_mask(u32 w, s32 lo, s32 hi)
{
	s32 first = (s32)w * 4 - WEIR_MAX_STACK;
	u32 from = lo > first ? (u32)(lo - first) : 0;
	u32 to = hi < first + 4 ? (u32)(hi - first) : 4;

	return (u8)((1u << to) - (1u << from));
}

/* First word whose value can overlap byte @lo. */
static u32 first_word(s32 lo)
{
	u32 w = word_of(lo);

	return w ? w - 1 : 0;
}

static bool overlaps(const struct weir_state *s, u32 w, s32 lo, s32 hi)
{
	s32 start = (s32)w * 4 - WEIR_MAX_STACK;

	return weir_state_has_slot(s, w) && start < hi &&
	       start + s->size[w] > lo;
}

void weir_state_forget_filled(struct weir_state *s)
{
	u32 r;

	/* on the stack a map keeps nothing of that sort */
	for (r = 0; r < BPF_REG_10; r++)
		if (s->reg[r].kind == WEIR_VALUE_MAP)
			s->reg[r].off = 0;
}

/* Forget the values that overlap [lo, hi). What is left of a pointer may not
 * be read as a number: its bytes count as never written.
 */
static void drop_values(struct weir_state *s, s32 lo, s32 hi)
{
	u32 w, last = word_of(hi - 1);

	for (w = first_word(lo); w <= last; w++) {
		if (!overlaps(s, w, lo, hi))
			continue;
		if (!weir_value_is_scalar(&s->slot[w])) {
			s->init[w] = 0;
			if (s->size[w] == 8)
				s->init[w + 1] = 0;
			weir_state_forget_filled(s);
		}
		disuse(s, w);
	}
}

void weir_state_stack_store(struct weir_state *s, s32 off, u32 size,
			    const struct weir_value *v)
{
	u32 w = word_of(off), i;

	if (!s->has_stack)
		open_stack(s);
	drop_values(s, off, off + (s32)size);
	for (i = w; i <= word_of(off + (s32)size - 1); i++)
		s->init[i] |= byte_mask(i, off, off + (s32)size);
	if (off & 3 || off & (s32)(size - 1))
		return;
	use(s, w);
	s->size[w] = (u8)size;
	s->slot[w] = *v;
	if (v->kind == WEIR_VALUE_MAP)
		s->slot[w].off = 0;
}

void weir_state_stack_init(struct weir_state *s, s32 lo, s32 hi)
{
	u32 w;

	if (!s->has_stack)
		open_stack(s);
	drop_values(s, lo, hi);
	for (w = word_of(lo); w <= word_of(hi - 1); w++)
		s->init[w] |= byte_mask(w, lo, hi);
}

bool weir_state_is_at_stack(const struct weir_value *v, s32 off, u32 size,
			    s32 *at)
{
	s64 o = (s64)((u64)v->off + v->num.bits.value + (u64)(s64)off);

	if (v->kind != WEIR_VALUE_STACK || !weir_scalar_is_const(&v->num) ||
	    o < -WEIR_MAX_STACK || o + size > 0)
		return false;
	*at = (s32)o;
	return true;
}

struct weir_value weir_state_stack_load(const struct weir_state *s, s32 off,
					u32 size)
{
	struct weir_scalar any = weir_scalar_bytes(size);
	u32 w;

	for (w = first_word(off); s->has_stack && w <= word_of(off); w++) {
		if (!overlaps(s, w, off, off + (s32)size))
			continue;
		if (s->size[w] == size && w == word_of(off) && !(off & 3))
			return s->slot[w];
		/* Sound: each part of a 0 is 0. */
		if (weir_value_is_const(&s->slot[w]) &&
		    !s->slot[w].num.bits.value &&
		    (s32)w * 4 - WEIR_MAX_STACK <= off &&
		    (s32)w * 4 - WEIR_MAX_STACK + s->size[w] >= off + (s32)size)
			return s->slot[w];
	}
	return weir_value_scalar(&any);
}

void weir_state_stack_clobber(struct weir_state *s, s32 lo, s32 hi)
{
	/* Sound: bytes that were written stay written, with whatever value. */
	if (s->has_stack)
		drop_values(s, lo, hi);
}

bool weir_state_stack_is_init(const struct weir_state *s, s32 lo, s32 hi)
{
	u32 w;

	if (!s->has_stack)
		return false;
	for (w = word_of(lo); w <= word_of(hi - 1); w++)
		if (byte_mask(w, lo, hi) & ~s->init[w])
			return false;
	return true;
}

bool weir_state_stack_has_pointer(const struct weir_state *s, s32 lo, s32 hi)
{
	u32 w;

	for (w = first_word(lo); s->has_stack && w <= word_of(hi - 1); w++)
		if (overlaps(s, w, lo, hi) &&
		    !weir_value_is_scalar(&s->slot[w]))
			return true;
	return false;
}

/* Callers' stacks */

/* Where a pointer to a caller's stack points, if that is one place. */
static bool is_at_outer(const struct weir_value *p, s64 off, u64 *at)
{
	*at = (u64)p->off + p->num.bits.value + (u64)off;
	return p->kind == WEIR_VALUE_OUTER && weir_scalar_is_const(&p->num);
}

void weir_state_outer_write(struct weir_state *s, const struct weir_value *p,
			    s64 off, u64 size)
{
	u64 at;

	if (!is_at_outer(p, off, &at) || !size || at >= 64)
		return;
	if (!s->has_written)
		memset(s->wrote, 0, sizeof(s->wrote));
	s->has_written = true;
	s->wrote[p->object - 1] |= (size < 64 ? (1ULL << size) - 1 : ~0ULL)
				   << at;
}

u32 weir_state_outer_run(const struct weir_state *s, const struct weir_value *p)
{
	u64 at, i;

	if (!is_at_outer(p, 0, &at))
		return 0;
	for (i = at; i < p->readable ||
		     (i < 64 && weir_state_wrote(s, p->object) >> i & 1);
	     i++)
		;
	return (u32)(i - at);
}

/* Packing */

/* R10 is always the same. */
static u16 regs_to_save(const struct weir_state *s, u16 live)
{
	u16 regs = 0;
	u32 r;

	for (r = 0; r < BPF_REG_10; r++)
		if (live >> r & 1 && s->reg[r].kind != WEIR_VALUE_UNINIT)
			regs |= (u16)(1u << r);
	return regs;
}

static void fill(struct weir_saved *saved, const struct weir_state *s)
{
	u32 r, w, i = 0;

	saved->len_min = s->len_min;
	saved->held = s->held;
	saved->has_written = s->has_written;
	if (s->has_written)
		memcpy(saved->wrote, s->wrote, sizeof(saved->wrote));
	else
		memset(saved->wrote, 0, sizeof(saved->wrote));
	for (r = 0; r < BPF_REG_10; r++)
		if (saved->regs >> r & 1)
			saved->value[i++] = s->reg[r];
	if (!s->has_stack)
		return;
	for (w = weir_state_next_slot(s, 0); w < WEIR_STACK_WORDS;
	     w = weir_state_next_slot(s, w + 1))
		saved->value[i++] = s->slot[w];
	*weir_saved_map(saved) = s->map;
}

static size_t saved_bytes(u32 nr, bool has_stack)
{
	return sizeof(struct weir_saved) + nr * sizeof(struct weir_value) +
	       (has_stack ? sizeof(struct weir_stack_map) : 0);
}

struct weir_saved *weir_state_save(const struct weir_state *s, u16 live,
				   struct weir_saved *over)
{
	u16 regs = regs_to_save(s, live);
	u32 nr = hweight32(regs);
	struct weir_saved *saved = over;
	u32 i;

	for (i = 0; s->has_stack && i < ARRAY_SIZE(s->used); i++)
		nr += (u32)hweight64(s->used[i]);
	if (!over || over->nr != nr || over->has_stack != s->has_stack) {
		saved = weir_host_alloc_dirty(saved_bytes(nr, s->has_stack));
		if (!saved)
			return NULL;
		weir_saved_free(over);
	}
	saved->nr = nr;
	saved->regs = regs;
	saved->has_stack = s->has_stack;
	fill(saved, s);
	return saved;
}

void weir_state_load(struct weir_state *s, const struct weir_saved *saved)
{
	u32 r, w, i = 0;

	s->reg[BPF_REG_10] = weir_value_pointer(WEIR_VALUE_STACK);
	s->len_min = saved->len_min;
	s->held = saved->held;
	s->shifted_reg = WEIR_NOT_SHIFTED;
	s->has_written = saved->has_written;
	if (s->has_written)
		memcpy(s->wrote, saved->wrote, sizeof(s->wrote));
	s->has_stack = saved->has_stack;
	for (r = 0; r < BPF_REG_10; r++) {
		if (saved->regs >> r & 1)
			s->reg[r] = saved->value[i++];
		else
			s->reg[r].kind = WEIR_VALUE_UNINIT;
	}
	if (!saved->has_stack)
		return;
	s->map = *weir_saved_map(saved);
	for (w = weir_state_next_slot(s, 0); w < WEIR_STACK_WORDS;
	     w = weir_state_next_slot(s, w + 1))
		s->slot[w] = saved->value[i++];
}

u64 weir_saved_bytes(const struct weir_saved *saved)
{
	return saved_bytes(saved->nr, saved->has_stack);
}

struct weir_saved *weir_saved_copy(const struct weir_saved *saved)
{
	size_t bytes = saved_bytes(saved->nr, saved->has_stack);
	struct weir_saved *copy = weir_host_alloc_dirty(bytes);

	if (copy)
		memcpy(copy, saved, bytes);
	return copy;
}

void weir_saved_free(struct weir_saved *saved)
{
	weir_host_free(saved);
}
