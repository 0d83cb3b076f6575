// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * libweir's maps: check what the caller handed in against the definition, give
 * it to the back end.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/bpf.h>
#include <bpf/libbpf.h>
#include "runtime/map/map.h"
#include "tools/lib/backend.h"
#include "tools/lib/map.h"
#include "tools/lib/words.h"

const char *weir_map__type_name(uint32_t type)
{
	return weir_map_type_name(type);
}

uint32_t weir_map__type_by_name(const char *name)
{
	return weir_map_type_by_name(name);
}

bool map_type_is_percpu(u32 type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

bool map_type_has_maps(u32 type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
	       type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static u32 nr_cpus(const struct weir_backend_ops *ops)
{
	int nr;

	if (ops != &weir_backend_device)
		return map_process_cpus();
	nr = libbpf_num_possible_cpus();
	return nr > 0 ? (u32)nr : 1;
}

/*
 * Life
 */

/* What Linux has one number for, in words. */
static int say_why(const struct weir_map_handle *map, int err,
		   struct weir_words *words)
{
	const struct weir_map_create *attr = &map->attr;
	const char *type = weir_map__type_name(attr->type);
	char why[128];

	if (!type)
		return weir_say(words, err, "map %s: no map type %u here",
				map->name, attr->type);
	map_why(attr, err, why, sizeof(why));
	return weir_say(words, err,
			"map %s: %s (%s, key %u bytes, value %u bytes, %u "
			"entries, flags 0x%x)",
			map->name, why, type, attr->key_size, attr->value_size,
			attr->max_entries, attr->flags);
}

int map_make(struct weir_map_handle *map, enum weir_backend backend,
	     struct weir_words *words)
{
	const struct weir_backend_ops *ops = backend == WEIR_BACKEND_DEVICE
						     ? &weir_backend_device
						     : &weir_backend_process;
	struct weir_map_handle *inner = map->inner;
	int err = 0;

	if (map->ops)
		return map->ops == ops
			       ? 0
			       : weir_say(words, -EINVAL,
					  "map %s is of another back end",
					  map->name);
	if (map_type_has_maps(map->attr.type) && !inner)
		return weir_say(words, -EINVAL,
				"map %s: nothing says what its inner maps look "
				"like",
				map->name);
	/* As libbpf: one for each CPU, unless it says how many. */
	if (map->attr.type == BPF_MAP_TYPE_PERF_EVENT_ARRAY &&
	    !map->attr.max_entries)
		map->attr.max_entries = nr_cpus(ops);
	if (inner)
		err = map_make(inner, backend, words);
	if (!err)
		err = ops->map_create(map, words);
	if (!err)
		map->ops = ops;
	return err ? say_why(map, err, words) : 0;
}

void map_unmake(struct weir_map_handle *map)
{
	if (map->ops && map->mapped)
		map->ops->map_munmap(map, map->mapped, map->mapped_bytes);
	if (map->ops)
		map->ops->map_free(map);
	map->ops = NULL;
	map->mapped = NULL;
	map->core = NULL;
	map->fd = -1;
	if (map->inner && map->inner->obj == map->obj)
		map_unmake(map->inner);
}

static int create(struct weir_map_handle *map, struct weir_map_opts *opts,
		  struct weir_words *words)
{
	if (opts->backend > WEIR_BACKEND_DEVICE)
		return weir_say(words, -EINVAL, "invalid option");
	map->name = strdup(opts->name ? opts->name : "");
	if (!map->name)
		return -ENOMEM;
	map->fd = -1;
	map->inner = opts->inner;
	map->attr = (struct weir_map_create){
		.size = sizeof(map->attr),
		.type = opts->type,
		.key_size = opts->key_size,
		.value_size = opts->value_size,
		.max_entries = opts->max_entries,
		.flags = opts->flags,
		.lock_off = opts->has_lock ? opts->lock_off : WEIR_NO_FIELD,
		.timer_off = opts->has_timer ? opts->timer_off : WEIR_NO_FIELD,
		.map_extra = opts->map_extra,
		.inner_fd = -1,
	};
	snprintf(map->attr.name, sizeof(map->attr.name), "%s", map->name);
	return map_make(map, opts->backend, words);
}

struct weir_map_handle *weir_map__create(struct weir_map_opts *user)
{
	struct weir_map_handle *map = calloc(1, sizeof(*map));
	struct weir_map_opts opts;
	struct weir_words words = { "" };
	int err = -ENOMEM;

	if (!weir_take_opts(&opts, sizeof(opts), user, user->sz)) {
		free(map);
		errno = EINVAL;
		return NULL;
	}
	if (map)
		err = create(map, &opts, &words);
	if (!err) {
		map->inner = NULL; /* the map itself holds it now */
		return map;
	}
	weir_say(&words, err, "%s", strerror(-err));
	snprintf(opts.error, sizeof(opts.error), "%s", words.text);
	weir_give_opts(user, &opts, sizeof(opts), user->sz);
	if (map)
		free((char *)map->name);
	free(map);
	errno = -err;
	return NULL;
}

void weir_map__close(struct weir_map_handle *map)
{
	int saved = errno;

	/* Those of an object go with it. */
	if (!map || map->obj)
		return;
	map_unmake(map);
	free((char *)map->name);
	free(map);
	errno = saved;
}

/*
 * Definition
 */

const char *weir_map__name(const struct weir_map_handle *map)
{
	return map->name;
}

int weir_map__fd(const struct weir_map_handle *map)
{
	return map->ops ? map->fd : -1;
}

static void info_of_attr(struct weir_map_info *info,
			 const struct weir_map_create *attr)
{
	info->type = attr->type;
	info->key_size = attr->key_size;
	info->value_size = attr->value_size;
	info->max_entries = attr->max_entries;
	info->flags = attr->flags;
	info->lock_off = attr->lock_off;
	info->timer_off = attr->timer_off;
	info->map_extra = attr->map_extra;
	memcpy(info->name, attr->name, sizeof(info->name));
}

int weir_map__info(struct weir_map_handle *map, struct weir_map_info *user)
{
	struct weir_map_info info;
	size_t bytes = user->size;
	int err = 0;

	if (bytes < sizeof(user->size) ||
	    !weir_take_opts(&info, sizeof(info), user, bytes))
		return -EINVAL;
	info.size = sizeof(info);
	if (map->ops)
		err = map->ops->map_info(map, &info);
	else
		info_of_attr(&info, &map->attr);
	if (err)
		return err;
	info.size = (u32)bytes;
	weir_give_opts(user, &info, sizeof(info), bytes);
	return 0;
}

int weir_map__set_max_entries(struct weir_map_handle *map, uint32_t max)
{
	if (map->ops)
		return -EBUSY;
	if (map->is_data)
		return -EINVAL;
	map->attr.max_entries = max;
	return 0;
}

int weir_map__set_value_size(struct weir_map_handle *map, uint32_t bytes)
{
	if (map->ops)
		return -EBUSY;
	if (map->is_data)
		return -EINVAL;
	map->attr.value_size = bytes;
	/* What the type of the value says holds no more. */
	map->attr.lock_off = WEIR_NO_FIELD;
	map->attr.timer_off = WEIR_NO_FIELD;
	map->value_type = 0;
	return 0;
}

int weir_map__set_flags(struct weir_map_handle *map, uint32_t flags)
{
	if (map->ops)
		return -EBUSY;
	map->attr.flags = flags;
	return 0;
}

int weir_map__set_assume(struct weir_map_handle *map, bool assume)
{
	struct weir_map_info info = { .size = sizeof(info) };

	/* One that was there before stays as it is; load looks at that. */
	if (map->ops && map->reused && !weir_map__info(map, &info) &&
	    (!assume || info.flags & BPF_F_RDONLY_PROG)) {
		map->assumed = assume;
		return 0;
	}
	if (map->ops)
		return -EBUSY;
	if (!map->obj || map->attr.type != BPF_MAP_TYPE_ARRAY)
		return -EINVAL;
	map->assumed = assume;
	if (!assume)
		return 0;
	/* Every change comes through us: no program makes one, and no mapping. */
	map->attr.flags &= ~(u32)BPF_F_MMAPABLE;
	map->attr.flags |= BPF_F_RDONLY_PROG;
	return 0;
}

void *weir_map__initial_value(struct weir_map_handle *map, size_t *size)
{
	if (!map->is_data || map->ops) {
		errno = map->is_data ? EBUSY : EINVAL;
		return NULL;
	}
	*size = map->attr.value_size;
	return map->initial;
}

int weir_map__set_initial_value(struct weir_map_handle *map, const void *value,
				size_t size)
{
	size_t bytes;
	void *at = weir_map__initial_value(map, &bytes);

	if (!at)
		return -errno;
	if (size != bytes)
		return -EINVAL;
	memcpy(at, value, size);
	return 0;
}

int weir_map__reuse(struct weir_map_handle *map, struct weir_map_handle *other)
{
	struct weir_map_info info = { .size = sizeof(info) };
	int err;

	if (map->ops)
		return -EBUSY;
	if (!map->obj || !other->ops)
		return -EINVAL;
	err = other->ops->map_info(other, &info);
	if (err)
		return err;
	if (info.type != map->attr.type ||
	    info.key_size != map->attr.key_size ||
	    info.value_size != map->attr.value_size ||
	    info.max_entries != map->attr.max_entries ||
	    info.flags != map->attr.flags)
		return -EINVAL;
	err = other->ops->map_share(map, other);
	if (err)
		return err;
	map->ops = other->ops;
	map->reused = true;
	return 0;
}

/*
 * Elements
 */

size_t weir_map__value_bytes(struct weir_map_handle *map)
{
	size_t bytes = map->attr.value_size;

	if (!map_type_is_percpu(map->attr.type))
		return bytes;
	return ((bytes + 7) & ~(size_t)7) * nr_cpus(map->ops);
}

static int check(struct weir_map_handle *map, const void *key, size_t key_size,
		 const void *value, size_t value_size)
{
	if (!map->ops)
		return -ENOENT;
	if (key_size != map->attr.key_size || (key_size && !key))
		return -EINVAL;
	if (value_size && (!value || value_size != weir_map__value_bytes(map)))
		return -EINVAL;
	return 0;
}

int weir_map__lookup_elem(struct weir_map_handle *map, const void *key,
			  size_t key_size, void *value, size_t value_size,
			  uint64_t flags)
{
	int err = check(map, key, key_size, value, value_size);

	if (err || !value_size)
		return err ? err : -EINVAL;
	return map->ops->map_elem(map, WEIR_MAP_LOOKUP, key, value, flags);
}

int weir_map__update_elem(struct weir_map_handle *map, const void *key,
			  size_t key_size, const void *value, size_t value_size,
			  uint64_t flags)
{
	int err = check(map, key, key_size, value, value_size);

	if (err || !value_size || map_type_has_maps(map->attr.type) ||
	    map->attr.type == BPF_MAP_TYPE_PROG_ARRAY)
		return err ? err : -EINVAL;
	return map->ops->map_elem(map, WEIR_MAP_UPDATE, key, (void *)value,
				  flags);
}

int weir_map__set_program(struct weir_map_handle *map, const void *key,
			  size_t key_size, struct weir_program *prog,
			  uint64_t flags)
{
	int err = check(map, key, key_size, NULL, 0);

	if (err)
		return err;
	if (map->attr.type != BPF_MAP_TYPE_PROG_ARRAY || prog->ops != map->ops)
		return -EINVAL;
	return map->ops->map_set_program(map, key, prog, flags);
}

int weir_map__set_map(struct weir_map_handle *map, const void *key,
		      size_t key_size, struct weir_map_handle *inner,
		      uint64_t flags)
{
	int err = check(map, key, key_size, NULL, 0);

	if (err)
		return err;
	if (!map_type_has_maps(map->attr.type) || inner->ops != map->ops)
		return -EINVAL;
	return map->ops->map_set_map(map, key, inner, flags);
}

int weir_map__delete_elem(struct weir_map_handle *map, const void *key,
			  size_t key_size, uint64_t flags)
{
	int err = check(map, key, key_size, NULL, 0);

	if (err || !key_size)
		return err ? err : -EINVAL;
	return map->ops->map_elem(map, WEIR_MAP_DELETE, key, NULL, flags);
}

int weir_map__lookup_and_delete_elem(struct weir_map_handle *map,
				     const void *key, size_t key_size,
				     void *value, size_t value_size,
				     uint64_t flags)
{
	int err = check(map, key, key_size, value, value_size);

	if (err || !value_size)
		return err ? err : -EINVAL;
	return map->ops->map_elem(map, WEIR_MAP_LOOKUP_DELETE, key, value,
				  flags);
}

int weir_map__get_next_key(struct weir_map_handle *map, const void *key,
			   void *next, size_t key_size)
{
	int err = check(map, next, key_size, NULL, 0);

	if (err || !key_size)
		return err ? err : -EINVAL;
	return map->ops->map_elem(map, WEIR_MAP_NEXT_KEY, key, next, 0);
}

int weir_map__batch(struct weir_map_handle *map, enum weir_map_op op,
		    const void *start, void *keys, void *values,
		    uint32_t *count, uint64_t flags)
{
	struct weir_map_batch batch = {
		.size = sizeof(batch),
		.op = op,
		.keys = (u64)(uintptr_t)keys,
		.values = (u64)(uintptr_t)values,
		.flags = flags,
		.start = (u64)(uintptr_t)start,
		.count = *count,
	};

	if (!map->ops)
		return -ENOENT;
	if (op != WEIR_MAP_LOOKUP && op != WEIR_MAP_UPDATE &&
	    op != WEIR_MAP_DELETE && op != WEIR_MAP_LOOKUP_DELETE)
		return -EINVAL;
	if (!map->attr.key_size || !keys || (!values && op != WEIR_MAP_DELETE))
		return -EINVAL;
	if (op == WEIR_MAP_UPDATE &&
	    (map_type_has_maps(map->attr.type) ||
	     map->attr.type == BPF_MAP_TYPE_PROG_ARRAY))
		return -EINVAL;
	*count = 0;
	return map->ops->map_batch(map, &batch, count);
}

int weir_map__freeze(struct weir_map_handle *map)
{
	if (!map->ops)
		return -ENOENT;
	return map->ops->map_elem(map, WEIR_MAP_FREEZE, NULL, NULL, 0);
}

void *weir_map__mmap(struct weir_map_handle *map, size_t *bytes)
{
	size_t elem = ((size_t)map->attr.value_size + 7) & ~(size_t)7;
	int err = 0;

	if (!map->ops)
		err = -ENOENT;
	else if (map->attr.type != BPF_MAP_TYPE_ARRAY ||
		 !(map->attr.flags & BPF_F_MMAPABLE))
		err = -EOPNOTSUPP;
	*bytes = elem * map->attr.max_entries;
	if (!err && !map->mapped) {
		map->mapped_bytes = *bytes;
		err = map->ops->map_mmap(map, *bytes, &map->mapped);
	}
	if (!err)
		return map->mapped;
	errno = -err;
	return NULL;
}
