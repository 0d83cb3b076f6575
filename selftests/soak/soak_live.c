// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * soak_live [--engine interp|jit|device] [--packets N] [--changes N]
 * [--threads N]: a map that is assumed not to change is changed, and compiled in
 * again, and a live parameter of 64 bits is set, all the time and N times at least
 * (100), while threads run N packets at least (20,000), by the library, in this
 * process or in the kernel.
 *
 * Both count up. Who starts when a change has returned gets that number or a
 * later one, never one that is not there yet, and of the parameter never a mix
 * of two. In the end nothing is left.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <linux/bpf.h>
#include "jit/codemem.h"
#include "runtime/loaded.h"
#include "tools/lib/libweir.h"
#include "selftests/harness.h"

#define INSN(c, d, s, o, i)                                              \
	{                                                                \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), \
		.imm = (i)                                               \
	}
#define LDX(size, d, s, o) INSN(BPF_LDX | BPF_MEM | (size), d, s, o, 0)
#define MOVX(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ADD(d, i) INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define JEQ(d, i, o) INSN(BPF_JMP | BPF_JEQ | BPF_K, d, 0, o, i)
#define CALL(id) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define LD64(d, src, low, high) \
	INSN(BPF_LD | BPF_IMM | BPF_DW, d, src, 0, low), INSN(0, 0, 0, 0, high)
#define EXIT INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define NR(insns) (sizeof(insns) / sizeof((insns)[0]))
#define MAX_THREADS 16

/* Without a packet: the parameter. With one: the second element of the map. */
static const struct bpf_insn program[] = {
	JEQ(2, 0, 8),
	INSN(BPF_ST | BPF_MEM | BPF_W, 10, 0, -4, 1),
	LD64(1, BPF_PSEUDO_MAP_IDX, 0, 0),
	MOVX(2, 10),
	ADD(2, -4),
	CALL(BPF_FUNC_map_lookup_elem),
	JEQ(0, 0, 4),
	INSN(BPF_JMP | BPF_JA, 0, 0, 4, 0),
	LD64(0, WEIR_PSEUDO_PARAM, 0, 0),
	LDX(BPF_DW, 0, 0, 0),
	EXIT,
	LDX(BPF_DW, 0, 0, 0),
	EXIT,
};

/**
 * struct count - a number that goes up
 * @begun:	the one that is being set, or was last
 * @done:	the last one whose change has returned
 */
struct count {
	uint64_t begun;
	uint64_t done;
};

static struct soak {
	struct weir_program *prog;
	struct weir_map_handle *map;
	struct count value;
	struct count param;
	uint64_t packets;
	bool stop;
	uint32_t mixed;
	uint32_t stale;
	uint32_t early;
	uint32_t failed;
} soak;

static void load(const char *engine)
{
	static const struct weir_param_def param = {
		.name = "wide",
		.size = 8,
		.max = UINT64_MAX,
	};
	bool device = !strcmp(engine, "device");
	struct weir_map_opts map = {
		.sz = sizeof(map),
		.backend = device ? WEIR_BACKEND_DEVICE : WEIR_BACKEND_PROCESS,
		.type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 2,
		.flags = BPF_F_RDONLY_PROG,
		.name = "counts",
	};
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.kind = WEIR_KIND_MEM,
		.backend = map.backend,
		.engine = !strcmp(engine, "interp") ? WEIR_ENGINE_INTERP
						    : WEIR_ENGINE_JIT,
		.maps = &soak.map,
		.nr_maps = 1,
		.assume = 1,
		.quiet_ms = 1,
		.threshold = 1,
		.params = &param,
		.nr_params = 1,
		.params_bytes = 8,
	};

	soak.map = weir_map__create(&map);
	if (!soak.map)
		ksft_exit_fail_msg("map: %s\n", map.error);
	soak.prog = weir_program__load(program, NR(program), &opts);
	if (!soak.prog)
		ksft_exit_fail_msg("load: %s\n", opts.reject_detail);
}

static uint64_t get(const uint64_t *at)
{
	return __atomic_load_n(at, __ATOMIC_SEQ_CST);
}

