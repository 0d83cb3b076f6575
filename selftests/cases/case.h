/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A text case: one behaviour in a file. cases/README describes the form. Read
 * as a whole; what a case expects is data here and judged by run_cases.
 */
#ifndef SELFTESTS_CASES_CASE_H
#define SELFTESTS_CASES_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include "uapi/weir.h"

#define CASE_MAX_RUNS 64
#define CASE_MAX_PACKET WEIR_MAX_PACKET
#define CASE_ANY (~0u)
#define CASE_SOME_GUARD (WEIR_NO_GUARD - 1)

/**
 * struct case_run - one packet and what is expected of it
 * @line:	of the file
 * @packet:	bytes
 * @size:	their number
 * @wire_len:	0 means the same
 * @verdict:	expected
 * @guard:	expected guard, CASE_SOME_GUARD, or WEIR_NO_GUARD for a return
 * @pc:		expected pc of the guard's exit, or CASE_ANY
 * @regs:	expected registers at a guard's exit, where @has_reg says so
 * @has_reg:	one bit per register
 * @out:	expected packet afterwards, or NULL: as it went in
 */
struct case_run {
	unsigned int line;
	uint8_t *packet;
	uint32_t size;
	uint32_t wire_len;
	uint64_t verdict;
	uint32_t guard;
	uint32_t pc;
	uint64_t regs[WEIR_NR_REGS];
	uint32_t has_reg;
	uint8_t *out;
};

/**
 * struct case_file - see above
 * @path:	file
 * @kind:	program kind
 * @strict:	load it strictly
 * @fail_verdict: of a guard
 * @insns:	the program, unless it is classic
 * @classic:	the program, if it is
 * @nr_insns:	of either
 * @reject:	expected rejection's name, or NULL
 * @reject_pc:	where, or CASE_ANY
 * @guards:	expected number, or CASE_ANY
 */
struct case_file {
	char *path;
	enum weir_kind kind;
	bool strict;
	uint64_t fail_verdict;
	struct bpf_insn *insns;
	struct sock_filter *classic;
	size_t nr_insns;
	char *reject;
	uint32_t reject_pc;
	uint32_t guards;
	struct case_run runs[CASE_MAX_RUNS];
	size_t nr_runs;
};

/**
 * case_read() - read a file
 * @path:	of it
 * @err:	out: "line N: what is wrong" on failure
 * @size:	room there
 *
 * Return: the case, or NULL; free it with case_free().
 */
struct case_file *case_read(const char *path, char *err, size_t size);
void case_free(struct case_file *c);

#endif
