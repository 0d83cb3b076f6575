// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Map descriptors: MAP_CREATE makes one; MAP_INFO, MAP_ELEM and MAP_BATCH work
 * on it. What the operations do is runtime/map/user.h; here the user's memory
 * becomes plain buffers, and descriptors become what they stand for.
 */
#include <linux/anon_inodes.h>
#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "base/account.h"
#include "base/log.h"
#include "module/ctl.h"
#include "module/map.h"
#include "module/map_memory.h"
#include "module/prog.h"
#include "module/registry.h"
#include "module/user.h"
#include "runtime/loaded.h"
#include "runtime/map/map.h"
#include "runtime/map/user.h"

/* What the first version of each structure had: never less. */
#define CREATE_MIN offsetofend(struct weir_map_create, name)
#define INFO_MIN offsetofend(struct weir_map_info, name)
#define ELEM_MIN offsetofend(struct weir_map_elem, flags)
#define BATCH_MIN offsetofend(struct weir_map_batch, reserved)

/* Elements of one batch that are copied at a time. */
#define BATCH_BYTES (256 << 10)

/*
 * MAP_CREATE
 */

static void map_gone(struct weir_map *map)
{
	weir_registry_remove(WEIR_OBJECT_MAP, map->id);
}

static int create(const struct weir_map_create *create,
		  struct weir_account *account, struct weir_refusal *why,
		  struct weir_map **out)
{
	struct weir_map *inner = NULL;
	int err;

	if (create->inner_fd >= 0) {
		inner = weir_map_from_fd(create->inner_fd);
		if (IS_ERR(inner))
			return PTR_ERR(inner);
	}
	err = weir_map_user_create(create, inner, account, why, out);
	weir_map_put(inner);
	if (err)
		return err;
	err = weir_registry_add(WEIR_OBJECT_MAP, (*out)->id, *out);
	if (err) {
		weir_map_user_put(*out);
		return err;
	}
	(*out)->gone = map_gone;
	return 0;
}

int weir_map_new_fd(struct weir_map *map)
{
	return anon_inode_getfd("[weir-map]", &weir_map_fops, map,
				O_RDWR | O_CLOEXEC);
}

/* Why there is no map, where the number alone does not say it. */
static int explain(const struct weir_map_create *attr,
		   const struct weir_refusal *why, int err)
{
	char line[160] = "";
	struct weir_log log;

	weir_log_init(&log, line, sizeof(line));
	if (err == -EDQUOT)
		weir_account_explain(why, &log);
	return weir_user_put_line(attr->log, attr->log_size, line) ?: err;
}

int weir_map_create_ioctl(struct weir_account *account, void __user *arg)
{
	struct weir_map_create attr;
	struct weir_refusal why;
	struct weir_map *map;
	u32 usize;
	int err;

	err = weir_user_get(&attr, sizeof(attr), CREATE_MIN, arg, &usize);
	if (err)
		return err;
	if (attr.reserved || attr.reserved2 || attr.inner_fd < -1 ||
	    !weir_user_name(attr.name) ||
	    !weir_user_log_ok(attr.log, attr.log_size))
		return -EINVAL;
	if (!weir_user_fits(attr.log))
		return -EFAULT;
	err = create(&attr, account, &why, &map);
	if (err)
		return explain(&attr, &why, err);
	err = weir_map_new_fd(map);
	if (err < 0)
		weir_map_user_put(map);
	return err;
}

/*
 * MAP_INFO
 */

static int map_info(const struct weir_map *map, void __user *arg)
{
	struct weir_map_info info;
	u32 usize;
	int err;

	err = weir_user_get(&info, sizeof(info), INFO_MIN, arg, &usize);
	if (err)
		return err;
	info.size = usize;
	weir_map_user_info(map, &info);
	return weir_user_put(arg, &info, sizeof(info), usize);
}

/*
 * Values that refer to programs and maps: descriptors going in
 */

struct object {
	struct weir_loaded *loaded;
	struct weir_map *map;
	void *ptr;
};

static int get_object(const struct weir_map *map, u32 fd, struct object *o)
{
	*o = (struct object){};
	if (map->def.type == BPF_MAP_TYPE_PROG_ARRAY) {
		o->ptr = o->loaded = weir_prog_from_fd((int)fd);
	} else {
		o->ptr = o->map = weir_map_from_fd((int)fd);
	}
	return PTR_ERR_OR_ZERO(o->ptr);
}

static void put_object(const struct object *o)
{
	weir_loaded_put(o->loaded);
	weir_map_put(o->map);
}

