// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The running Linux as an engine: its verifier and JIT, through libbpf.
 *
 * A socket filter goes in as a traffic classifier. That may use LD_ABS as well,
 * but its test run leaves the packet at its Ethernet header, where filters
 * expect it. The test run takes packets from 14 bytes up to somewhat less than
 * a page.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "tools/bench/engine.h"

#define LINUX_ENOTSUPP 524 /* never meant to leave the kernel, but it does */

static const char *words(int number)
{
	return number == LINUX_ENOTSUPP ? "not supported (error 524)"
					: strerror(number);
}

/* Return: false if Linux has no such kind. */
static bool type_of(enum weir_kind kind, enum bpf_prog_type *type)
{
	switch (kind) {
	case WEIR_KIND_SOCKET:
	case WEIR_KIND_TC:
		*type = BPF_PROG_TYPE_SCHED_CLS;
		return true;
	case WEIR_KIND_XDP:
		*type = BPF_PROG_TYPE_XDP;
		return true;
	default:
		return false;
	}
}

static int load(const struct bench_engine *engine,
		const struct bench_filter *filter, struct bench_loaded *out,
		char *err)
{
	struct bpf_prog_info info = { 0 };
	uint32_t info_bytes = sizeof(info);
	enum bpf_prog_type type;
	uint64_t start;

	(void)engine;
	if (!type_of(filter->kind, &type)) {
		snprintf(err, ENGINE_ERROR, "Linux has no such kind");
		return -EOPNOTSUPP;
	}
	libbpf_set_print(NULL);
	start = bench_now_ns();
	out->fd = bpf_prog_load(type, "weir_bench", "Dual BSD/GPL",
				filter->insns, filter->nr_insns, NULL);
	out->load_ns = bench_now_ns() - start;
	if (out->fd < 0) {
		int number = errno;

		snprintf(err, ENGINE_ERROR, "bpf(): %s", words(number));
		return -number;
	}
	if (!bpf_obj_get_info_by_fd(out->fd, &info, &info_bytes))
		out->image_bytes = info.jited_prog_len;
	out->arch = bench_host_arch();
	return 0;
}

static int run(const struct bench_loaded *loaded,
	       const struct bench_packet *packet, uint32_t repeat,
	       uint64_t *verdict, double *ns)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet->bytes,
		    .data_size_in = packet->size, .repeat = (int)repeat);

	if (bpf_prog_test_run_opts(loaded->fd, &opts))
		return errno == EINVAL ? -EMSGSIZE : -errno;
	*verdict = opts.retval;
	*ns = opts.duration; /* of one run, the mean */
	return 0;
}

static void release(struct bench_loaded *loaded)
{
	close(loaded->fd);
}

const struct bench_engine bench_engine_linux = {
	.name = "linux",
	.load = load,
	.run = run,
	.free = release,
};
