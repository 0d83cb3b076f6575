// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Words, labels, fixups, literals. */
#include <linux/bits.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/host.h"
#include "jit/asmbuf.h"
#include "jit/grow.h"

void weir_asmbuf_init(struct weir_asmbuf *buf)
{
	memset(buf, 0, sizeof(*buf));
	buf->pool_from = WEIR_NO_WORD;
}

void weir_asmbuf_exit(struct weir_asmbuf *buf)
{
	weir_host_free(buf->words);
	weir_host_free(buf->label);
	weir_host_free(buf->fixup);
	weir_host_free(buf->literal);
	weir_host_free(buf->hash);
	weir_host_free(buf->span);
	memset(buf, 0, sizeof(*buf));
}

void weir_asmbuf_fail(struct weir_asmbuf *buf, int err)
{
	if (!buf->err)
		buf->err = err;
}

/* Room for one more element. Return: may it be written? */
static bool room(struct weir_asmbuf *buf, void **array, u32 *cap, u32 nr,
		 u32 elt_bytes)
{
	void *grown;

	if (buf->err)
		return false;
	if (nr < *cap)
		return true;
	grown = weir_grow(*array, cap, nr + 1, elt_bytes);
	if (!grown) {
		weir_asmbuf_fail(buf, -ENOMEM);
		return false;
	}
	*array = grown;
	return true;
}

u32 weir_asmbuf_word(struct weir_asmbuf *buf, u32 word)
{
	if (buf->nr_words >= WEIR_ASMBUF_MAX_WORDS)
		weir_asmbuf_fail(buf, -E2BIG);
	if (!room(buf, (void **)&buf->words, &buf->cap_words, buf->nr_words,
		  sizeof(u32)))
		return 0;
	buf->words[buf->nr_words] = word;
	return buf->nr_words++;
}

struct weir_label weir_asmbuf_label(struct weir_asmbuf *buf)
{
	struct weir_label label = { 0 };

	if (!room(buf, (void **)&buf->label, &buf->cap_labels, buf->nr_labels,
		  sizeof(u32)))
		return label;
	label.nr = buf->nr_labels++;
	buf->label[label.nr] = WEIR_NO_WORD;
	return label;
}

void weir_asmbuf_bind(struct weir_asmbuf *buf, struct weir_label label)
{
	if (buf->err)
		return;
	if (WARN_ON_ONCE(label.nr >= buf->nr_labels ||
			 buf->label[label.nr] != WEIR_NO_WORD)) {
		weir_asmbuf_fail(buf, -EFAULT);
		return;
	}
	buf->label[label.nr] = buf->nr_words;
}

u32 weir_asmbuf_where(const struct weir_asmbuf *buf, struct weir_label label)
{
	return label.nr < buf->nr_labels ? buf->label[label.nr] : WEIR_NO_WORD;
}

u32 weir_asmbuf_branch(struct weir_asmbuf *buf, u32 word,
		       struct weir_label label, enum weir_fixup_kind kind)
{
	u32 at = weir_asmbuf_word(buf, word);

	if (!room(buf, (void **)&buf->fixup, &buf->cap_fixups, buf->nr_fixups,
		  sizeof(*buf->fixup)))
		return at;
	buf->fixup[buf->nr_fixups++] = (struct weir_fixup){
		.word = at,
		.label = label.nr,
		.kind = (u8)kind,
	};
	return at;
}

/*
 * A signed distance in words: @bits wide, its lowest bit at @lsb of the word,
 * counted from @bias bytes behind the word.
 */
static const struct {
	u8 bits;
	u8 lsb;
	u8 bias;
} fields[] = {
	[WEIR_FIXUP_A64_IMM26] = { 26, 0, 0 },
	[WEIR_FIXUP_A64_IMM19] = { 19, 5, 0 },
	[WEIR_FIXUP_A64_IMM14] = { 14, 5, 0 },
	[WEIR_FIXUP_A32_IMM24] = { 24, 0, 8 },
};

