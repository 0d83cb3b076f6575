// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * load_cost ARCH SHAPE NR_INSNS...: load, verify and compile programs of a
 * shape, one per length, for the script selftests/load_cost to count
 * instructions of work under callgrind. The program itself measures nothing.
 *
 * A shape is a body that is repeated, each time with other constants, after
 * the same start and before the same end; so all lengths are alike. Prints one
 * line per length: what was really asked for, and what came out. The hostile
 * ones are only loaded and verified, and may be refused.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/bpf.h>
#include <linux/filter.h>
#include "base/host.h"
#include "base/log.h"
#include "base/prog.h"
#include "jit/arch.h"
#include "jit/compile.h"
#include "uapi/weir.h"
#include "verifier/facts.h"

#define INSN(c, d, s, o, i)                 \
	((struct bpf_insn){ .code = (c),    \
			    .dst_reg = (d), \
			    .src_reg = (s), \
			    .off = (o),     \
			    .imm = (i) })
#define ALU_K(op, d, i) INSN(BPF_ALU64 | (op) | BPF_K, d, 0, 0, i)
#define ALU_X(op, d, s) INSN(BPF_ALU64 | (op) | BPF_X, d, s, 0, 0)
#define ALU32_K(op, d, i) INSN(BPF_ALU | (op) | BPF_K, d, 0, 0, i)
#define LOAD(size, d, s, o) INSN(BPF_LDX | BPF_MEM | (size), d, s, o, 0)
#define STORE(size, d, s, o) INSN(BPF_STX | BPF_MEM | (size), d, s, o, 0)
#define JUMP_K(op, d, i, o) INSN(BPF_JMP | (op) | BPF_K, d, 0, o, i)
#define JUMP_X(op, d, s, o) INSN(BPF_JMP | (op) | BPF_X, d, s, o, 0)
#define LD_ABS(size, i) INSN(BPF_LD | BPF_ABS | (size), 0, 0, 0, i)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/**
 * struct text - a program that is being written
 * @nr:		slots so far
 * @end:	slot at which what follows the bodies starts
 */
struct text {
	struct bpf_insn *insns;
	u32 nr;
	u32 end;
};

static void put(struct text *t, struct bpf_insn insn)
{
	t->insns[t->nr++] = insn;
}

/* --- Shapes ------------------------------------------------------------------ */

/* R2 to R3 is the packet, of which 64 bytes are known to be there. */
static void start_xdp(struct text *t)
{
	put(t, LOAD(BPF_W, 2, 1, 0));
	put(t, LOAD(BPF_W, 3, 1, 4));
	put(t, ALU_X(BPF_MOV, 6, 2));
	put(t, ALU_K(BPF_ADD, 6, 64));
	put(t, ALU_K(BPF_MOV, 0, 0));
	put(t, ALU_K(BPF_MOV, 7, 1));
	put(t, JUMP_X(BPF_JLE, 6, 3, 1));
	put(t, EXIT());
	put(t, STORE(BPF_DW, 10, 0, -8));
}

static void end_xdp(struct text *t)
{
	put(t, ALU_K(BPF_AND, 0, 3));
	put(t, EXIT());
}

/* Arithmetic, packet loads, the stack; no jumps. */
static void straight(struct text *t, u32 i)
{
	put(t, LOAD(BPF_H, 4, 2, (s16)(i % 60)));
	put(t, INSN(BPF_ALU | BPF_END | BPF_TO_BE, 4, 0, 0, 16));
	put(t, ALU_K(BPF_MUL, 0, (s32)(2 * i + 1)));
	put(t, ALU_X(BPF_ADD, 0, 4));
	put(t, LOAD(BPF_W, 5, 2, (s16)(i % 15 * 4)));
	put(t, ALU_X(BPF_XOR, 0, 5));
	put(t, ALU32_K(BPF_RSH, 5, (s32)(i % 31)));
	put(t, STORE(BPF_DW, 10, 0, -8));
	put(t, ALU_K(BPF_AND, 5, 0xff));
	put(t, LOAD(BPF_DW, 4, 10, -8));
	put(t, ALU_X(BPF_SUB, 0, 5));
	put(t, ALU_X(BPF_OR, 0, 4));
}

