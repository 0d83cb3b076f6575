// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libweir's programs: check what the caller handed in, fill in the defaults,
 * give it to the back end. Option structures carry the size their user was
 * compiled with, and are worked on as whole copies.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include <linux/kernel.h>
#include "base/log.h"
#include "tools/lib/backend.h"
#include "tools/lib/map.h"

/* Verdicts that drop, of <linux/bpf.h> and <linux/pkt_cls.h>. */
#define VERDICT_XDP_DROP 1
#define VERDICT_TC_SHOT 2

const char *weir_version(void)
{
	return WEIR_VERSION;
}

void weir_opts_say(struct weir_load_opts *opts, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(opts->reject_detail, sizeof(opts->reject_detail), fmt, ap);
	va_end(ap);
}

/*
 * Copy a structure of @user_bytes into one of @bytes. What the user does not
 * have is zero; what we do not know must be zero.
 */
bool weir_take_opts(void *to, size_t bytes, const void *from, size_t user_bytes)
{
	const u8 *user = from;

	if (user_bytes < sizeof(size_t))
		return false;
	for (size_t i = bytes; i < user_bytes; i++)
		if (user[i])
			return false;
	memset(to, 0, bytes);
	memcpy(to, from, min_t(size_t, bytes, user_bytes));
	return true;
}

void weir_give_opts(void *to, const void *from, size_t bytes, size_t user_bytes)
{
	memcpy(to, from, min_t(size_t, bytes, user_bytes));
}

static u64 default_fail_verdict(enum weir_kind kind)
{
	switch (kind) {
	case WEIR_KIND_XDP:
		return VERDICT_XDP_DROP;
	case WEIR_KIND_TC:
		return VERDICT_TC_SHOT;
	default:
		return 0;
	}
}

static int check_opts(const void *insns, size_t nr_insns, u32 flags,
		      struct weir_load_opts *opts)
{
	if (!opts->kind || flags & WEIR_LOAD_CLASSIC)
		opts->kind = WEIR_KIND_SOCKET;
	if (opts->kind >= WEIR_NR_KINDS ||
	    opts->backend > WEIR_BACKEND_DEVICE ||
	    opts->engine > WEIR_ENGINE_JIT || (!insns && nr_insns)) {
		weir_opts_say(opts, "invalid option");
		return -EINVAL;
	}
	if (opts->nr_maps > WEIR_MAX_MAPS ||
	    (opts->nr_maps && (!opts->maps || flags & WEIR_LOAD_CLASSIC))) {
		weir_opts_say(opts, "up to %u maps", WEIR_MAX_MAPS);
		return -E2BIG;
	}
	if (flags & WEIR_LOAD_CLASSIC && opts->fail_verdict) {
		weir_opts_say(opts, "a guard ends a classic program with 0");
		return -EINVAL;
	}
	if (!opts->set_fail_verdict && !opts->fail_verdict)
		opts->fail_verdict = default_fail_verdict(opts->kind);
	return 0;
}

static int load(struct weir_program *prog, const void *insns, size_t nr_insns,
		u32 flags, struct weir_load_opts *opts)
{
	const struct weir_backend_ops *ops = &weir_backend_process;
	int err = check_opts(insns, nr_insns, flags, opts);

	if (err)
		return err;
	/* What is too long stays so; the pipeline says it, as for all else. */
	if (nr_insns > U32_MAX)
		nr_insns = U32_MAX;
	if (opts->strict)
		flags |= WEIR_LOAD_STRICT;
	if (opts->engine == WEIR_ENGINE_INTERP)
		flags |= WEIR_LOAD_INTERP;
	if (opts->backend == WEIR_BACKEND_DEVICE)
		ops = &weir_backend_device;
	for (u32 i = 0; i < opts->nr_maps; i++) {
		if (opts->maps[i]->ops == ops)
			continue;
		weir_opts_say(opts, "map %s is of another back end",
			      opts->maps[i]->name);
		return -EINVAL;
	}

	prog->kind = opts->kind;
	prog->fd = -1;
	prog->arch = "";
	err = ops->load(prog, insns, (u32)nr_insns, flags, opts);
	if (!err)
		prog->ops = ops;
	return err;
}

int weir_program_load_into(struct weir_program *prog, const void *insns,
			   size_t nr_insns, uint32_t flags,
			   struct weir_load_opts *user)
{
	struct weir_load_opts opts = { 0 };
	int err;

