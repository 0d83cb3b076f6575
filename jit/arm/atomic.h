/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Atomics: a loop with exclusives. At an address that may be misaligned, where
 * those would fault, the operation is done by plain accesses: defined, but not
 * atomic towards other CPUs.
 */
#ifndef WEIR_JIT_ARM_ATOMIC_H
#define WEIR_JIT_ARM_ATOMIC_H

struct a32_ctx;

/* Temps it takes: for 4 bytes, and for 8, of which 2-3 and 4-5 are pairs. */
#define A32_ATOMIC_TEMPS 4
#define A32_ATOMIC64_TEMPS 6

/** a32_atomic() - an ATOMIC operation. */
void a32_atomic(const struct a32_ctx *cx);

#endif
