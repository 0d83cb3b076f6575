/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a back end of libweir does: the public calls, after program.c has
 * checked their arguments and filled in every default. Functions return 0 or a
 * negative errno.
 */
#ifndef WEIR_LIB_BACKEND_H
#define WEIR_LIB_BACKEND_H

#include "tools/lib/libweir.h"

/**
 * struct weir_program - a loaded program
 * @ops:	its back end
 * @kind:	program kind
 * @loaded:	process: the pipeline's result
 * @fd:		device: the program descriptor; else -1
 * @engine:	what it became
 * @arch:	of its machine code, "" if interpreted
 */
struct weir_backend_ops;
struct weir_loaded;
struct weir_program {
	const struct weir_backend_ops *ops;
	enum weir_kind kind;
	struct weir_loaded *loaded;
	int fd;
	enum weir_engine engine;
	const char *arch;
};

/**
 * struct weir_backend_ops - a back end
 * @load:	@flags are WEIR_LOAD_*, @opts is whole and has its defaults
 * @run:	@opts is whole; data is never NULL, repeat never 0
 * @info:	@info is whole
 * @free:	gives back what load took, not @prog itself
 */
struct weir_backend_ops {
	int (*load)(struct weir_program *prog, const void *insns,
		    uint32_t nr_insns, uint32_t flags,
		    struct weir_load_opts *opts);
	int (*run)(struct weir_program *prog, struct weir_run_opts *opts);
	int (*info)(struct weir_program *prog, struct weir_prog_info *info);
	void (*free)(struct weir_program *prog);
};

extern const struct weir_backend_ops weir_backend_process;
extern const struct weir_backend_ops weir_backend_device;

/** weir_opts_say() - put one line of words into @opts. */
void weir_opts_say(struct weir_load_opts *opts, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
