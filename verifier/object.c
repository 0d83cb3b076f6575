// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Maps as pointers name them. */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include "base/map.h"
#include "base/param.h"
#include "base/prog.h"
#include "verifier/object.h"
#include "verifier/value.h"

const struct weir_map *weir_object_map(const struct weir_prog *prog, u8 object)
{
	const struct weir_map *map =
		prog->maps[object & (WEIR_OBJECT_INNER - 1)];

	return object & WEIR_OBJECT_INNER ? map->inner : map;
}

static bool is_alike(const struct weir_map *a, const struct weir_map *b)
{
	return a->def.type == b->def.type &&
	       a->def.key_size == b->def.key_size &&
	       a->def.value_size == b->def.value_size &&
	       a->def.flags == b->def.flags &&
	       a->def.lock_off == b->def.lock_off &&
	       a->def.timer_off == b->def.timer_off;
}

const struct weir_map *weir_object_next(const struct weir_prog *prog,
					const struct weir_value *v, u64 *rest)
{
	u8 inner = v->object & WEIR_OBJECT_INNER;
	u32 i;

	if (!*rest)
		return NULL;
	i = (u32)__ffs64(*rest);
	*rest &= *rest - 1;
	return weir_object_map(prog, (u8)i | inner);
}

struct weir_object_sizes weir_object_measure(const struct weir_prog *prog,
					     const struct weir_value *v)
{
	struct weir_object_sizes m = { 0, U32_MAX, 0, U32_MAX };
	const struct weir_map *map;
	u64 rest = v->maps;

	while ((map = weir_object_next(prog, v, &rest))) {
		m.key = max(m.key, map->def.key_size);
		m.least_key = min(m.least_key, map->def.key_size);
		m.value = max(m.value, map->def.value_size);
		m.least_value = min(m.least_value, map->def.value_size);
	}
	return m;
}

bool weir_object_may_join(const struct weir_prog *prog, u8 a, u8 b)
{
	const struct weir_map *x = weir_object_map(prog, a);
	const struct weir_map *y = weir_object_map(prog, b);

	if (a == b)
		return true;
	if ((a ^ b) & WEIR_OBJECT_INNER || !x->inner != !y->inner)
		return false;
	if (!x->inner)
		return weir_object_values_alike(prog, a, b);
	return is_alike(x, y) && is_alike(x->inner, y->inner);
}

bool weir_object_values_alike(const struct weir_prog *prog, u8 a, u8 b)
{
	const u32 flags = BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;
	const struct weir_map_def *x = &weir_object_map(prog, a)->def;
	const struct weir_map_def *y = &weir_object_map(prog, b)->def;

	/* What may be done to a parameter is known by its place. */
	if (a != b && (weir_object_map(prog, a)->params ||
		       weir_object_map(prog, b)->params))
		return false;
	return a == b ||
	       (x->lock_off == y->lock_off && x->timer_off == y->timer_off &&
		(x->flags & flags) == (y->flags & flags));
}

bool weir_object_is_constant(const struct weir_map *map)
{
	return map->frozen && map->values && !map->params &&
	       map->def.flags & BPF_F_RDONLY_PROG;
}

const u8 *weir_object_values(const struct weir_prog *prog, u8 object)
{
	const struct weir_map *map;

	if (object & WEIR_OBJECT_INNER)
		return NULL;
	map = prog->maps[object];
	if (weir_object_is_constant(map))
		return map->values;
	return prog->assumed ? prog->assumed[object] : NULL;
}

u32 weir_object_param(const struct weir_prog *prog, const struct weir_value *v,
		      s64 off, u32 size)
{
	u64 at = (u64)v->off + v->num.bits.value + (u64)off;
	const struct weir_map *map;

	if (v->kind != WEIR_VALUE_MAP_VALUE || v->site != WEIR_SITE_CONST ||
	    v->or_null || !weir_scalar_is_const(&v->num))
		return WEIR_NO_PARAM;
	map = weir_object_map(prog, v->object);
	return map->params ? weir_param_at(map->params, at, size)
			   : WEIR_NO_PARAM;
}

bool weir_object_is_same(const struct weir_value *a, const struct weir_value *b)
{
	if (a->kind != b->kind || a->object != b->object)
		return false;
	if (!weir_value_is_sized(a))
		return a->kind < WEIR_VALUE_MAP;
	return a->id == b->id ||
	       (a->site == b->site && a->site != WEIR_SITE_NONE);
}
