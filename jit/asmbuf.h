/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A buffer of machine words under construction: words, labels, fixups and the
 * literal pool. It keeps the first error; whatever is asked of it afterwards
 * does nothing, and the owner looks at the error once, at the end.
 *
 * A fixup is a word whose distance to a label is not known yet, with the kind
 * of field that takes it. All are settled at the end; one that does not reach
 * is an error, never a wrong word.
 */
#ifndef WEIR_JIT_ASMBUF_H
#define WEIR_JIT_ASMBUF_H

#include <linux/types.h>

/* The field that takes a distance. */
enum weir_fixup_kind {
	WEIR_FIXUP_A64_IMM26, /* B, BL */
	WEIR_FIXUP_A64_IMM19, /* B.cond, CBZ, CBNZ, LDR literal */
	WEIR_FIXUP_A64_IMM14, /* TBZ, TBNZ */
	WEIR_FIXUP_A32_IMM24, /* B, BL; from pc + 8 */
	WEIR_FIXUP_A32_LIT12, /* LDR literal; from pc + 8 */
	WEIR_FIXUP_A32_LIT8, /* LDRD literal; from pc + 8 */
	WEIR_NR_FIXUP_KINDS
};

struct weir_label {
	u32 nr;
};

#define WEIR_NO_WORD 0xffffffffu

struct weir_fixup {
	u32 word;
	u32 label;
	u8 kind;
};

/**
 * struct weir_literal - a constant in the pool
 * @value:	its bits
 * @bytes:	4 or 8
 * @reloc:	the address that is added at publication, see weir_emit_ref(); 0
 *		for none
 * @label:	where it will be
 * @placed:	its label is bound
 * @next:	of the same hash, or WEIR_NO_WORD
 */
struct weir_literal {
	u64 value;
	u32 reloc;
	u32 label;
	u32 next;
	u8 bytes;
	bool placed;
};

/** struct weir_span - words [from, end), which are data */
struct weir_span {
	u32 from;
	u32 end;
};

#define WEIR_POOL_HASH 256

/**
 * struct weir_asmbuf - see above
 * @words:	what was written
 * @label:	per label the word it stands at, or WEIR_NO_WORD
 * @pool_from:	word that first uses a literal not placed yet
 * @unplaced:	first literal not placed
 * @span:	where pools were placed, in order
 * @err:	first error: -ENOMEM, -E2BIG, -EFAULT
 */
struct weir_asmbuf {
	u32 *words;
	u32 nr_words;
	u32 cap_words;
	u32 *label;
	u32 nr_labels;
	u32 cap_labels;
	struct weir_fixup *fixup;
	u32 nr_fixups;
	u32 cap_fixups;
	struct weir_literal *literal;
	u32 nr_literals;
	u32 cap_literals;
	u32 unplaced;
	u32 unplaced_bytes;
	u32 pool_from;
	u32 *hash;
	u32 hash_size;
	struct weir_span *span;
	u32 nr_spans;
	u32 cap_spans;
	int err;
};

/* An image is at most this long, so that offsets in it fit any branch. */
#define WEIR_ASMBUF_MAX_WORDS (24u << 20)

/** weir_asmbuf_init() - empty; weir_asmbuf_exit() goes with it. */
void weir_asmbuf_init(struct weir_asmbuf *buf);
void weir_asmbuf_exit(struct weir_asmbuf *buf);

/** weir_asmbuf_fail() - keep @err unless there is an earlier error. */
void weir_asmbuf_fail(struct weir_asmbuf *buf, int err);

/** weir_asmbuf_word() - append a word. Return: its index. */
u32 weir_asmbuf_word(struct weir_asmbuf *buf, u32 word);

/** weir_asmbuf_label() - a new label, not bound yet. */
struct weir_label weir_asmbuf_label(struct weir_asmbuf *buf);

/** weir_asmbuf_bind() - the label stands at the next word. */
void weir_asmbuf_bind(struct weir_asmbuf *buf, struct weir_label label);

/** weir_asmbuf_branch() - append a word whose distance goes to @label. */
u32 weir_asmbuf_branch(struct weir_asmbuf *buf, u32 word,
		       struct weir_label label, enum weir_fixup_kind kind);

/** weir_asmbuf_where() - the word a bound label stands at. */
u32 weir_asmbuf_where(const struct weir_asmbuf *buf, struct weir_label label);

/** weir_fixup_put() - put a distance into a word's field.
 * @off_bytes: from the word itself to its target
 * Return: does it fit? If not, the word is unchanged.
 */
bool weir_fixup_put(enum weir_fixup_kind kind, u32 *word, s64 off_bytes);

/** weir_asmbuf_literal() - append a load of a constant from the pool
 * @word:	the load, its field empty
 * @value:	the constant; equal ones share an entry
 * @bytes:	4 or 8
 * @reloc:	weir_emit_ref() of the address that is added, or 0
 */
void weir_asmbuf_literal(struct weir_asmbuf *buf, u32 word,
			 enum weir_fixup_kind kind, u64 value, u32 bytes,
			 u32 reloc);

/** weir_asmbuf_pool_due() - would the oldest use of an unplaced literal be out
 * of @reach_bytes after @more_words further words?
 */
bool weir_asmbuf_pool_due(const struct weir_asmbuf *buf, u32 reach_bytes,
			  u32 more_words);

/** weir_asmbuf_pool() - place the literals gathered so far, here
 * @pad: word to align with
 */
void weir_asmbuf_pool(struct weir_asmbuf *buf, u32 pad);

/** weir_asmbuf_settle() - write every fixup's distance. Return: the error. */
int weir_asmbuf_settle(struct weir_asmbuf *buf);

#endif
