/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Accounts: how much somebody uses, and how much he may. What is used is
 * charged to an account and to all that stand above it; as much is returned
 * when it is given back, so that what an account says is exact at any time.
 *
 *	an open /dev/weir --> the host
 *
 * An account lives as long as somebody holds it; whoever has charged something
 * does, until it is returned. Where there is no account (NULL) nothing is
 * counted, and everything allowed.
 */
#ifndef WEIR_BASE_ACCOUNT_H
#define WEIR_BASE_ACCOUNT_H

#include <linux/types.h>
#include "uapi/weir.h"

/**
 * struct weir_account - one of them
 * @refs:	references
 * @parent:	charged too, or NULL; a reference is held
 * @limit:	per resource, ULONG_MAX: none. May change at any time: what is
 *		used already stays
 * @used:	per resource
 */
struct weir_account {
	u64 refs;
	struct weir_account *parent;
	const unsigned long *limit;
	u64 used[WEIR_NR_RESOURCES];
};

/**
 * struct weir_refusal - what was too much
 * @resource:	of what
 * @is_total:	the limit is of all together, not of one
 * @want:	what was asked for
 * @used:	and used by then
 * @limit:	and allowed
 */
struct weir_refusal {
	enum weir_resource resource;
	bool is_total;
	u64 want;
	u64 used;
	u64 limit;
};

struct weir_log;

/**
 * weir_account_new() - an account with nothing in it
 * @parent:	or NULL
 * @limit:	WEIR_NR_RESOURCES numbers, which outlive it
 *
 * May sleep. Return: it, with one reference, or NULL.
 */
struct weir_account *weir_account_new(struct weir_account *parent,
				      const unsigned long *limit);

/** weir_account_get() - one more reference. Return: @account. Any context. */
struct weir_account *weir_account_get(struct weir_account *account);

/** weir_account_put() - one less. NULL is allowed. May sleep. */
void weir_account_put(struct weir_account *account);

/**
 * weir_account_charge() - use so much more
 * @account:	may be NULL
 * @amount:	all of it or nothing
 * @why:	out: what refused, if anything did; may be NULL
 *
 * Any context. Return: 0, or -EDQUOT.
 */
int weir_account_charge(struct weir_account *account,
			enum weir_resource resource, u64 amount,
			struct weir_refusal *why);

/** weir_account_return() - give back what was charged. Any context. */
void weir_account_return(struct weir_account *account,
			 enum weir_resource resource, u64 amount);

/** weir_account_used() - what is used now. Any context. */
u64 weir_account_used(const struct weir_account *account,
		      enum weir_resource resource);

/** weir_account_limit() - what is allowed now, U64_MAX: any. Any context. */
u64 weir_account_limit(const struct weir_account *account,
		       enum weir_resource resource);

/** weir_account_explain() - a refusal as one line. @log may be NULL. */
void weir_account_explain(const struct weir_refusal *why, struct weir_log *log);

/** weir_resource_name() - "programs", "map_bytes" ... */
const char *weir_resource_name(enum weir_resource resource);

#endif
