// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Queues and stacks: values without keys, in the order they came. One ring of
 * them, one lock: every operation changes the ends.
 *
 *	        first            first + nr
 *	  | . | oldest | ... | newest | . | . |
 */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/string.h>
#include "base/host.h"
#include "runtime/map/type.h"

/**
 * struct queue - both kinds
 * @first:	the oldest value
 * @nr:		values there are
 */
struct queue {
	struct weir_map map;
	struct weir_host_spin lock;
	u32 first;
	u32 nr;
	u8 *values;
};

static struct queue *queue_of(struct weir_map *map)
{
	return container_of(map, struct queue, map);
}

/* The place of the value that came as number @nth of those there are. */
static u8 *place(const struct queue *q, u32 nth)
{
	u64 index = (u64)q->first + nth;

	if (index >= q->map.def.max_entries)
		index -= q->map.def.max_entries;
	return q->values + (size_t)index * q->map.elem_bytes;
}

/* Values are small: a call would cost more than the copy. */
static void copy(void *to, const void *from, u32 size)
{
	u8 *dst = to;
	const u8 *src = from;

	for (; size >= 8; size -= 8, dst += 8, src += 8)
		memcpy(dst, src, 8);
	while (size--)
		*dst++ = *src++;
}

static void drop_oldest(struct queue *q)
{
	q->first = q->first + 1 < q->map.def.max_entries ? q->first + 1 : 0;
	q->nr--;
}

/* BPF_EXIST: if it is full, the oldest makes room, as in Linux. */
static int push(struct weir_map *map, const void *value, u64 flags)
{
	struct queue *q = queue_of(map);
	unsigned long state;
	int err = 0;

	if (flags != BPF_ANY && flags != BPF_EXIST)
		return -EINVAL;
	state = weir_host_spin_lock(&q->lock);
	if (q->nr == map->def.max_entries && flags == BPF_EXIST)
		drop_oldest(q);
	if (q->nr == map->def.max_entries)
		err = -E2BIG;
	else
		copy(place(q, q->nr++), value, map->def.value_size);
	weir_host_spin_unlock(&q->lock, state);
	return err;
}

enum end {
	OLDEST,
	NEWEST
};

/* What is not there comes out as zeroes. */
static __always_inline int get(struct queue *q, void *value, enum end end,
			       bool remove)
{
	unsigned long state = weir_host_spin_lock(&q->lock);
	bool found = q->nr;

	if (found) {
		copy(value, place(q, end == OLDEST ? 0 : q->nr - 1),
		     q->map.def.value_size);
		if (remove && end == OLDEST)
			drop_oldest(q);
		else if (remove)
			q->nr--;
	}
	weir_host_spin_unlock(&q->lock, state);
	if (found)
		return 0;
	memset(value, 0, q->map.def.value_size);
	return -ENOENT;
}

static int queue_pop(struct weir_map *map, void *value)
{
	return get(queue_of(map), value, OLDEST, true);
}

static int queue_peek(struct weir_map *map, void *value)
{
	return get(queue_of(map), value, OLDEST, false);
}

static int stack_pop(struct weir_map *map, void *value)
{
	return get(queue_of(map), value, NEWEST, true);
}

static int stack_peek(struct weir_map *map, void *value)
{
	return get(queue_of(map), value, NEWEST, false);
}

static int no_remove(struct weir_map *map, const void *key)
{
	(void)map;
	(void)key;
	return -EINVAL;
}

static int no_next_key(struct weir_map *map, const void *key, void *next)
{
	(void)map;
	(void)key;
	(void)next;
	return -EINVAL;
}

static void queue_free(struct weir_map *map)
{
	struct queue *q = queue_of(map);

	weir_host_free(q->values);
	weir_map_dealloc(map);
}

int weir_queue_create(const struct weir_map_def *def, struct weir_map **out)
{
	u32 elem_bytes = ALIGN(def->value_size, 8);
	u64 bytes = (u64)elem_bytes * def->max_entries;
	struct weir_map *map;
	struct queue *q;
	int err;

	err = weir_map_alloc(def, sizeof(*q), sizeof(*q) + bytes, &map);
	if (err)
		return err;
	q = queue_of(map);
	map->elem_bytes = elem_bytes;
	weir_host_spin_init(&q->lock, WEIR_SPIN_MAP);
	q->values = weir_host_alloc((size_t)bytes);
	if (!q->values) {
		weir_map_dealloc(map);
		return -ENOMEM;
	}
	*out = map;
	return 0;
}

int weir_stack_create(const struct weir_map_def *def, struct weir_map **out)
{
	return weir_queue_create(def, out);
}

const struct weir_map_ops weir_queue_ops = {
	.name = "queue",
	.lookup = weir_map_no_lookup,
	.remove = no_remove,
	.next_key = no_next_key,
	.push = push,
	.pop = queue_pop,
	.peek = queue_peek,
	.free = queue_free,
};

const struct weir_map_ops weir_stack_ops = {
	.name = "stack",
	.lookup = weir_map_no_lookup,
	.remove = no_remove,
	.next_key = no_next_key,
	.push = push,
	.pop = stack_pop,
	.peek = stack_peek,
	.free = queue_free,
};
