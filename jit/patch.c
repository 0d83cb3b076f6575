// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One word, nop or branch, rewritten under running CPUs. */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include "base/host.h"
#include "jit/arch.h"
#include "jit/codemem.h"
#include "jit/emit.h"
#include "jit/patch.h"

int weir_patch_claim(u32 *state, enum weir_patch_state from)
{
	u32 was = weir_host_cmpxchg32(state, from, WEIR_PATCH_BUSY);

	if (was == (u32)from)
		return 0;
	if (was == WEIR_PATCH_BUSY)
		return -EBUSY;
	return was == WEIR_PATCH_PATCHED ? -EEXIST : -ENOENT;
}

void weir_patch_settle(u32 *state, enum weir_patch_state to)
{
	u32 was = weir_host_cmpxchg32(state, WEIR_PATCH_BUSY, to);

	WARN_ON_ONCE(was != WEIR_PATCH_BUSY);
}

enum weir_patch_state weir_patch_state(const u32 *state)
{
	return *(const volatile u32 *)state;
}

/* The branch over that distance. False: it does not reach. */
static bool branch_over(const struct weir_arch *arch, s64 distance, u32 *word)
{
	enum weir_fixup_kind kind;

	*word = arch->jump(&kind);
	return weir_fixup_put(kind, word, distance);
}

/* Is it the unconditional branch, wherever it goes? */
static bool is_branch(const struct weir_arch *arch, u32 word)
{
	enum weir_fixup_kind kind;
	u32 opcode = arch->jump(&kind);
	u32 next = opcode, last = opcode;

	/* One of them is -1 in the field, wherever distances count from. */
	weir_fixup_put(kind, &next, 4);
	weir_fixup_put(kind, &last, -4);
	return (word & ~((next | last) ^ opcode)) == opcode;
}

/*
 * Through the writable mapping, as one aligned store. Closing the view cleans
 * and invalidates the caches and synchronises the context of every CPU.
 */
static bool store_once(size_t off, u32 word)
{
	volatile u32 *rw = weir_host_code_open(off, sizeof(word));

	if (!rw)
		return false;
	*rw = word;
	weir_host_code_close((void *)rw, off, sizeof(word));
	return true;
}

/*
 * Twice. A CPU does not need the second store; QEMU's machines before 8.1 do:
 * one that is translating the old word while it is replaced keeps what it made of
 * it, until the word is stored again. By then every CPU has been interrupted, so
 * that none is still translating.
 */
static int store_word(const struct weir_code *code, u32 off_bytes, u32 word)
{
	size_t off = (size_t)code->off + off_bytes;

	if (!store_once(off, word))
		return -ENOMEM;
	store_once(off, word);
	return 0;
}

static bool is_in(const struct weir_code *code, u32 off_bytes)
{
	return !(off_bytes & 3) && code->bytes >= 4 &&
	       off_bytes <= code->bytes - 4;
}

static u32 word_at(const struct weir_code *code, u32 off_bytes)
{
	return *(const volatile u32 *)(code->rx + off_bytes);
}

int weir_patch_branch(const struct weir_code *code, u32 off_bytes, const u8 *to)
{
	const struct weir_arch *arch = code->image->arch;
	s64 distance;
	u32 branch;

	if (WARN_ON_ONCE(!is_in(code, off_bytes) ||
			 word_at(code, off_bytes) != arch->nop))
		return -EFAULT;
	if (!weir_host_code_can_patch())
		return -EOPNOTSUPP;
	distance = (s64)(uintptr_t)to - (s64)(uintptr_t)(code->rx + off_bytes);
	if (!branch_over(arch, distance, &branch))
		return -ERANGE;
	return store_word(code, off_bytes, branch);
}

int weir_patch_nop(const struct weir_code *code, u32 off_bytes)
{
	const struct weir_arch *arch = code->image->arch;

	if (WARN_ON_ONCE(!is_in(code, off_bytes) ||
			 !is_branch(arch, word_at(code, off_bytes))))
		return -EFAULT;
	if (!weir_host_code_can_patch())
		return -EOPNOTSUPP;
	return store_word(code, off_bytes, arch->nop);
}
