// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The pipeline as one call, and the life of what it makes. */
#include <linux/kernel.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "base/account.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/log.h"
#include "base/map.h"
#include "base/param.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/arch.h"
#include "jit/codemem.h"
#include "jit/compile.h"
#include "runtime/assume.h"
#include "runtime/bridge.h"
#include "runtime/helpers.h"
#include "runtime/interp.h"
#include "runtime/loaded.h"
#include "runtime/map/params.h"
#include "runtime/map/prog_array.h"
#include "runtime/packet.h"
#include "verifier/facts.h"

static u64 nr_loaded;

u32 weir_loaded_nr(void)
{
	return (u32) * (volatile u64 *)&nr_loaded;
}

/* A table of parameters becomes the block of the program that is loaded. */
static int make_params(const struct weir_loaded_attr *attr,
		       struct weir_rejection *rej, struct weir_map **out)
{
	const char *wrong;
	u32 bad;

	if (!attr->nr_params)
		return attr->params_bytes ? -EINVAL : 0;
	wrong = weir_param_check(attr->params, attr->nr_params,
				 attr->params_bytes, &bad);
	if (wrong && bad == attr->nr_params)
		return weir_reject(rej, WEIR_REJECT_BAD_PARAM, 0, "%s", wrong);
	if (wrong)
		return weir_reject(rej, WEIR_REJECT_BAD_PARAM, 0,
				   "parameter %u (%.*s): %s", bad,
				   WEIR_PARAM_NAME_LEN - 1,
				   attr->params[bad].name, wrong);
	return weir_params_create(attr->params, attr->nr_params,
				  attr->params_bytes, out);
}

/* The program's own maps, and its block of parameters behind them. */
static int load_maps(const struct weir_loaded_attr *attr,
		     struct weir_map *block, struct weir_rejection *rej,
		     struct weir_prog **out)
{
	const u32 nr = attr->nr_maps + 1;
	struct weir_map **maps;
	int err;

	if (!block || attr->nr_maps >= WEIR_MAX_MAPS)
		return weir_prog_load_maps(attr->kind, attr->insns,
					   attr->nr_insns, attr->maps,
					   attr->nr_maps + (block != NULL), rej,
					   out);
	maps = weir_host_alloc(nr * sizeof(struct weir_map *));
	if (!maps)
		return -ENOMEM;
	if (attr->nr_maps)
		memcpy(maps, attr->maps,
		       attr->nr_maps * sizeof(struct weir_map *));
	maps[attr->nr_maps] = block;
	err = weir_prog_load_maps(attr->kind, attr->insns, attr->nr_insns, maps,
				  nr, rej, out);
	weir_host_free(maps);
	return err;
}

static int load_ebpf(const struct weir_loaded_attr *attr,
		     struct weir_rejection *rej, struct weir_prog **out)
{
	struct weir_map *block = NULL;
	int err = make_params(attr, rej, &block);

	if (!err)
		err = load_maps(attr, block, rej, out);
	weir_map_put(block);
	return err;
}

int weir_loaded_prog(const struct weir_loaded_attr *attr,
		     struct weir_rejection *rej, struct weir_prog **out)
{
	int err;

	if (attr->flags & ~WEIR_LOAD_FLAGS)
		return -EINVAL;
	if (attr->flags & WEIR_LOAD_CLASSIC) {
		if (attr->fail_verdict || attr->nr_params)
			return -EINVAL;
		err = weir_prog_load_classic(attr->insns, attr->nr_insns, rej,
					     out);
	} else {
		err = load_ebpf(attr, rej, out);
	}
	if (err)
		return err;
	(*out)->fail_verdict = attr->fail_verdict;
	if (attr->name)
		scnprintf((*out)->name, sizeof((*out)->name), "%s", attr->name);
	return 0;
}

static int charge(struct weir_account *account, enum weir_resource resource,
		  u64 amount, struct weir_log *log)
{
	struct weir_refusal why;
	int err = weir_account_charge(account, resource, amount, &why);

	if (err)
		weir_account_explain(&why, log);
	return err;
}

