// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Limits: of the host, and of each open /dev/weir. What is charged to a file is
 * charged to the host as well, and stays charged to both for as long as the
 * program or map is there, also when the file is closed.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/sysfs.h>

#include "base/account.h"
#include "base/host.h"
#include "jit/codemem.h"
#include "module/limits.h"
#include "module/user.h"
#include "uapi/weir.h"

/* What the first version of the structure had: never less. */
#define LIMITS_MIN offsetofend(struct weir_limits, host)

static_assert(WEIR_NR_RESOURCES <= WEIR_ROOM_RESOURCES);

#define NO_LIMIT ULONG_MAX
#define UNSET ULONG_MAX /* until weir_limits_init() */

static unsigned long host_limit[] = {
	[WEIR_RESOURCE_PROGRAMS] = 16384,
	[WEIR_RESOURCE_CODE_BYTES] = NO_LIMIT,
	[WEIR_RESOURCE_MAPS] = 16384,
	[WEIR_RESOURCE_MAP_BYTES] = UNSET,
};
static unsigned long file_limit[] = {
	[WEIR_RESOURCE_PROGRAMS] = 4096,
	[WEIR_RESOURCE_CODE_BYTES] = NO_LIMIT,
	[WEIR_RESOURCE_MAPS] = 4096,
	[WEIR_RESOURCE_MAP_BYTES] = UNSET,
};
static_assert(ARRAY_SIZE(host_limit) == WEIR_NR_RESOURCES);
static_assert(ARRAY_SIZE(file_limit) == WEIR_NR_RESOURCES);

/* Never freed: one reference is nobody's. */
static struct weir_account host = { .refs = 1, .limit = host_limit };

#define LIMIT(name, resource, what)                                            \
	module_param_named(max_##name, host_limit[resource], ulong, 0644);     \
	MODULE_PARM_DESC(max_##name, what ", at most");                        \
	module_param_named(max_##name##_per_file, file_limit[resource], ulong, \
			   0644);                                              \
	MODULE_PARM_DESC(max_##name##_per_file,                                \
			 what ", at most, of one open /dev/weir")

LIMIT(programs, WEIR_RESOURCE_PROGRAMS, "programs");
LIMIT(code_bytes, WEIR_RESOURCE_CODE_BYTES, "bytes of machine code");
LIMIT(maps, WEIR_RESOURCE_MAPS, "maps");
LIMIT(map_bytes, WEIR_RESOURCE_MAP_BYTES, "bytes of maps");

/*
 * Numbers for reading
 */

static int get_used(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "%llu\n",
			  weir_account_used(&host, (uintptr_t)param->arg));
}

/* Not even at load time, when the kernel does not ask for the permissions. */
static int refuse_set(const char *val, const struct kernel_param *param)
{
	return -EPERM;
}

static const struct kernel_param_ops used_ops = {
	.set = refuse_set,
	.get = get_used,
};

#define USED(name, resource, what)                                  \
	module_param_cb(name, &used_ops, (void *)(resource), 0444); \
	MODULE_PARM_DESC(name, what " now (read only)")

USED(programs, WEIR_RESOURCE_PROGRAMS, "programs");
USED(code_used, WEIR_RESOURCE_CODE_BYTES, "bytes of machine code");
USED(maps, WEIR_RESOURCE_MAPS, "maps");
USED(map_bytes, WEIR_RESOURCE_MAP_BYTES, "bytes of maps");

/* All there is, also before any of it was used. */
static size_t code_total(void)
{
	struct weir_host_arena arena;

	return weir_host_arena(&arena) ? 0 : arena.bytes;
}

static int get_code_total(char *buf, const struct kernel_param *param)
{
	return sysfs_emit(buf, "%zu\n", code_total());
}

static const struct kernel_param_ops code_total_ops = {
	.set = refuse_set,
	.get = get_code_total,
};

module_param_cb(code_total, &code_total_ops, NULL, 0444);
MODULE_PARM_DESC(code_total, "bytes of code memory (read only)");

/*
 * Accounts
 */

static void set_default(unsigned long *limit, u64 value)
{
	if (*limit == UNSET)
		*limit = min_t(u64, value, ULONG_MAX);
}

/* Of the memory that no highmem is needed for: half, and half of that. */
void weir_limits_init(void)
{
	u64 memory = (u64)(totalram_pages() - totalhigh_pages()) << PAGE_SHIFT;

	set_default(&host_limit[WEIR_RESOURCE_MAP_BYTES], memory / 2);
	set_default(&file_limit[WEIR_RESOURCE_MAP_BYTES], memory / 4);
}

struct weir_account *weir_limits_new_file(void)
{
	return weir_account_new(&host, file_limit);
}

static void put_usage(const struct weir_account *account,
		      struct weir_usage *usage)
{
	u32 i;

	for (i = 0; i < WEIR_NR_RESOURCES; i++) {
		usage[i].used = weir_account_used(account, i);
		usage[i].limit = weir_account_limit(account, i);
	}
}

int weir_limits_ioctl(const struct weir_account *file, void __user *arg)
{
	struct weir_codemem_stats stats;
	struct weir_limits limits;
	u32 usize;
	int err;

	err = weir_user_get(&limits, sizeof(limits), LIMITS_MIN, arg, &usize);
	if (err)
		return err;
	weir_codemem_stats(&stats);
	limits = (struct weir_limits){
		.size = usize,
		.nr = WEIR_NR_RESOURCES,
		.code_total = code_total(),
		.code_used = stats.used,
		.code_free = stats.total ? stats.largest_free : code_total(),
	};
	put_usage(file, limits.file);
	put_usage(&host, limits.host);
	return weir_user_put(arg, &limits, sizeof(limits), usize);
}
