// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What each type of map promises beside the plain operations, which
 * test_map_model.c compares with a model: limits, permissions, freezing, what is
 * evicted, what elements refer to, locks in values, batches, memory.
 */
#include "base/log.h"
#include "base/prog.h"
#include "runtime/loaded.h"
#include "runtime/map/prog_array.h"
#include "selftests/unit/map_test.h"

#define HASH BPF_MAP_TYPE_HASH
#define ARRAY BPF_MAP_TYPE_ARRAY

/*
 * Definitions
 */

static void test_too_big(void)
{
	struct weir_map_def d = map_def(HASH, 4, 8, 1u << 30, 0);
	bool ok = def_err(&d, NULL) == -E2BIG;

	d = map_def(HASH, 4, 8, 0xffffffff, 0);
	ok &= def_err(&d, NULL) == -E2BIG;
	d = map_def(HASH, 4, 8, 0xffffffff, BPF_F_NO_PREALLOC);
	ok &= def_err(&d, NULL) == -E2BIG;
	d = map_def(ARRAY, 4, WEIR_MAX_VALUE, 0xffffffff, 0);
	ok &= def_err(&d, NULL) == -E2BIG;
	d = map_def(ARRAY, 4, 8, 0x20000000, 0); /* 2^32 bytes */
	ok &= def_err(&d, NULL) == -E2BIG;
	d = map_def(ARRAY, 4, 8, 0x20000001, BPF_F_MMAPABLE);
	ok &= def_err(&d, NULL) == -E2BIG;
	d = map_def(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 32768, 0xffffffff, 0);
	ok &= def_err(&d, NULL) == -E2BIG;
	d = map_def(BPF_MAP_TYPE_PERCPU_HASH, 4, 32768, 1 << 20, 0);
	ok &= def_err(&d, NULL) == -E2BIG;
	d = map_def(BPF_MAP_TYPE_QUEUE, 0, 8, 0xffffffff, 0);
	ok &= def_err(&d, NULL) == -E2BIG;
	d = map_def(BPF_MAP_TYPE_RINGBUF, 0, 0, 1u << 31, 0);
	ok &= def_err(&d, NULL) == -E2BIG;
	d = map_def(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 0xffffffff, 0);
	ok &= def_err(&d, NULL) == -E2BIG;
	ksft_test_result(ok, "size times count beyond the limit\n");

	d = map_def(HASH, WEIR_MAX_KEY + 1, 8, 1, 0);
	ok = def_err(&d, NULL) == -E2BIG;
	d = map_def(HASH, 4, WEIR_MAX_VALUE + 1, 1, 0);
	ok &= def_err(&d, NULL) == -E2BIG;
	d = map_def(HASH, WEIR_MAX_KEY, 8, 1, 0);
	ok &= !def_err(&d, NULL);
	d = map_def(ARRAY, 4, WEIR_MAX_VALUE, 1, 0);
	ok &= !def_err(&d, NULL);
	ksft_test_result(ok,
			 "keys and values at their limits, and over them\n");
}

static void test_def_words(void)
{
	struct weir_map_def d = map_def(HASH, 4, 8, 1, 0);
	bool ok = true;

	memcpy(d.name, "a b", 4);
	ok &= def_err(&d, NULL) == -EINVAL;
	memset(d.name, 'x', sizeof(d.name));
	ok &= def_err(&d, NULL) == -EINVAL;
	memcpy(d.name, "a_b.C9", 7);
	ok &= !def_err(&d, NULL);
	ksft_test_result(ok, "names are words that end\n");

	d = map_def(0, 4, 8, 1, 0);
	ok = def_err(&d, NULL) == -EINVAL;
	d.type = 9999;
	ok &= def_err(&d, NULL) == -EINVAL;
	d.type = BPF_MAP_TYPE_SOCKMAP;
	ok &= def_err(&d, NULL) == -EINVAL;
	ksft_test_result(ok, "types that there are not\n");

	ok = true;
	for (u32 type = 0; type < 64; type++)
		if (weir_map_type(type))
			ok &= weir_map_type_by_name(weir_map_type_name(type)) ==
			      type;
	ksft_test_result(ok && !weir_map_type_by_name("sockmap"),
			 "types by name\n");
}

