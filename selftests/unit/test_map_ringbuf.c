// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Ring buffers, read the way libbpf's reader reads them: records wrap without
 * a cut, busy ones hold up those behind them, discarded ones are skipped, a
 * full ring says so, and nonsense from the reader harms only the reader.
 */
#include <linux/rcupdate.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include "runtime/map/ringbuf.h"
#include "selftests/unit/map_test.h"

#define RING 4096u

/* A reader, of the memory that users may map. */
struct reader {
	unsigned long *consumer;
	unsigned long *producer;
	u8 *data;
	u32 mask;
};

static struct reader reader_of(struct weir_map *map)
{
	size_t page = weir_host_page_bytes();
	struct weir_map_mapping m;
	struct reader r;

	if (weir_map_user_mapping(map, &m) || m.writable != page)
		ksft_exit_fail_msg("no mapping\n");
	r.mask = (u32)weir_ringbuf_query(map, BPF_RB_RING_SIZE) - 1;
	if (m.bytes != 2 * page + 2 * ((size_t)r.mask + 1))
		ksft_exit_fail_msg("the mapping has another size\n");
	r.consumer = m.addr;
	r.producer = (unsigned long *)(void *)((u8 *)m.addr + page);
	r.data = (u8 *)m.addr + 2 * page;
	return r;
}

/* The next record that is not discarded: its length, or -1. */
static int next(struct reader *r, const u8 **data)
{
	unsigned long pos = *r->consumer;
	u32 len;

	while (pos < smp_load_acquire(r->producer)) {
		u32 *header = (u32 *)(void *)(r->data + (pos & r->mask));

		len = smp_load_acquire(header);
		if (len & BPF_RINGBUF_BUSY_BIT)
			return -1;
		pos += ALIGN((len & ~BPF_RINGBUF_DISCARD_BIT) + 8, 8);
		smp_store_release(r->consumer, pos);
		if (len & BPF_RINGBUF_DISCARD_BIT)
			continue;
		*data = (u8 *)(header + 2);
		return (int)len;
	}
	return -1;
}

static bool woken(struct weir_map *map)
{
	eventfd_t count;

	return !eventfd_read(weir_ringbuf_wait(map)->fd, &count);
}

static void test_wrap(u32 type, u32 size, const char *what)
{
	struct weir_map *map = type == BPF_MAP_TYPE_RINGBUF
				       ? new_map(type, 0, 0, RING, 0)
				       : new_map(type, 4, 4, 2, 0);
	struct reader r = reader_of(map);
	u8 *record;
	const u8 *got;
	bool ok = r.mask + 1 == size;

	for (u32 i = 0; i < 100000; i++) {
		u32 len = i * 37 % 700;

		record = weir_ringbuf_reserve(map, len);
		if (!record) {
			ok = false;
			break;
		}
		ok &= (uintptr_t)record % 8 == 0;
		memset(record, (int)i & 0xff, len);
		weir_ringbuf_submit(record, 0);
		ok &= next(&r, &got) == (int)len;
		for (u32 j = 0; j < len; j++)
			ok &= got[j] == (u8)i;
		ok &= next(&r, &got) == -1;
	}
	weir_map_user_put(map);
	ksft_test_result(ok, "%s: records of all lengths, round and round\n",
			 what);
}

