// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every row of jit/arm/insn.def at the edges of each operand and under every
 * condition against GNU as and back through capstone; over the edges the
 * constructors say no, and GNU as too. Then the choice of immediates: all
 * rotated ones, and constants built and checked to be the shortest.
 *
 *   cc -Itools/include -I. -o a32_encodings selftests/encodings/encodings.c \
 *      selftests/encodings/a32_encodings.c jit/arm/imm.c -lcapstone
 */
/* Loops over operands stand one under the other, without indenting. */
/* clang-format off */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include <linux/bitops.h>
#include <linux/kernel.h>

#include "jit/arm/imm.h"
#include "jit/arm/insn.h"

#include "encodings.h"

#if __has_include(<capstone/capstone.h>)
#include <capstone/capstone.h>
#else
#define CS_ARCH_ARM 0
#define CS_MODE_ARM 0
#endif

#define TABLE(name, rows) static const struct enc_row name[] = { rows(ENC_ROW) }
TABLE(conds, A32_COND_ROWS);
TABLE(shifts, A32_SHIFT_ROWS);
TABLE(modes, A32_MODE_ROWS);
TABLE(dp, A32_DP_ROWS);
TABLE(move, A32_MOVE_ROWS);
TABLE(test, A32_TEST_ROWS);
TABLE(movw, A32_MOVW_ROWS);
TABLE(mul, A32_MUL_ROWS);
TABLE(mla, A32_MLA_ROWS);
TABLE(mull, A32_MULL_ROWS);
TABLE(div_rows, A32_DIV_ROWS);
TABLE(ldst, A32_LDST_ROWS);
TABLE(ldsth, A32_LDSTH_ROWS);
TABLE(ldstd, A32_LDSTD_ROWS);
TABLE(ldm, A32_LDM_ROWS);
TABLE(ldrex, A32_LDREX_ROWS);
TABLE(strex, A32_STREX_ROWS);
TABLE(unary, A32_UNARY_ROWS);
TABLE(extend, A32_EXTEND_ROWS);
TABLE(bfx, A32_BFX_ROWS);
TABLE(branch, A32_BRANCH_ROWS);
TABLE(branch_reg, A32_BRANCH_REG_ROWS);
TABLE(sys, A32_SYSTEM_ROWS);

static const u32 reg_edges[] = { 0, 1, 8, 12, 14 };
static const u32 even_edges[] = { 0, 2, 8, 10, 12 };
static const u64 over64[] = { S64_MAX, 1ULL << 63, U64_MAX, 1ULL << 32 };

#define for_rows(row, table)                                                   \
	for (row = table; row < table + ARRAY_SIZE(table); row++)
#define for_edges(i, edges)                                                    \
	for (i = edges; i < edges + ARRAY_SIZE(edges); i++)
#define for_regs(r) for_edges(r, reg_edges)
#define for_conds(cond) for_rows(cond, conds)

static u32 any(u32 seed)
{
	return (seed * 5 + 2) % 13;
}

/* --- Operand 2 and data processing ---------------------------------------- */

/* One operand 2 under all three classes, every row and every condition. */
static void test_dp_with(struct a32_op2 op2, const char *text, bool all_conds)
{
	const struct enc_row *row, *cond;
	u32 s, rd, rn;

	for_conds(cond) {
		if (!all_conds && cond->bits != A32_COND_AL &&
		    cond->bits != A32_COND_LE)
			continue;
		rd = any(cond->bits);
		rn = any(cond->bits + 1);
		for (s = 0; s < 2; s++) {
			for_rows(row, dp)
				enc_is(a32_dp(row->bits, cond->bits, s, rd, rn,
					      op2),
				       "%s%s%s r%u, r%u, %s", row->text,
				       s ? "s" : "", cond->text, rd, rn, text);
			for_rows(row, move)
				enc_is(a32_move(row->bits, cond->bits, s, rd,
						op2),
				       "%s%s%s r%u, %s", row->text,
				       s ? "s" : "", cond->text, rd, text);
		}
		for_rows(row, test)
			enc_is(a32_test(row->bits, cond->bits, rn, op2),
			       "%s%s r%u, %s", row->text, cond->text, rn, text);
	}
}

static void test_dp_imm_of(u32 value, bool all_conds)
{
	struct a32_op2 op2 = { 0 };
	char text[32];

	enc_check(a32_op2_imm_make(&op2, value), "op2 %u", value);
	snprintf(text, sizeof(text), "#0x%x", value);
	test_dp_with(op2, text, all_conds);
}

