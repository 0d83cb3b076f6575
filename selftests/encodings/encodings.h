/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The comparison of encoders with GNU as and capstone, for all architectures.
 *
 * A test states its encodings class by class, each as our word and as the text
 * of the same instruction; enc_run() then has all of them assembled at once,
 * and compares. Each word also goes through capstone, and what that says is
 * assembled again and must give the word back. The result is TAP, one line a
 * class.
 */
#ifndef WEIR_SELFTESTS_ENCODINGS_H
#define WEIR_SELFTESTS_ENCODINGS_H

#include <linux/types.h>
#include <linux/kernel.h>

/* One row of an insn.def list. */
struct enc_row {
	u32 bits;
	const char *text;
	const char *name;
};

#define ENC_ROW(name, bits, text) { bits, text, #name },

/*
 * What capstone gets wrong: instructions of @class whose text matches the shell
 * pattern @text, and where @unknown, only if it says nothing at all. Consulted
 * when the round trip of a word has failed; each use is counted and reported.
 */
struct enc_exception {
	const char *class;
	const char *text;
	bool unknown;
	const char *reason;
};

struct enc_arch {
	const char *tools; /* prefix of as, ld and objcopy */
	const char *as_flags;
	const char *prologue; /* first line of the source */
	const char *text_base; /* where ld puts it */
	int cs_arch;
	int cs_mode;
	/* Make @text of capstone's words, for an instruction at address 0. */
	void (*normalise)(const char *mnemonic, const char *operands,
			  char *text, size_t size);
	const struct enc_exception *exceptions; /* ends with a NULL class */
};

/* What follows belongs to this class. */
void enc_class(const char *name);

/* The encoder's word, and the instruction it should be. */
void enc_is(u32 word, const char *fmt, ...) __printf(2, 3);

/* An instruction that does not exist: GNU as refuses it. */
void enc_refused(const char *fmt, ...) __printf(1, 2);

/* Something else that must hold, such as a constructor that says no. */
void enc_check(bool holds, const char *fmt, ...) __printf(2, 3);

/* Numbers that look random and are the same in each run. */
u64 enc_random(void);

/* Assemble, compare, report. The exit code: 0 passed, 1 failed, 4 skipped. */
int enc_run(const struct enc_arch *arch);

#endif
