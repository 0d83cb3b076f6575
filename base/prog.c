// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The form of a program. Two passes: each instruction by itself (opcode,
 * registers, fields that must be zero, constants), then where control goes.
 * What is refused is what Linux refuses on sight (check_and_resolve_insn,
 * check_cfg's structural part), in RFC 9669's terms.
 */
#include <linux/kernel.h>
#include <linux/errno.h>
#include <linux/string.h>
#include "base/header_load.h"
#include "base/helper.h"
#include "base/host.h"
#include "base/log.h"
#include "base/map.h"
#include "base/prog.h"

/* Sources of LD_IMM64 and of calls; older headers lack some. */
enum {
	PSEUDO_NONE = 0,
	PSEUDO_MAP_FD = 1,
	PSEUDO_MAP_VALUE = 2,
	PSEUDO_BTF_ID = 3,
	PSEUDO_FUNC = 4,
	PSEUDO_MAP_IDX = 5,
	PSEUDO_MAP_IDX_VALUE = 6,

	PSEUDO_CALL = 1,
	PSEUDO_KFUNC_CALL = 2,
};

#define FP 10

/* One check under way. Marks say what each slot is. */
#define MARK_SECOND (1u << 0) /* second half of a 16-byte instruction */
#define MARK_SUBPROG (1u << 1) /* a subprogram starts here */

struct check {
	enum weir_kind kind;
	const struct bpf_insn *insns;
	u32 nr;
	struct weir_map *const *maps;
	u32 nr_maps;
	u8 *mark;
	struct weir_rejection *rej;
};

/*
 * Pass 1: single instructions
 */

static bool is_64(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code) == BPF_ALU64;
}

static int check_zero_fields(const struct check *c, u32 pc, u8 fields)
{
	const struct bpf_insn *insn = &c->insns[pc];

	if (!(fields & WEIR_FIELD_DST) && insn->dst_reg)
		return weir_reject(c->rej, WEIR_REJECT_RESERVED_FIELD, pc,
				   "dst is r%u, must be 0 in this instruction",
				   insn->dst_reg);
	if (!(fields & WEIR_FIELD_SRC) && insn->src_reg)
		return weir_reject(c->rej, WEIR_REJECT_RESERVED_FIELD, pc,
				   "src is %u, must be 0 in this instruction",
				   insn->src_reg);
	if (!(fields & WEIR_FIELD_OFF) && insn->off)
		return weir_reject(c->rej, WEIR_REJECT_RESERVED_FIELD, pc,
				   "off is %d, must be 0 in this instruction",
				   insn->off);
	if (!(fields & WEIR_FIELD_IMM) && insn->imm)
		return weir_reject(c->rej, WEIR_REJECT_RESERVED_FIELD, pc,
				   "imm is %d, must be 0 in this instruction",
				   insn->imm);
	return 0;
}

static int check_registers(const struct check *c, u32 pc, u8 form, u8 fields)
{
	const struct bpf_insn *insn = &c->insns[pc];
	bool src_is_reg = form != WEIR_INSN_CALL && form != WEIR_INSN_IMM64;

	if ((fields & WEIR_FIELD_DST) && insn->dst_reg >= WEIR_NR_REGS)
		return weir_reject(c->rej, WEIR_REJECT_BAD_REGISTER, pc,
				   "dst is r%u, registers are r0 to r10",
				   insn->dst_reg);
	if ((fields & WEIR_FIELD_SRC) && src_is_reg &&
	    insn->src_reg >= WEIR_NR_REGS)
		return weir_reject(c->rej, WEIR_REJECT_BAD_REGISTER, pc,
				   "src is r%u, registers are r0 to r10",
				   insn->src_reg);
	return 0;
}

/* The register that form @form writes by its dst field, or -1. */
static int written_register(const struct bpf_insn *insn, u8 form)
{
	switch (form) {
	case WEIR_INSN_ALU_K:
	case WEIR_INSN_ALU_X:
	case WEIR_INSN_SHIFT_K:
	case WEIR_INSN_DIV_K:
	case WEIR_INSN_DIV_X:
	case WEIR_INSN_MOV_X:
	case WEIR_INSN_NEG:
	case WEIR_INSN_END:
	case WEIR_INSN_IMM64:
	case WEIR_INSN_LDX:
		return insn->dst_reg;
	case WEIR_INSN_ATOMIC:
		/* Linux: fetching operations load into src; cmpxchg into r0. */
		if ((insn->imm & BPF_FETCH) && insn->imm != BPF_CMPXCHG)
			return insn->src_reg;
		return -1;
	default:
		return -1;
	}
}

