// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ARM: parallel moves, by simulating the words, on any host; and helper calls
 * with every mix of narrow and wide arguments, against a function compiled by
 * the C compiler, where ARM code can be executed.
 *
 * The calls are made from IR, since the helpers there are take no arguments.
 */
#include "jit/compile.c"
#include <linux/string.h>
#include "base/helper.h"
#include "base/run.h"
#include "jit/arch.h"
#include "jit/arm/abi.h"
#include "jit/arm/pair.h"
#include "jit/codemem.h"
#include "selftests/harness.h"

/* --- Parallel moves ------------------------------------------------------------ */

#define MOST_MOVES 4
#define NR_SOURCES 6 /* r0 to r4, and the constant 0 */

/* mov rd, rm and mov rd, #0, which is all there may be. */
static bool simulate(const struct weir_asmbuf *buf, u32 regs[16])
{
	for (u32 i = 0; i < buf->nr_words; i++) {
		u32 word = buf->words[i], rd = word >> 12 & 0xf;

		if ((word & 0xffff0ff0) == 0xe1a00000)
			regs[rd] = regs[word & 0xf];
		else if ((word & 0xffff0fff) == 0xe3a00000)
			regs[rd] = 0;
		else
			return false;
	}
	return !buf->err;
}

static bool try_moves(struct weir_emit *e, const struct a32_pmove *moves,
		      u32 nr)
{
	struct a32_pmove copy[MOST_MOVES];
	u32 regs[16], before[16];

	for (u32 r = 0; r < 16; r++)
		before[r] = regs[r] = 100 + r;
	memcpy(copy, moves, sizeof(copy));
	e->buf.nr_words = 0;
	a32_moves(e, copy, nr);
	if (!simulate(&e->buf, regs))
		return false;
	for (u32 i = 0; i < nr; i++) {
		u32 want = a32_is_reg(moves[i].from) ? before[moves[i].from]
						     : 0;

		if (regs[moves[i].to] != want)
			return false;
	}
	/* One per move that does something, one per cycle: at most half more. */
	return e->buf.nr_words <= nr + nr / 2;
}

static void test_moves(struct weir_emit *e)
{
	u32 tried = 0, wrong = 0;

	for (u32 nr = 1; nr <= MOST_MOVES; nr++) {
		u32 all = 1;

		for (u32 i = 0; i < nr; i++)
			all *= NR_SOURCES;
		for (u32 n = 0; n < all; n++) {
			struct a32_pmove moves[MOST_MOVES] = { { 0 } };

			for (u32 i = 0, rest = n; i < nr; i++) {
				u32 from = rest % NR_SOURCES;

				rest /= NR_SOURCES;
				moves[i].to = (u8)i;
				moves[i].from =
					(u8)(from < 5 ? from : A32_NOWHERE);
			}
			tried++;
			wrong += !try_moves(e, moves, nr);
		}
	}
	ksft_test_result(tried && !wrong, "parallel moves, all of up to 4\n");
	ksft_print_msg("%u sets of moves, %u wrong\n", tried, wrong);
}

/* --- Calls ---------------------------------------------------------------------- */

enum {
	NARROW,
	WIDE,
	LOADED,
	NR_SORTS
};

static struct {
	struct weir_run *run;
	u64 arg[WEIR_HELPER_ARGS];
	bool aligned;
} seen;

#define RESULT 0x8877665544332211ULL

static u64 record(struct weir_run *run, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	volatile u64 probe = 0;
	unsigned long at;

	seen.run = run;
	seen.arg[0] = a;
	seen.arg[1] = b;
	seen.arg[2] = c;
	seen.arg[3] = d;
	seen.arg[4] = e;
	/* Locals are where the compiler believes sp to be 8-aligned. */
	at = (unsigned long)&probe;
	__asm__ volatile("" : "+r"(at) : : "memory");
	seen.aligned = !(at & 7);
	return RESULT;
}

static u64 value_of(u32 arg, u32 sort)
{
	u64 narrow = 0x91000000u + 0x101 * arg;

	return sort == NARROW ? narrow : narrow << 32 | (0x71000001 + arg);
}

/* R1 = ..., call, R0 + what R6 kept. */
static struct weir_ir *make_ir(u32 nr_args, const u32 *sort)
{
	struct weir_ir *ir = weir_ir_new(1);
	struct weir_ir_insn *insn;

