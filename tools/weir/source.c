// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Programs from expressions, instruction files, text and objects. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/types.h>
#include <linux/filter.h>
#include <linux/bpf.h>
#include "base/log.h"
#include "base/prog.h"
#include "runtime/loaded.h"
#include "tools/lib/object.h"
#include "tools/lib/text.h"
#include "tools/weir/files.h"
#include "tools/weir/insn_file.h"
#include "tools/weir/source.h"
#include "tools/weir/tool.h"

#define MAX_FILE ((size_t)64 << 20)
#define EXPR_SNAPLEN 262144 /* what tcpdump takes */
#define EXPR_ERROR 512
#define LIST_TEXT 256

int source_option(const struct tool_command *cmd, struct source_args *args,
		  int c, const char *value)
{
	switch (c) {
	case SOURCE_OPT_INSNS:
		args->insns = value;
		return 0;
	case SOURCE_OPT_TEXT:
		args->text = value;
		return 0;
	case SOURCE_OPT_KIND:
		args->kind = weir_kind__by_name(value);
		if (args->kind)
			return 0;
		return tool_usage(cmd, "--kind %s: socket, tc, xdp or mem",
				  value);
	case SOURCE_OPT_CLASSIC:
		args->classic = true;
		return 0;
	case SOURCE_OPT_LINKTYPE:
		args->linktype = value;
		return 0;
	case SOURCE_OPT_STRICT:
		args->strict = true;
		return 0;
	case SOURCE_OPT_OBJECT:
		args->object = value;
		return 0;
	case SOURCE_OPT_PROG:
		args->prog = value;
		return 0;
	case SOURCE_OPT_ASSUME:
		if (args->nr_assume == SOURCE_MAX_ASSUME)
			return tool_usage(cmd, "--assume: up to %u maps",
					  SOURCE_MAX_ASSUME);
		args->assume[args->nr_assume++] = value;
		return 0;
	case SOURCE_OPT_SECTION:
		args->section = value;
		return 0;
	}
	return -1;
}

static int from_expression(const struct tool_command *cmd,
			   const struct source_args *args, char *const *words,
			   int nr_words, struct source *out)
{
	const char *link = args->linktype	? args->linktype
			   : args->default_link ? args->default_link
						: "EN10MB";
	int linktype = weir_expr__linktype(link);
	char err[EXPR_ERROR];
	struct sock_filter *insns;

	if (linktype < 0)
		return tool_fail("%s: --linktype %s: no such link type",
				 cmd->name, link);
	out->name = tool_words(words, nr_words);
	if (!out->name)
		return tool_fail("%s: out of memory", cmd->name);
	if (args->device && !args->linktype
		    ? weir_expr__compile_device(out->name, args->device,
						EXPR_SNAPLEN, &insns, &out->nr,
						err, sizeof(err))
		    : weir_expr__compile(out->name, linktype, EXPR_SNAPLEN,
					 &insns, &out->nr, err, sizeof(err))) {
		if (nr_words == 1 && !access(words[0], F_OK))
			return tool_fail("%s: %s: a file, but what of? say "
					 "--object, --text or --insns",
					 cmd->name, words[0]);
		return tool_fail("%s: '%s': %s", cmd->name, out->name, err);
	}
	out->insns = insns;
	out->classic = true;
	out->kind = WEIR_KIND_SOCKET;
	return TOOL_OK;
}

int source_insns(const struct tool_command *cmd, const struct source_args *args,
		 struct source *out)
{
	struct insn_file file;
	size_t nr;
	char *text = read_all(cmd, args->insns, MAX_FILE, &nr);
	int err;

	if (!text)
		return TOOL_FAILED;
	err = insn_file_parse(text, nr, args->classic, &file);
	free(text);
	if (err)
		return tool_fail("%s: %s%s", cmd->name, args->insns, file.err);
	out->classic = args->classic;
	out->kind = args->kind ? args->kind : WEIR_KIND_SOCKET;
	out->insns = file.insns;
	out->nr = file.nr;
	return TOOL_OK;
}

int source_text(const struct tool_command *cmd, enum weir_kind kind,
		const char *path, struct weir_text_params *params,
		struct bpf_insn **insns, uint32_t *nr)
{
	const struct weir_text_opts opts = { .kind = kind, .params = params };
	struct weir_text_error err;
	size_t bytes;
	char *text = read_all(cmd, path, MAX_FILE, &bytes);
	int ret;

	if (!text)
		return TOOL_FAILED;
	ret = weir_text_assemble_opts(&opts, text, bytes, insns, nr, &err);
	free(text);
	if (ret == -EINVAL)
		return tool_fail("%s: %s:%u:%u: %s", cmd->name, path, err.line,
				 err.column, err.what);
	if (ret)
		return tool_fail("%s: %s: %s", cmd->name, path, strerror(-ret));
	return TOOL_OK;
}

