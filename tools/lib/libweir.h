/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libweir: packet filters at native speed, in this process or in the kernel.
 *
 * A program is opened from instructions, classic BPF or a tcpdump expression,
 * and loaded into one of two back ends: this process, or the module behind
 * /dev/weir. The calls are the same. Functions return 0 (or a pointer), or a
 * negative errno (NULL with errno set). A handle may be used by one thread at
 * a time; running a program from several threads is allowed.
 */
#ifndef WEIR_LIBWEIR_H
#define WEIR_LIBWEIR_H

#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include "uapi/weir.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is declared here is what the shared library shows. */
#pragma GCC visibility push(default)

/*
 * struct bpf_insn is eBPF's, of <linux/bpf.h>. That header is not included
 * here, because <pcap/bpf.h> has another struct of this name: keep the two in
 * different source files.
 */
struct bpf_insn;
struct sock_filter; /* <linux/filter.h> */
struct pcap; /* <pcap/pcap.h>: pcap_t */
struct weir_program;
struct weir_object;
struct weir_map_handle;

#define WEIR_VERSION "0.1"

/** weir_version() - version of the library that is linked */
const char *weir_version(void);

/**
 * weir_set_print() - who gets the lines that programs print (trace_printk)
 * @print:	called with one line, in the thread that runs the program; NULL:
 *		the default, which writes some to stderr, rate limited
 *
 * Return: who got them so far.
 */
typedef void (*weir_print_fn)(const char *line);
weir_print_fn weir_set_print(weir_print_fn print);

/** enum weir_backend - where a program runs */
enum weir_backend {
	WEIR_BACKEND_PROCESS = 0, /* in this process */
	WEIR_BACKEND_DEVICE = 1, /* in the kernel, through /dev/weir */
};

/** enum weir_engine - how a program runs */
enum weir_engine {
	WEIR_ENGINE_DEFAULT = 0, /* machine code where the host can */
	WEIR_ENGINE_INTERP = 1,
	WEIR_ENGINE_JIT = 2, /* machine code or an error (-EOPNOTSUPP) */
};

/**
 * struct weir_load_opts - choices at load; zero means the default
 * @sz:		sizeof(struct weir_load_opts)
 * @kind:	program kind; default socket
 * @backend:	where
 * @engine:	how
 * @strict:	refuse what needs a guard
 * @set_fail_verdict: take @fail_verdict even if it is 0
 * @fail_verdict: verdict of a run that a guard ends; by default the one that
 *		drops the packet: XDP_DROP, TC_ACT_SHOT, 0
 * @name:	shown by tools
 * @log:	buffer for the verifier's text, or NULL
 * @log_size:	its bytes
 * @no_features: WEIR_CPU_* bits the code must not use (process only)
 * @no_passes:	optional passes to leave out (process only)
 * @reject_nr:	out: enum weir_reject, 0 if the program is not at fault
 * @reject_pc:	out: instruction it names
 * @reject_detail: out: on any failure what is wrong, in words, one line
 * @maps:	maps that LD_IMM64 names by index (BPF_PSEUDO_MAP_IDX,
 *		BPF_PSEUDO_MAP_IDX_VALUE); of the same back end. The program
 *		holds them by itself. weir_object__load() does not look here
 * @nr_maps:	their number, up to WEIR_MAX_MAPS
 * @reject_program: out: weir_object__load(): name of the program that failed,
 *		or NULL; lives as long as the object
 * @params:	live parameters, whose addresses LD_IMM64 gives
 *		(WEIR_PSEUDO_PARAM). weir_object__load() does not look here
 * @nr_params:	their number
 * @params_bytes: of the block that they lie in
 * @assume:	bit i: compile in the values of map i, until it changes; an array
 *		with BPF_F_RDONLY_PROG. weir_object__load() does not look here
 * @quiet_ms:	how long a map must not have changed until its values are compiled
 *		in again; 0: WEIR_DEFAULT_QUIET_MS
 * @threshold:	how many runs must have missed them; 0: WEIR_DEFAULT_THRESHOLD
 */
struct weir_load_opts {
	size_t sz;
	enum weir_kind kind;
	enum weir_backend backend;
	enum weir_engine engine;
	bool strict;
	bool set_fail_verdict;
	uint64_t fail_verdict;
	const char *name;
	char *log;
	size_t log_size;
	uint32_t no_features;
	uint32_t no_passes;
	uint32_t reject_nr;
	uint32_t reject_pc;
	char reject_detail[256];
	struct weir_map_handle *const *maps;
	uint32_t nr_maps;
	const char *reject_program;
	const struct weir_param_def *params;
	uint32_t nr_params;
	uint32_t params_bytes;
	uint64_t assume;
	uint32_t quiet_ms;
	uint32_t threshold;
};