static void test_dp_imm(void)
{
	static const u64 no[] = { 0x101, 0x102, 0x1fe, 0xff1, 0x1fe00, 257, 511,
				  0xf000001f & ~0x8u, 0xffff, 0x10001,
				  0xfffffffe, U32_MAX, 0x80000100 };
	static const u32 edges[] = { 0, 1, 0xff, 0x100, 256, 0x3fc, 0xff0,
				     0xff000000, 0xf000000f, 0xc000003f,
				     0x80000000, 0x104, 4096 };
	struct a32_op2 op2 = { 0 };
	const u32 *v;
	const u64 *w;
	u32 i, j;

	enc_class("operand 2, immediate");
	for_edges(v, edges)
		test_dp_imm_of(*v, true);
	for (i = 0; i < 32; i += 2)
	for (j = 0; j < 256; j += 17)
		test_dp_imm_of(ror32(j, i), false);
	for_edges(w, no) {
		enc_check(!a32_op2_imm_make(&op2, *w), "op2 %llx", *w);
		enc_refused("eor r0, r1, #0x%llx", *w);
	}
	for_edges(w, over64)
		enc_check(!a32_op2_imm_make(&op2, *w), "op2 %llx", *w);
}

static void test_dp_shift(void)
{
	static const u32 amounts[] = { 0, 1, 15, 16, 30, 31, 32, 33 };
	struct a32_op2 op2 = { 0 };
	const struct enc_row *shift;
	const u32 *amount;
	char text[32];
	bool exists;
	const u64 *v;

	enc_class("operand 2, shifted by a constant");
	for_rows(shift, shifts)
	for_edges(amount, amounts) {
		exists = shift->bits == A32_SHIFT_LSL ? *amount < 32 :
			 shift->bits == A32_SHIFT_ROR ?
				 *amount > 0 && *amount < 32 :
				 *amount > 0 && *amount < 33;
		enc_check(a32_op2_shift_make(&op2, 3, shift->bits, *amount) ==
				  exists,
			  "%s #%u", shift->text, *amount);
		snprintf(text, sizeof(text), "r3, %s #%u", shift->text,
			 *amount);
		if (exists)
			test_dp_with(op2, text, true);
		else if (*amount) /* as takes lsr #0 for lsl #0 */
			enc_refused("add r0, r1, %s", text);
	}
	for_rows(shift, shifts)
	for_edges(v, over64)
		enc_check(!a32_op2_shift_make(&op2, 3, shift->bits, *v),
			  "%s %llx", shift->text, *v);
	test_dp_with(a32_op2_rrx(9), "r9, rrx", true);
}

static void test_dp_regs(void)
{
	static const u32 with_pc[] = { 0, 1, 8, 13, 14, 15 };
	const struct enc_row *row, *shift;
	const u32 *rd, *rn, *rm, *rs;
	char text[32];

	enc_class("operand 2, registers");
	for_rows(row, dp)
	for_regs(rd)
	for_edges(rn, with_pc)
	for_edges(rm, with_pc)
		enc_is(a32_dp(row->bits, A32_COND_AL, false, *rd, *rn,
			      a32_op2_reg(*rm)),
		       "%s r%u, r%u, r%u", row->text, *rd, *rn, *rm);
	for_rows(row, move)
	for_regs(rd)
	for_edges(rm, with_pc)
		enc_is(a32_move(row->bits, A32_COND_AL, false, *rd,
				a32_op2_reg(*rm)),
		       "%s r%u, r%u", row->text, *rd, *rm);
	for_rows(row, test)
	for_regs(rn)
	for_edges(rm, with_pc)
		enc_is(a32_test(row->bits, A32_COND_AL, *rn, a32_op2_reg(*rm)),
		       "%s r%u, r%u", row->text, *rn, *rm);

	enc_class("operand 2, shifted by a register");
	for_rows(shift, shifts) {
		snprintf(text, sizeof(text), "r4, %s r7", shift->text);
		test_dp_with(a32_op2_shift_reg(4, shift->bits, 7), text, true);
		for_regs(rm)
		for_regs(rs) {
			snprintf(text, sizeof(text), "r%u, %s r%u", *rm,
				 shift->text, *rs);
			test_dp_with(a32_op2_shift_reg(*rm, shift->bits, *rs),
				     text, false);
		}
	}
}

static void test_movw(void)
{
	static const u64 edges[] = { 0, 1, 0xfff, 0x1000, 0x8000, 0xffff };
	struct a32_movimm imm = { 0 };
	const struct enc_row *row, *cond;
	const u32 *rd;
	const u64 *v;

	enc_class("movw");
	for_rows(row, movw)
	for_conds(cond)
	for_regs(rd)
	for_edges(v, edges) {
		enc_check(a32_movimm_make(&imm, *v), "movimm %llu", *v);
		enc_is(a32_movw(row->bits, cond->bits, *rd, imm),
		       "%s%s r%u, #%llu", row->text, cond->text, *rd, *v);
	}
	enc_check(!a32_movimm_make(&imm, 0x10000), "movimm 65536");
	for_edges(v, over64)
		enc_check(!a32_movimm_make(&imm, *v), "movimm %llx", *v);
	enc_refused("movw r0, #65536");
	enc_refused("movt r0, #65536");
}

/* --- Multiply and divide -------------------------------------------------- */

