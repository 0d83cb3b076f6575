// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Is .BTF well formed? The format: Documentation/bpf/btf.rst of the kernel. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/btf.h>

#include <linux/types.h>
#include "tools/lib/btf_check.h"
#include "tools/lib/words.h"

#define MAX_TYPES (1u << 20)
#define MAX_SIZE (1u << 28) /* bytes of a type; libbpf has sizes as int */
#define HUGE UINT32_MAX /* size of an array that only a pointer may refer to */
#define MAX_ARRAYS 32 /* in each other; as libbpf */

enum {
	KIND_INT = 1,
	KIND_PTR = 2,
	KIND_ARRAY = 3,
	KIND_STRUCT = 4,
	KIND_UNION = 5,
	KIND_ENUM = 6,
	KIND_DATASEC = 15,
	KIND_FLOAT = 16,
	KIND_ENUM64 = 19,
};

/* What follows a type: @nr words, of which some are names or references. */
struct btf_kind {
	bool known;
	bool ref; /* the type's own last word is a reference */
	bool qualifier; /* and it is a name, or qualifies */
	bool each; /* once for each of vlen */
	u8 nr; /* words */
	s8 name; /* which of them is a name, or -1 */
	s8 type; /* which of them is a reference, or -1 */
	s8 type2;
};

/* Kind numbers are the format's; older headers lack the last ones. */
static const struct btf_kind kinds[] = {
	[1] = { true, .nr = 1, .name = -1, .type = -1, .type2 = -1 }, /* int */
	[2] = { true, .ref = true }, /* ptr */
	[3] = { true, .nr = 3, .name = -1, .type = 0, .type2 = 1 }, /* array */
	[4] = { true, .each = true, .nr = 3, .name = 0, .type = 1,
		.type2 = -1 }, /* struct */
	[5] = { true, .each = true, .nr = 3, .name = 0, .type = 1,
		.type2 = -1 }, /* union */
	[6] = { true, .each = true, .nr = 2, .name = 0, .type = -1,
		.type2 = -1 }, /* enum */
	[7] = { true }, /* fwd */
	[8] = { true, .ref = true, .qualifier = true }, /* typedef */
	[9] = { true, .ref = true, .qualifier = true }, /* volatile */
	[10] = { true, .ref = true, .qualifier = true }, /* const */
	[11] = { true, .ref = true, .qualifier = true }, /* restrict */
	[12] = { true, .ref = true }, /* func */
	[13] = { true, .ref = true, .each = true, .nr = 2, .name = 0, .type = 1,
		 .type2 = -1 }, /* func_proto */
	[14] = { true, .ref = true, .nr = 1, .name = -1, .type = -1,
		 .type2 = -1 }, /* var */
	[15] = { true, .each = true, .nr = 3, .name = -1, .type = 0,
		 .type2 = -1 }, /* datasec */
	[16] = { true }, /* float */
	[17] = { true, .ref = true, .nr = 1, .name = -1, .type = -1,
		 .type2 = -1 }, /* decl_tag */
	[18] = { true, .ref = true, .qualifier = true }, /* type_tag */
	[19] = { true, .each = true, .nr = 3, .name = 0, .type = -1,
		 .type2 = -1 }, /* enum64 */
};

#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

/**
 * struct types - .BTF under the glass
 * @at, @end:	its types
 * @str_len:	bytes of its strings
 * @nr:		types, with void
 * @next:	per type: what a name or qualifier stands for; else 0
 * @size:	per type: bytes of a value, as far as it was computed; else 0
 */
struct types {
	const u8 *at;
	const u8 *end;
	u32 str_len;
	u32 nr;
	u32 *next;
	u32 *size;
	struct weir_words *words;
};

static int bad(struct weir_words *words, const char *what, u32 id)
{
	return weir_say(words, -ENOEXEC, ".BTF: type %u: %s", id, what);
}