static void say_full(const struct weir_image *image, struct weir_log *log)
{
	struct weir_codemem_stats stats;

	weir_codemem_stats(&stats);
	weir_log_printf(log,
			"code memory: %u bytes wanted, %llu of %llu in use, "
			"largest free piece %llu\n",
			weir_code_bytes(image), (unsigned long long)stats.used,
			(unsigned long long)stats.total,
			(unsigned long long)stats.largest_free);
}

/* The image's owner is *out, or still the caller. */
static int publish(struct weir_account *account, struct weir_image *image,
		   struct weir_log *log, struct weir_code **out)
{
	u32 bytes = weir_code_bytes(image);
	int err = charge(account, WEIR_RESOURCE_CODE_BYTES, bytes, log);

	if (err)
		return err;
	err = weir_code_publish(image, out);
	if (!err)
		return 0;
	weir_account_return(account, WEIR_RESOURCE_CODE_BYTES, bytes);
	if (err == -ENOSPC)
		say_full(image, log);
	return err;
}

/*
 * Compile and publish. A host that cannot execute code interprets: *out stays
 * NULL.
 */
static int compile(const struct weir_loaded_attr *attr,
		   const struct weir_prog *prog, const struct weir_facts *facts,
		   struct weir_log *log, struct weir_code **out)
{
	const struct weir_compile_opts opts = {
		.arch = weir_arch_native(),
		.features = attr->features & weir_host_cpu_features(),
		.passes = attr->passes,
	};
	struct weir_image *image;
	int err;

	if ((attr->flags & WEIR_LOAD_INTERP) || !opts.arch)
		return 0;
	err = weir_compile(prog, facts, &opts, &image);
	if (err)
		return err;
	err = publish(attr->account, image, log, out);
	if (err)
		weir_image_free(image);
	return err == -EOPNOTSUPP ? 0 : err;
}

/* Programs that call through an array are of the kind of those in it. */
static int claim_arrays(const struct weir_prog *prog, struct weir_log *log)
{
	u32 pc;
	int err;

	for (pc = 0; pc < prog->nr_insns; pc++) {
		const struct bpf_insn *insn = &prog->insns[pc];
		struct weir_map *map;

		if (!weir_insn_is_wide(insn))
			continue;
		pc++;
		if (insn->src_reg != BPF_PSEUDO_MAP_IDX)
			continue;
		map = prog->maps[insn->imm];
		if (map->def.type != BPF_MAP_TYPE_PROG_ARRAY)
			continue;
		err = weir_prog_array_claim(map, prog->kind);
		if (!err)
			continue;
		weir_log_printf(
			log,
			"program array %s is for programs of another kind\n",
			map->def.name);
		return err;
	}
	return 0;
}

/* Rows of two CPUs share no cache line, or each would wait for the other. */
#define COUNTERS_PER_LINE (64 / sizeof(u64))

/* A CPU's counters: its runs, then its exits of each guard. */
static u64 *counters(const struct weir_loaded *loaded, u32 cpu)
{
	return loaded->counters + (size_t)cpu * loaded->counters_apart;
}

static int alloc_counters(struct weir_loaded *loaded)
{
	loaded->nr_cpus = weir_host_nr_cpus();
	loaded->counters_apart =
		(u32)ALIGN(1 + loaded->facts->nr_guards, COUNTERS_PER_LINE);
	loaded->counters = weir_host_alloc(
		(size_t)loaded->nr_cpus * loaded->counters_apart * sizeof(u64));
	loaded->guard = weir_host_alloc((size_t)loaded->facts->nr_guards *
					sizeof(*loaded->guard));
	return loaded->counters && loaded->guard ? 0 : -ENOMEM;
}

