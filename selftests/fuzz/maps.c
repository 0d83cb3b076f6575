// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The maps of gen_map.h, here and in Linux: before each run the same is in them,
 * and after it what is there is written down, to be compared. Included by fuzz.c.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "runtime/loaded.h"
#include "selftests/fuzz/gen_map.h"
#include "tools/lib/backend.h"
#include "tools/lib/map.h"

#define MAX_CPUS 256
#define NR_TARGETS 4

static struct weir_map_handle *own_maps[GEN_NR_MAPS];
static struct weir_ring_buffer *own_ring;
static struct ring_buffer *linux_ring;

static bool is_percpu(u32 map)
{
	return map_type_is_percpu(gen_maps[map].type);
}

/* One element, by either side's calls: 0, or -errno. */

static int elem_update(bool in_linux, u32 map, const void *key,
		       const void *value)
{
	static u8 values[MAX_CPUS * 8];
	size_t size = gen_maps[map].value_size;

	if (is_percpu(map)) {
		for (u32 i = 0; i < MAX_CPUS; i++)
			memcpy(values + 8 * i, value, 8);
		size = in_linux ? 8 : weir_map__value_bytes(own_maps[map]);
		value = values;
	}
	if (in_linux)
		return bpf_map_update_elem(linux_maps[map], key, value, 0);
	return weir_map__update_elem(own_maps[map], key, gen_maps[map].key_size,
				     value, size, 0);
}

/* The value that a program on this CPU sees. */
static int elem_lookup(bool in_linux, u32 map, const void *key, u8 *out)
{
	static u8 values[MAX_CPUS * 8];
	u32 size = gen_maps[map].value_size;
	int err;

	if (in_linux)
		err = bpf_map_lookup_elem(linux_maps[map], key, values);
	else
		err = weir_map__lookup_elem(
			own_maps[map], key, gen_maps[map].key_size, values,
			weir_map__value_bytes(own_maps[map]), 0);
	memcpy(out, values + (is_percpu(map) ? 8 * sched_getcpu() : 0), size);
	return err;
}

static int elem_next(bool in_linux, u32 map, const void *key, void *next)
{
	if (in_linux)
		return bpf_map_get_next_key(linux_maps[map], key, next);
	return weir_map__get_next_key(own_maps[map], key, next,
				      gen_maps[map].key_size);
}

static int elem_delete(bool in_linux, u32 map, const void *key)
{
	if (in_linux)
		return bpf_map_delete_elem(linux_maps[map], key);
	return weir_map__delete_elem(own_maps[map], key, gen_maps[map].key_size,
				     0);
}

static int elem_pop(bool in_linux, u32 map, void *value)
{
	if (in_linux)
		return bpf_map_lookup_and_delete_elem(linux_maps[map], NULL,
						      value);
	return weir_map__lookup_and_delete_elem(own_maps[map], NULL, 0, value,
						gen_maps[map].value_size, 0);
}

static void consume_ring(bool in_linux)
{
	if (in_linux)
		ring_buffer__consume(linux_ring);
	else
		weir_ring_buffer__consume(own_ring);
}

/* What is there before each run */

static void some_value(u32 map, u32 seed, u8 *out)
{
	for (u32 i = 0; i < gen_maps[map].value_size; i++)
		out[i] = (u8)(i % 4 ? seed >> i % 3 : map + seed);
}

static void reset_array(bool in_linux, u32 map)
{
	u8 value[32];

	for (u32 key = 0; key < gen_maps[map].entries; key++) {
		some_value(map, key * 3, value);
		elem_update(in_linux, map, &key, value);
	}
}

/* A few of the keys that programs look for. */
static void reset_keyed(bool in_linux, u32 map)
{
	static const u8 keys[][8] = {
		{ 1 },
		{ 2 },
		{ 4 },
	};
	static const u8 prefixes[][8] = {
		{ 8, 0, 0, 0, 1 },
		{ 16, 0, 0, 0, 1, 0 },
		{ 0 },
	};
	const u8(*at)[8] = map == GEN_MAP_TRIE ? prefixes : keys;
	u8 key[8], value[32];

	while (!elem_next(in_linux, map, NULL, key))
		if (elem_delete(in_linux, map, key))
			break;
	for (u32 i = 0; i < 3; i++) {
		some_value(map, i + 7, value);
		elem_update(in_linux, map, at[i], value);
	}
}