static void test_fields(void)
{
	struct weir_map_def d = map_def(HASH, 4, 24, 1, 0);
	bool ok = true;

	d.lock_off = 20;
	ok &= !def_err(&d, NULL);
	d.lock_off = 22;
	ok &= def_err(&d, NULL) == -EINVAL;
	d.lock_off = 24;
	ok &= def_err(&d, NULL) == -EINVAL;
	d.lock_off = 8;
	d.timer_off = 8;
	ok &= def_err(&d, NULL) == -EINVAL;
	d.lock_off = 4;
	ok &= !def_err(&d, NULL);
	d.timer_off = 16;
	ok &= def_err(&d, NULL) == -EINVAL;
	ksft_test_result(ok, "locks and timers lie in the value, apart\n");

	d = map_def(BPF_MAP_TYPE_PERCPU_HASH, 4, 24, 1, 0);
	d.lock_off = 0;
	ok = def_err(&d, NULL) == -EOPNOTSUPP;
	d = map_def(ARRAY, 4, 24, 1, BPF_F_RDONLY_PROG);
	d.lock_off = 0;
	ok &= def_err(&d, NULL) == -EACCES;
	ksft_test_result(ok, "and only where programs can use them\n");
}

/*
 * Who may do what
 */

static void test_permissions(void)
{
	struct weir_map *map = new_map(HASH, 4, 8, 4, BPF_F_RDONLY);
	u32 key = 1;
	u64 value = 2;
	bool ok = true;

	ok &= set(map, 1, 2) == -EPERM && del(map, 1) == -EPERM;
	ok &= weir_map_user_take(map, &key, &value, 0) == -EPERM;
	ok &= weir_map_user_freeze(map) == -EPERM;
	ok &= get(map, 1, &value) == -ENOENT;
	value = 7;
	ok &= !map->ops->update(map, &key, &value, 0) && has(map, 1, 7);
	weir_map_user_put(map);
	ksft_test_result(ok, "users may only read: BPF_F_RDONLY\n");

	map = new_map(HASH, 4, 8, 4, BPF_F_WRONLY);
	ok = !set(map, 1, 2) && get(map, 1, &value) == -EPERM;
	ok &= weir_map_user_next_key(map, NULL, &key) == -EPERM;
	ok &= weir_map_user_take(map, &key, &value, 0) == -EPERM;
	ok &= !del(map, 1);
	weir_map_user_put(map);
	ksft_test_result(ok, "users may only write: BPF_F_WRONLY\n");
}

static void test_freeze(void)
{
	struct weir_map *map = new_map(ARRAY, 4, 8, 2, BPF_F_MMAPABLE);
	u32 key = 1;
	u64 value = 9;
	bool ok;

	ok = !set(map, 0, 5) && !weir_map_user_map_begin(map);
	ok &= weir_map_user_freeze(map) == -EBUSY && !set(map, 0, 6);
	weir_map_user_map_end(map);
	ok &= !weir_map_user_freeze(map);
	ksft_test_result(ok, "what is mapped writable cannot be frozen\n");
	ok = set(map, 0, 7) == -EPERM && has(map, 0, 6);
	ok &= weir_map_user_map_begin(map) == -EPERM;
	ok &= weir_map_user_freeze(map) == -EBUSY;
	ok &= !map->ops->update(map, &key, &value, 0) && has(map, 1, 9);
	weir_map_user_put(map);
	ksft_test_result(ok, "frozen: users read, programs write\n");
}

static void test_buffers(void)
{
	struct weir_map *hash = new_map(HASH, 4, 8, 2, 0);
	struct weir_map *queue = new_map(BPF_MAP_TYPE_QUEUE, 0, 8, 2, 0);
	u32 key = 1;
	u64 value = 1;
	bool ok = true;

	ok &= weir_map_user_update(hash, NULL, &value, 0) == -EFAULT;
	ok &= weir_map_user_update(hash, &key, NULL, 0) == -EFAULT;
	ok &= weir_map_user_lookup(hash, NULL, &value, 0) == -EFAULT;
	ok &= weir_map_user_delete(hash, NULL) == -EFAULT;
	ok &= weir_map_user_next_key(hash, NULL, NULL) == -EFAULT;
	ok &= weir_map_user_update(queue, &key, &value, 0) == -EINVAL;
	ok &= weir_map_user_lookup(queue, &key, &value, 0) == -EINVAL;
	ok &= weir_map_user_elem(hash, 0, &key, &value, 0) == -EINVAL;
	ok &= weir_map_user_elem(hash, 99, &key, &value, 0) == -EINVAL;
	ok &= weir_map_user_elem(hash, WEIR_MAP_DELETE, &key, NULL, 1) ==
	      -EINVAL;
	weir_map_user_put(hash);
	weir_map_user_put(queue);
	ksft_test_result(ok, "keys and values that are missing, or too many\n");
}

