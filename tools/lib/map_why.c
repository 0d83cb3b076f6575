// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Why a map is not made, in words: what runtime/map/types.def has numbers for.
 * Only for people; whoever makes the map decides.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <linux/bpf.h>

#include "runtime/map/type.h"
#include "tools/lib/map.h"

#define MAX_PERCPU_VALUE 32768 /* runtime/map/map.c */

/* Is @n a size that the type takes? If not, say so. */
static bool size_fits(char *why, size_t bytes, const char *what, u32 n, u32 min,
		      u32 max)
{
	if (n >= min && n <= max)
		return true;
	if (min == max)
		snprintf(why, bytes, "%ss of this type have %u bytes, not %u",
			 what, min, n);
	else
		snprintf(why, bytes,
			 "%ss of this type have %u to %u bytes, not %u", what,
			 min, max, n);
	return false;
}

static bool is_ring_size(const struct weir_map_create *attr)
{
	u32 n = attr->max_entries;

	return attr->type != BPF_MAP_TYPE_RINGBUF ||
	       (!(n & (n - 1)) && !(n % 4096));
}

/* What is wrong with the shape; nothing written: something else is. */
static void shape(const struct weir_map_create *attr,
		  const struct weir_map_type *type, char *why, size_t bytes)
{
	u32 max_value = type->value_max;

	if (max_value > WEIR_MAX_VALUE)
		max_value = type->traits & WEIR_MAP_TYPE_PERCPU
				    ? MAX_PERCPU_VALUE
				    : WEIR_MAX_VALUE;
	if (!size_fits(why, bytes, "key", attr->key_size, type->key_min,
		       type->key_max > WEIR_MAX_KEY ? WEIR_MAX_KEY
						    : type->key_max) ||
	    !size_fits(why, bytes, "value", attr->value_size, type->value_min,
		       max_value))
		return;
	if (!attr->max_entries)
		snprintf(why, bytes, "it has no entries");
	else if (!is_ring_size(attr))
		snprintf(
			why, bytes,
			"a ring's entries are bytes: a power of two, and pages");
	else if (attr->type == BPF_MAP_TYPE_LPM_TRIE &&
		 !(attr->flags & BPF_F_NO_PREALLOC))
		snprintf(why, bytes, "tries need BPF_F_NO_PREALLOC");
	else if (attr->flags & ~type->flags)
		snprintf(why, bytes, "this type does not take flags 0x%x",
			 attr->flags & ~type->flags);
}

void map_why(const struct weir_map_create *attr, int err, char *why,
	     size_t bytes)
{
	const struct weir_map_type *type = weir_map_type(attr->type);

	why[0] = 0;
	if (type && (err == -EINVAL || err == -E2BIG))
		shape(attr, type, why, bytes);
	if (why[0])
		return;
	if (err == -E2BIG)
		snprintf(why, bytes, "it would take more than a map may");
	else
		snprintf(why, bytes, "%s", strerror(-err));
}