static void test_full(void)
{
	struct weir_map *map = new_map(BPF_MAP_TYPE_RINGBUF, 0, 0, RING, 0);
	struct reader r = reader_of(map);
	u8 bytes[RING] = { 0 };
	const u8 *got;
	u32 nr = 0;
	bool ok;

	while (!weir_ringbuf_output(map, bytes, 56, 0))
		nr++;
	/* Positions that are the whole ring apart would look the same. */
	ok = nr == RING / 64 - 1;
	ok &= weir_ringbuf_query(map, BPF_RB_AVAIL_DATA) == nr * 64;
	ok &= weir_ringbuf_output(map, bytes, 48, 0) == 0; /* what is left */
	ok &= weir_ringbuf_output(map, bytes, 1, 0) == -EAGAIN;
	ok &= weir_ringbuf_output(map, bytes, 56, 0) == -EAGAIN;
	ok &= !weir_ringbuf_reserve(map, 56);
	ok &= next(&r, &got) == 56 && !weir_ringbuf_output(map, bytes, 56, 0);
	ksft_test_result(ok, "a full ring says so, and goes on\n");
	while (next(&r, &got) >= 0)
		;
	ok = !weir_ringbuf_output(map, bytes, RING - 16, 0);
	while (next(&r, &got) >= 0)
		;
	ok &= weir_ringbuf_output(map, bytes, RING - 8, 0) == -EAGAIN;
	ok &= !weir_ringbuf_reserve(map, RING);
	ok &= !weir_ringbuf_reserve(map, 0x3fffffff);
	ok &= !weir_ringbuf_reserve(map, 0xffffffff);
	ok &= !weir_ringbuf_reserve(map, 0xfffffffff8ULL);
	ok &= !weir_ringbuf_reserve(map, ~0ULL);
	ok &= weir_ringbuf_output(map, bytes, 8, 4) == -EINVAL;
	ok &= !weir_ringbuf_output(map, bytes, 0, 0) && next(&r, &got) == 0;
	ksft_test_result(ok, "the longest record, and those that are longer\n");
	weir_map_user_put(map);
}

static void test_busy(void)
{
	struct weir_map *map = new_map(BPF_MAP_TYPE_RINGBUF, 0, 0, RING, 0);
	struct reader r = reader_of(map);
	u64 *a, *b, *c;
	const u8 *got;
	bool ok;

	a = weir_ringbuf_reserve(map, 8);
	b = weir_ringbuf_reserve(map, 8);
	c = weir_ringbuf_reserve(map, 8);
	*a = 1;
	*b = 2;
	*c = 3;
	weir_ringbuf_submit(c, 0);
	weir_ringbuf_discard(b, 0);
	ok = next(&r, &got) == -1;
	weir_ringbuf_submit(a, 0);
	ok &= next(&r, &got) == 8 && *got == 1;
	ok &= next(&r, &got) == 8 && *got == 3;
	ok &= next(&r, &got) == -1;
	ksft_test_result(ok, "in order; busy ones wait, discarded ones go\n");
	weir_map_user_put(map);
}

/* Whatever the reader claims to have read, no record is handed out twice. */
static void test_lies(void)
{
	struct weir_map *map = new_map(BPF_MAP_TYPE_RINGBUF, 0, 0, RING, 0);
	struct reader r = reader_of(map);
	u8 *held = weir_ringbuf_reserve(map, 100), *got;
	u32 header = *(u32 *)(void *)(held - 8);
	bool ok = true;

	memset(held, 0x77, 100);
	for (u32 i = 0; i < 20000; i++) {
		*r.consumer = i * 2654435761u >> (i % 24);
		if (i % 3 == 0)
			*r.consumer = *r.producer;
		got = weir_ringbuf_reserve(map, i * 31 % 900);
		if (!got)
			continue;
		ok &= got + i * 31 % 900 <= held - 8 || got >= held + 100;
		memset(got, 0, i * 31 % 900);
		weir_ringbuf_submit(got, 0);
	}
	ok &= *(u32 *)(void *)(held - 8) == header;
	for (u32 i = 0; i < 100; i++)
		ok &= held[i] == 0x77;
	weir_ringbuf_submit(held, 0);
	*r.consumer = *r.producer;
	ok &= !weir_ringbuf_output(map, &header, 4, 0);
	ksft_test_result(ok, "a reader that lies is believed in nothing\n");
	weir_map_user_put(map);
}

static void test_wakeups(void)
{
	struct weir_map *map = new_map(BPF_MAP_TYPE_RINGBUF, 0, 0, RING, 0);
	struct reader r = reader_of(map);
	const u8 *got;
	u64 x = 1;
	bool ok;

	ok = !woken(map);
	weir_ringbuf_output(map, &x, 8, 0);
	ok &= woken(map); /* it had read all */
	weir_ringbuf_output(map, &x, 8, 0);
	ok &= !woken(map); /* it is behind */
	weir_ringbuf_output(map, &x, 8, BPF_RB_FORCE_WAKEUP);
	ok &= woken(map);
	while (next(&r, &got) >= 0)
		;
	weir_ringbuf_output(map, &x, 8, BPF_RB_NO_WAKEUP);
	ok &= !woken(map);
	ksft_test_result(ok, "the reader is woken when it has read all\n");
	weir_map_user_put(map);
}

