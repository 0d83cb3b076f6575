// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Machine code against the interpreter: the same program on the same memory,
 * for each opcode with operands at the edges, and for guards, stack, atomics,
 * calls and classic programs. Operands come from memory, so that nothing is
 * known when the program is compiled. Programs run with subsets of the passes
 * and without each of the CPU features that the host has.
 *
 * What must agree: the verdict, the memory, how the run ended, and after a
 * guard exit the registers that are live there.
 */
#include <stdint.h>
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <uapi/linux/bpf.h>
#include <uapi/linux/filter.h>
#include "base/helper.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/log.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/arch.h"
#include "jit/codemem.h"
#include "jit/compile.h"
#include "jit/ir.h"
#include "runtime/interp.h"
#include "verifier/facts.h"
#include "selftests/harness.h"

/* --- Instructions, by the names the kernel's tests use ----------------------- */

#define INSN(c, d, s, o, i)                  \
	((struct bpf_insn){ .code = (c),     \
			    .dst_reg = (d),  \
			    .src_reg = (s),  \
			    .off = (s16)(o), \
			    .imm = (s32)(i) })
#define ALU64_K(op, d, i) INSN(BPF_ALU64 | (op) | BPF_K, d, 0, 0, i)
#define ALU64_X(op, d, s) INSN(BPF_ALU64 | (op) | BPF_X, d, s, 0, 0)
#define ALU32_K(op, d, i) INSN(BPF_ALU | (op) | BPF_K, d, 0, 0, i)
#define ALU32_X(op, d, s) INSN(BPF_ALU | (op) | BPF_X, d, s, 0, 0)
#define MOV_K(d, i) ALU64_K(BPF_MOV, d, i)
#define MOV_X(d, s) ALU64_X(BPF_MOV, d, s)
#define LDX(sz, d, s, o) INSN(BPF_LDX | (sz) | BPF_MEM, d, s, o, 0)
#define LDSX(sz, d, s, o) INSN(BPF_LDX | (sz) | BPF_MEMSX, d, s, o, 0)
#define STX(sz, d, s, o) INSN(BPF_STX | (sz) | BPF_MEM, d, s, o, 0)
#define ST(sz, d, o, i) INSN(BPF_ST | (sz) | BPF_MEM, d, 0, o, i)
#define ATOMIC(sz, d, s, o, op) INSN(BPF_STX | (sz) | BPF_ATOMIC, d, s, o, op)
#define JMP_K(op, d, i, o) INSN(BPF_JMP | (op) | BPF_K, d, 0, o, i)
#define JMP_X(op, d, s, o) INSN(BPF_JMP | (op) | BPF_X, d, s, o, 0)
#define JMP32_K(op, d, i, o) INSN(BPF_JMP32 | (op) | BPF_K, d, 0, o, i)
#define JMP32_X(op, d, s, o) INSN(BPF_JMP32 | (op) | BPF_X, d, s, o, 0)
#define JA(o) INSN(BPF_JMP | BPF_JA, 0, 0, o, 0)
#define CALL(id) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define CALLSUB(o) INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, o)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define LD_ABS(sz, i) INSN(BPF_LD | (sz) | BPF_ABS, 0, 0, 0, i)
#define LD_IND(sz, s, i) INSN(BPF_LD | (sz) | BPF_IND, 0, s, 0, i)
#define LD64(d, v)                                          \
	INSN(BPF_LD | BPF_IMM | BPF_DW, d, 0, 0, (u32)(v)), \
		INSN(0, 0, 0, 0, (u32)((u64)(v) >> 32))
#define END(cls, src, d, bits) INSN((cls) | BPF_END | (src), d, 0, 0, bits)

/* --- One program, run both ways ---------------------------------------------- */

#define MEMORY_BYTES 256

/* What a run left behind. */
struct outcome {
	u64 verdict;
	struct weir_run run;
	u8 memory[MEMORY_BYTES];
};

struct subject {
	const char *name;
	struct weir_prog *prog;
	struct weir_facts *facts;
	u32 runs;
	u32 wrong;
};

static u8 memory[MEMORY_BYTES] __attribute__((aligned(16)));

static void set_run(struct weir_run *run, u32 size)
{
	memset(run, 0, sizeof(*run));
	run->data = (u64)(unsigned long)memory;
	run->data_end = run->data + size;
	run->data_meta = run->data;
	run->linear_len = size;
	run->fuel = 1000;
	run->len = size + 1000;
	run->tail_calls = 33;
	run->mark = 0x11223344;
	run->protocol = 0x0008;
	run->cb[0] = 0x80000001;
	run->exit.kind = WEIR_EXIT_RETURN;
	run->exit.guard = WEIR_NO_GUARD;
}

static void keep(struct outcome *out, u64 verdict, const struct weir_run *run)
{
	out->verdict = verdict;
	out->run = *run;
	memcpy(out->memory, memory, sizeof(memory));
}

/* The live ones, and of those whose upper half is dead only the low one. */
static bool same_regs(const struct subject *s, const struct weir_place *exits,
		      const struct outcome *a, const struct outcome *b)
{
	u32 pc = s->facts->guard[a->run.exit.guard].pc;
	const struct weir_insn_facts *facts = &s->facts->insn[pc];
	u32 i;

	if (a->run.exit.pc != b->run.exit.pc)
		return false;
	for (i = 0; i < 10; i++) {
		u64 x = a->run.exit.regs[i] ^ b->run.exit.regs[i];

		if (!(facts->live & (1u << i)) ||
		    exits[i].kind == WEIR_PLACE_HOLE)
			continue;
		if (facts->live_hi & (1u << i) ? x != 0 : (u32)x != 0)
			return false;
	}
	return true;
}

static bool same(const struct subject *s, const struct weir_image *image,
		 const struct outcome *a, const struct outcome *b)
{
	struct weir_place exits[WEIR_NR_REGS];

	if (a->verdict != b->verdict || a->run.exit.kind != b->run.exit.kind ||
	    a->run.exit.guard != b->run.exit.guard ||
	    memcmp(a->memory, b->memory, sizeof(a->memory)) ||
	    memcmp(a->run.cb, b->run.cb, sizeof(a->run.cb)) ||
	    a->run.mark != b->run.mark)
		return false;
	if (a->run.exit.kind != WEIR_EXIT_GUARD)
		return true;
	weir_places_of(&image->places, a->run.exit.guard, exits);
	return same_regs(s, exits, a, b);
}

