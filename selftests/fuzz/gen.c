// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The generator of random programs. Included by fuzz.c. */
#include <stddef.h>
#include <string.h>
#include <linux/types.h>
#include <linux/kernel.h>
#include <uapi/linux/bpf.h>
#include "base/insn.h"
#include "selftests/fuzz/gen.h"

#define FP 10
#define OUTER_BYTES 16 /* of a caller's stack that a subprogram may use */
#define SPILL_OFF (-72) /* where the context is spilled */
#define MAX_DEPTH 4 /* of nested sequences */

enum type {
	T_NONE, /* not written, or not known */
	T_SCALAR,
	T_CTX,
	T_STACK, /* R10 + off, or a caller's */
	T_VALUE, /* of a map, not null: `range` bytes */
	T_LOOP, /* of functions: called back by bpf_loop() ... */
	T_PASS, /* ... or once per element of a map */
	T_PACKET, /* packet or buffer; `range` bytes from it are proven */
	T_END,
};

/* What is known at one place. */
struct state {
	u8 type[FP + 1];
	s16 off[FP + 1];
	u16 range[FP + 1];
};

/* What a subprogram expects in R1; R2 to R5 are numbers. */
struct func {
	enum type arg;
	u32 start;
};

struct gen {
	struct gen_random *r;
	struct gen_program *p;
	struct state s;
	u32 locked; /* registers that may not be written */
	u32 pinned; /* numbers at a loop's head: stay numbers */
	bool for_linux;
	bool with_maps;
	bool leaf; /* no stack, no calls: values in registers, or nowhere */
	bool spilled; /* the context is at SPILL_OFF */
	u32 written; /* bytes of the frame below R10 */
	u32 loops; /* nested */
	u32 depth;
	int func; /* being generated; -1 is the main program */
	int nr_funcs;
	struct func funcs[GEN_MAX_FUNCS];
	struct {
		u32 at;
		int func;
	} calls[GEN_MAX_INSNS / 8];
	u32 nr_calls;
};

u64 gen_random(struct gen_random *r)
{
	u64 z = (r->state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

u32 gen_below(struct gen_random *r, u32 n)
{
	return (u32)((gen_random(r) >> 32) * n >> 32);
}

static u32 below(struct gen *g, u32 n)
{
	return gen_below(g->r, n);
}

static bool chance(struct gen *g, u32 percent)
{
	return below(g, 100) < percent;
}

static bool is_full(const struct gen *g)
{
	return g->p->nr > GEN_MAX_INSNS - 400;
}

/* Emission */

static u32 emit(struct gen *g, u8 code, u8 dst, u8 src, s16 off, s32 imm)
{
	u32 at = g->p->nr;

	if (at < GEN_MAX_INSNS) {
		g->p->insns[at] = (struct bpf_insn){
			.code = code,
			.dst_reg = dst & 0xf,
			.src_reg = src & 0xf,
			.off = off,
			.imm = imm,
		};
		g->p->nr++;
	}
	return at;
}

static void set_type(struct gen *g, u32 reg, enum type type)
{
	g->s.type[reg] = type;
	g->s.off[reg] = 0;
	g->s.range[reg] = 0;
}

static void mov_reg(struct gen *g, u32 dst, u32 src)
{
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
	g->s.type[dst] = g->s.type[src];
	g->s.off[dst] = g->s.off[src];
	g->s.range[dst] = g->s.range[src];
}

static void mov_imm(struct gen *g, u32 dst, s32 imm)
{
	emit(g, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
	set_type(g, dst, T_SCALAR);
}

/* The jump at @at leads to what is emitted next. */
static void land(struct gen *g, u32 at)
{
	struct bpf_insn *insn = &g->p->insns[at];
	s32 distance = (s32)(g->p->nr - at - 1);

	if (insn->code == (BPF_JMP32 | BPF_JA))
		insn->imm = distance;
	else
		insn->off = (s16)distance;
}

static u32 emit_goto(struct gen *g)
{
	if (chance(g, 25))
		return emit(g, BPF_JMP32 | BPF_JA, 0, 0, 0, 0);
	return emit(g, BPF_JMP | BPF_JA, 0, 0, 0, 0);
}

/* Choice */

static s32 some_imm(struct gen *g)
{
	static const s32 edges[] = {
		0,	  1,	       -1,	   2,	       3,
		4,	  7,	       8,	   15,	       16,
		31,	  32,	       33,	   63,	       64,
		127,	  128,	       255,	   256,	       -128,
		-129,	  -255,	       -256,	   4095,       4096,
		4097,	  -4095,       -4096,	   -4097,      0x7fff,
		0x8000,	  0xffff,      0x10000,	   -0x8000,    0xff0000,
		0xfff000, 0x1000000,   0x0f0f0f0f, 0x55555555, 0x7fffffff,
		S32_MIN,  S32_MIN + 1, -2,	   1000,       0xff00ff,
	};

	if (chance(g, 75))
		return edges[below(g, ARRAY_SIZE(edges))];
	return (s32)gen_random(g->r) >> below(g, 32);
}

static u64 some_imm64(struct gen *g)
{
	switch (below(g, 5)) {
	case 0:
		return gen_random(g->r);
	case 1:
		return 1ULL << below(g, 64);
	case 2:
		return (1ULL << below(g, 64)) - 1;
	case 3:
		return ~(0xffffULL << 16 * below(g, 4));
	default:
		return (u64)(s64)some_imm(g) << below(g, 33);
	}
}

/* A register of some type, or -1. */
static int pick(struct gen *g, enum type type)
{
	u32 start = below(g, FP);

	for (u32 i = 0; i < FP; i++) {
		u32 reg = (start + i) % FP;

		if (g->s.type[reg] == type)
			return (int)reg;
	}
	return -1;
}

/* A register that a number may be written to. */
static u32 pick_dst(struct gen *g)
{
	u32 reg;

	do
		reg = below(g, FP);
	while (g->locked & (1u << reg));
	return reg;
}

/* One that a pointer may be written to, or -1. */
static int pick_pointer_dst(struct gen *g)
{
	u32 start = below(g, FP);

	for (u32 i = 0; i < FP; i++) {
		u32 reg = (start + i) % FP;

		if (!((g->locked | g->pinned) & (1u << reg)))
			return (int)reg;
	}
	return -1;
}

/* A register that holds a number; makes one if there is none. */
static u32 number(struct gen *g)
{
	int reg = pick(g, T_SCALAR);

	if (reg < 0) {
		reg = (int)pick_dst(g);
		mov_imm(g, (u32)reg, some_imm(g));
	}
	return (u32)reg;
}

/* The same, and it may be overwritten. */
static u32 number_dst(struct gen *g)
{
	u32 reg = pick_dst(g);

	if (g->s.type[reg] != T_SCALAR) {
		if (chance(g, 50))
			mov_reg(g, reg, number(g));
		else
			mov_imm(g, reg, some_imm(g));
	}
	return reg;
}

static u8 some_size(struct gen *g)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W, BPF_DW };

	return sizes[below(g, 4)];
}

/* Statements: numbers */

static void alu(struct gen *g)
{
	static const u8 ops[] = { BPF_ADD,  BPF_SUB, BPF_MUL, BPF_OR,
				  BPF_AND,  BPF_XOR, BPF_LSH, BPF_RSH,
				  BPF_ARSH, BPF_DIV, BPF_MOD, BPF_MOV };
	u8 op = ops[below(g, ARRAY_SIZE(ops))];
	u8 class = chance(g, 50) ? BPF_ALU64 : BPF_ALU;
	u32 bits = class == BPF_ALU64 ? 64 : 32;
	bool divides = op == BPF_DIV || op == BPF_MOD;
	s16 off = divides && chance(g, 50) ? 1 : 0;
	u32 src = number(g), dst = number_dst(g);
	s32 imm = some_imm(g);

	if (g->s.type[src] != T_SCALAR)
		src = dst;
	if (chance(g, 5))
		src = dst;
	if (chance(g, 50)) {
		emit(g, class | op | BPF_X, dst, src, off, 0);
		return;
	}
	if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH)
		imm &= (s32)bits - 1;
	if (divides && !imm)
		imm = 3;
	emit(g, class | op | BPF_K, dst, 0, off, imm);
}