	if (user && !weir_take_opts(&opts, sizeof(opts), user, user->sz))
		return -EINVAL;
	opts.reject_nr = 0;
	opts.reject_pc = 0;
	opts.reject_detail[0] = 0;
	err = prog ? load(prog, insns, nr_insns, flags, &opts) : -ENOMEM;
	if (err && !opts.reject_detail[0])
		weir_opts_say(&opts, "%s", strerror(-err));
	if (user)
		weir_give_opts(user, &opts, sizeof(opts), user->sz);
	return err;
}

void weir_program_unload(struct weir_program *prog)
{
	if (prog->ops)
		prog->ops->free(prog);
	prog->ops = NULL;
}

static struct weir_program *load_new(const void *insns, size_t nr_insns,
				     u32 flags, struct weir_load_opts *opts)
{
	struct weir_program *prog = calloc(1, sizeof(*prog));
	int err;

	/* Also without one: who asked wants to know why. */
	err = weir_program_load_into(prog, insns, nr_insns, flags, opts);
	if (!err)
		return prog;
	free(prog);
	errno = -err;
	return NULL;
}

struct weir_program *weir_program__load(const struct bpf_insn *insns,
					size_t nr_insns,
					struct weir_load_opts *opts)
{
	return load_new(insns, nr_insns, 0, opts);
}

struct weir_program *weir_program__load_classic(const struct sock_filter *insns,
						size_t nr_insns,
						struct weir_load_opts *opts)
{
	return load_new(insns, nr_insns, WEIR_LOAD_CLASSIC, opts);
}

int weir_program__run(struct weir_program *prog, struct weir_run_opts *user)
{
	static const char nothing[1];
	struct weir_run_opts opts;
	const void *data;
	int err;

	if (!prog->ops || !weir_take_opts(&opts, sizeof(opts), user, user->sz))
		return -EINVAL;
	if ((!opts.data && opts.data_size) || opts.repeat > WEIR_MAX_REPEAT)
		return -EINVAL;
	data = opts.data;
	if (!opts.data)
		opts.data = nothing;
	if (!opts.repeat)
		opts.repeat = 1;
	if (!opts.data_out)
		opts.data_out_size = 0;
	err = prog->ops->run(prog, &opts);
	opts.data = data;
	if (!err)
		weir_give_opts(user, &opts, sizeof(opts), user->sz);
	return err;
}

int weir_program__info(struct weir_program *prog, struct weir_prog_info *user)
{
	struct weir_prog_info info;
	size_t bytes = user->size;
	int err;

	if (!prog->ops || bytes < sizeof(user->size) ||
	    !weir_take_opts(&info, sizeof(info), user, bytes))
		return -EINVAL;
	info.size = sizeof(info);
	err = prog->ops->info(prog, &info);
	if (err)
		return err;
	info.size = (u32)bytes;
	weir_give_opts(user, &info, sizeof(info), bytes);
	return 0;
}

int weir_program__param(struct weir_program *prog, uint32_t index,
			struct weir_param_def *out)
{
	struct weir_param param = {
		.size = sizeof(param),
		.op = WEIR_PARAM_GET,
		.index = index,
	};
	int err = prog->ops ? prog->ops->param(prog, &param) : -EINVAL;

	if (!err)
		*out = param.def;
	return err;
}

int weir_program__set_param(struct weir_program *prog, const char *name,
			    uint64_t value, struct weir_param_def *out)
{
	struct weir_param param = {
		.size = sizeof(param),
		.op = WEIR_PARAM_SET,
		.def.value = value,
	};
	int err;

	if (!prog->ops)
		return -EINVAL;
	if (strlen(name) >= sizeof(param.def.name))
		return -ENOENT;
	snprintf(param.def.name, sizeof(param.def.name), "%s", name);
	err = prog->ops->param(prog, &param);
	if (out && (!err || err == -ERANGE))
		*out = param.def;
	return err;
}

int weir_program__guards(struct weir_program *prog, uint32_t first,
			 struct weir_guard_record *records, uint32_t nr)
{
	struct weir_guards guards = {
		.size = sizeof(guards),
		.first = first,
		.nr = nr,
		.record_bytes = sizeof(*records),
		.records = (uintptr_t)records,
	};
	int err;

