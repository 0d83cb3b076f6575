/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Maps, as everyone below the run time sees them: what they are (the verifier
 * and the back ends read the definition), and how they are reached (ops). The
 * maps themselves are runtime/map/.
 *
 * A map is shared: programs, other maps and handles hold references. Its
 * definition never changes after it was made.
 */
#ifndef WEIR_BASE_MAP_H
#define WEIR_BASE_MAP_H

#include <linux/types.h>
#include "uapi/weir.h"

/* sizeof(struct bpf_spin_lock), sizeof(struct bpf_timer) */
#define WEIR_LOCK_BYTES 4
#define WEIR_TIMER_BYTES 16

struct weir_account;
struct weir_map;
struct weir_map_ops;
struct weir_refusal;
struct weir_run;

/**
 * struct weir_map_def - what a map is
 * @type:	enum bpf_map_type, Linux's numbers
 * @key_size:	bytes; 0 where there are no keys (queue, stack, bloom, ringbuf)
 * @value_size:	bytes of one value
 * @max_entries: exact limit; bytes of the ring for ring buffers
 * @flags:	BPF_F_*, as in Linux
 * @map_extra:	as in Linux (bloom filter: number of hash functions)
 * @lock_off:	where in the value a struct bpf_spin_lock lies, or WEIR_NO_FIELD
 * @timer_off:	the same of a struct bpf_timer
 * @name:	for people
 * @account:	in the making: what it is charged to, or NULL
 * @refusal:	in the making: where a refusal of the account is noted, or NULL
 */
struct weir_map_def {
	u32 type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u32 flags;
	u32 lock_off;
	u32 timer_off;
	u64 map_extra;
	char name[WEIR_NAME_LEN];
	struct weir_account *account;
	struct weir_refusal *refusal;
};

/**
 * struct weir_map - the head of every map
 * @ops:	its type's functions
 * @def:	its definition
 * @refs:	references; weir_map_get(), weir_map_put()
 * @gone:	told when the last reference is gone, before the end; or NULL
 * @users:	of those, handles that people hold; weir_map_user_get(),
 *		weir_map_user_put()
 * @id:		for people; unique in this host
 * @elem_bytes:	bytes from one value to the next: @def.value_size, rounded up
 *		to 8
 * @values:	array: the values lie here, one behind the other; else NULL
 * @percpu:	per-CPU array: those of the first CPU, in the same way; else NULL
 * @cpu_stride:	per-CPU array: bytes from there to those of the next CPU; 0 if
 *		there is but one
 * @inner:	map of maps: what each inner map looks like, for the verifier: a
 *		head without contents, whose definition counts. Else NULL
 * @next_dead:	chain of those that wait for their end together
 * @frozen:	no more updates from the user's side; set once
 * @nr_writable: users that have it mapped writable, or are changing it
 * @bytes:	memory it takes from the start; weir_map_bytes() has the rest
 * @account:	what it is charged to; a reference, or NULL
 * @assumers:	code that has its values in it; runtime/assume.h
 * @changes:	how often users changed it while there was such code
 * @changing:	of those, under way
 * @params:	its one value is a program's block of live parameters, base/param.h;
 *		users do not see it. Else NULL
 */
struct weir_map {
	const struct weir_map_ops *ops;
	struct weir_map_def def;
	u64 refs;
	void (*gone)(struct weir_map *map);
	u64 users;
	u32 id;
	u32 elem_bytes;
	u8 *values;
	u8 *percpu;
	size_t cpu_stride;
	struct weir_map *inner;
	struct weir_map *next_dead;
	bool frozen;
	u32 nr_writable;
	u64 bytes;
	struct weir_account *account;
	struct weir_assumer *assumers;
	u64 changes;
	u32 changing;
	const struct weir_params *params;
};

/**
 * typedef weir_map_visit_fn - called with each element of a map
 * Return: go on?
 */
typedef bool (*weir_map_visit_fn)(struct weir_map *map, const void *key,
				  void *value, void *arg);

/**
 * struct weir_map_mapping - memory of a map that users may map
 * @addr:	where it lies in this host, on a page's start
 * @bytes:	whole pages
 * @writable:	how many of them, from the start, users may write
 */
