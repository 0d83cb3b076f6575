// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The maps of an object. Three sorts of definition: by BTF in .maps, which
 * libbpf reads; structures in "maps", which libbpf reads no more; and sections
 * of global variables, each of which is an array of one value.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <linux/types.h>
#include <linux/kernel.h>
#include "tools/lib/object.h"

/* A definition in "maps"; what follows it must be zero. */
struct legacy_def {
	u32 type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u32 flags;
};

/*
 * Global variables
 */

/* The section of libbpf's map: named so, or "OBJECT.data". */
static u32 data_section(const struct weir_object *obj, const char *name)
{
	static const char *const known[] = { ".rodata", ".data", ".bss" };
	u32 sec = elf_file_section(&obj->elf, name);
	size_t len = strlen(name);

	for (size_t i = 0; !sec && i < sizeof(known) / sizeof(known[0]); i++) {
		size_t end = strlen(known[i]);

		if (len >= end && !strcmp(name + len - end, known[i]))
			sec = elf_file_section(&obj->elf, known[i]);
	}
	return sec;
}

static int read_data(struct weir_map_handle *map)
{
	const struct elf_section *sec = &map->obj->elf.section[map->sec];
	size_t bytes = map->attr.value_size;

	map->is_data = true;
	map->initial = calloc(1, bytes + 1);
	if (!map->initial)
		return -ENOMEM;
	if (sec->data)
		memcpy(map->initial, sec->data,
		       min_t(size_t, bytes, sec->hdr.sh_size));
	return 0;
}

/*
 * Definitions by BTF
 */

static void take_attr(struct weir_map_handle *map, const struct bpf_map *bpf)
{
	map->fd = -1;
	map->bpf = bpf;
	map->name = bpf_map__name(bpf);
	map->key_type = bpf_map__btf_key_type_id(bpf);
	map->value_type = bpf_map__btf_value_type_id(bpf);
	map->attr = (struct weir_map_create){
		.size = sizeof(map->attr),
		.type = bpf_map__type(bpf),
		.key_size = bpf_map__key_size(bpf),
		.value_size = bpf_map__value_size(bpf),
		.max_entries = bpf_map__max_entries(bpf),
		.flags = bpf_map__map_flags(bpf),
		.lock_off = WEIR_NO_FIELD,
		.timer_off = WEIR_NO_FIELD,
		.map_extra = bpf_map__map_extra(bpf),
		.inner_fd = -1,
	};
	snprintf(map->attr.name, sizeof(map->attr.name), "%s", map->name);
}

static int take_fields(struct weir_map_handle *map, struct weir_words *words)
{
	const struct weir_object *obj = map->obj;
	int err;

	err = object_field(obj, map->value_type, "bpf_spin_lock",
			   &map->attr.lock_off);
	if (!err)
		err = object_field(obj, map->value_type, "bpf_timer",
				   &map->attr.timer_off);
	return err ? weir_say(words, err,
			      "map %s: its value holds two locks, or two "
			      "timers",
			      map->name)
		   : 0;
}

static int take_inner(struct weir_map_handle *map, struct bpf_map *bpf,
		      struct weir_words *words)
{
	struct bpf_map *inner = bpf_map__inner_map(bpf);

	if (!inner)
		return 0;
	map->inner = calloc(1, sizeof(*map->inner));
	if (!map->inner)
		return -ENOMEM;
	map->inner->obj = map->obj;
	take_attr(map->inner, inner);
	return take_fields(map->inner, words);
}

/* Where programs and other maps refer to it. */
static void take_place(struct weir_map_handle *map)
{
	const struct elf_file *elf = &map->obj->elf;
	u32 sec = elf_file_section(elf, ".maps");

	for (u32 i = 0; sec && i < elf->nr_symbols; i++) {
		const struct elf_symbol *sym = &elf->symbol[i];

		if (sym->sec != sec || sym->type == STT_SECTION ||
		    strcmp(sym->name, map->name))
			continue;
		map->sec = sec;
		map->off = sym->value;
		map->size = sym->size;
		map->values = object_values_off(map->obj, map->name);
	}
}

static int read_one(struct weir_object *obj, struct bpf_map *bpf,
		    struct weir_words *words)
{
	struct weir_map_handle *map = &obj->map[obj->nr_maps];
	int err;

	if (bpf_map__is_internal(bpf)) {
		u32 sec = data_section(obj, bpf_map__name(bpf));

		/* .kconfig: who uses it is refused; parameters are no map */
		if (!sec || sec == obj->params.sec)
			return 0;
	}
	obj->nr_maps++;
	map->obj = obj;
	take_attr(map, bpf);
	if (bpf_map__is_internal(bpf)) {
		map->sec = data_section(obj, map->name);
		map->value_type = object_btf_section(obj, map->sec);
		err = read_data(map);
	} else {
		take_place(map);
		err = take_inner(map, bpf, words);
	}
	return err ? err : take_fields(map, words);
}

