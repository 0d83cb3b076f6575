// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Maps for people and as JSON. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include <linux/bpf.h>
#include "tools/lib/libweir.h"
#include "tools/lib/object.h"
#include "tools/weir/btf_text.h"
#include "tools/weir/files.h"
#include "tools/weir/map_text.h"
#include "tools/weir/tool.h"

static const struct btf *map_btf(const struct weir_map_handle *map)
{
	return map->obj ? map->obj->btf : NULL;
}

static bool has_objects(const struct weir_map_handle *map)
{
	return map_type_has_maps(map->attr.type) ||
	       map->attr.type == BPF_MAP_TYPE_PROG_ARRAY;
}

/*
 * One element
 */

static void print_hex(const uint8_t *bytes, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		printf("%02x", bytes[i]);
}

/* The type of a value, if it is known and of that size. */
static uint32_t type_of(const struct weir_map_handle *map, uint32_t type,
			size_t bytes)
{
	const struct btf *btf = map_btf(map);
	size_t size = btf_text_size(btf, type);

	/* What libbpf says of global variables has no size of its own. */
	return btf && type && (size == bytes || map->is_data) ? type : 0;
}

static void print_typed(const struct weir_map_handle *map, uint32_t type,
			const uint8_t *bytes, size_t nr)
{
	btf_text_print(stdout, map_btf(map), type, bytes, nr);
}

/* A value as it is meant: of each CPU by itself, ids as numbers. */
static void print_value(struct weir_map_handle *map, const uint8_t *value)
{
	size_t bytes = map->attr.value_size;
	size_t step = (bytes + 7) & ~(size_t)7;
	size_t all = weir_map__value_bytes(map);
	uint32_t type = type_of(map, map->value_type, bytes), id;

	if (has_objects(map)) {
		memcpy(&id, value, sizeof(id));
		printf("%u", id);
	} else if (!map_type_is_percpu(map->attr.type)) {
		print_typed(map, type, value, bytes);
	} else {
		putchar('[');
		for (size_t at = 0; at < all; at += step) {
			fputs(at ? ", " : "", stdout);
			print_typed(map, type, value + at, bytes);
		}
		putchar(']');
	}
}

static void json_element(struct weir_map_handle *map, const uint8_t *key,
			 const uint8_t *value)
{
	size_t key_bytes = map->attr.key_size;

	putchar('{');
	if (key) {
		printf("\"key\": ");
		json_hex(stdout, key, key_bytes);
		printf(", ");
	}
	printf("\"value\": ");
	json_hex(stdout, value, weir_map__value_bytes(map));
	if (map_btf(map)) {
		printf(", \"formatted\": {");
		if (key) {
			printf("\"key\": ");
			print_typed(map, type_of(map, map->key_type, key_bytes),
				    key, key_bytes);
			printf(", ");
		}
		printf("\"value\": ");
		print_value(map, value);
		putchar('}');
	}
	putchar('}');
}

static void text_element(struct weir_map_handle *map, const uint8_t *key,
			 const uint8_t *value)
{
	size_t bytes = map->attr.value_size;
	uint32_t key_type = type_of(map, map->key_type, map->attr.key_size);
	uint32_t type = type_of(map, map->value_type, bytes);

	if (key && !map->is_data) {
		printf("key ");
		if (key_type)
			print_typed(map, key_type, key, map->attr.key_size);
		else
			print_hex(key, map->attr.key_size);
		printf("  ");
	}
	printf("value ");
	if (type || has_objects(map) || map_type_is_percpu(map->attr.type))
		print_value(map, value);
	else
		print_hex(value, bytes);
	putchar('\n');
}

void map_text_element(struct weir_map_handle *map, const void *key,
		      const void *value, bool json)
{
	if (json)
		json_element(map, key, value);
	else
		text_element(map, key, value);
}

/*
 * All of them
 */

static int dump_keys(struct weir_map_handle *map, uint8_t *key, uint8_t *value,
		     bool json)
{
	size_t key_size = map->attr.key_size;
	const char *comma = "";
	int err = weir_map__get_next_key(map, NULL, key, key_size);

	for (; !err; err = weir_map__get_next_key(map, key, key, key_size)) {
		int got = weir_map__lookup_elem(map, key, key_size, value,
						weir_map__value_bytes(map), 0);

		if (got == -ENOENT)
			continue; /* gone meanwhile, or a slot never set */
		if (got)
			return got;
		printf(json ? "%s\n      " : "  ", comma);
		comma = ",";
		map_text_element(map, key, value, json);
	}
	return err == -ENOENT ? 0 : err;
}

/* What no reader has taken yet; it is taken now. */
struct records {
	bool json;
	unsigned int nr;
};

static int print_record(void *arg, const void *data, size_t size)
{
	struct records *r = arg;

	if (r->json) {
		printf("%s\n      {\"record\": ", r->nr ? "," : "");
		json_hex(stdout, data, size);
		putchar('}');
	} else {
		printf("  record ");
		print_hex(data, size);
		putchar('\n');
	}
	r->nr++;
	return 0;
}

static int dump_records(struct weir_map_handle *map, bool json)
{
	struct records records = { .json = json };
	struct weir_ring_buffer *rb =
		weir_ring_buffer__new(map, print_record, &records);
	int nr = rb ? weir_ring_buffer__consume(rb) : -errno;

	weir_ring_buffer__free(rb);
	return nr < 0 ? nr : 0;
}