static u32 word(const u8 *at, u32 i)
{
	u32 value;

	memcpy(&value, at + (size_t)i * sizeof(value), sizeof(value));
	return value;
}

static const struct btf_kind *kind_of(const struct btf_type *t)
{
	u32 kind = BTF_INFO_KIND(t->info);

	return kind < NR_KINDS && kinds[kind].known ? &kinds[kind] : NULL;
}

static size_t tail_words(const struct btf_kind *kind, const struct btf_type *t)
{
	return kind->each ? (size_t)kind->nr * BTF_INFO_VLEN(t->info)
			  : kind->nr;
}

/* How many types there are, if each lies in the section. */
static int count_types(struct types *types)
{
	const u8 *at = types->at;
	struct btf_type t;
	u32 id = 1;

	for (; at < types->end; id++) {
		const struct btf_kind *kind;
		size_t left = (size_t)(types->end - at);

		if (left < sizeof(t))
			return bad(types->words, "cut off", id);
		memcpy(&t, at, sizeof(t));
		kind = kind_of(&t);
		if (!kind)
			return bad(types->words, "of unknown kind", id);
		if (tail_words(kind, &t) > (left - sizeof(t)) / sizeof(u32))
			return bad(types->words, "cut off", id);
		if (id >= MAX_TYPES)
			return bad(types->words, "too many", id);
		at += sizeof(t) + tail_words(kind, &t) * sizeof(u32);
	}
	types->nr = id;
	return 0;
}

static int check_tail(const struct types *types, const struct btf_kind *kind,
		      const u8 *tail, u32 id)
{
	if (kind->name >= 0 && word(tail, (u32)kind->name) >= types->str_len)
		return bad(types->words, "a name behind the strings", id);
	if ((kind->type >= 0 && word(tail, (u32)kind->type) >= types->nr) ||
	    (kind->type2 >= 0 && word(tail, (u32)kind->type2) >= types->nr))
		return bad(types->words, "refers to no type", id);
	return 0;
}

/* Bytes that the type itself says; an array's come later. */
static int check_size(struct types *types, const struct btf_type *t, u32 id)
{
	u32 max = MAX_SIZE;

	switch (BTF_INFO_KIND(t->info)) {
	case KIND_PTR:
		types->size[id] = sizeof(u64);
		return 0;
	case KIND_INT:
	case KIND_FLOAT:
	case KIND_ENUM:
	case KIND_ENUM64:
		max = 16;
		break;
	case KIND_STRUCT:
	case KIND_UNION:
	case KIND_DATASEC:
		break;
	default:
		return 0;
	}
	types->size[id] = t->size;
	return t->size <= max ? 0 : bad(types->words, "too large", id);
}

static int check_types(struct types *types)
{
	const u8 *at = types->at;
	struct btf_type t;
	int err = 0;

	for (u32 id = 1; !err && id < types->nr; id++) {
		const struct btf_kind *kind;
		u32 nr;

		memcpy(&t, at, sizeof(t));
		at += sizeof(t);
		kind = kind_of(&t);
		if (t.name_off >= types->str_len)
			return bad(types->words, "a name behind the strings",
				   id);
		if (kind->ref && t.type >= types->nr)
			return bad(types->words, "refers to no type", id);
		err = check_size(types, &t, id);
		if (kind->qualifier)
			types->next[id] = t.type;
		nr = !kind->nr ? 0 : kind->each ? BTF_INFO_VLEN(t.info) : 1;
		for (u32 i = 0; !err && i < nr; i++) {
			err = check_tail(types, kind, at, id);
			at += kind->nr * sizeof(u32);
		}
	}
	return err;
}

/*
 * Names and qualifiers are followed without a limit. Each step of a walk that
 * ends is cut short to the end, so that all walks together are linear.
 */
static int check_circles(struct types *types)
{
	for (u32 id = 1; id < types->nr; id++) {
		u32 end = id, steps = 0;

		while (types->next[end]) {
			end = types->next[end];
			if (++steps > types->nr)
				return bad(types->words, "stands for itself",
					   id);
		}
		for (u32 at = id; types->next[at];) {
			u32 next = types->next[at];

			if (next != end)
				types->next[at] = end;
			at = next;
		}
	}
	return 0;
}

