// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What there is, by id, and what is kept alive by name.
 *
 * Finding by id: an entry is there as long as the object has references, or is
 * about to lose its entry because it has none. Whoever finds it takes a
 * reference only if there is one left, under the lock that removal takes: an
 * object that is found is not freed before.
 */
#include <linux/capability.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/nsproxy.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>

#include "base/host.h"
#include "base/map.h"
#include "module/hook.h"
#include "module/link.h"
#include "module/map.h"
#include "module/prog.h"
#include "module/registry.h"
#include "module/user.h"
#include "runtime/loaded.h"
#include "runtime/map/map.h"

/* What the first version of each structure had: never less. */
#define PIN_MIN offsetofend(struct weir_pin, name)
#define NEXT_MIN offsetofend(struct weir_next, reserved)
#define EVICT_MIN offsetofend(struct weir_evict, nr_names)

#define NR_TYPES (WEIR_OBJECT_LINK + 1)

/*
 * By id
 */

static struct xarray objects[NR_TYPES];

int weir_registry_add(enum weir_object_type type, u32 id, void *object)
{
	return xa_insert(&objects[type], id, object, GFP_KERNEL_ACCOUNT);
}

void weir_registry_remove(enum weir_object_type type, u32 id)
{
	xa_erase(&objects[type], id);
}

/*
 * One of the three, and what is done alike to them
 */

struct handle {
	enum weir_object_type type;
	void *object;
};

static bool try_get(const struct handle *h)
{
	switch (h->type) {
	case WEIR_OBJECT_PROG:
		return weir_host_ref_try(
			&((struct weir_loaded *)h->object)->refs);
	case WEIR_OBJECT_MAP:
		return weir_host_ref_try(&((struct weir_map *)h->object)->refs);
	default:
		return refcount_inc_not_zero(
			&((struct weir_link *)h->object)->refs);
	}
}

/* One more where there is one. A map's users count twice: runtime/map/map.h. */
static void get(const struct handle *h)
{
	switch (h->type) {
	case WEIR_OBJECT_PROG:
		weir_loaded_get(h->object);
		break;
	case WEIR_OBJECT_MAP:
		weir_map_user_get(h->object);
		break;
	default:
		weir_link_get(h->object);
	}
}

static void put(const struct handle *h)
{
	switch (h->type) {
	case WEIR_OBJECT_PROG:
		weir_loaded_put(h->object);
		break;
	case WEIR_OBJECT_MAP:
		weir_map_user_put(h->object);
		break;
	default:
		weir_link_put(h->object);
	}
}

static u32 id_of(const struct handle *h)
{
	switch (h->type) {
	case WEIR_OBJECT_PROG:
		return ((struct weir_loaded *)h->object)->id;
	case WEIR_OBJECT_MAP:
		return ((struct weir_map *)h->object)->id;
	default:
		return ((struct weir_link *)h->object)->id;
	}
}

/* A descriptor that takes over the reference; gives it back if it fails. */
static int new_fd(const struct handle *h)
{
	int fd;

	switch (h->type) {
	case WEIR_OBJECT_PROG:
		fd = weir_prog_new_fd(h->object);
		break;
	case WEIR_OBJECT_MAP:
		fd = weir_map_new_fd(h->object);
		break;
	default:
		fd = weir_link_new_fd(h->object);
	}
	if (fd < 0)
		put(h);
	return fd;
}

static int from_fd(int fd, struct handle *h)
{
	h->type = WEIR_OBJECT_PROG;
	h->object = weir_prog_from_fd(fd);
	if (PTR_ERR_OR_ZERO(h->object) == -EINVAL) {
		h->type = WEIR_OBJECT_MAP;
		h->object = weir_map_user_from_fd(fd);
	}
	if (PTR_ERR_OR_ZERO(h->object) == -EINVAL) {
		h->type = WEIR_OBJECT_LINK;
		h->object = weir_link_from_fd(fd);
	}
	return PTR_ERR_OR_ZERO(h->object);
}

/*
 * NEXT and OPEN: for those who administer the host, since ids are the host's
 */

static int get_next(void __user *arg, struct weir_next *next, u32 *usize)
{
	int err;

	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	err = weir_user_get(next, sizeof(*next), NEXT_MIN, arg, usize);
	if (err)
		return err;
	if (next->object < WEIR_OBJECT_PROG ||
	    next->object > WEIR_OBJECT_LINK || next->reserved)
		return -EINVAL;
	return 0;
}

