// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libpcap's interpreter, which is what a program in userspace filters with that
 * has no kernel to do it. Only here is libpcap's struct bpf_insn seen: it is
 * laid out as struct sock_filter.
 */
#include <errno.h>
#include <stdio.h>
#include <pcap/pcap.h>

#include "tools/bench/engine.h"

static const struct bpf_insn empty[] = { { BPF_RET | BPF_K, 0, 0, 0 } };

static int load(const struct bench_engine *engine,
		const struct bench_filter *filter, struct bench_loaded *out,
		char *err)
{
	uint64_t start = bench_now_ns();

	(void)engine;
	if (!filter->classic && !filter->is_empty) {
		snprintf(err, ENGINE_ERROR, "no classic filter");
		return -EOPNOTSUPP;
	}
	out->handle = filter->is_empty ? (void *)empty : filter->classic;
	if (!bpf_validate(out->handle,
			  filter->is_empty ? 1 : (int)filter->nr_classic)) {
		snprintf(err, ENGINE_ERROR, "not valid for libpcap");
		return -EINVAL;
	}
	out->load_ns = bench_now_ns() - start;
	out->arch = bench_host_arch();
	return 0;
}

static int run(const struct bench_loaded *loaded,
	       const struct bench_packet *packet, uint32_t repeat,
	       uint64_t *verdict, double *ns)
{
	uint64_t start = bench_now_ns();

	for (uint32_t i = 0; i < repeat; i++)
		*verdict = bpf_filter(loaded->handle, packet->bytes,
				      packet->size, packet->size);
	*ns = (double)(bench_now_ns() - start) / repeat;
	return 0;
}

static void release(struct bench_loaded *loaded)
{
	(void)loaded;
}

const struct bench_engine bench_engine_libpcap = {
	.name = "libpcap",
	.load = load,
	.run = run,
	.free = release,
};
