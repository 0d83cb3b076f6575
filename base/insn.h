/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The instruction set: RFC 9669 by the names of <linux/bpf.h>, with the few
 * names that older systems' headers lack.
 */
#ifndef WEIR_BASE_INSN_H
#define WEIR_BASE_INSN_H

#include <linux/types.h>
#include <uapi/linux/bpf.h>

#ifndef BPF_MEMSX
#define BPF_MEMSX 0x80 /* load with sign extension (ISA v4) */
#endif
#ifndef BPF_JCOND
#define BPF_JCOND 0xe0
#endif
#ifndef BPF_LOAD_ACQ
#define BPF_LOAD_ACQ 0x100
#define BPF_STORE_REL 0x110
#endif
#ifndef BPF_PSEUDO_MAP_IDX
#define BPF_PSEUDO_MAP_IDX 5 /* LD_IMM64: a map of the program, by index */
#define BPF_PSEUDO_MAP_IDX_VALUE 6 /* a byte of its value */
#endif
/* Classic-only modes that <linux/bpf_common.h> has, repeated for clarity:
 * BPF_ABS 0x20, BPF_IND 0x40, BPF_LEN 0x80, BPF_MSH 0xa0.
 */

/* What an instruction has besides its opcode; see insn.def. */
enum weir_insn_form {
	WEIR_INSN_NONE = 0, /* not an opcode */
	WEIR_INSN_ALU_K,
	WEIR_INSN_ALU_X,
	WEIR_INSN_SHIFT_K,
	WEIR_INSN_DIV_K,
	WEIR_INSN_DIV_X,
	WEIR_INSN_MOV_X,
	WEIR_INSN_NEG,
	WEIR_INSN_END,
	WEIR_INSN_JA,
	WEIR_INSN_JA32,
	WEIR_INSN_JUMP_K,
	WEIR_INSN_JUMP_X,
	WEIR_INSN_CALL,
	WEIR_INSN_EXIT,
	WEIR_INSN_IMM64,
	WEIR_INSN_LD_ABS,
	WEIR_INSN_LD_IND,
	WEIR_INSN_LDX,
	WEIR_INSN_ST,
	WEIR_INSN_STX,
	WEIR_INSN_ATOMIC,
	WEIR_NR_INSN_FORMS
};

/* The fields that a form's operands lie in. */
#define WEIR_FIELD_DST (1u << 0)
#define WEIR_FIELD_SRC (1u << 1)
#define WEIR_FIELD_OFF (1u << 2)
#define WEIR_FIELD_IMM (1u << 3)

/**
 * struct weir_insn_row - one row of insn.def
 * @form:	enum weir_insn_form; WEIR_INSN_NONE if there is no such opcode
 * @fields:	WEIR_FIELD_* that are operands
 * @mnemonic:	of plain assemblers
 * @symbol:	operator or type in the C-like text
 */
struct weir_insn_row {
	u8 form;
	u8 fields;
	const char *mnemonic;
	const char *symbol;
};

/** weir_insn_row() - what is known of opcode @code; never NULL. */
const struct weir_insn_row *weir_insn_row(u8 code);

/** weir_insn_is_wide() - does the instruction take two slots? */
static inline bool weir_insn_is_wide(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/** weir_insn_size() - bytes that BPF_SIZE() of @code stands for. */
static inline u32 weir_insn_size(u8 code)
{
	switch (BPF_SIZE(code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	default:
		return 8;
	}
}

/** weir_insn_is_jump() - may control go elsewhere than to the next slot
 * or out? True for jumps of both widths, not for calls and exit.
 */
static inline bool weir_insn_is_jump(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code);
	u8 op = BPF_OP(insn->code);

	return (class == BPF_JMP || class == BPF_JMP32) && op != BPF_CALL &&
	       op != BPF_EXIT;
}

/** weir_insn_is_cond() - a jump that may also fall through. */
static inline bool weir_insn_is_cond(const struct bpf_insn *insn)
{
	return weir_insn_is_jump(insn) && BPF_OP(insn->code) != BPF_JA;
}

/** weir_insn_target() - slot a jump at slot @pc leads to; may be out of range
 * before the program was checked.
 */
static inline s64 weir_insn_target(const struct bpf_insn *insn, u32 pc)
{
	if (insn->code == (BPF_JMP32 | BPF_JA))
		return (s64)pc + 1 + insn->imm;
	return (s64)pc + 1 + insn->off;
}

/** weir_insn_is_call() - call of a helper or of a subprogram. */
static inline bool weir_insn_is_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL);
}

static inline bool weir_insn_is_subprog_call(const struct bpf_insn *insn)
{
	return weir_insn_is_call(insn) && insn->src_reg == BPF_PSEUDO_CALL;
}

/** weir_insn_is_func() - LD_IMM64 of a subprogram, to be called back. */
static inline bool weir_insn_is_func(const struct bpf_insn *insn)
{
	return weir_insn_is_wide(insn) && insn->src_reg == BPF_PSEUDO_FUNC;
}

/** weir_insn_is_helper_call() - call of a helper. */
static inline bool weir_insn_is_helper_call(const struct bpf_insn *insn)
{
	return weir_insn_is_call(insn) && insn->src_reg != BPF_PSEUDO_CALL;
}

static inline bool weir_insn_is_exit(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_EXIT);
}

/** weir_insn_is_packet_load() - LD_ABS or LD_IND. */
static inline bool weir_insn_is_packet_load(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_LD &&
	       (BPF_MODE(insn->code) == BPF_ABS ||
		BPF_MODE(insn->code) == BPF_IND);
}

#endif
