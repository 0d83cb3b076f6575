// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Bytes as JSON, by type. Types were checked when the object was opened. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <bpf/btf.h>

#include "tools/weir/btf_text.h"
#include "tools/weir/tool.h"

#define MAX_DEPTH 16 /* of types in types: a struct may hold itself in a file */
#define MAX_ELEMENTS 65536

struct text {
	FILE *out;
	const struct btf *btf;
	const uint8_t *bytes;
	size_t nr;
};

static void print(struct text *t, uint32_t id, uint64_t bit, uint32_t bits,
		  int depth);

static const struct btf_type *resolve(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	while (type && (btf_is_mod(type) || btf_is_typedef(type)))
		type = btf__type_by_id(btf, type->type);
	return type;
}

size_t btf_text_size(const struct btf *btf, uint32_t type)
{
	long long size = btf && type ? btf__resolve_size(btf, type) : -1;

	return size > 0 ? (size_t)size : 0;
}

/* Up to 64 bits, from any bit on. */
static uint64_t take_bits(const struct text *t, uint64_t bit, uint32_t bits)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < bits; i++)
		if (t->bytes[(bit + i) / 8] >> ((bit + i) % 8) & 1)
			value |= 1ULL << i;
	return value;
}

static int64_t extend(uint64_t value, uint32_t bits)
{
	return bits && bits < 64
		       ? (int64_t)(value << (64 - bits)) >> (64 - bits)
		       : (int64_t)value;
}

static void print_hex(struct text *t, uint64_t bit, size_t bytes)
{
	json_hex(t->out, t->bytes + bit / 8, bytes);
}

static void print_int(struct text *t, const struct btf_type *type, uint64_t bit,
		      uint32_t bits)
{
	uint8_t encoding = btf_int_encoding(type);
	uint64_t value;

	if (!bits) {
		bits = btf_int_bits(type);
		bit += btf_int_offset(type);
	}
	if (bits > 64 || !bits || bit + bits > (uint64_t)t->nr * 8) {
		print_hex(t, bit,
			  bits > 64 && bit % 8 == 0 &&
					  bit + bits <= t->nr * 8ULL
				  ? bits / 8
				  : 0);
		return;
	}
	value = take_bits(t, bit, bits);
	if (encoding & BTF_INT_BOOL)
		fprintf(t->out, "%s", value ? "true" : "false");
	else if (encoding & BTF_INT_SIGNED)
		fprintf(t->out, "%" PRId64, extend(value, bits));
	else
		fprintf(t->out, "%" PRIu64, value);
}

static void print_enum(struct text *t, const struct btf_type *type,
		       uint64_t bit, uint32_t bits)
{
	uint64_t value;

	bits = bits ? bits : type->size * 8;
	if (bits > 64 || bit + bits > (uint64_t)t->nr * 8) {
		fprintf(t->out, "null");
		return;
	}
	value = take_bits(t, bit, bits);
	for (uint32_t i = 0; btf_is_enum(type) && i < btf_vlen(type); i++) {
		const struct btf_enum *e = &btf_enum(type)[i];

		if (bits == 32 && (uint32_t)e->val == value) {
			json_string(t->out,
				    btf__name_by_offset(t->btf, e->name_off));
			return;
		}
	}
	fprintf(t->out, "%" PRId64, extend(value, bits));
}

/* Characters up to a 0, and nothing but zeroes behind it. */
static bool is_string(const uint8_t *bytes, size_t nr)
{
	size_t len = strnlen((const char *)bytes, nr);

	for (size_t i = 0; i < len; i++)
		if (!isprint(bytes[i]))
			return false;
	for (size_t i = len; i < nr; i++)
		if (bytes[i])
			return false;
	return len && len < nr;
}

static void print_array(struct text *t, const struct btf_type *type,
			uint64_t bit, int depth)
{
	const struct btf_array *array = btf_array(type);
	const struct btf_type *elem = resolve(t->btf, array->type);
	size_t bytes = btf_text_size(t->btf, array->type);

	if (elem && btf_is_int(elem) && elem->size == 1 && bit % 8 == 0 &&
	    bit / 8 + array->nelems <= t->nr &&
	    is_string(t->bytes + bit / 8, array->nelems)) {
		json_string(t->out, (const char *)t->bytes + bit / 8);
		return;
	}
	fputc('[', t->out);
	for (uint32_t i = 0; bytes && i < array->nelems && i < MAX_ELEMENTS &&
			     bit / 8 + (uint64_t)(i + 1) * bytes <= t->nr;
	     i++) {
		fputs(i ? ", " : "", t->out);
		print(t, array->type, bit + (uint64_t)i * bytes * 8, 0,
		      depth + 1);
	}
	fputc(']', t->out);
}

static void print_struct(struct text *t, const struct btf_type *type,
			 uint64_t bit, int depth)
{
	fputc('{', t->out);
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		const struct btf_member *m = &btf_members(type)[i];
		const char *name = btf__name_by_offset(t->btf, m->name_off);

		fputs(i ? ", " : "", t->out);
		json_string(t->out, name && *name ? name : "(anon)");
		fputs(": ", t->out);
		print(t, m->type, bit + btf_member_bit_offset(type, i),
		      btf_member_bitfield_size(type, i), depth + 1);
	}
	fputc('}', t->out);
}

/* Global variables that are there: each by its name. */
static void print_datasec(struct text *t, const struct btf_type *type,
			  int depth)
{
	const char *comma = "";

	fputc('{', t->out);
	for (uint32_t i = 0; i < btf_vlen(type); i++) {
		const struct btf_var_secinfo *info = &btf_var_secinfos(type)[i];
		const struct btf_type *var =
			btf__type_by_id(t->btf, info->type);

		if (info->offset >= t->nr)
			continue;
		fputs(comma, t->out);
		comma = ", ";
		json_string(t->out, btf__name_by_offset(t->btf, var->name_off));
		fputs(": ", t->out);
		print(t, var->type, (uint64_t)info->offset * 8, 0, depth + 1);
	}
	fputc('}', t->out);
}

static void print(struct text *t, uint32_t id, uint64_t bit, uint32_t bits,
		  int depth)
{
	const struct btf_type *type = resolve(t->btf, id);

	if (!type || depth > MAX_DEPTH || bit >= (uint64_t)t->nr * 8) {
		fprintf(t->out, "null");
		return;
	}
	if (btf_is_int(type))
		print_int(t, type, bit, bits);
	else if (btf_is_any_enum(type))
		print_enum(t, type, bit, bits);
	else if (btf_is_array(type))
		print_array(t, type, bit, depth);
	else if (btf_is_composite(type))
		print_struct(t, type, bit, depth);
	else if (btf_is_datasec(type))
		print_datasec(t, type, depth);
	else if (btf_is_ptr(type) && bit / 8 + 8 <= t->nr)
		fprintf(t->out, "\"0x%" PRIx64 "\"", take_bits(t, bit, 64));
	else
		fprintf(t->out, "null");
}

void btf_text_print(FILE *out, const struct btf *btf, uint32_t type,
		    const uint8_t *bytes, size_t nr)
{
	struct text t = { .out = out, .btf = btf, .bytes = bytes, .nr = nr };

	if (btf && type)
		print(&t, type, 0, 0, 0);
	else
		json_hex(out, bytes, nr);
}