static void test_multiply(void)
{
	const struct enc_row *row, *cond;
	const u32 *a, *b, *c, *d;

	enc_class("mul");
	for_rows(row, mul)
	for_conds(cond)
	for_regs(a)
	for_regs(b)
	for_regs(c)
		enc_is(a32_mul(row->bits, cond->bits, *a, *b, *c),
		       "%s%s r%u, r%u, r%u", row->text, cond->text, *a, *b, *c);

	enc_class("div");
	for_rows(row, div_rows)
	for_conds(cond)
	for_regs(a)
	for_regs(b)
	for_regs(c)
		enc_is(a32_div(row->bits, cond->bits, *a, *b, *c),
		       "%s%s r%u, r%u, r%u", row->text, cond->text, *a, *b, *c);

	enc_class("mla");
	for_rows(row, mla)
	for_regs(a)
	for_regs(b)
	for_regs(c)
	for_regs(d) {
		cond = &conds[(*a + *b + *c + *d) % 15];
		enc_is(a32_mla(row->bits, cond->bits, *a, *b, *c, *d),
		       "%s%s r%u, r%u, r%u, r%u", row->text, cond->text, *a,
		       *b, *c, *d);
	}

	enc_class("mull");
	for_rows(row, mull)
	for_regs(a)
	for_regs(b)
	for_regs(c)
	for_regs(d) {
		if (*a == *b)
			continue; /* unpredictable */
		cond = &conds[(*a + *b + *c + *d) % 15];
		enc_is(a32_mull(row->bits, cond->bits, *a, *b, *c, *d),
		       "%s%s r%u, r%u, r%u, r%u", row->text, cond->text, *a,
		       *b, *c, *d);
	}
}

/* --- Bits ----------------------------------------------------------------- */

static void test_unary(void)
{
	struct a32_rot8 rot = { 0 };
	const struct enc_row *row, *cond;
	const u32 *rd, *rm;
	u32 amount;

	enc_class("unary");
	for_rows(row, unary)
	for_conds(cond)
	for_regs(rd)
	for_regs(rm)
		enc_is(a32_unary(row->bits, cond->bits, *rd, *rm),
		       "%s%s r%u, r%u", row->text, cond->text, *rd, *rm);

	enc_class("extend");
	for_rows(row, extend)
	for_conds(cond)
	for_regs(rd)
	for_regs(rm)
	for (amount = 0; amount < 32; amount += 8) {
		enc_check(a32_rot8_make(&rot, amount), "rot8 %u", amount);
		enc_is(a32_extend(row->bits, cond->bits, *rd, *rm, rot),
		       amount ? "%s%s r%u, r%u, ror #%u" : "%s%s r%u, r%u",
		       row->text, cond->text, *rd, *rm, amount);
	}
	enc_check(!a32_rot8_make(&rot, 4), "rot8 4");
	enc_check(!a32_rot8_make(&rot, 32), "rot8 32");
	enc_check(!a32_rot8_make(&rot, U64_MAX - 7), "rot8 -8");
	enc_refused("uxtb r0, r1, ror #4");
	enc_refused("uxtb r0, r1, ror #32");
}

static void test_bits(void)
{
	struct a32_bits range = { 0 };
	const struct enc_row *row, *cond;
	u32 lsb, width, rd, rn;

	enc_class("bits");
	for (lsb = 0; lsb < 32; lsb++) {
		for (width = 1; width <= 32 - lsb; width++) {
			cond = &conds[(lsb + width) % 15];
			rd = any(lsb);
			rn = any(width);
			enc_check(a32_bits_make(&range, lsb, width),
				  "bits %u %u", lsb, width);
			for_rows(row, bfx)
				enc_is(a32_bfx(row->bits, cond->bits, rd, rn,
					       range),
				       "%s%s r%u, r%u, #%u, #%u", row->text,
				       cond->text, rd, rn, lsb, width);
			enc_is(a32_bfi(cond->bits, rd, rn, range),
			       "bfi%s r%u, r%u, #%u, #%u", cond->text, rd, rn,
			       lsb, width);
			enc_is(a32_bfc(cond->bits, rd, range),
			       "bfc%s r%u, #%u, #%u", cond->text, rd, lsb,
			       width);
		}
		enc_check(!a32_bits_make(&range, lsb, width), "bits %u %u", lsb,
			  width);
		enc_check(!a32_bits_make(&range, lsb, 0), "bits %u 0", lsb);
		enc_check(!a32_bits_make(&range, lsb, U64_MAX), "bits -1");
		enc_refused("ubfx r0, r1, #%u, #%u", lsb, width);
		enc_refused("bfi r0, r1, #%u, #%u", lsb, width);
	}
	enc_check(!a32_bits_make(&range, 32, 1), "bits 32 1");
	enc_check(!a32_bits_make(&range, U64_MAX, 1), "bits -1 1");
}

/* --- Loads and stores ----------------------------------------------------- */

