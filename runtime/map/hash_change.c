// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Hash maps: who changes them. See hash.h. */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "base/host.h"
#include "runtime/map/hash.h"
#include "runtime/map/map.h"
#include "runtime/map/type.h"
#include "runtime/map/value.h"

#define SECOND_CHANCES 64

/* Take one of max_entries permissions. */
static bool count_in(struct weir_hash *h)
{
	u32 count;

	do {
		count = READ_ONCE(h->count);
		if (count >= h->max)
			return false;
	} while (cmpxchg(&h->count, count, count + 1) != count);
	return true;
}

static void count_out(struct weir_hash *h)
{
	u32 count;

	do {
		count = READ_ONCE(h->count);
	} while (cmpxchg(&h->count, count, count - 1) != count);
}

/*
 * Of a map that is not preallocated. Before a bucket is locked: where locks
 * can sleep (PREEMPT_RT), the allocator has some, and a bucket's is none.
 */
static struct weir_hash_elem *loose_alloc(const struct weir_hash *h)
{
	u32 head = offsetof(struct weir_hash_loose, elem);
	u64 bytes = weir_hash_loose_bytes(h);
	struct weir_hash_loose *loose;
	u8 *at;

	if (!weir_map_grow(&h->map, bytes))
		return NULL;
	loose = weir_host_alloc_now((size_t)bytes);
	if (!loose) {
		weir_map_shrink(&h->map, bytes);
		return NULL;
	}
	at = (u8 *)loose + head + h->elem_size;
	if (h->is_percpu)
		*(u8 **)(void *)&loose->elem.key[h->key_words] = at;
	return &loose->elem;
}

/* One that nobody wanted in the end, and no reader has seen. */
static void loose_discard(const struct weir_hash *h, struct weir_hash_elem *e)
{
	if (!e)
		return;
	weir_map_shrink(&h->map, weir_hash_loose_bytes(h));
	weir_hash_loose_free(
		&container_of(e, struct weir_hash_loose, elem)->defer);
}

static struct weir_hash_elem *take(struct weir_hash_elem **spare)
{
	struct weir_hash_elem *e = *spare;

	*spare = NULL;
	return e;
}

/* With a bucket's lock held, so that whoever holds one is not interrupted. */
static struct weir_hash_elem *elem_alloc(struct weir_hash *h,
					 struct weir_hash_elem **spare)
{
	if (!h->elems)
		return take(spare);
	return container_of(weir_freelist_pop(&h->free), struct weir_hash_elem,
			    free);
}

/* The same for a replacement: elem_free_old() will follow. */
static struct weir_hash_elem *elem_alloc_new(struct weir_hash *h,
					     struct weir_hash_elem **spare)
{
	if (!h->elems)
		return take(spare);
	return container_of(weir_freelist_swap_out(&h->free),
			    struct weir_hash_elem, free);
}

/* It is in no chain any more; readers may stand on it. */
static void elem_free(struct weir_hash *h, struct weir_hash_elem *e)
{
	if (h->elems) {
		weir_freelist_push(&h->free, &e->free);
		return;
	}
	weir_map_shrink(&h->map, weir_hash_loose_bytes(h));
	weir_host_rcu_defer(
		&container_of(e, struct weir_hash_loose, elem)->defer,
		weir_hash_loose_free);
}

static void elem_free_old(struct weir_hash *h, struct weir_hash_elem *e)
{
	if (h->elems)
		weir_freelist_swap_in(&h->free, &e->free);
	else
		elem_free(h, e);
}

/* Where the chain points to @e; NULL if it is not there. */
static struct weir_hash_elem **link_to(struct weir_hash_bucket *b,
				       const struct weir_hash_elem *e)
{
	struct weir_hash_elem **link;

	for (link = &b->first; *link; link = &(*link)->next)
		if (*link == e)
			return link;
	return NULL;
}

/* Readers may be on @e: its own link stays until it is used again. */
static void leave(struct weir_hash_bucket *b, struct weir_hash_elem **link,
		  struct weir_hash_elem *e, struct weir_hash_elem *instead)
{
	smp_store_release(link, instead);
	smp_store_release(&b->gone, b->gone + 1);
	WRITE_ONCE(e->state, WEIR_ELEM_UNUSED);
}

