/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Where machine code lies in this process, for `perf report`. */
#ifndef WEIR_LIB_PERF_MAP_H
#define WEIR_LIB_PERF_MAP_H

#include <linux/types.h>

struct weir_loaded;

/** perf_map_note() - a line or two for a program that was compiled, if wanted */
void perf_map_note(const struct weir_loaded *loaded);

#endif
