/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The IR: what a program does, in three-address form, one flat array. A basic
 * block is a run of it; blocks lie in the order of the program, each falls
 * into the next unless it ends in JMP, EXIT or RETURN. A BR may stand inside a
 * block: it is an exit from it. Registers are the program's eleven and a few
 * of the run's, all 64 bits wide; nothing here knows of machine registers.
 *
 * An operation without IR_64 computes with the low halves and clears the upper
 * half of its result, as the program's own 32-bit instructions do.
 */
#ifndef WEIR_JIT_IR_H
#define WEIR_JIT_IR_H

#include <linux/types.h>
#include "uapi/weir.h"

/* The program's R0 to R10 have their own numbers. */
enum weir_ir_reg {
	IR_R0 = 0,
	IR_R1 = 1,
	IR_R2 = 2,
	IR_R5 = 5,
	IR_R6 = 6,
	IR_R9 = 9,
	IR_R10 = 10, /* never written: the frame's upper end */
	IR_RUN = 11, /* struct weir_run */
	IR_PKT = 12, /* run->data */
	IR_LEN = 13, /* run->linear_len */
	IR_FUEL = 14, /* run->fuel, counting down */
	IR_REM = 15, /* packet bytes behind an index, may be < 0 */
	IR_PTR = 16, /* packet start + that index */
	IR_NR_REGS,
	IR_NONE = 0xff,
};

#define IR_BIT(reg) (1u << (reg))
#define IR_PROGRAM_REGS 0x7ffu /* R0 to R10 */
#define IR_ARGUMENTS 0x3eu /* R1 to R5 */
#define IR_CALLER_SAVED 0x3fu /* R0 to R5 */
#define IR_CALLBACK_ARGUMENTS 0x1eu /* R1 to R4 */

/*
 *  _(OP, "name", reads of dst a b, writes dst)
 *
 * "d" in the reads column: dst is read too. b is read unless IR_IMM is set.
 */
#define WEIR_IR_OPS(_)                                                 \
	_(NOP, "nop", 0)                                               \
	_(MOV, "mov", IR_READS_A | IR_WRITES | IR_PURE)                \
	_(MOVI, "movi", IR_WRITES | IR_PURE)                           \
	_(ADD, "add", IR_BINARY)                                       \
	_(SUB, "sub", IR_BINARY)                                       \
	_(MUL, "mul", IR_BINARY)                                       \
	_(DIV, "div", IR_BINARY)                                       \
	_(MOD, "mod", IR_BINARY)                                       \
	_(SDIV, "sdiv", IR_BINARY)                                     \
	_(SMOD, "smod", IR_BINARY)                                     \
	_(AND, "and", IR_BINARY)                                       \
	_(OR, "or", IR_BINARY)                                         \
	_(XOR, "xor", IR_BINARY)                                       \
	_(LSH, "lsh", IR_BINARY)                                       \
	_(RSH, "rsh", IR_BINARY)                                       \
	_(ARSH, "arsh", IR_BINARY)                                     \
	_(ROR, "ror", IR_READS_A | IR_WRITES | IR_PURE)                \
	_(NEG, "neg", IR_READS_A | IR_WRITES | IR_PURE)                \
	_(SWAP, "swap", IR_READS_A | IR_WRITES | IR_PURE)              \
	_(ZX, "zx", IR_READS_A | IR_WRITES | IR_PURE)                  \
	_(SX, "sx", IR_READS_A | IR_WRITES | IR_PURE)                  \
	_(UBFX, "ubfx", IR_READS_A | IR_WRITES | IR_PURE)              \
	_(UBFIZ, "ubfiz", IR_READS_A | IR_WRITES | IR_PURE)            \
	_(ADDR, "addr", IR_WRITES | IR_PURE)                           \
	_(PARAM, "param", IR_WRITES | IR_PURE)                         \
	_(LD, "ld", IR_READS_A | IR_WRITES | IR_PURE)                  \
	_(ST, "st", IR_READS_A | IR_READS_B)                           \
	_(ATOMIC, "atomic", IR_READS_A | IR_READS_B | IR_IMPLIED)      \
	_(BR, "br", IR_READS_A | IR_READS_B)                           \
	_(JMP, "jmp", 0)                                               \
	_(CALL, "call", IR_IMPLIED)                                    \
	_(CALLSUB, "callsub", IR_IMPLIED)                              \
	_(QUIT, "quit", IR_IMPLIED)                                    \
	_(ENTER, "enter", 0)                                           \
	_(CALLBACK, "callback", IR_IMPLIED)                            \
	_(EXIT, "exit", IR_IMPLIED)                                    \
	_(RETURN, "return", IR_IMPLIED)                                \
	_(TAIL, "tail", IR_IMPLIED)                                    \
	_(GUARD_LEN, "guard.len", IR_IMPLIED)                          \
	_(GUARD_REM, "guard.rem", IR_READS_A | IR_WRITES | IR_IMPLIED) \
	_(GUARD_LESS, "guard.less", IR_READS_A | IR_IMPLIED)           \
	_(GUARD_INDEX, "guard.index", IR_READS_A | IR_IMPLIED)         \
	_(GUARD_RANGE, "guard.range", IR_READS_A | IR_IMPLIED)         \
	_(GUARD_STACK, "guard.stack", IR_READS_A | IR_IMPLIED)         \
	_(GUARD_VALUE, "guard.value", IR_READS_A | IR_IMPLIED)         \
	_(GUARD_NULL, "guard.null", IR_READS_A | IR_IMPLIED)           \
	_(GUARD_ENDED, "guard.ended", IR_IMPLIED)                      \
	_(GUARD_FUEL, "guard.fuel", IR_IMPLIED)