/*
 * Arrays: an array's elements may be arrays that come later, so there is a
 * round for each level. Those in circles stay without a size.
 */
static int check_arrays(struct types *types)
{
	bool more = true;

	for (u32 round = 0; more && round < MAX_ARRAYS; round++) {
		const u8 *at = types->at;
		struct btf_type t;

		more = false;
		for (u32 id = 1; id < types->nr; id++) {
			u32 elem, nr;
			u64 size;

			memcpy(&t, at, sizeof(t));
			at += sizeof(t);
			if (BTF_INFO_KIND(t.info) == KIND_ARRAY) {
				elem = word(at, 0);
				nr = word(at, 2);
				while (types->next[elem])
					elem = types->next[elem];
				size = (u64)types->size[elem] * nr;
				/* How numbers in definitions of maps look. */
				if (size > MAX_SIZE)
					size = HUGE;
				more |= size != types->size[id];
				types->size[id] = (u32)size;
			}
			at += tail_words(kind_of(&t), &t) * sizeof(u32);
		}
	}
	return 0;
}

/* Whatever is not a pointer has the size of what it refers to. */
static int check_huge(const struct types *types)
{
	const u8 *at = types->at;
	struct btf_type t;

	for (u32 id = 1; id < types->nr; id++) {
		const struct btf_kind *kind;
		bool huge;
		u32 nr;

		memcpy(&t, at, sizeof(t));
		at += sizeof(t);
		kind = kind_of(&t);
		huge = kind->ref && BTF_INFO_KIND(t.info) != KIND_PTR &&
		       types->size[t.type] == HUGE;
		nr = !kind->nr ? 0 : kind->each ? BTF_INFO_VLEN(t.info) : 1;
		for (u32 i = 0; i < nr; i++) {
			huge |= kind->type >= 0 &&
				types->size[word(at, (u32)kind->type)] == HUGE;
			at += kind->nr * sizeof(u32);
		}
		if (huge)
			return bad(types->words, "too large", id);
	}
	return 0;
}

int btf_check(const u8 *data, size_t bytes, struct weir_words *words)
{
	struct types types = { .words = words };
	struct btf_header hdr;
	const u8 *strings;
	int err;

	if (bytes < sizeof(hdr))
		return weir_say(words, -ENOEXEC, ".BTF: truncated: %zu bytes",
				bytes);
	memcpy(&hdr, data, sizeof(hdr));
	if (hdr.magic != BTF_MAGIC || hdr.hdr_len < sizeof(hdr) ||
	    hdr.hdr_len > bytes)
		return weir_say(words, -ENOEXEC, ".BTF: bad header");
	bytes -= hdr.hdr_len;
	data += hdr.hdr_len;
	if (hdr.type_off > bytes || hdr.type_len > bytes - hdr.type_off ||
	    hdr.str_off > bytes || hdr.str_len > bytes - hdr.str_off)
		return weir_say(words, -ENOEXEC, ".BTF: truncated");
	strings = data + hdr.str_off;
	if (!hdr.str_len || strings[0] || strings[hdr.str_len - 1])
		return weir_say(words, -ENOEXEC, ".BTF: bad strings");
	types.at = data + hdr.type_off;
	types.end = types.at + hdr.type_len;
	types.str_len = hdr.str_len;
	err = count_types(&types);
	if (err)
		return err;
	types.next = calloc(types.nr, sizeof(*types.next));
	types.size = calloc(types.nr, sizeof(*types.size));
	err = types.next && types.size ? check_types(&types) : -ENOMEM;
	if (!err)
		err = check_circles(&types);
	if (!err)
		err = check_arrays(&types);
	if (!err)
		err = check_huge(&types);
	free(types.next);
	free(types.size);
	return err;
}
