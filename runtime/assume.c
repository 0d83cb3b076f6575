// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Assumptions: made, revoked, made anew.
 *
 * No run that starts after an update returned sees an old value. Sound: before
 * the value is written, the way in leads to the generic code, and the nop of the
 * assumed code became a branch there, which every CPU that comes to it takes.
 * What was read before the write is compiled in only if no update began or was
 * under way since; weir_map.changes and weir_map.changing, under the lock, tell.
 *
 * Writers that came when nobody assumed anything are in an RCU read side, and are
 * waited for once, before the first values are read.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
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
#include "jit/patch.h"
#include "runtime/assume.h"
#include "runtime/loaded.h"
#include "verifier/facts.h"
#include <uapi/linux/bpf.h>

/* The upper bits of a guard's number say which code it is of. */
#define SLOT_SHIFT 24
#define NR_SLOTS 2
#define NO_SLOT NR_SLOTS
#define MAX_DELAY_MS 5000u

/**
 * struct assumed - code that has values in it
 * @patch:	enum weir_patch_state of its nop
 * @guard_to:	per guard the one of the generic code that stands for it, or
 *		WEIR_NO_GUARD
 */
struct assumed {
	struct weir_facts *facts;
	struct weir_code *code;
	u32 patch;
	u32 *guard_to;
};

/**
 * struct weir_assumer - that a program assumes a map; in the map's list
 * @next:	another one that does
 * @map:	the map; the program holds the reference
 * @index:	of the map, in the program
 */
struct weir_assumer {
	struct weir_assumer *next;
	struct weir_assumption *owner;
	struct weir_map *map;
	u32 index;
};

/**
 * struct weir_assumption - what a program assumes
 * @loaded:	the program
 * @maps:	which maps, by index
 * @on:		the same, @nr of them
 * @features:	as the generic code was compiled
 * @passes:	likewise
 * @slot:	code: at @now what runs take; at the other place, perhaps, what
 *		was revoked and may still be run
 * @building:	somebody compiles
 * @held:	how many want the generic code
 * @stopped:	nothing is compiled any more
 * @delay_ms:	until the worker looks again
 * @changed_ns:	when a map last changed
 * @missed_from: runs that there had been when it was revoked
 */
struct weir_assumption {
	struct weir_loaded *loaded;
	u64 maps;
	u32 nr;
	struct weir_assumer *on;
	u32 features;
	u32 passes;
	struct assumed *slot[NR_SLOTS];
	u32 now;
	bool building;
	bool stopped;
	u32 held;
	u32 state;
	u32 error;
	u32 quiet_ms;
	u32 threshold;
	u32 delay_ms;
	u64 changed_ns;
	u64 missed_from;
	u64 built;
	u64 revoked;
	u64 discarded;
	u64 refused;
	struct weir_host_work work;
};

/* --- What may be assumed ------------------------------------------------------ */

static const char *why_not(const struct weir_map *map)
{
	if (map->def.type != BPF_MAP_TYPE_ARRAY || !weir_map_is_array(map))
		return "it is no array";
	if (!(map->def.flags & BPF_F_RDONLY_PROG))
		return "programs may write to it; make it with BPF_F_RDONLY_PROG";
	if (map->def.flags & BPF_F_MMAPABLE)
		return "users may map it, and nobody would see them write";
	if ((u64)map->elem_bytes * map->def.max_entries >
	    WEIR_MAX_ASSUMED_BYTES)
		return "it has more than a mebibyte of values";
	return NULL;
}

int weir_assume_check(const struct weir_prog *prog, u64 maps,
		      struct weir_rejection *rej)
{
	const char *why;
	u32 i;

