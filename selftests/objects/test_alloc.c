// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Objects and maps with each allocation made to fail in turn: an error and a
 * line of words, nothing kept. The linker puts our functions before malloc and
 * its family, for all calls from libweir; a sanitizer finds what is kept.
 */
#include <errno.h>
#include <stdint.h>
#include <linux/bpf.h>

#include "selftests/harness.h"
#include "tools/lib/libweir.h"

#define MAX_ALLOCS 20000

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t nr, size_t bytes);
void *__real_realloc(void *p, size_t bytes);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t nr, size_t bytes);
void *__wrap_realloc(void *p, size_t bytes);
char *__wrap_strdup(const char *text);

static unsigned long seen, fail_at; /* fail_at 0: none */

static bool fails(void)
{
	if (++seen != fail_at)
		return false;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t bytes)
{
	return fails() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t nr, size_t bytes)
{
	return fails() ? NULL : __real_calloc(nr, bytes);
}

void *__wrap_realloc(void *p, size_t bytes)
{
	return fails() ? NULL : __real_realloc(p, bytes);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

/* What is tried. Return: 0, or the errno with which it gave up. */
static int object(const char *path)
{
	struct weir_object_opts opts = { .sz = sizeof(opts) };
	struct weir_load_opts load = { .sz = sizeof(load) };
	struct weir_object *obj = weir_object__open_file(path, &opts);
	struct weir_program *prog = NULL;
	int err;

	if (!obj)
		return opts.error[0] ? errno : -1;
	while ((prog = weir_object__next_program(obj, prog)) != NULL)
		if (!weir_program__kind(prog))
			weir_program__set_autoload(prog, false);
	err = -weir_object__load(obj, &load);
	if (err && !load.reject_detail[0])
		err = -1;
	prog = weir_object__next_program(obj, NULL);
	if (!err && weir_program__fd(prog) == -1) {
		struct weir_run_opts run = { .sz = sizeof(run) };

		err = -weir_program__run(prog, &run);
	}
	weir_object__close(obj);
	return err;
}

/* Types, and what is not usual about their definitions. */
static const struct shape {
	const char *type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t flags;
} shapes[] = {
	{ "array", 4, 8, 0 },
	{ "array", 4, 8, BPF_F_MMAPABLE },
	{ "percpu_array", 4, 8, 0 },
	{ "hash", 4, 8, 0 },
	{ "hash", 4, 8, BPF_F_NO_PREALLOC },
	{ "percpu_hash", 4, 8, 0 },
	{ "percpu_hash", 4, 8, BPF_F_NO_PREALLOC },
	{ "lru_hash", 4, 8, 0 },
	{ "lru_percpu_hash", 4, 8, 0 },
	{ "lpm_trie", 8, 8, BPF_F_NO_PREALLOC },
	{ "queue", 0, 8, 0 },
	{ "stack", 0, 8, 0 },
	{ "bloom_filter", 0, 8, 0 },
	{ "prog_array", 4, 4, 0 },
	{ "ringbuf", 0, 0, 0 },
	{ "perf_event_array", 4, 4, 0 },
};

#define NR_SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static struct weir_map_handle *create(const struct shape *shape,
				      struct weir_map_opts *opts)
{
	*opts = (struct weir_map_opts){
		.sz = sizeof(*opts),
		.type = weir_map__type_by_name(shape->type),
		.key_size = shape->key_size,
		.value_size = shape->value_size,
		.flags = shape->flags,
		.max_entries = 4096,
		.name = "map",
	};
	return weir_map__create(opts);
}

static int take_nothing(void *arg, const void *data, size_t size)
{
	(void)arg;
	(void)data;
	(void)size;
	return 0;
}

static int read_ring(struct weir_map_handle *map)
{
	struct weir_ring_buffer *rb;

	errno = 0;
	rb = weir_ring_buffer__new(map, take_nothing, NULL);
	if (!rb)
		return errno ? errno : -1;
	weir_ring_buffer__free(rb);
	return 0;
}

