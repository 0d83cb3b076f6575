// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every row of jit/arm64/insn.def at the edges of each operand against GNU as
 * and back through capstone; over the edges the constructors say no, and where
 * GNU as has no other meaning for such a text it says no too. Then the choice
 * of immediates: all bitmasks, and constants built and checked to be the
 * shortest.
 *
 *   cc -Itools/include -I. -o a64_encodings selftests/encodings/encodings.c \
 *      selftests/encodings/a64_encodings.c jit/arm64/imm.c -lcapstone
 */
/* Loops over operands stand one under the other, without indenting. */
/* clang-format off */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include <linux/bitops.h>
#include <linux/kernel.h>

#include "jit/arm64/imm.h"
#include "jit/arm64/insn.h"

#include "encodings.h"

#if __has_include(<capstone/capstone.h>)
#include <capstone/capstone.h>
#else
#define CS_ARCH_ARM64 0
#define CS_MODE_ARM 0
#endif

#define TABLE(name, rows) static const struct enc_row name[] = { rows(ENC_ROW) }
TABLE(addsub_imm, A64_ADDSUB_IMM_ROWS);
TABLE(addsub_shift, A64_ADDSUB_SHIFT_ROWS);
TABLE(addsub_by, A64_ADDSUB_BY_ROWS);
TABLE(addsub_ext, A64_ADDSUB_EXT_ROWS);
TABLE(exts, A64_EXT_ROWS);
TABLE(logic_imm, A64_LOGIC_IMM_ROWS);
TABLE(logic_shift, A64_LOGIC_SHIFT_ROWS);
TABLE(logic_by, A64_LOGIC_BY_ROWS);
TABLE(movw, A64_MOVW_ROWS);
TABLE(bitfield, A64_BITFIELD_ROWS);
TABLE(dp2, A64_DP2_ROWS);
TABLE(dp1, A64_DP1_ROWS);
TABLE(dp3, A64_DP3_ROWS);
TABLE(dp3_long, A64_DP3_LONG_ROWS);
TABLE(mulh, A64_MULH_ROWS);
TABLE(csel, A64_CSEL_ROWS);
TABLE(conds, A64_COND_ROWS);
TABLE(ccmp_reg, A64_CCMP_REG_ROWS);
TABLE(ccmp_imm, A64_CCMP_IMM_ROWS);
TABLE(ldst, A64_LDST_ROWS);
TABLE(indexes, A64_INDEX_ROWS);
TABLE(pair, A64_PAIR_ROWS);
TABLE(lit, A64_LIT_ROWS);
TABLE(excl_ld, A64_EXCL_LD_ROWS);
TABLE(excl_st, A64_EXCL_ST_ROWS);
TABLE(ordered, A64_ORDERED_ROWS);
TABLE(lse, A64_LSE_ROWS);
TABLE(lse_order, A64_LSE_ORDER_ROWS);
TABLE(cas, A64_CAS_ROWS);
TABLE(branch, A64_BRANCH_ROWS);
TABLE(cb, A64_CB_ROWS);
TABLE(tb, A64_TB_ROWS);
TABLE(branch_reg, A64_BRANCH_REG_ROWS);
TABLE(hint, A64_HINT_ROWS);
TABLE(dmb, A64_DMB_ROWS);

static const u32 reg_edges[] = { 0, 1, 15, 30, 31 };

#define for_rows(row, table)                                                   \
	for (row = table; row < table + ARRAY_SIZE(table); row++)
#define for_edges(i, edges)                                                    \
	for (i = edges; i < edges + ARRAY_SIZE(edges); i++)
#define for_regs(r) for_edges(r, reg_edges)
#define for_widths(is64) for (is64 = 0; is64 < 2; is64++)

/* --- Texts ---------------------------------------------------------------- */

/* A register; 31 is the zero register. The text lives for 16 more calls. */
static const char *reg(u32 is64, u32 nr)
{
	static char names[16][8];
	static u32 turn;
	char *name = names[turn++ & 15];

	if (nr == 31)
		return is64 ? "xzr" : "wzr";
	snprintf(name, sizeof(names[0]), "%c%u", is64 ? 'x' : 'w', nr & 31);
	return name;
}

/* A register; 31 is sp. */
static const char *sp(u32 is64, u32 nr)
{
	if (nr == 31)
		return is64 ? "sp" : "wsp";
	return reg(is64, nr);
}

/* A register that wanders with @seed, never 31. */
static u32 any(u32 seed)
{
	return (seed * 7 + 3) % 31;
}

/* Does the row's name say that it works on X registers? */
static u32 is_x(const struct enc_row *row)
{
	return row->name[strlen(row->name) - 1] == 'X';
}

static const u64 over64[] = { S64_MAX, 1ULL << 63, U64_MAX, 1ULL << 32 };

static struct a64_shamt shamt(u32 is64, u32 amount)
{
	struct a64_shamt by = { 0 };

	enc_check(a64_shamt_make(&by, is64, amount), "shamt %u", amount);
	return by;
}

static const u32 shift_edges[] = { 0, 1, 15, 16, 30, 31, 32, 33, 62, 63 };

static bool shift_exists(u32 is64, u32 amount)
{
	return amount < (is64 ? 64 : 32);
}

/* --- Add and subtract ----------------------------------------------------- */

static void test_uimm12(void)
{
	static const u64 no[] = { 4097, 0x1001, 0x1fff, 0xfff001, 0xffffff,
				  0x1000000, 0x1001000, 1ULL << 36 };
	struct a64_uimm12 imm;
	const u64 *v;

	for_edges(v, no)
		enc_check(!a64_uimm12_make(&imm, *v), "uimm12 takes %llu", *v);
	for_edges(v, over64)
		enc_check(!a64_uimm12_make(&imm, *v), "uimm12 takes %llu", *v);
	enc_refused("add x0, x1, #4097");
	enc_refused("add w0, w1, #0x1000000");
	enc_refused("subs x0, x1, #0xfff001");
}

static void test_addsub_imm_of(u64 value)
{
	struct a64_uimm12 imm = { 0 };
	const struct enc_row *row;
	const u32 *rd, *rn;
	u32 is64, keep_sp;

	enc_check(a64_uimm12_make(&imm, value), "uimm12 %llu", value);
	for_rows(row, addsub_imm)
	for_widths(is64)
	for_regs(rd)
	for_regs(rn) {
		keep_sp = row->bits == A64_ADDSUB_IMM_ADD ||
			  row->bits == A64_ADDSUB_IMM_SUB;
		enc_is(a64_addsub_imm(row->bits, is64, *rd, *rn, imm),
		       value > 4095 ? "%s %s, %s, #%llu, lsl #12" :
				      "%s %s, %s, #%llu",
		       row->text, keep_sp ? sp(is64, *rd) : reg(is64, *rd),
		       sp(is64, *rn), value > 4095 ? value >> 12 : value);
	}
}

static void test_addsub_imm(void)
{
	static const u64 more[] = { 0, 3, 0xabc, 4094, 4095 };
	const u64 *v;
	u32 i;

	enc_class("addsub_imm");
	for_edges(v, more) {
		test_addsub_imm_of(*v);
		if (*v)
			test_addsub_imm_of(*v << 12);
	}
	for (i = 0; i < 24; i++)
		test_addsub_imm_of(1ULL << i);
	test_uimm12();
}