/* "[r1, X]", "[r1, X]!" or "[r1], X" */
static const char *address(u32 mode, u32 rn, const char *off)
{
	static char texts[4][64];
	static u32 turn;
	char *text = texts[turn++ & 3];

	snprintf(text, sizeof(texts[0]),
		 mode == A32_MODE_POST ? "[r%u], %s" :
		 mode == A32_MODE_PRE ? "[r%u, %s]!" : "[r%u, %s]", rn, off);
	return text;
}

/* rn is written, and is rt too. */
static bool conflicts(u32 mode, u32 rn, u32 rt)
{
	return mode != A32_MODE_OFFSET && rn == rt;
}

static void test_ldst_imm(void)
{
	static const s64 edges[] = { 0,    1,     -1,    4,    255,  256, -256,
				     2048, -2048, -4094, 4094, 4095, -4095 };
	static const s64 no[] = { 4096, -4096, S64_MAX, S64_MIN, 1LL << 32 };
	const struct enc_row *row, *cond, *mode;
	struct a32_off12 off = { 0 };
	const u32 *rt, *rn;
	const s64 *v;
	char text[16];

	enc_class("ldst_imm");
	for_rows(row, ldst)
	for_rows(mode, modes)
	for_regs(rt)
	for_regs(rn)
	for_edges(v, edges) {
		if (conflicts(mode->bits, *rn, *rt))
			continue;
		cond = &conds[(u32)(*v + *rt) % 15];
		enc_check(a32_off12_make(&off, *v), "off12 %lld", *v);
		snprintf(text, sizeof(text), "#%lld", *v);
		enc_is(a32_ldst_imm(row->bits, cond->bits, mode->bits, *rt,
				    *rn, off),
		       "%s%s r%u, %s", row->text, cond->text, *rt,
		       address(mode->bits, *rn, text));
	}
	for_edges(v, no)
		enc_check(!a32_off12_make(&off, *v), "off12 %lld", *v);
	for_rows(row, ldst)
	for_rows(mode, modes) {
		enc_refused("%s r0, %s", row->text,
			    address(mode->bits, 1, "#4096"));
		enc_refused("%s r0, %s", row->text,
			    address(mode->bits, 1, "#-4096"));
	}
}

static void test_ldst_reg(void)
{
	static const u32 amounts[] = { 0, 1, 16, 31, 32 };
	const struct enc_row *row, *mode, *shift, *cond;
	struct a32_index index = { 0 };
	const u32 *rt, *rn, *rm, *amount;
	char text[32];
	u32 sub;

	enc_class("ldst_reg");
	for_rows(row, ldst)
	for_rows(mode, modes)
	for_rows(shift, shifts)
	for_edges(amount, amounts)
	for (sub = 0; sub < 2; sub++) {
		if (!a32_index_make(&index, sub, 0, shift->bits, *amount)) {
			enc_check(shift->bits == A32_SHIFT_LSL ? *amount > 31 :
				  shift->bits == A32_SHIFT_ROR ?
					!*amount || *amount > 31 : !*amount,
				  "index %s %u", shift->text, *amount);
			continue;
		}
		for_regs(rt)
		for_regs(rn)
		for_regs(rm) {
			if (conflicts(mode->bits, *rn, *rt) ||
			    conflicts(mode->bits, *rn, *rm))
				continue;
			cond = &conds[(*rt + *amount + sub) % 15];
			enc_check(a32_index_make(&index, sub, *rm, shift->bits,
						 *amount), "index");
			snprintf(text, sizeof(text), "%sr%u, %s #%u",
				 sub ? "-" : "", *rm, shift->text, *amount);
			enc_is(a32_ldst_reg(row->bits, cond->bits, mode->bits,
					    *rt, *rn, index),
			       "%s%s r%u, %s", row->text, cond->text, *rt,
			       address(mode->bits, *rn, text));
		}
	}
	enc_refused("ldr r0, [r1, r2, lsl #32]");
	enc_refused("ldr r0, [r1, r2, lsr #33]");
}

static const s64 off8_edges[] = { 0,  1,  -1,  5,   15,  16,  -16,
				  17, 64, 240, 254, 255, -255 };

static void test_off8_refused(const char *text, u32 rt)
{
	static const s64 no[] = { 256, -256, 4095, S64_MAX, S64_MIN, 1LL << 32 };
	struct a32_off8 off;
	const s64 *v;

	for_edges(v, no)
		enc_check(!a32_off8_make(&off, *v), "off8 %lld", *v);
	enc_refused("%s r%u, [r1, #256]", text, rt);
	enc_refused("%s r%u, [r1, #-256]!", text, rt);
	enc_refused("%s r%u, [r1], #256", text, rt);
}