static void drop(struct weir_hash *h, struct weir_hash_bucket *b,
		 struct weir_hash_elem **link, struct weir_hash_elem *e)
{
	leave(b, link, e, e->next);
	elem_free(h, e);
	count_out(h);
}

static u32 next_hand(struct weir_hash *h)
{
	u32 at, next;

	do {
		at = READ_ONCE(h->hand);
		next = at + 1 < h->nr_elems ? at + 1 : 0;
	} while (cmpxchg(&h->hand, at, next) != at);
	return at;
}

static bool evict_elem(struct weir_hash *h, struct weir_hash_elem *e)
{
	struct weir_hash_bucket *b = hash_bucket(h, READ_ONCE(e->hash));
	unsigned long state = weir_host_spin_lock(&b->lock);
	struct weir_hash_elem **link = link_to(b, e);

	if (link)
		drop(h, b, link, e);
	weir_host_spin_unlock(&b->lock, state);
	return link;
}

/*
 * Make room, or see that somebody else did: the caller tries again. No bucket
 * may be locked.
 */
static void evict(struct weir_hash *h)
{
	u32 chances = SECOND_CHANCES;
	struct weir_hash_elem *e;
	u32 i;

	for (i = 0; i < h->nr_elems; i++) {
		e = hash_elem_at(h, next_hand(h));
		switch (READ_ONCE(e->state)) {
		case WEIR_ELEM_MARKED:
			if (chances && chances--) {
				WRITE_ONCE(e->state, WEIR_ELEM_PLAIN);
				continue;
			}
			fallthrough;
		case WEIR_ELEM_PLAIN:
			if (evict_elem(h, e))
				return;
		}
	}
}

static int check_change(const struct weir_hash *h,
			const struct weir_hash_change *c)
{
	if ((c->flags & ~BPF_F_LOCK) > BPF_EXIST)
		return -EINVAL;
	if ((c->flags & BPF_F_LOCK) && h->map.def.lock_off == WEIR_NO_FIELD)
		return -EINVAL;
	return 0;
}

static int check_exists(const struct weir_hash_elem *old, u64 flags)
{
	if (old && (flags & BPF_NOEXIST))
		return -EEXIST;
	if (!old && (flags & BPF_EXIST))
		return -ENOENT;
	return 0;
}

/* Per-CPU values of an element that is in the map, or is about to be. */
static void set_percpu(const struct weir_hash *h, struct weir_hash_elem *e,
		       const struct weir_hash_change *c)
{
	if (c->all_cpus)
		weir_percpu_write(&h->map, hash_first_value(h, e),
				  h->cpu_stride, h->nr_cpus, c->value);
	else
		weir_value_store(hash_value(h, e), c->value,
				 h->map.def.value_size);
}

static void clear_percpu(const struct weir_hash *h, struct weir_hash_elem *e)
{
	u8 *value = hash_first_value(h, e);
	u32 cpu, off;

	for (cpu = 0; cpu < h->nr_cpus; cpu++, value += h->cpu_stride)
		for (off = 0; off < h->map.elem_bytes; off += 4)
			WRITE_ONCE(*(u32 *)(value + off), 0);
}

/*
 * A new element's contents. A reader that still stands on it must not take
 * the new key for found before the value is there: the hash comes last.
 */
static void fill(const struct weir_hash *h, struct weir_hash_elem *e, u32 hash,
		 const struct weir_hash_change *c)
{
	if (h->is_percpu) {
		clear_percpu(h, e);
		set_percpu(h, e, c);
	} else if (h->objects) {
		smp_store_release(hash_object(h, e), *(void *const *)c->value);
	} else {
		weir_value_init(&h->map, hash_first_value(h, e), c->value);
	}
	weir_key_store(e->key, c->key, h->map.def.key_size);
	smp_store_release(&e->hash, hash);
}

/* Can the value be changed where it is? */
static bool in_place(const struct weir_hash *h,
		     const struct weir_hash_change *c)
{
	return h->is_percpu || (c->flags & BPF_F_LOCK);
}