static void test_addsub_shift(void)
{
	const struct enc_row *row, *by;
	const u32 *rd, *rn, *rm, *amount;
	struct a64_shamt sh;
	u32 is64;

	enc_class("addsub_shift");
	for_rows(row, addsub_shift)
	for_rows(by, addsub_by)
	for_widths(is64)
	for_edges(amount, shift_edges) {
		if (!shift_exists(is64, *amount)) {
			enc_check(!a64_shamt_make(&sh, is64, *amount),
				  "shamt %u", *amount);
			enc_refused("%s w0, w1, w2, %s #%u", row->text,
				    by->text, *amount);
			continue;
		}
		for_regs(rd)
		for_regs(rn)
		for_regs(rm)
			enc_is(a64_addsub_shift(row->bits, *rd, *rn, *rm,
						by->bits,
						shamt(is64, *amount)),
			       "%s %s, %s, %s, %s #%u", row->text,
			       reg(is64, *rd), reg(is64, *rn), reg(is64, *rm),
			       by->text, *amount);
	}
	for_rows(row, addsub_shift)
	for_widths(is64)
	for_regs(rd)
		enc_is(a64_addsub_reg(row->bits, is64, *rd, 3, 4),
		       "%s %s, %s, %s", row->text, reg(is64, *rd),
		       reg(is64, 3), reg(is64, 4));
	enc_check(!a64_shamt_make(&sh, true, 64), "shamt 64");
	enc_check(!a64_shamt_make(&sh, true, U64_MAX), "shamt -1");
	enc_refused("add x0, x1, x2, lsl #64");
	enc_refused("add x0, x1, x2, ror #1");
}

static void test_addsub_ext(void)
{
	struct a64_extsh by = { 0 };
	const struct enc_row *row, *ext;
	const u32 *rd, *rn, *rm;
	u32 is64, amount, keep_sp, wide;
	const u64 *v;

	enc_class("addsub_ext");
	for_rows(row, addsub_ext)
	for_rows(ext, exts)
	for_widths(is64)
	for (amount = 0; amount <= 4; amount++) {
		keep_sp = row->bits == A64_ADDSUB_EXT_ADD ||
			  row->bits == A64_ADDSUB_EXT_SUB;
		wide = is64 && (ext->bits & 3) == 3;
		enc_check(a64_extsh_make(&by, amount), "extsh %u", amount);
		for_regs(rd)
		for_regs(rn)
		for_regs(rm)
			enc_is(a64_addsub_ext(row->bits, is64, *rd, *rn, *rm,
					      ext->bits, by),
			       "%s %s, %s, %s, %s #%u", row->text,
			       keep_sp ? sp(is64, *rd) : reg(is64, *rd),
			       sp(is64, *rn), reg(wide, *rm), ext->text,
			       amount);
	}
	enc_check(!a64_extsh_make(&by, 5), "extsh 5");
	for_edges(v, over64)
		enc_check(!a64_extsh_make(&by, *v), "extsh %llu", *v);
	enc_refused("add x0, x1, w2, uxtw #5");
}

/* --- Logic ---------------------------------------------------------------- */

/*
 * The value of N:immr:imms, written from the manual's DecodeBitMasks and not
 * from the encoder. False where it is reserved.
 */
static bool decode_bitmask(u32 is64, u32 n, u32 immr, u32 imms, u64 *value)
{
	u32 len, levels, s, r, size, i;
	u64 element = 0, v = 0;

	len = (u32)fls((n << 6) | (~imms & 0x3f));
	if (len < 2 || (!is64 && n))
		return false;
	len--;
	levels = (1u << len) - 1;
	if ((imms & levels) == levels)
		return false;
	s = imms & levels;
	r = immr & levels;
	size = 1u << len;
	for (i = 0; i <= s; i++)
		element |= 1ULL << ((i + size - r) % size);
	for (i = 0; i < (is64 ? 64u : 32u); i += size)
		v |= element << i;
	*value = v;
	return true;
}

#define NR_BITMASKS_64 5334
#define NR_BITMASKS_32 1302
static u64 bitmasks_64[NR_BITMASKS_64];
static u64 bitmasks_32[NR_BITMASKS_32];

static u32 collect_bitmasks(u32 is64, u64 *masks, u32 max)
{
	u32 n, immr, imms, size, nr = 0;
	u64 v;

	for (n = 0; n < 2; n++)
	for (imms = 0; imms < 64; imms++)
	for (immr = 0; immr < 64; immr++) {
		if (!decode_bitmask(is64, n, immr, imms, &v))
			continue;
		size = 1u << (fls((n << 6) | (~imms & 0x3f)) - 1);
		if (immr >= size)
			continue; /* a value that was seen already */
		if (nr < max)
			masks[nr] = v;
		nr++;
	}
	return nr;
}

static bool is_bitmask(u32 is64, u64 value)
{
	const u64 *masks = is64 ? bitmasks_64 : bitmasks_32;
	const u32 nr = is64 ? NR_BITMASKS_64 : NR_BITMASKS_32;
	u32 i;

	for (i = 0; i < nr; i++)
		if (masks[i] == value)
			return true;
	return false;
}

static void test_logic_imm(void)
{
	static const u64 edges_64[] = { 1, 1ULL << 63, ~1ULL, 0xff,
					0x5555555555555555, 0xff00ff00ff00ff00,
					0x8000000000000001, 0x00000001ffffffff };
	static const u64 edges_32[] = { 1, 1u << 31, 0xfffffffe, 0xff,
					0x55555555, 0xff00ff00, 0x80000001 };
	struct a64_logimm imm = { 0 };
	const struct enc_row *row;
	const u32 *rd, *rn;
	const u64 *v;

	enc_class("logic_imm");
	for_rows(row, logic_imm)
	for_regs(rd)
	for_regs(rn) {
		u32 keep_sp = row->bits != A64_LOGIC_IMM_ANDS;

		for_edges(v, edges_64) {
			enc_check(a64_logical_imm(*v, true, &imm), "%llx", *v);
			enc_is(a64_logic_imm(row->bits, *rd, *rn, imm),
			       "%s %s, %s, #0x%llx", row->text,
			       keep_sp ? sp(1, *rd) : reg(1, *rd),
			       reg(1, *rn), *v);
		}
		for_edges(v, edges_32) {
			enc_check(a64_logical_imm(*v, false, &imm), "%llx", *v);
			enc_is(a64_logic_imm(row->bits, *rd, *rn, imm),
			       "%s %s, %s, #0x%llx", row->text,
			       keep_sp ? sp(0, *rd) : reg(0, *rd),
			       reg(0, *rn), *v);
		}
	}
}

static void test_logic_all(u32 is64, const u64 *masks, u32 nr)
{
	struct a64_logimm imm = { 0 };
	const struct enc_row *row;
	u32 i;

	for (i = 0; i < nr; i++) {
		enc_check(a64_logical_imm(masks[i], is64, &imm),
			  "no bitmask: %llx", masks[i]);
		for_rows(row, logic_imm)
			enc_is(a64_logic_imm(row->bits, any(i), any(i + 1), imm),
			       "%s %s, %s, #0x%llx", row->text,
			       reg(is64, any(i)), reg(is64, any(i + 1)),
			       masks[i]);
	}
}

/* Values that are bitmasks, or nearly, or not at all. */
static u64 near_bitmask(void)
{
	u64 v = bitmasks_64[enc_random() % NR_BITMASKS_64];
	u64 how = enc_random();

	switch (how & 7) {
	case 0:
		return enc_random();
	case 1:
		return (u32)enc_random();
	case 2:
		return v;
	case 3:
		return v & bitmasks_64[(how >> 8) % NR_BITMASKS_64];
	case 4:
		return (v >> 32) | (u32)v;
	case 5:
		return (u32)v;
	case 6:
		return v ^ (3ULL << (how >> 8 & 63));
	default:
		return v ^ (1ULL << (how >> 8 & 63));
	}
}