static void show(const struct subject *s, u32 passes, u32 features)
{
	struct weir_compile_opts opts = {
		.arch = weir_arch_native(),
		.features = features,
		.passes = passes,
	};
	struct weir_image *image;
	struct weir_ir *ir;
	char text[8192];
	struct weir_log log;
	u32 i;

	weir_log_init(&log, text, sizeof(text));
	if (weir_compile_ir(s->prog, s->facts, &opts, &ir))
		return;
	weir_ir_print(ir, &log);
	weir_ir_free(ir);
	ksft_print_msg("%s: passes 0x%x features 0x%x\n", s->name, passes,
		       features);
	fputs(text, stdout);
	if (weir_compile(s->prog, s->facts, &opts, &image))
		return;
	for (i = 0; i < image->nr_words; i++)
		printf("# .inst 0x%08x\n", image->words[i]);
	weir_image_free(image);
}

static void compare(struct subject *s, const struct weir_code *code,
		    const u8 *before, u32 size, u32 passes, u32 features)
{
	weir_entry_fn entry = (weir_entry_fn)(void *)code->rx;
	struct outcome interp, jit;
	struct weir_run run;
	u64 verdict;

	memcpy(memory, before, sizeof(memory));
	set_run(&run, size);
	verdict = weir_interp(s->prog, s->facts, &run);
	keep(&interp, verdict, &run);

	memcpy(memory, before, sizeof(memory));
	set_run(&run, size);
	verdict = entry(&run);
	if (run.exit.kind == WEIR_EXIT_GUARD)
		weir_image_exit(code->image, &run);
	keep(&jit, verdict, &run);

	s->runs++;
	if (same(s, code->image, &interp, &jit))
		return;
	if (!s->wrong++) {
		ksft_print_msg(
			"%s: size %u: verdict %llx, not %llx; exit %u #%d, not %u #%d\n",
			s->name, size, (unsigned long long)jit.verdict,
			(unsigned long long)interp.verdict, jit.run.exit.kind,
			(int)jit.run.exit.guard, interp.run.exit.kind,
			(int)interp.run.exit.guard);
		show(s, passes, features);
	}
}

static const u64 edges[] = {
	0,
	1,
	2,
	3,
	7,
	8,
	31,
	32,
	33,
	63,
	64,
	0x7f,
	0x80,
	0xff,
	0x7fff,
	0x8000,
	0xffff,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	0x100000000,
	0x7fffffffffffffff,
	0x8000000000000000,
	0x8000000080000000,
	0xffffffff00000000,
	0xffffffff7fffffff,
	0xfffffffffffffffe,
	0xffffffffffffffff,
	0x0123456789abcdef,
	0xdeadbeefcafef00d,
};

/* Operand pairs at the edges: at 0 and 8, and a third one at 16. */
static void feed_edges(struct subject *s, const struct weir_code *code,
		       u32 passes, u32 features)
{
	/* All pairs once; some of them with each subset of the passes. */
	u32 step = passes == WEIR_PASSES_ALL ? 1 : 5;
	u8 before[MEMORY_BYTES];
	u32 i, j;

	for (i = 0; i < sizeof(before); i++)
		before[i] = (u8)(i * 37 + 11);
	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		for (j = i % step; j < ARRAY_SIZE(edges); j += step) {
			memcpy(before, &edges[i], 8);
			memcpy(before + 8, &edges[j], 8);
			memcpy(before + 16, &edges[(i + j) % ARRAY_SIZE(edges)],
			       8);
			compare(s, code, before, MEMORY_BYTES, passes,
				features);
		}
	}
}

/* Every length, so that each guard fails once; two contents. */
static void feed_lengths(struct subject *s, const struct weir_code *code,
			 u32 passes, u32 features)
{
	static const u8 tcp[] = {
		0,    1, 2,  3,	 4, 5, 6,    7,	   8,  9,  10, 11, 8,  0,
		0x45, 0, 0,  60, 0, 1, 0x40, 0,	   64, 6,  0,  0,  10, 0,
		0,    1, 10, 0,	 0, 2, 0x04, 0xd2, 0,  80, 0,  0,  0,  1,
	};
	u8 before[MEMORY_BYTES] = { 0 };
	u32 size, i;

	for (size = 0; size <= 96; size++) {
		memset(before, 0, sizeof(before));
		memcpy(before, tcp, sizeof(tcp));
		compare(s, code, before, size, passes, features);
		before[14] = 0x4f;
		before[37] = 81;
		compare(s, code, before, size, passes, features);
		for (i = 0; i < sizeof(before); i++)
			before[i] = (u8)(i * 7 + size);
		compare(s, code, before, size, passes, features);
	}
}

enum feed {
	FEED_EDGES,
	FEED_LENGTHS,
	FEED_FEW, /* long programs: a few runs, all passes */
};

static void feed_few(struct subject *s, const struct weir_code *code,
		     u32 passes, u32 features)
{
	static const u32 sizes[] = { MEMORY_BYTES, 100, 99, 37, 1, 0 };
	u8 before[MEMORY_BYTES];
	u32 i;

	for (i = 0; i < sizeof(before); i++)
		before[i] = (u8)(i * 29 + 3);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		compare(s, code, before, sizes[i], passes, features);
}

static void run_one(struct subject *s, enum feed feed, u32 passes, u32 features)
{
	struct weir_compile_opts opts = {
		.arch = weir_arch_native(),
		.features = features,
		.passes = passes,
	};
	struct weir_image *image;
	struct weir_code *code;

	if (weir_compile(s->prog, s->facts, &opts, &image)) {
		s->wrong++;
		return;
	}
	if (weir_code_publish(image, &code)) {
		weir_image_free(image);
		s->wrong++;
		return;
	}
	if (feed == FEED_FEW)
		feed_few(s, code, passes, features);
	else if (feed == FEED_EDGES)
		feed_edges(s, code, passes, features);
	else
		feed_lengths(s, code, passes, features);
	weir_code_free(code);
}

