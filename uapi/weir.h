/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interface of Weir: limits, program kinds, exit records and the ioctls of
 * /dev/weir. Everything here is ABI for the module and the library alike.
 *
 * Every structure that crosses the boundary starts with its own size, as its
 * user was compiled to know it. A kernel that knows fewer fields takes the
 * structure if the rest is zero and answers -E2BIG if not; one that knows more
 * treats what is missing as zero. Pointers travel as __u64, so that a 32-bit
 * user works on a 64-bit kernel.
 */
#ifndef UAPI_WEIR_H
#define UAPI_WEIR_H

#include <linux/types.h>
#include <linux/ioctl.h>

/* Limits. Each is enforced where its comment says. */
#define WEIR_MAX_INSNS 1000000 /* program length; base/load */
#define WEIR_MAX_CLASSIC 65536 /* classic program; base/classic */
#define WEIR_MAX_FRAMES 8 /* call depth; verifier */
#define WEIR_MAX_STACK 512 /* bytes over all frames; verifier */
#define WEIR_MAX_TAIL_CALLS 33 /* run time, a guard */
#define WEIR_MAX_PACKET 65536 /* bytes given to a test run */
#define WEIR_MAX_LINEAR \
	(1 << 20) /* bytes of a packet a program sees; runtime */
#define WEIR_MAX_BUFFER 0x7ffffffe /* the same, of kind mem */
#define WEIR_MAX_REPEAT 100000000 /* runs of one test run */
#define WEIR_MAX_LOG (16 << 20) /* bytes of verifier log */
#define WEIR_MAX_LINE 4096 /* bytes of other requests' logs */
#define WEIR_DEFAULT_FUEL 1048576 /* back edges taken in one run, at most */
#define WEIR_MAX_STATE_BYTES (64 << 20) /* of states kept; verifier/kept */
#define WEIR_MAX_RUN_INSNS (1 << 26) /* instructions in one run; sets fuel */
#define WEIR_NR_REGS 11 /* R0 to R10 */
#define WEIR_MAX_MAPS 64 /* maps of one program; base/load */
#define WEIR_MAX_KEY 512 /* bytes of a key; runtime/map */
#define WEIR_MAX_VALUE (1 << 24) /* bytes of a value; runtime/map */
#define WEIR_MAX_MAP_BYTES (1ULL << 30) /* memory of one map; runtime/map */

/**
 * enum weir_kind - what a program is for: its context and what R1 points to
 * @WEIR_KIND_SOCKET:  struct __sk_buff; verdict = bytes to keep; LD_ABS allowed
 * @WEIR_KIND_TC:      struct __sk_buff with direct packet access; TC_ACT_*
 * @WEIR_KIND_XDP:     struct xdp_md; XDP_*
 * @WEIR_KIND_MEM:     R1 = start and R2 = size of a plain buffer
 */
enum weir_kind {
	WEIR_KIND_UNSPEC = 0,
	WEIR_KIND_SOCKET = 1,
	WEIR_KIND_TC = 2,
	WEIR_KIND_XDP = 3,
	WEIR_KIND_MEM = 4,
	WEIR_NR_KINDS
};

/** enum weir_reject - why a program was refused; see reject.def */
enum weir_reject {
	WEIR_REJECT_NONE = 0,
#define _(nr, name, err, text) WEIR_REJECT_##name = nr,
#include "reject.def"
#undef _
};

/**
 * enum weir_guard_kind - what a guard tests
 * @WEIR_GUARD_PACKET:    an access lies within the packet
 * @WEIR_GUARD_STACK:     a variable stack offset lies within the frame
 * @WEIR_GUARD_BUFFER:    an access lies within the plain buffer (kind mem)
 * @WEIR_GUARD_NULL:      a pointer is not null
 * @WEIR_GUARD_MAP_VALUE: an access lies within the map's value
 * @WEIR_GUARD_FUEL:      the run has back edges left
 * @WEIR_GUARD_TAIL_CALL: the run has tail calls left
 */
enum weir_guard_kind {
	WEIR_GUARD_NONE = 0,
	WEIR_GUARD_PACKET = 1,
	WEIR_GUARD_STACK = 2,
	WEIR_GUARD_BUFFER = 3,
	WEIR_GUARD_NULL = 4,
	WEIR_GUARD_MAP_VALUE = 5,
	WEIR_GUARD_FUEL = 6,
	WEIR_GUARD_TAIL_CALL = 7,
	WEIR_NR_GUARD_KINDS
};

/** enum weir_exit - how a run ended */
enum weir_exit {
	WEIR_EXIT_RETURN = 0, /* the program's own exit instruction */
	WEIR_EXIT_GUARD = 1, /* a guard failed; verdict is the fail verdict */
};

#define WEIR_NO_GUARD 0xffffffffu