static int check_signed_off(const struct check *c, u32 pc)
{
	const struct bpf_insn *insn = &c->insns[pc];

	if (insn->off == 0 || insn->off == 1)
		return 0;
	return weir_reject(c->rej, WEIR_REJECT_RESERVED_FIELD, pc,
			   "off is %d, must be 0 (unsigned) or 1 (signed)",
			   insn->off);
}

static int check_mov_off(const struct check *c, u32 pc)
{
	const struct bpf_insn *insn = &c->insns[pc];

	if (insn->off == 0 || insn->off == 8 || insn->off == 16 ||
	    (insn->off == 32 && is_64(insn)))
		return 0;
	return weir_reject(
		c->rej, WEIR_REJECT_RESERVED_FIELD, pc,
		"off is %d, must be 0 or the bits to sign-extend: 8, 16%s",
		insn->off, is_64(insn) ? ", 32" : "");
}

/*
 * Linux refuses constant counts that it would mask, and so do its kinds here.
 * Embedders' programs (kind mem) get what RFC 9669 says of every count: it is
 * masked; weir_prog_load() does it once and for all.
 */
static int check_shift(const struct check *c, u32 pc)
{
	const struct bpf_insn *insn = &c->insns[pc];
	u32 width = is_64(insn) ? 64 : 32;

	if ((u32)insn->imm < width || c->kind == WEIR_KIND_MEM)
		return 0;
	return weir_reject(c->rej, WEIR_REJECT_BAD_SHIFT, pc,
			   "shift by %d, must be 0 to %u", insn->imm,
			   width - 1);
}

static int check_divisor(const struct check *c, u32 pc)
{
	if (c->insns[pc].imm == 0)
		return weir_reject(c->rej, WEIR_REJECT_BAD_DIVISOR, pc,
				   "division by the constant 0");
	return check_signed_off(c, pc);
}

static int check_end(const struct check *c, u32 pc)
{
	s32 width = c->insns[pc].imm;

	if (width == 16 || width == 32 || width == 64)
		return 0;
	return weir_reject(c->rej, WEIR_REJECT_BAD_IMMEDIATE, pc,
			   "byte swap of %d bits, must be 16, 32 or 64", width);
}

static int check_packet_load(const struct check *c, u32 pc)
{
	if (c->kind == WEIR_KIND_SOCKET || c->kind == WEIR_KIND_TC)
		return 0;
	return weir_reject(
		c->rej, WEIR_REJECT_BAD_KIND, pc,
		"packet loads are for socket and tc programs; read between data and data_end");
}

static int check_atomic(const struct check *c, u32 pc)
{
	switch (c->insns[pc].imm) {
	case BPF_ADD:
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
	case BPF_ADD | BPF_FETCH:
	case BPF_AND | BPF_FETCH:
	case BPF_OR | BPF_FETCH:
	case BPF_XOR | BPF_FETCH:
	case BPF_XCHG:
	case BPF_CMPXCHG:
		return 0;
	default:
		return weir_reject(
			c->rej, WEIR_REJECT_BAD_ATOMIC, pc,
			"operation 0x%x; not add, and, or, xor (or a fetch of it), xchg, cmpxchg",
			c->insns[pc].imm);
	}
}

/* The helpers that there are, behind what the rejection says. */
static void list_helpers(const struct check *c)
{
	size_t len;

	if (!c->rej)
		return;
	len = strlen(c->rej->detail);
	weir_helper_list(c->kind, c->rej->detail + len,
			 (u32)(sizeof(c->rej->detail) - len));
}

