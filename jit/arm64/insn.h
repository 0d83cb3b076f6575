/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * AArch64 encoders: one pure function per encoding class, arguments in, one
 * word out. The opcodes are rows of insn.def.
 *
 * An operand that may not fit is a type, and its constructor can say no; what
 * it makes is always encodable. Such a type holds its bits in place. Where the
 * range depends on the width or the operation, the constructor takes that too
 * and the encoder does not ask again, so that a 64-bit shift or an 8-byte
 * scaled offset cannot end up in a 32-bit instruction.
 *
 * Register 31 is sp or the zero register, as the class says: "sp" beside a
 * register in the comments below, otherwise it is the zero register.
 */
#ifndef WEIR_JIT_ARM64_INSN_H
#define WEIR_JIT_ARM64_INSN_H

#include <linux/types.h>
#include <linux/bits.h>
#include <linux/kernel.h>

#include "insn.def"

/* clang-format off */
enum a64_reg {
	A64_X0, A64_X1, A64_X2, A64_X3, A64_X4, A64_X5, A64_X6, A64_X7,
	A64_X8, A64_X9, A64_X10, A64_X11, A64_X12, A64_X13, A64_X14, A64_X15,
	A64_X16, A64_X17, A64_X18, A64_X19, A64_X20, A64_X21, A64_X22, A64_X23,
	A64_X24, A64_X25, A64_X26, A64_X27, A64_X28, A64_X29, A64_X30,
	A64_XZR,
	A64_SP = A64_XZR,
	A64_FP = A64_X29,
	A64_LR = A64_X30,
};

#define A64_ENUM(name, bits, text) name = bits,
enum a64_addsub_imm { A64_ADDSUB_IMM_ROWS(A64_ENUM) };
enum a64_addsub_shift { A64_ADDSUB_SHIFT_ROWS(A64_ENUM) };
enum a64_addsub_by { A64_ADDSUB_BY_ROWS(A64_ENUM) };
enum a64_addsub_ext { A64_ADDSUB_EXT_ROWS(A64_ENUM) };
enum a64_ext { A64_EXT_ROWS(A64_ENUM) };
enum a64_logic_imm { A64_LOGIC_IMM_ROWS(A64_ENUM) };
enum a64_logic_shift { A64_LOGIC_SHIFT_ROWS(A64_ENUM) };
enum a64_logic_by { A64_LOGIC_BY_ROWS(A64_ENUM) };
enum a64_movw { A64_MOVW_ROWS(A64_ENUM) };
enum a64_bitfield { A64_BITFIELD_ROWS(A64_ENUM) };
enum a64_dp2 { A64_DP2_ROWS(A64_ENUM) };
enum a64_dp1 { A64_DP1_ROWS(A64_ENUM) };
enum a64_dp3 { A64_DP3_ROWS(A64_ENUM) };
enum a64_dp3_long { A64_DP3_LONG_ROWS(A64_ENUM) };
enum a64_mulh { A64_MULH_ROWS(A64_ENUM) };
enum a64_csel { A64_CSEL_ROWS(A64_ENUM) };
enum a64_ccmp_reg { A64_CCMP_REG_ROWS(A64_ENUM) };
enum a64_ccmp_imm { A64_CCMP_IMM_ROWS(A64_ENUM) };
enum a64_cond { A64_COND_ROWS(A64_ENUM) };
enum a64_ldst { A64_LDST_ROWS(A64_ENUM) };
enum a64_index { A64_INDEX_ROWS(A64_ENUM) };
enum a64_pair { A64_PAIR_ROWS(A64_ENUM) };
enum a64_lit { A64_LIT_ROWS(A64_ENUM) };
enum a64_excl_ld { A64_EXCL_LD_ROWS(A64_ENUM) };
enum a64_excl_st { A64_EXCL_ST_ROWS(A64_ENUM) };
enum a64_ordered { A64_ORDERED_ROWS(A64_ENUM) };
enum a64_lse { A64_LSE_ROWS(A64_ENUM) };
enum a64_lse_order { A64_LSE_ORDER_ROWS(A64_ENUM) };
enum a64_cas { A64_CAS_ROWS(A64_ENUM) };
enum a64_branch { A64_BRANCH_ROWS(A64_ENUM) };
enum a64_cb { A64_CB_ROWS(A64_ENUM) };
enum a64_tb { A64_TB_ROWS(A64_ENUM) };
enum a64_branch_reg { A64_BRANCH_REG_ROWS(A64_ENUM) };
enum a64_hint { A64_HINT_ROWS(A64_ENUM) };
enum a64_dmb { A64_DMB_ROWS(A64_ENUM) };
#undef A64_ENUM
/* clang-format on */