/* Every subset, or only: all, none, each alone, all but each. */
static bool all_subsets;

static bool is_tried(u32 passes)
{
	u32 others = ~passes & WEIR_PASSES_ALL;

	return all_subsets || !(passes & (passes - 1)) ||
	       !(others & (others - 1));
}

/* Subsets of passes with all features; all passes without each feature. */
static void run_all(struct subject *s, enum feed feed)
{
	u32 have = weir_host_cpu_features();
	u32 passes, bit;

	if (feed == FEED_FEW) {
		run_one(s, feed, WEIR_PASSES_ALL, have);
		return;
	}
	for (passes = 0; passes <= WEIR_PASSES_ALL; passes++)
		if (is_tried(passes))
			run_one(s, feed, passes, have);
	run_one(s, feed, WEIR_PASSES_ALL, 0);
	for (bit = 1; bit & WEIR_CPU_ALL; bit <<= 1)
		if (have & bit)
			run_one(s, feed, WEIR_PASSES_ALL, have & ~bit);
}

static void test_prog(const char *name, struct weir_prog *prog, enum feed feed)
{
	struct subject s = { .name = name, .prog = prog };
	struct weir_rejection rej = { 0 };

	prog->fail_verdict = 0;
	if (weir_verify(prog, false, NULL, &rej, &s.facts)) {
		ksft_print_msg("%s refused at %u: %s: %s\n", name, rej.pc,
			       weir_reject_name(rej.nr), rej.detail);
		ksft_test_result(false, "%s\n", name);
		return;
	}
	run_all(&s, feed);
	ksft_test_result(s.runs && !s.wrong, "%s\n", name);
	weir_facts_free(s.facts);
}

static void test_insns(const char *name, enum weir_kind kind,
		       const struct bpf_insn *insns, u32 nr, enum feed feed)
{
	struct weir_rejection rej = { 0 };
	struct weir_prog *prog;

	if (weir_prog_load(kind, insns, nr, &rej, &prog)) {
		ksft_print_msg("%s not loaded at %u: %s: %s\n", name, rej.pc,
			       weir_reject_name(rej.nr), rej.detail);
		ksft_test_result(false, "%s\n", name);
		return;
	}
	test_prog(name, prog, feed);
	weir_prog_free(prog);
}

#define TEST(name, kind, feed, ...)                                            \
	do {                                                                   \
		const struct bpf_insn insns_[] = { __VA_ARGS__ };              \
		test_insns(name, WEIR_KIND_##kind, insns_, ARRAY_SIZE(insns_), \
			   feed);                                              \
	} while (0)

/* --- Each opcode --------------------------------------------------------------- */

/* R6, R7, R8 = the operands; then the instruction; then all back to memory. */
static void test_op(const char *name, struct bpf_insn op)
{
	TEST(name, MEM, FEED_EDGES, MOV_X(BPF_REG_9, BPF_REG_1),
	     LDX(BPF_DW, BPF_REG_6, BPF_REG_9, 0),
	     LDX(BPF_DW, BPF_REG_7, BPF_REG_9, 8),
	     LDX(BPF_DW, BPF_REG_8, BPF_REG_9, 16), op,
	     STX(BPF_DW, BPF_REG_9, BPF_REG_6, 32),
	     STX(BPF_DW, BPF_REG_9, BPF_REG_7, 40), MOV_X(BPF_REG_0, BPF_REG_6),
	     ALU64_X(BPF_XOR, BPF_REG_0, BPF_REG_8), EXIT());
}

static const s32 imms[] = {
	0,	 1,   2,    3,	  5,	  8,	  16,	    31,
	255,	 256, 4095, 4096, 0x7fff, 0xffff, 0xff00ff, 0x12345678,
	S32_MAX, -1,  -2,   -256, -4096,  -65536, S32_MIN,
};

static void test_alu(void)
{
	static const struct {
		u8 op;
		s16 off;
		const char *name;
	} ops[] = {
		{ BPF_ADD, 0, "add" },	    { BPF_SUB, 0, "sub" },
		{ BPF_MUL, 0, "mul" },	    { BPF_DIV, 0, "div" },
		{ BPF_DIV, 1, "sdiv" },	    { BPF_MOD, 0, "mod" },
		{ BPF_MOD, 1, "smod" },	    { BPF_OR, 0, "or" },
		{ BPF_AND, 0, "and" },	    { BPF_XOR, 0, "xor" },
		{ BPF_LSH, 0, "lsh" },	    { BPF_RSH, 0, "rsh" },
		{ BPF_ARSH, 0, "arsh" },    { BPF_MOV, 0, "mov" },
		{ BPF_MOV, 8, "movsx8" },   { BPF_MOV, 16, "movsx16" },
		{ BPF_MOV, 32, "movsx32" },
	};
	char name[64];
	u32 i, w, k;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		for (w = 0; w < 2; w++) {
			u8 class = w ? BPF_ALU64 : BPF_ALU;
			bool shift = ops[i].op == BPF_LSH ||
				     ops[i].op == BPF_RSH ||
				     ops[i].op == BPF_ARSH;
			bool divides = ops[i].op == BPF_DIV ||
				       ops[i].op == BPF_MOD;

			if (ops[i].off == 32 && !w)
				continue;
			snprintf(name, sizeof(name), "%s%u r6, r7", ops[i].name,
				 w ? 64 : 32);
			test_op(name, INSN(class | ops[i].op | BPF_X, 6, 7,
					   ops[i].off, 0));
			snprintf(name, sizeof(name), "%s%u r6, r6", ops[i].name,
				 w ? 64 : 32);
			test_op(name, INSN(class | ops[i].op | BPF_X, 6, 6,
					   ops[i].off, 0));
			if (ops[i].off > 1)
				continue;
			for (k = 0; k < ARRAY_SIZE(imms); k++) {
				if (shift && (u32)imms[k] >= (w ? 64u : 32u))
					continue;
				if (divides && !imms[k])
					continue;
				snprintf(name, sizeof(name), "%s%u r6, %d",
					 ops[i].name, w ? 64 : 32, imms[k]);
				test_op(name, INSN(class | ops[i].op | BPF_K, 6,
						   0, ops[i].off, imms[k]));
			}
		}
	}
	test_op("neg32", ALU32_K(BPF_NEG, 6, 0));
	test_op("neg64", ALU64_K(BPF_NEG, 6, 0));
	for (k = 16; k <= 64; k *= 2) {
		snprintf(name, sizeof(name), "le%u", k);
		test_op(name, END(BPF_ALU, BPF_TO_LE, 6, k));
		snprintf(name, sizeof(name), "be%u", k);
		test_op(name, END(BPF_ALU, BPF_TO_BE, 6, k));
		snprintf(name, sizeof(name), "bswap%u", k);
		test_op(name, END(BPF_ALU64, 0, 6, k));
	}
}

