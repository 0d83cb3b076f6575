/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Hooks: places in the kernel where packets pass. The links of one place (hook,
 * namespace, device, family, priority) form a chain, which is registered with
 * netfilter while it has links; they run in the order they came, until one
 * decides.
 */
#ifndef WEIR_MODULE_HOOK_H
#define WEIR_MODULE_HOOK_H

#include <linux/types.h>

struct net;
struct weir_link;
struct weir_loaded;
struct weir_slot;

/**
 * weir_hook_add() - attach a link whose program is in its slot
 * @link:	hook, flags, device and priority say where; is in no chain
 * @net:	namespace; alive
 *
 * May sleep. Return: 0; -ENODEV no such device, or it is going away; -E2BIG
 * over WEIR_MAX_LINKS; -EOPNOTSUPP this kernel has no such hook; -ENOMEM.
 */
int weir_hook_add(struct weir_link *link, struct net *net);

/**
 * weir_hook_remove() - detach; when it returns, no packet is in the link
 *
 * Not attached is no error. May sleep.
 */
void weir_hook_remove(struct weir_link *link);

/**
 * weir_hook_remove_all() - detach all links of all namespaces
 *
 * When it returns, no packet is in any of them. May sleep. Return: how many
 * there were.
 */
u32 weir_hook_remove_all(void);

/**
 * weir_hook_replace() - another program from the next packet on
 * @link:	an attached link
 * @slot:	the new program; the old slot takes its place at *@slot
 * @old:	only if this program is in place; NULL: whichever is
 *
 * When it returns, no packet is in the old program. May sleep.
 * Return: 0, -ENOLINK if it is detached, -EBUSY if another is in place.
 */
int weir_hook_replace(struct weir_link *link, struct weir_slot **slot,
		      const struct weir_loaded *old);

/** weir_hook_init() - hear of devices and namespaces that go. May sleep. */
int weir_hook_init(void);
void weir_hook_exit(void);

#endif