/* A diamond: two ways on, which meet again. */
static void branches(struct text *t, u32 i)
{
	put(t, LOAD(BPF_B, 4, 2, (s16)(i % 60)));
	put(t, JUMP_K(i % 2 ? BPF_JGT : BPF_JEQ, 4, (s32)(i % 256), 2));
	put(t, ALU_K(BPF_ADD, 0, (s32)i));
	put(t, JUMP_K(BPF_JA, 0, 0, 1));
	put(t, ALU_K(BPF_XOR, 0, (s32)i + 1));
}

/* Three loops, one in the other, with counters that end. */
static void loops(struct text *t, u32 i)
{
	put(t, ALU_K(BPF_MOV, 4, (s32)(i % 10 + 1)));
	put(t, ALU_K(BPF_MOV, 5, 0));
	put(t, ALU_K(BPF_MOV, 8, (s32)(i % 7 + 1)));
	put(t, ALU_X(BPF_ADD, 0, 8));
	put(t, ALU_K(BPF_SUB, 8, 1));
	put(t, JUMP_K(BPF_JNE, 8, 0, -3));
	put(t, ALU_K(BPF_ADD, 5, 1));
	put(t, JUMP_K(BPF_JLT, 5, 10, -6));
	put(t, ALU_K(BPF_SUB, 4, 1));
	put(t, JUMP_K(BPF_JSGT, 4, 0, -9));
}

static void start_socket(struct text *t)
{
	put(t, ALU_X(BPF_MOV, 6, 1));
}

/* One rule of many, as classic filters have them. */
static void classic(struct text *t, u32 i)
{
	put(t, LD_ABS(BPF_H, 12));
	put(t, JUMP_K(BPF_JNE, 0, 0x0800, 5));
	put(t, LD_ABS(BPF_W, 26));
	put(t, JUMP_K(BPF_JNE, 0, (s32)(0x0a000000 + i), 3));
	put(t, LD_ABS(BPF_B, 23));
	put(t, JUMP_K(BPF_JNE, 0, 6, 1));
	put(t, JUMP_K(BPF_JA, 0, 0, 0));
}

static void end_socket(struct text *t)
{
	put(t, ALU_K(BPF_MOV, 0, 0));
	put(t, EXIT());
}

/* R7 is an address, R8 a port. */
static void start_rules(struct text *t)
{
	start_xdp(t);
	put(t, LOAD(BPF_W, 7, 2, 26));
	put(t, INSN(BPF_ALU | BPF_END | BPF_TO_BE, 7, 0, 0, 32));
	put(t, LOAD(BPF_H, 8, 2, 36));
	put(t, INSN(BPF_ALU | BPF_END | BPF_TO_BE, 8, 0, 0, 16));
}

/* Is the address within a prefix, and the port this one? Then count. */
static void rules(struct text *t, u32 i)
{
	put(t, ALU_X(BPF_MOV, 4, 7));
	put(t, ALU32_K(BPF_AND, 4, (s32)0xffffff00));
	put(t, JUMP_K(BPF_JNE, 4, (s32)(0x0a000000 + (i << 8)), 2));
	put(t, JUMP_K(BPF_JNE, 8, (s32)(1000 + i), 1));
	put(t, ALU_K(BPF_ADD, 0, (s32)i + 1));
}

/* --- Hostile shapes: no program is like that, but somebody may load it -------- */

#define GOTOL(o) INSN(BPF_JMP32 | BPF_JA, 0, 0, 0, (s32)(o))
#define CALL(o) INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, (s32)(o))
#define SLOTS 64

static void start_slots(struct text *t)
{
	start_xdp(t);
	put(t, LOAD(BPF_W, 4, 2, 0));
	for (u32 i = 1; i <= SLOTS; i++)
		put(t, STORE(BPF_DW, 10, i % 2 ? 2 : 7, (s16)(-8 * (s32)i)));
}

