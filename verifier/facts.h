/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Facts: what the verifier knows about a program when it has accepted it. The
 * interpreter and the back ends read nothing else of the verifier. Frozen.
 *
 * Soundness contract, for whoever compiles from facts: in every run that
 * reaches an instruction, each fact given for it holds, provided that each
 * guard before it (in execution order) was tested and passed.
 */
#ifndef WEIR_VERIFIER_FACTS_H
#define WEIR_VERIFIER_FACTS_H

#include <linux/types.h>
#include "uapi/weir.h"

struct weir_prog;
struct weir_log;
struct weir_rejection;
struct weir_duty;
struct weir_finding;
struct weir_state;

/** enum weir_mem - what the address of a memory instruction points into */
enum weir_mem {
	WEIR_MEM_NONE = 0, /* not a memory instruction */
	WEIR_MEM_CTX, /* context field; off = offset in the context */
	WEIR_MEM_STACK, /* this frame's stack, or an outer frame's */
	WEIR_MEM_PACKET, /* packet bytes, or metadata before them */
	WEIR_MEM_BUFFER, /* the plain buffer of kind mem */
	WEIR_MEM_MAP_VALUE, /* or a ring buffer's record */
	WEIR_MEM_MIXED, /* one of several, all valid plain memory */
};

#define WEIR_OFF_VARIABLE S32_MIN

/* weir_insn_facts.flags */
#define WEIR_FACT_REACHED (1u << 0) /* some run may reach it */
#define WEIR_FACT_TAKEN (1u << 1) /* cond. jump: always taken */
#define WEIR_FACT_NOT_TAKEN (1u << 2) /* cond. jump: never taken */
#define WEIR_FACT_FUEL \
	(1u << 3) /* jump: taken edge burns fuel; call: it does */
#define WEIR_FACT_KNOWN (1u << 4) /* result in dst is always `known` */
#define WEIR_FACT_NONZERO_SRC (1u << 5) /* div/mod: divisor is not zero */
#define WEIR_FACT_BLOCK (1u << 6) /* a basic block starts here */
#define WEIR_FACT_LOOP (1u << 7) /* and it is a loop head */
#define WEIR_FACT_ALIGNED (1u << 8) /* address: a multiple of the size */
#define WEIR_FACT_KEY (1u << 10) /* lookup in array `map`: of index `known` */
#define WEIR_FACT_PARAM (1u << 9) /* load of the live parameter `param` */

/**
 * struct weir_insn_facts - what holds before (or of) one instruction slot
 * @live:	registers some later instruction may read, bit per register, on
 *		entry to this instruction
 * @live_hi:	of those, whose upper 32 bits may be read
 * @zero_hi:	registers whose upper 32 bits are zero on entry
 * @flags:	WEIR_FACT_*
 * @mem:	enum weir_mem
 * @nr_guards:	guards to test before the instruction takes effect
 * @base:	call of a helper: put R0 into run->base[@base] after it, since
 *		guards measure from there; or WEIR_NO_BASE
 * @map:	call of a helper: the map it is given is prog->maps[@map], in
 *		every run; else WEIR_NO_MAP
 * @guard:	index of the first of them; the rest follow
 * @off:	for CTX the constant offset; for STACK the constant offset from
 *		this frame's R10 (negative), or WEIR_OFF_VARIABLE
 * @param:	with WEIR_FACT_PARAM, its number
 * @known:	with WEIR_FACT_KNOWN, the 64-bit result; with WEIR_FACT_KEY, the
 *		index, which is below the entries of the array
 */
struct weir_insn_facts {
	u16 live;
	u16 live_hi;
	u16 zero_hi;
	u16 flags;
	u8 mem;
	u8 nr_guards;
	u8 base;
	u8 map;
	u32 guard;
	union {
		s32 off;
		u32 param;
	};
	u64 known;
};

#define WEIR_NO_REG 0xff
#define WEIR_NO_MAP 0xff
#define WEIR_NO_BASE 0xff
#define WEIR_BASE_CONST 0xfe /* the values of weir_guard.map */

