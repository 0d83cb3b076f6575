// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ring buffers: the writers' side.
 *
 *	                          consumer        pending      producer
 *	  position  --------------+---------------+------------+---------->
 *	                 free     |  to be read   | reserved   |  free
 *
 * Reserving is done with a lock held, so the order of records is that of their
 * positions; writing and submitting are not. `pending` is the oldest record that
 * is still being written.
 *
 * The consumer position comes from the reader, who may write nonsense there. It
 * cannot do harm: what it says only lets a writer go on, and a writer never goes
 * round to `pending`, which the reader cannot write. So no record is handed out
 * twice, and no header is overwritten before its record was submitted. Headers
 * are in pages that users map without write permission.
 */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "base/host.h"
#include "runtime/map/ringbuf.h"
#include "runtime/map/type.h"

/* As Linux's, by the same names in <linux/bpf.h>. */
#define BUSY BPF_RINGBUF_BUSY_BIT
#define DISCARD BPF_RINGBUF_DISCARD_BIT
#define MAX_RECORD (DISCARD - 1 - 8)

/**
 * struct header - before each record
 * @len:	bytes, and bits
 * @pages:	from the page the header lies in back to the first of all
 */
struct header {
	u32 len;
	u32 pages;
};
_Static_assert(sizeof(struct header) == BPF_RINGBUF_HDR_SZ, "as Linux's");

/**
 * struct ring - a ring buffer
 * @pages:	a page of ours, whose first word leads back here, and the pages
 *		that users see
 * @consumer:	position of the reader
 * @producer:	position of the next record
 * @pending:	position of the oldest record that is being written, or later
 * @bytes:	for records, a power of two
 */
struct ring {
	struct weir_map map;
	struct weir_host_pages pages;
	struct weir_host_spin lock;
	struct weir_host_wait wait;
	unsigned long *consumer;
	unsigned long *producer;
	unsigned long pending;
	u8 *data;
	u32 bytes;
};

static struct ring *ring_of(const struct weir_map *map)
{
	return container_of((struct weir_map *)map, struct ring, map);
}

