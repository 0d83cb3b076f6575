// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The verifier on small programs: accepted or refused by which name, and which
 * instructions carry a guard. What a join must not forget has its tests here.
 * Then the same on long programs: the work must grow with the length and not
 * faster.
 */
#include <linux/types.h>
#include <linux/kernel.h>
#include "base/log.h"
#include "base/map.h"
#include "base/prog.h"
#include "selftests/harness.h"
#include "verifier/facts.c"

#define I(c, d, s, o, i)                                                 \
	{                                                                \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), \
		.imm = (i)                                               \
	}
#define MOV(d, s) I(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define MOVI(d, i) I(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD(d, s) I(BPF_ALU64 | BPF_ADD | BPF_X, d, s, 0, 0)
#define ADDI(d, i) I(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define SUB(d, s) I(BPF_ALU64 | BPF_SUB | BPF_X, d, s, 0, 0)
#define ALUI(op, d, i) I(BPF_ALU64 | (op) | BPF_K, d, 0, 0, i)
#define LD1(d, s, o) I(BPF_LDX | BPF_MEM | BPF_B, d, s, o, 0)
#define LD2(d, s, o) I(BPF_LDX | BPF_MEM | BPF_H, d, s, o, 0)
#define LD4(d, s, o) I(BPF_LDX | BPF_MEM | BPF_W, d, s, o, 0)
#define LD8(d, s, o) I(BPF_LDX | BPF_MEM | BPF_DW, d, s, o, 0)
#define ST4(d, o, s) I(BPF_STX | BPF_MEM | BPF_W, d, s, o, 0)
#define ST8(d, o, s) I(BPF_STX | BPF_MEM | BPF_DW, d, s, o, 0)
#define STI8(d, o, i) I(BPF_ST | BPF_MEM | BPF_DW, d, 0, o, i)
#define ST1(d, o, s) I(BPF_STX | BPF_MEM | BPF_B, d, s, o, 0)
#define ABS(size, i) I(BPF_LD | BPF_ABS | (size), 0, 0, 0, i)
#define IND(size, s, i) I(BPF_LD | BPF_IND | (size), 0, s, 0, i)
#define J(op, d, s, o) I(BPF_JMP | (op) | BPF_X, d, s, o, 0)
#define JI(op, d, i, o) I(BPF_JMP | (op) | BPF_K, d, 0, o, i)
#define J32I(op, d, i, o) I(BPF_JMP32 | (op) | BPF_K, d, 0, o, i)
#define JA(o) I(BPF_JMP | BPF_JA, 0, 0, o, 0)
#define CALLF(o) I(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, o)
#define HELPER(i) I(BPF_JMP | BPF_CALL, 0, 0, 0, i)
#define EXIT I(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* r2 = packet, r3 = its end, of struct xdp_md at r1 */
#define PACKET LD4(2, 1, 0), LD4(3, 1, 4)
#define RETURN0 MOVI(0, 0), EXIT

#define SOCKET WEIR_KIND_SOCKET
#define XDP WEIR_KIND_XDP
#define MEM WEIR_KIND_MEM

#define MAX_INSNS 40

/**
 * struct row - one program
 * @reject:	0: accepted
 * @pc:		of the rejection
 * @guards:	pcs with a guard, ended by -1
 */
struct row {
	const char *name;
	enum weir_kind kind;
	enum weir_reject reject;
	u32 pc;
	s32 guards[8];
	struct bpf_insn insns[MAX_INSNS];
};

#define PROVEN     \
	{          \
		-1 \
	}
#define GUARDS(...)             \
	{                       \
		__VA_ARGS__, -1 \
	}
#define REJECT(nr, pc)        \
	WEIR_REJECT_##nr, pc, \
	{                     \
		-1            \
	}
#define ACCEPT 0, 0

