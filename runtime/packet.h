/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A packet that is bytes in a buffer: what test runs and the library hand to
 * programs. There is room before and behind it, as much as Linux's own test run
 * gives, so that helpers can move its ends.
 *
 *	buffer          data_meta    data             data_end         end
 *	|<-- headroom ---->|<- meta -->|<--- packet ----->|<- tailroom -->|
 *
 * A struct xdp_md's packet stays where it is; that of a struct __sk_buff may be
 * moved in its buffer when it grows, since its pointers are void then anyway.
 */
#ifndef WEIR_RUNTIME_PACKET_H
#define WEIR_RUNTIME_PACKET_H

#include <linux/types.h>
#include "base/run.h"

struct weir_facts;
struct weir_prog;

/**
 * struct weir_packet - the buffer of one packet
 * @start:	first byte
 * @end:	one past the last
 * @moves:	the packet may be moved inside
 */
struct weir_packet {
	u8 *start;
	u8 *end;
	bool moves;
};

/** weir_packet_may_move() - may a run of @prog move the ends of its packet? */
bool weir_packet_may_move(const struct weir_prog *prog);

/**
 * weir_packet_is_written() - may @prog itself write to bytes of its packet?
 *
 * By its own stores: helpers see to it by themselves.
 */
bool weir_packet_is_written(const struct weir_prog *prog,
			    const struct weir_facts *facts);

/**
 * weir_packet_room() - bytes that a buffer for a packet takes
 * @prog:	who will run
 * @moves:	weir_packet_may_move(). If not, there is no room beyond the
 *		packet, so that a sanitizer sees an access beyond it
 * @size:	bytes of the packet
 * @headroom:	out: how many of them come before it
 */
u32 weir_packet_room(const struct weir_prog *prog, bool moves, u32 size,
		     u32 *headroom);

/**
 * weir_packet_init() - a run context for a packet in a buffer
 * @packet:	out: the buffer; lives as long as @run
 * @run:	out: as weir_run_init() makes it
 * @prog:	who will run
 * @moves:	as it was for weir_packet_room()
 * @buffer:	as many bytes as that said, the packet's own in their place,
 *		behind the headroom
 * @size:	bytes of the packet
 * @wire_len:	length it had on the wire; 0 means @size
 */
void weir_packet_init(struct weir_packet *packet, struct weir_run *run,
		      const struct weir_prog *prog, bool moves, void *buffer,
		      u32 size, u32 wire_len);

/* For runs whose packet is bytes; without a struct weir_packet as owner there is
 * no room but that of the packet.
 */
extern const struct weir_packet_ops weir_packet_flat;

#endif