#define IR_READS_A 1u
#define IR_READS_B 2u
#define IR_WRITES 4u
#define IR_PURE 8u /* may be dropped when the result is dead */
#define IR_IMPLIED 16u /* reads or writes more than its operands */
#define IR_BINARY (IR_READS_A | IR_READS_B | IR_WRITES | IR_PURE)

enum weir_ir_op {
#define _(op, name, shape) IR_##op,
	WEIR_IR_OPS(_)
#undef _
	IR_NR_OPS
};

/* Conditions; bit 0 inverts. SET: a & b is not 0. */
enum weir_ir_cond {
	IR_EQ,
	IR_NE,
	IR_LT,
	IR_GE,
	IR_LE,
	IR_GT,
	IR_SLT,
	IR_SGE,
	IR_SLE,
	IR_SGT,
	IR_CLEAR,
	IR_SET,
	IR_NR_CONDS
};

static inline enum weir_ir_cond weir_ir_cond_invert(enum weir_ir_cond cond)
{
	return (enum weir_ir_cond)(cond ^ 1);
}

/* weir_ir_insn.flags */
#define IR_64 (1u << 0) /* 64-bit operation */
#define IR_IMM (1u << 1) /* imm takes the place of b */
#define IR_SWAPPED (1u << 2) /* LD: reverse the bytes; then size 2, 4, 8 */
#define IR_SIGNED (1u << 3) /* LD: sign-extend, to 64 bits with IR_64 */
#define IR_UXT_B (1u << 4) /* 64-bit ADD: low half of b, zero-extended */
#define IR_LOW_OK (1u << 5) /* GUARD_RANGE: the lower end is proven */
#define IR_ALIGNED (1u << 6) /* ATOMIC: address proven aligned */
#define IR_SHIFTED (1u << 7) /* ALU: b is shifted first; in size, cond */
#define IR_MASKED (1u << 2) /* BR ==, !=: see weir_ir_masked() */
#define IR_SHORT (1u << 3) /* BR: over operations that a condition can guard */
#define IR_ADDRESS (1u << 5) /* see below */

