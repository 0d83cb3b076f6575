// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * /dev/weir: it makes programs and maps, and hands out their descriptors.
 *
 * An ioctl's number is its type and index; the size in it is that of the
 * structure its user was compiled with, and is ignored: the structure says it.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <net/net_namespace.h>

#include "base/account.h"
#include "module/ctl.h"
#include "module/limits.h"
#include "module/link.h"
#include "module/load.h"
#include "module/map.h"
#include "module/registry.h"
#include "uapi/weir.h"

bool weir_ctl_is_ours(unsigned int cmd)
{
	return _IOC_TYPE(cmd) == WEIR_IOC_MAGIC &&
	       _IOC_DIR(cmd) == (_IOC_READ | _IOC_WRITE);
}

/* Who administers a network may filter it. */
static bool may_filter(void)
{
	return ns_capable(current->nsproxy->net_ns->user_ns, CAP_NET_ADMIN);
}

static int ctl_open(struct inode *inode, struct file *file)
{
	struct weir_account *account;

	if (!may_filter())
		return -EPERM;
	account = weir_limits_new_file();
	file->private_data = account;
	return account ? 0 : -ENOMEM;
}

/* What was made through it stays charged to its account. */
static int ctl_release(struct inode *inode, struct file *file)
{
	weir_account_put(file->private_data);
	return 0;
}

/* Asked again: a descriptor may have come from someone more powerful. */
static long ctl_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct weir_account *account = file->private_data;

	if (!weir_ctl_is_ours(cmd))
		return -ENOTTY;
	if (!may_filter())
		return -EPERM;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(WEIR_IOC_LOAD):
		return weir_load_ioctl(account, (void __user *)arg);
	case _IOC_NR(WEIR_IOC_MAP_CREATE):
		return weir_map_create_ioctl(account, (void __user *)arg);
	case _IOC_NR(WEIR_IOC_ATTACH):
		return weir_attach_ioctl((void __user *)arg);
	case _IOC_NR(WEIR_IOC_PIN):
		return weir_pin_ioctl((void __user *)arg);
	case _IOC_NR(WEIR_IOC_NEXT):
		return weir_next_ioctl((void __user *)arg);
	case _IOC_NR(WEIR_IOC_OPEN):
		return weir_open_ioctl((void __user *)arg);
	case _IOC_NR(WEIR_IOC_LIMITS):
		return weir_limits_ioctl(account, (void __user *)arg);
	case _IOC_NR(WEIR_IOC_EVICT):
		return weir_evict_ioctl((void __user *)arg);
	default:
		return -ENOTTY;
	}
}

const struct file_operations weir_ctl_fops = {
	.owner = THIS_MODULE,
	.open = ctl_open,
	.release = ctl_release,
	.unlocked_ioctl = ctl_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};
