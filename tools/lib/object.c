// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Objects: open, look for programs in them, load, close. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <linux/types.h>
#include <linux/kernel.h>
#include "base/prog.h"
#include "runtime/loaded.h"
#include "tools/lib/object.h"

#define MAX_OBJECT ((size_t)64 << 20) /* bytes of a file */
#define INSN_BYTES 8

/*
 * Functions and programs
 */

static int by_start(const void *a, const void *b)
{
	const struct object_func *x = a, *y = b;

	if (x->sec != y->sec)
		return x->sec < y->sec ? -1 : 1;
	return x->start < y->start ? -1 : x->start > y->start;
}

static int read_funcs(struct weir_object *obj, struct weir_words *words)
{
	obj->func = calloc(obj->elf.nr_symbols + 1, sizeof(*obj->func));
	if (!obj->func)
		return -ENOMEM;
	for (u32 i = 0; i < obj->elf.nr_symbols; i++) {
		const struct elf_symbol *sym = &obj->elf.symbol[i];

		if (sym->type != STT_FUNC || !sym->sec ||
		    !elf_section_is_code(&obj->elf.section[sym->sec]))
			continue;
		if (!sym->size || (sym->size | sym->value) % INSN_BYTES)
			return weir_say(words, -ENOEXEC,
					"function %s is not made of whole "
					"instructions",
					sym->name);
		obj->func[obj->nr_funcs++] = (struct object_func){
			.name = sym->name,
			.sec = sym->sec,
			.start = (u32)(sym->value / INSN_BYTES),
			.nr = (u32)(sym->size / INSN_BYTES),
		};
	}
	qsort(obj->func, obj->nr_funcs, sizeof(*obj->func), by_start);
	return 0;
}

/* The function of a program; .text holds those that programs call. */
static s64 program_func(const struct weir_object *obj, const char *name,
			const char *section)
{
	for (u32 i = 0; i < obj->nr_funcs; i++) {
		const char *in = obj->elf.section[obj->func[i].sec].name;

		if (*in == '?')
			in++;
		if (!strcmp(obj->func[i].name, name) && !strcmp(in, section))
			return i;
	}
	return -1;
}

static int add_program(struct weir_object *obj, const struct bpf_program *bpf,
		       struct weir_words *words)
{
	const char *name = bpf_program__name(bpf);
	const char *section = bpf_program__section_name(bpf);
	struct weir_program *prog = &obj->program[obj->nr_programs];
	s64 func = program_func(obj, name, section);

	if (!strcmp(section, ".text"))
		return 0;
	if (func < 0)
		return weir_say(words, -ENOEXEC,
				"program %s has no function in section %s",
				name, section);
	prog->part = calloc(1, sizeof(*prog->part));
	if (!prog->part)
		return -ENOMEM;
	obj->nr_programs++;
	*prog->part = (struct object_program){
		.obj = obj,
		.name = name,
		.section = section,
		.func = (u32)func,
		.autoload = bpf_program__autoload(bpf),
	};
	prog->kind = object_kind(bpf, section);
	prog->fd = -1;
	prog->arch = "";
	return 0;
}

static int read_programs(struct weir_object *obj, struct weir_words *words)
{
	struct bpf_program *bpf;
	u32 nr = 0;
	int err = 0;

	bpf_object__for_each_program(bpf, obj->bpf) nr++;
	obj->program = calloc(nr + 1, sizeof(*obj->program));
	if (!obj->program)
		return -ENOMEM;
	bpf_object__for_each_program(bpf, obj->bpf)
	{
		err = add_program(obj, bpf, words);
		if (err)
			return err;
	}
	if (!obj->nr_programs && !obj->nr_maps)
		return weir_say(words, -ENOEXEC, "no program in it");
	return 0;
}

/*
 * Opening
 */

static int open_bytes(struct weir_object *obj, const void *bytes, size_t size,
		      struct weir_words *words)
{
	int err = elf_file_open(&obj->elf, bytes, size, words);

	if (!err)
		err = object_btf_check(obj, words);
	if (!err)
		err = object_libbpf_open(obj, words);
	if (!err)
		object_btf_place(obj);
	if (!err)
		err = object_btf_ext(obj, words);
	if (!err)
		err = read_funcs(obj, words);
	if (!err)
		err = object_params_read(obj, words);
	if (!err)
		err = object_maps_read(obj, words);
	return err ? err : read_programs(obj, words);
}

static struct weir_object *open_named(const char *name, const void *bytes,
				      size_t size,
				      struct weir_object_opts *user)
{
	struct weir_object *obj = calloc(1, sizeof(*obj));
	struct weir_object_opts opts = { .sz = sizeof(opts) };
	struct weir_words words = { "" };
	int err = -ENOMEM;