	for (i = 0; i < 64; i++) {
		if (!(maps >> i & 1))
			continue;
		/* The parameters come behind the maps. */
		if (i >= prog->nr_maps || i == prog->params)
			return weir_reject(rej, WEIR_REJECT_BAD_ASSUME, 0,
					   "index %u; the program has %u maps",
					   i, min(prog->nr_maps, prog->params));
		why = why_not(prog->maps[i]);
		if (why)
			return weir_reject(rej, WEIR_REJECT_BAD_ASSUME, 0,
					   "map %s: %s",
					   prog->maps[i]->def.name, why);
	}
	return 0;
}

/* --- Code --------------------------------------------------------------------- */

/*
 * Does the program hand out functions? What calls them back runs those of the
 * generic code, which sees other values than what the assumed code was proven
 * with; so such programs assume nothing.
 */
static bool has_callbacks(const struct weir_prog *prog)
{
	u32 pc;

	for (pc = 0; pc < prog->nr_insns; pc++) {
		if (!weir_insn_is_wide(&prog->insns[pc]))
			continue;
		if (prog->insns[pc].src_reg == BPF_PSEUDO_FUNC)
			return true;
		pc++;
	}
	return false;
}

static void free_assumed(struct weir_assumption *a, struct assumed *as)
{
	if (!as)
		return;
	if (as->code) {
		weir_account_return(a->loaded->account,
				    WEIR_RESOURCE_CODE_BYTES, as->code->bytes);
		weir_code_free(as->code);
	}
	weir_facts_free(as->facts);
	weir_host_free(as->guard_to);
	weir_host_free(as);
}

/* The guard of the same sort at the same instruction, or any there. */
static u32 guard_like(const struct weir_facts *facts,
		      const struct weir_guard *guard)
{
	const struct weir_insn_facts *at = &facts->insn[guard->pc];
	u32 i;

	for (i = at->guard; i < at->guard + at->nr_guards; i++)
		if (facts->guard[i].kind == guard->kind)
			return i;
	return at->nr_guards ? at->guard : WEIR_NO_GUARD;
}

static int map_guards(const struct weir_facts *generic, struct assumed *as)
{
	u32 i;

	as->guard_to =
		weir_host_alloc((size_t)as->facts->nr_guards * sizeof(u32));
	if (!as->guard_to)
		return -ENOMEM;
	for (i = 0; i < as->facts->nr_guards; i++)
		as->guard_to[i] = guard_like(generic, &as->facts->guard[i]);
	return 0;
}

static int publish(struct weir_assumption *a, struct assumed *as,
		   struct weir_image *image)
{
	struct weir_account *account = a->loaded->account;
	u32 bytes = weir_code_bytes(image);
	int err = weir_account_charge(account, WEIR_RESOURCE_CODE_BYTES, bytes,
				      NULL);

	if (err)
		return err;
	err = weir_code_publish(image, &as->code);
	if (err)
		weir_account_return(account, WEIR_RESOURCE_CODE_BYTES, bytes);
	return err;
}

/* Why it is refused, if it is, nobody hears. */
static int verify(const struct weir_assumption *a, const struct weir_prog *prog,
		  struct weir_facts **out)
{
	struct weir_rejection *rej = weir_host_alloc(sizeof(*rej));
	int err = -ENOMEM;

	if (rej)
		err = weir_verify(prog, a->loaded->flags & WEIR_LOAD_STRICT,
				  NULL, rej, out);
	weir_host_free(rej);
	return err;
}

static int compile(struct weir_assumption *a, const u8 *const *values, u32 slot,
		   struct assumed *as)
{
	const struct weir_compile_opts opts = {
		.arch = weir_arch_native(),
		.features = a->features,
		.passes = a->passes,
		.first_guard = (slot + 1) << SLOT_SHIFT,
		.revocable = true,
	};
	struct weir_prog prog = *a->loaded->prog;
	struct weir_image *image;
	int err;

	prog.assumed = values;
	err = verify(a, &prog, &as->facts);
	if (!err)
		err = map_guards(a->loaded->facts, as);
	if (!err && as->facts->nr_guards >> SLOT_SHIFT)
		err = -E2BIG;
	if (err)
		return err;
	err = weir_compile(&prog, as->facts, &opts, &image);
	if (err)
		return err;
	err = publish(a, as, image);
	if (err)
		weir_image_free(image);
	return err;
}

