// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Code memory: a bitmap of chunks, one bit each; first fit. All of it is
 * guarded by WEIR_LOCK_CODE.
 */
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/helper.h"
#include "base/host.h"
#include "base/map.h"
#include "base/param.h"
#include "jit/arch.h"
#include "jit/codemem.h"
#include "jit/emit.h"

#define CHUNK_BYTES 64u
#define NO_CHUNK U32_MAX
#define BITS 64u
#define TRAP_CHUNKS (16384u / CHUNK_BYTES) /* filled with traps at a time */

/**
 * struct codemem - the arena's books
 * @taken:	a bit per chunk
 * @nr_chunks:	chunks of the arena; 0 until the first publication
 * @nr_taken:	of those, in use
 * @nr_lost:	of those, by nobody: their traps could not be put back
 * @hint:	no chunk below it is free
 * @trapped:	chunks below it were filled with traps at least once
 */
static struct codemem {
	u64 *taken;
	u32 nr_chunks;
	u32 nr_taken;
	u32 nr_lost;
	u32 hint;
	u32 trapped;
	struct weir_host_arena arena;
} mem;

static bool is_taken(u32 chunk)
{
	return mem.taken[chunk / BITS] >> (chunk % BITS) & 1;
}

static void set_taken(u32 chunk, u32 nr, bool taken)
{
	u32 i;

	for (i = chunk; i < chunk + nr; i++) {
		if (taken)
			mem.taken[i / BITS] |= 1ULL << (i % BITS);
		else
			mem.taken[i / BITS] &= ~(1ULL << (i % BITS));
	}
	if (taken) {
		mem.nr_taken += nr;
		if (chunk == mem.hint)
			mem.hint = chunk + nr;
	} else {
		mem.nr_taken -= nr;
		mem.hint = min(mem.hint, chunk);
	}
}

static u32 find_free(u32 nr)
{
	u32 run = 0;
	u32 i;

	for (i = mem.hint; i < mem.nr_chunks; i++) {
		/* A whole word that is taken. */
		if (!(i % BITS) && mem.taken[i / BITS] == U64_MAX) {
			i += BITS - 1;
			run = 0;
			continue;
		}
		run = is_taken(i) ? 0 : run + 1;
		if (run == nr)
			return i + 1 - nr;
	}
	return NO_CHUNK;
}

static void fill_traps(u32 *words, u32 nr, u32 trap)
{
	u32 i;

	for (i = 0; i < nr; i++)
		words[i] = trap;
}

/* Overwrite chunks with traps. On failure what is there stays. */
static int trap_chunks(u32 chunk, u32 nr)
{
	const struct weir_arch *arch = weir_arch_native();
	size_t off = (size_t)chunk * CHUNK_BYTES;
	size_t bytes = (size_t)nr * CHUNK_BYTES;
	u32 *rw = weir_host_code_open(off, bytes);

	if (!rw)
		return -ENOMEM;
	fill_traps(rw, (u32)(bytes / 4), arch ? arch->trap : 0);
	weir_host_code_close(rw, off, bytes);
	return 0;
}

/* The books, at first use. */
static int setup(void)
{
	u32 nr_chunks;
	int err;

	if (mem.nr_chunks)
		return 0;
	err = weir_host_arena(&mem.arena);
	if (err)
		return err;
	nr_chunks = (u32)min_t(size_t, mem.arena.bytes / CHUNK_BYTES,
			       U32_MAX / CHUNK_BYTES);
	if (!nr_chunks)
		return -EOPNOTSUPP;
	mem.taken =
		weir_host_alloc(DIV_ROUND_UP(nr_chunks, BITS) * sizeof(u64));
	if (!mem.taken)
		return -ENOMEM;
	mem.nr_chunks = nr_chunks;
	mem.nr_taken = 0;
	mem.nr_lost = 0;
	mem.hint = 0;
	mem.trapped = 0;
	return 0;
}

/*
 * An arena may be large and sparse: its free space is filled with traps not at
 * once but up to the end of what was ever used, before it is used. Plenty
 * at a time, since opening and closing costs far more than filling.
 */
