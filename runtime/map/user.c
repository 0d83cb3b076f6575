// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Maps as their users see them. */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "base/host.h"
#include "runtime/assume.h"
#include "runtime/map/map.h"
#include "runtime/map/type.h"
#include "runtime/map/user.h"

u32 weir_map_user_value_bytes(const struct weir_map *map)
{
	if (weir_map_user_takes_objects(map))
		return sizeof(u32);
	if (weir_map_has(map, WEIR_MAP_TYPE_PERCPU))
		return map->elem_bytes * weir_host_nr_cpus();
	return map->def.value_size;
}

int weir_map_user_create(const struct weir_map_create *attr,
			 struct weir_map *inner, struct weir_account *account,
			 struct weir_refusal *why, struct weir_map **out)
{
	struct weir_map_def def = {
		.type = attr->type,
		.key_size = attr->key_size,
		.value_size = attr->value_size,
		.max_entries = attr->max_entries,
		.flags = attr->flags,
		.lock_off = attr->lock_off,
		.timer_off = attr->timer_off,
		.map_extra = attr->map_extra,
		.account = account,
		.refusal = why,
	};

	memcpy(def.name, attr->name, sizeof(def.name));
	return weir_map_create(&def, inner, out);
}

void weir_map_user_info(const struct weir_map *map, struct weir_map_info *info)
{
	const struct weir_map_def *def = &map->def;

	info->type = def->type;
	info->key_size = def->key_size;
	info->value_size = def->value_size;
	info->max_entries = def->max_entries;
	info->flags = def->flags;
	info->lock_off = def->lock_off;
	info->timer_off = def->timer_off;
	info->map_extra = def->map_extra;
	info->id = map->id;
	info->frozen = READ_ONCE(map->frozen);
	info->bytes = weir_map_bytes(map);
	memcpy(info->name, def->name, sizeof(info->name));
}

bool weir_map_user_takes_objects(const struct weir_map *map)
{
	return weir_map_has(map, WEIR_MAP_TYPE_OF_MAPS | WEIR_MAP_TYPE_PROGS);
}

/* A key where there must be one, and none where there is none. */
static int check_key(const struct weir_map *map, const void *key)
{
	if (map->def.key_size)
		return key ? 0 : -EFAULT;
	return key ? -EINVAL : 0;
}

static int check_lock(const struct weir_map *map, u64 flags)
{
	if ((flags & BPF_F_LOCK) && map->def.lock_off == WEIR_NO_FIELD)
		return -EINVAL;
	return 0;
}

static int may_read(const struct weir_map *map)
{
	return map->def.flags & BPF_F_WRONLY ? -EPERM : 0;
}

/*
 * Those who came before the map was frozen are done when weir_map_user_freeze()
 * returns: the test that counts is inside the RCU read side that freezing waits
 * for, or its caller is counted as a writer.
 */
static int may_write(const struct weir_map *map)
{
	if (map->def.flags & BPF_F_RDONLY)
		return -EPERM;
	return READ_ONCE(map->frozen) ? -EPERM : 0;
}

int weir_map_user_lookup(struct weir_map *map, const void *key, void *value,
			 u64 flags)
{
	int err;

	if (flags & ~BPF_F_LOCK)
		return -EINVAL;
	err = may_read(map);
	if (!err)
		err = check_lock(map, flags);
	if (!err)
		err = check_key(map, key);
	if (!err && !value)
		err = -EFAULT;
	if (err)
		return err;
	if (map->ops->peek)
		return map->ops->peek(map, value);
	if (!map->ops->read)
		return -EOPNOTSUPP;
	weir_host_rcu_lock();
	err = map->ops->read(map, key, value, flags);
	weir_host_rcu_unlock();
	return err;
}

/* What only users may change: its elements refer to objects. */
static bool is_own(const struct weir_map *map)
{
	return map->ops->write && !map->ops->update;
}

/*
 * Into an RCU read side, having told those whose code has the values in it.
 * Return: they were told.
 */
static bool begin_change(struct weir_map *map)
{
	bool told = false;

	for (;;) {
		weir_host_rcu_lock();
		if (told || !READ_ONCE(map->assumers))
			return told;
		weir_host_rcu_unlock();
		weir_assume_begin(map);
		told = true;
	}
}

