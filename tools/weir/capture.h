/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Capture files, read and written through libpcap. Nothing else in the tool
 * sees libpcap, whose struct bpf_insn is not ours.
 *
 * Time stamps keep the resolution of the input: a file with nanoseconds is
 * read, and written again, with nanoseconds.
 */
#ifndef WEIR_TOOL_CAPTURE_H
#define WEIR_TOOL_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct capture;
struct capture_writer;
struct sock_filter;

#define CAPTURE_ERROR 512

/**
 * struct capture_packet - one packet; valid until the next one is read
 * @sec:	when, since 1970
 * @nsec:	and nanoseconds
 */
struct capture_packet {
	const uint8_t *bytes;
	uint32_t caplen;
	uint32_t wirelen;
	int64_t sec;
	uint32_t nsec;
	const void *header;
};

/** capture_open() - "-" is stdin. Return: NULL with @err in words. */
struct capture *capture_open(const char *path, char err[CAPTURE_ERROR]);
void capture_close(struct capture *cap);

int capture_linktype(const struct capture *cap);
bool capture_is_nano(const struct capture *cap);

/** capture_compile() - an expression for this capture; free() @insns. */
int capture_compile(struct capture *cap, const char *expr,
		    struct sock_filter **insns, size_t *nr,
		    char err[CAPTURE_ERROR]);

/** capture_next() - 1 and a packet, 0 at the end, -1 with @err in words. */
int capture_next(struct capture *cap, struct capture_packet *packet,
		 char err[CAPTURE_ERROR]);

/**
 * capture_create() - a file for packets of @cap; "-" is stdout
 * Refuses to overwrite the file that @cap is read from.
 */
struct capture_writer *capture_create(struct capture *cap, const char *path,
				      char err[CAPTURE_ERROR]);
void capture_write(struct capture_writer *writer,
		   const struct capture_packet *packet);

/** capture_finish() - 0, or the errno of a write that failed. Frees @writer. */
int capture_finish(struct capture_writer *writer);

/** capture_write_failed() - is it any use to go on? */
bool capture_write_failed(const struct capture_writer *writer);

#endif