/* clang-format off */
static const struct row rows[] = {
{ "packet loads: the first guards what it dominates", SOCKET, ACCEPT,
  GUARDS(1), { MOV(6, 1), ABS(BPF_H, 12), ABS(BPF_W, 4), ABS(BPF_B, 13), EXIT } },
{ "packet loads: a guard answers for what comes in any case", SOCKET, ACCEPT,
  GUARDS(1), { MOV(6, 1), ABS(BPF_H, 12), ABS(BPF_W, 12), ABS(BPF_B, 15), EXIT } },
{ "packet loads: a longer one has a guard of its own", SOCKET, ACCEPT,
  GUARDS(1, 3), { MOV(6, 1), ABS(BPF_H, 12), JI(BPF_JEQ, 0, 0, 2),
	ABS(BPF_W, 12), ABS(BPF_B, 15), EXIT } },
{ "packet loads: a join keeps what both sides know", SOCKET, ACCEPT,
  GUARDS(1, 4, 6), { MOV(6, 1), ABS(BPF_B, 0), JI(BPF_JEQ, 0, 0, 3), JI(BPF_JEQ, 0, 1, 4),
	ABS(BPF_W, 20), JA(1), ABS(BPF_W, 30), ABS(BPF_W, 20), EXIT } },
{ "packet loads: r6 must be the context", SOCKET, REJECT(UNINIT_REGISTER, 1),
  { MOVI(6, 0), ABS(BPF_B, 0), EXIT } },
{ "packet loads: arguments are gone after", SOCKET, REJECT(UNINIT_REGISTER, 2),
  { MOV(6, 1), ABS(BPF_B, 0), MOV(0, 1), EXIT } },
{ "indexed packet loads: the same index twice", SOCKET, ACCEPT, GUARDS(1, 5),
  { MOV(6, 1), ABS(BPF_B, 14), ALUI(BPF_AND, 0, 15), ALUI(BPF_LSH, 0, 2),
	MOV(7, 0), IND(BPF_H, 7, 16), IND(BPF_B, 7, 14), EXIT } },
{ "indexed packet loads: what the packet is long enough for anyway", SOCKET, ACCEPT, GUARDS(1),
  { MOV(6, 1), ABS(BPF_B, 0), ALUI(BPF_AND, 0, 15), ABS(BPF_W, 40), MOV(7, 0),
	ALUI(BPF_AND, 7, 15), IND(BPF_W, 7, 20), EXIT } },
{ "packet pointer: compared, then proven", XDP, ACCEPT, PROVEN,
  { PACKET, MOV(4, 2), ADDI(4, 14), J(BPF_JGT, 4, 3, 2), LD2(0, 2, 12), EXIT, RETURN0 } },
{ "packet pointer: end on the left", XDP, ACCEPT, PROVEN,
  { PACKET, MOV(4, 2), ADDI(4, 14), J(BPF_JLT, 3, 4, 2), LD2(0, 2, 12), EXIT, RETURN0 } },
{ "packet pointer: <= and the taken branch", XDP, ACCEPT, PROVEN,
  { PACKET, MOV(4, 2), ADDI(4, 14), J(BPF_JLE, 4, 3, 2), RETURN0, LD2(0, 2, 12), EXIT } },
{ "packet pointer: >= and the taken branch", XDP, ACCEPT, PROVEN,
  { PACKET, MOV(4, 2), ADDI(4, 14), J(BPF_JGE, 3, 4, 2), RETURN0, LD2(0, 2, 12), EXIT } },
{ "packet pointer: < is one more", XDP, ACCEPT, GUARDS(6),
  { PACKET, MOV(4, 2), ADDI(4, 13), J(BPF_JGE, 4, 3, 3), LD2(0, 2, 12), LD1(0, 2, 14),
	EXIT, RETURN0 } },
{ "packet pointer: the wrong side proves nothing", XDP, ACCEPT, GUARDS(5),
  { PACKET, MOV(4, 2), ADDI(4, 14), J(BPF_JLE, 4, 3, 2), LD2(0, 2, 12), EXIT, RETURN0 } },
{ "packet pointer: one byte beyond the comparison", XDP, ACCEPT, GUARDS(5),
  { PACKET, MOV(4, 2), ADDI(4, 13), J(BPF_JGT, 4, 3, 2), LD2(0, 2, 12), EXIT, RETURN0 } },
{ "packet pointer: a guard proves what it dominates", XDP, ACCEPT, GUARDS(2),
  { PACKET, LD2(0, 2, 12), LD4(4, 2, 4), EXIT } },
{ "packet pointer: before the packet", XDP, ACCEPT, GUARDS(5),
  { PACKET, MOV(4, 2), ADDI(4, 14), J(BPF_JGT, 4, 3, 2), LD1(0, 2, -1), EXIT, RETURN0 } },
{ "packet length by subtraction", XDP, ACCEPT, PROVEN,
  { PACKET, SUB(3, 2), JI(BPF_JLT, 3, 14, 2), LD2(0, 2, 12), EXIT, RETURN0 } },
{ "variable offset: bounded, compared, proven", XDP, ACCEPT, PROVEN,
  { PACKET, MOV(4, 2), ADDI(4, 14), J(BPF_JGT, 4, 3, 9), LD1(5, 2, 0), ALUI(BPF_AND, 5, 60),
	ADD(2, 5), MOV(4, 2), ADDI(4, 20), J(BPF_JGT, 4, 3, 3), LD4(0, 2, 16), LD4(0, 2, 0),
	EXIT, RETURN0 } },
{ "variable offset: not bounded, so a comparison may have wrapped", XDP, ACCEPT, GUARDS(11),
  { PACKET, MOV(4, 2), ADDI(4, 14), J(BPF_JGT, 4, 3, 8), LD8(5, 2, 0), ADD(2, 5), MOV(4, 2),
	ADDI(4, 20), J(BPF_JGT, 4, 3, 3), MOVI(0, 0), LD4(0, 2, 16), EXIT, RETURN0 } },
{ "spilled pointer keeps its range", XDP, ACCEPT, PROVEN,
  { PACKET, ST8(10, -8, 2), MOV(4, 2), ADDI(4, 14), J(BPF_JGT, 4, 3, 3), LD8(5, 10, -8),
	LD2(0, 5, 12), EXIT, RETURN0 } },
{ "join: the next header after an optional tag", XDP, ACCEPT, PROVEN,
  { PACKET, MOV(4, 2), ADDI(4, 18), J(BPF_JGT, 4, 3, 12), LD2(5, 2, 12),
	MOV(7, 2), ADDI(7, 14), JI(BPF_JNE, 5, 129, 2), MOV(7, 2), ADDI(7, 18),
	MOV(8, 7), ADDI(8, 20), J(BPF_JGT, 8, 3, 3), LD1(0, 7, 0), LD4(0, 7, 16),
	EXIT, RETURN0 } },
{ "join: two cursors stay as far apart", XDP, ACCEPT, PROVEN,
  { PACKET, MOV(4, 2), ADDI(4, 18), J(BPF_JGT, 4, 3, 14), LD2(5, 2, 12),
	MOV(7, 2), ADDI(7, 14), MOV(8, 2), ADDI(8, 34), JI(BPF_JNE, 5, 129, 4),
	MOV(7, 2), ADDI(7, 18), MOV(8, 2), ADDI(8, 38),
	J(BPF_JGT, 8, 3, 3), LD1(0, 7, 0), LD4(0, 7, 16), EXIT, RETURN0 } },
{ "join: cursors that do not move alike are apart", XDP, ACCEPT, GUARDS(15),
  { PACKET, MOV(4, 2), ADDI(4, 18), J(BPF_JGT, 4, 3, 12), LD2(5, 2, 12),
	MOV(7, 2), ADDI(7, 14), MOV(8, 2), ADDI(8, 34), JI(BPF_JNE, 5, 129, 3),
	MOV(7, 2), ADDI(7, 18), MOV(9, 2),
	J(BPF_JGT, 8, 3, 2), LD4(0, 7, 17), EXIT, RETURN0 } },
{ "buffer: size compared with a constant", MEM, ACCEPT, PROVEN,
  { JI(BPF_JLT, 2, 8, 2), LD8(0, 1, 0), EXIT, RETURN0 } },
{ "buffer: size in 32 bits", MEM, ACCEPT, PROVEN,
  { J32I(BPF_JLT, 2, 8, 2), LD8(0, 1, 0), EXIT, RETURN0 } },
{ "buffer: start plus size is its end", MEM, ACCEPT, PROVEN,
  { MOV(3, 1), ADD(3, 2), MOV(4, 1), ADDI(4, 8), J(BPF_JGT, 4, 3, 2), LD8(0, 1, 0),
	EXIT, RETURN0 } },
{ "buffer: not compared", MEM, ACCEPT, GUARDS(0), { LD8(0, 1, 0), EXIT } },
{ "buffer: a store", MEM, ACCEPT, GUARDS(1), { MOVI(0, 0), ST4(1, 4, 0), ST4(1, 0, 0), EXIT } },
{ "copies of a number learn together", MEM, ACCEPT, PROVEN,
  { MOV(3, 2), JI(BPF_JLT, 3, 8, 2), LD8(0, 1, 0), EXIT, RETURN0 } },
{ "stack: written then read", MEM, ACCEPT, PROVEN, { STI8(10, -8, 5), LD8(0, 10, -8), EXIT } },
{ "stack: not written", MEM, REJECT(UNINIT_STACK, 0), { LD8(0, 10, -8), EXIT } },
{ "stack: written on one path only", MEM, REJECT(UNINIT_STACK, 3),
  { MOVI(0, 0), JI(BPF_JEQ, 2, 0, 1), STI8(10, -8, 5), LD8(0, 10, -8), EXIT } },
{ "stack: beyond the frame", MEM, REJECT(STACK_RANGE, 0), { STI8(10, -516, 5), RETURN0 } },
{ "stack: above the frame", MEM, REJECT(STACK_RANGE, 0), { STI8(10, 0, 5), RETURN0 } },
{ "stack: part of a pointer is no number", MEM, REJECT(POINTER_LEAK, 1),
  { ST8(10, -8, 1), LD4(0, 10, -8), EXIT } },
{ "stack: the rest of an overwritten pointer is gone", MEM, REJECT(UNINIT_STACK, 3),
  { MOVI(0, 0), ST8(10, -8, 1), ST4(10, -8, 0), LD4(0, 10, -4), EXIT } },
{ "stack: variable offset within bounds", MEM, ACCEPT, PROVEN,
  { STI8(10, -8, 0), STI8(10, -16, 0), ALUI(BPF_AND, 2, 15), MOV(3, 10), ADDI(3, -16), ADD(3, 2),
	LD1(0, 3, 0), EXIT } },
{ "stack: variable offset not within bounds", MEM, ACCEPT, GUARDS(3),
  { MOV(3, 10), ADD(3, 2), MOVI(0, 0), ST1(3, -64, 0), EXIT } },
{ "stack: a joined slot holds pointer or number", MEM, REJECT(NOT_A_POINTER, 5),
  { ST8(10, -8, 1), JI(BPF_JEQ, 2, 0, 1), STI8(10, -8, 1), LD8(3, 10, -8), MOVI(0, 0),
	LD1(0, 3, 0), EXIT } },
{ "a number is no address", MEM, REJECT(NOT_A_POINTER, 1), { MOVI(3, 0), LD1(0, 3, 0), EXIT } },
{ "unwritten register", MEM, REJECT(UNINIT_REGISTER, 0), { MOV(0, 5), EXIT } },
{ "unwritten on one path", MEM, REJECT(UNINIT_REGISTER, 3),
  { MOVI(0, 0), JI(BPF_JEQ, 2, 0, 1), MOVI(4, 0), ADD(0, 4), EXIT } },
{ "unwritten on a path that is never taken", MEM, ACCEPT, PROVEN,
  { MOVI(0, 0), JI(BPF_JEQ, 0, 1, 1), MOVI(4, 0), ADD(0, 4), EXIT } },
{ "no verdict", MEM, REJECT(UNINIT_REGISTER, 0), { EXIT } },
{ "pointer as verdict", MEM, REJECT(RETURN_VALUE, 1), { MOV(0, 1), EXIT } },
{ "pointer kept in the buffer", MEM, REJECT(POINTER_STORE, 1), { MOVI(0, 0), ST8(1, 0, 10),
	EXIT } },
{ "pointers multiplied", MEM, REJECT(POINTER_ARITH, 0), { ALUI(BPF_MUL, 1, 2), RETURN0 } },
{ "pointers added", MEM, REJECT(POINTER_ARITH, 0), { ADD(1, 10), RETURN0 } },
{ "pointers of two objects compared", MEM, REJECT(POINTER_COMPARE, 0),
	{ J(BPF_JGT, 1, 10, 0), RETURN0 } },
{ "frame pointer written", MEM, REJECT(FRAME_WRITE, 0), { ADDI(10, 8), RETURN0 } },
{ "a field that is not there", XDP, REJECT(CTX_ACCESS, 0), { LD4(0, 1, 400), EXIT } },
{ "private field of classic programs", SOCKET, REJECT(CTX_ACCESS, 0), { LD4(0, 1, 0x1000),
	EXIT } },
{ "no packet loads here", XDP, REJECT(BAD_KIND, 1), { MOV(6, 1), ABS(BPF_B, 0), EXIT } },
{ "no such helper", MEM, REJECT(UNKNOWN_HELPER, 0), { HELPER(9999), EXIT } },
{ "helper", MEM, ACCEPT, PROVEN, { HELPER(5), EXIT } },
{ "arguments are gone after a helper", MEM, REJECT(UNINIT_REGISTER, 1), { HELPER(5),
	MOV(0, 1), EXIT } },
{ "dead code", MEM, REJECT(UNREACHABLE, 2), { RETURN0, MOVI(0, 1), EXIT } },
{ "a loop whose rounds are counted burns none", MEM, ACCEPT, PROVEN, { MOVI(0, 0), ADDI(0, 1),
	JI(BPF_JLT, 0, 10, -2), EXIT } },
{ "a loop burns fuel", MEM, ACCEPT, GUARDS(2), { MOVI(0, 0), ADDI(0, 1),
	JI(BPF_JNE, 0, 10, -3), EXIT } },
{ "a backward jump that closes no loop does not", MEM, ACCEPT, PROVEN,
  { MOVI(0, 0), JA(1), EXIT, JA(-2) } },
{ "endless loop", MEM, ACCEPT, GUARDS(1), { MOVI(0, 0), JA(-1) } },
{ "loop counter bounds an index", MEM, ACCEPT, PROVEN,
  { JI(BPF_JLT, 2, 16, 7), MOVI(3, 0), MOV(4, 1), ADD(4, 3), LD1(0, 4, 0), ADDI(3, 1),
	JI(BPF_JGE, 3, 16, 1), JA(-6), RETURN0 } },
{ "loop with two entries", MEM, ACCEPT, GUARDS(4),
  { MOVI(0, 0), JI(BPF_JEQ, 2, 0, 1), ADDI(0, 1), ADDI(0, 1), JI(BPF_JLT, 0, 9, -3), EXIT } },
{ "subprogram", MEM, ACCEPT, PROVEN, { MOVI(1, 1), CALLF(1), EXIT, MOV(0, 1), EXIT } },
{ "subprogram: arguments of all callers", MEM, REJECT(NOT_A_POINTER, 6),
  { CALLF(4), MOVI(1, 1), MOV(6, 0), CALLF(1), EXIT, MOVI(0, 0), LD1(0, 1, 0), EXIT } },
{ "subprogram: caller's registers are not its own", MEM, REJECT(UNINIT_REGISTER, 3),
  { MOVI(6, 1), CALLF(1), EXIT, MOV(0, 6), EXIT } },
{ "subprogram: registers come back", MEM, ACCEPT, GUARDS(2), { MOV(6, 1), CALLF(2),
	LD1(0, 6, 0), EXIT, MOVI(0, 0), EXIT } },
{ "subprogram: caller's stack", MEM, ACCEPT, PROVEN,
  { STI8(10, -8, 1), MOV(1, 10), ADDI(1, -8), CALLF(2), LD8(0, 10, -8), EXIT, STI8(1, 0, 7),
	LD8(0, 1, 0), EXIT } },
{ "subprogram: beyond what it was given", MEM, REJECT(STACK_RANGE, 6),
  { STI8(10, -8, 1), MOV(1, 10), ADDI(1, -8), CALLF(2), LD8(0, 10, -8), EXIT, STI8(1, 8, 7),
	MOVI(0, 0), EXIT } },
{ "subprogram: result that nobody reads", MEM, ACCEPT, PROVEN, { CALLF(2), RETURN0, EXIT } },
{ "subprogram: result that somebody reads", MEM, REJECT(UNINIT_REGISTER, 2), { CALLF(1),
	EXIT, EXIT } },
{ "subprogram: what a spill held may be overwritten", MEM, REJECT(NOT_A_POINTER, 5),
  { ST8(10, -8, 1), MOV(1, 10), ADDI(1, -8), CALLF(3), LD8(3, 10, -8), LD1(0, 3, 0),
	EXIT, STI8(1, 0, 7), MOVI(0, 0), EXIT } },
{ "recursion", MEM, REJECT(RECURSION, 2), { CALLF(1), EXIT, CALLF(-1), EXIT } },
{ "nobody calls it", MEM, REJECT(UNREACHABLE, 2), { RETURN0, RETURN0 } },
};
/* clang-format on */