/**
 * weir_program__load() - verify, compile and publish eBPF instructions
 * @insns:	instructions; copied
 * @nr_insns:	slots, LD_IMM64 takes two
 * @opts:	choices in, reasons out; may be NULL
 *
 * Return: a program, or NULL with errno and the reject fields set.
 */
struct weir_program *weir_program__load(const struct bpf_insn *insns,
					size_t nr_insns,
					struct weir_load_opts *opts);

/** weir_program__load_classic() - the same for classic BPF, kind socket. */
struct weir_program *weir_program__load_classic(const struct sock_filter *insns,
						size_t nr_insns,
						struct weir_load_opts *opts);

/**
 * weir_expr__compile() - classic BPF of a tcpdump expression, by libpcap
 * @expr:	the expression
 * @linktype:	DLT_* as pcap_datalink() gives it
 * @snaplen:	what a match returns
 * @insns:	out: instructions; free() them
 * @nr_insns:	out: their number
 * @err:	out: libpcap's words if the expression is refused
 * @err_size:	room there
 *
 * Return: 0, -EINVAL (expression), -ENOMEM.
 */
int weir_expr__compile(const char *expr, int linktype, int snaplen,
		       struct sock_filter **insns, size_t *nr_insns, char *err,
		       size_t err_size);

/**
 * weir_expr__compile_pcap() - the same for an open capture
 * @pcap:	live or savefile; gives link type and snapshot length
 *
 * Some primitives (inbound, ifindex) mean something for one of the two only.
 */
int weir_expr__compile_pcap(const char *expr, struct pcap *pcap,
			    struct sock_filter **insns, size_t *nr_insns,
			    char *err, size_t err_size);

/**
 * weir_expr__compile_device() - the same for packets of a network device
 * @device:	its name
 *
 * As a packet socket on that device would see them: its link type, and VLAN
 * tags where the kernel keeps them. Needs the right to open such a socket.
 * Return: 0, -EINVAL (expression, device; @err has libpcap's words), -ENOMEM.
 */
int weir_expr__compile_device(const char *expr, const char *device, int snaplen,
			      struct sock_filter **insns, size_t *nr_insns,
			      char *err, size_t err_size);

/** weir_expr__linktype() - DLT_* by name ("EN10MB"), or -EINVAL. */
int weir_expr__linktype(const char *name);

/**
 * struct weir_run_opts - one test run, or many of the same packet
 * @sz:		sizeof(struct weir_run_opts)
 * @data:	packet
 * @data_size:	its bytes; the device takes up to WEIR_MAX_PACKET
 * @wire_len:	length on the wire; 0 means @data_size
 * @data_out:	room for the packet as the program left it, or NULL
 * @data_out_size: in: room; out: bytes
 * @repeat:	runs; 0 means 1
 * @verdict:	out
 * @duration_ns: out: all runs
 * @exit:	out: how the last one ended
 */
struct weir_run_opts {
	size_t sz;
	const void *data;
	uint32_t data_size;
	uint32_t wire_len;
	void *data_out;
	uint32_t data_out_size;
	uint32_t repeat;
	uint64_t verdict;
	uint64_t duration_ns;
	struct weir_exit_record exit;
};

/**
 * weir_program__run() - run a program on a packet
 *
 * The caller's packet is not written to; a program that changes packets works
 * on a copy, and with @repeat on the same copy again. Return: 0, -EINVAL,
 * -EMSGSIZE (device: over WEIR_MAX_PACKET), -ENOMEM, or what the ioctl said.
 */
int weir_program__run(struct weir_program *prog, struct weir_run_opts *opts);

/** weir_program__info() - see struct weir_prog_info; pointers are in/out. */
int weir_program__info(struct weir_program *prog, struct weir_prog_info *info);

/**
 * weir_program__param() - what live parameter number @index is
 * @out:	out; its value is the number it has now
 *
 * Return: 0, or -ENOENT after the last.
 */
int weir_program__param(struct weir_program *prog, uint32_t index,
			struct weir_param_def *out);

