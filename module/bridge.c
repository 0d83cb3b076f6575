// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* WEIR_IOC_GUARDS and WEIR_IOC_BRIDGE on a program descriptor. */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/sched.h>

#include "module/bridge.h"
#include "module/prog.h"
#include "module/user.h"
#include "runtime/bridge.h"
#include "runtime/loaded.h"
#include "verifier/facts.h"

/* What the first version of each structure had: never less. */
#define GUARDS_MIN offsetofend(struct weir_guards, reserved)
#define RECORD_MIN offsetofend(struct weir_guard_record, map_bytes)
#define BRIDGE_MIN offsetofend(struct weir_bridge, reserved)

/* Records of the size that the user knows. Bytes of later versions stay. */
static int put_records(const struct weir_loaded *loaded,
		       const struct weir_guards *guards, u32 nr)
{
	u32 bytes = min_t(u32, guards->record_bytes,
			  sizeof(struct weir_guard_record));
	struct weir_guard_record record;
	u32 i;

	for (i = 0; i < nr; i++) {
		void __user *to = weir_user_ptr(guards->records +
						(u64)i * guards->record_bytes);

		weir_bridge_record(loaded, guards->first + i, &record);
		if (copy_to_user(to, &record, bytes))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

int weir_guards_ioctl(const struct weir_loaded *loaded, void __user *arg)
{
	u32 have = loaded->facts->nr_guards;
	struct weir_guards guards;
	u32 usize, nr;
	int err;

	err = weir_user_get(&guards, sizeof(guards), GUARDS_MIN, arg, &usize);
	if (err)
		return err;
	if (guards.reserved ||
	    (guards.nr && (guards.record_bytes < RECORD_MIN ||
			   guards.record_bytes > PAGE_SIZE)))
		return -EINVAL;
	if (!weir_user_fits(guards.records) ||
	    !weir_user_fits(guards.records +
			    (u64)guards.nr * guards.record_bytes))
		return -EFAULT;
	nr = guards.first < have ? min(guards.nr, have - guards.first) : 0;
	err = put_records(loaded, &guards, nr);
	if (err)
		return err;
	guards.nr = nr;
	guards.nr_guards = have;
	guards.record_bytes = min_t(u32, guards.record_bytes,
				    sizeof(struct weir_guard_record));
	return weir_user_put(arg, &guards, sizeof(guards), usize);
}

/* Registers hold addresses of the kernel: not for everybody's handlers. */
static int attach(struct weir_loaded *loaded, const struct weir_bridge *bridge)
{
	struct weir_loaded *handler = weir_prog_from_fd(bridge->handler_fd);
	int err;

	if (IS_ERR(handler))
		return PTR_ERR(handler);
	err = weir_bridge_attach(loaded, bridge->guard, handler, bridge->flags,
				 capable(CAP_SYS_ADMIN));
	weir_loaded_put(handler);
	return err;
}

int weir_bridge_ioctl(struct weir_loaded *loaded, void __user *arg)
{
	struct weir_bridge bridge;
	u32 usize;
	int err;

	err = weir_user_get(&bridge, sizeof(bridge), BRIDGE_MIN, arg, &usize);
	if (err)
		return err;
	if (bridge.reserved)
		return -EINVAL;
	switch (bridge.op) {
	case WEIR_BRIDGE_ATTACH:
		return attach(loaded, &bridge);
	case WEIR_BRIDGE_DETACH:
		if (bridge.flags || bridge.handler_fd != -1)
			return -EINVAL;
		return weir_bridge_detach(loaded, bridge.guard);
	default:
		return -EINVAL;
	}
}