struct weir_map_mapping {
	void *addr;
	size_t bytes;
	size_t writable;
};

/**
 * struct weir_map_ops - what one type of map does
 * @name:	of the type, as bpftool names it ("lru_hash")
 * @lookup:	program side: the value's place, or NULL. Inside an RCU read
 *		side. Maps of maps: the inner map; program arrays: the program
 * @lookup_cpu:	the value of another CPU, or NULL; only per-CPU maps have it
 * @update:	one value; @flags are BPF_ANY, NOEXIST, EXIST, and BPF_F_LOCK.
 *		-E2BIG if full, -EEXIST, -ENOENT. Inside an RCU read side; any
 *		context. Per-CPU maps: the value of this CPU. NULL where only
 *		users change the map (program arrays, maps of maps)
 * @remove:	one value: -ENOENT if there is none; -EINVAL for arrays. Inside
 *		an RCU read side, any context
 * @next_key:	user side: the key after @key (NULL, or one that is not there:
 *		the first) into @next, -ENOENT after the last
 * @push, @pop, @peek: queue, stack, bloom filter; else NULL. Any context
 * @read:	user side: the whole value, of all CPUs for per-CPU maps (8-byte
 *		rounded, one behind the other), into @value; the id of what an
 *		element refers to. @flags are 0 or BPF_F_LOCK
 * @write:	user side: the other way round. What an element refers to is
 *		given as the address of a pointer to it; the map takes its own
 *		reference. Without @update: not inside an RCU read side, and it
 *		may sleep, as @remove may
 * @take:	user side: @read and @remove as one, or NULL
 * @visit:	call @fn with all elements; inside an RCU read side. Elements
 *		that come or go meanwhile may be left out, or be met twice
 *		Return: how many there were
 * @mapping:	user side: memory to map, or NULL; -EOPNOTSUPP: not of this one
 * @release:	the last user is gone: drop what could hold the map in a circle
 * @grown:	bytes taken beyond @bytes of the map, now; NULL: none
 * @free:	after the last reference is gone and a grace period has passed
 *
 * Functions that a type has not are NULL; callers answer -EOPNOTSUPP. All have
 * a @lookup: it finds nothing where there is nothing to be found by a key.
 */
struct weir_map_ops {
	const char *name;
	void *(*lookup)(struct weir_map *map, const void *key);
	void *(*lookup_cpu)(struct weir_map *map, const void *key, u32 cpu);
	int (*update)(struct weir_map *map, const void *key, const void *value,
		      u64 flags);
	int (*remove)(struct weir_map *map, const void *key);
	int (*next_key)(struct weir_map *map, const void *key, void *next);
	int (*push)(struct weir_map *map, const void *value, u64 flags);
	int (*pop)(struct weir_map *map, void *value);
	int (*peek)(struct weir_map *map, void *value);
	int (*read)(struct weir_map *map, const void *key, void *value,
		    u64 flags);
	int (*write)(struct weir_map *map, const void *key, const void *value,
		     u64 flags);
	int (*take)(struct weir_map *map, const void *key, void *value,
		    u64 flags);
	u32 (*visit)(struct weir_map *map, weir_map_visit_fn fn, void *arg);
	int (*mapping)(struct weir_map *map, struct weir_map_mapping *out);
	void (*release)(struct weir_map *map);
	u64 (*grown)(const struct weir_map *map);
	void (*free)(struct weir_map *map);
};

/** weir_map_get() - one more reference. Return: @map. Any context. */
struct weir_map *weir_map_get(struct weir_map *map);

/**
 * weir_map_put() - one less; the last one frees after a grace period
 *
 * NULL is allowed. May sleep.
 */
void weir_map_put(struct weir_map *map);

/** weir_map_is_array() - do values lie at @values + index * @elem_bytes? */
static inline bool weir_map_is_array(const struct weir_map *map)
{
	return map->values != NULL;
}

/** weir_map_first_value() - of either sort of array; else NULL. */
static inline u8 *weir_map_first_value(const struct weir_map *map)
{
	return map->values ? map->values : map->percpu;
}

#endif
