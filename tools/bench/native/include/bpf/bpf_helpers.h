/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Helpers for programs that are compiled for the machine itself. What can be a
 * few instructions is; a helper that is not here makes the program one that
 * native code is not compared with.
 */
#ifndef NATIVE_BPF_HELPERS_H
#define NATIVE_BPF_HELPERS_H

#include <stddef.h>

#define SEC(name) __attribute__((used))
#define __uint(name, value) int(*name)[value]
#define __type(name, value) typeof(value) *name
#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif
#define barrier_var(var) asm volatile("" : "+r"(var))
#define barrier() asm volatile("" ::: "memory")
#define __weak __attribute__((weak))
#define __hidden
#define NATIVE_NUMBER(map, field) (sizeof(*(map)->field) / sizeof(int))

/* Arrays have their values at .value: see the wrapper that `build` writes. */
#define bpf_map_lookup_elem(map, at)                                      \
	({                                                                \
		_Static_assert(NATIVE_NUMBER(map, type) ==                \
					       BPF_MAP_TYPE_ARRAY ||      \
				       NATIVE_NUMBER(map, type) ==        \
					       BPF_MAP_TYPE_PERCPU_ARRAY, \
			       "native: only arrays are looked up");      \
		__u32 native_at = *(const __u32 *)(at);                   \
		(void *)(native_at < NATIVE_NUMBER(map, max_entries)      \
				 ? &(map)->value[native_at]               \
				 : 0);                                    \
	})

#define bpf_for_each_map_elem(map, fn, arg, flags)                             \
	({                                                                     \
		_Static_assert(NATIVE_NUMBER(map, type) == BPF_MAP_TYPE_ARRAY, \
			       "native: only arrays are walked");              \
		__u32 native_nr = 0;                                           \
		while (native_nr < NATIVE_NUMBER(map, max_entries)) {          \
			__u32 native_at = native_nr++;                         \
			if ((fn)((void *)(map), &native_at,                    \
				 &(map)->value[native_at], arg))               \
				break;                                         \
		}                                                              \
		(long)native_nr;                                               \
	})

#define bpf_loop(nr, fn, arg, flags)                  \
	({                                            \
		__u32 native_i = 0, native_nr = (nr); \
		while (native_i < native_nr)          \
			if ((fn)(native_i++, arg))    \
				break;                \
		(long)native_i;                       \
	})

#endif
