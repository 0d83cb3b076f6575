// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Maps against a model that is too plain to be wrong, and against Linux's own
 * where this machine lets us make them: the same random operations, the same
 * results, errors included. Definitions that are no map are refused alike.
 */
#include <linux/types.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>
#include <uapi/linux/bpf.h>
#include "base/host.h"
#include "runtime/map/map.h"
#include "runtime/map/type.h"
#include "runtime/map/user.h"
#include "selftests/harness.h"

#define MAX_BYTES 4096 /* of a value of all CPUs here */
#define STEPS 20000
#define DEFS 300 /* of each type */

static u64 seed;

static u32 rnd(u32 below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(seed >> 33) % below;
}

/* One operation, and what came of it. */
struct op {
	u32 op;
	bool has_key;
	u8 key[64];
	u8 value[MAX_BYTES]; /* in, then out */
	u64 flags;
	int err;
};

static struct weir_map_def def;

static u32 value_bytes(void)
{
	return weir_map_type(def.type)->traits & WEIR_MAP_TYPE_PERCPU
		       ? ALIGN(def.value_size, 8) * weir_host_nr_cpus()
		       : def.value_size;
}

/*
 * Weir
 */

static struct weir_map *map;

static void weir_do(struct op *o)
{
	o->err = weir_map_user_elem(map, o->op, o->has_key ? o->key : NULL,
				    o->value, o->flags);
}

/*
 * Linux
 */

static int linux_fd = -1;

/* What Linux calls ENOTSUPP has no name outside. */
static int linux_err(int err)
{
	return err < 0 && errno == 524 ? -EOPNOTSUPP : err < 0 ? -errno : 0;
}

static int linux_create(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = def.flags,
		    .map_extra = def.map_extra);

	linux_fd = bpf_map_create(def.type, NULL, def.key_size, def.value_size,
				  def.max_entries, &opts);
	return linux_err(linux_fd);
}

static void linux_do(struct op *o)
{
	void *key = o->has_key ? o->key : NULL;
	int err = -1;

	switch (o->op) {
	case WEIR_MAP_LOOKUP:
		err = bpf_map_lookup_elem_flags(linux_fd, key, o->value,
						o->flags);
		break;
	case WEIR_MAP_UPDATE:
		err = bpf_map_update_elem(linux_fd, key, o->value, o->flags);
		break;
	case WEIR_MAP_DELETE:
		err = bpf_map_delete_elem(linux_fd, key);
		break;
	case WEIR_MAP_NEXT_KEY:
		err = bpf_map_get_next_key(linux_fd, key, o->value);
		break;
	case WEIR_MAP_LOOKUP_DELETE:
		err = bpf_map_lookup_and_delete_elem_flags(linux_fd, key,
							   o->value, o->flags);
		break;
	case WEIR_MAP_FREEZE:
		err = bpf_map_freeze(linux_fd);
		break;
	}
	o->err = linux_err(err);
}

/*
 * The model: elements in the order in which they came
 */

#define MAX_ELEMS 64

static struct {
	struct {
		u8 key[64];
		u8 value[MAX_BYTES];
	} elem[MAX_ELEMS];
	u32 nr;
} model;

