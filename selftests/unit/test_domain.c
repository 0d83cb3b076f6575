// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The domain against the concrete sets. Abstract numbers of a few bits are
 * placed where it hurts: low, across the 31st and 32nd bit, across the sign,
 * around 0. Each operation and each comparison is tried on every pair of them
 * and compared with what it does to every number they stand for.
 */
#include <linux/types.h>
#include <linux/kernel.h>
#include "base/insn.h"
#include "selftests/harness.h"
#include "verifier/tnum.c"
#include "verifier/range.c"
#include "verifier/scalar.c"
#include "verifier/compare.c"

#define WIDTH 16 /* numbers per placement */
#define MAX_ELEMENTS 512

/* A placement: the numbers base + (i << shift). */
struct place {
	const char *name;
	u64 base;
	u32 shift;
};

static const struct place places[] = {
	{ "low", 0, 0 },
	{ "around 0", (u64)-8, 0 },
	{ "bit 31", 0x7ffffff8, 0 },
	{ "bit 32", 0xfffffff8, 0 },
	{ "bits 30 to 33", 0, 30 },
	{ "sign", 0x7ffffffffffffff8, 0 },
	{ "high", 0, 60 },
	{ "low half's sign", (u64)-0x80000008LL, 0 },
};

/* An abstract number and the numbers it stands for. */
struct element {
	struct weir_scalar abs;
	u64 x[WIDTH];
	u32 nr;
};

struct elements {
	struct element e[MAX_ELEMENTS];
	u32 nr;
};

static struct elements all[ARRAY_SIZE(places)];

static u64 seed = 88172645463325252ULL;

static u32 dice(u32 sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (u32)((seed >> 11) % sides);
}

static void add_element(struct elements *to, const struct place *p,
			struct weir_scalar abs)
{
	struct element *e = &to->e[to->nr];
	u32 i;

	e->abs = abs;
	e->nr = 0;
	for (i = 0; i < WIDTH; i++) {
		u64 x = p->base + ((u64)i << p->shift);

		if (weir_scalar_contains(&abs, x))
			e->x[e->nr++] = x;
	}
	if (!e->nr || to->nr + 1 >= MAX_ELEMENTS)
		return;
	if (!weir_scalar_reduce(&e->abs)) {
		ksft_print_msg("reduce emptied an inhabited scalar\n");
		ksft.failed++;
		return;
	}
	to->nr++;
}

/* All known-bits patterns of 4 bits, all intervals, some of both. */
static void make_elements(struct elements *to, const struct place *p)
{
	u32 v, m, lo, hi;

	for (m = 0; m < WIDTH; m++)
		for (v = 0; v < WIDTH; v++) {
			struct weir_scalar a = weir_scalar_unknown();

			if (v & m)
				continue;
			a.bits = (struct weir_tnum){ ((u64)v << p->shift) +
							     (p->base & ~7ULL),
						     (u64)m << p->shift };
			a.bits.value &= ~a.bits.mask;
			add_element(to, p, a);
		}
	for (lo = 0; lo < WIDTH; lo++)
		for (hi = lo; hi < WIDTH; hi++) {
			u64 a = p->base + ((u64)lo << p->shift);
			u64 b = p->base + ((u64)hi << p->shift);
			struct weir_scalar s = weir_scalar_unknown();

			if (a <= b) {
				weir_range_meet_u64(&s.range, a, b);
				add_element(to, p, s);
			} else if ((s64)a <= (s64)b) {
				weir_range_meet_s64(&s.range, (s64)a, (s64)b);
				add_element(to, p, s);
			}
			if ((u32)a > (u32)b || dice(6))
				continue;
			s = weir_scalar_unknown();
			weir_range_meet_u32(&s.range, (u32)a, (u32)b);
			s.bits.mask &= ~(u64)dice(4);
			add_element(to, p, s);
		}
}

/* What the machine does. */

static u64 shift_machine(u8 op, bool is64, u64 x, u64 y)
{
	u32 n = (u32)y & (is64 ? 63 : 31);

	switch (op) {
	case BPF_LSH:
		return is64 ? x << n : (u32)x << n;
	case BPF_RSH:
		return is64 ? x >> n : (u32)x >> n;
	default:
		return is64 ? (u64)((s64)x >> n) : (u32)((s32)x >> n);
	}
}

static u64 sdivide(bool mod, bool is64, u64 x, u64 y)
{
	s64 a = is64 ? (s64)x : (s32)x, b = is64 ? (s64)y : (s32)y;

	if (!b)
		return mod ? (u64)a : 0;
	if (b == -1)
		return mod ? 0 : -(u64)a;
	return (u64)(mod ? a % b : a / b);
}

