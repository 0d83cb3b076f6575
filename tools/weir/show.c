// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* weir show: what is in an object, or in the kernel. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "tools/lib/libweir.h"
#include "tools/lib/link.h"
#include "tools/weir/map_text.h"
#include "tools/weir/tool.h"

/*
 * An object
 */

static void object_program(const struct weir_program *prog, bool json)
{
	enum weir_kind kind = weir_program__kind(prog);

	if (!json) {
		printf("program %s: section %s, kind %s%s\n",
		       weir_program__name(prog), weir_program__section(prog),
		       kind ? weir_kind__name(kind) : "to be said (--kind)",
		       weir_program__autoload(prog) ? ""
						    : ", only if asked for");
		return;
	}
	printf("{\"name\": ");
	json_string(stdout, weir_program__name(prog));
	printf(", \"section\": ");
	json_string(stdout, weir_program__section(prog));
	printf(", \"kind\": ");
	json_string(stdout, kind ? weir_kind__name(kind) : "");
	printf(", \"autoload\": %s}",
	       weir_program__autoload(prog) ? "true" : "false");
}

static int show_object(const char *path, bool json)
{
	struct weir_object_opts opts = { .sz = sizeof(opts) };
	struct weir_object *obj = weir_object__open_file(path, &opts);
	struct weir_program *prog = NULL;
	struct weir_map_handle *map = NULL;
	const char *comma = "";

	if (!obj)
		return tool_fail("show: %s: %s", path, opts.error);
	if (json)
		printf("{\"programs\": [");
	while ((prog = weir_object__next_program(obj, prog)) != NULL) {
		printf(json ? "%s\n    " : "", comma);
		comma = ",";
		object_program(prog, json);
	}
	if (json)
		printf("],\n  \"maps\": [");
	comma = "";
	while ((map = weir_object__next_map(obj, map)) != NULL) {
		printf(json ? "%s\n    {" : "map ", comma);
		comma = ",";
		map_text_show(map, json);
		if (json)
			putchar('}');
	}
	if (json)
		printf("]}\n");
	weir_object__close(obj);
	return tool_flush();
}

/*
 * The kernel
 */

/* What it assumes, if anything. */
static void kernel_assumption(int fd, bool json)
{
	static const char *const states[] = {
		[WEIR_ASSUME_NONE] = "none",
		[WEIR_ASSUME_VALID] = "valid",
		[WEIR_ASSUME_REVOKED] = "revoked",
		[WEIR_ASSUME_GENERIC] = "generic",
	};
	struct weir_assume info = { .size = sizeof(info) };

	if (ioctl(fd, WEIR_IOC_ASSUME, &info) ||
	    info.state >= sizeof(states) / sizeof(states[0]) || !info.state)
		return;
	printf(json ? ", \"assumption\": {\"state\": \"%s\", \"built\": "
		      "%llu, \"revoked\": %llu, \"discarded\": %llu, "
		      "\"refused\": %llu, \"missed\": %llu, "
		      "\"image_bytes\": %llu, \"error\": %u}"
		    : ", assumption %s (built %llu, revoked %llu, discarded "
		      "%llu, refused %llu, missed by %llu runs, %llu bytes, "
		      "error %u)",
	       states[info.state], (unsigned long long)info.built,
	       (unsigned long long)info.revoked,
	       (unsigned long long)info.discarded,
	       (unsigned long long)info.refused,
	       (unsigned long long)info.missed,
	       (unsigned long long)info.image_bytes, info.error);
}

static void kernel_program(uint32_t id, bool json)
{
	struct weir_prog_info info = { .size = sizeof(info) };
	int fd = weir_id__open(WEIR_OBJECT_PROG, id);

	if (fd < 0)
		return; /* gone meanwhile */
	if (!ioctl(fd, WEIR_IOC_PROG_INFO, &info) && json) {
		printf("{\"id\": %u, \"name\": ", info.id);
		json_string(stdout, info.name);
		printf(", \"kind\": \"%s\", \"insns\": %u, \"guards\": %u, "
		       "\"image_bytes\": %u, \"runs\": %llu, "
		       "\"guard_exits\": %llu",
		       weir_kind__name(info.kind), info.nr_insns,
		       info.nr_guards, info.image_bytes,
		       (unsigned long long)info.runs,
		       (unsigned long long)info.guard_exits);
		kernel_assumption(fd, true);
		putchar('}');
	} else if (!json) {
		printf("program %u: %s, kind %s, %u instructions, %u guards, "
		       "%u bytes, %llu runs, %llu ended by a guard",
		       info.id, *info.name ? info.name : "(no name)",
		       weir_kind__name(info.kind), info.nr_insns,
		       info.nr_guards, info.image_bytes,
		       (unsigned long long)info.runs,
		       (unsigned long long)info.guard_exits);
		kernel_assumption(fd, false);
		putchar('\n');
	}
	close(fd);
}

