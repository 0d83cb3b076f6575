/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ARM encoders (ARMv7-A, ARM state): one pure function per encoding class,
 * arguments in, one word out. The opcodes are rows of insn.def.
 *
 * An operand that may not fit is a type whose constructor can say no, and
 * holds its bits in place. Offsets of branches and literals are bytes from the
 * instruction itself: that pc reads 8 ahead is known here and nowhere else.
 *
 * Unless a class says otherwise no register is pc.
 */
#ifndef WEIR_JIT_ARM_INSN_H
#define WEIR_JIT_ARM_INSN_H

#include <linux/types.h>
#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/kernel.h>

#include "insn.def"

/* clang-format off */
enum a32_reg {
	A32_R0, A32_R1, A32_R2, A32_R3, A32_R4, A32_R5, A32_R6, A32_R7,
	A32_R8, A32_R9, A32_R10, A32_R11, A32_R12, A32_R13, A32_R14, A32_R15,
	A32_FP = A32_R11,
	A32_IP = A32_R12,
	A32_SP = A32_R13,
	A32_LR = A32_R14,
	A32_PC = A32_R15,
};

/* The first register of a pair; lr and pc are none. */
enum a32_even {
	A32_R0_R1 = 0,
	A32_R2_R3 = 2,
	A32_R4_R5 = 4,
	A32_R6_R7 = 6,
	A32_R8_R9 = 8,
	A32_R10_R11 = 10,
	A32_R12_SP = 12,
};

#define A32_ENUM(name, bits, text) name = bits,
enum a32_cond { A32_COND_ROWS(A32_ENUM) };
enum a32_shift { A32_SHIFT_ROWS(A32_ENUM) };
enum a32_mode { A32_MODE_ROWS(A32_ENUM) };
enum a32_dp { A32_DP_ROWS(A32_ENUM) };
enum a32_move { A32_MOVE_ROWS(A32_ENUM) };
enum a32_test { A32_TEST_ROWS(A32_ENUM) };
enum a32_movw { A32_MOVW_ROWS(A32_ENUM) };
enum a32_mul { A32_MUL_ROWS(A32_ENUM) };
enum a32_mla { A32_MLA_ROWS(A32_ENUM) };
enum a32_mull { A32_MULL_ROWS(A32_ENUM) };
enum a32_div { A32_DIV_ROWS(A32_ENUM) };
enum a32_ldst { A32_LDST_ROWS(A32_ENUM) };
enum a32_ldsth { A32_LDSTH_ROWS(A32_ENUM) };
enum a32_ldstd { A32_LDSTD_ROWS(A32_ENUM) };
enum a32_ldm { A32_LDM_ROWS(A32_ENUM) };
enum a32_ldrex { A32_LDREX_ROWS(A32_ENUM) };
enum a32_strex { A32_STREX_ROWS(A32_ENUM) };
enum a32_unary { A32_UNARY_ROWS(A32_ENUM) };
enum a32_extend { A32_EXTEND_ROWS(A32_ENUM) };
enum a32_bfx { A32_BFX_ROWS(A32_ENUM) };
enum a32_branch { A32_BRANCH_ROWS(A32_ENUM) };
enum a32_branch_reg { A32_BRANCH_REG_ROWS(A32_ENUM) };
enum a32_system { A32_SYSTEM_ROWS(A32_ENUM) };
#undef A32_ENUM
/* clang-format on */

/* The condition that holds exactly when @cond does not; never asked of AL. */
static inline enum a32_cond a32_cond_invert(enum a32_cond cond)
{
	return (enum a32_cond)(cond ^ 1);
}

static inline u32 a32_field(u32 value, unsigned int lowest_bit)
{
	return value << lowest_bit;
}

/* --- Operand 2 ------------------------------------------------------------ */

/* The last operand of data processing: bits 25 and 11..0. */
struct a32_op2 {
	u32 bits;
};

/* 1 rot. imm8....: 8 bits, rotated right by an even count. */
static inline bool __must_check a32_op2_imm_make(struct a32_op2 *op2, u64 v)
{
	u32 rot, imm8;

	if (v > U32_MAX)
		return false;
	for (rot = 0; rot < 16; rot++) {
		imm8 = rol32((u32)v, 2 * rot);
		if (imm8 > 0xff)
			continue;
		op2->bits = a32_field(1, 25) | a32_field(rot, 8) | imm8;
		return true;
	}
	return false;
}

