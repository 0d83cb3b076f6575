// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Longest-prefix-match tries: keys are prefixes, a u32 length in bits and the
 * bits; a lookup gives the value of the longest prefix that the key has.
 *
 * A binary trie without chains: a node stands for its prefix, its two
 * children for longer ones that go on with a 0 and with a 1. A node without a
 * value (`fork`) stands where two prefixes part; it always has both children.
 *
 *	            10.0.0.0/8
 *	           /          \
 *	   10.1.0.0/16       (10.128/9)        a fork
 *	                     /        \
 *	             10.130/16       10.192/10
 *
 * Readers take no lock. Of a node that readers can reach only the children,
 * the `fork` flag and the bytes of the value change. Sound: a reader walks from
 * the root, and each link it reads leads to a node whose prefix extends that of
 * the node before. A change is one store to one link: it puts in a subtree that
 * is complete, or takes a node out whose children the link then leads to. So a
 * reader meets every prefix of its key that was in the trie during all of its
 * walk, and a node that was taken out stays until it is done.
 */
#include <linux/kernel.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "base/host.h"
#include "runtime/map/type.h"
#include "runtime/map/value.h"

#define LENGTH_BYTES 4 /* of a key, before its bits */

/* node.fork */
enum fork {
	NO_FORK,
	MADE_AS_FORK, /* there is no room for a value */
	BECAME_FORK, /* it had a value */
};

/**
 * struct trie_node - a prefix
 * @nr_bits:	its length
 * @fork:	enum fork: has it no value (any more)?
 * @data:	all bytes of the key, and behind them, 8-aligned, the value
 */
struct trie_node {
	struct weir_host_defer defer;
	struct trie_node *child[2];
	u32 nr_bits;
	u32 fork;
	u64 data[];
};

/**
 * struct trie - the map
 * @lock:	for those who change it
 * @data_bytes:	bytes of a key's bits
 * @nr:		prefixes there are
 * @grown:	bytes of all nodes
 */
struct trie {
	struct weir_map map;
	struct weir_host_spin lock;
	struct trie_node *root;
	u32 data_bytes;
	u32 nr;
	unsigned long grown;
};

static struct trie *trie_of(const struct weir_map *map)
{
	return container_of((struct weir_map *)map, struct trie, map);
}

static u32 key_bits(const void *key)
{
	u32 nr_bits;

	memcpy(&nr_bits, key, sizeof(nr_bits));
	return nr_bits;
}

static const u8 *key_data(const void *key)
{
	return (const u8 *)key + LENGTH_BYTES;
}

static bool key_is_good(const struct trie *t, const void *key)
{
	return key_bits(key) <= t->data_bytes * 8;
}

static const u8 *node_prefix(const struct trie_node *n)
{
	return (const u8 *)n->data;
}

static void *node_value(const struct trie *t, const struct trie_node *n)
{
	return (u8 *)n->data + ALIGN(t->data_bytes, 8);
}

/* Bit @nr, the first byte's highest is the first. */
static u32 bit(const u8 *data, u32 nr)
{
	return data[nr / 8] >> (7 - nr % 8) & 1;
}

static u32 be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/* How many bits from the front are the same, up to @limit. */
static u32 common_bits(const struct trie *t, const u8 *a, const u8 *b,
		       u32 limit)
{
	u32 diff, i = 0;

	for (; i + 4 <= t->data_bytes && i * 8 < limit; i += 4) {
		diff = be32(a + i) ^ be32(b + i);
		if (diff)
			return min(limit, i * 8 + 32 - (u32)fls(diff));
	}
	for (; i < t->data_bytes && i * 8 < limit; i++) {
		diff = a[i] ^ b[i];
		if (diff)
			return min(limit, i * 8 + 8 - (u32)fls(diff));
	}
	return limit;
}

static u32 match(const struct trie *t, const struct trie_node *n,
		 const void *key)
{
	return common_bits(t, node_prefix(n), key_data(key),
			   min(n->nr_bits, key_bits(key)));
}

/* Are the first @bits of both, below 33, the same? */
static bool same_front(u32 a, u32 b, u32 bits)
{
	return !((u64)(a ^ b) >> (32 - bits));
}

/* Does the node's prefix stand at the front of the key, of @bits? */
static bool covers(const struct trie *t, const struct trie_node *n,
		   const void *key, u32 bits)
{
	return n->nr_bits <= bits && match(t, n, key) == n->nr_bits;
}

