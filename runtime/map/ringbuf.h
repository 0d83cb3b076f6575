/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Ring buffers: records of any size from many programs to one reader, in the
 * order in which they were reserved. The memory is laid out as Linux's is, so
 * that a reader made for those reads these:
 *
 *	page 0   consumer position, which the reader writes
 *	page 1   producer position
 *	page 2.. max_entries bytes of records, and the same pages once more
 *
 * Positions only grow; a record lies at its position modulo max_entries, and
 * is never cut in two since the pages are there twice. Before it stands a
 * header of 8 bytes: its length, with one bit while it is being written and
 * another if it is to be skipped. Records start at multiples of 8.
 *
 * Arrays of perf events are ring buffers too: one for all CPUs, whose size
 * map_extra says.
 */
#ifndef WEIR_RUNTIME_MAP_RINGBUF_H
#define WEIR_RUNTIME_MAP_RINGBUF_H

#include <linux/types.h>
#include "base/host.h"
#include "base/map.h"

/* Bytes of an array of perf events, unless map_extra says another number. */
#define WEIR_PERF_RING_BYTES (256u << 10)

/** weir_map_is_ring() - is it one? Any context. */
bool weir_map_is_ring(const struct weir_map *map);

/**
 * weir_ringbuf_reserve() - room for a record
 * @size:	bytes
 *
 * It must be given to weir_ringbuf_submit() or weir_ringbuf_discard(): records
 * behind it are not read before. Any context.
 * Return: the record, 8-aligned, or NULL: the reader has not made room.
 */
void *weir_ringbuf_reserve(struct weir_map *map, u64 size);

/**
 * weir_ringbuf_submit() - let the reader have a record
 * @flags:	BPF_RB_NO_WAKEUP, BPF_RB_FORCE_WAKEUP; with neither, the reader is
 *		woken if it has read all that was before. Any context.
 */
void weir_ringbuf_submit(void *record, u64 flags);

/** weir_ringbuf_discard() - let the reader skip it. Any context. */
void weir_ringbuf_discard(void *record, u64 flags);

/**
 * weir_ringbuf_output() - a record with these bytes
 *
 * Any context. Return: 0; -EAGAIN: no room; -EINVAL: unknown flags.
 */
int weir_ringbuf_output(struct weir_map *map, const void *data, u64 size,
			u64 flags);

/**
 * weir_ringbuf_query() - how it stands
 * @what:	BPF_RB_AVAIL_DATA, BPF_RB_RING_SIZE, BPF_RB_CONS_POS,
 *		BPF_RB_PROD_POS; 0 comes back for others. Any context.
 */
u64 weir_ringbuf_query(struct weir_map *map, u64 what);

/** weir_ringbuf_wait() - what its reader waits on, and is woken by. */
struct weir_host_wait *weir_ringbuf_wait(struct weir_map *map);

#endif