/* imm5. type 0 Rm..: a register shifted by a constant. */
static inline bool __must_check a32_shift_bits(u32 *bits, enum a32_reg rm,
					       enum a32_shift type, u64 amount)
{
	const bool is_right = type == A32_SHIFT_LSR || type == A32_SHIFT_ASR;
	const u32 lowest = type != A32_SHIFT_LSL;

	/* 0 in the field means 32 for LSR and ASR, and RRX for ROR. */
	if (amount < lowest || amount > (is_right ? 32 : 31))
		return false;
	*bits = a32_field((u32)amount & 31, 7) | a32_field(type, 5) |
		a32_field(rm, 0);
	return true;
}

/* LSL 0..31, LSR and ASR 1..32, ROR 1..31. rm may be pc. */
static inline bool __must_check a32_op2_shift_make(struct a32_op2 *op2,
						   enum a32_reg rm,
						   enum a32_shift type,
						   u64 amount)
{
	return a32_shift_bits(&op2->bits, rm, type, amount);
}

static inline struct a32_op2 a32_op2_reg(enum a32_reg rm)
{
	return (struct a32_op2){ .bits = a32_field(rm, 0) };
}

/* Rotated right by one through the carry. */
static inline struct a32_op2 a32_op2_rrx(enum a32_reg rm)
{
	return (struct a32_op2){ .bits = a32_field(A32_SHIFT_ROR, 5) |
					 a32_field(rm, 0) };
}

/* Rs.. 0 type 1 Rm..: by the low byte of rs; 32 and more shift all out. */
static inline struct a32_op2
a32_op2_shift_reg(enum a32_reg rm, enum a32_shift type, enum a32_reg rs)
{
	return (struct a32_op2){ .bits = a32_field(rs, 8) | a32_field(type, 5) |
					 BIT(4) | a32_field(rm, 0) };
}

/* --- Data processing ------------------------------------------------------ */

/*
 * cond 00 I opcode S Rn.. Rd.. operand2....   data processing
 * rn may be pc; rd must not, which would be a jump.
 */
static inline u32 a32_dp(enum a32_dp op, enum a32_cond cond, bool set_flags,
			 enum a32_reg rd, enum a32_reg rn, struct a32_op2 op2)
{
	return a32_field(cond, 28) | op | a32_field(set_flags, 20) |
	       a32_field(rn, 16) | a32_field(rd, 12) | op2.bits;
}

/* cond 00 I opcode S 0000 Rd.. operand2....   move, move inverted */
static inline u32 a32_move(enum a32_move op, enum a32_cond cond, bool set_flags,
			   enum a32_reg rd, struct a32_op2 op2)
{
	return a32_field(cond, 28) | op | a32_field(set_flags, 20) |
	       a32_field(rd, 12) | op2.bits;
}

/* cond 00 I opcode 1 Rn.. 0000 operand2....   compare and test */
static inline u32 a32_test(enum a32_test op, enum a32_cond cond,
			   enum a32_reg rn, struct a32_op2 op2)
{
	return a32_field(cond, 28) | op | a32_field(rn, 16) | op2.bits;
}

/* 0..65535: bits 19..16 and 11..0. */
struct a32_movimm {
	u32 bits;
};

static inline bool __must_check a32_movimm_make(struct a32_movimm *imm, u64 v)
{
	if (v > 0xffff)
		return false;
	imm->bits = a32_field((u32)v >> 12, 16) | ((u32)v & 0xfff);
	return true;
}

/* cond 0011 0T00 imm4 Rd.. imm12.......   MOVW clears the top, MOVT keeps */
static inline u32 a32_movw(enum a32_movw op, enum a32_cond cond,
			   enum a32_reg rd, struct a32_movimm imm)
{
	return a32_field(cond, 28) | op | a32_field(rd, 12) | imm.bits;
}

/* --- Multiply and divide -------------------------------------------------- */

/* cond 0000000 0 Rd.. 0000 Rm.. 1001 Rn..   rd = rn * rm */
static inline u32 a32_mul(enum a32_mul op, enum a32_cond cond, enum a32_reg rd,
			  enum a32_reg rn, enum a32_reg rm)
{
	return a32_field(cond, 28) | op | a32_field(rd, 16) | a32_field(rm, 8) |
	       a32_field(rn, 0);
}

/* cond 00000 o 1 0 Rd.. Ra.. Rm.. 1001 Rn..   rd = ra +- rn * rm */
static inline u32 a32_mla(enum a32_mla op, enum a32_cond cond, enum a32_reg rd,
			  enum a32_reg rn, enum a32_reg rm, enum a32_reg ra)
{
	return a32_field(cond, 28) | op | a32_field(rd, 16) |
	       a32_field(ra, 12) | a32_field(rm, 8) | a32_field(rn, 0);
}

