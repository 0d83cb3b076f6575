// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * pcapng, written. A block is type, length, body, length; an option is code,
 * length, value; all are padded to 4 bytes.
 */
#include <string.h>

#include "tools/weir/pcapng.h"

enum {
	SECTION_HEADER = 0x0a0d0d0a,
	INTERFACE = 1,
	STATISTICS = 5,
	PACKET = 6,

	BYTE_ORDER = 0x1a2b3c4d,

	OPT_END = 0,
	SHB_USERAPPL = 4,
	IF_NAME = 2,
	IF_TSRESOL = 9,
	IF_FILTER = 11,
	EPB_FLAGS = 2,
	ISB_IFRECV = 4,
	ISB_IFDROP = 5,

	INBOUND = 1,
	OUTBOUND = 2,
};

#define NANOSECONDS 9 /* 10^-9 */
#define MAX_OPTIONS 1024

/* Options of one block, put together before its length is known. */
struct options {
	uint8_t bytes[MAX_OPTIONS];
	size_t nr;
};

static size_t padded(size_t bytes)
{
	return (bytes + 3) & ~(size_t)3;
}

/* Too long for the block is left out, never cut. */
static void put_option(struct options *o, uint16_t code, const void *value,
		       size_t size)
{
	uint16_t head[2] = { code, (uint16_t)size };
	size_t whole = sizeof(head) + padded(size);

	/* room for the end is kept */
	if (o->nr + whole + sizeof(head) > sizeof(o->bytes))
		return;
	memset(o->bytes + o->nr, 0, whole);
	memcpy(o->bytes + o->nr, head, sizeof(head));
	memcpy(o->bytes + o->nr + sizeof(head), value, size);
	o->nr += whole;
}

static void end_options(struct options *o)
{
	static const uint16_t end[2] = { OPT_END, 0 };

	memcpy(o->bytes + o->nr, end, sizeof(end));
	o->nr += sizeof(end);
}

static void put32(FILE *out, uint32_t value)
{
	fwrite(&value, sizeof(value), 1, out);
}

/* Head of a block whose fixed part, data and options are so long. */
static uint32_t start_block(FILE *out, uint32_t type, size_t body)
{
	uint32_t length = (uint32_t)(12 + body);

	put32(out, type);
	put32(out, length);
	return length;
}

void pcapng_start(FILE *out, int linktype, uint32_t snaplen,
		  const char *interface, const char *filter)
{
	static const char application[] = "weir";
	const uint8_t resolution = NANOSECONDS;
	struct options o = { .nr = 0 };
	uint32_t length;

	put_option(&o, SHB_USERAPPL, application, sizeof(application) - 1);
	end_options(&o);
	length = start_block(out, SECTION_HEADER, 16 + o.nr);
	put32(out, BYTE_ORDER);
	put32(out, 1); /* version 1.0 */
	put32(out, UINT32_MAX); /* its length is not known, 64 bits */
	put32(out, UINT32_MAX);
	fwrite(o.bytes, 1, o.nr, out);
	put32(out, length);

	o.nr = 0;
	put_option(&o, IF_NAME, interface, strlen(interface));
	put_option(&o, IF_TSRESOL, &resolution, sizeof(resolution));
	if (*filter && strlen(filter) < MAX_OPTIONS / 2) {
		char text[MAX_OPTIONS / 2 + 1];

		text[0] = 0; /* a filter as text */
		memcpy(text + 1, filter, strlen(filter));
		put_option(&o, IF_FILTER, text, strlen(filter) + 1);
	}
	end_options(&o);
	length = start_block(out, INTERFACE, 8 + o.nr);
	put32(out, (uint32_t)linktype);
	put32(out, snaplen);
	fwrite(o.bytes, 1, o.nr, out);
	put32(out, length);
}

void pcapng_write(FILE *out, const struct pcapng_packet *packet)
{
	static const uint8_t zeroes[4];
	uint32_t flags = packet->outbound ? OUTBOUND : INBOUND;
	size_t pad = padded(packet->caplen) - packet->caplen;
	struct options o = { .nr = 0 };
	uint32_t length;

	put_option(&o, EPB_FLAGS, &flags, sizeof(flags));
	end_options(&o);
	length = start_block(out, PACKET, 20 + packet->caplen + pad + o.nr);
	put32(out, 0); /* the interface */
	put32(out, (uint32_t)(packet->time_ns >> 32));
	put32(out, (uint32_t)packet->time_ns);
	put32(out, packet->caplen);
	put32(out, packet->len);
	fwrite(packet->bytes, 1, packet->caplen, out);
	fwrite(zeroes, 1, pad, out);
	fwrite(o.bytes, 1, o.nr, out);
	put32(out, length);
}

void pcapng_end(FILE *out, uint64_t time_ns, uint64_t received, uint64_t lost)
{
	struct options o = { .nr = 0 };
	uint32_t length;

	put_option(&o, ISB_IFRECV, &received, sizeof(received));
	put_option(&o, ISB_IFDROP, &lost, sizeof(lost));
	end_options(&o);
	length = start_block(out, STATISTICS, 12 + o.nr);
	put32(out, 0);
	put32(out, (uint32_t)(time_ns >> 32));
	put32(out, (uint32_t)time_ns);
	fwrite(o.bytes, 1, o.nr, out);
	put32(out, length);
}