static void unary(struct gen *g)
{
	static const s32 widths[] = { 16, 32, 64 };
	static const s16 extends[] = { 8, 16, 32 };
	u32 src = number(g), dst = number_dst(g);
	u8 class = chance(g, 50) ? BPF_ALU64 : BPF_ALU;

	if (g->s.type[src] != T_SCALAR)
		src = dst;
	switch (below(g, 5)) {
	case 0:
		emit(g, class | BPF_NEG, dst, 0, 0, 0);
		break;
	case 1:
		emit(g, BPF_ALU64 | BPF_END, dst, 0, 0, widths[below(g, 3)]);
		break;
	case 2:
		emit(g, BPF_ALU | BPF_END | (chance(g, 70) ? BPF_TO_BE : 0),
		     dst, 0, 0, widths[below(g, 3)]);
		break;
	default:
		emit(g, class | BPF_MOV | BPF_X, dst, src,
		     extends[below(g, class == BPF_ALU64 ? 3 : 2)], 0);
		break;
	}
}

static void imm64(struct gen *g)
{
	u32 dst = pick_dst(g);
	u64 value = some_imm64(g);

	emit(g, BPF_LD | BPF_IMM | BPF_DW, dst, 0, 0, (s32)value);
	emit(g, 0, 0, 0, 0, (s32)(value >> 32));
	set_type(g, dst, T_SCALAR);
}

/* Statements: memory */

/* [reg + off, reg + off + size) of what reg points to; which instruction. */
static void touch(struct gen *g, u32 reg, s16 off, u8 size, bool may_write)
{
	u32 what = below(g, may_write ? 4 : 2);
	u32 other;

	if (what == 2) {
		emit(g, BPF_ST | BPF_MEM | size, reg, 0, off, some_imm(g));
	} else if (what == 3) {
		other = number(g);
		emit(g, BPF_STX | BPF_MEM | size, reg, other, off, 0);
	} else {
		other = pick_dst(g);
		emit(g,
		     BPF_LDX | size |
			     (what == 1 && size != BPF_DW ? BPF_MEMSX
							  : BPF_MEM),
		     other, reg, off, 0);
		set_type(g, other, T_SCALAR);
	}
}

static void atomic(struct gen *g, u32 reg, s16 off, u8 size)
{
	static const s32 ops[] = { BPF_ADD,
				   BPF_AND,
				   BPF_OR,
				   BPF_XOR,
				   BPF_ADD | BPF_FETCH,
				   BPF_AND | BPF_FETCH,
				   BPF_OR | BPF_FETCH,
				   BPF_XOR | BPF_FETCH,
				   BPF_XCHG,
				   BPF_CMPXCHG };
	s32 op = ops[below(g, ARRAY_SIZE(ops))];
	u32 src = number_dst(g);

	if (reg == src)
		return;
	if (op == BPF_CMPXCHG) {
		if (g->locked & 1 || reg == 0)
			return;
		if (g->s.type[0] != T_SCALAR)
			mov_imm(g, 0, some_imm(g));
	}
	emit(g, BPF_STX | BPF_ATOMIC | size, reg, src, off, op);
	/*
	 * RFC 9669 5.3: R0 is zero-extended, also when the comparison
	 * succeeds. Linux on x86 then sometimes leaves the upper half alone.
	 */
	if (g->for_linux && op == BPF_CMPXCHG && size == BPF_W)
		emit(g, BPF_ALU | BPF_MOV | BPF_X, 0, 0, 0, 0);
}

