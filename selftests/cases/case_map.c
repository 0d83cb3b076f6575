// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The lines of a text case that are about maps, and about the programs that
 * maps name. Included by case.c.
 */
#include "selftests/cases/case_words.h"

static const struct {
	const char *name;
	enum bpf_map_type type;
	uint8_t key, value; /* sizes unless the case gives others */
} map_types[] = {
	{ "array", BPF_MAP_TYPE_ARRAY, 4, 8 },
	{ "hash", BPF_MAP_TYPE_HASH, 4, 8 },
	{ "percpu_array", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8 },
	{ "percpu_hash", BPF_MAP_TYPE_PERCPU_HASH, 4, 8 },
	{ "lru_hash", BPF_MAP_TYPE_LRU_HASH, 4, 8 },
	{ "lru_percpu_hash", BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8 },
	{ "lpm_trie", BPF_MAP_TYPE_LPM_TRIE, 8, 8 },
	{ "prog_array", BPF_MAP_TYPE_PROG_ARRAY, 4, 4 },
	{ "perf_event_array", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4 },
	{ "array_of_maps", BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4 },
	{ "hash_of_maps", BPF_MAP_TYPE_HASH_OF_MAPS, 4, 4 },
	{ "queue", BPF_MAP_TYPE_QUEUE, 0, 8 },
	{ "stack", BPF_MAP_TYPE_STACK, 0, 8 },
	{ "bloom_filter", BPF_MAP_TYPE_BLOOM_FILTER, 0, 8 },
	{ "ringbuf", BPF_MAP_TYPE_RINGBUF, 0, 0 },
};

static const struct {
	const char *name;
	uint32_t bit;
} map_flags[] = {
	{ "no_prealloc", BPF_F_NO_PREALLOC },
	{ "no_common_lru", BPF_F_NO_COMMON_LRU },
	{ "rdonly", BPF_F_RDONLY },
	{ "wronly", BPF_F_WRONLY },
	{ "zero_seed", BPF_F_ZERO_SEED },
	{ "rdonly_prog", BPF_F_RDONLY_PROG },
	{ "wronly_prog", BPF_F_WRONLY_PROG },
	{ "mmapable", BPF_F_MMAPABLE },
	{ "inner_map", BPF_F_INNER_MAP },
};

static int find_map(const struct reader *r, const char *name)
{
	for (size_t i = 0; name && i < r->c->nr_maps; i++)
		if (!strcmp(r->c->maps[i].create.name, name))
			return (int)i;
	return -1;
}

static void map_type(struct reader *r, struct case_map *m, const char *name)
{
	for (size_t i = 0; i < sizeof(map_types) / sizeof(map_types[0]); i++) {
		if (strcmp(map_types[i].name, name))
			continue;
		m->create.type = map_types[i].type;
		m->create.key_size = map_types[i].key;
		m->create.value_size = map_types[i].value;
		return;
	}
	fail(r, "no map type '%s'", name);
}

/* "no_prealloc,rdonly_prog", or a number */
static uint32_t flags_by_name(struct reader *r, const char *names)
{
	uint32_t flags = 0;

	while (*names) {
		size_t len = strcspn(names, ","), i;

		for (i = 0; i < sizeof(map_flags) / sizeof(map_flags[0]); i++)
			if (strlen(map_flags[i].name) == len &&
			    !strncmp(map_flags[i].name, names, len))
				break;
		if (i == sizeof(map_flags) / sizeof(map_flags[0]))
			return (uint32_t)number(r, names);
		flags |= map_flags[i].bit;
		names += len + (names[len] == ',');
	}
	return flags;
}

static void map_option(struct reader *r, struct case_map *m, const char *word)
{
	const char *value;

	if ((value = value_of(word, "type")))
		map_type(r, m, value);
	else if ((value = value_of(word, "key")))
		m->create.key_size = (uint32_t)number(r, value);
	else if ((value = value_of(word, "value")))
		m->create.value_size = (uint32_t)number(r, value);
	else if ((value = value_of(word, "entries")))
		m->create.max_entries = (uint32_t)number(r, value);
	else if ((value = value_of(word, "flags")))
		m->create.flags = flags_by_name(r, value);
	else if ((value = value_of(word, "extra")))
		m->create.map_extra = number(r, value);
	else if ((value = value_of(word, "lock")))
		m->create.lock_off = (uint32_t)number(r, value);
	else if ((value = value_of(word, "timer")))
		m->create.timer_off = (uint32_t)number(r, value);
	else if ((value = value_of(word, "inner")))
		m->inner = find_map(r, value);
	else if (!strcmp(word, "frozen"))
		m->frozen = true;
	else
		fail(r, "'%s' says nothing about a map", word);
	if (value_of(word, "inner") && m->inner < 0)
		fail(r, "no map '%s' before this line", word);
}

static void declare_map(struct reader *r, const char *name, char *s)
{
	struct case_map *m = &r->c->maps[r->c->nr_maps];
	char *word;

	if (r->c->nr_maps == CASE_MAX_MAPS || strlen(name) >= WEIR_NAME_LEN ||
	    r->c->insns || r->c->nr_programs) {
		fail(r, "at most %d maps, names below %d bytes, no program yet",
		     CASE_MAX_MAPS, WEIR_NAME_LEN);
		return;
	}
	m->line = r->line;
	m->inner = -1;
	m->create.size = sizeof(m->create);
	m->create.max_entries = 1;
	m->create.lock_off = WEIR_NO_FIELD;
	m->create.timer_off = WEIR_NO_FIELD;
	m->create.inner_fd = -1;
	strcpy(m->create.name, name);
	while ((word = next_word(&s)))
		map_option(r, m, word);
	if (!m->create.type)
		fail(r, "map '%s' has no type=", name);
	r->c->nr_maps++;
}

