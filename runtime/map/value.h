/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Values in maps. Programs and users read and write them at the same time, and
 * nothing keeps them apart but a lock in the value, if there is one. So bytes
 * go in and out by whole words: an aligned word of this host's width is never
 * seen half written, and nothing more is promised.
 *
 * In memory, values are 8-aligned, and rounded up to 8 bytes.
 */
#ifndef WEIR_RUNTIME_MAP_VALUE_H
#define WEIR_RUNTIME_MAP_VALUE_H

#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/types.h>
#include "base/map.h"

/** weir_value_store_any() - weir_value_store() where @to is not aligned. */
void weir_value_store_any(void *to, const void *from, u32 size);

/** weir_value_store() - private memory into shared memory, word by word. */
static inline void weir_value_store(void *to, const void *from, u32 size)
{
	const u32 word_bytes = sizeof(unsigned long);
	unsigned long *dst = to;
	const u8 *src = from;
	unsigned long word;

	if (((uintptr_t)to | size) & (word_bytes - 1)) {
		weir_value_store_any(to, from, size);
		return;
	}
	for (; size; size -= word_bytes, src += word_bytes) {
		memcpy(&word, src, sizeof(word));
		WRITE_ONCE(*dst, word);
		dst++;
	}
}

/** weir_value_is_plain() - is there neither a lock nor a timer in values? */
static inline bool weir_value_is_plain(const struct weir_map *map)
{
	return map->def.lock_off == WEIR_NO_FIELD &&
	       map->def.timer_off == WEIR_NO_FIELD;
}

/** weir_value_load() - shared memory into private memory, word by word. */
void weir_value_load(void *to, const void *from, u32 size);

/** weir_value_init_fields() - weir_value_init() of what is not plain. */
void weir_value_init_fields(const struct weir_map *map, void *to,
			    const void *from);

/** weir_value_write_fields() - weir_value_write() of what is not plain. */
void weir_value_write_fields(const struct weir_map *map, void *to,
			     const void *from, u64 flags);

/**
 * weir_value_init() - a value of a new element
 *
 * The lock in it is open and the timer idle, whatever @from says. Any context.
 */
static inline void weir_value_init(const struct weir_map *map, void *to,
				   const void *from)
{
	if (weir_value_is_plain(map))
		weir_value_store(to, from, map->def.value_size);
	else
		weir_value_init_fields(map, to, from);
}

/**
 * weir_value_write() - over a value that others may be looking at
 * @flags:	BPF_F_LOCK: hold the lock in it
 *
 * The lock and the timer in it stay as they are. Any context.
 */
static inline void weir_value_write(const struct weir_map *map, void *to,
				    const void *from, u64 flags)
{
	if (weir_value_is_plain(map))
		weir_value_store(to, from, map->def.value_size);
	else
		weir_value_write_fields(map, to, from, flags);
}

/**
 * weir_value_read() - a value for somebody outside
 * @flags:	BPF_F_LOCK: hold the lock in it
 *
 * Where the lock and the timer lie, zeroes come out. Any context.
 */
void weir_value_read(const struct weir_map *map, void *to, const void *from,
		     u64 flags);

#endif
