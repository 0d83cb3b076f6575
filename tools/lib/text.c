// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The reader of programs as text. Recursive descent over one line at a time; the
 * first error sticks and makes the rest a no-op, so that nothing below asks after
 * each step whether it worked.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/types.h>
#include <linux/kernel.h>
#include "base/ctx.h"
#include "base/helper.h"
#include "base/insn.h"
#include "tools/lib/text.h"

/* Text that is not 0-terminated. */
struct word {
	const char *s;
	size_t len;
};

struct label {
	struct word name;
	u32 slot;
	unsigned int line, column;
};

/* A target that is known when all labels are. */
struct fixup {
	struct word name;
	u32 slot;
	unsigned int line, column;
};

struct reader {
	enum weir_kind kind;
	const struct weir_text_opts *opts;
	const char *at, *line, *end; /* end of the line, without its comment */
	unsigned int line_nr;
	struct bpf_insn *insns;
	u32 nr;
	struct label *labels;
	u32 nr_labels;
	struct fixup *fixups;
	u32 nr_fixups;
	bool no_memory, failed;
	struct weir_text_error *err;
};

/* A register as written: its number and how much of it is meant. */
struct reg {
	u8 nr;
	bool is32;
};

/*
 * Errors and memory
 */

__attribute__((format(printf, 2, 3))) static void fail(struct reader *r,
						       const char *fmt, ...)
{
	va_list args;

	if (r->failed)
		return;
	r->failed = true;
	if (!r->err)
		return;
	r->err->line = r->line_nr;
	r->err->column = (unsigned int)(r->at - r->line) + 1;
	va_start(args, fmt);
	vsnprintf(r->err->what, sizeof(r->err->what), fmt, args);
	va_end(args);
}

/* Room for one more in an array that doubles. */
static bool grow(struct reader *r, void **array, u32 nr, size_t size)
{
	void *p;

	if (nr & (nr - 1)) /* full only at powers of two */
		return true;
	p = realloc(*array, (nr ? (size_t)nr * 2 : 1) * size);
	if (!p) {
		r->no_memory = r->failed = true;
		return false;
	}
	*array = p;
	return true;
}

static void emit(struct reader *r, struct bpf_insn insn)
{
	if (r->failed || !grow(r, (void **)&r->insns, r->nr, sizeof(*r->insns)))
		return;
	r->insns[r->nr++] = insn;
}

/*
 * Words
 */

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && isspace((unsigned char)*r->at))
		r->at++;
}

static bool at_end(struct reader *r)
{
	skip_blanks(r);
	return r->at == r->end;
}

static bool is_name_start(char c)
{
	return isalpha((unsigned char)c) || c == '_' || c == '.' || c == '$';
}

static bool is_name(char c)
{
	return is_name_start(c) || isdigit((unsigned char)c);
}

/* The name that comes next, or an empty word; not consumed. */
static struct word peek_name(struct reader *r)
{
	struct word w;

	skip_blanks(r);
	w.s = r->at;
	w.len = 0;
	if (r->at < r->end && is_name_start(*r->at))
		while (w.s + w.len < r->end && is_name(w.s[w.len]))
			w.len++;
	return w;
}

static struct word take_name(struct reader *r)
{
	struct word w = peek_name(r);

	r->at += w.len;
	return w;
}

static bool word_is(struct word w, const char *s)
{
	return w.len == strlen(s) && !memcmp(w.s, s, w.len);
}

static bool same_word(struct word a, struct word b)
{
	return a.len == b.len && !memcmp(a.s, b.s, a.len);
}

/* Consume `name` if it comes next. */
static bool accept_name(struct reader *r, const char *name)
{
	struct word w = peek_name(r);

	if (!word_is(w, name))
		return false;
	r->at += w.len;
	return true;
}

/* Consume punctuation if it comes next. */
static bool accept(struct reader *r, const char *s)
{
	size_t len = strlen(s);

	skip_blanks(r);
	if ((size_t)(r->end - r->at) < len || memcmp(r->at, s, len))
		return false;
	r->at += len;
	return true;
}

static void expect(struct reader *r, const char *s)
{
	if (!accept(r, s))
		fail(r, "'%s' expected", s);
}

/* Is this the name of a register? w0 means the lower half. */
static bool parse_reg(struct word w, struct reg *reg)
{
	u32 nr = 0;
	size_t i;

	if (w.len < 2 || w.len > 3 || (w.s[0] != 'r' && w.s[0] != 'w'))
		return false;
	for (i = 1; i < w.len; i++) {
		if (!isdigit((unsigned char)w.s[i]))
			return false;
		nr = nr * 10 + (u32)(w.s[i] - '0');
	}
	if (nr > 15) /* 11 to 15: for tests of what refuses them */
		return false;
	reg->nr = (u8)nr;
	reg->is32 = w.s[0] == 'w';
	return true;
}

static bool accept_reg(struct reader *r, struct reg *reg)
{
	const char *start = r->at;

	accept(r, "%");
	if (parse_reg(peek_name(r), reg)) {
		take_name(r);
		return true;
	}
	r->at = start;
	return false;
}

static struct reg take_reg(struct reader *r)
{
	struct reg reg = { 0 };

	if (!accept_reg(r, &reg))
		fail(r, "register expected");
	return reg;
}

/*
 * Numbers
 */

static bool next_is_number(struct reader *r)
{
	const char *s;

	skip_blanks(r);
	s = r->at;
	if (s < r->end && (*s == '-' || *s == '+'))
		s++;
	while (s < r->end && isspace((unsigned char)*s))
		s++;
	return s < r->end && isdigit((unsigned char)*s);
}