/**
 * struct weir_exit_record - how one run ended
 * @kind:	enum weir_exit
 * @guard:	index of the guard that failed, or WEIR_NO_GUARD
 * @pc:		eBPF instruction at which the run ended
 * @reserved:	0
 * @regs:	R0 to R10 at that point; valid after a guard exit
 */
struct weir_exit_record {
	__u32 kind;
	__u32 guard;
	__u32 pc;
	__u32 reserved;
	__u64 regs[WEIR_NR_REGS];
};

/* weir_load.flags */
#define WEIR_LOAD_CLASSIC (1u << 0) /* insns are struct sock_filter */
#define WEIR_LOAD_STRICT (1u << 1) /* refuse what needs a guard */
#define WEIR_LOAD_INTERP (1u << 2) /* do not compile: interpret */
#define WEIR_LOAD_FLAGS \
	(WEIR_LOAD_CLASSIC | WEIR_LOAD_STRICT | WEIR_LOAD_INTERP)

#define WEIR_NAME_LEN 16

/**
 * struct weir_load - WEIR_IOC_LOAD: verify and compile a program
 * @size:	sizeof(struct weir_load)
 * @kind:	enum weir_kind
 * @flags:	WEIR_LOAD_*
 * @nr_insns:	instructions at @insns
 * @insns:	user pointer: struct bpf_insn[], or struct sock_filter[] if classic
 * @log:	user pointer to a text buffer, or 0
 * @log_size:	its size in bytes; the text is cut to fit and ends with 0
 * @reject:	out: enum weir_reject if the program was refused
 * @reject_pc:	out: instruction the refusal names (classic: classic index)
 * @log_len:	out: bytes the whole text needs, with its end; without a log,
 *		what a refusal needs
 * @fail_verdict: verdict of a run that a guard ends (classic: must be 0)
 * @name:	shown by tools, 0-terminated
 * @map_fds:	user pointer to __s32[]: map descriptors that LD_IMM64 names by
 *		index (BPF_PSEUDO_MAP_IDX, BPF_PSEUDO_MAP_IDX_VALUE)
 * @nr_maps:	descriptors at @map_fds, up to WEIR_MAX_MAPS
 * @reserved:	0
 * @params:	user pointer to struct weir_param_def[]: live parameters, whose
 *		addresses LD_IMM64 gives with the source WEIR_PSEUDO_PARAM
 * @nr_params:	their number, up to WEIR_MAX_PARAMS
 * @params_bytes: length of the block that they lie in, up to
 *		WEIR_MAX_PARAM_BYTES
 * @assume:	maps whose values are compiled in until they change, bit i for
 *		the one of index i
 * @quiet_ms:	how long such maps must not have changed until they are compiled
 *		in again; 0: WEIR_DEFAULT_QUIET_MS
 * @threshold:	how many runs must have missed them; 0: WEIR_DEFAULT_THRESHOLD
 * @lines:	user pointer to struct weir_line_of[], by rising pc: where in the
 *		source instructions come from, for the records of guards
 * @nr_lines:	their number, up to @nr_insns
 * @image_bytes: out: bytes of machine code; 0 if the program is interpreted
 *
 * A map may also be named by its descriptor itself (BPF_PSEUDO_MAP_FD and
 * BPF_PSEUDO_MAP_VALUE). Return of the ioctl: a program descriptor
 * (close-on-exec), or -errno.
 */
struct weir_load {
	__u32 size;
	__u32 kind;
	__u32 flags;
	__u32 nr_insns;
	__u64 insns;
	__u64 log;
	__u32 log_size;
	__u32 reject;
	__u32 reject_pc;
	__u32 log_len;
	__u64 fail_verdict;
	char name[WEIR_NAME_LEN];
	__u64 map_fds;
	__u32 nr_maps;
	__u32 reserved;
	__u64 params;
	__u32 nr_params;
	__u32 params_bytes;
	__u64 assume;
	__u32 quiet_ms;
	__u32 threshold;
	__u64 lines;
	__u32 nr_lines;
	__u32 image_bytes;
};

/** struct weir_line_of - instructions from @pc on come from this line */
struct weir_line_of {
	__u32 pc;
	__u32 line;
};

#define WEIR_MAX_PARAMS 256
#define WEIR_MAX_PARAM_BYTES 4096
#define WEIR_PARAM_NAME_LEN 32

/* Source of LD_IMM64: the address of the byte at `imm` of the block of live
 * parameters. Linux has no such source.
 */
#define WEIR_PSEUDO_PARAM 14

/* weir_param_def.flags */
#define WEIR_PARAM_SIGNED (1u << 0) /* min, max and value are signed numbers */