static void test_query(void)
{
	struct weir_map *map = new_map(BPF_MAP_TYPE_RINGBUF, 0, 0, RING, 0);
	struct reader r = reader_of(map);
	const u8 *got;
	u64 x = 1;
	bool ok;

	weir_ringbuf_output(map, &x, 8, 0);
	weir_ringbuf_output(map, &x, 8, 0);
	next(&r, &got);
	ok = weir_ringbuf_query(map, BPF_RB_AVAIL_DATA) == 16;
	ok &= weir_ringbuf_query(map, BPF_RB_CONS_POS) == 16;
	ok &= weir_ringbuf_query(map, BPF_RB_PROD_POS) == 32;
	ok &= weir_ringbuf_query(map, BPF_RB_RING_SIZE) == RING;
	ok &= weir_ringbuf_query(map, 99) == 0;
	ksft_test_result(ok, "queries\n");
	ok = weir_map_user_lookup(map, NULL, &x, 0) == -EOPNOTSUPP;
	ok &= weir_map_user_update(map, NULL, &x, 0) == -EOPNOTSUPP;
	ok &= weir_map_user_delete(map, NULL) == -EOPNOTSUPP;
	ok &= weir_map_user_next_key(map, NULL, &x) == -EOPNOTSUPP;
	ksft_test_result(ok, "a ring has no elements\n");
	weir_map_user_put(map);
}

/*
 * Writers on threads, each with its own number and a count
 */

#define WRITERS 3
#define EACH 20000u

static struct weir_map *shared;

static void *write_some(void *arg)
{
	u64 who = (u64)(uintptr_t)arg;

	for (u64 i = 0; i < EACH;) {
		u64 *record = weir_ringbuf_reserve(shared, 16 + i % 5 * 8);

		if (!record) {
			weir_host_relax();
			continue;
		}
		record[0] = who;
		record[1] = i;
		if (i % 7 == 3) {
			weir_ringbuf_discard(record, 0);
			record = weir_ringbuf_reserve(shared, 16);
			if (!record)
				continue;
			record[0] = who;
			record[1] = i;
		}
		weir_ringbuf_submit(record, 0);
		i++;
	}
	return NULL;
}

static void test_threads(void)
{
	u64 count[WRITERS] = { 0 }, nr = 0;
	pthread_t thread[WRITERS];
	struct reader r;
	const u8 *got;
	bool ok = true;
	int len;

	shared = new_map(BPF_MAP_TYPE_RINGBUF, 0, 0, RING, 0);
	r = reader_of(shared);
	for (uintptr_t i = 0; i < WRITERS; i++)
		pthread_create(&thread[i], NULL, write_some, (void *)i);
	while (nr < (u64)WRITERS * EACH && ok) {
		u64 record[2];

		len = next(&r, &got);
		if (len < 0) {
			weir_host_relax();
			continue;
		}
		memcpy(record, got, 16);
		ok &= record[0] < WRITERS && count[record[0]]++ == record[1];
		nr++;
	}
	for (u32 i = 0; i < WRITERS; i++)
		pthread_join(thread[i], NULL);
	ksft_test_result(ok,
			 "writers on threads: each record once, in order\n");
	weir_map_user_put(shared);
}

int main(void)
{
	struct weir_map_def d;
	bool ok = true;

	ksft_print_header();
	d = map_def(BPF_MAP_TYPE_RINGBUF, 0, 0, RING * 3, 0);
	ok &= def_err(&d, NULL) == -EINVAL;
	d = map_def(BPF_MAP_TYPE_RINGBUF, 0, 0, 2048, 0);
	ok &= def_err(&d, NULL) == -EINVAL;
	ksft_test_result(ok, "sizes are powers of two and whole pages\n");
	test_wrap(BPF_MAP_TYPE_RINGBUF, RING, "ringbuf");
	test_wrap(BPF_MAP_TYPE_PERF_EVENT_ARRAY, WEIR_PERF_RING_BYTES,
		  "perf_event_array");
	test_full();
	test_busy();
	test_lies();
	test_wakeups();
	test_query();
	test_threads();
	return ksft_finished();
}