static void kernel_map(uint32_t id, bool json)
{
	struct weir_map_handle *map = weir_map__open_id(id);

	if (!map)
		return;
	printf(json ? "{" : "map %u: ", id);
	map_text_show(map, json);
	if (json)
		putchar('}');
	weir_map__close(map);
}

static int each(enum weir_object_type type, void (*show)(uint32_t, bool),
		bool json)
{
	const char *comma = "";
	uint32_t id = 0;
	int err;

	while (!(err = weir_id__next(type, &id))) {
		printf(json ? "%s\n    " : "", comma);
		comma = ",";
		show(id, json);
	}
	return err == -ENOENT ? 0 : err;
}

/* What is used of the host, and how much may be; -EPERM and the like. */
static int limits(bool json)
{
	struct weir_limits l;
	const char *comma = "";
	int err = weir_limits__get(&l);

	for (uint32_t i = 0; !err && i < l.nr && i < WEIR_NR_RESOURCES; i++) {
		const struct weir_usage *host = &l.host[i];
		bool none = host->limit == WEIR_NO_LIMIT;

		if (json)
			printf("%s\n    {\"resource\": \"%s\", \"used\": %llu",
			       comma, weir_resource__name(i), host->used);
		else
			printf("limit %s: %llu used", weir_resource__name(i),
			       host->used);
		comma = ",";
		if (!none)
			printf(json ? ", \"limit\": %llu" : " of %llu",
			       host->limit);
		if (l.file[i].limit != WEIR_NO_LIMIT)
			printf(json ? ", \"per_file\": %llu"
				    : ", %llu of one open /dev/weir",
			       l.file[i].limit);
		printf(json ? "}" : "\n");
	}
	if (!err && !json)
		printf("code memory: %llu of %llu bytes in use, largest free "
		       "piece %llu\n",
		       l.code_used, l.code_total, l.code_free);
	if (!err && json)
		printf("],\n  \"code_memory\": {\"used\": %llu, \"total\": %llu, "
		       "\"largest_free\": %llu}",
		       l.code_used, l.code_total, l.code_free);
	return err;
}

static void names(bool json)
{
	char name[WEIR_PIN_LEN] = "";
	static const char *const types[] = { "?", "program", "map", "link" };
	const char *comma = "";
	uint32_t type, id;

	while (!weir_pin__next(name, &type, &id)) {
		const char *what =
			types[type < sizeof(types) / sizeof(types[0]) ? type
								      : 0];

		if (!json) {
			printf("name %s: %s %u\n", name, what, id);
			continue;
		}
		printf("%s\n    {\"name\": ", comma);
		comma = ",";
		json_string(stdout, name);
		printf(", \"type\": \"%s\", \"id\": %u}", what, id);
	}
}

static int show_kernel(bool json)
{
	int err;

	if (access("/dev/weir", F_OK))
		return tool_fail("show: /dev/weir: %s (is the module loaded?)",
				 strerror(errno));
	if (json)
		printf("{\"programs\": [");
	err = each(WEIR_OBJECT_PROG, kernel_program, json);
	if (json)
		printf("],\n  \"maps\": [");
	if (!err)
		err = each(WEIR_OBJECT_MAP, kernel_map, json);
	if (json)
		printf("],\n  \"names\": [");
	if (!err)
		names(json);
	if (json)
		printf("],\n  \"limits\": [");
	if (!err)
		err = limits(json);
	if (json)
		printf("}\n");
	if (err)
		return tool_fail("show: /dev/weir: %s", strerror(-err));
	return tool_flush();
}

enum {
	OPT_DEVICE = 256,
	OPT_JSON,
	OPT_HELP
};

static const struct option options[] = {
	{ "device", no_argument, NULL, OPT_DEVICE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

static int cmd_show_run(int argc, char **argv)
{
	bool device = false, json = false;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == OPT_DEVICE)
			device = true;
		else if (c == OPT_JSON)
			json = true;
		else if (c == OPT_HELP || c == 'h')
			return tool_help(&cmd_show);
		else
			return tool_bad_option(&cmd_show, argv, c);
	}
	if (argc - optind > !device)
		return tool_usage(&cmd_show, "one object, or the kernel");
	return optind < argc ? show_object(argv[optind], json)
			     : show_kernel(json);
}

const struct tool_command cmd_show = {
	.name = "show",
	.run = cmd_show_run,
	.summary = "programs and maps of an object, or in the kernel",
	.usage = "[FILE.o | --device] [--json]",
	.help = "  FILE.o              what is in it: programs with their "
		"kinds, maps\n"
		"      --device        what is in the kernel, and under which "
		"names; default\n"
		"      --json          {\"programs\", \"maps\"}, and of the "
		"kernel \"names\",\n"
		"                      \"limits\" and \"code_memory\"\n",
};
