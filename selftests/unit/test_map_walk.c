// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Readers of hash maps against everything that can happen between two of their
 * steps: each time one follows a link, any number of changes to the same bucket
 * may come first. The reader is the production source with a hook in its
 * loads and locks; the changes are those of the library. What runtime/map/hash.h says
 * readers can rely on is what is tested: keys that stay are found, and what a
 * user reads belongs to its key.
 */
#include <linux/rcupdate.h>
#include "base/host.h"

static void step(void);
static bool locked; /* nothing can happen to the bucket */

static unsigned long lock(struct weir_host_spin *spin)
{
	unsigned long state = weir_host_spin_lock(spin);

	locked = true;
	return state;
}

static void unlock(struct weir_host_spin *spin, unsigned long state)
{
	locked = false;
	weir_host_spin_unlock(spin, state);
}

#define weir_host_spin_lock lock
#define weir_host_spin_unlock unlock
#undef rcu_dereference_raw
#define rcu_dereference_raw(p) (step(), __atomic_load_n(&(p), __ATOMIC_CONSUME))

#include "runtime/map/hash.c"
#include "selftests/unit/map_test.h"

#define KEYS 12u
#define STAYING 4u /* the first so many are never removed */
#define LOOKUPS 20000

static struct weir_map *map;
static u32 keys[KEYS]; /* all of one bucket */
static u32 others[KEYS]; /* of another: who goes astray, goes there */
static u32 odds; /* of 100, that something happens at a step */
static bool inside; /* a change is being made */
static u32 nr_changes;
static u64 seed;

static u32 rnd(u32 below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(seed >> 33) % below;
}

/* Values say whose they are, in every word. */
static void put(u32 key)
{
	u64 value[3];

	value[0] = value[1] = value[2] = (u64)key << 32 | rnd(1000);
	if (map->ops->update(map, &key, value, BPF_ANY))
		ksft_exit_fail_msg("an update failed\n");
}

static void change(void)
{
	u32 *of = rnd(2) ? keys : others;
	u32 nr = rnd(KEYS);

	nr_changes++;
	if ((of == keys && nr < STAYING) || rnd(2))
		put(of[nr]);
	else
		map->ops->remove(map, &of[nr]);
}

static void step(void)
{
	if (inside || locked)
		return;
	inside = true;
	while (rnd(100) < odds)
		change();
	inside = false;
}

/* Keys of two buckets: the first key's, and the next one that is not there. */
static void choose_keys(void)
{
	struct weir_hash *h = hash_of(map);
	struct weir_hash_bucket *a = NULL, *b = NULL, *of;
	u32 na = 0, nb = 0;

	for (u32 key = 1; na < KEYS || nb < KEYS; key++) {
		of = hash_bucket(h, hash_key(h, &key));
		if (!a)
			a = of;
		else if (!b && of != a)
			b = of;
		if (of == a && na < KEYS)
			keys[na++] = key;
		if (of == b && nb < KEYS)
			others[nb++] = key;
	}
}

/* What is wrong with what a reader finds, or NULL. */
static const char *look(u32 key)
{
	u64 value[3] = { 0 };

	if (rnd(2))
		return map->ops->lookup(map, &key) ? NULL
						   : "a key was not found";
	if (map->ops->read(map, &key, value, 0))
		return "a key was not read";
	if (value[0] >> 32 != key)
		return "the value of another key";
	return value[1] == value[0] && value[2] == value[0]
		       ? NULL
		       : "a value of two updates";
}

static void test(u32 type, u32 flags, u32 chance)
{
	const char *wrong = NULL;

	/* LRU: room for all, so that what stays does stay. */
	map = new_map(type, 4, 24, KEYS * 2, flags);
	seed = chance;
	odds = 0;
	nr_changes = 0;
	choose_keys();
	for (u32 i = 0; i < KEYS; i++) {
		put(keys[i]);
		put(others[i]);
	}
	odds = chance;
	for (u32 i = 0; !wrong && i < LOOKUPS; i++) {
		weir_host_rcu_lock();
		wrong = look(keys[rnd(STAYING)]);
		weir_host_rcu_unlock();
	}
	odds = 0;
	if (wrong)
		ksft_print_msg("%s\n", wrong);
	weir_map_user_put(map);
	ksft_test_result(!wrong && nr_changes > LOOKUPS / 10,
			 "%s, flags %#x, changes at %u of 100 steps\n",
			 weir_map_type_name(type), flags, chance);
}

int main(void)
{
	static const u32 chances[] = { 5, 30, 60, 90 };

	ksft_print_header();
	for (size_t i = 0; i < ARRAY_SIZE(chances); i++) {
		test(BPF_MAP_TYPE_HASH, 0, chances[i]);
		test(BPF_MAP_TYPE_LRU_HASH, 0, chances[i]);
	}
	test(BPF_MAP_TYPE_HASH, BPF_F_NO_PREALLOC, 30);
	return ksft_finished();
}
