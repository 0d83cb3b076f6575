// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the verifier saw when it decided. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include "base/host.h"
#include "base/insn.h"
#include "jit/arch.h"
#include "jit/compile.h"
#include "tools/weir/explain.h"
#include "tools/weir/image_text.h"
#include "tools/weir/source.h"
#include "tools/weir/state_text.h"
#include "tools/weir/verified.h"
#include "verifier/cfg.h"
#include "verifier/check.h"
#include "verifier/duty.h"
#include "verifier/state.h"

static struct explain *of(struct weir_observer *o)
{
	return (struct explain *)o;
}

static struct explained *slot(struct explain *e, u32 pc)
{
	return pc < e->nr ? &e->at[pc] : NULL;
}

/* "r2=..., r3=...": what an instruction works on. */
static char *operands(const struct bpf_insn *insn, const struct weir_state *s)
{
	u8 regs[2] = { insn->dst_reg, insn->src_reg };
	u8 class = BPF_CLASS(insn->code);
	char text[2 * VALUE_TEXT + 32] = "", value[VALUE_TEXT];
	u32 nr = 0;

	if (weir_insn_is_call(insn) || class == BPF_LD)
		return NULL;
	if (weir_insn_is_exit(insn))
		regs[0] = regs[1] = BPF_REG_0;
	else if (class == BPF_LDX)
		regs[0] = regs[1];
	else if (class != BPF_STX && BPF_SRC(insn->code) != BPF_X)
		regs[1] = regs[0];
	for (u32 i = 0; i < 2; i++) {
		if (regs[i] >= WEIR_NR_REGS || (i && regs[1] == regs[0]))
			continue;
		nr += (u32)snprintf(text + nr, sizeof(text) - nr, "%sr%u=%s",
				    nr ? "  " : "", regs[i],
				    value_text(s, &s->reg[regs[i]], value));
	}
	return strdup(text);
}

/* The arguments of a call, which all may matter. */
static char *arguments(const struct weir_state *s)
{
	char text[5 * (VALUE_TEXT + 8)] = "", value[VALUE_TEXT];
	u32 nr = 0;

	for (u32 r = BPF_REG_1; r <= BPF_REG_5; r++)
		if (s->reg[r].kind != WEIR_VALUE_UNINIT)
			nr += (u32)snprintf(text + nr, sizeof(text) - nr,
					    "%sr%u=%s", nr ? "  " : "", r,
					    value_text(s, &s->reg[r], value));
	return strdup(text);
}

static void on_state(struct weir_observer *o, u32 pc,
		     const struct weir_state *s)
{
	struct explain *e = of(o);
	struct explained *x = slot(e, pc);

	e->last = pc;
	if (!x)
		return;
	free(x->seen);
	x->seen = weir_insn_is_call(&e->prog->insns[pc])
			  ? arguments(s)
			  : operands(&e->prog->insns[pc], s);
	if (!e->states || !e->starts[pc])
		return;
	free(x->state);
	x->state = state_text(s);
}

static void on_finding(struct weir_observer *o, u32 pc,
		       const struct weir_duty *duty,
		       const struct weir_finding *finding)
{
	struct explained *x = slot(of(o), pc);

	if (!x || finding->answer != WEIR_PROVEN)
		return;
	if (finding->by)
		x->by = finding->by;
	else if (duty->kind == WEIR_DUTY_FUEL)
		x->by = "the loop ends by itself";
}

/* Blocks, and room for what is seen. */
static int prepare(struct explain *e, const struct weir_prog *prog)
{
	struct weir_rejection rej;
	int err;

	e->prog = prog;
	e->at = calloc(prog->nr_insns, sizeof(*e->at));
	e->starts = calloc(prog->nr_insns, sizeof(*e->starts));
	if (!e->at || !e->starts)
		return -ENOMEM;
	e->nr = prog->nr_insns;
	err = weir_cfg_create(prog, &rej, &e->cfg);
	for (u32 b = 0; !err && b < e->cfg->nr_blocks; b++)
		e->starts[e->cfg->block[b].start] = true;
	/* A refusal is the verifier's to tell. */
	return err == -ENOMEM ? err : 0;
}

int explain_load(const struct source *src, struct verified *v,
		 struct explain *e)
{
	int err;