/* How b is shifted first. */
enum weir_ir_shift {
	IR_SHIFT_LSL,
	IR_SHIFT_LSR,
	IR_SHIFT_ASR,
	IR_SHIFT_ROR,
	IR_NR_SHIFTS
};

/**
 * struct weir_ir_insn - one operation
 * @op:		enum weir_ir_op
 * @flags:	IR_*
 * @dst:	result
 * @a:		first operand; address base of LD, ST and ATOMIC
 * @b:		second operand; value of ST and ATOMIC
 * @size:	bytes of LD, ST, ATOMIC, SWAP, ZX, SX; with IR_SHIFTED: the count;
 *		of ADDR what it is the address of: WEIR_RELOC_MAP,
 *		WEIR_RELOC_VALUES (jit/image.h)
 * @cond:	of BR: jump if a cond b; with IR_SHIFTED: enum weir_ir_shift
 * @nr_args:	of CALL: R1 up to which are read
 * @pc:		eBPF slot it was made from
 * @target:	BR, JMP, CALLSUB: block. GUARD_*: index of the guard.
 *		CALL: helper id. ADDR: index of the map. PARAM: its number
 * @off:	LD, ST, ATOMIC: added to a
 * @live:	registers of the program that are read later
 * @live_hi:	of those, with their upper half
 * @zero_hi:	registers whose upper half is zero before it
 * @imm:	second operand with IR_IMM, sign-extended (IR_64) or below 2^32;
 *		ADDR: added to the address; PARAM: no bit over those of this
 *		number is set in it;
 *		ROR: the count; UBFX, UBFIZ: see weir_ir_field(); ATOMIC: BPF's operation;
 *		GUARD_LEN, GUARD_REM, GUARD_LESS: bytes needed;
 *		GUARD_INDEX, GUARD_RANGE, GUARD_STACK, GUARD_VALUE: see
 *		weir_ir_range()
 *
 * With IR_SHIFTED, ADD, SUB, AND, OR and XOR take b as shifted in their width;
 * with IR_UXT_B too, its low half, shifted in 32 bits.
 *
 * With IR_ADDRESS a CALL gives an address or 0, ST stores such a value, ADD makes
 * an address, and LSH and MUL what is added for it: where addresses have 32 bits
 * none of them has an upper half.
 *
 * PARAM	the live parameter, of @size bytes, as it is now; zero-extended
 * ROR		rotate right by imm, below the width and not 0
 * QUIT		leave the image if the run has ended: a guard of something that
 *		was called ended it
 * CALLBACK	what the run time calls begins: a frame like the entry's; R1 to
 *		R4 are its arguments
 * TAIL		leave the frame and go to the code at R0
 * GUARD_LEN	leave unless imm <= LEN
 * GUARD_REM	dst = LEN - low half of a; leave unless imm <= dst (signed)
 * GUARD_LESS	leave unless imm <= a; a comes from GUARD_REM
 * GUARD_INDEX	leave unless [low half of a + lo, .. + size) is in [0, LEN)
 * GUARD_RANGE	leave unless [a + lo, a + lo + size) is in [PKT, PKT + LEN)
 * GUARD_STACK	the same for the frame, [R10 - stack, R10)
 * GUARD_VALUE	the same for the map value that weir_ir.guard tells of
 * GUARD_NULL	leave if a is 0
 * GUARD_ENDED	QUIT; leave if what was called ran out of fuel
 * GUARD_FUEL	leave if FUEL is 0, else count it down
 */
struct weir_ir_insn {
	u8 op;
	u8 flags;
	u8 dst;
	u8 a;
	u8 b;
	u8 size;
	u8 cond;
	u8 nr_args;
	u32 pc;
	union {
		u32 target;
		s32 off;
	};
	u16 live;
	u16 live_hi;
	u16 zero_hi;
	u16 reserved;
	s64 imm;
};

/* A bit field: UBFX gives bits [lsb, lsb + width) at 0, UBFIZ the low width
 * bits at lsb.
 */
static inline s64 weir_ir_field(u32 lsb, u32 width)
{
	return (s64)(lsb | width << 8);
}

