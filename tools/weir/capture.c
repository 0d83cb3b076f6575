// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Capture files over libpcap.
 *
 * libpcap must be told the resolution of time stamps before it has read the
 * file. So the first bytes are read here, looked at, and handed on: libpcap
 * reads from a stream that plays them back and then goes on with the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <pcap/pcap.h>
#include <linux/filter.h>

#include "tools/lib/libweir.h"
#include "tools/weir/capture.h"

#define PEEK_BYTES 4096
#define NG_SECTION 0x0a0d0d0a
#define NG_INTERFACE 1
#define NG_OPT_TSRESOL 9
#define NG_MICROSECONDS 6
#define PCAP_NANO_MAGIC 0xa1b23c4d

struct capture {
	pcap_t *pcap;
	int fd;
	bool nano;
	size_t peeked, played;
	unsigned char peek[PEEK_BYTES];
};

struct capture_writer {
	pcap_dumper_t *dumper;
	int err;
};

static ssize_t play(void *cookie, char *buf, size_t size)
{
	struct capture *cap = cookie;
	size_t left = cap->peeked - cap->played;

	if (!left)
		return read(cap->fd, buf, size);
	if (size > left)
		size = left;
	memcpy(buf, cap->peek + cap->played, size);
	cap->played += size;
	return (ssize_t)size;
}

static int play_close(void *cookie)
{
	struct capture *cap = cookie;

	return cap->fd == STDIN_FILENO ? 0 : close(cap->fd);
}

/* Have @bytes of the file at hand; false at its end or beyond the room. */
static bool peek(struct capture *cap, size_t bytes)
{
	ssize_t got;

	if (bytes > sizeof(cap->peek))
		return false;
	while (cap->peeked < bytes) {
		got = read(cap->fd, cap->peek + cap->peeked,
			   bytes - cap->peeked);
		if (got <= 0)
			return false;
		cap->peeked += (size_t)got;
	}
	return true;
}

static uint32_t number(const struct capture *cap, size_t off, int bytes,
		       bool swapped)
{
	uint32_t n = 0;

	for (int i = 0; i < bytes; i++)
		n |= (uint32_t)cap->peek[off + i]
		     << 8 * (swapped ? bytes - 1 - i : i);
	return n;
}

/*
 * Does the first interface of a pcapng file say that its time stamps are finer
 * than microseconds? Reads up to the end of that block, as libpcap must too.
 */
static bool ng_is_nano(struct capture *cap)
{
	size_t at, end;
	uint32_t len;
	bool swapped;

	if (!peek(cap, 12))
		return false;
	swapped = number(cap, 8, 4, false) == 0x4d3c2b1a;
	len = number(cap, 4, 4, swapped);
	if (len < 28 || len > PEEK_BYTES || !peek(cap, len + 8))
		return false;
	at = len;
	len = number(cap, at + 4, 4, swapped);
	if (number(cap, at, 4, swapped) != NG_INTERFACE || len < 20 ||
	    len > PEEK_BYTES - at || !peek(cap, at + len))
		return false;
	end = at + len - 4;
	at += 16;
	while (at + 4 < end) { /* options: code, length, value, padding */
		uint32_t code = number(cap, at, 2, swapped);

		len = number(cap, at + 2, 2, swapped);
		if (code == NG_OPT_TSRESOL && len == 1) {
			uint8_t resol = cap->peek[at + 4];

			/* With the high bit it is a power of two. */
			return resol & 0x80 ? (resol & 0x7f) > 20
					    : resol > NG_MICROSECONDS;
		}
		at += 4 + (size_t)((len + 3) & ~3u);
	}
	return false;
}

static bool is_nano(struct capture *cap)
{
	uint32_t magic;

	if (!peek(cap, 4))
		return false;
	magic = number(cap, 0, 4, false);
	if (magic == NG_SECTION)
		return ng_is_nano(cap);
	return magic == PCAP_NANO_MAGIC ||
	       number(cap, 0, 4, true) == PCAP_NANO_MAGIC;
}

static struct capture *fail(struct capture *cap, char *err, const char *words)
{
	snprintf(err, CAPTURE_ERROR, "%s", words);
	if (cap && cap->fd > STDIN_FILENO)
		close(cap->fd);
	free(cap);
	return NULL;
}