/* The flags a CCMP or CCMN sets when its condition fails. */
enum a64_nzcv {
	A64_NZCV_NONE = 0,
	A64_NZCV_V = 1,
	A64_NZCV_C = 2,
	A64_NZCV_Z = 4,
	A64_NZCV_N = 8,
};

/*
 * The condition that holds exactly when @cond does not. AL and NV both mean
 * "always", so neither has an inverse: callers never ask for it.
 */
static inline enum a64_cond a64_cond_invert(enum a64_cond cond)
{
	return (enum a64_cond)(cond ^ 1);
}

static inline u32 a64_field(u32 value, unsigned int lowest_bit)
{
	return value << lowest_bit;
}

/* The low @nr_bits of a number in two's complement. */
static inline u32 a64_signed_field(s64 value, unsigned int nr_bits)
{
	return (u32)value & (BIT(nr_bits) - 1);
}

static inline bool a64_fits_signed(s64 value, unsigned int nr_bits)
{
	s64 limit = (s64)1 << (nr_bits - 1);

	return value >= -limit && value < limit;
}

/* --- Add and subtract ----------------------------------------------------- */

/* 0..4095, or a multiple of 4096 up to 4095 * 4096: bits 22 and 21..10. */
struct a64_uimm12 {
	u32 bits;
};

static inline bool __must_check a64_uimm12_make(struct a64_uimm12 *imm, u64 v)
{
	if (v <= 0xfff)
		imm->bits = a64_field((u32)v, 10);
	else if (!(v & 0xfff) && v <= 0xfff000)
		imm->bits = a64_field(1, 22) | a64_field((u32)v >> 12, 10);
	else
		return false;
	return true;
}

/*
 * sf op S 100010 sh imm12........ Rn... Rd...   add/subtract, immediate
 * rn: sp. rd: sp for ADD and SUB, the zero register for ADDS and SUBS.
 */
static inline u32 a64_addsub_imm(enum a64_addsub_imm op, bool is64,
				 enum a64_reg rd, enum a64_reg rn,
				 struct a64_uimm12 imm)
{
	return op | a64_field(is64, 31) | imm.bits | a64_field(rn, 5) |
	       a64_field(rd, 0);
}

/* A shift amount below the register's width, and that width. */
struct a64_shamt {
	u8 amount;
	bool is64;
};

static inline bool __must_check a64_shamt_make(struct a64_shamt *by, bool is64,
					       u64 amount)
{
	if (amount > (is64 ? 63 : 31))
		return false;
	by->amount = (u8)amount;
	by->is64 = is64;
	return true;
}

/* sf op S 01011 shift 0 Rm... imm6.. Rn... Rd...   add/subtract, shifted */
static inline u32 a64_addsub_shift(enum a64_addsub_shift op, enum a64_reg rd,
				   enum a64_reg rn, enum a64_reg rm,
				   enum a64_addsub_by shift,
				   struct a64_shamt by)
{
	return op | a64_field(by.is64, 31) | a64_field(shift, 22) |
	       a64_field(rm, 16) | a64_field(by.amount, 10) | a64_field(rn, 5) |
	       a64_field(rd, 0);
}

/* The same, unshifted. */
static inline u32 a64_addsub_reg(enum a64_addsub_shift op, bool is64,
				 enum a64_reg rd, enum a64_reg rn,
				 enum a64_reg rm)
{
	struct a64_shamt none = { .amount = 0, .is64 = is64 };

	return a64_addsub_shift(op, rd, rn, rm, A64_ADDSUB_BY_LSL, none);
}

/* Left shift after an extension, 0..4: bits 12..10. */
struct a64_extsh {
	u32 bits;
};

static inline bool __must_check a64_extsh_make(struct a64_extsh *by, u64 amount)
{
	if (amount > 4)
		return false;
	by->bits = a64_field((u32)amount, 10);
	return true;
}

/*
 * sf op S 01011 00 1 Rm... option imm3 Rn... Rd...   add/subtract, extended
 * rn: sp. rd: sp for ADD and SUB, the zero register for ADDS and SUBS.
 */
static inline u32 a64_addsub_ext(enum a64_addsub_ext op, bool is64,
				 enum a64_reg rd, enum a64_reg rn,
				 enum a64_reg rm, enum a64_ext ext,
				 struct a64_extsh by)
{
	return op | a64_field(is64, 31) | a64_field(rm, 16) |
	       a64_field(ext, 13) | by.bits | a64_field(rn, 5) |
	       a64_field(rd, 0);
}

/* --- Logic ---------------------------------------------------------------- */

/*
 * A bitmask immediate with its width: sf in bit 31, N:immr:imms in 22..10.
 * Values become one through a64_logical_imm() in imm.h; this constructor takes
 * the fields. N is the element size's top bit, so it is 0 in a 32-bit one.
 */
