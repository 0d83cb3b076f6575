// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * weir load: all of an object, as a program that uses the library would load
 * it. What it made ends with the command, but for what got a name in the
 * kernel.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "tools/lib/libweir.h"
#include "tools/lib/link.h"
#include "tools/weir/files.h"
#include "tools/weir/map_text.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"

struct load {
	const char *path;
	const char *prog;
	const char *pin;
	const char *unpin;
	const char *assume[SOURCE_MAX_ASSUME];
	unsigned int nr_assume;
	enum weir_kind kind;
	enum weir_engine engine;
	bool device;
	bool strict;
	bool json;
	struct weir_object *obj;
};

/*
 * What came of it
 */

static void print_program(const struct weir_program *prog,
			  const struct weir_prog_info *info, bool json)
{
	const char *engine = weir_program__engine(prog) == WEIR_ENGINE_JIT
				     ? "jit"
				     : "interp";

	if (!json) {
		printf("program %s: section %s, kind %s, %u instructions, "
		       "%u guards, %s%s%s, %u bytes",
		       weir_program__name(prog), weir_program__section(prog),
		       weir_kind__name(info->kind), info->nr_insns,
		       info->nr_guards, engine,
		       *weir_program__arch(prog) ? " " : "",
		       weir_program__arch(prog), info->image_bytes);
		printf(info->id ? ", id %u\n" : "\n", info->id);
		return;
	}
	printf("{\"name\": ");
	json_string(stdout, weir_program__name(prog));
	printf(", \"section\": ");
	json_string(stdout, weir_program__section(prog));
	printf(", \"kind\": \"%s\", \"insns\": %u, \"guards\": %u, "
	       "\"engine\": \"%s\", \"image_bytes\": %u, \"id\": %u, "
	       "\"load_ns\": %llu}",
	       weir_kind__name(info->kind), info->nr_insns, info->nr_guards,
	       engine, info->image_bytes, info->id,
	       (unsigned long long)info->load_ns);
}

static void print_programs(const struct load *l)
{
	struct weir_program *prog = NULL;
	const char *comma = "";

	while ((prog = weir_object__next_program(l->obj, prog)) != NULL) {
		struct weir_prog_info info = { .size = sizeof(info) };

		if (weir_program__info(prog, &info))
			continue; /* not loaded */
		if (l->json)
			printf("%s\n    ", comma);
		comma = ",";
		print_program(prog, &info, l->json);
	}
}

static void print_maps(const struct load *l)
{
	struct weir_map_handle *map = NULL;
	const char *comma = "";

	while ((map = weir_object__next_map(l->obj, map)) != NULL) {
		printf(l->json ? "%s\n    {" : "map ", comma);
		comma = ",";
		map_text_show(map, l->json);
		if (l->json)
			putchar('}');
	}
}

static void print_all(const struct load *l)
{
	if (l->json)
		printf("{\"programs\": [");
	print_programs(l);
	if (l->json)
		printf("],\n  \"maps\": [");
	print_maps(l);
	if (l->json)
		printf("]}\n");
	else if (!l->pin)
		printf("loaded, and given back: %s\n",
		       l->device ? "nothing has a name (--pin)"
				 : "what is in this process ends with it");
}

/*
 * Names
 */

static int pin_one(const struct load *l, int fd, const char *name)
{
	char pin[WEIR_PIN_LEN];
	int err = -ENAMETOOLONG;

	if (snprintf(pin, sizeof(pin), "%s.%s", l->pin, name) <
	    (int)sizeof(pin))
		err = weir_pin__add(fd, pin);
	return err ? tool_fail("load: %s: name %s.%s: %s", l->path, l->pin,
			       name, strerror(-err))
		   : TOOL_OK;
}

static void unpin_one(const struct load *l, const char *name)
{
	char pin[WEIR_PIN_LEN];

	if (snprintf(pin, sizeof(pin), "%s.%s", l->pin, name) <
	    (int)sizeof(pin))
		weir_pin__remove(pin);
}