static void test_logic_values(u32 is64)
{
	struct a64_logimm imm;
	u32 i, refused = 0;
	bool ours;
	u64 v;

	for (i = 0; i < 100000; i++) {
		v = near_bitmask();
		ours = a64_logical_imm(v, is64, &imm);
		/* Exact for a sample, which is slow; the rest only agree. */
		if (i < 5000)
			enc_check(ours == is_bitmask(is64, v), "bitmask %llx?",
				  v);
		if (ours) {
			u64 back = 0;
			u32 b = imm.bits;

			enc_check(decode_bitmask(is64, b >> 22 & 1,
						 b >> 16 & 63, b >> 10 & 63,
						 &back) &&
				  back == v, "%llx becomes %llx", v, back);
		} else if (refused < 3000 && (is64 || v <= U32_MAX)) {
			refused++;
			enc_refused("and %s, %s, #0x%llx", reg(is64, 0),
				    reg(is64, 1), v);
		}
	}
	enc_check(!a64_logical_imm(0, is64, &imm), "bitmask 0");
	enc_check(!a64_logical_imm(is64 ? U64_MAX : U32_MAX, is64, &imm),
		  "bitmask -1");
}

/* All 8192 fields of each width: what is made decodes, the rest is reserved. */
static void test_logic_fields(void)
{
	u32 is64, n, immr, imms, size;
	struct a64_logimm imm;
	bool exists;
	u64 v;

	for_widths(is64)
	for (n = 0; n < 2; n++)
	for (imms = 0; imms < 64; imms++)
	for (immr = 0; immr < 64; immr++) {
		exists = decode_bitmask(is64, n, immr, imms, &v);
		size = 1u << (fls((n << 6) | (~imms & 0x3f) | 1) - 1);
		enc_check(a64_logimm_make(&imm, is64, n, immr, imms) ==
				  (exists && immr < size),
			  "logimm %u:%u:%u", n, immr, imms);
	}
	enc_check(!a64_logimm_make(&imm, true, 2, 0, 0), "N 2");
	enc_check(!a64_logimm_make(&imm, true, 1, 64, 0), "immr 64");
	enc_check(!a64_logimm_make(&imm, true, 1, 0, 64), "imms 64");
}

static void test_bitmasks(void)
{
	struct a64_logimm imm;

	enc_class("logic_imm, all bitmasks of 64 bits");
	enc_check(collect_bitmasks(1, bitmasks_64, NR_BITMASKS_64) ==
			  NR_BITMASKS_64, "not 5334 bitmasks");
	test_logic_all(1, bitmasks_64, NR_BITMASKS_64);
	test_logic_values(1);

	enc_class("logic_imm, all bitmasks of 32 bits");
	enc_check(collect_bitmasks(0, bitmasks_32, NR_BITMASKS_32) ==
			  NR_BITMASKS_32, "not 1302 bitmasks");
	test_logic_all(0, bitmasks_32, NR_BITMASKS_32);
	test_logic_values(0);
	test_logic_fields();
	enc_check(!a64_logical_imm(0xff00000000ULL, false, &imm), "33 bits");
	enc_check(!a64_logical_imm(0xfffffffffffffff0ULL, false, &imm),
		  "sign-extended");
}

static void test_logic_shift(void)
{
	const struct enc_row *row, *by;
	const u32 *rd, *rn, *rm, *amount;
	u32 is64;

	enc_class("logic_shift");
	for_rows(row, logic_shift)
	for_rows(by, logic_by)
	for_widths(is64)
	for_edges(amount, shift_edges) {
		if (!shift_exists(is64, *amount)) {
			enc_refused("%s w0, w1, w2, %s #%u", row->text,
				    by->text, *amount);
			continue;
		}
		for_regs(rd)
		for_regs(rn)
		for_regs(rm)
			enc_is(a64_logic_shift(row->bits, *rd, *rn, *rm,
					       by->bits, shamt(is64, *amount)),
			       "%s %s, %s, %s, %s #%u", row->text,
			       reg(is64, *rd), reg(is64, *rn), reg(is64, *rm),
			       by->text, *amount);
	}
	for_rows(row, logic_shift)
	for_widths(is64)
	for_regs(rd)
		enc_is(a64_logic_reg(row->bits, is64, *rd, 3, 4),
		       "%s %s, %s, %s", row->text, reg(is64, *rd),
		       reg(is64, 3), reg(is64, 4));
	for_widths(is64)
	for_regs(rd)
	for_regs(rm)
		enc_is(a64_mov_reg(is64, *rd, *rm), "mov %s, %s",
		       reg(is64, *rd), reg(is64, *rm));
	enc_refused("and x0, x1, x2, ror #64");
	enc_refused("and sp, x1, x2");
}

/* --- Move wide ------------------------------------------------------------ */

static void test_movw(void)
{
	static const u64 edges[] = { 0, 1, 0x1234, 0x7fff, 0x8000, 0xffff };
	struct a64_movimm imm = { 0 };
	const struct enc_row *row;
	const u32 *rd;
	u32 is64, shift;
	const u64 *v;

	enc_class("movw");
	for_rows(row, movw)
	for_widths(is64)
	for (shift = 0; shift < (is64 ? 64 : 32); shift += 16)
	for_regs(rd)
	for_edges(v, edges) {
		enc_check(a64_movimm_make(&imm, is64, *v, shift),
			  "movimm %llx << %u", *v, shift);
		enc_is(a64_movw(row->bits, *rd, imm), "%s %s, #%llu, lsl #%u",
		       row->text, reg(is64, *rd), *v, shift);
	}
	for_edges(v, over64)
		enc_check(!a64_movimm_make(&imm, true, *v, 0), "movimm %llx",
			  *v);
	enc_check(!a64_movimm_make(&imm, true, 0x10000, 0), "movimm 65536");
	enc_check(!a64_movimm_make(&imm, false, 1, 32), "w, lsl 32");
	enc_check(!a64_movimm_make(&imm, false, 1, 48), "w, lsl 48");
	enc_check(!a64_movimm_make(&imm, true, 1, 64), "x, lsl 64");
	enc_check(!a64_movimm_make(&imm, true, 1, 8), "x, lsl 8");
	enc_check(!a64_movimm_make(&imm, true, 1, -16u), "x, lsl -16");
	enc_refused("movz x0, #65536");
	enc_refused("movk w0, #1, lsl #32");
	enc_refused("movn x0, #1, lsl #64");
	enc_refused("movn x0, #1, lsl #8");
}

/* --- Bitfields and extract ------------------------------------------------ */

static void test_bitfield(void)
{
	struct a64_bfimm imm = { 0 };
	const struct enc_row *row;
	const u32 *rd, *rn;
	u32 is64, immr, imms, top;

	enc_class("bitfield");
	for_rows(row, bitfield)
	for_widths(is64) {
		top = is64 ? 63 : 31;
		for (immr = 0; immr <= top; immr++)
		for (imms = 0; imms <= top; imms++) {
			enc_check(a64_bfimm_make(&imm, is64, immr, imms),
				  "bfimm %u %u", immr, imms);
			enc_is(a64_bitfield(row->bits, any(immr), any(imms),
					    imm),
			       "%s %s, %s, #%u, #%u", row->text,
			       reg(is64, any(immr)), reg(is64, any(imms)),
			       immr, imms);
		}
		enc_check(a64_bfimm_make(&imm, is64, 3, 9), "bfimm 3 9");
		for_regs(rd)
		for_regs(rn)
			enc_is(a64_bitfield(row->bits, *rd, *rn, imm),
			       "%s %s, %s, #3, #9", row->text, reg(is64, *rd),
			       reg(is64, *rn));
		enc_check(!a64_bfimm_make(&imm, is64, top + 1, 0), "immr");
		enc_check(!a64_bfimm_make(&imm, is64, 0, top + 1), "imms");
		enc_check(!a64_bfimm_make(&imm, is64, U64_MAX, 0), "immr -1");
		enc_check(!a64_bfimm_make(&imm, is64, 0, 1ULL << 32), "2^32");
		enc_refused("%s %s, %s, #%u, #0", row->text, reg(is64, 0),
			    reg(is64, 1), top + 1);
		enc_refused("%s %s, %s, #0, #%u", row->text, reg(is64, 0),
			    reg(is64, 1), top + 1);
	}
}

