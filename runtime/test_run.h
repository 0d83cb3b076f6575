/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a test run shows a program: the run context of a packet that came from
 * a buffer and not from a device. The module's test run and the library's use
 * this one function, so that a program sees the same everywhere.
 */
#ifndef WEIR_RUNTIME_TEST_RUN_H
#define WEIR_RUNTIME_TEST_RUN_H

#include <linux/types.h>
#include "uapi/weir.h"

struct weir_run;

/**
 * weir_run_init() - a run context for a packet in memory
 * @run:	out
 * @kind:	kind of the program that will run
 * @data:	the packet, from its link-layer header on
 * @data_size:	its bytes
 * @wire_len:	length it had on the wire; 0 means @data_size
 *
 * The fields are those of Linux's own test run: the packet came in at the
 * loopback device (ifindex 1) and, if it is long enough, starts with an
 * Ethernet header, from which the protocol and the packet type are taken.
 * Unlike there, a socket program sees the packet from its Ethernet header on,
 * and a packet shorter than that header is taken as well. Call it once, then
 * run as often as wanted: what a run writes to the context, the next one sees.
 * Helpers that move the packet's ends have no room beyond it: where they should,
 * weir_packet_init() is what to call.
 */
void weir_run_init(struct weir_run *run, enum weir_kind kind, void *data,
		   u32 data_size, u32 wire_len);

/**
 * weir_ether_protocol() - protocol of an Ethernet frame, in network byte order
 * Return: as Linux's eth_type_trans() finds it; 0 if there is no whole header.
 */
u32 weir_ether_protocol(const u8 *data, u64 size);

#endif
