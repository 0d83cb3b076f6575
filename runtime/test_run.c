// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The run context of a packet that came from a buffer. */
#include <linux/kernel.h>
#include <linux/string.h>

#include "base/run.h"
#include "runtime/packet.h"
#include "runtime/test_run.h"

/* The words of <linux/if_ether.h>, <linux/if_packet.h>, <linux/if_arp.h>. */
#define ETHER_HEADER 14
#define ETHER_MIN_TYPE 0x0600 /* below it is a length: 802.3 */
#define ETHER_802_3 0x0001
#define ETHER_802_2 0x0004
#define PACKET_HOST 0
#define PACKET_BROADCAST 1
#define PACKET_MULTICAST 2
#define HATYPE_LOOPBACK 772
#define LOOPBACK_IFINDEX 1

/* The protocol as Linux's eth_type_trans() finds it, as a number. */
static u16 ether_protocol(const u8 *data, u32 size)
{
	u16 type = (u16)(data[12] << 8 | data[13]);

	if (type >= ETHER_MIN_TYPE)
		return type;
	/* Novell's raw 802.3 has a checksum of all ones, and no LLC. */
	if (size >= ETHER_HEADER + 2 && data[14] == 0xff && data[15] == 0xff)
		return ETHER_802_3;
	return ETHER_802_2;
}

/* In network byte order, which all readers of the field expect. */
u32 weir_ether_protocol(const u8 *data, u64 size)
{
	u16 type;

	if (size < ETHER_HEADER)
		return 0;
	type = ether_protocol(data, (u32)size);
	return (u32)(type >> 8 | (type & 0xff) << 8);
}

static u32 ether_pkt_type(const u8 *dest)
{
	static const u8 broadcast[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	if (!memcmp(dest, broadcast, sizeof(broadcast)))
		return PACKET_BROADCAST;
	return dest[0] & 1 ? PACKET_MULTICAST : PACKET_HOST;
}

static void init_skb(struct weir_run *run, const u8 *data, u32 size)
{
	run->ifindex = LOOPBACK_IFINDEX;
	run->hatype = HATYPE_LOOPBACK;
	run->net_off = min_t(u32, size, ETHER_HEADER);
	if (size < ETHER_HEADER)
		return;
	run->protocol = weir_ether_protocol(data, size);
	run->pkt_type = ether_pkt_type(data);
}

void weir_run_init(struct weir_run *run, enum weir_kind kind, void *data,
		   u32 data_size, u32 wire_len)
{
	u32 most = kind == WEIR_KIND_MEM ? WEIR_MAX_BUFFER : WEIR_MAX_LINEAR;

	memset(run, 0, sizeof(*run));
	run->data = (uintptr_t)data;
	if (!wire_len)
		wire_len = data_size;
	data_size = min(data_size, most);
	run->data_end = run->data + data_size;
	run->data_meta = run->data;
	run->linear_len = data_size;
	run->len = wire_len;
	run->wire_len = run->len;
	if (kind == WEIR_KIND_SOCKET || kind == WEIR_KIND_TC)
		init_skb(run, data, data_size);
	else if (kind == WEIR_KIND_XDP)
		run->ingress_ifindex = LOOPBACK_IFINDEX;
	run->packet = &weir_packet_flat;
	run->exit.guard = WEIR_NO_GUARD;
}