static int from_text(const struct tool_command *cmd,
		     const struct source_args *args, const char *path,
		     struct source *out)
{
	struct bpf_insn *insns;
	uint32_t nr;
	int status;

	out->kind = args->kind ? args->kind : WEIR_KIND_SOCKET;
	out->params = calloc(1, sizeof(*out->params));
	if (!out->params)
		return tool_fail("%s: out of memory", cmd->name);
	status = source_text(cmd, out->kind, path, out->params, &insns, &nr);
	if (status)
		return status;
	out->insns = insns;
	out->nr = nr;
	return TOOL_OK;
}

static int from_file(const struct tool_command *cmd,
		     const struct source_args *args, const char *path,
		     struct source *out)
{
	out->name = strdup(path);
	if (!out->name)
		return tool_fail("%s: out of memory", cmd->name);
	return args->insns ? source_insns(cmd, args, out)
			   : from_text(cmd, args, path, out);
}

/*
 * Objects
 */

/* Is it one of those that the options ask for? */
static bool is_wanted(const struct source_args *args,
		      const struct weir_program *prog)
{
	if (args->prog)
		return !strcmp(weir_program__name(prog), args->prog);
	if (args->section)
		return !strcmp(weir_program__section(prog), args->section);
	return true;
}

static bool take_program(struct source *src, struct weir_program *prog)
{
	while (prog && !is_wanted(src->args, prog))
		prog = weir_object__next_program(src->obj, prog);
	if (!prog)
		return false;
	if (src->args->kind)
		weir_program__set_kind(prog, src->args->kind);
	src->prog = prog;
	src->kind = weir_program__kind(prog);
	return true;
}

bool source_next(struct source *src)
{
	if (!src->obj)
		return false;
	return take_program(src,
			    weir_object__next_program(src->obj, src->prog));
}

/* "xdp_pass (xdp), count (tc/ingress)", as far as there is room. */
static void list_programs(const struct source *src, char *out, size_t room)
{
	const struct weir_program *prog = NULL;
	size_t len = 0;

	*out = 0;
	while (len < room &&
	       (prog = weir_object__next_program(src->obj, prog)) != NULL)
		len += (size_t)snprintf(out + len, room - len, "%s%s (%s)",
					len ? ", " : "",
					weir_program__name(prog),
					weir_program__section(prog));
}

static int from_object(const struct tool_command *cmd,
		       const struct source_args *args, const char *path,
		       struct source *out)
{
	struct weir_object_opts opts = { .sz = sizeof(opts) };
	char list[LIST_TEXT];

	out->name = strdup(path);
	if (!out->name)
		return tool_fail("%s: out of memory", cmd->name);
	out->obj = weir_object__open_file(path, &opts);
	if (!out->obj)
		return tool_fail("%s: %s: %s", cmd->name, path, opts.error);
	out->args = args;
	if (take_program(out, weir_object__next_program(out->obj, NULL)))
		return TOOL_OK;
	list_programs(out, list, sizeof(list));
	if (!*list)
		return tool_fail("%s: %s: no program in it", cmd->name, path);
	return tool_fail("%s: %s: no program%s%s; there are %s", cmd->name,
			 path, args->prog ? " " : " of section ",
			 args->prog ? args->prog : args->section, list);
}

int source_one(const struct tool_command *cmd, const struct source *src)
{
	struct source more = *src;
	char list[LIST_TEXT];

	if (!source_next(&more))
		return TOOL_OK;
	list_programs(src, list, sizeof(list));
	return tool_fail("%s: %s: which program (--prog, --section)? There "
			 "are %s",
			 cmd->name, src->name, list);
}

/* A single word that ends as such files do. No expression ends so. */
static bool is_named(const char *word, const char *end)
{
	size_t len = strlen(word);

	return len > strlen(end) && !strcmp(word + len - strlen(end), end);
}

/* Options that say nothing about this sort of program. */
static int check_args(const struct tool_command *cmd,
		      const struct source_args *args, bool is_expression,
		      bool is_object)
{
	if (args->classic && !args->insns)
		return tool_usage(cmd, "--classic goes with --insns");
	if ((args->prog || args->section) && !is_object)
		return tool_usage(cmd, "%s goes with an object",
				  args->prog ? "--prog" : "--section");
	if (args->nr_assume && !is_object)
		return tool_usage(cmd, "--assume goes with an object");
	if (args->prog && args->section)
		return tool_usage(cmd, "--prog and --section exclude each "
				       "other");
	if (args->linktype && !is_expression)
		return tool_usage(cmd, "--linktype goes with an expression");
	if ((is_expression || args->classic) && args->kind &&
	    args->kind != WEIR_KIND_SOCKET)
		return tool_usage(cmd, "%s is of kind socket",
				  is_expression ? "an expression"
						: "classic BPF");
	return TOOL_OK;
}