/* Numbers and bytes behind each other: "u32=7,u64=9,0102". "-": none. */
static struct case_bytes bytes_of(struct reader *r, char *word)
{
	struct case_bytes b = { 0 };
	char *part, *save = NULL;

	if (!word || !strcmp(word, "-") || !strcmp(word, "none"))
		return b;
	b.at = calloc(1, CASE_MAX_PACKET + 8);
	for (part = strtok_r(word, ",", &save); part && !r->failed;
	     part = strtok_r(NULL, ",", &save)) {
		uint32_t bits = 0, n = 0;
		uint64_t value;
		uint8_t *raw;

		if (sscanf(part, "u%u=", &bits) == 1 && strchr(part, '=')) {
			value = number(r, strchr(part, '=') + 1);
			memcpy(b.at + b.size, &value, 8);
			b.size += bits / 8;
		} else {
			raw = hex(r, part, &n);
			if (b.size + n <= CASE_MAX_PACKET)
				memcpy(b.at + b.size, raw, n);
			b.size += n;
			free(raw);
		}
		if (b.size > CASE_MAX_PACKET)
			fail(r, "key or value is too long");
	}
	return b;
}

/* NAME KEY VALUE, NAME KEY = PROGRAM */
static void read_into(struct reader *r, struct case_elem *e, const char *name,
		      char *s)
{
	int map = find_map(r, name);
	char *word;

	if (map < 0) {
		fail(r, "no map '%s'", name ? name : "");
		return;
	}
	e->line = r->line;
	e->map = (unsigned int)map;
	e->run = r->c->nr_runs;
	e->key = bytes_of(r, next_word(&s));
	word = next_word(&s);
	if (word && (!strcmp(word, "=") || !strcmp(word, "->"))) {
		bool names = *word == '=';

		word = next_word(&s);
		if (names && word) {
			e->name = strdup(word);
			return;
		}
	}
	if (!word)
		fail(r, "an element is: map key value");
	e->value = bytes_of(r, word);
}

static void read_elem(struct reader *r, char *s)
{
	char *name = next_word(&s);

	if (r->c->nr_elems == CASE_MAX_ELEMS) {
		fail(r, "more than %d elements", CASE_MAX_ELEMS);
		return;
	}
	read_into(r, &r->c->elems[r->c->nr_elems++], name, s);
}

/* A map, or `now`: its values are compiled in again. */
static void read_assume(struct reader *r, char *s)
{
	char *name = next_word(&s);
	int map = name ? find_map(r, name) : -1;

	if (name && !strcmp(name, "now") && r->c->nr_runs < 64)
		r->c->now |= 1ULL << r->c->nr_runs;
	else if (map >= 0)
		r->c->assume |= 1ULL << map;
	else
		fail(r, "assume is: NAME of a map, or now");
}

/* What a user puts there before the next run. */
static void read_update(struct reader *r, char *s)
{
	char *name = next_word(&s);

	if (r->c->nr_updates == CASE_MAX_RUNS) {
		fail(r, "more than %d updates", CASE_MAX_RUNS);
		return;
	}
	read_into(r, &r->c->updates[r->c->nr_updates++], name, s);
}

/* A declaration, or what the run before must have left. */
static void read_map(struct reader *r, char *s)
{
	bool is_expected = strstr(s, "->");
	char *name = next_word(&s);

	if (!name) {
		fail(r, "a map has a name");
	} else if (!is_expected) {
		declare_map(r, name, s);
	} else if (!r->c->nr_runs || r->c->nr_expects == CASE_MAX_ELEMS) {
		fail(r, "expected of a run before, and up to %d in all",
		     CASE_MAX_ELEMS);
	} else {
		read_into(r, &r->c->expects[r->c->nr_expects++], name, s);
	}
}

static void read_program(struct reader *r, char *s)
{
	struct case_program *p = &r->c->programs[r->c->nr_programs];
	char *name = next_word(&s), *word;

	if (r->c->nr_programs == CASE_MAX_PROGRAMS || !name ||
	    strlen(name) >= sizeof(p->name)) {
		fail(r, "up to %d programs, each with a name",
		     CASE_MAX_PROGRAMS);
		return;
	}
	strcpy(p->name, name);
	p->kind = r->c->kind;
	word = next_word(&s);
	if (word)
		p->kind = kind_by_name(r, value_of(word, "kind"));
	r->section = 'm';
}

static void free_elems(struct case_elem *elems, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		free(elems[i].key.at);
		free(elems[i].value.at);
		free(elems[i].name);
	}
}

static void free_maps(struct case_file *c)
{
	free_elems(c->elems, c->nr_elems);
	free_elems(c->expects, c->nr_expects);
	free_elems(c->updates, c->nr_updates);
	for (size_t i = 0; i < c->nr_programs; i++)
		free(c->programs[i].insns);
}