static int check_call(const struct check *c, u32 pc)
{
	const struct bpf_insn *insn = &c->insns[pc];
	const struct weir_helper *helper;
	int err;

	if (insn->src_reg == PSEUDO_CALL)
		return 0; /* its target: pass 2 */
	if (insn->src_reg == PSEUDO_KFUNC_CALL)
		return weir_reject(
			c->rej, WEIR_REJECT_UNKNOWN_HELPER, pc,
			"call of a kernel function (kfunc %d); only helpers can be called",
			insn->imm);
	if (insn->src_reg != PSEUDO_NONE)
		return weir_reject(
			c->rej, WEIR_REJECT_RESERVED_FIELD, pc,
			"src is %u, must be 0 (helper) or 1 (subprogram)",
			insn->src_reg);
	helper = weir_helper_find(insn->imm);
	if (helper && helper->kinds & (1u << c->kind))
		return 0;
	err = weir_reject(
		c->rej,
		helper ? WEIR_REJECT_HELPER_KIND : WEIR_REJECT_UNKNOWN_HELPER,
		pc, "helper %s (%d); programs of this kind have ",
		helper ? helper->name : weir_helper_linux_name(insn->imm),
		insn->imm);
	list_helpers(c);
	return err;
}

/* Where an array's values lie, Linux lets programs name any byte of them. */
static int check_map_value(const struct check *c, u32 pc,
			   const struct weir_map *map)
{
	u32 off = (u32)c->insns[pc + 1].imm;

	if (!weir_map_is_array(map) || map->def.max_entries != 1)
		return weir_reject(
			c->rej, WEIR_REJECT_BAD_MAP, pc,
			"map %s: only the value of an array of one element has an address",
			map->def.name);
	if (off >= map->def.value_size)
		return weir_reject(c->rej, WEIR_REJECT_BAD_MAP, pc,
				   "map %s: offset %u, its value has %u bytes",
				   map->def.name, off, map->def.value_size);
	return 0;
}

static int check_map(const struct check *c, u32 pc)
{
	const struct bpf_insn *insn = &c->insns[pc];

	if (insn->src_reg == PSEUDO_MAP_FD || insn->src_reg == PSEUDO_MAP_VALUE)
		return weir_reject(c->rej, WEIR_REJECT_BAD_MAP, pc,
				   "descriptor %d; there is no such map",
				   insn->imm);
	if ((u32)insn->imm >= c->nr_maps || c->maps[insn->imm]->params)
		return weir_reject(c->rej, WEIR_REJECT_BAD_MAP, pc,
				   "index %d; the program has %u maps",
				   insn->imm, c->nr_maps);
	if (insn->src_reg == PSEUDO_MAP_IDX_VALUE)
		return check_map_value(c, pc, c->maps[insn->imm]);
	if (insn[1].imm)
		return weir_reject(c->rej, WEIR_REJECT_RESERVED_FIELD, pc,
				   "upper half of a map is %d, must be 0",
				   insn[1].imm);
	return 0;
}

/* The block of live parameters among the maps, or their number. */
static u32 params_among(struct weir_map *const *maps, u32 nr)
{
	u32 i;

	for (i = 0; i < nr && !maps[i]->params; i++)
		;
	return i;
}

static int check_param(const struct check *c, u32 pc)
{
	const struct bpf_insn *insn = &c->insns[pc];
	u32 block = params_among(c->maps, c->nr_maps);

	if (insn[1].imm)
		return weir_reject(
			c->rej, WEIR_REJECT_RESERVED_FIELD, pc,
			"upper half of a parameter's place is %d, must be 0",
			insn[1].imm);
	if (block == c->nr_maps)
		return weir_reject(c->rej, WEIR_REJECT_BAD_PARAM, pc,
				   "the program declares no parameters");
	if ((u32)insn->imm >= c->maps[block]->def.value_size)
		return weir_reject(c->rej, WEIR_REJECT_BAD_PARAM, pc,
				   "offset %u, their block has %u bytes",
				   insn->imm, c->maps[block]->def.value_size);
	return 0;
}