/* IPv4's addresses: one word. */
static struct trie_node *find_word(const struct trie *t, u32 key, u32 bits)
{
	struct trie_node *n = rcu_dereference_raw(t->root);
	struct trie_node *found = NULL;

	while (n) {
		const u32 nr_bits = n->nr_bits;

		if (nr_bits > bits ||
		    !same_front(be32(node_prefix(n)), key, nr_bits))
			break;
		if (!READ_ONCE(n->fork))
			found = n;
		if (nr_bits == bits)
			break;
		n = rcu_dereference_raw(n->child[key >> (31 - nr_bits) & 1]);
	}
	return found;
}

static struct trie_node *find_longest(const struct trie *t, const void *key)
{
	struct trie_node *n = rcu_dereference_raw(t->root);
	struct trie_node *found = NULL;
	u32 bits = key_bits(key);

	if (!key_is_good(t, key))
		return NULL;
	if (t->data_bytes == 4)
		return find_word(t, be32(key_data(key)), bits);
	while (n && covers(t, n, key, bits)) {
		if (!READ_ONCE(n->fork))
			found = n;
		if (n->nr_bits == bits)
			break;
		n = rcu_dereference_raw(
			n->child[bit(key_data(key), n->nr_bits)]);
	}
	return found;
}

static void *trie_lookup(struct weir_map *map, const void *key)
{
	struct trie *t = trie_of(map);
	struct trie_node *n = find_longest(t, key);

	return n ? node_value(t, n) : NULL;
}

static int trie_read(struct weir_map *map, const void *key, void *value,
		     u64 flags)
{
	const void *from = trie_lookup(map, key);

	if (!from)
		return -ENOENT;
	weir_value_read(map, value, from, flags);
	return 0;
}

static u32 node_bytes(const struct trie *t, bool fork)
{
	return sizeof(struct trie_node) + ALIGN(t->data_bytes, 8) +
	       (fork ? 0 : t->map.elem_bytes);
}

/* Nodes for a change, made before the lock is taken: see loose_alloc(). */
struct spares {
	struct trie_node *node;
	struct trie_node *fork;
};

static struct trie_node *spare_alloc(struct trie *t, bool fork)
{
	struct trie_node *n = NULL;

	if (!weir_map_grow(&t->map, node_bytes(t, fork)))
		return NULL;
	n = weir_host_alloc_now(node_bytes(t, fork));
	if (!n)
		weir_map_shrink(&t->map, node_bytes(t, fork));
	return n;
}

static void spare_free(struct trie *t, struct trie_node *n, bool fork)
{
	if (!n)
		return;
	weir_map_shrink(&t->map, node_bytes(t, fork));
	weir_host_free(n);
}

/*
 * @spare becomes the node of @nr_bits of @data; @value is NULL for a fork. With
 * the lock. NULL: there is none, or the map is too large.
 */
static struct trie_node *node_take(struct trie *t, struct trie_node **spare,
				   const u8 *data, u32 nr_bits,
				   const void *value)
{
	u32 bytes = node_bytes(t, !value);
	struct trie_node *n = *spare;

	if (!n || t->map.bytes + t->grown + bytes > WEIR_MAX_MAP_BYTES)
		return NULL;
	*spare = NULL;
	n->nr_bits = nr_bits;
	n->fork = value ? NO_FORK : MADE_AS_FORK;
	memcpy(n->data, data, t->data_bytes);
	if (value)
		weir_value_init(&t->map, node_value(t, n), value);
	WRITE_ONCE(t->grown, t->grown + bytes);
	return n;
}

static void node_free(struct weir_host_defer *defer)
{
	weir_host_free(container_of(defer, struct trie_node, defer));
}

/* It has been taken out. */
static void node_drop(struct trie *t, struct trie_node *n)
{
	bool fork = n->fork == MADE_AS_FORK;

	WRITE_ONCE(t->grown, t->grown - node_bytes(t, fork));
	weir_map_shrink(&t->map, node_bytes(t, fork));
	weir_host_rcu_defer(&n->defer, node_free);
}

/*
 * Where a change for @key happens: the link to the first node on its path that
 * is not a shorter prefix of it, or to nothing.
 */
static struct trie_node **find_link(struct trie *t, const void *key)
{
	struct trie_node **link = &t->root;
	struct trie_node *n;

