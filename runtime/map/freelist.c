// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Queues of free elements, one per CPU. */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include "base/host.h"
#include "runtime/map/freelist.h"
#include "runtime/map/percpu.h"

/*
 * @last is stale while the queue is empty; @aside is in no queue, and is taken
 * and given by whole exchanges.
 */
struct weir_freequeue {
	struct weir_free *aside;
	struct weir_host_spin lock;
	struct weir_free *first;
	struct weir_free *last;
	u8 pad[WEIR_PERCPU_ALIGN];
};

int weir_freelist_init(struct weir_freelist *list)
{
	u32 i;

	list->nr_queues = weir_host_nr_cpus();
	list->queue = weir_host_alloc(list->nr_queues * sizeof(*list->queue));
	if (!list->queue)
		return -ENOMEM;
	for (i = 0; i < list->nr_queues; i++)
		weir_host_spin_init(&list->queue[i].lock, WEIR_SPIN_FREELIST);
	return 0;
}

void weir_freelist_exit(struct weir_freelist *list)
{
	weir_host_free(list->queue);
}

u64 weir_freelist_bytes(void)
{
	return (u64)weir_host_nr_cpus() * sizeof(struct weir_freequeue);
}

static void push(struct weir_freequeue *queue, struct weir_free *free)
{
	unsigned long state = weir_host_spin_lock(&queue->lock);

	free->next = NULL;
	if (queue->first)
		queue->last->next = free;
	else
		WRITE_ONCE(queue->first, free);
	queue->last = free;
	weir_host_spin_unlock(&queue->lock, state);
}

static struct weir_free *pop(struct weir_freequeue *queue)
{
	struct weir_free *free;
	unsigned long state;

	if (!READ_ONCE(queue->first))
		return NULL;
	state = weir_host_spin_lock(&queue->lock);
	free = queue->first;
	if (free)
		WRITE_ONCE(queue->first, free->next);
	weir_host_spin_unlock(&queue->lock, state);
	return free;
}

void weir_freelist_spread(struct weir_freelist *list, struct weir_free *free,
			  u32 nr)
{
	push(&list->queue[nr % list->nr_queues], free);
}

void weir_freelist_push(struct weir_freelist *list, struct weir_free *free)
{
	push(&list->queue[weir_percpu_this(list->nr_queues)], free);
}

/* From @queue, or what is kept aside there. */
static struct weir_free *pop_any(struct weir_freequeue *queue)
{
	struct weir_free *free = pop(queue);

	if (!free && READ_ONCE(queue->aside))
		free = xchg(&queue->aside, NULL);
	return free;
}

struct weir_free *weir_freelist_pop(struct weir_freelist *list)
{
	u32 start = weir_percpu_this(list->nr_queues);
	struct weir_free *free;
	u32 i;

	for (;; weir_host_relax()) {
		for (i = 0; i < list->nr_queues; i++) {
			free = pop_any(
				&list->queue[(start + i) % list->nr_queues]);
			if (free)
				return free;
		}
	}
}

struct weir_free *weir_freelist_swap_out(struct weir_freelist *list)
{
	struct weir_freequeue *queue =
		&list->queue[weir_percpu_this(list->nr_queues)];
	struct weir_free *free = NULL;

	if (READ_ONCE(queue->aside))
		free = xchg(&queue->aside, NULL);
	return free ? free : weir_freelist_pop(list);
}

void weir_freelist_swap_in(struct weir_freelist *list, struct weir_free *free)
{
	struct weir_freequeue *queue =
		&list->queue[weir_percpu_this(list->nr_queues)];

	if (READ_ONCE(queue->aside) || cmpxchg(&queue->aside, NULL, free))
		push(queue, free);
}
