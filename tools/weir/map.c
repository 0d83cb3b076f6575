// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * weir map: maps in the kernel, found by id, by a name they were given
 * (pinned), or by their own name; and those of an object as they would start.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/types.h>
#include <linux/bpf.h>
#include "tools/lib/libweir.h"
#include "tools/lib/link.h"
#include "tools/lib/map.h"
#include "tools/lib/object.h"
#include "tools/weir/map_text.h"
#include "tools/weir/tool.h"

/**
 * struct request - what is asked
 * @types:	object whose map of the same name says what keys and values are
 * @map:	the map, ours to close; or one of @obj
 * @obj:	an object that was given instead of a map
 * @types_obj:	@types, open
 */
struct request {
	const char *verb;
	char **words;
	int nr_words;
	bool json;
	const char *types;
	const char *name;
	struct weir_map_opts opts;

	struct weir_map_handle *map;
	struct weir_object *obj;
	struct weir_object *types_obj;
};

/*
 * Finding maps
 */

static struct weir_map_handle *by_pin(const char *word)
{
	uint32_t type;
	int fd = weir_pin__open(word, &type);
	struct weir_map_handle *map = NULL;

	if (fd < 0)
		return NULL;
	if (type == WEIR_OBJECT_MAP)
		map = weir_map__from_fd(fd);
	if (!map)
		close(fd);
	return map;
}

/* Its own name, if only one has it. */
static struct weir_map_handle *by_name(const char *word, bool *several)
{
	struct weir_map_handle *found = NULL, *map;
	uint32_t id = 0;

	*several = false;
	while (!weir_id__next(WEIR_OBJECT_MAP, &id)) {
		map = weir_map__open_id(id);
		if (!map || strcmp(weir_map__name(map), word)) {
			weir_map__close(map);
		} else if (found) {
			weir_map__close(map);
			*several = true;
		} else {
			found = map;
		}
	}
	return found;
}

static int find_in_kernel(struct request *r, const char *word)
{
	bool several = false;
	uint64_t id;

	if (access("/dev/weir", F_OK))
		return tool_fail("map: /dev/weir: %s (is the module loaded?); "
				 "maps of a process end with it: weir run "
				 "--set-map, --maps",
				 strerror(errno));
	if (tool_number(word, UINT32_MAX, &id))
		r->map = weir_map__open_id((uint32_t)id);
	else
		r->map = by_pin(word);
	if (!r->map)
		r->map = by_name(word, &several);
	if (several)
		return tool_fail("map: %s: several maps are called so; say "
				 "its id",
				 word);
	return r->map ? TOOL_OK
		      : tool_fail("map: %s: no such map in the kernel", word);
}

/* FILE.o, or FILE.o and the name of the map. */
static int open_object(struct request *r, const char *path)
{
	struct weir_object_opts opts = { .sz = sizeof(opts) };
	struct weir_words words = { "" };

	r->obj = weir_object__open_file(path, &opts);
	if (!r->obj)
		return tool_fail("map: %s: %s", path, opts.error);
	if (object_maps_make(r->obj, WEIR_BACKEND_PROCESS, &words))
		return tool_fail("map: %s: %s", path, words.text);
	return TOOL_OK;
}

static bool is_object(const char *word)
{
	size_t len = strlen(word);

	return len > 2 && !strcmp(word + len - 2, ".o");
}

/*
 * What the map of the same name in an object says of keys and values. Only
 * borrowed: forget_types() before the handle is closed.
 */
static int borrow_types(struct request *r)
{
	struct weir_object_opts opts = { .sz = sizeof(opts) };
	struct weir_map_handle *like = NULL;

	if (!r->types || !r->map)
		return TOOL_OK;
	r->types_obj = weir_object__open_file(r->types, &opts);
	if (!r->types_obj)
		return tool_fail("map: %s: %s", r->types, opts.error);
	while ((like = weir_object__next_map(r->types_obj, like)) != NULL)
		if (!strncmp(like->attr.name, r->map->attr.name,
			     sizeof(like->attr.name)))
			break;
	if (!like)
		return tool_fail("map: %s: no map %s", r->types,
				 weir_map__name(r->map));
	r->map->obj = r->types_obj;
	r->map->key_type = like->key_type;
	r->map->value_type = like->value_type;
	r->map->is_data = like->is_data;
	return TOOL_OK;
}

