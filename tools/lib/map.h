/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A map as libweir's users hold it: a definition, and once it is made, one
 * reference on the map itself, which lives in this process or in the kernel.
 */
#ifndef WEIR_LIB_MAP_H
#define WEIR_LIB_MAP_H

#include "tools/lib/backend.h"

struct bpf_map;
struct weir_map;

/**
 * struct weir_map_handle - a map
 * @ops:	its back end; NULL until it is made
 * @core:	process: the map itself, a reference
 * @fd:		device: its descriptor; else -1
 * @attr:	its definition; inner_fd is not used, @inner is
 * @name:	its whole name; attr.name is cut
 * @obj:	the object it is of, or NULL
 * @bpf:	what libbpf calls it, or NULL
 * @sec:	section that its symbols lie in; 0 if it is of no object
 * @off:	where its symbol lies there; not for data
 * @is_data:	global variables: one value, whose bytes are the section's
 * @initial:	data: bytes of the value before load; owned
 * @inner:	map of maps: what the inner ones look like, owned; else NULL
 * @key_type:	id in the object's BTF, or 0
 * @value_type:	the same
 * @mapped:	what weir_map__mmap() gave, or NULL
 */
struct weir_map_handle {
	const struct weir_backend_ops *ops;
	struct weir_map *core;
	int fd;
	struct weir_map_create attr;
	const char *name;
	struct weir_object *obj;
	struct bpf_map *bpf;
	u32 sec;
	u64 off;
	bool is_data;
	u8 *initial;
	struct weir_map_handle *inner;
	u32 key_type;
	u32 value_type;
};

#endif
