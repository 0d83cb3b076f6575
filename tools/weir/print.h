/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet as one line of text, in the manner of tcpdump -n. */
#ifndef WEIR_TOOL_PRINT_H
#define WEIR_TOOL_PRINT_H

#include <stdint.h>
#include <stdio.h>

/**
 * print_packet() - summary of a packet, without time and without line end
 * @out:	where
 * @linktype:	DLT_* of the packet
 * @bytes:	its captured bytes; any content is fine
 * @caplen:	their number
 * @wirelen:	bytes it had on the wire
 * @link:	show the link-layer header too (tcpdump -e)
 */
void print_packet(FILE *out, int linktype, const uint8_t *bytes,
		  uint32_t caplen, uint32_t wirelen, int link);

#endif