static bool has_guards(const struct row *row, const struct weir_facts *facts)
{
	u32 nr = 0, i;

	while (row->guards[nr] >= 0)
		nr++;
	for (i = 0; i < facts->nr_guards; i++)
		ksft_print_msg("  guard at %u: %s\n", facts->guard[i].pc,
			       facts->guard[i].why);
	if (facts->nr_guards != nr)
		return false;
	for (i = 0; i < nr; i++) {
		u32 pc = (u32)row->guards[i];

		if (facts->guard[i].pc != pc || facts->insn[pc].guard != i ||
		    facts->insn[pc].nr_guards != 1)
			return false;
	}
	return true;
}

/* Strict must refuse exactly what has a guard, at the first one's pc. */
static bool strict_agrees(const struct weir_prog *prog, const struct row *row)
{
	struct weir_rejection rej = { 0 };
	struct weir_facts *facts = NULL;
	int err = weir_verify(prog, true, NULL, &rej, &facts);

	weir_facts_free(facts);
	return row->guards[0] < 0 ? !err : rej.nr == WEIR_REJECT_STRICT_GUARD;
}

static bool run_row(const struct row *row)
{
	struct weir_rejection rej = { 0 };
	struct weir_prog *prog = NULL;
	struct weir_facts *facts = NULL;
	u32 nr = MAX_INSNS;
	bool ok;
	int err;

	while (nr && !row->insns[nr - 1].code)
		nr--;
	err = weir_prog_load(row->kind, row->insns, nr, &rej, &prog);
	if (!err)
		err = weir_verify(prog, false, NULL, &rej, &facts);
	if (err)
		ksft_print_msg("  %s at %u: %s\n", weir_reject_name(rej.nr),
			       rej.pc, rej.detail);
	if (row->reject)
		ok = err && rej.nr == row->reject && rej.pc == row->pc;
	else
		ok = !err && has_guards(row, facts) && strict_agrees(prog, row);
	weir_facts_free(facts);
	weir_prog_free(prog);
	return ok;
}

