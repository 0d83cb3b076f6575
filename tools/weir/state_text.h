/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the verifier knows at one point of a program, for people:
 *
 *	r1=ctx  r2=packet+14(34 follow)  r3=0..60(&0x3c)  r4=packet_end
 *	r5=packet+34+0..40(0 follow)#17  fp-8=u64 0  packet>=34
 *
 * A number is one, or a range, with the bits it may have if they say more. A
 * pointer is its object, how far into it, and how many bytes are known to
 * follow, or what an object of fixed size has in all: value[16]+8; |0 says that
 * it may be null. Values with one #identity are as far apart as their offsets
 * say.
 */
#ifndef WEIR_TOOL_STATE_TEXT_H
#define WEIR_TOOL_STATE_TEXT_H

#include <stddef.h>
#include <linux/types.h>

struct weir_state;
struct weir_value;

#define VALUE_TEXT 160

/**
 * value_text() - a value in @s
 * @buf:	out
 * Return: @buf.
 */
const char *value_text(const struct weir_state *s, const struct weir_value *v,
		       char buf[VALUE_TEXT]);

/** state_text() - all that is known, in one line to free(); or NULL. */
char *state_text(const struct weir_state *s);

#endif