static void test_jump(const char *name, struct bpf_insn jump)
{
	jump.off = 1;
	TEST(name, MEM, FEED_EDGES, MOV_X(BPF_REG_9, BPF_REG_1),
	     LDX(BPF_DW, BPF_REG_6, BPF_REG_9, 0),
	     LDX(BPF_DW, BPF_REG_7, BPF_REG_9, 8), MOV_K(BPF_REG_0, 1), jump,
	     MOV_K(BPF_REG_0, 2), STX(BPF_DW, BPF_REG_9, BPF_REG_6, 32),
	     EXIT());
}

static void test_jumps(void)
{
	static const struct {
		u8 op;
		const char *name;
	} ops[] = {
		{ BPF_JEQ, "jeq" },   { BPF_JNE, "jne" },
		{ BPF_JGT, "jgt" },   { BPF_JGE, "jge" },
		{ BPF_JLT, "jlt" },   { BPF_JLE, "jle" },
		{ BPF_JSGT, "jsgt" }, { BPF_JSGE, "jsge" },
		{ BPF_JSLT, "jslt" }, { BPF_JSLE, "jsle" },
		{ BPF_JSET, "jset" },
	};
	char name[64];
	u32 i, w, k;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		for (w = 0; w < 2; w++) {
			u8 class = w ? BPF_JMP : BPF_JMP32;

			snprintf(name, sizeof(name), "%s%u r6, r7", ops[i].name,
				 w ? 64 : 32);
			test_jump(name,
				  INSN(class | ops[i].op | BPF_X, 6, 7, 0, 0));
			for (k = 0; k < ARRAY_SIZE(imms); k++) {
				snprintf(name, sizeof(name), "%s%u r6, %d",
					 ops[i].name, w ? 64 : 32, imms[k]);
				test_jump(name, INSN(class | ops[i].op | BPF_K,
						     6, 0, 0, imms[k]));
			}
		}
	}
}

static void test_memory(void)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };
	static const s16 offs[] = { 0, 1, 7, 8, 100, 247, 248 };
	char name[64];
	u32 i, k;

	for (i = 0; i < 4; i++) {
		for (k = 0; k < ARRAY_SIZE(offs); k++) {
			snprintf(name, sizeof(name), "ldx size %u off %d",
				 weir_insn_size(sizes[i]), offs[k]);
			test_op(name, LDX(sizes[i], 6, 9, offs[k]));
			snprintf(name, sizeof(name), "stx size %u off %d",
				 weir_insn_size(sizes[i]), offs[k]);
			test_op(name, STX(sizes[i], 9, 7, offs[k]));
			snprintf(name, sizeof(name), "st size %u off %d",
				 weir_insn_size(sizes[i]), offs[k]);
			test_op(name, ST(sizes[i], 9, offs[k], -0x1234567));
		}
		snprintf(name, sizeof(name), "st 0 size %u",
			 weir_insn_size(sizes[i]));
		test_op(name, ST(sizes[i], 9, 50, 0));
		if (sizes[i] == BPF_DW)
			continue;
		snprintf(name, sizeof(name), "ldsx size %u",
			 weir_insn_size(sizes[i]));
		test_op(name, LDSX(sizes[i], 6, 9, 9));
	}
}

static void test_atomics(void)
{
	static const struct {
		s32 op;
		const char *name;
	} ops[] = {
		{ BPF_ADD, "add" },
		{ BPF_AND, "and" },
		{ BPF_OR, "or" },
		{ BPF_XOR, "xor" },
		{ BPF_ADD | BPF_FETCH, "fetch_add" },
		{ BPF_AND | BPF_FETCH, "fetch_and" },
		{ BPF_OR | BPF_FETCH, "fetch_or" },
		{ BPF_XOR | BPF_FETCH, "fetch_xor" },
		{ BPF_XCHG, "xchg" },
		{ BPF_CMPXCHG, "cmpxchg" },
	};
	char name[64];
	u32 i, w;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		for (w = 0; w < 2; w++) {
			u8 size = w ? BPF_DW : BPF_W;

			/* [fp-16] = op1, src = op2, R0 = op3 */
			snprintf(name, sizeof(name), "%s%u on the stack",
				 ops[i].name, w ? 64 : 32);
			TEST(name, MEM, FEED_EDGES, MOV_X(BPF_REG_9, BPF_REG_1),
			     LDX(BPF_DW, BPF_REG_6, BPF_REG_9, 0),
			     LDX(BPF_DW, BPF_REG_7, BPF_REG_9, 8),
			     LDX(BPF_DW, BPF_REG_0, BPF_REG_9, 16),
			     STX(BPF_DW, BPF_REG_10, BPF_REG_6, -16),
			     ATOMIC(size, BPF_REG_10, BPF_REG_7, -16,
				    ops[i].op),
			     LDX(BPF_DW, BPF_REG_6, BPF_REG_10, -16),
			     STX(BPF_DW, BPF_REG_9, BPF_REG_6, 32),
			     STX(BPF_DW, BPF_REG_9, BPF_REG_7, 40),
			     STX(BPF_DW, BPF_REG_9, BPF_REG_0, 48), EXIT());
		}
	}
}

/* --- Guards --------------------------------------------------------------------- */