static void end_change(struct weir_map *map, bool told)
{
	weir_host_rcu_unlock();
	if (told)
		weir_assume_end(map);
}

/* What programs may do too, inside an RCU read side. */
static int change(struct weir_map *map, const void *key, const void *value,
		  u64 flags)
{
	bool told = begin_change(map);
	int err = may_write(map);

	if (err)
		;
	else if (!value && map->ops->remove)
		err = map->ops->remove(map, key);
	else if (value && map->ops->push)
		err = map->ops->push(map, value, flags);
	else if (value && map->ops->write)
		err = map->ops->write(map, key, value, flags);
	else if (value && map->ops->update)
		err = map->ops->update(map, key, value, flags);
	else
		err = -EOPNOTSUPP;
	end_change(map, told);
	return err;
}

/* What only users do, and may sleep: freezing does not wait for these. */
static int change_own(struct weir_map *map, const void *key, const void *value,
		      u64 flags)
{
	int err = weir_map_user_map_begin(map);

	if (err)
		return err;
	err = value ? map->ops->write(map, key, value, flags)
		    : map->ops->remove(map, key);
	weir_map_user_map_end(map);
	return err;
}

int weir_map_user_update(struct weir_map *map, const void *key,
			 const void *value, u64 flags)
{
	int err = may_write(map);

	if (!err)
		err = check_lock(map, flags);
	if (!err)
		err = check_key(map, key);
	if (!err && !value)
		err = -EFAULT;
	if (err)
		return err;
	return is_own(map) ? change_own(map, key, value, flags)
			   : change(map, key, value, flags);
}

int weir_map_user_delete(struct weir_map *map, const void *key)
{
	int err = may_write(map);

	if (!err)
		err = check_key(map, key);
	if (err)
		return err;
	return is_own(map) ? change_own(map, key, NULL, 0)
			   : change(map, key, NULL, 0);
}

int weir_map_user_next_key(struct weir_map *map, const void *key, void *next)
{
	int err = may_read(map);

	if (err)
		return err;
	if (!map->ops->next_key)
		return -EOPNOTSUPP;
	if (!next)
		return -EFAULT;
	weir_host_rcu_lock();
	err = map->ops->next_key(map, key, next);
	weir_host_rcu_unlock();
	return err;
}

int weir_map_user_take(struct weir_map *map, const void *key, void *value,
		       u64 flags)
{
	int err;

	if ((flags & ~BPF_F_LOCK) || (flags && map->ops->pop))
		return -EINVAL;
	err = may_read(map);
	if (!err)
		err = may_write(map);
	if (!err)
		err = check_lock(map, flags);
	if (!err)
		err = check_key(map, key);
	if (!err && !value)
		err = -EFAULT;
	if (err)
		return err;
	weir_host_rcu_lock();
	err = may_write(map);
	if (err)
		;
	else if (map->ops->pop)
		err = map->ops->pop(map, value);
	else if (map->ops->take)
		err = map->ops->take(map, key, value, flags);
	else
		err = -EOPNOTSUPP;
	weir_host_rcu_unlock();
	return err;
}

int weir_map_user_freeze(struct weir_map *map)
{
	int err = 0;

	/* A timer in a frozen value could not be set: Linux has ENOTSUPP. */
	if (map->def.timer_off != WEIR_NO_FIELD)
		return -EOPNOTSUPP;
	if (map->def.flags & BPF_F_RDONLY)
		return -EPERM;
	weir_host_lock(WEIR_LOCK_MAPS);
	if (map->frozen || map->nr_writable)
		err = -EBUSY;
	else
		WRITE_ONCE(map->frozen, true);
	weir_host_unlock(WEIR_LOCK_MAPS);
	if (!err)
		weir_host_rcu_wait();
	return err;
}

int weir_map_user_mapping(struct weir_map *map, struct weir_map_mapping *out)
{
	return map->ops->mapping ? map->ops->mapping(map, out) : -EOPNOTSUPP;
}