/* Facts of single instructions */

/* Of a program with maps: what tells run time and back ends where values lie.
 * No more than the heads of maps is there.
 */
static void test_map_facts(void)
{
	static const struct bpf_insn insns[] = {
		LD4(6, 1, 12), /* 0: a number */
		STI8(10, -8, 0), /* 1 */
		I(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_IDX, 0, 1),
		I(0, 0, 0, 0, 0), /* 3 */
		MOV(2, 10),
		ADDI(2, -8),
		HELPER(BPF_FUNC_map_lookup_elem),
		JI(BPF_JEQ, 0, 0, 6), /* 7 */
		MOV(7, 0),
		ADD(7, 6), /* 9 */
		LD1(3, 7, 4), /* 10: guarded */
		LD1(3, 7, 4), /* 11: proven by that */
		LD8(3, 0, 24), /* 12 */
		MOVI(0, 0), /* 13 */
		I(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_IDX_VALUE, 0, 0),
		I(0, 0, 0, 0, 8), /* 15 */
		ADD(1, 6),
		LD1(0, 1, 0), /* 17: guarded */
		EXIT,
	};
	static u8 values[16];
	struct weir_map head[2] = {
		{ .refs = 9, .values = values, .elem_bytes = 16 },
		{ .refs = 9 },
	};
	struct weir_map *maps[2] = { &head[0], &head[1] };
	struct weir_rejection rej = { 0 };
	struct weir_prog *prog = NULL;
	struct weir_facts *f = NULL;
	const struct weir_guard *g;
	u32 i;

	for (i = 0; i < 2; i++)
		head[i].def = (struct weir_map_def){
			.type = i ? BPF_MAP_TYPE_HASH : BPF_MAP_TYPE_ARRAY,
			.key_size = i ? 8 : 4,
			.value_size = i ? 32 : 16,
			.max_entries = 1,
			.lock_off = WEIR_NO_FIELD,
			.timer_off = WEIR_NO_FIELD,
		};
	if (weir_prog_load_maps(XDP, insns, ARRAY_SIZE(insns), maps, 2, &rej,
				&prog) ||
	    weir_verify(prog, false, NULL, &rej, &f)) {
		ksft_print_msg("  %s at %u: %s\n", weir_reject_name(rej.nr),
			       rej.pc, rej.detail);
		ksft_test_result(false, "map facts: program loads\n");
		return;
	}
	ksft_test_result(
		f->insn[6].map == 1 && f->insn[6].base == 0 &&
			f->insn[6].mem == WEIR_MEM_NONE,
		"map facts: the lookup's map, and where its value goes\n");
	g = &f->guard[f->insn[10].guard];
	ksft_test_result(f->nr_guards == 2 && f->insn[10].nr_guards == 1 &&
				 g->kind == WEIR_GUARD_MAP_VALUE &&
				 g->base == 0 && g->map == WEIR_NO_MAP &&
				 g->size == 32 && g->reg == 7 && g->lo == 4 &&
				 g->hi == 5 && !f->insn[11].nr_guards,
			 "map facts: a guard measures from there\n");
	g = &f->guard[f->insn[17].guard];
	ksft_test_result(g->base == WEIR_BASE_CONST && g->map == 0 &&
				 g->size == 16 && g->hi == 1,
			 "map facts: or from the map's values\n");
	ksft_test_result(f->insn[12].mem == WEIR_MEM_MAP_VALUE &&
				 !f->acquires &&
				 f->insn[0].base == WEIR_NO_BASE &&
				 f->insn[0].map == WEIR_NO_MAP,
			 "map facts: kinds of memory\n");
	weir_facts_free(f);
	weir_prog_free(prog);
	ksft_test_result(head[0].refs == 9 && head[1].refs == 9,
			 "map facts: references are given back\n");
}

