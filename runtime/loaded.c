// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The pipeline as one call, and the life of what it makes. */
#include <linux/kernel.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/string.h>
#include "base/account.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/log.h"
#include "base/map.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/arch.h"
#include "jit/codemem.h"
#include "jit/compile.h"
#include "runtime/helpers.h"
#include "runtime/interp.h"
#include "runtime/loaded.h"
#include "runtime/map/prog_array.h"
#include "runtime/packet.h"
#include "verifier/facts.h"

static u64 nr_loaded;

u32 weir_loaded_nr(void)
{
	return (u32) * (volatile u64 *)&nr_loaded;
}

static int load(const struct weir_loaded_attr *attr, struct weir_rejection *rej,
		struct weir_prog **out)
{
	int err;

	if (attr->flags & ~WEIR_LOAD_FLAGS)
		return -EINVAL;
	if (attr->flags & WEIR_LOAD_CLASSIC) {
		if (attr->fail_verdict)
			return -EINVAL;
		err = weir_prog_load_classic(attr->insns, attr->nr_insns, rej,
					     out);
	} else {
		err = weir_prog_load_maps(attr->kind, attr->insns,
					  attr->nr_insns, attr->maps,
					  attr->nr_maps, rej, out);
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

static int alloc_counters(struct weir_loaded *loaded)
{
	size_t nr_counters;

	loaded->nr_cpus = weir_host_nr_cpus();
	/* One more, so that no guards is not no memory. */
	nr_counters = (size_t)loaded->nr_cpus * loaded->facts->nr_guards + 1;
	loaded->runs = weir_host_alloc(loaded->nr_cpus * sizeof(u64));
	loaded->guard_count = weir_host_alloc(nr_counters * sizeof(u64));
	return loaded->runs && loaded->guard_count ? 0 : -ENOMEM;
}

static void destroy(struct weir_loaded *loaded)
{
	weir_host_free(loaded->guard_count);
	weir_host_free(loaded->runs);
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
	err = load(attr, rej, &loaded->prog);
	if (err)
		goto refused;
	/* Text that nobody gets is not written: it costs more than the rest. */
	err = weir_verify(loaded->prog, attr->flags & WEIR_LOAD_STRICT,
			  log && log->size ? log : NULL, rej, &loaded->facts);
	if (err)
		goto refused;
	err = claim_arrays(loaded->prog, log);
	if (err)
		goto failed;
	err = compile(attr, loaded->prog, loaded->facts, log, &loaded->code);
	if (err)
		goto failed;
	err = alloc_counters(loaded);
	if (err)
		goto failed;
	loaded->moves_packet = weir_packet_may_move(loaded->prog);
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

static u64 enter(const struct weir_loaded *loaded, struct weir_run *run)
{
	run->call = call_code;
	if (loaded->code)
		return ((weir_entry_fn)(void *)loaded->code->rx)(run);
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
	u32 guard = run->exit.guard;
	size_t row = (size_t)cpu_of(run, loaded) * facts->nr_guards;

	if (WARN_ON_ONCE(guard >= facts->nr_guards))
		return;
	if (loaded->code)
		weir_image_exit(loaded->code->image, run);
	weir_host_count(&loaded->guard_count[row + guard]);
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

u64 weir_loaded_run(struct weir_loaded *loaded, struct weir_run *run)
{
	bool has_maps = loaded->prog->nr_maps;
	u64 verdict;

	run->fuel = loaded->facts->fuel;
	run->tail_calls = WEIR_MAX_TAIL_CALLS;
	run->program = loaded;
	run->cpu = weir_host_cpu();
	/* Code writes the record when a guard ends the run, and only then. */
	run->exit.kind = WEIR_EXIT_RETURN;
	run->exit.guard = WEIR_NO_GUARD;

	/* Without maps there is nothing that could go away, or be held. */
	if (has_maps) {
		memset(run->held, 0, sizeof(run->held));
		run->lock = 0;
		run->tail_nests = 0;
		weir_host_rcu_lock();
	}
	verdict = weir_loaded_execute(loaded, run);
	if (run->exit.kind == WEIR_EXIT_GUARD) {
		weir_loaded_release(run);
		count_guard_exit(run);
	}
	if (has_maps)
		weir_host_rcu_unlock();

	weir_host_count(&loaded->runs[cpu_of(run, loaded)]);
	/* As in Linux, whoever asked about a packet gets 32 bits of R0. */
	return loaded->prog->kind == WEIR_KIND_MEM ? verdict : (u32)verdict;
}

u64 weir_loaded_guard_count(const struct weir_loaded *loaded, u32 guard)
{
	u64 sum = 0;
	u32 cpu;

	if (guard >= loaded->facts->nr_guards)
		return 0;
	for (cpu = 0; cpu < loaded->nr_cpus; cpu++)
		sum += loaded->guard_count[(size_t)cpu *
						   loaded->facts->nr_guards +
					   guard];
	return sum;
}

u64 weir_loaded_runs(const struct weir_loaded *loaded)
{
	u64 sum = 0;
	u32 cpu;

	for (cpu = 0; cpu < loaded->nr_cpus; cpu++)
		sum += loaded->runs[cpu];
	return sum;
}
