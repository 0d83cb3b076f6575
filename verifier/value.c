// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What registers and stack slots hold. */
#include <linux/kernel.h>
#include <linux/types.h>
#include "verifier/value.h"

struct weir_value weir_value_uninit(void)
{
	return (struct weir_value){
		.kind = WEIR_VALUE_UNINIT,
		.reach = WEIR_REACH_NONE,
		.num = weir_scalar_unknown(),
	};
}

struct weir_value weir_value_pointer(enum weir_value_kind kind)
{
	struct weir_value v = weir_value_const(0);

	v.kind = kind;
	return v;
}

struct weir_value weir_value_sized(enum weir_value_kind kind, u8 object,
				   u32 size, u32 site)
{
	struct weir_value v = weir_value_pointer(kind);

	v.object = object & 0x7f;
	v.size = size;
	v.site = site;
	return v;
}

struct weir_value weir_value_map(u8 object)
{
	struct weir_value v = weir_value_pointer(WEIR_VALUE_MAP);

	v.object = object & 0x7f;
	v.maps = 1ULL << (object & (WEIR_OBJECT_INNER - 1));
	if (object & WEIR_OBJECT_INNER)
		v.readable = WEIR_MAP_ALIKE;
	return v;
}

struct weir_value weir_value_end(s64 most)
{
	struct weir_value v = weir_value_len();

	v.num = weir_scalar_u64(0, (u64)most);
	v.kind = WEIR_VALUE_PACKET;
	v.id = WEIR_ID_END;
	v.reach = 0;
	return v;
}

struct weir_value weir_value_len(void)
{
	struct weir_scalar num = weir_scalar_u64(0, WEIR_MAX_LEN);
	struct weir_value v = weir_value_scalar(&num);

	/* Sound: the packet has as many bytes as it has. */
	v.id = WEIR_ID_LEN;
	v.reach = 0;
	return v;
}

const char *weir_value_kind_name(const struct weir_value *v)
{
	static const char *const name[] = {
		[WEIR_VALUE_UNINIT] = "nothing",
		[WEIR_VALUE_MIXED] = "different kinds on different paths",
		[WEIR_VALUE_VOID] =
			"a pointer that a call since then made void",
		[WEIR_VALUE_SCALAR] = "a number",
		[WEIR_VALUE_CTX] = "a pointer to the context",
		[WEIR_VALUE_PACKET] = "a pointer to the packet",
		[WEIR_VALUE_META] = "a pointer to packet metadata",
		[WEIR_VALUE_STACK] = "a pointer to the stack",
		[WEIR_VALUE_OUTER] = "a pointer to the caller's stack",
		[WEIR_VALUE_MAP] = "a map",
		[WEIR_VALUE_MAP_VALUE] = "a pointer to a map's value",
		[WEIR_VALUE_MAP_KEY] = "a pointer to a map's key",
		[WEIR_VALUE_RECORD] = "a pointer to a ring buffer's record",
		[WEIR_VALUE_FUNC] = "a function",
	};
	static const char *const or_null[] = {
		[WEIR_VALUE_CTX] = "a pointer to the context, or null",
		[WEIR_VALUE_PACKET] = "a pointer to the packet, or null",
		[WEIR_VALUE_META] = "a pointer to packet metadata, or null",
		[WEIR_VALUE_STACK] = "a pointer to the stack, or null",
		[WEIR_VALUE_OUTER] = "a pointer to the caller's stack, or null",
		[WEIR_VALUE_MAP] = "a map, or null",
		[WEIR_VALUE_MAP_VALUE] = "a pointer to a map's value, or null",
		[WEIR_VALUE_MAP_KEY] = "a pointer to a map's key, or null",
		[WEIR_VALUE_RECORD] =
			"a pointer to a ring buffer's record, or null",
		[WEIR_VALUE_FUNC] = "a function, or null",
	};

	if (v->kind >= ARRAY_SIZE(name))
		return "?";
	return v->or_null && or_null[v->kind] ? or_null[v->kind]
					      : name[v->kind];
}

bool weir_value_bounds(const struct weir_value *v, s64 *min, s64 *max)
{
	return !__builtin_add_overflow(v->num.range.smin, v->off, min) &&
	       !__builtin_add_overflow(v->num.range.smax, v->off, max) &&
	       *min >= -WEIR_MAX_BOUND && *max <= WEIR_MAX_BOUND;
}
