/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Machine code as text: an image looked at word by word. What each word is
 * (code, literal) and where its branch leads is read from the bits; the text
 * comes from capstone, and is left out where capstone does not know the word
 * or prints what an assembler would encode otherwise.
 */
#ifndef WEIR_TOOL_IMAGE_TEXT_H
#define WEIR_TOOL_IMAGE_TEXT_H

#include <linux/types.h>
#include "jit/image.h"

#define WORD_TEXT 128

/* image_text.flags, per word */
#define WORD_DATA (1u << 0) /* a literal */
#define WORD_WIDE (1u << 1) /* the first half of an 8-byte literal */
#define WORD_LABEL (1u << 2) /* some branch or load refers to it */

/**
 * struct image_text - an image under the glass
 * @image:	the image
 * @flags:	per word
 * @target:	per word: byte offset its branch or literal load refers to, or
 *		WEIR_NO_OFFSET
 * @reloc:	per word: 1 + index of its relocation, or 0
 */
struct image_text {
	const struct weir_image *image;
	u8 *flags;
	u32 *target;
	u32 *reloc;
	bool is_arm;
	size_t handle;
	void *insn;
};

/** image_text_open() - 0, -ENOMEM or -EOPNOTSUPP (capstone lacks the arch). */
int image_text_open(struct image_text *t, const struct weir_image *image);
void image_text_close(struct image_text *t);

/**
 * image_text_word() - text of the word at index @i
 * @label:	what to write for its target, or NULL
 *
 * Return: false if it has no text that reassembles to it; @buf is then "".
 */
bool image_text_word(struct image_text *t, u32 i, const char *label,
		     char buf[WORD_TEXT]);

/** image_text_reference() - what a word's relocation means: a helper, a map.
 * Return: false if it has none.
 */
bool image_text_reference(const struct image_text *t, u32 i,
			  char buf[WORD_TEXT]);

#endif
