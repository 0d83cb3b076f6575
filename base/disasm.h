/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Instructions as text, in the C-like form that bpftool and llvm-objdump
 * print. The same text assembles again (tools/lib/text.h).
 */
#ifndef WEIR_BASE_DISASM_H
#define WEIR_BASE_DISASM_H

#include <linux/types.h>

struct bpf_insn;

/* Room that every instruction's text fits in. */
#define WEIR_DISASM_MAX 80

/**
 * weir_disasm() - one instruction
 * @buf:	room for the text; 0-terminated whenever @size > 0
 * @size:	bytes at @buf
 * @insn:	of good form (weir_prog_check), or any: what is no instruction
 *		prints as its bytes. Both slots of a 16-byte one are read.
 * @target:	what to print for where a jump or call leads, or NULL for the
 *		distance ("+3"); for a map by index its name, or NULL
 *
 * Return: characters written, without the end.
 */
u32 weir_disasm(char *buf, size_t size, const struct bpf_insn *insn,
		const char *target);

#endif
