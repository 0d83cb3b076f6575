// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The live parameters of an object: variables of the section .rodata.params,
 * each with its range in a record of the section weir.ranges, as weir_bpf.h
 * makes them. To libbpf the first is one more section of constants, and the
 * second nothing: the object loads there as well, with its parameters fixed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include <linux/kernel.h>
#include "tools/lib/object.h"

#define VALUES ".rodata.params"
#define RANGES "weir.ranges"
#define RANGE_PREFIX "weir_range_"

/* struct weir_range of weir_bpf.h */
struct range {
	u64 min;
	u64 max;
	u64 is_signed;
};

static bool is_variable(const struct elf_symbol *sym, u32 sec)
{
	return sec && sym->sec == sec && sym->type == STT_OBJECT;
}

/* The range of a parameter; without a record all that its bytes can have. */
static int take_range(const struct weir_object *obj, const char *name,
		      struct weir_param_def *def, struct weir_words *words)
{
	const u32 sec = elf_file_section(&obj->elf, RANGES);
	const size_t prefix = strlen(RANGE_PREFIX);
	struct range range;

	def->max = def->size < 8 ? (1ULL << (8 * def->size)) - 1 : U64_MAX;
	for (u32 i = 0; i < obj->elf.nr_symbols; i++) {
		const struct elf_symbol *sym = &obj->elf.symbol[i];
		const struct elf_section *at = &obj->elf.section[sec];

		if (!is_variable(sym, sec) ||
		    strncmp(sym->name, RANGE_PREFIX, prefix) ||
		    strcmp(sym->name + prefix, name))
			continue;
		if (!at->data || sym->size != sizeof(range) ||
		    sym->value > at->hdr.sh_size ||
		    at->hdr.sh_size - sym->value < sizeof(range))
			return weir_say(words, -ENOEXEC,
					"parameter %s: its range is no range",
					name);
		memcpy(&range, at->data + sym->value, sizeof(range));
		def->min = range.min;
		def->max = range.max;
		def->flags = range.is_signed ? WEIR_PARAM_SIGNED : 0;
	}
	return 0;
}

static int take_one(struct object_params *params, const struct weir_object *obj,
		    const struct elf_symbol *sym, struct weir_words *words)
{
	struct weir_param_def *def = &params->def[params->nr++];

	if (sym->size != 1 && sym->size != 2 && sym->size != 4 &&
	    sym->size != 8)
		return weir_say(words, -EINVAL,
				"parameter %s: %llu bytes; 1, 2, 4 or 8 make a "
				"number",
				sym->name, (unsigned long long)sym->size);
	if (sym->value > params->bytes ||
	    params->bytes - sym->value < sym->size)
		return weir_say(words, -ENOEXEC,
				"parameter %s lies outside of its section",
				sym->name);
	if (strlen(sym->name) >= sizeof(def->name))
		return weir_say(words, -EINVAL,
				"parameter %s: its name is too long",
				sym->name);
	snprintf(def->name, sizeof(def->name), "%s", sym->name);
	def->off = (u32)sym->value;
	def->size = (u32)sym->size;
	return take_range(obj, sym->name, def, words);
}

static int by_place(const void *a, const void *b)
{
	const struct weir_param_def *x = a, *y = b;

	return x->off < y->off ? -1 : x->off > y->off;
}

int object_params_read(struct weir_object *obj, struct weir_words *words)
{
	struct object_params *params = &obj->params;
	const u32 sec = elf_file_section(&obj->elf, VALUES);
	const struct elf_section *at = &obj->elf.section[sec];
	u32 nr = 0;
	int err = 0;

	for (u32 i = 0; i < obj->elf.nr_symbols; i++)
		nr += is_variable(&obj->elf.symbol[i], sec);
	if (!nr)
		return 0;
	if (!at->data || at->hdr.sh_size > WEIR_MAX_PARAM_BYTES ||
	    nr > WEIR_MAX_PARAMS)
		return weir_say(words, -E2BIG,
				"section " VALUES ": up to %u parameters in %u "
				"bytes",
				WEIR_MAX_PARAMS, WEIR_MAX_PARAM_BYTES);
	params->sec = sec;
	params->bytes = (u32)at->hdr.sh_size;
	params->data = malloc(params->bytes);
	params->def = calloc(nr, sizeof(*params->def));
	if (!params->data || !params->def)
		return -ENOMEM;
	memcpy(params->data, at->data, params->bytes);
	for (u32 i = 0; !err && i < obj->elf.nr_symbols; i++)
		if (is_variable(&obj->elf.symbol[i], sec))
			err = take_one(params, obj, &obj->elf.symbol[i], words);
	qsort(params->def, params->nr, sizeof(*params->def), by_place);
	return err;
}

const struct weir_param_def *object_params(struct weir_object *obj)
{
	struct object_params *params = &obj->params;

	for (u32 i = 0; i < params->nr; i++) {
		struct weir_param_def *def = &params->def[i];
		u32 shift = 64 - 8 * def->size;
		u64 bits = 0;

		memcpy(&bits, params->data + def->off, def->size);
		def->value = def->flags & WEIR_PARAM_SIGNED
				     ? (u64)((s64)(bits << shift) >> shift)
				     : bits;
	}
	return params->def;
}

void object_params_free(struct weir_object *obj)
{
	free(obj->params.data);
	free(obj->params.def);
}