/* Every branch leaves for one place, where a full stack is joined. */
static void fan(struct text *t, u32 i)
{
	put(t, STORE(BPF_DW, 10, i % 3 ? 2 : 4, (s16)(-8 * (s32)(i % 64 + 1))));
	put(t, ALU_K(BPF_ADD, 4, (s32)i));
	put(t, JUMP_K(BPF_JNE, 4, (s32)i, 1));
	put(t, GOTOL(t->end - t->nr - 1));
}

/* Diamonds that change what many slots hold, by different amounts. */
static void joins(struct text *t, u32 i)
{
	put(t, JUMP_K(BPF_JEQ, 4, (s32)i, 5));
	put(t, ALU_K(BPF_ADD, 4, (s32)i));
	for (u32 k = 0; k < 4; k++)
		put(t, STORE(BPF_DW, 10, 4,
			     (s16)(-8 * (s32)((4 * i + k) % 64 + 1))));
	put(t, LOAD(BPF_DW, 5, 10, -8));
}

/* A loop that may be entered in the middle. */
static void irreducible(struct text *t, u32 i)
{
	put(t, JUMP_K(BPF_JEQ, 4, (s32)i, 1));
	put(t, ALU_K(BPF_ADD, 0, 1));
	put(t, ALU_X(BPF_ADD, 0, 7));
	put(t, JUMP_K(BPF_JLT, 0, (s32)(i % 1000), -3));
}

/* Jumps back to anywhere: all of it is one region without an order. */
static void tangle(struct text *t, u32 i)
{
	u32 back = i * 2654435761u % (t->nr < 30000 ? t->nr : 30000);

	if (t->nr - back < 16 + SLOTS)
		back = 0;
	put(t, LOAD(BPF_B, 5, 2, (s16)(i % 60)));
	put(t, ALU_X(BPF_ADD, 4, 5));
	put(t, STORE(BPF_DW, 10, i % 5 ? 4 : 2, (s16)(-8 * (s32)(i % 64 + 1))));
	put(t, JUMP_K(BPF_JEQ, 4, (s32)i, (s16)(-(s32)back - 1)));
}

/* As many loops as there are levels, one in the other. */
static void nest(struct text *t, u32 i)
{
	put(t, ALU_K(BPF_ADD, 0, 1));
	put(t, JUMP_K(BPF_JEQ, 0, (s32)i, 0));
}

static void end_nest(struct text *t)
{
	u32 levels = (t->nr - 9) / 2, head = t->nr;

	for (u32 i = 0; i < levels; i++) {
		head -= 2;
		put(t, JUMP_K(BPF_JNE, 0, 7, 1));
		put(t, GOTOL((s32)head - (s32)t->nr - 1));
	}
	end_xdp(t);
}

/* Calls of as many functions, which are all the same. */
static void calls(struct text *t, u32 i)
{
	put(t, ALU_X(BPF_MOV, 1, 10));
	put(t, ALU_K(BPF_ADD, 1, -8));
	put(t, CALL(t->end + 2 + 4 * i - t->nr - 1));
	put(t, ALU_X(BPF_ADD, 7, 0));
	put(t, ALU_K(BPF_XOR, 7, 1));
}

static void end_calls(struct text *t)
{
	u32 nr = (t->nr - 9) / 5;

	end_xdp(t);
	for (u32 i = 0; i < nr; i++) {
		put(t, LOAD(BPF_DW, 2, 1, 0));
		put(t, ALU_K(BPF_MOV, 0, (s32)i));
		put(t, ALU_X(BPF_ADD, 0, 2));
		put(t, EXIT());
	}
}

/* Functions of which each calls the next. */
static void chain(struct text *t, u32 i)
{
	put(t, ALU_K(BPF_MOV, 6, (s32)i));
	put(t, CALL(1));
	put(t, EXIT());
	put(t, ALU_K(BPF_MOV, 0, 0));
}

