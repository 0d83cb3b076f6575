/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Programs as text, and back. Two spellings are read, line by line, and may be
 * mixed: the C-like one that bpftool and llvm-objdump print,
 *
 *	start:	r1 = *(u32 *)(r1 + len)		# a comment
 *		if r1 == 0 goto out
 *		r0 = 0x1234 ll
 *		call ktime_get_ns
 *	out:	exit
 *
 * and that of plain assemblers,
 *
 *	start:	ldxw %r1, [%r1+0]
 *		jeq %r1, 0, exit		; the first exit
 *		lddw %r0, 0x1234
 *		call 5
 *		exit
 *
 * A target is a label, or a distance in slots: +3, -2, pc+3. Numbers and
 * opcodes that a dump puts before an instruction ("7: (b7)") are skipped. In
 * the C-like form the name of a field of the context stands for its offset,
 * map[NAME] for a map, value[NAME + 8] for a place in an array's first value,
 * &LABEL for a function. A line
 *
 *	param NAME SIZE MIN..MAX = VALUE
 *
 * declares a live parameter, param[NAME] is its address.
 * Documentation/program.rst has the whole grammar.
 */
#ifndef WEIR_LIB_TEXT_H
#define WEIR_LIB_TEXT_H

#include <stddef.h>
#include <linux/types.h>
#include "uapi/weir.h"

struct bpf_insn;

/** struct weir_text_error - where reading stopped; lines and columns from 1 */
struct weir_text_error {
	unsigned int line;
	unsigned int column;
	char what[120];
};

/**
 * weir_text_assemble() - instructions of a text
 * @text:	need not be 0-terminated
 * @len:	its bytes
 * @insns:	out: free() them
 * @nr:		out: slots; 0 for a text without instructions
 * @err:	out: what is wrong with it
 *
 * Only the text is checked: that what it says makes a good program is
 * weir_prog_load()'s business. Names of context fields are those of struct
 * __sk_buff. Return: 0, -EINVAL, -ENOMEM.
 */
int weir_text_assemble(const char *text, size_t len, struct bpf_insn **insns,
		       u32 *nr, struct weir_text_error *err);

/** weir_text_assemble_kind() - the same with the field names of @kind. */
int weir_text_assemble_kind(enum weir_kind kind, const char *text, size_t len,
			    struct bpf_insn **insns, u32 *nr,
			    struct weir_text_error *err);

/**
 * struct weir_text_params - the live parameters that a text declares
 * @nr:		entries at @def
 * @bytes:	of the block that they lie in
 */
struct weir_text_params {
	u32 nr;
	u32 bytes;
	struct weir_param_def def[WEIR_MAX_PARAMS];
};

/**
 * struct weir_text_opts - what names in a text mean
 * @kind:	whose context fields
 * @maps:	names of the maps, in the order of the program's indexes
 * @nr_maps:	their number
 * @params:	out: where declarations go; NULL: there may be none
 */
struct weir_text_opts {
	enum weir_kind kind;
	const char *const *maps;
	u32 nr_maps;
	struct weir_text_params *params;
};

/** weir_text_assemble_opts() - the same with the names of @opts. */
int weir_text_assemble_opts(const struct weir_text_opts *opts, const char *text,
			    size_t len, struct bpf_insn **insns, u32 *nr,
			    struct weir_text_error *err);

/**
 * weir_text_print() - a program as text, C-like, one instruction to a line
 *
 * Targets become labels. Assembling the text gives the instructions again.
 * Return: the text, to be freed, or NULL if out of memory.
 */
char *weir_text_print(const struct bpf_insn *insns, u32 nr);

#endif
