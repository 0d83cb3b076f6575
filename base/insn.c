// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The opcode table: insn.def, indexed by opcode. */
#include <linux/kernel.h>
#include "base/insn.h"

#define DST WEIR_FIELD_DST
#define SRC WEIR_FIELD_SRC
#define OFF WEIR_FIELD_OFF
#define IMM WEIR_FIELD_IMM

/* clang-format off */
enum {
	FIELDS_ALU_K	= DST | IMM,
	FIELDS_ALU_X	= DST | SRC,
	FIELDS_SHIFT_K	= DST | IMM,
	FIELDS_DIV_K	= DST | OFF | IMM,
	FIELDS_DIV_X	= DST | SRC | OFF,
	FIELDS_MOV_X	= DST | SRC | OFF,
	FIELDS_NEG	= DST,
	FIELDS_END	= DST | IMM,
	FIELDS_JA	= OFF,
	FIELDS_JA32	= IMM,
	FIELDS_JUMP_K	= DST | OFF | IMM,
	FIELDS_JUMP_X	= DST | SRC | OFF,
	FIELDS_CALL	= SRC | IMM,
	FIELDS_EXIT	= 0,
	FIELDS_IMM64	= DST | SRC | IMM,
	FIELDS_LD_ABS	= IMM,
	FIELDS_LD_IND	= SRC | IMM,
	FIELDS_LDX	= DST | SRC | OFF,
	FIELDS_ST	= DST | OFF | IMM,
	FIELDS_STX	= DST | SRC | OFF,
	FIELDS_ATOMIC	= DST | SRC | OFF | IMM,
};
/* clang-format on */

static const struct weir_insn_row rows[256] = {
#define _(class, op, src, name, text, shape)     \
	[BPF_##class | BPF_##op | BPF_##src] = { \
		.form = WEIR_INSN_##shape,       \
		.fields = FIELDS_##shape,        \
		.mnemonic = name,                \
		.symbol = text,                  \
	},
#include "base/insn.def"
#undef _
};

const struct weir_insn_row *weir_insn_row(u8 code)
{
	return &rows[code];
}
