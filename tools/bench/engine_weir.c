// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Weir's engines: machine code and interpreter, in process or in the kernel. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/utsname.h>

#include "tools/bench/elements.h"
#include "tools/bench/engine.h"
#include "tools/lib/libweir.h"

uint64_t bench_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

const char *bench_host_arch(void)
{
	static struct utsname uts;

	if (!*uts.machine)
		uname(&uts);
	return !strncmp(uts.machine, "aarch64", 7) ? "arm64"
	       : !strncmp(uts.machine, "arm", 3)   ? "arm"
						   : uts.machine;
}

/* A program, and the object it is of, if any. */
struct handle {
	struct weir_program *prog;
	struct weir_object *obj;
};

/* What its maps start with. */
static int fill(const struct handle *h, const struct bench_filter *filter)
{
	const struct element *e;
	size_t at = 0;
	int err = 0;

	while (!err && (e = elements_next(filter->elements, filter->name,
					  &at)) != NULL) {
		struct weir_map_handle *map =
			weir_object__find_map_by_name(h->obj, e->map);

		if (!map)
			return -ENOENT;
		err = e->self ? weir_map__set_program(map, e->key, e->key_size,
						      h->prog, 0)
			      : weir_map__update_elem(map, e->key, e->key_size,
						      e->value, e->value_size,
						      0);
	}
	return err;
}

static int load_object(const struct bench_filter *filter,
		       struct weir_load_opts *opts, struct handle *h)
{
	struct weir_object_opts open = { .sz = sizeof(open) };
	int err;

	h->obj = weir_object__open_file(filter->object, &open);
	if (!h->obj) {
		err = errno ? -errno : -EINVAL;
		snprintf(opts->reject_detail, sizeof(opts->reject_detail), "%s",
			 open.error);
		return err;
	}
	err = weir_object__load(h->obj, opts);
	h->prog = err ? NULL : weir_object__next_program(h->obj, NULL);
	if (!err)
		err = h->prog ? fill(h, filter) : -ENOENT;
	return err;
}

static int load_insns(const struct bench_filter *filter,
		      struct weir_load_opts *opts, struct handle *h)
{
	if (filter->classic)
		h->prog = weir_program__load_classic(filter->classic,
						     filter->nr_classic, opts);
	else
		h->prog = weir_program__load(filter->insns, filter->nr_insns,
					     opts);
	return h->prog ? 0 : errno ? -errno : -EINVAL;
}

static void release(struct bench_loaded *loaded)
{
	struct handle *h = loaded->handle;

	if (h->obj)
		weir_object__close(h->obj);
	else
		weir_program__free(h->prog);
	free(h);
}

static void describe(const struct handle *h, struct bench_loaded *out)
{
	struct weir_prog_info info = { .size = sizeof(info) };
	bool is_code = weir_program__engine(h->prog) == WEIR_ENGINE_JIT;

	if (!weir_program__info(h->prog, &info))
		out->image_bytes = info.image_bytes;
	out->kind = info.kind;
	out->arch = is_code ? weir_program__arch(h->prog) : bench_host_arch();
}

static int load(const struct bench_engine *engine, enum weir_engine how,
		const struct bench_filter *filter, struct bench_loaded *out,
		char *err)
{
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.backend = engine->device ? WEIR_BACKEND_DEVICE
					  : WEIR_BACKEND_PROCESS,
		.kind = filter->object ? WEIR_KIND_UNSPEC : filter->kind,
		.engine = how,
		.name = "bench",
	};
	struct handle *h = calloc(1, sizeof(*h));
	uint64_t start;
	int ret;

	if (!h)
		return -ENOMEM;
	out->handle = h;
	start = bench_now_ns();
	ret = filter->object ? load_object(filter, &opts, h)
			     : load_insns(filter, &opts, h);
	out->load_ns = bench_now_ns() - start;
	if (!ret) {
		describe(h, out);
		return 0;
	}
	if (opts.reject_nr || *opts.reject_detail)
		snprintf(err, ENGINE_ERROR, "%s%s%s",
			 opts.reject_nr ? weir_reject__name(opts.reject_nr)
					: "",
			 opts.reject_nr ? ": " : "", opts.reject_detail);
	else
		snprintf(err, ENGINE_ERROR, "%s", strerror(-ret));
	release(out);
	return ret;
}

static int load_jit(const struct bench_engine *engine,
		    const struct bench_filter *filter, struct bench_loaded *out,
		    char *err)
{
	return load(engine, WEIR_ENGINE_JIT, filter, out, err);
}

static int load_interp(const struct bench_engine *engine,
		       const struct bench_filter *filter,
		       struct bench_loaded *out, char *err)
{
	return load(engine, WEIR_ENGINE_INTERP, filter, out, err);
}

static int run(const struct bench_loaded *loaded,
	       const struct bench_packet *packet, uint32_t repeat,
	       uint64_t *verdict, double *ns)
{
	struct weir_run_opts opts = {
		.sz = sizeof(opts),
		.data = packet->bytes,
		.data_size = packet->size,
		.repeat = repeat,
	};
	const struct handle *h = loaded->handle;
	int err = weir_program__run(h->prog, &opts);

	*verdict = opts.verdict;
	*ns = (double)opts.duration_ns / repeat;
	return err;
}

struct weir_program *bench_program(const struct bench_loaded *loaded)
{
	const struct handle *h = loaded->handle;

	return h->prog;
}

const struct bench_engine bench_engine_weir = {
	.name = "weir",
	.load = load_jit,
	.run = run,
	.free = release,
};

const struct bench_engine bench_engine_interp = {
	.name = "weir-interp",
	.load = load_interp,
	.run = run,
	.free = release,
};