/* All have their names, or none. */
static int pin_all(const struct load *l)
{
	struct weir_program *prog = NULL, *p = NULL;
	struct weir_map_handle *map = NULL, *m = NULL;
	int status = TOOL_OK;

	while (!status &&
	       (prog = weir_object__next_program(l->obj, prog)) != NULL)
		if (weir_program__fd(prog) >= 0)
			status = pin_one(l, weir_program__fd(prog),
					 weir_program__name(prog));
	while (!status && (map = weir_object__next_map(l->obj, map)) != NULL)
		status = pin_one(l, weir_map__fd(map), weir_map__name(map));
	if (!status)
		return TOOL_OK;
	while ((p = weir_object__next_program(l->obj, p)) != NULL && p != prog)
		if (weir_program__fd(p) >= 0)
			unpin_one(l, weir_program__name(p));
	while (!prog && (m = weir_object__next_map(l->obj, m)) != NULL &&
	       m != map)
		unpin_one(l, weir_map__name(m));
	return status;
}

/* Forgets the names PREFIX.* of programs and maps. */
static int unpin_all(const char *prefix)
{
	char name[WEIR_PIN_LEN] = "", last[WEIR_PIN_LEN] = "";
	size_t len = strlen(prefix);
	uint32_t type, id;
	unsigned int nr = 0;
	int err;

	while (!(err = weir_pin__next(name, &type, &id))) {
		if (type == WEIR_OBJECT_LINK || strncmp(name, prefix, len) ||
		    name[len] != '.') {
			strcpy(last, name);
			continue;
		}
		err = weir_pin__remove(name);
		if (err)
			break;
		nr++;
		strcpy(name, last); /* the name itself is gone */
	}
	if (err != -ENOENT)
		return tool_fail("load: %s: %s", name, strerror(-err));
	if (!nr)
		return tool_fail("load: no names %s.*", prefix);
	printf("%u names forgotten\n", nr);
	return tool_flush();
}

/*
 * Loading
 */

static int pick(const struct load *l)
{
	struct weir_program *prog = NULL;
	bool found = false;

	while ((prog = weir_object__next_program(l->obj, prog)) != NULL) {
		bool wanted = !l->prog ||
			      !strcmp(weir_program__name(prog), l->prog);

		if (l->prog)
			weir_program__set_autoload(prog, wanted);
		if (wanted && l->kind)
			weir_program__set_kind(prog, l->kind);
		found = found || wanted;
	}
	if (l->prog && !found)
		return tool_fail("load: %s: no program %s", l->path, l->prog);
	return TOOL_OK;
}

static int fail(const struct load *l, const struct weir_load_opts *opts)
{
	const char *prog = opts->reject_program ? opts->reject_program : "";
	const char *colon = *prog ? ": " : "";

	if (!opts->reject_nr)
		return tool_fail("load: %s: %s%s%s", l->path, prog, colon,
				 opts->reject_detail);
	return tool_fail("load: %s: %s%srejected: %s at instruction %u: %s",
			 l->path, prog, colon,
			 weir_reject__name(opts->reject_nr), opts->reject_pc,
			 opts->reject_detail);
}

static int load(struct load *l)
{
	struct weir_object_opts open = { .sz = sizeof(open) };
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.backend = l->device ? WEIR_BACKEND_DEVICE
				     : WEIR_BACKEND_PROCESS,
		.engine = l->engine,
		.strict = l->strict,
	};
	int status;

	l->obj = weir_object__open_file(l->path, &open);
	if (!l->obj)
		return tool_fail("load: %s: %s", l->path, open.error);
	status = pick(l);
	for (unsigned int i = 0; !status && i < l->nr_assume; i++)
		if (source_assume(l->obj, l->assume[i], opts.reject_detail,
				  sizeof(opts.reject_detail)))
			status = fail(l, &opts);
	if (!status && weir_object__load(l->obj, &opts))
		status = fail(l, &opts);
	if (!status && l->pin)
		status = pin_all(l);
	if (!status) {
		print_all(l);
		status = tool_flush();
	}
	weir_object__close(l->obj);
	return status;
}