/* Loops in which values wander from slot to slot: news takes many rounds. */
static void ring(struct text *t, u32 i)
{
	u32 head = t->nr, k;

	for (k = SLOTS; k > 1; k--) {
		put(t, LOAD(BPF_DW, 5, 10, (s16)(-8 * (s32)(k - 1))));
		put(t, STORE(BPF_DW, 10, 5, (s16)(-8 * (s32)k)));
	}
	put(t, LOAD(BPF_B, 5, 2, (s16)(i % 60)));
	put(t, STORE(BPF_DW, 10, 5, -8));
	put(t, JUMP_K(BPF_JNE, 5, (s32)(i % 200), (s16)(head - t->nr - 1)));
}

static void start_empty(struct text *t)
{
	put(t, ALU_K(BPF_MOV, 0, 0));
}

static void empty(struct text *t, u32 i)
{
	put(t, ALU_K(BPF_MOV, 0, (s32)i));
}

static void end_empty(struct text *t)
{
	put(t, EXIT());
}

/**
 * struct shape - how programs are made
 * @body_insns:	slots of one body, with what @end writes for it
 * @hostile:	only to be loaded and verified; may be refused
 */
static const struct shape {
	const char *name;
	enum weir_kind kind;
	u32 body_insns;
	void (*start)(struct text *t);
	void (*body)(struct text *t, u32 i);
	void (*end)(struct text *t);
	bool hostile;
} shapes[] = {
	{ "empty", WEIR_KIND_XDP, 1, start_empty, empty, end_empty, false },
	{ "straight", WEIR_KIND_XDP, 12, start_xdp, straight, end_xdp, false },
	{ "branches", WEIR_KIND_XDP, 5, start_xdp, branches, end_xdp, false },
	{ "loops", WEIR_KIND_XDP, 10, start_xdp, loops, end_xdp, false },
	{ "classic", WEIR_KIND_SOCKET, 7, start_socket, classic, end_socket,
	  false },
	{ "rules", WEIR_KIND_XDP, 5, start_rules, rules, end_xdp, false },
	{ "fan", WEIR_KIND_XDP, 4, start_slots, fan, end_xdp, true },
	{ "joins", WEIR_KIND_XDP, 7, start_slots, joins, end_xdp, true },
	{ "irreducible", WEIR_KIND_XDP, 4, start_slots, irreducible, end_xdp,
	  true },
	{ "tangle", WEIR_KIND_XDP, 4, start_slots, tangle, end_xdp, true },
	{ "nest", WEIR_KIND_XDP, 4, start_xdp, nest, end_nest, true },
	{ "calls", WEIR_KIND_XDP, 9, start_xdp, calls, end_calls, true },
	{ "chain", WEIR_KIND_XDP, 4, start_xdp, chain, end_xdp, true },
	{ "ring", WEIR_KIND_XDP, 2 * SLOTS + 1, start_slots, ring, end_xdp,
	  true },
};

/* --- `tcp port 80`, as tcpdump -ddd has it ------------------------------------ */

static const struct sock_filter tcp_port_80[] = {
	{ 0x28, 0, 0, 0x0c },	    { 0x15, 0, 6, 0x86dd },
	{ 0x30, 0, 0, 0x14 },	    { 0x15, 0, 15, 0x06 },
	{ 0x28, 0, 0, 0x36 },	    { 0x15, 12, 0, 0x50 },
	{ 0x28, 0, 0, 0x38 },	    { 0x15, 10, 11, 0x50 },
	{ 0x15, 0, 10, 0x0800 },    { 0x30, 0, 0, 0x17 },
	{ 0x15, 0, 8, 0x06 },	    { 0x28, 0, 0, 0x14 },
	{ 0x45, 6, 0, 0x1fff },	    { 0xb1, 0, 0, 0x0e },
	{ 0x48, 0, 0, 0x0e },	    { 0x15, 2, 0, 0x50 },
	{ 0x48, 0, 0, 0x10 },	    { 0x15, 0, 1, 0x50 },
	{ 0x06, 0, 0, 0x00040000 }, { 0x06, 0, 0, 0 },
};