static int make(struct weir_assumption *a, const u8 *const *values, u32 slot,
		struct assumed **out)
{
	struct assumed *as = weir_host_alloc(sizeof(*as));
	int err;

	if (!as)
		return -ENOMEM;
	err = compile(a, values, slot, as);
	if (err)
		free_assumed(a, as);
	else
		*out = as;
	return err;
}

/* --- Values ------------------------------------------------------------------- */

static size_t map_bytes(const struct weir_map *map)
{
	return (size_t)map->elem_bytes * map->def.max_entries;
}

static void free_values(const struct weir_assumption *a, const u8 **values)
{
	u32 i;

	for (i = 0; values && i < a->nr; i++)
		weir_host_free(values[a->on[i].index]);
	weir_host_free(values);
}

/* What is in the maps, by index. Nobody is changing them: the lock is held. */
static const u8 **copy_values(const struct weir_assumption *a)
{
	const u8 **values =
		weir_host_alloc(a->loaded->prog->nr_maps * sizeof(*values));
	u32 i;

	for (i = 0; values && i < a->nr; i++) {
		const struct weir_map *map = a->on[i].map;
		u8 *copy = weir_host_alloc_dirty(map_bytes(map));

		if (!copy) {
			free_values(a, values);
			return NULL;
		}
		memcpy(copy, map->values, map_bytes(map));
		values[a->on[i].index] = copy;
	}
	return values;
}

static bool is_changing(const struct weir_assumption *a)
{
	u32 i;

	for (i = 0; i < a->nr; i++)
		if (a->on[i].map->changing)
			return true;
	return false;
}

static u64 changes(const struct weir_assumption *a)
{
	u64 sum = 0;
	u32 i;

	for (i = 0; i < a->nr; i++)
		sum += a->on[i].map->changes;
	return sum;
}

/* --- Making ------------------------------------------------------------------- */

/* Parameters may have been set since it was published. The lock is held. */
static int refresh_params(const struct weir_assumption *a,
			  const struct assumed *as)
{
	const struct weir_prog *prog = a->loaded->prog;
	u32 i;
	int err = 0;

	if (prog->params == prog->nr_maps)
		return 0;
	for (i = 0; !err && i < prog->maps[prog->params]->params->nr; i++)
		err = weir_code_set_param(
			as->code, i,
			weir_param_load(prog->maps[prog->params], i));
	return err;
}

static int install(struct weir_assumption *a, u32 slot, struct assumed *as)
{
	int err = refresh_params(a, as);

	if (err)
		return err;
	a->slot[slot] = as;
	a->now = slot;
	a->state = WEIR_ASSUME_VALID;
	a->error = 0;
	a->delay_ms = 0;
	a->built++;
	weir_loaded_set_entry(a->loaded, as->code);
	return 0;
}

/* May it be made now? The lock is held. */
static int may_build(const struct weir_assumption *a)
{
	if (a->state == WEIR_ASSUME_GENERIC && !a->loaded->code)
		return -EOPNOTSUPP;
	if (a->building)
		return -EBUSY;
	return a->stopped || a->held || is_changing(a) ? -EAGAIN : 0;
}

static void note_failure(struct weir_assumption *a, int err)
{
	if (err == -EAGAIN) {
		a->discarded++;
		return;
	}
	a->refused++;
	a->error = (u32)-err;
	/* What can pass is tried again by the worker. */
	if (err != -ENOMEM && err != -ENOSPC && err != -EDQUOT)
		a->state = WEIR_ASSUME_GENERIC;
}

/*
 * With the lock held, which is released while it compiles. What was revoked is
 * freed first, so that there is one piece of such code at a time.
 */