	while ((n = *link)) {
		if (n->nr_bits >= key_bits(key) ||
		    match(t, n, key) != n->nr_bits)
			break;
		link = &n->child[bit(key_data(key), n->nr_bits)];
	}
	return link;
}

static bool is_exact(const struct trie *t, const struct trie_node *n,
		     const void *key)
{
	return n && n->nr_bits == key_bits(key) &&
	       match(t, n, key) == n->nr_bits;
}

/* @new parts from what is at @link: behind it, before it, or beside it. */
static int put_in(struct trie *t, struct trie_node **link,
		  struct trie_node *new, const void *key,
		  struct trie_node **spare)
{
	struct trie_node *old = *link, *fork;
	u32 same;

	if (!old) {
		smp_store_release(link, new);
		return 0;
	}
	same = match(t, old, key);
	if (same == new->nr_bits) {
		new->child[bit(node_prefix(old), same)] = old;
		smp_store_release(link, new);
		return 0;
	}
	fork = node_take(t, spare, key_data(key), same, NULL);
	if (!fork)
		return -ENOMEM;
	fork->child[bit(node_prefix(old), same)] = old;
	fork->child[bit(node_prefix(new), same)] = new;
	smp_store_release(link, fork);
	return 0;
}

static void take_place(struct trie *t, struct trie_node **link,
		       struct trie_node *new)
{
	struct trie_node *old = *link;

	new->child[0] = old->child[0];
	new->child[1] = old->child[1];
	smp_store_release(link, new);
	node_drop(t, old);
}

/* Does the node for @key part from what is at @link beside it? */
static bool wants_fork(const struct trie *t, const struct trie_node *old,
		       const void *key)
{
	return old && match(t, old, key) != key_bits(key);
}

/* -EAGAIN: it wants the spare fork, too. */
static int update_locked(struct trie *t, const void *key, const void *value,
			 u64 flags, struct spares *spare)
{
	struct trie_node **link = find_link(t, key);
	bool at_place = is_exact(t, *link, key);
	bool exists = at_place && !(*link)->fork;
	struct trie_node *new;
	int err = 0;

	if (exists && flags == BPF_NOEXIST)
		return -EEXIST;
	if (!exists && flags == BPF_EXIST)
		return -ENOENT;
	if (!exists && t->nr == t->map.def.max_entries)
		return -ENOSPC;
	if (!at_place && wants_fork(t, *link, key) && !spare->fork)
		return -EAGAIN;
	new = node_take(t, &spare->node, key_data(key), key_bits(key), value);
	if (!new)
		return -ENOMEM;
	if (at_place)
		take_place(t, link, new);
	else
		err = put_in(t, link, new, key, &spare->fork);
	if (err)
		node_drop(t, new);
	else if (!exists)
		t->nr++;
	return err;
}

static int trie_update(struct weir_map *map, const void *key, const void *value,
		       u64 flags)
{
	struct trie *t = trie_of(map);
	struct spares spare = { NULL, NULL };
	unsigned long state;
	int err;

	if (flags > BPF_EXIST || !key_is_good(t, key))
		return -EINVAL;
	spare.node = spare_alloc(t, false);
	for (;;) {
		state = weir_host_spin_lock(&t->lock);
		err = update_locked(t, key, value, flags, &spare);
		weir_host_spin_unlock(&t->lock, state);
		if (err != -EAGAIN)
			break;
		spare.fork = spare_alloc(t, true);
		if (!spare.fork) {
			err = -ENOMEM;
			break;
		}
	}
	spare_free(t, spare.node, false);
	spare_free(t, spare.fork, true);
	return err;
}

static void remove_node(struct trie *t, struct trie_node **parent_link,
			struct trie_node **link)
{
	struct trie_node *n = *link, *parent;

	if (n->child[0] && n->child[1]) {
		WRITE_ONCE(n->fork, BECAME_FORK);
		return;
	}
	parent = parent_link ? *parent_link : NULL;
	if (!n->child[0] && !n->child[1] && parent && parent->fork) {
		smp_store_release(parent_link,
				  parent->child[parent->child[0] == n]);
		node_drop(t, parent);
	} else {
		smp_store_release(link, n->child[!n->child[0]]);
	}
	node_drop(t, n);
}

