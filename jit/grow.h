/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arrays that grow: by doubling, so that appending n elements costs O(n).
 */
#ifndef WEIR_JIT_GROW_H
#define WEIR_JIT_GROW_H

#include <linux/types.h>

/**
 * weir_grow() - make room for @need elements
 * @array:	the array, or NULL for none yet; moved when it grows
 * @cap:	in and out: elements there is room for
 * @need:	elements there must be room for
 * @elt_bytes:	size of one
 *
 * Elements beyond the old capacity hold anything. May sleep.
 * Return: the array, or NULL if out of memory, with @array left as it was.
 */
void *weir_grow(void *array, u32 *cap, u32 need, u32 elt_bytes);

#endif