	if (user && !weir_take_opts(&opts, sizeof(opts), user, user->sz))
		err = weir_say(&words, -EINVAL, "invalid option");
	else if (obj)
		obj->name = strdup(opts.name ? opts.name : name);
	if (obj && obj->name)
		err = open_bytes(obj, bytes, size, &words);
	if (!err)
		return obj;
	weir_say(&words, err, "%s", strerror(-err));
	snprintf(opts.error, sizeof(opts.error), "%s", words.text);
	if (user)
		weir_give_opts(user, &opts, sizeof(opts), user->sz);
	weir_object__close(obj);
	errno = -err;
	return NULL;
}

struct weir_object *weir_object__open_mem(const void *bytes, size_t size,
					  struct weir_object_opts *opts)
{
	return open_named("object", bytes, size, opts);
}

/* All of a file, to free(); or NULL with errno. */
static u8 *read_file(const char *path, size_t *nr)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t room = 1 << 16, len = 0;
	u8 *bytes = NULL, *more;
	ssize_t got = 1;

	while (fd >= 0 && got) {
		if (!bytes || len == room) {
			room = bytes ? room * 2 : room;
			more = len < MAX_OBJECT ? realloc(bytes, room) : NULL;
			if (len >= MAX_OBJECT)
				errno = EFBIG;
			if (!more)
				break;
			bytes = more;
		}
		got = read(fd, bytes + len, room - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		len += (size_t)got;
	}
	*nr = len;
	if (fd >= 0)
		close(fd);
	if (fd >= 0 && !got)
		return bytes;
	free(bytes);
	return NULL;
}

/* As libbpf names objects: the file without folder and end. */
static char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = strdup(slash ? slash + 1 : path);
	char *dot = name ? strchr(name, '.') : NULL;

	if (dot && dot != name)
		*dot = 0;
	return name;
}

struct weir_object *weir_object__open_file(const char *path,
					   struct weir_object_opts *opts)
{
	struct weir_object *obj = NULL;
	size_t size;
	u8 *bytes = read_file(path, &size);
	char *name = bytes ? base_name(path) : NULL;
	int err = errno;

	if (name) {
		obj = open_named(name, bytes, size, opts);
		err = errno;
	} else if (opts && opts->sz >= sizeof(*opts)) {
		snprintf(opts->error, sizeof(opts->error), "%s", strerror(err));
	}
	free(name);
	free(bytes);
	errno = err;
	return obj;
}

void weir_object__close(struct weir_object *obj)
{
	int saved = errno;

	if (!obj)
		return;
	for (u32 i = 0; i < obj->nr_programs; i++) {
		struct weir_program *prog = &obj->program[i];

		weir_program_unload(prog);
		object_code_free(&prog->part->code);
		free(prog->part);
	}
	free(obj->program);
	object_maps_free(obj);
	object_params_free(obj);
	free(obj->func);
	free(obj->line);
	free(obj->core);
	object_libbpf_close(obj);
	elf_file_close(&obj->elf);
	free(obj->name);
	free(obj);
	errno = saved;
}

/*
 * Looking around
 */

const char *weir_object__name(const struct weir_object *obj)
{
	return obj->name;
}

struct weir_program *weir_object__next_program(const struct weir_object *obj,
					       const struct weir_program *prog)
{
	u32 next = prog ? (u32)(prog - obj->program) + 1 : 0;

	return next < obj->nr_programs ? &obj->program[next] : NULL;
}

struct weir_program *
weir_object__find_program_by_name(const struct weir_object *obj,
				  const char *name)
{
	for (u32 i = 0; i < obj->nr_programs; i++)
		if (!strcmp(obj->program[i].part->name, name))
			return &obj->program[i];
	errno = ENOENT;
	return NULL;
}

const char *weir_program__name(const struct weir_program *prog)
{
	return prog->part ? prog->part->name : "";
}

const char *weir_program__section(const struct weir_program *prog)
{
	return prog->part ? prog->part->section : "";
}

enum weir_kind weir_program__kind(const struct weir_program *prog)
{
	return prog->kind;
}

int weir_program__set_kind(struct weir_program *prog, enum weir_kind kind)
{
	if (!prog->part || prog->ops || kind >= WEIR_NR_KINDS)
		return -EINVAL;
	prog->kind = kind;
	return 0;
}

bool weir_program__autoload(const struct weir_program *prog)
{
	return prog->part && prog->part->autoload;
}

int weir_program__set_autoload(struct weir_program *prog, bool autoload)
{
	if (!prog->part || prog->ops)
		return -EINVAL;
	prog->part->autoload = autoload;
	return 0;
}

int weir_object_line(const struct weir_object *obj,
		     const struct object_line *line, struct weir_line *out)
{
	const char *file = btf__str_by_offset(obj->btf, line->file);
	const char *text = btf__str_by_offset(obj->btf, line->text);

	if (!file || !text)
		return -ENOENT;
	out->file = file;
	out->text = text + strspn(text, " \t");
	out->line = line->line;
	out->column = line->column;
	return 0;
}