static int remove_locked(struct trie *t, const void *key)
{
	struct trie_node **parent_link = NULL, **link = &t->root;
	struct trie_node *n;

	while ((n = *link) && match(t, n, key) == n->nr_bits &&
	       n->nr_bits < key_bits(key)) {
		parent_link = link;
		link = &n->child[bit(key_data(key), n->nr_bits)];
	}
	if (!is_exact(t, n, key) || n->fork)
		return -ENOENT;
	remove_node(t, parent_link, link);
	t->nr--;
	return 0;
}

static int trie_remove(struct weir_map *map, const void *key)
{
	struct trie *t = trie_of(map);
	unsigned long state;
	int err;

	if (!key_is_good(t, key))
		return -EINVAL;
	state = weir_host_spin_lock(&t->lock);
	err = remove_locked(t, key);
	weir_host_spin_unlock(&t->lock, state);
	return err;
}

/* The deepest on the left; no fork is that deep. */
static struct trie_node *leftmost(struct trie_node *n)
{
	struct trie_node *child;

	while (n) {
		child = rcu_dereference_raw(n->child[0]);
		if (!child)
			child = rcu_dereference_raw(n->child[1]);
		if (!child)
			break;
		n = child;
	}
	return n;
}

/*
 * As in Linux, longer prefixes come before the shorter ones that they are in.
 * What comes after a node: what is beside it, if it is on the left and there is
 * something, else the nearest node above that is no fork. On the way down to a
 * node the last such place is remembered.
 */
static struct trie_node *after(const struct trie *t, const void *key)
{
	struct trie_node *n = rcu_dereference_raw(t->root);
	struct trie_node *beside = NULL, *above = NULL, *right;
	u32 side;

	while (n && n->nr_bits < key_bits(key) &&
	       match(t, n, key) == n->nr_bits) {
		side = bit(key_data(key), n->nr_bits);
		right = rcu_dereference_raw(n->child[1]);
		if (!side && right) {
			beside = right;
			above = NULL;
		} else if (!READ_ONCE(n->fork)) {
			beside = NULL;
			above = n;
		}
		n = rcu_dereference_raw(n->child[side]);
	}
	if (!is_exact(t, n, key) || READ_ONCE(n->fork))
		return leftmost(rcu_dereference_raw(t->root));
	return beside ? leftmost(beside) : above;
}

static int trie_next_key(struct weir_map *map, const void *key, void *next)
{
	struct trie *t = trie_of(map);
	struct trie_node *n;

	if (key && key_is_good(t, key))
		n = after(t, key);
	else
		n = leftmost(rcu_dereference_raw(t->root));
	if (!n)
		return -ENOENT;
	memcpy(next, &n->nr_bits, LENGTH_BYTES);
	memcpy((u8 *)next + LENGTH_BYTES, n->data, t->data_bytes);
	return 0;
}

static u64 trie_grown(const struct weir_map *map)
{
	return READ_ONCE(trie_of(map)->grown);
}

/* Nobody looks any more: leaves go, one after the other. */
static void trie_free(struct weir_map *map)
{
	struct trie *t = trie_of(map);
	struct trie_node **link, *n;

	while (t->root) {
		link = &t->root;
		while ((n = *link)->child[0] || n->child[1])
			link = &n->child[!n->child[0]];
		*link = NULL;
		weir_host_free(n);
	}
	weir_map_shrink(map, t->grown);
	weir_map_dealloc(map);
}

/* As Linux: nodes come when they are needed, and the flag must say so. */
int weir_lpm_trie_create(const struct weir_map_def *def, struct weir_map **out)
{
	struct weir_map *map;
	struct trie *t;
	int err;

	if (!(def->flags & BPF_F_NO_PREALLOC))
		return -EINVAL;
	err = weir_map_alloc(def, sizeof(*t), sizeof(*t), &map);
	if (err)
		return err;
	t = trie_of(map);
	map->elem_bytes = ALIGN(def->value_size, 8);
	weir_host_spin_init(&t->lock, WEIR_SPIN_MAP);
	t->data_bytes = def->key_size - LENGTH_BYTES;
	*out = map;
	return 0;
}

const struct weir_map_ops weir_lpm_trie_ops = {
	.name = "lpm_trie",
	.lookup = trie_lookup,
	.update = trie_update,
	.remove = trie_remove,
	.next_key = trie_next_key,
	.read = trie_read,
	.grown = trie_grown,
	.free = trie_free,
};