/**
 * weir_program__set_param() - give a live parameter another number
 * @name:	of the parameter
 * @value:	as 64 bits, a signed one with its sign
 * @out:	out, with 0 and -ERANGE: what it is, and the number it has now;
 *		may be NULL
 *
 * Runs that are under way in other threads or on other CPUs see the old number
 * or the new one. Any thread may do it while others run the program. Return: 0,
 * -ENOENT, -ERANGE, -ENOMEM.
 */
int weir_program__set_param(struct weir_program *prog, const char *name,
			    uint64_t value, struct weir_param_def *out);

/**
 * weir_program__guards() - records of its guards
 * @first:	number of the first one wanted
 * @records:	room for @nr
 *
 * Return: how many there were from there on, up to @nr, or -errno.
 */
int weir_program__guards(struct weir_program *prog, uint32_t first,
			 struct weir_guard_record *records, uint32_t nr);

/**
 * weir_bridge__attach() - @handler handles exits of a guard
 * @prog:	may be running
 * @guard:	its number
 * @handler:	a program of the same kind and back end; the guard holds it by
 *		itself
 * @flags:	WEIR_BRIDGE_*
 *
 * Instead of ending with the fail verdict, the handler runs with the same context
 * and packet; with WEIR_BRIDGE_VERDICT its verdict counts. Return: 0, or what
 * struct weir_bridge says of errors.
 */
int weir_bridge__attach(struct weir_program *prog, uint32_t guard,
			struct weir_program *handler, uint32_t flags);

/**
 * weir_bridge__detach() - the other way round
 *
 * When it returns, the handler does not run for this guard any more.
 */
int weir_bridge__detach(struct weir_program *prog, uint32_t guard);

/**
 * weir_program__assumption() - what the program assumes, and what became of it
 * @out:	out; @out->size is set by the caller
 */
int weir_program__assumption(struct weir_program *prog,
			     struct weir_assume *out);

/**
 * weir_program__assume_now() - compile the values of its maps in again
 *
 * In the kernel a worker does that when the maps have been quiet; in a process
 * nobody does but who calls this: any thread, while others run the program.
 * Return: 0; -EAGAIN if a map is being changed, or was meanwhile; -EBUSY if
 * another thread does it; -EOPNOTSUPP if the program assumes nothing, or is
 * interpreted; -ENOMEM, -ENOSPC.
 */
int weir_program__assume_now(struct weir_program *prog);

/** weir_program__engine() - WEIR_ENGINE_INTERP or WEIR_ENGINE_JIT. */
enum weir_engine weir_program__engine(const struct weir_program *prog);

/** weir_program__arch() - "arm64" or "arm"; "" if it is interpreted. */
const char *weir_program__arch(const struct weir_program *prog);

/** weir_program__fd() - the descriptor in the kernel, or -1 (process). */
int weir_program__fd(const struct weir_program *prog);

/** weir_program__free() - unload; nobody may be running it. NULL is allowed. */
void weir_program__free(struct weir_program *prog);

/**
 * struct weir_object_opts - choices when an object is opened
 * @sz:		sizeof(struct weir_object_opts)
 * @name:	of the object; default from the file's name
 * @error:	out: on failure what is wrong, in words, one line
 */
struct weir_object_opts {
	size_t sz;
	const char *name;
	char error[256];
};

/**
 * weir_object__open_file() - an ELF object that clang made for BPF
 * @path:	file
 * @opts:	may be NULL
 *
 * Nothing is loaded yet: programs and maps may be looked at and changed. What
 * a section's name says of a program's kind is as in libbpf: xdp, tc,
 * classifier, action, tcx/..., socket; "mem" is ours. Return: an object, or
 * NULL with errno: ENOEXEC for what is no such object.
 */
struct weir_object *weir_object__open_file(const char *path,
					   struct weir_object_opts *opts);

/** weir_object__open_mem() - the same from memory, which is copied. */
struct weir_object *weir_object__open_mem(const void *bytes, size_t size,
					  struct weir_object_opts *opts);

/** weir_object__close() - with its programs and maps. NULL is allowed. */
void weir_object__close(struct weir_object *obj);

/** weir_object__name() - as given, or from the file's name. */
const char *weir_object__name(const struct weir_object *obj);

/**
 * weir_object__load() - make its maps, and load its programs
 * @opts:	for each program; kind and name come from the object. May be
 *		NULL
 *
 * Programs without autoload are left out. All or nothing. Return: 0, or a
 * negative errno with @opts->reject_* set.
 */