/**
 * struct weir_param_def - a live parameter: a number that may be changed while
 * its program runs
 * @name:	0-terminated, not empty, unique in its program
 * @off:	where it lies in the block of parameters, a multiple of @size
 * @size:	its bytes: 1, 2, 4 or 8
 * @flags:	WEIR_PARAM_*
 * @reserved:	0
 * @min:	least number it may have
 * @max:	greatest
 * @value:	the number it has
 *
 * Numbers are extended to 64 bits, signed ones with their sign.
 */
struct weir_param_def {
	char name[WEIR_PARAM_NAME_LEN];
	__u32 off;
	__u32 size;
	__u32 flags;
	__u32 reserved;
	__u64 min;
	__u64 max;
	__u64 value;
};

/* weir_param.op */
enum weir_param_op {
	WEIR_PARAM_GET =
		1, /* the parameter number @index: -ENOENT after the last */
	WEIR_PARAM_SET = 2, /* the one of that name gets @def.value: -ERANGE */
};

/**
 * struct weir_param - WEIR_IOC_PARAM on a program descriptor
 * @size:	sizeof(struct weir_param)
 * @op:		enum weir_param_op
 * @index:	GET: which one
 * @reserved:	0
 * @def:	GET: out. SET: @def.name and @def.value in, the rest out, also
 *		with -ERANGE
 *
 * A run that reads a parameter while it is set gets the old or the new number.
 */
struct weir_param {
	__u32 size;
	__u32 op;
	__u32 index;
	__u32 reserved;
	struct weir_param_def def;
};

#define WEIR_DEFAULT_QUIET_MS 100
#define WEIR_DEFAULT_THRESHOLD 1000
#define WEIR_MAX_ASSUMED_BYTES (1 << 20) /* of the values of one map */

/* weir_assume.state */
enum weir_assume_state {
	WEIR_ASSUME_NONE = 0, /* the program assumes nothing */
	WEIR_ASSUME_VALID = 1, /* runs take code with the values compiled in */
	WEIR_ASSUME_REVOKED = 2, /* a map changed: runs take the generic code */
	WEIR_ASSUME_GENERIC =
		3, /* interpreted, or there was no way; see @error */
};

/* weir_assume.op */
enum weir_assume_op {
	WEIR_ASSUME_INFO = 0,
	WEIR_ASSUME_SET = 1, /* @quiet_ms and @threshold, where not 0 */
	WEIR_ASSUME_NOW = 2, /* compile now, if the maps are quiet: -EAGAIN */
};

/**
 * struct weir_assume - WEIR_IOC_ASSUME on a program descriptor
 * @size:	sizeof(struct weir_assume)
 * @op:		enum weir_assume_op
 * @state:	out: enum weir_assume_state
 * @quiet_ms:	see struct weir_load
 * @threshold:	likewise
 * @error:	out: why the last attempt failed, an errno; 0: it did not
 * @maps:	out: which maps, as in struct weir_load
 * @built:	out: how often the values were compiled in
 * @revoked:	out: how often a change took that back
 * @discarded:	out: how often a map changed meanwhile
 * @refused:	out: how often it failed: @error
 * @missed:	out: runs since it was revoked
 * @image_bytes: out: code that has the values in it now
 */
struct weir_assume {
	__u32 size;
	__u32 op;
	__u32 state;
	__u32 quiet_ms;
	__u32 threshold;
	__u32 error;
	__u64 maps;
	__u64 built;
	__u64 revoked;
	__u64 discarded;
	__u64 refused;
	__u64 missed;
	__u64 image_bytes;
};

/**
 * struct weir_guard_info - one guard of a program
 * @pc:		eBPF instruction it protects
 * @kind:	enum weir_guard_kind
 * @code_off:	byte offset of its first branch in the image; 0 if interpreted
 * @stub_off:	byte offset of its stub in the image; 0 if interpreted
 * @count:	runs it has ended, over all CPUs
 */
struct weir_guard_info {
	__u32 pc;
	__u32 kind;
	__u32 code_off;
	__u32 stub_off;
	__u64 count;
};

/**
 * struct weir_prog_info - WEIR_IOC_PROG_INFO on a program descriptor
 * @size:	sizeof(struct weir_prog_info)
 * @kind:	out: enum weir_kind
 * @flags:	out: WEIR_LOAD_* it was loaded with
 * @nr_insns:	in: room at @insns; out: eBPF instructions of the program
 * @insns:	user pointer to struct bpf_insn[], or 0
 * @nr_guards:	in: room at @guards; out: guards of the program
 * @image_bytes: in: room at @image; out: bytes of machine code, 0 if interpreted
 * @guards:	user pointer to struct weir_guard_info[], or 0
 * @image:	user pointer to bytes, or 0
 * @body_off:	out: byte offset of the body in the image
 * @stubs_off:	out: of the stubs
 * @pool_off:	out: of the literal pool
 * @reserved:	0
 * @runs:	out: runs since load
 * @guard_exits: out: of those, ended by a guard
 * @load_ns:	out: time that verifying and compiling took, by the host's clock
 * @name:	out
 * @map_ids:	user pointer to __u32[]: the maps it uses, or 0
 * @nr_maps:	in: room at @map_ids; out: maps of the program
 * @id:		out: unique while the program lives
 *
 * The image is what was published, with the addresses of helpers in it blanked
 * for those without CAP_SYS_ADMIN.
 */