static void test_guards(void)
{
	TEST("LD_ABS, LD_IND", SOCKET, FEED_LENGTHS,
	     MOV_X(BPF_REG_6, BPF_REG_1), LD_ABS(BPF_B, 14),
	     ALU64_K(BPF_AND, BPF_REG_0, 15), ALU64_K(BPF_LSH, BPF_REG_0, 2),
	     MOV_X(BPF_REG_7, BPF_REG_0), LD_IND(BPF_H, BPF_REG_7, 14),
	     MOV_X(BPF_REG_8, BPF_REG_0), LD_IND(BPF_H, BPF_REG_7, 16),
	     ALU64_X(BPF_ADD, BPF_REG_8, BPF_REG_0),
	     LD_IND(BPF_W, BPF_REG_7, 18),
	     ALU64_X(BPF_XOR, BPF_REG_8, BPF_REG_0),
	     LD_IND(BPF_B, BPF_REG_7, 40),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_8), EXIT());
	TEST("LD_IND before its index", SOCKET, FEED_LENGTHS,
	     MOV_X(BPF_REG_6, BPF_REG_1), LD_ABS(BPF_B, 3),
	     MOV_X(BPF_REG_7, BPF_REG_0), LD_IND(BPF_W, BPF_REG_7, -2), EXIT());
	TEST("LD_IND with a 32-bit index", SOCKET, FEED_LENGTHS,
	     MOV_X(BPF_REG_6, BPF_REG_1), LD_ABS(BPF_W, 0),
	     MOV_X(BPF_REG_7, BPF_REG_0), LD_ABS(BPF_W, 4),
	     ALU64_K(BPF_LSH, BPF_REG_0, 32),
	     ALU64_X(BPF_OR, BPF_REG_7, BPF_REG_0),
	     LD_IND(BPF_W, BPF_REG_7, S32_MAX), EXIT());
	TEST("LD_IND by its own result", SOCKET, FEED_LENGTHS,
	     MOV_X(BPF_REG_6, BPF_REG_1), LD_ABS(BPF_B, 0),
	     LD_IND(BPF_B, BPF_REG_0, 1), LD_IND(BPF_B, BPF_REG_0, 2),
	     LD_IND(BPF_H, BPF_REG_0, 3), EXIT());
	TEST("pointer checks", XDP, FEED_LENGTHS,
	     LDX(BPF_W, BPF_REG_2, BPF_REG_1, 0),
	     LDX(BPF_W, BPF_REG_3, BPF_REG_1, 4), MOV_K(BPF_REG_0, 1),
	     MOV_X(BPF_REG_4, BPF_REG_2), ALU64_K(BPF_ADD, BPF_REG_4, 14),
	     JMP_X(BPF_JGT, BPF_REG_4, BPF_REG_3, 6),
	     LDX(BPF_H, BPF_REG_0, BPF_REG_2, 12),
	     END(BPF_ALU, BPF_TO_BE, BPF_REG_0, 16),
	     JMP_K(BPF_JNE, BPF_REG_0, 0x800, 3),
	     /* not checked: a guard */
	     LDX(BPF_B, BPF_REG_0, BPF_REG_2, 23),
	     LDX(BPF_W, BPF_REG_5, BPF_REG_2, 26),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_5), EXIT());
	TEST("variable pointer", MEM, FEED_EDGES,
	     LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0),
	     ALU64_K(BPF_AND, BPF_REG_3, 0xff),
	     ALU64_X(BPF_ADD, BPF_REG_3, BPF_REG_1),
	     LDX(BPF_DW, BPF_REG_0, BPF_REG_3, 1),
	     STX(BPF_W, BPF_REG_3, BPF_REG_0, 4), EXIT());
	TEST("variable pointer, both ends", MEM, FEED_EDGES,
	     LDX(BPF_W, BPF_REG_3, BPF_REG_1, 0),
	     ALU64_K(BPF_LSH, BPF_REG_3, 32), ALU64_K(BPF_ARSH, BPF_REG_3, 32),
	     ALU64_X(BPF_ADD, BPF_REG_3, BPF_REG_1),
	     LDX(BPF_DW, BPF_REG_0, BPF_REG_3, 1),
	     LDX(BPF_B, BPF_REG_4, BPF_REG_3, -1),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_4), EXIT());
	TEST("fuel", MEM, FEED_EDGES, LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0),
	     MOV_K(BPF_REG_0, 0), ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_3),
	     ALU64_K(BPF_ADD, BPF_REG_3, -1), JMP_K(BPF_JNE, BPF_REG_3, 0, -3),
	     EXIT());
	TEST("endless loop", MEM, FEED_LENGTHS,
	     LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0), MOV_K(BPF_REG_0, 0),
	     ALU64_K(BPF_ADD, BPF_REG_0, 1),
	     JMP_X(BPF_JEQ, BPF_REG_3, BPF_REG_0, -2), JA(-3));
}

/* --- Stack, context, calls -------------------------------------------------------- */