/* Digits without a sign: 64 bits, decimal or 0x. */
static u64 take_digits(struct reader *r)
{
	char digits[32], *stop;
	size_t len = 0;
	u64 value;

	skip_blanks(r);
	while (r->at + len < r->end && len + 1 < sizeof(digits) &&
	       isalnum((unsigned char)r->at[len])) {
		digits[len] = r->at[len];
		len++;
	}
	digits[len] = 0;
	if (!isdigit((unsigned char)digits[0])) {
		fail(r, "number expected");
		return 0;
	}
	errno = 0;
	value = strtoull(digits, &stop,
			 digits[0] == '0' && (digits[1] | 0x20) == 'x' ? 16
								       : 10);
	if (*stop || errno)
		fail(r, "bad number '%s'", digits);
	r->at += len;
	return value;
}

/* A number with an optional sign, as its 64 bits; *negative says which. */
static u64 take_number(struct reader *r, bool *negative)
{
	u64 value;

	*negative = accept(r, "-");
	if (!*negative)
		accept(r, "+");
	value = take_digits(r);
	if (*negative && value > 1ULL << 63)
		fail(r, "number does not fit 64 bits");
	return *negative ? -value : value;
}

/*
 * An immediate field. What is over S32_MAX is sign-extended by instructions 64
 * bits wide: `wide` refuses to write what would not be meant.
 */
static s32 take_imm(struct reader *r, bool wide)
{
	const char *start = (skip_blanks(r), r->at);
	bool negative;
	u64 value = take_number(r, &negative);
	bool fits = negative ? (s64)value >= S32_MIN
			     : value <= (wide ? (u64)S32_MAX : (u64)U32_MAX);

	if (!fits && !r->failed) {
		r->at = start;
		fail(r, wide ? "number does not fit 32 bits signed"
			     : "number does not fit 32 bits");
	}
	return (s32)value;
}

static s16 check_off(struct reader *r, s64 value)
{
	if (value < S16_MIN || value > S16_MAX)
		fail(r, "offset %lld does not fit 16 bits", (long long)value);
	return (s16)value;
}

/*
 * Targets
 */

static void add_label(struct reader *r, struct word name)
{
	if (grow(r, (void **)&r->labels, r->nr_labels, sizeof(*r->labels)))
		r->labels[r->nr_labels++] = (struct label){
			.name = name,
			.slot = r->nr,
			.line = r->line_nr,
			.column = (unsigned int)(name.s - r->line) + 1,
		};
}

/* By name; of one name, the earlier first. */
static int compare_labels(const void *left, const void *right)
{
	const struct label *a = left, *b = right;
	size_t len = min(a->name.len, b->name.len);
	int by_name = memcmp(a->name.s, b->name.s, len);

	if (by_name || a->name.len != b->name.len)
		return by_name ? by_name : a->name.len < b->name.len ? -1 : 1;
	return a->name.s < b->name.s ? -1 : a->name.s > b->name.s;
}

/* Go back to a place that was read before, for fail(). */
static void go_back(struct reader *r, struct word w, unsigned int line,
		    unsigned int column)
{
	r->line_nr = line;
	r->line = w.s - (column - 1);
	r->at = w.s;
}

/* All labels are known: make them easy to find, and each one of its kind. */
static void sort_labels(struct reader *r)
{
	u32 i;

	if (!r->nr_labels)
		return;
	qsort(r->labels, r->nr_labels, sizeof(*r->labels), compare_labels);
	for (i = 1; i < r->nr_labels; i++) {
		const struct label *l = &r->labels[i];

		if (!same_word(l->name, l[-1].name) || r->failed)
			continue;
		go_back(r, l->name, l->line, l->column);
		fail(r, "label '%.*s' is there twice", (int)l->name.len,
		     l->name.s);
	}
}

/* The target of the instruction that is emitted next. 0 until it is known. */
static s64 take_target(struct reader *r)
{
	bool negative;
	struct word w;

	if (accept_name(r, "pc")) {
		if (!next_is_number(r))
			fail(r, "distance expected");
		return (s64)take_number(r, &negative);
	}
	if (next_is_number(r)) {
		if (*r->at != '+' && *r->at != '-')
			fail(r, "label or distance (+3, -2) expected");
		return (s64)take_number(r, &negative);
	}
	w = take_name(r);
	if (!w.len) {
		fail(r, "label or distance expected");
		return 0;
	}
	if (grow(r, (void **)&r->fixups, r->nr_fixups, sizeof(*r->fixups)))
		r->fixups[r->nr_fixups++] = (struct fixup){
			.name = w,
			.slot = r->nr,
			.line = r->line_nr,
			.column = (unsigned int)(w.s - r->line) + 1,
		};
	return 0;
}

static void set_distance(struct reader *r, struct bpf_insn *insn, s64 distance)
{
	u8 form = weir_insn_row(insn->code)->form;
	bool in_imm = form == WEIR_INSN_JA32 || form == WEIR_INSN_CALL ||
		      form == WEIR_INSN_IMM64;

	if (in_imm)
		insn->imm = (s32)distance;
	else if (distance == (s16)distance)
		insn->off = (s16)distance;
	else
		fail(r,
		     "target is %lld slots away, 16 bits reach no farther than 32767",
		     (long long)distance);
}

/* Emit a jump whose target comes next in the text. */
static void emit_jump(struct reader *r, struct bpf_insn insn)
{
	set_distance(r, &insn, take_target(r));
	emit(r, insn);
}

static int compare_name(const void *key, const void *label)
{
	const struct word *a = key;
	const struct word *b = &((const struct label *)label)->name;
	int by_name = memcmp(a->s, b->s, min(a->len, b->len));

	if (by_name)
		return by_name;
	return a->len < b->len ? -1 : a->len > b->len;
}

static const struct label *find_label(const struct reader *r, struct word name)
{
	if (!r->nr_labels)
		return NULL;
	return bsearch(&name, r->labels, r->nr_labels, sizeof(*r->labels),
		       compare_name);
}

/* Plain assemblers call the first exit "exit". */
static s64 first_exit(const struct reader *r)
{
	u32 i;

	for (i = 0; i < r->nr; i++) {
		if (weir_insn_is_exit(&r->insns[i]))
			return i;
		i += weir_insn_is_wide(&r->insns[i]);
	}
	return -1;
}

