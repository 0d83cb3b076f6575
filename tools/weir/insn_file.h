/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The forms in which people have instructions in files: bytes, hex digits, and
 * for classic BPF what tcpdump -dd and -ddd print.
 */
#ifndef WEIR_TOOL_INSN_FILE_H
#define WEIR_TOOL_INSN_FILE_H

#include <stdbool.h>
#include <stddef.h>

#define INSN_FILE_ERROR 128

/**
 * struct insn_file - what a file holds
 * @insns:	@nr of struct bpf_insn, or struct sock_filter if classic; owned
 * @err:	why it holds none, to follow its name: ":2:5: 'x' is not a ..."
 */
struct insn_file {
	void *insns;
	size_t nr;
	char err[INSN_FILE_ERROR];
};

/**
 * insn_file_parse() - instructions of a file's contents
 * @text:	contents, @bytes of them, and a 0 behind
 *
 * A file of nothing but printable characters is text: no program is, since
 * those that end a program are not. Return: 0, or -EINVAL with @out->err set.
 */
int insn_file_parse(const char *text, size_t bytes, bool classic,
		    struct insn_file *out);

#endif
