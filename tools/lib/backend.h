/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a back end of libweir does: the public calls, after program.c has
 * checked their arguments and filled in every default. Functions return 0 or a
 * negative errno.
 */
#ifndef WEIR_LIB_BACKEND_H
#define WEIR_LIB_BACKEND_H

#include <linux/types.h>
#include "tools/lib/libweir.h"

/**
 * struct weir_program - a loaded program
 * @ops:	its back end
 * @kind:	program kind
 * @loaded:	process: the pipeline's result
 * @fd:		device: the program descriptor; else -1
 * @engine:	what it became
 * @arch:	of its machine code, "" if interpreted
 * @part:	what its object knows of it; NULL if it is of no object
 *
 * A program of an object is there before it is loaded: then @ops is NULL.
 */
struct weir_backend_ops;
struct weir_loaded;
struct object_program;
struct weir_words;
struct weir_program {
	const struct weir_backend_ops *ops;
	enum weir_kind kind;
	struct weir_loaded *loaded;
	int fd;
	enum weir_engine engine;
	const char *arch;
	struct object_program *part;
};

/**
 * struct weir_ring_view - a ring buffer as its reader sees it
 * @consumer:	position up to which everything is read; the reader's
 * @producer:	position up to which there is something
 * @data:	records, of a ring of @mask + 1 bytes, there twice
 * @fd:		readable when there is something new
 * @is_eventfd:	and until it is read
 */
struct weir_ring_view {
	unsigned long *consumer;
	const unsigned long *producer;
	const uint8_t *data;
	unsigned long mask;
	int fd;
	bool is_eventfd;
};

/**
 * struct weir_backend_ops - a back end
 * @load:	@flags are WEIR_LOAD_*, @opts is whole and has its defaults
 * @run:	@opts is whole; data is never NULL, repeat never 0
 * @info:	@info is whole
 * @param:	@param is whole: GET or SET
 * @guards:	@guards is whole; records are of our size
 * @bridge:	@handler is of the same back end; NULL: detach
 * @assume:	@op is whole
 * @free:	gives back what load took, not @prog itself
 * @map_create:	make the map of @map->attr, and of @map->inner->attr
 * @map_info:	@info is whole
 * @map_elem:	one element; @key and @value are as large as the map says
 * @map_batch:	many; @count is how many, and how many were done
 * @map_set_program: @prog into a program array; NULL: what @map_elem does
 * @map_set_map: @inner into a map of maps, which is of the same back end
 * @map_share:	@map becomes the map that @other is
 * @map_mmap:	its values in this process's memory, or -errno
 * @map_munmap:	the other way round
 * @map_ring:	a ring buffer, opened for its reader
 * @map_unring:	the other way round
 * @map_free:	gives back what map_create took, not @map itself
 */
struct weir_backend_ops {
	int (*load)(struct weir_program *prog, const void *insns,
		    uint32_t nr_insns, uint32_t flags,
		    struct weir_load_opts *opts);
	int (*run)(struct weir_program *prog, struct weir_run_opts *opts);
	int (*info)(struct weir_program *prog, struct weir_prog_info *info);
	int (*param)(struct weir_program *prog, struct weir_param *param);
	int (*guards)(struct weir_program *prog, struct weir_guards *guards);
	int (*bridge)(struct weir_program *prog, uint32_t guard,
		      struct weir_program *handler, uint32_t flags);
	int (*assume)(struct weir_program *prog, struct weir_assume *op);
	void (*free)(struct weir_program *prog);

	int (*map_create)(struct weir_map_handle *map,
			  struct weir_words *words);
	int (*map_info)(struct weir_map_handle *map,
			struct weir_map_info *info);
	int (*map_elem)(struct weir_map_handle *map, enum weir_map_op op,
			const void *key, void *value, uint64_t flags);
	int (*map_batch)(struct weir_map_handle *map,
			 const struct weir_map_batch *batch, uint32_t *count);
	int (*map_set_program)(struct weir_map_handle *map, const void *key,
			       struct weir_program *prog, uint64_t flags);
	int (*map_set_map)(struct weir_map_handle *map, const void *key,
			   struct weir_map_handle *inner, uint64_t flags);
	int (*map_share)(struct weir_map_handle *map,
			 struct weir_map_handle *other);
	int (*map_mmap)(struct weir_map_handle *map, size_t bytes, void **out);
	void (*map_munmap)(struct weir_map_handle *map, void *at, size_t bytes);
	int (*map_ring)(struct weir_map_handle *map,
			struct weir_ring_view *view);
	void (*map_unring)(struct weir_map_handle *map,
			   const struct weir_ring_view *view);
	void (*map_free)(struct weir_map_handle *map);
};

extern const struct weir_backend_ops weir_backend_process;
extern const struct weir_backend_ops weir_backend_device;

/**
 * weir_program_load_into() - load into a program that is not loaded yet
 * @flags:	WEIR_LOAD_*
 * @opts:	as its user gave them; @opts->sz is looked at
 */
int weir_program_load_into(struct weir_program *prog, const void *insns,
			   size_t nr_insns, uint32_t flags,
			   struct weir_load_opts *opts);

/**
 * weir_program_lines() - where in the source its instructions come from
 * @out:	out: free() it; NULL if nothing is known, or out of memory
 * Return: how many.
 */
uint32_t weir_program_lines(const struct weir_program *prog, uint32_t nr_insns,
			    struct weir_line_of **out);

/** weir_program_unload() - the other way round; nothing if it is not loaded. */
void weir_program_unload(struct weir_program *prog);

/** weir_take_opts() - a user's structure of any version as one of ours. */
bool weir_take_opts(void *to, size_t bytes, const void *from,
		    size_t user_bytes);
void weir_give_opts(void *to, const void *from, size_t bytes,
		    size_t user_bytes);

/** weir_opts_say() - put one line of words into @opts. */
void weir_opts_say(struct weir_load_opts *opts, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
