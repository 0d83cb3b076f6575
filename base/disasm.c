// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One instruction, one line of text: a small printer per form of insn.def. */
#include <linux/kernel.h>
#include "base/disasm.h"
#include "base/helper.h"
#include "base/insn.h"

/* Where the text goes. */
struct line {
	char *buf;
	size_t size;
	u32 len;
};

static void put(struct line *line, const char *fmt, ...) __printf(2, 3);

static void put(struct line *line, const char *fmt, ...)
{
	size_t room = line->size - line->len;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(line->buf + line->len, room, fmt, args);
	va_end(args);
	if (n > 0)
		line->len += min_t(u32, (u32)n, room ? (u32)room - 1 : 0);
}

/* Registers of 32-bit instructions are called w. */
static char reg_letter(const struct bpf_insn *insn)
{
	u8 class = BPF_CLASS(insn->code);

	return class == BPF_ALU || class == BPF_JMP32 ? 'w' : 'r';
}

/*
 * Constants that mean bits are easier to read in hexadecimal; but a negative
 * one, which 64-bit instructions extend, would read as what it is not.
 */
static void put_imm(struct line *line, const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);
	bool is_jump = weir_insn_is_jump(insn);
	bool bits = is_jump ? op == BPF_JSET
			    : op == BPF_AND || op == BPF_OR || op == BPF_XOR;

	if (insn->imm < 0 && reg_letter(insn) == 'r')
		bits = false;
	put(line, bits ? "0x%x" : "%d", insn->imm);
}

static void put_src(struct line *line, const struct bpf_insn *insn)
{
	if (BPF_SRC(insn->code) == BPF_X)
		put(line, "%c%u", reg_letter(insn), insn->src_reg);
	else
		put_imm(line, insn);
}

/* "(r1 + 4)" */
static void put_place(struct line *line, u8 reg, s16 off)
{
	put(line, "(r%u %c %d)", reg, off < 0 ? '-' : '+',
	    off < 0 ? -off : off);
}

static void put_target(struct line *line, s32 distance, const char *target)
{
	if (target)
		put(line, "%s", target);
	else
		put(line, "%+d", distance);
}

static void put_alu(struct line *line, const struct bpf_insn *insn,
		    const char *symbol)
{
	bool divides = BPF_OP(insn->code) == BPF_DIV ||
		       BPF_OP(insn->code) == BPF_MOD;

	put(line, "%c%u %s%s ", reg_letter(insn), insn->dst_reg,
	    divides && insn->off ? "s" : "", symbol);
	put_src(line, insn);
}

static void put_mov(struct line *line, const struct bpf_insn *insn)
{
	char letter = reg_letter(insn);

	put(line, "%c%u = ", letter, insn->dst_reg);
	if (insn->off)
		put(line, "(s%d)", insn->off);
	put(line, "%c%u", letter, insn->src_reg);
}

/* Swaps are called by the whole register, whatever their class. */
static void put_end(struct line *line, const struct bpf_insn *insn,
		    const char *symbol)
{
	put(line, "r%u = %s%d r%u", insn->dst_reg, symbol, insn->imm,
	    insn->dst_reg);
}

static void put_jump(struct line *line, const struct bpf_insn *insn,
		     const char *symbol, const char *target)
{
	put(line, "if %c%u %s ", reg_letter(insn), insn->dst_reg, symbol);
	put_src(line, insn);
	put(line, " goto ");
	put_target(line, insn->off, target);
}

static void put_call(struct line *line, const struct bpf_insn *insn,
		     const char *target)
{
	const char *name = weir_helper_name((u32)insn->imm);

	put(line, "call ");
	if (insn->src_reg == BPF_PSEUDO_CALL)
		put_target(line, insn->imm, target);
	else if (insn->src_reg == 0 && name)
		put(line, "%s", name);
	else if (insn->src_reg == 0)
		put(line, "%u", (u32)insn->imm);
	else
		put(line, "kernel#%d", insn->imm);
}

/* 64-bit constants and, by bpftool's names, what else a load can name. */
static void put_imm64(struct line *line, const struct bpf_insn *insn,
		      const char *target)
{
	u32 low = (u32)insn[0].imm;
	u32 high = (u32)insn[1].imm;

	put(line, "r%u = ", insn->dst_reg);
	switch (insn->src_reg) {
	case 0:
		put(line, "0x%llx ll", (unsigned long long)high << 32 | low);
		break;
	case 1:
		put(line, "map[fd:%u]", low);
		break;
	case 2:
		put(line, "map[fd:%u][0]+%u", low, high);
		break;
	case WEIR_PSEUDO_PARAM:
		put(line, "param[%u]", low);
		break;
	case 4:
		put(line, "&");
		put_target(line, insn->imm, target);
		break;
	case 5:
		if (target)
			put(line, "map[%s]", target);
		else
			put(line, "map[idx:%u]", low);
		break;
	case 6:
		if (target)
			put(line, "value[%s + %u]", target, high);
		else
			put(line, "map[idx:%u][0]+%u", low, high);
		break;
	default:
		put(line, "pseudo[%u:%u]+%u", insn->src_reg, low, high);
		break;
	}
}