int weir_object__load(struct weir_object *obj, struct weir_load_opts *opts);

/**
 * weir_object__next_program() - the program after @prog; the first for NULL
 *
 * Programs of an object can be run when it is loaded, live as long as it, and
 * are not freed by weir_program__free(). Return: NULL after the last.
 */
struct weir_program *weir_object__next_program(const struct weir_object *obj,
					       const struct weir_program *prog);

/** weir_object__find_program_by_name() - NULL and ENOENT if there is none. */
struct weir_program *
weir_object__find_program_by_name(const struct weir_object *obj,
				  const char *name);

/** weir_program__name() - its function's name; "" if it is of no object. */
const char *weir_program__name(const struct weir_program *prog);

/** weir_program__section() - as in SEC(), without a '?' before it. */
const char *weir_program__section(const struct weir_program *prog);

/** weir_program__kind() - UNSPEC if the section's name says none. */
enum weir_kind weir_program__kind(const struct weir_program *prog);

/** weir_program__set_kind() - before load. Return: 0 or -EINVAL. */
int weir_program__set_kind(struct weir_program *prog, enum weir_kind kind);

/** weir_program__autoload() - is it loaded with its object? */
bool weir_program__autoload(const struct weir_program *prog);

/** weir_program__set_autoload() - before load. Return: 0 or -EINVAL. */
int weir_program__set_autoload(struct weir_program *prog, bool autoload);

/**
 * weir_object__next_map() - the map after @map; the first for NULL
 *
 * Global variables are maps too: arrays of one value, named "OBJECT.rodata" as
 * by libbpf. Maps of an object live as long as it, and are not closed by
 * weir_map__close(). Return: NULL after the last.
 */
struct weir_map_handle *
weir_object__next_map(const struct weir_object *obj,
		      const struct weir_map_handle *map);

/**
 * weir_object__find_map_by_name() - NULL and ENOENT if there is none
 * @name:	of the map; or ".rodata", ".bss" ...: of the section
 */
struct weir_map_handle *
weir_object__find_map_by_name(const struct weir_object *obj, const char *name);

/**
 * struct weir_map_opts - a map to be made
 * @sz:		sizeof(struct weir_map_opts)
 * @backend:	where
 * @type:	enum bpf_map_type
 * @key_size:	bytes
 * @value_size:	bytes
 * @max_entries: exact limit; ring buffers: bytes
 * @flags:	BPF_F_*
 * @map_extra:	bloom filter: number of hash functions, 0 means 5
 * @inner:	map of maps: a map that the inner ones look like
 * @has_lock:	a struct bpf_spin_lock lies in the value, at @lock_off
 * @has_timer:	a struct bpf_timer lies in the value, at @timer_off
 * @name:	shown by tools
 * @error:	out: on failure what is wrong, in words, one line
 */
struct weir_map_opts {
	size_t sz;
	enum weir_backend backend;
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t flags;
	uint64_t map_extra;
	struct weir_map_handle *inner;
	bool has_lock;
	bool has_timer;
	uint32_t lock_off;
	uint32_t timer_off;
	const char *name;
	char error[256];
};

/**
 * weir_map__create() - a map by itself
 *
 * Errors are Linux's: EINVAL for what is no map (a size of 0, an unknown flag),
 * E2BIG over a limit. Return: close with weir_map__close(); NULL with errno and
 * @opts->error.
 */
struct weir_map_handle *weir_map__create(struct weir_map_opts *opts);

/**
 * weir_map__close() - give the handle back
 *
 * The map lives on while programs and other maps use it. NULL is allowed.
 */
void weir_map__close(struct weir_map_handle *map);

/** weir_map__name() - its whole name; "" if it has none. */
const char *weir_map__name(const struct weir_map_handle *map);

/** weir_map__fd() - the descriptor in the kernel, or -1. */
int weir_map__fd(const struct weir_map_handle *map);

/**
 * weir_map__info() - what it is; before load, what it will be
 * @info:	@info->size is set by the caller
 */
int weir_map__info(struct weir_map_handle *map, struct weir_map_info *info);

/**
 * weir_map__type_name() - as bpftool names it: "lru_hash"
 * Return: NULL if Weir has no such type.
 */
const char *weir_map__type_name(uint32_t type);

/** weir_map__type_by_name() - 0 if there is none. */
uint32_t weir_map__type_by_name(const char *name);