struct weir_prog_info {
	__u32 size;
	__u32 kind;
	__u32 flags;
	__u32 nr_insns;
	__u64 insns;
	__u32 nr_guards;
	__u32 image_bytes;
	__u64 guards;
	__u64 image;
	__u32 body_off;
	__u32 stubs_off;
	__u32 pool_off;
	__u32 reserved;
	__u64 runs;
	__u64 guard_exits;
	__u64 load_ns;
	char name[WEIR_NAME_LEN];
	__u64 map_ids;
	__u32 nr_maps;
	__u32 id;
};

/**
 * struct weir_test_run - WEIR_IOC_TEST_RUN on a program descriptor
 * @size:	sizeof(struct weir_test_run)
 * @repeat:	runs, 0 means 1
 * @data:	user pointer to the packet
 * @data_size:	its bytes, up to WEIR_MAX_PACKET
 * @wire_len:	length the packet had on the wire; 0 means @data_size
 * @data_out:	user pointer for the packet as the program left it, or 0
 * @data_out_size: in: room there; out: bytes the packet has
 * @flags:	0
 * @verdict:	out: what the last run returned
 * @duration_ns: out: time of all runs, by the host's clock
 * @exit:	out: how the last run ended
 */
struct weir_test_run {
	__u32 size;
	__u32 repeat;
	__u64 data;
	__u32 data_size;
	__u32 wire_len;
	__u64 data_out;
	__u32 data_out_size;
	__u32 flags;
	__u64 verdict;
	__u64 duration_ns;
	struct weir_exit_record exit;
};

#define WEIR_NO_FIELD 0xffffffffu

/**
 * struct weir_map_create - WEIR_IOC_MAP_CREATE: make a map
 * @size:	sizeof(struct weir_map_create)
 * @type:	enum bpf_map_type, Linux's numbers
 * @key_size:	bytes of a key
 * @value_size:	bytes of a value
 * @max_entries: exact limit; ring buffers: bytes
 * @flags:	BPF_F_*
 * @lock_off:	where in the value a struct bpf_spin_lock lies, 4-aligned, or
 *		WEIR_NO_FIELD
 * @timer_off:	where in the value a struct bpf_timer lies, 8-aligned, or
 *		WEIR_NO_FIELD
 * @map_extra:	bloom filter: number of hash functions, 0 means 5
 * @inner_fd:	map of maps: a map that the inner ones look like; else -1
 * @reserved:	0
 * @name:	shown by tools, 0-terminated
 * @log:	user pointer to a text buffer, or 0: why it was refused
 * @log_size:	its size in bytes, up to WEIR_MAX_LINE; cut, ends with 0
 * @reserved2:	0
 *
 * Return of the ioctl: a map descriptor (close-on-exec), or -errno.
 */
struct weir_map_create {
	__u32 size;
	__u32 type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 flags;
	__u32 lock_off;
	__u32 timer_off;
	__u64 map_extra;
	__s32 inner_fd;
	__u32 reserved;
	char name[WEIR_NAME_LEN];
	__u64 log;
	__u32 log_size;
	__u32 reserved2;
};

/**
 * struct weir_map_info - WEIR_IOC_MAP_INFO on a map descriptor
 * @size:	sizeof(struct weir_map_info)
 * @id:		out: unique while the map lives
 * @bytes:	out: memory it takes
 * @frozen:	out: 1 if users cannot change it any more
 *
 * All is out but @size; the rest is as in struct weir_map_create.
 */
struct weir_map_info {
	__u32 size;
	__u32 type;
	__u32 key_size;
	__u32 value_size;
	__u32 max_entries;
	__u32 flags;
	__u32 lock_off;
	__u32 timer_off;
	__u64 map_extra;
	__u32 id;
	__u32 frozen;
	__u64 bytes;
	char name[WEIR_NAME_LEN];
};

/* weir_map_elem.op and weir_map_batch.op */
enum weir_map_op {
	WEIR_MAP_LOOKUP = 1,
	WEIR_MAP_UPDATE = 2,
	WEIR_MAP_DELETE = 3,
	WEIR_MAP_NEXT_KEY = 4, /* @value is room for the next key */
	WEIR_MAP_LOOKUP_DELETE = 5, /* queue, stack: pop */
	WEIR_MAP_FREEZE = 6, /* no key, no value */
};