/*
 * Hashes
 */

static void test_limit(u32 flags, const char *what)
{
	struct weir_map *map = new_map(HASH, 4, 8, 1000, flags);
	bool ok = true;

	for (u32 round = 0; round < 20; round++) {
		for (u32 i = 0; i < 1000; i++)
			ok &= !set(map, i * 7 + round, i);
		ok &= set(map, 100000, 1) == -E2BIG;
		/* What is there may be changed all the same. */
		for (u32 i = 0; i < 1000; i++)
			ok &= !set(map, i * 7 + round, i + 1);
		ok &= nr_keys(map) == 1000;
		for (u32 i = 0; i < 1000; i++)
			ok &= !del(map, i * 7 + round);
		ok &= nr_keys(map) == 0;
	}
	weir_map_user_put(map);
	ksft_test_result(ok, "the limit is exact, %s\n", what);
}

static void test_delete_while_walking(void)
{
	struct weir_map *map = new_map(HASH, 4, 8, 500, 0);
	u32 key, nr = 0;

	for (u32 i = 0; i < 500; i++)
		set(map, i, i);
	while (!weir_map_user_next_key(map, NULL, &key) && nr < 1000) {
		nr++;
		del(map, key);
	}
	ksft_test_result(nr == 500, "next_key from a key that was deleted\n");
	weir_map_user_put(map);
}

/* Half of the elements are used all the time, the others come and go. */
static void test_lru(u32 type, const char *what)
{
	struct weir_map *map = new_map(type, 4, 8, 1000, 0);
	u32 kept = 0;
	bool ok = true;

	for (u32 i = 0; i < 1000; i++)
		ok &= !set(map, i, i);
	for (u32 round = 0; round < 20; round++) {
		for (u32 i = 0; i < 500; i++)
			map->ops->lookup(map, &i);
		for (u32 i = 0; i < 300; i++)
			ok &= !set(map, 1000 + round * 300 + i, 1);
		ok &= nr_keys(map) == 1000;
	}
	for (u32 i = 0; i < 500; i++)
		kept += map->ops->lookup(map, &i) != NULL;
	weir_map_user_put(map);
	if (kept < 490)
		ksft_print_msg("%u of 500 that are used are left\n", kept);
	ksft_test_result(ok, "%s: an update never fails, the limit is exact\n",
			 what);
	ksft_test_result(kept >= 490, "%s: what is used stays\n", what);
}

static void test_lru_all_used(void)
{
	struct weir_map *map = new_map(BPF_MAP_TYPE_LRU_HASH, 4, 8, 5, 0);
	bool ok = true;

	for (u32 i = 0; i < 2000; i++) {
		ok &= !set(map, i, i) && nr_keys(map) == (i < 5 ? i + 1 : 5);
		ok &= map->ops->lookup(map, &i) != NULL;
	}
	ksft_test_result(ok, "LRU: where all are used, one goes all the same, "
			     "and not the new one\n");
	weir_map_user_put(map);
}

/* A user's look is no use of an element, as in Linux. */
static void test_lru_users(void)
{
	struct weir_map *map = new_map(BPF_MAP_TYPE_LRU_HASH, 4, 8, 100, 0);
	u32 kept = 0;
	u64 value;

	for (u32 i = 0; i < 100; i++)
		set(map, i, i);
	for (u32 i = 0; i < 50; i++)
		get(map, i, &value);
	for (u32 i = 50; i < 100; i++)
		map->ops->lookup(map, &i);
	for (u32 i = 0; i < 50; i++)
		set(map, 1000 + i, i);
	for (u32 i = 50; i < 100; i++)
		kept += !get(map, i, &value);
	ksft_test_result(kept == 50, "LRU: only programs use elements\n");
	weir_map_user_put(map);
}

static bool count_all(struct weir_map *map, const void *key, void *value,
		      void *arg)
{
	u64 *sum = arg;
	u32 k;

	(void)map;
	memcpy(&k, key, 4);
	*sum += *(u64 *)value * 1000 + k;
	return *sum < 100000000;
}

