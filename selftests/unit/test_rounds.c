// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How many rounds a loop can take, against loops that are walked: every small
 * number, near 0 and at both ends of 32 and 64 bits.
 */
#include <linux/types.h>
#include <linux/kernel.h>
#include "selftests/harness.h"
#include "verifier/moves.h"
#include "verifier/rounds.h"

#define MANY 64 /* rounds, after which a walk is given up */

/* How often is the head reached, if v moves by lo or hi and stays in a width? */
static u64 walk_within(u64 at, u64 least, u64 width, s64 lo, s64 hi, bool low,
		       u32 pick)
{
	u64 nr = 0;

	while (nr < MANY) {
		u64 far = low ? (u32)(at - least) : at - least;

		if (far > width)
			break;
		nr++;
		at += (u64)(pick & 1 ? lo : hi);
		pick = pick >> 1 | pick << 31;
	}
	return nr;
}

static bool within_holds(u64 least, u64 width, s64 lo, s64 hi, bool low)
{
	struct weir_move m = { .from = 0, .low = low, .lo = lo, .hi = hi };
	struct weir_width w = { .full = low ? U64_MAX : width,
				.low = low ? (u32)width : U32_MAX };
	u64 most = weir_rounds_within(m, w), x;
	u32 pick;

	for (x = 0; x <= width; x++)
		for (pick = 0; pick < 4; pick++)
			if (walk_within(least + x, least, width, lo, hi, low,
					pick * 0x55555555u) > most)
				return false;
	return true;
}

static bool test_within(bool low)
{
	static const u64 at[] = { 0, S32_MAX - 3ULL, U32_MAX - 3ULL,
				  S64_MAX - 3, U64_MAX - 3 };
	u64 width;
	s64 lo, hi;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(at); i++)
		for (width = 0; width < 9; width++)
			for (lo = -5; lo <= 5; lo++)
				for (hi = lo; hi <= 5; hi++)
					if (!within_holds(at[i], width, lo, hi,
							  low))
						return false;
	return true;
}

/* Is a way that may stand still, or turn, counted? It must not be. */
static bool test_standing(void)
{
	const struct weir_width w = { 8, 8 };
	s64 lo, hi;

	for (lo = -5; lo <= 0; lo++)
		for (hi = 0; hi <= 5; hi++) {
			const struct weir_move m = { .lo = lo, .hi = hi };

			if (weir_rounds_within(m, w) != U64_MAX)
				return false;
		}
	return true;
}

/* And what counts is no worse than it has to be. */
static bool test_exact(void)
{
	const struct weir_move up = { .lo = 2, .hi = 3 };
	const struct weir_move down = { .low = true, .lo = -4, .hi = -4 };
	const struct weir_width w = { 10, 12 };

	return weir_rounds_within(up, w) == 6 &&
	       weir_rounds_within(down, w) == 4 &&
	       weir_rounds_until(0, 0, 1, 1, 10, 30) == 30 &&
	       weir_rounds_until(0, 0, 0, 3, 9, 9) == 4 &&
	       weir_rounds_until(0, 0, 0, 3, 10, 10) == U64_MAX &&
	       weir_rounds_until(5, 9, 0, -1, 0, 0) == 10 &&
	       weir_rounds_until(0, 11, 0, 1, 10, 30) == U64_MAX;
}

/* Rounds until e + k + r * step == n, or MANY. */
static u64 walk_until(s64 e, s64 k, s64 step, s64 n)
{
	u64 v = (u64)e + (u64)k, nr = 1;

	while (v != (u64)n && nr < MANY) {
		v += (u64)step;
		nr++;
	}
	return nr;
}

static bool until_holds(s64 e_min, s64 e_max, s64 k, s64 step, s64 n_min,
			s64 n_max)
{
	u64 most = weir_rounds_until(e_min, e_max, k, step, n_min, n_max);
	s64 e, n;

	for (e = e_min; e <= e_max; e++)
		for (n = n_min; n <= n_max; n++)
			if (walk_until(e, k, step, n) > most)
				return false;
	return true;
}

static bool test_until(void)
{
	s64 e, n, k, step, i;

	for (e = -3; e <= 3; e++)
		for (n = -6; n <= 6; n++)
			for (k = -2; k <= 2; k++)
				for (step = -3; step <= 3; step++)
					for (i = 0; i < 9; i++)
						if (!until_holds(e, e + i % 3,
								 k, step, n,
								 n + i / 3))
							return false;
	return true;
}

int main(void)
{
	ksft_print_header();
	ksft_test_result(test_within(false), "rounds within a width\n");
	ksft_test_result(test_within(true),
			 "rounds within a width, low half\n");
	ksft_test_result(test_standing(),
			 "what may stand still counts nothing\n");
	ksft_test_result(test_exact(), "no more rounds than there can be\n");
	ksft_test_result(test_until(), "rounds until two numbers are equal\n");
	return ksft_finished();
}