static void test_ldsth(void)
{
	const struct enc_row *row, *cond, *mode;
	struct a32_off8 off = { 0 };
	const u32 *rt, *rn, *rm;
	const s64 *v;
	char text[16];
	u32 sub;

	enc_class("ldsth");
	for_rows(row, ldsth) {
		for_rows(mode, modes)
		for_regs(rt)
		for_regs(rn) {
			if (conflicts(mode->bits, *rn, *rt))
				continue;
			for_edges(v, off8_edges) {
				cond = &conds[(u32)(*v + *rt) % 15];
				enc_check(a32_off8_make(&off, *v), "off8");
				snprintf(text, sizeof(text), "#%lld", *v);
				enc_is(a32_ldsth(row->bits, cond->bits,
						 mode->bits, *rt, *rn, off),
				       "%s%s r%u, %s", row->text, cond->text,
				       *rt, address(mode->bits, *rn, text));
			}
			for_regs(rm)
			for (sub = 0; sub < 2; sub++) {
				if (conflicts(mode->bits, *rn, *rm))
					continue;
				snprintf(text, sizeof(text), "%sr%u",
					 sub ? "-" : "", *rm);
				enc_is(a32_ldsth(row->bits, A32_COND_AL,
						 mode->bits, *rt, *rn,
						 a32_off8_reg(sub, *rm)),
				       "%s r%u, %s", row->text, *rt,
				       address(mode->bits, *rn, text));
			}
		}
		test_off8_refused(row->text, 0);
	}
}

static void test_ldstd(void)
{
	const struct enc_row *row, *cond, *mode;
	struct a32_off8 off = { 0 };
	const u32 *rt, *rn, *rm;
	const s64 *v;
	char text[16];
	u32 sub;

	enc_class("ldstd");
	for_rows(row, ldstd) {
		for_rows(mode, modes)
		for_edges(rt, even_edges)
		for_regs(rn) {
			if (conflicts(mode->bits, *rn & ~1u, *rt))
				continue;
			for_edges(v, off8_edges) {
				cond = &conds[(u32)(*v + *rt) % 15];
				enc_check(a32_off8_make(&off, *v), "off8");
				snprintf(text, sizeof(text), "#%lld", *v);
				enc_is(a32_ldstd(row->bits, cond->bits,
						 mode->bits, *rt, *rn, off),
				       "%s%s r%u, r%u, %s", row->text,
				       cond->text, *rt, *rt + 1,
				       address(mode->bits, *rn, text));
			}
			for_regs(rm)
			for (sub = 0; sub < 2; sub++) {
				if (conflicts(mode->bits, *rn, *rm) ||
				    (*rm & ~1u) == *rt)
					continue;
				snprintf(text, sizeof(text), "%sr%u",
					 sub ? "-" : "", *rm);
				enc_is(a32_ldstd(row->bits, A32_COND_AL,
						 mode->bits, *rt, *rn,
						 a32_off8_reg(sub, *rm)),
				       "%s r%u, r%u, %s", row->text, *rt,
				       *rt + 1, address(mode->bits, *rn, text));
			}
		}
		test_off8_refused(row->text, 4);
		enc_refused("%s r1, r2, [r3]", row->text);
	}
}

static const char *set_text(u32 mask)
{
	static char text[64];
	size_t len = 0;
	u32 i;

	for (i = 0; i < 16; i++)
		if (mask & BIT(i))
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"%sr%u", len ? "," : "", i);
	return text;
}

static void test_ldm(void)
{
	static const u32 masks[] = { 0x1,    0x2,    0x4000, 0x8000, 0x3,
				     0x5555, 0x4ff0, 0x8ff0, 0xdff7, 0x7ff0 };
	struct a32_regs regs = { 0 };
	const struct enc_row *row, *cond;
	const u32 *mask, *rn;
	u32 w;

	enc_class("ldm");
	for_conds(cond)
	for_edges(mask, masks) {
		enc_check(a32_regs_make(&regs, *mask), "regs %x", *mask);
		for_rows(row, ldm)
		for_regs(rn)
		for (w = 0; w < 2; w++) {
			if (w && (*mask & BIT(*rn)))
				continue; /* unpredictable */
			enc_is(a32_ldm(row->bits, cond->bits, w, *rn, regs),
			       "%s%s r%u%s, {%s}", row->text, cond->text, *rn,
			       w ? "!" : "", set_text(*mask));
		}
		if (!(*mask & (*mask - 1)))
			continue; /* push of one register is str for as */
		if (*mask & BIT(A32_SP))
			continue;
		enc_is(a32_push(cond->bits, regs), "push%s {%s}", cond->text,
		       set_text(*mask));
		enc_is(a32_pop(cond->bits, regs), "pop%s {%s}", cond->text,
		       set_text(*mask));
	}
	enc_check(!a32_regs_make(&regs, 0), "no registers");
	enc_check(!a32_regs_make(&regs, 0x10000), "r16");
	enc_check(!a32_regs_make(&regs, U64_MAX), "all");
	enc_refused("ldmia r0, {}");
}

