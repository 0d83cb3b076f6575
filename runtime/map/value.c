// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Values go in and out of maps. */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "base/host.h"
#include "runtime/map/value.h"
#include <uapi/linux/bpf.h>

#define LOCK_BYTES sizeof(struct bpf_spin_lock)
#define TIMER_BYTES sizeof(struct bpf_timer)

static bool aligned(const void *p, size_t to)
{
	return IS_ALIGNED((uintptr_t)p, to);
}

void weir_value_store_any(void *to, const void *from, u32 size)
{
	const u8 *src = from;
	u8 *dst = to;
	unsigned long word;

	for (; size && !aligned(dst, sizeof(word)); size--)
		WRITE_ONCE(*dst++, *src++);
	for (; size >= sizeof(word); size -= sizeof(word)) {
		memcpy(&word, src, sizeof(word));
		WRITE_ONCE(*(unsigned long *)dst, word);
		dst += sizeof(word);
		src += sizeof(word);
	}
	for (; size; size--)
		WRITE_ONCE(*dst++, *src++);
}

void weir_value_load(void *to, const void *from, u32 size)
{
	const u8 *src = from;
	u8 *dst = to;
	unsigned long word;

	for (; size && !aligned(src, sizeof(word)); size--)
		*dst++ = READ_ONCE(*src++);
	for (; size >= sizeof(word); size -= sizeof(word)) {
		word = READ_ONCE(*(const unsigned long *)src);
		memcpy(dst, &word, sizeof(word));
		dst += sizeof(word);
		src += sizeof(word);
	}
	for (; size; size--)
		*dst++ = READ_ONCE(*src++);
}

/* A part of a value, [from, to). */
struct span {
	u32 from;
	u32 to;
};

/* What lies before, between and behind the lock and the timer. */
static u32 plain_spans(const struct weir_map_def *def, struct span span[3])
{
	struct span lock = { def->lock_off, def->lock_off + LOCK_BYTES };
	struct span timer = { def->timer_off, def->timer_off + TIMER_BYTES };
	u32 nr = 0;

	if (def->lock_off == WEIR_NO_FIELD)
		lock.from = lock.to = def->value_size;
	if (def->timer_off == WEIR_NO_FIELD)
		timer.from = timer.to = def->value_size;
	if (timer.from < lock.from) {
		struct span first = timer;

		timer = lock;
		lock = first;
	}
	span[nr++] = (struct span){ 0, lock.from };
	span[nr++] = (struct span){ lock.to, timer.from };
	span[nr++] = (struct span){ timer.to, def->value_size };
	return nr;
}

/* All but the fields. */
static void store_plain(const struct weir_map *map, u8 *to, const u8 *from)
{
	struct span span[3];
	u32 nr, i;

	nr = plain_spans(&map->def, span);
	for (i = 0; i < nr; i++)
		if (span[i].from < span[i].to)
			weir_value_store(to + span[i].from, from + span[i].from,
					 span[i].to - span[i].from);
}

static void zero_fields(const struct weir_map_def *def, u8 *value)
{
	if (def->lock_off != WEIR_NO_FIELD)
		memset(value + def->lock_off, 0, LOCK_BYTES);
	if (def->timer_off != WEIR_NO_FIELD)
		memset(value + def->timer_off, 0, TIMER_BYTES);
}

void weir_value_init_fields(const struct weir_map *map, void *to,
			    const void *from)
{
	static const u64 zero[2];
	u8 *value = to;

	store_plain(map, value, from);
	if (map->def.lock_off != WEIR_NO_FIELD)
		weir_value_store(value + map->def.lock_off, zero, LOCK_BYTES);
	if (map->def.timer_off != WEIR_NO_FIELD)
		weir_value_store(value + map->def.timer_off, zero, TIMER_BYTES);
}

static u32 *lock_of(const struct weir_map *map, const void *value)
{
	return (u32 *)((u8 *)value + map->def.lock_off);
}

void weir_value_write_fields(const struct weir_map *map, void *to,
			     const void *from, u64 flags)
{
	unsigned long state = 0;

	if (flags & BPF_F_LOCK)
		state = weir_host_word_lock(lock_of(map, to));
	store_plain(map, to, from);
	if (flags & BPF_F_LOCK)
		weir_host_word_unlock(lock_of(map, to), state);
}

void weir_value_read(const struct weir_map *map, void *to, const void *from,
		     u64 flags)
{
	unsigned long state = 0;

	if (flags & BPF_F_LOCK)
		state = weir_host_word_lock(lock_of(map, from));
	weir_value_load(to, from, map->def.value_size);
	if (flags & BPF_F_LOCK)
		weir_host_word_unlock(lock_of(map, from), state);
	zero_fields(&map->def, to);
}
