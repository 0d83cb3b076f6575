// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How much somebody uses, and how much he may. */
#include <linux/kernel.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include "base/account.h"
#include "base/host.h"
#include "base/log.h"

static const char *const names[] = {
	[WEIR_RESOURCE_PROGRAMS] = "programs",
	[WEIR_RESOURCE_CODE_BYTES] = "code_bytes",
	[WEIR_RESOURCE_MAPS] = "maps",
	[WEIR_RESOURCE_MAP_BYTES] = "map_bytes",
};
static_assert(ARRAY_SIZE(names) == WEIR_NR_RESOURCES);

const char *weir_resource_name(enum weir_resource resource)
{
	return names[resource];
}

struct weir_account *weir_account_new(struct weir_account *parent,
				      const unsigned long *limit)
{
	struct weir_account *account = weir_host_alloc(sizeof(*account));

	if (!account)
		return NULL;
	account->refs = 1;
	account->limit = limit;
	account->parent = parent ? weir_account_get(parent) : NULL;
	return account;
}

struct weir_account *weir_account_get(struct weir_account *account)
{
	if (account)
		weir_host_ref_get(&account->refs);
	return account;
}

void weir_account_put(struct weir_account *account)
{
	struct weir_account *parent;

	while (account && weir_host_ref_put(&account->refs)) {
		parent = account->parent;
		weir_host_free(account);
		account = parent;
	}
}

/* An exchange of nothing for nothing reads 64 bits at once on any CPU. */
u64 weir_account_used(const struct weir_account *account,
		      enum weir_resource resource)
{
	return weir_host_cmpxchg64((u64 *)&account->used[resource], 0, 0);
}

u64 weir_account_limit(const struct weir_account *account,
		       enum weir_resource resource)
{
	unsigned long limit = READ_ONCE(account->limit[resource]);

	return limit == ULONG_MAX ? U64_MAX : limit;
}

/* Of one account, not of those above. */
static bool take(struct weir_account *account, enum weir_resource resource,
		 u64 amount, struct weir_refusal *why)
{
	u64 limit = weir_account_limit(account, resource);
	u64 seen, used = weir_account_used(account, resource);

	for (;; used = seen) {
		if (used > limit || amount > limit - used)
			break;
		seen = weir_host_cmpxchg64(&account->used[resource], used,
					   used + amount);
		if (seen == used)
			return true;
	}
	if (why)
		*why = (struct weir_refusal){
			.resource = resource,
			.is_total = !account->parent,
			.want = amount,
			.used = used,
			.limit = limit,
		};
	return false;
}

static void give(struct weir_account *account, enum weir_resource resource,
		 u64 amount)
{
	u64 seen, used = weir_account_used(account, resource);

	for (;; used = seen) {
		if (WARN_ON_ONCE(amount > used))
			return;
		seen = weir_host_cmpxchg64(&account->used[resource], used,
					   used - amount);
		if (seen == used)
			return;
	}
}

int weir_account_charge(struct weir_account *account,
			enum weir_resource resource, u64 amount,
			struct weir_refusal *why)
{
	struct weir_account *at, *undo;

	for (at = account; at; at = at->parent) {
		if (take(at, resource, amount, why))
			continue;
		for (undo = account; undo != at; undo = undo->parent)
			give(undo, resource, amount);
		return -EDQUOT;
	}
	return 0;
}

void weir_account_return(struct weir_account *account,
			 enum weir_resource resource, u64 amount)
{
	for (; account; account = account->parent)
		give(account, resource, amount);
}

void weir_account_explain(const struct weir_refusal *why, struct weir_log *log)
{
	weir_log_printf(log,
			"%s: %llu more wanted, %llu of %llu in use (limit of "
			"%s)\n",
			names[why->resource], (unsigned long long)why->want,
			(unsigned long long)why->used,
			(unsigned long long)why->limit,
			why->is_total ? "the host" : "one open /dev/weir");
}