/**
 * struct weir_map_elem - WEIR_IOC_MAP_ELEM on a map descriptor: one element
 * @size:	sizeof(struct weir_map_elem)
 * @op:		enum weir_map_op
 * @key:	user pointer: key; 0 where there are none, and for the first
 *		key of NEXT_KEY
 * @value:	user pointer: value; per-CPU maps: of every CPU, each rounded up
 *		to 8 bytes. Program arrays and maps of maps: a descriptor going
 *		in (__u32), an id coming out
 * @flags:	BPF_ANY, BPF_NOEXIST, BPF_EXIST, BPF_F_LOCK
 */
struct weir_map_elem {
	__u32 size;
	__u32 op;
	__u64 key;
	__u64 value;
	__u64 flags;
};

/**
 * struct weir_map_batch - WEIR_IOC_MAP_BATCH on a map descriptor: many
 * @size:	sizeof(struct weir_map_batch)
 * @op:		LOOKUP, UPDATE, DELETE or LOOKUP_DELETE
 * @keys:	user pointer: @count keys, one behind the other
 * @values:	user pointer: as many values
 * @flags:	of each
 * @start:	lookups: user pointer to the key to start behind, or 0
 * @count:	in: elements there is room for; out: elements done
 * @reserved:	0
 *
 * Lookups end with -ENOENT when they have come to the end of the map; the last
 * key they gave is the @start of the next call.
 */
struct weir_map_batch {
	__u32 size;
	__u32 op;
	__u64 keys;
	__u64 values;
	__u64 flags;
	__u64 start;
	__u32 count;
	__u32 reserved;
};

/**
 * enum weir_hook - where in the kernel a program sees packets
 * @WEIR_HOOK_PREROUTING:  netfilter, as NF_INET_PRE_ROUTING; from the network
 *			   header on (DLT_RAW), as are the four that follow
 * @WEIR_HOOK_INPUT:	   netfilter, to this host
 * @WEIR_HOOK_FORWARD:	   netfilter, through this host
 * @WEIR_HOOK_OUTPUT:	   netfilter, from this host
 * @WEIR_HOOK_POSTROUTING: netfilter, leaving
 * @WEIR_HOOK_INGRESS:	   of one device, from its link-layer header on
 * @WEIR_HOOK_EGRESS:	   of one device, from its link-layer header on
 */
enum weir_hook {
	WEIR_HOOK_PREROUTING = 0,
	WEIR_HOOK_INPUT = 1,
	WEIR_HOOK_FORWARD = 2,
	WEIR_HOOK_OUTPUT = 3,
	WEIR_HOOK_POSTROUTING = 4,
	WEIR_HOOK_INGRESS = 5,
	WEIR_HOOK_EGRESS = 6,
	WEIR_NR_HOOKS
};

/* weir_attach.flags */
#define WEIR_ATTACH_IPV4 (1u << 0) /* netfilter: IPv4 only */
#define WEIR_ATTACH_IPV6 (1u << 1) /* netfilter: IPv6 only; neither: both */
#define WEIR_ATTACH_MATCH_DROPS (1u << 2) /* socket: not 0 drops, 0 passes */
#define WEIR_ATTACH_CAPTURE \
	(1u << 3) /* socket: not 0 copies; none is dropped */
#define WEIR_ATTACH_TIME (1u << 4) /* take the time of each run */
#define WEIR_ATTACH_FLAGS                                                \
	(WEIR_ATTACH_IPV4 | WEIR_ATTACH_IPV6 | WEIR_ATTACH_MATCH_DROPS | \
	 WEIR_ATTACH_CAPTURE | WEIR_ATTACH_TIME)

#define WEIR_MAX_LINKS 1024 /* of one namespace; module/link */
#define WEIR_MAX_RINGS 1024 /* rings of one capture; module/link */

/**
 * struct weir_attach - WEIR_IOC_ATTACH on /dev/weir: put a program into the
 * path of packets
 * @size:	sizeof(struct weir_attach)
 * @prog_fd:	program descriptor
 * @hook:	enum weir_hook
 * @flags:	WEIR_ATTACH_*
 * @ifindex:	ingress, egress: the device; netfilter: 0 or the only device
 *		whose packets are meant (coming in; for output and post-routing
 *		going out)
 * @netns_fd:	network namespace, or -1 for the caller's
 * @priority:	as netfilter's; lower is earlier
 * @nr_rings:	capture: descriptors at @ring_fds
 * @ring_fds:	capture: user pointer to __s32[]: ring buffers, one for each
 *		CPU; CPU n uses number n modulo @nr_rings
 * @snaplen:	capture: bytes of a packet that are kept at most; 0: all
 * @reserved:	0
 * @name:	shown by tools, 0-terminated
 * @log:	user pointer to a text buffer, or 0: why it was refused
 * @log_size:	its size in bytes, up to WEIR_MAX_LINE; cut, ends with 0
 * @reserved2:	0
 *
 * Links with one hook, device and priority run in the order they came, until
 * one decides. What verdicts do is in Documentation/module.rst. Return of the
 * ioctl: a link descriptor (close-on-exec), or -errno.
 */
