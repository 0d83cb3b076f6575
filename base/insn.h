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
#define BPF_MEMSX	0x80	/* load with sign extension (ISA v4) */
#endif
#ifndef BPF_JCOND
#define BPF_JCOND	0xe0
#endif
#ifndef BPF_LOAD_ACQ
#define BPF_LOAD_ACQ	0x100
#define BPF_STORE_REL	0x110
#endif
/* Classic-only modes that <linux/bpf_common.h> has, repeated for clarity:
 * BPF_ABS 0x20, BPF_IND 0x40, BPF_LEN 0x80, BPF_MSH 0xa0.
 */

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