static int build_locked(struct weir_assumption *a)
{
	const u32 slot = a->slot[0] ? 1 : 0;
	struct assumed *old = a->slot[!slot], *as = NULL;
	const u64 since = changes(a);
	const u8 **values = copy_values(a);
	int err = -ENOMEM;

	weir_host_unlock(WEIR_LOCK_LIVE);
	if (old)
		weir_host_rcu_wait();
	weir_host_lock(WEIR_LOCK_LIVE);
	a->slot[!slot] = NULL;
	weir_host_unlock(WEIR_LOCK_LIVE);
	free_assumed(a, old);
	if (values)
		err = make(a, values, slot, &as);
	free_values(a, values);
	weir_host_lock(WEIR_LOCK_LIVE);
	if (!err &&
	    (a->stopped || a->held || is_changing(a) || changes(a) != since))
		err = -EAGAIN;
	if (!err)
		err = install(a, slot, as);
	if (err)
		note_failure(a, err);
	if (err && as) {
		weir_host_unlock(WEIR_LOCK_LIVE);
		free_assumed(a, as); /* nobody has run it */
		weir_host_lock(WEIR_LOCK_LIVE);
	}
	return err;
}

static int build(struct weir_assumption *a)
{
	int err;

	weir_host_lock(WEIR_LOCK_LIVE);
	err = a->now != NO_SLOT ? 0 : may_build(a);
	if (!err && a->now == NO_SLOT) {
		a->building = true;
		err = build_locked(a);
		a->building = false;
	}
	weir_host_unlock(WEIR_LOCK_LIVE);
	return err;
}

/* --- Revoking ----------------------------------------------------------------- */

/* Runs that start from now on take the generic code. The lock is held. */
static void revoke(struct weir_assumption *a)
{
	struct assumed *as;
	int err;

	if (a->now == NO_SLOT)
		return;
	as = a->slot[a->now];
	weir_loaded_set_entry(a->loaded, a->loaded->code);
	err = weir_patch_claim(&as->patch, WEIR_PATCH_IDLE);
	if (!WARN_ON_ONCE(err)) {
		err = weir_patch_branch(as->code, as->code->image->revoke_off,
					a->loaded->code->rx);
		weir_patch_settle(&as->patch,
				  err ? WEIR_PATCH_IDLE : WEIR_PATCH_PATCHED);
	}
	/* Who took the old way in, but has not come to the nop, is waited for. */
	if (err)
		weir_host_rcu_wait();
	a->now = NO_SLOT;
	a->state = WEIR_ASSUME_REVOKED;
	a->revoked++;
	a->missed_from = weir_loaded_runs(a->loaded);
}

/* Compile when it is quiet. The lock is held. */
static void try_later(struct weir_assumption *a, u32 ms)
{
	if (a->stopped || a->held || !a->loaded->code)
		return;
	/* Another value may do where this one did not. */
	if (a->state == WEIR_ASSUME_GENERIC)
		a->state = WEIR_ASSUME_REVOKED;
	a->delay_ms = ms;
	weir_host_work_after(&a->work, ms);
}

void weir_assume_begin(struct weir_map *map)
{
	struct weir_assumer *on;

	weir_host_lock(WEIR_LOCK_LIVE);
	map->changing++;
	for (on = map->assumers; on; on = on->next)
		revoke(on->owner);
	weir_host_unlock(WEIR_LOCK_LIVE);
}

void weir_assume_end(struct weir_map *map)
{
	struct weir_assumer *on;

	weir_host_lock(WEIR_LOCK_LIVE);
	map->changing--;
	map->changes++;
	for (on = map->assumers; on; on = on->next) {
		on->owner->changed_ns = weir_host_now_ns();
		try_later(on->owner, on->owner->quiet_ms);
	}
	weir_host_unlock(WEIR_LOCK_LIVE);
}

void weir_assume_hold(struct weir_assumption *a)
{
	if (!a)
		return;
	weir_host_lock(WEIR_LOCK_LIVE);
	a->held++;
	revoke(a);
	weir_host_unlock(WEIR_LOCK_LIVE);
}