static void test_visit(void)
{
	static const u32 types[] = { HASH, ARRAY, BPF_MAP_TYPE_LRU_HASH,
				     BPF_MAP_TYPE_PERCPU_HASH,
				     BPF_MAP_TYPE_PERCPU_ARRAY };
	bool ok = true;

	for (size_t t = 0; t < ARRAY_SIZE(types); t++) {
		struct weir_map *map = new_map(types[t], 4, 8, 10, 0);
		u64 sum = 0, value = 1;

		weir_host_rcu_lock();
		for (u32 i = 0; i < 10; i++)
			ok &= !map->ops->update(map, &i, &value, 0);
		ok &= map->ops->visit(map, count_all, &sum) == 10;
		ok &= sum == 10045;
		sum = 100000000;
		ok &= map->ops->visit(map, count_all, &sum) == 1;
		weir_host_rcu_unlock();
		weir_map_user_put(map);
	}
	ksft_test_result(ok,
			 "all elements are visited, or until it is enough\n");
}

/* Per-CPU: a program changes its own, a user all; a new one is zero elsewhere. */
static void test_percpu(void)
{
	struct weir_map *map =
		new_map(BPF_MAP_TYPE_PERCPU_HASH, 4, 12, 4, BPF_F_NO_PREALLOC);
	u32 nr = weir_host_nr_cpus(), key = 1, set_cpus = 0, cleared = 0;
	u8 *all = calloc(nr, 16), value[12];
	bool ok = true;

	memset(value, 7, 12);
	weir_host_rcu_lock();
	ok &= !map->ops->update(map, &key, value, 0);
	weir_host_rcu_unlock();
	ok &= !weir_map_user_lookup(map, &key, all, 0);
	for (u32 i = 0; i < nr; i++) {
		set_cpus += !memcmp(all + i * 16, value, 12);
		cleared += !all[i * 16] && !all[i * 16 + 11];
	}
	ok &= set_cpus == 1 && cleared == nr - 1;
	ok &= weir_map_user_value_bytes(map) == 16 * nr;
	ksft_test_result(ok, "per CPU: a program sets its own value\n");
	free(all);
	weir_map_user_put(map);
}

/*
 * Locks and timers in values
 */

static void test_locked_value(u32 type, const char *what)
{
	struct weir_map_def d = map_def(type, 4, 40, 4, 0);
	struct weir_map *map;
	u8 value[40], got[40];
	u32 key = 2, *lock;
	bool ok;

	d.lock_off = 4;
	d.timer_off = 16;
	ok = !weir_map_create(&d, NULL, &map);
	memset(value, 0xee, sizeof(value));
	ok &= !weir_map_user_update(map, &key, value, 0);
	lock = (u32 *)((u8 *)map->ops->lookup(map, &key) + 4);
	ok &= *lock == 0; /* open, whatever the user said */
	ok &= !weir_map_user_lookup(map, &key, got, 0);
	memset(value + 4, 0, 4);
	memset(value + 16, 0, 16);
	ok &= !memcmp(value, got, sizeof(value));
	memset(value, 0x11, sizeof(value));
	ok &= !weir_map_user_update(map, &key, value, BPF_F_LOCK | BPF_EXIST);
	lock = (u32 *)((u8 *)map->ops->lookup(map, &key) + 4);
	ok &= *lock == 0;
	ok &= !weir_map_user_lookup(map, &key, got, BPF_F_LOCK);
	ok &= got[0] == 0x11 && got[39] == 0x11 && !got[4] && !got[16];
	ok &= weir_map_user_freeze(map) == -EOPNOTSUPP; /* a timer */
	weir_map_user_put(map);
	ksft_test_result(ok, "%s: the lock and the timer are nobody's bytes\n",
			 what);
}

/*
 * Objects
 */

static struct weir_loaded *load(enum weir_kind kind)
{
	static const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct weir_loaded_attr attr = {
		.kind = kind,
		.flags = WEIR_LOAD_INTERP,
		.insns = insns,
		.nr_insns = 2,
	};
	struct weir_rejection rej = { 0 };
	struct weir_loaded *loaded;

	if (weir_loaded_create(&attr, NULL, &rej, &loaded))
		ksft_exit_fail_msg("no program\n");
	return loaded;
}