static void change_in_place(const struct weir_hash *h, struct weir_hash_elem *e,
			    const struct weir_hash_change *c)
{
	if (h->is_percpu)
		set_percpu(h, e, c);
	else
		weir_value_write(&h->map, hash_first_value(h, e), c->value,
				 c->flags);
	if (h->is_lru)
		WRITE_ONCE(e->state, WEIR_ELEM_MARKED);
}

/* The new one takes the place of the old one. */
static int replace(struct weir_hash *h, struct weir_hash_bucket *b, u32 hash,
		   struct weir_hash_elem *old, struct weir_hash_change *c,
		   struct weir_hash_elem **spare)
{
	struct weir_hash_elem *e = elem_alloc_new(h, spare);

	if (!e)
		return -ENOMEM;
	fill(h, e, hash, c);
	WRITE_ONCE(e->state, h->is_lru ? WEIR_ELEM_MARKED : WEIR_ELEM_PLAIN);
	smp_store_release(&e->next, old->next);
	leave(b, link_to(b, old), old, e);
	if (h->objects)
		c->gone = *hash_object(h, old);
	elem_free_old(h, old);
	return 0;
}

/* A permission has been taken. */
static int add(struct weir_hash *h, struct weir_hash_bucket *b, u32 hash,
	       const struct weir_hash_change *c, struct weir_hash_elem **spare)
{
	struct weir_hash_elem *e = elem_alloc(h, spare);

	if (!e) {
		count_out(h);
		return -ENOMEM;
	}
	fill(h, e, hash, c);
	WRITE_ONCE(e->state, WEIR_ELEM_PLAIN);
	smp_store_release(&e->next, b->first);
	smp_store_release(&b->first, e);
	return 0;
}

/*
 * With the bucket locked. -EAGAIN: there is no room; -ENOMEM: nor a @spare, which
 * is taken if it is wanted.
 */
static int change_locked(struct weir_hash *h, struct weir_hash_bucket *b,
			 u32 hash, struct weir_hash_change *c,
			 struct weir_hash_elem **spare)
{
	struct weir_hash_elem *old = hash_walk(h, b->first, hash, c->key);
	int err = check_exists(old, c->flags);

	if (err)
		return err;
	if (!old)
		return count_in(h) ? add(h, b, hash, c, spare) : -EAGAIN;
	if (!in_place(h, c))
		return replace(h, b, hash, old, c, spare);
	change_in_place(h, old, c);
	return 0;
}

int weir_hash_change(struct weir_hash *h, struct weir_hash_change *c)
{
	/* What is changed in place takes memory only where it is not there. */
	bool is_loose = !h->elems, wants = is_loose && !in_place(h, c);
	u32 hash = hash_key(h, c->key);
	struct weir_hash_bucket *b = hash_bucket(h, hash);
	struct weir_hash_elem *spare = NULL;
	unsigned long state;
	int err = check_change(h, c);

	if (err)
		return err;
	for (;;) {
		if (wants && !spare)
			spare = loose_alloc(h);
		state = weir_host_spin_lock(&b->lock);
		err = change_locked(h, b, hash, c, &spare);
		weir_host_spin_unlock(&b->lock, state);
		if (err == -ENOMEM && is_loose && !wants)
			wants = true;
		else if (err == -EAGAIN && h->is_lru)
			evict(h);
		else
			break;
	}
	loose_discard(h, spare);
	return err == -EAGAIN ? -E2BIG : err;
}

int weir_hash_remove(struct weir_hash *h, const void *key, void *value,
		     u64 flags, void **gone)
{
	u32 hash = hash_key(h, key);
	struct weir_hash_bucket *b = hash_bucket(h, hash);
	unsigned long state = weir_host_spin_lock(&b->lock);
	struct weir_hash_elem *e = hash_walk(h, b->first, hash, key);

	if (e) {
		if (value)
			weir_hash_read_elem(h, e, value, flags);
		if (gone)
			*gone = *hash_object(h, e);
		drop(h, b, link_to(b, e), e);
	}
	weir_host_spin_unlock(&b->lock, state);
	return e ? 0 : -ENOENT;
}