static u64 machine(u8 op, bool is64, u32 sx, u64 x, u64 y)
{
	u64 a = is64 ? x : (u32)x, b = is64 ? y : (u32)y, r;

	switch (op) {
	case BPF_ADD:
		r = a + b;
		break;
	case BPF_SUB:
		r = a - b;
		break;
	case BPF_MUL:
		r = a * b;
		break;
	case BPF_AND:
		r = a & b;
		break;
	case BPF_OR:
		r = a | b;
		break;
	case BPF_XOR:
		r = a ^ b;
		break;
	case BPF_NEG:
		r = -a;
		break;
	case BPF_DIV:
		r = sx ? sdivide(false, is64, x, y) : b ? a / b : 0;
		break;
	case BPF_MOD:
		r = sx ? sdivide(true, is64, x, y) : b ? a % b : a;
		break;
	case BPF_MOV:
		r = sx == 8    ? (u64)(s8)b
		    : sx == 16 ? (u64)(s16)b
		    : sx == 32 ? (u64)(s32)b
			       : b;
		break;
	default:
		r = shift_machine(op, is64, x, y);
	}
	return is64 ? r : (u32)r;
}

static bool holds(u8 op, bool is64, u64 x, u64 y)
{
	u64 a = is64 ? x : (u32)x, b = is64 ? y : (u32)y;
	s64 s = is64 ? (s64)x : (s32)x, t = is64 ? (s64)y : (s32)y;

	switch (op) {
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
		return s > t;
	case BPF_JSGE:
		return s >= t;
	case BPF_JSLT:
		return s < t;
	case BPF_JSLE:
		return s <= t;
	default:
		return a & b;
	}
}

static void show(const char *what, const struct weir_scalar *a)
{
	ksft_print_msg(
		"%s: bits %llx/%llx u [%llx,%llx] s [%lld,%lld] u32 [%x,%x] s32 [%d,%d]\n",
		what, (unsigned long long)a->bits.value,
		(unsigned long long)a->bits.mask,
		(unsigned long long)a->range.umin,
		(unsigned long long)a->range.umax, (long long)a->range.smin,
		(long long)a->range.smax, a->range.umin32, a->range.umax32,
		a->range.smin32, a->range.smax32);
}

static bool is_reduced(const struct weir_scalar *a)
{
	struct weir_scalar b = *a;

	return weir_scalar_reduce(&b) && weir_scalar_equal(a, &b);
}

struct op {
	const char *name;
	u8 op;
	u32 sx;
};

static const struct op ops[] = {
	{ "add", BPF_ADD, 0 },	    { "sub", BPF_SUB, 0 },
	{ "mul", BPF_MUL, 0 },	    { "div", BPF_DIV, 0 },
	{ "mod", BPF_MOD, 0 },	    { "sdiv", BPF_DIV, 1 },
	{ "smod", BPF_MOD, 1 },	    { "and", BPF_AND, 0 },
	{ "or", BPF_OR, 0 },	    { "xor", BPF_XOR, 0 },
	{ "lsh", BPF_LSH, 0 },	    { "rsh", BPF_RSH, 0 },
	{ "arsh", BPF_ARSH, 0 },    { "neg", BPF_NEG, 0 },
	{ "mov", BPF_MOV, 0 },	    { "movsx8", BPF_MOV, 8 },
	{ "movsx16", BPF_MOV, 16 }, { "movsx32", BPF_MOV, 32 },
};

/* One pair, one operation: sound, reduced, exact on constants. */
static bool try_op(const struct op *o, bool is64, const struct element *a,
		   const struct element *b)
{
	struct weir_scalar r =
		weir_scalar_alu(o->op, is64, o->sx, &a->abs, &b->abs);
	u32 i, k;

	for (i = 0; i < a->nr; i++)
		for (k = 0; k < b->nr; k++) {
			u64 z = machine(o->op, is64, o->sx, a->x[i], b->x[k]);

			if (weir_scalar_contains(&r, z))
				continue;
			ksft_print_msg("%s%d %llx, %llx = %llx\n", o->name,
				       is64 ? 64 : 32,
				       (unsigned long long)a->x[i],
				       (unsigned long long)b->x[k],
				       (unsigned long long)z);
			show("a", &a->abs);
			show("b", &b->abs);
			show("result", &r);
			return false;
		}
	if (!is_reduced(&r)) {
		show("not reduced", &r);
		return false;
	}
	if (weir_scalar_is_const(&a->abs) && weir_scalar_is_const(&b->abs) &&
	    !weir_scalar_is_const(&r)) {
		ksft_print_msg("%s%d of constants\n", o->name, is64 ? 64 : 32);
		show("a", &a->abs);
		show("b", &b->abs);
		show("result", &r);
		return false;
	}
	return true;
}