static void resolve(struct reader *r, const struct fixup *f)
{
	const struct label *label = find_label(r, f->name);
	struct bpf_insn *insn = &r->insns[f->slot];
	const struct weir_helper *helper;
	s64 target = -1;

	go_back(r, f->name, f->line, f->column);
	if (label)
		target = label->slot;
	else if (word_is(f->name, "exit"))
		target = first_exit(r);
	if (target >= 0) {
		if (weir_insn_is_call(insn))
			insn->src_reg = BPF_PSEUDO_CALL;
		set_distance(r, insn, target - ((s64)f->slot + 1));
		return;
	}
	helper = weir_helper_by_name(f->name.s, f->name.len);
	if (weir_insn_is_call(insn) && helper)
		insn->imm = (s32)helper->id;
	else
		fail(r, "no label%s '%.*s'",
		     weir_insn_is_call(insn) ? " or helper" : "",
		     (int)f->name.len, f->name.s);
}

/*
 * The C-like form
 */

static const struct {
	const char *text;
	u8 op;
	s8 off;
} alu_ops[] = {
	/* longer ones first: they are tried in order */
	{ "s>>=", BPF_ARSH, 0 }, { "s/=", BPF_DIV, 1 }, { "s%=", BPF_MOD, 1 },
	{ "<<=", BPF_LSH, 0 },	 { ">>=", BPF_RSH, 0 }, { "+=", BPF_ADD, 0 },
	{ "-=", BPF_SUB, 0 },	 { "*=", BPF_MUL, 0 },	{ "/=", BPF_DIV, 0 },
	{ "%=", BPF_MOD, 0 },	 { "|=", BPF_OR, 0 },	{ "&=", BPF_AND, 0 },
	{ "^=", BPF_XOR, 0 },
};

static const struct {
	const char *text;
	u8 op;
} jump_ops[] = {
	{ "s>=", BPF_JSGE }, { "s<=", BPF_JSLE }, { "s>", BPF_JSGT },
	{ "s<", BPF_JSLT },  { "==", BPF_JEQ },	  { "!=", BPF_JNE },
	{ ">=", BPF_JGE },   { "<=", BPF_JLE },	  { ">", BPF_JGT },
	{ "<", BPF_JLT },    { "&", BPF_JSET },
};

/* "u8", "s16": BPF_SIZE and whether it is signed. False: no type. */
static bool parse_type(struct word w, u8 *size, bool *is_signed)
{
	static const struct {
		const char *text;
		u8 size;
	} types[] = { { "8", BPF_B },
		      { "16", BPF_H },
		      { "32", BPF_W },
		      { "64", BPF_DW } };
	size_t i;

	if (w.len < 2 || (w.s[0] != 'u' && w.s[0] != 's'))
		return false;
	*is_signed = w.s[0] == 's';
	w.s++;
	w.len--;
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (!word_is(w, types[i].text))
			continue;
		*size = types[i].size;
		return true;
	}
	return false;
}

/* "(u32 *)" */
static u8 take_cast(struct reader *r, bool *is_signed)
{
	struct word w;
	u8 size = 0;

	*is_signed = false;
	expect(r, "(");
	w = take_name(r);
	if (!parse_type(w, &size, is_signed)) {
		r->at = w.s;
		fail(r, "type expected: u8, u16, u32, u64 (s8, s16, s32)");
	}
	expect(r, "*");
	expect(r, ")");
	return size;
}

/* The offset of a context field by its name: len, cb, cb[2]. */
static s64 take_field(struct reader *r)
{
	struct word w = take_name(r);
	s32 off = weir_ctx_offset(r->kind, w.s, w.len);

	if (off < 0) {
		r->at = w.s;
		fail(r, "no field '%.*s' in the context", (int)w.len, w.s);
		return 0;
	}
	if (accept(r, "[")) {
		off += 4 * (s32)take_digits(r);
		expect(r, "]");
	}
	return off;
}

/* "r1 + 4": a register, then terms. */
static u8 take_sum(struct reader *r, s16 *off)
{
	struct reg reg = take_reg(r);
	s64 sum = 0;
	bool minus;

	if (reg.is32)
		fail(r, "addresses take whole registers (r%u)", reg.nr);
	while (!r->failed && ((minus = accept(r, "-")) || accept(r, "+"))) {
		s64 term = peek_name(r).len ? take_field(r)
					    : (s64)take_digits(r);

		sum += minus ? -term : term;
	}
	*off = check_off(r, sum);
	return reg.nr;
}

/* "(r1 + 4)" */
static u8 take_place(struct reader *r, s16 *off)
{
	u8 reg;

	expect(r, "(");
	reg = take_sum(r, off);
	expect(r, ")");
	return reg;
}

/* "skb[12]", "skb[r7 + 2]"; skb is read. */
static void c_packet_load(struct reader *r, struct reg dst, u8 size,
			  bool is_signed)
{
	struct bpf_insn insn = { .code = BPF_LD | BPF_ABS | size };
	struct reg src;
	bool minus;

	if (dst.nr != 0 || dst.is32 || is_signed || size == BPF_DW)
		fail(r, "packet loads are r0 = *(u8, u16 or u32 *)skb[..]");
	expect(r, "[");
	if (accept_reg(r, &src)) {
		insn.code = BPF_LD | BPF_IND | size;
		insn.src_reg = src.nr;
		minus = accept(r, "-");
		if (minus || accept(r, "+")) {
			u64 k = take_digits(r);

			if (k > (minus ? 1ULL << 31 : (u64)U32_MAX))
				fail(r, "offset does not fit 32 bits");
			insn.imm = (s32)(minus ? -k : k);
		}
	} else {
		insn.imm = take_imm(r, false);
	}
	expect(r, "]");
	emit(r, insn);
}

