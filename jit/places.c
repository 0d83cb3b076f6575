// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Exit maps: written once, read by one decoder. */
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include "base/host.h"
#include "base/run.h"
#include "jit/grow.h"
#include "jit/places.h"

#define NR_TOLD 10u /* R0 to R9: R10 is an address of ours */
#define KIND_BITS 3
#define MAX_ENTRY 12 /* bytes: a head and a constant */

/*
 * Writing
 */

static u8 *put_varint(u8 *at, u64 value)
{
	for (; value > 0x7f; value >>= 7)
		*at++ = (u8)(value | 0x80);
	*at++ = (u8)value;
	return at;
}

static u8 *put_head(u8 *at, enum weir_place_kind kind, u32 argument)
{
	return put_varint(at, (u64)argument << KIND_BITS | kind);
}

/* Small numbers of both signs are short. */
static u64 zigzag(u64 value)
{
	return value << 1 ^ (value >> 63 ? U64_MAX : 0);
}

static u64 unzigzag(u64 value)
{
	return value >> 1 ^ (value & 1 ? U64_MAX : 0);
}

/* One entry, and what it is about. Return: the next register. */
static u32 put_entry(u8 **at, const struct weir_place *place, u32 reg)
{
	u32 first = reg;

	if (place[reg].kind == WEIR_PLACE_HOLE) {
		while (reg < NR_TOLD && place[reg].kind == WEIR_PLACE_HOLE)
			reg++;
		if (reg == NR_TOLD)
			*at = put_head(*at, WEIR_PLACE_STOP, 0);
		else
			*at = put_head(*at, WEIR_PLACE_HOLE, reg - first - 1);
		return reg;
	}
	*at = put_head(*at, place[reg].kind, place[reg].from);
	if (place[reg].kind == WEIR_PLACE_CONST)
		*at = put_varint(*at, zigzag(place[reg].value));
	return reg + 1;
}

bool weir_places_add(struct weir_places *p, u32 guard,
		     const struct weir_place place[WEIR_NR_REGS])
{
	u32 reg = 0;
	u8 *bytes, *at;

	bytes = weir_grow(p->bytes, &p->cap_bytes,
			  p->nr_bytes + NR_TOLD * MAX_ENTRY, 1);
	if (!bytes)
		return false;
	p->bytes = bytes;
	if (guard % WEIR_GUARDS_PER_START == 0)
		p->start[guard / WEIR_GUARDS_PER_START] = p->nr_bytes;
	at = bytes + p->nr_bytes;
	while (reg < NR_TOLD)
		reg = put_entry(&at, place, reg);
	p->nr_bytes = (u32)(at - bytes);
	return true;
}

void weir_places_free(struct weir_places *p)
{
	weir_host_free(p->start);
	weir_host_free(p->bytes);
	p->start = NULL;
	p->bytes = NULL;
}

/*
 * Reading
 */

static u64 get_varint(const u8 **at)
{
	u64 value = 0;
	u32 shift = 0;

	do {
		value |= (u64)(**at & 0x7f) << shift;
		shift += 7;
	} while (*(*at)++ & 0x80 && shift < 64);
	return value;
}

/* Decode one map. Return: where the next one begins. */
static const u8 *walk_one(const struct weir_places *p, const u8 *at,
			  weir_places_sink sink, void *to)
{
	struct weir_place place;
	u32 reg = 0;
	u64 head;

	while (reg < NR_TOLD) {
		head = get_varint(&at);
		place = (struct weir_place){
			.kind = head & ((1u << KIND_BITS) - 1),
			.from = (u8)(head >> KIND_BITS),
		};
		if (place.kind == WEIR_PLACE_STOP)
			break;
		if (place.kind == WEIR_PLACE_HOLE) {
			reg += place.from + 1u;
			continue;
		}
		if (place.kind == WEIR_PLACE_CONST)
			place.value = unzigzag(get_varint(&at));
		else if (place.kind != WEIR_PLACE_RUN)
			place.home = p->home[place.from];
		if (sink)
			sink(to, reg, &place);
		reg++;
	}
	return at;
}

static const u8 *find(const struct weir_places *p, u32 guard)
{
	const u8 *at = p->bytes + p->start[guard / WEIR_GUARDS_PER_START];

	for (guard %= WEIR_GUARDS_PER_START; guard; guard--)
		at = walk_one(p, at, NULL, NULL);
	return at;
}

void weir_places_walk(const struct weir_places *p, u32 guard,
		      weir_places_sink sink, void *to)
{
	walk_one(p, find(p, guard), sink, to);
}

u32 weir_places_bytes(const struct weir_places *p, u32 guard)
{
	const u8 *at = find(p, guard);

	return (u32)(walk_one(p, at, NULL, NULL) - at);
}

/*
 * The two sinks
 */

static void take_place(void *to, u32 reg, const struct weir_place *place)
{
	((struct weir_place *)to)[reg] = *place;
}

void weir_places_of(const struct weir_places *p, u32 guard,
		    struct weir_place out[WEIR_NR_REGS])
{
	u32 i;

	for (i = 0; i < WEIR_NR_REGS; i++)
		out[i] = (struct weir_place){ .kind = WEIR_PLACE_HOLE };
	weir_places_walk(p, guard, take_place, out);
}

/* The registers as code stored them, and where they go. */
struct values {
	const struct weir_run *run;
	const u64 *stored;
	u64 *regs;
};

static u64 run_value(const struct weir_run *run, u8 which)
{
	switch (which) {
	case WEIR_PLACE_OF_RUN:
		return (u64)(unsigned long)run;
	case WEIR_PLACE_OF_DATA:
		return run->data;
	default:
		return run->linear_len;
	}
}

static void take_value(void *to, u32 reg, const struct weir_place *place)
{
	const struct values *v = to;

	switch (place->kind) {
	case WEIR_PLACE_REG:
		v->regs[reg] = v->stored[place->from];
		break;
	case WEIR_PLACE_LOW:
		v->regs[reg] = (u32)v->stored[place->from];
		break;
	case WEIR_PLACE_RUN:
		v->regs[reg] = run_value(v->run, place->from);
		break;
	default:
		v->regs[reg] = place->value;
	}
}

void weir_places_values(const struct weir_places *p, u32 guard,
			struct weir_run *run)
{
	u64 stored[WEIR_NR_REGS];
	struct values values = {
		.run = run,
		.stored = stored,
		.regs = run->exit.regs,
	};

	memcpy(stored, run->exit.regs, sizeof(stored));
	memset(run->exit.regs, 0, sizeof(run->exit.regs));
	weir_places_walk(p, guard, take_value, &values);
}
