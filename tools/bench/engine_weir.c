// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Weir's engines: machine code and interpreter, in process or in the kernel. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <sys/utsname.h>

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

static int load(const struct bench_engine *engine, enum weir_engine how,
		const struct bench_filter *filter, struct bench_loaded *out,
		char *err)
{
	struct weir_prog_info info = { .size = sizeof(info) };
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.backend = engine->device ? WEIR_BACKEND_DEVICE
					  : WEIR_BACKEND_PROCESS,
		.kind = filter->kind,
		.engine = how,
		.name = "bench",
	};
	struct weir_program *prog;
	uint64_t start = bench_now_ns();

	if (filter->classic)
		prog = weir_program__load_classic(filter->classic,
						  filter->nr_classic, &opts);
	else
		prog = weir_program__load(filter->insns, filter->nr_insns,
					  &opts);
	out->load_ns = bench_now_ns() - start;
	if (!prog) {
		int ret = -errno;

		snprintf(err, ENGINE_ERROR, "%s%s%s",
			 opts.reject_nr ? weir_reject__name(opts.reject_nr)
					: "",
			 opts.reject_nr ? ": " : "", opts.reject_detail);
		return ret ? ret : -EINVAL;
	}
	if (!weir_program__info(prog, &info))
		out->image_bytes = info.image_bytes;
	out->handle = prog;
	out->arch = weir_program__engine(prog) == WEIR_ENGINE_JIT
			    ? weir_program__arch(prog)
			    : bench_host_arch();
	return 0;
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
	int err = weir_program__run(loaded->handle, &opts);

	*verdict = opts.verdict;
	*ns = (double)opts.duration_ns / repeat;
	return err;
}

static void release(struct bench_loaded *loaded)
{
	weir_program__free(loaded->handle);
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
