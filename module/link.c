// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Links: their descriptors, ATTACH, LINK_UPDATE and LINK_INFO. */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include "base/host.h"
#include "base/log.h"
#include "base/prog.h"
#include "module/ctl.h"
#include "module/hook.h"
#include "module/link.h"
#include "module/prog.h"
#include "module/registry.h"
#include "module/tap.h"
#include "module/user.h"
#include "module/verdict.h"
#include "runtime/loaded.h"

/* What the first version of each structure had: never less. */
#define ATTACH_MIN offsetofend(struct weir_attach, name)
#define UPDATE_MIN offsetofend(struct weir_link_update, flags)
#define INFO_MIN offsetofend(struct weir_link_info, name)

#define LINE_BYTES 160 /* of a refusal in words */

/*
 * Life
 */

static struct weir_slot *new_slot(struct weir_loaded *loaded)
{
	struct weir_slot *slot = kmalloc(sizeof(*slot), GFP_KERNEL_ACCOUNT);

	if (!slot)
		return NULL;
	slot->loaded = weir_loaded_get(loaded);
	slot->view = weir_skb_view(loaded);
	return slot;
}

static void free_slot(struct weir_slot *slot)
{
	if (!slot)
		return;
	weir_loaded_put(slot->loaded);
	kfree(slot);
}

static void free_link(struct weir_link *link)
{
	free_slot(rcu_dereference_protected(link->slot, true));
	weir_tap_free(link->tap);
	free_percpu(link->counters);
	kfree(link);
}

static struct weir_link *new_link(const struct weir_attach *attach,
				  struct weir_loaded *loaded)
{
	struct weir_link *link = kzalloc(sizeof(*link), GFP_KERNEL_ACCOUNT);

	if (!link)
		return NULL;
	refcount_set(&link->refs, 1);
	link->id = weir_host_new_id();
	link->hook = attach->hook;
	link->flags = attach->flags;
	link->ifindex = attach->ifindex;
	link->priority = attach->priority;
	memcpy(link->name, attach->name, sizeof(link->name));
	link->counters = alloc_percpu_gfp(struct weir_link_counters,
					  GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	RCU_INIT_POINTER(link->slot, new_slot(loaded));
	if (!link->counters || !rcu_access_pointer(link->slot)) {
		free_link(link);
		return NULL;
	}
	return link;
}

struct weir_link *weir_link_get(struct weir_link *link)
{
	refcount_inc(&link->refs);
	return link;
}

void weir_link_put(struct weir_link *link)
{
	if (!link || !refcount_dec_and_test(&link->refs))
		return;
	weir_registry_remove(WEIR_OBJECT_LINK, link->id);
	weir_hook_remove(link);
	free_link(link);
}

/*
 * ATTACH
 */

static bool is_device_hook(u32 hook)
{
	return hook == WEIR_HOOK_INGRESS || hook == WEIR_HOOK_EGRESS;
}

static int check_attach(const struct weir_attach *attach)
{
	u32 families = WEIR_ATTACH_IPV4 | WEIR_ATTACH_IPV6;
	u32 roles = WEIR_ATTACH_MATCH_DROPS | WEIR_ATTACH_CAPTURE;

	if (attach->hook >= WEIR_NR_HOOKS || attach->reserved ||
	    attach->reserved2 ||
	    !weir_user_log_ok(attach->log, attach->log_size))
		return -EINVAL;
	if (attach->flags & ~WEIR_ATTACH_FLAGS ||
	    (attach->flags & roles) == roles)
		return -EINVAL;
	if (is_device_hook(attach->hook) &&
	    (!attach->ifindex || attach->flags & families))
		return -EINVAL;
	if (attach->ifindex > INT_MAX)
		return -ENODEV;
	if (attach->nr_rings > WEIR_MAX_RINGS)
		return -E2BIG;
	if (!attach->nr_rings != !attach->ring_fds ||
	    !attach->nr_rings != !(attach->flags & WEIR_ATTACH_CAPTURE) ||
	    (attach->snaplen && !attach->nr_rings))
		return -EINVAL;
	if (!weir_user_fits(attach->ring_fds) || !weir_user_fits(attach->log))
		return -EFAULT;
	return weir_user_name(attach->name) ? 0 : -EINVAL;
}

/* What a hook of links cannot do, it is not asked to: -EOPNOTSUPP. */
static int check_verdicts(const struct weir_loaded *loaded,
			  struct weir_log *log)
{
	u32 pc, verdict;