static bool is_ring(const struct weir_map_handle *map)
{
	return map->attr.type == BPF_MAP_TYPE_RINGBUF ||
	       map->attr.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

int map_text_dump(struct weir_map_handle *map, bool json)
{
	uint8_t *key = malloc(map->attr.key_size + 1);
	uint8_t *value = malloc(weir_map__value_bytes(map) + 1);
	int err = -ENOMEM;

	if (json)
		putchar('[');
	if (is_ring(map))
		err = dump_records(map, json);
	else if (key && value)
		err = map->attr.key_size ? dump_keys(map, key, value, json)
					 : -EOPNOTSUPP;
	if (json)
		putchar(']');
	free(key);
	free(value);
	return err;
}

void map_text_show(struct weir_map_handle *map, bool json)
{
	struct weir_map_info info = { .size = sizeof(info) };
	const char *type;

	weir_map__info(map, &info);
	type = weir_map__type_name(info.type);
	if (!json) {
		printf("%s: %s, key %u, value %u, max %u, flags 0x%x",
		       weir_map__name(map), type ? type : "?", info.key_size,
		       info.value_size, info.max_entries, info.flags);
		if (info.bytes)
			printf(", id %u, %llu bytes%s", info.id,
			       (unsigned long long)info.bytes,
			       info.frozen ? ", frozen" : "");
		putchar('\n');
		return;
	}
	printf("\"name\": ");
	json_string(stdout, weir_map__name(map));
	printf(", \"type\": ");
	json_string(stdout, type ? type : "?");
	printf(", \"key_size\": %u, \"value_size\": %u, \"max_entries\": %u, "
	       "\"flags\": %u",
	       info.key_size, info.value_size, info.max_entries, info.flags);
	if (info.bytes)
		printf(", \"id\": %u, \"bytes\": %llu, \"frozen\": %s", info.id,
		       (unsigned long long)info.bytes,
		       info.frozen ? "true" : "false");
}

void map_text_all(struct weir_object *obj, bool json)
{
	struct weir_map_handle *map = NULL;
	const char *comma = "";
	int err;

	if (json)
		putchar('[');
	while ((map = weir_object__next_map(obj, map)) != NULL) {
		if (json)
			printf("%s\n    {", comma);
		else
			printf("map     ");
		comma = ",";
		map_text_show(map, json);
		if (json)
			printf(", \"elements\": ");
		err = map_text_dump(map, json);
		if (json)
			putchar('}');
		else if (err && err != -EOPNOTSUPP)
			printf("  (%s)\n", strerror(-err));
	}
	if (json)
		putchar(']');
}

/*
 * From words
 */

/* "=5": a number in as many bytes, least first. */
static bool number_bytes(const char *word, uint8_t *out, size_t nr)
{
	uint64_t number;

	if (!tool_number(word, UINT64_MAX, &number) ||
	    (nr < 8 && number >> (nr * 8)))
		return false;
	memset(out, 0, nr);
	for (size_t i = 0; i < nr && i < 8; i++)
		out[i] = (uint8_t)(number >> (i * 8));
	return true;
}

uint8_t *map_text_bytes(const struct tool_command *cmd,
			struct weir_map_handle *map, const char *what,
			const char *word, size_t nr)
{
	size_t len = strlen(word), bad;
	size_t room = len > nr ? len : nr;
	uint8_t *bytes = calloc(1, room + 1);
	long got;

	if (!bytes) {
		tool_fail("%s: out of memory", cmd->name);
		return NULL;
	}
	if (*word == '=') {
		if (number_bytes(word + 1, bytes, nr))
			return bytes;
		tool_fail("%s: map %s: %s %s: not a number of %zu bytes",
			  cmd->name, weir_map__name(map), what, word, nr);
	} else {
		got = hex_decode(word, len, bytes, &bad);
		if (got >= 0 && (size_t)got == nr)
			return bytes;
		if (got < 0)
			tool_fail("%s: map %s: %s %s: not hex digits",
				  cmd->name, weir_map__name(map), what, word);
		else
			tool_fail("%s: map %s: %s %s: %ld bytes, it has %zu",
				  cmd->name, weir_map__name(map), what, word,
				  got, nr);
	}
	free(bytes);
	return NULL;
}

/* One CPU's value for all of them. */
static uint8_t *spread(struct weir_map_handle *map, uint8_t *value)
{
	size_t all = weir_map__value_bytes(map), bytes = map->attr.value_size;
	size_t step = (bytes + 7) & ~(size_t)7;
	uint8_t *out;

	if (!value || !map_type_is_percpu(map->attr.type))
		return value;
	out = calloc(1, all);
	for (size_t at = 0; out && at < all; at += step)
		memcpy(out + at, value, bytes);
	free(value);
	return out;
}

int map_text_update(const struct tool_command *cmd, struct weir_map_handle *map,
		    const char *key, const char *value, uint64_t flags)
{
	size_t key_size = map->attr.key_size;
	uint8_t *k = NULL, *v = NULL;
	int err = 0, status = TOOL_FAILED;

	if (key_size || *key)
		k = map_text_bytes(cmd, map, "key", key, key_size);
	if (k || !key_size)
		v = map_text_bytes(cmd, map, "value", value,
				   map->attr.value_size);
	v = spread(map, v);
	if (v) {
		err = weir_map__update_elem(map, key_size ? k : NULL, key_size,
					    v, weir_map__value_bytes(map),
					    flags);
		status = err ? tool_fail("%s: map %s: update: %s", cmd->name,
					 weir_map__name(map), strerror(-err))
			     : TOOL_OK;
	}
	free(k);
	free(v);
	return status;
}
