// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Handlers of guards: attach, detach, run. */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "base/account.h"
#include "base/helper.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/prog.h"
#include "base/run.h"
#include "jit/codemem.h"
#include "jit/detour.h"
#include "jit/patch.h"
#include "runtime/assume.h"
#include "runtime/bridge.h"
#include "runtime/loaded.h"
#include "verifier/facts.h"

/**
 * struct weir_handler - a handler in its place
 * @loaded:	the program; a reference
 * @detour:	what the stub leads to, or NULL: the table says it
 * @guard:	whose exits it handles
 * @flags:	WEIR_BRIDGE_*
 * @record_bytes: of the exit record that it may see
 * @runs:	per CPU of @loaded
 */
struct weir_handler {
	struct weir_loaded *loaded;
	struct weir_code *detour;
	u32 guard;
	u32 flags;
	u32 record_bytes;
	u64 *runs;
};

/*
 * May it be attached?
 */

static bool makes_tail_calls(const struct weir_prog *prog)
{
	u32 pc;

	for (pc = 0; pc < prog->nr_insns; pc++) {
		const struct bpf_insn *insn = &prog->insns[pc];
		const struct weir_helper *helper;

		if (weir_insn_is_wide(insn)) {
			pc++;
			continue;
		}
		if (!weir_insn_is_call(insn) ||
		    insn->src_reg == BPF_PSEUDO_CALL)
			continue;
		helper = weir_helper_find(insn->imm);
		if (helper && (helper->does & WEIR_HELPER_TAIL))
			return true;
	}
	return false;
}

static int check(const struct weir_loaded *loaded, u32 guard,
		 const struct weir_loaded *handler, u32 flags)
{
	if (flags & ~WEIR_BRIDGE_FLAGS)
		return -EINVAL;
	if (guard >= loaded->facts->nr_guards)
		return -ENOENT;
	if (handler->prog->kind != loaded->prog->kind)
		return -EINVAL;
	if (handler->facts->depth_bytes > WEIR_BRIDGE_STACK)
		return -E2BIG;
	return makes_tail_calls(handler->prog) ? -EOPNOTSUPP : 0;
}

/* References go one way only, so that no two programs keep each other. */
static int link_up(struct weir_loaded *loaded, struct weir_loaded *handler)
{
	int err = 0;

	weir_host_lock(WEIR_LOCK_BRIDGES);
	if (loaded == handler || loaded->nr_handled || handler->nr_handlers) {
		err = -ELOOP;
	} else {
		loaded->nr_handlers++;
		handler->nr_handled++;
	}
	weir_host_unlock(WEIR_LOCK_BRIDGES);
	return err;
}

static void unlink_from(struct weir_loaded *loaded, struct weir_loaded *handler)
{
	weir_host_lock(WEIR_LOCK_BRIDGES);
	loaded->nr_handlers--;
	handler->nr_handled--;
	weir_host_unlock(WEIR_LOCK_BRIDGES);
}

/*
 * Life
 */

static void free_handler(const struct weir_loaded *loaded,
			 struct weir_handler *h)
{
	if (h->detour) {
		weir_account_return(loaded->account, WEIR_RESOURCE_CODE_BYTES,
				    h->detour->bytes);
		weir_code_free(h->detour);
	}
	weir_host_free(h->runs);
	weir_host_free(h);
}

/* Where the stub is that leads to it, or WEIR_NO_OFFSET. */
static u32 stub_of(const struct weir_loaded *loaded, u32 guard)
{
	return loaded->code ? loaded->code->image->guard[guard].stub_off
			    : WEIR_NO_OFFSET;
}

/* The program that it is for pays for its code. */
static int publish_detour(const struct weir_loaded *loaded,
			  struct weir_handler *h)
{
	int err = weir_detour_publish(loaded->code, h, &h->detour);