int weir_map_user_map_begin(struct weir_map *map)
{
	int err;

	weir_host_lock(WEIR_LOCK_MAPS);
	err = may_write(map);
	if (!err)
		map->nr_writable++;
	weir_host_unlock(WEIR_LOCK_MAPS);
	return err;
}

void weir_map_user_map_end(struct weir_map *map)
{
	weir_host_lock(WEIR_LOCK_MAPS);
	map->nr_writable--;
	weir_host_unlock(WEIR_LOCK_MAPS);
}

int weir_map_user_elem(struct weir_map *map, u32 op, const void *key,
		       void *value, u64 flags)
{
	switch (op) {
	case WEIR_MAP_LOOKUP:
		return weir_map_user_lookup(map, key, value, flags);
	case WEIR_MAP_UPDATE:
		return weir_map_user_update(map, key, value, flags);
	case WEIR_MAP_LOOKUP_DELETE:
		return weir_map_user_take(map, key, value, flags);
	}
	if (flags)
		return -EINVAL;
	switch (op) {
	case WEIR_MAP_DELETE:
		return weir_map_user_delete(map, key);
	case WEIR_MAP_NEXT_KEY:
		return weir_map_user_next_key(map, key, value);
	case WEIR_MAP_FREEZE:
		return weir_map_user_freeze(map);
	}
	return -EINVAL;
}

/*
 * Keys are got before values, and an element may go in between: then another
 * one comes behind the key before it. If that has gone too, the map starts from
 * the front, and some elements come twice, as in Linux. Those who empty a map as
 * they read it start at the front each time.
 */
static int batch_lookup(struct weir_map *map, struct weir_map_user_batch *b,
			u32 room)
{
	bool take = b->op == WEIR_MAP_LOOKUP_DELETE;
	u32 key_size = map->def.key_size;
	u32 value_bytes = weir_map_user_value_bytes(map);
	const void *prev = b->start;
	u8 *key = b->keys, *value = b->values;
	int err = 0;

	while (b->count < room) {
		err = weir_map_user_next_key(map, take ? NULL : prev, key);
		if (err)
			return err;
		err = take ? weir_map_user_take(map, key, value, b->flags)
			   : weir_map_user_lookup(map, key, value, b->flags);
		if (err && err != -ENOENT)
			return err;
		if (err)
			continue;
		prev = key;
		key += key_size;
		value += value_bytes;
		b->count++;
	}
	return 0;
}

static int batch_change(struct weir_map *map, struct weir_map_user_batch *b,
			u32 nr)
{
	u32 value_bytes = weir_map_user_value_bytes(map);
	const u8 *key = b->keys, *value = b->values;
	int err;

	while (b->count < nr) {
		if (b->op == WEIR_MAP_UPDATE)
			err = weir_map_user_update(map, key, value, b->flags);
		else
			err = weir_map_user_delete(map, key);
		if (err)
			return err;
		key += map->def.key_size;
		value += value_bytes;
		b->count++;
	}
	return 0;
}

static bool can_batch(const struct weir_map *map, u32 op)
{
	if (!map->ops->next_key || weir_map_user_takes_objects(map))
		return false;
	switch (op) {
	case WEIR_MAP_LOOKUP:
		return map->ops->read;
	case WEIR_MAP_LOOKUP_DELETE:
		return map->ops->take;
	default:
		return true;
	}
}

int weir_map_user_batch(struct weir_map *map, struct weir_map_user_batch *b)
{
	bool values = b->op != WEIR_MAP_DELETE;
	u32 nr = b->count;

	b->count = 0;
	if (b->flags & ~BPF_F_LOCK || (b->flags && !values))
		return -EINVAL;
	switch (b->op) {
	case WEIR_MAP_LOOKUP:
	case WEIR_MAP_UPDATE:
	case WEIR_MAP_DELETE:
	case WEIR_MAP_LOOKUP_DELETE:
		break;
	default:
		return -EINVAL;
	}
	if (!can_batch(map, b->op))
		return -EOPNOTSUPP;
	if (nr && (!b->keys || (values && !b->values)))
		return -EFAULT;
	if (b->op == WEIR_MAP_UPDATE || b->op == WEIR_MAP_DELETE)
		return batch_change(map, b, nr);
	return batch_lookup(map, b, nr);
}