static void test_shift_imm(void)
{
	static const struct {
		const char *text;
		u32 (*encode)(enum a64_reg rd, enum a64_reg rn,
			      struct a64_shamt by);
	} op[] = {
		{ "lsl", a64_lsl_imm },
		{ "lsr", a64_lsr_imm },
		{ "asr", a64_asr_imm },
		{ "ror", a64_ror_imm },
	};
	u32 i, is64, amount;
	const u32 *rd, *rn;

	enc_class("shift_imm");
	for (i = 0; i < ARRAY_SIZE(op); i++)
	for_widths(is64) {
		for (amount = 0; amount < (is64 ? 64 : 32); amount++)
		for_regs(rd)
		for_regs(rn)
			enc_is(op[i].encode(*rd, *rn, shamt(is64, amount)),
			       "%s %s, %s, #%u", op[i].text, reg(is64, *rd),
			       reg(is64, *rn), amount);
		enc_refused("%s %s, %s, #%u", op[i].text, reg(is64, 0),
			    reg(is64, 1), amount);
	}
}

static void test_extend(void)
{
	const u32 *rd, *rn;
	u32 is64;

	enc_class("extend");
	for_regs(rd)
	for_regs(rn) {
		enc_is(a64_uxtb(*rd, *rn), "uxtb %s, %s", reg(0, *rd),
		       reg(0, *rn));
		enc_is(a64_uxth(*rd, *rn), "uxth %s, %s", reg(0, *rd),
		       reg(0, *rn));
		enc_is(a64_sxtw(*rd, *rn), "sxtw %s, %s", reg(1, *rd),
		       reg(0, *rn));
		for_widths(is64) {
			enc_is(a64_sxtb(is64, *rd, *rn), "sxtb %s, %s",
			       reg(is64, *rd), reg(0, *rn));
			enc_is(a64_sxth(is64, *rd, *rn), "sxth %s, %s",
			       reg(is64, *rd), reg(0, *rn));
		}
	}
}

static void test_bits(void)
{
	static const struct {
		const char *text;
		u32 (*encode)(enum a64_reg rd, enum a64_reg rn,
			      struct a64_bits range);
	} op[] = {
		{ "ubfx", a64_ubfx },   { "sbfx", a64_sbfx },
		{ "bfxil", a64_bfxil }, { "ubfiz", a64_ubfiz },
		{ "sbfiz", a64_sbfiz }, { "bfi", a64_bfi },
	};
	struct a64_bits range = { 0 };
	u32 i, is64, size, lsb, width;

	enc_class("bits");
	for_widths(is64) {
		size = is64 ? 64 : 32;
		for (lsb = 0; lsb < size; lsb++) {
			for (width = 1; width <= size - lsb; width++) {
				enc_check(a64_bits_make(&range, is64, lsb,
							width),
					  "bits %u %u", lsb, width);
				for (i = 0; i < ARRAY_SIZE(op); i++)
					enc_is(op[i].encode(any(lsb),
							    any(width), range),
					       "%s %s, %s, #%u, #%u",
					       op[i].text, reg(is64, any(lsb)),
					       reg(is64, any(width)), lsb,
					       width);
			}
			enc_check(!a64_bits_make(&range, is64, lsb, width),
				  "bits %u %u", lsb, width);
			enc_check(!a64_bits_make(&range, is64, lsb, 0),
				  "bits %u 0", lsb);
			enc_check(!a64_bits_make(&range, is64, lsb, U64_MAX),
				  "bits %u -1", lsb);
			enc_refused("ubfx %s, %s, #%u, #%u", reg(is64, 0),
				    reg(is64, 1), lsb, width);
			enc_refused("bfi %s, %s, #%u, #%u", reg(is64, 0),
				    reg(is64, 1), lsb, width);
		}
		enc_check(!a64_bits_make(&range, is64, size, 1), "lsb");
		enc_check(!a64_bits_make(&range, is64, U64_MAX, 1), "lsb -1");
	}
}

static void test_extr(void)
{
	const u32 *rd, *rn, *rm;
	u32 is64, lsb;

	enc_class("extr");
	for_widths(is64) {
		for (lsb = 0; lsb < (is64 ? 64 : 32); lsb++)
		for_regs(rd)
		for_regs(rn)
		for_regs(rm)
			enc_is(a64_extr(*rd, *rn, *rm, shamt(is64, lsb)),
			       "extr %s, %s, %s, #%u", reg(is64, *rd),
			       reg(is64, *rn), reg(is64, *rm), lsb);
		enc_refused("extr %s, %s, %s, #%u", reg(is64, 0), reg(is64, 1),
			    reg(is64, 2), lsb);
	}
}

/* --- One, two and three sources ------------------------------------------- */

static void test_dp(void)
{
	const u32 *rd, *rn, *rm, *ra;
	const struct enc_row *row;
	u32 is64;

	enc_class("dp2");
	for_rows(row, dp2)
	for_widths(is64)
	for_regs(rd)
	for_regs(rn)
	for_regs(rm)
		enc_is(a64_dp2(row->bits, is64, *rd, *rn, *rm),
		       "%s %s, %s, %s", row->text, reg(is64, *rd),
		       reg(is64, *rn), reg(is64, *rm));

	enc_class("dp1");
	for_rows(row, dp1)
	for_regs(rd)
	for_regs(rn)
		enc_is(a64_dp1(row->bits, *rd, *rn), "%s %s, %s", row->text,
		       reg(is_x(row), *rd), reg(is_x(row), *rn));

	enc_class("dp3");
	for_regs(rd)
	for_regs(rn)
	for_regs(rm) {
		for_rows(row, dp3)
		for_regs(ra)
			enc_is(a64_dp3(row->bits, *rd, *rn, *rm, *ra),
			       "%s %s, %s, %s, %s", row->text,
			       reg(is_x(row), *rd), reg(is_x(row), *rn),
			       reg(is_x(row), *rm), reg(is_x(row), *ra));
		for_widths(is64)
			enc_is(a64_mul(is64, *rd, *rn, *rm), "mul %s, %s, %s",
			       reg(is64, *rd), reg(is64, *rn), reg(is64, *rm));
	}

	enc_class("dp3_long");
	for_rows(row, dp3_long)
	for_regs(rd)
	for_regs(rn)
	for_regs(rm)
	for_regs(ra)
		enc_is(a64_dp3_long(row->bits, *rd, *rn, *rm, *ra),
		       "%s %s, %s, %s, %s", row->text, reg(1, *rd),
		       reg(0, *rn), reg(0, *rm), reg(1, *ra));

	enc_class("mulh");
	for_rows(row, mulh)
	for_regs(rd)
	for_regs(rn)
	for_regs(rm)
		enc_is(a64_mulh(row->bits, *rd, *rn, *rm), "%s %s, %s, %s",
		       row->text, reg(1, *rd), reg(1, *rn), reg(1, *rm));
}

/* --- Conditions ----------------------------------------------------------- */

static void test_csel(void)
{
	const u32 *rd, *rn, *rm;
	const struct enc_row *row, *cond;
	u32 is64;

	enc_class("csel");
	for_rows(cond, conds)
	for_widths(is64) {
		for_rows(row, csel)
		for_regs(rd)
		for_regs(rn)
		for_regs(rm)
			enc_is(a64_csel(row->bits, is64, *rd, *rn, *rm,
					cond->bits),
			       "%s %s, %s, %s, %s", row->text, reg(is64, *rd),
			       reg(is64, *rn), reg(is64, *rm), cond->text);
		if (cond->bits >= A64_COND_AL)
			continue;
		for_regs(rd)
			enc_is(a64_cset(is64, *rd, cond->bits), "cset %s, %s",
			       reg(is64, *rd), cond->text);
	}
	enc_check(ARRAY_SIZE(conds) == 16, "not 16 conditions");
	enc_check(a64_cond_invert(A64_COND_EQ) == A64_COND_NE, "inverse");
	enc_check(a64_cond_invert(A64_COND_LO) == A64_COND_HS, "inverse");
	enc_check(a64_cond_invert(A64_COND_GT) == A64_COND_LE, "inverse");
	enc_check(a64_cond_invert(A64_COND_LS) == A64_COND_HI, "inverse");
	enc_check(a64_cond_invert(A64_COND_GE) == A64_COND_LT, "inverse");
	enc_refused("cset x0, al");
}