/* dst = "*(u32 *)(r1 + 4)"; the star is read. */
static void c_load(struct reader *r, struct reg dst)
{
	struct bpf_insn insn = { .dst_reg = dst.nr };
	bool is_signed;
	u8 size = take_cast(r, &is_signed);
	s16 off = 0;

	if (accept_name(r, "skb")) {
		c_packet_load(r, dst, size, is_signed);
		return;
	}
	if (dst.is32 && (size == BPF_DW || is_signed))
		fail(r, "this load writes the whole register (r%u)", dst.nr);
	if (is_signed && size == BPF_DW)
		fail(r, "8 bytes have nothing to extend: u64");
	insn.code = BPF_LDX | (is_signed ? BPF_MEMSX : BPF_MEM) | size;
	insn.src_reg = take_place(r, &off);
	insn.off = off;
	emit(r, insn);
}

/* "*(u32 *)(r1 + 4) = r2" or a number; the star is read. */
static void c_store(struct reader *r)
{
	struct bpf_insn insn = { 0 };
	struct reg src;
	bool is_signed;
	u8 size = take_cast(r, &is_signed);
	s16 off = 0;

	insn.dst_reg = take_place(r, &off);
	insn.off = off;
	expect(r, "=");
	if (accept_reg(r, &src)) {
		insn.code = BPF_STX | BPF_MEM | size;
		insn.src_reg = src.nr;
		if (src.is32 && size == BPF_DW)
			fail(r, "8 bytes take a whole register (r%u)", src.nr);
	} else {
		insn.code = BPF_ST | BPF_MEM | size;
		insn.imm = take_imm(r, size == BPF_DW);
	}
	emit(r, insn);
}

static u8 check_atomic_size(struct reader *r, u8 size)
{
	if (size != BPF_W && size != BPF_DW)
		fail(r, "atomics are 32 or 64 bits wide");
	return size;
}

/* "lock *(u64 *)(r1 + 0) += r2"; "lock *" is read. */
static void c_lock(struct reader *r)
{
	static const struct {
		const char *text;
		u8 op;
	} ops[] = { { "+=", BPF_ADD },
		    { "&=", BPF_AND },
		    { "|=", BPF_OR },
		    { "^=", BPF_XOR } };
	struct bpf_insn insn = { 0 };
	bool is_signed;
	s16 off = 0;
	size_t i;

	insn.code = BPF_STX | BPF_ATOMIC |
		    check_atomic_size(r, take_cast(r, &is_signed));
	insn.dst_reg = take_place(r, &off);
	insn.off = off;
	for (i = 0; i < ARRAY_SIZE(ops); i++)
		if (accept(r, ops[i].text))
			break;
	if (i == ARRAY_SIZE(ops))
		fail(r, "+=, &=, |= or ^= expected");
	else
		insn.imm = ops[i].op;
	insn.src_reg = take_reg(r).nr;
	emit(r, insn);
}

/* What a fetching atomic is called: ours, the kernel's, LLVM's. */
static bool parse_fetch(struct word w, s32 *imm)
{
	static const struct {
		const char *text;
		s32 imm;
	} ops[] = { { "fetch_add", BPF_ADD | BPF_FETCH },
		    { "fetch_and", BPF_AND | BPF_FETCH },
		    { "fetch_or", BPF_OR | BPF_FETCH },
		    { "fetch_xor", BPF_XOR | BPF_FETCH },
		    { "xchg", BPF_XCHG },
		    { "cmpxchg", BPF_CMPXCHG } };
	static const char *const prefixes[] = { "atomic_", "atomic64_", "" };
	static const char *const suffixes[] = { "", "_64", "32_32" };
	char name[32];
	size_t p, o, s;

	for (p = 0; p < ARRAY_SIZE(prefixes); p++) {
		for (o = 0; o < ARRAY_SIZE(ops); o++) {
			for (s = 0; s < ARRAY_SIZE(suffixes); s++) {
				snprintf(name, sizeof(name), "%s%s%s",
					 prefixes[p], ops[o].text, suffixes[s]);
				if (!word_is(w, name))
					continue;
				*imm = ops[o].imm;
				return true;
			}
		}
	}
	return false;
}

/* "((u64 *)(r1 + 0), r2)", or LLVM's "(r1 + 0, r2)"; cmpxchg has r0 between. */
static void c_fetch(struct reader *r, struct reg dst, s32 op)
{
	struct bpf_insn insn = { .imm = op };
	u8 size = dst.is32 ? BPF_W : BPF_DW;
	bool is_signed;
	struct reg src;
	s16 off = 0;

	expect(r, "(");
	if (accept(r, "(")) {
		r->at--;
		size = check_atomic_size(r, take_cast(r, &is_signed));
		insn.dst_reg = take_place(r, &off);
	} else {
		insn.dst_reg = take_sum(r, &off);
	}
	insn.off = off;
	insn.code = BPF_STX | BPF_ATOMIC | size;
	expect(r, ",");
	src = take_reg(r);
	if (op == BPF_CMPXCHG) {
		if (src.nr != 0 || dst.nr != 0)
			fail(r, "cmpxchg is r0 = ..(.., r0, src)");
		expect(r, ",");
		src = take_reg(r);
	} else if (src.nr != dst.nr) {
		fail(r, "the result goes to the operand: r%u", src.nr);
	}
	insn.src_reg = src.nr;
	expect(r, ")");
	emit(r, insn);
}

/* Emit a 16-byte constant. */
static void emit_imm64(struct reader *r, u8 dst, u8 src, u64 value)
{
	emit(r, (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
				   .dst_reg = dst,
				   .src_reg = src,
				   .imm = (s32)value });
	emit(r, (struct bpf_insn){ .imm = (s32)(value >> 32) });
}

/* The index of the map whose name comes next. */
static u32 take_map_name(struct reader *r)
{
	struct word w = take_name(r);
	u32 i;

	for (i = 0; i < r->opts->nr_maps; i++)
		if (word_is(w, r->opts->maps[i]))
			return i;
	r->at = w.s;
	if (w.len)
		fail(r, "no map '%.*s'", (int)w.len, w.s);
	else
		fail(r, "name of a map, fd: or idx: expected");
	return 0;
}