static void count(uint32_t *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

static void one_packet(bool of_map)
{
	struct count *c = of_map ? &soak.value : &soak.param;
	struct weir_run_opts opts = {
		.sz = sizeof(opts),
		.data = "x",
		.data_size = of_map,
	};
	uint64_t least = get(&c->done), n;

	if (weir_program__run(soak.prog, &opts)) {
		count(&soak.failed);
		return;
	}
	n = opts.verdict;
	if (!of_map && n >> 32 != (uint32_t)n)
		count(&soak.mixed);
	if (!of_map)
		n = (uint32_t)n;
	if (n < least)
		count(&soak.stale);
	if (n > get(&c->begun))
		count(&soak.early);
}

static void *keep_running(void *arg)
{
	uintptr_t i = (uintptr_t)arg;

	while (!__atomic_load_n(&soak.stop, __ATOMIC_RELAXED)) {
		one_packet(i++ & 1);
		__atomic_add_fetch(&soak.packets, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static bool change(struct count *c, bool of_map)
{
	uint64_t n = c->begun + 1;
	uint32_t key = 1;
	int err;

	__atomic_store_n(&c->begun, n, __ATOMIC_SEQ_CST);
	err = of_map ? weir_map__update_elem(soak.map, &key, sizeof(key), &n,
					     sizeof(n), 0)
		     : weir_program__set_param(soak.prog, "wide", n << 32 | n,
					       NULL);
	__atomic_store_n(&c->done, n, __ATOMIC_SEQ_CST);
	return !err;
}

/* Compiled in again, by us, or, in the kernel, by the worker before. */
static bool compile(const char *engine)
{
	int err = weir_program__assume_now(soak.prog);

	return !strcmp(engine, "interp") ? err == -EOPNOTSUPP
					 : !err || err == -EBUSY;
}

static void test_traffic(const char *engine, uint32_t threads, uint64_t packets,
			 uint64_t changes)
{
	pthread_t thread[MAX_THREADS];
	uint64_t round = 0;
	bool changed = true, compiled = true;

	for (uintptr_t t = 0; t < threads; t++)
		pthread_create(&thread[t], NULL, keep_running, (void *)t);
	while (get(&soak.packets) < packets || round < changes) {
		changed &= change(&soak.value, true);
		changed &= change(&soak.param, false);
		/* Some changes come while nothing is compiled in. */
		if (round++ % 4)
			compiled &= compile(engine);
		sched_yield();
	}
	__atomic_store_n(&soak.stop, true, __ATOMIC_RELAXED);
	for (uint32_t t = 0; t < threads; t++)
		pthread_join(thread[t], NULL);
	ksft_print_msg("%llu packets, %llu changes of each\n",
		       (unsigned long long)soak.packets,
		       (unsigned long long)round);
	ksft_test_result(changed, "changed each time\n");
	ksft_test_result(compiled, "compiled in again each time\n");
	ksft_test_result(!soak.failed, "all packets run\n");
	ksft_test_result(!soak.stale, "no old number after a change\n");
	ksft_test_result(!soak.early, "no number before its change\n");
	ksft_test_result(!soak.mixed, "no mix of two numbers\n");
}

static void test_statistics(const char *engine)
{
	struct weir_assume info = { .size = sizeof(info) };
	int err;

	/* The worker may be at it. */
	while (weir_program__assume_now(soak.prog) == -EBUSY)
		sched_yield();
	err = weir_program__assumption(soak.prog, &info);
	ksft_print_msg("built %llu, revoked %llu, discarded %llu\n",
		       (unsigned long long)info.built,
		       (unsigned long long)info.revoked,
		       (unsigned long long)info.discarded);
	if (!strcmp(engine, "interp")) {
		ksft_test_result(!err && info.state == WEIR_ASSUME_GENERIC &&
					 !info.built,
				 "interpreted: nothing to compile\n");
		return;
	}
	ksft_test_result(!err && info.state == WEIR_ASSUME_VALID &&
				 info.maps == 1 && info.image_bytes,
			 "valid in the end\n");
	ksft_test_result(info.built == info.revoked + 1 && info.built > 1 &&
				 !info.refused,
			 "as often compiled in as taken back, and once more\n");
}

static void test_bad(void)
{
	static const struct bpf_insn nothing[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1),
		EXIT,
	};
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.kind = WEIR_KIND_MEM,
		.assume = 1,
	};
	struct weir_assume info = { .size = sizeof(info) };
	struct weir_program *prog;

	ksft_test_result(!weir_program__load(nothing, NR(nothing), &opts) &&
				 !strcmp(weir_reject__name(opts.reject_nr),
					 "bad_assume"),
			 "a map that is not there: refused\n");
	opts.assume = 0;
	prog = weir_program__load(nothing, NR(nothing), &opts);
	ksft_test_result(prog && !weir_program__assumption(prog, &info) &&
				 info.state == WEIR_ASSUME_NONE &&
				 weir_program__assume_now(prog) == -EOPNOTSUPP,
			 "a program that assumes nothing says so\n");
	weir_program__free(prog);
}

/* What the process, or the module, has of programs and code memory. */
static uint64_t parameter(const char *name)
{
	char path[128];
	unsigned long long value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/weir/parameters/%s", name);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%llu", &value) != 1)
		ksft_exit_fail_msg("%s cannot be read\n", path);
	fclose(f);
	return value;
}

static uint64_t in_use(const char *engine)
{
	struct weir_codemem_stats stats;

	if (!strcmp(engine, "device"))
		return parameter("programs") << 32 | parameter("code_used");
	weir_codemem_stats(&stats);
	return (uint64_t)weir_loaded_nr() << 32 | stats.used;
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 10);

	if (*end || !n)
		ksft_exit_fail_msg("%s: no number\n", text);
	return n;
}

int main(int argc, char **argv)
{
	const char *engine = "interp";
	uint64_t packets = 20000, changes = 100, before;
	uint32_t threads = 4;

	ksft_print_header();
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc)
			ksft_exit_fail_msg("%s needs a value\n", argv[i]);
		if (!strcmp(argv[i], "--engine"))
			engine = argv[i + 1];
		else if (!strcmp(argv[i], "--packets"))
			packets = number(argv[i + 1]);
		else if (!strcmp(argv[i], "--changes"))
			changes = number(argv[i + 1]);
		else if (!strcmp(argv[i], "--threads"))
			threads = (uint32_t)number(argv[i + 1]);
		else
			ksft_exit_fail_msg("%s: no option\n", argv[i]);
	}
	if (threads > MAX_THREADS)
		ksft_exit_fail_msg("at most %u threads\n", MAX_THREADS);
	before = in_use(engine);
	test_bad();
	load(engine);
	test_traffic(engine, threads, packets, changes);
	test_statistics(engine);
	weir_program__free(soak.prog);
	weir_map__close(soak.map);
	ksft_test_result(in_use(engine) == before, "nothing is left\n");
	return ksft_finished();
}
