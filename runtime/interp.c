// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The interpreter. One C function call per frame of the program, so that a
 * program that calls nothing takes one frame's stack. Nothing here is clever:
 * where the back ends and this file disagree, they are wrong.
 *
 *	frame's stack	[R10 - facts->stack_bytes, R10), the same for each frame
 */
#include <linux/kernel.h>
#include <linux/bug.h>
#include <linux/string.h>
#include "base/ctx.h"
#include "base/helper.h"
#include "base/host.h"
#include "base/insn.h"
#include "base/map.h"
#include "base/param.h"
#include "base/prog.h"
#include "base/run.h"
#include "runtime/helpers.h"
#include "runtime/interp.h"
#include "runtime/tail_call.h"
#include "verifier/facts.h"

#define FP 10

/* One run under way. */
struct vm {
	const struct weir_prog *prog;
	const struct weir_facts *facts;
	struct weir_run *run;
	struct weir_audit *audit;
	u32 pc;
	u32 depth;
	u64 reg[WEIR_NR_REGS];
	u64 verdict; /* after a guard's exit */
};

static bool run_frame(struct vm *vm);

/*
 * Memory
 */

static void *pointer(u64 address)
{
	return (void *)(unsigned long)address;
}

static u64 address(const void *p)
{
	return (u64)(unsigned long)p;
}

static u64 load(const void *p, u32 size)
{
	u64 value = 0;

	memcpy(&value, p, size); /* little-endian hosts */
	return value;
}

static void store(void *p, u32 size, u64 value)
{
	memcpy(p, &value, size);
}

static u64 sign_extend(u64 value, u32 bits)
{
	u32 shift = 64 - bits;

	return (u64)((s64)(value << shift) >> shift);
}

static u64 byte_swap(u64 value, u32 bits)
{
	switch (bits) {
	case 16:
		return __builtin_bswap16((u16)value);
	case 32:
		return __builtin_bswap32((u32)value);
	default:
		return __builtin_bswap64(value);
	}
}

static bool is_ctx_access(const struct vm *vm)
{
	return vm->facts->insn[vm->pc].mem == WEIR_MEM_CTX;
}

/* Where a context access really goes: ctx.def. */
static void *ctx_place(const struct vm *vm, bool *is_pointer)
{
	s32 off = vm->facts->insn[vm->pc].off;
	const struct weir_ctx_field *field = weir_ctx_at(vm->prog->kind, off);

	*is_pointer = weir_ctx_is_pointer(field);
	return (u8 *)vm->run + weir_ctx_run_off(field, off);
}

static void do_ldx(struct vm *vm, const struct bpf_insn *insn)
{
	const void *place = pointer(vm->reg[insn->src_reg] + (u64)insn->off);
	u32 size = weir_insn_size(insn->code);
	bool is_pointer = false;
	u64 value;

	if (is_ctx_access(vm))
		place = ctx_place(vm, &is_pointer);
	if (vm->facts->insn[vm->pc].flags & WEIR_FACT_PARAM)
		value = weir_param_load(vm->prog->maps[vm->prog->params],
					vm->facts->insn[vm->pc].param);
	else
		value = load(place, is_pointer ? 8 : size);
	if (BPF_MODE(insn->code) == BPF_MEMSX)
		value = sign_extend(value, size * 8);
	vm->reg[insn->dst_reg] = value;
}

static void do_store(struct vm *vm, const struct bpf_insn *insn, u64 value)
{
	void *place = pointer(vm->reg[insn->dst_reg] + (u64)insn->off);
	bool is_pointer;

	if (is_ctx_access(vm))
		place = ctx_place(vm, &is_pointer);
	store(place, weir_insn_size(insn->code), value);
}

/* LD_ABS, LD_IND: the packet's bytes are in network order. */
static void do_packet_load(struct vm *vm, const struct bpf_insn *insn)
{
	u32 size = weir_insn_size(insn->code);
	u64 place = vm->run->data + (u64)insn->imm;

	if (BPF_MODE(insn->code) == BPF_IND)
		place += (u32)vm->reg[insn->src_reg];
	vm->reg[0] = load(pointer(place), size);
	if (size > 1)
		vm->reg[0] = byte_swap(vm->reg[0], size * 8);
}

