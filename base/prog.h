/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A program: eBPF instructions whose form is known to be good. Every opcode is
 * known, reserved fields are zero, every jump and call lands on an
 * instruction, and control never runs off the end. What the instructions mean
 * together is the verifier's business. Immutable once made.
 */
#ifndef WEIR_BASE_PROG_H
#define WEIR_BASE_PROG_H

#include <linux/types.h>
#include "base/insn.h"
#include "uapi/weir.h"

struct weir_log;
struct weir_map;
struct weir_rejection;

/**
 * struct weir_prog - a well-formed program
 * @kind:	what it is for
 * @nr_insns:	eBPF instruction slots (LD_IMM64 takes two)
 * @insns:	the slots
 * @origin:	for each slot the index of the instruction the user handed in
 *		(classic programs, and those with loads relative to a header),
 *		or NULL where that is the slot itself
 * @nr_classic:	classic instructions handed in, 0 if none
 * @fail_verdict: what a run returns that a guard ends
 * @name:	for people
 * @nr_maps:	maps at @maps
 * @maps:	what LD_IMM64 with the sources MAP_IDX and MAP_IDX_VALUE names by
 *		index; the program holds a reference on each
 * @assumed:	per map its values, one behind the other, if they are to be taken
 *		for constants; entries, and all of it, may be NULL. Not owned
 * @params:	which of them is the block of its live parameters, the last; it is
 *		not counted among its maps by anybody outside. @nr_maps if it has
 *		none
 */
struct weir_prog {
	enum weir_kind kind;
	u32 nr_insns;
	struct bpf_insn *insns;
	u32 *origin;
	u32 nr_classic;
	u64 fail_verdict;
	char name[WEIR_NAME_LEN];
	u32 nr_maps;
	struct weir_map **maps;
	const u8 *const *assumed;
	u32 params;
};

/** weir_prog_origin() - the pc the user knows slot @pc by. */
static inline u32 weir_prog_origin(const struct weir_prog *prog, u32 pc)
{
	return prog->origin && pc < prog->nr_insns ? prog->origin[pc] : pc;
}

/**
 * weir_prog_check() - is the form of eBPF instructions good?
 *
 * As weir_prog_load(), without keeping them.
 */
int weir_prog_check(enum weir_kind kind, const struct bpf_insn *insns,
		    u32 nr_insns, struct weir_rejection *rej);

/**
 * weir_prog_load_maps() - weir_prog_load() of a program that uses maps
 * @maps:	maps that instructions name by index; a reference is taken on
 *		each. Maps by descriptor are the loader's business: it puts
 *		indexes in their place
 * @nr_maps:	up to WEIR_MAX_MAPS
 */
int weir_prog_load_maps(enum weir_kind kind, const struct bpf_insn *insns,
			u32 nr_insns, struct weir_map *const *maps, u32 nr_maps,
			struct weir_rejection *rej, struct weir_prog **out);

/**
 * weir_prog_constant() - what the LD_IMM64 at @pc loads in this host
 *
 * A number as it stands; a map as the address of its struct weir_map; a value
 * of an array as its address; a function as the pc of its first instruction.
 */
u64 weir_prog_constant(const struct weir_prog *prog, u32 pc);

/** weir_prog_alloc() - a program with room for its slots, or NULL. */
struct weir_prog *weir_prog_alloc(enum weir_kind kind, u32 nr_insns);

/**
 * weir_prog_load() - check the form of eBPF instructions and keep a copy
 * @kind:	program kind
 * @insns:	instructions
 * @nr_insns:	slots at @insns
 * @rej:	out: why not
 * @out:	out: the program; free with weir_prog_free()
 *
 * May sleep. Return: 0, the errno of a rejection, or -ENOMEM.
 */
int weir_prog_load(enum weir_kind kind, const struct bpf_insn *insns,
		   u32 nr_insns, struct weir_rejection *rej,
		   struct weir_prog **out);

/**
 * weir_prog_load_classic() - translate a classic BPF program
 * @insns:	classic instructions
 * @nr_insns:	their number, up to WEIR_MAX_CLASSIC
 * @rej:	out: why not; its pc is an index into @insns
 * @out:	out: a program of kind socket with fail verdict 0
 *
 * May sleep. Return: 0, the errno of a rejection, or -ENOMEM.
 */
struct sock_filter;
int weir_prog_load_classic(const struct sock_filter *insns, u32 nr_insns,
			   struct weir_rejection *rej, struct weir_prog **out);

/** weir_prog_free() - NULL is allowed. May sleep. */
void weir_prog_free(struct weir_prog *prog);

#endif
