// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A map's life: is the definition good, references, the end. */
#include <linux/kernel.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/string.h>
#include "base/account.h"
#include "base/host.h"
#include "runtime/map/map.h"
#include "runtime/map/type.h"

/* Words of types.def. */
#define ANY U32_MAX
#define NO_PREALLOC BPF_F_NO_PREALLOC
#define NO_COMMON_LRU BPF_F_NO_COMMON_LRU
#define NUMA BPF_F_NUMA_NODE /* a wish: accepted, not granted */
#define ACCESS \
	(BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)
#define USER_ACCESS (BPF_F_RDONLY | BPF_F_WRONLY)
#define ZERO_SEED BPF_F_ZERO_SEED
#define MMAPABLE BPF_F_MMAPABLE
#define INNER_MAP BPF_F_INNER_MAP
#define PRESERVE_ELEMS BPF_F_PRESERVE_ELEMS
#define PERCPU WEIR_MAP_TYPE_PERCPU
#define LOCK WEIR_MAP_TYPE_LOCK
#define TIMER WEIR_MAP_TYPE_TIMER
#define OF_MAPS WEIR_MAP_TYPE_OF_MAPS
#define PROGS WEIR_MAP_TYPE_PROGS
#define INNER WEIR_MAP_TYPE_INNER
#define EXTRA WEIR_MAP_TYPE_EXTRA

#define MAX_PERCPU_VALUE 32768 /* Linux: PCPU_MIN_UNIT_SIZE */

static const struct weir_map_type types[] = {
#define _(type, name, kmin, kmax, vmin, vmax, allowed, has) \
	[BPF_MAP_TYPE_##type] = {                           \
		.ops = &weir_##name##_ops,                  \
		.create = weir_##name##_create,             \
		.key_min = kmin,                            \
		.key_max = kmax,                            \
		.value_min = vmin,                          \
		.value_max = vmax,                          \
		.flags = allowed,                           \
		.traits = has,                              \
	},
#include "runtime/map/types.def"
#undef _
};

const struct weir_map_type *weir_map_type(u32 type)
{
	if (type >= ARRAY_SIZE(types) || !types[type].ops)
		return NULL;
	return &types[type];
}

const char *weir_map_type_name(u32 type)
{
	return weir_map_type(type) ? types[type].ops->name : NULL;
}

u32 weir_map_type_by_name(const char *name)
{
	u32 type;

	for (type = 0; type < ARRAY_SIZE(types); type++)
		if (types[type].ops && !strcmp(types[type].ops->name, name))
			return type;
	return 0;
}

static bool between(u32 x, u32 min, u32 max)
{
	return x >= min && x <= max;
}

static int check_sizes(const struct weir_map_type *type,
		       const struct weir_map_def *def)
{
	if (!def->max_entries ||
	    !between(def->key_size, type->key_min, type->key_max) ||
	    !between(def->value_size, type->value_min, type->value_max))
		return -EINVAL;
	if (def->key_size > WEIR_MAX_KEY || def->value_size > WEIR_MAX_VALUE)
		return -E2BIG;
	if ((type->traits & PERCPU) && def->value_size > MAX_PERCPU_VALUE)
		return -E2BIG;
	return 0;
}

/* An exclusive pair: asking for both is asking for nothing. */
static bool both(u32 flags, u32 pair)
{
	return (flags & pair) == pair;
}