void weir_assume_release(struct weir_assumption *a)
{
	if (!a)
		return;
	weir_host_lock(WEIR_LOCK_LIVE);
	a->held--;
	try_later(a, a->quiet_ms);
	weir_host_unlock(WEIR_LOCK_LIVE);
}

/* --- The worker --------------------------------------------------------------- */

/* Quiet for long enough, and worth it? The lock is held. */
static bool is_due(const struct weir_assumption *a)
{
	const u64 quiet_ns = (u64)a->quiet_ms * 1000000;

	return weir_host_now_ns() - a->changed_ns >= quiet_ns &&
	       weir_loaded_runs(a->loaded) - a->missed_from >= a->threshold;
}

static u32 next_delay(const struct weir_assumption *a)
{
	return max(a->quiet_ms, min(2 * a->delay_ms, MAX_DELAY_MS));
}

static void work(struct weir_host_work *host)
{
	struct weir_assumption *a =
		container_of(host, struct weir_assumption, work);
	bool due;
	int err = 0;

	weir_host_lock(WEIR_LOCK_LIVE);
	due = a->state == WEIR_ASSUME_REVOKED && is_due(a);
	weir_host_unlock(WEIR_LOCK_LIVE);
	if (due)
		err = build(a);
	weir_host_lock(WEIR_LOCK_LIVE);
	/* What fails, or is not worth it, is looked at less and less often. */
	if (a->state == WEIR_ASSUME_REVOKED && err != -EBUSY)
		try_later(a, next_delay(a));
	weir_host_unlock(WEIR_LOCK_LIVE);
}

/* --- Life --------------------------------------------------------------------- */

static void link_maps(struct weir_assumption *a)
{
	u32 i;

	weir_host_lock(WEIR_LOCK_LIVE);
	for (i = 0; i < a->nr; i++) {
		struct weir_assumer *on = &a->on[i];

		on->next = on->map->assumers;
		WRITE_ONCE(on->map->assumers, on);
	}
	weir_host_unlock(WEIR_LOCK_LIVE);
	/* Who changed them without looking is done after this. */
	weir_host_rcu_wait();
}

static void unlink_map(struct weir_assumer *on)
{
	struct weir_assumer **at = &on->map->assumers;

	while (*at != on)
		at = &(*at)->next;
	WRITE_ONCE(*at, on->next);
}

static void list_maps(struct weir_assumption *a, u64 maps)
{
	const struct weir_prog *prog = a->loaded->prog;
	u32 i;

	for (i = 0; i < prog->nr_maps; i++)
		if (maps >> i & 1)
			a->on[a->nr++] = (struct weir_assumer){
				.owner = a,
				.map = prog->maps[i],
				.index = i,
			};
	a->maps = maps;
}

/* Nothing refers to it yet. */
static struct weir_assumption *alloc(struct weir_loaded *loaded)
{
	struct weir_assumption *a = weir_host_alloc(sizeof(*a));

	if (!a)
		return NULL;
	a->loaded = loaded;
	a->now = NO_SLOT;
	a->on = weir_host_alloc(loaded->prog->nr_maps * sizeof(*a->on));
	if (a->on && !weir_host_work_init(&a->work, work))
		return a;
	weir_host_free(a->on);
	weir_host_free(a);
	return NULL;
}

int weir_assume_create(struct weir_loaded *loaded,
		       const struct weir_loaded_attr *attr)
{
	struct weir_assumption *a;

	if (!attr->assume)
		return 0;
	a = alloc(loaded);
	if (!a)
		return -ENOMEM;
	list_maps(a, attr->assume);
	a->features = attr->features & weir_host_cpu_features();
	a->passes = attr->passes;
	a->quiet_ms = attr->quiet_ms ? attr->quiet_ms : WEIR_DEFAULT_QUIET_MS;
	a->threshold = attr->threshold ? attr->threshold
				       : WEIR_DEFAULT_THRESHOLD;
	a->state = WEIR_ASSUME_REVOKED;
	if (!loaded->code || has_callbacks(loaded->prog)) {
		a->state = WEIR_ASSUME_GENERIC;
		a->error = loaded->code ? EOPNOTSUPP : 0;
		a->stopped = true;
	}
	loaded->assume = a;
	link_maps(a);
	if (!a->stopped && build(a))
		weir_host_work_after(&a->work, a->quiet_ms);
	return 0;
}

