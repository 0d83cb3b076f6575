/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Patching: one word of published code, rewritten while CPUs execute it. The
 * word is a nop, or an unconditional branch to other published code, and becomes
 * the other of the two. Why that is allowed, and in which steps it is done, is in
 * Documentation/patching.rst.
 *
 *	IDLE --claim--> BUSY --weir_patch_branch(), settle--> PATCHED
 *	IDLE <--settle, weir_patch_nop()-- BUSY <--claim-- PATCHED
 *
 * The state belongs to whoever owns the word. Who has claimed it is alone with
 * it, and settles it: where it was, if the patch failed.
 */
#ifndef WEIR_JIT_PATCH_H
#define WEIR_JIT_PATCH_H

#include <linux/types.h>

struct weir_code;

/**
 * enum weir_patch_state - of one word that may be rewritten; a u32 in memory
 * @WEIR_PATCH_IDLE:	a nop
 * @WEIR_PATCH_BUSY:	somebody is changing it; it is one of the two
 * @WEIR_PATCH_PATCHED:	a branch
 */
enum weir_patch_state {
	WEIR_PATCH_IDLE,
	WEIR_PATCH_BUSY,
	WEIR_PATCH_PATCHED,
};

/**
 * weir_patch_claim() - become the only one who changes the word
 * @state:	of the word
 * @from:	IDLE or PATCHED: what it must be now
 *
 * Any context. Return: 0; -EBUSY if somebody else is at it; -EEXIST if it is a
 * branch already, -ENOENT if it is none.
 */
int weir_patch_claim(u32 *state, enum weir_patch_state from);

/** weir_patch_settle() - done: it is @to. By who claimed it. Any context. */
void weir_patch_settle(u32 *state, enum weir_patch_state to);

/** weir_patch_state() - as it is now. Any context. */
enum weir_patch_state weir_patch_state(const u32 *state);

/**
 * weir_patch_branch() - the nop becomes a branch
 * @code:	published
 * @off_bytes:	of the nop in it
 * @to:		where the branch goes: an address in the arena at which code is
 *		executed
 *
 * The state of the word is BUSY. When it returns 0, every CPU that fetches the
 * word gets the branch; those that have fetched it before may still be behind
 * the nop. May sleep.
 * Return: 0; -ERANGE if @to is out of a branch's reach; -EOPNOTSUPP if this host
 * cannot make the change known to all CPUs; -ENOMEM; -EFAULT after a WARN if
 * that word is no nop. On an error the word is as it was.
 */
int weir_patch_branch(const struct weir_code *code, u32 off_bytes,
		      const u8 *to);

/**
 * weir_patch_nop() - the branch becomes a nop again
 *
 * As weir_patch_branch(). When it returns 0, nobody takes the branch any more.
 * Who has taken it is gone from where it led after a grace period.
 */
int weir_patch_nop(const struct weir_code *code, u32 off_bytes);

#endif
