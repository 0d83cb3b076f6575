// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Capture: packets copied to ring buffers. */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "module/map.h"
#include "module/tap.h"
#include "module/user.h"
#include "runtime/map/ringbuf.h"

static int add_ring(struct weir_tap *tap, s32 fd)
{
	struct weir_map *map = weir_map_from_fd(fd);

	if (IS_ERR(map))
		return PTR_ERR(map);
	tap->ring[tap->nr++] = map;
	return weir_map_is_ring(map) ? 0 : -EINVAL;
}

int weir_tap_create(const struct weir_attach *attach, struct weir_tap **out)
{
	s32 __user *fds = weir_user_ptr(attach->ring_fds);
	struct weir_tap *tap;
	int err = 0;
	u32 i;
	s32 fd;

	tap = kzalloc(struct_size(tap, ring, attach->nr_rings),
		      GFP_KERNEL_ACCOUNT);
	if (!tap)
		return -ENOMEM;
	tap->snaplen = attach->snaplen ?: U32_MAX;
	for (i = 0; i < attach->nr_rings && !err; i++)
		err = get_user(fd, &fds[i]) ? -EFAULT : add_ring(tap, fd);
	if (err)
		weir_tap_free(tap);
	else
		*out = tap;
	return err;
}

void weir_tap_free(struct weir_tap *tap)
{
	if (!tap)
		return;
	while (tap->nr)
		weir_map_put(tap->ring[--tap->nr]);
	kfree(tap);
}

bool weir_tap_packet(const struct weir_tap *tap, const struct sk_buff *skb,
		     const struct net_device *dev, u32 hook, u32 want)
{
	u32 caplen = min3(skb->len, want, tap->snaplen);
	struct weir_map *ring = tap->ring[smp_processor_id() % tap->nr];
	struct weir_capture_record *record;

	record = weir_ringbuf_reserve(ring, sizeof(*record) + caplen);
	if (!record)
		return false;
	*record = (struct weir_capture_record){
		.time_ns = ktime_get_real_ns(),
		.len = skb->len,
		.caplen = caplen,
		.ifindex = dev ? dev->ifindex : 0,
		.hook = hook,
	};
	/* all of the packet is there, by its own length */
	if (skb_copy_bits(skb, 0, record + 1, caplen)) {
		weir_ringbuf_discard(record, 0);
		return false;
	}
	weir_ringbuf_submit(record, 0);
	return true;
}
