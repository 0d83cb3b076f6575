// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * map_read [--at-most RATIO]: how long does a program's lookup take, against
 * liburcu's own hash table (cds_lfht)? Both are in this run, with the same keys
 * in the same order, the same hash of a key, and one RCU read side for eight
 * lookups. Rounds take turns, and the best of each counts.
 *
 * With --at-most, the status is 1 if a hash takes more than RATIO times as long
 * as cds_lfht.
 */
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/bitops.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <uapi/linux/bpf.h>
#define _LGPL_SOURCE
#include <urcu-bp.h>
#include <urcu/rculfhash.h>
#include "base/host.h"
#include "runtime/map/key.h"
#include "runtime/map/map.h"
#include "runtime/map/user.h"

#define ROUNDS 100
#define LOOKUPS 40000u
#define AT_A_TIME 8u

struct node {
	struct cds_lfht_node node;
	u64 key[2];
	u64 value;
};

static u32 key_size;
static u32 nr_elems;
static u8 (*order)[16]; /* keys, as they are looked up */
static struct weir_map *map;
static struct cds_lfht *table;
static struct weir_key_seed seed = { 0x12345678, 0x9abcdef0 };
static u64 sum; /* so that nothing is left out */

static void key_of(u8 *key, u32 nr)
{
	memset(key, 0, 16);
	nr *= 2654435761u; /* not in a row */
	memcpy(key, &nr, 4);
}

static int match(struct cds_lfht_node *node, const void *key)
{
	struct node *n = caa_container_of(node, struct node, node);

	return !memcmp(n->key, key, key_size);
}

/* Of this thread alone: whoever else wants the CPU does not count. */
static u64 now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

static u64 time_map(void)
{
	u64 start = now(), *value;

	for (u32 i = 0; i < LOOKUPS; i += AT_A_TIME) {
		weir_host_rcu_lock();
		for (u32 j = i; j < i + AT_A_TIME; j++) {
			value = map->ops->lookup(map, order[j]);
			sum += value ? *value : 0;
		}
		weir_host_rcu_unlock();
	}
	return now() - start;
}

static u64 time_lfht(void)
{
	u64 start = now();
	struct cds_lfht_iter iter;
	struct cds_lfht_node *node;

	for (u32 i = 0; i < LOOKUPS; i += AT_A_TIME) {
		weir_host_rcu_lock();
		for (u32 j = i; j < i + AT_A_TIME; j++) {
			cds_lfht_lookup(table,
					weir_key_hash(order[j], key_size, seed),
					match, order[j], &iter);
			node = cds_lfht_iter_get_node(&iter);
			if (node)
				sum += caa_container_of(node, struct node, node)
					       ->value;
		}
		weir_host_rcu_unlock();
	}
	return now() - start;
}

static void fill(u32 type)
{
	struct weir_map_def def = { .type = type,
				    .key_size = key_size,
				    .value_size = 8,
				    .max_entries = nr_elems,
				    .lock_off = WEIR_NO_FIELD,
				    .timer_off = WEIR_NO_FIELD };
	u8 key[16];
	u64 value;

	/* As many buckets as the map has. */
	table = cds_lfht_new(1UL << fls(nr_elems - 1), 1, 0, 0, NULL);
	if (weir_map_create(&def, NULL, &map) || !table)
		exit(2);
	for (u32 i = 0; i < nr_elems; i++) {
		struct node *n = calloc(1, sizeof(*n));

		key_of(key, i);
		if (type == BPF_MAP_TYPE_ARRAY)
			memcpy(key, &i, 4);
		value = n->value = i;
		memcpy(n->key, key, 16);
		weir_host_rcu_lock();
		cds_lfht_add(table, weir_key_hash(key, key_size, seed),
			     &n->node);
		weir_host_rcu_unlock();
		if (weir_map_user_update(map, key, &value, 0))
			exit(2);
	}
	for (u32 i = 0; i < LOOKUPS; i++) {
		u32 nr = weir_host_random() % nr_elems;

		key_of(order[i], nr);
		if (type == BPF_MAP_TYPE_ARRAY)
			memcpy(order[i], &nr, 4);
	}
}

static void empty(void)
{
	struct cds_lfht_iter iter;
	struct node *n;

	weir_host_rcu_lock();
	cds_lfht_for_each_entry(table, &iter, n, node)
	{
		cds_lfht_del(table, &n->node);
		/* Nobody else reads; the iterator has the next one. */
		free(n);
	}
	weir_host_rcu_unlock();
	cds_lfht_destroy(table, NULL);
	weir_map_user_put(map);
}

/* Return: the map's time over the table's. */
static double compare(u32 type, u32 size, u32 elems)
{
	u64 best_map = U64_MAX, best_table = U64_MAX;
	double ratio;

	key_size = size;
	nr_elems = elems;
	fill(type);
	for (u32 i = 0; i < ROUNDS; i++) {
		best_map = min(best_map, time_map());
		best_table = min(best_table, time_lfht());
	}
	empty();
	ratio = (double)best_map / (double)best_table;
	printf("%-9s key %2u  elements %6u  weir %5.1f ns  cds_lfht %5.1f ns  "
	       "ratio %.2f\n",
	       weir_map_type_name(type), size, elems,
	       (double)best_map / LOOKUPS, (double)best_table / LOOKUPS, ratio);
	return ratio;
}

int main(int argc, char **argv)
{
	static const u32 sizes[] = { 4, 8, 16 };
	static const u32 elems[] = { 100, 10000, 200000 };
	double worst = 0, ratio, limit = 0;

	if (argc == 3 && !strcmp(argv[1], "--at-most"))
		limit = atof(argv[2]);
	order = malloc(LOOKUPS * sizeof(*order));
	for (size_t e = 0; e < ARRAY_SIZE(elems); e++) {
		compare(BPF_MAP_TYPE_ARRAY, 4, elems[e]);
		for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
			ratio = compare(BPF_MAP_TYPE_HASH, sizes[s], elems[e]);
			worst = max(worst, ratio);
		}
		compare(BPF_MAP_TYPE_LRU_HASH, 8, elems[e]);
	}
	printf("worst ratio of a hash: %.2f\n", worst);
	free(order);
	return limit && worst > limit;
}