static int update_object(struct weir_map *map, const void *key,
			 const void *value, u64 flags)
{
	struct object o;
	u32 fd;
	int err;

	memcpy(&fd, value, sizeof(fd));
	err = get_object(map, fd, &o);
	if (err)
		return err;
	err = weir_map_user_update(map, key, &o.ptr, flags);
	put_object(&o);
	return err;
}

/*
 * MAP_ELEM
 */

/* What an operation does with the value: none, takes it, gives it. */
static bool takes_value(const struct weir_map *map, u32 op)
{
	/* asked of a bloom filter, the value is the question */
	return op == WEIR_MAP_UPDATE ||
	       (op == WEIR_MAP_LOOKUP &&
		map->def.type == BPF_MAP_TYPE_BLOOM_FILTER);
}

static bool gives_value(const struct weir_map *map, u32 op)
{
	return op == WEIR_MAP_NEXT_KEY || op == WEIR_MAP_LOOKUP_DELETE ||
	       (op == WEIR_MAP_LOOKUP && !takes_value(map, op));
}

static u32 value_bytes(const struct weir_map *map, u32 op)
{
	return op == WEIR_MAP_NEXT_KEY ? map->def.key_size
				       : weir_map_user_value_bytes(map);
}

static void *get_key(const struct weir_map *map, u64 key)
{
	return key && map->def.key_size
		       ? memdup_user(weir_user_ptr(key), map->def.key_size)
		       : NULL;
}

static int do_elem(struct weir_map *map, const struct weir_map_elem *elem,
		   const void *key, void *value)
{
	if (elem->op == WEIR_MAP_UPDATE && weir_map_user_takes_objects(map))
		return update_object(map, key, value, elem->flags);
	return weir_map_user_elem(map, elem->op, key, value, elem->flags);
}

static int elem_value(struct weir_map *map, const struct weir_map_elem *elem,
		      const void *key)
{
	bool takes = takes_value(map, elem->op);
	bool gives = gives_value(map, elem->op);
	u32 bytes = value_bytes(map, elem->op);
	void *value;
	int err = 0;

	if (!takes && !gives)
		return do_elem(map, elem, key, NULL);
	if (!elem->value)
		return -EFAULT;
	value = kvzalloc(bytes, GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!value)
		return -ENOMEM;
	if (takes && copy_from_user(value, weir_user_ptr(elem->value), bytes))
		err = -EFAULT;
	if (!err)
		err = do_elem(map, elem, key, value);
	if (!err && gives &&
	    copy_to_user(weir_user_ptr(elem->value), value, bytes))
		err = -EFAULT;
	kvfree(value);
	return err;
}

static int map_elem(struct weir_map *map, void __user *arg)
{
	struct weir_map_elem elem;
	void *key;
	u32 usize;
	int err;

	err = weir_user_get(&elem, sizeof(elem), ELEM_MIN, arg, &usize);
	if (err)
		return err;
	if (!weir_user_fits(elem.key) || !weir_user_fits(elem.value))
		return -EFAULT;
	key = get_key(map, elem.key);
	if (IS_ERR(key))
		return PTR_ERR(key);
	err = elem_value(map, &elem, key);
	kfree(key);
	return err;
}

/*
 * MAP_BATCH: some elements at a time, so that no user's number decides how much
 * memory is taken
 */

struct batch {
	struct weir_map *map;
	const struct weir_map_batch *arg;
	struct weir_map_user_batch now;
	u32 key_bytes;
	u32 value_bytes;
	u32 room; /* elements at a time */
	u32 done;
	void *start; /* key behind which lookups go on */
};

static bool batch_gives(const struct batch *b)
{
	return b->now.op == WEIR_MAP_LOOKUP ||
	       b->now.op == WEIR_MAP_LOOKUP_DELETE;
}

static int copy_in(struct batch *b)
{
	u8 __user *keys = weir_user_ptr(b->arg->keys);
	u8 __user *values = weir_user_ptr(b->arg->values);
	u32 nr = b->now.count;

	if (batch_gives(b))
		return 0;
	if (copy_from_user(b->now.keys, keys + (size_t)b->done * b->key_bytes,
			   (size_t)nr * b->key_bytes))
		return -EFAULT;
	if (b->now.op == WEIR_MAP_UPDATE &&
	    copy_from_user(b->now.values,
			   values + (size_t)b->done * b->value_bytes,
			   (size_t)nr * b->value_bytes))
		return -EFAULT;
	return 0;
}