/*
 * Before its object is loaded, a map may be changed. -EBUSY afterwards.
 */

/** weir_map__set_max_entries() - another limit. */
int weir_map__set_max_entries(struct weir_map_handle *map, uint32_t max);

/** weir_map__set_value_size() - another size; -EINVAL for global variables. */
int weir_map__set_value_size(struct weir_map_handle *map, uint32_t bytes);

/**
 * weir_map__set_assume() - programs of the object that use it assume its values
 *
 * The map is made read only for programs; one that writes to it is refused. What
 * that means is in Documentation/assumptions.rst.
 */
int weir_map__set_assume(struct weir_map_handle *map, bool assume);

/** weir_map__set_flags() - other BPF_F_*. */
int weir_map__set_flags(struct weir_map_handle *map, uint32_t flags);

/**
 * weir_map__initial_value() - the bytes of global variables before load
 * @size:	out: their number
 *
 * They may be written to, constants too: this is how a program is configured.
 * Return: NULL with errno if it is no such map, or loaded already.
 */
void *weir_map__initial_value(struct weir_map_handle *map, size_t *size);

/** weir_map__set_initial_value() - all of them; @size must be theirs. */
int weir_map__set_initial_value(struct weir_map_handle *map, const void *value,
				size_t size);

/**
 * weir_object__variable() - a global variable before load, by its name
 * @size:	out: its bytes
 *
 * As weir_map__initial_value(), of which it is a part. Return: NULL with
 * errno: ENOENT if the file has no such variable, EBUSY after load.
 */
void *weir_object__variable(struct weir_object *obj, const char *name,
			    size_t *size);

/**
 * weir_map__reuse() - instead of making @map, load its object with @other
 *
 * Both must be defined alike: -EINVAL. @other stays open.
 */
int weir_map__reuse(struct weir_map_handle *map, struct weir_map_handle *other);

/*
 * Elements. Sizes are checked against the map's: -EINVAL. Keys are NULL and of
 * size 0 where there are none (queue, stack, bloom filter). Several threads may
 * do this at the same time, and while programs run.
 */

/**
 * weir_map__value_bytes() - bytes of one element for these calls
 *
 * Per-CPU maps: the values of all CPUs, each rounded up to 8 bytes.
 */
size_t weir_map__value_bytes(struct weir_map_handle *map);

/**
 * weir_map__lookup_elem() - -ENOENT if there is none
 * @flags:	0 or BPF_F_LOCK
 *
 * Queues and stacks: the one that is next. Bloom filters: @value is looked for.
 * Program arrays and maps of maps give the id of what is there.
 */
int weir_map__lookup_elem(struct weir_map_handle *map, const void *key,
			  size_t key_size, void *value, size_t value_size,
			  uint64_t flags);

/**
 * weir_map__update_elem() - -E2BIG if it is full
 * @flags:	BPF_ANY, BPF_NOEXIST (-EEXIST), BPF_EXIST (-ENOENT), BPF_F_LOCK
 *
 * Queues and stacks: push. -EPERM if it is frozen.
 */
int weir_map__update_elem(struct weir_map_handle *map, const void *key,
			  size_t key_size, const void *value, size_t value_size,
			  uint64_t flags);

/** weir_map__set_program() - into a program array; of its kind, or -EINVAL. */
int weir_map__set_program(struct weir_map_handle *map, const void *key,
			  size_t key_size, struct weir_program *prog,
			  uint64_t flags);

/** weir_map__set_map() - into a map of maps; must look like its inner map. */
int weir_map__set_map(struct weir_map_handle *map, const void *key,
		      size_t key_size, struct weir_map_handle *inner,
		      uint64_t flags);

/** weir_map__delete_elem() - -ENOENT if there is none; -EINVAL for arrays. */
int weir_map__delete_elem(struct weir_map_handle *map, const void *key,
			  size_t key_size, uint64_t flags);

/** weir_map__lookup_and_delete_elem() - both at once; queue, stack: pop. */
int weir_map__lookup_and_delete_elem(struct weir_map_handle *map,
				     const void *key, size_t key_size,
				     void *value, size_t value_size,
				     uint64_t flags);

/**
 * weir_map__get_next_key() - walk over the keys, in no order
 * @key:	the one before; NULL: the first
 * @next:	out
 *
 * Return: 0; -ENOENT after the last.
 */