struct a64_logimm {
	u32 bits;
};

static inline bool __must_check a64_logimm_make(struct a64_logimm *imm,
						bool is64, u32 n, u32 immr,
						u32 imms)
{
	u32 size = 64;

	if (n > is64 || immr > 63 || imms > 63)
		return false;
	if (!n) {
		/* The element size is 32, 16, 8, 4 or 2: leading ones. */
		for (size = 32; size > 1 && (imms & size); size >>= 1)
			;
		if (size < 2)
			return false;
	}
	if (immr >= size)
		return false; /* would only repeat a smaller rotation */
	if ((imms & (size - 1)) == size - 1)
		return false; /* all ones */
	imm->bits = a64_field(is64, 31) | a64_field(n, 22) |
		    a64_field(immr, 16) | a64_field(imms, 10);
	return true;
}

/*
 * sf opc 100100 N immr.. imms.. Rn... Rd...   logical, immediate
 * rd: sp for AND, ORR and EOR, the zero register for ANDS.
 */
static inline u32 a64_logic_imm(enum a64_logic_imm op, enum a64_reg rd,
				enum a64_reg rn, struct a64_logimm imm)
{
	return op | imm.bits | a64_field(rn, 5) | a64_field(rd, 0);
}

/* sf opc 01010 shift N Rm... imm6.. Rn... Rd...   logical, shifted register */
static inline u32 a64_logic_shift(enum a64_logic_shift op, enum a64_reg rd,
				  enum a64_reg rn, enum a64_reg rm,
				  enum a64_logic_by shift, struct a64_shamt by)
{
	return op | a64_field(by.is64, 31) | a64_field(shift, 22) |
	       a64_field(rm, 16) | a64_field(by.amount, 10) | a64_field(rn, 5) |
	       a64_field(rd, 0);
}

/* The same, unshifted. */
static inline u32 a64_logic_reg(enum a64_logic_shift op, bool is64,
				enum a64_reg rd, enum a64_reg rn,
				enum a64_reg rm)
{
	struct a64_shamt none = { .amount = 0, .is64 = is64 };

	return a64_logic_shift(op, rd, rn, rm, A64_LOGIC_BY_LSL, none);
}

/* Move between registers; 31 is the zero register. For sp, add 0 to it. */
static inline u32 a64_mov_reg(bool is64, enum a64_reg rd, enum a64_reg rm)
{
	return a64_logic_reg(A64_LOGIC_SHIFT_ORR, is64, rd, A64_XZR, rm);
}

/* --- Move wide ------------------------------------------------------------ */

/* 16 bits at 0, 16, 32 or 48, and the width: sf, bits 22..21 and 20..5. */
struct a64_movimm {
	u32 bits;
};

static inline bool __must_check a64_movimm_make(struct a64_movimm *imm,
						bool is64, u64 v, u32 shift)
{
	if (v > 0xffff || shift > (is64 ? 48 : 16) || (shift & 15))
		return false;
	imm->bits = a64_field(is64, 31) | a64_field(shift >> 4, 21) |
		    a64_field((u32)v, 5);
	return true;
}

/* sf opc 100101 hw imm16........... Rd...   move wide, immediate */
static inline u32 a64_movw(enum a64_movw op, enum a64_reg rd,
			   struct a64_movimm imm)
{
	return op | imm.bits | a64_field(rd, 0);
}

/* --- Bitfields and extract ------------------------------------------------ */

/* immr and imms with the width: sf, N (= sf), bits 21..16 and 15..10. */
struct a64_bfimm {
	u32 bits;
};

static inline bool __must_check a64_bfimm_make(struct a64_bfimm *imm, bool is64,
					       u64 immr, u64 imms)
{
	const u32 top = is64 ? 63 : 31;

	if (immr > top || imms > top)
		return false;
	imm->bits = a64_field(is64, 31) | a64_field(is64, 22) |
		    a64_field((u32)immr, 16) | a64_field((u32)imms, 10);
	return true;
}

/* sf opc 100110 N immr.. imms.. Rn... Rd...   bitfield */
static inline u32 a64_bitfield(enum a64_bitfield op, enum a64_reg rd,
			       enum a64_reg rn, struct a64_bfimm imm)
{
	return op | imm.bits | a64_field(rn, 5) | a64_field(rd, 0);
}

/* For the aliases below, whose operands are in range already. */
static inline u32 a64_bitfield_raw(enum a64_bitfield op, bool is64,
				   enum a64_reg rd, enum a64_reg rn, u32 immr,
				   u32 imms)
{
	struct a64_bfimm imm = {
		.bits = a64_field(is64, 31) | a64_field(is64, 22) |
			a64_field(immr, 16) | a64_field(imms, 10),
	};

	return a64_bitfield(op, rd, rn, imm);
}