	if (!prog->ops || (nr && !records) || nr > INT32_MAX)
		return -EINVAL;
	err = prog->ops->guards(prog, &guards);
	return err ? err : (int)guards.nr;
}

int weir_bridge__attach(struct weir_program *prog, uint32_t guard,
			struct weir_program *handler, uint32_t flags)
{
	if (!prog->ops || !handler || prog->ops != handler->ops)
		return -EINVAL;
	return prog->ops->bridge(prog, guard, handler, flags);
}

int weir_bridge__detach(struct weir_program *prog, uint32_t guard)
{
	return prog->ops ? prog->ops->bridge(prog, guard, NULL, 0) : -EINVAL;
}

uint32_t weir_program_lines(const struct weir_program *prog, uint32_t nr_insns,
			    struct weir_line_of **out)
{
	struct weir_line_of *lines;
	struct weir_line line;
	u32 nr = 0;

	*out = NULL;
	if (!prog->part || weir_program__line(prog, 0, &line))
		return 0;
	lines = malloc((size_t)nr_insns * sizeof(*lines));
	for (u32 pc = 0; lines && pc < nr_insns; pc++) {
		if (weir_program__line(prog, pc, &line) ||
		    (nr && lines[nr - 1].line == line.line))
			continue;
		lines[nr++] = (struct weir_line_of){ pc, line.line };
	}
	*out = lines;
	return nr;
}

int weir_program__assumption(struct weir_program *prog,
			     struct weir_assume *user)
{
	struct weir_assume op = { .size = sizeof(op) };
	size_t bytes = user->size;
	int err;

	if (!prog->ops || bytes < sizeof(user->size))
		return -EINVAL;
	err = prog->ops->assume(prog, &op);
	if (err)
		return err;
	op.size = (u32)bytes;
	weir_give_opts(user, &op, sizeof(op), bytes);
	return 0;
}

int weir_program__assume_now(struct weir_program *prog)
{
	struct weir_assume op = { .size = sizeof(op), .op = WEIR_ASSUME_NOW };

	return prog->ops ? prog->ops->assume(prog, &op) : -EINVAL;
}

enum weir_engine weir_program__engine(const struct weir_program *prog)
{
	return prog->engine;
}

const char *weir_program__arch(const struct weir_program *prog)
{
	return prog->arch;
}

int weir_program__fd(const struct weir_program *prog)
{
	return prog->ops ? prog->fd : -1;
}

void weir_program__free(struct weir_program *prog)
{
	int saved = errno;

	/* Those of an object go with it. */
	if (!prog || prog->part)
		return;
	weir_program_unload(prog);
	free(prog);
	errno = saved;
}

const char *weir_reject__name(uint32_t nr)
{
	return weir_reject_name(nr);
}

const char *weir_reject__text(uint32_t nr)
{
	return weir_reject_text(nr);
}

static const char *const kind_names[WEIR_NR_KINDS] = {
	[WEIR_KIND_UNSPEC] = "?", [WEIR_KIND_SOCKET] = "socket",
	[WEIR_KIND_TC] = "tc",	  [WEIR_KIND_XDP] = "xdp",
	[WEIR_KIND_MEM] = "mem",
};

const char *weir_kind__name(uint32_t kind)
{
	return kind_names[kind < WEIR_NR_KINDS ? kind : WEIR_KIND_UNSPEC];
}

enum weir_kind weir_kind__by_name(const char *name)
{
	for (u32 kind = WEIR_KIND_UNSPEC + 1; kind < WEIR_NR_KINDS; kind++)
		if (!strcmp(name, kind_names[kind]))
			return kind;
	return WEIR_KIND_UNSPEC;
}

static const char *const guard_names[WEIR_NR_GUARD_KINDS] = {
	[WEIR_GUARD_NONE] = "?",      [WEIR_GUARD_PACKET] = "packet",
	[WEIR_GUARD_STACK] = "stack", [WEIR_GUARD_BUFFER] = "buffer",
	[WEIR_GUARD_NULL] = "null",   [WEIR_GUARD_MAP_VALUE] = "map value",
	[WEIR_GUARD_FUEL] = "fuel",   [WEIR_GUARD_TAIL_CALL] = "tail call",
};

const char *weir_guard__name(uint32_t kind)
{
	return guard_names[kind < WEIR_NR_GUARD_KINDS ? kind : WEIR_GUARD_NONE];
}
