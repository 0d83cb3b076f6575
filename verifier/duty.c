// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What each instruction requires. */
#include <linux/types.h>
#include "base/helper.h"
#include "base/insn.h"
#include "verifier/duty.h"

struct list {
	struct weir_duty *duty;
	u32 nr;
};

static struct weir_duty *add(struct list *l, enum weir_duty_kind kind, u8 reg)
{
	struct weir_duty *d = &l->duty[l->nr++];

	*d = (struct weir_duty){ .kind = (u8)kind,
				 .reg = reg,
				 .src = WEIR_DUTY_IMM };
	return d;
}

static void add_access(struct list *l, const struct bpf_insn *insn, u8 reg,
		       u8 mode)
{
	struct weir_duty *d = add(l, WEIR_DUTY_ACCESS, reg);

	d->off = insn->off;
	d->size = (u8)weir_insn_size(insn->code);
	d->mode = mode;
}

static void list_alu(struct list *l, const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	bool has_src = BPF_SRC(insn->code) == BPF_X && op != BPF_NEG &&
		       op != BPF_END;

	if (op == BPF_MOV) {
		if (has_src)
			add(l,
			    is64 && !insn->off ? WEIR_DUTY_INIT
					       : WEIR_DUTY_SCALAR,
			    insn->src_reg);
	} else if (is64 && (op == BPF_ADD || op == BPF_SUB)) {
		struct weir_duty *d = add(l, WEIR_DUTY_ARITH, insn->dst_reg);

		d->op = op;
		d->src = has_src ? insn->src_reg : WEIR_DUTY_IMM;
	} else if (op == BPF_SUB && has_src) {
		struct weir_duty *d = add(l, WEIR_DUTY_ARITH, insn->dst_reg);

		d->op = op;
		d->src = insn->src_reg;
		d->size = 4;
	} else {
		add(l, WEIR_DUTY_SCALAR, insn->dst_reg);
		if (has_src)
			add(l, WEIR_DUTY_SCALAR, insn->src_reg);
	}
}

static void list_atomic(struct list *l, const struct bpf_insn *insn)
{
	if (insn->imm == BPF_LOAD_ACQ) {
		add_access(l, insn, insn->src_reg, WEIR_MODE_READ);
		return;
	}
	add(l, WEIR_DUTY_SCALAR, insn->src_reg);
	if (insn->imm == BPF_STORE_REL) {
		add_access(l, insn, insn->dst_reg, WEIR_MODE_WRITE);
		return;
	}
	if (insn->imm == BPF_CMPXCHG)
		add(l, WEIR_DUTY_SCALAR, BPF_REG_0);
	add_access(l, insn, insn->dst_reg, WEIR_MODE_READ | WEIR_MODE_WRITE);
}

static void list_stx(struct list *l, const struct bpf_insn *insn)
{
	struct weir_duty *d;

	if (BPF_MODE(insn->code) == BPF_ATOMIC) {
		list_atomic(l, insn);
		return;
	}
	add(l, WEIR_DUTY_INIT, insn->src_reg);
	add_access(l, insn, insn->dst_reg, WEIR_MODE_WRITE);
	d = add(l, WEIR_DUTY_STORE, insn->dst_reg);
	d->src = insn->src_reg;
	d->size = (u8)weir_insn_size(insn->code);
}

static void list_ld(struct list *l, const struct bpf_insn *insn)
{
	struct weir_duty *d;

	if (weir_insn_is_wide(insn))
		return;
	if (BPF_MODE(insn->code) == BPF_IND)
		add(l, WEIR_DUTY_SCALAR, insn->src_reg);
	d = add(l, WEIR_DUTY_LOAD_PACKET, BPF_REG_6);
	d->size = (u8)weir_insn_size(insn->code);
	d->off = insn->imm;
	if (BPF_MODE(insn->code) == BPF_IND)
		d->src = insn->src_reg;
}

static void list_helper(struct list *l, const struct bpf_insn *insn)
{
	const struct weir_helper *h = weir_helper_find(insn->imm);
	u8 i, map = WEIR_DUTY_IMM;

	add(l, WEIR_DUTY_HELPER, 0);
	for (i = 0; i < WEIR_HELPER_ARGS; i++) {
		struct weir_duty *d;

		if (h->arg[i] == WEIR_ARG_MAP)
			map = BPF_REG_1 + i;
		/* sizes are checked with the memory before them */
		if (h->arg[i] == WEIR_ARG_NONE || h->arg[i] == WEIR_ARG_SIZE ||
		    h->arg[i] == WEIR_ARG_SIZE_OR_ZERO)
			continue;
		d = add(l, WEIR_DUTY_ARGUMENT, BPF_REG_1 + i);
		d->op = h->arg[i];
		d->src = map;
	}
}

static void list_jmp(struct list *l, const struct bpf_insn *insn, bool fuel)
{
	if (weir_insn_is_exit(insn)) {
		add(l, WEIR_DUTY_RETURN, BPF_REG_0);
		add(l, WEIR_DUTY_EXIT, 0);
	} else if (weir_insn_is_subprog_call(insn)) {
		/* it checks what it uses of its arguments itself */
		add(l, WEIR_DUTY_ARGS, BPF_REG_1);
	} else if (weir_insn_is_call(insn)) {
		list_helper(l, insn);
	} else if (weir_insn_is_cond(insn)) {
		struct weir_duty *d = add(l, WEIR_DUTY_COMPARE, insn->dst_reg);

		d->src = BPF_SRC(insn->code) == BPF_X ? insn->src_reg
						      : WEIR_DUTY_IMM;
	}
	if (fuel)
		add(l, WEIR_DUTY_FUEL, 0);
}

u32 weir_duty_list(const struct bpf_insn *insn, bool fuel,
		   struct weir_duty *out)
{
	struct list l = { out, 0 };

	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		list_alu(&l, insn);
		break;
	case BPF_LDX:
		add_access(&l, insn, insn->src_reg,
			   BPF_MODE(insn->code) == BPF_MEMSX
				   ? WEIR_MODE_READ | WEIR_MODE_SIGNED
				   : WEIR_MODE_READ);
		break;
	case BPF_ST:
		add_access(&l, insn, insn->dst_reg, WEIR_MODE_WRITE);
		break;
	case BPF_STX:
		list_stx(&l, insn);
		break;
	case BPF_LD:
		list_ld(&l, insn);
		break;
	default:
		list_jmp(&l, insn, fuel);
	}
	return l.nr;
}