/* What an atomic operation puts where @old was. */
static u64 atomic_result(const struct vm *vm, const struct bpf_insn *insn,
			 u64 old, u64 src)
{
	bool is64 = weir_insn_size(insn->code) == 8;

	switch (insn->imm & ~BPF_FETCH) {
	case BPF_ADD:
		return old + src;
	case BPF_AND:
		return old & src;
	case BPF_OR:
		return old | src;
	case BPF_XOR:
		return old ^ src;
	case BPF_CMPXCHG & ~BPF_FETCH:
		return old == (is64 ? vm->reg[0] : (u32)vm->reg[0]) ? src : old;
	default: /* BPF_XCHG */
		return src;
	}
}

/*
 * The new value takes the place of the old one, if that is still there. What is
 * misaligned is never shared memory of Linux's programs, and no CPU has a word
 * for it: plain accesses.
 */
static bool exchange(void *place, u32 size, u64 old, u64 value)
{
	if ((uintptr_t)place & (size - 1)) {
		store(place, size, value);
		return true;
	}
	if (size == 4)
		return weir_host_cmpxchg32(place, (u32)old, (u32)value) == old;
	return weir_host_cmpxchg64(place, old, value) == old;
}

static void do_atomic(struct vm *vm, const struct bpf_insn *insn)
{
	void *place = pointer(vm->reg[insn->dst_reg] + (u64)insn->off);
	u32 size = weir_insn_size(insn->code);
	u64 old;

	do {
		old = load(place, size);
	} while (!exchange(place, size, old,
			   atomic_result(vm, insn, old,
					 vm->reg[insn->src_reg])));
	if (insn->imm == BPF_CMPXCHG)
		vm->reg[0] = old;
	else if (insn->imm & BPF_FETCH)
		vm->reg[insn->src_reg] = old;
}

/*
 * Arithmetic: each result is that of the full width; 32-bit ones are cut by
 * the caller.
 */

static u64 divide(u64 a, u64 b, bool is64, bool is_signed)
{
	if (is_signed)
		return is64 ? weir_helper_sdiv64(NULL, a, b, 0, 0, 0)
			    : weir_helper_sdiv32(NULL, a, b, 0, 0, 0);
	return is64 ? weir_helper_div64(NULL, a, b, 0, 0, 0)
		    : weir_helper_div32(NULL, a, b, 0, 0, 0);
}

static u64 modulo(u64 a, u64 b, bool is64, bool is_signed)
{
	if (is_signed)
		return is64 ? weir_helper_smod64(NULL, a, b, 0, 0, 0)
			    : weir_helper_smod32(NULL, a, b, 0, 0, 0);
	return is64 ? weir_helper_mod64(NULL, a, b, 0, 0, 0)
		    : weir_helper_mod32(NULL, a, b, 0, 0, 0);
}

static u64 compute(const struct bpf_insn *insn, bool is64, u64 a, u64 b)
{
	u32 count = (u32)b & (is64 ? 63 : 31);

	switch (BPF_OP(insn->code)) {
	case BPF_ADD:
		return a + b;
	case BPF_SUB:
		return a - b;
	case BPF_MUL:
		return a * b;
	case BPF_DIV:
		return divide(a, b, is64, insn->off == 1);
	case BPF_MOD:
		return modulo(a, b, is64, insn->off == 1);
	case BPF_OR:
		return a | b;
	case BPF_AND:
		return a & b;
	case BPF_XOR:
		return a ^ b;
	case BPF_LSH:
		return a << count;
	case BPF_RSH:
		return (is64 ? a : (u32)a) >> count;
	case BPF_ARSH:
		return is64 ? (u64)((s64)a >> count)
			    : (u64)((s32)(u32)a >> count);
	case BPF_NEG:
		return -a;
	default: /* BPF_MOV, sign-extending by off bits */
		return insn->off ? sign_extend(b, (u32)insn->off) : b;
	}
}

