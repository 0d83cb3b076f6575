/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The part of the device back end that is about maps; see backend.h. */
#ifndef WEIR_LIB_BACKEND_DEVICE_H
#define WEIR_LIB_BACKEND_DEVICE_H

#include "tools/lib/backend.h"

/**
 * device_get() - a descriptor of /dev/weir
 *
 * It is the same one for all, and open until as many device_put() have come.
 * Return: it, or a negative errno with @words.
 */
int device_get(struct weir_words *words);
void device_put(void);

int device_map_create(struct weir_map_handle *map, struct weir_words *words);
int device_map_info(struct weir_map_handle *map, struct weir_map_info *info);
int device_map_elem(struct weir_map_handle *map, enum weir_map_op op,
		    const void *key, void *value, uint64_t flags);
int device_map_batch(struct weir_map_handle *map,
		     const struct weir_map_batch *batch, uint32_t *count);
int device_map_set_program(struct weir_map_handle *map, const void *key,
			   struct weir_program *prog, uint64_t flags);
int device_map_set_map(struct weir_map_handle *map, const void *key,
		       struct weir_map_handle *inner, uint64_t flags);
int device_map_share(struct weir_map_handle *map,
		     struct weir_map_handle *other);
int device_map_mmap(struct weir_map_handle *map, size_t bytes, void **out);
void device_map_munmap(struct weir_map_handle *map, void *at, size_t bytes);
int device_map_ring(struct weir_map_handle *map, struct weir_ring_view *view);
void device_map_unring(struct weir_map_handle *map,
		       const struct weir_ring_view *view);
void device_map_free(struct weir_map_handle *map);

#endif