static void test_frames(void)
{
	TEST("stack", MEM, FEED_EDGES, LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0),
	     LDX(BPF_DW, BPF_REG_4, BPF_REG_1, 8),
	     STX(BPF_DW, BPF_REG_10, BPF_REG_3, -8),
	     STX(BPF_DW, BPF_REG_10, BPF_REG_4, -512),
	     STX(BPF_W, BPF_REG_10, BPF_REG_4, -20),
	     ST(BPF_H, BPF_REG_10, -24, 9), ST(BPF_H, BPF_REG_10, -22, -9),
	     MOV_X(BPF_REG_2, BPF_REG_10), ALU64_K(BPF_ADD, BPF_REG_2, -24),
	     LDX(BPF_DW, BPF_REG_0, BPF_REG_2, 0),
	     LDX(BPF_DW, BPF_REG_5, BPF_REG_2, 16),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_5),
	     LDX(BPF_DW, BPF_REG_5, BPF_REG_10, -512),
	     ALU64_X(BPF_XOR, BPF_REG_0, BPF_REG_5), EXIT());
	TEST("misaligned, far up the frame", MEM, FEED_EDGES,
	     LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0),
	     ST(BPF_DW, BPF_REG_10, -512, 1), ST(BPF_DW, BPF_REG_10, -16, 1),
	     ST(BPF_DW, BPF_REG_10, -8, 1),
	     STX(BPF_DW, BPF_REG_10, BPF_REG_3, -9),
	     STX(BPF_W, BPF_REG_10, BPF_REG_3, -15),
	     LDX(BPF_DW, BPF_REG_0, BPF_REG_10, -11),
	     LDX(BPF_H, BPF_REG_4, BPF_REG_10, -3),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_4), EXIT());
	TEST("variable stack offset", MEM, FEED_EDGES,
	     LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0),
	     ST(BPF_DW, BPF_REG_10, -8, 1), ST(BPF_DW, BPF_REG_10, -16, 2),
	     ST(BPF_DW, BPF_REG_10, -24, 3), ST(BPF_DW, BPF_REG_10, -32, 4),
	     ALU64_K(BPF_AND, BPF_REG_3, 0x1f), MOV_X(BPF_REG_2, BPF_REG_10),
	     ALU64_K(BPF_ADD, BPF_REG_2, -32),
	     ALU64_X(BPF_ADD, BPF_REG_2, BPF_REG_3),
	     LDX(BPF_B, BPF_REG_0, BPF_REG_2, 0), EXIT());
	TEST("context", TC, FEED_LENGTHS, LDX(BPF_W, BPF_REG_0, BPF_REG_1, 0),
	     LDX(BPF_W, BPF_REG_2, BPF_REG_1, 8),
	     LDX(BPF_B, BPF_REG_3, BPF_REG_1, 9),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_2),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_3),
	     STX(BPF_W, BPF_REG_1, BPF_REG_0, 8),
	     STX(BPF_W, BPF_REG_1, BPF_REG_0, 48),
	     LDX(BPF_W, BPF_REG_4, BPF_REG_1, 52),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_4), EXIT());
	TEST("helper", SOCKET, FEED_LENGTHS, MOV_X(BPF_REG_6, BPF_REG_1),
	     LDX(BPF_W, BPF_REG_7, BPF_REG_6, 0), MOV_K(BPF_REG_8, 7),
	     LD_ABS(BPF_B, 0), MOV_X(BPF_REG_9, BPF_REG_0), CALL(8),
	     ALU64_X(BPF_SUB, BPF_REG_0, BPF_REG_0),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_7),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_8),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_9),
	     MOV_X(BPF_REG_7, BPF_REG_0), LD_ABS(BPF_W, 20),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_7), EXIT());
	TEST("subprograms", MEM, FEED_EDGES, MOV_X(BPF_REG_6, BPF_REG_1),
	     MOV_X(BPF_REG_7, BPF_REG_2), LDX(BPF_DW, BPF_REG_8, BPF_REG_6, 8),
	     STX(BPF_DW, BPF_REG_10, BPF_REG_8, -8),
	     LDX(BPF_DW, BPF_REG_1, BPF_REG_6, 0), CALLSUB(6),
	     LDX(BPF_DW, BPF_REG_1, BPF_REG_10, -8),
	     MOV_X(BPF_REG_9, BPF_REG_0), CALLSUB(3),
	     ALU64_X(BPF_SUB, BPF_REG_0, BPF_REG_9),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_8), EXIT(),
	     /* f(x): */
	     STX(BPF_DW, BPF_REG_10, BPF_REG_1, -16),
	     MOV_X(BPF_REG_6, BPF_REG_1), ALU64_K(BPF_ADD, BPF_REG_1, 3),
	     CALLSUB(3), LDX(BPF_DW, BPF_REG_2, BPF_REG_10, -16),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_2), EXIT(),
	     /* g(x): */
	     MOV_X(BPF_REG_0, BPF_REG_1), ALU64_K(BPF_MUL, BPF_REG_0, 77),
	     STX(BPF_DW, BPF_REG_10, BPF_REG_0, -8), MOV_K(BPF_REG_6, 5),
	     LDX(BPF_DW, BPF_REG_0, BPF_REG_10, -8), EXIT());
	TEST("fuel in a subprogram", MEM, FEED_EDGES,
	     LDX(BPF_W, BPF_REG_1, BPF_REG_1, 0), CALLSUB(1), EXIT(),
	     ALU32_X(BPF_MOV, BPF_REG_0, BPF_REG_1),
	     ALU32_K(BPF_ADD, BPF_REG_0, -1),
	     JMP32_K(BPF_JNE, BPF_REG_0, 0, -2), EXIT());
	TEST("guard in a subprogram", MEM, FEED_LENGTHS,
	     MOV_X(BPF_REG_6, BPF_REG_1), LDX(BPF_B, BPF_REG_1, BPF_REG_6, 0),
	     MOV_X(BPF_REG_2, BPF_REG_6), CALLSUB(1), EXIT(),
	     ALU64_K(BPF_AND, BPF_REG_1, 0x3f), MOV_X(BPF_REG_7, BPF_REG_2),
	     ALU64_X(BPF_ADD, BPF_REG_7, BPF_REG_1),
	     LDX(BPF_W, BPF_REG_0, BPF_REG_7, 40), EXIT());
}

/* --- Pairs that are fused ----------------------------------------------------------- */