static bool is_array(void)
{
	return def.type == BPF_MAP_TYPE_ARRAY ||
	       def.type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static bool is_list(void)
{
	return def.type == BPF_MAP_TYPE_QUEUE || def.type == BPF_MAP_TYPE_STACK;
}

static bool is_trie(void)
{
	return def.type == BPF_MAP_TYPE_LPM_TRIE;
}

static void model_create(void)
{
	model.nr = 0;
	memset(&model, 0, sizeof(model));
	for (u32 i = 0; is_array() && i < def.max_entries; i++) {
		memcpy(model.elem[i].key, &i, 4);
		model.nr++;
	}
}

static void model_drop(u32 i)
{
	memmove(&model.elem[i], &model.elem[i + 1],
		(model.nr - i - 1) * sizeof(model.elem[0]));
	model.nr--;
}

static u32 key_bits(const u8 *key)
{
	u32 nr;

	memcpy(&nr, key, 4);
	return nr;
}

static bool bit(const u8 *key, u32 nr)
{
	return key[4 + nr / 8] >> (7 - nr % 8) & 1;
}

/* Has @key the prefix @of? */
static bool has_prefix(const u8 *key, const u8 *of)
{
	if (key_bits(of) > key_bits(key))
		return false;
	for (u32 i = 0; i < key_bits(of); i++)
		if (bit(key, i) != bit(of, i))
			return false;
	return true;
}

static bool same_key(const u8 *a, const u8 *b)
{
	if (is_trie())
		return key_bits(a) == key_bits(b) && has_prefix(a, b);
	return !memcmp(a, b, def.key_size);
}

static int model_find(const u8 *key)
{
	for (u32 i = 0; i < model.nr; i++)
		if (same_key(model.elem[i].key, key))
			return (int)i;
	return -1;
}

static int model_longest(const u8 *key)
{
	int best = -1;

	for (u32 i = 0; i < model.nr; i++)
		if (has_prefix(key, model.elem[i].key) &&
		    (best < 0 || key_bits(model.elem[i].key) >
					 key_bits(model.elem[best].key)))
			best = (int)i;
	return best;
}

static int model_list_do(struct op *o)
{
	u32 at = def.type == BPF_MAP_TYPE_STACK && model.nr ? model.nr - 1 : 0;

	switch (o->op) {
	case WEIR_MAP_UPDATE:
		if (o->flags != BPF_ANY && o->flags != BPF_EXIST)
			return -EINVAL;
		if (model.nr == def.max_entries && o->flags == BPF_EXIST)
			model_drop(0);
		if (model.nr == def.max_entries)
			return -E2BIG;
		memcpy(model.elem[model.nr++].value, o->value, value_bytes());
		return 0;
	case WEIR_MAP_LOOKUP:
	case WEIR_MAP_LOOKUP_DELETE:
		if (o->flags)
			return -EINVAL;
		if (!model.nr)
			return -ENOENT;
		memcpy(o->value, model.elem[at].value, value_bytes());
		if (o->op == WEIR_MAP_LOOKUP_DELETE)
			model_drop(at);
		return 0;
	default:
		return -EINVAL;
	}
}

static int model_update(struct op *o)
{
	int i = model_find(o->key);

	if (o->flags & BPF_F_LOCK) /* no value here has one */
		return -EINVAL;
	if (o->flags > BPF_EXIST)
		return -EINVAL;
	if (is_trie() && key_bits(o->key) > (def.key_size - 4) * 8)
		return -EINVAL;
	if (is_array() && i < 0)
		return -E2BIG;
	if (i >= 0 && o->flags == BPF_NOEXIST)
		return -EEXIST;
	if (i < 0 && o->flags == BPF_EXIST)
		return -ENOENT;
	if (i < 0 && model.nr == def.max_entries)
		return is_trie() ? -ENOSPC : -E2BIG;
	if (i < 0) {
		i = (int)model.nr++;
		memcpy(model.elem[i].key, o->key, def.key_size);
	}
	memcpy(model.elem[i].value, o->value, value_bytes());
	return 0;
}

static int model_elem_do(struct op *o)
{
	bool take = o->op == WEIR_MAP_LOOKUP_DELETE;
	bool bad = is_trie() && key_bits(o->key) > (def.key_size - 4) * 8;
	int i;

	switch (o->op) {
	case WEIR_MAP_UPDATE:
		return model_update(o);
	case WEIR_MAP_LOOKUP:
	case WEIR_MAP_LOOKUP_DELETE:
		if (o->flags)
			return -EINVAL;
		if (take && (is_array() || is_trie()))
			return -EOPNOTSUPP;
		i = is_trie() && !bad ? model_longest(o->key)
				      : model_find(o->key);
		if (i < 0)
			return -ENOENT;
		memcpy(o->value, model.elem[i].value, value_bytes());
		if (take)
			model_drop((u32)i);
		return 0;
	case WEIR_MAP_DELETE:
		if (is_array() || bad)
			return -EINVAL;
		i = model_find(o->key);
		if (i < 0)
			return -ENOENT;
		model_drop((u32)i);
		return 0;
	}
	return -EINVAL;
}

static void model_do(struct op *o)
{
	o->err = is_list() ? model_list_do(o) : model_elem_do(o);
}

/*
 * Random operations
 */

/* Keys from a few more than there is room for. */
static void random_key(u8 *key)
{
	u32 range = def.max_entries + 3;

	memset(key, 0, 64);
	if (is_trie()) {
		u32 bits = rnd((def.key_size - 4) * 8 + 2);

		memcpy(key, &bits, 4);
		key[4] = rnd(4) ? 0xa5 : (u8)rnd(256);
		for (u32 i = 5; i < def.key_size; i++)
			key[i] = rnd(3) ? 0x5a : (u8)rnd(256);
		return;
	}
	if (def.type == BPF_MAP_TYPE_LRU_HASH ||
	    def.type == BPF_MAP_TYPE_LRU_PERCPU_HASH)
		range = def.max_entries;
	for (u32 i = 0; i < def.key_size; i++)
		key[i] = def.key_size > 4 ? 0x77 : 0;
	key[0] = (u8)rnd(range);
}

static void random_op(struct op *o)
{
	static const u32 ops[] = { WEIR_MAP_LOOKUP, WEIR_MAP_UPDATE,
				   WEIR_MAP_UPDATE, WEIR_MAP_DELETE,
				   WEIR_MAP_LOOKUP_DELETE };

	memset(o, 0, sizeof(*o));
	o->op = ops[rnd(5)];
	o->has_key = def.key_size;
	if (o->has_key)
		random_key(o->key);
	for (u32 i = 0; i < value_bytes(); i++)
		o->value[i] = (u8)rnd(256);
	if (o->op != WEIR_MAP_DELETE && !rnd(4))
		o->flags = rnd(16);
}

/* Bytes that count: what per-CPU values are rounded up by does not. */
static bool same_value(const u8 *a, const u8 *b)
{
	u32 step = ALIGN(def.value_size, 8);

	for (u32 at = 0; at < value_bytes(); at += step)
		if (memcmp(a + at, b + at, def.value_size))
			return false;
	return true;
}

static bool same_result(const struct op *a, const struct op *b, const char *who)
{
	bool reads = a->op == WEIR_MAP_LOOKUP ||
		     a->op == WEIR_MAP_LOOKUP_DELETE;

	if (a->err != b->err)
		ksft_print_msg(
			"op %u flags %llu key %02x%02x: weir %d, %s %d\n",
			a->op, (unsigned long long)a->flags, a->key[0],
			a->key[4], a->err, who, b->err);
	else if (reads && !a->err && !same_value(a->value, b->value))
		ksft_print_msg("op %u key %02x: another value than %s\n", a->op,
			       a->key[0], who);
	else
		return true;
	return false;
}

/* All keys by walking, each once, and those of the model. */
static bool same_keys(void)
{
	u8 key[64] = { 0 }, next[64] = { 0 };
	u32 nr = 0;
	int err;

	if (is_list())
		return true;
	for (err = weir_map_user_next_key(map, NULL, next); !err;
	     err = weir_map_user_next_key(map, key, next)) {
		memcpy(key, next, sizeof(key));
		if (model_find(key) < 0 || ++nr > model.nr)
			return false;
	}
	return err == -ENOENT && nr == model.nr;
}

/* Linux walks over these in the same order. */
static bool same_order(void)
{
	u8 key[64] = { 0 }, a[64] = { 0 }, b[64] = { 0 };
	void *from = NULL;
	int err;

	for (;;) {
		err = weir_map_user_next_key(map, from, a);
		if (err != linux_err(bpf_map_get_next_key(linux_fd, from, b)))
			return false;
		if (err)
			return err == -ENOENT;
		if (memcmp(a, b, def.key_size))
			return false;
		memcpy(key, a, sizeof(key));
		from = key;
	}
}

enum against {
	MODEL,
	LINUX
};

static bool run_steps(enum against who)
{
	static struct op ours, theirs;

	for (u32 step = 0; step < STEPS; step++) {
		random_op(&ours);
		theirs = ours;
		weir_do(&ours);
		if (who == MODEL)
			model_do(&theirs);
		else
			linux_do(&theirs);
		if (!same_result(&ours, &theirs,
				 who == MODEL ? "the model" : "Linux")) {
			ksft_print_msg("at step %u\n", step);
			return false;
		}
		if (step % 64)
			continue;
		if (who == MODEL && !same_keys()) {
			ksft_print_msg("other keys at step %u\n", step);
			return false;
		}
		if (who == LINUX && (is_trie() || is_array()) &&
		    !same_order()) {
			ksft_print_msg("another order at step %u\n", step);
			return false;
		}
	}
	return true;
}

static const struct map_case {
	const char *name;
	u32 type, key_size, value_size, max_entries, flags;
} cases[] = {
	{ "array", BPF_MAP_TYPE_ARRAY, 4, 8, 10, 0 },
	{ "array of 13 bytes", BPF_MAP_TYPE_ARRAY, 4, 13, 1, 0 },
	{ "mapped array", BPF_MAP_TYPE_ARRAY, 4, 5, 9, BPF_F_MMAPABLE },
	{ "percpu_array", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 12, 10, 0 },
	{ "hash", BPF_MAP_TYPE_HASH, 4, 8, 10, 0 },
	{ "hash of one", BPF_MAP_TYPE_HASH, 1, 1, 1, 0 },
	{ "hash, 13 and 27 bytes", BPF_MAP_TYPE_HASH, 13, 27, 20, 0 },
	{ "hash, 24 and 100 bytes, as needed", BPF_MAP_TYPE_HASH, 24, 100, 20,
	  BPF_F_NO_PREALLOC },
	{ "percpu_hash", BPF_MAP_TYPE_PERCPU_HASH, 8, 12, 10, 0 },
	{ "percpu_hash as needed", BPF_MAP_TYPE_PERCPU_HASH, 6, 20, 10,
	  BPF_F_NO_PREALLOC },
	{ "lru_hash that is not full", BPF_MAP_TYPE_LRU_HASH, 4, 8, 60, 0 },
	{ "lru_percpu_hash that is not full", BPF_MAP_TYPE_LRU_PERCPU_HASH, 4,
	  8, 60, 0 },
	{ "lpm_trie", BPF_MAP_TYPE_LPM_TRIE, 8, 8, 30, BPF_F_NO_PREALLOC },
	{ "lpm_trie of one byte", BPF_MAP_TYPE_LPM_TRIE, 5, 3, 30,
	  BPF_F_NO_PREALLOC },
	{ "lpm_trie of 11 bytes", BPF_MAP_TYPE_LPM_TRIE, 15, 4, 60,
	  BPF_F_NO_PREALLOC },
	{ "queue", BPF_MAP_TYPE_QUEUE, 0, 12, 7, 0 },
	{ "stack", BPF_MAP_TYPE_STACK, 0, 12, 7, 0 },
};

static int create(const struct map_case *from)
{
	def = (struct weir_map_def){
		.type = from->type,
		.key_size = from->key_size,
		.value_size = from->value_size,
		.max_entries = from->max_entries,
		.flags = from->flags,
		.lock_off = WEIR_NO_FIELD,
		.timer_off = WEIR_NO_FIELD,
	};
	return weir_map_create(&def, NULL, &map);
}

static bool is_lru(void)
{
	return def.type == BPF_MAP_TYPE_LRU_HASH ||
	       def.type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static bool linux_can(const char **why)
{
	int err;

	*why = "Linux counts other CPUs";
	if ((weir_map_type(def.type)->traits & WEIR_MAP_TYPE_PERCPU) &&
	    libbpf_num_possible_cpus() != (int)weir_host_nr_cpus())
		return false;
	err = linux_create();
	*why = "bpf() is not allowed here";
	return !err;
}

static void test_case(size_t i)
{
	const char *why;

	seed = i;
	if (create(&cases[i])) {
		ksft_test_result(false, "%s: made\n", cases[i].name);
		return;
	}
	model_create();
	ksft_test_result(run_steps(MODEL), "%s: as the model\n", cases[i].name);
	weir_map_user_put(map);

	/* Linux's LRU lists evict before they are full. */
	if (is_lru())
		return;
	create(&cases[i]);
	if (linux_can(&why))
		ksft_test_result(run_steps(LINUX), "%s: as Linux\n",
				 cases[i].name);
	else
		ksft_test_result_skip(why, "%s: as Linux", cases[i].name);
	if (linux_fd >= 0)
		close(linux_fd);
	linux_fd = -1;
	weir_map_user_put(map);
}

/*
 * Definitions
 */

/* Where Weir says something else than Linux, and why. */
static bool differs_on_purpose(int ours, int theirs)
{
	if (def.key_size > WEIR_MAX_KEY && ours == -E2BIG && !theirs)
		return true; /* our limit */
	if (is_lru() && (def.flags & BPF_F_NO_COMMON_LRU) && theirs == -E2BIG)
		return !ours; /* no list per CPU to be too small for */
	if (def.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		return def.map_extra; /* ours has a size */
	if (def.flags & BPF_F_NUMA_NODE)
		return !ours; /* a wish that is not granted */
	return false;
}

static bool compare_def(void)
{
	int ours, theirs;

	ours = weir_map_create(&def, NULL, &map);
	if (!ours)
		weir_map_user_put(map);
	theirs = linux_create();
	if (linux_fd >= 0)
		close(linux_fd);
	linux_fd = -1;
	if (ours == theirs || differs_on_purpose(ours, theirs))
		return true;
	ksft_print_msg("type %u key %u value %u entries %u flags %#x extra "
		       "%llu: weir %d, Linux %d\n",
		       def.type, def.key_size, def.value_size, def.max_entries,
		       def.flags, (unsigned long long)def.map_extra, ours,
		       theirs);
	return false;
}

static bool compare_defs(u32 type)
{
	static const u32 sizes[] = { 0,	  1,   3,   4,	  5,	 8,
				     255, 512, 513, 4096, 32768, 32769 };
	static const u32 entries[] = { 0, 1, 7, 4096, 8192 };
	u32 nr = sizeof(sizes) / sizeof(sizes[0]);
	bool ok = true;

	for (u32 i = 0; i < DEFS; i++) {
		def = (struct weir_map_def){
			.type = type,
			.key_size = sizes[rnd(rnd(2) ? 5 : nr)],
			.value_size = sizes[rnd(rnd(2) ? 5 : nr)],
			.max_entries = entries[rnd(5)],
			.lock_off = WEIR_NO_FIELD,
			.timer_off = WEIR_NO_FIELD,
		};
		if (type == BPF_MAP_TYPE_LPM_TRIE && rnd(8))
			def.flags |= BPF_F_NO_PREALLOC;
		if (rnd(2))
			def.flags ^= 1u << rnd(13);
		if (!rnd(4))
			def.flags ^= 1u << rnd(13);
		if (!rnd(8))
			def.map_extra = rnd(20);
		ok &= compare_def();
	}
	return ok;
}

static void test_defs(void)
{
	static const u32 of_maps = WEIR_MAP_TYPE_OF_MAPS;

	create(&cases[0]);
	weir_map_user_put(map);
	if (linux_create()) {
		ksft_test_result_skip("bpf() is not allowed here",
				      "definitions as Linux");
		return;
	}
	close(linux_fd);
	for (u32 type = 0; type < 64; type++) {
		if (!weir_map_type(type) ||
		    (weir_map_type(type)->traits & of_maps))
			continue;
		seed = type;
		ksft_test_result(compare_defs(type),
				 "%s: definitions as Linux\n",
				 weir_map_type_name(type));
	}
}

int main(void)
{
	ksft_print_header();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(i);
	test_defs();
	return ksft_finished();
}