enum {
	OPT_PROG = 256,
	OPT_KIND,
	OPT_ENGINE,
	OPT_DEVICE,
	OPT_PIN,
	OPT_UNPIN,
	OPT_ASSUME,
	OPT_STRICT,
	OPT_JSON,
	OPT_HELP
};

static const struct option options[] = {
	{ "prog", required_argument, NULL, OPT_PROG },
	{ "kind", required_argument, NULL, OPT_KIND },
	{ "engine", required_argument, NULL, OPT_ENGINE },
	{ "device", no_argument, NULL, OPT_DEVICE },
	{ "pin", required_argument, NULL, OPT_PIN },
	{ "unpin", required_argument, NULL, OPT_UNPIN },
	{ "assume", required_argument, NULL, OPT_ASSUME },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/* Return: 0, or the exit status after a line. */
static int take(struct load *l, int c, const char *value)
{
	switch (c) {
	case OPT_PROG:
		l->prog = value;
		return 0;
	case OPT_KIND:
		l->kind = weir_kind__by_name(value);
		return l->kind ? 0
			       : tool_usage(&cmd_load,
					    "--kind %s: socket, tc, xdp or mem",
					    value);
	case OPT_ENGINE:
		return tool_engine(value, &l->engine)
			       ? 0
			       : tool_usage(&cmd_load,
					    "--engine %s: interp or jit",
					    value);
	case OPT_DEVICE:
		l->device = true;
		return 0;
	case OPT_PIN:
		l->pin = value;
		return 0;
	case OPT_ASSUME:
		if (l->nr_assume == SOURCE_MAX_ASSUME)
			return tool_usage(&cmd_load, "--assume: up to %u maps",
					  SOURCE_MAX_ASSUME);
		l->assume[l->nr_assume++] = value;
		return 0;
	case OPT_UNPIN:
		l->unpin = value;
		return 0;
	case OPT_STRICT:
		l->strict = true;
		return 0;
	default:
		l->json = true;
		return 0;
	}
}

static int cmd_load_run(int argc, char **argv)
{
	struct load l = { 0 };
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h' || c == OPT_HELP)
			return tool_help(&cmd_load);
		if (c == '?' || c == ':')
			return tool_bad_option(&cmd_load, argv, c);
		status = take(&l, c, optarg);
		if (status)
			return status;
	}
	if ((l.pin || l.unpin) && !l.device)
		return tool_usage(&cmd_load, "--%s goes with --device",
				  l.pin ? "pin" : "unpin");
	if (l.unpin && optind == argc)
		return unpin_all(l.unpin);
	if (argc - optind != 1 || l.unpin)
		return tool_usage(&cmd_load, "one object, please");
	l.path = argv[optind];
	return load(&l);
}

const struct tool_command cmd_load = {
	.name = "load",
	.run = cmd_load_run,
	.summary = "load an object, with its maps, and say what came of it",
	.usage =
		"FILE.o [--device [--pin PREFIX]] [--prog NAME] [--kind KIND] "
		"[--engine interp|jit] [--assume MAP]... [--strict] [--json] | "
		"--device --unpin PREFIX",
	.help = "      --prog NAME     only this program\n"
		"      --kind KIND     socket, tc, xdp or mem; default what "
		"the section says\n"
		"      --engine NAME   interp or jit\n"
		"      --strict        refuse what needs a run-time guard\n"
		"      --assume MAP    compile in what is in this array, until "
		"it changes\n"
		"      --device        into the kernel, through /dev/weir\n"
		"      --pin PREFIX    keep all under PREFIX.NAME there\n"
		"      --unpin PREFIX  forget those names\n"
		"      --json          {\"programs\", \"maps\"}\n\n"
		"Without --pin all of it is given back when the command ends.\n",
};