struct capture *capture_open(const char *path, char err[CAPTURE_ERROR])
{
	struct capture *cap = calloc(1, sizeof(*cap));
	cookie_io_functions_t io = { .read = play, .close = play_close };
	char words[PCAP_ERRBUF_SIZE];
	struct stat st;
	FILE *stream;

	if (!cap)
		return fail(cap, err, "out of memory");
	cap->fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC)
				    : STDIN_FILENO;
	if (cap->fd < 0)
		return fail(cap, err, strerror(errno));
	if (!fstat(cap->fd, &st) && S_ISDIR(st.st_mode))
		return fail(cap, err, strerror(EISDIR));
	cap->nano = is_nano(cap);
	stream = fopencookie(cap, "r", io);
	if (!stream)
		return fail(cap, err, strerror(errno));
	cap->pcap = pcap_fopen_offline_with_tstamp_precision(
		stream,
		cap->nano ? PCAP_TSTAMP_PRECISION_NANO
			  : PCAP_TSTAMP_PRECISION_MICRO,
		words);
	if (!cap->pcap) {
		fclose(stream);
		cap->fd = -1;
		return fail(cap, err, words);
	}
	return cap;
}

void capture_close(struct capture *cap)
{
	if (!cap)
		return;
	pcap_close(cap->pcap); /* closes the stream, and that the file */
	free(cap);
}

int capture_linktype(const struct capture *cap)
{
	return pcap_datalink(cap->pcap);
}

bool capture_is_nano(const struct capture *cap)
{
	return cap->nano;
}

int capture_compile(struct capture *cap, const char *expr,
		    struct sock_filter **insns, size_t *nr,
		    char err[CAPTURE_ERROR])
{
	return weir_expr__compile_pcap(expr, cap->pcap, insns, nr, err,
				       CAPTURE_ERROR);
}

int capture_next(struct capture *cap, struct capture_packet *packet,
		 char err[CAPTURE_ERROR])
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int ret = pcap_next_ex(cap->pcap, &header, &bytes);

	if (ret == PCAP_ERROR_BREAK)
		return 0;
	if (ret != 1) {
		snprintf(err, CAPTURE_ERROR, "%s", pcap_geterr(cap->pcap));
		return -1;
	}
	packet->bytes = bytes;
	packet->caplen = header->caplen;
	packet->wirelen = header->len;
	packet->sec = header->ts.tv_sec;
	packet->nsec = (uint32_t)header->ts.tv_usec * (cap->nano ? 1 : 1000);
	packet->header = header;
	return 1;
}

static bool same_file(int fd, const char *path)
{
	struct stat in, out;

	return !fstat(fd, &in) && !stat(path, &out) && S_ISREG(in.st_mode) &&
	       in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

struct capture_writer *capture_create(struct capture *cap, const char *path,
				      char err[CAPTURE_ERROR])
{
	struct capture_writer *writer = calloc(1, sizeof(*writer));

	if (writer && strcmp(path, "-") && same_file(cap->fd, path)) {
		snprintf(err, CAPTURE_ERROR, "is the file that is read");
		free(writer);
		return NULL;
	}
	if (writer)
		writer->dumper = pcap_dump_open(cap->pcap, path);
	if (!writer || !writer->dumper) {
		const char *words = writer ? pcap_geterr(cap->pcap)
					   : "out of memory";
		size_t len = strlen(path);

		/* libpcap puts the name first, and so will the caller. */
		if (!strncmp(words, path, len) &&
		    !strncmp(words + len, ": ", 2))
			words += len + 2;
		snprintf(err, CAPTURE_ERROR, "%s", words);
		free(writer);
		return NULL;
	}
	return writer;
}

void capture_write(struct capture_writer *writer,
		   const struct capture_packet *packet)
{
	errno = 0;
	pcap_dump((u_char *)writer->dumper, packet->header, packet->bytes);
	if (!writer->err && ferror(pcap_dump_file(writer->dumper)))
		writer->err = errno ? errno : EIO;
}

bool capture_write_failed(const struct capture_writer *writer)
{
	return writer->err;
}

int capture_finish(struct capture_writer *writer)
{
	int err;

	errno = 0;
	if (pcap_dump_flush(writer->dumper) && !writer->err)
		writer->err = errno ? errno : EIO;
	err = writer->err;
	pcap_dump_close(writer->dumper);
	free(writer);
	return err;
}
