// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Maps in the kernel: the ioctls of /dev/weir and of map descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/types.h>
#include <linux/bpf.h>
#include "runtime/map/ringbuf.h"
#include "tools/lib/backend_device.h"
#include "tools/lib/map.h"
#include "tools/lib/words.h"

static u64 to_user_ptr(const void *p)
{
	return (u64)(uintptr_t)p;
}

int device_map_create(struct weir_map_handle *map, struct weir_words *words)
{
	struct weir_map_create attr = map->attr;
	char line[WEIR_WORDS / 2] = "";
	int dev = device_get(words), err = 0;

	if (dev < 0)
		return dev;
	if (map->inner)
		attr.inner_fd = map->inner->fd;
	attr.log = to_user_ptr(line);
	attr.log_size = sizeof(line);
	map->fd = ioctl(dev, WEIR_IOC_MAP_CREATE, &attr);
	if (map->fd < 0)
		err = -errno;
	device_put();
	line[strcspn(line, "\n")] = 0;
	if (err && *line)
		weir_say(words, err, "map %s: %s", map->name, line);
	return err;
}

int device_map_info(struct weir_map_handle *map, struct weir_map_info *info)
{
	return ioctl(map->fd, WEIR_IOC_MAP_INFO, info) ? -errno : 0;
}

int device_map_elem(struct weir_map_handle *map, enum weir_map_op op,
		    const void *key, void *value, uint64_t flags)
{
	struct weir_map_elem elem = {
		.size = sizeof(elem),
		.op = op,
		.key = to_user_ptr(key),
		.value = to_user_ptr(value),
		.flags = flags,
	};

	return ioctl(map->fd, WEIR_IOC_MAP_ELEM, &elem) ? -errno : 0;
}

int device_map_batch(struct weir_map_handle *map,
		     const struct weir_map_batch *batch, uint32_t *count)
{
	struct weir_map_batch b = *batch;
	int err = ioctl(map->fd, WEIR_IOC_MAP_BATCH, &b) ? -errno : 0;

	/* What was done is said on an error too; else nothing was. */
	*count = err && b.count == batch->count && err != -ENOENT ? 0 : b.count;
	return err;
}

int device_map_set_program(struct weir_map_handle *map, const void *key,
			   struct weir_program *prog, uint64_t flags)
{
	u32 fd = (u32)prog->fd;

	return device_map_elem(map, WEIR_MAP_UPDATE, key, &fd, flags);
}

int device_map_set_map(struct weir_map_handle *map, const void *key,
		       struct weir_map_handle *inner, uint64_t flags)
{
	u32 fd = (u32)inner->fd;

	return device_map_elem(map, WEIR_MAP_UPDATE, key, &fd, flags);
}

int device_map_share(struct weir_map_handle *map, struct weir_map_handle *other)
{
	map->fd = fcntl(other->fd, F_DUPFD_CLOEXEC, 0);
	return map->fd < 0 ? -errno : 0;
}

static size_t whole_pages(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) & ~(page - 1);
}

int device_map_mmap(struct weir_map_handle *map, size_t bytes, void **out)
{
	void *at = mmap(NULL, whole_pages(bytes), PROT_READ | PROT_WRITE,
			MAP_SHARED, map->fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	*out = at;
	return 0;
}

void device_map_munmap(struct weir_map_handle *map, void *at, size_t bytes)
{
	(void)map;
	munmap(at, whole_pages(bytes));
}

static size_t ring_bytes(const struct weir_map_handle *map)
{
	if (map->attr.type == BPF_MAP_TYPE_RINGBUF)
		return map->attr.max_entries;
	return map->attr.map_extra ? (size_t)map->attr.map_extra
				   : WEIR_PERF_RING_BYTES;
}

/* As Linux's: a page of the reader's; then a page and the ring twice. */
int device_map_ring(struct weir_map_handle *map, struct weir_ring_view *view)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = ring_bytes(map);
	u8 *own, *theirs;
	int err;

	own = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map->fd, 0);
	if (own == MAP_FAILED)
		return -errno;
	theirs = mmap(NULL, page + 2 * bytes, PROT_READ, MAP_SHARED, map->fd,
		      (off_t)page);
	if (theirs == MAP_FAILED) {
		err = -errno;
		munmap(own, page);
		return err;
	}
	*view = (struct weir_ring_view){
		.consumer = (unsigned long *)(void *)own,
		.producer = (unsigned long *)(void *)theirs,
		.data = theirs + page,
		.mask = bytes - 1,
		.fd = map->fd,
	};
	return 0;
}

void device_map_unring(struct weir_map_handle *map,
		       const struct weir_ring_view *view)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	(void)map;
	munmap(view->consumer, page);
	munmap((void *)view->producer, page + 2 * (view->mask + 1));
}

void device_map_free(struct weir_map_handle *map)
{
	close(map->fd);
}