int weir_next_ioctl(void __user *arg)
{
	struct weir_next next;
	unsigned long id;
	u32 usize;
	int err = get_next(arg, &next, &usize);

	if (err)
		return err;
	id = (unsigned long)next.id + 1;
	if (next.id == U32_MAX ||
	    !xa_find(&objects[next.object], &id, U32_MAX, XA_PRESENT))
		return -ENOENT;
	next.id = id;
	return weir_user_put(arg, &next, sizeof(next), usize);
}

int weir_open_ioctl(void __user *arg)
{
	struct weir_next next;
	struct handle h;
	bool found;
	u32 usize;
	int err = get_next(arg, &next, &usize);

	if (err)
		return err;
	h.type = next.object;
	xa_lock(&objects[h.type]);
	h.object = xa_load(&objects[h.type], next.id);
	found = h.object && try_get(&h);
	xa_unlock(&objects[h.type]);
	if (!found)
		return -ENOENT;
	if (h.type == WEIR_OBJECT_MAP) {
		weir_map_user_get(h.object);
		weir_map_put(h.object);
	}
	return new_fd(&h);
}

/*
 * Names
 */

/**
 * struct pin - a name
 * @net:	namespace it belongs to; names go before it does
 * @h:		what it keeps alive
 */
struct pin {
	struct list_head node;
	const struct net *net;
	struct handle h;
	char name[WEIR_PIN_LEN];
};

static DEFINE_MUTEX(pins_lock);
static LIST_HEAD(pins);

static bool is_good_name(const char *name)
{
	u32 i;

	for (i = 0; i < WEIR_PIN_LEN && name[i]; i++)
		if (name[i] <= ' ' || name[i] > '~' || name[i] == '/')
			return false;
	return i && i < WEIR_PIN_LEN;
}

static struct pin *find(const struct net *net, const char *name)
{
	struct pin *pin;

	lockdep_assert_held(&pins_lock);
	list_for_each_entry(pin, &pins, node)
		if (pin->net == net && !strcmp(pin->name, name))
			return pin;
	return NULL;
}

static int pin_add(const struct net *net, struct weir_pin *arg)
{
	struct pin *pin = kzalloc(sizeof(*pin), GFP_KERNEL_ACCOUNT);
	int err;

	if (!pin)
		return -ENOMEM;
	err = from_fd(arg->fd, &pin->h);
	if (err)
		goto free;
	pin->net = net;
	strscpy(pin->name, arg->name, sizeof(pin->name));
	arg->object = pin->h.type;
	arg->id = id_of(&pin->h);

	mutex_lock(&pins_lock);
	err = find(net, pin->name) ? -EEXIST : 0;
	if (!err) {
		/* the caller's descriptor holds the module now */
		__module_get(THIS_MODULE);
		list_add_tail(&pin->node, &pins);
	}
	mutex_unlock(&pins_lock);
	if (!err)
		return 0;
	put(&pin->h);
free:
	kfree(pin);
	return err;
}

static void drop(struct pin *pin)
{
	put(&pin->h);
	kfree(pin);
	module_put(THIS_MODULE);
}

/* What pin_remove() would say, so that the user hears it before it is done. */
static int pin_look(const struct net *net, struct weir_pin *arg)
{
	struct pin *pin;

	mutex_lock(&pins_lock);
	pin = find(net, arg->name);
	if (pin) {
		arg->object = pin->h.type;
		arg->id = id_of(&pin->h);
	}
	mutex_unlock(&pins_lock);
	return pin ? 0 : -ENOENT;
}

static int pin_remove(const struct net *net, struct weir_pin *arg)
{
	struct pin *pin;

	mutex_lock(&pins_lock);
	pin = find(net, arg->name);
	if (pin)
		list_del(&pin->node);
	mutex_unlock(&pins_lock);
	if (!pin)
		return -ENOENT;
	arg->object = pin->h.type;
	arg->id = id_of(&pin->h);
	drop(pin);
	return 0;
}