static void test_fused(void)
{
	static const struct {
		u8 one, two;
		s32 m, n;
	} pairs[] = {
		{ BPF_AND, BPF_LSH, 15, 2 },
		{ BPF_AND, BPF_LSH, 0xffff, 30 },
		{ BPF_AND, BPF_RSH, 0xf0, 4 },
		{ BPF_AND, BPF_RSH, 0x7fffffff, 8 },
		{ BPF_AND, BPF_RSH, -16, 4 },
		{ BPF_RSH, BPF_AND, 4, 15 },
		{ BPF_RSH, BPF_AND, 31, 7 },
		{ BPF_RSH, BPF_AND, 1, S32_MAX },
		{ BPF_LSH, BPF_RSH, 24, 24 },
		{ BPF_LSH, BPF_RSH, 8, 24 },
		{ BPF_LSH, BPF_RSH, 24, 8 },
		{ BPF_LSH, BPF_ARSH, 24, 24 },
		{ BPF_LSH, BPF_ARSH, 16, 16 },
		{ BPF_LSH, BPF_ARSH, 8, 16 },
		{ BPF_ADD, BPF_ADD, -1, S32_MAX },
		{ BPF_ADD, BPF_SUB, 5, 7 },
	};
	char name[64];
	u32 i, w;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		for (w = 0; w < 2; w++) {
			u8 class = w ? BPF_ALU64 : BPF_ALU;

			snprintf(name, sizeof(name), "pair %u of %u bits", i,
				 w ? 64 : 32);
			TEST(name, MEM, FEED_EDGES,
			     LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0),
			     INSN(class | pairs[i].one | BPF_K, 3, 0, 0,
				  pairs[i].m),
			     INSN(class | pairs[i].two | BPF_K, 3, 0, 0,
				  pairs[i].n),
			     MOV_X(BPF_REG_0, BPF_REG_3), EXIT());
		}
	}
	TEST("lsh 32, rsh 32", MEM, FEED_EDGES,
	     LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0),
	     ALU64_K(BPF_LSH, BPF_REG_3, 32), ALU64_K(BPF_RSH, BPF_REG_3, 32),
	     MOV_X(BPF_REG_0, BPF_REG_3), EXIT());
	TEST("rotations", MEM, FEED_EDGES, LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0),
	     MOV_X(BPF_REG_4, BPF_REG_3), ALU64_K(BPF_LSH, BPF_REG_4, 13),
	     MOV_X(BPF_REG_5, BPF_REG_3), ALU64_K(BPF_RSH, BPF_REG_5, 51),
	     ALU64_X(BPF_OR, BPF_REG_4, BPF_REG_5), MOV_X(BPF_REG_5, BPF_REG_3),
	     ALU32_K(BPF_RSH, BPF_REG_5, 7), ALU32_K(BPF_LSH, BPF_REG_3, 25),
	     ALU32_X(BPF_OR, BPF_REG_3, BPF_REG_5),
	     ALU64_X(BPF_ADD, BPF_REG_3, BPF_REG_4),
	     MOV_X(BPF_REG_0, BPF_REG_3), EXIT());
	TEST("near a rotation", MEM, FEED_EDGES,
	     LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0), MOV_X(BPF_REG_4, BPF_REG_3),
	     ALU64_K(BPF_LSH, BPF_REG_4, 13), MOV_X(BPF_REG_5, BPF_REG_3),
	     ALU64_K(BPF_RSH, BPF_REG_5, 51),
	     ALU64_X(BPF_OR, BPF_REG_4, BPF_REG_5),
	     ALU64_X(BPF_XOR, BPF_REG_4, BPF_REG_5),
	     MOV_X(BPF_REG_5, BPF_REG_3), ALU64_K(BPF_RSH, BPF_REG_5, 7),
	     ALU64_K(BPF_LSH, BPF_REG_3, 25),
	     ALU64_X(BPF_OR, BPF_REG_3, BPF_REG_5),
	     ALU64_X(BPF_ADD, BPF_REG_3, BPF_REG_4),
	     MOV_X(BPF_REG_0, BPF_REG_3), EXIT());
	TEST("pairs of loads and stores", MEM, FEED_EDGES,
	     LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 8),
	     LDX(BPF_DW, BPF_REG_4, BPF_REG_1, 0),
	     STX(BPF_DW, BPF_REG_1, BPF_REG_3, 24),
	     STX(BPF_DW, BPF_REG_1, BPF_REG_4, 16),
	     LDX(BPF_W, BPF_REG_5, BPF_REG_1, 4),
	     LDX(BPF_W, BPF_REG_0, BPF_REG_1, 0),
	     STX(BPF_W, BPF_REG_1, BPF_REG_0, 40), ST(BPF_W, BPF_REG_1, 44, 0),
	     STX(BPF_DW, BPF_REG_10, BPF_REG_3, -8),
	     STX(BPF_DW, BPF_REG_10, BPF_REG_4, -16),
	     LDX(BPF_DW, BPF_REG_1, BPF_REG_10, -8),
	     LDX(BPF_DW, BPF_REG_2, BPF_REG_10, -16),
	     ALU64_X(BPF_XOR, BPF_REG_0, BPF_REG_1),
	     ALU64_X(BPF_SUB, BPF_REG_0, BPF_REG_2),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_5), EXIT());
	TEST("load and swap", MEM, FEED_EDGES,
	     LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0),
	     END(BPF_ALU, BPF_TO_BE, BPF_REG_3, 64),
	     LDX(BPF_W, BPF_REG_4, BPF_REG_1, 1),
	     END(BPF_ALU, BPF_TO_BE, BPF_REG_4, 32),
	     LDX(BPF_H, BPF_REG_5, BPF_REG_1, 3),
	     END(BPF_ALU, BPF_TO_BE, BPF_REG_5, 16),
	     LDX(BPF_W, BPF_REG_0, BPF_REG_1, 5),
	     END(BPF_ALU, BPF_TO_BE, BPF_REG_0, 16),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_3),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_4),
	     ALU64_X(BPF_ADD, BPF_REG_0, BPF_REG_5), EXIT());
	TEST("cut twice, then compared", MEM, FEED_EDGES,
	     LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0),
	     LDX(BPF_DW, BPF_REG_4, BPF_REG_1, 8),
	     ALU32_X(BPF_MOV, BPF_REG_3, BPF_REG_3),
	     MOV_X(BPF_REG_5, BPF_REG_3),
	     ALU32_X(BPF_MOV, BPF_REG_5, BPF_REG_5), MOV_K(BPF_REG_0, 1),
	     JMP_X(BPF_JGT, BPF_REG_5, BPF_REG_4, 1), MOV_K(BPF_REG_0, 0),
	     EXIT());
	TEST("tests of bits", MEM, FEED_EDGES,
	     LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0), MOV_K(BPF_REG_0, 0),
	     MOV_X(BPF_REG_4, BPF_REG_3), ALU64_K(BPF_AND, BPF_REG_4, 0x1fff),
	     JMP_K(BPF_JEQ, BPF_REG_4, 0, 1), ALU64_K(BPF_ADD, BPF_REG_0, 1),
	     MOV_X(BPF_REG_4, BPF_REG_3), ALU64_K(BPF_AND, BPF_REG_4, -65536),
	     JMP32_K(BPF_JNE, BPF_REG_4, 0, 1), ALU64_K(BPF_ADD, BPF_REG_0, 2),
	     ALU32_K(BPF_AND, BPF_REG_3, 64), JMP_K(BPF_JNE, BPF_REG_3, 0, 1),
	     ALU64_K(BPF_ADD, BPF_REG_0, 4), EXIT());
	TEST("constants", MEM, FEED_EDGES, LDX(BPF_DW, BPF_REG_3, BPF_REG_1, 0),
	     LD64(BPF_REG_4, 0x0123456789abcdefULL),
	     LD64(BPF_REG_5, 0xdeadbeef00000000ULL),
	     ALU64_X(BPF_ADD, BPF_REG_4, BPF_REG_3),
	     ALU64_X(BPF_XOR, BPF_REG_5, BPF_REG_4),
	     LD64(BPF_REG_6, 0x0123456789abcdefULL),
	     ALU64_X(BPF_SUB, BPF_REG_5, BPF_REG_6),
	     MOV_X(BPF_REG_0, BPF_REG_5), EXIT());
}

