/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Lowering: eBPF and its facts become IR. One straight pass over the slots
 * that some run may reach; the rest is dropped. Guards become operations of
 * their own, context accesses become accesses to the run, LD_ABS and LD_IND
 * become guard, load and byte swap in one.
 */
#ifndef WEIR_JIT_LOWER_H
#define WEIR_JIT_LOWER_H

#include <linux/types.h>

struct weir_facts;
struct weir_ir;
struct weir_prog;

/**
 * weir_lower() - the IR of a program
 * @prog:	verified program
 * @facts:	what the verifier said of it
 * @fold:	use constants and branches that the facts decide
 * @out:	out: free with weir_ir_free()
 *
 * Linear in the program's length. Return: 0, -ENOMEM, or -EFAULT after a WARN.
 */
int weir_lower(const struct weir_prog *prog, const struct weir_facts *facts,
	       bool fold, struct weir_ir **out);

#endif
