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
#include "tools/lib/text.h"
#include "uapi/weir.h"

#define CASE_MAX_RUNS 64
#define CASE_MAX_PACKET WEIR_MAX_PACKET
#define CASE_MAX_MAPS 16
#define CASE_MAX_ELEMS 256
#define CASE_MAX_PROGRAMS 8
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
 * @out_size:	its bytes
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
	uint32_t out_size;
};

/**
 * struct case_bytes - a key or a value
 * @at:		NULL: there is none
 */
struct case_bytes {
	uint8_t *at;
	uint32_t size;
};

/**
 * struct case_map - a map as it is declared
 * @line:	of the file
 * @create:	what it is, but for inner_fd
 * @inner:	map of maps: index of the map that inner ones look like, or -1
 * @frozen:	freeze it when it has its elements
 */
struct case_map {
	unsigned int line;
	struct weir_map_create create;
	int inner;
	bool frozen;
};

/**
 * struct case_elem - an element of a map: at the start, or expected
 * @line:	of the file
 * @map:	index
 * @run:	expected: behind which run; that many runs came before
 * @key:	none for a queue, stack, bloom filter, ring buffer
 * @value:	expected: none if there must be no such element
 * @name:	of a program or map that is the value, or NULL
 */
struct case_elem {
	unsigned int line;
	unsigned int map;
	size_t run;
	struct case_bytes key;
	struct case_bytes value;
	char *name;
};

/**
 * struct case_set - a live parameter is set between two runs
 * @line:	of the file
 * @run:	before which run, from 0
 * @name:	of the parameter
 * @refused:	it must be: out of range
 */
struct case_set {
	unsigned int line;
	size_t run;
	char name[WEIR_PARAM_NAME_LEN];
	uint64_t value;
	bool refused;
};

/**
 * struct case_program - one more program, for tail calls
 * @name:	by which elements name it
 * @kind:	its own
 */
struct case_program {
	char name[WEIR_NAME_LEN];
	enum weir_kind kind;
	struct bpf_insn *insns;
	size_t nr_insns;
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
 * @differs:	how Linux differs, in words, or NULL
 * @reject:	expected rejection's name, or NULL
 * @reject_pc:	where, or CASE_ANY
 * @guards:	expected number, or CASE_ANY
 * @maps:	in the order of the programs' indexes
 * @elems:	what they start with
 * @expects:	what runs leave in them
 * @assume:	bit per map: the program assumes its values
 * @now:	bit per run: before it assumed values are compiled in again
 * @updates:	what users put into them between runs
 * @params:	live parameters of the program
 * @sets:	their numbers between runs
 * @programs:	that program arrays name
 */
struct case_file {
	char *path;
	enum weir_kind kind;
	bool strict;
	uint64_t fail_verdict;
	struct bpf_insn *insns;
	struct sock_filter *classic;
	size_t nr_insns;
	char *differs;
	char *reject;
	uint32_t reject_pc;
	uint32_t guards;
	struct case_run runs[CASE_MAX_RUNS];
	size_t nr_runs;
	struct case_map maps[CASE_MAX_MAPS];
	size_t nr_maps;
	struct case_elem elems[CASE_MAX_ELEMS];
	size_t nr_elems;
	struct case_elem expects[CASE_MAX_ELEMS];
	size_t nr_expects;
	struct case_elem updates[CASE_MAX_RUNS];
	size_t nr_updates;
	uint64_t assume;
	uint64_t now;
	struct weir_text_params params;
	struct case_set sets[CASE_MAX_RUNS];
	size_t nr_sets;
	struct case_program programs[CASE_MAX_PROGRAMS];
	size_t nr_programs;
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
