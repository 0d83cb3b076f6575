/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Capture: packets that a link's program wants are copied to ring buffers, one
 * for each CPU, which the user reads by himself.
 */
#ifndef WEIR_MODULE_TAP_H
#define WEIR_MODULE_TAP_H

#include <linux/types.h>
#include "uapi/weir.h"

struct net_device;
struct sk_buff;
struct weir_map;

/**
 * struct weir_tap - where to and how much
 * @nr:		rings
 * @snaplen:	bytes of a packet at most; 0: all
 * @ring:	a reference on each
 */
struct weir_tap {
	u32 nr;
	u32 snaplen;
	struct weir_map *ring[];
};

/**
 * weir_tap_create() - of the rings that a user names
 * @attach:	ring_fds, nr_rings, snaplen; nr_rings is not 0
 * @out:	out: give it back with weir_tap_free()
 *
 * May sleep. Return: 0, -EBADF, -EINVAL (not a ring buffer), -EFAULT, -ENOMEM.
 */
int weir_tap_create(const struct weir_attach *attach, struct weir_tap **out);

/** weir_tap_free() - no packet is in it. NULL is allowed. May sleep. */
void weir_tap_free(struct weir_tap *tap);

/**
 * weir_tap_packet() - copy one
 * @want:	bytes that the program asks for at most
 * @hook:	enum weir_hook
 *
 * Softirqs are off. Return: false if there was no room.
 */
bool weir_tap_packet(const struct weir_tap *tap, const struct sk_buff *skb,
		     const struct net_device *dev, u32 hook, u32 want);

#endif