static void finish(struct request *r)
{
	if (r->types_obj && r->map)
		r->map->obj = NULL;
	weir_object__close(r->types_obj);
	if (!r->obj)
		weir_map__close(r->map);
	weir_object__close(r->obj);
}

/*
 * Verbs
 */

static int fail(const struct request *r, int err)
{
	return tool_fail("map: %s: %s: %s", weir_map__name(r->map), r->verb,
			 strerror(-err));
}

static int show(struct request *r)
{
	const char *comma = "";
	struct weir_map_handle *map;
	uint32_t id = 0;

	if (r->json)
		putchar('[');
	if (r->map) {
		printf(r->json ? "{" : "");
		map_text_show(r->map, r->json);
		printf(r->json ? "}" : "");
	}
	while (!r->map && !weir_id__next(WEIR_OBJECT_MAP, &id)) {
		map = weir_map__open_id(id);
		if (!map)
			continue;
		printf(r->json ? "%s\n  {" : "", comma);
		comma = ",";
		map_text_show(map, r->json);
		printf(r->json ? "}" : "");
		weir_map__close(map);
	}
	if (r->json)
		printf("]\n");
	return TOOL_OK;
}

static int show_object(struct request *r)
{
	struct weir_map_handle *map = NULL;
	const char *comma = "";

	if (r->json)
		putchar('[');
	while ((map = weir_object__next_map(r->obj, map)) != NULL) {
		printf(r->json ? "%s\n  {" : "", comma);
		comma = ",";
		map_text_show(map, r->json);
		printf(r->json ? "}" : "");
	}
	if (r->json)
		printf("]\n");
	return TOOL_OK;
}

static int dump(struct request *r)
{
	int err;

	if (!r->map) {
		map_text_all(r->obj, r->json);
		if (r->json)
			putchar('\n');
		return TOOL_OK;
	}
	err = map_text_dump(r->map, r->json);
	if (r->json)
		putchar('\n');
	return err ? fail(r, err) : TOOL_OK;
}

static int lookup(struct request *r)
{
	size_t key_size = r->map->attr.key_size;
	size_t bytes = weir_map__value_bytes(r->map);
	uint8_t *key = NULL, *value = calloc(1, bytes + 1);
	int err = value ? 0 : -ENOMEM;

	if (key_size)
		key = map_text_bytes(&cmd_map, r->map, "key", r->words[0],
				     key_size);
	if (key_size && !key) {
		free(value);
		return TOOL_FAILED;
	}
	if (!err)
		err = weir_map__lookup_elem(r->map, key, key_size, value, bytes,
					    0);
	if (!err)
		map_text_element(r->map, key, value, r->json);
	if (!err && r->json)
		putchar('\n');
	free(key);
	free(value);
	return err ? fail(r, err) : TOOL_OK;
}

static int update(struct request *r)
{
	static const char *const names[] = { "any", "noexist", "exist" };
	uint64_t flags = 0;

	if (r->nr_words == 3) {
		while (flags < 3 && strcmp(names[flags], r->words[2]))
			flags++;
		if (flags == 3)
			return tool_usage(&cmd_map, "%s: any, noexist or exist",
					  r->words[2]);
	}
	return map_text_update(&cmd_map, r->map, r->words[0], r->words[1],
			       flags);
}

static int delete (struct request *r)
{
	size_t key_size = r->map->attr.key_size;
	uint8_t *key =
		map_text_bytes(&cmd_map, r->map, "key", r->words[0], key_size);
	int err;

	if (!key)
		return TOOL_FAILED;
	err = weir_map__delete_elem(r->map, key, key_size, 0);
	free(key);
	return err ? fail(r, err) : TOOL_OK;
}

static int freeze(struct request *r)
{
	int err = weir_map__freeze(r->map);

	return err ? fail(r, err) : TOOL_OK;
}

