// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * soak_bridges [--engine interp|jit|device] [--packets N] [--changes N]
 * [--threads N]: handlers are attached to guards and detached, all the time and
 * N times at least (100), while threads run N packets at least (20,000), by the
 * library, in this process or in the kernel.
 *
 * Whoever runs a packet gets the verdict of before or after a change, and of no
 * other; one that begins when a change has returned gets that of after. Every
 * packet is counted once by the guard that ended it. In the end nothing is left.
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
#define MOV(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOVX(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ADD(d, i) INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define JEQ(d, i, o) INSN(BPF_JMP | BPF_JEQ | BPF_K, d, 0, o, i)
#define CALL(id) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define EXIT INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define NR(insns) (sizeof(insns) / sizeof((insns)[0]))
#define EXIT_RECORD 0x8001

#define GUARDS 3
#define MAX_THREADS 16
#define BUSY 0xffffffffu

/* The first byte says where a packet that is too short is looked at. */
static const struct bpf_insn program[] = {
	LDX(BPF_W, 2, 1, 0),
	LDX(BPF_B, 3, 2, 0),
	JEQ(3, 1, 4),
	JEQ(3, 2, 6),
	JEQ(3, 3, 8),
	MOV(0, XDP_PASS),
	EXIT,
	LDX(BPF_B, 4, 2, 50),
	MOV(0, XDP_PASS),
	EXIT,
	LDX(BPF_B, 4, 2, 60),
	MOV(0, XDP_PASS),
	EXIT,
	LDX(BPF_B, 4, 2, 70),
	MOV(0, XDP_PASS),
	EXIT,
};

/* Verdicts that nobody else gives. */
static const struct bpf_insn seven[] = { MOV(0, 7), EXIT };
/* 8 if it sees a record of a guard's exit. */
static const struct bpf_insn eight[] = {
	MOVX(1, 10),
	ADD(1, -16),
	MOV(2, 16),
	CALL(EXIT_RECORD),
	LDX(BPF_W, 0, 10, -16),
	ADD(0, 7),
	EXIT,
};

/**
 * struct soak - all of it
 * @guard:	numbers of the guards, by the first byte less 1
 * @now:	their verdict since the last change, with a number of that change
 *		above it; BUSY while one is under way
 * @runs:	packets that each of them has ended
 * @packets:	all of them
 */
static struct soak {
	struct weir_program *prog;
	struct weir_program *handler[2];
	uint32_t guard[GUARDS];
	uint32_t now[GUARDS];
	uint64_t runs[GUARDS];
	uint64_t packets;
	bool stop;
	uint32_t wrong;
	uint32_t stale;
	uint32_t failed;
} soak;

static struct weir_program *load(const struct bpf_insn *insns, size_t nr,
				 enum weir_kind kind, const char *engine)
{
	struct weir_load_opts opts = {
		.sz = sizeof(opts),
		.kind = kind,
		.engine = WEIR_ENGINE_JIT,
	};
	struct weir_program *prog;

	if (!strcmp(engine, "interp"))
		opts.engine = WEIR_ENGINE_INTERP;
	if (!strcmp(engine, "device"))
		opts.backend = WEIR_BACKEND_DEVICE;
	prog = weir_program__load(insns, nr, &opts);
	if (!prog)
		ksft_exit_fail_msg("load: %s\n", opts.reject_detail);
	return prog;
}

static int run(struct weir_program *prog, uint8_t first,
	       struct weir_run_opts *opts)
{
	uint8_t packet[20] = { first };

	*opts = (struct weir_run_opts){
		.sz = sizeof(*opts),
		.data = packet,
		.data_size = sizeof(packet),
	};
	return weir_program__run(prog, opts);
}

/* Which guards end which packets: the numbers are the verifier's. */
static void find_guards(void)
{
	struct weir_run_opts opts;

	for (uint32_t i = 0; i < GUARDS; i++) {
		if (run(soak.prog, (uint8_t)(i + 1), &opts) ||
		    opts.exit.kind != WEIR_EXIT_GUARD ||
		    opts.verdict != XDP_DROP)
			ksft_exit_fail_msg("packet %u is ended by no guard\n",
					   i);
		soak.guard[i] = opts.exit.guard;
		soak.now[i] = XDP_DROP;
		soak.runs[i] = 1;
	}
}