static bool put_words(u32 *word, u32 bits, u32 lsb, s64 off_bytes)
{
	const s64 limit = (s64)1 << (bits + 1);
	const u32 mask = ((1u << bits) - 1) << lsb;

	if ((off_bytes & 3) || off_bytes < -limit || off_bytes >= limit)
		return false;
	*word = (*word & ~mask) | ((u32)(off_bytes >> 2) << lsb & mask);
	return true;
}

/* cond 010 1 U 0 0 1 1111 Rt.. imm12.......   load from pc + 8 +- imm12 */
static bool put_lit12(u32 *word, s64 off_bytes)
{
	const u64 size = (u64)(off_bytes < 0 ? -off_bytes : off_bytes);

	if (size > 0xfff)
		return false;
	*word = (*word & ~0x00800fffu) | (off_bytes < 0 ? 0 : 1u << 23) |
		(u32)size;
	return true;
}

/* cond 000 1 U 1 0 0 1111 Rt.. imm4 1101 imm4   the same for a pair */
static bool put_lit8(u32 *word, s64 off_bytes)
{
	const u64 size = (u64)(off_bytes < 0 ? -off_bytes : off_bytes);

	if (size > 0xff)
		return false;
	*word = (*word & ~0x00800f0fu) | (off_bytes < 0 ? 0 : 1u << 23) |
		((u32)size & 0xf0) << 4 | ((u32)size & 0xf);
	return true;
}

bool weir_fixup_put(enum weir_fixup_kind kind, u32 *word, s64 off_bytes)
{
	switch (kind) {
	case WEIR_FIXUP_A32_LIT12:
		return put_lit12(word, off_bytes - 8);
	case WEIR_FIXUP_A32_LIT8:
		return put_lit8(word, off_bytes - 8);
	default:
		return put_words(word, fields[kind].bits, fields[kind].lsb,
				 off_bytes - fields[kind].bias);
	}
}

/* --- Literals ------------------------------------------------------------- */

static u32 literal_hash(const struct weir_asmbuf *buf, u64 value, u32 reloc)
{
	u64 mixed = (value ^ reloc) * 0x9e3779b97f4a7c15ULL;

	return (u32)(mixed >> 32) & (buf->hash_size - 1);
}

static void hash_insert(struct weir_asmbuf *buf, u32 nr)
{
	struct weir_literal *lit = &buf->literal[nr];
	u32 *head = &buf->hash[literal_hash(buf, lit->value, lit->reloc)];

	lit->next = *head;
	*head = nr;
}

/* Keep chains short: as many heads as literals, and all anew when it grows. */
static bool hash_grow(struct weir_asmbuf *buf)
{
	u32 size = max_t(u32, buf->hash_size * 2, WEIR_POOL_HASH);
	u32 *hash;
	u32 i;

	if (buf->hash_size > buf->nr_literals)
		return true;
	hash = weir_host_alloc((size_t)size * sizeof(u32));
	if (!hash) {
		weir_asmbuf_fail(buf, -ENOMEM);
		return false;
	}
	weir_host_free(buf->hash);
	buf->hash = hash;
	buf->hash_size = size;
	for (i = 0; i < size; i++)
		hash[i] = WEIR_NO_WORD;
	for (i = buf->unplaced; i < buf->nr_literals; i++)
		hash_insert(buf, i);
	return true;
}

/* Only literals that are not placed yet are shared: those are ahead. */
static u32 literal_find(const struct weir_asmbuf *buf, u64 value, u32 bytes,
			u32 reloc)
{
	u32 i = buf->hash[literal_hash(buf, value, reloc)];

	for (; i != WEIR_NO_WORD; i = buf->literal[i].next) {
		const struct weir_literal *lit = &buf->literal[i];

		if (!lit->placed && lit->value == value &&
		    lit->bytes == bytes && lit->reloc == reloc)
			return i;
	}
	return WEIR_NO_WORD;
}