static void test_facts(void)
{
	static const struct bpf_insn insns[] = {
		LD4(0, 1, 0), /* 0 */
		I(BPF_ALU | BPF_MOV | BPF_X, 3, 0, 0, 0), /* 1 */
		MOVI(4, 6), /* 2 */
		ADDI(4, 1), /* 3 */
		JI(BPF_JEQ, 4, 7, 1), /* 4 */
		MOVI(0, 1), /* 5 */
		ALUI(BPF_OR, 3, 1), /* 6 */
		I(BPF_ALU64 | BPF_DIV | BPF_X, 0, 3, 0, 0), /* 7 */
		ALUI(BPF_AND, 0, 255), /* 8 */
		EXIT,
	};
	struct weir_rejection rej = { 0 };
	struct weir_prog *prog = NULL;
	struct weir_facts *f = NULL;

	if (weir_prog_load(WEIR_KIND_SOCKET, insns, ARRAY_SIZE(insns), &rej,
			   &prog) ||
	    weir_verify(prog, false, NULL, &rej, &f)) {
		ksft_test_result(false, "facts: program loads\n");
		return;
	}
	ksft_test_result(f->insn[0].mem == WEIR_MEM_CTX && !f->insn[0].off,
			 "facts: context field\n");
	ksft_test_result(f->insn[1].zero_hi & 1 && !(f->insn[1].zero_hi & 2),
			 "facts: upper half of a 4-byte load is zero\n");
	ksft_test_result(f->insn[3].flags & WEIR_FACT_KNOWN &&
				 f->insn[3].known == 7,
			 "facts: constant\n");
	ksft_test_result(f->insn[4].flags & WEIR_FACT_TAKEN &&
				 !(f->insn[5].flags & WEIR_FACT_REACHED) &&
				 f->insn[6].flags & WEIR_FACT_REACHED,
			 "facts: jump that is always taken\n");
	ksft_test_result(f->insn[7].flags & WEIR_FACT_NONZERO_SRC,
			 "facts: divisor is not zero\n");
	ksft_test_result(f->insn[8].live == 1 && !f->insn[8].live_hi,
			 "facts: a mask hides the upper half\n");
	ksft_test_result(f->insn[1].live == 1 && f->insn[4].live == 0x19,
			 "facts: live registers\n");
	ksft_test_result(f->regs_used == 0x1b && !f->has_loops &&
				 !f->has_calls && f->nr_accesses == 1,
			 "facts: the program as a whole\n");
	weir_facts_free(f);
	weir_prog_free(prog);
}