	memset(v, 0, sizeof(*v));
	*e = (struct explain){ .observer = { on_state, on_finding },
			       .states = e->states };
	err = source_prog(src, &v->rej, &v->words, &v->prog);
	if (!err)
		err = prepare(e, v->prog);
	if (!err)
		err = weir_verify_observed(v->prog, src->strict, &e->observer,
					   &v->rej, &v->facts);
	return err;
}

void explain_free(struct explain *e)
{
	for (u32 pc = 0; pc < e->nr; pc++) {
		free(e->at[pc].seen);
		free(e->at[pc].state);
	}
	free(e->at);
	free(e->starts);
	free(e->cost);
	if (e->cfg)
		weir_cfg_free(e->cfg);
}

const struct explained *explain_at(const struct explain *e, u32 pc)
{
	static const struct explained nothing;

	return pc < e->nr ? &e->at[pc] : &nothing;
}

/*
 * A guard's code ends with its last branch to its stub, and begins where the
 * instruction's does, or behind the guard before it.
 */
static void measure(struct explain *e, const struct image_text *t, u32 i,
		    u8 form)
{
	const struct weir_image *image = t->image;
	const struct weir_image_guard *g = &image->guard[i];
	u32 from = image->pc_off[g->pc], last = g->branch_off, off;

	e->cost[i] = NO_COST;
	if (g->branch_off == WEIR_NO_OFFSET || from == WEIR_NO_OFFSET)
		return;
	if (i && image->guard[i - 1].pc == g->pc &&
	    image->guard[i - 1].branch_off != WEIR_NO_OFFSET)
		from = image->guard[i - 1].branch_off + 4;
	/* Fuel is taken at the end of what the jump does anyway. */
	if (form == WEIR_FORM_COUNT)
		from = last - 4;
	if (g->branch_off < from)
		return;
	for (off = last; off <= last + 16 && off / 4 < image->nr_words;
	     off += 4)
		if (t->target[off / 4] == g->stub_off)
			last = off;
	e->cost[i] = (last - from) / 4 + 1;
}

void explain_costs(struct explain *e, const struct verified *v,
		   const char *arch)
{
	struct weir_compile_opts opts = { .arch = weir_arch_by_name(arch),
					  .features = WEIR_CPU_ALL,
					  .passes = WEIR_PASSES_ALL };
	struct weir_image *image = NULL;
	struct image_text text;

	if (!opts.arch || !v->facts || !v->facts->nr_guards ||
	    weir_compile(v->prog, v->facts, &opts, &image))
		return;
	e->cost = malloc(v->facts->nr_guards * sizeof(*e->cost));
	if (e->cost && !image_text_open(&text, image)) {
		for (u32 i = 0; i < v->facts->nr_guards; i++)
			measure(e, &text, i, v->facts->guard[i].form);
		image_text_close(&text);
		e->arch = arch;
	} else {
		free(e->cost);
		e->cost = NULL;
	}
	weir_image_free(image);
}

