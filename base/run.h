/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The run context: what a program sees of one packet, and how its run ended.
 *
 * Emitted code reads and writes these fields by their offsets; helpers get a
 * pointer to it. It is also what R1 points to in kinds that have a context: a
 * program never reads it directly, each context access is turned into an
 * access to one of these fields (ctx.def), so the layout is ours to choose.
 * Pointers are kept as 64-bit values with a zero upper half on 32-bit hosts.
 *
 * data <= data_end; linear_len == data_end - data, and is at most
 * WEIR_MAX_LINEAR (kind mem: WEIR_MAX_BUFFER), which the verifier counts on: what
 * is longer is shown cut. LD_ABS and LD_IND read
 * [data, data_end). `len` is what the program is told the packet's length is
 * (on the wire), which may be more.
 */
#ifndef WEIR_BASE_RUN_H
#define WEIR_BASE_RUN_H

#include <linux/types.h>
#include "uapi/weir.h"

#define WEIR_MAX_BASES 16 /* map values in one program that need guards */
#define WEIR_MAX_HELD 4 /* records a run may hold at a time; verifier */

struct weir_packet_ops;
struct weir_run;

/*
 * How a helper calls the function at @pc of the program back: R1 to R4 in, R0
 * out. What it means, runtime/callback.h says.
 */
typedef u64 (*weir_call_fn)(struct weir_run *run, u64 pc, u64 a1, u64 a2,
			    u64 a3, u64 a4);

struct weir_run {
	/* data is beside both: code loads either pair at once */
	u64 linear_len;
	u64 data;
	u64 data_end;
	u64 data_meta;
	u64 fuel; /* back edges left; a guard at 0 */
	u32 len;
	u32 tail_calls; /* tail calls left; a guard at 0 */

	/* kind mem: R1 and R2 at entry are data and linear_len */

	/* struct __sk_buff and struct xdp_md, by their names there */
	u32 pkt_type;
	u32 mark;
	u32 queue_mapping;
	u32 protocol; /* network byte order, zero-extended */
	u32 vlan_present;
	u32 vlan_tci;
	u32 vlan_proto;
	u32 priority;
	u32 ingress_ifindex;
	u32 ifindex;
	u32 cb[5]; /* 8-aligned: programs load it in pairs */
	u32 tc_index;
	u32 hash;
	u32 tc_classid;
	u32 napi_id;
	u32 family;
	u32 gso_segs;
	u32 gso_size;
	u32 tstamp_type;
	u64 tstamp;
	u64 hwtstamp;
	u32 wire_len;
	u32 rx_queue_index;
	u32 egress_ifindex;
	u32 net_off; /* offset of the network header from data */
	u32 hatype; /* ARPHRD_*, for classic ancillary loads */
	u32 nlattr_pad;

	struct weir_exit_record exit;

	/* map values that guards measure from: facts say where they are set */
	u64 base[WEIR_MAX_BASES];

	/*
	 * What helpers acquired for the program and it has not given back, 0
	 * where there is nothing: records of ring buffers, and a struct
	 * bpf_spin_lock. After a return nothing is held; a run that a guard
	 * ends may hold some, and whoever started it gives them back.
	 */
	u64 held[WEIR_MAX_HELD];
	u64 lock;

	/* for helpers: what the packet belongs to; never read by programs */
	void *owner; /* of its bytes: struct weir_packet of a test run */
	const void *program; /* struct weir_loaded */
	const struct weir_packet_ops *packet;
	unsigned long lock_state; /* of @lock */

	/*
	 * Handlers (runtime/bridge.h). A guard's stub that was patched leads
	 * here: who handles the exit. And in the handler: what it handles.
	 */
	const void *handler; /* struct weir_handler, or NULL */
	const struct weir_exit_record *handled; /* or NULL: not in a handler */
	u32 handled_bytes; /* of that the handler may see */

	/* set by the engine at entry, for helpers that call back */
	weir_call_fn call;
	void *engine; /* the engine's own */

	/* tail calls: runtime/tail_call.h */
	const void *next; /* struct weir_loaded to go on with, or NULL */
	u64 tail_verdict;
	u32 tail_nests; /* runs under way on top of each other */
	u32 cpu; /* where the run began; below weir_host_nr_cpus() */
};

/*
 * run->exit.kind inside the run time only: a helper that calls back ran out of
 * fuel. The engine makes it a guard's exit, by the FUEL guard of the call.
 */
#define WEIR_EXIT_FUEL 2

/**
 * struct weir_packet_ops - what helpers can do to the packet of a run
 * @load:	bytes [@off, @off + @size) from the packet's start, which may lie
 *		behind the linear ones. -EFAULT if they are not there
 * @store:	the other way round; the packet is made writable first
 * @move_head:	start at @delta bytes from now (< 0: more room in front, which
 *		holds anything). -EINVAL if there is no such room
 * @move_meta:	the same of the metadata before the packet
 * @set_size:	cut, or lengthen with zeroes. -EINVAL if there is no room
 * @pull:	make [0, @size) linear and writable; 0: what is linear already.
 *		-ENOMEM if the packet is shorter
 * @want:	another program goes on, which asks for @size linear bytes if
 *		there are so many, and with @writes for bytes of its own. False:
 *		they cannot be made its own, and nothing has changed. NULL: they
 *		all are linear, and the run's own
 * @vlan_push:	put a tag on the packet, as skb_vlan_push(): a tag that it has
 *		goes into its bytes. @proto is in network order
 * @vlan_pop:	the other way round
 * @get_hash:	of the packet's flow, computed if need be; run->hash then has it
 * @set_hash:	take this for it; 0: it is to be computed again
 *
 * Each leaves the run's data, data_end, data_meta, linear_len, len and what else
 * tells of the packet as they are then; on an error as they were. Any context
 * that the packet allows.
 */
struct weir_packet_ops {
	int (*load)(struct weir_run *run, u32 off, void *to, u32 size);
	int (*store)(struct weir_run *run, u32 off, const void *from, u32 size);
	int (*move_head)(struct weir_run *run, s32 delta);
	int (*move_meta)(struct weir_run *run, s32 delta);
	int (*set_size)(struct weir_run *run, u32 size);
	int (*vlan_push)(struct weir_run *run, u16 proto, u16 tci);
	int (*vlan_pop)(struct weir_run *run);
	u32 (*get_hash)(struct weir_run *run);
	void (*set_hash)(struct weir_run *run, u32 hash);
	int (*pull)(struct weir_run *run, u32 size);
	bool (*want)(struct weir_run *run, u32 size, bool writes);
};

#endif