static inline u32 a64_lsl_imm(enum a64_reg rd, enum a64_reg rn,
			      struct a64_shamt by)
{
	const u32 top = by.is64 ? 63 : 31;

	return a64_bitfield_raw(A64_BITFIELD_UBFM, by.is64, rd, rn,
				-(u32)by.amount & top, top - by.amount);
}

static inline u32 a64_lsr_imm(enum a64_reg rd, enum a64_reg rn,
			      struct a64_shamt by)
{
	return a64_bitfield_raw(A64_BITFIELD_UBFM, by.is64, rd, rn, by.amount,
				by.is64 ? 63 : 31);
}

static inline u32 a64_asr_imm(enum a64_reg rd, enum a64_reg rn,
			      struct a64_shamt by)
{
	return a64_bitfield_raw(A64_BITFIELD_SBFM, by.is64, rd, rn, by.amount,
				by.is64 ? 63 : 31);
}

static inline u32 a64_uxtb(enum a64_reg rd, enum a64_reg rn)
{
	return a64_bitfield_raw(A64_BITFIELD_UBFM, false, rd, rn, 0, 7);
}

static inline u32 a64_uxth(enum a64_reg rd, enum a64_reg rn)
{
	return a64_bitfield_raw(A64_BITFIELD_UBFM, false, rd, rn, 0, 15);
}

static inline u32 a64_sxtb(bool is64, enum a64_reg rd, enum a64_reg rn)
{
	return a64_bitfield_raw(A64_BITFIELD_SBFM, is64, rd, rn, 0, 7);
}

static inline u32 a64_sxth(bool is64, enum a64_reg rd, enum a64_reg rn)
{
	return a64_bitfield_raw(A64_BITFIELD_SBFM, is64, rd, rn, 0, 15);
}

static inline u32 a64_sxtw(enum a64_reg rd, enum a64_reg rn)
{
	return a64_bitfield_raw(A64_BITFIELD_SBFM, true, rd, rn, 0, 31);
}

/* @width bits from bit @lsb, at least one, within a register of that size. */
struct a64_bits {
	u8 lsb;
	u8 width;
	bool is64;
};

static inline bool __must_check a64_bits_make(struct a64_bits *range, bool is64,
					      u64 lsb, u64 width)
{
	const u32 size = is64 ? 64 : 32;

	if (lsb >= size || !width || width > size - lsb)
		return false;
	range->lsb = (u8)lsb;
	range->width = (u8)width;
	range->is64 = is64;
	return true;
}

/* From the range to bit 0; @op says what fills the rest (BFM: rd's own). */
static inline u32 a64_bits_extract(enum a64_bitfield op, enum a64_reg rd,
				   enum a64_reg rn, struct a64_bits range)
{
	return a64_bitfield_raw(op, range.is64, rd, rn, range.lsb,
				range.lsb + range.width - 1);
}

/* From bit 0 to the range. */
static inline u32 a64_bits_insert(enum a64_bitfield op, enum a64_reg rd,
				  enum a64_reg rn, struct a64_bits range)
{
	return a64_bitfield_raw(op, range.is64, rd, rn,
				-(u32)range.lsb & (range.is64 ? 63 : 31),
				range.width - 1);
}

static inline u32 a64_ubfx(enum a64_reg rd, enum a64_reg rn,
			   struct a64_bits range)
{
	return a64_bits_extract(A64_BITFIELD_UBFM, rd, rn, range);
}

static inline u32 a64_sbfx(enum a64_reg rd, enum a64_reg rn,
			   struct a64_bits range)
{
	return a64_bits_extract(A64_BITFIELD_SBFM, rd, rn, range);
}

static inline u32 a64_bfxil(enum a64_reg rd, enum a64_reg rn,
			    struct a64_bits range)
{
	return a64_bits_extract(A64_BITFIELD_BFM, rd, rn, range);
}

static inline u32 a64_ubfiz(enum a64_reg rd, enum a64_reg rn,
			    struct a64_bits range)
{
	return a64_bits_insert(A64_BITFIELD_UBFM, rd, rn, range);
}

static inline u32 a64_sbfiz(enum a64_reg rd, enum a64_reg rn,
			    struct a64_bits range)
{
	return a64_bits_insert(A64_BITFIELD_SBFM, rd, rn, range);
}

static inline u32 a64_bfi(enum a64_reg rd, enum a64_reg rn,
			  struct a64_bits range)
{
	return a64_bits_insert(A64_BITFIELD_BFM, rd, rn, range);
}

