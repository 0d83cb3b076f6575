/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Helpers: what a program may call, and with which arguments. The types are
 * Linux's, by shorter names. All helpers have one C type, so that a call moves
 * nothing: R0 is dead before a call, and R1 to R5 are the arguments.
 */
#ifndef WEIR_BASE_HELPER_H
#define WEIR_BASE_HELPER_H

#include <linux/types.h>
#include "uapi/weir.h"

struct weir_run;

/** Every helper; unused arguments are not looked at. */
typedef u64 (*weir_helper_fn)(struct weir_run *run, u64 a1, u64 a2, u64 a3,
			      u64 a4, u64 a5);

/**
 * enum weir_helper_arg - what an argument must be
 * @WEIR_ARG_NONE:	not used; the register may hold anything
 * @WEIR_ARG_SCALAR:	an initialised number (Linux: ARG_ANYTHING)
 * @WEIR_ARG_CTX:	R1 as it was at entry
 * @WEIR_ARG_MEM:	readable memory of as many bytes as the next argument
 * @WEIR_ARG_MEM_OR_NULL: or null, with size 0
 * @WEIR_ARG_MEM_WRITE:	writable memory; the helper fills all of it
 * @WEIR_ARG_SIZE:	size of the memory before it, over 0
 * @WEIR_ARG_SIZE_OR_ZERO: or 0
 * @WEIR_ARG_MEM_SAME:	readable memory of as many bytes as the argument before it
 * @WEIR_ARG_MAP:	a map, known when the program is verified
 * @WEIR_ARG_MAP_KEY:	readable memory of the map's key size
 * @WEIR_ARG_MAP_VALUE:	readable memory of the map's value size
 * @WEIR_ARG_MAP_VALUE_WRITE: writable memory of the map's value size; the
 *			helper fills all of it; or it reads it, if the map is
 *			a bloom filter
 * @WEIR_ARG_ALLOC_SIZE: a constant: bytes of the record that comes back
 * @WEIR_ARG_RECORD:	a ring buffer record, which is given away
 * @WEIR_ARG_FUNC:	a subprogram of this program, to be called back
 * @WEIR_ARG_STACK_OR_NULL: what a callback gets as its context
 * @WEIR_ARG_SPIN_LOCK:	a struct bpf_spin_lock in a map value
 * @WEIR_ARG_TIMER:	a struct bpf_timer in a map value
 * @WEIR_ARG_CONST_STR:	a string in a frozen map
 * @WEIR_ARG_LONG:	8 writable, 8-aligned bytes; the helper fills them
 */
enum weir_helper_arg {
	WEIR_ARG_NONE,
	WEIR_ARG_SCALAR,
	WEIR_ARG_CTX,
	WEIR_ARG_MEM,
	WEIR_ARG_MEM_OR_NULL,
	WEIR_ARG_MEM_WRITE,
	WEIR_ARG_SIZE,
	WEIR_ARG_SIZE_OR_ZERO,
	WEIR_ARG_MAP,
	WEIR_ARG_MAP_KEY,
	WEIR_ARG_MAP_VALUE,
	WEIR_ARG_MAP_VALUE_WRITE,
	WEIR_ARG_ALLOC_SIZE,
	WEIR_ARG_RECORD,
	WEIR_ARG_FUNC,
	WEIR_ARG_STACK_OR_NULL,
	WEIR_ARG_SPIN_LOCK,
	WEIR_ARG_TIMER,
	WEIR_ARG_CONST_STR,
	WEIR_ARG_LONG,
	WEIR_ARG_MEM_SAME,
};

/**
 * enum weir_helper_ret - what comes back in R0
 * @WEIR_RET_VOID:	nothing of meaning
 * @WEIR_RET_INTEGER:	a number
 * @WEIR_RET_MAP_VALUE:	a value of the map that was given, or null
 * @WEIR_RET_RECORD:	a ring buffer record, which must be given back, or null
 */
enum weir_helper_ret {
	WEIR_RET_VOID,
	WEIR_RET_INTEGER,
	WEIR_RET_MAP_VALUE,
	WEIR_RET_RECORD,
};

/* What else a call does: helper.def's last column. */
#define WEIR_HELPER_MOVES (1u << 0) /* the packet; its pointers are void */
#define WEIR_HELPER_CALLS (1u << 1) /* back into the program */
#define WEIR_HELPER_TAIL (1u << 2) /* may not come back */
#define WEIR_HELPER_LOCKS (1u << 3) /* the lock is held from here */
#define WEIR_HELPER_UNLOCKS (1u << 4)

#define WEIR_HELPER_ARGS 5
#define WEIR_HELPER_OWN 0x8000
#define WEIR_HELPER_INTERNAL 0x10000

/* The ids by name: WEIR_HELPER_ktime_get_ns. */
enum weir_helper_id {
#define _(id, name, ret, a1, a2, a3, a4, a5, kinds, does) \
	WEIR_HELPER_##name = id,
#include "base/helper.def"
#undef _
};

/* The rows by number: indexes of weir_helper_funcs[]. */
enum weir_helper_row {
#define _(id, name, ret, a1, a2, a3, a4, a5, kinds, does) \
	WEIR_HELPER_ROW_##name,
#include "base/helper.def"
#undef _
	WEIR_NR_HELPERS
};

/**
 * struct weir_helper - one row of helper.def
 * @name:	without "bpf_"
 * @id:		as in the call's immediate
 * @kinds:	BIT(enum weir_kind) of those that may call it; 0 if internal
 * @ret:	enum weir_helper_ret
 * @arg:	enum weir_helper_arg of R1 to R5
 * @does:	WEIR_HELPER_*
 */
struct weir_helper {
	const char *name;
	u32 id;
	u8 kinds;
	u8 ret;
	u8 arg[WEIR_HELPER_ARGS];
	u8 does;
};

/** weir_helper_writes() - may it write to memory that an argument points to? */
bool weir_helper_writes(const struct weir_helper *h);

/**
 * weir_helper_find() - a helper that programs may call
 * Return: its row, or NULL if there is none or it is internal.
 */
const struct weir_helper *weir_helper_find(s32 id);

/** weir_helper_linux_name() - what Linux calls a helper; "?" if it has none. */
const char *weir_helper_linux_name(s32 id);

/** weir_helper_by_name() - the same by name, with or without "bpf_". */
const struct weir_helper *weir_helper_by_name(const char *name, size_t len);

/** weir_helper_name() - name of any row, internal or not; NULL if none. */
const char *weir_helper_name(u32 id);

/**
 * weir_helper_list() - "map_lookup_elem, ..." into @buf, for people
 * @kind:	those that programs of this kind may call; 0: all
 *
 * If @size is too small the list ends with "...". Return: characters written,
 * without the end.
 */
u32 weir_helper_list(enum weir_kind kind, char *buf, u32 size);

/* Implementations by row; defined in runtime/helpers.c, layers above. */
extern const weir_helper_fn weir_helper_funcs[WEIR_NR_HELPERS];

/** weir_helper_func() - implementation of any row, internal or not, or NULL. */
weir_helper_fn weir_helper_func(u32 id);

#endif
