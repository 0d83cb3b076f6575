// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The back end that runs programs in this process: over runtime/loaded. */
#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/host.h"
#include "base/log.h"
#include "base/map.h"
#include "base/prog.h"
#include "base/run.h"
#include "verifier/facts.h"
#include "jit/arch.h"
#include "jit/codemem.h"
#include "jit/compile.h"
#include "runtime/assume.h"
#include "runtime/bridge.h"
#include "runtime/loaded.h"
#include "runtime/packet.h"
#include "tools/lib/backend_process.h"
#include "tools/lib/map.h"
#include "tools/lib/perf_map.h"

static int process_load(struct weir_program *prog, const void *insns,
			uint32_t nr_insns, uint32_t flags,
			struct weir_load_opts *opts)
{
	struct weir_map *maps[WEIR_MAX_MAPS];
	struct weir_loaded_attr attr = {
		.kind = opts->kind,
		.flags = flags,
		.insns = insns,
		.nr_insns = nr_insns,
		.fail_verdict = opts->fail_verdict,
		.name = opts->name,
		.maps = maps,
		.nr_maps = opts->nr_maps,
		.params = opts->params,
		.nr_params = opts->nr_params,
		.params_bytes = opts->params_bytes,
		.assume = opts->assume,
		.quiet_ms = opts->quiet_ms,
		.threshold = opts->threshold,
		.features = weir_host_cpu_features() & ~opts->no_features,
		.passes = WEIR_PASSES_ALL & ~opts->no_passes,
	};
	struct weir_rejection rej = { 0 };
	struct weir_line_of *lines;
	struct weir_log log;
	int err;

	for (u32 i = 0; i < opts->nr_maps; i++)
		maps[i] = opts->maps[i]->core;
	weir_log_init(&log, opts->log, opts->log ? opts->log_size : 0);
	attr.nr_lines = weir_program_lines(prog, nr_insns, &lines);
	attr.lines = lines;
	err = weir_loaded_create(&attr, &log, &rej, &prog->loaded);
	free(lines);
	if (err) {
		opts->reject_nr = rej.nr;
		opts->reject_pc = rej.pc;
		if (rej.nr)
			weir_opts_say(opts, "%s",
				      rej.detail[0] ? rej.detail
						    : weir_reject_text(rej.nr));
		else if (err == -ENOSPC)
			weir_opts_say(opts, "the code arena is full");
		return err;
	}
	if (!prog->loaded->code && opts->engine == WEIR_ENGINE_JIT) {
		weir_loaded_put(prog->loaded);
		weir_opts_say(opts, "this host cannot execute ARM code");
		return -EOPNOTSUPP;
	}
	prog->engine = prog->loaded->code ? WEIR_ENGINE_JIT
					  : WEIR_ENGINE_INTERP;
	if (prog->loaded->code)
		prog->arch = weir_arch_name(prog->loaded->code->image->arch);
	perf_map_note(prog->loaded);
	return 0;
}

/*
 * A run's packet in a buffer of its own. Socket programs cannot write to it and
 * run on the caller's; if the ends of the packet do not move, there is no byte
 * around it.
 */
static int process_run(struct weir_program *prog, struct weir_run_opts *opts)
{
	const struct weir_loaded *loaded = prog->loaded;
	bool moves = loaded->moves_packet;
	struct weir_packet packet;
	u8 *buffer = (u8 *)opts->data;
	u32 headroom, room;
	struct weir_run run;
	u8 *copy = NULL;
	u64 start, left;

	room = weir_packet_room(loaded->prog, moves, opts->data_size,
				&headroom);
	if (prog->kind != WEIR_KIND_SOCKET) {
		copy = malloc(room ? room : 1);
		if (!copy)
			return -ENOMEM;
		memcpy(copy + headroom, opts->data, opts->data_size);
		buffer = copy;
	}
	weir_packet_init(&packet, &run, loaded->prog, moves, buffer,
			 opts->data_size, opts->wire_len);
	start = weir_host_now_ns();
	for (u32 i = 0; i < opts->repeat; i++)
		opts->verdict = weir_loaded_run(prog->loaded, &run);
	opts->duration_ns = weir_host_now_ns() - start;
	opts->exit = run.exit;

	left = run.data_end - run.data;
	if (opts->data_out)
		memcpy(opts->data_out, (void *)(uintptr_t)run.data,
		       min_t(u64, left, opts->data_out_size));
	opts->data_out_size = (u32)left;
	free(copy);
	return 0;
}