/* sf 00 100111 N 0 Rm... imms.. Rn... Rd...   extract: (rn:rm) >> lsb */
static inline u32 a64_extr(enum a64_reg rd, enum a64_reg rn, enum a64_reg rm,
			   struct a64_shamt lsb)
{
	return 0x13800000 | a64_field(lsb.is64, 31) | a64_field(lsb.is64, 22) |
	       a64_field(rm, 16) | a64_field(lsb.amount, 10) |
	       a64_field(rn, 5) | a64_field(rd, 0);
}

static inline u32 a64_ror_imm(enum a64_reg rd, enum a64_reg rn,
			      struct a64_shamt by)
{
	return a64_extr(rd, rn, rn, by);
}

/* --- One, two and three sources ------------------------------------------- */

/* sf 0 S 11010110 Rm... opcode Rn... Rd...   two sources; shifts are masked */
static inline u32 a64_dp2(enum a64_dp2 op, bool is64, enum a64_reg rd,
			  enum a64_reg rn, enum a64_reg rm)
{
	return op | a64_field(is64, 31) | a64_field(rm, 16) | a64_field(rn, 5) |
	       a64_field(rd, 0);
}

/* sf 1 S 11010110 00000 opcode Rn... Rd...   one source */
static inline u32 a64_dp1(enum a64_dp1 op, enum a64_reg rd, enum a64_reg rn)
{
	return op | a64_field(rn, 5) | a64_field(rd, 0);
}

/* sf 00 11011 000 Rm... o0 Ra... Rn... Rd...   ra +- rn * rm */
static inline u32 a64_dp3(enum a64_dp3 op, enum a64_reg rd, enum a64_reg rn,
			  enum a64_reg rm, enum a64_reg ra)
{
	return op | a64_field(rm, 16) | a64_field(ra, 10) | a64_field(rn, 5) |
	       a64_field(rd, 0);
}

static inline u32 a64_mul(bool is64, enum a64_reg rd, enum a64_reg rn,
			  enum a64_reg rm)
{
	return a64_dp3(is64 ? A64_DP3_MADD_X : A64_DP3_MADD_W, rd, rn, rm,
		       A64_XZR);
}

/* 1 00 11011 U01 Rm... o0 Ra... Rn... Rd...   xa +- wn * wm */
static inline u32 a64_dp3_long(enum a64_dp3_long op, enum a64_reg rd,
			       enum a64_reg rn, enum a64_reg rm,
			       enum a64_reg ra)
{
	return op | a64_field(rm, 16) | a64_field(ra, 10) | a64_field(rn, 5) |
	       a64_field(rd, 0);
}

/* 1 00 11011 U10 Rm... 0 11111 Rn... Rd...   upper half of xn * xm */
static inline u32 a64_mulh(enum a64_mulh op, enum a64_reg rd, enum a64_reg rn,
			   enum a64_reg rm)
{
	return op | a64_field(rm, 16) | a64_field(rn, 5) | a64_field(rd, 0);
}

/* --- Conditions ----------------------------------------------------------- */

/* sf op 0 11010100 Rm... cond 0 o2 Rn... Rd...   conditional select */
static inline u32 a64_csel(enum a64_csel op, bool is64, enum a64_reg rd,
			   enum a64_reg rn, enum a64_reg rm, enum a64_cond cond)
{
	return op | a64_field(is64, 31) | a64_field(rm, 16) |
	       a64_field(cond, 12) | a64_field(rn, 5) | a64_field(rd, 0);
}

/* rd = @cond ? 1 : 0. @cond is not AL or NV, which have no inverse. */
static inline u32 a64_cset(bool is64, enum a64_reg rd, enum a64_cond cond)
{
	return a64_csel(A64_CSEL_CSINC, is64, rd, A64_XZR, A64_XZR,
			a64_cond_invert(cond));
}

/* sf op 1 11010010 Rm... cond 0 0 Rn... 0 nzcv   conditional compare */
static inline u32 a64_ccmp_reg(enum a64_ccmp_reg op, bool is64, enum a64_reg rn,
			       enum a64_reg rm, enum a64_nzcv nzcv,
			       enum a64_cond cond)
{
	return op | a64_field(is64, 31) | a64_field(rm, 16) |
	       a64_field(cond, 12) | a64_field(rn, 5) | a64_field(nzcv, 0);
}

/* 0..31: bits 20..16. */
struct a64_uimm5 {
	u32 bits;
};

static inline bool __must_check a64_uimm5_make(struct a64_uimm5 *imm, u64 v)
{
	if (v > 31)
		return false;
	imm->bits = a64_field((u32)v, 16);
	return true;
}

