// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What an image is made of: fixups and their reach, the literal pool and its
 * islands, guards and the seal, code memory. Nothing here is executed, so it
 * runs on any host; the arena is a plain buffer of the test's own.
 */
#include <stdint.h>
#include <stdlib.h>
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/errno.h>
#include <uapi/linux/bpf.h>
#include "base/host.h"
#include "base/insn.h"
#include "base/log.h"
#include "base/prog.h"
#include "jit/arch.h"
#include "jit/codemem.h"
#include "jit/compile.h"
#include "verifier/facts.h"
#include "selftests/harness.h"

/* An arena that can be looked into. The production file follows, with its
 * statics, under the test's own host.
 */
static u8 arena[64 * 64] __attribute__((aligned(64)));
static bool no_view;
static u32 opened;

static int fake_arena(struct weir_host_arena *out)
{
	out->rx = arena;
	out->bytes = sizeof(arena);
	return 0;
}

static void *fake_open(size_t off, size_t bytes)
{
	if (no_view || off + bytes > sizeof(arena))
		return NULL;
	opened++;
	return arena + off;
}

static void fake_close(void *rw, size_t off, size_t bytes)
{
	(void)rw;
	(void)off;
	(void)bytes;
	opened--;
}

static const struct weir_arch *fake_native(void)
{
	return weir_arch_by_name("arm64");
}

#define weir_host_arena(out) fake_arena(out)
#define weir_host_code_open(off, bytes) fake_open(off, bytes)
#define weir_host_code_close(rw, off, bytes) fake_close(rw, off, bytes)
#define weir_arch_native() fake_native()
#include "selftests/unit/own_codemem.h"
#undef weir_arch_native

#include "jit/exit.h"
#include "jit/arm64/insn.h"

/* --- Fixups ------------------------------------------------------------------- */

static void test_fixup(const char *name, enum weir_fixup_kind kind, s64 least,
		       s64 most, s64 step)
{
	const s64 in[] = { least, least + step, -step, 0,
			   step,  most - step,	most };
	u32 word = 0, before;
	bool ok = true;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(in); i++)
		ok &= weir_fixup_put(kind, &word, in[i]);
	before = word;
	ok &= !weir_fixup_put(kind, &word, least - step);
	ok &= !weir_fixup_put(kind, &word, most + step);
	if (step > 1)
		ok &= !weir_fixup_put(kind, &word, 2);
	ksft_test_result(ok && word == before,
			 "%s: reaches as far as it says, and no further\n",
			 name);
}

static u32 put(enum weir_fixup_kind kind, u32 word, s64 off)
{
	return weir_fixup_put(kind, &word, off) ? word : 0;
}

/* Words as GNU as makes them. */
static void test_fixups(void)
{
	test_fixup("imm26", WEIR_FIXUP_A64_IMM26, -(1LL << 27), (1LL << 27) - 4,
		   4);
	test_fixup("imm19", WEIR_FIXUP_A64_IMM19, -(1LL << 20), (1LL << 20) - 4,
		   4);
	test_fixup("imm14", WEIR_FIXUP_A64_IMM14, -(1LL << 15), (1LL << 15) - 4,
		   4);
	test_fixup("imm24", WEIR_FIXUP_A32_IMM24, 8 - (1LL << 25),
		   (1LL << 25) + 4, 4);
	test_fixup("lit12", WEIR_FIXUP_A32_LIT12, 8 - 4095, 8 + 4095, 1);
	test_fixup("lit8", WEIR_FIXUP_A32_LIT8, 8 - 255, 8 + 255, 1);
	ksft_test_result(
		put(WEIR_FIXUP_A64_IMM26, 0x14000000, -4) == 0x17ffffff &&
			put(WEIR_FIXUP_A64_IMM19, 0x54000000, 8) ==
				0x54000040 &&
			put(WEIR_FIXUP_A64_IMM19, 0x58000010, -8) ==
				0x58ffffd0 &&
			put(WEIR_FIXUP_A64_IMM14, 0x36000000, 12) == 0x36000060,
		"A64 words\n");
	ksft_test_result(put(WEIR_FIXUP_A32_IMM24, 0xea000000, 0) ==
					 0xeafffffe &&
				 put(WEIR_FIXUP_A32_LIT12, 0xe51f0000, 8) ==
					 0xe59f0000 &&
				 put(WEIR_FIXUP_A32_LIT12, 0xe51f0000, 4) ==
					 0xe51f0004 &&
				 put(WEIR_FIXUP_A32_LIT8, 0xe14f00d0,
				     8 + 0x21) == 0xe1cf02d1,
			 "A32 words\n");
}

