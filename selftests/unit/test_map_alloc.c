// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Maps when memory runs out: each allocation of each type is made to fail in
 * turn. Then a map is not made, or a change not done; what was there stays, and
 * nothing is left over when the map is gone: no memory, and nothing charged to
 * an account, which at any time says what the maps say. The linker puts the functions here
 * in front of the host's (--wrap, tools/build.mk).
 */
#include <errno.h>
#include "base/account.h"
#include "selftests/unit/map_test.h"

/* Allocations until one fails, 0: none does; those made and not given back. */
static u32 fail_at;
static long nr_live;

static bool fails(void)
{
	return fail_at && !--fail_at;
}

#define REAL(name) __real_##name
#define WRAP(name) __wrap_##name

void *REAL(weir_host_alloc)(size_t bytes);
void *WRAP(weir_host_alloc)(size_t bytes);
void *REAL(weir_host_alloc_now)(size_t bytes);
void *WRAP(weir_host_alloc_now)(size_t bytes);
void REAL(weir_host_free)(const void *p);
void WRAP(weir_host_free)(const void *p);
int REAL(weir_host_pages_alloc)(struct weir_host_pages *pages, size_t bytes,
				size_t twice);
int WRAP(weir_host_pages_alloc)(struct weir_host_pages *pages, size_t bytes,
				size_t twice);
void REAL(weir_host_pages_free)(struct weir_host_pages *pages);
void WRAP(weir_host_pages_free)(struct weir_host_pages *pages);
int REAL(weir_host_wait_init)(struct weir_host_wait *wait);
int WRAP(weir_host_wait_init)(struct weir_host_wait *wait);
void REAL(weir_host_wait_exit)(struct weir_host_wait *wait);
void WRAP(weir_host_wait_exit)(struct weir_host_wait *wait);

static void count(long by)
{
	__atomic_add_fetch(&nr_live, by, __ATOMIC_RELAXED);
}

void *WRAP(weir_host_alloc)(size_t bytes)
{
	if (fails())
		return NULL;
	count(1);
	return REAL(weir_host_alloc)(bytes);
}

void *WRAP(weir_host_alloc_now)(size_t bytes)
{
	if (fails())
		return NULL;
	count(1);
	return REAL(weir_host_alloc_now)(bytes);
}

void WRAP(weir_host_free)(const void *p)
{
	if (p)
		count(-1);
	REAL(weir_host_free)(p);
}

int WRAP(weir_host_pages_alloc)(struct weir_host_pages *pages, size_t bytes,
				size_t twice)
{
	if (fails())
		return -ENOMEM;
	count(1);
	return REAL(weir_host_pages_alloc)(pages, bytes, twice);
}

void WRAP(weir_host_pages_free)(struct weir_host_pages *pages)
{
	if (pages->addr)
		count(-1);
	REAL(weir_host_pages_free)(pages);
}

int WRAP(weir_host_wait_init)(struct weir_host_wait *wait)
{
	if (fails())
		return -ENOMEM;
	count(1);
	return REAL(weir_host_wait_init)(wait);
}

void WRAP(weir_host_wait_exit)(struct weir_host_wait *wait)
{
	count(-1);
	REAL(weir_host_wait_exit)(wait);
}

/* After what was deferred has been done. */
static long live(void)
{
	weir_host_rcu_drain();
	return __atomic_load_n(&nr_live, __ATOMIC_RELAXED);
}

static unsigned long limit[WEIR_NR_RESOURCES] = { ~0ul, ~0ul, ~0ul, ~0ul };
static struct weir_account account = { .refs = 1, .limit = limit };

/* Is this map all that is charged? NULL: nothing. */
static bool charged(const struct weir_map *map)
{
	u64 maps = weir_account_used(&account, WEIR_RESOURCE_MAPS);
	u64 bytes = weir_account_used(&account, WEIR_RESOURCE_MAP_BYTES);

	return maps == !!map && bytes == (map ? weir_map_bytes(map) : 0) &&
	       account.refs == 1 + maps;
}

static struct weir_map *pattern;

static struct weir_map *inner_of(u32 type)
{
	bool of_maps = weir_map_type(type)->traits & WEIR_MAP_TYPE_OF_MAPS;

	return of_maps ? pattern : NULL;
}

static struct weir_map_def usual_def(u32 type, u32 flags)
{
	const struct weir_map_type *t = weir_map_type(type);
	u32 key = type == BPF_MAP_TYPE_LPM_TRIE ? 8 : t->key_min;
	u32 value = t->value_min == 1 ? 16 : t->value_min;
	struct weir_map_def def;

	if (type == BPF_MAP_TYPE_LPM_TRIE)
		flags |= BPF_F_NO_PREALLOC;
	if (key == 1)
		key = 4;
	def = map_def(type, key, value,
		      type == BPF_MAP_TYPE_RINGBUF ? 65536 : 8, flags);
	def.account = &account;
	return def;
}

static void test_create(u32 type, u32 flags)
{
	struct weir_map_def def = usual_def(type, flags);
	struct weir_map *map = NULL;
	long before = live();
	bool ok = true;
	u32 n = 0;
	int err;

	do {
		fail_at = ++n;
		err = weir_map_create(&def, inner_of(type), &map);
		if (err)
			ok &= err == -ENOMEM && live() == before &&
			      charged(NULL);
		if (!err && fail_at == 0) /* it failed, and nobody said so */
			ok = false;
	} while (err && n < 100);
	fail_at = 0;
	ok &= !err && n > 1 && live() > before && charged(map);
	if (!err)
		weir_map_user_put(map);
	ok &= live() == before && charged(NULL);
	ksft_test_result(ok, "%s, flags %#x: %u allocations of a map\n",
			 weir_map_type_name(type), flags, n - 1);
}

