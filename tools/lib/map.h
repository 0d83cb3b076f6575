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
 * @size:	bytes of the symbol
 * @assumed:	programs assume its values
 * @is_data:	global variables: one value, whose bytes are the section's
 * @initial:	data: bytes of the value before load; owned
 * @inner:	map of maps: what the inner ones look like, owned; else NULL
 * @key_type:	id in the object's BTF, or 0
 * @value_type:	the same
 * @values:	where its values are listed: bytes from @off, or 0
 * @reused:	weir_map__reuse(): it is another's
 * @mapped:	what weir_map__mmap() gave, or NULL
 * @mapped_bytes: of it
 */
struct weir_map_handle {
	const struct weir_backend_ops *ops;
	struct weir_map *core;
	int fd;
	struct weir_map_create attr;
	const char *name;
	struct weir_object *obj;
	const struct bpf_map *bpf;
	u32 sec;
	u64 off;
	u64 size;
	bool is_data;
	bool assumed;
	u8 *initial;
	struct weir_map_handle *inner;
	u32 key_type;
	u32 value_type;
	u32 values;
	bool reused;
	void *mapped;
	size_t mapped_bytes;
};

/** map_make() - makes the map of @map->attr, and what it needs before. */
int map_make(struct weir_map_handle *map, enum weir_backend backend,
	     struct weir_words *words);

/** map_unmake() - gives the map back; @map is a definition again. */
void map_unmake(struct weir_map_handle *map);

bool map_type_is_percpu(u32 type);
bool map_type_has_maps(u32 type);

/** map_process_cpus() - CPUs that have values, in this process. */
u32 map_process_cpus(void);

/** map_why() - why one is not made, -errno @err, in words. */
void map_why(const struct weir_map_create *attr, int err, char *why,
	     size_t bytes);

#endif
