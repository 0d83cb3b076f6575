/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The part of the process back end that is about maps; see backend.h. */
#ifndef WEIR_LIB_BACKEND_PROCESS_H
#define WEIR_LIB_BACKEND_PROCESS_H

#include "tools/lib/backend.h"

int process_map_create(struct weir_map_handle *map, struct weir_words *words);
int process_map_info(struct weir_map_handle *map, struct weir_map_info *info);
int process_map_elem(struct weir_map_handle *map, enum weir_map_op op,
		     const void *key, void *value, uint64_t flags);
int process_map_batch(struct weir_map_handle *map,
		      const struct weir_map_batch *batch, uint32_t *count);
int process_map_set_program(struct weir_map_handle *map, const void *key,
			    struct weir_program *prog, uint64_t flags);
int process_map_set_map(struct weir_map_handle *map, const void *key,
			struct weir_map_handle *inner, uint64_t flags);
int process_map_share(struct weir_map_handle *map,
		      struct weir_map_handle *other);
int process_map_mmap(struct weir_map_handle *map, size_t bytes, void **out);
void process_map_munmap(struct weir_map_handle *map, void *at, size_t bytes);
int process_map_ring(struct weir_map_handle *map, struct weir_ring_view *view);
void process_map_unring(struct weir_map_handle *map,
			const struct weir_ring_view *view);
void process_map_free(struct weir_map_handle *map);

#endif