static int pin_open(const struct net *net, struct weir_pin *arg)
{
	struct handle h = {};
	struct pin *pin;

	mutex_lock(&pins_lock);
	pin = find(net, arg->name);
	if (pin) {
		h = pin->h;
		get(&h);
	}
	mutex_unlock(&pins_lock);
	if (!pin)
		return -ENOENT;
	arg->object = h.type;
	arg->id = id_of(&h);
	return new_fd(&h);
}

/* In the order of their making; a name that went takes the rest with it. */
static int pin_next(const struct net *net, struct weir_pin *arg)
{
	bool seen = !arg->name[0];
	int err = -ENOENT;
	struct pin *pin;

	mutex_lock(&pins_lock);
	list_for_each_entry(pin, &pins, node) {
		if (pin->net != net)
			continue;
		if (seen) {
			strscpy_pad(arg->name, pin->name, sizeof(arg->name));
			arg->object = pin->h.type;
			arg->id = id_of(&pin->h);
			err = 0;
			break;
		}
		seen = !strcmp(pin->name, arg->name);
	}
	mutex_unlock(&pins_lock);
	return err;
}

static int do_pin(const struct net *net, struct weir_pin *arg)
{
	switch (arg->op) {
	case WEIR_PIN_ADD:
		return pin_add(net, arg);
	case WEIR_PIN_REMOVE:
		return pin_look(net, arg);
	case WEIR_PIN_OPEN:
		return pin_open(net, arg);
	case WEIR_PIN_NEXT:
		return pin_next(net, arg);
	default:
		return -EINVAL;
	}
}

int weir_pin_ioctl(void __user *uarg)
{
	const struct net *net = current->nsproxy->net_ns;
	struct weir_pin arg;
	u32 usize;
	int err;

	err = weir_user_get(&arg, sizeof(arg), PIN_MIN, uarg, &usize);
	if (err)
		return err;
	if (arg.reserved || (arg.op != WEIR_PIN_ADD && arg.fd))
		return -EINVAL;
	if (!is_good_name(arg.name) &&
	    !(arg.op == WEIR_PIN_NEXT && !arg.name[0]))
		return -EINVAL;
	err = do_pin(net, &arg);
	if (err >= 0 && weir_user_put(uarg, &arg, sizeof(arg), usize) &&
	    arg.op != WEIR_PIN_OPEN) {
		if (arg.op == WEIR_PIN_ADD)
			pin_remove(net, &arg);
		return -EFAULT;
	}
	if (!err && arg.op == WEIR_PIN_REMOVE)
		err = pin_remove(net, &arg);
	return err;
}

/* All names of a namespace, or (NULL) of all. Return: how many. */
static u32 drop_all(const struct net *net)
{
	struct pin *pin, *next;
	LIST_HEAD(gone);
	u32 nr = 0;

	mutex_lock(&pins_lock);
	list_for_each_entry_safe(pin, next, &pins, node)
		if (!net || pin->net == net)
			list_move(&pin->node, &gone);
	mutex_unlock(&pins_lock);
	list_for_each_entry_safe(pin, next, &gone, node) {
		drop(pin);
		nr++;
	}
	return nr;
}

/*
 * EVICT: links first; what a name kept alive has nothing to detach then.
 */
int weir_evict_ioctl(void __user *uarg)
{
	struct weir_evict arg;
	u32 usize;
	int err;

	if (!capable(CAP_NET_ADMIN))
		return -EPERM;
	err = weir_user_get(&arg, sizeof(arg), EVICT_MIN, uarg, &usize);
	if (err)
		return err;
	if (arg.flags)
		return -EINVAL;
	arg.nr_links = weir_hook_remove_all();
	arg.nr_names = drop_all(NULL);
	return weir_user_put(uarg, &arg, sizeof(arg), usize);
}

/* Names of a namespace that goes; a name holds no namespace. */
static void namespace_exit(struct net *net)
{
	drop_all(net);
}

static struct pernet_operations namespace_ops = { .exit = namespace_exit };

int weir_registry_init(void)
{
	u32 i;

	for (i = 0; i < NR_TYPES; i++)
		xa_init(&objects[i]);
	return register_pernet_subsys(&namespace_ops);
}

/* Every name holds the module: there are none. */
void weir_registry_exit(void)
{
	u32 i;

	unregister_pernet_subsys(&namespace_ops);
	for (i = 0; i < NR_TYPES; i++)
		xa_destroy(&objects[i]);
}
