// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a case's program finds around it: its maps, and the programs for its tail
 * calls. Made anew for each engine; what is in the maps at the end is written
 * down as text, so that engines can be compared. Included by run_cases.c, whose
 * struct how and complain() it uses.
 */
#include <sched.h>
#include "tools/lib/map.h"

#define MAX_RECORDS 256

/* What a ring buffer gave, in order. */
struct records {
	struct weir_ring_buffer *reader;
	struct case_bytes record[MAX_RECORDS];
	size_t nr;
	size_t nr_expected; /* of those, that the case has asked for */
};

struct world {
	const struct case_file *c;
	struct weir_map_handle *map[CASE_MAX_MAPS];
	struct records records[CASE_MAX_MAPS];
	struct weir_program *program[CASE_MAX_PROGRAMS];
	struct weir_program *main;
};

static uint32_t type_of(const struct world *w, size_t map)
{
	return w->c->maps[map].create.type;
}

static bool is_ring(uint32_t type)
{
	return type == BPF_MAP_TYPE_RINGBUF ||
	       type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

/* Does it hold programs or maps? */
static bool is_of_objects(uint32_t type)
{
	return type == BPF_MAP_TYPE_PROG_ARRAY ||
	       type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
	       type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static bool is_queue(uint32_t type)
{
	return type == BPF_MAP_TYPE_QUEUE || type == BPF_MAP_TYPE_STACK;
}

/* Per-CPU maps of a case's engine: so that all runs find the same values. */
static void stay_on_cpu(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? 0 : cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* This CPU's value among those of all. */
static uint8_t *own_value(const struct world *w, size_t map, uint8_t *values)
{
	uint32_t size = w->c->maps[map].create.value_size;

	if (!map_type_is_percpu(type_of(w, map)))
		return values;
	return values + (size_t)sched_getcpu() * ALIGN(size, 8);
}

static int take_record(void *arg, const void *data, size_t size)
{
	struct records *r = arg;

	if (r->nr == MAX_RECORDS)
		return -E2BIG;
	r->record[r->nr].at = malloc(size + 1);
	memcpy(r->record[r->nr].at, data, size);
	r->record[r->nr++].size = (uint32_t)size;
	return 0;
}

static bool make_map(const struct how *how, struct world *w, size_t i)
{
	const struct case_map *m = &w->c->maps[i];
	struct weir_map_opts opts = {
		.sz = sizeof(opts),
		.backend = device ? WEIR_BACKEND_DEVICE : WEIR_BACKEND_PROCESS,
		.type = m->create.type,
		.key_size = m->create.key_size,
		.value_size = m->create.value_size,
		.max_entries = m->create.max_entries,
		.flags = m->create.flags,
		.map_extra = m->create.map_extra,
		.inner = m->inner >= 0 ? w->map[m->inner] : NULL,
		.has_lock = m->create.lock_off != WEIR_NO_FIELD,
		.lock_off = m->create.lock_off,
		.has_timer = m->create.timer_off != WEIR_NO_FIELD,
		.timer_off = m->create.timer_off,
		.name = m->create.name,
	};

	w->map[i] = weir_map__create(&opts);
	if (!w->map[i])
		return complain(how, "line %u: map %s: %s", m->line,
				m->create.name, opts.error);
	if (!is_ring(m->create.type))
		return true;
	w->records[i].reader =
		weir_ring_buffer__new(w->map[i], take_record, &w->records[i]);
	if (!w->records[i].reader)
		return complain(how, "line %u: no reader of %s: %s", m->line,
				m->create.name, strerror(errno));
	return true;
}

/* A value of the case as the library wants it. */
static int put_value(struct world *w, const struct case_elem *e)
{
	size_t bytes = weir_map__value_bytes(w->map[e->map]);
	uint32_t size = w->c->maps[e->map].create.value_size;
	uint8_t *value;
	int err;

	if (e->value.size != size)
		return -EINVAL;
	value = calloc(1, bytes);
	for (size_t at = 0; at + size <= bytes; at += ALIGN(size, 8))
		memcpy(value + at, e->value.at, size);
	err = weir_map__update_elem(w->map[e->map], e->key.at, e->key.size,
				    value, bytes, BPF_ANY);
	free(value);
	return err;
}

static struct weir_program *find_program(const struct world *w,
					 const char *name)
{
	for (size_t i = 0; i < w->c->nr_programs; i++)
		if (!strcmp(w->c->programs[i].name, name))
			return w->program[i];
	return strcmp(name, "main") ? NULL : w->main;
}

/* An element that is a program or a map. */
static int put_object(struct world *w, const struct case_elem *e)
{
	struct weir_map_handle *map = w->map[e->map];
	struct weir_program *prog;

	if (type_of(w, e->map) == BPF_MAP_TYPE_PROG_ARRAY) {
		prog = find_program(w, e->name);
		return prog ? weir_map__set_program(map, e->key.at, e->key.size,
						    prog, BPF_ANY)
			    : -ENOENT;
	}
	for (size_t i = 0; i < w->c->nr_maps; i++)
		if (!strcmp(w->c->maps[i].create.name, e->name))
			return weir_map__set_map(map, e->key.at, e->key.size,
						 w->map[i], BPF_ANY);
	return -ENOENT;
}

/* Those with values, or those with objects. */
static bool put_elems(const struct how *how, struct world *w, bool objects)
{
	int err;

	for (size_t i = 0; i < w->c->nr_elems; i++) {
		const struct case_elem *e = &w->c->elems[i];

		if (!e->name == objects)
			continue;
		err = objects ? put_object(w, e) : put_value(w, e);
		if (err)
			return complain(how, "line %u: element: %s", e->line,
					strerror(-err));
	}
	return true;
}

static bool freeze_maps(const struct how *how, struct world *w)
{
	for (size_t i = 0; i < w->c->nr_maps; i++) {
		int err = w->c->maps[i].frozen ? weir_map__freeze(w->map[i])
					       : 0;

		if (err)
			return complain(how, "line %u: freeze: %s",
					w->c->maps[i].line, strerror(-err));
	}
	return true;
}

/* Maps with their values, before any program is loaded. */
static bool world_make(const struct how *how, struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->c = how->c;
	for (size_t i = 0; i < w->c->nr_maps; i++)
		if (!make_map(how, w, i))
			return false;
	return put_elems(how, w, false) && freeze_maps(how, w);
}

static void world_free(struct world *w)
{
	for (size_t i = 0; i < w->c->nr_programs; i++)
		weir_program__free(w->program[i]);
	for (size_t i = 0; i < w->c->nr_maps; i++) {
		struct records *r = &w->records[i];

		weir_ring_buffer__free(r->reader);
		for (size_t k = 0; k < r->nr; k++)
			free(r->record[k].at);
	}
	for (size_t i = w->c->nr_maps; i-- > 0;)
		weir_map__close(w->map[i]);
}

/*
 * Expectations
 */

static void consume(struct world *w, size_t map)
{
	if (w->records[map].reader)
		weir_ring_buffer__consume(w->records[map].reader);
}

/* What is there where the case looks; false: nothing. */
static bool look(struct world *w, const struct case_elem *e,
		 struct case_bytes *got)
{
	size_t bytes = weir_map__value_bytes(w->map[e->map]);
	struct records *r = &w->records[e->map];
	uint8_t *values;
	int err;

	*got = (struct case_bytes){ 0 };
	if (is_ring(type_of(w, e->map))) {
		consume(w, e->map);
		if (r->nr_expected == r->nr)
			return false;
		*got = r->record[r->nr_expected++];
		got->at = memcpy(malloc(got->size + 1), got->at, got->size);
		return true;
	}
	values = calloc(1, bytes + 1);
	if (type_of(w, e->map) == BPF_MAP_TYPE_BLOOM_FILTER && e->value.at)
		memcpy(values, e->value.at, e->value.size);
	err = weir_map__lookup_elem(w->map[e->map], e->key.at, e->key.size,
				    values, bytes, 0);
	if (!err) {
		got->size = w->c->maps[e->map].create.value_size;
		got->at = malloc(got->size + 1);
		memcpy(got->at, own_value(w, e->map, values), got->size);
	}
	free(values);
	return !err;
}

static void hex_of(const struct case_bytes *b, char *text, size_t size)
{
	size_t len = 0;

	text[0] = 0;
	for (uint32_t i = 0; i < b->size && len + 3 < size; i++)
		len += (size_t)snprintf(text + len, size - len, "%02x",
					b->at[i]);
}

static bool check_elem(const struct how *how, struct world *w,
		       const struct case_elem *e)
{
	const char *name = w->c->maps[e->map].create.name;
	struct case_bytes got;
	char is[160], want[160];
	bool found = look(w, e, &got);
	bool ok = found ? e->value.at && got.size == e->value.size &&
				  !memcmp(got.at, e->value.at, got.size)
			: !e->value.at;

	hex_of(&got, is, sizeof(is));
	hex_of(&e->value, want, sizeof(want));
	free(got.at);
	return ok ||
	       complain(how, "line %u: %s has %s, not %s", e->line, name,
			found ? is : "nothing", e->value.at ? want : "nothing");
}

/* What the case expects behind run number @run, counted from 1. */
static bool check_elems(const struct how *how, struct world *w, size_t run)
{
	bool ok = true;

	for (size_t i = 0; i < w->c->nr_expects; i++)
		if (w->c->expects[i].run == run)
			ok &= check_elem(how, w, &w->c->expects[i]);
	return ok;
}

/*
 * The whole contents as text
 */

static void dump_bytes(FILE *out, const uint8_t *at, size_t size)
{
	for (size_t i = 0; i < size; i++)
		fprintf(out, "%02x", at[i]);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Elements in the order of their keys: maps have them in none. */
static void dump_elems(FILE *out, struct world *w, size_t map)
{
	uint32_t key_size = w->c->maps[map].create.key_size;
	size_t bytes = weir_map__value_bytes(w->map[map]), nr = 0, size;
	uint8_t *key = calloc(2, key_size + 1), *next = key + key_size;
	uint8_t *value = calloc(1, bytes + 1);
	char **line = NULL;
	bool first = true;

	while (!weir_map__get_next_key(w->map[map], first ? NULL : key, next,
				       key_size)) {
		FILE *f;

		first = false;
		memcpy(key, next, key_size);
		if (weir_map__lookup_elem(w->map[map], key, key_size, value,
					  bytes, 0))
			continue;
		line = realloc(line, (nr + 1) * sizeof(*line));
		f = open_memstream(&line[nr++], &size);
		dump_bytes(f, key, key_size);
		fputc('=', f);
		dump_bytes(f, value, bytes);
		fclose(f);
	}
	if (nr)
		qsort(line, nr, sizeof(*line), by_text);
	for (size_t i = 0; i < nr; i++) {
		fprintf(out, " %s", line[i]);
		free(line[i]);
	}
	free(line);
	free(key);
	free(value);
}

static void dump_queue(FILE *out, struct world *w, size_t map)
{
	size_t bytes = weir_map__value_bytes(w->map[map]);
	uint8_t *value = calloc(1, bytes + 1);

	while (!weir_map__lookup_and_delete_elem(w->map[map], NULL, 0, value,
						 bytes, 0)) {
		fputc(' ', out);
		dump_bytes(out, value, bytes);
	}
	free(value);
}

static void dump_ring(FILE *out, struct world *w, size_t map)
{
	const struct records *r = &w->records[map];

	consume(w, map);
	for (size_t i = 0; i < r->nr; i++) {
		fputc(' ', out);
		dump_bytes(out, r->record[i].at, r->record[i].size);
	}
}

/* Takes out of queues what is in them: the last thing to do. */
static char *world_dump(struct world *w)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (size_t i = 0; i < w->c->nr_maps; i++) {
		uint32_t type = type_of(w, i);

		fprintf(out, "%s:", w->c->maps[i].create.name);
		if (is_ring(type))
			dump_ring(out, w, i);
		else if (is_queue(type))
			dump_queue(out, w, i);
		else if (!is_of_objects(type) &&
			 type != BPF_MAP_TYPE_BLOOM_FILTER)
			dump_elems(out, w, i);
		fputc('\n', out);
	}
	fclose(out);
	return text;
}

/* Every engine must leave what the first one left. */
static bool check_dump(const struct how *how, struct world *w)
{
	static char *first;
	char *now = world_dump(w);
	bool ok;

	if (!first) {
		first = now;
		return true;
	}
	ok = !strcmp(first, now);
	if (!ok)
		complain(how, "maps end as\n%s# and not as\n%s", now, first);
	free(now);
	return ok;
}