static int pin(struct request *r)
{
	int err = weir_pin__add(weir_map__fd(r->map), r->words[0]);

	return err ? tool_fail("map: %s: name %s: %s", weir_map__name(r->map),
			       r->words[0], strerror(-err))
		   : TOOL_OK;
}

static int unpin(const char *name)
{
	uint32_t type = 0;
	int fd = weir_pin__open(name, &type);
	int err = fd < 0 ? fd : 0;

	if (fd >= 0)
		close(fd);
	if (!err && type != WEIR_OBJECT_MAP)
		return tool_fail("map: %s: not the name of a map", name);
	if (!err)
		err = weir_pin__remove(name);
	return err ? tool_fail("map: name %s: %s", name, strerror(-err))
		   : TOOL_OK;
}

/* A map that nobody holds ends with the command: it needs a name. */
static int create(struct request *r)
{
	int err;

	r->opts.sz = sizeof(r->opts);
	r->opts.backend = WEIR_BACKEND_DEVICE;
	r->opts.name = r->name;
	if (!r->opts.type)
		return tool_usage(&cmd_map, "create NAME --type TYPE ...");
	r->map = weir_map__create(&r->opts);
	if (!r->map)
		return tool_fail("map: %s", r->opts.error);
	err = weir_pin__add(weir_map__fd(r->map), r->name);
	return err ? tool_fail("map: name %s: %s", r->name, strerror(-err))
		   : show(r);
}

static const struct verb {
	const char *name;
	int (*run)(struct request *r);
	int min_words, max_words; /* behind the map */
	bool of_object; /* FILE.o will do, too */
} verbs[] = {
	{ "show", show, 0, 0, true },	   { "dump", dump, 0, 0, true },
	{ "lookup", lookup, 0, 1, true },  { "update", update, 2, 3, false },
	{ "delete", delete, 1, 1, false }, { "freeze", freeze, 0, 0, false },
	{ "pin", pin, 1, 1, false },
};

static int in_object(struct request *r, const struct verb *verb)
{
	int status;

	if (!verb->of_object)
		return tool_fail("map: %s: a map of an object lives only "
				 "while it runs: weir run --set-map",
				 r->words[0]);
	status = open_object(r, r->words[0]);
	if (status)
		return status;
	r->words++;
	r->nr_words--;
	if (!r->nr_words)
		return verb->run == show ? show_object(r)
		       : verb->run == dump
			       ? dump(r)
			       : tool_usage(&cmd_map, "which of its maps?");
	r->map = weir_object__find_map_by_name(r->obj, r->words[0]);
	if (!r->map)
		return tool_fail("map: no map %s in it", r->words[0]);
	r->words++;
	r->nr_words--;
	return r->nr_words >= verb->min_words && r->nr_words <= verb->max_words
		       ? verb->run(r)
		       : tool_usage(&cmd_map, "%s: a key?", r->verb);
}

static int in_kernel(struct request *r, const struct verb *verb)
{
	int status;

	if (!r->nr_words && verb->run == show && access("/dev/weir", F_OK))
		return find_in_kernel(r, "");
	if (!r->nr_words && verb->run == show)
		return show(r);
	if (!r->nr_words)
		return tool_usage(&cmd_map, "which map?");
	status = find_in_kernel(r, r->words[0]);
	r->words++;
	r->nr_words--;
	if (!status &&
	    (r->nr_words < verb->min_words || r->nr_words > verb->max_words))
		status = tool_usage(&cmd_map, "%s: key, value?", r->verb);
	if (!status)
		status = borrow_types(r);
	return status ? status : verb->run(r);
}

static int run(struct request *r)
{
	const struct verb *verb = verbs;
	const struct verb *end = verbs + sizeof(verbs) / sizeof(verbs[0]);
	int status, flushed;

	while (verb < end && strcmp(verb->name, r->verb))
		verb++;
	if (!strcmp(r->verb, "create") && r->nr_words == 1) {
		r->name = r->words[0];
		status = create(r);
	} else if (!strcmp(r->verb, "unpin") && r->nr_words == 1) {
		status = unpin(r->words[0]);
	} else if (verb == end) {
		return tool_usage(&cmd_map,
				  "%s: no such verb, or too few "
				  "words",
				  r->verb);
	} else if (r->nr_words && is_object(r->words[0])) {
		status = in_object(r, verb);
	} else {
		status = in_kernel(r, verb);
	}
	finish(r);
	flushed = tool_flush();
	return status ? status : flushed;
}