/* Does "fd:" or the like come next? If so, consume it. */
static bool accept_prefix(struct reader *r, const char *name)
{
	const char *start = r->at;

	if (accept_name(r, name) && accept(r, ":"))
		return true;
	r->at = start;
	return false;
}

/* "[fd:3]", "[idx:3]", each also with "[0]+off"; "[name]"; map is read. */
static void c_map(struct reader *r, struct reg dst)
{
	u64 low, high = 0;
	u8 src = 5;

	expect(r, "[");
	if (accept_prefix(r, "fd")) {
		src = 1;
		low = take_digits(r);
	} else if (accept_prefix(r, "idx")) {
		low = take_digits(r);
	} else {
		low = take_map_name(r);
	}
	expect(r, "]");
	if (accept(r, "[")) {
		src++;
		take_digits(r);
		expect(r, "]");
		expect(r, "+");
		high = take_digits(r);
	}
	emit_imm64(r, dst.nr, src, (u32)low | high << 32);
}

/* "[name + 8]": a place in an array's first value; value is read. */
static void c_map_value(struct reader *r, struct reg dst)
{
	u64 off = 0;
	u32 map;

	expect(r, "[");
	map = take_map_name(r);
	if (accept(r, "+"))
		off = take_digits(r);
	expect(r, "]");
	emit_imm64(r, dst.nr, 6, map | off << 32);
}

/* The number of the parameter with that name, or of all. */
static u32 find_param(const struct weir_text_params *params, struct word w)
{
	u32 i;

	for (i = 0; i < params->nr; i++)
		if (word_is(w, params->def[i].name))
			break;
	return i;
}

/* "[name]", "[8]": a live parameter's address, or its place; param is read. */
static void c_param(struct reader *r, struct reg dst)
{
	const struct weir_text_params *params = r->opts->params;
	struct word w;
	u64 off = 0;
	u32 i;

	expect(r, "[");
	w = take_name(r);
	if (!w.len) {
		off = take_digits(r);
	} else {
		i = params ? find_param(params, w) : 0;
		if (!params || i == params->nr) {
			r->at = w.s;
			fail(r, "no parameter '%.*s'", (int)w.len, w.s);
		} else {
			off = params->def[i].off;
		}
	}
	expect(r, "]");
	emit_imm64(r, dst.nr, WEIR_PSEUDO_PARAM, (u32)off);
}

/* "NAME SIZE MIN..MAX = VALUE"; param is read. Signed if MIN is. */
static void declare_param(struct reader *r)
{
	struct weir_text_params *params = r->opts->params;
	struct weir_param_def def = { 0 };
	struct word w = take_name(r);
	bool negative;

	if (!params || params->nr == WEIR_MAX_PARAMS) {
		fail(r, params ? "too many parameters"
			       : "parameters cannot be declared here");
		return;
	}
	if (!w.len || w.len >= sizeof(def.name)) {
		fail(r, "name of a parameter expected");
		return;
	}
	memcpy(def.name, w.s, w.len);
	def.size = (u32)take_digits(r);
	def.min = take_number(r, &negative);
	def.flags = negative ? WEIR_PARAM_SIGNED : 0;
	expect(r, "..");
	def.max = take_number(r, &negative);
	expect(r, "=");
	def.value = take_number(r, &negative);
	if (def.size != 1 && def.size != 2 && def.size != 4 && def.size != 8)
		fail(r, "a parameter has 1, 2, 4 or 8 bytes");
	if (r->failed)
		return;
	def.off = (params->bytes + def.size - 1) & ~(def.size - 1);
	params->bytes = def.off + def.size;
	params->def[params->nr++] = def;
}

/* "&label": a function of this program; the sign is read. */
static void c_function(struct reader *r, struct reg dst)
{
	emit_jump(r, (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					.dst_reg = dst.nr,
					.src_reg = 4 });
	emit(r, (struct bpf_insn){ 0 });
}

/* "[label]"; subprog is read. */
static void c_subprog(struct reader *r, struct reg dst)
{
	expect(r, "[");
	c_function(r, dst);
	expect(r, "]");
}

/* "be16", "le32", "bswap64": the opcode and the width, or false. */
static bool parse_swap(struct word w, u8 *code, s32 *width)
{
	static const struct {
		const char *text;
		u8 code;
	} swaps[] = { { "be", BPF_ALU | BPF_END | BPF_TO_BE },
		      { "le", BPF_ALU | BPF_END | BPF_TO_LE },
		      { "bswap", BPF_ALU64 | BPF_END },
		      { "swap", BPF_ALU64 | BPF_END } };
	static const s32 widths[] = { 16, 32, 64 };
	char name[32];
	size_t i, k;

	for (i = 0; i < ARRAY_SIZE(swaps); i++) {
		for (k = 0; k < ARRAY_SIZE(widths); k++) {
			snprintf(name, sizeof(name), "%s%d", swaps[i].text,
				 widths[k]);
			if (!word_is(w, name))
				continue;
			*code = swaps[i].code;
			*width = widths[k];
			return true;
		}
	}
	return false;
}

static void c_assign_number(struct reader *r, struct reg dst)
{
	const char *start = r->at;
	bool negative;
	u64 value = take_number(r, &negative);

	if (accept_name(r, "ll")) {
		if (dst.is32)
			fail(r, "64 bits take a whole register (r%u)", dst.nr);
		emit_imm64(r, dst.nr, 0, value);
		return;
	}
	r->at = start;
	emit(r, (struct bpf_insn){ .code = (dst.is32 ? BPF_ALU : BPF_ALU64) |
					   BPF_MOV,
				   .dst_reg = dst.nr,
				   .imm = take_imm(r, !dst.is32) });
}

/* Both registers of an operation are whole or both are halves. */
static void check_widths(struct reader *r, struct reg a, struct reg b)
{
	if (a.is32 != b.is32)
		fail(r, "%c%u and %c%u are of different widths",
		     a.is32 ? 'w' : 'r', a.nr, b.is32 ? 'w' : 'r', b.nr);
}

