/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a program's verdict does to a packet at a hook. */
#ifndef WEIR_MODULE_VERDICT_H
#define WEIR_MODULE_VERDICT_H

#include <linux/types.h>
#include "uapi/weir.h"

struct weir_loaded;

/**
 * enum weir_decision - what happens to a packet
 * @WEIR_DECIDE_NEXT:	the next link of the chain is asked; behind the last the
 *			packet goes on
 * @WEIR_DECIDE_PASS:	it goes on, and no further link of the chain is asked
 * @WEIR_DECIDE_DROP:	it is dropped
 * @WEIR_DECIDE_REFUSE:	the hook cannot do that: dropped, and counted
 */
enum weir_decision {
	WEIR_DECIDE_NEXT,
	WEIR_DECIDE_PASS,
	WEIR_DECIDE_DROP,
	WEIR_DECIDE_REFUSE,
};

/**
 * weir_verdict_refused() - does a program return what its hook cannot do?
 * @loaded:	the program
 * @pc:		out: where, or U32_MAX: it is the fail verdict
 * @verdict:	out: what
 *
 * What is seen: numbers that are put into R0 and then returned, and the fail
 * verdict of a program that guards can end. Computed ones are counted when they
 * come (WEIR_DECIDE_REFUSE). May sleep.
 */
bool weir_verdict_refused(const struct weir_loaded *loaded, u32 *pc,
			  u32 *verdict);

/** weir_verdict_name() - "XDP_REDIRECT"; "" for numbers without one. */
const char *weir_verdict_name(enum weir_kind kind, u32 verdict);

/**
 * weir_verdict_decide() - by the program's kind
 * @kind:	of the program
 * @flags:	WEIR_ATTACH_* of the link
 * @verdict:	what the run returned
 *
 * Any context.
 */
enum weir_decision weir_verdict_decide(enum weir_kind kind, u32 flags,
				       u32 verdict);

#endif