int source_read(const struct tool_command *cmd, const struct source_args *args,
		char *const *words, int nr_words, struct source *out)
{
	const char *object = args->object;
	const char *path = args->insns ? args->insns : args->text;
	int nr = !!args->insns + !!args->text + !!object;
	int status;

	memset(out, 0, sizeof(*out));
	out->strict = args->strict;
	if (!nr && nr_words == 1 && is_named(words[0], ".o"))
		object = words[0];
	if (!nr && nr_words == 1 && is_named(words[0], ".s") &&
	    !access(words[0], F_OK))
		path = words[0];
	if (!nr && (object || path))
		nr_words = 0;
	if (nr > 1 || (nr && nr_words))
		return tool_usage(cmd, "more than one program");
	if (!path && !object && !nr_words)
		return tool_usage(cmd, "which program?");
	status = check_args(cmd, args, !path && !object, object != NULL);
	if (status)
		return status;
	if (object)
		status = from_object(cmd, args, object, out);
	else if (path)
		status = from_file(cmd, args, path, out);
	else
		status = from_expression(cmd, args, words, nr_words, out);
	if (status)
		source_free(out);
	return status;
}

void source_free(struct source *src)
{
	weir_object__close(src->obj);
	free(src->insns);
	free(src->params);
	free(src->name);
	src->params = NULL;
	src->obj = NULL;
	src->insns = NULL;
	src->name = NULL;
}

int source_prog(const struct source *src, struct weir_rejection *rej,
		struct weir_words *words, struct weir_prog **out)
{
	struct weir_loaded_attr attr = {
		.kind = src->kind,
		.flags = src->classic ? WEIR_LOAD_CLASSIC : 0,
		.insns = src->insns,
		.nr_insns = src->nr > UINT32_MAX ? UINT32_MAX : (u32)src->nr,
	};

	if (src->obj)
		return object_program_prog(src->prog, rej, words, out);
	if (src->params && src->params->nr) {
		attr.params = src->params->def;
		attr.nr_params = src->params->nr;
		attr.params_bytes = src->params->bytes;
	}
	return weir_loaded_prog(&attr, rej, out);
}

/* Can its programs call each other through a map? */
static bool has_program_array(const struct weir_object *obj)
{
	struct weir_map_info info = { .size = sizeof(info) };
	struct weir_map_handle *map = NULL;

	while ((map = weir_object__next_map(obj, map)) != NULL)
		if (!weir_map__info(map, &info) &&
		    info.type == BPF_MAP_TYPE_PROG_ARRAY)
			return true;
	return false;
}

int source_assume(struct weir_object *obj, const char *name, char *why,
		  size_t room)
{
	struct weir_map_handle *map = weir_object__find_map_by_name(obj, name);
	int err = map ? weir_map__set_assume(map, true) : -ENOENT;

	if (err == -ENOENT)
		snprintf(why, room, "--assume: no map %s", name);
	else if (err)
		snprintf(why, room,
			 "--assume: map %s: its values cannot be assumed; of "
			 "arrays those can that programs only read",
			 name);
	return err;
}

static struct weir_program *load_object(const struct source *src,
					struct weir_load_opts *opts)
{
	bool all = has_program_array(src->obj);
	struct weir_program *prog = NULL;
	int err = 0;

	for (unsigned int i = 0; !err && i < src->args->nr_assume; i++)
		err = source_assume(src->obj, src->args->assume[i],
				    opts->reject_detail,
				    sizeof(opts->reject_detail));
	errno = -err;
	if (err)
		return NULL;

	while ((prog = weir_object__next_program(src->obj, prog)) != NULL)
		if (prog == src->prog || !all)
			weir_program__set_autoload(prog, prog == src->prog);
	err = weir_object__load(src->obj, opts);
	errno = -err;
	return err ? NULL : src->prog;
}

struct weir_program *source_load(const struct source *src,
				 struct weir_load_opts *opts)
{
	opts->kind = src->kind;
	opts->strict = src->strict;
	if (src->obj)
		return load_object(src, opts);
	if (src->classic)
		return weir_program__load_classic(src->insns, src->nr, opts);
	if (src->params && src->params->nr) {
		opts->params = src->params->def;
		opts->nr_params = src->params->nr;
		opts->params_bytes = src->params->bytes;
	}
	return weir_program__load(src->insns, src->nr, opts);
}

int source_refused(const struct tool_command *cmd, const struct source *src,
		   const struct weir_load_opts *opts)
{
	if (!opts->reject_nr)
		return tool_fail("%s: %s", cmd->name, opts->reject_detail);
	return tool_fail("%s: %s: rejected: %s at %u: %s", cmd->name, src->name,
			 weir_reject__name(opts->reject_nr), opts->reject_pc,
			 opts->reject_detail);
}