/* --- Labels and literals -------------------------------------------------------- */

static void test_labels(void)
{
	struct weir_asmbuf buf;
	struct weir_label back, ahead;
	u32 i;

	weir_asmbuf_init(&buf);
	back = weir_asmbuf_label(&buf);
	ahead = weir_asmbuf_label(&buf);
	weir_asmbuf_bind(&buf, back);
	weir_asmbuf_branch(&buf, 0x14000000, ahead, WEIR_FIXUP_A64_IMM26);
	weir_asmbuf_branch(&buf, 0x14000000, back, WEIR_FIXUP_A64_IMM26);
	weir_asmbuf_bind(&buf, ahead);
	weir_asmbuf_word(&buf, 0);
	ksft_test_result(!weir_asmbuf_settle(&buf) &&
				 buf.words[0] == 0x14000002 &&
				 buf.words[1] == 0x17ffffff,
			 "labels ahead and behind\n");
	weir_asmbuf_exit(&buf);

	weir_asmbuf_init(&buf);
	ahead = weir_asmbuf_label(&buf);
	weir_asmbuf_branch(&buf, 0x36000000, ahead, WEIR_FIXUP_A64_IMM14);
	for (i = 0; i < 8192; i++)
		weir_asmbuf_word(&buf, 0);
	weir_asmbuf_bind(&buf, ahead);
	ksft_test_result(weir_asmbuf_settle(&buf) == -EFAULT &&
				 weir_asmbuf_word(&buf, 1) == 0,
			 "out of reach is an error that stays\n");
	weir_asmbuf_exit(&buf);

	weir_asmbuf_init(&buf);
	ahead = weir_asmbuf_label(&buf);
	weir_asmbuf_branch(&buf, 0x14000000, ahead, WEIR_FIXUP_A64_IMM26);
	ksft_test_result(weir_asmbuf_settle(&buf) == -EFAULT,
			 "a label that stands nowhere is an error\n");
	weir_asmbuf_exit(&buf);
}

static void load(struct weir_asmbuf *buf, u64 value)
{
	weir_asmbuf_literal(buf, 0x58000000, WEIR_FIXUP_A64_IMM19, value, 8, 0);
}

static u64 literal_at(const struct weir_asmbuf *buf, u32 word)
{
	u32 at = word + (buf->words[word] >> 5 & 0x7ffff);

	return buf->words[at] | (u64)buf->words[at + 1] << 32;
}

static void test_pool(void)
{
	struct weir_asmbuf buf;
	bool ok = true;
	u32 i;

	weir_asmbuf_init(&buf);
	load(&buf, 0x1111222233334444);
	load(&buf, 0x5555666677778888);
	load(&buf, 0x1111222233334444);
	weir_asmbuf_literal(&buf, 0x18000000, WEIR_FIXUP_A64_IMM19, 0x33334444,
			    4, 0);
	weir_asmbuf_literal(&buf, 0x58000000, WEIR_FIXUP_A64_IMM19, 0, 8, 7);
	weir_asmbuf_literal(&buf, 0x58000000, WEIR_FIXUP_A64_IMM19, 0, 8, 8);
	weir_asmbuf_word(&buf, 0xd503201f);
	weir_asmbuf_pool(&buf, 0xd503201f);
	ksft_test_result(!weir_asmbuf_settle(&buf) && buf.nr_literals == 5 &&
				 literal_at(&buf, 0) == 0x1111222233334444 &&
				 literal_at(&buf, 1) == 0x5555666677778888 &&
				 literal_at(&buf, 2) == 0x1111222233334444 &&
				 buf.nr_words == 8 + 8 + 1,
			 "equal literals share an entry, 8-aligned\n");
	weir_asmbuf_exit(&buf);

	weir_asmbuf_init(&buf);
	for (i = 0; i < 5000; i++)
		load(&buf, 0x1234567800000000ULL + i % 2500);
	weir_asmbuf_pool(&buf, 0xd503201f);
	ok = !weir_asmbuf_settle(&buf) && buf.nr_literals == 2500;
	for (i = 0; ok && i < 5000; i++)
		ok = literal_at(&buf, i) == 0x1234567800000000ULL + i % 2500;
	ksft_test_result(ok, "thousands of literals\n");
	weir_asmbuf_exit(&buf);

	weir_asmbuf_init(&buf);
	load(&buf, 1);
	for (i = 0; !weir_asmbuf_pool_due(&buf, 4096, 16); i++)
		weir_asmbuf_word(&buf, 0);
	weir_asmbuf_pool(&buf, 0);
	load(&buf, 1);
	weir_asmbuf_pool(&buf, 0);
	ksft_test_result(i * 4 + 8 < 4096 && i > 900 && buf.nr_spans == 2 &&
				 buf.nr_literals == 2 &&
				 !weir_asmbuf_settle(&buf),
			 "an island is due before its reach ends\n");
	weir_asmbuf_exit(&buf);
}