	weir_ir_begin_block(ir, 0);
	insn = weir_ir_add(ir, IR_MOVI, 0);
	insn->flags = IR_64 | IR_IMM;
	insn->dst = IR_R6;
	insn->imm = 0x500000001LL;
	for (u32 i = 0; i < nr_args; i++) {
		insn = weir_ir_add(ir, sort[i] == LOADED ? IR_LD : IR_MOVI, 0);
		insn->dst = (u8)(IR_R1 + i);
		insn->flags = sort[i] == LOADED ? 0 : IR_64 | IR_IMM;
		insn->imm = (s64)value_of(i, sort[i]);
		if (sort[i] != LOADED)
			continue;
		insn->a = IR_RUN;
		insn->size = 8;
		insn->off = (s32)(offsetof(struct weir_run, exit.regs) + 8 * i);
	}
	insn = weir_ir_add(ir, IR_CALL, 0);
	insn->target = WEIR_HELPER_div64;
	insn->nr_args = (u8)nr_args;
	insn = weir_ir_add(ir, IR_ADD, 0);
	insn->flags = IR_64;
	insn->dst = insn->a = IR_R0;
	insn->b = IR_R6;
	weir_ir_add(ir, IR_EXIT, 0);
	weir_ir_end(ir);
	ir->nr_slots = 1;
	weir_ir_compact(ir);
	weir_ir_live(ir, false);
	return ir;
}

/* To the veneer, whose literal gets the address of our function. */
static void redirect(const struct weir_image *image, u32 *words)
{
	for (u32 i = 0; i < image->nr_relocs; i++)
		if (image->reloc[i].kind == WEIR_RELOC_HELPER_ABS)
			words[image->reloc[i].off_bytes / 4] =
				(u32)(unsigned long)record;
}

static u64 run_at(const struct weir_host_arena *arena,
		  const struct weir_image *image, struct weir_run *run)
{
	size_t bytes = (size_t)image->nr_words * 4;
	u32 *rw = weir_host_code_open(0, bytes);

	if (!rw)
		return 0;
	memcpy(rw, image->words, bytes);
	redirect(image, rw);
	weir_host_code_close(rw, 0, bytes);
	return ((weir_entry_fn)(void *)arena->rx)(run);
}

static bool call_once(const struct weir_host_arena *arena, u32 nr_args,
		      const u32 *sort)
{
	const struct weir_compile_opts opts = { .arch = &weir_arch_arm };
	const struct weir_facts facts = { .nr_guards = 0 };
	struct weir_ir *ir = make_ir(nr_args, sort);
	struct weir_image *image = NULL;
	struct weir_run run = { 0 };
	u64 got;
	bool ok;

	if (emit_image(ir, &facts, &opts, WEIR_REACH_SHORT, &image))
		return false;
	memset(&seen, 0, sizeof(seen));
	for (u32 i = 0; i < nr_args; i++)
		run.exit.regs[i] = value_of(i, sort[i]);
	got = arena->bytes ? run_at(arena, image, &run) : 0;
	ok = !arena->bytes || (got == RESULT + 0x500000001ULL &&
			       seen.run == &run && seen.aligned);
	for (u32 i = 0; i < nr_args && arena->bytes; i++)
		ok = ok && seen.arg[i] == value_of(i, sort[i]);
	weir_image_free(image);
	weir_ir_free(ir);
	return ok;
}

static void test_calls(void)
{
	struct weir_host_arena arena = { .bytes = 0 };
	u32 all = 1, wrong, sort[WEIR_HELPER_ARGS];

	if (weir_arch_native() == &weir_arch_arm)
		weir_host_arena(&arena);
	for (u32 nr = 0; nr <= WEIR_HELPER_ARGS; nr++, all *= NR_SORTS) {
		wrong = 0;
		for (u32 n = 0; n < all; n++) {
			for (u32 i = 0, rest = n; i < nr; i++) {
				sort[i] = rest % NR_SORTS;
				rest /= NR_SORTS;
			}
			wrong += !call_once(&arena, nr, sort);
		}
		ksft_test_result(!wrong, "%s of %u arguments, %u mixes\n",
				 arena.bytes ? "calls" : "code for calls", nr,
				 all);
	}
}

int main(void)
{
	struct weir_ir *ir = make_ir(0, NULL);
	struct weir_emit *e = calloc(1, sizeof(*e));

	ksft_print_header();
	weir_emit_init(e, &weir_arch_arm, ir, 0, WEIR_REACH_SHORT);
	a32_plan(e);
	test_moves(e);
	weir_emit_exit(e);
	free(e);
	weir_ir_free(ir);
	test_calls();
	return ksft_finished();
}