/* dst = "(s8)r2"; the parenthesis is read. */
static void c_extend(struct reader *r, struct reg dst)
{
	struct word w = take_name(r);
	struct reg src;
	bool is_signed;
	s16 bits = 0;
	u8 size;

	if (parse_type(w, &size, &is_signed) && is_signed && size != BPF_DW)
		bits = (s16)(size == BPF_B ? 8 : size == BPF_H ? 16 : 32);
	else
		fail(r, "(s8), (s16) or (s32) expected");
	expect(r, ")");
	src = take_reg(r);
	/* LLVM writes the source as the half that it is. */
	if (dst.is32 && !src.is32)
		check_widths(r, dst, src);
	emit(r, (struct bpf_insn){ .code = (dst.is32 ? BPF_ALU : BPF_ALU64) |
					   BPF_MOV | BPF_X,
				   .dst_reg = dst.nr,
				   .src_reg = src.nr,
				   .off = bits });
}

/* "-r0", or a negative number */
static void c_negate(struct reader *r, struct reg dst)
{
	struct reg src;

	if (next_is_number(r)) {
		c_assign_number(r, dst);
		return;
	}
	expect(r, "-");
	src = take_reg(r);
	check_widths(r, dst, src);
	if (src.nr != dst.nr)
		fail(r, "only r%u = -r%u can be negated", dst.nr, dst.nr);
	emit(r, (struct bpf_insn){ .code = (dst.is32 ? BPF_ALU : BPF_ALU64) |
					   BPF_NEG,
				   .dst_reg = dst.nr });
}

/* dst = a word and more: a register, a swap, a map, an atomic. */
static void c_assign_word(struct reader *r, struct reg dst)
{
	struct bpf_insn insn = { .dst_reg = dst.nr };
	struct word w = take_name(r);
	struct reg src;
	s32 imm;
	u8 code;

	if (parse_reg(w, &src)) {
		check_widths(r, dst, src);
		insn.code = (dst.is32 ? BPF_ALU : BPF_ALU64) | BPF_MOV | BPF_X;
		insn.src_reg = src.nr;
		emit(r, insn);
	} else if (parse_swap(w, &code, &imm)) {
		src = take_reg(r);
		if (src.nr != dst.nr)
			fail(r, "only r%u = .. r%u can be swapped", dst.nr,
			     dst.nr);
		insn.code = code;
		insn.imm = imm;
		emit(r, insn);
	} else if (word_is(w, "map")) {
		c_map(r, dst);
	} else if (word_is(w, "value")) {
		c_map_value(r, dst);
	} else if (word_is(w, "param")) {
		c_param(r, dst);
	} else if (word_is(w, "subprog")) {
		c_subprog(r, dst);
	} else if (parse_fetch(w, &imm)) {
		c_fetch(r, dst, imm);
	} else {
		r->at = w.s;
		fail(r, "register, number, load or atomic expected");
	}
}

static void c_assign(struct reader *r, struct reg dst)
{
	skip_blanks(r);
	if (accept(r, "*"))
		c_load(r, dst);
	else if (accept(r, "("))
		c_extend(r, dst);
	else if (accept(r, "&"))
		c_function(r, dst);
	else if (r->at < r->end && *r->at == '-')
		c_negate(r, dst);
	else if (next_is_number(r))
		c_assign_number(r, dst);
	else
		c_assign_word(r, dst);
}

static void c_update(struct reader *r, struct reg dst)
{
	struct bpf_insn insn = { .dst_reg = dst.nr };
	struct reg src;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(alu_ops); i++)
		if (accept(r, alu_ops[i].text))
			break;
	if (i == ARRAY_SIZE(alu_ops)) {
		fail(r, "= or an operator like += expected");
		return;
	}
	insn.code = (dst.is32 ? BPF_ALU : BPF_ALU64) | alu_ops[i].op;
	insn.off = alu_ops[i].off;
	if (accept_reg(r, &src)) {
		check_widths(r, dst, src);
		insn.code |= BPF_X;
		insn.src_reg = src.nr;
	} else {
		insn.imm = take_imm(r, !dst.is32);
	}
	emit(r, insn);
}

/* A line that starts with a register. */
static void c_register(struct reader *r, struct reg dst)
{
	skip_blanks(r);
	if (accept(r, "="))
		c_assign(r, dst);
	else
		c_update(r, dst);
}

static void c_if(struct reader *r)
{
	struct reg dst = take_reg(r), src;
	struct bpf_insn insn = { .dst_reg = dst.nr };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(jump_ops); i++)
		if (accept(r, jump_ops[i].text))
			break;
	if (i == ARRAY_SIZE(jump_ops)) {
		fail(r, "comparison expected");
		return;
	}
	insn.code = (dst.is32 ? BPF_JMP32 : BPF_JMP) | jump_ops[i].op;
	if (accept_reg(r, &src)) {
		check_widths(r, dst, src);
		insn.code |= BPF_X;
		insn.src_reg = src.nr;
	} else {
		insn.imm = take_imm(r, !dst.is32);
	}
	if (!accept_name(r, "goto"))
		fail(r, "goto expected");
	emit_jump(r, insn);
}

/*
 * Calls, in both forms
 */

static void call_number(struct reader *r, u8 src)
{
	emit(r, (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
				   .src_reg = src,
				   .imm = take_imm(r, false) });
}

static void call_local(struct reader *r)
{
	emit_jump(r, (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
					.src_reg = BPF_PSEUDO_CALL });
}

/* Through a register: no kernel takes it, but the refusal is the loader's. */
static void call_register(struct reader *r, struct reg reg)
{
	emit(r, (struct bpf_insn){ .code = BPF_JMP | BPF_CALL | BPF_X,
				   .dst_reg = reg.nr });
}