static void test_ccmp(void)
{
	struct a64_uimm5 imm = { 0 };
	const struct enc_row *row, *cond;
	const u32 *rn, *rm;
	u32 is64, nzcv, v;

	enc_class("ccmp_reg");
	for_rows(row, ccmp_reg)
	for_widths(is64)
	for (nzcv = 0; nzcv < 16; nzcv++)
	for_rows(cond, conds)
	for_regs(rn) {
		for_regs(rm)
			enc_is(a64_ccmp_reg(row->bits, is64, *rn, *rm, nzcv,
					    cond->bits),
			       "%s %s, %s, #%u, %s", row->text,
			       reg(is64, *rn), reg(is64, *rm), nzcv,
			       cond->text);
	}
	enc_refused("ccmp x0, x1, #16, eq");

	enc_class("ccmp_imm");
	for_rows(row, ccmp_imm)
	for_widths(is64)
	for (v = 0; v < 32; v++)
	for (nzcv = 0; nzcv < 16; nzcv++)
	for_rows(cond, conds) {
		enc_check(a64_uimm5_make(&imm, v), "uimm5 %u", v);
		rn = &reg_edges[(v + nzcv) % ARRAY_SIZE(reg_edges)];
		enc_is(a64_ccmp_imm(row->bits, is64, *rn, imm, nzcv,
				    cond->bits),
		       "%s %s, #%u, #%u, %s", row->text, reg(is64, *rn), v,
		       nzcv, cond->text);
	}
	enc_check(!a64_uimm5_make(&imm, 32), "uimm5 32");
	enc_check(!a64_uimm5_make(&imm, U64_MAX), "uimm5 -1");
	enc_refused("ccmp x0, #32, #0, eq");
	enc_refused("ccmn w0, #-1, #0, eq");
}

/* --- Loads and stores ----------------------------------------------------- */

static const char *at_text(const struct enc_row *row)
{
	static char text[16];

	/* ldrb, at an unscaled offset: ldurb */
	snprintf(text, sizeof(text), "%.2su%s", row->text, row->text + 2);
	return text;
}

static void test_ldst_uimm_of(const struct enc_row *row)
{
	static const s64 edges[] = { 0, 1, 2, 4, 64, 1000, 2048, 4094, 4095 };
	const s64 size = 1 << a64_ldst_scale(row->bits);
	struct a64_ldst_uoff at = { 0 };
	const u32 *rt, *rn;
	const s64 *v;
	s64 off;

	for_edges(v, edges) {
		off = *v * size;
		enc_check(a64_ldst_uoff_make(&at, row->bits, off), "%s %lld",
			  row->name, off);
		for_regs(rt)
		for_regs(rn)
			enc_is(a64_ldst_uimm(at, *rt, *rn), "%s %s, [%s, #%lld]",
			       row->text, reg(is_x(row), *rt), sp(1, *rn), off);
		for (off = *v * size + 1; off < (*v + 1) * size; off++)
			enc_check(!a64_ldst_uoff_make(&at, row->bits, off),
				  "%s %lld", row->name, off);
	}
	enc_check(!a64_ldst_uoff_make(&at, row->bits, 4096 * size), "+1");
	enc_check(!a64_ldst_uoff_make(&at, row->bits, -size), "-1");
	enc_check(!a64_ldst_uoff_make(&at, row->bits, -1), "-1 byte");
	enc_check(!a64_ldst_uoff_make(&at, row->bits, S64_MIN), "min");
	enc_check(!a64_ldst_uoff_make(&at, row->bits, 1LL << 32), "2^32");
	enc_refused("%s %s, [x1, #%lld]", row->text, reg(is_x(row), 0),
		    4096 * size);
}

static void test_simm9(void)
{
	struct a64_simm9 imm;

	enc_check(!a64_simm9_make(&imm, -257), "simm9 -257");
	enc_check(!a64_simm9_make(&imm, 256), "simm9 256");
	enc_check(!a64_simm9_make(&imm, S64_MIN), "simm9 min");
	enc_check(!a64_simm9_make(&imm, S64_MAX), "simm9 max");
	enc_check(!a64_simm9_make(&imm, 1LL << 32), "simm9 2^32");
}

static void test_ldst_unscaled_of(const struct enc_row *row)
{
	const char *text = at_text(row);
	struct a64_simm9 imm = { 0 };
	const u32 *rt, *rn, x = is_x(row);
	s64 off;

	for (off = -256; off < 256; off++) {
		enc_check(a64_simm9_make(&imm, off), "simm9 %lld", off);
		rt = &reg_edges[(u32)off % 5];
		rn = &reg_edges[(u32)(off >> 3) % 5];
		enc_is(a64_ldst_unscaled(row->bits, *rt, *rn, imm),
		       "%s %s, [%s, #%lld]", text, reg(x, *rt), sp(1, *rn),
		       off);
	}
	for_regs(rt)
	for_regs(rn)
		enc_is(a64_ldst_unscaled(row->bits, *rt, *rn, imm),
		       "%s %s, [%s, #255]", text, reg(x, *rt), sp(1, *rn));
	enc_refused("%s %s, [x1, #256]", text, reg(x, 0));
	enc_refused("%s %s, [x1, #-257]", text, reg(x, 0));
}

static void test_ldst_writeback_of(const struct enc_row *row)
{
	static const s64 edges[] = { -256, -255, -16, -8, -1, 0,
				     1,    8,    16,  254, 255 };
	struct a64_simm9 imm = { 0 };
	const u32 *rt, *rn, x = is_x(row);
	const s64 *off;

	for_edges(off, edges)
	for_regs(rt)
	for_regs(rn) {
		if (*rt == *rn && *rn != 31)
			continue; /* unpredictable */
		enc_check(a64_simm9_make(&imm, *off), "simm9 %lld", *off);
		enc_is(a64_ldst_post(row->bits, *rt, *rn, imm),
		       "%s %s, [%s], #%lld", row->text, reg(x, *rt),
		       sp(1, *rn), *off);
		enc_is(a64_ldst_pre(row->bits, *rt, *rn, imm),
		       "%s %s, [%s, #%lld]!", row->text, reg(x, *rt),
		       sp(1, *rn), *off);
	}
	enc_refused("%s %s, [x1], #256", row->text, reg(x, 0));
	enc_refused("%s %s, [x1, #-257]!", row->text, reg(x, 0));
}

static void test_ldst_reg_of(const struct enc_row *row)
{
	const u32 *rt, *rn, *rm, x = is_x(row);
	const struct enc_row *index;
	u32 scaled;
	char by[32];

	for_rows(index, indexes)
	for (scaled = 0; scaled < 2; scaled++) {
		if (scaled)
			snprintf(by, sizeof(by), ", %s #%u", index->text,
				 a64_ldst_scale(row->bits));
		else if (index->bits == A64_INDEX_LSL)
			by[0] = '\0';
		else
			snprintf(by, sizeof(by), ", %s", index->text);
		for_regs(rt)
		for_regs(rn)
		for_regs(rm)
			enc_is(a64_ldst_reg(row->bits, *rt, *rn, *rm,
					    index->bits, scaled),
			       "%s %s, [%s, %s%s]", row->text, reg(x, *rt),
			       sp(1, *rn), reg(index->bits & 1, *rm), by);
	}
	enc_refused("%s %s, [x1, x2, lsl #%u]", row->text, reg(x, 0),
		    a64_ldst_scale(row->bits) + 1);
}