static void test_exclusive(void)
{
	const struct enc_row *row, *cond;
	const u32 *rd, *rt, *rn;

	enc_class("ldrex");
	for_conds(cond)
	for_regs(rn) {
		for_rows(row, ldrex)
		for_regs(rt)
			enc_is(a32_ldrex(row->bits, cond->bits, *rt, *rn),
			       "%s%s r%u, [r%u]", row->text, cond->text, *rt,
			       *rn);
		for_edges(rt, even_edges)
			enc_is(a32_ldrexd(cond->bits, *rt, *rn),
			       "ldrexd%s r%u, r%u, [r%u]", cond->text, *rt,
			       *rt + 1, *rn);
	}
	enc_refused("ldrexd r1, r2, [r3]");

	enc_class("strex");
	for_conds(cond)
	for_regs(rd)
	for_regs(rn) {
		if (*rd == *rn)
			continue; /* unpredictable */
		for_rows(row, strex)
		for_regs(rt)
			if (*rt != *rd)
				enc_is(a32_strex(row->bits, cond->bits, *rd,
						 *rt, *rn),
				       "%s%s r%u, r%u, [r%u]", row->text,
				       cond->text, *rd, *rt, *rn);
		for_edges(rt, even_edges)
			if ((*rd & ~1u) != *rt)
				enc_is(a32_strexd(cond->bits, *rd, *rt, *rn),
				       "strexd%s r%u, r%u, r%u, [r%u]",
				       cond->text, *rd, *rt, *rt + 1, *rn);
	}
}

/* --- Branches and literals ------------------------------------------------ */

static void test_branch(void)
{
	static const s64 edges[] = { 0,	   4,	 -4,
				     8,	   12,	 1 << 20,
				     -(1 << 20), (32 << 20) + 4, 32 << 20,
				     -(32 << 20) + 8, -(32 << 20) + 12 };
	static const s64 no[] = { (32 << 20) + 8, -(32 << 20) + 4, 64 << 20,
				  -(64 << 20),	  2,		   1,
				  -1,		  1LL << 32,	   S64_MAX,
				  S64_MIN };
	const struct enc_row *row, *cond;
	struct a32_imm24 imm = { 0 };
	const u32 *rm;
	const s64 *off;

	enc_class("branch");
	for_rows(row, branch)
	for_conds(cond)
	for_edges(off, edges) {
		enc_check(a32_imm24_make(&imm, *off), "imm24 %lld", *off);
		enc_is(a32_branch(row->bits, cond->bits, imm), "%s%s .%+lld",
		       row->text, cond->text, *off);
	}
	for_edges(off, no)
		enc_check(!a32_imm24_make(&imm, *off), "imm24 %lld", *off);
	enc_refused("b .+33554440");
	enc_refused("b .-33554428");
	enc_refused("beq .+67108864");

	enc_class("branch_reg");
	for_rows(row, branch_reg)
	for_conds(cond)
	for_regs(rm)
		enc_is(a32_branch_reg(row->bits, cond->bits, *rm), "%s%s r%u",
		       row->text, cond->text, *rm);
	enc_check(a32_cond_invert(A32_COND_EQ) == A32_COND_NE, "inverse");
	enc_check(a32_cond_invert(A32_COND_LO) == A32_COND_HS, "inverse");
	enc_check(a32_cond_invert(A32_COND_LE) == A32_COND_GT, "inverse");
}

static void test_lit(void)
{
	static const s64 edges[] = { 8, 9, 12, 1024, 4103, 0, 4, -4, -4087 };
	struct a32_off12 off = { 0 };
	const struct enc_row *cond;
	const s64 *v;
	const u32 *rt;

	enc_class("lit");
	for_conds(cond)
	for_regs(rt)
	for_edges(v, edges) {
		enc_check(a32_lit_make(&off, *v), "lit %lld", *v);
		enc_is(a32_lit(cond->bits, *rt, off), "ldr%s r%u, .%+lld",
		       cond->text, *rt, *v);
	}
	enc_check(!a32_lit_make(&off, 4104), "lit 4104");
	enc_check(!a32_lit_make(&off, -4088), "lit -4088");
	enc_check(!a32_lit_make(&off, S64_MIN), "lit min");
	enc_check(!a32_lit_make(&off, S64_MAX), "lit max");
	enc_refused("ldr r0, .+4104");
	enc_refused("ldr r0, .-4088");
}

static void test_system(void)
{
	static const u64 edges[] = { 0, 1, 15, 16, 0xf000, 0xffff };
	struct a32_uimm16 imm = { 0 };
	const struct enc_row *row, *cond;
	const u64 *v;

	enc_class("system");
	for_rows(row, sys)
		enc_is(a32_system(row->bits), "%s", row->text);
	for_conds(cond)
		enc_is(a32_nop(cond->bits), "nop%s", cond->text);

	enc_class("trap");
	for_edges(v, edges) {
		enc_check(a32_uimm16_make(&imm, *v), "uimm16 %llu", *v);
		enc_is(a32_udf(imm), "udf #%llu", *v);
		enc_is(a32_bkpt(imm), "bkpt #%llu", *v);
	}
	enc_check(!a32_uimm16_make(&imm, 0x10000), "uimm16 65536");
	for_edges(v, over64)
		enc_check(!a32_uimm16_make(&imm, *v), "uimm16 %llu", *v);
	enc_refused("udf #65536");
	enc_refused("bkpt #65536");
}