static bool try_op_on(const struct op *o, bool is64, const struct elements *as,
		      const struct elements *bs)
{
	u32 i, k;

	for (i = 0; i < as->nr; i++)
		for (k = as == bs ? 0 : i & 1; k < bs->nr; k += 1 + (as != bs))
			if (!try_op(o, is64, &as->e[i], &bs->e[k]))
				return false;
	return true;
}

struct cmp {
	const char *name;
	u8 op;
};

static const struct cmp cmps[] = {
	{ "jeq", BPF_JEQ },   { "jne", BPF_JNE },   { "jgt", BPF_JGT },
	{ "jge", BPF_JGE },   { "jlt", BPF_JLT },   { "jle", BPF_JLE },
	{ "jsgt", BPF_JSGT }, { "jsge", BPF_JSGE }, { "jslt", BPF_JSLT },
	{ "jsle", BPF_JSLE }, { "jset", BPF_JSET },
};

static bool try_cmp(const struct cmp *c, bool is64, bool taken,
		    const struct element *a, const struct element *b)
{
	struct weir_scalar x = a->abs, y = b->abs;
	bool can = weir_scalar_assume(c->op, is64, taken, &x, &y);
	bool wrong = can && (!weir_scalar_subset(&a->abs, &x) ||
			     !weir_scalar_subset(&b->abs, &y));
	u32 i, k;

	for (i = 0; i < a->nr && !wrong; i++)
		for (k = 0; k < b->nr && !wrong; k++)
			wrong = holds(c->op, is64, a->x[i], b->x[k]) == taken &&
				(!can || !weir_scalar_contains(&x, a->x[i]) ||
				 !weir_scalar_contains(&y, b->x[k]));
	/* constants decide */
	if (!wrong && weir_scalar_is_const(&a->abs) &&
	    weir_scalar_is_const(&b->abs))
		wrong = can != (holds(c->op, is64, a->x[0], b->x[0]) == taken);
	if (!wrong)
		return true;
	ksft_print_msg("%s%d %s, can %d\n", c->name, is64 ? 64 : 32,
		       taken ? "taken" : "not taken", can);
	show("a", &a->abs);
	show("b", &b->abs);
	show("a'", &x);
	show("b'", &y);
	return false;
}

static bool try_cmp_on(const struct cmp *c, bool is64,
		       const struct elements *as, const struct elements *bs)
{
	u32 i, k;

	for (i = 0; i < as->nr; i++)
		for (k = as == bs ? 0 : i & 1; k < bs->nr; k += 1 + (as != bs))
			if (!try_cmp(c, is64, true, &as->e[i], &bs->e[k]) ||
			    !try_cmp(c, is64, false, &as->e[i], &bs->e[k]))
				return false;
	return true;
}

static bool test_reduce(const struct elements *es)
{
	u32 i, k;

	for (i = 0; i < es->nr; i++) {
		const struct element *e = &es->e[i];

		if (!is_reduced(&e->abs)) {
			show("not idempotent", &e->abs);
			return false;
		}
		for (k = 0; k < e->nr; k++)
			if (!weir_scalar_contains(&e->abs, e->x[k])) {
				show("lost a number", &e->abs);
				return false;
			}
	}
	return true;
}

static bool holds_all(const struct weir_scalar *s, const struct element *e)
{
	u32 i;

	for (i = 0; i < e->nr; i++)
		if (!weir_scalar_contains(s, e->x[i]))
			return false;
	return true;
}

static const s64 steps[] = { -1, 0, 3, 9, 10, 255, 0x7fffffff, 0x80000001LL };

static bool test_join(const struct elements *as, const struct elements *bs)
{
	u32 i, k, n;

	for (i = 0; i < as->nr; i++)
		for (k = 0; k < bs->nr; k++) {
			const struct element *a = &as->e[i], *b = &bs->e[k];
			struct weir_scalar j =
				weir_scalar_join(&a->abs, &b->abs);

			if (!weir_scalar_subset(&j, &a->abs) ||
			    !weir_scalar_subset(&j, &b->abs))
				return false;
			for (n = 0; n <= ARRAY_SIZE(steps); n += 4) {
				j = weir_scalar_widen(&a->abs, &b->abs, steps,
						      n);
				if (!holds_all(&j, a) || !holds_all(&j, b)) {
					show("a", &a->abs);
					show("b", &b->abs);
					show("widened", &j);
					return false;
				}
			}
		}
	return true;
}