static u32 literal_get(struct weir_asmbuf *buf, u64 value, u32 bytes, u32 reloc)
{
	u32 nr;

	if (buf->err || !hash_grow(buf))
		return WEIR_NO_WORD;
	nr = literal_find(buf, value, bytes, reloc);
	if (nr != WEIR_NO_WORD)
		return nr;
	if (!room(buf, (void **)&buf->literal, &buf->cap_literals,
		  buf->nr_literals, sizeof(*buf->literal)))
		return WEIR_NO_WORD;
	nr = buf->nr_literals++;
	buf->literal[nr] = (struct weir_literal){
		.value = value,
		.reloc = reloc,
		.label = weir_asmbuf_label(buf).nr,
		.bytes = (u8)bytes,
	};
	hash_insert(buf, nr);
	buf->unplaced_bytes += bytes;
	return nr;
}

void weir_asmbuf_literal(struct weir_asmbuf *buf, u32 word,
			 enum weir_fixup_kind kind, u64 value, u32 bytes,
			 u32 reloc)
{
	u32 nr = literal_get(buf, value, bytes, reloc);
	struct weir_label label;
	u32 at;

	if (nr == WEIR_NO_WORD)
		return;
	label.nr = buf->literal[nr].label;
	at = weir_asmbuf_branch(buf, word, label, kind);
	if (buf->pool_from == WEIR_NO_WORD)
		buf->pool_from = at;
}

bool weir_asmbuf_pool_due(const struct weir_asmbuf *buf, u32 reach_bytes,
			  u32 more_words)
{
	u64 end;

	if (buf->pool_from == WEIR_NO_WORD)
		return false;
	/* With a branch round it and a word of padding. */
	end = ((u64)buf->nr_words - buf->pool_from + more_words + 2) * 4 +
	      buf->unplaced_bytes;
	return end > reach_bytes;
}

static void place(struct weir_asmbuf *buf, struct weir_literal *lit)
{
	struct weir_label label = { .nr = lit->label };

	weir_asmbuf_bind(buf, label);
	weir_asmbuf_word(buf, (u32)lit->value);
	if (lit->bytes == 8)
		weir_asmbuf_word(buf, (u32)(lit->value >> 32));
	lit->placed = true;
}

/* The wide ones first, so that one word of padding is enough. */
void weir_asmbuf_pool(struct weir_asmbuf *buf, u32 pad)
{
	u32 from = buf->nr_words;
	u32 bytes, i;

	if (buf->unplaced == buf->nr_literals)
		return;
	if (!room(buf, (void **)&buf->span, &buf->cap_spans, buf->nr_spans,
		  sizeof(*buf->span)))
		return;
	for (bytes = 8; bytes >= 4; bytes -= 4) {
		for (i = buf->unplaced; i < buf->nr_literals; i++) {
			if (buf->literal[i].bytes != bytes)
				continue;
			if (bytes == 8 && (buf->nr_words & 1))
				weir_asmbuf_word(buf, pad);
			place(buf, &buf->literal[i]);
		}
	}
	buf->span[buf->nr_spans++] = (struct weir_span){
		.from = from,
		.end = buf->nr_words,
	};
	buf->unplaced = buf->nr_literals;
	buf->unplaced_bytes = 0;
	buf->pool_from = WEIR_NO_WORD;
}

int weir_asmbuf_settle(struct weir_asmbuf *buf)
{
	u32 i;

	for (i = 0; i < buf->nr_fixups && !buf->err; i++) {
		const struct weir_fixup *fixup = &buf->fixup[i];
		u32 target = buf->label[fixup->label];
		s64 off = ((s64)target - fixup->word) * 4;

		if (target == WEIR_NO_WORD ||
		    !weir_fixup_put(fixup->kind, &buf->words[fixup->word], off))
			weir_asmbuf_fail(buf, -EFAULT);
	}
	return buf->err;
}