/* Guards come by rising pc, and so do lines; of others, some line is told. */
static void note_lines(struct weir_loaded *loaded,
		       const struct weir_line_of *lines, u32 nr_lines)
{
	const struct weir_facts *facts = loaded->facts;
	u32 at = 0;
	u32 i;

	for (i = 0; nr_lines && i < facts->nr_guards; i++) {
		u32 pc = weir_prog_origin(loaded->prog, facts->guard[i].pc);

		while (at + 1 < nr_lines && lines[at + 1].pc <= pc)
			at++;
		if (lines[at].pc <= pc)
			loaded->guard[i].line = lines[at].line;
	}
}

static void destroy(struct weir_loaded *loaded)
{
	weir_assume_destroy(loaded->assume);
	if (loaded->guard)
		weir_bridge_drop(loaded);
	weir_host_free(loaded->guard);
	weir_host_free(loaded->counters);
	if (loaded->code) {
		weir_account_return(loaded->account, WEIR_RESOURCE_CODE_BYTES,
				    loaded->code->bytes);
		weir_code_free(loaded->code);
	}
	if (loaded->facts)
		weir_facts_free(loaded->facts);
	weir_prog_free(loaded->prog);
	weir_account_return(loaded->account, WEIR_RESOURCE_PROGRAMS, 1);
	weir_account_put(loaded->account);
	weir_host_free(loaded);
}

static void log_rejection(struct weir_log *log,
			  const struct weir_rejection *rej)
{
	weir_log_printf(log, "refused at %u: %s (%s): %s\n", rej->pc,
			weir_reject_text(rej->nr), weir_reject_name(rej->nr),
			rej->detail);
}

int weir_loaded_create(const struct weir_loaded_attr *attr,
		       struct weir_log *log, struct weir_rejection *rej,
		       struct weir_loaded **out)
{
	u64 start = weir_host_now_ns();
	struct weir_loaded *loaded;
	int err;

	loaded = weir_host_alloc(sizeof(*loaded));
	if (!loaded)
		return -ENOMEM;
	err = charge(attr->account, WEIR_RESOURCE_PROGRAMS, 1, log);
	if (err) {
		weir_host_free(loaded);
		return err;
	}
	loaded->account = weir_account_get(attr->account);
	loaded->refs = 1;
	loaded->id = weir_host_new_id();
	loaded->flags = attr->flags;
	err = weir_loaded_prog(attr, rej, &loaded->prog);
	if (err)
		goto refused;
	/* Text that nobody gets is not written: it costs more than the rest. */
	err = weir_verify(loaded->prog, attr->flags & WEIR_LOAD_STRICT,
			  log && log->size ? log : NULL, rej, &loaded->facts);
	if (err)
		goto refused;
	err = weir_assume_check(loaded->prog, attr->assume, rej);
	if (err)
		goto refused;
	err = claim_arrays(loaded->prog, log);
	if (err)
		goto failed;
	err = compile(attr, loaded->prog, loaded->facts, log, &loaded->code);
	if (err)
		goto failed;
	if (loaded->code)
		weir_loaded_set_entry(loaded, loaded->code);
	err = alloc_counters(loaded);
	if (!err)
		err = weir_assume_create(loaded, attr);
	if (err)
		goto failed;
	note_lines(loaded, attr->lines, attr->nr_lines);
	loaded->moves_packet = weir_packet_may_move(loaded->prog);
	loaded->writes_packet =
		weir_packet_is_written(loaded->prog, loaded->facts);
	weir_host_ref_get(&nr_loaded);
	loaded->load_ns = weir_host_now_ns() - start;
	*out = loaded;
	return 0;

refused:
	if (rej && rej->nr)
		log_rejection(log, rej);
failed:
	destroy(loaded);
	return err;
}

struct weir_loaded *weir_loaded_get(struct weir_loaded *loaded)
{
	weir_host_ref_get(&loaded->refs);
	return loaded;
}

