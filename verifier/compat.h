/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Compat: which helper works on which types of maps. */
#ifndef WEIR_VERIFIER_COMPAT_H
#define WEIR_VERIFIER_COMPAT_H

#include <linux/types.h>

struct weir_prog;
struct weir_value;

/**
 * weir_compat_allows() - does a helper work on maps of a type?
 * @helper:	id
 * @type:	enum bpf_map_type
 *
 * As Linux: check_map_func_compatibility(), and what its maps can do.
 */
bool weir_compat_allows(u32 helper, u32 type);

/** weir_compat_writes() - does the helper change what is in the map? */
bool weir_compat_writes(u32 helper);

/** enum weir_compat_fill - do maps fill the value that a helper hands them? */
enum weir_compat_fill {
	WEIR_FILLS_ALL,
	WEIR_FILLS_SOME, /* one of several may; another reads it */
	WEIR_FILLS_NONE,
};

/**
 * weir_compat_fills() - does a map fill the value that it is given to?
 * @v:		a map
 *
 * Of a bloom filter that is what is looked for: it is read, and stays as it is.
 */
enum weir_compat_fill weir_compat_fills(const struct weir_prog *prog,
					const struct weir_value *v);

/** weir_compat_type() - name of a map type, for people */
const char *weir_compat_type(u32 type);

#endif
