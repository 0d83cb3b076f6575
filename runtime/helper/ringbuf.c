// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ring buffers, and arrays of perf events, which are ring buffers here. A record
 * that is reserved is held: run->held says so until it is given back, since a
 * guard may end the run before.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <uapi/linux/bpf.h>
#include "base/host.h"
#include "base/map.h"
#include "base/run.h"
#include "runtime/helpers.h"
#include "runtime/map/ringbuf.h"

static u64 result(int err)
{
	return (u64)(s64)err;
}

/* Where @what stands among what is held: a record, or 0 for a free place. */
static inline u64 *held_place(struct weir_run *run, u64 what)
{
	u32 i;

	if (run->held[0] == what)
		return &run->held[0];
	for (i = 1; i < WEIR_MAX_HELD; i++)
		if (run->held[i] == what)
			return &run->held[i];
	return NULL;
}

WEIR_HELPER(ringbuf_output)
{
	return result(weir_ringbuf_output(weir_helper_pointer(a),
					  weir_helper_pointer(b), c, d));
}

WEIR_HELPER(ringbuf_reserve)
{
	u64 *place = held_place(run, 0), record;

	if (c || WARN_ON_ONCE(!place)) /* the verifier counts them */
		return 0;
	record = (uintptr_t)weir_ringbuf_reserve(weir_helper_pointer(a), b);
	*place = record;
	return record;
}

static void let_go(struct weir_run *run, u64 record)
{
	u64 *place = held_place(run, record);

	if (!WARN_ON_ONCE(!place))
		*place = 0;
}

WEIR_HELPER(ringbuf_submit)
{
	let_go(run, a);
	weir_ringbuf_submit(weir_helper_pointer(a), b);
	return 0;
}

WEIR_HELPER(ringbuf_discard)
{
	let_go(run, a);
	weir_ringbuf_discard(weir_helper_pointer(a), b);
	return 0;
}

WEIR_HELPER(ringbuf_query)
{
	return weir_ringbuf_query(weir_helper_pointer(a), b);
}

/*
 * The program's bytes and as many of the packet as the flags say, as one record.
 * Which CPU's ring is meant is checked, and then it is one for all of them.
 */
WEIR_HELPER(perf_event_output)
{
	struct weir_map *map = weir_helper_pointer(b);
	u32 of_packet = (u32)((c & BPF_F_CTXLEN_MASK) >> 32);
	u64 index = c & BPF_F_INDEX_MASK;
	u8 *record;

	if (c & ~(u64)(BPF_F_CTXLEN_MASK | BPF_F_INDEX_MASK))
		return result(-EINVAL);
	if (of_packet > run->len)
		return result(-EFAULT);
	if (index == BPF_F_CURRENT_CPU)
		index = run->cpu;
	if (index >= map->def.max_entries)
		return result(-E2BIG);
	record = weir_ringbuf_reserve(map, e + of_packet);
	if (!record)
		return result(-ENOSPC);
	memcpy(record, weir_helper_pointer(d), (size_t)e);
	if (of_packet && run->packet->load(run, 0, record + e, of_packet)) {
		weir_ringbuf_discard(record, 0);
		return result(-EFAULT);
	}
	weir_ringbuf_submit(record, 0);
	return 0;
}
