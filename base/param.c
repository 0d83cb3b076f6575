// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tables of parameters, and access to their block. */
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include "base/host.h"
#include "base/map.h"
#include "base/param.h"

static bool is_name_char(char c, bool first)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_')
		return true;
	return !first && ((c >= '0' && c <= '9') || c == '.');
}

static bool is_name(const char *name)
{
	u32 i;

	for (i = 0; i < WEIR_PARAM_NAME_LEN && name[i]; i++)
		if (!is_name_char(name[i], !i))
			return false;
	return i && i < WEIR_PARAM_NAME_LEN;
}

/* Is @value a number that so many bytes can have? */
static bool fits(const struct weir_param_def *def, u64 value)
{
	u32 shift = 64 - 8 * def->size;

	if (def->flags & WEIR_PARAM_SIGNED)
		return (u64)((s64)(value << shift) >> shift) == value;
	return value << shift >> shift == value;
}

static bool is_size(u32 size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

bool weir_param_allows(const struct weir_param_def *def, u64 value)
{
	if (def->flags & WEIR_PARAM_SIGNED)
		return (s64)value >= (s64)def->min &&
		       (s64)value <= (s64)def->max;
	return value >= def->min && value <= def->max;
}

static const char *check_one(const struct weir_param_def *def, u32 bytes)
{
	if (!is_name(def->name))
		return "its name is not letters, digits, '_' and '.', 31 at most";
	if (def->flags & ~WEIR_PARAM_SIGNED || def->reserved)
		return "unknown flags";
	if (!is_size(def->size))
		return "its size is not 1, 2, 4 or 8";
	if (def->off & (def->size - 1) || def->off >= bytes)
		return "its place is misaligned, or outside of the block";
	if (!fits(def, def->min) || !fits(def, def->max))
		return "its range has numbers that do not fit its size";
	if (!weir_param_allows(def, def->min) ||
	    !weir_param_allows(def, def->max))
		return "its least number is over its greatest";
	if (!weir_param_allows(def, def->value))
		return "its number is outside of its range";
	return NULL;
}

const char *weir_param_check(const struct weir_param_def *def, u32 nr,
			     u32 bytes, u32 *bad)
{
	const char *wrong;
	u32 i, k;

	*bad = nr;
	if (!nr || nr > WEIR_MAX_PARAMS)
		return "a program has 1 to 256 parameters, or none";
	if (!bytes || bytes > WEIR_MAX_PARAM_BYTES)
		return "the block of parameters has 1 to 4096 bytes";
	for (i = 0; i < nr; i++) {
		*bad = i;
		wrong = check_one(&def[i], bytes);
		if (wrong)
			return wrong;
		if (i && def[i].off < def[i - 1].off + def[i - 1].size)
			return "it does not lie behind the one before it";
		for (k = 0; k < i; k++)
			if (!strcmp(def[k].name, def[i].name))
				return "there is another one of its name";
	}
	return NULL;
}

u32 weir_param_at(const struct weir_params *params, u64 off, u32 size)
{
	u32 low = 0, high = params->nr;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (params->def[mid].off < off)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < params->nr && params->def[low].off == off &&
	    params->def[low].size == size)
		return low;
	return WEIR_NO_PARAM;
}

/*
 * 64 bits in one access on hosts of 32: a compare and exchange, which changes
 * nothing when it only reads.
 */
static u64 load64(u64 *at)
{
	if (sizeof(long) == 8)
		return READ_ONCE(*at);
	return weir_host_cmpxchg64(at, 0, 0);
}

static void store64(u64 *at, u64 bits)
{
	u64 was = 0, now;

	if (sizeof(long) == 8) {
		WRITE_ONCE(*at, bits);
		return;
	}
	while ((now = weir_host_cmpxchg64(at, was, bits)) != was)
		was = now;
}

u64 weir_param_load(const struct weir_map *block, u32 nr)
{
	const struct weir_param_def *def = &block->params->def[nr];
	void *at = block->values + def->off;

	switch (def->size) {
	case 1:
		return READ_ONCE(*(u8 *)at);
	case 2:
		return READ_ONCE(*(u16 *)at);
	case 4:
		return READ_ONCE(*(u32 *)at);
	default:
		return load64(at);
	}
}

void weir_param_store(struct weir_map *block, u32 nr, u64 bits)
{
	const struct weir_param_def *def = &block->params->def[nr];
	void *at = block->values + def->off;

	switch (def->size) {
	case 1:
		WRITE_ONCE(*(u8 *)at, (u8)bits);
		break;
	case 2:
		WRITE_ONCE(*(u16 *)at, (u16)bits);
		break;
	case 4:
		WRITE_ONCE(*(u32 *)at, (u32)bits);
		break;
	default:
		store64(at, bits);
		break;
	}
}