static inline u32 weir_ir_field_lsb(s64 imm)
{
	return (u32)imm & 0xff;
}

static inline u32 weir_ir_field_width(s64 imm)
{
	return (u32)imm >> 8;
}

/* BR with IR_MASKED compares (a & mask) with a value, in 32 bits. */
static inline s64 weir_ir_masked(u32 mask, u32 value)
{
	return (s64)((u64)mask << 32 | value);
}

static inline u32 weir_ir_mask(s64 imm)
{
	return (u32)((u64)imm >> 32);
}

/* A range of bytes relative to a register. */
static inline s64 weir_ir_range(s32 lo, u32 size)
{
	return (s64)((u64)(u32)lo | (u64)size << 32);
}

static inline s32 weir_ir_range_lo(s64 imm)
{
	return (s32)(u32)imm;
}

static inline u32 weir_ir_range_size(s64 imm)
{
	return (u32)((u64)imm >> 32);
}

/**
 * struct weir_ir_block - a basic block
 * @first:	its first operation; it ends where the next block begins
 * @pc:		eBPF slot it begins at
 * @live_in:	registers (IR_BIT) read from its start on
 * @live_in_hi:	of those, with their upper half
 * @written:	registers written on every way to it; see weir_ir_exits()
 * @nr_jumps:	BR and JMP that lead here, from anywhere
 * @flags:	IR_BLOCK_*
 */
struct weir_ir_block {
	u32 first;
	u32 pc;
	u32 live_in;
	u32 live_in_hi;
	u32 written;
	u32 nr_jumps;
	u32 flags;
};

#define IR_BLOCK_LOOP (1u << 0) /* some jump from below leads here */
#define IR_BLOCK_SUBPROG (1u << 1) /* a subprogram begins here */
#define IR_BLOCK_ENTRY (1u << 2) /* C enters here: nothing is written yet */

/*
 * Where to find what the program's registers held when a guard failed: per
 * register the IR register that has it, or IR_NONE if nobody may read it any
 * more. IR_RUN, IR_PKT and IR_LEN stand for values of the run.
 */
struct weir_ir_exit {
	u8 from[WEIR_NR_REGS];
	u8 nr_known; /* constants, at weir_ir.known[known] */
	u16 low_only;
	u32 known;
};

/* At some guard a register has this value, whether or not it is in one. */
struct weir_ir_known {
	u64 value;
	u8 reg;
};

/**
 * struct weir_ir - a program
 * @insn:	operations
 * @nr_insns:	their number
 * @block:	blocks, and one more that marks the end
 * @nr_blocks:	their number, without it
 * @nr_slots:	eBPF slots of the program
 * @nr_guards:	guards of the program
 * @exit:	per guard
 * @known:	@nr_known, by guard
 * @guard:	the facts' guards
 * @stack_bytes: bytes below R10 that a frame may use
 * @fail_verdict: of a run that a guard ends
 * @nr_maps:	entries at @maps
 * @maps:	the program's
 * @params:	which of them is the block of its live parameters, or @nr_maps
 * @used:	IR registers that are read or written (IR_BIT)
 * @has_calls:	some CALL or CALLSUB
 * @has_subprogs: some CALLSUB
 * @err:	first error while it was built
 * @lost:	what is added after an error goes here
 */
struct weir_ir {
	struct weir_ir_insn *insn;
	u32 nr_insns;
	u32 cap_insns;
	struct weir_ir_block *block;
	u32 nr_blocks;
	u32 cap_blocks;
	u32 nr_slots;
	u32 nr_guards;
	struct weir_ir_exit *exit;
	struct weir_ir_known *known;
	u32 nr_known;
	u32 cap_known;
	const struct weir_guard *guard;
	u32 stack_bytes;
	u64 fail_verdict;
	u32 nr_maps;
	struct weir_map *const *maps;
	u32 params;
	u32 used;
	bool has_calls;
	bool has_subprogs;
	int err;
	struct weir_ir_insn lost;
	struct weir_ir_block lost_block;
};