/* --- Programs longer than branches reach ----------------------------------------------- */

/*
 * Guards, tests of bits, literals, jumps over much of the program and back:
 * over 32 KiB and over 1 MiB of code.
 */
static void test_long(u32 groups)
{
	struct bpf_insn *insns = calloc((size_t)groups * 7 + 8, sizeof(*insns));
	char name[64];
	u32 pc = 0;
	u32 i;

	insns[pc++] = MOV_X(BPF_REG_6, BPF_REG_1);
	insns[pc++] = MOV_K(BPF_REG_7, 0);
	for (i = 0; i < groups; i++) {
		const struct bpf_insn group[] = {
			LD_ABS(BPF_H, i * 7 % 250),
			LD64(BPF_REG_3,
			     (u64)(i * 0x01010101u + 77) << 32 | 0x12345678),
			ALU64_X(BPF_XOR, BPF_REG_7, BPF_REG_3),
			JMP_K(BPF_JSET, BPF_REG_0, 4, 1),
			ALU64_X(BPF_ADD, BPF_REG_7, BPF_REG_0),
			/* never, but who knows */
			JMP_K(BPF_JEQ, BPF_REG_7, 0x1234,
			      i % 4 || i + 4001 > groups ? 0 : 7 * 4000),
		};

		memcpy(&insns[pc], group, sizeof(group));
		pc += ARRAY_SIZE(group);
	}
	insns[pc++] = MOV_X(BPF_REG_0, BPF_REG_7);
	insns[pc++] = EXIT();
	snprintf(name, sizeof(name), "%u instructions", pc);
	test_insns(name, WEIR_KIND_SOCKET, insns, pc, FEED_FEW);
	free(insns);
}

/* --- Classic programs ----------------------------------------------------------------- */

#define C(c, jt_, jf_, k_)                                       \
	{                                                        \
		.code = (c), .jt = (jt_), .jf = (jf_), .k = (k_) \
	}

static void test_classic(const char *name, const struct sock_filter *insns,
			 u32 nr)
{
	struct weir_rejection rej = { 0 };
	struct weir_prog *prog;

	if (weir_prog_load_classic(insns, nr, &rej, &prog)) {
		ksft_test_result(false, "%s\n", name);
		return;
	}
	test_prog(name, prog, FEED_LENGTHS);
	weir_prog_free(prog);
}

static void test_filters(void)
{
	static const struct sock_filter port80[] = {
		C(0x28, 0, 0, 12),     C(0x15, 0, 6, 0x86dd),
		C(0x30, 0, 0, 20),     C(0x15, 0, 15, 6),
		C(0x28, 0, 0, 54),     C(0x15, 12, 0, 80),
		C(0x28, 0, 0, 56),     C(0x15, 10, 11, 80),
		C(0x15, 0, 10, 0x800), C(0x30, 0, 0, 23),
		C(0x15, 0, 8, 6),      C(0x28, 0, 0, 20),
		C(0x45, 6, 0, 0x1fff), C(0xb1, 0, 0, 14),
		C(0x48, 0, 0, 14),     C(0x15, 2, 0, 80),
		C(0x48, 0, 0, 16),     C(0x15, 0, 1, 80),
		C(0x06, 0, 0, 262144), C(0x06, 0, 0, 0),
	};
	static const struct sock_filter odd[] = {
		C(0x80, 0, 0, 0), /* ld len */
		C(0x02, 0, 0, 3), /* st M[3] */
		C(0x00, 0, 0, 13), /* ld #13 */
		C(0x07, 0, 0, 0), /* tax */
		C(0x20, 0, 0, 4), /* ld [4] */
		C(0x3c, 0, 0, 0), /* div x */
		C(0x9c, 0, 0, 0), /* mod x */
		C(0x61, 0, 0, 3), /* ldx M[3] */
		C(0x0c, 0, 0, 0), /* add x */
		C(0x94, 0, 0, 7), /* mod #7 */
		C(0x34, 0, 0, 3), /* div #3 */
		C(0x84, 0, 0, 0), /* neg */
		C(0x16, 0, 0, 0), /* ret a */
	};

	test_classic("tcp port 80", port80, ARRAY_SIZE(port80));
	test_classic("classic arithmetic", odd, ARRAY_SIZE(odd));
}

int main(void)
{
	ksft_print_header();
	if (!weir_arch_native())
		ksft_exit_skip("this host does not execute ARM code\n");
	all_subsets = true;
	test_filters();
	test_guards();
	test_frames();
	test_fused();
	all_subsets = false;
	test_long(100);
	test_long(3000);
	test_long(9000);
	test_long(100000);
	test_atomics();
	test_memory();
	test_jumps();
	test_alu();
	return ksft_finished();
}
