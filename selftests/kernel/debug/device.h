/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * /dev/weir as these tests use it: a map of every type with some elements in it,
 * and programs that use them. They talk to the kernel directly.
 */
#ifndef SELFTESTS_KERNEL_DEBUG_DEVICE_H
#define SELFTESTS_KERNEL_DEBUG_DEVICE_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <sys/ioctl.h>
#include "uapi/weir.h"
#include "selftests/harness.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_VALUES 64 /* CPUs that per-CPU values are read from, at most */
#define WORDS 6 /* of a value */

struct map_kind {
	const char *name;
	uint32_t type, key, value, entries, flags;
};

#define VALUE (WORDS * 8)
static const struct map_kind map_kinds[] = {
	{ "hash", BPF_MAP_TYPE_HASH, 8, VALUE, 64, 0 },
	{ "hash, not preallocated", BPF_MAP_TYPE_HASH, 8, VALUE, 64,
	  BPF_F_NO_PREALLOC },
	{ "array", BPF_MAP_TYPE_ARRAY, 4, VALUE, 64, 0 },
	{ "array to be mapped", BPF_MAP_TYPE_ARRAY, 4, VALUE, 64,
	  BPF_F_MMAPABLE },
	{ "percpu_hash", BPF_MAP_TYPE_PERCPU_HASH, 8, VALUE, 64, 0 },
	{ "percpu_hash, not preallocated", BPF_MAP_TYPE_PERCPU_HASH, 8, VALUE,
	  64, BPF_F_NO_PREALLOC },
	{ "percpu_array", BPF_MAP_TYPE_PERCPU_ARRAY, 4, VALUE, 64, 0 },
	{ "lru_hash", BPF_MAP_TYPE_LRU_HASH, 8, VALUE, 32, 0 },
	{ "lru_percpu_hash", BPF_MAP_TYPE_LRU_PERCPU_HASH, 8, VALUE, 32, 0 },
	{ "lpm_trie", BPF_MAP_TYPE_LPM_TRIE, 8, VALUE, 64, BPF_F_NO_PREALLOC },
	{ "queue", BPF_MAP_TYPE_QUEUE, 0, VALUE, 64, 0 },
	{ "stack", BPF_MAP_TYPE_STACK, 0, VALUE, 64, 0 },
	{ "bloom_filter", BPF_MAP_TYPE_BLOOM_FILTER, 0, VALUE, 64, 0 },
	{ "hash_of_maps", BPF_MAP_TYPE_HASH_OF_MAPS, 8, 4, 64, 0 },
	{ "array_of_maps", BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 64, 0 },
	{ "prog_array", BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 64, 0 },
	{ "ringbuf", BPF_MAP_TYPE_RINGBUF, 0, 0, 8192, 0 },
	{ "perf_event_array", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 4, 0 },
};

static int dev = -1;

static inline uint64_t ptr(const void *p)
{
	return (uintptr_t)p;
}

/* The result of an ioctl as 0 or more, or -errno. */
static inline int do_ioctl(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

static inline bool of_maps(uint32_t type)
{
	return type == BPF_MAP_TYPE_HASH_OF_MAPS ||
	       type == BPF_MAP_TYPE_ARRAY_OF_MAPS;
}

static inline bool is_lru(uint32_t type)
{
	return type == BPF_MAP_TYPE_LRU_HASH ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static inline bool is_list(uint32_t type)
{
	return type == BPF_MAP_TYPE_QUEUE || type == BPF_MAP_TYPE_STACK ||
	       type == BPF_MAP_TYPE_BLOOM_FILTER;
}

static inline bool is_ring(uint32_t type)
{
	return type == BPF_MAP_TYPE_RINGBUF ||
	       type == BPF_MAP_TYPE_PERF_EVENT_ARRAY;
}

static inline bool of_objects(uint32_t type)
{
	return of_maps(type) || type == BPF_MAP_TYPE_PROG_ARRAY;
}

/* Its elements are always there. */
static inline bool is_array(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

static inline int create_map(const struct map_kind *kind, int inner)
{
	struct weir_map_create attr = {
		.size = sizeof(attr),
		.type = kind->type,
		.key_size = kind->key,
		.value_size = kind->value,
		.max_entries = kind->entries,
		.flags = kind->flags,
		.lock_off = WEIR_NO_FIELD,
		.timer_off = WEIR_NO_FIELD,
		.inner_fd = of_maps(kind->type) ? inner : -1,
		.name = "test",
	};

	return do_ioctl(dev, WEIR_IOC_MAP_CREATE, &attr);
}

/* A map that others go into. */
static inline int create_inner(void)
{
	static const struct map_kind inner = { "inner", BPF_MAP_TYPE_ARRAY,
					       4,	8,
					       1,	0 };

	return create_map(&inner, -1);
}

/* The key of element @nr: tries get prefixes inside each other. */
static inline void make_key(uint32_t type, uint32_t nr, uint32_t key[2])
{
	key[0] = nr;
	key[1] = 0;
	if (type == BPF_MAP_TYPE_LPM_TRIE) {
		key[0] = 8 + nr % 4 * 8;
		key[1] = nr;
	}
}

static inline int do_elem(int map, uint32_t op, const void *key, void *value,
			  uint64_t flags)
{
	struct weir_map_elem elem = {
		.size = sizeof(elem),
		.op = op,
		.key = ptr(key),
		.value = ptr(value),
		.flags = flags,
	};

	return do_ioctl(map, WEIR_IOC_MAP_ELEM, &elem);
}

static inline int load_program(const struct bpf_insn *insns, size_t nr)
{
	struct weir_load attr = {
		.size = sizeof(attr),
		.kind = WEIR_KIND_SOCKET,
		.nr_insns = (uint32_t)nr,
		.insns = ptr(insns),
		.fail_verdict = 1,
		.name = "test",
	};
	static char log[4096];
	int fd;

	attr.log = ptr(log);
	attr.log_size = sizeof(log);
	fd = do_ioctl(dev, WEIR_IOC_LOAD, &attr);
	if (fd == -EACCES || fd == -EINVAL)
		ksft_print_msg("refused: %s\n", log);
	return fd;
}

/*
 * Instructions
 */

#define INSN(c, d, s, o, i)                 \
	((struct bpf_insn){ .code = (c),    \
			    .dst_reg = (d), \
			    .src_reg = (s), \
			    .off = (o),     \
			    .imm = (i) })
#define MOV_K(d, i) INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOV_X(d, s) INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ALU_K(op, d, i) INSN(BPF_ALU64 | (op) | BPF_K, d, 0, 0, i)
#define ALU_X(op, d, s) INSN(BPF_ALU64 | (op) | BPF_X, d, s, 0, 0)
#define JMP_K(op, d, i, o) INSN(BPF_JMP | (op) | BPF_K, d, 0, o, i)
#define LOAD(size, d, s, o) INSN(BPF_LDX | BPF_MEM | (size), d, s, o, 0)
#define STORE(size, d, o, s) INSN(BPF_STX | BPF_MEM | (size), d, s, o, 0)
#define CALL(id) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define EXIT() INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define MAP(d, fd)                                                    \
	INSN(BPF_LD | BPF_IMM | BPF_DW, d, BPF_PSEUDO_MAP_FD, 0, fd), \
		INSN(0, 0, 0, 0, 0)

#endif