/* sf op 1 11010010 imm5. cond 1 0 Rn... 0 nzcv   conditional compare, imm */
static inline u32 a64_ccmp_imm(enum a64_ccmp_imm op, bool is64, enum a64_reg rn,
			       struct a64_uimm5 imm, enum a64_nzcv nzcv,
			       enum a64_cond cond)
{
	return op | a64_field(is64, 31) | imm.bits | a64_field(cond, 12) |
	       a64_field(rn, 5) | a64_field(nzcv, 0);
}

/* --- Loads and stores ----------------------------------------------------- */

/* log2 of the bytes that @op moves. */
static inline u32 a64_ldst_scale(enum a64_ldst op)
{
	return (u32)op >> 30;
}

/*
 * A load or store with its offset, which is 0..4095 times the size it moves:
 * they are checked together and stay together.
 */
struct a64_ldst_uoff {
	u32 bits;
};

static inline bool __must_check a64_ldst_uoff_make(struct a64_ldst_uoff *at,
						   enum a64_ldst op,
						   s64 off_bytes)
{
	const u32 scale = a64_ldst_scale(op);

	if (off_bytes < 0 || off_bytes > (s64)0xfff << scale ||
	    (off_bytes & ((1 << scale) - 1)))
		return false;
	at->bits = op | a64_field((u32)off_bytes >> scale, 10);
	return true;
}

/* size 111 0 01 opc imm12........ Rn... Rt...   unsigned offset; rn: sp */
static inline u32 a64_ldst_uimm(struct a64_ldst_uoff at, enum a64_reg rt,
				enum a64_reg rn)
{
	return 0x39000000 | at.bits | a64_field(rn, 5) | a64_field(rt, 0);
}

/* -256..255 bytes, of any alignment: bits 20..12. */
struct a64_simm9 {
	u32 bits;
};

static inline bool __must_check a64_simm9_make(struct a64_simm9 *imm,
					       s64 off_bytes)
{
	if (!a64_fits_signed(off_bytes, 9))
		return false;
	imm->bits = a64_field(a64_signed_field(off_bytes, 9), 12);
	return true;
}

/* size 111 0 00 opc 0 imm9..... 00 Rn... Rt...   unscaled offset; rn: sp */
static inline u32 a64_ldst_unscaled(enum a64_ldst op, enum a64_reg rt,
				    enum a64_reg rn, struct a64_simm9 off)
{
	return 0x38000000 | op | off.bits | a64_field(rn, 5) | a64_field(rt, 0);
}

/*
 * size 111 0 00 opc 0 imm9..... 01 Rn... Rt...   post-index; rn: sp
 * rn and rt differ, unless they are sp and the zero register.
 */
static inline u32 a64_ldst_post(enum a64_ldst op, enum a64_reg rt,
				enum a64_reg rn, struct a64_simm9 off)
{
	return 0x38000400 | op | off.bits | a64_field(rn, 5) | a64_field(rt, 0);
}

/* size 111 0 00 opc 0 imm9..... 11 Rn... Rt...   pre-index; as above */
static inline u32 a64_ldst_pre(enum a64_ldst op, enum a64_reg rt,
			       enum a64_reg rn, struct a64_simm9 off)
{
	return 0x38000c00 | op | off.bits | a64_field(rn, 5) | a64_field(rt, 0);
}

/*
 * size 111 0 00 opc 1 Rm... option S 10 Rn... Rt...   register offset; rn: sp
 * @scaled: the index is shifted left by a64_ldst_scale(op).
 */
static inline u32 a64_ldst_reg(enum a64_ldst op, enum a64_reg rt,
			       enum a64_reg rn, enum a64_reg rm,
			       enum a64_index index, bool scaled)
{
	return 0x38200800 | op | a64_field(rm, 16) | a64_field(index, 13) |
	       a64_field(scaled, 12) | a64_field(rn, 5) | a64_field(rt, 0);
}

/* A pair operation with its offset: -64..63 times 4 or 8 bytes. */
struct a64_pair_off {
	u32 bits;
};

static inline bool __must_check a64_pair_off_make(struct a64_pair_off *at,
						  enum a64_pair op,
						  s64 off_bytes)
{
	const u32 scale = (u32)op >> 31 ? 3 : 2;

	if ((off_bytes & ((1 << scale) - 1)) ||
	    !a64_fits_signed(off_bytes, 7 + scale))
		return false;
	at->bits = op | a64_field(a64_signed_field(off_bytes >> scale, 7), 15);
	return true;
}

/*
 * opc 101 0 010 L imm7... Rt2.. Rn... Rt...   pair, offset; rn: sp
 * Loads: rt and rt2 differ.
 */
static inline u32 a64_pair_offset(struct a64_pair_off at, enum a64_reg rt,
				  enum a64_reg rt2, enum a64_reg rn)
{
	return 0x29000000 | at.bits | a64_field(rt2, 10) | a64_field(rn, 5) |
	       a64_field(rt, 0);
}