static u64 operand(const struct vm *vm, const struct bpf_insn *insn)
{
	return BPF_SRC(insn->code) == BPF_X ? vm->reg[insn->src_reg]
					    : (u64)(s64)insn->imm;
}

static void do_end(struct vm *vm, const struct bpf_insn *insn)
{
	u64 *dst = &vm->reg[insn->dst_reg];
	bool swap = BPF_CLASS(insn->code) == BPF_ALU64 ||
		    BPF_SRC(insn->code) == BPF_TO_BE;

	if (swap)
		*dst = byte_swap(*dst, (u32)insn->imm);
	else if (insn->imm < 64)
		*dst &= (1ULL << insn->imm) - 1;
}

static void do_alu(struct vm *vm, const struct bpf_insn *insn)
{
	u64 *dst = &vm->reg[insn->dst_reg];
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	u64 result = compute(insn, is64, *dst, operand(vm, insn));

	*dst = is64 ? result : (u32)result;
}

static bool is_taken(const struct vm *vm, const struct bpf_insn *insn)
{
	u64 a = vm->reg[insn->dst_reg];
	u64 b = operand(vm, insn);

	/* Sign extension keeps both orders of 32-bit values. */
	if (BPF_CLASS(insn->code) == BPF_JMP32) {
		a = sign_extend(a, 32);
		b = sign_extend(b, 32);
	}
	switch (BPF_OP(insn->code)) {
	case BPF_JA:
		return true;
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSGT:
		return (s64)a > (s64)b;
	case BPF_JSGE:
		return (s64)a >= (s64)b;
	case BPF_JSLT:
		return (s64)a < (s64)b;
	case BPF_JSLE:
		return (s64)a <= (s64)b;
	default: /* BPF_JSET; the extension adds bits only where both have 31 */
		return a & b;
	}
}

/*
 * Guards
 */

/* Bytes [r + lo, r + hi) of the packet, by offset. All fits 64 bits signed. */
static bool offset_passes(const struct vm *vm, const struct weir_guard *guard)
{
	s64 off = guard->reg == WEIR_NO_REG ? 0 : (u32)vm->reg[guard->reg];

	return off + guard->lo >= 0 &&
	       off + guard->hi <= (s64)vm->run->linear_len;
}

/* Where the map value lies that a guard measures from. */
static u64 value_start(const struct vm *vm, const struct weir_guard *guard)
{
	return guard->base == WEIR_BASE_CONST
		       ? address(vm->prog->maps[guard->map]->values)
		       : vm->run->base[guard->base];
}

/*
 * Bytes [reg + lo, reg + hi) of the object. `at` is exact: it is how far the
 * pointer is past the start, which for pointers before it is negative. The
 * sums are turned round, so that no far pointer can make one wrap.
 */
static bool pointer_passes(const struct vm *vm, const struct weir_guard *guard)
{
	s64 size, at;
	u64 start;

	if (guard->base != WEIR_NO_BASE) {
		size = guard->size;
		start = value_start(vm, guard);
	} else if (guard->kind == WEIR_GUARD_STACK) {
		size = vm->facts->stack_bytes;
		start = vm->reg[FP] - (u64)size;
	} else {
		size = (s64)vm->run->linear_len;
		start = vm->run->data;
	}
	at = (s64)(vm->reg[guard->reg] - start);
	if (guard->check_lo && at < -(s64)guard->lo)
		return false;
	return at <= size - guard->hi;
}

static bool passes(const struct vm *vm, const struct weir_guard *guard)
{
	switch (guard->form) {
	case WEIR_FORM_OFFSET:
		return offset_passes(vm, guard);
	case WEIR_FORM_POINTER:
		return pointer_passes(vm, guard);
	case WEIR_FORM_NULL:
		return vm->reg[guard->reg] != 0;
	default: /* WEIR_FORM_COUNT sits on an edge: take_edge() */
		return true;
	}
}