static s16 stack_off(struct gen *g, u32 bytes, u32 align)
{
	u32 slots = (g->written - bytes) / align + 1;

	return (s16) - (s32)(bytes + below(g, slots) * align);
}

/* The spilled context is left alone. */
static bool on_spill(const struct gen *g, s16 off, u32 bytes)
{
	return g->spilled && off < SPILL_OFF + 8 &&
	       off + (s32)bytes > SPILL_OFF;
}

/*
 * Linux 6.18 seems to forget that a fetching atomic reads the stack: it takes
 * two paths that store different constants there for one, and drops what only
 * the second would reach. What it does not know it cannot mix up: store a number
 * of the context first. False if there is none.
 */
static bool hide_from_linux(struct gen *g, s16 off)
{
	int ctx = pick(g, T_CTX);
	u32 reg;

	if (!g->for_linux)
		return true;
	if (ctx < 0 || g->p->kind == WEIR_KIND_XDP)
		return false;
	reg = pick_dst(g);
	emit(g, BPF_LDX | BPF_MEM | BPF_W, reg, (u32)ctx,
	     offsetof(struct __sk_buff, len), 0);
	set_type(g, reg, T_SCALAR);
	emit(g, BPF_STX | BPF_MEM | BPF_DW, FP, reg, off & ~7, 0);
	return true;
}

static void stack(struct gen *g)
{
	u8 size = chance(g, 50) ? BPF_DW : some_size(g);
	u32 bytes = weir_insn_size(size);
	s16 off;

	if (g->leaf) {
		alu(g);
		return;
	}

	if (chance(g, 25)) {
		size = chance(g, 50) ? BPF_DW : BPF_W;
		bytes = weir_insn_size(size);
		off = stack_off(g, bytes, bytes);
		if (!on_spill(g, off, bytes) && hide_from_linux(g, off))
			atomic(g, FP, off, size);
		return;
	}
	/* Linux wants stack accesses aligned. */
	off = stack_off(g, bytes, g->for_linux || chance(g, 60) ? bytes : 1);
	if (!on_spill(g, off, bytes))
		touch(g, FP, off, size, true);
}

/* Stack by another register: constant or variable distance. */
static void stack_pointer(struct gen *g)
{
	int reg = pick_pointer_dst(g);
	u32 index = number(g);
	s16 base = -(s16)OUTER_BYTES;

	if (g->leaf || reg < 0 || (u32)reg == index ||
	    g->s.type[index] != T_SCALAR)
		return;
	mov_reg(g, (u32)reg, FP);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_K, (u32)reg, 0, 0, base);
	if (chance(g, 50) && !(g->locked & (1u << index))) {
		/* Linux wants to see the bound; we may also guard. */
		if (g->for_linux || chance(g, 70))
			emit(g, BPF_ALU64 | BPF_AND | BPF_K, index, 0, 0, 7);
		else
			emit(g, BPF_ALU64 | BPF_AND | BPF_K, index, 0, 0, 31);
		emit(g, BPF_ALU64 | BPF_ADD | BPF_X, (u32)reg, index, 0, 0);
		set_type(g, (u32)reg, T_NONE);
		touch(g, (u32)reg, 0, g->for_linux ? BPF_B : some_size(g),
		      true);
		/* `touch` may have made a number of it, or read it. */
		if (g->s.type[reg] != T_SCALAR)
			mov_imm(g, (u32)reg, 0);
		return;
	}
	g->s.type[reg] = T_STACK;
	g->s.off[reg] = base;
	touch(g, (u32)reg, g->for_linux ? 8 : (s16)below(g, 8), some_size(g),
	      true);
	if (g->s.type[reg] != T_SCALAR)
		mov_imm(g, (u32)reg, 1);
}

static bool may_write_packet(const struct gen *g)
{
	return g->p->kind != WEIR_KIND_SOCKET;
}

/* Packet or buffer: what is proven, else by a guard. */
static void packet(struct gen *g)
{
	int reg = pick(g, T_PACKET);
	u8 size = some_size(g);
	u32 bytes = weir_insn_size(size);
	s16 off;

	if (reg < 0)
		return;
	if (g->s.range[reg] >= bytes && (g->for_linux || chance(g, 70)))
		off = (s16)below(g, g->s.range[reg] - bytes + 1);
	else if (g->for_linux)
		return;
	else
		off = (s16)((s32)below(g, 48) - (chance(g, 4) ? 8 : 0));
	if (!g->for_linux && chance(g, 8) && bytes >= 4) {
		atomic(g, (u32)reg, off & ~7, size);
		return;
	}
	touch(g, (u32)reg, off, size, may_write_packet(g));
}