static void reset_queue(bool in_linux, u32 map)
{
	u8 value[32];

	while (!elem_pop(in_linux, map, value))
		;
	for (u32 i = 0; i < 2; i++) {
		some_value(map, i, value);
		elem_update(in_linux, map, NULL, value);
	}
}

static struct contents *taker; /* of records */

static void maps_reset(bool in_linux, u32 used)
{
	for (u32 map = 0; map < GEN_NR_MAPS; map++) {
		if (!(used & (1u << map)))
			continue;
		switch (gen_maps[map].type) {
		case BPF_MAP_TYPE_ARRAY:
		case BPF_MAP_TYPE_PERCPU_ARRAY:
			reset_array(in_linux, map);
			break;
		case BPF_MAP_TYPE_QUEUE:
		case BPF_MAP_TYPE_STACK:
			reset_queue(in_linux, map);
			break;
		case BPF_MAP_TYPE_RINGBUF:
			taker = NULL;
			consume_ring(in_linux);
			break;
		case BPF_MAP_TYPE_BLOOM_FILTER:
		case BPF_MAP_TYPE_PROG_ARRAY:
		case BPF_MAP_TYPE_ARRAY_OF_MAPS:
			break;
		default:
			reset_keyed(in_linux, map);
		}
	}
}

/* What is there after it */

static void write_down(struct contents *c, const void *bytes, size_t nr)
{
	nr = min_t(size_t, nr, sizeof(c->at) - c->bytes);
	memcpy(c->at + c->bytes, bytes, nr);
	c->bytes += (u32)nr;
}

static int take_record(void *arg, const void *data, size_t size)
{
	(void)arg;
	if (taker) {
		write_down(taker, &size, 4);
		write_down(taker, data, size);
	}
	return 0;
}

static int take_linux_record(void *arg, void *data, size_t size)
{
	return take_record(arg, data, size);
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 40);
}

/* Keys with their values, in the order of their bytes. */
static void take_keyed(bool in_linux, u32 map, struct contents *c)
{
	u8 elem[64][40] = { 0 }, key[8];
	u32 nr = 0;

	for (const u8 *at = NULL; !elem_next(in_linux, map, at, key);
	     at = key) {
		if (nr == ARRAY_SIZE(elem))
			break;
		memcpy(elem[nr], key, gen_maps[map].key_size);
		elem_lookup(in_linux, map, key, elem[nr] + 8);
		nr++;
	}
	qsort(elem, nr, sizeof(elem[0]), by_bytes);
	write_down(c, elem, nr * sizeof(elem[0]));
}

static void take_queue(bool in_linux, u32 map, struct contents *c)
{
	u8 value[32];

	while (!elem_pop(in_linux, map, value))
		write_down(c, value, gen_maps[map].value_size);
}

static void maps_take(bool in_linux, u32 used, struct contents *c)
{
	c->bytes = 0;
	for (u32 map = 0; map < GEN_NR_MAPS; map++) {
		if (!(used & (1u << map)))
			continue;
		write_down(c, &map, 1);
		switch (gen_maps[map].type) {
		case BPF_MAP_TYPE_QUEUE:
		case BPF_MAP_TYPE_STACK:
			take_queue(in_linux, map, c);
			break;
		case BPF_MAP_TYPE_RINGBUF:
			taker = c;
			consume_ring(in_linux);
			break;
		case BPF_MAP_TYPE_BLOOM_FILTER:
		case BPF_MAP_TYPE_PROG_ARRAY:
		case BPF_MAP_TYPE_ARRAY_OF_MAPS:
			break;
		default:
			take_keyed(in_linux, map, c);
		}
	}
}

/* Making them */

static int make_own_map(u32 map)
{
	const struct gen_map *m = &gen_maps[map];
	struct weir_map_opts opts = {
		.sz = sizeof(opts),
		.type = m->type,
		.key_size = m->key_size,
		.value_size = m->value_size,
		.max_entries = m->entries,
		.name = m->name,
		.inner = map == GEN_MAP_OUTER ? own_maps[GEN_MAP_INNER] : NULL,
		.flags = map == GEN_MAP_TRIE ? BPF_F_NO_PREALLOC : 0,
	};

	own_maps[map] = weir_map__create(&opts);
	return own_maps[map] ? 0 : -errno;
}

