/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Objects that belong to maps, by weir_value.object: the maps of a program, and
 * the maps that are in those.
 */
#ifndef WEIR_VERIFIER_OBJECT_H
#define WEIR_VERIFIER_OBJECT_H

#include <linux/types.h>

struct weir_map;
struct weir_prog;
struct weir_value;

/**
 * weir_object_map() - a map, or the first of several
 *
 * For a map in a map that is what all of them look like.
 */
const struct weir_map *weir_object_map(const struct weir_prog *prog, u8 object);

/**
 * weir_object_next() - the maps that a map may be, one after the other
 * @v:		a map
 * @rest:	those that are left; @v->maps at first
 *
 * Return: the next, or NULL after the last.
 */
const struct weir_map *weir_object_next(const struct weir_prog *prog,
					const struct weir_value *v, u64 *rest);

/**
 * struct weir_object_sizes - of the maps that a map may be
 * @key:	bytes of the longest key
 * @least_key:	and of the shortest
 * @value:	bytes of the longest value
 * @least_value: and of the shortest
 */
struct weir_object_sizes {
	u32 key;
	u32 least_key;
	u32 value;
	u32 least_value;
};

/** weir_object_measure() - how large are its keys and values? */
struct weir_object_sizes weir_object_measure(const struct weir_prog *prog,
					     const struct weir_value *v);

/**
 * weir_object_may_join() - may one map be either of two?
 *
 * What is asked of it is asked of both then. Maps of maps have to be defined
 * alike, with alike maps in them; others have to allow the same to be done to
 * their values, of which a lookup gives one.
 */
bool weir_object_may_join(const struct weir_prog *prog, u8 a, u8 b);

/** weir_object_values_alike() - may the same be done to the values of both,
 * as far as both go?
 */
bool weir_object_values_alike(const struct weir_prog *prog, u8 a, u8 b);

/**
 * weir_object_is_constant() - does nothing change the map's values any more?
 *
 * Sound: programs may not, since they were forbidden when the map was made, and
 * users may not, since it is frozen, which is refused while one of them has it
 * mapped writable, and never undone.
 */
bool weir_object_is_constant(const struct weir_map *map);

/**
 * weir_object_values() - what is in a map whose values are constants
 *
 * They may be because nothing changes the map any more, or because they are
 * assumed: then what is found holds as long as the assumption does, and whoever
 * made it sees to it that code made from it does not run afterwards.
 * Return: the values, one behind the other, or NULL.
 */
const u8 *weir_object_values(const struct weir_prog *prog, u8 object);

/**
 * weir_object_param() - the live parameter that @size bytes at @v + @off are
 *
 * Sound: the block is of this program, and lies at one place.
 * Return: its number, or WEIR_NO_PARAM if they are none, or not just one.
 */
u32 weir_object_param(const struct weir_prog *prog, const struct weir_value *v,
		      s64 off, u32 size);

/**
 * weir_object_is_same() - do two pointers surely point into one object?
 *
 * Sound: what one site gave last is one object, and a value loses its site when
 * that runs again.
 */
bool weir_object_is_same(const struct weir_value *a,
			 const struct weir_value *b);

#endif