static int check_flags(const struct weir_map_type *type,
		       const struct weir_map_def *def)
{
	bool is_lru = type->flags & NO_COMMON_LRU;
	u32 allowed = type->flags | (is_lru ? NO_PREALLOC : 0);
	u32 flags = def->flags;

	if (def->map_extra && !(type->traits & EXTRA))
		return -EINVAL;
	if ((flags & ~allowed) || both(flags, BPF_F_RDONLY | BPF_F_WRONLY) ||
	    both(flags, BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
		return -EINVAL;
	/* Linux: ENOTSUPP; these are always preallocated. */
	return is_lru && (flags & NO_PREALLOC) ? -EOPNOTSUPP : 0;
}

/* Is there room for @bytes at @off of the value, so aligned? */
static bool field_fits(const struct weir_map_def *def, u32 off, u32 bytes,
		       u32 align)
{
	return IS_ALIGNED(off, align) && off <= def->value_size &&
	       bytes <= def->value_size - off;
}

static int check_fields(const struct weir_map_type *type,
			const struct weir_map_def *def)
{
	bool lock = def->lock_off != WEIR_NO_FIELD;
	bool timer = def->timer_off != WEIR_NO_FIELD;

	if (!lock && !timer)
		return 0;
	if (def->flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
		return -EACCES;
	if ((lock && !(type->traits & LOCK)) ||
	    (timer && !(type->traits & TIMER)))
		return -EOPNOTSUPP;
	if (lock && !field_fits(def, def->lock_off, 4, 4))
		return -EINVAL;
	if (timer && !field_fits(def, def->timer_off, 16, 8))
		return -EINVAL;
	if (lock && timer && def->lock_off >= def->timer_off &&
	    def->lock_off < def->timer_off + 16)
		return -EINVAL;
	return 0;
}

/* Linux allows letters, digits, '_' and '.'. */
static int check_name(const char *name)
{
	u32 i;

	for (i = 0; i < WEIR_NAME_LEN && name[i]; i++) {
		char c = name[i];

		if (!between(c, 'a', 'z') && !between(c, 'A', 'Z') &&
		    !between(c, '0', '9') && c != '_' && c != '.')
			return -EINVAL;
	}
	return i < WEIR_NAME_LEN ? 0 : -EINVAL;
}

static int check_inner(const struct weir_map_type *type,
		       const struct weir_map *inner)
{
	if (!(type->traits & OF_MAPS))
		return inner ? -EINVAL : 0;
	if (!inner || inner->inner)
		return -EINVAL;
	return weir_map_has(inner, INNER) ? 0 : -EOPNOTSUPP;
}

static int check(const struct weir_map_type *type,
		 const struct weir_map_def *def, const struct weir_map *inner)
{
	int err;

	if (!type)
		return -EINVAL;
	err = check_flags(type, def);
	if (!err)
		err = check_sizes(type, def);
	if (!err)
		err = check_fields(type, def);
	if (!err)
		err = check_name(def->name);
	return err ? err : check_inner(type, inner);
}

static int charge(const struct weir_map_def *def, u64 bytes)
{
	int err = weir_account_charge(def->account, WEIR_RESOURCE_MAPS, 1,
				      def->refusal);

	if (err)
		return err;
	err = weir_account_charge(def->account, WEIR_RESOURCE_MAP_BYTES, bytes,
				  def->refusal);
	if (err)
		weir_account_return(def->account, WEIR_RESOURCE_MAPS, 1);
	return err;
}

static void uncharge(struct weir_account *account, u64 bytes)
{
	weir_account_return(account, WEIR_RESOURCE_MAP_BYTES, bytes);
	weir_account_return(account, WEIR_RESOURCE_MAPS, 1);
}

int weir_map_alloc(const struct weir_map_def *def, size_t size, u64 bytes,
		   struct weir_map **out)
{
	struct weir_map *map;
	int err;

	if (bytes > WEIR_MAX_MAP_BYTES)
		return -E2BIG;
	err = charge(def, bytes);
	if (err)
		return err;
	map = weir_host_alloc(size);
	if (!map) {
		uncharge(def->account, bytes);
		return -ENOMEM;
	}
	map->bytes = bytes;
	map->account = weir_account_get(def->account);
	*out = map;
	return 0;
}

void weir_map_dealloc(struct weir_map *map)
{
	struct weir_account *account = map->account;

	uncharge(account, map->bytes);
	weir_host_free(map);
	weir_account_put(account);
}

bool weir_map_grow(const struct weir_map *map, u64 bytes)
{
	return !weir_account_charge(map->account, WEIR_RESOURCE_MAP_BYTES,
				    bytes, NULL);
}

void weir_map_shrink(const struct weir_map *map, u64 bytes)
{
	weir_account_return(map->account, WEIR_RESOURCE_MAP_BYTES, bytes);
}

void *weir_map_no_lookup(struct weir_map *map, const void *key)
{
	(void)map;
	(void)key;
	return NULL;
}

static void pattern_free(struct weir_map *map)
{
	weir_host_free(map);
}

static const struct weir_map_ops pattern_ops = {
	.name = "pattern",
	.lookup = weir_map_no_lookup,
	.free = pattern_free,
};

/*
 * The head of a map without the map: what the others are to be like. It is no
 * place to look for values, and takes no more memory than it must.
 */
static struct weir_map *make_pattern(const struct weir_map *like)
{
	struct weir_map *map = weir_host_alloc(sizeof(*map));

	if (!map)
		return NULL;
	map->ops = &pattern_ops;
	map->def = like->def;
	map->refs = 1;
	map->id = like->id;
	map->elem_bytes = like->elem_bytes;
	return map;
}

int weir_map_create(const struct weir_map_def *def, struct weir_map *inner,
		    struct weir_map **out)
{
	const struct weir_map_type *type = weir_map_type(def->type);
	struct weir_map *map;
	int err;

	err = check(type, def, inner);
	if (err)
		return err;
	err = type->create(def, &map);
	if (err)
		return err;
	map->ops = type->ops;
	map->def = *def;
	map->def.account = NULL;
	map->def.refusal = NULL;
	map->refs = 1;
	map->users = 1;
	map->id = weir_host_new_id();
	*out = map;
	if (!inner)
		return 0;
	map->inner = make_pattern(inner);
	if (map->inner)
		return 0;
	map->ops->free(map);
	return -ENOMEM;
}

struct weir_map *weir_map_get(struct weir_map *map)
{
	weir_host_ref_get(&map->refs);
	return map;
}

struct weir_map *weir_map_user_get(struct weir_map *map)
{
	weir_host_ref_get(&map->users);
	return weir_map_get(map);
}

/* The pattern is nobody else's. */
void weir_map_free_dead(struct weir_map *dead)
{
	struct weir_map *map;

	if (dead)
		weir_host_rcu_wait();
	while (dead) {
		map = dead;
		dead = map->next_dead;
		if (map->inner)
			map->inner->ops->free(map->inner);
		weir_host_free(map->params);
		map->ops->free(map);
	}
}

void weir_map_put_later(struct weir_map *map, struct weir_map **dead)
{
	if (!map || !weir_host_ref_put(&map->refs))
		return;
	if (map->gone)
		map->gone(map);
	map->next_dead = *dead;
	*dead = map;
}

void weir_map_put(struct weir_map *map)
{
	struct weir_map *dead = NULL;

	weir_map_put_later(map, &dead);
	weir_map_free_dead(dead);
}

void weir_map_user_put(struct weir_map *map)
{
	if (!map)
		return;
	if (weir_host_ref_put(&map->users) && map->ops->release)
		map->ops->release(map);
	weir_map_put(map);
}

u64 weir_map_bytes(const struct weir_map *map)
{
	return map->bytes + (map->ops->grown ? map->ops->grown(map) : 0);
}
