// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Arrays that grow. */
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/host.h"
#include "jit/grow.h"

void *weir_grow(void *array, u32 *cap, u32 need, u32 elt_bytes)
{
	u32 room = max_t(u32, *cap, 16);
	void *bigger;

	if (need <= *cap && array)
		return array;
	while (room < need) {
		if (room > U32_MAX / 2)
			return NULL;
		room *= 2;
	}
	bigger = weir_host_alloc_dirty((size_t)room * elt_bytes);
	if (!bigger)
		return NULL;
	if (array)
		memcpy(bigger, array, (size_t)*cap * elt_bytes);
	weir_host_free(array);
	*cap = room;
	return bigger;
}
