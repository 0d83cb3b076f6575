/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Elements that nobody uses, one queue per CPU. Who frees puts an element at
 * the end of this CPU's, who needs one takes the oldest of this CPU's, or of
 * the next CPU that has one: readers that still look at an element get as much
 * time as there is. For those who give one for one, each CPU keeps one aside,
 * which takes no lock.
 */
#ifndef WEIR_RUNTIME_MAP_FREELIST_H
#define WEIR_RUNTIME_MAP_FREELIST_H

#include <linux/types.h>
#include "base/host.h"

/** struct weir_free - a place in an element, of the free list alone */
struct weir_free {
	struct weir_free *next;
};

struct weir_freelist {
	struct weir_freequeue *queue;
	u32 nr_queues;
};

/** weir_freelist_init() - empty. May sleep. Return: 0 or -ENOMEM. */
int weir_freelist_init(struct weir_freelist *list);
void weir_freelist_exit(struct weir_freelist *list);

/** weir_freelist_bytes() - memory that one takes. */
u64 weir_freelist_bytes(void);

/** weir_freelist_spread() - put @free on a queue by its number @nr. */
void weir_freelist_spread(struct weir_freelist *list, struct weir_free *free,
			  u32 nr);

/** weir_freelist_push() - it is free now. Any context. */
void weir_freelist_push(struct weir_freelist *list, struct weir_free *free);

/**
 * weir_freelist_pop() - one that is free
 *
 * The caller knows that there is one, or that there will be as soon as others
 * do their next steps. Any context.
 */
struct weir_free *weir_freelist_pop(struct weir_freelist *list);

/**
 * weir_freelist_swap_out() - weir_freelist_pop() for those who will soon give
 * another one back by weir_freelist_swap_in(). Any context.
 */
struct weir_free *weir_freelist_swap_out(struct weir_freelist *list);
void weir_freelist_swap_in(struct weir_freelist *list, struct weir_free *free);

#endif
