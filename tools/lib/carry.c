// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Maps in the kernel by id, and an object's that go on where those of another
 * program stopped.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include "tools/lib/link.h"
#include "tools/lib/map.h"
#include "tools/lib/object.h"

static int describe(struct weir_map_handle *map)
{
	struct weir_map_info info = { .size = sizeof(info) };

	if (ioctl(map->fd, WEIR_IOC_MAP_INFO, &info))
		return -errno;
	map->name = strdup(info.name);
	if (!map->name)
		return -ENOMEM;
	map->attr.size = sizeof(map->attr);
	map->attr.type = info.type;
	map->attr.key_size = info.key_size;
	map->attr.value_size = info.value_size;
	map->attr.max_entries = info.max_entries;
	map->attr.flags = info.flags;
	map->attr.lock_off = info.lock_off;
	map->attr.timer_off = info.timer_off;
	map->attr.map_extra = info.map_extra;
	map->attr.inner_fd = -1;
	memcpy(map->attr.name, info.name, sizeof(map->attr.name));
	return 0;
}

struct weir_map_handle *weir_map__from_fd(int fd)
{
	struct weir_map_handle *map = calloc(1, sizeof(*map));
	int err;

	if (!map)
		return NULL;
	map->fd = fd;
	err = describe(map);
	if (err) {
		free(map);
		errno = -err;
		return NULL;
	}
	map->ops = &weir_backend_device;
	return map;
}

struct weir_map_handle *weir_map__open_id(uint32_t id)
{
	int fd = weir_id__open(WEIR_OBJECT_MAP, id);
	struct weir_map_handle *map;

	if (fd < 0) {
		errno = -fd;
		return NULL;
	}
	map = weir_map__from_fd(fd);
	if (!map)
		close(fd);
	return map;
}

/* The map of the object that is called so, and may be another's. */
static struct weir_map_handle *find(const struct weir_object *obj,
				    const struct weir_map_handle *other)
{
	struct weir_map_handle *map = NULL;

	while ((map = weir_object__next_map(obj, map)) != NULL)
		if (!map->is_data && !map->ops &&
		    map->attr.type == other->attr.type &&
		    !strncmp(map->attr.name, other->attr.name,
			     sizeof(map->attr.name)))
			return map;
	return NULL;
}

static int carry_map(struct weir_object *obj, uint32_t id)
{
	struct weir_map_handle *other = weir_map__open_id(id);
	struct weir_map_handle *map;
	int err = 0;

	if (!other)
		return errno == ENOENT ? 0 : -errno;
	map = find(obj, other);
	if (map)
		err = weir_map__reuse(map, other);
	weir_map__close(other);
	return err ? err : map != NULL;
}

int weir_object__carry_maps(struct weir_object *obj, uint32_t prog_id)
{
	uint32_t ids[WEIR_MAX_MAPS];
	struct weir_prog_info info = {
		.size = sizeof(info),
		.map_ids = (uintptr_t)ids,
		.nr_maps = WEIR_MAX_MAPS,
	};
	int fd = weir_id__open(WEIR_OBJECT_PROG, prog_id);
	int err, nr = 0;

	if (fd < 0)
		return fd;
	err = ioctl(fd, WEIR_IOC_PROG_INFO, &info) ? -errno : 0;
	close(fd);
	for (uint32_t i = 0; !err && i < info.nr_maps; i++) {
		err = carry_map(obj, ids[i]);
		if (err > 0) {
			nr += err;
			err = 0;
		}
	}
	return err ? err : nr;
}