struct weir_attach {
	__u32 size;
	__s32 prog_fd;
	__u32 hook;
	__u32 flags;
	__u32 ifindex;
	__s32 netns_fd;
	__s32 priority;
	__u32 nr_rings;
	__u64 ring_fds;
	__u32 snaplen;
	__u32 reserved;
	char name[WEIR_NAME_LEN];
	__u64 log;
	__u32 log_size;
	__u32 reserved2;
};

/**
 * struct weir_link_update - WEIR_IOC_LINK_UPDATE on a link descriptor: another
 * program from the next packet on
 * @size:	sizeof(struct weir_link_update)
 * @prog_fd:	the new program, of the old one's kind; -1: detach, for good
 * @old_prog_fd: only if this one is in place (else -EBUSY); -1: whichever is
 * @flags:	0
 * @log:	user pointer to a text buffer, or 0: why it was refused
 * @log_size:	its size in bytes, up to WEIR_MAX_LINE; cut, ends with 0
 * @reserved:	0
 *
 * Each packet sees the old program or the new one. After the ioctl returned, no
 * packet sees the old one.
 */
struct weir_link_update {
	__u32 size;
	__s32 prog_fd;
	__s32 old_prog_fd;
	__u32 flags;
	__u64 log;
	__u32 log_size;
	__u32 reserved;
};

/**
 * struct weir_link_info - WEIR_IOC_LINK_INFO on a link descriptor
 * @size:	sizeof(struct weir_link_info)
 * @id:		unique in this host
 * @prog_id:	its program now
 * @detached:	1: its device or namespace is gone, or it was detached
 * @netns:	inode of its network namespace
 * @reserved:	0
 * @packets:	packets its programs saw, over all CPUs, as are the rest
 * @bytes:	in them
 * @passed:	handed on
 * @dropped:	dropped by verdict, or by a guard
 * @refused:	of those dropped: by verdicts that the hook cannot do
 * @guard_exits: runs that a guard ended
 * @captured:	copied to a ring
 * @lost:	not copied, since the ring was full
 * @run_ns:	time in the programs, with WEIR_ATTACH_TIME
 *
 * All is out but @size. packets == passed + dropped, when none is under way.
 */
struct weir_link_info {
	__u32 size;
	__u32 id;
	__u32 prog_id;
	__u32 hook;
	__u32 flags;
	__u32 ifindex;
	__s32 priority;
	__u32 detached;
	__u32 netns;
	__u32 reserved;
	__u64 packets;
	__u64 bytes;
	__u64 passed;
	__u64 dropped;
	__u64 refused;
	__u64 guard_exits;
	__u64 captured;
	__u64 lost;
	__u64 run_ns;
	char name[WEIR_NAME_LEN];
};

/**
 * struct weir_capture_record - what a capture puts into a ring, before the
 * bytes of the packet
 * @time_ns:	since 1970, by the kernel's clock
 * @len:	bytes of the packet
 * @caplen:	bytes that follow
 * @ifindex:	device
 * @hook:	enum weir_hook
 */
struct weir_capture_record {
	__u64 time_ns;
	__u32 len;
	__u32 caplen;
	__u32 ifindex;
	__u32 hook;
};

#define WEIR_PIN_LEN 64 /* of a pinned name, with its end */

/* what a name or an id stands for */
enum weir_object_type {
	WEIR_OBJECT_PROG = 1,
	WEIR_OBJECT_MAP = 2,
	WEIR_OBJECT_LINK = 3,
};

/* weir_pin.op */
enum weir_pin_op {
	WEIR_PIN_ADD = 1, /* keep what @fd stands for under @name: -EEXIST */
	WEIR_PIN_REMOVE =
		2, /* forget @name; the rest of the world may hold it */
	WEIR_PIN_OPEN = 3, /* give a descriptor of what @name stands for */
	WEIR_PIN_NEXT =
		4, /* put the name after @name in its place, "" at first */
};

/**
 * struct weir_pin - WEIR_IOC_PIN on /dev/weir: names that keep things alive
 * @size:	sizeof(struct weir_pin)
 * @op:		enum weir_pin_op
 * @fd:		ADD: descriptor of a program, map or link
 * @object:	out: enum weir_object_type
 * @id:		out: its id
 * @reserved:	0
 * @name:	0-terminated, printable, without '/'
 *
 * Names belong to the network namespace of the caller.
 * Return of the ioctl: 0, for OPEN a descriptor; -ENOENT.
 */
