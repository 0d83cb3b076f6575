/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A link: one program in the path of packets, with its counters. It is what a
 * link descriptor holds. While it is attached it is in a chain (hook.h); once
 * detached, by its user or because its device or namespace is gone, it stays
 * so.
 */
#ifndef WEIR_MODULE_LINK_H
#define WEIR_MODULE_LINK_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <asm/local64.h>
#include "module/skb.h"
#include "uapi/weir.h"

struct file_operations;
struct net;
struct weir_chain;
struct weir_loaded;
struct weir_tap;

/* A program in its place, as one pointer: packets see it whole. */
struct weir_slot {
	struct weir_loaded *loaded;
	struct weir_skb_view view;
};

/* Of one CPU. Exact: whoever counts is alone there, or adds atomically. */
struct weir_link_counters {
	local64_t packets;
	local64_t bytes;
	local64_t dropped;
	local64_t refused;
	local64_t guard_exits;
	local64_t captured;
	local64_t lost;
	local64_t run_ns;
};

/**
 * struct weir_link - see above
 * @refs:	descriptors and names
 * @id:		unique in this host
 * @in_chain:	node of the chain's list; readers under RCU
 * @chain:	where it is attached, or NULL; under the hooks' lock
 * @slot:	the program; readers under RCU, writers under the hooks' lock
 * @counters:	per CPU
 * @tap:	where captured packets go, or NULL
 * @netns:	inode of its namespace
 */
struct weir_link {
	refcount_t refs;
	u32 id;
	struct list_head in_chain;
	struct weir_chain *chain;
	struct weir_slot __rcu *slot;
	struct weir_link_counters __percpu *counters;
	struct weir_tap *tap;
	u32 hook;
	u32 flags;
	u32 ifindex;
	s32 priority;
	u32 netns;
	char name[WEIR_NAME_LEN];
};

extern const struct file_operations weir_link_fops;

/**
 * weir_attach_ioctl() - struct weir_attach of the user
 *
 * May sleep. Return: a link descriptor or -errno, see uapi/weir.h.
 */
int weir_attach_ioctl(void __user *arg);

/** weir_link_get() - one more reference. Return: @link. Any context. */
struct weir_link *weir_link_get(struct weir_link *link);

/** weir_link_put() - one less; the last one detaches. May sleep. */
void weir_link_put(struct weir_link *link);

/** weir_link_new_fd() - a descriptor that takes over one reference, or -errno */
int weir_link_new_fd(struct weir_link *link);

/** weir_link_from_fd() - as weir_prog_from_fd() */
struct weir_link *weir_link_from_fd(int fd);

#endif
