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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "tools/bench/elements.h"
#include "tools/bench/engine.h"

#define ETHER 14
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

/* What the maps of an object start with. */
static int fill(struct bpf_object *obj, const struct bench_filter *filter,
		int prog_fd)
{
	const struct element *e;
	size_t at = 0;
	int err = 0;

	while (!err && (e = elements_next(filter->elements, filter->name,
					  &at)) != NULL) {
		int fd = bpf_object__find_map_fd_by_name(obj, e->map);
		const void *value = e->self ? (const void *)&prog_fd : e->value;

		err = fd < 0 ? fd : bpf_map_update_elem(fd, e->key, value, 0);
	}
	return err;
}

/*
 * The program alone, with the maps it has by now: what that costs is
 * comparable. Linux refuses it where it has callbacks, for want of their types.
 */
static void load_again(const struct bpf_program *prog, struct bench_loaded *out)
{
	uint64_t start = bench_now_ns();
	int fd = bpf_prog_load(bpf_program__type(prog), "weir_bench",
			       "Dual BSD/GPL", bpf_program__insns(prog),
			       bpf_program__insn_cnt(prog), NULL);

	if (fd < 0)
		return;
	out->load_ns = bench_now_ns() - start;
	close(fd);
}

static int load_object(const struct bench_filter *filter,
		       struct bench_loaded *out)
{
	struct bpf_object *obj = bpf_object__open_file(filter->object, NULL);
	struct bpf_program *prog;
	uint64_t start = bench_now_ns();
	int err;

	if (!obj)
		return -errno;
	out->handle = obj;
	prog = bpf_object__next_program(obj, NULL);
	err = prog ? bpf_object__load(obj) : -ENOENT;
	out->load_ns = bench_now_ns() - start;
	if (err)
		return err;
	out->fd = bpf_program__fd(prog);
	load_again(prog, out);
	return fill(obj, filter, out->fd);
}

static int load_insns(const struct bench_filter *filter,
		      struct bench_loaded *out)
{
	enum bpf_prog_type type;
	uint64_t start = bench_now_ns();

	if (!type_of(filter->kind, &type))
		return -EOPNOTSUPP;
	out->fd = bpf_prog_load(type, "weir_bench", "Dual BSD/GPL",
				filter->insns, filter->nr_insns, NULL);
	out->load_ns = bench_now_ns() - start;
	return out->fd < 0 ? -errno : 0;
}

static void release(struct bench_loaded *loaded)
{
	if (loaded->handle)
		bpf_object__close(loaded->handle);
	else if (loaded->fd >= 0)
		close(loaded->fd);
}

static int load(const struct bench_engine *engine,
		const struct bench_filter *filter, struct bench_loaded *out,
		char *err)
{
	struct bpf_prog_info info = { 0 };
	uint32_t info_bytes = sizeof(info);
	int ret;

	(void)engine;
	libbpf_set_print(NULL);
	out->kind = filter->kind;
	out->fd = -1;
	ret = filter->object ? load_object(filter, out)
			     : load_insns(filter, out);
	if (ret) {
		if (ret == -EOPNOTSUPP)
			snprintf(err, ENGINE_ERROR, "Linux has no such kind");
		else
			snprintf(err, ENGINE_ERROR, "bpf(): %s", words(-ret));
		release(out);
		return ret;
	}
	if (!bpf_obj_get_info_by_fd(out->fd, &info, &info_bytes))
		out->image_bytes = info.jited_prog_len;
	out->arch = bench_host_arch();
	return 0;
}

/*
 * Of an object, a socket's program is one: its test run takes away an Ethernet
 * header, and the field `protocol` comes from there.
 */
static int run_socket(const struct bench_loaded *loaded,
		      const struct bench_packet *packet,
		      struct bpf_test_run_opts *opts)
{
	uint8_t *bytes = calloc(1, ETHER + packet->size);
	int ret;

	if (!bytes)
		return -ENOMEM;
	memcpy(bytes + ETHER, packet->bytes, packet->size);
	if (packet->size >= ETHER)
		memcpy(bytes + ETHER - 2, packet->bytes + ETHER - 2, 2);
	opts->data_in = bytes;
	opts->data_size_in = ETHER + packet->size;
	ret = bpf_prog_test_run_opts(loaded->fd, opts) ? -errno : 0;
	free(bytes);
	return ret;
}

static int run(const struct bench_loaded *loaded,
	       const struct bench_packet *packet, uint32_t repeat,
	       uint64_t *verdict, double *ns)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet->bytes,
		    .data_size_in = packet->size, .repeat = (int)repeat);
	bool is_socket = loaded->handle && loaded->kind == WEIR_KIND_SOCKET;
	int err = is_socket ? run_socket(loaded, packet, &opts)
		  : bpf_prog_test_run_opts(loaded->fd, &opts) ? -errno
							      : 0;

	if (err)
		return err == -EINVAL ? -EMSGSIZE : err;
	*verdict = opts.retval;
	*ns = opts.duration; /* of one run, the mean */
	return 0;
}

const struct bench_engine bench_engine_linux = {
	.name = "linux",
	.load = load,
	.run = run,
	.free = release,
};