/*
 * Definitions by structures
 */

static int read_legacy_one(struct weir_object *obj,
			   const struct elf_symbol *sym,
			   struct weir_words *words)
{
	const struct elf_section *sec = &obj->elf.section[sym->sec];
	struct weir_map_handle *map = &obj->map[obj->nr_maps++];
	struct legacy_def def;

	map->obj = obj;
	map->fd = -1;
	map->name = sym->name;
	map->sec = sym->sec;
	map->off = sym->value;
	map->size = sym->size;
	if (sym->size < sizeof(def) || !sec->data)
		return weir_say(words, -ENOEXEC,
				"map %s: a definition of %llu bytes", sym->name,
				(unsigned long long)sym->size);
	memcpy(&def, sec->data + sym->value, sizeof(def));
	for (u64 i = sizeof(def); i < sym->size; i++)
		if (sec->data[sym->value + i])
			return weir_say(words, -EOPNOTSUPP,
					"map %s: its definition says more than "
					"type, sizes and flags (pinning, inner "
					"map?)",
					sym->name);
	map->attr = (struct weir_map_create){
		.size = sizeof(map->attr),
		.type = def.type,
		.key_size = def.key_size,
		.value_size = def.value_size,
		.max_entries = def.max_entries,
		.flags = def.flags,
		.lock_off = WEIR_NO_FIELD,
		.timer_off = WEIR_NO_FIELD,
		.inner_fd = -1,
	};
	snprintf(map->attr.name, sizeof(map->attr.name), "%s", map->name);
	return 0;
}

static bool is_legacy_map(const struct elf_symbol *sym, u32 sec)
{
	return sec && sym->sec == sec &&
	       (sym->type == STT_OBJECT || sym->type == STT_NOTYPE) &&
	       sym->name[0];
}

static int read_legacy(struct weir_object *obj, u32 sec,
		       struct weir_words *words)
{
	int err = 0;

	for (u32 i = 0; !err && i < obj->elf.nr_symbols; i++)
		if (is_legacy_map(&obj->elf.symbol[i], sec))
			err = read_legacy_one(obj, &obj->elf.symbol[i], words);
	return err;
}

int object_maps_read(struct weir_object *obj, struct weir_words *words)
{
	u32 legacy = elf_file_section(&obj->elf, OBJECT_LEGACY_MAPS);
	struct bpf_map *bpf;
	u32 nr = 0;
	int err;

	bpf_object__for_each_map(bpf, obj->bpf) nr++;
	for (u32 i = 0; i < obj->elf.nr_symbols; i++)
		nr += is_legacy_map(&obj->elf.symbol[i], legacy);
	obj->map = calloc((size_t)nr + 1, sizeof(*obj->map));
	if (!obj->map)
		return -ENOMEM;
	bpf_object__for_each_map(bpf, obj->bpf)
	{
		err = read_one(obj, bpf, words);
		if (err)
			return err;
	}
	return read_legacy(obj, legacy, words);
}

void object_maps_free(struct weir_object *obj)
{
	for (u32 i = 0; i < obj->nr_maps; i++) {
		struct weir_map_handle *map = &obj->map[i];

		map_unmake(map);
		free(map->initial);
		free(map->inner);
	}
	free(obj->map);
}

struct weir_map_handle *object_map_of(const struct weir_object *obj,
				      const struct elf_symbol *sym)
{
	for (u32 i = 0; i < obj->nr_maps; i++) {
		struct weir_map_handle *map = &obj->map[i];

		if (map->sec != sym->sec || !map->sec)
			continue;
		if (map->is_data || map->off == sym->value)
			return map;
	}
	return NULL;
}

bool object_map_is_data(const struct weir_map_handle *map)
{
	return map->is_data;
}

/*
 * Making them
 */

/* Global variables get their values; constants stay what they are. */
static int set_initial(struct weir_map_handle *map)
{
	static const u32 zero;
	int err;

	if (!map->is_data || map->reused)
		return 0;
	err = weir_map__update_elem(map, &zero, sizeof(zero), map->initial,
				    map->attr.value_size, 0);
	if (!err && map->attr.flags & BPF_F_RDONLY_PROG && !map->assumed)
		err = weir_map__freeze(map);
	return err;
}

int object_maps_make(struct weir_object *obj, enum weir_backend backend,
		     struct weir_words *words)
{
	int err = 0;

	for (u32 i = 0; !err && i < obj->nr_maps; i++) {
		bool made = obj->map[i].ops && !obj->map[i].reused;

		err = map_make(&obj->map[i], backend, words);
		if (!err && !made)
			err = set_initial(&obj->map[i]);
		weir_say(words, err, err ? "map %s: %s" : "%s%s",
			 err ? obj->map[i].name : "",
			 err ? strerror(-err) : "");
	}
	return err;
}

