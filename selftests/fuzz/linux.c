// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The running Linux as a third opinion, through libbpf. Included by fuzz.c. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "selftests/fuzz/fuzz.h"

/* A socket filter's test run starts behind the Ethernet header: it gets one. */
#define ETHER 14
/* Its test run refuses packets that are nothing but that header. */
#define LEAST_LINUX 15

static enum bpf_prog_type linux_type(enum weir_kind kind)
{
	switch (kind) {
	case WEIR_KIND_XDP:
		return BPF_PROG_TYPE_XDP;
	case WEIR_KIND_TC:
		return BPF_PROG_TYPE_SCHED_CLS;
	default:
		return BPF_PROG_TYPE_SOCKET_FILTER;
	}
}

static int linux_maps[GEN_NR_MAPS];

/* The same instructions with maps by descriptor. */
static const struct bpf_insn *linux_insns(const struct gen_program *p)
{
	static struct bpf_insn insns[GEN_MAX_INSNS];

	memcpy(insns, p->insns, p->nr * sizeof(insns[0]));
	for (u32 i = 0; i < p->nr; i++) {
		if (!weir_insn_is_wide(&insns[i]))
			continue;
		if (insns[i].src_reg == BPF_PSEUDO_MAP_IDX ||
		    insns[i].src_reg == BPF_PSEUDO_MAP_IDX_VALUE) {
			insns[i].imm = linux_maps[insns[i].imm];
			insns[i].src_reg -=
				BPF_PSEUDO_MAP_IDX - BPF_PSEUDO_MAP_FD;
		}
		i++;
	}
	return insns;
}

/* A descriptor, or -errno. */
static int linux_load(const struct gen_program *p)
{
	static char log[1 << 16];
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .log_buf = log,
		    .log_size = sizeof(log), .log_level = 1);
	const char *show = getenv("FUZZ_SHOW_REFUSED");
	int fd, err;

	libbpf_set_print(NULL);
	fd = bpf_prog_load(linux_type(p->kind), "weir_fuzz", "Dual BSD/GPL",
			   linux_insns(p), p->nr, show ? &opts : NULL);
	err = errno;
	if (fd < 0 && show)
		printf("# Linux: %s\n%s\n", strerror(err), log);
	return fd < 0 ? -err : fd;
}

/* Why bpf() cannot be used here, or NULL. */
static const char *linux_absent(void)
{
	static const struct gen_program nothing = {
		.kind = WEIR_KIND_SOCKET,
		.nr = 2,
		.insns = {
			{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
			{ .code = BPF_JMP | BPF_EXIT },
		},
	};
	int fd = linux_load(&nothing);

	if (fd < 0)
		return strerror(-fd);
	close(fd);
	return NULL;
}

/* Verdict and packet as Linux has them; -errno. */
static int linux_run(int fd, enum weir_kind kind, const struct packet *packet,
		     struct result *out)
{
	uint8_t in[ETHER + MAX_PACKET] = { 0 }, back[ETHER + MAX_OUT];
	u32 before = kind == WEIR_KIND_SOCKET ? ETHER : 0;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in,
		    .data_size_in = before + packet->size, .data_out = back,
		    .data_size_out = sizeof(back), .repeat = 1);

	memcpy(in + before, packet->bytes, packet->size);
	/* The field `protocol` comes from the header in front. */
	if (before && packet->size >= ETHER)
		memcpy(in + 12, packet->bytes + 12, 2);
	if (bpf_prog_test_run_opts(fd, &opts))
		return -errno;
	out->verdict = opts.retval;
	out->exit.kind = WEIR_EXIT_RETURN;
	out->size = opts.data_size_out - before;
	memcpy(out->bytes, back + before, min_t(u32, out->size, MAX_OUT));
	return 0;
}