enum {
	OPT_TYPE = 256,
	OPT_KEY,
	OPT_VALUE,
	OPT_ENTRIES,
	OPT_FLAGS,
	OPT_EXTRA,
	OPT_TYPES,
	OPT_JSON,
	OPT_HELP
};

static const struct option options[] = {
	{ "type", required_argument, NULL, OPT_TYPE },
	{ "key", required_argument, NULL, OPT_KEY },
	{ "value", required_argument, NULL, OPT_VALUE },
	{ "entries", required_argument, NULL, OPT_ENTRIES },
	{ "flags", required_argument, NULL, OPT_FLAGS },
	{ "extra", required_argument, NULL, OPT_EXTRA },
	{ "types", required_argument, NULL, OPT_TYPES },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static int take_number(const char *value, uint32_t *out)
{
	uint64_t number;

	if (!tool_number(value, UINT32_MAX, &number))
		return tool_usage(&cmd_map, "%s: a number", value);
	*out = (uint32_t)number;
	return TOOL_OK;
}

static int take(struct request *r, int c, const char *value)
{
	uint64_t number;

	switch (c) {
	case OPT_TYPE:
		r->opts.type = weir_map__type_by_name(value);
		return r->opts.type ? TOOL_OK
				    : tool_usage(&cmd_map,
						 "--type %s: hash, array, "
						 "lru_hash ...",
						 value);
	case OPT_KEY:
		return take_number(value, &r->opts.key_size);
	case OPT_VALUE:
		return take_number(value, &r->opts.value_size);
	case OPT_ENTRIES:
		return take_number(value, &r->opts.max_entries);
	case OPT_FLAGS:
		return take_number(value, &r->opts.flags);
	case OPT_EXTRA:
		if (!tool_number(value, UINT64_MAX, &number))
			return tool_usage(&cmd_map, "%s: a number", value);
		r->opts.map_extra = number;
		return TOOL_OK;
	case OPT_TYPES:
		r->types = value;
		return TOOL_OK;
	default:
		r->json = true;
		return TOOL_OK;
	}
}

static int cmd_map_run(int argc, char **argv)
{
	struct request r = { 0 };
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h' || c == OPT_HELP)
			return tool_help(&cmd_map);
		if (c == '?' || c == ':')
			return tool_bad_option(&cmd_map, argv, c);
		status = take(&r, c, optarg);
		if (status)
			return status;
	}
	if (optind == argc)
		return tool_usage(&cmd_map, "show, dump, lookup, update, "
					    "delete, freeze, pin or create");
	r.verb = argv[optind];
	r.words = argv + optind + 1;
	r.nr_words = argc - optind - 1;
	return run(&r);
}

const struct tool_command cmd_map = {
	.name = "map",
	.run = cmd_map_run,
	.summary = "look at maps, and change them",
	.usage =
		"show [MAP] | dump MAP | lookup MAP KEY | update MAP KEY "
		"VALUE [any|noexist|exist] | delete MAP KEY | freeze MAP | "
		"pin MAP NAME | unpin NAME | create NAME --type TYPE [--key N] [--value N] "
		"[--entries N] [--flags N] [--types FILE.o] [--json]",
	.help = "A MAP in the kernel is its id, a name that it was given, or "
		"its own; FILE.o\nshows the maps of an object, FILE.o NAME "
		"one of them, as they would start.\nKEY and VALUE are hex "
		"digits, or =N: a number of the right size; per-CPU maps\n"
		"take one CPU's value for all.\n\n"
		"      --types FILE.o  print keys and values by the types in "
		"this object\n"
		"      --type TYPE     create: hash, array, lru_hash ...\n"
		"      --key, --value, --entries, --flags, --extra N\n"
		"      --json          one object or array\n\n"
		"create gives the map its NAME in the kernel, where it stays "
		"until unpin. Maps of a process end with it: "
		"see weir run --set-map and --maps.\n",
};