static bool is_verdict(uint64_t v)
{
	return v == XDP_DROP || v == 7 || v == 8;
}

static void one_packet(uint32_t i)
{
	uint32_t before = __atomic_load_n(&soak.now[i], __ATOMIC_SEQ_CST);
	struct weir_run_opts opts;
	uint32_t after;

	if (run(soak.prog, (uint8_t)(i + 1), &opts)) {
		__atomic_add_fetch(&soak.failed, 1, __ATOMIC_RELAXED);
		return;
	}
	after = __atomic_load_n(&soak.now[i], __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&soak.runs[i], 1, __ATOMIC_RELAXED);
	if (!is_verdict(opts.verdict) || opts.exit.kind != WEIR_EXIT_GUARD ||
	    opts.exit.guard != soak.guard[i])
		__atomic_add_fetch(&soak.wrong, 1, __ATOMIC_RELAXED);
	if (before == after && before != BUSY && opts.verdict != (before & 15))
		__atomic_add_fetch(&soak.stale, 1, __ATOMIC_RELAXED);
}

static void *keep_running(void *arg)
{
	uint32_t i = (uint32_t)(uintptr_t)arg;

	while (!__atomic_load_n(&soak.stop, __ATOMIC_RELAXED)) {
		one_packet(i++ % GUARDS);
		__atomic_add_fetch(&soak.packets, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static uint64_t packets_so_far(void)
{
	return __atomic_load_n(&soak.packets, __ATOMIC_RELAXED);
}

/* One guard, there and back. @round says which handler, and whether it counts. */
static bool there_and_back(uint32_t i, uint32_t round)
{
	uint32_t which = round & 1;
	bool counts = round & 2;
	uint32_t *now = &soak.now[i];
	int err;

	__atomic_store_n(now, BUSY, __ATOMIC_SEQ_CST);
	err = weir_bridge__attach(soak.prog, soak.guard[i], soak.handler[which],
				  counts ? WEIR_BRIDGE_VERDICT : 0);
	__atomic_store_n(now, round << 5 | (counts ? 7 + which : XDP_DROP),
			 __ATOMIC_SEQ_CST);
	if (err)
		return false;
	sched_yield();
	__atomic_store_n(now, BUSY, __ATOMIC_SEQ_CST);
	err = weir_bridge__detach(soak.prog, soak.guard[i]);
	__atomic_store_n(now, round << 5 | 16 | XDP_DROP, __ATOMIC_SEQ_CST);
	sched_yield();
	return !err;
}

static void test_traffic(uint32_t threads, uint64_t packets, uint64_t changes)
{
	pthread_t thread[MAX_THREADS];
	uint32_t round = 1;
	bool ok = true;

	for (uintptr_t t = 0; t < threads; t++)
		pthread_create(&thread[t], NULL, keep_running, (void *)t);
	while (ok && (packets_so_far() < packets || round <= changes)) {
		ok = there_and_back(round % GUARDS, round);
		round++;
	}
	__atomic_store_n(&soak.stop, true, __ATOMIC_RELAXED);
	for (uint32_t t = 0; t < threads; t++)
		pthread_join(thread[t], NULL);
	ksft_print_msg("%llu packets, %u times attached and detached\n",
		       (unsigned long long)soak.packets, round - 1);
	ksft_test_result(ok, "attached and detached\n");
	ksft_test_result(!soak.failed, "all packets run\n");
	ksft_test_result(!soak.wrong, "no wrong verdict, no wrong guard\n");
	ksft_test_result(!soak.stale, "no old verdict after a change\n");
}

static void test_counts(void)
{
	struct weir_guard_record record;
	bool exact = true, idle = true;

	for (uint32_t i = 0; i < GUARDS; i++) {
		if (weir_program__guards(soak.prog, soak.guard[i], &record,
					 1) != 1)
			exact = false;
		exact &= record.number == soak.guard[i] &&
			 record.count == soak.runs[i];
		idle &= record.state == WEIR_GUARD_IDLE && !record.handler_id;
	}
	ksft_test_result(exact, "every exit counted once\n");
	ksft_test_result(idle, "no guard has a handler\n");
}

/* Attached, it survives its own descriptor. */
static void test_life(const char *engine)
{
	struct weir_program *h = load(seven, NR(seven), WEIR_KIND_XDP, engine);
	struct weir_guard_record record = { 0 };
	struct weir_run_opts opts;
	uint32_t g = soak.guard[0];
	bool ok;

	ok = !weir_bridge__attach(soak.prog, g, h, WEIR_BRIDGE_VERDICT);
	weir_program__free(h);
	ok = ok && !run(soak.prog, 1, &opts) && opts.verdict == 7;
	ok = ok && weir_program__guards(soak.prog, g, &record, 1) == 1;
	ksft_test_result(ok && record.handled == 1 && record.handler_id &&
				 record.state == WEIR_GUARD_PATCHED &&
				 record.flags == WEIR_BRIDGE_VERDICT,
			 "a handler lives while it is attached\n");
	ksft_test_result(weir_bridge__attach(soak.prog, g, soak.handler[0],
					     0) == -EEXIST &&
				 !run(soak.prog, 1, &opts) && opts.verdict == 7,
			 "a second handler: EEXIST\n");
	ksft_test_result(weir_bridge__attach(soak.handler[0], 0, soak.prog,
					     0) == -ENOENT,
			 "a guard that is not there: ENOENT\n");
	ksft_test_result(weir_bridge__attach(soak.handler[1], 0, soak.prog, 0) <
				 0,
			 "a program with handlers is no handler\n");
	soak.runs[0] += 2;
}

static void test_bad(const char *engine)
{
	static const struct bpf_insn deep[] = {
		INSN(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -264, 0),
		MOV(0, 1),
		EXIT,
	};
	struct weir_program *other =
		load(seven, NR(seven), WEIR_KIND_TC, engine);
	struct weir_program *big = load(deep, NR(deep), WEIR_KIND_XDP, engine);
	uint32_t g = soak.guard[1];

	ksft_test_result(weir_bridge__attach(soak.prog, g, other, 0) == -EINVAL,
			 "a handler of another kind: EINVAL\n");
	ksft_test_result(weir_bridge__attach(soak.prog, g, big, 0) == -E2BIG,
			 "a handler that is too deep: E2BIG\n");
	ksft_test_result(weir_bridge__attach(soak.prog, 12345, soak.handler[0],
					     0) == -ENOENT,
			 "a guard's number too high: ENOENT\n");
	ksft_test_result(weir_bridge__attach(soak.prog, g, soak.handler[0],
					     0x80) == -EINVAL,
			 "an unknown flag: EINVAL\n");
	ksft_test_result(weir_bridge__attach(soak.prog, g, soak.prog, 0) ==
				 -ELOOP,
			 "its own handler: ELOOP\n");
	ksft_test_result(weir_bridge__detach(soak.prog, g) == -ENOENT,
			 "nothing to detach: ENOENT\n");
	weir_program__free(other);
	weir_program__free(big);
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
	soak.prog = load(program, NR(program), WEIR_KIND_XDP, engine);
	soak.handler[0] = load(seven, NR(seven), WEIR_KIND_XDP, engine);
	soak.handler[1] = load(eight, NR(eight), WEIR_KIND_XDP, engine);
	find_guards();
	test_bad(engine);
	test_traffic(threads, packets, changes);
	test_counts();
	test_life(engine);
	/* The last one goes with its program. */
	weir_program__free(soak.prog);
	weir_program__free(soak.handler[0]);
	weir_program__free(soak.handler[1]);
	ksft_test_result(in_use(engine) == before, "nothing is left\n");
	return ksft_finished();
}