/* A pointer into the packet with a part that varies, then a guarded access. */
static void packet_variable(struct gen *g)
{
	static const s32 masks[] = { 3, 7, 31, 63, 255, 0xffff };
	int base = pick(g, T_PACKET);
	int reg = pick_pointer_dst(g);
	u32 index = number_dst(g);

	if (base < 0 || reg < 0 || (u32)reg == index || reg == base ||
	    (u32)base == index || g->for_linux)
		return;
	if (chance(g, 85))
		emit(g, BPF_ALU64 | BPF_AND | BPF_K, index, 0, 0,
		     masks[below(g, chance(g, 85) ? 4 : 6)]);
	mov_reg(g, (u32)reg, (u32)base);
	emit(g, BPF_ALU64 | (chance(g, 90) ? BPF_ADD : BPF_SUB) | BPF_X,
	     (u32)reg, index, 0, 0);
	g->s.range[reg] = 0;
	for (u32 i = below(g, 3) + 1; i; i--) {
		touch(g, (u32)reg, (s16)below(g, 16), some_size(g),
		      may_write_packet(g));
		if (g->s.type[reg] != T_PACKET)
			return;
	}
	mov_imm(g, (u32)reg, 2);
}

/* Statements: control */

static void sequence(struct gen *g, u32 nr);

static void join(struct state *to, const struct state *from)
{
	for (int i = 0; i < FP; i++) {
		if (to->type[i] != from->type[i] || to->off[i] != from->off[i])
			to->type[i] = T_NONE;
		to->range[i] = min(to->range[i], from->range[i]);
	}
}

static u8 some_cond(struct gen *g)
{
	static const u8 ops[] = { BPF_JEQ,  BPF_JNE,  BPF_JGT,	BPF_JGE,
				  BPF_JLT,  BPF_JLE,  BPF_JSGT, BPF_JSGE,
				  BPF_JSLT, BPF_JSLE, BPF_JSET };

	return ops[below(g, ARRAY_SIZE(ops))];
}

static u32 emit_cond(struct gen *g)
{
	u8 class = chance(g, 50) ? BPF_JMP : BPF_JMP32;
	u32 a = number(g), b = number(g);

	if (g->s.type[a] != T_SCALAR)
		a = b;
	if (chance(g, 50))
		return emit(g, class | some_cond(g) | BPF_X, a, b, 0, 0);
	return emit(g, class | some_cond(g) | BPF_K, a, 0, 0, some_imm(g));
}

