/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Emission: from IR to words. What the shared passes ask of a back end
 * (struct weir_arch) and what a back end may use in turn (struct weir_emit).
 *
 * Words go out in this order:
 *
 *	entry, body, epilogue, stubs, exit trampoline, veneers, literal pool
 */
#ifndef WEIR_JIT_EMIT_H
#define WEIR_JIT_EMIT_H

#include <linux/types.h>
#include "jit/asmbuf.h"
#include "jit/image.h"
#include "jit/ir.h"

struct weir_arch;

/*
 * How far apart words of one image may be, which decides the branches used.
 * Code is emitted for the least; if it grows over that, for the next.
 */
enum weir_reach {
	WEIR_REACH_SHORT, /* every branch reaches everything */
	WEIR_REACH_MEDIUM, /* all but the shortest do (A64: TBZ) */
	WEIR_REACH_FAR, /* only unconditional ones do */
	WEIR_NR_REACHES
};

/**
 * struct weir_pending - a guard's branch that is still a trap word
 * @word:	where
 * @guard:	index of the guard
 * @branch:	the branch it becomes, its field empty
 * @kind:	that field
 */
struct weir_pending {
	u32 word;
	u32 guard;
	u32 branch;
	u8 kind;
};

/** struct weir_veneer - a helper that is called: a jump with full reach */
struct weir_veneer {
	u32 helper;
	struct weir_label label;
};

#define WEIR_MAX_VENEERS 256

/** struct weir_call_site - a direct call of a helper, by way of its veneer */
struct weir_call_site {
	u32 word;
	u32 helper;
};

#define WEIR_NO_MREG 0xff

/**
 * struct weir_frame - where things are while the program runs
 * @reg:	machine register of each IR register, or WEIR_NO_MREG
 * @temp:	machine registers that hold nothing, best first
 * @nr_temps:	their number
 * @saved:	callee-saved registers the entry saves (bit per register)
 * @sub_saved:	those that a subprogram saves
 * @bytes:	size of a frame; R10 is that far above sp
 * @above:	what of the entry's frame lies above R10, in bytes
 * @exists:	there is a frame at all
 * @sp_bytes:	how far sp is below its value at entry, while emitting
 */
struct weir_frame {
	u8 reg[IR_NR_REGS];
	u8 temp[16];
	u32 nr_temps;
	u32 saved;
	u32 sub_saved;
	u32 bytes;
	u32 above;
	bool exists;
	u32 sp_bytes;
};

/**
 * struct weir_emit - one emission under way
 * @first_block: label of block 0; those of the others follow
 * @epilogue:	label of the one epilogue
 * @sub_epilogue: label of the one that subprograms share
 * @leave:	label of the exit trampoline
 * @bridge_word: its other entry, or WEIR_NO_WORD: see weir_image.bridge_off
 * @bridge_reg:	likewise
 * @quit:	label of its end: the record is complete, leave the image
 * @quits:	something goes there
 * @callback:	where C enters functions of the program, with their pc
 * @stub:	word of each guard's stub, or WEIR_NO_WORD
 * @first_branch: word of each guard's first branch, or WEIR_NO_WORD
 * @pc_word:	first word of each eBPF slot, or WEIR_NO_WORD
 * @block_first: operation at which the block at hand begins
 * @block_end:	operation at which it ends
 * @first_guard: added to the numbers of guards in stubs
 * @revocable:	begin with a nop
 * @revoke_word: that nop, or WEIR_NO_WORD
 * @ends_body:	the operation at hand is the last one
 * @backend:	what else the back end has planned, from weir_host_alloc(); it
 *		goes with the emission
 */
struct weir_emit {
	const struct weir_arch *arch;
	const struct weir_ir *ir;
	u32 features;
	enum weir_reach reach;
	struct weir_asmbuf buf;
	struct weir_frame frame;
	u32 first_block;
	struct weir_label epilogue;
	struct weir_label sub_epilogue;
	struct weir_label leave;
	u32 bridge_word;
	u8 bridge_reg;
	struct weir_label quit;
	bool quits;
	struct weir_image_callback *callback;
	u32 nr_callbacks;
	u32 cap_callbacks;
	struct weir_pending *pending;
	u32 nr_pending;
	u32 cap_pending;
	struct weir_call_site *call;
	u32 nr_calls;
	u32 cap_calls;
	struct weir_veneer *veneer;
	u32 nr_veneers;
	u32 cap_veneers;
	u32 *stub;
	u32 *first_branch;
	u32 *pc_word;
	u32 body_word;
	u32 stubs_word;
	u32 pool_word;
	u32 block_first;
	u32 block_end;
	u32 first_guard;
	bool revocable;
	u32 revoke_word;
	bool ends_body;
	void *backend;
};