struct weir_pin {
	__u32 size;
	__u32 op;
	__s32 fd;
	__u32 object;
	__u32 id;
	__u32 reserved;
	char name[WEIR_PIN_LEN];
};

/**
 * struct weir_next - WEIR_IOC_NEXT and WEIR_IOC_OPEN on /dev/weir
 * @size:	sizeof(struct weir_next)
 * @object:	enum weir_object_type
 * @id:		NEXT: the least id over this one comes back; 0 at first.
 *		OPEN: a descriptor of this one is given
 * @reserved:	0
 *
 * -ENOENT after the last.
 */
struct weir_next {
	__u32 size;
	__u32 object;
	__u32 id;
	__u32 reserved;
};

/* weir_guard_record.state: of the word that a handler is attached by */
enum weir_guard_state {
	WEIR_GUARD_IDLE = 0, /* nothing is attached */
	WEIR_GUARD_BUSY = 1, /* that is being changed */
	WEIR_GUARD_PATCHED = 2, /* a handler is attached */
};

/* weir_bridge.flags, weir_guard_record.flags */
#define WEIR_BRIDGE_VERDICT (1u << 0) /* the handler's verdict counts */
#define WEIR_BRIDGE_FLAGS WEIR_BRIDGE_VERDICT
#define WEIR_BRIDGE_STACK 256 /* bytes over all frames of a handler */

/**
 * struct weir_guard_record - one guard of a loaded program
 * @number:	by which all else names it
 * @kind:	enum weir_guard_kind
 * @pc:		eBPF instruction it protects
 * @line:	of the source, as weir_load.lines has it; 0: not known
 * @state:	enum weir_guard_state
 * @flags:	WEIR_BRIDGE_*, of the handler
 * @code_off:	byte offset of its first branch in the image, or WEIR_NO_FIELD if
 *		it is interpreted, or can never fail
 * @stub_off:	byte offset of its stub, likewise: the word that is patched
 * @fail_verdict: of a run that it ends
 * @count:	runs it has ended, over all CPUs
 * @handled:	of those, runs of its handler
 * @handler_id:	program that is its handler, or 0
 * @map_bytes:	of its exit map
 */
struct weir_guard_record {
	__u32 number;
	__u32 kind;
	__u32 pc;
	__u32 line;
	__u32 state;
	__u32 flags;
	__u32 code_off;
	__u32 stub_off;
	__u64 fail_verdict;
	__u64 count;
	__u64 handled;
	__u32 handler_id;
	__u32 map_bytes;
};

/**
 * struct weir_guards - WEIR_IOC_GUARDS on a program descriptor
 * @size:	sizeof(struct weir_guards)
 * @first:	number of the first guard that is wanted
 * @nr:		in: room at @records; out: records there
 * @record_bytes: in: sizeof(struct weir_guard_record), distance of two records;
 *		out: bytes of each that were written
 * @records:	user pointer
 * @nr_guards:	out: guards of the program
 * @reserved:	0
 */
struct weir_guards {
	__u32 size;
	__u32 first;
	__u32 nr;
	__u32 record_bytes;
	__u64 records;
	__u32 nr_guards;
	__u32 reserved;
};

/* weir_bridge.op */
enum weir_bridge_op {
	WEIR_BRIDGE_ATTACH = 1,
	WEIR_BRIDGE_DETACH = 2,
};

/**
 * struct weir_bridge - WEIR_IOC_BRIDGE on a program descriptor: a handler, which
 * runs when a guard has ended a run
 * @size:	sizeof(struct weir_bridge)
 * @op:		enum weir_bridge_op
 * @guard:	number of the guard
 * @handler_fd:	ATTACH: descriptor of a program of the same kind; DETACH: -1
 * @flags:	WEIR_BRIDGE_*
 * @reserved:	0
 *
 * -ENOENT no such guard, or nothing to detach; -EEXIST there is a handler;
 * -EBUSY it is being changed; -EINVAL a handler of another kind; -E2BIG it needs
 * more stack than is kept for handlers; -ELOOP a handler has handlers itself;
 * -EOPNOTSUPP it makes tail calls, or the host can patch nothing; -ENOSPC no room
 * for code; -ERANGE it is too far away; -ENOLINK the program is going away.
 * After an error all is as it was.
 */
struct weir_bridge {
	__u32 size;
	__u32 op;
	__u32 guard;
	__s32 handler_fd;
	__u32 flags;
	__u32 reserved;
};

/**
 * enum weir_resource - what is counted and limited
 * @WEIR_RESOURCE_PROGRAMS:   programs loaded
 * @WEIR_RESOURCE_CODE_BYTES: their machine code
 * @WEIR_RESOURCE_MAPS:	      maps
 * @WEIR_RESOURCE_MAP_BYTES:  their memory
 */
