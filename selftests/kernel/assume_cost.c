// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * assume_cost: what assumptions save, in a machine whose clock counts
 * instructions (boot --icount). A list of 64 rules in an array, each looked up by
 * its index, and a packet that none of them matches: with the values compiled in
 * it must take at most half of the instructions that it takes without. And a
 * program for which they make no difference takes one more: the nop.
 */
#include <stdint.h>
#include <string.h>
#include <linux/bpf.h>
#include "tools/lib/libweir.h"
#include "selftests/harness.h"

#define INSN(c, d, s, o, i)                                              \
	{                                                                \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), \
		.imm = (i)                                               \
	}
#define RULES 64
#define RULE_INSNS 15
#define REPEAT 2000

/* A packet matches if (address & mask) == net and the port is this one, or 0. */
struct rule {
	uint32_t net;
	uint32_t mask;
	uint32_t port;
	uint32_t verdict;
};

/* r6: address, r7: port */
static const struct bpf_insn one_rule[RULE_INSNS] = {
	INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 0),
	INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_IDX, 0, 0),
	INSN(0, 0, 0, 0, 0),
	INSN(BPF_ALU64 | BPF_MOV | BPF_X, 2, 10, 0, 0),
	INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -4),
	INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_map_lookup_elem),
	INSN(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 8, 0),
	INSN(BPF_LDX | BPF_MEM | BPF_W, 1, 0, 4, 0),
	INSN(BPF_ALU64 | BPF_AND | BPF_X, 1, 6, 0, 0),
	INSN(BPF_LDX | BPF_MEM | BPF_W, 2, 0, 0, 0),
	INSN(BPF_JMP | BPF_JNE | BPF_X, 1, 2, 4, 0),
	INSN(BPF_LDX | BPF_MEM | BPF_W, 3, 0, 8, 0),
	INSN(BPF_JMP | BPF_JNE | BPF_X, 3, 7, 2, 0),
	INSN(BPF_LDX | BPF_MEM | BPF_W, 0, 0, 12, 0),
	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
};

static const struct bpf_insn before[] = {
	INSN(BPF_LDX | BPF_MEM | BPF_W, 2, 1, 0, 0),
	INSN(BPF_LDX | BPF_MEM | BPF_W, 3, 1, 4, 0),
	INSN(BPF_ALU64 | BPF_MOV | BPF_X, 4, 2, 0, 0),
	INSN(BPF_ALU64 | BPF_ADD | BPF_K, 4, 0, 0, 8),
	INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1),
	INSN(BPF_JMP | BPF_JLE | BPF_X, 4, 3, 1, 0),
	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	INSN(BPF_LDX | BPF_MEM | BPF_W, 6, 2, 0, 0),
	INSN(BPF_LDX | BPF_MEM | BPF_W, 7, 2, 4, 0),
};

static const struct bpf_insn behind[] = {
	INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 2),
	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
};

/* The values make no difference: whether there is a nop does. */
static const struct bpf_insn idle[] = {
	INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_IDX, 0, 0),
	INSN(0, 0, 0, 0, 0),
	INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 2),
	INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
};

#define NR(a) (sizeof(a) / sizeof((a)[0]))

static struct bpf_insn acl[NR(before) + RULES * RULE_INSNS + NR(behind)];
static struct weir_map_handle *map;

static void make_acl(void)
{
	struct bpf_insn *at = acl;

	memcpy(at, before, sizeof(before));
	at += NR(before);
	for (int i = 0; i < RULES; i++, at += RULE_INSNS) {
		memcpy(at, one_rule, sizeof(one_rule));
		at->imm = i;
	}
	memcpy(at, behind, sizeof(behind));
}

static void make_map(void)
{
	struct weir_map_opts opts = {
		.sz = sizeof(opts),
		.backend = WEIR_BACKEND_DEVICE,
		.type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = sizeof(struct rule),
		.max_entries = RULES,
		.flags = BPF_F_RDONLY_PROG,
		.name = "rules",
	};

	map = weir_map__create(&opts);
	if (!map)
		ksft_exit_fail_msg("map: %s\n", opts.error);
	/* Prefixes of 8, 16, 24 and 32 bits, as they lie in a packet. */
	for (uint32_t i = 0; i < RULES; i++) {
		uint32_t bits = 8 * (1 + i % 4);
		uint32_t mask = bits < 32 ? (1u << bits) - 1 : ~0u;
		struct rule rule = {
			.net = (0x0a010203 + i * 0x03030303) & mask,
			.mask = mask,
			.port = 1000 + i * 37,
			.verdict = 1,
		};

		if (weir_map__update_elem(map, &i, sizeof(i), &rule,
					  sizeof(rule), 0))
			ksft_exit_fail_msg("rule %u\n", i);
	}
}

static struct weir_program *load(const struct bpf_insn *insns, size_t nr,
				 bool assume)
{
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.kind = WEIR_KIND_XDP,
		.backend = WEIR_BACKEND_DEVICE,
		.engine = WEIR_ENGINE_JIT,
		.maps = &map,
		.nr_maps = 1,
		.assume = assume,
	};
	struct weir_program *prog = weir_program__load(insns, nr, &opts);

	if (!prog)
		ksft_exit_fail_msg("load: %s\n", opts.reject_detail);
	return prog;
}

/* Instructions of REPEAT runs, the least of some attempts: ticks add to some. */
static uint64_t measure(struct weir_program *prog, uint64_t verdict)
{
	static const uint32_t packet[4] = { 0xc0a80101, 80 };
	uint64_t least = UINT64_MAX;

	for (int i = 0; i < 8; i++) {
		struct weir_run_opts opts = {
			.sz = sizeof(opts),
			.data = packet,
			.data_size = sizeof(packet),
			.repeat = REPEAT,
		};

		if (weir_program__run(prog, &opts) || opts.verdict != verdict)
			ksft_exit_fail_msg("a run: verdict %llu\n",
					   (unsigned long long)opts.verdict);
		if (opts.duration_ns < least)
			least = opts.duration_ns;
	}
	return least;
}

int main(void)
{
	struct weir_program *none, *nop, *generic, *assumed;
	uint64_t base, with_nop, slow, fast;

	ksft_print_header();
	make_acl();
	make_map();
	none = load(idle, NR(idle), false);
	nop = load(idle, NR(idle), true);
	generic = load(acl, NR(acl), false);
	assumed = load(acl, NR(acl), true);
	base = measure(none, 2);
	with_nop = measure(nop, 2);
	slow = measure(generic, 2);
	fast = measure(assumed, 2);
	ksft_print_msg("a nop: %lld instructions in %u runs\n",
		       (long long)(with_nop - base), REPEAT);
	/* What a run is around the program, both have. */
	ksft_print_msg("64 rules: %llu instructions, assumed %llu\n",
		       (unsigned long long)((slow - base) / REPEAT),
		       (unsigned long long)((fast - base) / REPEAT));
	/* BTI and signed return addresses would ask for a landing pad, too. */
	ksft_test_result(with_nop - base <= REPEAT + REPEAT / 4,
			 "an untouched assumption costs one nop\n");
	ksft_test_result(2 * (fast - base) <= slow - base,
			 "64 rules: at most half of the instructions\n");
	weir_program__free(none);
	weir_program__free(nop);
	weir_program__free(generic);
	weir_program__free(assumed);
	weir_map__close(map);
	return ksft_finished();
}
