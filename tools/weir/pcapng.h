/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * pcapng, written: one section, one interface, nanoseconds. The format is
 * draft-ietf-opsawg-pcapng; libpcap reads it and does not write it.
 */
#ifndef WEIR_TOOL_PCAPNG_H
#define WEIR_TOOL_PCAPNG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/**
 * struct pcapng_packet - one packet
 * @time_ns:	since 1970
 * @outbound:	it left by the interface, else it came in
 */
struct pcapng_packet {
	uint64_t time_ns;
	const void *bytes;
	uint32_t caplen;
	uint32_t len;
	bool outbound;
};

/** pcapng_start() - section and interface. Errors show up in ferror(). */
void pcapng_start(FILE *out, int linktype, uint32_t snaplen,
		  const char *interface, const char *filter);

/** pcapng_write() - an enhanced packet block */
void pcapng_write(FILE *out, const struct pcapng_packet *packet);

/** pcapng_end() - interface statistics: packets matched, and those lost */
void pcapng_end(FILE *out, uint64_t time_ns, uint64_t received, uint64_t lost);

#endif