/* What only a subprogram touches is part of its caller's frame. */
static void test_stack_bytes(void)
{
	static const struct bpf_insn insns[] = {
		MOV(1, 10), ADDI(1, -60),  CALLF(2), MOVI(0, 0),
		EXIT,	    STI8(1, 0, 1), EXIT,
	};
	struct weir_rejection rej = { 0 };
	struct weir_prog *prog = NULL;
	struct weir_facts *f = NULL;
	bool ok = !weir_prog_load(MEM, insns, ARRAY_SIZE(insns), &rej, &prog) &&
		  !weir_verify(prog, false, NULL, &rej, &f) &&
		  f->stack_bytes == 64;

	ksft_test_result(ok, "facts: stack that only a subprogram touches\n");
	weir_facts_free(f);
	weir_prog_free(prog);
}

/* Linearity */

static struct bpf_insn *text;
static u32 nr_text;

static void put(struct bpf_insn insn)
{
	text[nr_text++] = insn;
}

#define PUT(...) put((struct bpf_insn)__VA_ARGS__)

static void make_straight(u32 nr)
{
	PUT(MOVI(0, 0));
	while (nr_text < nr)
		PUT(ADDI(0, 1));
}

static void make_diamonds(u32 nr)
{
	PUT(MOVI(0, 0));
	while (nr_text < nr) {
		PUT(JI(BPF_JEQ, 2, (s32)nr_text, 1));
		PUT(ADDI(0, 1));
	}
}