static int copy_out(struct batch *b)
{
	u8 __user *keys = weir_user_ptr(b->arg->keys);
	u8 __user *values = weir_user_ptr(b->arg->values);
	u32 nr = b->now.count;

	if (!batch_gives(b) || !nr)
		return 0;
	if (copy_to_user(keys + (size_t)b->done * b->key_bytes, b->now.keys,
			 (size_t)nr * b->key_bytes) ||
	    copy_to_user(values + (size_t)b->done * b->value_bytes,
			 b->now.values, (size_t)nr * b->value_bytes))
		return -EFAULT;
	memcpy(b->start, (u8 *)b->now.keys + (size_t)(nr - 1) * b->key_bytes,
	       b->key_bytes);
	b->now.start = b->start;
	return 0;
}

static int do_batch(struct batch *b)
{
	int err = 0, err_copy;

	while (!err && b->done < b->arg->count) {
		if (signal_pending(current))
			return -EINTR;
		b->now.count = min(b->room, b->arg->count - b->done);
		err = copy_in(b);
		if (err)
			break;
		err = weir_map_user_batch(b->map, &b->now);
		err_copy = copy_out(b);
		if (err_copy)
			return err_copy;
		b->done += b->now.count;
		cond_resched();
	}
	return err;
}

static int run_batch(struct batch *b)
{
	const struct weir_map_batch *arg = b->arg;
	int err = -ENOMEM;

	b->now.keys = kvmalloc_array(b->room, b->key_bytes, GFP_KERNEL_ACCOUNT);
	b->now.values =
		kvmalloc_array(b->room, b->value_bytes, GFP_KERNEL_ACCOUNT);
	b->start = kmalloc(b->key_bytes, GFP_KERNEL_ACCOUNT);
	if (!b->now.keys || !b->now.values || !b->start)
		goto out;
	err = -EFAULT;
	if (arg->start) {
		if (copy_from_user(b->start, weir_user_ptr(arg->start),
				   b->key_bytes))
			goto out;
		b->now.start = b->start;
	}
	err = do_batch(b);
out:
	kfree(b->start);
	kvfree(b->now.values);
	kvfree(b->now.keys);
	return err;
}

static int map_batch(struct weir_map *map, void __user *uarg)
{
	struct weir_map_batch arg;
	struct batch b = { .map = map, .arg = &arg };
	u32 usize;
	int err;

	err = weir_user_get(&arg, sizeof(arg), BATCH_MIN, uarg, &usize);
	if (err)
		return err;
	if (arg.reserved)
		return -EINVAL;
	if (!map->def.key_size || weir_map_user_takes_objects(map))
		return -EOPNOTSUPP;
	if (!weir_user_fits(arg.keys) || !weir_user_fits(arg.values) ||
	    !weir_user_fits(arg.start))
		return -EFAULT;
	b.now.op = arg.op;
	b.now.flags = arg.flags;
	b.key_bytes = map->def.key_size;
	b.value_bytes = weir_map_user_value_bytes(map);
	b.room = clamp_t(u32, BATCH_BYTES / (b.key_bytes + b.value_bytes), 1,
			 max(arg.count, 1u));
	err = run_batch(&b);
	arg.count = b.done;
	if (weir_user_put(uarg, &arg, sizeof(arg), usize))
		return -EFAULT;
	return err;
}

/*
 * Descriptors
 */

static long map_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct weir_map *map = file->private_data;

	if (!weir_ctl_is_ours(cmd))
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(WEIR_IOC_MAP_INFO):
		return map_info(map, (void __user *)arg);
	case _IOC_NR(WEIR_IOC_MAP_ELEM):
		return map_elem(map, (void __user *)arg);
	case _IOC_NR(WEIR_IOC_MAP_BATCH):
		return map_batch(map, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static int map_release(struct inode *inode, struct file *file)
{
	weir_map_user_put(file->private_data);
	return 0;
}

const struct file_operations weir_map_fops = {
	.owner = THIS_MODULE,
	.release = map_release,
	.mmap = weir_map_mmap,
	.poll = weir_map_poll,
	.unlocked_ioctl = map_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static struct weir_map *from_fd(int fd,
				struct weir_map *(*get)(struct weir_map *))
{
	struct file *file = fget(fd);
	struct weir_map *map = ERR_PTR(-EINVAL);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op == &weir_map_fops)
		map = get(file->private_data);
	fput(file);
	return map;
}

struct weir_map *weir_map_from_fd(int fd)
{
	return from_fd(fd, weir_map_get);
}

struct weir_map *weir_map_user_from_fd(int fd)
{
	return from_fd(fd, weir_map_user_get);
}