/*
 * opc 101 0 001 L imm7... Rt2.. Rn... Rt...   pair, post-index; rn: sp
 * rn is neither of the others, unless they are sp and the zero register.
 */
static inline u32 a64_pair_post(struct a64_pair_off at, enum a64_reg rt,
				enum a64_reg rt2, enum a64_reg rn)
{
	return 0x28800000 | at.bits | a64_field(rt2, 10) | a64_field(rn, 5) |
	       a64_field(rt, 0);
}

/* opc 101 0 011 L imm7... Rt2.. Rn... Rt...   pair, pre-index; as above */
static inline u32 a64_pair_pre(struct a64_pair_off at, enum a64_reg rt,
			       enum a64_reg rt2, enum a64_reg rn)
{
	return 0x29800000 | at.bits | a64_field(rt2, 10) | a64_field(rn, 5) |
	       a64_field(rt, 0);
}

/* --- Atomics; rn: sp in all of them --------------------------------------- */

/* 1x 001000 0 1 0 11111 o0 11111 Rn... Rt...   load exclusive */
static inline u32 a64_excl_ld(enum a64_excl_ld op, bool is64, enum a64_reg rt,
			      enum a64_reg rn)
{
	return op | a64_field(is64, 30) | a64_field(rn, 5) | a64_field(rt, 0);
}

/*
 * 1x 001000 0 0 0 Rs... o0 11111 Rn... Rt...   store exclusive
 * ws = 0 when it was stored, else 1. rs is neither of the others (a rs that is
 * the zero register may meet sp).
 */
static inline u32 a64_excl_st(enum a64_excl_st op, bool is64, enum a64_reg rs,
			      enum a64_reg rt, enum a64_reg rn)
{
	return op | a64_field(is64, 30) | a64_field(rs, 16) | a64_field(rn, 5) |
	       a64_field(rt, 0);
}

/* size 001000 1 L 0 11111 1 11111 Rn... Rt...   load acquire, store release */
static inline u32 a64_ordered(enum a64_ordered op, enum a64_reg rt,
			      enum a64_reg rn)
{
	return op | a64_field(rn, 5) | a64_field(rt, 0);
}

/*
 * 1x 111000 A R 1 Rs... o3 opc 00 Rn... Rt...   LSE: rt = [rn]; [rn] op= rs
 * LDCLR clears the bits of rs. With rt the zero register an ACQUIRE orders
 * nothing: give a live rt where order matters.
 */
static inline u32 a64_lse(enum a64_lse op, enum a64_lse_order order, bool is64,
			  enum a64_reg rs, enum a64_reg rt, enum a64_reg rn)
{
	return op | order | a64_field(is64, 30) | a64_field(rs, 16) |
	       a64_field(rn, 5) | a64_field(rt, 0);
}

/*
 * 1x 001000 1 L 1 Rs... o0 11111 Rn... Rt...   LSE compare and swap
 * If [rn] == rs, [rn] = rt; rs = the old [rn] in both cases.
 */
static inline u32 a64_cas(enum a64_cas op, bool is64, enum a64_reg rs,
			  enum a64_reg rt, enum a64_reg rn)
{
	return op | a64_field(is64, 30) | a64_field(rs, 16) | a64_field(rn, 5) |
	       a64_field(rt, 0);
}

/*
 * --- Branches and pc-relative addresses -------------------------------------
 *
 * Offsets are bytes from the instruction itself. Their bits lie in place, and
 * are 0 for offset 0: a word encoded with offset 0 becomes the final one by
 * OR-ing in the bits of an offset made later.
 */

/* +-128 MiB, multiples of 4: bits 25..0. */
struct a64_imm26 {
	u32 bits;
};

static inline bool __must_check a64_imm26_make(struct a64_imm26 *imm,
					       s64 off_bytes)
{
	if ((off_bytes & 3) || !a64_fits_signed(off_bytes, 28))
		return false;
	imm->bits = a64_signed_field(off_bytes >> 2, 26);
	return true;
}

/* +-1 MiB, multiples of 4: bits 23..5. */
struct a64_imm19 {
	u32 bits;
};

static inline bool __must_check a64_imm19_make(struct a64_imm19 *imm,
					       s64 off_bytes)
{
	if ((off_bytes & 3) || !a64_fits_signed(off_bytes, 21))
		return false;
	imm->bits = a64_field(a64_signed_field(off_bytes >> 2, 19), 5);
	return true;
}

/* +-32 KiB, multiples of 4: bits 18..5. */
struct a64_imm14 {
	u32 bits;
};

