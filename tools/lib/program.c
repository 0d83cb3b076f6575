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
static bool take_opts(void *to, size_t bytes, const void *from,
		      size_t user_bytes)
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

static void give_opts(void *to, const void *from, size_t bytes,
		      size_t user_bytes)
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

static int load(const void *insns, size_t nr_insns, u32 flags,
		struct weir_load_opts *opts, struct weir_program **out)
{
	struct weir_program *prog;
	int err;

	if (!opts->kind || flags & WEIR_LOAD_CLASSIC)
		opts->kind = WEIR_KIND_SOCKET;
	if (opts->kind >= WEIR_NR_KINDS ||
	    opts->backend > WEIR_BACKEND_DEVICE ||
	    opts->engine > WEIR_ENGINE_JIT || (!insns && nr_insns)) {
		weir_opts_say(opts, "invalid option");
		return -EINVAL;
	}
	if (flags & WEIR_LOAD_CLASSIC && opts->fail_verdict) {
		weir_opts_say(opts, "a guard ends a classic program with 0");
		return -EINVAL;
	}
	/* What is too long stays so; the pipeline says it, as for all else. */
	if (nr_insns > U32_MAX)
		nr_insns = U32_MAX;
	if (opts->strict)
		flags |= WEIR_LOAD_STRICT;
	if (opts->engine == WEIR_ENGINE_INTERP)
		flags |= WEIR_LOAD_INTERP;
	if (!opts->set_fail_verdict && !opts->fail_verdict)
		opts->fail_verdict = default_fail_verdict(opts->kind);

	prog = calloc(1, sizeof(*prog));
	if (!prog)
		return -ENOMEM;
	prog->ops = opts->backend == WEIR_BACKEND_DEVICE
			    ? &weir_backend_device
			    : &weir_backend_process;
	prog->kind = opts->kind;
	prog->fd = -1;
	prog->arch = "";
	err = prog->ops->load(prog, insns, (u32)nr_insns, flags, opts);
	if (err) {
		free(prog);
		return err;
	}
	*out = prog;
	return 0;
}

static struct weir_program *load_opts(const void *insns, size_t nr_insns,
				      u32 flags, struct weir_load_opts *user)
{
	struct weir_load_opts opts = { 0 };
	struct weir_program *prog = NULL;
	int err;

	if (user && !take_opts(&opts, sizeof(opts), user, user->sz)) {
		errno = EINVAL;
		return NULL;
	}
	opts.reject_nr = 0;
	opts.reject_pc = 0;
	opts.reject_detail[0] = 0;
	err = load(insns, nr_insns, flags, &opts, &prog);
	if (err && !opts.reject_detail[0])
		weir_opts_say(&opts, "%s", strerror(-err));
	if (user)
		give_opts(user, &opts, sizeof(opts), user->sz);
	errno = -err;
	return prog;
}

struct weir_program *weir_program__load(const struct bpf_insn *insns,
					size_t nr_insns,
					struct weir_load_opts *opts)
{
	return load_opts(insns, nr_insns, 0, opts);
}

struct weir_program *weir_program__load_classic(const struct sock_filter *insns,
						size_t nr_insns,
						struct weir_load_opts *opts)
{
	return load_opts(insns, nr_insns, WEIR_LOAD_CLASSIC, opts);
}

int weir_program__run(struct weir_program *prog, struct weir_run_opts *user)
{
	static const char nothing[1];
	struct weir_run_opts opts;
	const void *data;
	int err;

	if (!take_opts(&opts, sizeof(opts), user, user->sz))
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
		give_opts(user, &opts, sizeof(opts), user->sz);
	return err;
}

int weir_program__info(struct weir_program *prog, struct weir_prog_info *user)
{
	struct weir_prog_info info;
	size_t bytes = user->size;
	int err;

	if (bytes < sizeof(user->size) ||
	    !take_opts(&info, sizeof(info), user, bytes))
		return -EINVAL;
	info.size = sizeof(info);
	err = prog->ops->info(prog, &info);
	if (err)
		return err;
	info.size = (u32)bytes;
	give_opts(user, &info, sizeof(info), bytes);
	return 0;
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
	return prog->fd;
}

void weir_program__free(struct weir_program *prog)
{
	int saved = errno;

	if (!prog)
		return;
	prog->ops->free(prog);
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