static void test_prog_array(void)
{
	struct weir_map *map = new_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 3, 0);
	struct weir_loaded *xdp = load(WEIR_KIND_XDP), *tc = load(WEIR_KIND_TC);
	u32 key = 1, far = 3, id;
	bool ok = true;

	ok &= weir_map_user_takes_objects(map);
	ok &= weir_map_user_update(map, &key, &xdp, BPF_NOEXIST) == -EINVAL;
	ok &= weir_map_user_update(map, &far, &xdp, 0) == -E2BIG;
	ok &= weir_map_user_lookup(map, &key, &id, 0) == -ENOENT;
	ok &= weir_map_user_delete(map, &key) == -ENOENT;
	ok &= !weir_map_user_update(map, &key, &xdp, 0) && xdp->refs == 2;
	ok &= !weir_map_user_lookup(map, &key, &id, 0) && id == xdp->id;
	ok &= weir_prog_array_at(map, 1) == xdp && !weir_prog_array_at(map, 0);
	ok &= !weir_prog_array_at(map, 3) && !weir_prog_array_at(map, ~0u);
	ok &= !weir_map_user_update(map, &key, &xdp, 0) && xdp->refs == 2;
	ksft_test_result(ok, "a program array holds references\n");
	ok = weir_map_user_update(map, &key, &tc, 0) == -EINVAL;
	ok &= tc->refs == 1 && weir_prog_array_at(map, 1) == xdp;
	ok &= weir_prog_array_claim(map, WEIR_KIND_TC) == -EINVAL;
	ok &= !weir_prog_array_claim(map, WEIR_KIND_XDP);
	ksft_test_result(ok, "and programs of one kind\n");
	ok = !weir_map_user_delete(map, &key) && xdp->refs == 1;
	ok &= weir_map_user_delete(map, &far) == -E2BIG;
	weir_map_user_update(map, &key, &xdp, 0);
	weir_map_get(map);
	weir_map_user_put(map);
	ok &= xdp->refs == 1;
	weir_map_put(map);
	ksft_test_result(ok, "without users it lets them go\n");
	weir_loaded_put(xdp);
	weir_loaded_put(tc);
}

static void test_maps_of(u32 type, const char *what)
{
	struct weir_map *like = new_map(HASH, 4, 8, 10, 0), *map, *a, *b,
			*wrong;
	struct weir_map_def d = map_def(type, 4, 4, 3, 0);
	u32 key = 1, id;
	bool ok;

	ok = def_err(&d, NULL) == -EINVAL;
	ok &= !weir_map_create(&d, like, &map);
	ok &= def_err(&d, map) == -EINVAL; /* maps of maps of maps */
	weir_map_user_put(like);
	like = new_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 1, 0);
	ok &= def_err(&d, like) == -EOPNOTSUPP;
	weir_map_user_put(like);
	d = map_def(HASH, 4, 8, 3, 0);
	ok &= def_err(&d, map) == -EINVAL;
	ksft_test_result(ok, "%s: what can be inside\n", what);

	a = new_map(HASH, 4, 8, 99, 0);
	b = new_map(HASH, 4, 8, 10, 0);
	wrong = new_map(HASH, 4, 9, 10, 0);
	ok = !map->ops->lookup(map, &key);
	ok &= weir_map_user_lookup(map, &key, &id, 0) == -ENOENT;
	ok &= !weir_map_user_update(map, &key, &a, 0) && a->refs == 2;
	ok &= map->ops->lookup(map, &key) == a;
	ok &= !weir_map_user_lookup(map, &key, &id, 0) && id == a->id;
	ok &= !weir_map_user_update(map, &key, &b, 0);
	ok &= a->refs == 1 && b->refs == 2 && map->ops->lookup(map, &key) == b;
	ok &= weir_map_user_update(map, &key, &wrong, 0) == -EINVAL;
	ok &= wrong->refs == 1 && map->ops->lookup(map, &key) == b;
	ok &= !weir_map_user_delete(map, &key) && b->refs == 1;
	ok &= weir_map_user_delete(map, &key) == -ENOENT;
	ok &= !weir_map_user_update(map, &key, &b, 0);
	weir_map_user_put(b); /* the outer one holds it */
	ok &= map->ops->lookup(map, &key) == b;
	weir_map_user_put(map);
	weir_map_user_put(a);
	weir_map_user_put(wrong);
	ksft_test_result(ok, "%s: references\n", what);
}

