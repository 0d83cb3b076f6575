// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The maps of an object: what their definitions say. */
#include <errno.h>
#include <bpf/libbpf.h>

#include "tools/lib/object.h"

int object_maps_read(struct weir_object *obj, struct weir_words *words)
{
	const struct bpf_map *map;

	bpf_object__for_each_map(map, obj->bpf) return weir_say(
		words, -EOPNOTSUPP, "map %s: maps are not supported yet",
		bpf_map__name(map));
	return 0;
}

struct weir_map_handle *object_map_of(const struct weir_object *obj,
				      const struct elf_symbol *sym)
{
	(void)obj;
	(void)sym;
	return NULL;
}

bool object_map_is_data(const struct weir_map_handle *map)
{
	(void)map;
	return false;
}