static void test_ldst(void)
{
	const struct enc_row *row;

	enc_class("ldst_uimm");
	for_rows(row, ldst)
		test_ldst_uimm_of(row);
	enc_class("ldst_unscaled");
	for_rows(row, ldst)
		test_ldst_unscaled_of(row);
	test_simm9();
	enc_class("ldst_writeback");
	for_rows(row, ldst)
		test_ldst_writeback_of(row);
	enc_class("ldst_reg");
	for_rows(row, ldst)
		test_ldst_reg_of(row);
}

/* One pair instruction in its three forms, where they are predictable. */
static void test_pair_at(const struct enc_row *row, s64 off, u32 rt, u32 rt2,
			 u32 rn)
{
	const char *a = reg(is_x(row), rt), *b = reg(is_x(row), rt2);
	const bool is_load = row->bits & A64_PAIR_LDP_W;
	struct a64_pair_off at = { 0 };

	if (is_load && rt == rt2)
		return;
	enc_check(a64_pair_off_make(&at, row->bits, off), "%s %lld", row->name,
		  off);
	enc_is(a64_pair_offset(at, rt, rt2, rn), "%s %s, %s, [%s, #%lld]",
	       row->text, a, b, sp(1, rn), off);
	if (rn != 31 && (rn == rt || rn == rt2))
		return;
	enc_is(a64_pair_post(at, rt, rt2, rn), "%s %s, %s, [%s], #%lld",
	       row->text, a, b, sp(1, rn), off);
	enc_is(a64_pair_pre(at, rt, rt2, rn), "%s %s, %s, [%s, #%lld]!",
	       row->text, a, b, sp(1, rn), off);
}

static void test_pair_of(const struct enc_row *row)
{
	static const s64 edges[] = { -64, -1, 0, 1, 63 };
	const s64 size = row->bits >> 31 ? 8 : 4;
	struct a64_pair_off at;
	const u32 *rt, *rt2, *rn;
	const s64 *v;
	s64 off;

	for_edges(v, edges)
	for_regs(rt)
	for_regs(rt2)
	for_regs(rn)
		test_pair_at(row, *v * size, *rt, *rt2, *rn);
	for (off = -64 * size; off < 64 * size; off++) {
		if (off & (size - 1))
			enc_check(!a64_pair_off_make(&at, row->bits, off),
				  "%s %lld", row->name, off);
		else
			test_pair_at(row, off, 19, 20, 31);
	}
	enc_check(!a64_pair_off_make(&at, row->bits, 64 * size), "max");
	enc_check(!a64_pair_off_make(&at, row->bits, -65 * size), "min");
	enc_check(!a64_pair_off_make(&at, row->bits, S64_MIN), "S64_MIN");
	enc_check(!a64_pair_off_make(&at, row->bits, 1LL << 32), "2^32");
	enc_refused("%s %s, %s, [sp, #%lld]", row->text, reg(is_x(row), 0),
		    reg(is_x(row), 1), 64 * size);
	enc_refused("%s %s, %s, [sp, #%lld]!", row->text, reg(is_x(row), 0),
		    reg(is_x(row), 1), -65 * size);
	enc_refused("%s %s, %s, [sp], #%lld", row->text, reg(is_x(row), 0),
		    reg(is_x(row), 1), size / 2);
}

static void test_pairs(void)
{
	const struct enc_row *row;

	enc_class("pair");
	for_rows(row, pair)
		test_pair_of(row);
}

/* --- Atomics -------------------------------------------------------------- */

static void test_excl(void)
{
	const struct enc_row *row;
	const u32 *rs, *rt, *rn;
	u32 is64;

	enc_class("excl_ld");
	for_rows(row, excl_ld)
	for_widths(is64)
	for_regs(rt)
	for_regs(rn)
		enc_is(a64_excl_ld(row->bits, is64, *rt, *rn), "%s %s, [%s]",
		       row->text, reg(is64, *rt), sp(1, *rn));

	enc_class("excl_st");
	for_rows(row, excl_st)
	for_widths(is64)
	for_regs(rs)
	for_regs(rt)
	for_regs(rn) {
		if (*rs == *rt || (*rs == *rn && *rn != 31))
			continue; /* unpredictable */
		enc_is(a64_excl_st(row->bits, is64, *rs, *rt, *rn),
		       "%s %s, %s, [%s]", row->text, reg(0, *rs),
		       reg(is64, *rt), sp(1, *rn));
	}

	enc_class("ordered");
	for_rows(row, ordered)
	for_regs(rt)
	for_regs(rn)
		enc_is(a64_ordered(row->bits, *rt, *rn), "%s %s, [%s]",
		       row->text, reg(is_x(row), *rt), sp(1, *rn));
}

static void test_lse(void)
{
	const struct enc_row *row, *order;
	const u32 *rs, *rt, *rn;
	u32 is64;

	enc_class("lse");
	for_rows(row, lse)
	for_rows(order, lse_order)
	for_widths(is64)
	for_regs(rs)
	for_regs(rt)
	for_regs(rn)
		enc_is(a64_lse(row->bits, order->bits, is64, *rs, *rt, *rn),
		       "%s%s %s, %s, [%s]", row->text, order->text,
		       reg(is64, *rs), reg(is64, *rt), sp(1, *rn));

	enc_class("cas");
	for_rows(row, cas)
	for_widths(is64)
	for_regs(rs)
	for_regs(rt)
	for_regs(rn)
		enc_is(a64_cas(row->bits, is64, *rs, *rt, *rn),
		       "%s %s, %s, [%s]", row->text, reg(is64, *rs),
		       reg(is64, *rt), sp(1, *rn));
}

/* --- Branches and pc-relative addresses ----------------------------------- */

/*
 * The @i-th of the offsets worth trying in a field of @nr_bits that counts in
 * @unit bytes: 0, the limits and one off them, and the powers of two.
 */
static bool nth_offset(u32 i, u32 nr_bits, s64 unit, s64 *off)
{
	const s64 limit = unit << (nr_bits - 1);

	if (i >= 5 + 2 * (nr_bits - 1))
		return false;
	switch (i) {
	case 0:
		*off = 0;
		break;
	case 1:
		*off = -limit;
		break;
	case 2:
		*off = -limit + unit;
		break;
	case 3:
		*off = limit - unit;
		break;
	case 4:
		*off = limit - 2 * unit;
		break;
	default:
		*off = unit << ((i - 5) / 2);
		if (i & 1)
			*off = -*off;
	}
	return true;
}

#define for_offsets(i, nr_bits, unit, off)                                     \
	for (i = 0; nth_offset(i, nr_bits, unit, &off); i++)