/* A 16-byte constant: both halves, and what the source makes of it. */
static int check_imm64(const struct check *c, u32 pc)
{
	const struct bpf_insn *insn = &c->insns[pc];
	const struct bpf_insn *second = insn + 1;

	if (pc + 1 >= c->nr || second->code != 0)
		return weir_reject(
			c->rej, WEIR_REJECT_TRUNCATED, pc,
			"the next slot must be its second half (opcode 0)");
	if (second->dst_reg || second->src_reg || second->off)
		return weir_reject(
			c->rej, WEIR_REJECT_RESERVED_FIELD, pc,
			"the second slot may hold the upper 32 bits and nothing else");
	c->mark[pc + 1] |= MARK_SECOND;

	switch (insn->src_reg) {
	case PSEUDO_NONE:
		return 0;
	case PSEUDO_FUNC:
		if (second->imm)
			return weir_reject(
				c->rej, WEIR_REJECT_RESERVED_FIELD, pc,
				"upper half of a function's address is %d, must be 0",
				second->imm);
		return 0; /* its target: pass 2 */
	case PSEUDO_MAP_FD:
	case PSEUDO_MAP_VALUE:
	case PSEUDO_MAP_IDX:
	case PSEUDO_MAP_IDX_VALUE:
		return check_map(c, pc);
	case WEIR_PSEUDO_PARAM:
		return check_param(c, pc);
	default:
		return weir_reject(
			c->rej, WEIR_REJECT_BAD_PSEUDO, pc,
			"pseudo source %u; constants, maps and functions can be loaded",
			insn->src_reg);
	}
}

static int check_operands(const struct check *c, u32 pc, u8 form)
{
	switch (form) {
	case WEIR_INSN_SHIFT_K:
		return check_shift(c, pc);
	case WEIR_INSN_DIV_K:
		return check_divisor(c, pc);
	case WEIR_INSN_DIV_X:
		return check_signed_off(c, pc);
	case WEIR_INSN_MOV_X:
		return check_mov_off(c, pc);
	case WEIR_INSN_END:
		return check_end(c, pc);
	case WEIR_INSN_LD_ABS:
	case WEIR_INSN_LD_IND:
		return check_packet_load(c, pc);
	case WEIR_INSN_ATOMIC:
		return check_atomic(c, pc);
	case WEIR_INSN_CALL:
		return check_call(c, pc);
	case WEIR_INSN_IMM64:
		return check_imm64(c, pc);
	default:
		return 0;
	}
}

static int unknown_opcode(const struct check *c, u32 pc)
{
	u8 code = c->insns[pc].code;

	if (BPF_CLASS(code) == BPF_STX && BPF_MODE(code) == BPF_ATOMIC)
		return weir_reject(c->rej, WEIR_REJECT_BAD_ATOMIC, pc,
				   "atomics are 32 or 64 bits wide");
	return weir_reject(c->rej, WEIR_REJECT_BAD_OPCODE, pc, "opcode 0x%02x",
			   code);
}

static int check_insn(const struct check *c, u32 pc)
{
	const struct bpf_insn *insn = &c->insns[pc];
	const struct weir_insn_row *row = weir_insn_row(insn->code);
	int err;

	if (row->form == WEIR_INSN_NONE)
		return unknown_opcode(c, pc);
	err = check_zero_fields(c, pc, row->fields);
	if (!err)
		err = check_registers(c, pc, row->form, row->fields);
	if (!err && written_register(insn, row->form) == FP)
		err = weir_reject(
			c->rej, WEIR_REJECT_FRAME_WRITE, pc,
			"r10 holds the frame; copy it and change the copy");
	return err ? err : check_operands(c, pc, row->form);
}

/*
 * Pass 2: where control goes
 */

static int check_target(const struct check *c, u32 pc, s64 target,
			enum weir_reject range)
{
	if (target < 0 || target >= c->nr)
		return weir_reject(c->rej, range, pc,
				   "to %lld, the program has 0 to %u",
				   (long long)target, c->nr - 1);
	if (c->mark[target] & MARK_SECOND)
		return weir_reject(c->rej, WEIR_REJECT_JUMP_MIDDLE, pc,
				   "to %lld, the second half of %lld",
				   (long long)target, (long long)target - 1);
	return 0;
}

/* Subprograms start where something calls or takes the address of them. */
static int mark_subprogs(const struct check *c)
{
	u32 pc;
	int err;

	for (pc = 0; pc < c->nr; pc++) {
		const struct bpf_insn *insn = &c->insns[pc];
		bool is_func = weir_insn_is_wide(insn) &&
			       insn->src_reg == PSEUDO_FUNC;
		s64 target = (s64)pc + 1 + insn->imm;

		if (c->mark[pc] & MARK_SECOND)
			continue;
		if (!is_func && !weir_insn_is_subprog_call(insn))
			continue;
		err = check_target(c, pc, target, WEIR_REJECT_CALL_RANGE);
		if (err)
			return err;
		c->mark[target] |= MARK_SUBPROG;
	}
	return 0;
}