	if (!weir_verdict_refused(loaded, &pc, &verdict))
		return 0;
	if (pc == U32_MAX)
		weir_log_printf(log, "the fail verdict is %d", (s32)verdict);
	else
		weir_log_printf(log, "the program returns %d", (s32)verdict);
	if (*weir_verdict_name(loaded->prog->kind, verdict))
		weir_log_printf(log, " (%s)",
				weir_verdict_name(loaded->prog->kind, verdict));
	if (pc != U32_MAX)
		weir_log_printf(log, ", made by instruction %u", pc);
	weir_log_printf(log, ": no hook can do that\n");
	return -EOPNOTSUPP;
}

/* Which programs a hook can run, with these flags. */
static int check_kind(const struct weir_attach *attach,
		      const struct weir_loaded *loaded)
{
	u32 roles = WEIR_ATTACH_MATCH_DROPS | WEIR_ATTACH_CAPTURE;

	switch (loaded->prog->kind) {
	case WEIR_KIND_SOCKET:
		return 0;
	case WEIR_KIND_TC:
		return attach->flags & roles ? -EINVAL : 0;
	case WEIR_KIND_XDP:
		/* wants a link-layer header, and packets that come in */
		return attach->hook != WEIR_HOOK_INGRESS ||
				       attach->flags & roles
			       ? -EINVAL
			       : 0;
	default:
		return -EINVAL;
	}
}

/* The namespace, which the caller must be allowed to administer. */
static struct net *get_net_of(s32 fd)
{
	struct net *net = fd < 0 ? get_net(current->nsproxy->net_ns)
				 : get_net_ns_by_fd(fd);

	if (!IS_ERR(net) && !ns_capable(net->user_ns, CAP_NET_ADMIN)) {
		put_net(net);
		return ERR_PTR(-EPERM);
	}
	return net;
}

int weir_link_new_fd(struct weir_link *link)
{
	return anon_inode_getfd("[weir-link]", &weir_link_fops, link,
				O_RDWR | O_CLOEXEC);
}

/* From here on the link's descriptor owns it. */
static int install(struct weir_link *link, struct net *net)
{
	int err;

	link->netns = net->ns.inum;
	err = weir_hook_add(link, net);
	if (err)
		goto free;
	err = weir_registry_add(WEIR_OBJECT_LINK, link->id, link);
	if (err)
		goto detach;
	/* Others may have found it by now: what they hold, they keep. */
	err = weir_link_new_fd(link);
	if (err < 0)
		weir_link_put(link);
	return err;

detach:
	weir_hook_remove(link);
free:
	free_link(link);
	return err;
}

static int attach_program(const struct weir_attach *attach,
			  struct weir_loaded *loaded, struct weir_log *log)
{
	struct weir_link *link;
	struct net *net;
	int err = check_kind(attach, loaded);

	if (!err)
		err = check_verdicts(loaded, log);
	if (err)
		return err;
	net = get_net_of(attach->netns_fd);
	if (IS_ERR(net))
		return PTR_ERR(net);
	link = new_link(attach, loaded);
	err = link ? 0 : -ENOMEM;
	if (link && attach->nr_rings) {
		err = weir_tap_create(attach, &link->tap);
		if (err)
			free_link(link);
	}
	if (!err)
		err = install(link, net);
	put_net(net);
	return err;
}

int weir_attach_ioctl(void __user *arg)
{
	struct weir_loaded *loaded;
	struct weir_attach attach;
	char line[LINE_BYTES] = "";
	struct weir_log log;
	u32 usize;
	int err;

	err = weir_user_get(&attach, sizeof(attach), ATTACH_MIN, arg, &usize);
	if (!err)
		err = check_attach(&attach);
	if (err)
		return err;
	loaded = weir_prog_from_fd(attach.prog_fd);
	if (IS_ERR(loaded))
		return PTR_ERR(loaded);
	weir_log_init(&log, line, sizeof(line));
	err = attach_program(&attach, loaded, &log);
	weir_loaded_put(loaded);
	if (err < 0 && weir_user_put_line(attach.log, attach.log_size, line))
		err = -EFAULT;
	return err;
}

/*
 * LINK_UPDATE
 */

static int replace_program(struct weir_link *link, struct weir_loaded *loaded,
			   const struct weir_loaded *old, struct weir_log *log)
{
	const struct weir_slot *now;
	struct weir_slot *slot;
	enum weir_kind kind;
	int err;

	/* No program of another kind comes into a link: its kind is fixed. */
	rcu_read_lock();
	now = rcu_dereference(link->slot);
	kind = now->loaded->prog->kind;
	rcu_read_unlock();
	if (loaded->prog->kind != kind)
		return -EINVAL;
	err = check_verdicts(loaded, log);
	if (err)
		return err;
	slot = new_slot(loaded);
	if (!slot)
		return -ENOMEM;
	err = weir_hook_replace(link, &slot, old);
	free_slot(slot); /* the old one, or the new one after an error */
	return err;
}

static int update_from(struct weir_link *link, int fd, int old_fd,
		       struct weir_log *log)
{
	struct weir_loaded *loaded, *old = NULL;
	int err;