/*
 * cond 00001 op. 0 RdHi RdLo Rm.. 1001 Rn..   hi:lo = (hi:lo +) rn * rm
 * hi and lo differ.
 */
static inline u32 a32_mull(enum a32_mull op, enum a32_cond cond,
			   enum a32_reg lo, enum a32_reg hi, enum a32_reg rn,
			   enum a32_reg rm)
{
	return a32_field(cond, 28) | op | a32_field(hi, 16) |
	       a32_field(lo, 12) | a32_field(rm, 8) | a32_field(rn, 0);
}

/* cond 01110 0U1 Rd.. 1111 Rm.. 0001 Rn..   rd = rn / rm, where the CPU can */
static inline u32 a32_div(enum a32_div op, enum a32_cond cond, enum a32_reg rd,
			  enum a32_reg rn, enum a32_reg rm)
{
	return a32_field(cond, 28) | op | a32_field(rd, 16) | a32_field(rm, 8) |
	       a32_field(rn, 0);
}

/* --- Bits ----------------------------------------------------------------- */

/* cond ... Rd.. .... .... Rm..   one source */
static inline u32 a32_unary(enum a32_unary op, enum a32_cond cond,
			    enum a32_reg rd, enum a32_reg rm)
{
	return a32_field(cond, 28) | op | a32_field(rd, 12) | a32_field(rm, 0);
}

/* A rotation of 0, 8, 16 or 24 to the right: bits 11..10. */
struct a32_rot8 {
	u32 bits;
};

static inline bool __must_check a32_rot8_make(struct a32_rot8 *rot, u64 amount)
{
	if (amount > 24 || (amount & 7))
		return false;
	rot->bits = a32_field((u32)amount >> 3, 10);
	return true;
}

/* cond 01101 op. 1111 Rd.. rot 00 0111 Rm..   extend a byte or a halfword */
static inline u32 a32_extend(enum a32_extend op, enum a32_cond cond,
			     enum a32_reg rd, enum a32_reg rm,
			     struct a32_rot8 rot)
{
	return a32_field(cond, 28) | op | a32_field(rd, 12) | rot.bits |
	       a32_field(rm, 0);
}

/* @width bits from bit @lsb, at least one. */
struct a32_bits {
	u8 lsb;
	u8 width;
};

static inline bool __must_check a32_bits_make(struct a32_bits *range, u64 lsb,
					      u64 width)
{
	if (lsb > 31 || !width || width > 32 - lsb)
		return false;
	range->lsb = (u8)lsb;
	range->width = (u8)width;
	return true;
}

/* cond 01111 U1 width. Rd.. lsb.. 101 Rn..   extract */
static inline u32 a32_bfx(enum a32_bfx op, enum a32_cond cond, enum a32_reg rd,
			  enum a32_reg rn, struct a32_bits range)
{
	return a32_field(cond, 28) | op | a32_field(range.width - 1u, 16) |
	       a32_field(rd, 12) | a32_field(range.lsb, 7) | a32_field(rn, 0);
}

/* cond 01111 10 msb.. Rd.. lsb.. 001 Rn..   insert; BFC where rn is 1111 */
static inline u32 a32_bfi(enum a32_cond cond, enum a32_reg rd, enum a32_reg rn,
			  struct a32_bits range)
{
	return a32_field(cond, 28) | 0x07c00010 |
	       a32_field(range.lsb + range.width - 1u, 16) | a32_field(rd, 12) |
	       a32_field(range.lsb, 7) | a32_field(rn, 0);
}

static inline u32 a32_bfc(enum a32_cond cond, enum a32_reg rd,
			  struct a32_bits range)
{
	return a32_bfi(cond, rd, A32_PC, range);
}

/* --- Loads and stores ------------------------------------------------------
 *
 * With POST and PRE, rn is written, and is neither rt nor pc.
 */

/* -4095..4095 bytes: bit 23, set to add, and bits 11..0. */
struct a32_off12 {
	u32 bits;
};

static inline bool __must_check a32_off12_make(struct a32_off12 *off,
					       s64 off_bytes)
{
	if (off_bytes < -4095 || off_bytes > 4095)
		return false;
	off->bits = off_bytes < 0 ? (u32)-off_bytes
				  : a32_field(1, 23) | (u32)off_bytes;
	return true;
}