static void leave(struct vm *vm, enum weir_exit kind, u32 guard)
{
	struct weir_exit_record *exit = &vm->run->exit;

	exit->kind = kind;
	exit->guard = guard;
	exit->pc = vm->pc;
	exit->reserved = 0;
	memcpy(exit->regs, vm->reg, sizeof(exit->regs));
	exit->regs[FP] = 0; /* an address of ours says nothing to anyone */
	vm->verdict = vm->prog->fail_verdict;
}

/* Test the guards before the instruction. False: the run has ended. */
static bool test_guards(struct vm *vm)
{
	const struct weir_insn_facts *facts = &vm->facts->insn[vm->pc];
	u32 i;

	for (i = facts->guard; i < facts->guard + facts->nr_guards; i++) {
		if (passes(vm, &vm->facts->guard[i]))
			continue;
		leave(vm, WEIR_EXIT_GUARD, i);
		return false;
	}
	return true;
}

/* The guard of the instruction that counts fuel. */
static u32 fuel_guard(const struct vm *vm)
{
	const struct weir_insn_facts *facts = &vm->facts->insn[vm->pc];
	u32 i;

	for (i = facts->guard; i < facts->guard + facts->nr_guards; i++)
		if (vm->facts->guard[i].kind == WEIR_GUARD_FUEL)
			return i;
	WARN_ON_ONCE(true);
	return facts->guard;
}

/* Burn fuel on a jump's taken edge, or a call. False: there was none left. */
static bool take_edge(struct vm *vm)
{
	if (!(vm->facts->insn[vm->pc].flags & WEIR_FACT_FUEL))
		return true;
	if (vm->run->fuel == 0) {
		leave(vm, WEIR_EXIT_GUARD, fuel_guard(vm));
		return false;
	}
	vm->run->fuel--;
	return true;
}

/*
 * Audit: do the facts hold?
 */

static void blame(struct vm *vm, const char *what)
{
	if (vm->audit->what)
		return;
	vm->audit->what = what;
	vm->audit->pc = vm->pc;
	memcpy(vm->audit->regs, vm->reg, sizeof(vm->reg));
}

/* Before the instruction, its guards having passed. */
static void audit_before(struct vm *vm, const struct bpf_insn *insn)
{
	const struct weir_insn_facts *facts = &vm->facts->insn[vm->pc];
	bool is_64 = BPF_CLASS(insn->code) == BPF_ALU64;
	u64 base = BPF_CLASS(insn->code) == BPF_LDX ? vm->reg[insn->src_reg]
						    : vm->reg[insn->dst_reg];
	u32 i;

	if (!(facts->flags & WEIR_FACT_REACHED))
		blame(vm, "reached, but the facts say it cannot be");
	for (i = 0; i < WEIR_NR_REGS; i++)
		if ((facts->zero_hi & (1u << i)) && vm->reg[i] >> 32)
			blame(vm, "upper half is not zero");
	if ((facts->flags & WEIR_FACT_NONZERO_SRC) &&
	    !(is_64 ? operand(vm, insn) : (u32)operand(vm, insn)))
		blame(vm, "divisor is zero");
	if (facts->mem == WEIR_MEM_STACK && facts->off != WEIR_OFF_VARIABLE &&
	    base + (u64)insn->off != vm->reg[FP] + (u64)(s64)facts->off)
		blame(vm, "stack access lies elsewhere");
	if ((facts->flags & WEIR_FACT_ALIGNED) &&
	    ((base + (u64)insn->off) & (weir_insn_size(insn->code) - 1)))
		blame(vm, "access is not aligned");
	if (facts->mem == WEIR_MEM_CTX &&
	    base + (u64)insn->off != address(vm->run) + (u64)(s64)facts->off)
		blame(vm, "context access lies elsewhere");
}

static void audit_result(struct vm *vm, const struct bpf_insn *insn)
{
	const struct weir_insn_facts *facts = &vm->facts->insn[vm->pc];

	if ((facts->flags & WEIR_FACT_KNOWN) &&
	    vm->reg[insn->dst_reg] != facts->known)
		blame(vm, "result is not the known one");
}