/* The offset is unsigned where it stands alone, as it counts from the start. */
static void put_packet_load(struct line *line, const struct bpf_insn *insn,
			    const char *symbol)
{
	put(line, "r0 = *(%s *)skb[", symbol);
	if (BPF_MODE(insn->code) == BPF_ABS)
		put(line, "%d]", insn->imm);
	else
		put(line, "r%u %c %u]", insn->src_reg,
		    insn->imm < 0 ? '-' : '+',
		    insn->imm < 0 ? -(u32)insn->imm : (u32)insn->imm);
}

/* An operation that fetches, with its register on both sides. */
static void put_fetch(struct line *line, const struct bpf_insn *insn,
		      const char *symbol, const char *name)
{
	char letter = weir_insn_size(insn->code) == 4 ? 'w' : 'r';
	bool cmpxchg = insn->imm == BPF_CMPXCHG;

	put(line, "%c%u = atomic_%s((%s *)", letter,
	    cmpxchg ? 0 : insn->src_reg, name, symbol);
	put_place(line, insn->dst_reg, insn->off);
	if (cmpxchg)
		put(line, ", %c0", letter);
	put(line, ", %c%u)", letter, insn->src_reg);
}

static void put_lock(struct line *line, const struct bpf_insn *insn,
		     const char *symbol, const char *op)
{
	char letter = weir_insn_size(insn->code) == 4 ? 'w' : 'r';

	put(line, "lock *(%s *)", symbol);
	put_place(line, insn->dst_reg, insn->off);
	put(line, " %s %c%u", op, letter, insn->src_reg);
}

static void put_atomic(struct line *line, const struct bpf_insn *insn,
		       const char *symbol)
{
	switch (insn->imm) {
	case BPF_ADD:
		put_lock(line, insn, symbol, "+=");
		break;
	case BPF_AND:
		put_lock(line, insn, symbol, "&=");
		break;
	case BPF_OR:
		put_lock(line, insn, symbol, "|=");
		break;
	case BPF_XOR:
		put_lock(line, insn, symbol, "^=");
		break;
	case BPF_ADD | BPF_FETCH:
		put_fetch(line, insn, symbol, "fetch_add");
		break;
	case BPF_AND | BPF_FETCH:
		put_fetch(line, insn, symbol, "fetch_and");
		break;
	case BPF_OR | BPF_FETCH:
		put_fetch(line, insn, symbol, "fetch_or");
		break;
	case BPF_XOR | BPF_FETCH:
		put_fetch(line, insn, symbol, "fetch_xor");
		break;
	case BPF_XCHG:
		put_fetch(line, insn, symbol, "xchg");
		break;
	case BPF_CMPXCHG:
		put_fetch(line, insn, symbol, "cmpxchg");
		break;
	default:
		put_lock(line, insn, symbol, "?=");
		break;
	}
}

static void put_store(struct line *line, const struct bpf_insn *insn,
		      const char *symbol)
{
	put(line, "*(%s *)", symbol);
	put_place(line, insn->dst_reg, insn->off);
	if (BPF_CLASS(insn->code) == BPF_ST)
		put(line, " = %d", insn->imm);
	else
		put(line, " = r%u", insn->src_reg);
}

static void put_insn(struct line *line, const struct bpf_insn *insn,
		     const char *target)
{
	const struct weir_insn_row *row = weir_insn_row(insn->code);

	switch (row->form) {
	case WEIR_INSN_ALU_K:
	case WEIR_INSN_ALU_X:
	case WEIR_INSN_SHIFT_K:
	case WEIR_INSN_DIV_K:
	case WEIR_INSN_DIV_X:
		put_alu(line, insn, row->symbol);
		break;
	case WEIR_INSN_MOV_X:
		put_mov(line, insn);
		break;
	case WEIR_INSN_NEG:
		put(line, "%c%u = -%c%u", reg_letter(insn), insn->dst_reg,
		    reg_letter(insn), insn->dst_reg);
		break;
	case WEIR_INSN_END:
		put_end(line, insn, row->symbol);
		break;
	case WEIR_INSN_JA:
	case WEIR_INSN_JA32:
		put(line, "%s ", row->symbol);
		put_target(line,
			   row->form == WEIR_INSN_JA ? insn->off : insn->imm,
			   target);
		break;
	case WEIR_INSN_JUMP_K:
	case WEIR_INSN_JUMP_X:
		put_jump(line, insn, row->symbol, target);
		break;
	case WEIR_INSN_CALL:
		put_call(line, insn, target);
		break;
	case WEIR_INSN_EXIT:
		put(line, "exit");
		break;
	case WEIR_INSN_IMM64:
		put_imm64(line, insn, target);
		break;
	case WEIR_INSN_LD_ABS:
	case WEIR_INSN_LD_IND:
		put_packet_load(line, insn, row->symbol);
		break;
	case WEIR_INSN_LDX:
		put(line, "r%u = *(%s *)", insn->dst_reg, row->symbol);
		put_place(line, insn->src_reg, insn->off);
		break;
	case WEIR_INSN_ST:
	case WEIR_INSN_STX:
		put_store(line, insn, row->symbol);
		break;
	case WEIR_INSN_ATOMIC:
		put_atomic(line, insn, row->symbol);
		break;
	default:
		put(line, "(%02x) dst %u src %u off %d imm %d", insn->code,
		    insn->dst_reg, insn->src_reg, insn->off, insn->imm);
		break;
	}
}

u32 weir_disasm(char *buf, size_t size, const struct bpf_insn *insn,
		const char *target)
{
	struct line line = { .buf = buf, .size = size };

	if (size)
		buf[0] = 0;
	put_insn(&line, insn, target);
	return line.len;
}