int weir_program__line(const struct weir_program *prog, uint32_t pc,
		       struct weir_line *out)
{
	const struct object_code *code = prog->part ? &prog->part->code : NULL;
	const struct object_line *line;

	if (!code || pc >= code->nr)
		return -ENOENT;
	line = object_line_at(prog->part->obj, code->sec[pc], code->insn[pc]);
	return line ? weir_object_line(prog->part->obj, line, out) : -ENOENT;
}

/*
 * Loading
 */

static int check_kind(const struct weir_program *prog, struct weir_words *words)
{
	if (prog->kind)
		return 0;
	return weir_say(words, -EINVAL,
			"section '%s' says no kind that Weir has (xdp, tc, "
			"socket, mem); set one",
			prog->part->section);
}

static int load_program(struct weir_program *prog, struct weir_load_opts *opts)
{
	struct weir_words words = { "" };
	int err = check_kind(prog, &words);

	if (!err)
		err = object_link(prog, &words);
	if (err) {
		weir_say(&words, err, "%s", strerror(-err));
		opts->reject_nr = opts->reject_pc = 0;
		weir_opts_say(opts, "%s", words.text);
		return err;
	}
	opts->kind = prog->kind;
	opts->name = prog->part->name;
	opts->maps = prog->part->code.map;
	opts->nr_maps = prog->part->code.nr_maps;
	opts->assume = 0;
	for (u32 i = 0; i < opts->nr_maps; i++)
		if (opts->maps[i]->assumed)
			opts->assume |= 1ULL << i;
	opts->params = NULL;
	opts->nr_params = opts->params_bytes = 0;
	if (prog->part->code.uses_params) {
		opts->params = object_params(prog->part->obj);
		opts->nr_params = prog->part->obj->params.nr;
		opts->params_bytes = prog->part->obj->params.bytes;
	}
	return weir_program_load_into(prog, prog->part->code.insns,
				      prog->part->code.nr, 0, opts);
}

static int load_all(struct weir_object *obj, struct weir_load_opts *opts)
{
	struct weir_words words = { "" };
	int err = object_maps_make(obj, opts->backend, &words);

	for (u32 i = 0; !err && i < obj->nr_programs; i++) {
		if (!obj->program[i].part->autoload)
			continue;
		err = load_program(&obj->program[i], opts);
		if (err)
			opts->reject_program = obj->program[i].part->name;
	}
	if (!err)
		err = object_maps_set_values(obj, &words);
	if (err && words.text[0])
		weir_opts_say(opts, "%s", words.text);
	return err;
}

int weir_object__load(struct weir_object *obj, struct weir_load_opts *user)
{
	struct weir_load_opts opts = { 0 }, given;
	int err;

	if (obj->loaded ||
	    (user && !weir_take_opts(&opts, sizeof(opts), user, user->sz)))
		return -EINVAL;
	given = opts;
	opts.sz = sizeof(opts);
	opts.reject_nr = opts.reject_pc = 0;
	opts.reject_detail[0] = 0;
	opts.reject_program = NULL;
	err = load_all(obj, &opts);
	for (u32 i = 0; err && i < obj->nr_programs; i++)
		weir_program_unload(&obj->program[i]);
	if (err)
		object_maps_unmake(obj);
	obj->loaded = !err;
	if (user) {
		opts.sz = given.sz;
		opts.kind = given.kind;
		opts.name = given.name;
		opts.maps = given.maps;
		opts.nr_maps = given.nr_maps;
		opts.assume = given.assume;
		opts.params = given.params;
		opts.nr_params = given.nr_params;
		opts.params_bytes = given.params_bytes;
		weir_give_opts(user, &opts, sizeof(opts), given.sz);
	}
	return err;
}

int object_program_prog(struct weir_program *prog, struct weir_rejection *rej,
			struct weir_words *words, struct weir_prog **out)
{
	const struct object_code *code = &prog->part->code;
	struct weir_map *maps[WEIR_MAX_MAPS];
	struct weir_loaded_attr attr = {
		.kind = prog->kind,
		.maps = maps,
	};
	int err = check_kind(prog, words);

	if (!err)
		err = object_link(prog, words);
	if (!err)
		err = object_maps_make(prog->part->obj, WEIR_BACKEND_PROCESS,
				       words);
	if (err)
		return weir_say(words, err, "%s", strerror(-err));
	for (u32 i = 0; i < code->nr_maps; i++)
		maps[i] = code->map[i]->core;
	attr.insns = code->insns;
	attr.nr_insns = code->nr;
	attr.nr_maps = code->nr_maps;
	if (code->uses_params) {
		attr.params = object_params(prog->part->obj);
		attr.nr_params = prog->part->obj->params.nr;
		attr.params_bytes = prog->part->obj->params.bytes;
	}
	return weir_loaded_prog(&attr, rej, out);
}