static void leave(struct gen *g)
{
	if (chance(g, 50)) {
		mov_imm(g, 0, some_imm(g));
	} else {
		u32 reg = number(g);

		if (reg)
			mov_reg(g, 0, reg);
	}
	emit(g, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void branch(struct gen *g)
{
	u32 at = emit_cond(g), over;
	struct state before = g->s, after_then;

	if (chance(g, 8) && !(g->locked & 1)) {
		/* One way ends here. */
		leave(g);
		land(g, at);
		g->s = before;
		return;
	}
	sequence(g, below(g, 4));
	if (chance(g, 40)) {
		land(g, at);
		join(&g->s, &before);
		return;
	}
	over = emit_goto(g);
	land(g, at);
	after_then = g->s;
	g->s = before;
	sequence(g, below(g, 4));
	land(g, over);
	join(&g->s, &after_then);
}

/* A diamond small enough to become a conditional move. */
static void choose_value(struct gen *g)
{
	u32 dst = number_dst(g), src = number(g);
	u32 at = emit_cond(g);

	if (g->s.type[src] != T_SCALAR || chance(g, 50))
		emit(g, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, some_imm(g));
	else
		emit(g, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
	land(g, at);
}

static void pin(struct gen *g)
{
	for (u32 i = 0; i < FP; i++) {
		if (g->s.type[i] == T_SCALAR)
			g->pinned |= 1u << i;
		else if (g->s.type[i] != T_NONE)
			g->locked |= 1u << i;
	}
}

static u32 nr_free(const struct gen *g)
{
	return FP - (u32)__builtin_popcount(g->locked);
}

static void loop(struct gen *g)
{
	u32 locked = g->locked, pinned = g->pinned;
	u32 counter, head, at;
	bool narrow = chance(g, 50);
	u8 class = narrow ? BPF_ALU : BPF_ALU64;

	if (g->loops >= 2 || nr_free(g) < 5)
		return;
	counter = pick_dst(g);
	mov_imm(g, counter, (s32)below(g, 6) + 1);
	pin(g);
	if (nr_free(g) < 4) {
		g->locked = locked;
		g->pinned = pinned;
		return;
	}
	g->locked |= 1u << counter;
	g->loops++;
	head = g->p->nr;
	sequence(g, below(g, 5) + 1);
	emit(g, class | BPF_ADD | BPF_K, counter, 0, 0, -1);
	/* Sometimes fuel must end it: the test is on something else. */
	if (!g->for_linux && chance(g, 10))
		at = emit_cond(g);
	else
		at = emit(g, (narrow ? BPF_JMP32 : BPF_JMP) | BPF_JNE | BPF_K,
			  counter, 0, 0, 0);
	g->p->insns[at].off = (s16)((s32)head - (s32)at - 1);
	g->loops--;
	g->locked = locked;
	g->pinned = pinned;
}

/* Idioms: what compilers make of C, and the JIT something else of it */

/* Three registers for numbers, all different. False if there are not. */
static bool three(struct gen *g, u32 *reg)
{
	for (u32 i = 0; i < 3; i++) {
		reg[i] = number_dst(g);
		for (u32 j = 0; j < i; j++)
			if (reg[j] == reg[i])
				return false;
	}
	return g->s.type[reg[0]] == T_SCALAR && g->s.type[reg[1]] == T_SCALAR;
}

static u8 some_class(struct gen *g)
{
	return chance(g, 50) ? BPF_ALU64 : BPF_ALU;
}

/* t = x << n; y = y op t, and t elsewhere */
static void shift_and_use(struct gen *g)
{
	static const u8 shifts[] = { BPF_LSH, BPF_RSH, BPF_ARSH };
	static const u8 ops[] = { BPF_ADD, BPF_SUB, BPF_AND, BPF_OR, BPF_XOR };
	const u8 class = some_class(g);
	const s32 bits = class == BPF_ALU64 ? 64 : 32;
	const s32 n = (s32)below(g, (u32)bits - 1) + 1;
	const u8 user = chance(g, 80) ? class : some_class(g);
	u32 reg[3];

	if (!three(g, reg))
		return;
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, reg[2], reg[0], 0, 0);
	emit(g, class | shifts[below(g, 3)] | BPF_K, reg[2], 0, 0, n);
	if (chance(g, 40)) {
		emit(g, BPF_ALU64 | BPF_MOV | BPF_X, reg[0], reg[2], 0, 0);
		emit(g, class | BPF_RSH | BPF_K, reg[2], 0, 0, bits - n);
		emit(g, class | BPF_LSH | BPF_K, reg[0], 0, 0, n);
		emit(g, class | BPF_OR | BPF_X, reg[2], reg[0], 0, 0);
	}
	if (chance(g, 60))
		emit(g, user | ops[below(g, 5)] | BPF_X, reg[1], reg[2], 0, 0);
	else
		emit(g, user | ops[below(g, 5)] | BPF_X, reg[2], reg[1], 0, 0);
	set_type(g, reg[2], T_SCALAR);
	if (chance(g, 80))
		mov_imm(g, chance(g, 50) ? reg[2] : reg[0], some_imm(g));
}

/* x = x >> n | x << (width - n); y ^= x */
static void rotate_and_use(struct gen *g)
{
	const u8 class = some_class(g);
	const s32 bits = class == BPF_ALU64 ? 64 : 32;
	const s32 n = chance(g, 30) ? bits / 2
				    : (s32)below(g, (u32)bits - 1) + 1;
	u32 reg[3];

	if (!three(g, reg))
		return;
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, reg[2], reg[0], 0, 0);
	emit(g, class | BPF_RSH | BPF_K, reg[2], 0, 0, n);
	emit(g, class | BPF_LSH | BPF_K, reg[0], 0, 0, bits - n);
	emit(g, class | BPF_OR | BPF_X, reg[0], reg[2], 0, 0);
	set_type(g, reg[2], T_SCALAR);
	if (chance(g, 50))
		alu(g);
	emit(g, class | (chance(g, 50) ? BPF_XOR : BPF_ADD) | BPF_X, reg[1],
	     reg[0], 0, 0);
	if (chance(g, 80))
		mov_imm(g, reg[0], some_imm(g));
}

/* if ((x & mask) == value) */
static void masked_compare(struct gen *g)
{
	const u8 class = some_class(g);
	const u32 width = below(g, 32) + 1;
	const u32 row = width == 32 ? U32_MAX : (1u << width) - 1;
	const u32 mask = chance(g, 80) ? row << below(g, 33 - width)
				       : (u32)some_imm(g);
	u32 reg[3], at;

	if (!three(g, reg))
		return;
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, reg[2], reg[0], 0, 0);
	if (chance(g, 50))
		emit(g, BPF_ALU | BPF_END | BPF_TO_BE, reg[2], 0, 0, 32);
	emit(g, class | BPF_AND | BPF_K, reg[2], 0, 0, (s32)mask);
	at = emit(g,
		  (chance(g, 50) ? BPF_JMP : BPF_JMP32) |
			  (chance(g, 50) ? BPF_JEQ : BPF_JNE) | BPF_K,
		  reg[2], 0, 0,
		  (s32)(chance(g, 50) ? mask : mask & (u32)some_imm(g)));
	set_type(g, reg[2], T_SCALAR);
	emit(g, some_class(g) | BPF_XOR | BPF_K, reg[1], 0, 0, some_imm(g));
	land(g, at);
	if (chance(g, 80))
		mov_imm(g, reg[2], some_imm(g));
}

/* Neighbours of one size put together, in either order. */
static void put_together(struct gen *g)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W };
	const u8 size = sizes[below(g, 3)];
	const s16 bytes = (s16)weir_insn_size(size);
	const s16 off = (s16)below(g, 16);
	int base = pick(g, T_PACKET);
	const bool turned = chance(g, 50);
	const u8 class = some_class(g);
	u32 reg[3];

	if (base < 0 || !three(g, reg) || g->s.type[base] != T_PACKET)
		return;
	emit(g, BPF_LDX | BPF_MEM | size, reg[0], (u32)base,
	     turned ? off + bytes : off, 0);
	emit(g, BPF_LDX | BPF_MEM | size, reg[1], (u32)base,
	     turned ? off : off + bytes, 0);
	emit(g, class | BPF_LSH | BPF_K, reg[1], 0, 0,
	     8 * bytes & (class == BPF_ALU ? 31 : 63));
	emit(g, class | BPF_OR | BPF_X, reg[1], reg[0], 0, 0);
	if (chance(g, 80))
		mov_imm(g, reg[0], some_imm(g));
}

/* if (...) x = one; else x = other; */
static void either_value(struct gen *g)
{
	u32 reg[3], at, over;

	if (!three(g, reg))
		return;
	at = emit_cond(g);
	mov_imm(g, reg[2], some_imm(g));
	over = emit_goto(g);
	land(g, at);
	if (chance(g, 50))
		mov_imm(g, reg[2], some_imm(g));
	else
		emit(g, BPF_ALU64 | BPF_MOV | BPF_X, reg[2], reg[0], 0, 0);
	land(g, over);
}

static void idiom(struct gen *g)
{
	static void (*const idioms[])(struct gen * g) = {
		shift_and_use, rotate_and_use, masked_compare,
		put_together,  either_value,
	};

	idioms[below(g, ARRAY_SIZE(idioms))](g);
}

