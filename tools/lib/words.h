/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is wrong, in one line for people. The first words stay: what failed
 * first is the reason, what follows from it is not.
 */
#ifndef WEIR_LIB_WORDS_H
#define WEIR_LIB_WORDS_H

#define WEIR_WORDS 256

/** struct weir_words - one line without its end; empty if all is well */
struct weir_words {
	char text[WEIR_WORDS];
};

/**
 * weir_say() - note what is wrong, unless something was before
 * @words:	where
 * @err:	a negative errno
 * @fmt:	the line; control characters in it become '?'
 *
 * Return: @err.
 */
int weir_say(struct weir_words *words, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