/**
 * struct weir_arch - a back end
 * @name:	as users say it
 * @trap:	word that stops a CPU; what a guard's branch is at first, and
 *		what free code memory is filled with
 * @nop:	does nothing
 * @reach_bytes: longest image for each enum weir_reach; 0: not used
 * @pool_reach_bytes: how far behind a load its literal may lie
 * @is_small:	registers are scarce
 * @shifts:	is there an instruction for this operation with IR_SHIFTED?
 * @plan:	choose the registers and the frame
 * @landing:	what a CPU with these features wants where C enters, before
 *		anything else
 * @entry:	from the C call to the first operation
 * @op:		emit operation @i. Return: how many it took (pairs)
 * @epilogue:	the way out, behind the body
 * @stub:	nop, guard index, jump to the trampoline
 * @handled:	note who handles the exit, and set e->bridge_reg; then on into
 *		the trampoline
 * @trampoline:	store the registers, note the guard; @quit: leave
 * @veneer:	jump to a helper's address in the pool
 * @constant:	load a constant of the size of an address from the pool
 * @home:	where register @i of those that exits store lives
 * @jump:	the word of an unconditional jump and its field
 * @link_call:	put the distance into a direct call. Return: does it reach?
 */
struct weir_arch {
	const char *name;
	u32 trap;
	u32 nop;
	u32 reach_bytes[WEIR_NR_REACHES];
	u32 pool_reach_bytes;
	bool is_small;
	bool (*shifts)(const struct weir_ir_insn *insn);
	void (*plan)(struct weir_emit *e);
	void (*landing)(struct weir_emit *e);
	void (*entry)(struct weir_emit *e);
	u32 (*op)(struct weir_emit *e, u32 i);
	void (*epilogue)(struct weir_emit *e);
	void (*stub)(struct weir_emit *e, u32 guard);
	void (*handled)(struct weir_emit *e);
	void (*trampoline)(struct weir_emit *e);
	void (*veneer)(struct weir_emit *e, u32 helper);
	void (*constant)(struct weir_asmbuf *buf, u8 reg, u64 value);
	struct weir_home (*home)(const struct weir_emit *e, u32 i);
	u32 (*jump)(enum weir_fixup_kind *kind);
	bool (*link_call)(u32 *word, s64 off_bytes);
};

extern const struct weir_arch weir_arch_arm64;
extern const struct weir_arch weir_arch_arm;

/** weir_emit_init() - @reach: see there. weir_emit_exit() goes with it. */
void weir_emit_init(struct weir_emit *e, const struct weir_arch *arch,
		    const struct weir_ir *ir, u32 features,
		    enum weir_reach reach);
void weir_emit_exit(struct weir_emit *e);

/** weir_emit_body() - entry, body and epilogue. Errors stay in e->buf. */
void weir_emit_body(struct weir_emit *e);

/** weir_emit_veneers() - one for each helper that is called. */
void weir_emit_veneers(struct weir_emit *e);

/* For back ends: */

/** weir_emit_ref() - an address of this host, as literals name it. */
static inline u32 weir_emit_ref(enum weir_reloc_kind kind, u32 target)
{
	return (u32)kind << 24 | target;
}

static inline enum weir_reloc_kind weir_emit_ref_kind(u32 ref)
{
	return (enum weir_reloc_kind)(ref >> 24);
}

static inline u32 weir_emit_ref_target(u32 ref)
{
	return ref & 0xffffff;
}

/** weir_emit_word() - append a word. */
static inline void weir_emit_word(struct weir_emit *e, u32 word)
{
	weir_asmbuf_word(&e->buf, word);
}

/** weir_emit_block() - the label of a block. */
static inline struct weir_label weir_emit_block(const struct weir_emit *e,
						u32 block)
{
	return (struct weir_label){ .nr = e->first_block + block };
}

/** weir_emit_guard() - a branch to the stub of @guard: a trap word for now
 * @branch:	what it becomes, its field empty
 */
void weir_emit_guard(struct weir_emit *e, u32 guard, u32 branch,
		     enum weir_fixup_kind kind);

/** weir_emit_callback() - here C enters the function at @pc. */
void weir_emit_callback(struct weir_emit *e, u32 pc);

/** weir_emit_call() - a direct call of a helper
 * @branch:	call instruction, its field empty
 */
void weir_emit_call(struct weir_emit *e, u32 helper, u32 branch,
		    enum weir_fixup_kind kind);

#endif