/* R1 to R5 are gone; those that were numbers at a loop's head come back. */
static void clobber(struct gen *g)
{
	for (u32 i = 1; i <= 5; i++) {
		set_type(g, i, T_NONE);
		if (g->pinned & (1u << i))
			mov_imm(g, i, some_imm(g));
	}
}

static bool can_call(const struct gen *g)
{
	return !g->leaf && !(g->locked & 0x3f);
}

static void helper(struct gen *g)
{
	static const s32 helpers[] = { 5, 7, 8, 160 };

	if (!can_call(g))
		return;
	emit(g, BPF_JMP | BPF_CALL, 0, 0, 0,
	     helpers[below(g, g->for_linux ? 3 : 4)]);
	/* Its answer is not for comparing. */
	mov_imm(g, 0, some_imm(g));
	clobber(g);
}

static void argument(struct gen *g, enum type type)
{
	int reg;

	if (type == T_STACK) {
		mov_reg(g, 1, FP);
		emit(g, BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -OUTER_BYTES);
	} else if (type == T_CTX) {
		reg = pick(g, T_CTX);
		mov_reg(g, 1, (u32)reg);
	} else if (g->s.type[1] != T_SCALAR) {
		mov_imm(g, 1, some_imm(g));
	}
}

static void subprog(struct gen *g)
{
	int first = g->func + 1;
	int func;

	if (!can_call(g) || first >= g->nr_funcs ||
	    g->nr_calls == ARRAY_SIZE(g->calls))
		return;
	func = first + (int)below(g, (u32)(g->nr_funcs - first));
	if (g->funcs[func].arg == T_LOOP || g->funcs[func].arg == T_PASS)
		return;
	if (g->funcs[func].arg == T_CTX && pick(g, T_CTX) < 0)
		return;
	for (u32 i = 2; i <= 5; i++)
		if (g->s.type[i] != T_SCALAR && g->s.type[i] != T_CTX)
			mov_imm(g, i, some_imm(g));
	argument(g, g->funcs[func].arg);
	for (u32 i = 2; i <= 5; i++)
		if (g->s.type[i] != T_SCALAR)
			mov_imm(g, i, some_imm(g));
	g->calls[g->nr_calls].at =
		emit(g, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0);
	g->calls[g->nr_calls++].func = func;
	set_type(g, 0, T_SCALAR);
	clobber(g);
}

/* LD_ABS and LD_IND: R6 holds the context. */
static void packet_load(struct gen *g)
{
	static const u8 sizes[] = { BPF_B, BPF_H, BPF_W };
	u8 size = sizes[below(g, 3)];
	u32 index;

	if (g->s.type[6] != T_CTX || !can_call(g) || g->func >= 0)
		return;
	if (g->p->kind != WEIR_KIND_SOCKET && g->p->kind != WEIR_KIND_TC)
		return;
	if (chance(g, 50)) {
		s32 off = (s32)below(g, chance(g, 95) ? 40 : 4000);

		if (!g->for_linux && chance(g, 8))
			off += chance(g, 50) ? -0x100000 : -0x200000;
		emit(g, BPF_LD | BPF_ABS | size, 0, 0, 0, off);
	} else {
		index = number(g);
		/* Linux lets the sum wrap at 32 bits; libpcap and we do not. */
		if (g->for_linux && (g->locked & (1u << index)))
			return;
		if ((g->for_linux || chance(g, 90)) &&
		    !(g->locked & (1u << index)))
			emit(g, BPF_ALU64 | BPF_AND | BPF_K, index, 0, 0, 31);
		emit(g, BPF_LD | BPF_IND | size, 0, index, 0,
		     (s32)below(g, 16) - (chance(g, 5) ? 8 : 0));
	}
	set_type(g, 0, T_SCALAR);
	clobber(g);
}

#include "selftests/fuzz/gen_map.c"

/* Context fields that a test run gives the same value everywhere. */
static void context_field(struct gen *g)
{
	static const s16 fields[] = {
		offsetof(struct __sk_buff, len),
		offsetof(struct __sk_buff, mark),
		offsetof(struct __sk_buff, priority),
		offsetof(struct __sk_buff, cb[1]),
		offsetof(struct __sk_buff, cb[4]),
		offsetof(struct __sk_buff, protocol),
		offsetof(struct __sk_buff, vlan_present),
	};
	int ctx = pick(g, T_CTX);
	u32 dst;

	if (ctx < 0 || g->p->kind == WEIR_KIND_XDP)
		return;
	if (chance(g, 25)) {
		dst = number(g);
		emit(g, BPF_STX | BPF_MEM | BPF_W, (u32)ctx, dst,
		     offsetof(struct __sk_buff, cb[1]), 0);
		return;
	}
	dst = pick_dst(g);
	emit(g, BPF_LDX | BPF_MEM | BPF_W, dst, (u32)ctx,
	     fields[below(g, ARRAY_SIZE(fields))], 0);
	set_type(g, dst, T_SCALAR);
}

/* The context comes back from the stack. */
static void refill(struct gen *g)
{
	int reg = pick_pointer_dst(g);

	if (!g->spilled || reg < 0)
		return;
	emit(g, BPF_LDX | BPF_MEM | BPF_DW, (u32)reg, FP, SPILL_OFF, 0);
	set_type(g, (u32)reg, T_CTX);
}