/* --- Choices -------------------------------------------------------------- */

static u32 op2_value(u32 bits)
{
	return ror32(bits & 0xff, (bits >> 8 & 15) * 2);
}

static bool rotates(u32 value)
{
	u32 i;

	for (i = 0; i < 32; i += 2)
		if (rol32(value, i) < 256)
			return true;
	return false;
}

/* The operation on 5 and a carry of 1. */
static u32 apply(u32 op, u32 v)
{
	const u32 rn = 0x12345675, carry = 1;

	switch (op) {
	case A32_DP_ADD:
	case A32_TEST_CMN:
		return rn + v;
	case A32_DP_SUB:
	case A32_TEST_CMP:
		return rn - v;
	case A32_DP_ADC:
		return rn + v + carry;
	case A32_DP_SBC:
		return rn - v - !carry;
	case A32_DP_AND:
		return rn & v;
	case A32_DP_BIC:
		return rn & ~v;
	case A32_MOVE_MOV:
		return v;
	case A32_MOVE_MVN:
		return ~v;
	default:
		return 0;
	}
}

static void test_choice_of(u32 value)
{
	static const u32 ops[] = { A32_DP_ADD, A32_DP_SUB, A32_DP_ADC,
				   A32_DP_SBC, A32_DP_AND, A32_DP_BIC };
	struct a32_op2 out = { 0 };
	enum a32_move move_op;
	enum a32_test test_op;
	enum a32_dp op;
	const u32 *want;
	u32 other;
	bool made;

	for_edges(want, ops) {
		op = *want;
		other = op == A32_DP_ADD || op == A32_DP_SUB ? -value : ~value;
		made = a32_dp_imm(value, &op, &out);
		enc_check(made == (rotates(value) || rotates(other)),
			  "choice for %x", value);
		enc_check(!made || apply(*want, value) ==
				   apply(op, op2_value(out.bits)),
			  "op %x with %x becomes %x", *want, value, op);
		enc_check(op == *want || !rotates(value), "needless change");
	}
	op = A32_DP_ORR;
	enc_check(a32_dp_imm(value, &op, &out) == rotates(value), "orr");

	move_op = A32_MOVE_MOV;
	made = a32_move_imm(value, &move_op, &out);
	enc_check(made == (rotates(value) || rotates(~value)), "mov %x", value);
	enc_check(!made || apply(move_op, op2_value(out.bits)) == value,
		  "mov %x", value);

	test_op = A32_TEST_CMP;
	made = a32_test_imm(value, &test_op, &out);
	enc_check(made == (rotates(value) || rotates(-value)), "cmp %x", value);
	enc_check(!made || apply(A32_TEST_CMP, value) ==
			   apply(test_op, op2_value(out.bits)),
		  "cmp %x", value);
	test_op = A32_TEST_TST;
	enc_check(a32_test_imm(value, &test_op, &out) == rotates(value), "tst");
}

/* Every rotated immediate, and what is no such thing, by as and by us. */
static void test_choices(void)
{
	struct a32_op2 op2 = { 0 };
	u32 i, rot, refused = 0, v;

	enc_class("all rotated immediates");
	for (rot = 0; rot < 32; rot += 2)
	for (i = 0; i < 256; i++) {
		v = ror32(i, rot);
		enc_check(a32_op2_imm_make(&op2, v) &&
				  op2_value(op2.bits) == v, "op2 %x", v);
		enc_is(a32_dp(A32_DP_ORR, A32_COND_AL, false, 0, 1, op2),
		       "orr r0, r1, #0x%x", v);
		test_choice_of(v);
		test_choice_of(-v);
		test_choice_of(~v);
	}
	for (i = 0; i < 100000; i++) {
		v = (u32)enc_random() >> (enc_random() & 31);
		v = ror32(v, enc_random() & 31);
		enc_check(a32_op2_imm_make(&op2, v) == rotates(v), "op2 %x", v);
		test_choice_of(v);
		if (!rotates(v) && refused < 3000) {
			refused++;
			enc_refused("eor r0, r1, #0x%x", v);
		}
	}
}

