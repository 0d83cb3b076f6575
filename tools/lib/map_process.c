// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Maps in this process: over runtime/map. */
#include <errno.h>
#include <string.h>

#include <linux/types.h>
#include <linux/kernel.h>
#include "base/host.h"
#include "base/map.h"
#include "runtime/map/map.h"
#include "runtime/map/ringbuf.h"
#include "runtime/map/user.h"
#include "tools/lib/backend_process.h"
#include "tools/lib/map.h"
#include "tools/lib/words.h"

int process_map_create(struct weir_map_handle *map, struct weir_words *words)
{
	(void)words;
	return weir_map_user_create(&map->attr,
				    map->inner ? map->inner->core : NULL, NULL,
				    NULL, &map->core);
}

int process_map_info(struct weir_map_handle *map, struct weir_map_info *info)
{
	weir_map_user_info(map->core, info);
	return 0;
}

int process_map_elem(struct weir_map_handle *map, enum weir_map_op op,
		     const void *key, void *value, uint64_t flags)
{
	return weir_map_user_elem(map->core, op, key, value, flags);
}

int process_map_batch(struct weir_map_handle *map,
		      const struct weir_map_batch *batch, uint32_t *count)
{
	struct weir_map_user_batch b = {
		.op = batch->op,
		.flags = batch->flags,
		.start = (const void *)(uintptr_t)batch->start,
		.keys = (void *)(uintptr_t)batch->keys,
		.values = (void *)(uintptr_t)batch->values,
		.count = batch->count,
	};
	int err = weir_map_user_batch(map->core, &b);

	*count = b.count;
	return err;
}

/* Elements that refer to something take the address of a pointer to it. */
int process_map_set_program(struct weir_map_handle *map, const void *key,
			    struct weir_program *prog, uint64_t flags)
{
	return weir_map_user_update(map->core, key, &prog->loaded, flags);
}

int process_map_set_map(struct weir_map_handle *map, const void *key,
			struct weir_map_handle *inner, uint64_t flags)
{
	return weir_map_user_update(map->core, key, &inner->core, flags);
}

int process_map_share(struct weir_map_handle *map,
		      struct weir_map_handle *other)
{
	map->core = weir_map_user_get(other->core);
	return 0;
}

/* The values lie in this process already. */
int process_map_mmap(struct weir_map_handle *map, size_t bytes, void **out)
{
	int err = weir_map_user_map_begin(map->core);

	(void)bytes;
	if (!err)
		*out = map->core->values;
	return err;
}

void process_map_munmap(struct weir_map_handle *map, void *at, size_t bytes)
{
	(void)at;
	(void)bytes;
	weir_map_user_map_end(map->core);
}

int process_map_ring(struct weir_map_handle *map, struct weir_ring_view *view)
{
	struct weir_map_mapping mem;
	int err = weir_map_user_mapping(map->core, &mem);
	size_t page = mem.writable;
	u8 *at = mem.addr;

	if (err)
		return err;
	*view = (struct weir_ring_view){
		.consumer = (unsigned long *)(void *)at,
		.producer = (unsigned long *)(void *)(at + page),
		.data = at + 2 * page,
		.mask = (mem.bytes - 2 * page) / 2 - 1,
		.fd = weir_ringbuf_wait(map->core)->fd,
		.is_eventfd = true,
	};
	return 0;
}

void process_map_unring(struct weir_map_handle *map,
			const struct weir_ring_view *view)
{
	(void)map;
	(void)view;
}

void process_map_free(struct weir_map_handle *map)
{
	weir_map_user_put(map->core);
}

u32 map_process_cpus(void)
{
	return weir_host_nr_cpus();
}