/* What no field of that size takes: check each with @make. */
#define check_offsets_refused(make, imm, nr_bits, unit)                        \
	do {                                                                   \
		const s64 _limit = (s64)(unit) << ((nr_bits) - 1);             \
		enc_check(!make(imm, _limit), #make " limit");                 \
		enc_check(!make(imm, -_limit - (unit)), #make " -limit");      \
		enc_check(!make(imm, S64_MAX), #make " max");                  \
		enc_check(!make(imm, S64_MIN), #make " min");                  \
		enc_check(!make(imm, 1LL << 40), #make " 2^40");               \
		enc_check((unit) == 1 || !make(imm, (unit) / 2), #make " odd");\
		enc_check((unit) == 1 || !make(imm, 1), #make " 1");           \
		enc_check((unit) == 1 || !make(imm, -1), #make " -1");         \
	} while (0)

static void test_branch(void)
{
	struct a64_imm26 imm = { 0 };
	const struct enc_row *row;
	s64 off;
	u32 i;

	enc_class("branch");
	for_rows(row, branch)
	for_offsets(i, 26, 4, off) {
		enc_check(a64_imm26_make(&imm, off), "imm26 %lld", off);
		enc_is(a64_branch(row->bits, imm), "%s .%+lld", row->text, off);
	}
	check_offsets_refused(a64_imm26_make, &imm, 26, 4);
	enc_refused("b .+134217728");
	enc_refused("bl .-134217732");
	enc_refused("b .+2");
}

static void test_imm19(void)
{
	struct a64_imm19 imm = { 0 };
	const struct enc_row *row;
	const u32 *rt;
	u32 i, is64;
	s64 off;

	enc_class("bcond");
	for_rows(row, conds)
	for_offsets(i, 19, 4, off) {
		enc_check(a64_imm19_make(&imm, off), "imm19 %lld", off);
		enc_is(a64_bcond(row->bits, imm), "b.%s .%+lld", row->text,
		       off);
	}
	check_offsets_refused(a64_imm19_make, &imm, 19, 4);
	enc_refused("b.eq .+1048576");
	enc_refused("b.hi .-1048580");
	enc_refused("b.ne .+2");

	enc_class("cb");
	for_rows(row, cb)
	for_widths(is64)
	for_offsets(i, 19, 4, off)
	for_regs(rt) {
		enc_check(a64_imm19_make(&imm, off), "imm19 %lld", off);
		enc_is(a64_cb(row->bits, is64, *rt, imm), "%s %s, .%+lld",
		       row->text, reg(is64, *rt), off);
	}
	enc_refused("cbz x0, .+1048576");
	enc_refused("cbnz w0, .-1048580");

	enc_class("lit");
	for_rows(row, lit)
	for_offsets(i, 19, 4, off)
	for_regs(rt) {
		enc_check(a64_imm19_make(&imm, off), "imm19 %lld", off);
		enc_is(a64_lit(row->bits, *rt, imm), "%s %s, .%+lld", row->text,
		       reg(is_x(row), *rt), off);
	}
	enc_refused("ldr x0, .+1048576");
	enc_refused("ldr w0, .-1048580");
	enc_refused("ldr x0, .+2");
}

static void test_tb(void)
{
	struct a64_imm14 imm = { 0 };
	struct a64_bitno bit = { 0 };
	const struct enc_row *row;
	const u32 *rt;
	const u64 *v;
	u32 i, nr;
	s64 off;

	enc_class("tb");
	for_rows(row, tb)
	for_offsets(i, 14, 4, off)
	for_regs(rt)
	for (nr = 0; nr < 64; nr += i ? 31 : 1) {
		enc_check(a64_imm14_make(&imm, off), "imm14 %lld", off);
		enc_check(a64_bitno_make(&bit, nr), "bitno %u", nr);
		enc_is(a64_tb(row->bits, *rt, bit, imm), "%s %s, #%u, .%+lld",
		       row->text, reg(nr > 31, *rt), nr, off);
	}
	check_offsets_refused(a64_imm14_make, &imm, 14, 4);
	enc_check(!a64_bitno_make(&bit, 64), "bitno 64");
	for_edges(v, over64)
		enc_check(!a64_bitno_make(&bit, *v), "bitno %llu", *v);
	enc_refused("tbz x0, #64, .+4");
	enc_refused("tbz w0, #32, .+4");
	enc_refused("tbz x0, #1, .+32768");
	enc_refused("tbnz x0, #1, .-32772");
}

static void test_adr(void)
{
	struct a64_adrp_off page = { 0 };
	struct a64_adr_off byte = { 0 };
	const u32 *rd;
	s64 off;
	u32 i;

	enc_class("adr");
	for_offsets(i, 21, 1, off)
	for_regs(rd) {
		enc_check(a64_adr_off_make(&byte, off), "adr %lld", off);
		enc_is(a64_adr(*rd, byte), "adr %s, .%+lld", reg(1, *rd), off);
	}
	check_offsets_refused(a64_adr_off_make, &byte, 21, 1);
	enc_refused("adr x0, .+1048576");
	enc_refused("adr x0, .-1048577");

	enc_class("adrp");
	for_offsets(i, 21, 4096, off)
	for_regs(rd) {
		enc_check(a64_adrp_off_make(&page, off), "adrp %lld", off);
		enc_is(a64_adrp(*rd, page), "adrp %s, .%+lld", reg(1, *rd),
		       off);
	}
	check_offsets_refused(a64_adrp_off_make, &page, 21, 4096);
}

static void test_branch_reg(void)
{
	const struct enc_row *row;
	const u32 *rn;

	enc_class("branch_reg");
	for_rows(row, branch_reg)
	for_regs(rn)
		enc_is(a64_branch_reg(row->bits, *rn), "%s %s", row->text,
		       reg(1, *rn));
}

/* --- System --------------------------------------------------------------- */

static void test_system(void)
{
	static const u64 edges[] = { 0, 1, 0xf000, 0x8000, 0xffff };
	struct a64_uimm16 imm = { 0 };
	const struct enc_row *row;
	const u64 *v;

	enc_class("hint");
	for_rows(row, hint)
		enc_is(a64_hint(row->bits), "%s", row->text);
	enc_class("dmb");
	for_rows(row, dmb)
		enc_is(a64_dmb(row->bits), "%s", row->text);

	enc_class("trap");
	for_edges(v, edges) {
		enc_check(a64_uimm16_make(&imm, *v), "uimm16 %llu", *v);
		enc_is(a64_brk(imm), "brk #%llu", *v);
		enc_is(a64_udf(imm), "udf #%llu", *v);
	}
	for_edges(v, over64)
		enc_check(!a64_uimm16_make(&imm, *v), "uimm16 %llu", *v);
	enc_check(!a64_uimm16_make(&imm, 0x10000), "uimm16 65536");
	enc_refused("brk #65536");
	enc_refused("udf #65536");
}

/* --- Choices -------------------------------------------------------------- */

static void test_addsub_value(u64 value, bool is64, enum a64_addsub_imm want)
{
	const u64 mask = is64 ? U64_MAX : U32_MAX;
	enum a64_addsub_imm op = want;
	struct a64_uimm12 imm = { 0 };
	u64 made, neg = -value & mask;
	bool fits, fits_neg;

	fits = value <= 0xfff || (!(value & 0xfff) && value <= 0xfff000);
	fits_neg = neg <= 0xfff || (!(neg & 0xfff) && neg <= 0xfff000);
	if (!a64_addsub(value, is64, &op, &imm)) {
		enc_check((!fits && !fits_neg) || value > mask, "addsub %llx",
			  value);
		enc_check(op == want, "addsub changed op");
		return;
	}
	made = imm.bits >> 10 & 0xfff;
	if (imm.bits >> 22 & 1)
		made <<= 12;
	enc_check(value <= mask && (fits ? op == want : op != want),
		  "addsub op %llx", value);
	/* The same flag setting, the other direction. */
	enc_check(op == want || (op ^ want) == 0x40000000, "op %x", op);
	enc_check((op == want ? made : -made & mask) == value,
		  "addsub %llx made %llx", value, made);
}

static void test_addsub_choice(void)
{
	const struct enc_row *row;
	u32 i, j, is64;
	u64 v;

	enc_class("choice of add and subtract");
	for_rows(row, addsub_imm)
	for_widths(is64) {
		for (i = 0; i < 64; i++)
		for (j = 0; j < 8; j++) {
			v = (1ULL << i) + j - 4;
			test_addsub_value(v, is64, row->bits);
			test_addsub_value(-v, is64, row->bits);
			test_addsub_value((u32)v, is64, row->bits);
			test_addsub_value((u32)-v, is64, row->bits);
		}
		for (i = 0; i < 5000; i++) {
			v = enc_random() >> (enc_random() & 63);
			test_addsub_value(v, is64, row->bits);
			test_addsub_value((u32)-v, is64, row->bits);
			test_addsub_value(v & 0xfff000, is64, row->bits);
		}
	}
}

/* What the words leave in the register, read from their fields. */
static bool run_plan(const struct a64_mov_plan *plan, u32 rd, u64 *value)
{
	u32 i, word, sf, shift;
	u64 v = 0, imm;

	for (i = 0; i < plan->nr; i++) {
		word = a64_mov_insn(plan, i, rd);
		sf = word >> 31;
		shift = (word >> 21 & 3) * 16;
		imm = (u64)(word >> 5 & 0xffff) << shift;
		if ((word & 31) != rd || (!sf && shift > 16))
			return false;
		switch (word >> 23 & 0xff) {
		case 0xa5: /* movz, sf 1 0 100101 */
			v = imm;
			break;
		case 0x25: /* movn */
			v = ~imm;
			break;
		case 0xe5: /* movk */
			v = (v & ~(0xffffULL << shift)) | imm;
			break;
		case 0x64: /* orr */
			if ((word >> 5 & 31) != 31 ||
			    !decode_bitmask(sf, word >> 22 & 1,
					    word >> 16 & 63, word >> 10 & 63,
					    &v))
				return false;
			break;
		default:
			return false;
		}
		if (i && (word >> 23 & 0xff) != 0xe5)
			return false; /* only the first word sets it all */
		if (!sf)
			v = (u32)v;
	}
	*value = v;
	return plan->nr > 0;
}

static u32 nr_halves_wrong(u64 a, u64 b)
{
	u64 x = a ^ b;

	return !!(x & 0xffff) + !!(x >> 16 & 0xffff) + !!(x >> 32 & 0xffff) +
	       !!(x >> 48);
}

/* The shortest there is, by trying every first word there is. */
static u32 brute_len(u64 value)
{
	u32 i, least = 4;
	u64 hole;

	for (i = 0; i < 4; i++) {
		hole = 0xffffULL << (16 * i);
		least = min(least, nr_halves_wrong(value & hole, value));
		least = min(least, nr_halves_wrong(value | ~hole, value));
		if (i < 2)
			least = min(least, nr_halves_wrong(
					(u32)(value | ~hole), value));
	}
	for (i = 0; i < NR_BITMASKS_64; i++)
		least = min(least, nr_halves_wrong(bitmasks_64[i], value));
	for (i = 0; i < NR_BITMASKS_32; i++)
		least = min(least, nr_halves_wrong(bitmasks_32[i], value));
	return 1 + least;
}

static u32 nr_of_len[A64_MOV_MAX + 1];

static void test_plan(u64 value, bool is64, bool prove_least)
{
	struct a64_mov_plan plan = { 0 };
	u64 got = 0, want = is64 ? value : (u32)value;

	a64_mov_plan(value, is64, &plan);
	enc_check(plan.nr >= 1 && plan.nr <= A64_MOV_MAX, "%u words", plan.nr);
	enc_check(run_plan(&plan, 7, &got) && got == want,
		  "plan of %llx makes %llx", want, got);
	enc_check(a64_mov_len(value, is64) == plan.nr, "length of %llx", value);
	enc_check(is64 || plan.nr <= 2, "%llx takes %u words", want, plan.nr);
	if (prove_least)
		enc_check(plan.nr == brute_len(want) ||
				  (plan.nr > 2 && brute_len(want) > 2),
			  "%llx takes %u words, not %u", want, brute_len(want),
			  plan.nr);
	nr_of_len[plan.nr]++;

	a64_mov_plan_fixed(value, &plan);
	enc_check(plan.nr == A64_MOV_FIXED_WORDS && run_plan(&plan, 30, &got) &&
		  got == value, "fixed plan of %llx makes %llx", value, got);
	if (a64_mov_plan_addr(value, &plan))
		enc_check(plan.nr == A64_MOV_ADDR_WORDS &&
			  run_plan(&plan, 0, &got) && got == value,
			  "address plan of %llx makes %llx", value, got);
	else
		enc_check((u64)((s64)value >> 48) + 1 > 1, "no address %llx",
			  value);
}

/* Four halfwords of the kinds that matter, or a bitmask with some replaced. */
static u64 structured(void)
{
	static const u16 kinds[] = { 0,      0xffff, 0x5555, 0xff00,
				     0x00ff, 1,      0x8000, 0x7fff };
	u64 how = enc_random(), v = 0;
	u32 i;

	if (how >> 60 & 1)
		v = bitmasks_64[(how >> 20) % NR_BITMASKS_64];
	if ((how >> 60 & 3) == 3)
		v = bitmasks_32[(how >> 20) % NR_BITMASKS_32];
	for (i = 0; i < 4; i++, how >>= 5) {
		if ((how >> 60 & 1) && (how & 1))
			continue;
		if (how & 2)
			v = (v & ~(0xffffULL << 16 * i)) |
			    (u64)kinds[how >> 2 & 7] << 16 * i;
		else if (how & 4)
			v ^= (enc_random() & 0xffff) << 16 * i;
	}
	return v;
}

static void test_plans(void)
{
	u32 i, j;
	u64 v;

	enc_class("constants");
	for (i = 0; i < 64; i++)
	for (j = 0; j < 5; j++) {
		v = (1ULL << i) + j - 2;
		test_plan(v, true, true);
		test_plan(~v, true, true);
		test_plan(v, false, true);
		test_plan(~v, false, true);
	}
	for (i = 0; i < NR_BITMASKS_64; i++)
		test_plan(bitmasks_64[i], true, false);
	for (i = 0; i < 100000; i++) {
		v = structured();
		test_plan(v, true, i < 20000);
		test_plan(v, false, i < 5000);
	}
	for (i = 1; i <= A64_MOV_MAX; i++)
		enc_check(nr_of_len[i] > 500, "only %u plans of %u words",
			  nr_of_len[i], i);
}

/* --- Capstone ------------------------------------------------------------- */

/* pc-relative operands are absolute in capstone's words: for address 0. */
static void normalise(const char *mnemonic, const char *operands, char *text,
		      size_t size)
{
	static const char *const relative[] = { "b",    "bl",  "cbz", "cbnz",
						"tbz",  "tbnz", "adr", "adrp" };
	bool is_relative = !strncmp(mnemonic, "b.", 2);
	const char *last = strrchr(operands, '#');
	u32 i;

	for (i = 0; i < ARRAY_SIZE(relative); i++)
		is_relative |= !strcmp(mnemonic, relative[i]);
	if (!strncmp(mnemonic, "ldr", 3) && !strchr(operands, '['))
		is_relative = true;

	if (is_relative && last)
		snprintf(text, size, "%s %.*s.%+lld", mnemonic,
			 (int)(last - operands), operands,
			 (s64)strtoull(last + 1, NULL, 0));
	else
		snprintf(text, size, "%s %s", mnemonic, operands);
}

static const struct enc_exception exceptions[] = {
	{ "csel", "cs* *, al", false, "prints an alias with nv, which as refuses" },
	{ "lse", "*", true, "4.0.2 does not know the atomics of Armv8.1" },
	{ "cas", "*", true, "4.0.2 does not know the atomics of Armv8.1" },
	{ "trap", "udf *", true, "4.0.2 does not know udf" },
	{ NULL, NULL, false, NULL },
};

static const struct enc_arch arch = {
	.tools = "aarch64-linux-gnu-",
	.as_flags = "-march=armv8.5-a",
	.prologue = ".text",
	.text_base = "0x200000000",
	.cs_arch = CS_ARCH_ARM64,
	.cs_mode = CS_MODE_ARM,
	.normalise = normalise,
	.exceptions = exceptions,
};

int main(void)
{
	test_addsub_imm();
	test_addsub_shift();
	test_addsub_ext();
	test_logic_imm();
	test_bitmasks();
	test_logic_shift();
	test_movw();
	test_bitfield();
	test_shift_imm();
	test_extend();
	test_bits();
	test_extr();
	test_dp();
	test_csel();
	test_ccmp();
	test_ldst();
	test_pairs();
	test_excl();
	test_lse();
	test_branch();
	test_imm19();
	test_tb();
	test_adr();
	test_branch_reg();
	test_system();
	test_addsub_choice();
	test_plans();
	return enc_run(&arch);
}