static bool ends_flow(const struct bpf_insn *insn)
{
	return weir_insn_is_exit(insn) ||
	       (weir_insn_is_jump(insn) && !weir_insn_is_cond(insn));
}

/*
 * Slots [start, end) are one subprogram: its jumps stay inside, and its last
 * instruction does not fall out of it.
 */
static int check_subprog(const struct check *c, u32 start, u32 end)
{
	u32 pc, last = start;
	int err;

	for (pc = start; pc < end; pc++) {
		const struct bpf_insn *insn = &c->insns[pc];
		s64 target;

		if (c->mark[pc] & MARK_SECOND)
			continue;
		last = pc;
		if (!weir_insn_is_jump(insn))
			continue;
		target = weir_insn_target(insn, pc);
		err = check_target(c, pc, target, WEIR_REJECT_JUMP_RANGE);
		if (err)
			return err;
		if (target < start || target >= end)
			return weir_reject(c->rej,
					   WEIR_REJECT_JUMP_OUT_OF_SUBPROG, pc,
					   "to %lld, this one is %u to %u",
					   (long long)target, start, end - 1);
	}
	if (!ends_flow(&c->insns[last]))
		return weir_reject(
			c->rej, WEIR_REJECT_FALL_OFF, last,
			"the last instruction of a %s must be exit or goto",
			end == c->nr ? "program" : "subprogram");
	return 0;
}

static int check_flow(const struct check *c)
{
	u32 start = 0, pc;
	int err;

	err = mark_subprogs(c);
	for (pc = 1; !err && pc <= c->nr; pc++) {
		if (pc < c->nr && !(c->mark[pc] & MARK_SUBPROG))
			continue;
		err = check_subprog(c, start, pc);
		start = pc;
	}
	return err;
}

static int check_form(const struct check *c)
{
	u32 pc;
	int err;

	for (pc = 0; pc < c->nr; pc++) {
		if (c->mark[pc] & MARK_SECOND)
			continue;
		err = check_insn(c, pc);
		if (err)
			return err;
		if ((pc & 0xffff) == 0xffff)
			weir_host_resched();
	}
	return check_flow(c);
}

static int check_prog(enum weir_kind kind, const struct bpf_insn *insns,
		      u32 nr_insns, struct weir_map *const *maps, u32 nr_maps,
		      struct weir_rejection *rej)
{
	struct check c = {
		.kind = kind,
		.insns = insns,
		.nr = nr_insns,
		.maps = maps,
		.nr_maps = nr_maps,
		.rej = rej,
	};
	int err;

	if (nr_insns == 0)
		return weir_reject(rej, WEIR_REJECT_EMPTY, 0,
				   "a program is at least exit");
	if (nr_insns > WEIR_MAX_INSNS)
		return weir_reject(rej, WEIR_REJECT_TOO_LONG, 0,
				   "%u instructions, the limit is %u", nr_insns,
				   WEIR_MAX_INSNS);
	if (kind <= WEIR_KIND_UNSPEC || kind >= WEIR_NR_KINDS)
		return weir_reject(rej, WEIR_REJECT_BAD_KIND, 0,
				   "no program kind %d", kind);

	c.mark = weir_host_alloc(nr_insns);
	if (!c.mark)
		return -ENOMEM;
	err = check_form(&c);
	weir_host_free(c.mark);
	return err;
}

int weir_prog_check(enum weir_kind kind, const struct bpf_insn *insns,
		    u32 nr_insns, struct weir_rejection *rej)
{
	return check_prog(kind, insns, nr_insns, NULL, 0, rej);
}

struct weir_prog *weir_prog_alloc(enum weir_kind kind, u32 nr_insns)
{
	struct weir_prog *prog = weir_host_alloc(sizeof(*prog));

	if (!prog)
		return NULL;
	prog->kind = kind;
	prog->nr_insns = nr_insns;
	prog->insns = weir_host_alloc((size_t)nr_insns * sizeof(*prog->insns));
	if (!prog->insns) {
		weir_host_free(prog);
		return NULL;
	}
	return prog;
}