/* 32 two-test rules in a row, again and again */
static void make_rules(u32 nr)
{
	PUT(MOVI(0, 0));
	PUT(MOV(6, 1));
	PUT(ABS(BPF_W, 26));
	PUT(MOV(7, 0));
	PUT(ABS(BPF_H, 36));
	PUT(MOV(8, 0));
	PUT(MOVI(0, 0));
	while (nr_text < nr) {
		PUT(JI(BPF_JNE, 7, (s32)nr_text, 2));
		PUT(JI(BPF_JNE, 8, (s32)nr_text, 1));
		PUT(ALUI(BPF_OR, 0, 1));
	}
}

static void make_loops(u32 nr)
{
	PUT(MOVI(0, 0));
	while (nr_text < nr) {
		PUT(MOVI(3, 0));
		PUT(ADDI(3, 1));
		PUT(ADD(0, 3));
		PUT(JI(BPF_JLT, 3, 10, -3));
	}
}

static void make_nested(u32 nr)
{
	PUT(MOVI(0, 0));
	while (nr_text < nr) {
		PUT(MOVI(3, 0));
		PUT(MOVI(4, 0));
		PUT(MOVI(5, 0));
		PUT(ST8(10, -8, 5));
		PUT(ADDI(5, 1));
		PUT(JI(BPF_JLT, 5, 10, -3));
		PUT(ADDI(4, 1));
		PUT(JI(BPF_JLT, 4, 20, -6));
		PUT(ADDI(3, 1));
		PUT(JI(BPF_JLT, 3, 7, -9));
	}
}