static inline bool __must_check a64_imm14_make(struct a64_imm14 *imm,
					       s64 off_bytes)
{
	if ((off_bytes & 3) || !a64_fits_signed(off_bytes, 16))
		return false;
	imm->bits = a64_field(a64_signed_field(off_bytes >> 2, 14), 5);
	return true;
}

/* op 00101 imm26.....................   branch, branch and link */
static inline u32 a64_branch(enum a64_branch op, struct a64_imm26 off)
{
	return op | off.bits;
}

/* 0101010 0 imm19.............. 0 cond   branch on a condition */
static inline u32 a64_bcond(enum a64_cond cond, struct a64_imm19 off)
{
	return 0x54000000 | off.bits | a64_field(cond, 0);
}

/* sf 011010 op imm19.............. Rt...   branch on zero */
static inline u32 a64_cb(enum a64_cb op, bool is64, enum a64_reg rt,
			 struct a64_imm19 off)
{
	return op | a64_field(is64, 31) | off.bits | a64_field(rt, 0);
}

/* A bit's number, 0..63: bits 31 and 23..19. */
struct a64_bitno {
	u32 bits;
};

static inline bool __must_check a64_bitno_make(struct a64_bitno *bit, u64 nr)
{
	if (nr > 63)
		return false;
	bit->bits = a64_field((u32)nr >> 5, 31) | a64_field(nr & 31, 19);
	return true;
}

/* b5 011011 op b40.. imm14......... Rt...   branch on a bit of xt */
static inline u32 a64_tb(enum a64_tb op, enum a64_reg rt, struct a64_bitno bit,
			 struct a64_imm14 off)
{
	return op | bit.bits | off.bits | a64_field(rt, 0);
}

/* 1101011 opc 11111 000000 Rn... 00000   branch to a register */
static inline u32 a64_branch_reg(enum a64_branch_reg op, enum a64_reg rn)
{
	return op | a64_field(rn, 5);
}

/* opc 011 0 00 imm19.............. Rt...   load from the literal pool */
static inline u32 a64_lit(enum a64_lit op, enum a64_reg rt,
			  struct a64_imm19 off)
{
	return op | off.bits | a64_field(rt, 0);
}

/* 21 bits as ADR and ADRP have them: low two in 30..29, the rest in 23..5. */
static inline u32 a64_adr_bits(s64 value)
{
	const u32 imm21 = a64_signed_field(value, 21);

	return a64_field(imm21 & 3, 29) | a64_field(imm21 >> 2, 5);
}

/* +-1 MiB, any byte. */
struct a64_adr_off {
	u32 bits;
};

static inline bool __must_check a64_adr_off_make(struct a64_adr_off *off,
						 s64 off_bytes)
{
	if (!a64_fits_signed(off_bytes, 21))
		return false;
	off->bits = a64_adr_bits(off_bytes);
	return true;
}

/* 0 imm 10000 imm19.............. Rd...   address of a byte nearby */
static inline u32 a64_adr(enum a64_reg rd, struct a64_adr_off off)
{
	return 0x10000000 | off.bits | a64_field(rd, 0);
}

/* +-4 GiB in pages of 4 KiB, from the page of the instruction. */
struct a64_adrp_off {
	u32 bits;
};

static inline bool __must_check a64_adrp_off_make(struct a64_adrp_off *off,
						  s64 off_bytes)
{
	if ((off_bytes & 0xfff) || !a64_fits_signed(off_bytes, 33))
		return false;
	off->bits = a64_adr_bits(off_bytes >> 12);
	return true;
}

/* 1 imm 10000 imm19.............. Rd...   address of a page */
static inline u32 a64_adrp(enum a64_reg rd, struct a64_adrp_off off)
{
	return 0x90000000 | off.bits | a64_field(rd, 0);
}

/* --- System --------------------------------------------------------------- */

/* 1101010100 0 00 011 0010 CRm. op2 11111   hints: NOP, BTI, signing lr */
static inline u32 a64_hint(enum a64_hint op)
{
	return op;
}

/* 1101010100 0 00 011 0011 CRm. 1 01 11111   memory barrier */
static inline u32 a64_dmb(enum a64_dmb op)
{
	return op;
}

/* 0..65535, of a trap. */
struct a64_uimm16 {
	u32 value;
};

static inline bool __must_check a64_uimm16_make(struct a64_uimm16 *imm, u64 v)
{
	if (v > 0xffff)
		return false;
	imm->value = (u32)v;
	return true;
}

/* 11010100 001 imm16........... 000 00   breakpoint */
static inline u32 a64_brk(struct a64_uimm16 imm)
{
	return 0xd4200000 | a64_field(imm.value, 5);
}

/* 00000000 00000000 imm16...........   permanently undefined */
static inline u32 a64_udf(struct a64_uimm16 imm)
{
	return imm.value;
}

#endif