void weir_loaded_put(struct weir_loaded *loaded)
{
	if (!loaded || !weir_host_ref_put(&loaded->refs))
		return;
	if (loaded->gone)
		loaded->gone(loaded);
	if (loaded->shared)
		weir_host_rcu_wait();
	weir_host_ref_put(&nr_loaded);
	destroy(loaded);
}

/* A CPU that came later than the program counts with the last one. */
static u32 cpu_of(const struct weir_run *run, const struct weir_loaded *loaded)
{
	return min(run->cpu, loaded->nr_cpus - 1);
}

/* run->call of code. What runs now, run->program says, also after tail calls. */
static u64 call_code(struct weir_run *run, u64 pc, u64 a1, u64 a2, u64 a3,
		     u64 a4)
{
	const struct weir_loaded *loaded = run->program;
	weir_callback_fn function = weir_code_callback(loaded->code, pc);

	if (WARN_ON_ONCE(!function)) {
		run->exit.kind = WEIR_EXIT_FUEL;
		return 0;
	}
	return function(run, a1, a2, a3, a4);
}

void weir_loaded_set_entry(struct weir_loaded *loaded,
			   const struct weir_code *code)
{
	WRITE_ONCE(loaded->entry, code->rx);
}

const u8 *weir_loaded_entry(const struct weir_loaded *loaded)
{
	return READ_ONCE(loaded->entry);
}

static u64 enter(const struct weir_loaded *loaded, struct weir_run *run)
{
	run->call = call_code;
	if (loaded->code)
		return ((weir_entry_fn)(uintptr_t)weir_loaded_entry(loaded))(
			run);
	return weir_interp(loaded->prog, loaded->facts, run);
}

u64 weir_loaded_execute(const struct weir_loaded *loaded, struct weir_run *run)
{
	u64 verdict;

	do {
		run->next = NULL;
		verdict = enter(loaded, run);
		loaded = run->next;
	} while (loaded);
	if (run->exit.kind == WEIR_EXIT_GUARD) {
		/* Of whatever program it was, on top of this one or after it. */
		loaded = run->program;
		verdict = loaded->prog->fail_verdict;
	}
	return verdict;
}

/* Code knows its guard by number; what pc that is, the facts know. */
static void count_guard_exit(struct weir_run *run)
{
	const struct weir_loaded *loaded = run->program; /* the last one */
	const struct weir_facts *facts = loaded->facts;

	if (loaded->code && !weir_assume_exit(loaded->assume, run))
		weir_image_exit(loaded->code->image, run);
	/* It may have been one that the generic code has not. */
	if (run->exit.guard == WEIR_NO_GUARD ||
	    WARN_ON_ONCE(run->exit.guard >= facts->nr_guards))
		return;
	weir_host_count(
		&counters(loaded, cpu_of(run, loaded))[1 + run->exit.guard]);
}

void weir_loaded_release(struct weir_run *run)
{
	u32 i;

	for (i = 0; i < WEIR_MAX_HELD; i++)
		if (run->held[i])
			weir_helper_ringbuf_discard(run, run->held[i], 0, 0, 0,
						    0);
	if (run->lock)
		weir_helper_spin_unlock(run, run->lock, 0, 0, 0, 0);
}

/* Maps: without, there is nothing that could be held. */
static void forget_held(struct weir_run *run)
{
	memset(run->held, 0, sizeof(run->held));
	run->lock = 0;
	run->tail_nests = 0;
}

u64 weir_loaded_run_once(struct weir_loaded *loaded, struct weir_run *run)
{
	bool by_table;
	u64 verdict;

	run->fuel = loaded->facts->fuel;
	run->tail_calls = WEIR_MAX_TAIL_CALLS;
	run->program = loaded;
	/* Code writes the record when a guard ends the run, and only then. */
	run->exit.kind = WEIR_EXIT_RETURN;
	run->exit.guard = WEIR_NO_GUARD;
	if (loaded->prog->nr_maps)
		forget_held(run);
	verdict = weir_loaded_execute(loaded, run);
	if (run->exit.kind == WEIR_EXIT_GUARD) {
		weir_loaded_release(run);
		by_table = weir_bridge_find(run);
		count_guard_exit(run);
		if (by_table)
			weir_bridge_look(run);
	}
	weir_host_count(counters(loaded, cpu_of(run, loaded)));
	/* As in Linux, whoever asked about a packet gets 32 bits of R0. */
	return loaded->prog->kind == WEIR_KIND_MEM ? verdict : (u32)verdict;
}