static void copy_guards(const struct weir_loaded *loaded,
			struct weir_guard_info *out, u32 room)
{
	const struct weir_facts *facts = loaded->facts;
	const struct weir_image *image = loaded->code ? loaded->code->image
						      : NULL;

	for (u32 i = 0; i < facts->nr_guards && i < room; i++) {
		out[i] = (struct weir_guard_info){
			.pc = facts->guard[i].pc,
			.kind = facts->guard[i].kind,
			.code_off = image ? image->guard[i].branch_off : 0,
			.stub_off = image ? image->guard[i].stub_off : 0,
			.count = weir_loaded_guard_count(loaded, i),
		};
	}
}

static void copy_map_ids(const struct weir_prog *prog, u32 *ids, u32 room)
{
	for (u32 i = 0; i < min(room, prog->params); i++)
		ids[i] = prog->maps[i]->id;
}

static int process_info(struct weir_program *prog, struct weir_prog_info *info)
{
	const struct weir_loaded *loaded = prog->loaded;
	const struct weir_prog *p = loaded->prog;
	const struct weir_image *image = loaded->code ? loaded->code->image
						      : NULL;
	u32 image_bytes = image ? image->nr_words * 4 : 0;

	if (info->insns)
		memcpy((void *)(uintptr_t)info->insns, p->insns,
		       min_t(size_t, info->nr_insns, p->nr_insns) *
			       sizeof(*p->insns));
	if (info->guards)
		copy_guards(loaded, (void *)(uintptr_t)info->guards,
			    info->nr_guards);
	if (info->image && image)
		memcpy((void *)(uintptr_t)info->image, image->words,
		       min_t(u32, info->image_bytes, image_bytes));
	info->kind = p->kind;
	info->flags = loaded->flags;
	info->nr_insns = p->nr_insns;
	info->nr_guards = loaded->facts->nr_guards;
	info->image_bytes = image_bytes;
	info->body_off = image ? image->body_off : 0;
	info->stubs_off = image ? image->stubs_off : 0;
	info->pool_off = image ? image->pool_off : 0;
	info->runs = weir_loaded_runs(loaded);
	info->guard_exits = 0;
	for (u32 i = 0; i < loaded->facts->nr_guards; i++)
		info->guard_exits += weir_loaded_guard_count(loaded, i);
	info->load_ns = loaded->load_ns;
	if (info->map_ids)
		copy_map_ids(p, (void *)(uintptr_t)info->map_ids,
			     info->nr_maps);
	info->nr_maps = p->params;
	info->id = loaded->id;
	memcpy(info->name, p->name, sizeof(info->name));
	return 0;
}

static int process_param(struct weir_program *prog, struct weir_param *param)
{
	if (param->op == WEIR_PARAM_SET)
		return weir_loaded_set_param(prog->loaded, &param->def);
	return weir_loaded_param(prog->loaded, param->index, &param->def);
}

static int process_guards(struct weir_program *prog, struct weir_guards *guards)
{
	struct weir_guard_record *records = (void *)(uintptr_t)guards->records;
	u32 have = prog->loaded->facts->nr_guards;
	u32 nr = guards->first < have ? min(guards->nr, have - guards->first)
				      : 0;

	for (u32 i = 0; i < nr; i++)
		weir_bridge_record(prog->loaded, guards->first + i,
				   &records[i]);
	guards->nr = nr;
	guards->nr_guards = have;
	return 0;
}

static int process_bridge(struct weir_program *prog, uint32_t guard,
			  struct weir_program *handler, uint32_t flags)
{
	if (!handler)
		return weir_bridge_detach(prog->loaded, guard);
	return weir_bridge_attach(prog->loaded, guard, handler->loaded, flags,
				  true);
}

static int process_assume(struct weir_program *prog, struct weir_assume *op)
{
	return weir_assume_op(prog->loaded->assume, op);
}

static void process_free(struct weir_program *prog)
{
	weir_loaded_put(prog->loaded);
}

const struct weir_backend_ops weir_backend_process = {
	.load = process_load,
	.run = process_run,
	.info = process_info,
	.param = process_param,
	.guards = process_guards,
	.bridge = process_bridge,
	.assume = process_assume,
	.free = process_free,
	.map_create = process_map_create,
	.map_info = process_map_info,
	.map_elem = process_map_elem,
	.map_batch = process_map_batch,
	.map_set_program = process_map_set_program,
	.map_set_map = process_map_set_map,
	.map_share = process_map_share,
	.map_mmap = process_map_mmap,
	.map_munmap = process_map_munmap,
	.map_ring = process_map_ring,
	.map_unring = process_map_unring,
	.map_free = process_map_free,
};
