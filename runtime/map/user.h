/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps as their users see them: what the device and the library do for who
 * holds a descriptor or a handle. Buffers are plain memory of the right sizes.
 *
 * What a user may do is checked here: maps that are frozen or made read-only,
 * write-only for users (-EPERM), flags (-EINVAL), keys that are missing
 * (-EFAULT), and what a type cannot do (-EOPNOTSUPP). Where elements refer to
 * programs or maps, a value going in is the address of a pointer to the
 * struct weir_loaded or struct weir_map; coming out it is an id (u32).
 *
 * All may sleep; none may be called inside an RCU read side.
 */
#ifndef WEIR_RUNTIME_MAP_USER_H
#define WEIR_RUNTIME_MAP_USER_H

#include <linux/types.h>
#include "base/map.h"

/**
 * weir_map_user_create() - weir_map_create() of what a user describes
 * @attr:	its size, inner_fd and reserved are not looked at
 * @inner:	map of maps: what the inner ones look like, else NULL
 * @account:	what it is charged to, or NULL
 * @why:	out: what was too much, with -EDQUOT; may be NULL
 * @out:	out: the map; its creator is its first user
 */
int weir_map_user_create(const struct weir_map_create *attr,
			 struct weir_map *inner, struct weir_account *account,
			 struct weir_refusal *why, struct weir_map **out);

/** weir_map_user_info() - what a map is; @info->size stays as it is. */
void weir_map_user_info(const struct weir_map *map, struct weir_map_info *info);

/** weir_map_user_value_bytes() - bytes of a value, coming out. */
u32 weir_map_user_value_bytes(const struct weir_map *map);

/** weir_map_user_takes_objects() - do values going in refer to objects? */
bool weir_map_user_takes_objects(const struct weir_map *map);

/**
 * weir_map_user_elem() - one operation by its number
 * @op:		enum weir_map_op
 * @key:	key_size bytes, or NULL where there are none
 * @value:	room for, or bytes of, a value; room for a key for NEXT_KEY
 * @flags:	BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK
 *
 * Return: as the functions below; -EINVAL for an unknown @op.
 */
int weir_map_user_elem(struct weir_map *map, u32 op, const void *key,
		       void *value, u64 flags);

/**
 * weir_map_user_lookup() - copy a value
 *
 * Queue, stack: what comes next, without a key. Bloom filter: is @value in it?
 * Return: 0, -ENOENT.
 */
int weir_map_user_lookup(struct weir_map *map, const void *key, void *value,
			 u64 flags);

/**
 * weir_map_user_update() - set a value, or push one where there are no keys
 * Return: 0, -EEXIST, -ENOENT, -E2BIG (full), -ENOMEM.
 */
int weir_map_user_update(struct weir_map *map, const void *key,
			 const void *value, u64 flags);

/** weir_map_user_delete() - Return: 0, -ENOENT; -EINVAL for arrays. */
int weir_map_user_delete(struct weir_map *map, const void *key);

/** weir_map_user_next_key() - Return: 0, -ENOENT after the last. */
int weir_map_user_next_key(struct weir_map *map, const void *key, void *next);

/** weir_map_user_take() - lookup and delete, or pop. Return: 0, -ENOENT. */
int weir_map_user_take(struct weir_map *map, const void *key, void *value,
		       u64 flags);

/**
 * weir_map_user_freeze() - no more changes by users
 * Return: 0, -EBUSY: it is frozen, or mapped writable.
 */
int weir_map_user_freeze(struct weir_map *map);

/**
 * weir_map_user_mapping() - memory to map: of arrays with BPF_F_MMAPABLE, and
 *	of ring buffers
 *
 * Those who map any of it writable that is not a ring's first page say so with
 * weir_map_user_map_begin(). Return: 0 or -EOPNOTSUPP.
 */
int weir_map_user_mapping(struct weir_map *map, struct weir_map_mapping *out);

/**
 * weir_map_user_map_begin() - somebody maps the values with write permission
 *
 * Pair with weir_map_user_map_end(). Return: 0; -EPERM: frozen or read-only.
 */
int weir_map_user_map_begin(struct weir_map *map);
void weir_map_user_map_end(struct weir_map *map);

/**
 * struct weir_map_user_batch - many elements
 * @op:		WEIR_MAP_LOOKUP, UPDATE, DELETE, LOOKUP_DELETE
 * @flags:	of each
 * @start:	lookups: the key to start behind, or NULL
 * @keys:	@count keys, or room for them
 * @values:	@count values, or room for them; NULL for DELETE
 * @count:	in: elements; out: elements done
 */
struct weir_map_user_batch {
	u32 op;
	u64 flags;
	const void *start;
	void *keys;
	void *values;
	u32 count;
};

/**
 * weir_map_user_batch() - one operation on many elements
 *
 * Ends at the first that fails. Return: 0; -ENOENT: lookups have come to the
 * end of the map, @count were before it; else as for the one that failed.
 */
int weir_map_user_batch(struct weir_map *map, struct weir_map_user_batch *b);

#endif