static int trap_up_to(u32 end)
{
	int err;

	if (end <= mem.trapped)
		return 0;
	end = min(ALIGN(end, TRAP_CHUNKS), mem.nr_chunks);
	err = trap_chunks(mem.trapped, end - mem.trapped);
	if (!err)
		mem.trapped = end;
	return err;
}

/* --- The transaction ---------------------------------------------------------- */

static int reserve(u32 bytes, u32 *chunk, u32 *nr)
{
	int err;

	*nr = DIV_ROUND_UP(bytes, CHUNK_BYTES);
	weir_host_lock(WEIR_LOCK_CODE);
	err = setup();
	if (err)
		goto out;
	*chunk = find_free(*nr);
	if (*chunk == NO_CHUNK) {
		err = -ENOSPC;
		goto out;
	}
	err = trap_up_to(*chunk + *nr);
	if (!err)
		set_taken(*chunk, *nr, true);
out:
	weir_host_unlock(WEIR_LOCK_CODE);
	return err;
}

/* Nothing was written: the traps are still there. */
static void abort_reserve(u32 chunk, u32 nr)
{
	weir_host_lock(WEIR_LOCK_CODE);
	set_taken(chunk, nr, false);
	weir_host_unlock(WEIR_LOCK_CODE);
}

static void release(u32 chunk, u32 nr)
{
	weir_host_lock(WEIR_LOCK_CODE);
	/* Space that cannot be given its traps back is lost, not reused. */
	if (!trap_chunks(chunk, nr))
		set_taken(chunk, nr, false);
	else
		mem.nr_lost += nr;
	weir_host_unlock(WEIR_LOCK_CODE);
}

/* What a relocation means here, or 0 if there is no such thing. Of parameters
 * the number is another matter: it may be 0.
 */
static u64 referent(const struct weir_image *image,
		    const struct weir_reloc *reloc)
{
	const u32 target = reloc->target;

	switch (reloc->kind) {
	case WEIR_RELOC_HELPER:
	case WEIR_RELOC_HELPER_ABS:
		return (unsigned long)weir_helper_func(target);
	case WEIR_RELOC_MAP:
		return target < image->nr_maps
			       ? (unsigned long)image->maps[target]
			       : 0;
	case WEIR_RELOC_VALUES:
		return target < image->nr_maps
			       ? (unsigned long)weir_map_first_value(
					 image->maps[target])
			       : 0;
	case WEIR_RELOC_PARAM:
		return image->params < image->nr_maps;
	case WEIR_RELOC_JUMP:
		return (unsigned long)image->jump_to;
	default:
		return 0;
	}
}

/* A pool entry holds what is added to the address. */
static void add_address(u32 *word, u32 bytes, u64 address)
{
	if (bytes == 8)
		address += (u64)word[1] << 32;
	address += word[0];
	word[0] = (u32)address;
	if (bytes == 8)
		word[1] = (u32)(address >> 32);
}

static bool link_jump(const struct weir_arch *arch, u32 *word, s64 distance)
{
	enum weir_fixup_kind kind;

	*word = arch->jump(&kind);
	return weir_fixup_put(kind, word, distance);
}

/* False: a jump does not reach. */
static bool relocate(const struct weir_image *image, u32 *words, const u8 *rx)
{
	bool reaches = true;
	u32 i;

	for (i = 0; i < image->nr_relocs; i++) {
		const struct weir_reloc *reloc = &image->reloc[i];
		u32 *word = &words[reloc->off_bytes / 4];
		u64 to = referent(image, reloc);
		u64 from = (unsigned long)rx + reloc->off_bytes;

		if (reloc->kind == WEIR_RELOC_PARAM)
			to = weir_param_load(image->maps[image->params],
					     reloc->target);
		/* A call out of reach goes by way of its veneer. */
		if (reloc->kind == WEIR_RELOC_HELPER)
			image->arch->link_call(word, (s64)(to - from));
		else if (reloc->kind == WEIR_RELOC_JUMP)
			reaches &=
				link_jump(image->arch, word, (s64)(to - from));
		else
			add_address(word, reloc->bytes, to);
	}
	return reaches;
}

