/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Values of which each CPU has its own: @stride bytes apart in memory, one
 * behind the other, each rounded up to 8 bytes, for users.
 */
#ifndef WEIR_RUNTIME_MAP_PERCPU_H
#define WEIR_RUNTIME_MAP_PERCPU_H

#include <linux/types.h>
#include "base/host.h"
#include "runtime/map/value.h"

/* What one CPU writes must not lie in a cache line of another. */
#define WEIR_PERCPU_ALIGN 64u

/** weir_percpu_this() - this CPU's number, below @nr_cpus. Any context. */
static inline u32 weir_percpu_this(u32 nr_cpus)
{
	u32 cpu = nr_cpus > 1 ? weir_host_cpu() : 0;

	return cpu < nr_cpus ? cpu : nr_cpus - 1;
}

/** weir_percpu_read() - all of them for a user; @from is the first. */
static inline void weir_percpu_read(const struct weir_map *map, void *to,
				    const u8 *from, size_t stride, u32 nr_cpus)
{
	u8 *out = to;

	for (; nr_cpus; nr_cpus--) {
		weir_value_load(out, from, map->elem_bytes);
		out += map->elem_bytes;
		from += stride;
	}
}

/** weir_percpu_write() - the other way round; @to is the first. */
static inline void weir_percpu_write(const struct weir_map *map, u8 *to,
				     size_t stride, u32 nr_cpus,
				     const void *from)
{
	const u8 *in = from;

	for (; nr_cpus; nr_cpus--) {
		weir_value_store(to, in, map->def.value_size);
		in += map->elem_bytes;
		to += stride;
	}
}

#endif