/* if (packet + n > end) skip: inside, n bytes are proven. */
static void prove(struct gen *g)
{
	int base = pick(g, T_PACKET), end = pick(g, T_END);
	int reg = pick_pointer_dst(g);
	struct state before;
	u32 locked = g->locked, bytes = below(g, 40) + 1, at, over = 0;
	u32 form = below(g, 4);

	if (base < 0 || end < 0 || reg < 0 || reg == base || reg == end)
		return;
	mov_reg(g, (u32)reg, (u32)base);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_K, (u32)reg, 0, 0, (s32)bytes);
	set_type(g, (u32)reg, T_NONE);
	if (form == 0) {
		at = emit(g, BPF_JMP | BPF_JGT | BPF_X, (u32)reg, (u32)end, 0,
			  0);
	} else if (form == 1) {
		at = emit(g, BPF_JMP | BPF_JLT | BPF_X, (u32)end, (u32)reg, 0,
			  0);
	} else {
		over = form == 2 ? emit(g, BPF_JMP | BPF_JLE | BPF_X, (u32)reg,
					(u32)end, 0, 0)
				 : emit(g, BPF_JMP | BPF_JGE | BPF_X, (u32)end,
					(u32)reg, 0, 0);
		at = emit_goto(g);
		land(g, over);
	}
	mov_imm(g, (u32)reg, some_imm(g));
	before = g->s;
	before.type[reg] = T_NONE;
	g->s.range[base] = max_t(u16, g->s.range[base], (u16)bytes);
	g->locked |= 1u << base;
	for (u32 i = below(g, 4) + 1; i; i--) {
		packet(g);
		sequence(g, below(g, 2));
	}
	g->locked = locked;
	land(g, at);
	/* what was proven here is not, elsewhere: join() takes the less */
	join(&g->s, &before);
}

static void statement(struct gen *g)
{
	static void (*const statements[])(struct gen * g) = {
		alu,	alu,	      alu,	     alu,
		alu,	unary,	      imm64,	     stack,
		stack,	packet,	      packet,	     branch,
		branch, choose_value, loop,	     context_field,
		helper, subprog,      packet_load,   packet_load,
		prove,	refill,	      stack_pointer, packet_variable,
	};

	if (!g->for_linux && chance(g, 20))
		idiom(g);
	else if (g->with_maps && chance(g, 30))
		map_statement(g);
	else
		statements[below(g, ARRAY_SIZE(statements))](g);
}

static void sequence(struct gen *g, u32 nr)
{
	if (g->depth >= MAX_DEPTH)
		nr = min(nr, 1u);
	g->depth++;
	for (u32 i = 0; i < nr && !is_full(g); i++) {
		if (g->depth > MAX_DEPTH)
			alu(g);
		else
			statement(g);
	}
	g->depth--;
}

/* Frames */

static void write_frame(struct gen *g)
{
	if (g->leaf)
		return;
	g->written = OUTER_BYTES + 8 * below(g, g->func < 0 ? 20 : 3);
	for (u32 off = 8; off <= g->written; off += 8) {
		if (chance(g, 50))
			emit(g, BPF_ST | BPF_MEM | BPF_DW, FP, 0, -(s16)off,
			     some_imm(g));
		else
			emit(g, BPF_STX | BPF_MEM | BPF_DW, FP, number(g),
			     -(s16)off, 0);
	}
}

/* Every number and all that was written to the stack goes into R0. */
static void fold(struct gen *g)
{
	u32 tmp = 0;

	if (g->s.type[0] != T_SCALAR)
		mov_imm(g, 0, 0);
	for (u32 i = 1; i < FP; i++) {
		if (g->s.type[i] != T_SCALAR) {
			tmp = tmp ? tmp : i;
			continue;
		}
		tmp = i;
		emit(g, BPF_ALU64 | BPF_MUL | BPF_K, 0, 0, 0, 31);
		emit(g, BPF_ALU64 | BPF_ADD | BPF_X, 0, i, 0, 0);
	}
	for (u32 off = 8; off <= g->written; off += 8) {
		if (on_spill(g, -(s16)off, 8))
			continue;
		emit(g, BPF_LDX | BPF_MEM | BPF_DW, tmp, FP, -(s16)off, 0);
		emit(g, BPF_ALU64 | BPF_MUL | BPF_K, 0, 0, 0, 31);
		emit(g, BPF_ALU64 | BPF_ADD | BPF_X, 0, tmp, 0, 0);
	}
}

static bool is_callback(const struct gen *g)
{
	return g->func >= 0 && (g->funcs[g->func].arg == T_LOOP ||
				g->funcs[g->func].arg == T_PASS);
}