/* --- The pipeline ------------------------------------------------------------- */

static int load_shape(const struct shape *shape, u32 nr_insns,
		      struct weir_rejection *rej, struct weir_prog **out)
{
	struct text t = { .insns = calloc(nr_insns + 256, sizeof(*t.insns)) };
	u32 i, nr, slots;
	int err;

	if (!t.insns)
		return -1;
	shape->start(&t);
	nr = nr_insns < t.nr + 2 ? 0
				 : (nr_insns - t.nr - 2) / shape->body_insns;
	shape->body(&t, 0);
	slots = t.nr;
	t.nr = 0;
	shape->start(&t);
	slots -= t.nr;
	t.end = t.nr + nr * slots;
	for (i = 0; i < nr; i++)
		shape->body(&t, i);
	shape->end(&t);
	err = weir_prog_load(shape->kind, t.insns, t.nr, rej, out);
	free(t.insns);
	return err;
}

static int pipeline(const char *name, struct weir_prog *prog,
		    const struct weir_compile_opts *opts,
		    struct weir_rejection *rej)
{
	struct weir_facts *facts;
	struct weir_image *image;
	int err;

	err = weir_verify(prog, false, NULL, rej, &facts);
	if (err)
		return err;
	if (!opts) {
		printf("%s %u insns, %u guards\n", name, prog->nr_insns,
		       facts->nr_guards);
		weir_facts_free(facts);
		return 0;
	}
	err = weir_compile(prog, facts, opts, &image);
	if (!err) {
		printf("%s %u insns, %u guards, %u words\n", name,
		       prog->nr_insns, facts->nr_guards, image->nr_words);
		weir_image_free(image);
	}
	weir_facts_free(facts);
	return err;
}

static int run(const char *name, u32 nr_insns,
	       const struct weir_compile_opts *opts)
{
	struct weir_rejection rej = { 0 };
	struct weir_prog *prog = NULL;
	bool hostile = false;
	int err = -1;
	u32 i;

	if (!strcmp(name, "tcp80"))
		err = weir_prog_load_classic(
			tcp_port_80, sizeof(tcp_port_80) / sizeof(*tcp_port_80),
			&rej, &prog);
	for (i = 0; i < sizeof(shapes) / sizeof(*shapes); i++)
		if (!strcmp(name, shapes[i].name)) {
			hostile = shapes[i].hostile;
			err = load_shape(&shapes[i], nr_insns, &rej, &prog);
		}
	if (!err)
		err = pipeline(name, prog, hostile ? NULL : opts, &rej);
	if (err && hostile && rej.nr) {
		printf("%s %u insns, refused: %s at %u\n", name, nr_insns,
		       weir_reject_name(rej.nr), rej.pc);
		err = 0;
	}
	if (err)
		fprintf(stderr, "load_cost: %s %u: error %d, pc %u: %s\n", name,
			nr_insns, err, rej.pc, rej.detail);
	weir_prog_free(prog);
	return err;
}

int main(int argc, char **argv)
{
	struct weir_compile_opts opts = {
		.features = WEIR_CPU_ALL,
		.passes = WEIR_PASSES_ALL,
	};
	int i;

	if (argc > 1)
		opts.arch = weir_arch_by_name(argv[1]);
	if (argc < 4 || !opts.arch) {
		fprintf(stderr,
			"usage: load_cost ARCH (SHAPE NR_INSNS[,NR_INSNS]...)...\n");
		return 2;
	}
	for (i = 2; i + 1 < argc; i += 2) {
		char *nr = argv[i + 1], *end = nr;

		for (; *nr; nr = *end ? end + 1 : end)
			if (run(argv[i], (u32)strtoul(nr, &end, 10), &opts))
				return 1;
	}
	return 0;
}
