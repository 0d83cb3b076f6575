/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A value: what one register or one stack slot holds.
 *
 * A pointer is base + off, where the base is its object's start plus the
 * variable part @num, read as signed:
 *
 *	object            base (id)             pointer
 *	|---- num ---------|---- off ------------|
 *	                   |---- reach -------------------| <= object's end
 *
 * A scalar's number is @num; with an id it is base(id) + off, modulo 2^64.
 *
 * Values with one id have one base, so that what is learnt of one holds for
 * all. @reach says that base + reach does not lie beyond the end of the packet
 * (for scalars with id: that the packet has base + reach bytes at least, and
 * the scalar is below 2^32).
 *
 * A pointer to the stack that was handed to a subprogram is an object of its
 * own there, which starts where it points: @reach bytes of it may be written
 * and @readable bytes read.
 *
 * Map values, keys that callbacks get, and records of ring buffers have a
 * fixed size. Each lookup gives an object of its own, told apart by the
 * identity that its result gets. The instruction that gave it is the value's
 * site: until it runs again, the start of the object is known to the run, and
 * guards can measure from there.
 *
 * A pointer with @or_null may be the number 0 instead, whatever @off is. Values
 * with one identity are null together or not at all.
 */
#ifndef WEIR_VERIFIER_VALUE_H
#define WEIR_VERIFIER_VALUE_H

#include <linux/kernel.h>
#include <linux/types.h>
#include "uapi/weir.h"
#include "verifier/scalar.h"

/* Order matters: everything above WEIR_VALUE_SCALAR is a pointer. */
enum weir_value_kind {
	WEIR_VALUE_UNINIT = 0, /* never written, on some path */
	WEIR_VALUE_MIXED, /* of different kinds on different paths */
	WEIR_VALUE_VOID, /* a pointer to what a call moved or took away */
	WEIR_VALUE_SCALAR,
	WEIR_VALUE_CTX,
	WEIR_VALUE_PACKET, /* packet, or the buffer of kind mem */
	WEIR_VALUE_META, /* metadata before the packet */
	WEIR_VALUE_STACK,
	WEIR_VALUE_OUTER, /* stack of a calling function */
	WEIR_VALUE_MAP, /* the map itself; never moves */
	WEIR_VALUE_MAP_VALUE,
	WEIR_VALUE_MAP_KEY, /* that a callback gets; read only */
	WEIR_VALUE_RECORD, /* of a ring buffer, not yet submitted */
	WEIR_VALUE_FUNC, /* subprogram at pc @off */
};

enum {
	WEIR_ID_NONE = 0, /* pointers: the object's start, num is 0 */
	WEIR_ID_LEN, /* scalar: bytes in the packet */
	WEIR_ID_END, /* pointer: one past the packet */
	WEIR_ID_FIRST, /* the first that may be given out */

	/* The values of a map that have one address: plus its index. */
	WEIR_ID_DIRECT = 0xffffff00u,
	/* Constants, as a class, and null; never stored. */
	WEIR_ID_CONST = 0xffffffffu,
};

/** weir_id_is_special() - does it mean the same thing in every state? */
static inline bool weir_id_is_special(u32 id)
{
	return id < WEIR_ID_FIRST || id >= WEIR_ID_DIRECT;
}

#define WEIR_REACH_NONE S64_MIN

/* The object is less than this long, and does not lie so close to the end of
 * the address space that adding WEIR_PTR_SLACK to its end would wrap, nor so
 * close to the start that taking WEIR_PTR_BELOW from it would. The host's
 * contract: packet memory is ordinary memory.
 */
#define WEIR_MAX_LEN ((s64)WEIR_MAX_BUFFER)
#define WEIR_PTR_SLACK (1 << 22)
#define WEIR_PTR_BELOW 4096

/* weir_value.object of what belongs to maps: an index into prog->maps[], or
 * with this bit one of the maps that are in that map.
 */
#define WEIR_OBJECT_INNER 0x40

/* Sites: pcs of calls, or one of these. */
#define WEIR_SITE_NONE 0xffffff /* nobody knows where the object starts */
#define WEIR_SITE_CONST 0xfffffe /* where the map's values lie */

/* weir_value.readable of a map: one of several. */
#define WEIR_MAP_ALIKE 1

/* weir_value.readable of a map value: element number @readable - 1 of an array
 * that is known; or nobody knows which.
 */
#define WEIR_ELEM_UNKNOWN 0
#define WEIR_MAX_ELEM 0xfffe