static int write_image(const struct weir_image *image, u32 chunk, u32 nr)
{
	size_t off = (size_t)chunk * CHUNK_BYTES;
	size_t bytes = (size_t)nr * CHUNK_BYTES;
	u32 *rw = weir_host_code_open(off, bytes);
	bool reaches;

	if (!rw)
		return -ENOMEM;
	memcpy(rw, image->words, (size_t)image->nr_words * 4);
	fill_traps(rw + image->nr_words, (u32)(bytes / 4) - image->nr_words,
		   image->arch->trap);
	reaches = relocate(image, rw, mem.arena.rx + off);
	if (!reaches)
		fill_traps(rw, (u32)(bytes / 4), image->arch->trap);
	weir_host_code_close(rw, off, bytes);
	return reaches ? 0 : -ERANGE;
}

static bool referents_exist(const struct weir_image *image)
{
	u32 i;

	for (i = 0; i < image->nr_relocs; i++)
		if (!referent(image, &image->reloc[i]))
			return false;
	return true;
}

u32 weir_code_bytes(const struct weir_image *image)
{
	return ALIGN(image->nr_words * 4, (u32)CHUNK_BYTES);
}

int weir_code_publish(struct weir_image *image, struct weir_code **out)
{
	struct weir_code *code;
	u32 chunk, nr;
	int err;

	if (!weir_arch_native())
		return -EOPNOTSUPP;
	if (image->arch != weir_arch_native())
		return -EXDEV;
	if (WARN_ON_ONCE(!referents_exist(image)))
		return -EFAULT;
	code = weir_host_alloc(sizeof(*code));
	if (!code)
		return -ENOMEM;
	err = reserve(image->nr_words * 4, &chunk, &nr);
	if (err)
		goto free_code;
	err = write_image(image, chunk, nr);
	if (err)
		goto abort_chunks;

	code->off = chunk * CHUNK_BYTES;
	code->bytes = nr * CHUNK_BYTES;
	code->rx = mem.arena.rx + code->off;
	code->image = image;
	*out = code;
	return 0;

abort_chunks:
	abort_reserve(chunk, nr);
free_code:
	weir_host_free(code);
	return err;
}

int weir_code_set_param(const struct weir_code *code, u32 nr, u64 bits)
{
	const struct weir_image *image = code->image;
	u32 i;
	int err;

	for (i = 0; i < image->nr_relocs; i++) {
		const struct weir_reloc *reloc = &image->reloc[i];

		if (reloc->kind != WEIR_RELOC_PARAM || reloc->target != nr)
			continue;
		err = weir_host_code_store(code->off + reloc->off_bytes, bits,
					   reloc->bytes);
		if (err)
			return err;
	}
	return 0;
}

weir_callback_fn weir_code_callback(const struct weir_code *code, u64 pc)
{
	const struct weir_image *image = code->image;
	u32 i;

	/* The functions that programs hand out are one or two. */
	for (i = 0; i < image->nr_callbacks; i++)
		if (image->callback[i].pc == pc)
			return (weir_callback_fn)(void *)(code->rx +
							  image->callback[i]
								  .off_bytes);
	return NULL;
}

void weir_code_free(struct weir_code *code)
{
	if (!code)
		return;
	release(code->off / CHUNK_BYTES, code->bytes / CHUNK_BYTES);
	weir_image_free(code->image);
	weir_host_free(code);
}

void weir_codemem_stats(struct weir_codemem_stats *out)
{
	u32 run = 0, largest = 0;
	u32 i;

	weir_host_lock(WEIR_LOCK_CODE);
	for (i = 0; i < mem.nr_chunks; i++) {
		run = is_taken(i) ? 0 : run + 1;
		largest = max(largest, run);
	}
	out->total = (size_t)mem.nr_chunks * CHUNK_BYTES;
	out->used = (size_t)mem.nr_taken * CHUNK_BYTES;
	out->largest_free = (size_t)largest * CHUNK_BYTES;
	weir_host_unlock(WEIR_LOCK_CODE);
}

void weir_codemem_exit(void)
{
	weir_host_lock(WEIR_LOCK_CODE);
	WARN_ON_ONCE(mem.nr_taken != mem.nr_lost);
	weir_host_free(mem.taken);
	mem.taken = NULL;
	mem.nr_chunks = 0;
	mem.nr_taken = 0;
	mem.nr_lost = 0;
	weir_host_unlock(WEIR_LOCK_CODE);
}
