// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The module's beginning and end: /dev/weir, and numbers for people in
 * /sys/module/weir/parameters.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sysfs.h>

#include "base/host.h"
#include "jit/codemem.h"
#include "module/ctl.h"
#include "module/hook.h"
#include "module/registry.h"
#include "runtime/loaded.h"

static int get_programs(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "%u\n", weir_loaded_nr());
}

static int get_code_used(char *buf, const struct kernel_param *param)
{
	struct weir_codemem_stats stats;

	weir_codemem_stats(&stats);
	return sysfs_emit(buf, "%zu\n", stats.used);
}

static int get_code_total(char *buf, const struct kernel_param *param)
{
	struct weir_codemem_stats stats;

	weir_codemem_stats(&stats);
	return sysfs_emit(buf, "%zu\n", stats.total);
}

/* Not even at load time, when the kernel does not ask for the permissions. */
static int refuse_set(const char *val, const struct kernel_param *param)
{
	return -EPERM;
}

static const struct kernel_param_ops programs_ops = {
	.set = refuse_set,
	.get = get_programs,
};
static const struct kernel_param_ops code_used_ops = {
	.set = refuse_set,
	.get = get_code_used,
};
static const struct kernel_param_ops code_total_ops = {
	.set = refuse_set,
	.get = get_code_total,
};

module_param_cb(programs, &programs_ops, NULL, 0444);
MODULE_PARM_DESC(programs, "programs loaded now (read only)");
module_param_cb(code_used, &code_used_ops, NULL, 0444);
MODULE_PARM_DESC(code_used, "bytes of code memory in use (read only)");
module_param_cb(code_total, &code_total_ops, NULL, 0444);
MODULE_PARM_DESC(code_total, "bytes of code memory (read only)");

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "weir",
	.mode = 0600,
	.fops = &weir_ctl_fops,
};

static int __init weir_init(void)
{
	int err;

	err = weir_registry_init();
	if (err)
		return err;
	err = weir_hook_init();
	if (err)
		goto err_registry;
	err = misc_register(&device);
	if (err)
		goto err_hook;
	return 0;

err_hook:
	weir_hook_exit();
err_registry:
	weir_registry_exit();
	return err;
}

/* Every descriptor holds the module: when this runs, no program is left. */
static void __exit weir_exit(void)
{
	misc_deregister(&device);
	weir_hook_exit();
	weir_registry_exit();
	/* What maps deferred is still to come, and is code of ours. */
	weir_host_rcu_drain();
	weir_codemem_exit();
}

module_init(weir_init);
module_exit(weir_exit);

MODULE_DESCRIPTION("Weir: packet filters at native speed, proven or guarded");
MODULE_LICENSE("Dual BSD/GPL");