static void do_call(struct reader *r)
{
	struct reg reg;

	skip_blanks(r);
	if (accept_name(r, "local")) {
		call_local(r);
	} else if (accept_name(r, "helper")) {
		call_number(r, 0);
	} else if (accept_name(r, "runtime")) {
		call_number(r, 2);
	} else if (accept_name(r, "kernel")) {
		expect(r, "#");
		call_number(r, 2);
	} else if (accept_reg(r, &reg)) {
		call_register(r, reg);
	} else if (r->at < r->end && isdigit((unsigned char)*r->at)) {
		call_number(r, 0);
	} else if (word_is(peek_name(r), "pc") || next_is_number(r)) {
		call_local(r);
	} else {
		/* A label or a helper: resolve() knows. */
		emit_jump(r, (struct bpf_insn){ .code = BPF_JMP | BPF_CALL });
		if (accept(r, "#"))
			take_digits(r);
	}
}

/*
 * The form of plain assemblers
 */

/* "[%r1+4]" */
static u8 take_bracket(struct reader *r, s16 *off)
{
	u8 reg;

	expect(r, "[");
	reg = take_sum(r, off);
	expect(r, "]");
	return reg;
}

/* The row of a mnemonic; with two of one name, `by_reg` picks. */
static int find_mnemonic(struct word w, bool by_reg)
{
	int code, found = -1;

	for (code = 0; code < 256; code++) {
		const struct weir_insn_row *row = weir_insn_row((u8)code);
		bool has_src;

		if (row->form == WEIR_INSN_NONE || !word_is(w, row->mnemonic))
			continue;
		has_src = row->fields & WEIR_FIELD_SRC;
		if (found < 0 || has_src == by_reg)
			found = code;
	}
	return found;
}

/* Is the second operand of what is left of the line a register? */
static bool second_is_reg(struct reader *r)
{
	const char *start = r->at;
	struct reg reg;
	bool found;

	found = accept_reg(r, &reg) && accept(r, ",") && accept_reg(r, &reg);
	r->at = start;
	return found;
}

static void plain_operands(struct reader *r, struct bpf_insn insn)
{
	const struct weir_insn_row *row = weir_insn_row(insn.code);
	bool negative;
	s16 off = 0;
	u64 value;

	switch (row->form) {
	case WEIR_INSN_NEG:
	case WEIR_INSN_END:
		insn.dst_reg = take_reg(r).nr;
		break;
	case WEIR_INSN_ALU_X:
	case WEIR_INSN_DIV_X:
	case WEIR_INSN_MOV_X:
	case WEIR_INSN_JUMP_X:
		insn.dst_reg = take_reg(r).nr;
		expect(r, ",");
		insn.src_reg = take_reg(r).nr;
		break;
	case WEIR_INSN_ALU_K:
	case WEIR_INSN_SHIFT_K:
	case WEIR_INSN_DIV_K:
	case WEIR_INSN_JUMP_K:
		insn.dst_reg = take_reg(r).nr;
		expect(r, ",");
		insn.imm = take_imm(r, false);
		break;
	case WEIR_INSN_LDX:
		insn.dst_reg = take_reg(r).nr;
		expect(r, ",");
		insn.src_reg = take_bracket(r, &off);
		break;
	case WEIR_INSN_ST:
		insn.dst_reg = take_bracket(r, &off);
		expect(r, ",");
		insn.imm = take_imm(r, false);
		break;
	case WEIR_INSN_STX:
	case WEIR_INSN_ATOMIC:
		insn.dst_reg = take_bracket(r, &off);
		expect(r, ",");
		insn.src_reg = take_reg(r).nr;
		break;
	case WEIR_INSN_LD_IND:
		insn.src_reg = take_reg(r).nr;
		if (accept(r, ","))
			insn.imm = take_imm(r, false);
		break;
	case WEIR_INSN_LD_ABS:
		insn.imm = take_imm(r, false);
		break;
	case WEIR_INSN_IMM64:
		insn.dst_reg = take_reg(r).nr;
		expect(r, ",");
		value = take_number(r, &negative);
		emit_imm64(r, insn.dst_reg, 0, value);
		return;
	default: /* ja, ja32 */
		emit_jump(r, insn);
		return;
	}
	if (off)
		insn.off = off;
	if (row->form == WEIR_INSN_JUMP_K || row->form == WEIR_INSN_JUMP_X) {
		expect(r, ",");
		emit_jump(r, insn);
	} else {
		emit(r, insn);
	}
}

/* "movsx3264": extends 32 bits to 64. */
static bool parse_movsx(struct word w, u8 *code, s16 *bits)
{
	static const s16 from[] = { 8, 16, 32 };
	char name[32];
	size_t i;
	int to;

	for (i = 0; i < ARRAY_SIZE(from); i++) {
		for (to = 32; to <= 64; to += 32) {
			snprintf(name, sizeof(name), "movsx%d%d", from[i], to);
			if (!word_is(w, name))
				continue;
			*code = (to == 64 ? BPF_ALU64 : BPF_ALU) | BPF_MOV |
				BPF_X;
			*bits = from[i];
			return true;
		}
	}
	return false;
}

/* "sdiv", "smod32": the row is that of div and mod, off is 1. */
static bool is_signed_name(struct word w)
{
	return w.len > 4 - 1 && w.s[0] == 's' &&
	       (!memcmp(w.s + 1, "div", 3) || !memcmp(w.s + 1, "mod", 3));
}

static void plain(struct reader *r, struct word w)
{
	struct bpf_insn insn = { 0 };
	struct word name = w;
	int code;

	if (parse_swap(w, &insn.code, &insn.imm) ||
	    parse_movsx(w, &insn.code, &insn.off)) {
		plain_operands(r, insn);
		return;
	}
	if (w.len >= 4 && is_signed_name(w)) {
		insn.off = 1;
		name.s++;
		name.len--;
	}
	code = find_mnemonic(name, second_is_reg(r));
	if (code < 0 || weir_insn_row((u8)code)->form == WEIR_INSN_END) {
		r->at = w.s;
		fail(r, "unknown instruction '%.*s'", (int)w.len, w.s);
		return;
	}
	insn.code = (u8)code;
	plain_operands(r, insn);
}