/**
 * struct weir_value - see above
 * @kind:	enum weir_value_kind
 * @object:	outer stack: argument by which it came in; maps and what is in
 *		them: the map, or the first of several; else 0
 * @or_null:	pointers: may be 0 instead
 * @readable:	outer stack: see above; maps: 0 or WEIR_MAP_ALIKE; map values:
 *		which element of an array, see WEIR_ELEM_UNKNOWN
 * @id:		identity of the base
 * @off:	constant distance from the base
 * @key_at:	a map that is one of several: if not 0, so many bytes below R10
 *		as many are written as its key has, whichever it is
 * @value_at:	the same of its value
 * @reach:	see above; WEIR_REACH_NONE if nothing is known
 * @maps:	a map: those it may be, by their indexes, @object the first of
 *		them; with WEIR_OBJECT_INNER those that it may be in
 * @site:	map value, key, record: where it comes from, WEIR_SITE_*
 * @size:	and its bytes
 * @num:	the scalar, or the variable part
 */
struct weir_value {
	u8 kind;
	u8 object : 7;
	u8 or_null : 1;
	u16 readable;
	u32 id;
	union {
		s64 off;
		struct {
			u16 key_at;
			u16 value_at;
		};
	};
	union {
		s64 reach;
		u64 maps;
		struct {
			u32 site;
			u32 size;
		};
	};
	struct weir_scalar num;
};

static inline bool weir_value_is_pointer(const struct weir_value *v)
{
	return v->kind > WEIR_VALUE_SCALAR;
}

static inline bool weir_value_is_scalar(const struct weir_value *v)
{
	return v->kind == WEIR_VALUE_SCALAR;
}

/** weir_value_is_const() - a scalar that is one number */
static inline bool weir_value_is_const(const struct weir_value *v)
{
	return weir_value_is_scalar(v) && weir_scalar_is_const(&v->num);
}

/** weir_value_is_sized() - a pointer into an object of fixed size */
static inline bool weir_value_is_sized(const struct weir_value *v)
{
	return v->kind >= WEIR_VALUE_MAP_VALUE && v->kind <= WEIR_VALUE_RECORD;
}

/**
 * weir_value_has_guard() - can a guard of any bytes at this pointer be tested?
 *
 * And is there a use for it, since its offset varies or the end is not known?
 */
static inline bool weir_value_has_guard(const struct weir_value *v)
{
	if (v->kind == WEIR_VALUE_STACK)
		return !weir_scalar_is_const(&v->num);
	if (weir_value_is_sized(v))
		return v->site != WEIR_SITE_NONE;
	return v->kind == WEIR_VALUE_PACKET;
}

/** weir_value_is_zero() - a scalar that is 0 */
static inline bool weir_value_is_zero(const struct weir_value *v)
{
	return weir_value_is_const(v) && !v->num.bits.value;
}

/** weir_value_uninit() - nothing was ever written */
struct weir_value weir_value_uninit(void);

static inline struct weir_value weir_value_scalar(const struct weir_scalar *num)
{
	return (struct weir_value){
		.kind = WEIR_VALUE_SCALAR,
		.reach = WEIR_REACH_NONE,
		.num = *num,
	};
}

static inline struct weir_value weir_value_const(u64 x)
{
	struct weir_scalar num = weir_scalar_const(x);

	return weir_value_scalar(&num);
}

/** weir_value_pointer() - to the start of an object */
struct weir_value weir_value_pointer(enum weir_value_kind kind);
/** weir_value_sized() - to the start of an object of @size bytes */
struct weir_value weir_value_sized(enum weir_value_kind kind, u8 object,
				   u32 size, u32 site);
/** weir_value_map() - prog->maps[@object], or one that is in it */
struct weir_value weir_value_map(u8 object);
/** weir_value_end() - one past an object of at most @most bytes */
struct weir_value weir_value_end(s64 most);
/** weir_value_len() - number of bytes in the packet */
struct weir_value weir_value_len(void);

/** weir_value_kind_name() - for people */
const char *weir_value_kind_name(const struct weir_value *v);

/* Bounds are at most so far, so that adding an access's offset and size to one
 * does not wrap.
 */
#define WEIR_MAX_BOUND (S64_MAX / 2)

/**
 * weir_value_bounds() - where a pointer points, in bytes from its object
 * @v:		pointer
 * @min:	out: least offset
 * @max:	out: greatest offset
 *
 * Return: false if it may be farther than WEIR_MAX_BOUND.
 */
bool weir_value_bounds(const struct weir_value *v, s64 *min, s64 *max);

#endif