bool weir_map_is_ring(const struct weir_map *map)
{
	return map->def.type == BPF_MAP_TYPE_RINGBUF ||
	       map->def.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

static struct header *header_at(const struct ring *r, unsigned long pos)
{
	return (struct header *)(r->data + (pos & (r->bytes - 1)));
}

/* Bytes of a record in the ring, by its length. */
static u32 span(u32 len)
{
	return ALIGN((len & ~DISCARD) + (u32)sizeof(struct header), 8);
}

/* Past what has been submitted since. With the lock. */
static void advance_pending(struct ring *r, unsigned long producer)
{
	u32 len;

	while (r->pending != producer) {
		len = READ_ONCE(header_at(r, r->pending)->len);
		if (len & BUSY)
			break;
		r->pending += span(len);
	}
}

static u32 page_of(const struct ring *r, const void *p)
{
	return (u32)((size_t)((const u8 *)p - (const u8 *)r->pages.addr) /
		     weir_host_page_bytes());
}

static struct header *reserve_locked(struct ring *r, u32 len)
{
	unsigned long consumer = smp_load_acquire(r->consumer);
	unsigned long producer = *r->producer;
	unsigned long end = producer + span(len);
	struct header *h = header_at(r, producer);

	advance_pending(r, producer);
	if (end - consumer > r->bytes - 1 || end - r->pending > r->bytes - 1)
		return NULL;
	WRITE_ONCE(h->len, len | BUSY);
	WRITE_ONCE(h->pages, page_of(r, h));
	smp_store_release(r->producer, end);
	return h;
}

void *weir_ringbuf_reserve(struct weir_map *map, u64 size)
{
	struct ring *r = ring_of(map);
	struct header *h;
	unsigned long state;

	if (size > MAX_RECORD || span((u32)size) > r->bytes)
		return NULL;
	state = weir_host_spin_lock(&r->lock);
	h = reserve_locked(r, (u32)size);
	weir_host_spin_unlock(&r->lock, state);
	return h ? h + 1 : NULL;
}

static struct ring *ring_of_header(const struct header *h)
{
	size_t page = weir_host_page_bytes();
	uintptr_t base = (uintptr_t)h & ~(uintptr_t)(page - 1);

	return *(struct ring **)(base - h->pages * page);
}

/*
 * The reader, having read all, looks at the producer position, then at the
 * header there, and waits if it is busy. If it came here before this record
 * was submitted it must be woken: its position is then that of the record. The
 * exchange is a full barrier, and so is what a reader does before it waits:
 * either it sees the record, or we see its position.
 */
static __always_inline void commit(void *record, u64 flags, u32 bits)
{
	struct header *h = (struct header *)record - 1;
	struct ring *r = ring_of_header(h);
	unsigned long pos = (unsigned long)((u8 *)h - r->data);
	unsigned long consumer;

	xchg(&h->len, (h->len & ~BUSY) | bits);
	consumer = smp_load_acquire(r->consumer) & (r->bytes - 1);
	if ((flags & BPF_RB_FORCE_WAKEUP) ||
	    (consumer == pos && !(flags & BPF_RB_NO_WAKEUP)))
		weir_host_wake(&r->wait);
}

void weir_ringbuf_submit(void *record, u64 flags)
{
	commit(record, flags, 0);
}

void weir_ringbuf_discard(void *record, u64 flags)
{
	commit(record, flags, DISCARD);
}

int weir_ringbuf_output(struct weir_map *map, const void *data, u64 size,
			u64 flags)
{
	void *record;

	if (flags & ~(u64)(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP))
		return -EINVAL;
	record = weir_ringbuf_reserve(map, size);
	if (!record)
		return -EAGAIN;
	memcpy(record, data, (size_t)size);
	weir_ringbuf_submit(record, flags);
	return 0;
}

u64 weir_ringbuf_query(struct weir_map *map, u64 what)
{
	struct ring *r = ring_of(map);
	unsigned long consumer = smp_load_acquire(r->consumer);
	unsigned long producer = smp_load_acquire(r->producer);

	switch (what) {
	case BPF_RB_AVAIL_DATA:
		return producer - consumer;
	case BPF_RB_RING_SIZE:
		return r->bytes;
	case BPF_RB_CONS_POS:
		return consumer;
	case BPF_RB_PROD_POS:
		return producer;
	}
	return 0;
}

struct weir_host_wait *weir_ringbuf_wait(struct weir_map *map)
{
	return &ring_of(map)->wait;
}

static int ring_mapping(struct weir_map *map, struct weir_map_mapping *out)
{
	struct ring *r = ring_of(map);
	size_t page = weir_host_page_bytes();

	out->addr = (u8 *)r->pages.addr + page;
	out->bytes = r->pages.bytes - page + r->bytes;
	out->writable = page;
	return 0;
}

static void ring_free(struct weir_map *map)
{
	struct ring *r = ring_of(map);

	weir_host_wait_exit(&r->wait);
	weir_host_pages_free(&r->pages);
	weir_map_dealloc(map);
}

static void set_places(struct ring *r)
{
	size_t page = weir_host_page_bytes();
	u8 *at = r->pages.addr;

	*(struct ring **)(void *)at = r;
	r->consumer = (unsigned long *)(void *)(at + page);
	r->producer = (unsigned long *)(void *)(at + 2 * page);
	r->data = at + 3 * page;
}

static int create(const struct weir_map_def *def, u64 data_bytes,
		  struct weir_map **out)
{
	size_t page = weir_host_page_bytes();
	u64 bytes = data_bytes + 3 * page;
	struct weir_map *map;
	struct ring *r;
	int err;

	if (!data_bytes || (data_bytes & (data_bytes - 1)) ||
	    !IS_ALIGNED(data_bytes, (u64)page))
		return -EINVAL;
	err = weir_map_alloc(def, sizeof(*r), sizeof(*r) + bytes, &map);
	if (err)
		return err;
	r = ring_of(map);
	r->bytes = (u32)data_bytes;
	weir_host_spin_init(&r->lock, WEIR_SPIN_MAP);
	err = weir_host_wait_init(&r->wait);
	if (err)
		goto free_ring;
	err = weir_host_pages_alloc(&r->pages, (size_t)bytes,
				    (size_t)data_bytes);
	if (err)
		goto exit_wait;
	set_places(r);
	*out = map;
	return 0;

exit_wait:
	weir_host_wait_exit(&r->wait);
free_ring:
	weir_map_dealloc(map);
	return err;
}

int weir_ringbuf_create(const struct weir_map_def *def, struct weir_map **out)
{
	return create(def, def->max_entries, out);
}

int weir_perf_event_array_create(const struct weir_map_def *def,
				 struct weir_map **out)
{
	return create(def,
		      def->map_extra ? def->map_extra : WEIR_PERF_RING_BYTES,
		      out);
}

const struct weir_map_ops weir_ringbuf_ops = {
	.name = "ringbuf",
	.lookup = weir_map_no_lookup,
	.mapping = ring_mapping,
	.free = ring_free,
};

const struct weir_map_ops weir_perf_event_array_ops = {
	.name = "perf_event_array",
	.lookup = weir_map_no_lookup,
	.mapping = ring_mapping,
	.free = ring_free,
};
