/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Duties: the safety conditions of an instruction, as data. transfer moves
 * states as if they were all met; check says whether they are.
 */
#ifndef WEIR_VERIFIER_DUTY_H
#define WEIR_VERIFIER_DUTY_H

#include <linux/types.h>

struct bpf_insn;

/**
 * enum weir_duty_kind - what must hold
 *
 * That R10 is not written is the program's form (base/prog.c). The last five
 * are those that teach something when they are met (learn.c).
 *
 * @WEIR_DUTY_INIT:	@reg was written
 * @WEIR_DUTY_SCALAR:	@reg is a number
 * @WEIR_DUTY_ARITH:	@reg and @src may be added or subtracted (@op); with @size
 *			4, their low halves
 * @WEIR_DUTY_COMPARE:	@reg and @src may be compared
 * @WEIR_DUTY_STORE:	the value of @src may be kept at @reg
 * @WEIR_DUTY_ARGS:	what pointers to the stack are handed on point to exists
 * @WEIR_DUTY_HELPER:	the helper may be called here
 * @WEIR_DUTY_RETURN:	R0 may leave the program; with @mode READ a subprogram,
 *		as a pointer if need be
 * @WEIR_DUTY_EXIT:	nothing is held
 * @WEIR_DUTY_FUEL:	the run ends some time
 * @WEIR_DUTY_ACCESS:	@size bytes at @reg + @off may be accessed, by @mode
 * @WEIR_DUTY_LOAD_PACKET: an LD_ABS or LD_IND may read the packet
 * @WEIR_DUTY_ARGUMENT:	a helper's argument in @reg fits the type @op
 * @WEIR_DUTY_AHEAD:	a loop that comes accesses these bytes at @reg (ahead.h)
 * @WEIR_DUTY_AHEAD_INDEX: it loads these bytes of the packet from index @src on
 */
enum weir_duty_kind {
	WEIR_DUTY_INIT,
	WEIR_DUTY_SCALAR,
	WEIR_DUTY_ARITH,
	WEIR_DUTY_COMPARE,
	WEIR_DUTY_STORE,
	WEIR_DUTY_ARGS,
	WEIR_DUTY_HELPER,
	WEIR_DUTY_RETURN,
	WEIR_DUTY_EXIT,
	WEIR_DUTY_FUEL,
	WEIR_DUTY_ACCESS,
	WEIR_DUTY_LOAD_PACKET,
	WEIR_DUTY_ARGUMENT,
	WEIR_DUTY_AHEAD,
	WEIR_DUTY_AHEAD_INDEX,
};

/* weir_duty.mode */
#define WEIR_MODE_READ (1u << 0)
#define WEIR_MODE_WRITE (1u << 1)
#define WEIR_MODE_SIGNED (1u << 2)

#define WEIR_DUTY_IMM 0xff /* @src: the immediate, not a register */

/**
 * struct weir_duty - one condition
 * @kind:	enum weir_duty_kind
 * @reg:	register it is about
 * @src:	second register, or WEIR_DUTY_IMM; of arguments the register
 *		with the map
 * @op:		BPF_ADD or BPF_SUB; enum weir_helper_arg
 * @size:	bytes of an access
 * @mode:	WEIR_MODE_*; both for atomics
 * @off:	constant offset of an access from @reg
 * @below:	so many bytes before the access are asked for, too (ahead.h)
 * @above:	and so many behind it
 */
struct weir_duty {
	u8 kind;
	u8 reg;
	u8 src;
	u8 op;
	u8 size;
	u8 mode;
	s32 off;
	u16 below;
	u16 above;
};

/** weir_duty_is_wide() - does it ask for more than its own access? */
static inline bool weir_duty_is_wide(const struct weir_duty *d)
{
	return d->below || d->above;
}

#define WEIR_MAX_DUTIES 8

/**
 * weir_duty_list() - the duties of one instruction
 * @insn:	instruction
 * @fuel:	its taken edge may be part of a cycle, or its call of too many
 * @out:	room for WEIR_MAX_DUTIES
 *
 * In the order in which they are to be checked. Return: their number.
 */
u32 weir_duty_list(const struct bpf_insn *insn, bool fuel,
		   struct weir_duty *out);

#endif