/* "lock [fetch] add32 [%r1+0], %r2"; lock is read. */
static void plain_lock(struct reader *r)
{
	static const struct {
		const char *text;
		s32 imm;
	} ops[] = { { "add", BPF_ADD },	  { "and", BPF_AND },
		    { "or", BPF_OR },	  { "xor", BPF_XOR },
		    { "xchg", BPF_XCHG }, { "cmpxchg", BPF_CMPXCHG } };
	struct bpf_insn insn = { .code = BPF_STX | BPF_ATOMIC | BPF_DW };
	bool fetch = accept_name(r, "fetch");
	struct word w = take_name(r), op = w;
	size_t i;

	if (op.len > 2 && !memcmp(op.s + op.len - 2, "32", 2)) {
		insn.code = BPF_STX | BPF_ATOMIC | BPF_W;
		op.len -= 2;
	}
	for (i = 0; i < ARRAY_SIZE(ops); i++)
		if (word_is(op, ops[i].text))
			break;
	if (i == ARRAY_SIZE(ops)) {
		r->at = w.s;
		fail(r, "unknown atomic '%.*s'", (int)w.len, w.s);
		return;
	}
	insn.imm = ops[i].imm | (fetch ? BPF_FETCH : 0);
	plain_operands(r, insn);
}

/*
 * Lines
 */

static void instruction(struct reader *r)
{
	struct bpf_insn insn = { 0 };
	struct reg reg;
	struct word w;

	if (accept(r, "*")) {
		c_store(r);
		return;
	}
	if (accept_reg(r, &reg)) {
		c_register(r, reg);
		return;
	}
	w = take_name(r);
	if (word_is(w, "if")) {
		c_if(r);
	} else if (word_is(w, "goto")) {
		insn.code = BPF_JMP | BPF_JA;
		emit_jump(r, insn);
	} else if (word_is(w, "gotol")) {
		insn.code = BPF_JMP32 | BPF_JA;
		emit_jump(r, insn);
	} else if (word_is(w, "exit")) {
		insn.code = BPF_JMP | BPF_EXIT;
		emit(r, insn);
	} else if (word_is(w, "call") || word_is(w, "callx")) {
		do_call(r);
	} else if (word_is(w, "lock")) {
		if (accept(r, "*"))
			c_lock(r);
		else
			plain_lock(r);
	} else if (word_is(w, "param")) {
		declare_param(r);
	} else if (w.len) {
		plain(r, w);
	} else {
		fail(r, "instruction expected");
	}
}

/* Labels, and the number that a dump puts in front. True: there was one. */
static bool prefix(struct reader *r)
{
	const char *start = r->at;
	struct word w = peek_name(r);

	if (w.len) {
		r->at += w.len;
		if (accept(r, ":")) {
			add_label(r, w);
			return true;
		}
	} else if (next_is_number(r) && *r->at != '-' && *r->at != '+') {
		take_digits(r);
		if (accept(r, ":"))
			return true;
	}
	r->at = start;
	return false;
}

/* "(b7)": the opcode in a dump. */
static void skip_opcode(struct reader *r)
{
	skip_blanks(r);
	if (r->end - r->at >= 4 && r->at[0] == '(' && r->at[3] == ')' &&
	    isxdigit((unsigned char)r->at[1]) &&
	    isxdigit((unsigned char)r->at[2]))
		r->at += 4;
}

/* Where the comment starts: ';', "//", or a '#' after a blank. */
static const char *comment(const char *s, const char *end)
{
	const char *line = s;

	for (; s < end; s++) {
		if (*s == ';')
			return s;
		if (*s == '/' && s + 1 < end && s[1] == '/')
			return s;
		if (*s == '#' && (s == line || isspace((unsigned char)s[-1])))
			return s;
	}
	return end;
}

static void read_line(struct reader *r, const char *line, const char *end)
{
	r->line = r->at = line;
	r->line_nr++;
	r->end = comment(line, end);
	while (!r->failed && prefix(r))
		;
	skip_opcode(r);
	if (r->failed || at_end(r))
		return;
	instruction(r);
	/* llvm-objdump names the target behind the distance. */
	if (accept(r, "<"))
		r->at = r->end;
	if (!r->failed && !at_end(r))
		fail(r, "end of line expected");
}

int weir_text_assemble_opts(const struct weir_text_opts *opts, const char *text,
			    size_t len, struct bpf_insn **insns, u32 *nr,
			    struct weir_text_error *err)
{
	struct reader r = { .kind = opts->kind, .opts = opts, .err = err };
	const char *end = text + len, *next;
	u32 i;

	for (; text < end && !r.failed; text = next + 1) {
		next = memchr(text, '\n', (size_t)(end - text));
		if (!next)
			next = end;
		read_line(&r, text, next);
	}
	if (!r.failed)
		sort_labels(&r);
	for (i = 0; i < r.nr_fixups && !r.failed; i++)
		resolve(&r, &r.fixups[i]);
	free(r.labels);
	free(r.fixups);
	if (r.failed) {
		free(r.insns);
		return r.no_memory ? -ENOMEM : -EINVAL;
	}
	*insns = r.insns;
	*nr = r.nr;
	return 0;
}

int weir_text_assemble_kind(enum weir_kind kind, const char *text, size_t len,
			    struct bpf_insn **insns, u32 *nr,
			    struct weir_text_error *err)
{
	const struct weir_text_opts opts = { .kind = kind };

	return weir_text_assemble_opts(&opts, text, len, insns, nr, err);
}

int weir_text_assemble(const char *text, size_t len, struct bpf_insn **insns,
		       u32 *nr, struct weir_text_error *err)
{
	return weir_text_assemble_kind(WEIR_KIND_SOCKET, text, len, insns, nr,
				       err);
}
