/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Unmet: states that are not final may fail a duty that final ones meet. The
 * transfer of such an instruction would make something of operands that say
 * nothing, and what seems not to be reached then would never be checked. So its
 * result is anything instead.
 */
#ifndef WEIR_VERIFIER_UNMET_H
#define WEIR_VERIFIER_UNMET_H

#include <linux/types.h>

struct bpf_insn;
struct weir_duty;
struct weir_finding;
struct weir_prog;
struct weir_rejection;
struct weir_state;

struct weir_unmet; /* scratch */

/** weir_unmet_create() - for a program; NULL if out of memory */
struct weir_unmet *weir_unmet_create(const struct weir_prog *prog);
/** weir_unmet_free() - NULL is allowed */
void weir_unmet_free(struct weir_unmet *u);

/** weir_unmet_any() - would one of these duties be refused? */
bool weir_unmet_any(struct weir_unmet *u, u32 pc, const struct weir_state *s,
		    const struct weir_duty *duty, u32 nr_duties);

/** weir_unmet_result() - instead of the transfer, or after that of a call: what
 * the instruction wrote may be anything
 *
 * Operands that say nothing may hold what is no value at all: where nobody
 * looks, states keep what was there before.
 */
void weir_unmet_result(struct weir_state *s, const struct bpf_insn *insn);

#endif