static void audit_jump(struct vm *vm, bool taken)
{
	u32 flags = vm->facts->insn[vm->pc].flags;

	if (taken && (flags & WEIR_FACT_NOT_TAKEN))
		blame(vm, "jump is taken");
	if (!taken && (flags & WEIR_FACT_TAKEN))
		blame(vm, "jump is not taken");
}

/*
 * Control
 */

/* Frames share nothing but R0 to R5; R6 to R10 come back as they were. */
static bool call_subprog(struct vm *vm, const struct bpf_insn *insn)
{
	u32 back = vm->pc + 1;
	u64 saved[5];

	if (WARN_ON_ONCE(vm->depth + 1 >= WEIR_MAX_FRAMES))
		return false;
	memcpy(saved, &vm->reg[6], sizeof(saved));
	vm->depth++;
	vm->pc = (u32)((s64)vm->pc + 1 + insn->imm);
	if (!run_frame(vm))
		return false;
	vm->depth--;
	vm->pc = back;
	memcpy(&vm->reg[6], saved, sizeof(saved));
	return true;
}

/*
 * A helper calls a function of the program back (run->call). The helper's caller
 * goes on with its registers as they were.
 */
static u64 call_back(struct weir_run *run, u64 pc, u64 a1, u64 a2, u64 a3,
		     u64 a4)
{
	struct vm *vm = run->engine;
	u64 saved[WEIR_NR_REGS], result;
	u32 back = vm->pc;

	if (WARN_ON_ONCE(vm->depth + 1 >= WEIR_MAX_FRAMES)) {
		leave(vm, WEIR_EXIT_GUARD, fuel_guard(vm));
		return 0;
	}
	memcpy(saved, vm->reg, sizeof(saved));
	vm->reg[1] = a1;
	vm->reg[2] = a2;
	vm->reg[3] = a3;
	vm->reg[4] = a4;
	vm->depth++;
	vm->pc = (u32)pc;
	if (!run_frame(vm))
		return 0;
	vm->depth--;
	vm->pc = back;
	result = vm->reg[0];
	memcpy(vm->reg, saved, sizeof(saved));
	return result;
}

/* The call of a helper that calls back has returned. False: the run has ended. */
static bool came_back(struct vm *vm)
{
	if (vm->run->exit.kind == WEIR_EXIT_FUEL)
		leave(vm, WEIR_EXIT_GUARD, fuel_guard(vm));
	return vm->run->exit.kind == WEIR_EXIT_RETURN;
}

/*
 * Out of a subprogram the target runs on top of this program, and its verdict is
 * what the subprogram returns. From the outermost frame it takes this program's
 * place: the run goes on where run->next says.
 */
static enum weir_tail tail_call(struct vm *vm)
{
	u64 *r = vm->reg;
	enum weir_tail tail;

	if (!vm->depth) {
		vm->run->next = weir_tail_call_target(vm->run, pointer(r[2]),
						      (u32)r[3]);
		r[0] = 0;
		return vm->run->next ? WEIR_TAIL_RETURN : WEIR_TAIL_NONE;
	}
	tail = (enum weir_tail)weir_helper_tail_call(vm->run, r[1], r[2], r[3],
						     0, 0);
	if (tail == WEIR_TAIL_RETURN)
		r[0] = vm->run->tail_verdict;
	if (tail == WEIR_TAIL_LEAVE)
		vm->verdict = vm->run->tail_verdict;
	return tail;
}

static bool call_helper(struct vm *vm, const struct weir_helper *helper)
{
	const struct weir_insn_facts *facts = &vm->facts->insn[vm->pc];
	u64 *r = vm->reg;

	r[0] = weir_helper_func(helper->id)(vm->run, r[1], r[2], r[3], r[4],
					    r[5]);
	if ((helper->does & WEIR_HELPER_CALLS) && !came_back(vm))
		return false;
	if (facts->base != WEIR_NO_BASE)
		vm->run->base[facts->base] = r[0];
	return true;
}

/* What follows an instruction. */
enum step {
	STEP_ON, /* vm->pc is the next one */
	STEP_RETURN, /* this frame is done; R0 is its result */
	STEP_END, /* the run has ended by a guard */
};