void weir_assume_destroy(struct weir_assumption *a)
{
	u32 i;

	if (!a)
		return;
	weir_host_lock(WEIR_LOCK_LIVE);
	a->stopped = true;
	for (i = 0; i < a->nr; i++)
		unlink_map(&a->on[i]);
	weir_host_unlock(WEIR_LOCK_LIVE);
	weir_host_work_exit(&a->work);
	for (i = 0; i < NR_SLOTS; i++)
		free_assumed(a, a->slot[i]);
	weir_host_free(a->on);
	weir_host_free(a);
}

/* --- Runs --------------------------------------------------------------------- */

/*
 * Which code it was the guard's number says. It is there until the run's RCU
 * read side ends.
 */
bool weir_assume_exit(const struct weir_assumption *a, struct weir_run *run)
{
	const u32 slot = (run->exit.guard >> SLOT_SHIFT) - 1;
	const struct assumed *as;
	u32 guard;

	if (!a || slot >= NR_SLOTS)
		return false;
	as = READ_ONCE(a->slot[slot]);
	if (WARN_ON_ONCE(!as))
		return false;
	weir_image_exit(as->code->image, run);
	guard = run->exit.guard;
	run->exit.guard = guard < as->facts->nr_guards ? as->guard_to[guard]
						       : WEIR_NO_GUARD;
	return true;
}

int weir_assume_set_param(const struct weir_assumption *a, u32 nr, u64 bits)
{
	u32 i;
	int err = 0;

	for (i = 0; a && !err && i < NR_SLOTS; i++)
		if (a->slot[i])
			err = weir_code_set_param(a->slot[i]->code, nr, bits);
	return err;
}

/* --- Users -------------------------------------------------------------------- */

static void fill_info(const struct weir_assumption *a, struct weir_assume *info)
{
	info->state = a->state;
	info->quiet_ms = a->quiet_ms;
	info->threshold = a->threshold;
	info->error = a->error;
	info->maps = a->maps;
	info->built = a->built;
	info->revoked = a->revoked;
	info->discarded = a->discarded;
	info->refused = a->refused;
	info->missed = a->now == NO_SLOT && a->revoked
			       ? weir_loaded_runs(a->loaded) - a->missed_from
			       : 0;
	info->image_bytes = a->now == NO_SLOT ? 0
					      : a->slot[a->now]->code->bytes;
}

static void set_policy(struct weir_assumption *a, const struct weir_assume *op)
{
	if (op->quiet_ms)
		a->quiet_ms = op->quiet_ms;
	if (op->threshold)
		a->threshold = op->threshold;
	if (a->state == WEIR_ASSUME_REVOKED)
		try_later(a, a->quiet_ms);
}

int weir_assume_op(struct weir_assumption *a, struct weir_assume *op)
{
	const u32 size = op->size, nr = op->op;
	int err = 0;

	if (nr > WEIR_ASSUME_NOW)
		return -EINVAL;
	if (!a) {
		*op = (struct weir_assume){ .size = size, .op = nr };
		return nr == WEIR_ASSUME_INFO ? 0 : -EOPNOTSUPP;
	}
	if (nr == WEIR_ASSUME_NOW)
		err = a->stopped ? -EOPNOTSUPP : build(a);
	if (err)
		return err;
	weir_host_lock(WEIR_LOCK_LIVE);
	if (nr == WEIR_ASSUME_SET)
		set_policy(a, op);
	fill_info(a, op);
	weir_host_unlock(WEIR_LOCK_LIVE);
	return 0;
}
