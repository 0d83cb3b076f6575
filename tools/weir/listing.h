/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An image as a listing for people, and as source for GNU as that assembles to
 * the same bytes. Both walk the words once and name the same places.
 */
#ifndef WEIR_TOOL_LISTING_H
#define WEIR_TOOL_LISTING_H

#include <stdio.h>

struct image_text;
struct verified;

void listing_print(FILE *out, struct image_text *t, const struct verified *v);
void listing_gas(FILE *out, struct image_text *t, const struct verified *v,
		 const char *name);

#endif