static void test_inner_arrays(void)
{
	struct weir_map *like = new_map(ARRAY, 4, 8, 10, 0);
	struct weir_map *any = new_map(ARRAY, 4, 8, 10, BPF_F_INNER_MAP);
	struct weir_map *other = new_map(ARRAY, 4, 8, 11, 0);
	struct weir_map *large = new_map(ARRAY, 4, 8, 99, BPF_F_INNER_MAP);
	struct weir_map_def d = map_def(BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 3, 0);
	struct weir_map *map;
	u32 key = 0;
	bool ok;

	ok = !weir_map_create(&d, like, &map);
	ok &= weir_map_user_update(map, &key, &other, 0) == -EINVAL;
	weir_map_user_put(map);
	ok &= !weir_map_create(&d, any, &map);
	ok &= !weir_map_user_update(map, &key, &large, 0);
	weir_map_user_put(map);
	weir_map_user_put(like);
	weir_map_user_put(any);
	weir_map_user_put(other);
	weir_map_user_put(large);
	ksft_test_result(ok, "inner arrays are as long as the first, or "
			     "BPF_F_INNER_MAP\n");
}

/*
 * Bloom filters
 */

static void test_bloom(u32 value_size, u64 nr_hashes, u32 at_most)
{
	struct weir_map_def d =
		map_def(BPF_MAP_TYPE_BLOOM_FILTER, 0, value_size, 10000, 0);
	struct weir_map *map;
	u64 value[4] = { 0 };
	u32 wrong = 0;
	bool ok;

	d.map_extra = nr_hashes;
	ok = !weir_map_create(&d, NULL, &map);
	for (u64 i = 0; i < 10000; i++) {
		value[0] = i * 3;
		ok &= !weir_map_user_update(map, NULL, value, 0);
	}
	for (u64 i = 0; i < 10000; i++) {
		value[0] = i * 3;
		ok &= !weir_map_user_lookup(map, NULL, value, 0);
		value[0] = i * 3 + 1;
		wrong += !weir_map_user_lookup(map, NULL, value, 0);
	}
	ok &= weir_map_user_update(map, NULL, value, BPF_EXIST) == -EINVAL;
	ok &= weir_map_user_delete(map, NULL) == -EOPNOTSUPP;
	ok &= weir_map_user_take(map, NULL, value, 0) == -EOPNOTSUPP;
	weir_map_user_put(map);
	if (wrong > at_most)
		ksft_print_msg("%u of 10000 found that are not there\n", wrong);
	ksft_test_result(ok && wrong <= at_most,
			 "bloom filter, %u bytes, %u hashes\n", value_size,
			 (u32)nr_hashes);
}

/*
 * Batches
 */

static void test_batch(void)
{
	struct weir_map *map = new_map(HASH, 4, 8, 100, 0);
	u32 keys[128], nr = 0;
	u64 values[128];
	struct weir_map_user_batch b = { .op = WEIR_MAP_UPDATE,
					 .keys = keys,
					 .values = values,
					 .count = 120 };
	bool ok, seen[128] = { false };
	int err;

	for (u32 i = 0; i < 120; i++) {
		keys[i] = i;
		values[i] = i * 2;
	}
	ok = weir_map_user_batch(map, &b) == -E2BIG && b.count == 100;
	memset(keys, 0xff, sizeof(keys));
	b = (struct weir_map_user_batch){ .op = WEIR_MAP_LOOKUP,
					  .keys = keys,
					  .values = values };
	u32 last;
	do {
		b.count = 30;
		err = weir_map_user_batch(map, &b);
		for (u32 i = 0; i < b.count; i++) {
			ok &= keys[i] < 100 && !seen[keys[i]] &&
			      values[i] == keys[i] * 2;
			if (keys[i] < 100)
				seen[keys[i]] = true;
		}
		nr += b.count;
		if (b.count)
			last = keys[b.count - 1];
		b.start = &last;
	} while (!err && nr < 200);
	ok &= err == -ENOENT && nr == 100;
	ksft_test_result(ok, "batches: update and lookup\n");

	for (u32 i = 0; i < 50; i++)
		keys[i] = i;
	keys[10] = 5000;
	b = (struct weir_map_user_batch){ .op = WEIR_MAP_DELETE,
					  .keys = keys,
					  .count = 50 };
	ok = weir_map_user_batch(map, &b) == -ENOENT && b.count == 10;
	b = (struct weir_map_user_batch){ .op = WEIR_MAP_LOOKUP_DELETE,
					  .keys = keys,
					  .values = values,
					  .count = 128 };
	ok &= weir_map_user_batch(map, &b) == -ENOENT && b.count == 90;
	ok &= nr_keys(map) == 0;
	b.count = 0;
	ok &= !weir_map_user_batch(map, &b);
	b.flags = BPF_EXIST;
	ok &= weir_map_user_batch(map, &b) == -EINVAL;
	b = (struct weir_map_user_batch){ .op = 77 };
	ok &= weir_map_user_batch(map, &b) == -EINVAL;
	ksft_test_result(ok, "batches: delete, and lookup with delete\n");
	weir_map_user_put(map);
}