/* cond 010 P U B W L Rn.. Rt.. imm12.......   rn may be pc, see a32_lit() */
static inline u32 a32_ldst_imm(enum a32_ldst op, enum a32_cond cond,
			       enum a32_mode mode, enum a32_reg rt,
			       enum a32_reg rn, struct a32_off12 off)
{
	return a32_field(cond, 28) | op | mode | a32_field(rn, 16) |
	       a32_field(rt, 12) | off.bits;
}

/* A register, shifted, that is added or subtracted: bits 25, 23, 11..0. */
struct a32_index {
	u32 bits;
};

static inline bool __must_check a32_index_make(struct a32_index *index,
					       bool subtract, enum a32_reg rm,
					       enum a32_shift type, u64 amount)
{
	u32 bits;

	if (!a32_shift_bits(&bits, rm, type, amount))
		return false;
	index->bits = a32_field(1, 25) | a32_field(!subtract, 23) | bits;
	return true;
}

/* cond 011 P U B W L Rn.. Rt.. imm5. type 0 Rm..   register offset */
static inline u32 a32_ldst_reg(enum a32_ldst op, enum a32_cond cond,
			       enum a32_mode mode, enum a32_reg rt,
			       enum a32_reg rn, struct a32_index index)
{
	return a32_field(cond, 28) | op | mode | a32_field(rn, 16) |
	       a32_field(rt, 12) | index.bits;
}

/* -255..255 bytes: bit 23, bit 22, and bits 11..8 and 3..0. */
struct a32_off8 {
	u32 bits;
};

static inline bool __must_check a32_off8_make(struct a32_off8 *off,
					      s64 off_bytes)
{
	u32 abs;

	if (off_bytes < -255 || off_bytes > 255)
		return false;
	abs = (u32)(off_bytes < 0 ? -off_bytes : off_bytes);
	off->bits = a32_field(off_bytes >= 0, 23) | a32_field(1, 22) |
		    a32_field(abs >> 4, 8) | (abs & 0xf);
	return true;
}

/* An unshifted register as the offset: bit 23, and bits 3..0. */
static inline struct a32_off8 a32_off8_reg(bool subtract, enum a32_reg rm)
{
	return (struct a32_off8){ .bits = a32_field(!subtract, 23) |
					  a32_field(rm, 0) };
}

/* cond 000 P U I W L Rn.. Rt.. imm4 1 S H 1 imm4   halfword, signed byte */
static inline u32 a32_ldsth(enum a32_ldsth op, enum a32_cond cond,
			    enum a32_mode mode, enum a32_reg rt,
			    enum a32_reg rn, struct a32_off8 off)
{
	return a32_field(cond, 28) | op | mode | a32_field(rn, 16) |
	       a32_field(rt, 12) | off.bits;
}

/*
 * cond 000 P U I W 0 Rn.. Rt.. imm4 1 1 S 1 imm4   doubleword
 * The address is 4-aligned. A register offset of LDRD is not one it loads.
 */
static inline u32 a32_ldstd(enum a32_ldstd op, enum a32_cond cond,
			    enum a32_mode mode, enum a32_even rt,
			    enum a32_reg rn, struct a32_off8 off)
{
	return a32_field(cond, 28) | op | mode | a32_field(rn, 16) |
	       a32_field(rt, 12) | off.bits;
}

/* A set of registers, not empty: bits 15..0. */
struct a32_regs {
	u32 bits;
};

static inline bool __must_check a32_regs_make(struct a32_regs *regs, u64 mask)
{
	if (!mask || mask > 0xffff)
		return false;
	regs->bits = (u32)mask;
	return true;
}

/*
 * cond 100 P U 0 W L Rn.. register_list...   load and store multiple
 * With writeback rn is not loaded. The address is 4-aligned.
 */
static inline u32 a32_ldm(enum a32_ldm op, enum a32_cond cond, bool writeback,
			  enum a32_reg rn, struct a32_regs regs)
{
	return a32_field(cond, 28) | op | a32_field(writeback, 21) |
	       a32_field(rn, 16) | regs.bits;
}

static inline u32 a32_push(enum a32_cond cond, struct a32_regs regs)
{
	return a32_ldm(A32_LDM_STMDB, cond, true, A32_SP, regs);
}

/* With pc in the set, a return. */
static inline u32 a32_pop(enum a32_cond cond, struct a32_regs regs)
{
	return a32_ldm(A32_LDM_LDMIA, cond, true, A32_SP, regs);
}