/* However long new numbers come in, widening changes its mind a few times. */
static bool test_widen_ends(void)
{
	u32 round, i;

	for (round = 0; round < 2000; round++) {
		const struct elements *es = &all[dice(ARRAY_SIZE(places))];
		struct weir_scalar s = es->e[dice(es->nr)].abs;
		u32 changes = 0;

		for (i = 0; i < 400; i++) {
			struct weir_scalar w;

			es = &all[dice(ARRAY_SIZE(places))];
			w = weir_scalar_widen(&s, &es->e[dice(es->nr)].abs,
					      steps, ARRAY_SIZE(steps));
			changes += !weir_scalar_equal(&w, &s);
			s = w;
		}
		if (changes > 8 * (ARRAY_SIZE(steps) + 2) + 64)
			return false;
	}
	return true;
}

static u64 bytes_reversed(u64 x, u32 bits)
{
	return bits == 16   ? __builtin_bswap16((u16)x)
	       : bits == 32 ? __builtin_bswap32((u32)x)
			    : __builtin_bswap64(x);
}

static bool test_unary(const struct elements *es)
{
	static const u32 sizes[] = { 8, 16, 32, 64 };
	u32 i, k, n;

	for (i = 0; i < es->nr; i++)
		for (n = 0; n < 4; n++) {
			const struct element *e = &es->e[i];
			u32 bits = sizes[n];
			u64 keep = bits < 64 ? (1ULL << bits) - 1 : ~0ULL;
			struct weir_scalar swap = weir_scalar_unknown();
			struct weir_scalar zext = swap, sext = swap;

			if (bits > 8)
				swap = weir_scalar_bswap(&e->abs, bits);
			if (bits < 64) {
				zext = weir_scalar_zext(&e->abs, bits);
				sext = weir_scalar_sext(&e->abs, bits);
			}
			for (k = 0; k < e->nr; k++) {
				u64 x = e->x[k];
				u64 sx = (u64)((s64)(x << (64 - bits)) >>
					       (64 - bits));

				if ((bits > 8 &&
				     !weir_scalar_contains(
					     &swap, bytes_reversed(x, bits))) ||
				    !weir_scalar_contains(&zext, x & keep) ||
				    !weir_scalar_contains(&sext, sx)) {
					show("of", &e->abs);
					return false;
				}
			}
		}
	return true;
}

static bool test_tnum_meet(void)
{
	u32 av, am, bv, bm, x;

	for (am = 0; am < 16; am++)
		for (av = 0; av < 16; av++)
			for (bm = 0; bm < 16; bm++)
				for (bv = 0; bv < 16; bv++) {
					struct weir_tnum a = { av & ~am, am };
					struct weir_tnum b = { bv & ~bm, bm };
					struct weir_tnum m = a;
					bool any = weir_tnum_meet(&m, b);
					bool sub = true;

					for (x = 0; x < 16; x++) {
						bool in_a = weir_tnum_contains(
							a, x);
						bool in_b = weir_tnum_contains(
							b, x);

						if ((in_a && in_b) !=
						    (any &&
						     weir_tnum_contains(m, x)))
							return false;
						sub &= in_a || !in_b;
						if ((in_a || in_b) &&
						    !weir_tnum_contains(
							    weir_tnum_join(a,
									   b),
							    x))
							return false;
					}
					if (sub != weir_tnum_subset(a, b))
						return false;
				}
	return true;
}

/* Precision that programs rely on; soundness alone would allow "unknown". */
/* A number out of those that arithmetic stumbles over. */
static u64 some_end(void)
{
	static const u64 ends[] = { 0,	     1,		 3,	  U32_MAX,
				    S32_MAX, 1ULL << 31, S64_MAX, 1ULL << 63,
				    U64_MAX, 1ULL << 32, 63,	  64 };

	return dice(2) ? ends[dice(ARRAY_SIZE(ends))]
		       : (u64)dice(U32_MAX) << dice(40);
}

/* Contradictory scalars mean nothing, but states that no run is in may hold
 * them: operations must end, without doing what C does not define. That they
 * do is for the sanitizers and the CPU to see.
 */
static struct weir_scalar nonsense(void)
{
	return (struct weir_scalar){
		.bits = { some_end(), some_end() },
		.range = { .umin = some_end(),
			   .umax = some_end(),
			   .smin = (s64)some_end(),
			   .smax = (s64)some_end(),
			   .umin32 = (u32)some_end(),
			   .umax32 = (u32)some_end(),
			   .smin32 = (s32)some_end(),
			   .smax32 = (s32)some_end() },
	};
}