	if (err)
		return err;
	err = weir_account_charge(loaded->account, WEIR_RESOURCE_CODE_BYTES,
				  h->detour->bytes, NULL);
	if (!err)
		return 0;
	weir_code_free(h->detour);
	h->detour = NULL;
	return err;
}

static int new_handler(const struct weir_loaded *loaded, u32 guard,
		       struct weir_loaded *handler, u32 flags, bool sees_regs,
		       struct weir_handler **out)
{
	struct weir_handler *h = weir_host_alloc(sizeof(*h));
	int err = 0;

	if (!h)
		return -ENOMEM;
	h->loaded = handler;
	h->guard = guard;
	h->flags = flags;
	h->record_bytes = sees_regs ? sizeof(struct weir_exit_record)
				    : offsetof(struct weir_exit_record, regs);
	h->runs = weir_host_alloc(handler->nr_cpus * sizeof(u64));
	if (!h->runs)
		err = -ENOMEM;
	else if (stub_of(loaded, guard) != WEIR_NO_OFFSET)
		err = publish_detour(loaded, h);
	if (err) {
		free_handler(loaded, h);
		return err;
	}
	*out = h;
	return 0;
}

/* Nothing runs it any more. */
static void end_handler(struct weir_loaded *loaded, struct weir_handler *h)
{
	struct weir_loaded *handler = h->loaded;

	free_handler(loaded, h);
	unlink_from(loaded, handler);
	weir_loaded_put(handler);
}

/*
 * Attach and detach. Who has claimed the guard's word is alone with it.
 */

/* Both ways to the handler; the stub's last, since it cannot be taken back. */
static int point_to(struct weir_loaded *loaded, struct weir_handler *h)
{
	struct weir_guard_slot *slot = &loaded->guard[h->guard];
	int err = 0;

	smp_store_release(&slot->handler, h);
	if (h->detour)
		err = weir_patch_branch(loaded->code, stub_of(loaded, h->guard),
					h->detour->rx);
	if (err)
		WRITE_ONCE(slot->handler, NULL);
	return err;
}

static int attach_claimed(struct weir_loaded *loaded, u32 guard,
			  struct weir_loaded *handler, u32 flags,
			  bool sees_regs)
{
	struct weir_handler *h;
	int err;

	err = link_up(loaded, handler);
	if (err)
		return err;
	err = new_handler(loaded, guard, handler, flags, sees_regs, &h);
	if (err)
		goto unlink;
	err = point_to(loaded, h);
	if (!err)
		return 0;
	/* Runs of now may have seen it in the table. */
	weir_host_rcu_wait();
	free_handler(loaded, h);
unlink:
	unlink_from(loaded, handler);
	return err;
}

int weir_bridge_attach(struct weir_loaded *loaded, u32 guard,
		       struct weir_loaded *handler, u32 flags, bool sees_regs)
{
	int err = check(loaded, guard, handler, flags);
	u32 *state;

	if (err)
		return err;
	if (!weir_host_ref_try(&loaded->refs))
		return -ENOLINK;
	err = -ENOLINK;
	if (!weir_host_ref_try(&handler->refs))
		goto put_loaded;
	state = &loaded->guard[guard].state;
	err = weir_patch_claim(state, WEIR_PATCH_IDLE);
	if (!err) {
		/* Handlers are at the generic code's guards only. */
		weir_assume_hold(loaded->assume);
		err = attach_claimed(loaded, guard, handler, flags, sees_regs);
		if (err)
			weir_assume_release(loaded->assume);
		weir_patch_settle(state,
				  err ? WEIR_PATCH_IDLE : WEIR_PATCH_PATCHED);
	}
	if (err)
		weir_loaded_put(handler);
put_loaded:
	weir_loaded_put(loaded);
	return err;
}