/* --- Programs of any length -------------------------------------------------------- */

static struct bpf_insn insn_of(u8 code, u8 dst, u8 src, s16 off, s32 imm)
{
	return (struct bpf_insn){
		.code = code,
		.dst_reg = dst,
		.src_reg = src,
		.off = off,
		.imm = imm,
	};
}

/*
 * Guarded loads, tests of bits, constants from the pool: each group has all
 * that is hard to reach. Sixteen slots each, and a jump to the end.
 */
static u32 fill_long(struct bpf_insn *insns, u32 groups)
{
	u32 pc = 0;
	u32 i;

	insns[pc++] = insn_of(BPF_ALU64 | BPF_MOV | BPF_X, 6, 1, 0, 0);
	insns[pc++] = insn_of(BPF_ALU64 | BPF_MOV | BPF_K, 7, 0, 0, 0);
	for (i = 0; i < groups; i++) {
		insns[pc++] = insn_of(BPF_LD | BPF_H | BPF_ABS, 0, 0, 0,
				      (s32)(i % 60000));
		insns[pc++] =
			insn_of(BPF_LD | BPF_IMM | BPF_DW, 3, 0, 0, 0x12345678);
		insns[pc++] = insn_of(0, 0, 0, 0, (s32)(i * 0x01010101u + 77));
		insns[pc++] = insn_of(BPF_ALU64 | BPF_XOR | BPF_X, 7, 3, 0, 0);
		insns[pc++] = insn_of(BPF_JMP | BPF_JSET | BPF_K, 0, 0, 1, 4);
		insns[pc++] = insn_of(BPF_ALU64 | BPF_ADD | BPF_X, 7, 0, 0, 0);
	}
	insns[pc++] = insn_of(BPF_ALU64 | BPF_MOV | BPF_X, 0, 7, 0, 0);
	insns[pc++] = insn_of(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	return pc;
}

/* Each guard's first branch leads to its stub, which starts with a nop. */
static bool guards_lead_to_stubs(const struct weir_image *image)
{
	u32 i;

	for (i = 0; i < image->nr_guards; i++) {
		u32 branch = image->guard[i].branch_off;
		u32 stub = image->guard[i].stub_off;
		u32 word = image->words[branch / 4];
		s64 off;

		if (image->words[stub / 4] != A64_HINT_NOP)
			return false;
		if (word >> 26 == 5) /* b, behind an inverted condition */
			off = (s64)(s32)(word << 6) >> 4;
		else
			off = (s64)(s32)(word << 8) >> 13 << 2;
		if (branch + off != stub)
			return false;
	}
	return true;
}

static void test_long(u32 groups)
{
	struct bpf_insn *insns = calloc((size_t)groups * 6 + 8, sizeof(*insns));
	struct weir_compile_opts opts = {
		.arch = weir_arch_by_name("arm64"),
		.passes = WEIR_PASSES_ALL,
	};
	struct weir_rejection rej = { 0 };
	struct weir_facts *facts = NULL;
	struct weir_image *image = NULL;
	struct weir_prog *prog = NULL;
	u32 nr = fill_long(insns, groups);
	bool ok;

	ok = !weir_prog_load(WEIR_KIND_SOCKET, insns, nr, &rej, &prog) &&
	     !weir_verify(prog, false, NULL, &rej, &facts) &&
	     !weir_compile(prog, facts, &opts, &image);
	ok = ok && guards_lead_to_stubs(image) &&
	     image->pc_off[0] != WEIR_NO_OFFSET + 1 &&
	     image->stubs_off >= image->body_off &&
	     image->pool_off >= image->stubs_off;
	ksft_test_result(ok, "a program of %u instructions\n", nr);
	if (image)
		ksft_print_msg("%u bytes of code\n", image->nr_words * 4);
	weir_image_free(image);
	if (facts)
		weir_facts_free(facts);
	weir_prog_free(prog);
	free(insns);
}

/* --- The seal ---------------------------------------------------------------------- */

static void test_seal(void)
{
	struct weir_ir ir = { .nr_guards = 1, .nr_slots = 1 };
	struct weir_emit e;
	u32 trap = weir_arch_arm64.trap;

	weir_emit_init(&e, &weir_arch_arm64, &ir, 0, WEIR_REACH_SHORT);
	e.leave = weir_asmbuf_label(&e.buf);
	weir_emit_guard(&e, 0, 0x54000003, WEIR_FIXUP_A64_IMM19);
	ksft_test_result(e.buf.words[0] == trap && !weir_exit_sealed(&e),
			 "a guard's branch is a trap until it is resolved\n");
	e.stub[0] = 3;
	weir_exit_resolve(&e);
	ksft_test_result(e.buf.words[0] == 0x54000063 && weir_exit_sealed(&e),
			 "then it is a branch\n");
	weir_asmbuf_literal(&e.buf, 0x58000000, WEIR_FIXUP_A64_IMM19, trap, 8,
			    0);
	weir_asmbuf_pool(&e.buf, 0);
	ksft_test_result(weir_exit_sealed(&e),
			 "a literal may look like a trap\n");
	weir_asmbuf_word(&e.buf, trap);
	ksft_test_result(!weir_exit_sealed(&e), "an instruction may not\n");
	weir_emit_exit(&e);
}

/* --- Code memory --------------------------------------------------------------------- */

static struct weir_image *image_of(u32 nr_words)
{
	struct weir_image *image = weir_host_alloc(sizeof(*image));

	image->arch = &weir_arch_arm64;
	image->nr_words = nr_words;
	image->words = weir_host_alloc((size_t)nr_words * 4);
	memset(image->words, 0xab, (size_t)nr_words * 4);
	return image;
}

/* Are the words from @from to the end of the arena's used part all traps? */
static bool all_traps(u32 off, u32 bytes)
{
	u32 i;

	for (i = off; i < off + bytes; i += 4) {
		u32 word;

		memcpy(&word, arena + i, 4);
		if (word != weir_arch_arm64.trap)
			return false;
	}
	return true;
}

static void test_codemem(void)
{
	struct weir_code *a, *b, *c, *d;
	struct weir_codemem_stats stats;
	struct weir_image *image;

	ksft_test_result(!test_publish(image_of(16), &a) &&
				 !test_publish(image_of(17), &b) &&
				 !test_publish(image_of(1), &c) &&
				 a->off == 0 && b->off == 64 && c->off == 192 &&
				 b->bytes == 128,
			 "chunks of 64 bytes, first fit\n");
	ksft_test_result(all_traps(64 + 68, 60) && all_traps(196, 60),
			 "what an image leaves of its chunk is traps\n");
	test_free(b);
	ksft_test_result(all_traps(64, 128), "freed code is traps\n");
	ksft_test_result(!test_publish(image_of(32), &b) && b->off == 64,
			 "a gap that fits is used again\n");
	test_free(a);
	ksft_test_result(!test_publish(image_of(33), &d) && d->off == 256,
			 "one that does not fit is not\n");
	test_stats(&stats);
	ksft_test_result(stats.total == sizeof(arena) &&
				 stats.used == 128 + 64 + 192 &&
				 stats.largest_free == sizeof(arena) - 448,
			 "the books\n");

	image = image_of(sizeof(arena) / 4);
	ksft_test_result(test_publish(image, &a) == -ENOSPC, "full\n");
	weir_image_free(image);

	image = image_of(20);
	no_view = true;
	ksft_test_result(test_publish(image, &a) == -ENOMEM,
			 "no view: nothing is published\n");
	no_view = false;
	weir_image_free(image);

	test_free(b);
	test_free(c);
	test_free(d);
	test_stats(&stats);
	ksft_test_result(opened == 0 && all_traps(0, 448), "all given back\n");
	test_exit();
}

int main(void)
{
	ksft_print_header();
	test_fixups();
	test_labels();
	test_pool();
	test_seal();
	test_codemem();
	test_long(1);
	test_long(1000);
	test_long(20000);
	test_long(150000);
	return ksft_finished();
}