int weir_map__get_next_key(struct weir_map_handle *map, const void *key,
			   void *next, size_t key_size);

/**
 * weir_map__batch() - many elements in one call
 * @op:		WEIR_MAP_LOOKUP, UPDATE, DELETE, LOOKUP_DELETE
 * @start:	lookups: the key to start behind; NULL: at the first
 * @keys:	@count keys, one behind the other; lookups: out
 * @values:	as many values; lookups: out. Deletion does not look at it
 * @count:	in: elements; out: those done
 * @flags:	of each
 *
 * Return: 0; -ENOENT when a lookup came to the end; or of the first that
 * failed.
 */
int weir_map__batch(struct weir_map_handle *map, enum weir_map_op op,
		    const void *start, void *keys, void *values,
		    uint32_t *count, uint64_t flags);

/** weir_map__freeze() - no more changes from here; programs may. */
int weir_map__freeze(struct weir_map_handle *map);

/**
 * weir_map__mmap() - the values of an array with BPF_F_MMAPABLE as memory
 * @bytes:	out: their number; elements are 8-aligned
 *
 * Goes with the handle. Return: NULL with errno; EOPNOTSUPP if it has no such
 * memory.
 */
void *weir_map__mmap(struct weir_map_handle *map, size_t *bytes);

/**
 * weir_ring_fn - takes one record of a ring buffer
 * @arg:	as given
 * @data:	@size bytes; valid until it returns
 *
 * Return: 0 to go on; a negative number ends the call that came here with it.
 */
typedef int (*weir_ring_fn)(void *arg, const void *data, size_t size);

struct weir_ring_buffer;

/**
 * weir_ring_buffer__new() - a reader of ring buffers
 * @map:	a ring buffer; there is one reader of it at a time
 *
 * Return: NULL with errno; EINVAL if @map is none.
 */
struct weir_ring_buffer *weir_ring_buffer__new(struct weir_map_handle *map,
					       weir_ring_fn fn, void *arg);

/** weir_ring_buffer__add() - one more ring buffer, up to 16. */
int weir_ring_buffer__add(struct weir_ring_buffer *rb,
			  struct weir_map_handle *map, weir_ring_fn fn,
			  void *arg);

/** weir_ring_buffer__consume() - what is there now. Return: records taken. */
int weir_ring_buffer__consume(struct weir_ring_buffer *rb);

/**
 * weir_ring_buffer__poll() - wait until there is something, and take it
 * @timeout_ms:	-1: for ever
 *
 * Return: records taken, 0 after the time; -EINTR.
 */
int weir_ring_buffer__poll(struct weir_ring_buffer *rb, int timeout_ms);

/** weir_ring_buffer__free() - the maps stay. NULL is allowed. */
void weir_ring_buffer__free(struct weir_ring_buffer *rb);

/**
 * struct weir_line - a line of the source; strings live as long as the object
 * @file:	as the compiler was given it
 * @text:	the line, without blanks in front
 * @line:	from 1
 * @column:	from 1; 0 if unknown
 */
struct weir_line {
	const char *file;
	const char *text;
	uint32_t line;
	uint32_t column;
};

/**
 * weir_program__line() - what an instruction of a loaded program was made of
 * Return: 0, or -ENOENT if nothing says it.
 */
int weir_program__line(const struct weir_program *prog, uint32_t pc,
		       struct weir_line *out);

/** weir_reject__name() - stable name of a rejection, "none" for 0. */
const char *weir_reject__name(uint32_t nr);

/** weir_reject__text() - what the row means, in words. */
const char *weir_reject__text(uint32_t nr);

/**
 * weir_perf_map__enable() - tell perf where machine code lies in this process
 * @path:	file to append to; NULL: /tmp/perf-PID.map, where perf looks
 *
 * Programs loaded from then on are noted in it. The same without a call: the
 * environment variable WEIR_PERF_MAP, 1 or a path. Return: 0 or -errno; -EPERM
 * if the file is somebody else's.
 */
int weir_perf_map__enable(const char *path);

/** weir_kind__name() - "socket", "tc", "xdp", "mem"; "?" for others. */
const char *weir_kind__name(uint32_t kind);

/** weir_kind__by_name() - WEIR_KIND_UNSPEC if there is no such kind. */
enum weir_kind weir_kind__by_name(const char *name);

/** weir_guard__name() - "packet", "stack" ... of enum weir_guard_kind. */
const char *weir_guard__name(uint32_t guard_kind);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