/* clang-format off: one line per rule */
static const char *const fixes[] = {
	[WEIR_REJECT_TOO_LONG] =
		"split the program, or let the compiler roll its loops",
	[WEIR_REJECT_EMPTY] = "a program is at least r0 = 0; exit",
	[WEIR_REJECT_BAD_OPCODE] =
		"compile for a version of the instruction set up to v4",
	[WEIR_REJECT_BAD_REGISTER] = "registers are r0 to r10",
	[WEIR_REJECT_RESERVED_FIELD] =
		"fields that are no operand of the instruction must be 0",
	[WEIR_REJECT_JUMP_RANGE] =
		"count distances in slots; a 16-byte instruction has two",
	[WEIR_REJECT_JUMP_MIDDLE] =
		"a 16-byte instruction takes two slots: jump to its first",
	[WEIR_REJECT_UNREACHABLE] = "remove it, or what jumps over it",
	[WEIR_REJECT_FALL_OFF] = "end every path with exit or a jump",
	[WEIR_REJECT_TRUNCATED] = "hand in both halves",
	[WEIR_REJECT_FRAME_WRITE] =
		"copy r10 to another register and change that",
	[WEIR_REJECT_UNINIT_REGISTER] =
		"give it a value on every path to here; r1 to r5 are gone after a call",
	[WEIR_REJECT_UNINIT_STACK] =
		"write these bytes on every path to here, as by memset()",
	[WEIR_REJECT_STACK_RANGE] = "stay within r10 - 512 and r10 - 1",
	[WEIR_REJECT_NOT_A_POINTER] =
		"load through a pointer; on every path it must be the same sort",
	[WEIR_REJECT_CTX_ACCESS] =
		"take a field of this kind of program, at its own offset and size",
	[WEIR_REJECT_POINTER_ARITH] =
		"add or subtract a number, or subtract pointers into one object",
	[WEIR_REJECT_POINTER_LEAK] =
		"read a spilled pointer back whole, as 8 bytes",
	[WEIR_REJECT_READ_ONLY] = "write to a copy on the stack instead",
	[WEIR_REJECT_UNKNOWN_HELPER] = "call one that is listed",
	[WEIR_REJECT_HELPER_KIND] =
		"load it as a kind that has the helper, or do without",
	[WEIR_REJECT_HELPER_ARG] =
		"hand in what the helper's prototype says, of known size",
	[WEIR_REJECT_RECURSION] = "make a loop of it",
	[WEIR_REJECT_CALL_DEPTH] = "inline some of the functions",
	[WEIR_REJECT_STACK_DEPTH] =
		"use less stack in the functions that call each other",
	[WEIR_REJECT_CALL_RANGE] = "call a function of this program",
	[WEIR_REJECT_BAD_ATOMIC] =
		"use add, and, or, xor, xchg or cmpxchg on 4 or 8 bytes",
	[WEIR_REJECT_BAD_SHIFT] = "shift by less than the operand has bits",
	[WEIR_REJECT_BAD_DIVISOR] = "divide by something else",
	[WEIR_REJECT_BAD_PSEUDO] = "link the object first, as libbpf does",
	[WEIR_REJECT_STRICT_GUARD] =
		"prove it by a comparison before, or load without --strict",
	[WEIR_REJECT_BAD_KIND] = "load it as a kind that has the instruction",
	[WEIR_REJECT_TOO_COMPLEX] = "split the program",
	[WEIR_REJECT_CLASSIC_OPCODE] =
		"see what <linux/filter.h> and Documentation/program.rst have",
	[WEIR_REJECT_CLASSIC_ANCILLARY] =
		"see what <linux/filter.h> and Documentation/program.rst have",
	[WEIR_REJECT_CLASSIC_SCRATCH] = "there are 16 words, M[0] to M[15]",
	[WEIR_REJECT_CLASSIC_UNINIT] = "store to it on every path to here",
	[WEIR_REJECT_BAD_IMMEDIATE] = "see what the instruction allows",
	[WEIR_REJECT_RETURN_VALUE] = "return a number on every path",
	[WEIR_REJECT_JUMP_OUT_OF_SUBPROG] =
		"jump within the function, and call others",
	[WEIR_REJECT_POINTER_COMPARE] =
		"compare pointers into one object, or a pointer with 0",
	[WEIR_REJECT_POINTER_STORE] = "keep it in 8 aligned bytes of the stack",
	[WEIR_REJECT_MISALIGNED] = "align it to its size",
	[WEIR_REJECT_BAD_MAP] =
		"make the map first, and name it by its descriptor",
	[WEIR_REJECT_WRITE_ONLY] =
		"make the map without BPF_F_WRONLY_PROG, or read another one",
	[WEIR_REJECT_VALUE_RANGE] =
		"bound the offset by the size of the value, key or record",
	[WEIR_REJECT_MAP_FIELD] = "leave locks and timers to their helpers",
	[WEIR_REJECT_HELPER_MAP] =
		"use a map of a type that the helper works on",
	[WEIR_REJECT_UNRELEASED] =
		"submit or discard it on every path, before the program ends",
	[WEIR_REJECT_LOCKED] = "release the lock first, on every path",
	[WEIR_REJECT_LOCK_STATE] =
		"take one lock at a time, and release the one that is held",
	[WEIR_REJECT_TOO_MANY_BASES] =
		"bound the offsets, so that fewer values need guards",
	[WEIR_REJECT_BAD_PARAM] =
		"see Documentation/parameters.rst for what may be declared",
	[WEIR_REJECT_BAD_ASSUME] =
		"assume arrays that programs only read (BPF_F_RDONLY_PROG)",
	[WEIR_REJECT_PARAM_ACCESS] =
		"load it into a variable, as one number, and use that",
};
/* clang-format on */

const char *explain_fix(u32 reject_nr)
{
	const char *fix = NULL;

	if (reject_nr < sizeof(fixes) / sizeof(fixes[0]))
		fix = fixes[reject_nr];
	return fix ? fix : "";
}