/* One byte less than it takes is too little; growth ends at the limit. */
static void test_limit(u32 type, u32 flags)
{
	struct weir_map_def def = usual_def(type, flags);
	struct weir_refusal why = { 0 };
	struct weir_map *map = NULL;
	long before = live();
	bool ok;
	u64 bytes;

	ok = !weir_map_create(&def, inner_of(type), &map);
	bytes = map->bytes;
	weir_map_user_put(map);
	def.refusal = &why;
	limit[WEIR_RESOURCE_MAP_BYTES] = (unsigned long)bytes - 1;
	ok &= weir_map_create(&def, inner_of(type), &map) == -EDQUOT &&
	      why.resource == WEIR_RESOURCE_MAP_BYTES && why.want == bytes &&
	      why.limit == bytes - 1 && charged(NULL) && live() == before;
	limit[WEIR_RESOURCE_MAP_BYTES] = (unsigned long)bytes;
	ok &= !weir_map_create(&def, inner_of(type), &map) && charged(map);
	if (map->ops->grown && (def.flags & BPF_F_NO_PREALLOC) &&
	    !inner_of(type)) {
		u8 value[4096] = { 0 };
		u32 key[2] = { 32 };

		ok &= weir_map_user_update(map, key, value, 0) == -ENOMEM &&
		      charged(map);
	}
	weir_map_user_put(map);
	ok &= charged(NULL) && live() == before;
	limit[WEIR_RESOURCE_MAP_BYTES] = ~0ul;
	limit[WEIR_RESOURCE_MAPS] = 0;
	ok &= weir_map_create(&def, inner_of(type), &map) == -EDQUOT &&
	      why.resource == WEIR_RESOURCE_MAPS && charged(NULL);
	limit[WEIR_RESOURCE_MAPS] = ~0ul;
	ksft_test_result(ok, "%s, flags %#x: a limit to the byte\n",
			 weir_map_type_name(type), flags);
}

/* What the map has: errors and bytes of eight keys. */
static void snapshot(struct weir_map *map, u8 *out)
{
	u32 bytes = weir_map_user_value_bytes(map);
	u32 key[2] = { 32 };

	for (u32 i = 0; i < 8; i++, out += bytes + 1) {
		key[map->def.key_size / 4 - 1] = i << 20;
		out[0] = !weir_map_user_lookup(map, key, out + 1, 0);
	}
}

static void test_update(u32 type)
{
	struct weir_map_def def = usual_def(type, BPF_F_NO_PREALLOC);
	u8 was[65536] = { 0 }, is[65536] = { 0 };
	u32 key[2] = { 32 }, refused = 0;
	long before = live();
	struct weir_map *map;
	u8 value[4096];
	bool ok;
	int err;

	ok = !weir_map_create(&def, inner_of(type), &map);
	if (inner_of(type))
		memcpy(value, &pattern, sizeof(pattern));
	for (u32 i = 0; ok && i < 200; i++) {
		if (!inner_of(type))
			memset(value, (int)i, sizeof(value));
		key[def.key_size / 4 - 1] = i * 5 % 8 << 20;
		snapshot(map, was);
		for (u32 n = 1; n < 10; n++) {
			fail_at = n;
			err = weir_map_user_update(map, key, value, 0);
			if (!err)
				break;
			snapshot(map, is);
			ok &= err == -ENOMEM && charged(map) &&
			      !memcmp(was, is, sizeof(was));
			refused++;
		}
		fail_at = 0;
		ok &= !err && charged(map);
		if (i % 3 == 0)
			ok &= !weir_map_user_delete(map, key) && charged(map);
	}
	weir_map_user_put(map);
	ok &= refused && live() == before && charged(NULL);
	ksft_test_result(ok, "%s: updates without memory change nothing\n",
			 weir_map_type_name(type));
}

int main(void)
{
	static const u32 growing[] = { BPF_MAP_TYPE_HASH,
				       BPF_MAP_TYPE_PERCPU_HASH,
				       BPF_MAP_TYPE_LPM_TRIE,
				       BPF_MAP_TYPE_HASH_OF_MAPS };

	ksft_print_header();
	pattern = new_map(BPF_MAP_TYPE_ARRAY, 4, 8, 4, 0);
	for (u32 type = 0; type < 64; type++) {
		if (!weir_map_type(type))
			continue;
		test_create(type, 0);
		test_limit(type, 0);
		if (weir_map_type(type)->flags & BPF_F_MMAPABLE)
			test_create(type, BPF_F_MMAPABLE);
	}
	for (size_t i = 0; i < ARRAY_SIZE(growing); i++) {
		if (growing[i] != BPF_MAP_TYPE_LPM_TRIE)
			test_create(growing[i], BPF_F_NO_PREALLOC);
		if (growing[i] != BPF_MAP_TYPE_LPM_TRIE)
			test_limit(growing[i], BPF_F_NO_PREALLOC);
		test_update(growing[i]);
	}
	weir_map_user_put(pattern);
	ksft_test_result(live() == 0, "nothing is left\n");
	return ksft_finished();
}