int weir_bridge_detach(struct weir_loaded *loaded, u32 guard)
{
	struct weir_guard_slot *slot;
	struct weir_handler *h;
	int err;

	if (guard >= loaded->facts->nr_guards)
		return -ENOENT;
	slot = &loaded->guard[guard];
	err = weir_patch_claim(&slot->state, WEIR_PATCH_PATCHED);
	if (err)
		return err;
	h = slot->handler;
	if (h->detour)
		err = weir_patch_nop(loaded->code, stub_of(loaded, guard));
	if (err) {
		weir_patch_settle(&slot->state, WEIR_PATCH_PATCHED);
		return err;
	}
	WRITE_ONCE(slot->handler, NULL);
	/* Who took the branch, or looked, before is still on the way. */
	weir_host_rcu_wait();
	end_handler(loaded, h);
	weir_assume_release(loaded->assume);
	weir_patch_settle(&slot->state, WEIR_PATCH_IDLE);
	return 0;
}

void weir_bridge_drop(struct weir_loaded *loaded)
{
	u32 i;

	for (i = 0; loaded->nr_handlers && i < loaded->facts->nr_guards; i++)
		if (loaded->guard[i].handler)
			end_handler(loaded, loaded->guard[i].handler);
}

/*
 * Running
 */

bool weir_bridge_find(struct weir_run *run)
{
	const struct weir_loaded *loaded = run->program; /* the last one */
	const struct weir_handler *h = run->handler;

	/* A patched stub knows its handler, and the handler its guard. */
	if (h) {
		run->exit.guard = h->guard;
		return false;
	}
	/* Numbers above are those of code that was made of the program later. */
	return !loaded->code || run->exit.guard >= loaded->facts->nr_guards;
}

void weir_bridge_look(struct weir_run *run)
{
	const struct weir_loaded *loaded = run->program;

	if (run->exit.guard < loaded->facts->nr_guards)
		run->handler = rcu_dereference_raw(
			loaded->guard[run->exit.guard].handler);
}

u64 weir_bridge_run(struct weir_run *run, u64 verdict)
{
	const struct weir_handler *h = run->handler;
	struct weir_exit_record record = run->exit;
	u64 given;

	run->handled = &record;
	run->handled_bytes = h->record_bytes;
	run->handler = NULL;
	given = weir_loaded_run_once(h->loaded, run);
	weir_host_count(&h->runs[min(run->cpu, h->loaded->nr_cpus - 1)]);
	if ((h->flags & WEIR_BRIDGE_VERDICT) &&
	    run->exit.kind == WEIR_EXIT_RETURN)
		verdict = given;
	run->handler = NULL;
	run->handled = NULL;
	run->exit = record;
	return verdict;
}

/*
 * Telling
 */

static void tell_handler(const struct weir_handler *h,
			 struct weir_guard_record *out)
{
	u32 cpu;

	out->flags = h->flags;
	out->handler_id = h->loaded->id;
	for (cpu = 0; cpu < h->loaded->nr_cpus; cpu++)
		out->handled += h->runs[cpu];
}

void weir_bridge_record(const struct weir_loaded *loaded, u32 guard,
			struct weir_guard_record *out)
{
	const struct weir_guard *g = &loaded->facts->guard[guard];
	const struct weir_guard_slot *slot = &loaded->guard[guard];
	const struct weir_handler *h;

	*out = (struct weir_guard_record){
		.number = guard,
		.kind = g->kind,
		.pc = g->pc,
		.line = slot->line,
		.state = weir_patch_state(&slot->state),
		.code_off = WEIR_NO_FIELD,
		.stub_off = WEIR_NO_FIELD,
		.fail_verdict = loaded->prog->fail_verdict,
		.count = weir_loaded_guard_count(loaded, guard),
	};
	if (loaded->code) {
		out->code_off = loaded->code->image->guard[guard].branch_off;
		out->stub_off = loaded->code->image->guard[guard].stub_off;
		out->map_bytes =
			weir_places_bytes(&loaded->code->image->places, guard);
	}
	weir_host_rcu_lock();
	h = rcu_dereference_raw(slot->handler);
	if (h)
		tell_handler(h, out);
	weir_host_rcu_unlock();
}