/* One loop around everything. */
static void make_around(u32 nr)
{
	PUT(MOVI(0, 0));
	PUT(MOVI(3, 0));
	while (nr_text < nr) {
		PUT(JI(BPF_JEQ, 2, (s32)nr_text, 1));
		PUT(ADDI(0, 1));
	}
	PUT(ADDI(3, 1));
	PUT(JI(BPF_JGE, 3, 100, 1));
	PUT(I(BPF_JMP32 | BPF_JA, 0, 0, 0, 1 - (s32)nr_text));
}

static void make_calls(u32 nr)
{
	u32 f = nr - 2;

	PUT(MOVI(0, 0));
	while (nr_text < nr - 4) {
		PUT(MOVI(1, 1));
		PUT(CALLF((s32)f - (s32)nr_text - 1));
	}
	while (nr_text < f - 1)
		PUT(MOVI(0, 0));
	PUT(EXIT);
	PUT(MOV(0, 1));
}

/* Visited instructions for a program of @nr, per instruction; 0 on failure. */
static u64 work_per_insn(enum weir_kind kind, void (*make)(u32), u32 nr)
{
	char log_text[512] = "";
	struct weir_rejection rej = { 0 };
	struct weir_prog *prog = NULL;
	struct weir_facts *facts = NULL;
	u64 work = 0;
	int err;

	nr_text = 0;
	make(nr);
	PUT(EXIT);
	err = weir_prog_load(kind, text, nr_text, &rej, &prog);
	if (!err)
		err = weir_verify_counted(prog, false, NULL, NULL, &rej, &facts,
					  &work);
	if (err)
		ksft_print_msg("%s at %u: %s %s\n", weir_reject_name(rej.nr),
			       rej.pc, rej.detail, log_text);
	weir_facts_free(facts);
	weir_prog_free(prog);
	return err ? 0 : work / nr + 1;
}

static void test_linear(void)
{
	static const struct {
		const char *name;
		enum weir_kind kind;
		void (*make)(u32 nr);
		u64 most; /* visits per instruction */
	} shapes[] = {
		{ "straight line", MEM, make_straight, 2 },
		{ "diamonds", MEM, make_diamonds, 2 },
		{ "rules", SOCKET, make_rules, 2 },
		{ "loops", MEM, make_loops, 12 },
		{ "loops in loops in loops", MEM, make_nested, 30 },
		{ "a loop around all", MEM, make_around, 20 },
		{ "calls", MEM, make_calls, 6 },
	};
	u32 i, nr;

	text = calloc(200000, sizeof(*text));
	for (i = 0; i < ARRAY_SIZE(shapes); i++) {
		u64 least = ~0ULL, most = 0;

		for (nr = 1000; nr <= 100000; nr *= 10) {
			u64 per = work_per_insn(shapes[i].kind, shapes[i].make,
						nr);

			least = min(least, per);
			most = max(most, per);
		}
		ksft_print_msg("%s: %llu to %llu visits per instruction\n",
			       shapes[i].name, (unsigned long long)least,
			       (unsigned long long)most);
		ksft_test_result(least && most <= shapes[i].most &&
					 most <= least + 1,
				 "linear: %s\n", shapes[i].name);
	}
	free(text);
}

int main(void)
{
	u32 i;

	ksft_print_header();
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		bool ok = run_row(&rows[i]);

		ksft_test_result(ok, "%s\n", rows[i].name);
	}
	test_facts();
	test_map_facts();
	test_stack_bytes();
	test_linear();
	return ksft_finished();
}