static bool run_plan(const struct a32_mov_plan *plan, u32 rd, bool may_movw,
		     u32 *value)
{
	u32 i, word, imm16, v = 0xdeadbeef;

	for (i = 0; i < plan->nr; i++) {
		word = a32_mov_insn(plan, i, A32_COND_AL, rd);
		imm16 = (word >> 4 & 0xf000) | (word & 0xfff);
		if (word >> 28 != A32_COND_AL || (word >> 12 & 15) != rd)
			return false;
		switch (word >> 20 & 0xff) {
		case 0x30: /* movw */
			v = imm16;
			if (!may_movw || i)
				return false;
			break;
		case 0x34: /* movt */
			v = (v & 0xffff) | imm16 << 16;
			if (!may_movw || !i)
				return false;
			break;
		case 0x3a: /* mov */
			v = op2_value(word);
			if (i || (word >> 16 & 15))
				return false;
			break;
		case 0x3e: /* mvn */
			v = ~op2_value(word);
			if (i || (word >> 16 & 15))
				return false;
			break;
		case 0x38: /* orr */
			v |= op2_value(word);
			if (!i || (word >> 16 & 15) != rd)
				return false;
			break;
		case 0x3c: /* bic */
			v &= ~op2_value(word);
			if (!i || (word >> 16 & 15) != rd)
				return false;
			break;
		default:
			return false;
		}
	}
	*value = v;
	return plan->nr > 0;
}

/* Can @nr windows hold all ones of @v? By trying every one that helps. */
static bool covered(u32 v, u32 nr)
{
	u32 i;

	if (!v)
		return true;
	if (!nr)
		return false;
	for (i = 0; i < 32; i += 2)
		if ((v & ror32(0xff, i)) && covered(v & ~ror32(0xff, i), nr - 1))
			return true;
	return false;
}

static u32 brute_len(u32 value, bool has_movw)
{
	u32 nr = 1;

	while (!covered(value, nr) && !covered(~value, nr))
		nr++;
	if (has_movw && nr > 1)
		nr = value >> 16 ? 2 : 1;
	return nr;
}

static u32 nr_of_len[A32_MOV_MAX + 1];

static void test_plan(u32 value, bool has_movw, bool prove_least)
{
	struct a32_mov_plan plan = { 0 };
	u32 got = 0;

	a32_mov_plan(value, has_movw, &plan);
	enc_check(plan.nr >= 1 && plan.nr <= (has_movw ? 2 : A32_MOV_MAX),
		  "%u words for %x", plan.nr, value);
	enc_check(run_plan(&plan, 7, has_movw, &got) && got == value,
		  "plan of %x makes %x", value, got);
	enc_check(a32_mov_len(value, has_movw) == plan.nr, "length of %x",
		  value);
	if (prove_least)
		enc_check(plan.nr == brute_len(value, has_movw),
			  "%x takes %u words, not %u", value,
			  brute_len(value, has_movw), plan.nr);
	nr_of_len[plan.nr]++;
	a32_mov_plan_fixed(value, &plan);
	enc_check(plan.nr == 2 && run_plan(&plan, 12, true, &got) &&
			  got == value, "fixed plan of %x makes %x", value, got);
}

static void test_plans(void)
{
	u32 i, j, v;

	enc_class("constants");
	for (i = 0; i < 32; i++)
	for (j = 0; j < 5; j++) {
		v = (1u << i) + j - 2;
		test_plan(v, true, true);
		test_plan(~v, true, true);
		test_plan(v, false, true);
		test_plan(~v, false, true);
	}
	for (i = 0; i < 100000; i++) {
		v = (u32)enc_random();
		if (i & 1)
			v &= (u32)enc_random();
		if (i & 2)
			v |= (u32)enc_random();
		if (i & 4)
			v = ror32(v >> (enc_random() & 31), enc_random() & 31);
		test_plan(v, true, i < 20000);
		test_plan(v, false, i < 20000);
	}
	for (i = 1; i <= A32_MOV_MAX; i++)
		enc_check(nr_of_len[i] > 500, "only %u plans of %u words",
			  nr_of_len[i], i);
}

/* --- Capstone ------------------------------------------------------------- */

/* Branches are absolute in capstone's words: for address 0. */
static void normalise(const char *mnemonic, const char *operands, char *text,
		      size_t size)
{
	const bool is_branch = mnemonic[0] == 'b' && operands[0] == '#' &&
			       strncmp(mnemonic, "bkpt", 4);

	if (is_branch)
		snprintf(text, size, "%s .%+d", mnemonic,
			 (s32)strtoul(operands + 1, NULL, 0));
	else
		snprintf(text, size, "%s %s", mnemonic, operands);
}

static const struct enc_exception exceptions[] = {
	{ NULL, NULL, false, NULL },
};

static const struct enc_arch arch = {
	.tools = "arm-linux-gnueabihf-",
	.as_flags = "-march=armv7ve",
	.prologue = ".syntax unified; .arm; .text",
	.text_base = "0x10000000",
	.cs_arch = CS_ARCH_ARM,
	.cs_mode = CS_MODE_ARM,
	.normalise = normalise,
	.exceptions = exceptions,
};

int main(void)
{
	test_dp_imm();
	test_dp_shift();
	test_dp_regs();
	test_movw();
	test_multiply();
	test_unary();
	test_bits();
	test_ldst_imm();
	test_ldst_reg();
	test_ldsth();
	test_ldstd();
	test_ldm();
	test_exclusive();
	test_branch();
	test_lit();
	test_system();
	test_choices();
	test_plans();
	return enc_run(&arch);
}