/* cond 00011 sz. 1 Rn.. Rt.. 1111 1001 1111   load exclusive */
static inline u32 a32_ldrex(enum a32_ldrex op, enum a32_cond cond,
			    enum a32_reg rt, enum a32_reg rn)
{
	return a32_field(cond, 28) | op | a32_field(rn, 16) | a32_field(rt, 12);
}

/* The same of 8 bytes, which are 8-aligned. */
static inline u32 a32_ldrexd(enum a32_cond cond, enum a32_even rt,
			     enum a32_reg rn)
{
	return a32_field(cond, 28) | 0x01b00f9f | a32_field(rn, 16) |
	       a32_field(rt, 12);
}

/*
 * cond 00011 sz. 0 Rn.. Rd.. 1111 1001 Rt..   store exclusive
 * rd = 0 when it was stored, else 1; rd is neither rt nor rn.
 */
static inline u32 a32_strex(enum a32_strex op, enum a32_cond cond,
			    enum a32_reg rd, enum a32_reg rt, enum a32_reg rn)
{
	return a32_field(cond, 28) | op | a32_field(rn, 16) |
	       a32_field(rd, 12) | a32_field(rt, 0);
}

static inline u32 a32_strexd(enum a32_cond cond, enum a32_reg rd,
			     enum a32_even rt, enum a32_reg rn)
{
	return a32_field(cond, 28) | 0x01a00f90 | a32_field(rn, 16) |
	       a32_field(rd, 12) | a32_field(rt, 0);
}

/* --- Branches and literals ------------------------------------------------ */

/* -32 MiB + 8 .. 32 MiB + 4 bytes from the instruction: bits 23..0. */
struct a32_imm24 {
	u32 bits;
};

static inline bool __must_check a32_imm24_make(struct a32_imm24 *imm,
					       s64 off_bytes)
{
	const s64 limit = 32 << 20;

	if ((off_bytes & 3) || off_bytes < 8 - limit || off_bytes >= 8 + limit)
		return false;
	imm->bits = ((u32)off_bytes - 8) >> 2 & 0xffffff;
	return true;
}

/* cond 101 L imm24...................   branch, branch and link */
static inline u32 a32_branch(enum a32_branch op, enum a32_cond cond,
			     struct a32_imm24 off)
{
	return a32_field(cond, 28) | op | off.bits;
}

/* cond 00010010 1111 1111 1111 00L1 Rm..   branch to a register */
static inline u32 a32_branch_reg(enum a32_branch_reg op, enum a32_cond cond,
				 enum a32_reg rm)
{
	return a32_field(cond, 28) | op | a32_field(rm, 0);
}

/* 8 - 4095 .. 8 + 4095 bytes from the instruction. */
static inline bool __must_check a32_lit_make(struct a32_off12 *off,
					     s64 off_bytes)
{
	if (off_bytes < 8 - 4095 || off_bytes > 8 + 4095)
		return false;
	return a32_off12_make(off, off_bytes - 8);
}

/* cond 0101 U 0 0 1 1111 Rt.. imm12.......   load a word from the pool */
static inline u32 a32_lit(enum a32_cond cond, enum a32_reg rt,
			  struct a32_off12 off)
{
	return a32_ldst_imm(A32_LDST_LDR, cond, A32_MODE_OFFSET, rt, A32_PC,
			    off);
}

/* --- System --------------------------------------------------------------- */

/* 1111 0101 0111 1111 1111 0000 op.. opt.   CLREX and DMB */
static inline u32 a32_system(enum a32_system op)
{
	return op;
}

/* cond 00110010 0000 1111 0000 00000000   the hint, not a move */
static inline u32 a32_nop(enum a32_cond cond)
{
	return a32_field(cond, 28) | 0x0320f000;
}

/* 0..65535, of a trap: bits 19..8 and 3..0. */
struct a32_uimm16 {
	u32 bits;
};

static inline bool __must_check a32_uimm16_make(struct a32_uimm16 *imm, u64 v)
{
	if (v > 0xffff)
		return false;
	imm->bits = a32_field((u32)v >> 4, 8) | ((u32)v & 0xf);
	return true;
}

/* 1110 01111111 imm12....... 1111 imm4   permanently undefined */
static inline u32 a32_udf(struct a32_uimm16 imm)
{
	return 0xe7f000f0 | imm.bits;
}

/* 1110 00010010 imm12....... 0111 imm4   breakpoint */
static inline u32 a32_bkpt(struct a32_uimm16 imm)
{
	return 0xe1200070 | imm.bits;
}

#endif
