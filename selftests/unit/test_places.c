// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Exit maps: what goes in comes out, in any mixture, and how long that is. That
 * the values are the interpreter's at the same guard is for test_jit_run, the cases
 * and the fuzzer to find out.
 */
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/host.h"
#include "base/run.h"
#include "jit/places.h"
#include "selftests/harness.h"

#define GUARDS 5000

static u64 seed = 1;

static u32 rnd(u32 below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (u32)(seed >> 33) % below;
}

static u64 constant(void)
{
	u64 value = (u64)rnd(U32_MAX) << 32 | rnd(U32_MAX);

	switch (rnd(6)) {
	case 0:
		return 0;
	case 1:
		return U64_MAX;
	case 2:
		return 1ULL << 63;
	default:
		return value >> rnd(64);
	}
}

static struct weir_place any_place(const struct weir_places *p)
{
	struct weir_place place = {
		.kind = (u8)(WEIR_PLACE_HOLE +
			     rnd(WEIR_NR_PLACE_KINDS - WEIR_PLACE_HOLE)),
	};

	switch (place.kind) {
	case WEIR_PLACE_REG:
	case WEIR_PLACE_LOW:
		place.from = (u8)rnd(10);
		place.home = p->home[place.from];
		break;
	case WEIR_PLACE_RUN:
		place.from = (u8)rnd(3);
		break;
	case WEIR_PLACE_CONST:
		place.value = constant();
		break;
	}
	return place;
}

static bool same(const struct weir_place *a, const struct weir_place *b)
{
	for (u32 i = 0; i < WEIR_NR_REGS; i++)
		if (a[i].kind != b[i].kind || a[i].from != b[i].from ||
		    a[i].value != b[i].value ||
		    memcmp(&a[i].home, &b[i].home, sizeof(a[i].home)))
			return false;
	return true;
}

static u64 expected(const struct weir_place *place, const struct weir_run *run,
		    const u64 *stored)
{
	switch (place->kind) {
	case WEIR_PLACE_REG:
		return stored[place->from];
	case WEIR_PLACE_LOW:
		return (u32)stored[place->from];
	case WEIR_PLACE_RUN:
		return place->from == WEIR_PLACE_OF_RUN	   ? (u64)(uintptr_t)run
		       : place->from == WEIR_PLACE_OF_DATA ? run->data
							   : run->linear_len;
	case WEIR_PLACE_CONST:
		return place->value;
	default:
		return 0;
	}
}

static bool values_agree(const struct weir_places *p, u32 guard,
			 const struct weir_place *place)
{
	static struct weir_run run;
	u64 stored[WEIR_NR_REGS];

	run.data = 0x1234;
	run.linear_len = 77;
	for (u32 i = 0; i < WEIR_NR_REGS; i++)
		run.exit.regs[i] = stored[i] = constant();
	weir_places_values(p, guard, &run);
	for (u32 i = 0; i < WEIR_NR_REGS; i++)
		if (run.exit.regs[i] != expected(&place[i], &run, stored))
			return false;
	return true;
}

static struct weir_place maps[GUARDS][WEIR_NR_REGS];

static void test_round_trip(void)
{
	struct weir_places p = { 0 };
	bool places = true, values = true;
	u64 bytes = 0;

	p.start = weir_host_alloc(DIV_ROUND_UP(GUARDS, WEIR_GUARDS_PER_START) *
				  sizeof(u32));
	for (u32 i = 0; i < WEIR_NR_REGS; i++)
		p.home[i] = (struct weir_home){ (u8)(i * 3), (u8)(0x80 + i) };
	for (u32 g = 0; g < GUARDS; g++) {
		for (u32 i = 0; i < 10; i++)
			maps[g][i] = any_place(&p);
		maps[g][10] = (struct weir_place){ .kind = WEIR_PLACE_HOLE };
		if (!weir_places_add(&p, g, maps[g]))
			ksft_exit_fail_msg("out of memory\n");
	}
	for (u32 g = 0; g < GUARDS; g++) {
		struct weir_place out[WEIR_NR_REGS];

		weir_places_of(&p, g, out);
		places &= same(out, maps[g]);
		values &= values_agree(&p, g, maps[g]);
		bytes += weir_places_bytes(&p, g);
	}
	ksft_test_result(places, "%u maps: places come back\n", GUARDS);
	ksft_test_result(values, "%u maps: values come back\n", GUARDS);
	ksft_test_result(bytes == p.nr_bytes, "nothing lies between maps\n");
	weir_places_free(&p);
}

/* Of @nr live registers behind each other, from R@first on. */
static u32 bytes_of(u32 first, u32 nr)
{
	struct weir_place place[WEIR_NR_REGS];
	struct weir_places p = { 0 };
	u32 bytes;

	p.start = weir_host_alloc(sizeof(u32));
	for (u32 i = 0; i < WEIR_NR_REGS; i++)
		place[i] = (struct weir_place){
			.kind = i >= first && i < first + nr ? WEIR_PLACE_REG
							     : WEIR_PLACE_HOLE,
			.from = (u8)i,
		};
	if (!weir_places_add(&p, 0, place))
		ksft_exit_fail_msg("out of memory\n");
	bytes = weir_places_bytes(&p, 0);
	weir_places_free(&p);
	return bytes;
}

static void test_sizes(void)
{
	ksft_test_result(bytes_of(0, 0) == 1, "nothing is live: 1 byte\n");
	ksft_test_result(bytes_of(1, 1) == 3, "R1 is live: 3 bytes\n");
	ksft_test_result(bytes_of(6, 4) == 5, "R6 to R9 are live: 5 bytes\n");
	ksft_test_result(bytes_of(0, 10) == 10, "all are live: 10 bytes\n");
}

int main(void)
{
	ksft_print_header();
	test_round_trip();
	test_sizes();
	return ksft_finished();
}