static int make_linux_map(u32 map)
{
	const struct gen_map *m = &gen_maps[map];
	LIBBPF_OPTS(bpf_map_create_opts, opts,
		    .map_flags = map == GEN_MAP_TRIE ? BPF_F_NO_PREALLOC : 0);

	if (map == GEN_MAP_OUTER)
		opts.inner_map_fd = (u32)linux_maps[GEN_MAP_INNER];
	linux_maps[map] = bpf_map_create(m->type, m->name, m->key_size,
					 m->value_size, m->entries, &opts);
	return linux_maps[map] < 0 ? -errno : 0;
}

/*
 * What tail calls lead to: a plain return; a call through the array again; one
 * that counts in a map and returns; for Weir one that a guard may end.
 */
static u32 target_insns(enum weir_kind kind, u32 which, bool guards,
			struct bpf_insn *to)
{
	static const struct bpf_insn plain[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1001 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct bpf_insn again[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW,
		  .dst_reg = 2,
		  .src_reg = BPF_PSEUDO_MAP_IDX,
		  .imm = GEN_MAP_SOCKET_PROGS + (s32)kind - 1 },
		{ 0 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = 3,
		  .imm = (s32)which },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1002 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const struct bpf_insn count[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW,
		  .dst_reg = 1,
		  .src_reg = BPF_PSEUDO_MAP_IDX_VALUE,
		  .imm = GEN_MAP_ONE },
		{ .imm = 24 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_STX | BPF_ATOMIC | BPF_DW,
		  .dst_reg = 1,
		  .src_reg = 0,
		  .imm = BPF_ADD | BPF_FETCH },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct bpf_insn guarded[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W,
		  .dst_reg = 2,
		  .src_reg = 1,
		  .off = kind == WEIR_KIND_XDP
				 ? offsetof(struct xdp_md, data)
				 : offsetof(struct __sk_buff, data) },
		{ .code = BPF_LDX | BPF_MEM | BPF_B,
		  .dst_reg = 0,
		  .src_reg = 2,
		  .off = 40 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

#define GIVE(from)                      \
	memcpy(to, from, sizeof(from)); \
	return ARRAY_SIZE(from)
	if (which % NR_TARGETS == 1) {
		GIVE(again);
	} else if (which % NR_TARGETS == 2) {
		GIVE(count);
	} else if (which % NR_TARGETS == 3 && guards &&
		   kind != WEIR_KIND_SOCKET) {
		GIVE(guarded);
	}
	GIVE(plain);
#undef GIVE
}

/* The first four are interpreted; the rest compiled, where that can be. */
static int fill_own_array(enum weir_kind kind, bool vs_linux)
{
	u32 map = GEN_MAP_SOCKET_PROGS + (u32)kind - 1;

	for (u32 i = 0; i < 2 * NR_TARGETS; i++) {
		struct weir_load_opts opts = {
			.sz = sizeof(opts),
			.kind = kind,
			.engine = i < NR_TARGETS ? WEIR_ENGINE_INTERP
						 : WEIR_ENGINE_DEFAULT,
			.maps = own_maps,
			.nr_maps = GEN_NR_MAPS,
		};
		struct weir_program *prog;
		struct bpf_insn insns[8];
		int err;

		prog = weir_program__load(
			insns, target_insns(kind, i, !vs_linux, insns), &opts);
		if (!prog) {
			fprintf(stderr, "target %u: %s\n", i,
				opts.reject_detail);
			return -errno;
		}
		err = weir_map__set_program(own_maps[map], &i, 4, prog, 0);
		if (err)
			return err;
	}
	return 0;
}

static int maps_make(bool vs_linux)
{
	int err = 0;
	u32 i, zero = 0, one = 1;

	for (i = 0; i < GEN_NR_MAPS && !err; i++)
		err = make_own_map(i);
	if (err)
		return err;
	weir_map__set_map(own_maps[GEN_MAP_OUTER], &zero, 4,
			  own_maps[GEN_MAP_ARRAY], 0);
	weir_map__set_map(own_maps[GEN_MAP_OUTER], &one, 4,
			  own_maps[GEN_MAP_INNER], 0);
	own_ring = weir_ring_buffer__new(own_maps[GEN_MAP_RING], take_record,
					 NULL);
	if (!own_ring)
		return -errno;
	for (i = WEIR_KIND_SOCKET; i <= WEIR_KIND_XDP && !err; i++)
		err = fill_own_array((enum weir_kind)i, vs_linux);
	return err;
}

static int maps_make_linux(void)
{
	int err = 0;
	u32 i, zero = 0, one = 1;

	for (i = 0; i < GEN_NR_MAPS && !err; i++)
		err = make_linux_map(i);
	if (err)
		return err;
	bpf_map_update_elem(linux_maps[GEN_MAP_OUTER], &zero,
			    &linux_maps[GEN_MAP_ARRAY], 0);
	bpf_map_update_elem(linux_maps[GEN_MAP_OUTER], &one,
			    &linux_maps[GEN_MAP_INNER], 0);
	linux_ring = ring_buffer__new(linux_maps[GEN_MAP_RING],
				      take_linux_record, NULL, NULL);
	return linux_ring ? 0 : -errno;
}

/* Linux keeps what its targets are by their programs: those of fill_own_array. */
static int fill_linux_array(enum weir_kind kind)
{
	u32 map = GEN_MAP_SOCKET_PROGS + (u32)kind - 1;

	for (u32 i = 0; i < 2 * NR_TARGETS; i++) {
		struct gen_program p = { .kind = kind };
		int fd;

		p.nr = target_insns(kind, i, false, p.insns);
		fd = linux_load(&p);
		if (fd < 0 || bpf_map_update_elem(linux_maps[map], &i, &fd, 0))
			return fd < 0 ? fd : -errno;
	}
	return 0;
}

/* All there is to make, once. */
static int maps_begin(bool vs_linux)
{
	cpu_set_t set;
	int cpu = sched_getcpu(), err;

	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? 0 : cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	err = maps_make(vs_linux);
	if (err || !vs_linux)
		return err;
	err = maps_make_linux();
	for (u32 i = WEIR_KIND_SOCKET; i <= WEIR_KIND_XDP && !err; i++)
		err = fill_linux_array((enum weir_kind)i);
	return err;
}

/* What a saved case says of them. */
static void maps_declare(FILE *f, u32 used)
{
	static const char *const types[] = {
		[BPF_MAP_TYPE_ARRAY] = "array",
		[BPF_MAP_TYPE_HASH] = "hash",
		[BPF_MAP_TYPE_PERCPU_ARRAY] = "percpu_array",
		[BPF_MAP_TYPE_PERCPU_HASH] = "percpu_hash",
		[BPF_MAP_TYPE_LRU_HASH] = "lru_hash",
		[BPF_MAP_TYPE_LRU_PERCPU_HASH] = "lru_percpu_hash",
		[BPF_MAP_TYPE_LPM_TRIE] = "lpm_trie",
		[BPF_MAP_TYPE_QUEUE] = "queue",
		[BPF_MAP_TYPE_STACK] = "stack",
		[BPF_MAP_TYPE_BLOOM_FILTER] = "bloom_filter",
		[BPF_MAP_TYPE_RINGBUF] = "ringbuf",
		[BPF_MAP_TYPE_ARRAY_OF_MAPS] = "array_of_maps",
		[BPF_MAP_TYPE_PROG_ARRAY] = "prog_array",
	};

	if (!used)
		return;
	for (u32 i = 0; i < GEN_NR_MAPS; i++) {
		const struct gen_map *m = &gen_maps[i];

		/* all of them, so that indexes are what they were */
		fprintf(f,
			"map     %s type=%s key=%u value=%u entries=%u%s%s\n",
			m->name, types[m->type], m->key_size, m->value_size,
			m->entries,
			i == GEN_MAP_TRIE ? " flags=no_prealloc" : "",
			i == GEN_MAP_OUTER ? " inner=INNER" : "");
	}
	fprintf(f, "# used: 0x%x; what was in them: selftests/fuzz/maps.c\n",
		used);
}