	loaded = weir_prog_from_fd(fd);
	if (IS_ERR(loaded))
		return PTR_ERR(loaded);
	if (old_fd >= 0) {
		old = weir_prog_from_fd(old_fd);
		err = PTR_ERR_OR_ZERO(old);
		if (err)
			goto out;
	}
	err = replace_program(link, loaded, old, log);
	weir_loaded_put(old);
out:
	weir_loaded_put(loaded);
	return err;
}

static int link_update(struct weir_link *link, void __user *arg)
{
	struct weir_link_update update;
	char line[LINE_BYTES] = "";
	struct weir_log log;
	u32 usize;
	int err;

	err = weir_user_get(&update, sizeof(update), UPDATE_MIN, arg, &usize);
	if (err)
		return err;
	if (update.flags || update.reserved || update.prog_fd < -1 ||
	    update.old_prog_fd < -1 ||
	    !weir_user_log_ok(update.log, update.log_size))
		return -EINVAL;
	if (!weir_user_fits(update.log))
		return -EFAULT;
	if (update.prog_fd < 0) {
		if (update.old_prog_fd >= 0)
			return -EINVAL;
		weir_hook_remove(link);
		return 0;
	}
	weir_log_init(&log, line, sizeof(line));
	err = update_from(link, update.prog_fd, update.old_prog_fd, &log);
	if (err && weir_user_put_line(update.log, update.log_size, line))
		err = -EFAULT;
	return err;
}

/*
 * LINK_INFO
 */

static void add_counters(const struct weir_link *link,
			 struct weir_link_info *info)
{
	int cpu;

	for_each_possible_cpu(cpu)
	{
		struct weir_link_counters *c = per_cpu_ptr(link->counters, cpu);

		info->packets += local64_read(&c->packets);
		info->bytes += local64_read(&c->bytes);
		info->dropped += local64_read(&c->dropped);
		info->refused += local64_read(&c->refused);
		info->guard_exits += local64_read(&c->guard_exits);
		info->captured += local64_read(&c->captured);
		info->lost += local64_read(&c->lost);
		info->run_ns += local64_read(&c->run_ns);
	}
	/* what is under way is in neither yet */
	info->passed = info->packets - min(info->dropped, info->packets);
}

static int link_info(struct weir_link *link, void __user *arg)
{
	struct weir_link_info info;
	u32 usize;
	int err;

	err = weir_user_get(&info, sizeof(info), INFO_MIN, arg, &usize);
	if (err)
		return err;
	info = (struct weir_link_info){
		.size = usize,
		.id = link->id,
		.hook = link->hook,
		.flags = link->flags,
		.ifindex = link->ifindex,
		.priority = link->priority,
		.detached = !READ_ONCE(link->chain),
		.netns = link->netns,
	};
	rcu_read_lock();
	info.prog_id = rcu_dereference(link->slot)->loaded->id;
	rcu_read_unlock();
	memcpy(info.name, link->name, sizeof(info.name));
	add_counters(link, &info);
	return weir_user_put(arg, &info, sizeof(info), usize);
}

/*
 * Descriptors
 */

static long link_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct weir_link *link = file->private_data;

	if (!weir_ctl_is_ours(cmd))
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(WEIR_IOC_LINK_UPDATE):
		return link_update(link, (void __user *)arg);
	case _IOC_NR(WEIR_IOC_LINK_INFO):
		return link_info(link, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static int link_release(struct inode *inode, struct file *file)
{
	weir_link_put(file->private_data);
	return 0;
}

const struct file_operations weir_link_fops = {
	.owner = THIS_MODULE,
	.release = link_release,
	.unlocked_ioctl = link_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

struct weir_link *weir_link_from_fd(int fd)
{
	struct file *file = fget(fd);
	struct weir_link *link = ERR_PTR(-EINVAL);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op == &weir_link_fops)
		link = weir_link_get(file->private_data);
	fput(file);
	return link;
}
