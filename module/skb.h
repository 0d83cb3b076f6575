/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A kernel's packet as programs see it. */
#ifndef WEIR_MODULE_SKB_H
#define WEIR_MODULE_SKB_H

#include <linux/types.h>

struct net_device;
struct sk_buff;
struct weir_loaded;
struct weir_run;

/**
 * struct weir_skb_view - what a program wants of a packet; made once
 * @linear:	bytes from the start that should be linear
 * @writes:	it writes to packet bytes: they must be its own
 * @fields:	it reads fields of the context beside the packet's place
 */
struct weir_skb_view {
	u32 linear;
	bool writes;
	bool fields;
};

/** weir_skb_view() - by the program's facts. */
struct weir_skb_view weir_skb_view(const struct weir_loaded *loaded);

/**
 * weir_skb_run_init() - a run context for a packet
 * @run:	out
 * @view:	of the program that will run
 * @skb:	data is where the program shall see the start
 * @dev:	device it came in at or goes out by
 *
 * Any context that the packet allows; the packet is the caller's alone, or the
 * program does not write. Return: 0, or -ENOMEM: the bytes that the program
 * wants could not be made linear, or its own.
 */
int weir_skb_run_init(struct weir_run *run, const struct weir_skb_view *view,
		      struct sk_buff *skb, const struct net_device *dev);

/**
 * weir_skb_run_end() - after the run: fields that programs may set go back
 * @run:	of that packet
 * @view:	of the program that ran
 * @skb:	the packet
 */
void weir_skb_run_end(const struct weir_run *run,
		      const struct weir_skb_view *view, struct sk_buff *skb);

#endif
