/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is measured: an engine loads a filter and runs it on a packet, many
 * times, with its own test run. Both of Weir's back ends and Linux's are one,
 * and so are libpcap's interpreter and what a compiler makes of the source.
 */
#ifndef WEIR_BENCH_ENGINE_H
#define WEIR_BENCH_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "uapi/weir.h"

#define ENGINE_ERROR 384

struct bpf_insn;
struct sock_filter;
struct elements;
struct weir_program;

/**
 * struct bench_filter - a filter in the forms that engines take
 * @suite:	what it is one of
 * @name:	the expression, or the file
 * @kind:	of the program; expressions are sockets'
 * @is_empty:	returns 0 and does nothing else
 * @classic:	by libpcap; NULL if it was eBPF from the start
 * @insns:	as eBPF, by Weir's translation if there was @classic
 * @object:	path of the object it is in, with maps; then there is no @insns
 * @elements:	what its maps start with, or NULL
 */
struct bench_filter {
	const char *suite;
	const char *name;
	enum weir_kind kind;
	bool is_empty;
	struct sock_filter *classic;
	size_t nr_classic;
	struct bpf_insn *insns;
	size_t nr_insns;
	const char *object;
	const struct elements *elements;
};

/**
 * struct bench_loaded - a filter that an engine has taken
 * @handle:	the engine's own
 * @fd:		the same, where it is a descriptor
 * @kind:	of the filter
 * @load_ns:	what taking it cost
 * @image_bytes: machine code, 0 if there is none
 * @arch:	of the code, or of the machine that interprets
 */
struct bench_loaded {
	void *handle;
	int fd;
	enum weir_kind kind;
	uint64_t load_ns;
	uint32_t image_bytes;
	const char *arch;
};

/**
 * struct bench_packet - one packet of the capture
 * @skip:	kinds (a bit each) of which some engine cannot take it; then
 *		nobody gets it
 */
struct bench_packet {
	uint8_t *bytes;
	uint32_t size;
	uint32_t skip;
};

/**
 * struct bench_engine - an engine
 * @name:	in the table
 * @device:	Weir's engines: use the module
 * @directory:	native code: where it is
 * @load:	0, or -errno with words in @err
 * @run:	verdict and time of all @repeat runs; 0, -EMSGSIZE if the engine
 *		cannot take packets of this size, or -errno
 */
struct bench_engine {
	const char *name;
	bool device;
	const char *directory;
	int (*load)(const struct bench_engine *engine,
		    const struct bench_filter *filter, struct bench_loaded *out,
		    char err[ENGINE_ERROR]);
	int (*run)(const struct bench_loaded *loaded,
		   const struct bench_packet *packet, uint32_t repeat,
		   uint64_t *verdict, double *ns);
	void (*free)(struct bench_loaded *loaded);
};

extern const struct bench_engine bench_engine_weir;
extern const struct bench_engine bench_engine_interp;
extern const struct bench_engine bench_engine_linux;
extern const struct bench_engine bench_engine_libpcap;
extern const struct bench_engine bench_engine_native;

/** bench_program() - what one of Weir's engines has loaded. */
struct weir_program *bench_program(const struct bench_loaded *loaded);

/** bench_now_ns() - monotonic time. */
uint64_t bench_now_ns(void);

/** bench_host_arch() - "arm64", "arm", or what uname says. */
const char *bench_host_arch(void);

#endif