enum weir_resource {
	WEIR_RESOURCE_PROGRAMS = 0,
	WEIR_RESOURCE_CODE_BYTES = 1,
	WEIR_RESOURCE_MAPS = 2,
	WEIR_RESOURCE_MAP_BYTES = 3,
	WEIR_NR_RESOURCES
};

#define WEIR_NO_LIMIT 0xffffffffffffffffull

/**
 * struct weir_usage - of one resource
 * @used:	now
 * @limit:	at most, or WEIR_NO_LIMIT
 */
struct weir_usage {
	__u64 used;
	__u64 limit;
};

#define WEIR_ROOM_RESOURCES 8 /* rows there is room for in weir_limits */

/**
 * struct weir_limits - WEIR_IOC_LIMITS on /dev/weir: what is used, and allowed
 * @size:	sizeof(struct weir_limits)
 * @nr:		out: resources that the kernel knows
 * @code_total:	out: bytes of code memory
 * @code_used:	out: of those in use
 * @code_free:	out: largest piece that is free
 * @file:	out: by enum weir_resource: what was made through this open file
 *		and is still there
 * @host:	out: the same, of all together
 *
 * Limits are parameters of the module. A request that would exceed one fails
 * with -EDQUOT, and its log has the numbers.
 */
struct weir_limits {
	__u32 size;
	__u32 nr;
	__u64 code_total;
	__u64 code_used;
	__u64 code_free;
	struct weir_usage file[WEIR_ROOM_RESOURCES];
	struct weir_usage host[WEIR_ROOM_RESOURCES];
};

/**
 * struct weir_evict - WEIR_IOC_EVICT on /dev/weir: detach all links of all
 * network namespaces, for good, and forget all names
 * @size:	sizeof(struct weir_evict)
 * @flags:	0
 * @nr_links:	out: links that were attached
 * @nr_names:	out: names there were
 *
 * For who has CAP_NET_ADMIN in the host (else -EPERM). What processes hold by
 * descriptors stays theirs, and so the module stays until they are closed.
 */
struct weir_evict {
	__u32 size;
	__u32 flags;
	__u32 nr_links;
	__u32 nr_names;
};

#define WEIR_IOC_MAGIC 0xb7
#define WEIR_IOC_LOAD _IOWR(WEIR_IOC_MAGIC, 1, struct weir_load)
#define WEIR_IOC_PROG_INFO _IOWR(WEIR_IOC_MAGIC, 2, struct weir_prog_info)
#define WEIR_IOC_TEST_RUN _IOWR(WEIR_IOC_MAGIC, 3, struct weir_test_run)
#define WEIR_IOC_MAP_CREATE _IOWR(WEIR_IOC_MAGIC, 4, struct weir_map_create)
#define WEIR_IOC_MAP_INFO _IOWR(WEIR_IOC_MAGIC, 5, struct weir_map_info)
#define WEIR_IOC_MAP_ELEM _IOWR(WEIR_IOC_MAGIC, 6, struct weir_map_elem)
#define WEIR_IOC_MAP_BATCH _IOWR(WEIR_IOC_MAGIC, 7, struct weir_map_batch)
#define WEIR_IOC_ATTACH _IOWR(WEIR_IOC_MAGIC, 8, struct weir_attach)
#define WEIR_IOC_LINK_UPDATE _IOWR(WEIR_IOC_MAGIC, 9, struct weir_link_update)
#define WEIR_IOC_LINK_INFO _IOWR(WEIR_IOC_MAGIC, 10, struct weir_link_info)
#define WEIR_IOC_PIN _IOWR(WEIR_IOC_MAGIC, 11, struct weir_pin)
#define WEIR_IOC_NEXT _IOWR(WEIR_IOC_MAGIC, 12, struct weir_next)
#define WEIR_IOC_OPEN _IOWR(WEIR_IOC_MAGIC, 13, struct weir_next)
#define WEIR_IOC_LIMITS _IOWR(WEIR_IOC_MAGIC, 14, struct weir_limits)
#define WEIR_IOC_EVICT _IOWR(WEIR_IOC_MAGIC, 15, struct weir_evict)
#define WEIR_IOC_PARAM _IOWR(WEIR_IOC_MAGIC, 20, struct weir_param)
#define WEIR_IOC_ASSUME _IOWR(WEIR_IOC_MAGIC, 21, struct weir_assume)
#define WEIR_IOC_GUARDS _IOWR(WEIR_IOC_MAGIC, 24, struct weir_guards)
#define WEIR_IOC_BRIDGE _IOWR(WEIR_IOC_MAGIC, 25, struct weir_bridge)

#endif