/*
 * Memory
 */

static void test_grown(void)
{
	static const struct {
		u32 type, key;
	} types[] = { { HASH, 4 },
		      { BPF_MAP_TYPE_PERCPU_HASH, 4 },
		      { BPF_MAP_TYPE_LPM_TRIE, 8 } };
	bool ok = true;

	for (size_t t = 0; t < ARRAY_SIZE(types); t++) {
		struct weir_map *map = new_map(types[t].type, types[t].key, 8,
					       100, BPF_F_NO_PREALLOC);
		u64 empty = weir_map_bytes(map), full;
		u32 key[2] = { 32 };
		u64 *value = calloc(weir_host_nr_cpus(), 8);

		for (u32 i = 0; i < 100; i++) {
			key[types[t].key / 4 - 1] = i << 24;
			ok &= !weir_map_user_update(map, key, value, 0);
		}
		full = weir_map_bytes(map);
		ok &= full >= empty + 100 * (types[t].key + 8);
		for (u32 i = 0; i < 100; i++) {
			key[types[t].key / 4 - 1] = i << 24;
			ok &= !weir_map_user_delete(map, key);
		}
		ok &= weir_map_bytes(map) == empty;
		free(value);
		weir_map_user_put(map);
	}
	ksft_test_result(ok,
			 "memory that comes with elements goes with them\n");
}

static void test_mapping(void)
{
	struct weir_map *map = new_map(ARRAY, 4, 12, 1000, BPF_F_MMAPABLE);
	struct weir_map *plain = new_map(ARRAY, 4, 12, 1000, 0);
	struct weir_map_mapping m;
	u8 value[12] = { 1, 2, 3 };
	u32 key = 999;
	bool ok;

	ok = !weir_map_user_mapping(map, &m) && m.writable == m.bytes;
	ok &= m.bytes % weir_host_page_bytes() == 0 && m.bytes >= 16000;
	ok &= !weir_map_user_update(map, &key, value, 0);
	ok &= !memcmp((u8 *)m.addr + 999 * 16, value, 12);
	ok &= (u8 *)m.addr == map->values;
	ok &= weir_map_user_mapping(plain, &m) == -EOPNOTSUPP;
	weir_map_user_put(map);
	weir_map_user_put(plain);
	ksft_test_result(ok, "arrays that can be mapped\n");
}

int main(void)
{
	ksft_print_header();
	test_too_big();
	test_def_words();
	test_fields();
	test_permissions();
	test_freeze();
	test_buffers();
	test_limit(0, "all elements there from the start");
	test_limit(BPF_F_NO_PREALLOC, "elements as needed");
	test_delete_while_walking();
	test_lru(BPF_MAP_TYPE_LRU_HASH, "lru_hash");
	test_lru(BPF_MAP_TYPE_LRU_PERCPU_HASH, "lru_percpu_hash");
	test_lru_all_used();
	test_lru_users();
	test_visit();
	test_percpu();
	test_locked_value(HASH, "hash");
	test_locked_value(ARRAY, "array");
	test_prog_array();
	test_maps_of(BPF_MAP_TYPE_ARRAY_OF_MAPS, "array_of_maps");
	test_maps_of(BPF_MAP_TYPE_HASH_OF_MAPS, "hash_of_maps");
	test_inner_arrays();
	test_bloom(8, 5, 400);
	test_bloom(8, 0, 400);
	test_bloom(13, 3, 1200);
	test_bloom(32, 15, 100);
	test_batch();
	test_grown();
	test_mapping();
	return ksft_finished();
}
