// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * map_ops OBJECT [--json]: what operations on maps cost programs, in Weir's
 * module and in the running Linux, for a booted kernel with /dev/weir. Each
 * program of OBJECT (tools/bench/maps/) does one operation in a loop; the least
 * of some runs counts, less that of the program that only makes the keys.
 *
 * Where time counts instructions (boot --icount) the numbers are instructions.
 * The status is 1 if an operation of Weir's takes more than --at-most times as
 * long as Linux's.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "tools/lib/libweir.h"

#define ROUNDS 100 /* as in tools/bench/maps/map_programs.c */
#define KEYS 1024
#define RUNS 20
#define VALUE_BYTES 16
#define MAX_CPUS 64

static const uint8_t packet[64];

/* Maps that are full of keys; what wide keys and prefixes look like. */
static const struct filled {
	const char *name;
	uint32_t key_bytes;
	bool per_cpu;
} filled[] = {
	{ "array", 4, false },	    { "percpu_array", 4, true },
	{ "hash", 4, false },	    { "hash_wide", 16, false },
	{ "percpu_hash", 4, true }, { "lru", 4, false },
	{ "lru_full", 4, false },   { "trie", 8, false },
};

#define NR_FILLED (sizeof(filled) / sizeof(filled[0]))

struct engine {
	const char *name;
	double (*run)(const char *program);
	int (*update)(const char *map, const void *key, size_t key_bytes,
		      const void *value, size_t value_bytes);
};

static struct weir_object *ours;
static struct bpf_object *theirs;

static void die(const char *what, int err)
{
	fprintf(stderr, "map_ops: %s: %s\n", what, strerror(err));
	exit(2);
}

/* Nanoseconds of one run, or < 0. */
static double run_ours(const char *name)
{
	struct weir_program *prog =
		weir_object__find_program_by_name(ours, name);
	struct weir_run_opts opts = { .sz = sizeof(opts),
				      .data = packet,
				      .data_size = sizeof(packet),
				      .repeat = 1 };

	if (!prog || weir_program__run(prog, &opts) || opts.verdict != XDP_PASS)
		return -1;
	return (double)opts.duration_ns;
}

static double run_theirs(const char *name)
{
	struct bpf_program *prog =
		bpf_object__find_program_by_name(theirs, name);
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
		    .data_size_in = sizeof(packet), .repeat = 1);

	if (!prog || bpf_prog_test_run_opts(bpf_program__fd(prog), &opts) ||
	    opts.retval != XDP_PASS)
		return -1;
	return opts.duration;
}

static int update_ours(const char *map, const void *key, size_t key_bytes,
		       const void *value, size_t value_bytes)
{
	struct weir_map_handle *m = weir_object__find_map_by_name(ours, map);

	return m ? weir_map__update_elem(m, key, key_bytes, value, value_bytes,
					 0)
		 : -ENOENT;
}

static int update_theirs(const char *map, const void *key, size_t key_bytes,
			 const void *value, size_t value_bytes)
{
	struct bpf_map *m = bpf_object__find_map_by_name(theirs, map);

	if (!m)
		return -ENOENT;
	return bpf_map__update_elem(m, key, key_bytes, value, value_bytes, 0);
}

static const struct engine engines[] = {
	{ "weir", run_ours, update_ours },
	{ "linux", run_theirs, update_theirs },
};

/* The keys that programs look for; a trie's are whole addresses. */
static void make_key(const struct filled *map, uint32_t i, uint32_t key[4])
{
	key[0] = i;
	key[1] = 1;
	key[2] = 2;
	key[3] = 3;
	if (strcmp(map->name, "trie"))
		return;
	key[0] = i % 4 ? 24 : 32;
	key[1] = htonl(i << 16 | (i % 4 ? 0 : 77));
}

static void fill(const struct engine *engine, const struct filled *map)
{
	uint8_t value[VALUE_BYTES * MAX_CPUS] = { 0 };
	size_t bytes = VALUE_BYTES;
	uint32_t key[4];

	if (map->per_cpu)
		bytes *= (size_t)libbpf_num_possible_cpus();
	if (bytes > sizeof(value))
		die("too many CPUs", E2BIG);
	for (uint32_t i = 0; i < KEYS; i++) {
		int err;

		make_key(map, i, key);
		err = engine->update(map->name, key, map->key_bytes, value,
				     bytes);
		if (err)
			die(map->name, -err);
	}
}

static void load(const char *path)
{
	struct weir_object_opts opts = { .sz = sizeof(opts) };
	struct weir_load_opts how = { .sz = sizeof(how),
				      .backend = WEIR_BACKEND_DEVICE };

	ours = weir_object__open_file(path, &opts);
	if (!ours) {
		fprintf(stderr, "map_ops: %s\n", opts.error);
		exit(2);
	}
	if (weir_object__load(ours, &how)) {
		fprintf(stderr, "map_ops: %s: %s\n", how.reject_program,
			how.reject_detail);
		exit(2);
	}
	libbpf_set_print(NULL);
	theirs = bpf_object__open(path);
	if (!theirs || bpf_object__load(theirs))
		die("bpf()", errno);
	for (size_t e = 0; e < 2; e++)
		for (size_t i = 0; i < NR_FILLED; i++)
			fill(&engines[e], &filled[i]);
}

/* Interrupts only add. */
static double least(const struct engine *engine, const char *program)
{
	double best = -1;

	for (int i = 0; i < RUNS; i++) {
		double ns = engine->run(program);

		if (ns < 0)
			die(program, EIO);
		if (best < 0 || ns < best)
			best = ns;
	}
	return best;
}

static bool is_wide(const char *program)
{
	return strstr(program, "_wide");
}

/* Of one operation. */
static double cost(const struct engine *engine, const char *program)
{
	const char *base = is_wide(program) ? "base_wide" : "base";

	return (least(engine, program) - least(engine, base)) / ROUNDS;
}

int main(int argc, char **argv)
{
	struct bpf_program *prog;
	double limit = 0;
	int status = 0;

	if (argc == 4 && !strcmp(argv[2], "--at-most"))
		limit = atof(argv[3]);
	else if (argc != 2) {
		fprintf(stderr, "usage: map_ops OBJECT [--at-most RATIO]\n");
		return 2;
	}
	load(argv[1]);
	printf("%-20s%10s%10s%8s\n", "operation", "weir", "linux", "ratio");
	bpf_object__for_each_program(prog, theirs)
	{
		const char *name = bpf_program__name(prog);
		double we, they;

		if (!strncmp(name, "base", 4))
			continue;
		we = cost(&engines[0], name);
		they = cost(&engines[1], name);
		printf("%-20s%10.1f%10.1f%8.2f\n", name, we, they,
		       they > 0 ? we / they : 0);
		if (limit > 0 && we > limit * they)
			status = 1;
	}
	bpf_object__close(theirs);
	weir_object__close(ours);
	return status;
}
