// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Bloom filters: was this value put in? "No" is certain, "yes" is likely.
 *
 * A value sets as many bits as map_extra says. Their places are a + i * b for
 * two hashes a and b of the value, which is as good as that many hashes
 * (Kirsch and Mitzenmacher, "Less hashing, same performance"). The filter is
 * as large as Linux makes it: 7/5 of a bit for each entry and hash, the next
 * power of two.
 *
 * Bits are only ever set, one by one, so nobody needs a lock. Sound: who comes
 * after an update that has returned finds all of its bits.
 */
#include <linux/kernel.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/math64.h>
#include "base/host.h"
#include "runtime/map/key.h"
#include "runtime/map/type.h"

#define DEFAULT_HASHES 5
#define MAX_HASHES 15

/**
 * struct bloom - a filter
 * @mask:	bits, less one
 * @nr_hashes:	bits that a value sets
 */
struct bloom {
	struct weir_map map;
	unsigned long *bits;
	u32 mask;
	u32 nr_hashes;
	struct weir_key_seed seed[2];
};

static struct bloom *bloom_of(struct weir_map *map)
{
	return container_of(map, struct bloom, map);
}

/* The first bit of a value, and the step to the next. */
struct places {
	u32 at;
	u32 step;
};

static struct places places_of(const struct bloom *b, const void *value)
{
	u32 size = b->map.def.value_size;

	return (struct places){
		.at = weir_key_hash(value, size, b->seed[0]),
		.step = weir_key_hash(value, size, b->seed[1]) | 1,
	};
}

static int push(struct weir_map *map, const void *value, u64 flags)
{
	struct bloom *b = bloom_of(map);
	struct places p = places_of(b, value);
	u32 i;

	if (flags != BPF_ANY)
		return -EINVAL;
	for (i = 0; i < b->nr_hashes; i++, p.at += p.step)
		set_bit(p.at & b->mask, b->bits);
	return 0;
}

static int peek(struct weir_map *map, void *value)
{
	struct bloom *b = bloom_of(map);
	struct places p = places_of(b, value);
	u32 i;

	for (i = 0; i < b->nr_hashes; i++, p.at += p.step)
		if (!test_bit(p.at & b->mask, b->bits))
			return -ENOENT;
	return 0;
}

static void bloom_free(struct weir_map *map)
{
	struct bloom *b = bloom_of(map);

	weir_host_free(b->bits);
	weir_map_dealloc(map);
}

/* At most 2^32, so that a place is a u32. */
static u64 nr_bits(u32 max_entries, u32 nr_hashes)
{
	u64 want = div_u64((u64)max_entries * nr_hashes * 7, 5);
	u64 nr = 8 * sizeof(unsigned long);

	while (nr < want && nr < 1ULL << 32)
		nr <<= 1;
	return nr;
}

static void set_seeds(struct bloom *b, u32 flags)
{
	/* Two hashes even without seeds. */
	b->seed[1].lo = 0x85ebca6b;
	b->seed[1].hi = 0xc2b2ae35;
	if (flags & BPF_F_ZERO_SEED)
		return;
	b->seed[0].lo = weir_host_random();
	b->seed[0].hi = weir_host_random();
	b->seed[1].lo = weir_host_random();
	b->seed[1].hi = weir_host_random();
}

int weir_bloom_filter_create(const struct weir_map_def *def,
			     struct weir_map **out)
{
	u32 nr_hashes = def->map_extra ? (u32)def->map_extra : DEFAULT_HASHES;
	struct weir_map *map;
	struct bloom *b;
	u64 nr;
	int err;

	if (def->map_extra > MAX_HASHES)
		return -EINVAL;
	nr = nr_bits(def->max_entries, nr_hashes);
	err = weir_map_alloc(def, sizeof(*b), sizeof(*b) + nr / 8, &map);
	if (err)
		return err;
	b = bloom_of(map);
	map->elem_bytes = ALIGN(def->value_size, 8);
	b->mask = (u32)(nr - 1);
	b->nr_hashes = nr_hashes;
	set_seeds(b, def->flags);
	b->bits = weir_host_alloc((size_t)(nr / 8));
	if (!b->bits) {
		weir_map_dealloc(map);
		return -ENOMEM;
	}
	*out = map;
	return 0;
}

const struct weir_map_ops weir_bloom_filter_ops = {
	.name = "bloom_filter",
	.lookup = weir_map_no_lookup,
	.push = push,
	.peek = peek,
	.free = bloom_free,
};