void object_maps_unmake(struct weir_object *obj)
{
	for (u32 i = 0; i < obj->nr_maps; i++)
		if (!obj->map[i].reused)
			map_unmake(&obj->map[i]);
}

/*
 * Values that the definition lists: programs of a program array, maps of a map
 * of maps.
 */

static int set_value(struct weir_map_handle *map, u32 slot,
		     const struct elf_symbol *sym, struct weir_words *words)
{
	struct weir_map_handle *inner = object_map_of(map->obj, sym);
	struct weir_program *prog =
		weir_object__find_program_by_name(map->obj, sym->name);
	int err = -EINVAL;

	if (slot >= map->attr.max_entries)
		err = -E2BIG;
	else if (map_type_has_maps(map->attr.type) && inner)
		err = weir_map__set_map(map, &slot, sizeof(slot), inner, 0);
	else if (map->attr.type == BPF_MAP_TYPE_PROG_ARRAY && prog)
		err = prog->ops ? weir_map__set_program(map, &slot,
							sizeof(slot), prog, 0)
				: 0; /* not loaded: the slot stays empty */
	if (err == -EINVAL && prog)
		return weir_say(words, err,
				"map %s: value %u, %s, is of kind %s; programs "
				"of an array, and those that call through it, "
				"are of one kind",
				map->name, slot, sym->name,
				weir_kind__name(weir_program__kind(prog)));
	return err ? weir_say(words, err, "map %s: value %u, %s: %s", map->name,
			      slot, sym->name, strerror(-err))
		   : 0;
}

int object_maps_set_values(struct weir_object *obj, struct weir_words *words)
{
	u32 sec = elf_file_section(&obj->elf, ".maps");
	const struct elf_section *s = &obj->elf.section[sec];
	int err = 0;

	for (u32 i = 0; !err && sec && i < s->nr_relocs; i++) {
		const struct elf_reloc *reloc = &obj->elf.reloc[s->reloc + i];
		const struct elf_symbol *sym = &obj->elf.symbol[reloc->sym];

		for (u32 m = 0; !err && m < obj->nr_maps; m++) {
			struct weir_map_handle *map = &obj->map[m];
			u64 values = map->off + map->values;

			if (map->sec != sec || !map->values || map->reused ||
			    reloc->off < values ||
			    reloc->off >= map->off + map->size)
				continue;
			err = set_value(map, (u32)((reloc->off - values) / 8),
					sym, words);
		}
	}
	return err;
}

/*
 * Looking around
 */

struct weir_map_handle *weir_object__next_map(const struct weir_object *obj,
					      const struct weir_map_handle *map)
{
	u32 next = map ? (u32)(map - obj->map) + 1 : 0;

	return next < obj->nr_maps ? &obj->map[next] : NULL;
}

struct weir_map_handle *
weir_object__find_map_by_name(const struct weir_object *obj, const char *name)
{
	u32 sec = *name == '.' ? elf_file_section(&obj->elf, name) : 0;

	for (u32 i = 0; i < obj->nr_maps; i++)
		if (!strcmp(obj->map[i].name, name) ||
		    (obj->map[i].is_data && sec && obj->map[i].sec == sec))
			return &obj->map[i];
	errno = ENOENT;
	return NULL;
}

static void *variable(const struct weir_object *obj,
		      const struct elf_symbol *sym, size_t *size)
{
	struct weir_map_handle *map = object_map_of(obj, sym);
	size_t bytes;
	u8 *at;

	if (sym->sec == obj->params.sec && sym->sec) {
		if (obj->loaded) {
			errno = EBUSY;
			return NULL;
		}
		/* That it lies within the section was seen before. */
		*size = sym->size;
		return obj->params.data + sym->value;
	}
	if (!map || !map->is_data) {
		errno = ENOENT;
		return NULL;
	}
	at = weir_map__initial_value(map, &bytes);
	if (!at)
		return NULL;
	if (sym->value > bytes || sym->size > bytes - sym->value) {
		errno = ENOENT; /* two sections of one name */
		return NULL;
	}
	*size = sym->size;
	return at + sym->value;
}

void *weir_object__variable(struct weir_object *obj, const char *name,
			    size_t *size)
{
	/* One of the whole program before one of a single file. */
	for (int local = 0; local < 2; local++)
		for (u32 i = 0; i < obj->elf.nr_symbols; i++) {
			const struct elf_symbol *sym = &obj->elf.symbol[i];

			if (sym->sec && sym->type == STT_OBJECT &&
			    (sym->bind == STB_LOCAL) == local &&
			    !strcmp(sym->name, name))
				return variable(obj, sym, size);
		}
	errno = ENOENT;
	return NULL;
}
