// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The reader of ring buffers. What lies in one is described in
 * runtime/map/ringbuf.h; it is Linux's format. The reader owns the consumer
 * position and nothing else: everything before it may be written over.
 *
 * Sound: a record's length is read once, with acquire, and is taken only when
 * its busy bit is off; the writer puts it there with release after the bytes.
 */
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/types.h>
#include <linux/bpf.h>
#include "tools/lib/backend.h"
#include "tools/lib/map.h"

#define MAX_RINGS 16
#define RECORD_ALIGN 8u
#define LEN_BITS (BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT)

struct ring {
	struct weir_map_handle *map;
	struct weir_ring_view view;
	weir_ring_fn fn;
	void *arg;
};

/** struct weir_ring_buffer - @nr rings, read in turn */
struct weir_ring_buffer {
	struct ring ring[MAX_RINGS];
	unsigned int nr;
};

struct weir_ring_buffer *weir_ring_buffer__new(struct weir_map_handle *map,
					       weir_ring_fn fn, void *arg)
{
	struct weir_ring_buffer *rb = calloc(1, sizeof(*rb));
	int err = rb ? weir_ring_buffer__add(rb, map, fn, arg) : -ENOMEM;

	if (!err)
		return rb;
	free(rb);
	errno = -err;
	return NULL;
}

int weir_ring_buffer__add(struct weir_ring_buffer *rb,
			  struct weir_map_handle *map, weir_ring_fn fn,
			  void *arg)
{
	struct ring *ring = &rb->ring[rb->nr];
	int err;

	if (rb->nr == MAX_RINGS)
		return -E2BIG;
	if (!map->ops || !fn ||
	    (map->attr.type != BPF_MAP_TYPE_RINGBUF &&
	     map->attr.type != BPF_MAP_TYPE_PERF_EVENT_ARRAY))
		return -EINVAL;
	*ring = (struct ring){ .map = map, .fn = fn, .arg = arg };
	err = map->ops->map_ring(map, &ring->view);
	if (!err)
		rb->nr++;
	return err;
}

static int consume(struct ring *ring)
{
	const struct weir_ring_view *v = &ring->view;
	unsigned long at = __atomic_load_n(v->consumer, __ATOMIC_RELAXED);
	int nr = 0, ret = 0;

	while (ret >= 0 &&
	       at != __atomic_load_n(v->producer, __ATOMIC_ACQUIRE)) {
		const u32 *head = (const void *)(v->data + (at & v->mask));
		u32 len = __atomic_load_n(head, __ATOMIC_ACQUIRE);
		u32 bytes = len & ~LEN_BITS;

		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		if (!(len & BPF_RINGBUF_DISCARD_BIT)) {
			ret = ring->fn(ring->arg,
				       (const u8 *)head + BPF_RINGBUF_HDR_SZ,
				       bytes);
			nr++;
		}
		at += (bytes + BPF_RINGBUF_HDR_SZ + RECORD_ALIGN - 1) &
		      ~(unsigned long)(RECORD_ALIGN - 1);
		__atomic_store_n(v->consumer, at, __ATOMIC_RELEASE);
	}
	return ret < 0 ? ret : nr;
}

int weir_ring_buffer__consume(struct weir_ring_buffer *rb)
{
	int sum = 0, nr;

	for (unsigned int i = 0; i < rb->nr; i++) {
		nr = consume(&rb->ring[i]);
		if (nr < 0)
			return nr;
		sum += nr;
	}
	return sum;
}

int weir_ring_buffer__poll(struct weir_ring_buffer *rb, int timeout_ms)
{
	struct pollfd fds[MAX_RINGS];
	int nr = weir_ring_buffer__consume(rb);
	uint64_t wakeups;

	if (nr)
		return nr;
	for (unsigned int i = 0; i < rb->nr; i++)
		fds[i] = (struct pollfd){ .fd = rb->ring[i].view.fd,
					  .events = POLLIN };
	nr = poll(fds, rb->nr, timeout_ms);
	if (nr <= 0)
		return nr ? -errno : 0;
	/* Wakeups are forgotten before the records are read, not after. */
	for (unsigned int i = 0; i < rb->nr; i++)
		if (fds[i].revents && rb->ring[i].view.is_eventfd &&
		    read(fds[i].fd, &wakeups, sizeof(wakeups)) < 0 &&
		    errno != EAGAIN)
			return -errno;
	return weir_ring_buffer__consume(rb);
}

void weir_ring_buffer__free(struct weir_ring_buffer *rb)
{
	int saved = errno;

	for (unsigned int i = 0; rb && i < rb->nr; i++)
		rb->ring[i].map->ops->map_unring(rb->ring[i].map,
						 &rb->ring[i].view);
	free(rb);
	errno = saved;
}
