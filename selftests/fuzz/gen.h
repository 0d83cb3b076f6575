/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Random programs that are mostly accepted: the generator keeps the types of
 * registers and what of the stack is written, as a verifier would, and puts
 * control into nested sequences, so that at each join it knows what is left.
 *
 *	frame	[R10 - 16, R10)		always written; subprograms get at it
 *		[R10 - written, R10)	written at the start
 *		[R10 - 80, R10 - 64)	spilled pointers, written once
 */
#ifndef SELFTESTS_FUZZ_GEN_H
#define SELFTESTS_FUZZ_GEN_H

#include <linux/types.h>
#include "base/insn.h"
#include "uapi/weir.h"

#define GEN_MAX_INSNS 4096
#define GEN_MAX_FUNCS 3

/** A stream of random numbers (splitmix64), the same everywhere. */
struct gen_random {
	u64 state;
};

u64 gen_random(struct gen_random *r);
/** gen_below() - one of 0 .. @n - 1. */
u32 gen_below(struct gen_random *r, u32 n);

/**
 * struct gen_program - what came out
 * @kind:	program kind
 * @fail_verdict: of a guard
 * @maps:	those of gen_map.h that it uses, one bit each
 * @nr:		instructions
 * @insns:	they
 */
struct gen_program {
	enum weir_kind kind;
	u64 fail_verdict;
	u32 maps;
	u32 nr;
	struct bpf_insn insns[GEN_MAX_INSNS];
};

/**
 * gen_program() - a random program
 * @r:		randomness; the program is a function of it
 * @for_linux:	only what Linux's verifier would accept: proven accesses, and
 *		context fields that its test run gives the same values
 * @out:	out
 */
void gen_program(struct gen_random *r, bool for_linux, struct gen_program *out);

#endif
