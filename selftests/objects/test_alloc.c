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

static int map(const char *type)
{
	struct weir_map_opts opts = {
		.sz = sizeof(opts),
		.type = weir_map__type_by_name(type),
		.key_size = 4,
		.value_size = 8,
		.max_entries = 64,
		.name = "map",
	};
	struct weir_map_handle *map = weir_map__create(&opts);
	uint32_t key = 1;
	uint8_t value[4096] = { 0 };
	int err;

	if (!map)
		return opts.error[0] ? errno : -1;
	err = -weir_map__update_elem(map, &key, sizeof(key), value,
				     weir_map__value_bytes(map), 0);
	weir_map__close(map);
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
	ksft_test_result(good && seen > 3, "%s: each allocation fails\n", name);
}

int main(void)
{
	static const char *const objects[] = { "calls",	 "data",   "maps",
					       "legacy", "values", "callback" };
	static const char *const types[] = { "hash", "array", "lru_hash",
					     "percpu_hash", "percpu_array" };
	char path[64];

	ksft_print_header();
	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		snprintf(path, sizeof(path), "build/objects/%s.o", objects[i]);
		each(objects[i], object, path);
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		each(types[i], map, types[i]);
	return ksft_finished();
}