/* weir_guard.form: how the tested range is given */
enum weir_guard_form {
	/*
	 * Offsets: the packet bytes [r + lo, r + hi), where r is the
	 * zero-extended low half of `reg`, or 0 with WEIR_NO_REG; all in
	 * 64-bit arithmetic without wrapping. (LD_ABS, LD_IND)
	 */
	WEIR_FORM_OFFSET,
	/*
	 * Pointer: the bytes [reg + lo, reg + hi) where reg holds a pointer
	 * into the object (packet, buffer, stack, map value) plus any
	 * variable part. Must not wrap and must lie inside the object. A map
	 * value lies at weir_guard.base and has weir_guard.size bytes.
	 */
	WEIR_FORM_POINTER,
	/* Null: reg must not be 0. (A pointer of any kind, all 64 bits.) */
	WEIR_FORM_NULL,
	/* Count: decrement a counter of the run, which must not be at 0. */
	WEIR_FORM_COUNT,
};

/**
 * struct weir_guard - one test that a run must pass to go on
 * @pc:		instruction it belongs to
 * @kind:	enum weir_guard_kind
 * @form:	enum weir_guard_form
 * @reg:	see the form
 * @check_lo:	lower end needs testing too (else it is proven)
 * @base:	where the object starts: in run->base[@base], which is not 0; or
 *		WEIR_BASE_CONST: at prog->maps[@map]->values; or WEIR_NO_BASE:
 *		@kind says it
 * @map:	see there
 * @size:	bytes of the object, if it has a @base
 * @lo:		first byte, relative to @reg
 * @hi:		one past the last byte
 * @why:	why it could not be proven, for people (static string)
 */
struct weir_guard {
	u32 pc;
	u8 kind;
	u8 form;
	u8 reg;
	u8 check_lo;
	u8 base;
	u8 map;
	s32 lo;
	s32 hi;
	u32 size;
	const char *why;
};

/**
 * struct weir_facts - all that is known of an accepted program
 * @nr_insns:	entries at @insn, as many as the program has slots
 * @insn:	per slot
 * @nr_guards:	entries at @guard
 * @guard:	in order of pc
 * @nr_accesses: memory accesses seen (proven or guarded)
 * @regs_used:	registers some reachable instruction reads or writes
 * @stack_bytes: bytes of the deepest frame; every frame is given as many
 * @depth_bytes: stack that the deepest chain of calls takes
 * @packet_bytes: packet bytes from its start that should be linear
 * @has_calls:	calls a helper or a subprogram
 * @has_loops:	something burns fuel
 * @fuel:	how often a run may burn it, so that no run is too long
 * @has_packet_loads: uses LD_ABS or LD_IND
 * @acquires:	calls a helper that acquires something (a record, a lock): a
 *		guard may end the run while it is held, and the run time gives
 *		it back then (run->held, run->lock)
 */
struct weir_facts {
	u32 nr_insns;
	struct weir_insn_facts *insn;
	u32 nr_guards;
	struct weir_guard *guard;
	u32 nr_accesses;
	u16 regs_used;
	u32 stack_bytes;
	u32 depth_bytes;
	u32 packet_bytes;
	u32 fuel;
	bool has_calls;
	bool has_loops;
	bool has_packet_loads;
	bool acquires;
};

/**
 * weir_verify() - decide whether a program may run, and what is known of it
 * @prog:	well-formed program
 * @strict:	refuse what would need a guard
 * @log:	text for people, may be NULL
 * @rej:	out: why it was refused
 * @out:	out: the facts; free with weir_facts_free()
 *
 * Work and memory are linear in the program's length. May sleep.
 * Return: 0, the errno of a rejection, or -ENOMEM.
 */
int weir_verify(const struct weir_prog *prog, bool strict, struct weir_log *log,
		struct weir_rejection *rej, struct weir_facts **out);

/**
 * struct weir_observer - who looks on, to tell people
 * @state:	before each instruction that a run may reach, once, the final
 *		state; blocks come in the order in which they settle
 * @finding:	what the check of one of its duties found out (verifier/check.h,
 *		verifier/duty.h); a refusal too, and then nothing follows
 *
 * What is handed in is only valid during the call.
 */
struct weir_observer {
	void (*state)(struct weir_observer *o, u32 pc,
		      const struct weir_state *s);
	void (*finding)(struct weir_observer *o, u32 pc,
			const struct weir_duty *duty,
			const struct weir_finding *finding);
};

/** weir_verify_observed() - weir_verify(), and somebody looks on */
int weir_verify_observed(const struct weir_prog *prog, bool strict,
			 struct weir_observer *observer,
			 struct weir_rejection *rej, struct weir_facts **out);

/** weir_facts_free() - give facts back; NULL is allowed */
void weir_facts_free(struct weir_facts *facts);

#endif