static void test_nonsense(void)
{
	u32 i, k, nr = 0;

	for (i = 0; i < 20000; i++) {
		for (k = 0; k < 2 * ARRAY_SIZE(ops); k++) {
			struct weir_scalar a = nonsense(), b = nonsense();

			if (dice(3) == 0)
				b = weir_scalar_const(some_end());
			weir_scalar_alu(ops[k / 2].op, k & 1, ops[k / 2].sx, &a,
					&b);
			nr++;
		}
		for (k = 0; k < 2 * ARRAY_SIZE(cmps); k++) {
			struct weir_scalar a = nonsense(), b = nonsense();

			weir_scalar_assume(cmps[k / 2].op, k & 1, i & 1, &a,
					   &b);
			nr++;
		}
	}
	ksft_test_result(nr > 0, "%u operations on nonsense end\n", nr);
}

static void test_precision(void)
{
	struct weir_scalar b = weir_scalar_bytes(1), r, k, x, y;

	k = weir_scalar_const(0x3c);
	r = weir_scalar_alu(BPF_AND, false, 0, &b, &k);
	ksft_test_result(r.range.umax == 0x3c && !(r.bits.mask & 3),
			 "a byte & 0x3c is at most 60 and a multiple of 4\n");
	k = weir_scalar_const(2);
	r = weir_scalar_alu(BPF_LSH, false, 0, &b, &k);
	ksft_test_result(r.range.umax == 1020 && r.range.umin32 == 0,
			 "a byte << 2 is at most 1020\n");
	k = weir_scalar_const((u64)-1);
	r = weir_scalar_alu(BPF_ADD, true, 0, &b, &k);
	ksft_test_result(r.range.smin == -1 && r.range.smax == 254,
			 "a byte - 1 lies in -1 to 254\n");
	r = weir_scalar_alu(BPF_ADD, false, 0, &b, &k);
	ksft_test_result(r.range.smin32 == -1 && r.range.smax32 == 254,
			 "the same in 32 bits\n");
	x = weir_scalar_unknown();
	y = weir_scalar_const(10);
	ksft_test_result(weir_scalar_assume(BPF_JLT, false, true, &x, &y) &&
				 x.range.umax32 == 9 &&
				 x.range.umax >> 32 == U32_MAX,
			 "32-bit compare teaches nothing of the upper half\n");
	x = weir_scalar_bytes(4);
	ksft_test_result(weir_scalar_assume(BPF_JSLT, false, true, &x, &y) &&
				 x.range.smax32 == 9 && x.range.umax == U32_MAX,
			 "signed 32-bit compare of a 32-bit number\n");
}

int main(void)
{
	u32 i, k;

	ksft_print_header();
	for (i = 0; i < ARRAY_SIZE(places); i++)
		make_elements(&all[i], &places[i]);
	ksft_test_result(test_tnum_meet(), "tnum: meet, join, subset\n");
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		const char *at = places[i].name;

		ksft_test_result(all[i].nr > 60, "%s: %u scalars\n", at,
				 all[i].nr);
		ksft_test_result(test_reduce(&all[i]),
				 "%s: reduce is sound and idempotent\n", at);
		ksft_test_result(test_unary(&all[i]), "%s: bswap, zext, sext\n",
				 at);
		ksft_test_result(test_join(&all[i], &all[i]) &&
					 test_join(&all[i], &all[0]),
				 "%s: join and widen hold both sides\n", at);
		for (k = 0; k < 2 * ARRAY_SIZE(ops); k++) {
			const struct op *o = &ops[k / 2];

			ksft_test_result(
				try_op_on(o, k & 1, &all[i], &all[i]) &&
					try_op_on(o, k & 1, &all[i], &all[0]),
				"%s: %s%d\n", at, o->name, k & 1 ? 64 : 32);
		}
		for (k = 0; k < 2 * ARRAY_SIZE(cmps); k++) {
			const struct cmp *c = &cmps[k / 2];

			ksft_test_result(
				try_cmp_on(c, k & 1, &all[i], &all[i]) &&
					try_cmp_on(c, k & 1, &all[i], &all[0]),
				"%s: %s%d\n", at, c->name, k & 1 ? 64 : 32);
		}
	}
	ksft_test_result(test_widen_ends(), "widening ends\n");
	test_nonsense();
	test_precision();
	return ksft_finished();
}
