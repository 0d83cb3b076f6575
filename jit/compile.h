/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * From facts to an image: the list of passes, and nothing else.
 */
#ifndef WEIR_JIT_COMPILE_H
#define WEIR_JIT_COMPILE_H

#include "jit/image.h"

/* Optional passes, each of which may be left out without changing meaning.
 * One row each: _(NAME, "name", "what it does").
 */
/* clang-format off */
#define WEIR_PASSES(_) \
	_(FUSE, "fuse", "compare and branch, load and byte swap in one") \
	_(DEADCODE, "dead", "drop moves and results nobody reads") \
	_(CONST, "const", "what the facts decide; lookups in arrays") \
	_(COPIES, "copies", "read the source of a copy, not the copy") \
	_(JUMPS, "jumps", "jumps to jumps, over jumps, to what is next") \
	_(SWAPS, "swaps", "swap constants instead of what is compared") \
	_(BYTES, "bytes", "neighbouring bytes in one load") \
	_(SHIFTS, "shifts", "shifts in the operations that use them") \
	_(CONDS, "conds", "conditions on operations, not branches over them") \
	_(NAMES, "names", "the same values in fewer registers, on ARM")
/* clang-format on */

enum weir_pass {
#define _(name, str, text) WEIR_PASS_##name,
	WEIR_PASSES(_)
#undef _
	WEIR_NR_PASSES
};

#define WEIR_PASSES_ALL ((1u << WEIR_NR_PASSES) - 1)

/**
 * struct weir_compile_opts - how to compile
 * @arch:	target
 * @features:	WEIR_CPU_* the code may use
 * @passes:	optional passes to run, one bit per enum weir_pass
 * @first_guard: added to the number of each guard, as the exit record has it
 * @revocable:	the first thing done is a nop, image->revoke_off, which may become
 *		a branch to the beginning of other code
 */
struct weir_compile_opts {
	const struct weir_arch *arch;
	u32 features;
	u32 passes;
	u32 first_guard;
	bool revocable;
};

/**
 * weir_compile_ir() - the IR of a program, after all passes; for people
 *
 * weir_ir_print() and weir_ir_free() (jit/ir.h) go with it.
 */
int weir_compile_ir(const struct weir_prog *prog,
		    const struct weir_facts *facts,
		    const struct weir_compile_opts *opts, struct weir_ir **out);
/** weir_ir_print() - text for people. */
void weir_ir_print(const struct weir_ir *ir, struct weir_log *log);
void weir_ir_free(struct weir_ir *ir);

/**
 * weir_compile() - make an image
 * @prog:	verified program
 * @facts:	what the verifier said of it
 * @opts:	target and choices
 * @out:	out: free with weir_image_free()
 *
 * A verified program is never refused. May sleep. Nothing is left behind on
 * error. Return: 0, -ENOMEM, -E2BIG if the code would not fit an image, or
 * -EFAULT after a WARN for a bug of ours.
 */
int weir_compile(const struct weir_prog *prog, const struct weir_facts *facts,
		 const struct weir_compile_opts *opts, struct weir_image **out);

#endif
