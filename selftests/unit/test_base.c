// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The base: which programs have good form, what classic programs mean, and that
 * text and instructions say the same. No back end is involved. Translated
 * classic programs run twice: with the few facts that they need, made here, and
 * with the verifier's, which the interpreter then holds against what it sees.
 */
#include <errno.h>
#include <linux/types.h>
#include <linux/kernel.h>
#include <uapi/linux/bpf.h>
#include <uapi/linux/filter.h>
#include "base/ctx.h"
#include "base/disasm.h"
#include "base/helper.h"
#include "base/log.h"
#include "base/prog.h"
#include "base/run.h"
#include "runtime/interp.h"
#include "selftests/harness.h"
#include "tools/lib/text.h"
#include "verifier/facts.h"

/*
 * libpcap's interpreter. Declared here because <pcap/bpf.h> and <linux/bpf.h>
 * both have a struct bpf_insn; libpcap's has the layout of struct sock_filter.
 */
unsigned int bpf_filter(const struct sock_filter *insns,
			const unsigned char *packet, unsigned int wire_len,
			unsigned int len);

/* xorshift: the same programs in every run, on every machine. */
static u32 random_state = 0x9e3779b9;

static u32 random_u32(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

static u32 below(u32 n)
{
	return random_u32() % n;
}

static bool one_in(u32 n)
{
	return below(n) == 0;
}

/*
 * Rejections: name and pc
 */

struct reject_case {
	const char *what;
	const char *text;
	enum weir_kind kind;
	enum weir_reject nr;
	u32 pc;
};

/* clang-format off */
#define TEXT(what, text, nr, pc) \
	{ what, text, WEIR_KIND_SOCKET, WEIR_REJECT_##nr, pc }

static const struct reject_case text_cases[] = {
	TEXT("exit alone",		"exit\n", NONE, 0),
	TEXT("register 11",		"r0 = 0\nr11 = 0\nexit\n", BAD_REGISTER, 1),
	TEXT("source register 12",	"r0 = r12\nexit\n", BAD_REGISTER, 0),
	TEXT("write to r10",		"r0 = 0\nr10 += 8\nexit\n", FRAME_WRITE, 1),
	TEXT("load into r10",		"r10 = *(u32 *)(r1 + 0)\nexit\n", FRAME_WRITE, 0),
	TEXT("constant into r10",	"r10 = 1 ll\nexit\n", FRAME_WRITE, 0),
	TEXT("fetch into r10",		"lock fetch add [r1+0], r10\nexit\n", FRAME_WRITE, 0),
	TEXT("r10 as cmpxchg's operand", "lock cmpxchg [r10-8], r10\nexit\n", NONE, 0),
	TEXT("shift by 64",		"r0 = 1\nr0 <<= 64\nexit\n", BAD_SHIFT, 1),
	TEXT("shift by 63",		"r0 = 1\nr0 <<= 63\nexit\n", NONE, 0),
	TEXT("32-bit shift by 32",	"w0 = 1\nw0 s>>= 32\nexit\n", BAD_SHIFT, 1),
	TEXT("shift by -1",		"r0 = 1\nr0 >>= -1\nexit\n", BAD_SHIFT, 1),
	TEXT("division by 0",		"r0 = 1\nr0 /= 0\nexit\n", BAD_DIVISOR, 1),
	TEXT("signed modulo by 0",	"r0 = 1\nw0 s%= 0\nexit\n", BAD_DIVISOR, 1),
	TEXT("jump past the end",	"r0 = 0\ngoto +1\nexit\n", JUMP_RANGE, 1),
	TEXT("jump to the end",		"if r1 == 0 goto +1\nexit\n", JUMP_RANGE, 0),
	TEXT("jump before the start",	"goto -2\nexit\n", JUMP_RANGE, 0),
	TEXT("far jump past the end",	"gotol +100000\nexit\n", JUMP_RANGE, 0),
	TEXT("jump to itself",		"goto -1\n", NONE, 0),
	TEXT("jump into a constant",	"goto +1\nr0 = 1 ll\nexit\n", JUMP_MIDDLE, 0),
	TEXT("call into a constant",	"call +1\nr0 = 1 ll\nexit\n", JUMP_MIDDLE, 0),
	TEXT("no exit",			"r0 = 0\n", FALL_OFF, 0),
	TEXT("conditional at the end",	"r0 = 0\nif r0 == 0 goto -2\n", FALL_OFF, 1),
	TEXT("constant at the end",	"r0 = 1 ll\n", FALL_OFF, 0),
	TEXT("call at the end",		"call ktime_get_ns\n", FALL_OFF, 0),
	TEXT("falls into a subprogram",	"call f\nr0 = 0\nf: exit\n", FALL_OFF, 1),
	TEXT("jumps into a subprogram",	"call f\nif r0 == 0 goto f\nexit\nf: exit\n",
	     JUMP_OUT_OF_SUBPROG, 1),
	TEXT("jumps out of one",	"call f\ng: exit\nf: goto g\n", JUMP_OUT_OF_SUBPROG, 2),
	TEXT("subprogram",		"call f\nexit\nf: r0 = 1\nexit\n", NONE, 0),
	TEXT("call past the end",	"call +1\nexit\n", CALL_RANGE, 0),
	TEXT("call before the start",	"call -2\nexit\n", CALL_RANGE, 0),
	TEXT("function past the end",	"r1 = subprog[+2]\nexit\n", CALL_RANGE, 0),
	TEXT("unknown helper",		"r0 = 0\ncall 9999\nexit\n", UNKNOWN_HELPER, 1),
	TEXT("our own helper",		"call 65536\nexit\n", UNKNOWN_HELPER, 0),
	TEXT("negative helper",		"call 4294967295\nexit\n", UNKNOWN_HELPER, 0),
	TEXT("kernel function",		"call kernel#7\nexit\n", UNKNOWN_HELPER, 0),
	TEXT("call by register",	"callx r2\nexit\n", BAD_OPCODE, 0),
	TEXT("map",			"r1 = map[fd:3]\nexit\n", BAD_MAP, 0),
	TEXT("map value by index",	"r1 = map[idx:0][0]+4\nexit\n", BAD_MAP, 0),
	TEXT("packet load",		"r6 = r1\nr0 = *(u8 *)skb[0]\nexit\n", NONE, 0),
	{ "packet load in xdp", "r6 = r1\nr0 = *(u8 *)skb[0]\nexit\n",
	  WEIR_KIND_XDP, WEIR_REJECT_BAD_KIND, 1 },
	{ "packet load in mem", "r0 = *(u8 *)skb[r1 + 0]\nexit\n",
	  WEIR_KIND_MEM, WEIR_REJECT_BAD_KIND, 0 },
	{ "packet load in tc", "r6 = r1\nr0 = *(u8 *)skb[0]\nexit\n",
	  WEIR_KIND_TC, WEIR_REJECT_NONE, 0 },
	{ "mem masks a shift by 65", "r0 = 1\nr0 <<= 65\nexit\n",
	  WEIR_KIND_MEM, WEIR_REJECT_NONE, 0 },
	{ "no kind", "exit\n", WEIR_KIND_UNSPEC, WEIR_REJECT_BAD_KIND, 0 },
};

/* What no text can say. */
#define INSN(c, d, s, o, i) \
	{ .code = c, .dst_reg = d, .src_reg = s, .off = o, .imm = i }
#define RAW(what, nr, pc, insn) \
	{ what, WEIR_REJECT_##nr, pc, { insn, INSN(0x95, 0, 0, 0, 0) } }

static const struct raw_case {
	const char *what;
	enum weir_reject nr;
	u32 pc;
	struct bpf_insn insns[2];
} raw_cases[] = {
	RAW("opcode 0",			BAD_OPCODE, 0, INSN(0x00, 0, 0, 0, 0)),
	RAW("neg with the K bit",	BAD_OPCODE, 0, INSN(0x8f, 0, 0, 0, 0)),
	RAW("neg with an immediate",	RESERVED_FIELD, 0, INSN(0x87, 0, 0, 0, 1)),
	RAW("neg with a source",	RESERVED_FIELD, 0, INSN(0x87, 0, 1, 0, 0)),
	RAW("be24",			BAD_IMMEDIATE, 0, INSN(0xdc, 0, 0, 0, 24)),
	RAW("bswap8",			BAD_IMMEDIATE, 0, INSN(0xd7, 0, 0, 0, 8)),
	RAW("64-bit end with K bit",	BAD_OPCODE, 0, INSN(0xdf, 0, 0, 0, 16)),
	RAW("add with off",		RESERVED_FIELD, 0, INSN(0x07, 0, 0, 1, 1)),
	RAW("add K with src",		RESERVED_FIELD, 0, INSN(0x07, 0, 1, 0, 1)),
	RAW("add X with imm",		RESERVED_FIELD, 0, INSN(0x0f, 0, 1, 0, 1)),
	RAW("div with off 2",		RESERVED_FIELD, 0, INSN(0x3f, 0, 1, 2, 0)),
	RAW("mov with off 32, 32-bit",	RESERVED_FIELD, 0, INSN(0xbc, 0, 1, 32, 0)),
	RAW("mov with off 32",		NONE, 0, INSN(0xbf, 0, 1, 32, 0)),
	RAW("mov with off 4",		RESERVED_FIELD, 0, INSN(0xbf, 0, 1, 4, 0)),
	RAW("mov K with off",		RESERVED_FIELD, 0, INSN(0xb7, 0, 0, 8, 1)),
	RAW("ja with imm",		RESERVED_FIELD, 0, INSN(0x05, 0, 0, 0, 1)),
	RAW("ja with dst",		RESERVED_FIELD, 0, INSN(0x05, 1, 0, 0, 0)),
	RAW("gotol with off",		RESERVED_FIELD, 0, INSN(0x06, 0, 0, 1, 0)),
	RAW("jeq K with src",		RESERVED_FIELD, 0, INSN(0x15, 0, 1, 0, 0)),
	RAW("jeq X with imm",		RESERVED_FIELD, 0, INSN(0x1d, 0, 1, 0, 3)),
	RAW("may_goto",			BAD_OPCODE, 0, INSN(0xe5, 0, 0, 0, 0)),
	RAW("32-bit call",		BAD_OPCODE, 0, INSN(0x86, 0, 0, 0, 5)),
	RAW("32-bit exit",		BAD_OPCODE, 0, INSN(0x96, 0, 0, 0, 0)),
	RAW("exit with imm",		RESERVED_FIELD, 0, INSN(0x95, 0, 0, 0, 1)),
	RAW("call with dst",		RESERVED_FIELD, 0, INSN(0x85, 1, 0, 0, 5)),
	RAW("call with off",		RESERVED_FIELD, 0, INSN(0x85, 0, 0, 1, 5)),
	RAW("call with src 3",		RESERVED_FIELD, 0, INSN(0x85, 0, 3, 0, 5)),
	RAW("ldx with imm",		RESERVED_FIELD, 0, INSN(0x61, 0, 1, 0, 1)),
	RAW("sign-extending 8-byte load", BAD_OPCODE, 0, INSN(0x99, 0, 1, 0, 0)),
	RAW("st with src",		RESERVED_FIELD, 0, INSN(0x62, 1, 1, 0, 0)),
	RAW("stx with imm",		RESERVED_FIELD, 0, INSN(0x63, 1, 1, 0, 1)),
	RAW("atomic sub",		BAD_ATOMIC, 0, INSN(0xdb, 1, 2, 0, 0x10)),
	RAW("xchg without fetch",	BAD_ATOMIC, 0, INSN(0xdb, 1, 2, 0, 0xe0)),
	RAW("cmpxchg without fetch",	BAD_ATOMIC, 0, INSN(0xdb, 1, 2, 0, 0xf0)),
	RAW("atomic load",		BAD_ATOMIC, 0, INSN(0xdb, 1, 2, 0, 0x100)),
	RAW("1-byte atomic",		BAD_ATOMIC, 0, INSN(0xd3, 1, 2, 0, 0)),
	RAW("ld_abs with src",		RESERVED_FIELD, 0, INSN(0x20, 0, 1, 0, 0)),
	RAW("ld_abs with dst",		RESERVED_FIELD, 0, INSN(0x20, 1, 0, 0, 0)),
	RAW("ld_abs of 8 bytes",	BAD_OPCODE, 0, INSN(0x38, 0, 0, 0, 0)),
	RAW("constant without its half", TRUNCATED, 0, INSN(0x18, 0, 0, 0, 0)),
	RAW("constant with off",	RESERVED_FIELD, 0, INSN(0x18, 0, 0, 1, 0)),
	{ "half a constant at the end", WEIR_REJECT_TRUNCATED, 1,
	  { INSN(0xb7, 0, 0, 0, 0), INSN(0x18, 0, 0, 0, 0) } },
	{ "second half with off", WEIR_REJECT_RESERVED_FIELD, 0,
	  { INSN(0x18, 0, 0, 0, 0), INSN(0, 0, 0, 1, 0) } },
	{ "second half with dst", WEIR_REJECT_RESERVED_FIELD, 0,
	  { INSN(0x18, 0, 0, 0, 0), INSN(0, 1, 0, 0, 0) } },
	{ "constant from BTF", WEIR_REJECT_BAD_PSEUDO, 0,
	  { INSN(0x18, 0, 3, 0, 0), INSN(0, 0, 0, 0, 0) } },
	{ "constant from source 9", WEIR_REJECT_BAD_PSEUDO, 0,
	  { INSN(0x18, 0, 9, 0, 0), INSN(0, 0, 0, 0, 0) } },
	{ "function with an upper half", WEIR_REJECT_RESERVED_FIELD, 0,
	  { INSN(0x18, 0, 4, 0, 0), INSN(0, 0, 0, 0, 1) } },
};
/* clang-format on */

static bool refused_as(const struct weir_rejection *rej, int err,
		       enum weir_reject nr, u32 pc)
{
	bool ok = rej->nr == nr && err == weir_reject_errno(nr) &&
		  (nr == WEIR_REJECT_NONE || (rej->pc == pc && rej->detail[0]));

	if (!ok)
		ksft_print_msg("%s at %u: %s\n", weir_reject_name(rej->nr),
			       rej->pc, rej->detail);
	return ok;
}

static void test_text_rejections(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(text_cases); i++) {
		const struct reject_case *c = &text_cases[i];
		struct weir_rejection rej = { 0 };
		struct weir_text_error text_err;
		struct weir_prog *prog = NULL;
		struct bpf_insn *insns = NULL;
		u32 nr = 0;
		int err;

		if (weir_text_assemble(c->text, strlen(c->text), &insns, &nr,
				       &text_err)) {
			ksft_test_result(false, "form: %s: %u:%u: %s", c->what,
					 text_err.line, text_err.column,
					 text_err.what);
			continue;
		}
		err = weir_prog_load(c->kind, insns, nr, &rej, &prog);
		ksft_test_result(refused_as(&rej, err, c->nr, c->pc),
				 "form: %s", c->what);
		weir_prog_free(prog);
		free(insns);
	}
}

static void test_raw_rejections(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(raw_cases); i++) {
		const struct raw_case *c = &raw_cases[i];
		struct weir_rejection rej = { 0 };
		int err = weir_prog_check(WEIR_KIND_SOCKET, c->insns, 2, &rej);

		ksft_test_result(refused_as(&rej, err, c->nr, c->pc),
				 "form: %s", c->what);
	}
}

static void test_lengths(void)
{
	struct bpf_insn *insns = calloc(WEIR_MAX_INSNS + 1, sizeof(*insns));
	struct weir_rejection rej = { 0 };
	u32 i;
	int err;

	for (i = 0; i < WEIR_MAX_INSNS + 1; i++)
		insns[i].code = BPF_JMP | BPF_JA;
	insns[WEIR_MAX_INSNS - 1].code = BPF_JMP | BPF_EXIT;
	insns[WEIR_MAX_INSNS].code = BPF_JMP | BPF_EXIT;
	err = weir_prog_check(WEIR_KIND_MEM, insns, 0, &rej);
	ksft_test_result(refused_as(&rej, err, WEIR_REJECT_EMPTY, 0),
			 "form: no instructions");
	rej.nr = WEIR_REJECT_NONE;
	err = weir_prog_check(WEIR_KIND_MEM, insns, WEIR_MAX_INSNS, &rej);
	ksft_test_result(refused_as(&rej, err, WEIR_REJECT_NONE, 0),
			 "form: as long as the limit");
	err = weir_prog_check(WEIR_KIND_MEM, insns, WEIR_MAX_INSNS + 1, &rej);
	ksft_test_result(refused_as(&rej, err, WEIR_REJECT_TOO_LONG, 0),
			 "form: longer than the limit");
	free(insns);
}

/*
 * Context fields: Linux's rules
 */

static void test_ctx(void)
{
	static const struct {
		enum weir_kind kind;
		s32 off;
		u32 size;
		bool write, ok;
	} cases[] = {
		/* clang-format off */
		{ WEIR_KIND_SOCKET, 0,   4, false, true },  /* len */
		{ WEIR_KIND_SOCKET, 2,   2, false, true },
		{ WEIR_KIND_SOCKET, 3,   1, false, true },
		{ WEIR_KIND_SOCKET, 1,   2, false, false },
		{ WEIR_KIND_SOCKET, 0,   8, false, false },
		{ WEIR_KIND_SOCKET, 0,   4, true,  false },
		{ WEIR_KIND_SOCKET, -4,  4, false, false },
		{ WEIR_KIND_SOCKET, 8,   4, true,  false }, /* mark */
		{ WEIR_KIND_TC,     8,   4, true,  true },
		{ WEIR_KIND_TC,     8,   2, true,  false },
		{ WEIR_KIND_SOCKET, 48,  8, true,  true },  /* cb */
		{ WEIR_KIND_SOCKET, 52,  8, false, false },
		{ WEIR_KIND_SOCKET, 64,  4, false, true },
		{ WEIR_KIND_SOCKET, 64,  8, false, false },
		{ WEIR_KIND_SOCKET, 49,  1, true,  true },
		{ WEIR_KIND_SOCKET, 76,  4, false, false }, /* data */
		{ WEIR_KIND_TC,     76,  4, false, true },
		{ WEIR_KIND_TC,     76,  2, false, false },
		{ WEIR_KIND_TC,     76,  4, true,  false },
		{ WEIR_KIND_TC,     152, 8, true,  true },  /* tstamp */
		{ WEIR_KIND_TC,     152, 4, false, false },
		{ WEIR_KIND_SOCKET, 152, 8, false, false },
		{ WEIR_KIND_XDP,    0,   4, false, true },  /* data */
		{ WEIR_KIND_XDP,    0,   8, false, false },
		{ WEIR_KIND_XDP,    12,  4, false, true },
		{ WEIR_KIND_XDP,    12,  2, false, false },
		{ WEIR_KIND_XDP,    12,  4, true,  false },
		{ WEIR_KIND_XDP,    20,  4, false, false },
		{ WEIR_KIND_MEM,    0,   4, false, false },
		/* clang-format on */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		ksft_test_result(!!weir_ctx_find(cases[i].kind, cases[i].off,
						 cases[i].size,
						 cases[i].write) == cases[i].ok,
				 "context: kind %d, %s %u at %d", cases[i].kind,
				 cases[i].write ? "store" : "load",
				 cases[i].size, cases[i].off);
}

/*
 * Text: every row of insn.def, with many operands
 */

static s32 random_imm(void)
{
	static const s32 some[] = { 0, 1, -1, 15, 0x7fffffff, S32_MIN, 0xffff };

	return one_in(2) ? some[below(ARRAY_SIZE(some))] : (s32)random_u32();
}

/* Fill in the operands of an opcode so that the form is good. */
static void random_operands(struct bpf_insn *insn)
{
	static const s32 widths[] = { 16, 32, 64 };
	static const s16 extends[] = { 0, 8, 16, 32 };
	static const s32 atomics[] = { BPF_ADD,
				       BPF_AND,
				       BPF_OR,
				       BPF_XOR,
				       BPF_ADD | BPF_FETCH,
				       BPF_AND | BPF_FETCH,
				       BPF_OR | BPF_FETCH,
				       BPF_XOR | BPF_FETCH,
				       BPF_XCHG,
				       BPF_CMPXCHG };
	const struct weir_insn_row *row = weir_insn_row(insn->code);
	bool is_64 = BPF_CLASS(insn->code) == BPF_ALU64;

	insn->dst_reg = row->fields & WEIR_FIELD_DST ? below(10) : 0;
	insn->src_reg = row->fields & WEIR_FIELD_SRC ? below(11) : 0;
	insn->off = row->fields & WEIR_FIELD_OFF ? (s16)random_u32() : 0;
	insn->imm = row->fields & WEIR_FIELD_IMM ? random_imm() : 0;
	switch (row->form) {
	case WEIR_INSN_SHIFT_K:
		insn->imm = (s32)below(is_64 ? 64 : 32);
		break;
	case WEIR_INSN_DIV_K:
		insn->imm |= 1;
		insn->off = below(2);
		break;
	case WEIR_INSN_DIV_X:
		insn->off = below(2);
		break;
	case WEIR_INSN_MOV_X:
		insn->off = extends[below(is_64 ? 4 : 3)];
		break;
	case WEIR_INSN_END:
		insn->imm = widths[below(3)];
		break;
	case WEIR_INSN_CALL:
		insn->src_reg = below(3);
		insn->imm = insn->src_reg ? random_imm() : (s32)below(200);
		break;
	case WEIR_INSN_IMM64:
		insn->src_reg = 0;
		insn[1] = (struct bpf_insn){ .imm = random_imm() };
		break;
	case WEIR_INSN_ATOMIC:
		insn->imm = atomics[below(ARRAY_SIZE(atomics))];
		break;
	}
}

static bool text_is_insn(const struct bpf_insn *insn, const char *text)
{
	u32 want = weir_insn_is_wide(insn) ? 2 : 1, nr = 0;
	struct bpf_insn *back = NULL;
	struct weir_text_error err;
	bool ok;

	if (weir_text_assemble(text, strlen(text), &back, &nr, &err)) {
		ksft_print_msg("'%s': column %u: %s\n", text, err.column,
			       err.what);
		return false;
	}
	ok = nr == want && !memcmp(back, insn, want * sizeof(*insn));
	if (!ok)
		ksft_print_msg("'%s' is other instructions\n", text);
	free(back);
	return ok;
}

static void test_text_rows(void)
{
	u32 code, k;

	for (code = 0; code < 256; code++) {
		const struct weir_insn_row *row = weir_insn_row((u8)code);
		char text[WEIR_DISASM_MAX];
		bool ok = true;

		if (row->form == WEIR_INSN_NONE)
			continue;
		for (k = 0; k < 200 && ok; k++) {
			struct bpf_insn insn[2] = { { .code = (u8)code } };
			u32 len;

			random_operands(insn);
			len = weir_disasm(text, sizeof(text), insn, NULL);
			ok = len == strlen(text) && len + 1 < sizeof(text) &&
			     text_is_insn(insn, text);
		}
		ksft_test_result(ok, "text: opcode 0x%02x, %s", code,
				 row->mnemonic);
	}
}

/* Both spellings, and what people paste. */
static void test_text_spellings(void)
{
	static const char *const pairs[][2] = {
		/* clang-format off */
		{ "mov %r0, 1", "r0 = 1" },
		{ "mov32 %r0, %r1", "w0 = w1" },
		{ "mov32 r0, 0xffffffff", "w0 = -1" },
		{ "sdiv %r1, %r2", "r1 s/= r2" },
		{ "smod32 %r1, -3", "w1 s%= -3" },
		{ "arsh %r1, 3", "r1 s>>= 3" },
		{ "neg32 %r3", "w3 = -w3" },
		{ "be16 %r4", "r4 = be16 r4" },
		{ "swap64 %r4", "r4 = bswap64 r4" },
		{ "movsx832 %r1, %r2", "w1 = (s8)w2" },
		{ "movsx3264 %r1, %r2", "r1 = (s32)w2" },
		{ "ldxw %r0, [%r1+4]", "r0 = *(u32 *)(r1 +4)" },
		{ "ldxw %r0, [%r1+0x10]", "w0 = *(u32 *)(r1 + 16)" },
		{ "ldxhsx %r0, [%r1-2]", "r0 = *(s16 *)(r1 - 2)" },
		{ "stdw [%r10-8], 7", "*(u64 *)(r10 - 8) = 7" },
		{ "stxb [%r1], %r2", "*(u8 *)(r1 + 0) = w2" },
		{ "lddw %r1, 0xFFFFFFFF80000000", "r1 = 18446744071562067968 ll" },
		{ "lock add [%r1+8], %r2", "lock *(u64 *)(r1 + 8) += r2" },
		{ "lock fetch or32 [%r1+8], %r2", "w2 = atomic_fetch_or((u32 *)(r1 + 8), w2)" },
		{ "lock fetch add [%r1], %r2", "r2 = atomic64_fetch_add((u64 *)(r1 + 0), r2)" },
		{ "lock cmpxchg [%r1], %r2", "r0 = cmpxchg_64(r1 + 0, r0, r2)" },
		{ "lock xchg32 [%r1], %r2", "w2 = xchg32_32(r1 + 0x0, w2)" },
		{ "jeq %r1, 0x80000000, +1", "if r1 == -2147483648 goto pc+1" },
		{ "jslt32 %r1, %r2, -1", "3: (ce) if w1 s< w2 goto -0x1 <foo>" },
		{ "ja +2", "goto pc+2" },
		{ "ja32 +70000", "gotol +70000" },
		{ "call 5", "call bpf_ktime_get_ns#5" },
		{ "call helper 5", "call ktime_get_ns" },
		{ "call local +3", "call pc+3" },
		{ "ldabsh 12", "r0 = *(u16 *)skb[12]" },
		{ "ldindb %r7, 2", "r0 = *(u8 *)skb[r7 + 2]" },
		{ "exit # done", "exit // done" },
		{ "ldxw r0, [r1+len]", "r0 = *(u32 *)(r1 + 0)" },
		{ "r0 = *(u32 *)(r1 + mark)", "r0 = *(u32 *)(r1 + 8)" },
		{ "r0 = *(u8 *)(r1 + cb[2] + 1)", "r0 = *(u8 *)(r1 + 57)" },
		{ "L1: ja L1", "goto -1" },
		{ "r1 = subprog[+2]", "r1 = &+2" },
		/* clang-format on */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct bpf_insn *insns = NULL;
		struct weir_text_error err;
		bool ok;
		u32 nr;

		ok = !weir_text_assemble(pairs[i][0], strlen(pairs[i][0]),
					 &insns, &nr, &err) &&
		     text_is_insn(insns, pairs[i][1]);
		ksft_test_result(ok, "text: '%s' is '%s'", pairs[i][0],
				 pairs[i][1]);
		free(insns);
	}
}

static void test_text_errors(void)
{
	static const struct {
		const char *text;
		unsigned int line, column;
	} cases[] = {
		/* clang-format off */
		{ "exit\nfoo r1\n", 2, 1 },
		{ "r0 = 0x1ffffffff\n", 1, 6 },
		{ "r0 = 0xffffffff\n", 1, 6 },
		{ "goto nowhere\nexit\n", 1, 6 },
		{ "a: exit\na: exit\n", 2, 1 },
		{ "r0 = *(u32 *)(r1 + nofield)\n", 1, 20 },
		{ "r0 = w1\n", 1, 8 },
		{ "ldxw %r0, [%r1+40000]\n", 1, 21 },
		{ "r16 = 0\n", 1, 1 },
		{ "exit exit\n", 1, 6 },
		{ "call nothing\nexit\n", 1, 6 },
		{ "goto 3\n", 1, 6 },
		{ "r0 = 12x\n", 1, 6 },
		/* clang-format on */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct weir_text_error err = { 0 };
		struct bpf_insn *insns;
		bool ok;
		u32 nr;

		ok = weir_text_assemble(cases[i].text, strlen(cases[i].text),
					&insns, &nr, &err) < 0 &&
		     err.line == cases[i].line &&
		     err.column == cases[i].column && err.what[0];
		if (!ok)
			ksft_print_msg("%u:%u: %s\n", err.line, err.column,
				       err.what);
		ksft_test_result(ok, "text: error at %u:%u, number %zu",
				 cases[i].line, cases[i].column, i);
	}
}

/* Maps by name: read, and printed by whoever knows the names. */
static void test_text_maps(void)
{
	static const char *const names[] = { "counts", "fd" };
	static const struct {
		const char *text, *plain, *named;
	} cases[] = {
		/* clang-format off */
		{ "r1 = map[counts]", "r1 = map[idx:0]", "r1 = map[counts]" },
		{ "r1 = map[fd]", "r1 = map[idx:1]", "r1 = map[fd]" },
		{ "r1 = value[counts]", "r1 = map[idx:0][0]+0", "r1 = value[counts + 0]" },
		{ "r1 = value[fd + 8]", "r1 = map[idx:1][0]+8", "r1 = value[fd + 8]" },
		{ "r1 = map[fd:1][0]+8", "r1 = map[fd:1][0]+8", "r1 = map[fd:1][0]+8" },
		{ "r1 = map[nothing]", NULL, NULL },
		{ "r1 = value[idx:0 + 8]", NULL, NULL },
		/* clang-format on */
	};
	const struct weir_text_opts opts = { .kind = WEIR_KIND_XDP,
					     .maps = names,
					     .nr_maps = ARRAY_SIZE(names) };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		char plain[WEIR_DISASM_MAX] = "", named[WEIR_DISASM_MAX] = "";
		struct weir_text_error err = { 0 };
		struct bpf_insn *insns = NULL;
		u32 nr = 0;
		int got;

		got = weir_text_assemble_opts(&opts, cases[i].text,
					      strlen(cases[i].text), &insns,
					      &nr, &err);
		if (!got) {
			weir_disasm(plain, sizeof(plain), insns, NULL);
			weir_disasm(named, sizeof(named), insns,
				    names[insns->imm & 1]);
		}
		ksft_test_result(
			cases[i].plain
				? !got && nr == 2 &&
					  !strcmp(plain, cases[i].plain) &&
					  !strcmp(named, cases[i].named)
				: got == -EINVAL && err.what[0],
			"text: maps: '%s'", cases[i].text);
		free(insns);
	}
}

/* Whole programs with labels: what is printed assembles to the same. */
static void test_text_programs(void)
{
	bool ok = true;
	u32 round;

	for (round = 0; round < 500 && ok; round++) {
		struct bpf_insn insns[64], *back = NULL;
		struct weir_text_error err;
		u32 nr = 0, nr_back = 0;
		char *text;

		while (nr < 62) {
			struct bpf_insn *insn = &insns[nr];

			do {
				insn->code = (u8)random_u32();
			} while (weir_insn_row(insn->code)->form ==
				 WEIR_INSN_NONE);
			random_operands(insn);
			if (weir_insn_is_jump(insn) &&
			    insn->code != (BPF_JMP32 | BPF_JA))
				insn->off = (s16)below(64) - (s16)nr - 1;
			nr += weir_insn_is_wide(insn) ? 2 : 1;
		}
		text = weir_text_print(insns, nr);
		ok = !weir_text_assemble(text, strlen(text), &back, &nr_back,
					 &err) &&
		     nr == nr_back && !memcmp(insns, back, nr * sizeof(*back));
		if (!ok)
			ksft_print_msg("%u:%u: %s\n", err.line, err.column,
				       err.what);
		free(text);
		free(back);
	}
	ksft_test_result(ok, "text: 500 random programs with labels");
}

/*
 * Classic programs: what is refused
 */

static void test_classic_rejections(void)
{
	static const struct {
		const char *what;
		enum weir_reject nr;
		u32 pc;
		struct sock_filter insns[4];
		u32 n;
	} cases[] = {
#define C(code, jt, jf, k)      \
	{                       \
		code, jt, jf, k \
	}
#define RET C(0x06, 0, 0, 1)
		/* clang-format off */
		{ "ret alone", WEIR_REJECT_NONE, 0, { RET }, 1 },
		{ "empty", WEIR_REJECT_EMPTY, 0, { RET }, 0 },
		{ "unknown opcode", WEIR_REJECT_CLASSIC_OPCODE, 1,
		  { C(0x00, 0, 0, 0), C(0x100, 0, 0, 0), RET }, 3 },
		{ "ret x", WEIR_REJECT_CLASSIC_OPCODE, 0, { C(0x0e, 0, 0, 0) }, 1 },
		{ "no ret at the end", WEIR_REJECT_FALL_OFF, 1,
		  { RET, C(0x00, 0, 0, 0) }, 2 },
		{ "jump past the end", WEIR_REJECT_JUMP_RANGE, 0,
		  { C(0x15, 0, 1, 0), RET }, 2 },
		{ "ja past the end", WEIR_REJECT_JUMP_RANGE, 0,
		  { C(0x05, 0, 0, 1), RET }, 2 },
		{ "ja before the start", WEIR_REJECT_JUMP_RANGE, 0,
		  { C(0x05, 0, 0, 0xfffffffe), RET }, 2 },
		{ "ja to itself", WEIR_REJECT_NONE, 0,
		  { C(0x05, 0, 0, 0xffffffff), RET }, 2 },
		{ "division by 0", WEIR_REJECT_BAD_DIVISOR, 0,
		  { C(0x34, 0, 0, 0), RET }, 2 },
		{ "modulo by 0", WEIR_REJECT_BAD_DIVISOR, 0,
		  { C(0x94, 0, 0, 0), RET }, 2 },
		{ "shift by 32", WEIR_REJECT_BAD_SHIFT, 0,
		  { C(0x64, 0, 0, 32), RET }, 2 },
		{ "shift by 31", WEIR_REJECT_NONE, 0,
		  { C(0x74, 0, 0, 31), RET }, 2 },
		{ "M[16]", WEIR_REJECT_CLASSIC_SCRATCH, 0,
		  { C(0x02, 0, 0, 16), RET }, 2 },
		{ "M[] unwritten", WEIR_REJECT_CLASSIC_UNINIT, 0,
		  { C(0x60, 0, 0, 3), RET }, 2 },
		{ "M[] written on one path", WEIR_REJECT_CLASSIC_UNINIT, 2,
		  { C(0x15, 0, 1, 0), C(0x02, 0, 0, 3), C(0x60, 0, 0, 3), RET }, 4 },
		{ "M[] unwritten, unreached", WEIR_REJECT_NONE, 0,
		  { RET, C(0x60, 0, 0, 3), RET }, 3 },
		{ "payload offset", WEIR_REJECT_CLASSIC_ANCILLARY, 0,
		  { C(0x20, 0, 0, SKF_AD_OFF + SKF_AD_PAY_OFFSET), RET }, 2 },
		{ "netlink attribute", WEIR_REJECT_CLASSIC_ANCILLARY, 0,
		  { C(0x20, 0, 0, SKF_AD_OFF + SKF_AD_NLATTR), RET }, 2 },
		{ "odd ancillary", WEIR_REJECT_CLASSIC_ANCILLARY, 0,
		  { C(0x20, 0, 0, SKF_AD_OFF + 1), RET }, 2 },
		{ "offset past every packet", WEIR_REJECT_NONE, 0,
		  { C(0x20, 0, 0, 0x80000000), RET }, 2 },
		/* clang-format on */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct weir_rejection rej = { 0 };
		struct weir_prog *prog = NULL;
		int err;

		err = weir_prog_load_classic(cases[i].insns, cases[i].n, &rej,
					     &prog);
		ksft_test_result(refused_as(&rej, err, cases[i].nr,
					    cases[i].pc),
				 "classic: %s", cases[i].what);
		weir_prog_free(prog);
	}
}

/*
 * Classic programs: what they mean
 */

#define MAX_FACTS 4096

/* The facts that a translated program's run needs, and not one more. */
struct made_facts {
	struct weir_facts facts;
	struct weir_insn_facts insn[MAX_FACTS];
	struct weir_guard guard[MAX_FACTS];
};

static void make_facts(const struct weir_prog *prog, struct made_facts *m)
{
	u32 pc;

	memset(&m->facts, 0, sizeof(m->facts));
	memset(m->insn, 0, prog->nr_insns * sizeof(m->insn[0]));
	m->facts.insn = m->insn;
	m->facts.guard = m->guard;
	m->facts.nr_insns = prog->nr_insns;
	for (pc = 0; pc < prog->nr_insns; pc++) {
		const struct bpf_insn *insn = &prog->insns[pc];
		struct weir_insn_facts *facts = &m->insn[pc];
		bool indexed = BPF_MODE(insn->code) == BPF_IND;

		facts->base = WEIR_NO_BASE;
		facts->map = WEIR_NO_MAP;
		if (weir_insn_is_packet_load(insn)) {
			facts->nr_guards = 1;
			facts->guard = m->facts.nr_guards++;
			m->guard[facts->guard] = (struct weir_guard){
				.pc = pc,
				.kind = WEIR_GUARD_PACKET,
				.form = WEIR_FORM_OFFSET,
				.reg = indexed ? insn->src_reg : WEIR_NO_REG,
				.base = WEIR_NO_BASE,
				.map = WEIR_NO_MAP,
				.lo = insn->imm,
				.hi = insn->imm +
				      (s32)weir_insn_size(insn->code),
			};
		}
		if (BPF_CLASS(insn->code) == BPF_LDX && insn->src_reg == 6) {
			facts->mem = WEIR_MEM_CTX;
			facts->off = insn->off;
		}
	}
}

/* A constant that means something, often enough. */
static u32 random_k(void)
{
	switch (below(4)) {
	case 0:
		return below(64);
	case 1:
		return 1u << below(32);
	case 2:
		return random_u32();
	default:
		return below(4);
	}
}

/* Packet offsets: near, at the edge, and far. */
static u32 random_offset(void)
{
	return one_in(20) ? random_u32() >> 1 : below(70);
}

/* One instruction that is not ret, with `left` behind it. */
static struct sock_filter random_classic(u32 left)
{
	/* clang-format off */
	static const u16 codes[] = {
		0x20, 0x28, 0x30, 0x30, 0x40, 0x48, 0x50, 0x80, 0x00, 0x60,
		0xb1, 0xb1, 0x81, 0x01, 0x61, 0x02, 0x02, 0x03, 0x07, 0x07, 0x87,
		0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x94, 0x9c,
		0x54, 0x5c, 0x44, 0x4c, 0xa4, 0xac, 0x64, 0x6c, 0x74, 0x7c, 0x84,
		0x05, 0x15, 0x15, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d,
	};
	/* clang-format on */
	struct sock_filter f = { .code = codes[below(ARRAY_SIZE(codes))] };
	u16 op = BPF_OP(f.code), class = BPF_CLASS(f.code);

	f.k = random_k();
	if (class == BPF_JMP && op == BPF_JA) {
		f.k = below(left);
	} else if (class == BPF_JMP) {
		f.jt = (u8)below(min(left, 255u));
		f.jf = (u8)below(min(left, 255u));
	} else if (class == BPF_ST || class == BPF_STX ||
		   (f.code & 0xe0) == BPF_MEM) {
		if (class != BPF_ALU && class != BPF_MISC)
			f.k = below(4);
	} else if (class == BPF_LD || f.code == 0xb1) {
		if (f.code != 0x00)
			f.k = random_offset();
	}
	if (class == BPF_ALU && BPF_SRC(f.code) == BPF_K) {
		if (op == BPF_DIV || op == BPF_MOD)
			f.k |= 1;
		if (op == BPF_LSH || op == BPF_RSH)
			f.k &= 31;
	}
	return f;
}

static u32 random_program(struct sock_filter *insns)
{
	u32 nr = 0, end, k;

	/* Mostly, M[] is written before anything reads it. */
	if (!one_in(8))
		for (k = 0; k < 4; k++)
			insns[nr++] = (struct sock_filter){ 0x02, 0, 0, k };
	end = nr + 1 + below(40);
	for (; nr < end; nr++) {
		if (one_in(12))
			insns[nr] =
				(struct sock_filter){ one_in(2) ? 0x06 : 0x16,
						      0, 0, random_k() };
		else
			insns[nr] = random_classic(end - nr);
	}
	insns[nr++] = (struct sock_filter){ 0x16, 0, 0, 0 };
	return nr;
}

static void print_classic(const struct sock_filter *insns, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		ksft_print_msg("%u: 0x%02x %u %u 0x%x\n", i, insns[i].code,
			       insns[i].jt, insns[i].jf, insns[i].k);
}

/* A run with the verifier's facts: the same verdict, and no fact was wrong. */
static bool audit(const struct weir_prog *prog, const struct weir_facts *facts,
		  struct weir_run run, u32 want)
{
	struct weir_audit audit = { 0 };
	u32 got;

	run.fuel = WEIR_DEFAULT_FUEL;
	got = (u32)weir_interp_audit(prog, facts, &run, &audit);
	if (audit.what)
		ksft_print_msg("facts at %u: %s\n", audit.pc, audit.what);
	return got == want && !audit.what;
}

static bool compare_classic(const struct sock_filter *insns, u32 nr,
			    const struct weir_prog *prog,
			    struct made_facts *facts,
			    const struct weir_facts *verified)
{
	u8 packet[64];
	u32 i, len, wire_len, got, want;
	struct weir_run run = { 0 };

	len = below(sizeof(packet) + 1);
	wire_len = len + (one_in(3) ? below(100) : 0);
	for (i = 0; i < len; i++)
		packet[i] = one_in(3) ? (u8)below(4) : (u8)random_u32();
	run.data = (uintptr_t)packet;
	run.data_end = run.data + len;
	run.linear_len = len;
	run.len = wire_len;

	want = bpf_filter(insns, packet, wire_len, len);
	got = (u32)weir_interp(prog, &facts->facts, &run);
	if (got == want && audit(prog, verified, run, want))
		return true;
	ksft_print_msg("libpcap %u, translated %u; packet of %u, wire %u\n",
		       want, got, len, wire_len);
	print_classic(insns, nr);
	return false;
}

static void test_classic_random(void)
{
	static struct made_facts facts;
	u32 round, run, compared = 0, refused = 0, slots = 0, classic = 0;
	bool ok = true, bounded = true;

	for (round = 0; round < 30000 && ok; round++) {
		struct sock_filter insns[64];
		struct weir_rejection rej = { 0 };
		struct weir_facts *verified;
		struct weir_prog *prog;
		u32 nr = random_program(insns);

		if (weir_prog_load_classic(insns, nr, &rej, &prog)) {
			ok = rej.nr == WEIR_REJECT_CLASSIC_UNINIT;
			if (!ok)
				ksft_print_msg("%s at %u\n",
					       weir_reject_name(rej.nr),
					       rej.pc);
			refused++;
			continue;
		}
		make_facts(prog, &facts);
		if (weir_verify(prog, false, NULL, &rej, &verified)) {
			ksft_print_msg("verifier: %s at %u: %s\n",
				       weir_reject_name(rej.nr), rej.pc,
				       rej.detail);
			print_classic(insns, nr);
			ok = false;
			break;
		}
		for (run = 0; run < 8 && ok; run++)
			ok = compare_classic(insns, nr, prog, &facts, verified);
		weir_facts_free(verified);
		bounded = bounded && prog->nr_insns <= 3 + 8 * nr;
		slots += prog->nr_insns;
		classic += nr;
		compared++;
		weir_prog_free(prog);
	}
	ksft_print_msg(
		"%u programs, %u more refused for M[]; %u slots for %u instructions\n",
		compared, refused, slots, classic);
	ksft_test_result(ok, "classic: as libpcap's bpf_filter()");
	ksft_test_result(compared >= 20000, "classic: at least 20000 programs");
	ksft_test_result(bounded, "classic: at most 8 slots each");
}

/* Idioms that must not cost what they do not need. */
static void test_classic_slots(void)
{
	static const struct {
		const char *what;
		u32 slots;
		struct sock_filter insns[9];
		u32 n;
	} cases[] = {
		/* clang-format off */
		{ "ret", 2, { RET }, 1 },
		{ "ret a, A never written", 2, { C(0x16, 0, 0, 0) }, 1 },
		{ "port in UDP: no zeroes, no saves", 15, {
			C(0x28, 0, 0, 12), C(0x15, 0, 6, 0x800),
			C(0x30, 0, 0, 23), C(0x15, 0, 4, 17),
			C(0xb1, 0, 0, 14), C(0x48, 0, 0, 16),
			C(0x15, 0, 1, 53), RET, C(0x06, 0, 0, 0) }, 9 },
		{ "dead results", 2, {
			C(0x00, 0, 0, 7), C(0x07, 0, 0, 0), C(0x01, 0, 0, 3),
			RET }, 4 },
		{ "unreached", 2, { RET, C(0x30, 0, 0, 0), RET }, 3 },
		/* clang-format on */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct weir_rejection rej = { 0 };
		struct weir_prog *prog = NULL;
		char *text;

		if (weir_prog_load_classic(cases[i].insns, cases[i].n, &rej,
					   &prog)) {
			ksft_test_result(false, "classic slots: %s",
					 cases[i].what);
			continue;
		}
		if (!ksft_test_result(prog->nr_insns == cases[i].slots,
				      "classic slots: %s", cases[i].what)) {
			text = weir_text_print(prog->insns, prog->nr_insns);
			printf("%s", text);
			free(text);
		}
		weir_prog_free(prog);
	}
}

/* Linux's extra data, through the context. */
static void test_classic_ancillary(void)
{
	static struct made_facts facts;
	static const struct {
		const char *what;
		u32 k;
		u32 want;
	} cases[] = {
		/* clang-format off */
		{ "protocol",	   SKF_AD_OFF + SKF_AD_PROTOCOL, 0x0800 },
		{ "packet type",   SKF_AD_OFF + SKF_AD_PKTTYPE, 3 },
		{ "ifindex",	   SKF_AD_OFF + SKF_AD_IFINDEX, 17 },
		{ "mark",	   SKF_AD_OFF + SKF_AD_MARK, 0xabcd },
		{ "queue",	   SKF_AD_OFF + SKF_AD_QUEUE, 5 },
		{ "hardware type", SKF_AD_OFF + SKF_AD_HATYPE, 772 },
		{ "hash",	   SKF_AD_OFF + SKF_AD_RXHASH, 0xdeadbeef },
		{ "VLAN tag",	   SKF_AD_OFF + SKF_AD_VLAN_TAG, 0x123 },
		{ "VLAN present",  SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT, 1 },
		{ "VLAN protocol", SKF_AD_OFF + SKF_AD_VLAN_TPID, 0x8100 },
		{ "A xor X",	   SKF_AD_OFF + SKF_AD_ALU_XOR_X, 0 },
		{ "link header",   SKF_LL_OFF + 1, 0x01020304 },
		{ "network header", SKF_NET_OFF + 1, 0x03040506 },
		{ "past the end",  SKF_NET_OFF + 60, 0 },
		/* clang-format on */
	};
	u8 packet[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sock_filter insns[] = { C(0x20, 0, 0, cases[i].k),
					       C(0x16, 0, 0, 0) };
		struct weir_run run = {
			.data = (uintptr_t)packet,
			.data_end = (uintptr_t)packet + sizeof(packet),
			.linear_len = sizeof(packet),
			.protocol = 0x0008,
			.pkt_type = 3,
			.ifindex = 17,
			.mark = 0xabcd,
			.queue_mapping = 5,
			.hatype = 772,
			.hash = 0xdeadbeef,
			.vlan_tci = 0x123,
			.vlan_present = 1,
			.vlan_proto = 0x0081,
			.net_off = 2,
		};
		struct weir_rejection rej = { 0 };
		struct weir_prog *prog = NULL;
		u64 got = 0;
		int err;

		err = weir_prog_load_classic(insns, 2, &rej, &prog);
		if (!err) {
			make_facts(prog, &facts);
			got = weir_interp(prog, &facts.facts, &run);
		}
		ksft_test_result(!err && got == cases[i].want,
				 "classic ancillary: %s", cases[i].what);
		weir_prog_free(prog);
	}
}

/* Names are ABI: lower case, and one each. */
static void test_names(void)
{
	char buf[4000];
	u32 len = weir_helper_list(0, buf, sizeof(buf));

	ksft_test_result(
		!strcmp(weir_reject_name(WEIR_REJECT_JUMP_OUT_OF_SUBPROG),
			"jump_out_of_subprog"),
		"names: in lower case");
	ksft_test_result(!strcmp(weir_reject_name(0), "none") &&
				 !strcmp(weir_reject_name(9999), "unknown"),
			 "names: none and unknown");
	ksft_test_result(len == strlen(buf) && strstr(buf, ", ktime_get_ns, "),
			 "names: helpers");
	ksft_test_result(weir_helper_find(5) && !weir_helper_find(0x10000) &&
				 weir_helper_func(0x10000),
			 "names: programs cannot call our own helpers");
}

int main(void)
{
	ksft_print_header();
	test_names();
	test_text_rejections();
	test_raw_rejections();
	test_lengths();
	test_ctx();
	test_text_rows();
	test_text_spellings();
	test_text_errors();
	test_text_maps();
	test_text_programs();
	test_classic_rejections();
	test_classic_slots();
	test_classic_ancillary();
	test_classic_random();
	return ksft_finished();
}