struct weir_guard;
struct weir_log;
struct weir_map;

/** weir_ir_new() - an empty program with room for @nr_insns operations, which
 * may become more; or NULL if out of memory.
 */
struct weir_ir *weir_ir_new(u32 nr_insns);
void weir_ir_free(struct weir_ir *ir);

/** weir_ir_add() - append an operation; on error a scrap one that is lost. */
struct weir_ir_insn *weir_ir_add(struct weir_ir *ir, enum weir_ir_op op,
				 u32 pc);

/** weir_ir_begin_block() - the next operation begins a block. Return: it. */
struct weir_ir_block *weir_ir_begin_block(struct weir_ir *ir, u32 pc);

/** weir_ir_end() - mark the end of the last block. */
void weir_ir_end(struct weir_ir *ir);

/* IR_READS_A etc. of each operation. */
extern const u8 weir_ir_shapes[IR_NR_OPS];

/** weir_ir_shape() - IR_READS_A etc. of an operation. */
static inline u32 weir_ir_shape(enum weir_ir_op op)
{
	return weir_ir_shapes[op];
}

/* Of operations with IR_IMPLIED: what is not among the operands they name. */
u32 weir_ir_implied_reads(const struct weir_ir_insn *insn);
u32 weir_ir_implied_writes(const struct weir_ir_insn *insn);

/* What an operand's field names, which may be IR_NONE. */
static inline u32 weir_ir_operand(u8 reg)
{
	return reg < IR_NR_REGS ? IR_BIT(reg) : 0;
}

/** weir_ir_reads() - registers that @insn reads (IR_BIT). */
static inline u32 weir_ir_reads(const struct weir_ir_insn *insn)
{
	u32 shape = weir_ir_shape(insn->op);
	u32 mask = 0;

	if (shape & IR_READS_A)
		mask |= weir_ir_operand(insn->a);
	if ((shape & IR_READS_B) && !(insn->flags & IR_IMM))
		mask |= weir_ir_operand(insn->b);
	if (shape & IR_IMPLIED)
		mask |= weir_ir_implied_reads(insn);
	return mask;
}

/** weir_ir_writes() - registers whose old value is gone after it. */
static inline u32 weir_ir_writes(const struct weir_ir_insn *insn)
{
	u32 shape = weir_ir_shape(insn->op);
	u32 mask = shape & IR_WRITES ? IR_BIT(insn->dst) : 0;

	if (shape & IR_IMPLIED)
		mask |= weir_ir_implied_writes(insn);
	return mask;
}

/** weir_ir_is_gone() - is @reg dead behind @insn, or written by it? */
bool weir_ir_is_gone(const struct weir_ir_insn *insn, u8 reg);

/**
 * weir_ir_maker() - the operation that makes @reg for operation @user
 * @first:	where the block begins
 *
 * NULL if that is not just above, if anything between does more than compute, or
 * if somebody there reads @reg. Looks at a few operations only.
 */
struct weir_ir_insn *weir_ir_maker(struct weir_ir *ir, u32 first, u32 user,
				   u8 reg);

/** weir_ir_ends_block() - does control never reach the next operation? */
static inline bool weir_ir_ends_block(const struct weir_ir_insn *insn)
{
	return insn->op == IR_JMP || insn->op == IR_EXIT ||
	       insn->op == IR_RETURN || insn->op == IR_TAIL;
}

/** weir_ir_is_guard() - does its target name a guard? */
static inline bool weir_ir_is_guard(const struct weir_ir_insn *insn)
{
	return insn->op >= IR_GUARD_LEN;
}

/** weir_ir_compact() - drop NOPs and recount what blocks and registers are
 * used. Linear.
 */
void weir_ir_compact(struct weir_ir *ir);

/** weir_ir_print() - text for people. */
void weir_ir_print(const struct weir_ir *ir, struct weir_log *log);

#endif