static enum step do_call(struct vm *vm, const struct bpf_insn *insn)
{
	const struct weir_helper *helper;
	enum weir_tail tail;

	if (insn->src_reg == BPF_PSEUDO_CALL)
		return take_edge(vm) && call_subprog(vm, insn) ? STEP_ON
							       : STEP_END;
	helper = weir_helper_find(insn->imm);
	if (helper->does & WEIR_HELPER_TAIL) {
		tail = tail_call(vm);
		if (tail != WEIR_TAIL_NONE)
			return tail == WEIR_TAIL_RETURN ? STEP_RETURN
							: STEP_END;
	} else if (!call_helper(vm, helper)) {
		return STEP_END;
	}
	vm->pc++;
	return STEP_ON;
}

static enum step do_jump(struct vm *vm, const struct bpf_insn *insn)
{
	bool taken = is_taken(vm, insn);

	if (vm->audit && weir_insn_is_cond(insn))
		audit_jump(vm, taken);
	if (taken && !take_edge(vm))
		return STEP_END;
	vm->pc = taken ? (u32)weir_insn_target(insn, vm->pc) : vm->pc + 1;
	return STEP_ON;
}

/* Everything that goes on to the next instruction. */
static void do_straight(struct vm *vm, const struct bpf_insn *insn)
{
	switch (BPF_CLASS(insn->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		if (BPF_OP(insn->code) == BPF_END)
			do_end(vm, insn);
		else
			do_alu(vm, insn);
		break;
	case BPF_LD:
		if (weir_insn_is_packet_load(insn))
			do_packet_load(vm, insn);
		else
			vm->reg[insn->dst_reg] =
				weir_prog_constant(vm->prog, vm->pc);
		break;
	case BPF_LDX:
		do_ldx(vm, insn);
		break;
	case BPF_ST:
		do_store(vm, insn, (u64)(s64)insn->imm);
		break;
	case BPF_STX:
		if (BPF_MODE(insn->code) == BPF_ATOMIC)
			do_atomic(vm, insn);
		else
			do_store(vm, insn, vm->reg[insn->src_reg]);
		break;
	}
	if (vm->audit)
		audit_result(vm, insn);
	vm->pc += weir_insn_is_wide(insn) ? 2 : 1;
}

/* Run from vm->pc to the end of this frame. False: a guard ended the run. */
static bool run_frame(struct vm *vm)
{
	u64 stack[WEIR_MAX_STACK / sizeof(u64)];

	vm->reg[FP] = address(stack + ARRAY_SIZE(stack));
	for (;;) {
		const struct bpf_insn *insn = &vm->prog->insns[vm->pc];
		enum step step = STEP_ON;

		if (!test_guards(vm))
			return false;
		if (vm->audit)
			audit_before(vm, insn);
		if (weir_insn_is_exit(insn))
			return true;
		if (weir_insn_is_call(insn))
			step = do_call(vm, insn);
		else if (weir_insn_is_jump(insn))
			step = do_jump(vm, insn);
		else
			do_straight(vm, insn);
		if (step != STEP_ON)
			return step == STEP_RETURN;
	}
}

u64 weir_interp_audit(const struct weir_prog *prog,
		      const struct weir_facts *facts, struct weir_run *run,
		      struct weir_audit *audit)
{
	struct vm vm = {
		.prog = prog,
		.facts = facts,
		.run = run,
		.audit = audit,
	};

	run->call = call_back;
	run->engine = &vm;
	run->next = NULL;
	run->exit.kind = WEIR_EXIT_RETURN;
	if (prog->kind == WEIR_KIND_MEM) {
		vm.reg[1] = run->data;
		vm.reg[2] = run->linear_len;
	} else {
		vm.reg[1] = address(run);
	}
	if (!run_frame(&vm))
		return vm.verdict;
	leave(&vm, WEIR_EXIT_RETURN, WEIR_NO_GUARD);
	return vm.reg[0];
}

u64 weir_interp(const struct weir_prog *prog, const struct weir_facts *facts,
		struct weir_run *run)
{
	return weir_interp_audit(prog, facts, run, NULL);
}
