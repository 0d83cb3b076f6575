// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tail calls between programs of both engines, from the outermost frame and out
 * of a subprogram: interpreted or machine code, each as first, second and last.
 * The last one is called back by a helper, and so is the first after it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>
#include <linux/kernel.h>
#include <uapi/linux/bpf.h>
#include "libweir.h"
#include "tools/lib/text.h"
#include "selftests/harness.h"

static struct weir_map_handle *progs;

static struct weir_program *load(const char *text, enum weir_engine engine,
				 u64 fail_verdict)
{
	static const char *const name = "progs";
	const struct weir_text_opts words = {
		.kind = WEIR_KIND_XDP,
		.maps = &name,
		.nr_maps = 1,
	};
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.kind = WEIR_KIND_XDP,
		.engine = engine,
		.set_fail_verdict = true,
		.fail_verdict = fail_verdict,
		.maps = &progs,
		.nr_maps = 1,
	};
	struct weir_text_error err;
	struct weir_program *prog;
	struct bpf_insn *insns;
	u32 nr;

	if (weir_text_assemble_opts(&words, text, strlen(text), &insns, &nr,
				    &err)) {
		ksft_print_msg("line %u: %s\n", err.line, err.what);
		return NULL;
	}
	prog = weir_program__load(insns, nr, &opts);
	if (!prog && errno != EOPNOTSUPP)
		ksft_print_msg("%s\n", opts.reject_detail);
	free(insns);
	return prog;
}

/* On to slot 1. */
static const char *const second = "r2 = map[progs]\n"
				  "r3 = 1\n"
				  "call tail_call\n"
				  "r0 = 1\n"
				  "exit\n";

/* Three turns of a loop, and 40. */
static const char *const last = "r1 = 3\n"
				"r2 = &turn\n"
				"r3 = 0\n"
				"r4 = 0\n"
				"call loop\n"
				"r0 += 40\n"
				"exit\n"
				"turn: r0 = 0\n"
				"exit\n";

/* A byte that an empty packet has not. */
static const char *const guarded = "r2 = *(u32 *)(r1 + data)\n"
				   "r0 = *(u8 *)(r2 + 0)\n"
				   "exit\n";

static const char *const outermost = "r2 = map[progs]\n"
				     "r3 = %d\n"
				     "call tail_call\n"
				     "r0 = 2\n"
				     "exit\n";

/* Behind it two turns of a loop of its own. */
static const char *const from_subprog = "call sub\n"
					"r6 = r0\n"
					"r1 = 2\n"
					"r2 = &turn\n"
					"r3 = 0\n"
					"r4 = 0\n"
					"call loop\n"
					"r0 += r6\n"
					"exit\n"
					"sub: r2 = map[progs]\n"
					"r3 = %d\n"
					"call tail_call\n"
					"r0 = 2\n"
					"exit\n"
					"turn: r0 = 0\n"
					"exit\n";

enum {
	TO_SECOND,
	TO_LAST,
	TO_GUARDED,
	NR_TARGETS
};

#define OWN_FAIL 5
#define GUARDED_FAIL 9

static bool gives(const char *form, int slot, enum weir_engine engine,
		  u64 verdict)
{
	struct weir_run_opts run = { .sz = sizeof(run), .data = "" };
	struct weir_program *prog;
	char text[512];
	bool ok;

	snprintf(text, sizeof(text), form, slot);
	prog = load(text, engine, OWN_FAIL);
	ok = prog && !weir_program__run(prog, &run) && run.verdict == verdict;
	if (!ok)
		ksft_print_msg("slot %d: verdict %llu\n", slot,
			       (unsigned long long)run.verdict);
	weir_program__free(prog);
	return ok;
}

static bool put(u32 slot, const char *text, enum weir_engine engine)
{
	struct weir_program *prog = load(text, engine, GUARDED_FAIL);
	bool ok = prog && !weir_map__set_program(progs, &slot, sizeof(slot),
						 prog, BPF_ANY);

	weir_program__free(prog);
	return ok;
}

static void test_engines(enum weir_engine a, enum weir_engine b,
			 enum weir_engine c)
{
	static const char *const names[] = {
		[WEIR_ENGINE_INTERP] = "interpreted",
		[WEIR_ENGINE_JIT] = "code",
	};
	bool ok = put(TO_SECOND, second, b) && put(TO_LAST, last, c) &&
		  put(TO_GUARDED, guarded, b);

	ok = ok && gives(outermost, TO_SECOND, a, 43) &&
	     gives(outermost, NR_TARGETS, a, 2) &&
	     gives(outermost, TO_GUARDED, a, GUARDED_FAIL) &&
	     gives(from_subprog, TO_SECOND, a, 45) &&
	     gives(from_subprog, NR_TARGETS, a, 4) &&
	     gives(from_subprog, TO_GUARDED, a, GUARDED_FAIL);
	ksft_test_result(ok, "%s, %s, %s\n", names[a], names[b], names[c]);
}

static bool has_code(void)
{
	struct weir_program *prog = load("r0 = 0\nexit\n", WEIR_ENGINE_JIT, 0);

	weir_program__free(prog);
	return prog;
}

int main(void)
{
	struct weir_map_opts opts = {
		.sz = sizeof(opts),
		.type = BPF_MAP_TYPE_PROG_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = NR_TARGETS,
	};
	enum weir_engine most = WEIR_ENGINE_JIT;
	u32 a, b, c;

	ksft_print_header();
	progs = weir_map__create(&opts);
	if (!progs)
		ksft_exit_fail_msg("no map: %s\n", opts.error);
	if (!has_code())
		most = WEIR_ENGINE_INTERP;
	for (a = WEIR_ENGINE_INTERP; a <= most; a++)
		for (b = WEIR_ENGINE_INTERP; b <= most; b++)
			for (c = WEIR_ENGINE_INTERP; c <= most; c++)
				test_engines(a, b, c);
	weir_map__close(progs);
	return ksft_finished();
}
