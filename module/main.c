// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The module's beginning and end. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "base/host.h"
#include "jit/codemem.h"
#include "module/ctl.h"
#include "module/hook.h"
#include "module/limits.h"
#include "module/registry.h"

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "weir",
	.mode = 0600,
	.fops = &weir_ctl_fops,
};

static int __init weir_init(void)
{
	int err;

	weir_limits_init();
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