u64 weir_loaded_run(struct weir_loaded *loaded, struct weir_run *run)
{
	u64 verdict;

	/* Maps' elements, and the code that handlers are reached by, stay. */
	weir_host_rcu_lock();
	run->cpu = weir_host_cpu();
	run->handler = NULL;
	run->handled = NULL;
	verdict = weir_loaded_run_once(loaded, run);
	if (run->handler)
		verdict = weir_bridge_run(run, verdict);
	weir_host_rcu_unlock();
	return verdict;
}

u64 weir_loaded_guard_count(const struct weir_loaded *loaded, u32 guard)
{
	u64 sum = 0;
	u32 cpu;

	if (guard >= loaded->facts->nr_guards)
		return 0;
	for (cpu = 0; cpu < loaded->nr_cpus; cpu++)
		sum += counters(loaded, cpu)[1 + guard];
	return sum;
}

u64 weir_loaded_runs(const struct weir_loaded *loaded)
{
	u64 sum = 0;
	u32 cpu;

	for (cpu = 0; cpu < loaded->nr_cpus; cpu++)
		sum += counters(loaded, cpu)[0];
	return sum;
}

static struct weir_map *params_of(const struct weir_loaded *loaded)
{
	const struct weir_prog *prog = loaded->prog;

	return prog->params < prog->nr_maps ? prog->maps[prog->params] : NULL;
}

/* Bits as they lie there, as a number. */
static u64 extend(const struct weir_param_def *def, u64 bits)
{
	u32 shift = 64 - 8 * def->size;

	return def->flags & WEIR_PARAM_SIGNED
		       ? (u64)((s64)(bits << shift) >> shift)
		       : bits;
}

int weir_loaded_param(struct weir_loaded *loaded, u32 nr,
		      struct weir_param_def *out)
{
	const struct weir_map *block = params_of(loaded);

	if (!block || nr >= block->params->nr)
		return -ENOENT;
	*out = block->params->def[nr];
	out->value = extend(out, weir_param_load(block, nr));
	return 0;
}

/* The new number goes to all places, or the old one back to where it was. */
static int set_param(struct weir_loaded *loaded, struct weir_map *block, u32 nr,
		     u64 bits)
{
	u64 old = weir_param_load(block, nr);
	int err = 0;

	weir_param_store(block, nr, bits);
	if (loaded->code)
		err = weir_code_set_param(loaded->code, nr, bits);
	if (!err)
		err = weir_assume_set_param(loaded->assume, nr, bits);
	if (!err)
		return 0;
	weir_param_store(block, nr, old);
	weir_code_set_param(loaded->code, nr, old);
	weir_assume_set_param(loaded->assume, nr, old);
	return err;
}

int weir_loaded_set_param(struct weir_loaded *loaded,
			  struct weir_param_def *def)
{
	struct weir_map *block = params_of(loaded);
	u64 value = def->value;
	int err = -ERANGE;
	u32 nr = 0;

	while (block && nr < block->params->nr &&
	       strncmp(block->params->def[nr].name, def->name,
		       WEIR_PARAM_NAME_LEN))
		nr++;
	if (!block || nr == block->params->nr)
		return -ENOENT;
	weir_host_lock(WEIR_LOCK_LIVE);
	if (weir_param_allows(&block->params->def[nr], value))
		err = set_param(loaded, block, nr,
				weir_param_bits(&block->params->def[nr],
						value));
	weir_loaded_param(loaded, nr, def);
	weir_host_unlock(WEIR_LOCK_LIVE);
	return err;
}