/*
 * Two values of an element, of which the second may not come to be: then the
 * first is there.
 */
static int change(struct weir_map_handle *map, const struct shape *shape)
{
	uint32_t key[2] = { 32, 7 };
	uint8_t value[4096] = { 0 }, is[4096] = { 0 };
	size_t bytes = weir_map__value_bytes(map);
	int err, second;

	if (!shape->key_size)
		return -weir_map__update_elem(map, NULL, 0, value, bytes, 0);
	err = -weir_map__update_elem(map, key, shape->key_size, value, bytes,
				     0);
	if (err)
		return err;
	memset(value, 1, bytes);
	second = -weir_map__update_elem(map, key, shape->key_size, value, bytes,
					0);
	if (second)
		memset(value, 0, bytes);
	err = -weir_map__lookup_elem(map, key, shape->key_size, is, bytes, 0);
	if (err == ENOMEM || (!err && !memcmp(is, value, bytes)))
		return second ? second : err;
	return -1;
}

static int map(const char *number)
{
	const struct shape *shape = &shapes[atoi(number)];
	struct weir_map_opts opts;
	struct weir_map_handle *map = create(shape, &opts);
	int err = 0;

	if (!map)
		return opts.error[0] ? errno : -1;
	if (!strcmp(shape->type, "ringbuf") ||
	    !strcmp(shape->type, "perf_event_array"))
		err = read_ring(map);
	else if (strcmp(shape->type, "prog_array"))
		err = change(map, shape);
	weir_map__close(map);
	return err;
}

/* A filter from its text to its run. */
static int filter(const char *expr)
{
	struct weir_load_opts load = { .sz = sizeof(load) };
	struct weir_run_opts run = { .sz = sizeof(run) };
	struct weir_program *prog;
	struct sock_filter *insns;
	char why[256] = "";
	size_t nr;
	int err;

	/* 1: Ethernet. libpcap's own memory is not ours to fail. */
	err = -weir_expr__compile(expr, 1, 65535, &insns, &nr, why,
				  sizeof(why));
	if (err)
		return why[0] ? err : -1;
	prog = weir_program__load_classic(insns, nr, &load);
	err = prog ? -weir_program__run(prog, &run) : errno;
	if (!prog && !load.reject_detail[0])
		err = -1;
	weir_program__free(prog);
	free(insns);
	return err;
}

/* Fail the first, the second ... until nothing fails. */
static void each(const char *name, int (*try)(const char *arg), const char *arg)
{
	bool good = true;
	int err;

	fail_at = 0;
	err = try(arg);
	if (!ksft_test_result(!err, "%s: good with all memory\n", name)) {
		ksft_print_msg("%s\n", strerror(err));
		return;
	}
	for (unsigned long n = 1; n < MAX_ALLOCS; n++) {
		seen = 0;
		fail_at = n;
		err = try(arg);
		if (seen < n)
			break;
		if (err != ENOMEM && err) {
			ksft_print_msg("allocation %lu: %d %s\n", n, err,
				       strerror(err));
			good = false;
		}
	}
	fail_at = 0;
	ksft_test_result(good && seen > 2, "%s: each allocation fails\n", name);
}

int main(void)
{
	static const char *const objects[] = { "calls",	 "data",   "maps",
					       "legacy", "values", "callback" };
	char path[64], name[64], number[16];

	ksft_print_header();
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		snprintf(path, sizeof(path), "build/objects/%s.o", objects[i]);
		each(objects[i], object, path);
	}
	for (size_t i = 0; i < NR_SHAPES; i++) {
		snprintf(number, sizeof(number), "%zu", i);
		snprintf(name, sizeof(name), "%s%s", shapes[i].type,
			 !shapes[i].flags		     ? ""
			 : shapes[i].flags == BPF_F_MMAPABLE ? ", mapped"
							     : ", as needed");
		each(name, map, number);
	}
	each("filter", filter, "tcp port 80 or ip6");
	return ksft_finished();
}