/* Constant shift counts, masked: see check_shift(). */
static void mask_shifts(struct weir_prog *prog)
{
	u32 pc;

	for (pc = 0; pc < prog->nr_insns; pc++) {
		struct bpf_insn *insn = &prog->insns[pc];

		if (weir_insn_row(insn->code)->form == WEIR_INSN_SHIFT_K)
			insn->imm &= is_64(insn) ? 63 : 31;
		pc += weir_insn_is_wide(insn);
	}
}

/* The address of a parameter is one in the value of their block. */
static void place_params(struct weir_prog *prog)
{
	u32 block = prog->params;
	u32 pc;

	if (block == prog->nr_maps)
		return;
	for (pc = 0; pc < prog->nr_insns; pc++) {
		struct bpf_insn *insn = &prog->insns[pc];

		if (!weir_insn_is_wide(insn))
			continue;
		pc++;
		if (insn->src_reg != WEIR_PSEUDO_PARAM)
			continue;
		insn->src_reg = PSEUDO_MAP_IDX_VALUE;
		insn[1].imm = insn->imm;
		insn->imm = (s32)block;
	}
}

static int keep_maps(struct weir_prog *prog, struct weir_map *const *maps,
		     u32 nr_maps)
{
	if (!nr_maps)
		return 0;
	prog->maps = weir_host_alloc(nr_maps * sizeof(struct weir_map *));
	if (!prog->maps)
		return -ENOMEM;
	while (prog->nr_maps < nr_maps) {
		prog->maps[prog->nr_maps] = weir_map_get(maps[prog->nr_maps]);
		prog->nr_maps++;
	}
	prog->params = params_among(maps, nr_maps);
	return 0;
}

int weir_prog_load_maps(enum weir_kind kind, const struct bpf_insn *insns,
			u32 nr_insns, struct weir_map *const *maps, u32 nr_maps,
			struct weir_rejection *rej, struct weir_prog **out)
{
	struct weir_prog *prog;
	int err;

	if (nr_maps > WEIR_MAX_MAPS)
		return weir_reject(rej, WEIR_REJECT_BAD_MAP, 0,
				   "%u maps, a program has at most %u", nr_maps,
				   WEIR_MAX_MAPS);
	err = check_prog(kind, insns, nr_insns, maps, nr_maps, rej);
	if (err)
		return err;
	prog = weir_prog_alloc(kind, nr_insns);
	if (!prog)
		return -ENOMEM;
	memcpy(prog->insns, insns, (size_t)nr_insns * sizeof(*insns));
	mask_shifts(prog);
	err = keep_maps(prog, maps, nr_maps);
	if (!err)
		place_params(prog);
	if (!err)
		err = weir_header_load_expand(prog, rej);
	if (err) {
		weir_prog_free(prog);
		return err;
	}
	*out = prog;
	return 0;
}

int weir_prog_load(enum weir_kind kind, const struct bpf_insn *insns,
		   u32 nr_insns, struct weir_rejection *rej,
		   struct weir_prog **out)
{
	return weir_prog_load_maps(kind, insns, nr_insns, NULL, 0, rej, out);
}

u64 weir_prog_constant(const struct weir_prog *prog, u32 pc)
{
	const struct bpf_insn *insn = &prog->insns[pc];

	switch (insn->src_reg) {
	case PSEUDO_MAP_IDX:
		return (uintptr_t)prog->maps[insn->imm];
	case PSEUDO_MAP_IDX_VALUE:
		return (uintptr_t)prog->maps[insn->imm]->values +
		       (u32)insn[1].imm;
	case PSEUDO_FUNC:
		return (u64)((s64)pc + 1 + insn->imm);
	default:
		return (u32)insn[0].imm | (u64)(u32)insn[1].imm << 32;
	}
}

void weir_prog_free(struct weir_prog *prog)
{
	if (!prog)
		return;
	while (prog->nr_maps)
		weir_map_put(prog->maps[--prog->nr_maps]);
	weir_host_free(prog->maps);
	weir_host_free(prog->origin);
	weir_host_free(prog->insns);
	weir_host_free(prog);
}