static void end_frame(struct gen *g)
{
	if (g->s.type[0] != T_SCALAR)
		mov_imm(g, 0, some_imm(g));
	if (chance(g, g->leaf || g->func >= 0 ? 30 : 75))
		fold(g);
	/* mostly it is to be called again */
	if (is_callback(g) && chance(g, 80))
		mov_imm(g, 0, 0);
	emit(g, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Where the main program keeps its context, packet and end. */
static void enter_main(struct gen *g)
{
	enum weir_kind kind = g->p->kind;
	bool direct = kind == WEIR_KIND_XDP || kind == WEIR_KIND_TC;
	s16 data = kind == WEIR_KIND_XDP ? offsetof(struct xdp_md, data)
					 : offsetof(struct __sk_buff, data);
	s16 end = kind == WEIR_KIND_XDP ? offsetof(struct xdp_md, data_end)
					: offsetof(struct __sk_buff, data_end);
	u32 ctx, packet_reg, end_reg;

	if (kind == WEIR_KIND_MEM) {
		g->s.type[1] = T_PACKET;
		g->s.type[2] = T_SCALAR;
		packet_reg = chance(g, 30) ? 1 : 6 + below(g, 4);
		mov_reg(g, packet_reg, 1);
		g->locked |= 1u << packet_reg;
		write_frame(g);
		return;
	}
	g->s.type[1] = T_CTX;
	ctx = chance(g, 60) ? 6 : chance(g, 30) ? 1 : 6 + below(g, 4);
	if (ctx != 1) {
		mov_reg(g, ctx, 1);
		set_type(g, 1, T_NONE);
	}
	g->locked |= 1u << ctx;
	write_frame(g);
	if (g->written >= 80 && chance(g, 60)) {
		emit(g, BPF_STX | BPF_MEM | BPF_DW, FP, ctx, SPILL_OFF, 0);
		g->spilled = true;
	}
	if (!direct)
		return;
	do
		packet_reg = below(g, FP);
	while (g->locked & (1u << packet_reg));
	emit(g, BPF_LDX | BPF_MEM | BPF_W, packet_reg, ctx, data, 0);
	set_type(g, packet_reg, T_PACKET);
	g->locked |= 1u << packet_reg;
	if (!g->for_linux && chance(g, 30))
		return;
	do
		end_reg = below(g, FP);
	while (g->locked & (1u << end_reg));
	emit(g, BPF_LDX | BPF_MEM | BPF_W, end_reg, ctx, end, 0);
	set_type(g, end_reg, T_END);
	g->locked |= 1u << end_reg;
}

/* What helpers hand to a function: the stack of who called them is last. */
static void enter_callback(struct gen *g)
{
	bool is_loop = g->funcs[g->func].arg == T_LOOP;
	u32 outer = is_loop ? 2 : 4;

	if (is_loop) {
		g->s.type[1] = T_SCALAR;
	} else {
		g->s.type[3] = T_VALUE;
		g->s.range[3] = 16;
	}
	write_frame(g);
	if (!is_loop && chance(g, 80))
		touch_value(g, 3, 16);
	g->s.type[outer] = T_STACK;
	if (chance(g, 80))
		touch(g, outer, (s16)below(g, OUTER_BYTES - 8), some_size(g),
		      true);
	for (u32 i = 2; i <= 5; i++)
		if (g->s.type[i] != T_SCALAR)
			mov_imm(g, i, some_imm(g));
	if (g->s.type[1] != T_SCALAR)
		mov_imm(g, 1, some_imm(g));
}

static void enter_func(struct gen *g)
{
	const struct func *f = &g->funcs[g->func];

	if (is_callback(g)) {
		enter_callback(g);
		return;
	}
	for (u32 i = 2; i <= 5; i++)
		g->s.type[i] = T_SCALAR;
	g->s.type[1] = f->arg;
	write_frame(g);
	if (f->arg != T_STACK)
		return;
	/* The caller's stack, through R1. */
	for (u32 i = below(g, 3) + 1; i; i--) {
		u8 size = some_size(g);

		touch(g, 1, g->for_linux ? 8 : (s16)below(g, OUTER_BYTES - 8),
		      size, true);
		if (g->s.type[1] != T_STACK)
			return;
	}
	if (!g->for_linux && chance(g, 50))
		atomic(g, 1, 8, chance(g, 50) ? BPF_DW : BPF_W);
	mov_imm(g, 1, 0);
}

static void frame(struct gen *g, int func, u32 nr)
{
	memset(&g->s, 0, sizeof(g->s));
	g->s.type[FP] = T_STACK;
	g->locked = 0;
	g->pinned = 0;
	g->spilled = false;
	g->func = func;
	if (func < 0)
		enter_main(g);
	else
		enter_func(g);
	sequence(g, nr);
	end_frame(g);
}

/* Is it called by what has been generated? */
static bool is_called(const struct gen *g, int func)
{
	for (u32 i = 0; i < g->nr_calls; i++)
		if (g->calls[i].func == func)
			return true;
	return false;
}

void gen_program(struct gen_random *r, bool for_linux, struct gen_program *out)
{
	static const enum type args[] = { T_SCALAR, T_STACK, T_LOOP, T_PASS,
					  T_CTX };
	struct gen g = { .r = r, .p = out, .for_linux = for_linux };

	memset(out, 0, sizeof(*out));
	out->kind = (enum weir_kind)(1 + gen_below(r, for_linux ? 3 : 4));
	/* Classic programs aside, a socket program may fail with anything. */
	out->fail_verdict = for_linux ? 0 : gen_random(r);
	/* What fits few registers takes other ways than what does not. */
	g.leaf = !for_linux && chance(&g, 35);
	g.nr_funcs = !g.leaf && chance(&g, 40)
			     ? (int)below(&g, GEN_MAX_FUNCS) + 1
			     : 0;
	g.with_maps = !g.leaf && chance(&g, 50);
	for (int i = 0; i < g.nr_funcs; i++) {
		bool no_ctx = out->kind == WEIR_KIND_MEM;

		g.funcs[i].arg = args[below(&g, no_ctx ? 4 : 5)];
		if ((!g.with_maps || for_linux) && g.funcs[i].arg >= T_LOOP)
			g.funcs[i].arg = T_SCALAR;
	}
	frame(&g, -1,
	      g.leaf && chance(&g, 60)
		      ? 1 + below(&g, 8)
		      : 4 + below(&g, chance(&g, 90) ? 30 : 150));
	for (int i = 0; i < g.nr_funcs; i++) {
		if (!is_called(&g, i))
			continue;
		g.funcs[i].start = out->nr;
		frame(&g, i, below(&g, 10));
	}
	for (u32 i = 0; i < g.nr_calls; i++)
		out->insns[g.calls[i].at].imm =
			(s32)(g.funcs[g.calls[i].func].start - g.calls[i].at -
			      1);
}
