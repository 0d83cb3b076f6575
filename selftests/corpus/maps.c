// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What maps hold before a run, and whether two engines left the same in them.
 * Included by run_corpus.c.
 */
#define MAX_ELEMENTS 64
#define MAX_ELEM_BYTES 8192

struct element {
	char program[32];
	char map[32];
	uint32_t key_size;
	uint32_t value_size;
	uint8_t key[64];
	uint8_t value[64];
	bool self;
	bool varies;
};

static struct element elements[MAX_ELEMENTS];
static size_t nr_elements;

static uint32_t unhex(const char *hex, uint8_t *out)
{
	uint32_t nr = 0;
	char pair[3] = "";

	for (; hex[0] && hex[1] && hex[0] != '\n'; hex += 2) {
		memcpy(pair, hex, 2);
		out[nr++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return nr;
}

static void read_elements(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[512], key[128], value[128];

	if (!f)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		struct element *e = &elements[nr_elements];
		int nr = sscanf(line, "%31s %31s %127s %127s", e->program,
				e->map, key, value);

		if (*line == '#' || nr < 3)
			continue;
		if (nr_elements + 1 == MAX_ELEMENTS)
			ksft_exit_fail_msg("%s: too long\n", path);
		nr_elements++;
		e->varies = !strcmp(key, "varies");
		e->self = !e->varies && !strcmp(value, "self");
		if (e->varies)
			continue;
		e->key_size = unhex(key, e->key);
		if (!e->self)
			e->value_size = unhex(value, e->value);
	}
	fclose(f);
}

static bool is_of(const struct element *e, const struct object *o)
{
	size_t len = strlen(e->program);

	return !strncmp(e->program, o->name, len) && o->name[len] == '.';
}

static int fill_weir(const struct engine *g, const struct element *e)
{
	struct weir_map_handle *map =
		weir_object__find_map_by_name(g->obj, e->map);

	if (!map)
		return -ENOENT;
	if (e->self)
		return weir_map__set_program(map, e->key, e->key_size, g->prog,
					     0);
	return weir_map__update_elem(map, e->key, e->key_size, e->value,
				     e->value_size, 0);
}

static int fill_linux(const struct engine *g, const struct element *e)
{
	int fd = bpf_object__find_map_fd_by_name(g->linux_obj, e->map);

	if (fd < 0)
		return fd;
	return bpf_map_update_elem(
		fd, e->key, e->self ? (const void *)&g->linux_fd : e->value, 0);
}

/* The elements that an object's maps start with. */
static bool fill_maps(const struct object *o, const struct engine *g)
{
	for (size_t i = 0; i < nr_elements; i++) {
		const struct element *e = &elements[i];
		int err;

		if (!is_of(e, o) || e->varies)
			continue;
		err = g->obj ? fill_weir(g, e) : fill_linux(g, e);
		if (!err)
			continue;
		ksft_print_msg("%s: %s: map %s: %s\n", o->name, g->name, e->map,
			       strerror(-err));
		return false;
	}
	return true;
}

static bool map_varies(const struct object *o, const char *map)
{
	for (size_t i = 0; i < nr_elements; i++)
		if (elements[i].varies && is_of(&elements[i], o) &&
		    !strcmp(elements[i].map, map))
			return true;
	return false;
}

/* Of a per-CPU map the sum over CPUs, word by word: who ran where is chance. */
static void sum_cpus(uint64_t *words, size_t bytes, size_t each)
{
	size_t nr = (each + 7) / 8;

	for (size_t i = nr; i < bytes / 8; i++)
		words[i % nr] += words[i];
}

/* An element as @g has it; @each bytes, or whole words summed over CPUs. */
static int lookup(const struct engine *g, const char *name, bool percpu,
		  const struct weir_map_info *info, const void *key,
		  uint64_t *value)
{
	size_t bytes = MAX_ELEM_BYTES;
	struct weir_map_handle *map;
	int err;

	memset(value, 0, MAX_ELEM_BYTES);
	if (g->obj) {
		map = weir_object__find_map_by_name(g->obj, name);
		bytes = weir_map__value_bytes(map);
		err = weir_map__lookup_elem(map, key, info->key_size, value,
					    bytes, 0);
	} else {
		err = bpf_map_lookup_elem(
			bpf_object__find_map_fd_by_name(g->linux_obj, name),
			key, value);
	}
	if (percpu)
		sum_cpus(value, bytes, info->value_size);
	return err;
}

static bool map_differs(const struct object *o, const struct engine *a,
			const struct engine *b, struct weir_map_handle *map,
			bool *written)
{
	static uint64_t x[MAX_ELEM_BYTES / 8], y[MAX_ELEM_BYTES / 8];
	static const uint64_t zero[MAX_ELEM_BYTES / 8];
	struct weir_map_info info = { .size = sizeof(info) };
	const char *name = weir_map__name(map);
	uint8_t key[64], next[64];
	const void *at = NULL;
	bool percpu;

	if (weir_map__info(map, &info) || info.key_size > sizeof(key) ||
	    !info.key_size || weir_map__value_bytes(map) > MAX_ELEM_BYTES)
		return false;
	percpu = info.type == BPF_MAP_TYPE_PERCPU_ARRAY ||
		 info.type == BPF_MAP_TYPE_PERCPU_HASH;
	while (!weir_map__get_next_key(map, at, next, info.key_size)) {
		at = memcpy(key, next, sizeof(key));
		if (info.type == BPF_MAP_TYPE_PROG_ARRAY)
			continue; /* holds numbers of programs */
		if (lookup(a, name, percpu, &info, key, x))
			continue;
		*written |= !!memcmp(x, zero, info.value_size);
		if (!lookup(b, name, percpu, &info, key, y) &&
		    !memcmp(x, y, info.value_size))
			continue;
		ksft_print_msg("%s: map %s: an element differs\n", o->name,
			       name);
		return true;
	}
	return false;
}

/* After the runs: all maps, by what @a has in them. */
static bool maps_differ(const struct object *o, const struct engine *a,
			const struct engine *b, bool *written)
{
	struct weir_map_handle *map = NULL;
	bool differs = false;

	while ((map = weir_object__next_map(a->obj, map))) {
		if (map_varies(o, weir_map__name(map)))
			*written = true;
		else
			differs |= map_differs(o, a, b, map, written);
	}
	return differs;
}
